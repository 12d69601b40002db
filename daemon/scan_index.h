/* SPDX-License-Identifier: MIT */
/*
 * scan_index: the ways of many patterns (scan_split.h) turned round: from the
 * words that occur in a text to the patterns that may match there. What several
 * patterns ask for is in it once.
 *
 * A term is a word with its edges. A set is the terms of a need. A way is kept
 * with one of its sets, the one that is met most rarely, so that of all ways
 * only those are looked at whose set is met.
 */
#ifndef SCAN_INDEX_H
#define SCAN_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scan_split.h"
#include "str.h"

/* items[first[n]] .. items[first[n + 1] - 1] belong to n. */
struct scan_list {
	uint32_t *first, *items;
};

struct scan_term {
	uint32_t word;
	unsigned char before, after; /* enum scan_edge */
};

#define SCAN_NO_LEAD UINT32_MAX

/* As struct scan_way. */
struct scan_index_way {
	uint32_t pattern, lead; /* a set, or SCAN_NO_LEAD */
	bool exact, local;
};

struct scan_index {
	size_t pattern_count, word_count, term_count, set_count, way_count, whole_count;
	/* Words, each once: word n is bytes[word_bytes[n]] .. bytes[word_bytes[n + 1] - 1]. */
	char *bytes;
	uint32_t *word_bytes;
	struct scan_term *terms;
	uint32_t *word_terms; /* of word n: terms word_terms[n] .. word_terms[n + 1] - 1 */
	struct scan_list term_sets; /* the sets that a term is in */
	struct scan_list set_ways;  /* the ways kept with a set */
	struct scan_list way_sets;  /* the other sets that a way asks for */
	bool *set_leads, *term_leads; /* by set: it is a lead; by term: it is in one */
	struct scan_index_way *ways;
	uint32_t *wholes; /* patterns that are not split, rising */
	bool *local;      /* by pattern: it has local ways only */
	bool borrowed;    /* the arrays are somebody else's: scan_index_read */
};

/* Of patterns[0..count). Never NULL. */
struct scan_index *scan_index_new(const struct str *patterns, size_t count);
void scan_index_free(struct scan_index *index); /* NULL is fine */

static inline struct str
scan_index_word(const struct scan_index *index, size_t word)
{
	return (struct str){index->bytes + index->word_bytes[word],
	    index->word_bytes[word + 1] - index->word_bytes[word]};
}

/* As bytes, to be kept by this very program; and an index whose arrays lie in such
 * bytes, aligned for any type, which must outlive it. NULL when they are too few. */
void scan_index_write(const struct scan_index *index, struct strbuf *out);
struct scan_index *scan_index_read(struct str bytes);

#endif
