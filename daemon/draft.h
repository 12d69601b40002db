/* SPDX-License-Identifier: MIT */
/*
 * draft: what the steps of one decision share: what they read, and what the
 * earlier ones have written for the later ones. Lives in the ticket's arena
 * and ends with the decision. Of a ticket with follow-ups the parts are read
 * one after the other, the oldest first.
 */
#ifndef DRAFT_H
#define DRAFT_H

#include <stdbool.h>

#include "decide.h"
#include "fold.h"
#include "letter.h"
#include "match.h"
#include "timestamp.h"

/* One field of the category. Never both there and missing. */
struct draft_field {
	bool there;
	struct decision_found found; /* when there */
	bool missing;
};

struct draft {
	const struct policy *policy;
	struct arena *arena;
	struct match *match;
	unsigned audience, locale;
	const struct ticket *submitted; /* the ticket as it came */
	/* The part being read: the ticket as submitted, or a follow-up. */
	const struct ticket *ticket;
	size_t follow_up; /* 0: as submitted; n: the nth */
	struct letter letter;        /* its body: the person's own words, which are looked at */
	struct folded subject, body; /* body: of the letter's text */
	struct folded *names; /* of the attachments, one each */
	struct civil local; /* when it was received, in the policy's zone; in the end: now */
	int64_t today;      /* the same date, days since 1970 */
	unsigned undecided; /* patterns that hit a limit in the parts before */
	struct draft_field *fields; /* of the category, from step 5 on */
	struct decision_warning *warnings; /* about this part */
	size_t warning_count, warning_room;
	struct decision_candidate *candidates; /* the decision's, from step 4 on */
	struct decision *decision;
};

/* Adds a warning; what is over the room made by decide_read() is dropped. */
static inline void
draft_warn(struct draft *draft, struct str path, struct str code)
{
	if (draft->warning_count < draft->warning_room)
		draft->warnings[draft->warning_count++] = (struct decision_warning){path, code};
}

/* Patterns that hit a limit so far. */
static inline unsigned
draft_undecided(const struct draft *draft)
{
	return draft->undecided + match_undecided(draft->match);
}

static inline const struct folded *
draft_folded(const struct draft *draft, enum text_part part)
{
	return part == PART_SUBJECT ? &draft->subject : &draft->body;
}

/* The part as typed. */
static inline struct str
draft_typed(const struct draft *draft, enum text_part part)
{
	return part == PART_SUBJECT ? draft->subject.original : draft->letter.original;
}

/* A slice of the words that are looked at, as typed: a slice of draft_typed(). */
static inline struct str
draft_as_typed(const struct draft *draft, enum text_part part, struct str slice)
{
	return part == PART_SUBJECT ? slice : letter_original(&draft->letter, slice);
}

/* The words behind a place in a folded part. */
static inline struct str
draft_quote(const struct draft *draft, const struct match_place *place)
{
	return fold_original(draft_folded(draft, place->part), place->start, place->end);
}

#endif
