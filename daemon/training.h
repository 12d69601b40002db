/* SPDX-License-Identifier: MIT */
/*
 * training: how alike a text is to those that people wrote for a category
 * (the section "training" of the rules). Patterns know what their author
 * thought of; likeness knows the many words around it.
 *
 * A text is the set of its words, of their first five letters and of the pairs
 * of neighbours, so cut. The rarer one of these is among all texts, the more it
 * counts: ln((N + 1) / (n + 1/2))^1.5 for n of N. A category is the direction of
 * the mean of its texts, each of length 1 (nearest centroid, as Rocchio's), in
 * each language. Likeness is the cosine: 0 nothing in common, 1 the same.
 * Of a text less than half as long as the mean one ("Any news?") it is less: as
 * if the words up to that length were there, and in no other text.
 *
 * Built once for a policy, then only read. Nothing here depends on the order of
 * the texts or on chance.
 */
#ifndef TRAINING_H
#define TRAINING_H

#include "arena.h"
#include "rules.h"

#define TRAINING_WORDS 1000 /* of subject and body that are looked at */

struct training;
struct training *training_new(const struct rules *rules); /* NULL: no memory */
void training_free(struct training *training);            /* NULL is fine */

/* likeness[number of the category], and of chatter at the count of categories:
 * 0..1, of the folded subject and body as texts of that locale. 0, or -1 when
 * the arena is full. */
int training_compare(const struct training *training, unsigned locale, struct str subject,
    struct str body, struct arena *arena, double *likeness);

/* A word, and what it and the pair it begins add to the likeness. */
struct training_word {
	enum text_part part; /* SUBJECT or BODY */
	size_t start, end;   /* bytes of that folded text */
	double share;
};

/* The words that make the text like the category of that number, the greatest
 * share first. Returns how many, at most room; 0 also when the arena is full. */
size_t training_explain(const struct training *training, unsigned locale, struct str subject,
    struct str body, size_t category, struct arena *arena, struct training_word *words,
    size_t room);

#endif
