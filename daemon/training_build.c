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
#define TRAINING_SHORT 0.5 /* of the mean length of the texts */

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
	struct training_slot *old = training->slots;
	size_t count = training->slot_count, i;

	training->slots = mem_array(slots, sizeof(training->slots[0]));
	training->slot_count = slots;
	for (i = 0; i < count; i++)
		if (old[i].key != 0)
			*training_slot(training, old[i].key) = old[i];
	free(old);
}

/* Its slot, with a new term in it if there is none yet. */
static struct training_slot *
training_intern(struct training *training, uint64_t key)
{
	struct training_slot *slot;

	if (2 * training->term_count >= training->slot_count)
		training_grow(training, 2 * training->slot_count);
	slot = training_slot(training, key);
	if (slot->key == 0)
		*slot = (struct training_slot){
		    .key = key, .term = (uint32_t)training->term_count++};
	return slot;
}

static int
training_read(struct training *training, struct training_texts *texts, size_t number)
{
	const struct rules_phrase *phrase = &training->rules->phrases[number];
	uint32_t mark = (uint32_t)number + 1;
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
			struct training_slot *slot =
			    training_intern(training, texts->tokens[i].keys[k]);

			if (slot->mark == mark)
				continue;
			slot->mark = mark;
			texts->terms[texts->count++] = slot->term;
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

/* A text on its way into its class. */
struct training_text {
	uint32_t number, class;
	/* Every text has length 1 and the same share of its class: what the rarity
	 * of each of its terms is divided by. */
	double divisor;
};

static int
training_compare_texts(const void *a, const void *b)
{
	const struct training_text *x = a, *y = b;

	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	return x->divisor > y->divisor ? -1 : x->divisor < y->divisor;
}

/* By class, and in a class the ones that a term weighs least in first: sums of
 * doubles depend on their order, and must not on that of the texts. */
static struct training_text *
training_order(const struct training *training, const struct training_texts *texts)
{
	size_t count = training->rules->phrase_count, start = 0, i, k;
	struct training_text *order = mem_array(count + 1, sizeof(order[0]));

	for (i = 0; i < count; start = texts->ends[i++]) {
		double length = 0;

		for (k = start; k < texts->ends[i]; k++) {
			double rarity = training->terms[texts->terms[k]].rarity;

			length += rarity * rarity;
		}
		length = sqrt(length) * (double)training->classes[texts->classes[i]].texts;
		order[i] = (struct training_text){
		    (uint32_t)i, texts->classes[i], length > 0 ? length : 1};
	}
	qsort(order, count, sizeof(order[0]), training_compare_texts);
	return order;
}

static double
training_mean_length(const struct training *training, const struct training_text *order)
{
	size_t count = training->rules->phrase_count, i;
	double sum = 0;

	for (i = 0; i < count; i++)
		sum += order[i].divisor / (double)training->classes[order[i].class].texts;
	return count > 0 ? sum / (double)count : 0;
}

/* By term the texts that have it, as places in that order. */
static uint32_t *
training_occurrences(struct training *training, const struct training_texts *texts,
    const struct training_text *order)
{
	uint32_t *list = mem_array(texts->count + 1, sizeof(list[0])), next = 0;
	size_t i, k;

	for (i = 0; i < training->term_count; next += training->terms[i++].texts)
		training->terms[i].first = next; /* from now on, where its next one goes */
	for (i = 0; i < training->rules->phrase_count; i++) {
		size_t number = order[i].number;

		for (k = number > 0 ? texts->ends[number - 1] : 0; k < texts->ends[number]; k++)
			list[training->terms[texts->terms[k]].first++] = (uint32_t)i;
	}
	return list;
}

/* Sums what is of one term and class, and gives every class the length 1. */
static void
training_sum(struct training *training, const uint32_t *list, size_t count,
    const struct training_text *order)
{
	double *lengths = mem_array(training->class_count + 1, sizeof(lengths[0]));
	double *sums = mem_array(count + 1, sizeof(sums[0]));
	struct training_weight *weights = mem_array(count + 1, sizeof(weights[0]));
	size_t kept = 0, i, k;

	for (i = 0; i < training->term_count; i++) {
		struct training_term *term = &training->terms[i];
		size_t first = kept;

		for (k = 0; k < term->texts; k++) {
			const struct training_text *text = &order[*list++];
			double weight = term->rarity / text->divisor;

			if (kept > first && weights[kept - 1].class == text->class) {
				sums[kept - 1] += weight;
			} else {
				weights[kept].class = text->class;
				sums[kept++] = weight;
			}
		}
		term->first = (uint32_t)first;
		for (k = first; k < kept; k++)
			lengths[weights[k].class] += sums[k] * sums[k];
	}
	training->terms[training->term_count].first = (uint32_t)kept;
	for (i = 0; i < training->class_count; i++)
		lengths[i] = sqrt(lengths[i]);
	for (i = 0; i < kept; i++)
		weights[i].weight = (float)(sums[i] / lengths[weights[i].class]);
	training->weights = weights;
	training->weight_count = kept;
	free(sums);
	free(lengths);
}

/* Most terms are of few texts, and so as rare as many others. */
static void
training_rate(struct training *training, const uint32_t *occurrences, size_t count)
{
	size_t texts = training->rules->phrase_count, i;
	double *rarities = mem_array(texts + 1, sizeof(rarities[0])); /* 0: not known yet */

	training->terms = mem_array(training->term_count + 1, sizeof(training->terms[0]));
	for (i = 0; i < count; i++)
		training->terms[occurrences[i]].texts++;
	for (i = 0; i < training->term_count; i++) {
		struct training_term *term = &training->terms[i];
		double *rarity = &rarities[term->texts];

		if (*rarity <= 0)
			*rarity = pow(log(((double)texts + 1) / ((double)term->texts + 0.5)),
			    TRAINING_RARITY);
		term->rarity = *rarity;
	}
	free(rarities);
}

static int
training_build(struct training *training, struct training_texts *texts)
{
	const struct rules *rules = training->rules;
	struct training_text *order;
	uint32_t *list;
	size_t i;

	for (i = 0; i < rules->phrase_count; i++) {
		texts->classes[i] = (uint32_t)training_class_of(training, &rules->phrases[i]);
		training->classes[texts->classes[i]].texts++;
		if (training_read(training, texts, i) < 0)
			return -1;
	}
	for (i = 0; i < training->class_count; i++)
		training_assign(training, &training->classes[i]);
	training_rate(training, texts->terms, texts->count);
	order = training_order(training, texts);
	training->short_length = TRAINING_SHORT * training_mean_length(training, order);
	list = training_occurrences(training, texts, order);
	training_sum(training, list, texts->count, order);
	free(list);
	free(order);
	return 0;
}

/* Room for a term in ten bytes of the texts, so that hardly any have to move. */
static size_t
training_slots(const struct rules *rules)
{
	size_t bytes = 0, slots = 1024, i;

	for (i = 0; i < rules->phrase_count; i++)
		bytes += rules->phrases[i].text.n;
	while (slots < bytes / 5)
		slots *= 2;
	return slots;
}

struct training *
training_new(const struct rules *rules)
{
	struct training *training = mem_alloc(sizeof(*training));
	struct training_texts *texts = mem_alloc(sizeof(*texts));
	int result;

	training->rules = rules;
	training_grow(training, training_slots(rules));
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
