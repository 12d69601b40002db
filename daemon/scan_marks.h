/* SPDX-License-Identifier: MIT */
/*
 * scan_marks: which patterns of an index may match in one text. Told of each
 * occurrence of a word, in any order, it notes per term in which sentences
 * (their number modulo 64) it occurs. A local way needs all its sets in one
 * sentence, another anywhere in the text. Where a way's lead occurs, a match may
 * begin, and nowhere else.
 */
#ifndef SCAN_MARKS_H
#define SCAN_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scan_index.h"
#include "str.h"

#define SCAN_STARTS 16

/* A pattern that matches, or may. */
struct scan_hit {
	uint32_t id;
	bool sure; /* else only PCRE2 can tell */
	/* Each match begins at one of these bytes, rising; 0: not known. */
	unsigned char start_count;
	uint32_t starts[SCAN_STARTS];
	/* No match begins before "from"; and the text without what is behind
	 * "until" has the same first match, or none as well. */
	uint32_t from, until;
};

/* Working memory of one thread. The index must outlive it. */
struct scan_marks;
struct scan_marks *scan_marks_new(const struct scan_index *index); /* NULL: no memory */
void scan_marks_free(struct scan_marks *marks);                    /* NULL is fine */

/* Begins a text of at most UINT32_MAX bytes, which must live until the list is
 * made. False: no memory. */
bool scan_marks_begin(struct scan_marks *marks, struct str text);
/* Word number "word" of the index ends at byte "end". */
void scan_marks_word(struct scan_marks *marks, size_t word, size_t end);
/* A pattern that is not split matches. */
void scan_marks_whole(struct scan_marks *marks, uint32_t pattern);
/* The hits by rising id, each once; borrowed until the next begin. Ends the
 * text, and must be called before the next. */
const struct scan_hit *scan_marks_list(struct scan_marks *marks, size_t *count);

#endif
