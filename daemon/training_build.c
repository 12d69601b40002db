/* SPDX-License-Identifier: MIT */
/*
 * From the texts of the rules to what each term adds to each class.
 */
#include "training_state.h"

#include <math.h>
#include <stdlib.h>

#include "fold.h"
#include "mem.h"

#define TRAINING_RARITY 1.5

/* The terms of the texts, one after the other. */
struct training_texts {
	uint32_t *terms;
	size_t count, room;
	size_t *ends; /* by text */
	uint32_t *classes;
	struct arena *arena; /* of one text */
	struct training_token tokens[TRAINING_WORDS];
};

static void
training_grow(struct training *training, size_t slots)
{
	size_t i;

	free(training->slots);
	training->slots = mem_array(slots, sizeof(training->slots[0]));
	training->slot_count = slots;
	for (i = 0; i < slots; i++)
		training->slots[i] = TRAINING_NONE;
	for (i = 0; i < training->term_count; i++)
		training->slots[training_slot(training, training->terms[i].key)] = (uint32_t)i;
}

static uint32_t
training_intern(struct training *training, uint64_t key)
{
	size_t slot;

	if (2 * training->term_count >= training->slot_count) {
		training_grow(training, 2 * training->slot_count);
		training->terms = mem_resize(
		    training->terms, training->slot_count, sizeof(training->terms[0]));
	}
	slot = training_slot(training, key);
	if (training->slots[slot] == TRAINING_NONE) {
		training->terms[training->term_count] = (struct training_term){.key = key};
		training->slots[slot] = (uint32_t)training->term_count++;
	}
	return training->slots[slot];
}

static int
training_read(struct training *training, struct training_texts *texts, size_t number)
{
	const struct rules_phrase *phrase = &training->rules->phrases[number];
	uint32_t mark = (uint32_t)number + 1; /* while texts are read, first is the last one's */
	size_t count, i, k;
	struct folded folded;

	arena_reset(texts->arena);
	if (fold_text(texts->arena, phrase->text, &folded) < 0)
		return -1;
	count = training_cut(phrase->locale, (struct str){NULL, 0}, folded.text, texts->tokens,
	    TRAINING_WORDS);
	if (texts->count + TRAINING_TERMS > texts->room) {
		texts->room = 2 * texts->room + TRAINING_TERMS;
		texts->terms = mem_resize(texts->terms, texts->room, sizeof(texts->terms[0]));
	}
	for (i = 0; i < count; i++)
		for (k = 0; k < texts->tokens[i].key_count; k++) {
			uint32_t term_number = training_intern(training, texts->tokens[i].keys[k]);
			struct training_term *term = &training->terms[term_number];

			if (term->first == mark)
				continue;
			term->first = mark;
			term->texts++;
			texts->terms[texts->count++] = term_number;
		}
	texts->ends[number] = texts->count;
	return 0;
}

static size_t
training_class_of(struct training *training, const struct rules_phrase *phrase)
{
	size_t i;

	for (i = 0; i < training->class_count; i++)
		if (training->classes[i].locale == phrase->locale &&
		    str_eq(training->classes[i].topic, phrase->topic))
			return i;
	training->classes = mem_resize(
	    training->classes, training->class_count + 1, sizeof(training->classes[0]));
	training->classes[i] =
	    (struct training_class){.topic = phrase->topic, .locale = phrase->locale};
	training->class_count++;
	return i;
}

/* The categories that a class speaks for. */
static void
training_assign(struct training *training, struct training_class *class)
{
	const struct rules *rules = training->rules;
	size_t i;

	class->categories = mem_array(rules->category_count + 1, sizeof(class->categories[0]));
	for (i = 0; i < rules->category_count; i++)
		if (rules_topic_is_of(class->topic, rules->categories[i].name))
			class->categories[class->category_count++] = rules->categories[i].number;
	if (str_is(class->topic, RULES_CHATTER))
		class->categories[class->category_count++] = (uint32_t)rules->category_count;
}

/* One term of one text, on its way into a class. */
struct training_entry {
	uint32_t term, class;
	double weight;
};

static int
training_compare_entries(const void *a, const void *b)
{
	const struct training_entry *x = a, *y = b;

	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	/* Sums of doubles depend on their order. */
	return x->weight < y->weight ? -1 : x->weight > y->weight;
}

