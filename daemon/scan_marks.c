/* SPDX-License-Identifier: MIT */
#include "scan_marks.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "scan_class.h"

#define MARKS_SENTENCES 64 /* bits of a mask */
#define MARKS_WORD 0x80u   /* of a place: the byte is one of a word */
#define MARKS_NONE UINT32_MAX
#define MARKS_END 0x40u    /* of a kind: the byte ends a sentence */

/* Masks of sentences, and which of them are not empty. */
struct marks_masks {
	uint64_t *masks;
	uint32_t *met;
	size_t met_count;
};

/* Something of a term or set, and the number of the one before; MARKS_NONE is no
 * number. */
struct marks_link {
	uint32_t value, before;
};

/* One chain for each term or set. */
struct marks_chains {
	uint32_t *last;
	struct marks_link *links;
	size_t count, room;
};

struct scan_marks {
	const struct scan_index *index;
	unsigned char kinds[UCHAR_MAX + 1]; /* MARKS_WORD or MARKS_END */
	struct str text;
	unsigned char *places; /* by byte: MARKS_WORD | its sentence's number modulo 64 */
	size_t place_room;
	uint32_t starts[MARKS_SENTENCES], ends[MARKS_SENTENCES];
	size_t sentences;
	struct marks_masks terms, sets;
	struct marks_chains begins; /* by term: where it begins. Only of leads */
	struct marks_chains leads;  /* by set: its terms. Only of leads */
	bool short_of_memory;       /* for the chains */
	uint64_t *hit;          /* bits of the patterns hit; empty between texts */
	struct scan_hit *found; /* by pattern */
	struct scan_hit *list;
};

static bool
marks_masks_init(struct marks_masks *masks, size_t count)
{
	masks->masks = calloc(count + 1, sizeof(*masks->masks));
	masks->met = calloc(count + 1, sizeof(*masks->met));
	return masks->masks != NULL && masks->met != NULL;
}

static void
marks_put(struct marks_masks *masks, uint32_t number, uint64_t mask)
{
	if (masks->masks[number] == 0)
		masks->met[masks->met_count++] = number;
	masks->masks[number] |= mask;
}

static void
marks_clear(struct marks_masks *masks)
{
	while (masks->met_count > 0)
		masks->masks[masks->met[--masks->met_count]] = 0;
}

struct scan_marks *
scan_marks_new(const struct scan_index *index)
{
	struct scan_marks *marks = calloc(1, sizeof(*marks));
	unsigned c;

	if (marks == NULL)
		return NULL;
	marks->index = index;
	for (c = 0; c <= UCHAR_MAX; c++)
		marks->kinds[c] = scan_is_word((unsigned char)c)          ? MARKS_WORD
				  : scan_ends_sentence((unsigned char)c) ? MARKS_END
									  : 0;
	marks->hit = calloc(index->pattern_count / 64 + 1, sizeof(*marks->hit));
	marks->found = calloc(index->pattern_count + 1, sizeof(*marks->found));
	marks->list = calloc(index->pattern_count + 1, sizeof(*marks->list));
	marks->begins.last = calloc(index->term_count + 1, sizeof(uint32_t));
	marks->leads.last = calloc(index->set_count + 1, sizeof(uint32_t));
	if (!marks_masks_init(&marks->terms, index->term_count) ||
	    !marks_masks_init(&marks->sets, index->set_count) || marks->hit == NULL ||
	    marks->found == NULL || marks->list == NULL || marks->begins.last == NULL ||
	    marks->leads.last == NULL) {
		scan_marks_free(marks);
		return NULL;
	}
	return marks;
}

void
scan_marks_free(struct scan_marks *marks)
{
	if (marks == NULL)
		return;
	free(marks->terms.masks);
	free(marks->terms.met);
	free(marks->sets.masks);
	free(marks->sets.met);
	free(marks->places);
	free(marks->begins.last);
	free(marks->begins.links);
	free(marks->leads.last);
	free(marks->leads.links);
	free(marks->hit);
	free(marks->found);
	free(marks->list);
	free(marks);
}

