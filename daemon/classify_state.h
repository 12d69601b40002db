/* SPDX-License-Identifier: MIT */
/*
 * classify_state: what classify.c (scores, choice) and classify_explain.c (why)
 * share. Nobody else includes this.
 */
#ifndef CLASSIFY_STATE_H
#define CLASSIFY_STATE_H

#include "classify.h"

#define CLASSIFY_EPSILON 1e-9 /* sums like 0.1 + 0.2 must reach 0.3, in any order */

struct classify_entry {
	const struct rules_signal *signal;
	unsigned category; /* its number; the count of categories means chatter */
};

/* A signal that holds in this ticket. */
struct classify_hit {
	struct classify_entry entry; /* signal NULL: the reason */
	struct str quote; /* of what is not text */
};

struct classify {
	const struct rules *rules;
	struct classify_entry *entries;
	size_t entry_count;
	/* entries[first[n] .. first[n + 1]) are the text signals of pattern n. */
	size_t *first;
	struct classify_entry *others; /* of boxes and attachments */
	size_t other_count;
	double *scores; /* per category, and chatter's */
	double *likeness; /* the same */
	double chatter; /* what the signals alone give it */
	struct classify_hit *hits;
	size_t hit_count;
};

/* What the fallback stands at. */
double classify_fallback(const struct classify *classify, const struct draft *draft);

/* classify_explain.c. Tells the near misses what they failed at first. */
void classify_miss(const struct classify *classify, struct draft *draft);
/* The hits of the chosen category, and of chatter when that decided. 0, or -1
 * when the arena is full. */
int classify_evidence(struct classify *classify, struct draft *draft);

#endif