/* Every text has length 1 and the same share of its class. By term, as it is
 * known how many texts each has, then by class. */
static struct training_entry *
training_entries(const struct training *training, const struct training_texts *texts)
{
	struct training_entry *entries = mem_array(texts->count + 1, sizeof(entries[0]));
	size_t start = 0, i, k;

	for (i = 0, k = 0; i < training->term_count; k += training->terms[i++].texts)
		training->terms[i].first = (uint32_t)k; /* from now on, where its next one goes */
	for (i = 0; i < training->rules->phrase_count; start = texts->ends[i++]) {
		const struct training_class *class = &training->classes[texts->classes[i]];
		double length = 0;

		for (k = start; k < texts->ends[i]; k++) {
			double rarity = training->terms[texts->terms[k]].rarity;

			length += rarity * rarity;
		}
		length = sqrt(length) * (double)class->texts;
		for (k = start; k < texts->ends[i]; k++)
			entries[training->terms[texts->terms[k]].first++] = (struct training_entry){
			    texts->terms[k], texts->classes[i],
			    training->terms[texts->terms[k]].rarity / (length > 0 ? length : 1)};
	}
	for (i = 0; i < training->term_count; i++) {
		const struct training_term *term = &training->terms[i];

		if (term->texts > 1)
			qsort(entries + term->first - term->texts, term->texts,
			    sizeof(entries[0]), training_compare_entries);
	}
	return entries;
}

/* Sums what is of one term and class, and gives every class the length 1. */
static void
training_sum(struct training *training, struct training_entry *entries, size_t count)
{
	double *lengths = mem_array(training->class_count + 1, sizeof(lengths[0]));
	size_t kept = 0, i, term = 0;

	for (i = 0; i < count; i++) {
		if (kept > 0 && entries[kept - 1].term == entries[i].term &&
		    entries[kept - 1].class == entries[i].class)
			entries[kept - 1].weight += entries[i].weight;
		else
			entries[kept++] = entries[i];
	}
	for (i = 0; i < kept; i++)
		lengths[entries[i].class] += entries[i].weight * entries[i].weight;
	training->weights = mem_array(kept + 1, sizeof(training->weights[0]));
	training->weight_count = kept;
	for (i = 0; i < kept; i++) {
		for (; term <= entries[i].term; term++)
			training->terms[term].first = (uint32_t)i;
		training->weights[i] = (struct training_weight){entries[i].class,
		    (float)(entries[i].weight / sqrt(lengths[entries[i].class]))};
	}
	for (; term <= training->term_count; term++)
		training->terms[term].first = (uint32_t)kept;
	free(lengths);
}

static int
training_build(struct training *training, struct training_texts *texts)
{
	const struct rules *rules = training->rules;
	struct training_entry *entries;
	size_t i;

	for (i = 0; i < rules->phrase_count; i++) {
		texts->classes[i] = (uint32_t)training_class_of(training, &rules->phrases[i]);
		training->classes[texts->classes[i]].texts++;
		if (training_read(training, texts, i) < 0)
			return -1;
	}
	for (i = 0; i < training->class_count; i++)
		training_assign(training, &training->classes[i]);
	for (i = 0; i < training->term_count; i++) {
		struct training_term *term = &training->terms[i];
		double share = ((double)rules->phrase_count + 1) / ((double)term->texts + 0.5);

		term->rarity = pow(log(share), TRAINING_RARITY);
	}
	entries = training_entries(training, texts);
	training_sum(training, entries, texts->count);
	free(entries);
	return 0;
}

struct training *
training_new(const struct rules *rules)
{
	struct training *training = mem_alloc(sizeof(*training));
	struct training_texts *texts = mem_alloc(sizeof(*texts));
	int result;

	training->rules = rules;
	training_grow(training, 1024);
	training->terms = mem_array(training->slot_count, sizeof(training->terms[0]));
	texts->ends = mem_array(rules->phrase_count + 1, sizeof(texts->ends[0]));
	texts->classes = mem_array(rules->phrase_count + 1, sizeof(texts->classes[0]));
	texts->arena = arena_new(0);
	result = texts->arena != NULL ? training_build(training, texts) : -1;
	arena_free(texts->arena);
	free(texts->classes);
	free(texts->ends);
	free(texts->terms);
	free(texts);
	if (result == 0)
		return training;
	training_free(training);
	return NULL;
}