/* What ends a sentence belongs to it. */
static void
marks_sentences(struct scan_marks *marks)
{
	size_t start = 0, number = 0, n = marks->text.n, i;

	while (start < n) {
		unsigned char own = (unsigned char)(number % MARKS_SENTENCES), kind = 0;

		for (i = start; i < n && (kind & MARKS_END) == 0; i++) {
			kind = marks->kinds[(unsigned char)marks->text.p[i]];
			marks->places[i] = (unsigned char)((kind & MARKS_WORD) | own);
		}
		if (number < MARKS_SENTENCES) {
			marks->starts[number] = (uint32_t)start;
			marks->ends[number] = (uint32_t)i;
		}
		start = i;
		number++;
	}
	marks->sentences = number;
}

bool
scan_marks_begin(struct scan_marks *marks, struct str text)
{
	if (text.n > marks->place_room) {
		free(marks->places);
		marks->place_room = text.n * 2;
		marks->places = malloc(marks->place_room);
		if (marks->places == NULL) {
			marks->place_room = 0;
			return false;
		}
	}
	marks->text = text;
	marks->begins.count = 0;
	marks->leads.count = 0;
	marks->short_of_memory = false;
	marks_sentences(marks);
	return true;
}

static bool
marks_is_word(const struct scan_marks *marks, size_t i)
{
	return i < marks->text.n && (marks->places[i] & MARKS_WORD) != 0;
}

static bool
marks_edge_holds(enum scan_edge edge, bool bound)
{
	return edge == SCAN_EDGE_ANY || (edge == SCAN_EDGE_BOUND) == bound;
}

static void
marks_link(struct scan_marks *marks, struct marks_chains *chains, uint32_t number, bool first,
    uint32_t value)
{
	if (chains->count == chains->room) {
		size_t room = chains->room > 0 ? chains->room * 2 : 256;
		struct marks_link *more = realloc(chains->links, room * sizeof(*more));

		if (more == NULL) {
			marks->short_of_memory = true;
			return;
		}
		chains->links = more;
		chains->room = room;
	}
	chains->links[chains->count] =
	    (struct marks_link){value, first ? MARKS_NONE : chains->last[number]};
	chains->last[number] = (uint32_t)chains->count++;
}

void
scan_marks_word(struct scan_marks *marks, size_t word, size_t end)
{
	const struct scan_index *index = marks->index;
	size_t start = end - scan_index_word(index, word).n;
	uint64_t sentence = UINT64_C(1) << marks->places[end - 1] % MARKS_SENTENCES;
	/* Before the text is no byte: start - 1 is beyond its end then. */
	bool before = marks_is_word(marks, start - 1) != marks_is_word(marks, start);
	bool after = marks_is_word(marks, end - 1) != marks_is_word(marks, end);
	uint32_t i;

	for (i = index->word_terms[word]; i < index->word_terms[word + 1]; i++)
		if (marks_edge_holds(index->terms[i].before, before) &&
		    marks_edge_holds(index->terms[i].after, after)) {
			if (index->term_leads[i])
				marks_link(marks, &marks->begins, i,
				    marks->terms.masks[i] == 0, (uint32_t)start);
			marks_put(&marks->terms, i, sentence);
		}
}

/* Keeps them rising, each once. False: too many. */
static bool
marks_add_start(struct scan_hit *hit, uint32_t start)
{
	size_t k = hit->start_count;

	while (k > 0 && hit->starts[k - 1] > start)
		k--;
	if (k > 0 && hit->starts[k - 1] == start)
		return true;
	if (hit->start_count == SCAN_STARTS)
		return false;
	memmove(&hit->starts[k + 1], &hit->starts[k],
	    (hit->start_count - k) * sizeof(hit->starts[0]));
	hit->starts[k] = start;
	hit->start_count++;
	return true;
}

static void
marks_merge_starts(struct scan_hit *hit, const struct scan_hit *other)
{
	size_t i;

	if (other->start_count == 0)
		hit->start_count = 0;
	for (i = 0; i < other->start_count && hit->start_count > 0; i++)
		if (!marks_add_start(hit, other->starts[i]))
			hit->start_count = 0;
}

