/* SPDX-License-Identifier: MIT */
#include "scan_index.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define INDEX_EDGES 2 /* bytes of a term's key behind the word */

/* A need of a way, before equal ones are one set. */
struct index_need {
	size_t way, first, count; /* its keys */
	size_t shortest;          /* of its words: the longer, the rarer */
	bool kept;                /* the way is kept with it */
	bool lead;                /* it is the way's lead */
};

struct index_draft {
	struct scan_index *index;
	struct arena *arena, *pattern; /* the second for one pattern */
	struct str *keys;              /* words with their edges */
	struct index_need *needs;
	size_t key_count, key_room, need_count, need_room, way_room;
};

struct index_key {
	uint64_t head; /* the first bytes, to compare at once */
	struct str text;
	uint32_t number;
};

/* Room for one more. */
static void *
index_grow(void *list, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return list;
	*room = *room > 0 ? *room * 2 : 256;
	return mem_resize(list, *room, size);
}

static void
index_add_need(struct index_draft *draft, const struct scan_need *words)
{
	struct index_need need = {draft->index->way_count, draft->key_count, words->count,
	    SIZE_MAX, false, false};
	size_t i;

	for (i = 0; i < words->count; i++) {
		const struct scan_word *word = &words->words[i];
		char *key = arena_alloc(draft->arena, word->text.n + INDEX_EDGES);

		if (key == NULL)
			mem_fail();
		memcpy(key, word->text.p, word->text.n);
		key[word->text.n] = (char)word->before;
		key[word->text.n + 1] = (char)word->after;
		draft->keys = index_grow(
		    draft->keys, draft->key_count, &draft->key_room, sizeof(*draft->keys));
		draft->keys[draft->key_count++] =
		    (struct str){key, word->text.n + INDEX_EDGES};
		if (word->text.n < need.shortest)
			need.shortest = word->text.n;
	}
	draft->needs = index_grow(
	    draft->needs, draft->need_count, &draft->need_room, sizeof(*draft->needs));
	draft->needs[draft->need_count++] = need;
}

static void
index_add_way(struct index_draft *draft, size_t pattern, const struct scan_way *way)
{
	struct scan_index *index = draft->index;
	size_t first = draft->need_count, best = first, i;

	for (i = 0; i < way->count; i++)
		index_add_need(draft, &way->needs[i]);
	for (i = first; i < draft->need_count; i++)
		if (draft->needs[i].shortest > draft->needs[best].shortest)
			best = i;
	draft->needs[best].kept = true;
	if (way->lead.count > 0) {
		index_add_need(draft, &way->lead);
		draft->needs[draft->need_count - 1].lead = true;
	}
	index->ways =
	    index_grow(index->ways, index->way_count, &draft->way_room, sizeof(*index->ways));
	index->ways[index->way_count++] =
	    (struct scan_index_way){(uint32_t)pattern, SCAN_NO_LEAD, way->exact, way->local};
	index->local[pattern] = index->local[pattern] && way->local;
}

static void
index_add_pattern(struct index_draft *draft, size_t number, struct str pattern)
{
	struct scan_index *index = draft->index;
	struct scan_ways ways;
	size_t i;

	arena_reset(draft->pattern);
	if (scan_split(pattern, draft->pattern, &ways) != 0) {
		index->wholes[index->whole_count++] = (uint32_t)number;
		return;
	}
	index->local[number] = true;
	for (i = 0; i < ways.count; i++)
		index_add_way(draft, number, &ways.list[i]);
}

static uint64_t
index_head(struct str text)
{
	uint64_t head = 0;
	size_t i;

	for (i = 0; i < sizeof(head); i++)
		head = head << 8 | (i < text.n ? (unsigned char)text.p[i] : 0);
	return head;
}

static int
index_compare_keys(const void *a, const void *b)
{
	const struct index_key *x = a, *y = b;

	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	return str_cmp(x->text, y->text);
}

static int
index_compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Equal keys get the same number, in the order of the keys. Returns how many
 * there are. */
static size_t
index_number(const struct str *keys, size_t count, uint32_t *numbers)
{
	struct index_key *sorted = mem_array(count + 1, sizeof(*sorted));
	size_t distinct = 0, i;

	for (i = 0; i < count; i++)
		sorted[i] = (struct index_key){index_head(keys[i]), keys[i], (uint32_t)i};
	qsort(sorted, count, sizeof(*sorted), index_compare_keys);
	for (i = 0; i < count; i++) {
		distinct += i == 0 || !str_eq(sorted[i].text, sorted[i - 1].text);
		numbers[sorted[i].number] = (uint32_t)(distinct - 1);
	}
	free(sorted);
	return distinct;
}

/* Adds an item to a group. A list is made in two rounds: the first counts. */
static void
index_list_put(struct scan_list *list, size_t group, uint32_t item)
{
	if (list->items == NULL)
		list->first[group + 1]++;
	else
		list->items[list->first[group]++] = item;
}

/* Between the rounds. */
static void
index_list_count(struct scan_list *list, size_t groups)
{
	size_t i;

	for (i = 0; i < groups; i++)
		list->first[i + 1] += list->first[i];
	list->items = mem_array((size_t)list->first[groups] + 1, sizeof(*list->items));
}

static void
index_list_end(struct scan_list *list, size_t groups)
{
	memmove(list->first + 1, list->first, groups * sizeof(*list->first));
	list->first[0] = 0;
}

