/* SPDX-License-Identifier: MIT */
#include "training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "mem.h"

#define TRAINING_LETTERS 5
#define TRAINING_RARITY 1.5
#define TRAINING_NONE UINT32_MAX
#define TRAINING_TERMS (3 * TRAINING_WORDS)

/* What a term adds to a class. */
struct training_weight {
	uint32_t class;
	float weight;
};

struct training_term {
	uint64_t key;
	uint32_t texts;  /* it occurs in so many */
	uint32_t first;  /* of its weights; they end where the next term's begin */
	double rarity;
};

/* The texts of one topic in one locale. */
struct training_class {
	struct str topic;
	unsigned locale;
	size_t texts;
	uint32_t *categories; /* numbers; chatter's is the count of categories */
	size_t category_count;
};

struct training {
	const struct rules *rules;
	struct training_class *classes;
	size_t class_count;
	struct training_term *terms; /* one more than there are, as the end */
	size_t term_count;
	uint32_t *slots; /* open addressing, a power of two; TRAINING_NONE: free */
	size_t slot_count;
	struct training_weight *weights;
	size_t weight_count;
};

/* FNV-1a. Two terms of one key count as one: that harms a score, not memory. */
static uint64_t
training_hash(uint64_t hash, struct str text)
{
	size_t i;

	for (i = 0; i < text.n; i++)
		hash = (hash ^ (unsigned char)text.p[i]) * UINT64_C(1099511628211);
	return hash;
}

static uint64_t
training_key(unsigned locale, char kind, struct str word, struct str next)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	char head[2] = {(char)('0' + locale), kind};

	hash = training_hash(hash, (struct str){head, sizeof(head)});
	hash = training_hash(hash, word);
	return next.p == NULL ? hash : training_hash(training_hash(hash, STR(" ")), next);
}

static bool
training_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* The next word at or after *at; false at the end. */
static bool
training_next(struct str text, size_t *at, struct str *word)
{
	size_t start = *at;

	while (start < text.n && !training_is_letter(text.p[start]))
		start++;
	*at = start;
	while (*at < text.n && training_is_letter(text.p[*at]))
		(*at)++;
	*word = str_part(text, start, *at);
	return word->n > 0;
}

/* A word of a text with the keys that it gives; the pair is with the next word. */
struct training_token {
	enum text_part part;
	size_t start, end;
	uint64_t keys[3];
	size_t key_count;
};

static void
training_token_add(struct training_token *token, uint64_t key)
{
	token->keys[token->key_count++] = key;
}

/* Cuts subject and body into tokens, at most room. */
static size_t
training_cut(unsigned locale, struct str subject, struct str body,
    struct training_token *tokens, size_t room)
{
	const struct str texts[2] = {subject, body};
	struct str last = {NULL, 0};
	size_t count = 0, i, at;

	for (i = 0; i < 2; i++) {
		struct str word;

		for (at = 0; count < room && training_next(texts[i], &at, &word); last = word) {
			struct training_token *token = &tokens[count++];
			struct str begin = str_part(word, 0, TRAINING_LETTERS);

			*token = (struct training_token){
			    .part = i == 0 ? PART_SUBJECT : PART_BODY,
			    .start = at - word.n,
			    .end = at};
			if (word.n > 1)
				training_token_add(token,
				    training_key(locale, 'w', word, (struct str){NULL, 0}));
			if (word.n > TRAINING_LETTERS)
				training_token_add(token,
				    training_key(locale, 'b', begin, (struct str){NULL, 0}));
			if (last.p != NULL)
				training_token_add(&tokens[count - 2], training_key(locale, 'p',
				    str_part(last, 0, TRAINING_LETTERS), begin));
		}
	}
	return count;
}

/* Where the key stands, or where it would. */
static size_t
training_slot(const struct training *training, uint64_t key)
{
	size_t mask = training->slot_count - 1, slot = (size_t)(key >> 20) & mask;

	while (training->slots[slot] != TRAINING_NONE &&
	    training->terms[training->slots[slot]].key != key)
		slot = (slot + 1) & mask;
	return slot;
}

static uint32_t
training_find(const struct training *training, uint64_t key)
{
	return training->slots[training_slot(training, key)];
}

