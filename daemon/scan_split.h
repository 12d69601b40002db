/* SPDX-License-Identifier: MIT */
/*
 * scan_split: what a text must have for a pattern to match, told in words.
 *
 *   \b(?:pay|money)\b[^.!?\n]*\b(?:late|wait\w*)|\bunpaid\b
 *
 * is two ways: (one of "pay", "money" as whole words AND one of "late", "wait"
 * at the begin of a word) or "unpaid" as a whole word. Each is a necessary
 * condition; of an exact way (the second) it is a sufficient one, too. The rest
 * is PCRE2's to confirm. Words are cheap to look for, also many thousands,
 * where automata of whole patterns are not.
 *
 * What is not understood is not split: -1, and the library takes the pattern
 * whole. No case folding, no UTF: as PATTERN_FOLDED.
 */
#ifndef SCAN_SPLIT_H
#define SCAN_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "str.h"

/* What \b says where a word begins or ends: nothing, that it holds, or not. */
enum scan_edge { SCAN_EDGE_ANY, SCAN_EDGE_BOUND, SCAN_EDGE_INNER };

struct scan_word {
	struct str text; /* bytes, at least one */
	enum scan_edge before, after;
};

/* One of these words occurs in every match. */
struct scan_need {
	struct scan_word *words;
	size_t count;
};

struct scan_way {
	struct scan_need *needs; /* all of them, in any order; at least one */
	size_t count;
	/* A match begins where one of these does; they are among the needs, too. None:
	 * where it begins cannot be told. */
	struct scan_need lead;
	bool exact; /* one need, and where it is met there is a match */
	bool local; /* no match has any of . ! ? and newline in it, or looks for an end */
};

/* Every match is one of these ways. */
struct scan_ways {
	struct scan_way *list;
	size_t count;
};

/* 0, all in the arena; or -1: not split. */
int scan_split(struct str pattern, struct arena *arena, struct scan_ways *ways);

#endif