static void
index_make_terms(struct index_draft *draft, const uint32_t *numbers)
{
	struct scan_index *index = draft->index;
	struct str *keys = mem_array(index->term_count + 1, sizeof(*keys));
	size_t size = 0, i;
	char *p;

	for (i = 0; i < draft->key_count; i++)
		keys[numbers[i]] = draft->keys[i];
	for (i = 0; i < index->term_count; i++)
		size += keys[i].n;
	index->terms = mem_array(index->term_count + 1, sizeof(*index->terms));
	index->word_bytes = mem_array(index->term_count + 2, sizeof(*index->word_bytes));
	index->word_terms = mem_array(index->term_count + 2, sizeof(*index->word_terms));
	index->bytes = p = mem_alloc(size + 1);
	/* In the order of their keys, the terms of one word stand together. */
	for (i = 0; i < index->term_count; i++) {
		struct str word = {keys[i].p, keys[i].n - INDEX_EDGES};

		if (index->word_count == 0 ||
		    !str_eq(scan_index_word(index, index->word_count - 1), word)) {
			memcpy(p, word.p, word.n);
			p += word.n;
			index->word_terms[index->word_count++] = (uint32_t)i;
			index->word_bytes[index->word_count] = (uint32_t)(p - index->bytes);
		}
		index->terms[i] = (struct scan_term){(uint32_t)(index->word_count - 1),
		    (unsigned char)keys[i].p[word.n], (unsigned char)keys[i].p[word.n + 1]};
	}
	index->word_terms[index->word_count] = (uint32_t)index->term_count;
	free(keys);
}

/* Numbers the sets by what is in them. The needs' terms get sorted, each once. */
static uint32_t *
index_number_sets(struct index_draft *draft, uint32_t *terms)
{
	uint32_t *sets = mem_array(draft->need_count + 1, sizeof(*sets));
	struct str *keys = mem_array(draft->need_count + 1, sizeof(*keys));
	size_t i, k;

	for (i = 0; i < draft->need_count; i++) {
		struct index_need *need = &draft->needs[i];
		uint32_t *own = terms + need->first;
		size_t count = 0;

		qsort(own, need->count, sizeof(*own), index_compare_numbers);
		for (k = 0; k < need->count; k++)
			if (count == 0 || own[count - 1] != own[k])
				own[count++] = own[k];
		need->count = count;
		keys[i] = (struct str){(const char *)own, count * sizeof(*own)};
	}
	draft->index->set_count = index_number(keys, draft->need_count, sets);
	free(keys);
	return sets;
}

static void
index_make_lists(struct index_draft *draft, const uint32_t *terms, const uint32_t *sets)
{
	struct scan_index *index = draft->index;
	bool *seen = mem_array(index->set_count + 1, sizeof(*seen));
	size_t round, i, k;

	index->term_sets.first = mem_array(index->term_count + 2, sizeof(uint32_t));
	index->set_ways.first = mem_array(index->set_count + 2, sizeof(uint32_t));
	index->way_sets.first = mem_array(index->way_count + 2, sizeof(uint32_t));
	for (round = 0; round < 2; round++) {
		memset(seen, 0, index->set_count * sizeof(*seen));
		for (i = 0; i < draft->need_count; i++) {
			const struct index_need *need = &draft->needs[i];

			for (k = 0; k < need->count && !seen[sets[i]]; k++)
				index_list_put(
				    &index->term_sets, terms[need->first + k], sets[i]);
			seen[sets[i]] = true;
			if (need->kept)
				index_list_put(&index->set_ways, sets[i], (uint32_t)need->way);
			else
				index_list_put(&index->way_sets, need->way, sets[i]);
		}
		if (round == 0) {
			index_list_count(&index->term_sets, index->term_count);
			index_list_count(&index->set_ways, index->set_count);
			index_list_count(&index->way_sets, index->way_count);
		}
	}
	index_list_end(&index->term_sets, index->term_count);
	index_list_end(&index->set_ways, index->set_count);
	index_list_end(&index->way_sets, index->way_count);
	free(seen);
}

static void
index_make_leads(struct index_draft *draft, const uint32_t *terms, const uint32_t *sets)
{
	struct scan_index *index = draft->index;
	size_t i, k;

	index->set_leads = mem_array(index->set_count + 1, sizeof(*index->set_leads));
	index->term_leads = mem_array(index->term_count + 1, sizeof(*index->term_leads));
	for (i = 0; i < draft->need_count; i++) {
		const struct index_need *need = &draft->needs[i];

		if (!need->lead)
			continue;
		index->ways[need->way].lead = sets[i];
		index->set_leads[sets[i]] = true;
		for (k = 0; k < need->count; k++)
			index->term_leads[terms[need->first + k]] = true;
	}
}

struct scan_index *
scan_index_new(const struct str *patterns, size_t count)
{
	struct index_draft draft = {
	    .index = mem_alloc(sizeof(*draft.index)),
	    .arena = arena_new(0),
	    .pattern = arena_new(0),
	};
	struct scan_index *index = draft.index;
	uint32_t *terms, *sets;
	size_t i;

	if (draft.arena == NULL || draft.pattern == NULL)
		mem_fail();
	index->pattern_count = count;
	index->wholes = mem_array(count + 1, sizeof(*index->wholes));
	index->local = mem_array(count + 1, sizeof(*index->local));
	for (i = 0; i < count; i++)
		index_add_pattern(&draft, i, patterns[i]);
	terms = mem_array(draft.key_count + 1, sizeof(*terms));
	index->term_count = index_number(draft.keys, draft.key_count, terms);
	index_make_terms(&draft, terms);
	sets = index_number_sets(&draft, terms);
	index_make_lists(&draft, terms, sets);
	index_make_leads(&draft, terms, sets);
	free(terms);
	free(sets);
	free(draft.keys);
	free(draft.needs);
	arena_free(draft.arena);
	arena_free(draft.pattern);
	return index;
}
