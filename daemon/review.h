/* SPDX-License-Identifier: MIT */
/*
 * review: what is not wrong with a policy, so that it can be used, but surely not
 * meant: signals that another shadows, weights that never matter, patterns whose
 * shape costs too much, categories that nobody can tell apart, texts that stand
 * for two things. Each is a warning at its place. For who writes rules
 * ("triagectl check"); the daemon does not look.
 *
 * Only what can be proved from the rules themselves, or shown by their own
 * training texts and examples.
 */
#ifndef REVIEW_H
#define REVIEW_H

#include "decide.h"

#define REVIEW_LEAD 1.0 /* log-odds: less is as good as a draw */
#define REVIEW_GAPS 4   /* unbounded gaps that one way through a pattern may have */
#define REVIEW_MANY 12  /* rounds of a group from which on they count as without end */

/* The training texts and the examples, folded. */
struct review_text {
	struct str text; /* folded */
	unsigned locale;
	const struct rules_phrase *phrase;   /* NULL: an example's */
	const struct rules_example *example; /* NULL: a phrase's */
};

/* An example that was decided. */
struct review_lead {
	const struct rules_example *example;
	const struct rules_category *winner, *runner_up;
	double lead;
};

struct review {
	const struct policy *policy;
	struct arena *arena;
	const struct review_text *texts;
	size_t text_count;
	struct review_lead *leads; /* of examples with a runner-up, as decided */
	size_t lead_count, lead_room;
	struct place *places; /* that were warned of: categories share what they are like */
	size_t place_count;
	struct str *words; /* alternatives in ${words}: many patterns use one */
	size_t word_count;
};

/* NULL: no memory. The policy must outlive it. */
struct review *review_new(const struct policy *policy);
void review_free(struct review *review); /* NULL is fine */
/* Tells of an example that was decided, before review_all(). */
void review_decided(struct review *review, const struct rules_example *example,
    const struct decision *decision);
/* All warnings, to the policy's own diags. */
void review_all(struct review *review);

/* The parts, in files of their own. */
void review_signals(struct review *review);  /* review_signals.c */
void review_fields(struct review *review);   /* review_fields.c */
void review_patterns(struct review *review); /* review_patterns.c */
void review_texts(struct review *review);    /* review_texts.c */
int review_read_texts(struct review *review); /* 0, or -1: no memory */
/* A warning, once for a place. */
void review_warn(struct review *review, struct place place, const char *hint,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
