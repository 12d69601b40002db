/* SPDX-License-Identifier: MIT */
#include "match.h"

#include <stdlib.h>
#include <string.h>

#define MATCH_PARTS 2
#define MATCH_WINDOW_BYTES 4096
#define MATCH_CAPTURE_WINDOW_BYTES 1024 /* captures are dearer, and names are short */

struct match {
	const struct policy *policy;
	bool oracle;
	struct scan_scratch *scratch; /* NULL in the oracle */
	struct pattern_matcher *matcher;
	const struct folded *texts[MATCH_PARTS]; /* subject, body */
	uint64_t *candidates[MATCH_PARTS];       /* one bit per pattern */
	struct scan_hit *hits[MATCH_PARTS]; /* per candidate: what is known of it */
	size_t words;                /* of 64 bits */
	unsigned undecided;
};

struct match *
match_new(const struct policy *policy, bool oracle)
{
	struct match *match = calloc(1, sizeof(*match));
	size_t i;

	if (match == NULL)
		return NULL;
	match->policy = policy;
	oracle = oracle || !policy->scan_sound;
	match->oracle = oracle;
	match->words = policy->rules->pattern_count / 64 + 1;
	match->matcher = pattern_matcher_new();
	if (!oracle)
		match->scratch = scan_scratch_new(policy->scan);
	if (match->matcher == NULL || (!oracle && match->scratch == NULL))
		goto fail;
	for (i = 0; i < MATCH_PARTS; i++) {
		match->candidates[i] = calloc(match->words, sizeof(uint64_t));
		match->hits[i] = calloc(match->words * 64, sizeof(struct scan_hit));
		if (match->candidates[i] == NULL || match->hits[i] == NULL)
			goto fail;
	}
	return match;
fail:
	match_free(match);
	return NULL;
}

void
match_free(struct match *match)
{
	size_t i;

	if (match == NULL)
		return;
	for (i = 0; i < MATCH_PARTS; i++) {
		free(match->candidates[i]);
		free(match->hits[i]);
	}
	pattern_matcher_free(match->matcher);
	scan_scratch_free(match->scratch);
	free(match);
}

static void
match_scan(struct match *match, size_t part)
{
	struct str text = match->texts[part]->text;
	struct scan_hits hits;
	size_t i;

	if (match->oracle ||
	    scan_run(match->policy->scan, match->scratch, text, &hits, NULL) != 0) {
		memset(match->candidates[part], 0xff, match->words * sizeof(uint64_t));
		for (i = 0; i < match->words * 64; i++)
			match->hits[part][i] = (struct scan_hit){
				.id = (uint32_t)i, .until = (uint32_t)text.n};
		return;
	}
	memset(match->candidates[part], 0, match->words * sizeof(uint64_t));
	for (i = 0; i < hits.count; i++) {
		uint32_t id = hits.list[i].id;

		match->candidates[part][id / 64] |= UINT64_C(1) << id % 64;
		match->hits[part][id] = hits.list[i];
	}
}

void
match_begin(struct match *match, const struct folded *subject, const struct folded *body)
{
	size_t i;

	match->texts[0] = subject;
	match->texts[1] = body;
	match->undecided = 0;
	for (i = 0; i < MATCH_PARTS; i++)
		match_scan(match, i);
}

void
match_again(struct match *match)
{
	match->undecided = 0;
}

unsigned
match_undecided(const struct match *match)
{
	return match->undecided;
}

size_t
match_next(const struct match *match, size_t number)
{
	size_t count = match->policy->rules->pattern_count;
	size_t word = number / 64;
	uint64_t bits;

	if (number >= count)
		return count;
	bits = (match->candidates[0][word] | match->candidates[1][word]) >> number % 64;
	if (bits != 0)
		number += (size_t)__builtin_ctzll(bits);
	else {
		while (++word < match->words) {
			bits = match->candidates[0][word] | match->candidates[1][word];
			if (bits != 0)
				break;
		}
		if (word == match->words)
			return count;
		number = word * 64 + (size_t)__builtin_ctzll(bits);
	}
	return number < count ? number : count;
}

/* The first match from "from" on. What ends where a window does is read again from
 * its begin: it may go on. */