/* Where a way that is open may begin, in the sentences of the mask. */
static void
marks_starts(const struct scan_marks *marks, uint32_t lead, uint64_t mask, struct scan_hit *hit)
{
	const struct marks_link *terms = marks->leads.links, *begins = marks->begins.links;
	uint32_t i, k;

	for (i = marks->leads.last[lead]; i != MARKS_NONE; i = terms[i].before) {
		k = marks->begins.last[terms[i].value];
		for (; k != MARKS_NONE; k = begins[k].before) {
			uint32_t start = begins[k].value;

			if ((mask >> marks->places[start] % MARKS_SENTENCES & 1) != 0 &&
			    !marks_add_start(hit, start)) {
				hit->start_count = 0;
				return;
			}
		}
	}
}

static void
marks_hit(struct scan_marks *marks, struct scan_hit hit)
{
	uint64_t bit = UINT64_C(1) << hit.id % 64;
	struct scan_hit *found = &marks->found[hit.id];

	if ((marks->hit[hit.id / 64] & bit) == 0) {
		marks->hit[hit.id / 64] |= bit;
		*found = hit;
		return;
	}
	found->sure = found->sure || hit.sure;
	marks_merge_starts(found, &hit);
	if (hit.from < found->from)
		found->from = hit.from;
	if (hit.until > found->until)
		found->until = hit.until;
}

void
scan_marks_whole(struct scan_marks *marks, uint32_t pattern)
{
	marks_hit(marks, (struct scan_hit){
		.id = pattern, .sure = true, .until = (uint32_t)marks->text.n});
}

/* Is the way open, all its sets being met? */
static void
marks_way(struct scan_marks *marks, uint32_t number, uint64_t mask)
{
	const struct scan_index *index = marks->index;
	const struct scan_index_way *way = &index->ways[number];
	const struct scan_list *sets = &index->way_sets;
	struct scan_hit hit = {
		.id = way->pattern, .sure = way->exact, .until = (uint32_t)marks->text.n};
	uint32_t i;

	for (i = sets->first[number]; i < sets->first[number + 1] && mask != 0; i++) {
		uint64_t other = marks->sets.masks[sets->items[i]];

		mask = way->local || other == 0 ? mask & other : mask;
	}
	if (mask == 0)
		return;
	/* Of all sentences with the same bit the first is the one kept. */
	if (way->local)
		hit.from = marks->starts[__builtin_ctzll(mask)];
	if (index->local[way->pattern] && marks->sentences <= MARKS_SENTENCES)
		hit.until = marks->ends[63 - __builtin_clzll(mask)];
	if (!way->exact && way->lead != SCAN_NO_LEAD && !marks->short_of_memory)
		marks_starts(marks, way->lead, way->local ? mask : UINT64_MAX, &hit);
	marks_hit(marks, hit);
}

static void
marks_ways(struct scan_marks *marks)
{
	const struct scan_index *index = marks->index;
	size_t i;
	uint32_t k;

	for (i = 0; i < marks->terms.met_count; i++) {
		uint32_t term = marks->terms.met[i];

		for (k = index->term_sets.first[term]; k < index->term_sets.first[term + 1]; k++) {
			uint32_t set = index->term_sets.items[k];

			if (index->set_leads[set])
				marks_link(marks, &marks->leads, set,
				    marks->sets.masks[set] == 0, term);
			marks_put(&marks->sets, set, marks->terms.masks[term]);
		}
	}
	for (i = 0; i < marks->sets.met_count; i++) {
		uint32_t set = marks->sets.met[i];

		for (k = index->set_ways.first[set]; k < index->set_ways.first[set + 1]; k++)
			marks_way(marks, index->set_ways.items[k], marks->sets.masks[set]);
	}
	marks_clear(&marks->terms);
	marks_clear(&marks->sets);
}

const struct scan_hit *
scan_marks_list(struct scan_marks *marks, size_t *count)
{
	size_t i;

	marks_ways(marks);
	*count = 0;
	for (i = 0; i <= marks->index->pattern_count / 64; i++) {
		uint64_t word = marks->hit[i];

		marks->hit[i] = 0;
		for (; word != 0; word &= word - 1)
			marks->list[(*count)++] =
			    marks->found[i * 64 + (size_t)__builtin_ctzll(word)];
	}
	return marks->list;
}
