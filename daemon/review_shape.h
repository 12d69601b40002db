/* SPDX-License-Identifier: MIT */
/*
 * review_shape: what the source of one pattern shows of its cost and sense,
 * without a text to run it over.
 */
#ifndef REVIEW_SHAPE_H
#define REVIEW_SHAPE_H

#include "pattern.h"

/* Bytes start..end of the source. */
struct review_span {
	size_t start, end;
};

struct review_shape {
	/* A repeated group in which one text can be read in more than one way, as
	 * one round or as two: (a+)+, (?:\w+ ?)*. Every further round doubles the
	 * ways that a failing match tries. */
	bool explosive;
	struct review_span repeated;
	/* Gaps without an end (".*", "[^.!?\n]+") on the way through the pattern
	 * that has most: a text of n bytes may take n to that power. */
	unsigned gaps;
	/* An alternative that an equal one comes before. */
	bool twice;
	struct review_span alternative;
	/* The longest run of letters and digits that stands in it as such. */
	size_t literal;
	/* A sign ("?", "/") stands in it as such, or it is bound to the text's begin:
	 * that, too, is found fast. */
	bool sign;
};

/* source: one that compiles. */
struct review_shape review_shape_read(struct str source, enum pattern_mode mode);

#endif
