/* SPDX-License-Identifier: MIT */
/*
 * ctl_score: how right one decision is, measured against what a person
 * expects ("expect" of a labelled ticket).
 *
 * Found values count for tickets expected to be routed or needs_info: dates,
 * codes, numbers, booleans by equality; names, URLs and excerpts by
 * containment of the folded text, either way round; free text that the rules
 * only prove to be there by presence.
 */
#ifndef CTL_SCORE_H
#define CTL_SCORE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "decide.h"
#include "str.h"

struct json_t;

struct ctl_expect {
	struct str category;
	enum outcome outcome;
	const struct str *missing;
	size_t missing_count;
	const struct json_t *found; /* an object or NULL; as long as its line */
};

/* From a line's "expect". 0, or -1 with err when it is not there or not as it
 * should be. Everything but "found" is copied into the arena. */
int ctl_expect_read(struct arena *arena, const struct json_t *object,
    struct ctl_expect *expect, struct err *err);

enum ctl_part {
	CTL_CATEGORY,
	CTL_OUTCOME,
	CTL_MISSING,       /* the exact set, over all tickets */
	CTL_MISSING_ASKED, /* the same over those expected to be needs_info */
	CTL_FOUND,         /* every value of the ticket */
	CTL_FOUND_VALUES,  /* values, each */
	CTL_WHOLE,         /* category, outcome and missing together */
	CTL_PART_COUNT
};
extern const char *const ctl_part_names[];

struct ctl_score {
	size_t tickets;
	size_t right[CTL_PART_COUNT], of[CTL_PART_COUNT];
};

void ctl_score_add(struct ctl_score *sum, const struct ctl_score *one);
/* Judges one decision; wrong_found: names of the values that are not right,
 * with what was got, appended for people. */
struct ctl_score ctl_score_decision(struct arena *arena, const struct ctl_expect *expect,
    const struct decision *decision, struct strbuf *wrong_found);

/* "MOD/REST": tickets whose id's SHA-256 leaves this rest. */
struct ctl_sample {
	unsigned long modulus, rest; /* modulus 0: every ticket */
	bool inverted;
};
int ctl_sample_parse(const char *text, bool inverted, struct ctl_sample *sample,
    struct err *err);
bool ctl_sample_has(const struct ctl_sample *sample, struct str id);

#endif
