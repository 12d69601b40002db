/* SPDX-License-Identifier: MIT */
#include "training_state.h"

#include <math.h>
#include <stdlib.h>

#include "letter.h"

#define TRAINING_LETTERS 5

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

static void
training_token_add(struct training_token *token, uint64_t key)
{
	token->keys[token->key_count++] = key;
}

size_t
training_cut(unsigned locale, struct str subject, struct str body,
    struct training_token *tokens, size_t room)
{
	const struct str texts[2] = {subject, body};
	struct str last = {NULL, 0};
	size_t count = 0, i, at;

	for (i = 0; i < 2; i++) {
		struct str word;

		/* "Re:" is nobody's word. */
		at = i == 0 ? letter_prefix(subject) : 0;
		for (; count < room && training_next(texts[i], &at, &word); last = word) {
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

size_t
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