/* ---- Building ---- */

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
training_compare_terms(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Sorts the terms from first on and drops doubles. */
static void
training_unique(struct training_texts *texts, size_t first)
{
	size_t kept = first, i;

	if (texts->count > first)
		qsort(texts->terms + first, texts->count - first, sizeof(texts->terms[0]),
		    training_compare_terms);
	for (i = first; i < texts->count; i++)
		if (kept == first || texts->terms[i] != texts->terms[kept - 1])
			texts->terms[kept++] = texts->terms[i];
	texts->count = kept;
}

static int
training_read(struct training *training, struct training_texts *texts, size_t number)
{
	const struct rules_phrase *phrase = &training->rules->phrases[number];
	size_t first = texts->count, count, i, k;
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
		for (k = 0; k < texts->tokens[i].key_count; k++)
			texts->terms[texts->count++] =
			    training_intern(training, texts->tokens[i].keys[k]);
	training_unique(texts, first);
	for (i = first; i < texts->count; i++)
		training->terms[texts->terms[i]].texts++;
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

	if (x->term != y->term)
		return x->term < y->term ? -1 : 1;
	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	/* Sums of doubles depend on their order. */
	return x->weight < y->weight ? -1 : x->weight > y->weight;
}

/* Every text has length 1 and the same share of its class. */
static struct training_entry *
training_entries(const struct training *training, const struct training_texts *texts)
{
	struct training_entry *entries = mem_array(texts->count + 1, sizeof(entries[0]));
	size_t start = 0, i, k;

	for (i = 0; i < training->rules->phrase_count; start = texts->ends[i++]) {
		const struct training_class *class = &training->classes[texts->classes[i]];
		double length = 0;

		for (k = start; k < texts->ends[i]; k++) {
			double rarity = training->terms[texts->terms[k]].rarity;

			length += rarity * rarity;
		}
		length = sqrt(length) * (double)class->texts;
		for (k = start; k < texts->ends[i]; k++)
			entries[k] = (struct training_entry){texts->terms[k], texts->classes[i],
			    training->terms[texts->terms[k]].rarity / (length > 0 ? length : 1)};
	}
	qsort(entries, texts->count, sizeof(entries[0]), training_compare_entries);
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

void
training_free(struct training *training)
{
	size_t i;

	if (training == NULL)
		return;
	for (i = 0; i < training->class_count; i++)
		free(training->classes[i].categories);
	free(training->classes);
	free(training->terms);
	free(training->slots);
	free(training->weights);
	free(training);
}

/* ---- Using ---- */

/* A text as the terms that are known, each once, and its length. */
struct training_view {
	struct training_token *tokens;
	size_t token_count;
	uint32_t *terms;
	size_t term_count;
	double length;
};

static int
training_look(const struct training *training, unsigned locale, struct str subject,
    struct str body, struct arena *arena, struct training_view *view)
{
	unsigned char *seen = arena_alloc(arena, training->term_count / 8 + 1);
	size_t i, k;

	*view = (struct training_view){
	    .tokens = arena_array(arena, TRAINING_WORDS, sizeof(view->tokens[0])),
	    .terms = arena_array(arena, TRAINING_TERMS, sizeof(view->terms[0])),
	};
	if (seen == NULL || view->tokens == NULL || view->terms == NULL)
		return -1;
	view->token_count = training_cut(locale, subject, body, view->tokens, TRAINING_WORDS);
	for (i = 0; i < view->token_count; i++)
		for (k = 0; k < view->tokens[i].key_count; k++) {
			uint32_t term = training_find(training, view->tokens[i].keys[k]);
			double rarity;

			if (term == TRAINING_NONE || (seen[term / 8] >> term % 8 & 1) != 0)
				continue;
			seen[term / 8] |= (unsigned char)(1u << term % 8);
			view->terms[view->term_count++] = term;
			rarity = training->terms[term].rarity;
			view->length += rarity * rarity;
		}
	view->length = sqrt(view->length);
	return 0;
}

int
training_compare(const struct training *training, unsigned locale, struct str subject,
    struct str body, struct arena *arena, double *likeness)
{
	double *classes = arena_array(arena, training->class_count + 1, sizeof(classes[0]));
	struct training_view view;
	size_t i, k;

	for (i = 0; i <= training->rules->category_count; i++)
		likeness[i] = 0;
	if (classes == NULL ||
	    training_look(training, locale, subject, body, arena, &view) < 0)
		return -1;
	for (i = 0; i < view.term_count; i++) {
		const struct training_term *term = &training->terms[view.terms[i]];

		for (k = term->first; k < term[1].first; k++)
			classes[training->weights[k].class] +=
			    term->rarity * (double)training->weights[k].weight;
	}
	for (i = 0; i < training->class_count && view.length > 0; i++) {
		const struct training_class *class = &training->classes[i];
		double cosine = classes[i] / view.length;

		for (k = 0; k < class->category_count; k++)
			if (cosine > likeness[class->categories[k]])
				likeness[class->categories[k]] = cosine;
	}
	return 0;
}

/* What a term adds to a category: to that of its classes to which it adds most. */
static double
training_share(const struct training *training, uint32_t number, size_t category)
{
	const struct training_term *term = &training->terms[number];
	double most = 0;
	size_t i, k;

	for (i = term->first; i < term[1].first; i++) {
		const struct training_class *class = &training->classes[training->weights[i].class];
		double share = term->rarity * (double)training->weights[i].weight;

		for (k = 0; k < class->category_count; k++)
			if (class->categories[k] == category && share > most)
				most = share;
	}
	return most;
}

size_t
training_explain(const struct training *training, unsigned locale, struct str subject,
    struct str body, size_t category, struct arena *arena, struct training_word *words,
    size_t room)
{
	unsigned char *seen = arena_alloc(arena, training->term_count / 8 + 1);
	struct training_view view;
	size_t count = 0, i, k;

	if (seen == NULL || room == 0 ||
	    training_look(training, locale, subject, body, arena, &view) < 0)
		return 0;
	for (i = 0; i < view.token_count; i++) {
		const struct training_token *token = &view.tokens[i];
		struct training_word word = {token->part, token->start, token->end, 0};

		for (k = 0; k < token->key_count; k++) {
			uint32_t term = training_find(training, token->keys[k]);

			if (term == TRAINING_NONE || (seen[term / 8] >> term % 8 & 1) != 0)
				continue;
			seen[term / 8] |= (unsigned char)(1u << term % 8);
			word.share += training_share(training, term, category) / view.length;
		}
		for (k = count; k > 0 && words[k - 1].share < word.share; k--)
			if (k < room)
				words[k] = words[k - 1];
		if (k < room && word.share > 0)
			words[k] = word;
		if (k < room && word.share > 0 && count < room)
			count++;
	}
	return count;
}
