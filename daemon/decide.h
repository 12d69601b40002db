/* SPDX-License-Identifier: MIT */
/*
 * decide: the whole decision on one ticket, as a pure function of ticket,
 * policy and time. The steps, in this order:
 *
 *   1 fold subject and body; of a body
 *     the person's own words              letter.h, fold.h
 *   2 language of the text                locale.h
 *   3 one scan: which signals hold        match.h
 *   4 score each category, choose; PCRE2
 *     for the places of its evidence      classify.h
 *   5 extract and validate the fields     extract.h
 *   6 gates, routes                       gate.h
 *   7 outcome, team, due time, reply      decide.c, answer.h
 *
 * No clock, socket, log or metric inside. The daemon, "triagectl classify" and
 * "eval" call exactly this.
 */
#ifndef DECIDE_H
#define DECIDE_H

#include "arena.h"
#include "err.h"
#include "policy.h"
#include "ticket.h"

struct decision_found {
	const struct rules_field *field;
	struct value value;
	bool from_form;        /* the box; else the text or an attachment */
	struct str quote;      /* the person's own words; absent when from the form */
	size_t start, end;     /* of the quote, bytes into the original body or subject */
	enum text_part part;
	size_t follow_up; /* where: 0 the ticket as submitted, n its nth follow-up */
};

struct decision_evidence {
	const struct rules_category *category; /* NULL: chatter */
	const struct rules_signal *signal;     /* NULL: the reason chosen on the form, … */
	bool training; /* … or a word that the category's training texts are known by */
	double weight;
	enum text_part part; /* SUBJECT or BODY for text */
	size_t start, end;   /* bytes into that original */
	struct str quote;
};

/* The first condition of winning that a candidate failed. */
enum decision_why {
	WHY_NOT_SAID,   /* it won, or is far behind */
	WHY_LOW_SCORE,  /* below the fallback's, which is at least the policy's minimum */
	WHY_UNSURE,     /* its share is below the policy's confidence, or another's is greater */
	WHY_UNDECIDED   /* a pattern that hit a limit might have changed all */
};

struct decision_candidate {
	const struct rules_category *category;
	double score;
	enum decision_why why_not;
	const struct rules_signal *against; /* the strongest that spoke against it, or NULL */
};

struct decision_warning {
	struct str path; /* "fields.shoe_size", "reason" */
	struct str code; /* "unknown_field", "unknown_reason", "reason_of_other_audience", … */
};

struct decision {
	const struct rules_category *category;
	/* Who owns it, or would: the category's, unless a route says otherwise. */
	const struct rules_team *team;
	const struct rules_priority *priority;
	const struct rules_route *route; /* the one that held, or NULL */
	enum outcome outcome;
	unsigned locale;
	bool locale_from_text;
	int64_t clock_ms; /* the time it was decided for */
	bool has_due;     /* only when routed */
	int64_t due_ms;
	double confidence; /* 0..1: the probability that the category is right */
	double none_score; /* the fallback's: who has less cannot win */
	struct decision_candidate runner_up;         /* category NULL: none */
	/* Best first, at most 5, score > 0; the best three losers say why. */
	const struct decision_candidate *candidates;
	size_t candidate_count;
	const struct rules_field *const *missing;
	size_t missing_count;
	const struct decision_found *found;
	size_t found_count;
	const struct decision_evidence *evidence; /* of the winner, strongest first */
	size_t evidence_count;
	const struct decision_warning *warnings;
	size_t warning_count;
	const struct rules_gate *gate; /* the one that decided, or NULL */
	/* Patterns that hit a limit on this ticket. What only the place of a piece
	 * of evidence was wanted for still holds and counts. */
	unsigned undecided;
	size_t follow_up_count; /* that it was decided with; 0: as submitted */
	/* The newest follow-up says nothing: no box, no file, no text but thanks and
	 * politeness. Outcome and missing are then what they were without it, and
	 * nobody needs an answer. */
	bool nothing_new;
	bool has_reply;         /* false only for no_action */
	/* With the markers of the follow-up link in it: answer_address() (answer.h)
	 * fills them before anybody reads it. */
	struct str reply_subject, reply_body;
};

/* Working memory of one thread for one policy. oracle: PCRE2 only, no scan. */
struct decider;
struct decider *decider_new(const struct policy *policy, bool oracle); /* NULL: no memory */
/* One for the policy that the decider's was loaded beside. They share memory: of one
 * thread, too, and the decider must outlive it. */
struct decider *decider_beside(struct decider *decider);
void decider_free(struct decider *decider);

/* now_ms: ms since 1970. Everything returned lives in the arena, in the policy
 * or in the ticket. 0; -1 when the arena is full ("try later"). The audience
 * must be one of the policy's: the caller checks it (rules_audience_find). */
int decide(struct decider *decider, const struct ticket *ticket, int64_t now_ms,
    struct arena *arena, struct decision *decision, struct err *err);

/* The same by two policies: the decider's, and the one that this was loaded beside
 * (whose decider_beside() it is), in this order. The ticket is read and searched once:
 * only what is made of it is different. */
int decide_both(struct decider *decider, struct decider *beside, const struct ticket *ticket,
    int64_t now_ms, struct arena *arena, struct decision decisions[2], struct err *err);

/* Decides again on a ticket that its requester has added to. parts: the
 * follow-ups, newest first, and as the last one the ticket as submitted, whose
 * audience need not be there. received_ms: when that came. Of a
 * follow-up only body, fields, attachments and received_at (else now_ms) are
 * read; no part is classified, category and locale stay.
 *
 *   - A field is there from the newest part that has it, whether in a box, an
 *     attachment or the text: "I have told her now" overrules an earlier "not
 *     yet". Words like "tomorrow" count from when their part was received.
 *   - Of a follow-up, a bare answer counts for what was asked (extract_bare.h).
 *   - Gates look at the whole and at now_ms.
 *   - Due time: from received_ms.
 *
 * Outcome: routed, answered, or needs_info with only what remains; whether it
 * is asked for yet again is the caller's. Score, candidates and evidence of
 * signals are empty, warnings are the newest part's. Otherwise as decide(). */
int decide_follow_up(struct decider *decider, const struct rules_category *category,
    unsigned locale, const struct ticket *parts, size_t part_count, int64_t now_ms,
    int64_t received_ms, struct arena *arena, struct decision *decision, struct err *err);

/* The names of what is missing, joined by ','. */
void decision_put_missing(const struct decision *decision, struct strbuf *out);
/* Is a field of that name among them? */
bool decision_is_missing(const struct decision *decision, struct str name);

/* The object that "triagectl classify" prints (schemas/decision.json). id may
 * be absent. */
void decision_json(const struct policy *policy, struct str id,
    const struct decision *decision, struct json *json);

#endif