static enum pattern_result
match_in_windows(struct match *match, struct pattern *pattern, struct str text, size_t from,
    size_t window_bytes, struct pattern_span *span)
{
	size_t overlap = window_bytes / 4;

	for (;;) {
		struct str window = str_part(text, 0, utf8_begin(text, from + window_bytes));
		enum pattern_result result =
		    pattern_match(pattern, match->matcher, window, from, span);

		if (result == PATTERN_UNDECIDED)
			match->undecided++;
		if (result == PATTERN_UNDECIDED || window.n == text.n ||
		    (result == PATTERN_YES &&
			(span->start <= from || span->end + overlap <= window.n)))
			return result;
		from = result == PATTERN_YES ? span->start
					     : utf8_begin(text, window.n - overlap);
	}
}

static enum pattern_result
match_search(struct match *match, const struct rules_pattern *pattern, struct str text,
    const struct scan_hit *hit, struct match_place *place)
{
	struct pattern *compiled = match->policy->patterns[pattern->number];
	struct pattern_span span;
	enum pattern_result result = PATTERN_NO;
	size_t i;

	if (hit->start_count == 0)
		result = match_in_windows(
		    match, compiled, text, hit->from, MATCH_WINDOW_BYTES, &span);
	for (i = 0; i < hit->start_count && result == PATTERN_NO; i++) {
		result = pattern_match_at(
		    compiled, match->matcher, text, hit->starts[i], &span);
		match->undecided += result == PATTERN_UNDECIDED;
	}
	if (result == PATTERN_YES)
		*place = (struct match_place){PART_ANY, span.start, span.end};
	return result;
}

enum pattern_result
match_find_in(struct match *match, const struct rules_pattern *pattern, struct str text,
    struct match_place *place)
{
	return match_search(match, pattern, text, &(struct scan_hit){.from = 0}, place);
}

static const enum text_part match_parts[MATCH_PARTS] = {PART_SUBJECT, PART_BODY};

/* May the pattern hold in that part, and is it one of those asked for? */
static bool
match_is_candidate(
    const struct match *match, const struct rules_pattern *pattern, enum text_part part, size_t i)
{
	return (part == PART_ANY || part == match_parts[i]) &&
	    (match->candidates[i][pattern->number / 64] >> pattern->number % 64 & 1) != 0;
}

/* Searches where the scan says, and keeps what was found. */
static enum pattern_result
match_confirm(struct match *match, const struct rules_pattern *pattern, size_t i,
    struct match_place *place)
{
	struct scan_hit *hit = &match->hits[i][pattern->number];
	struct str text = {match->texts[i]->text.p, hit->until};
	enum pattern_result result = match_search(match, pattern, text, hit, place);

	place->part = match_parts[i];
	if (result == PATTERN_YES) {
		hit->sure = true;
		hit->from = (uint32_t)place->start;
		hit->start_count = 0;
	} else if (result == PATTERN_NO)
		match->candidates[i][pattern->number / 64] &=
		    ~(UINT64_C(1) << pattern->number % 64);
	return result;
}

enum pattern_result
match_holds(struct match *match, const struct rules_pattern *pattern, enum text_part part)
{
	struct match_place place;
	size_t i;

	for (i = 0; i < MATCH_PARTS; i++)
		if (match_is_candidate(match, pattern, part, i) &&
		    match->hits[i][pattern->number].sure)
			return PATTERN_YES;
	return match_find(match, pattern, part, &place);
}

enum pattern_result
match_find(struct match *match, const struct rules_pattern *pattern, enum text_part part,
    struct match_place *place)
{
	enum pattern_result result = PATTERN_NO;
	unsigned undecided = match->undecided;
	size_t i;

	for (i = 0; i < MATCH_PARTS; i++) {
		enum pattern_result here;

		if (!match_is_candidate(match, pattern, part, i))
			continue;
		here = match_confirm(match, pattern, i, place);
		if (here == PATTERN_YES) {
			match->undecided = undecided; /* it holds, whatever the other part has */
			return PATTERN_YES;
		}
		if (here == PATTERN_UNDECIDED)
			result = PATTERN_UNDECIDED;
	}
	return result;
}

enum pattern_result
match_capture(struct match *match, const struct rules_capture *capture, struct str text,
    size_t from, struct pattern_span *span)
{
	return match_in_windows(match, match->policy->captures[capture->number], text, from,
	    MATCH_CAPTURE_WINDOW_BYTES, span);
}
