/* SPDX-License-Identifier: MIT */
/*
 * Patterns whose shape costs more than their author meant.
 */
#include "review.h"

#include <stdlib.h>

#include "mem.h"
#include "review_shape.h"
#include "rules_read.h"

#define REVIEW_LITERAL 3 /* letters that the scan needs to look for something rare */

/* Does it stand in the pattern itself, not in a ${word}? */
static bool
review_is_written(const struct rules_origin *origin, size_t at)
{
	size_t i;

	for (i = 0; i < origin->count; i++)
		if (at >= origin->segments[i].start && at < origin->segments[i].end)
			return origin->segments[i].literal;
	return true;
}

/* Of one that a ${word} has, the first pattern that uses the word tells. */
static void
review_alternative(struct review *review, struct str alternative,
    const struct rules_origin *origin, struct review_span span)
{
	size_t i;

	if (!review_is_written(origin, span.start)) {
		for (i = 0; i < review->word_count; i++)
			if (str_eq(review->words[i], alternative))
				return;
		review->words = mem_resize(
		    review->words, review->word_count + 1, sizeof(review->words[0]));
		review->words[review->word_count++] = alternative;
	}
	review_warn(review, rules_origin_place(origin, span.start, span.end), "",
	    "the alternative '%.*s' stands there twice", STR_ARG(alternative));
}

static void
review_pattern(struct review *review, struct str source, enum pattern_mode mode,
    const struct rules_origin *origin)
{
	struct review_shape shape = review_shape_read(source, mode);

	if (shape.explosive)
		review_warn(review,
		    rules_origin_place(origin, shape.repeated.start, shape.repeated.end),
		    "let each round begin or end with something that the rest has not",
		    "a repeat in which one text can be read in many ways: a long text that "
		    "does not match takes for ever");
	if (shape.gaps > REVIEW_GAPS)
		review_warn(review, rules_origin_place(origin, 0, source.n),
		    "say what may stand between, or how much of it: .{0,40}",
		    "%u gaps without an end in one pattern", shape.gaps);
	if (shape.twice)
		review_alternative(review,
		    str_part(source, shape.alternative.start, shape.alternative.end), origin,
		    shape.alternative);
	if (mode == PATTERN_FOLDED && shape.literal < REVIEW_LITERAL && !shape.sign)
		review_warn(review, rules_origin_place(origin, 0, source.n),
		    "name a word that must be there",
		    "no word of %d letters or more: this pattern is tried on every text",
		    REVIEW_LITERAL);
}

static int
review_compare_captures(const void *a, const void *b)
{
	const struct rules_capture *x = *(const struct rules_capture *const *)a;
	const struct rules_capture *y = *(const struct rules_capture *const *)b;
	int order = str_cmp(x->expanded, y->expanded);

	return order != 0 ? order : x->number < y->number ? -1 : x->number > y->number;
}

void
review_patterns(struct review *review)
{
	const struct rules *rules = review->policy->rules;
	const struct rules_capture **captures =
	    mem_array(rules->capture_count + 1, sizeof(captures[0]));
	size_t i;

	for (i = 0; i < rules->pattern_count; i++)
		review_pattern(review, rules->patterns[i]->expanded, PATTERN_FOLDED,
		    rules->patterns[i]->origin);
	/* Many fields are "like" one: each text of a pattern is read once. */
	for (i = 0; i < rules->capture_count; i++)
		captures[i] = rules->captures[i];
	qsort(captures, rules->capture_count, sizeof(captures[0]), review_compare_captures);
	for (i = 0; i < rules->capture_count; i++)
		if (i == 0 || !str_eq(captures[i]->expanded, captures[i - 1]->expanded))
			review_pattern(review, captures[i]->expanded, PATTERN_ORIGINAL,
			    captures[i]->origin);
	free(captures);
}
