/* SPDX-License-Identifier: MIT */
/*
 * scan_token: texts with holes, the finite sets that scan_split works on. A
 * byte is itself, or one of these marks (no pattern that is split has such
 * bytes in it).
 */
#ifndef SCAN_TOKEN_H
#define SCAN_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "scan_split.h"
#include "str.h"

#define SCAN_BOUND '\1' /* \b */
#define SCAN_INNER '\2' /* \B */
#define SCAN_SOME '\3'  /* \w+ */
#define SCAN_MAYBE '\4' /* \w* */
#define SCAN_EMPTY '\5' /* anything that may be nothing */
#define SCAN_HOLE '\6'  /* anything */

/* Several texts: one of them. Owned by an arena. */
struct scan_texts {
	struct str *list;
	size_t count;
};

bool scan_is_mark(char c);
/* The set of one text, which is copied. */
struct scan_texts scan_texts_one(struct arena *arena, const char *text, size_t n);
/* Each of a followed by each of b. */
struct scan_texts scan_texts_join(
    struct arena *arena, const struct scan_texts *a, const struct scan_texts *b);
/* Those of a, and those of b. */
struct scan_texts scan_texts_or(
    struct arena *arena, const struct scan_texts *a, const struct scan_texts *b);
/* No marks but \b and \B. */
bool scan_texts_plain(const struct scan_texts *texts);

/* The word to look for in each text: its longest part without a hole. The
 * result is the length of the shortest of these words, 0 when a text has none
 * that is worth looking for. *exact: the words say all that the texts say. */
size_t scan_texts_words(struct arena *arena, const struct scan_texts *texts,
    struct scan_need *need, bool *exact);


/* The words that the texts begin with. False: one begins with a hole. */
bool scan_texts_heads(
    struct arena *arena, const struct scan_texts *texts, struct scan_need *need);

#endif
