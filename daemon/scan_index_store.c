/* SPDX-License-Identifier: MIT */
/*
 * scan_index_store: an index as bytes, the arrays one behind the other. Their lengths
 * follow from the counts, or from arrays that stand before them.
 */
#include "scan_index.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define STORE_ALIGN sizeof(uint64_t)
#define STORE_ARRAYS 15
#define STORE_COUNTS 6

struct store_array {
	void *pointer; /* to the index' own pointer to it */
	size_t bytes;
};

static void
store_list(struct store_array arrays[2], struct scan_list *list, size_t groups)
{
	size_t items = list->first != NULL ? list->first[groups] : 0;

	arrays[0] =
	    (struct store_array){&list->first, (groups + 1) * sizeof(list->first[0])};
	arrays[1] = (struct store_array){&list->items, items * sizeof(list->items[0])};
}

/* In the order in which they are kept. */
static void
store_arrays(struct scan_index *index, struct store_array arrays[STORE_ARRAYS])
{
	size_t words = index->word_count, terms = index->term_count, sets = index->set_count;
	size_t bytes = index->word_bytes != NULL ? index->word_bytes[words] : 0;
	const struct store_array flat[] = {
	    {&index->word_bytes, (words + 1) * sizeof(index->word_bytes[0])},
	    {&index->word_terms, (words + 1) * sizeof(index->word_terms[0])},
	    {&index->terms, terms * sizeof(index->terms[0])},
	    {&index->ways, index->way_count * sizeof(index->ways[0])},
	    {&index->wholes, index->whole_count * sizeof(index->wholes[0])},
	    {&index->bytes, bytes},
	    {&index->set_leads, sets * sizeof(index->set_leads[0])},
	    {&index->term_leads, terms * sizeof(index->term_leads[0])},
	    {&index->local, index->pattern_count * sizeof(index->local[0])},
	};

	store_list(&arrays[0], &index->term_sets, terms);
	store_list(&arrays[2], &index->set_ways, sets);
	store_list(&arrays[4], &index->way_sets, index->way_count);
	memcpy(&arrays[6], flat, sizeof(flat));
}

static void *
store_get(const struct store_array *array)
{
	void *bytes;

	memcpy(&bytes, array->pointer, sizeof(bytes));
	return bytes;
}

static size_t
store_padding(size_t bytes)
{
	return (STORE_ALIGN - bytes % STORE_ALIGN) % STORE_ALIGN;
}

void
scan_index_write(const struct scan_index *index, struct strbuf *out)
{
	static const char zeros[STORE_ALIGN];
	struct scan_index copy = *index;
	const uint64_t counts[STORE_COUNTS] = {index->pattern_count, index->word_count,
	    index->term_count, index->set_count, index->way_count, index->whole_count};
	struct store_array arrays[STORE_ARRAYS];
	size_t i;

	store_arrays(&copy, arrays);
	strbuf_put(out, (struct str){(const char *)counts, sizeof(counts)});
	for (i = 0; i < STORE_ARRAYS; i++) {
		strbuf_put(out, (struct str){store_get(&arrays[i]), arrays[i].bytes});
		strbuf_put(out, (struct str){zeros, store_padding(arrays[i].bytes)});
	}
}

struct scan_index *
scan_index_read(struct str bytes)
{
	struct scan_index *index = mem_alloc(sizeof(*index));
	struct store_array arrays[STORE_ARRAYS];
	uint64_t counts[STORE_COUNTS];
	size_t at = sizeof(counts), i;

	index->borrowed = true;
	if (bytes.n < sizeof(counts))
		goto fail;
	memcpy(counts, bytes.p, sizeof(counts));
	index->pattern_count = counts[0];
	index->word_count = counts[1];
	index->term_count = counts[2];
	index->set_count = counts[3];
	index->way_count = counts[4];
	index->whole_count = counts[5];
	for (i = 0; i < STORE_ARRAYS; i++) {
		const char *p = bytes.p + at;

		/* Anew each time: some are as long as those before say. */
		store_arrays(index, arrays);
		if (arrays[i].bytes > bytes.n - at)
			goto fail;
		memcpy(arrays[i].pointer, &p, sizeof(p));
		at += arrays[i].bytes + store_padding(arrays[i].bytes);
		if (at > bytes.n)
			goto fail;
	}
	return index;
fail:
	scan_index_free(index);
	return NULL;
}

void
scan_index_free(struct scan_index *index)
{
	struct store_array arrays[STORE_ARRAYS];
	size_t i;

	if (index == NULL)
		return;
	if (!index->borrowed) {
		store_arrays(index, arrays);
		for (i = 0; i < STORE_ARRAYS; i++)
			free(store_get(&arrays[i]));
	}
	free(index);
}
