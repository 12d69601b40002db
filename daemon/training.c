/* SPDX-License-Identifier: MIT */
#include "training_state.h"

#include <math.h>
#include <stdlib.h>

#include "letter.h"

#define TRAINING_LETTERS 5

/* The last step of MurmurHash3: every bit comes to depend on every other. */
static uint64_t
training_mix(uint64_t key)
{
	key = (key ^ key >> 33) * UINT64_C(0xFF51AFD7ED558CCD);
	key = (key ^ key >> 33) * UINT64_C(0xC4CEB9FE1A85EC53);
	return key ^ key >> 33;
}

/* Two terms of one key count as one: that harms a score, not memory. */
static uint64_t
training_key(unsigned locale, char kind, uint64_t what)
{
	uint64_t key = training_mix(what ^ (uint64_t)(unsigned char)kind << 56 ^
	    (uint64_t)locale << 48);

	return key != 0 ? key : 1;
}

static bool
training_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

struct training_piece {
	size_t start, end;
	uint64_t begin; /* its first letters, as they are */
	uint64_t whole; /* FNV-1a of all */
};

/* The next word at or after *at; false at the end. */
static bool
training_next(struct str text, size_t *at, struct training_piece *piece)
{
	uint64_t begin = 0, whole = UINT64_C(14695981039346656037);
	size_t start = *at, end;

	while (start < text.n && !training_is_letter(text.p[start]))
		start++;
	for (end = start; end < text.n && training_is_letter(text.p[end]); end++) {
		unsigned char c = (unsigned char)text.p[end];

		if (end - start < TRAINING_LETTERS)
			begin = begin << 8 | c;
		whole = (whole ^ c) * UINT64_C(1099511628211);
	}
	*at = end;
	*piece = (struct training_piece){start, end, begin, whole};
	return end > start;
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
	uint64_t last = 0; /* the word before: how it begins */
	size_t count = 0, i, at;

	for (i = 0; i < 2; i++) {
		struct training_piece piece;

		/* "Re:" is nobody's word. */
		at = i == 0 ? letter_prefix(subject) : 0;
		for (; count < room && training_next(texts[i], &at, &piece); last = piece.begin) {
			struct training_token *token = &tokens[count++];
			size_t n = piece.end - piece.start;

			token->part = i == 0 ? PART_SUBJECT : PART_BODY;
			token->start = piece.start;
			token->end = piece.end;
			token->key_count = 0;
			if (n > 1)
				training_token_add(token, training_key(locale, 'w', piece.whole));
			if (n > TRAINING_LETTERS)
				training_token_add(token, training_key(locale, 'b', piece.begin));
			if (last != 0)
				training_token_add(&tokens[count - 2],
				    training_key(locale, 'p', training_mix(last) + piece.begin));
		}
	}
	return count;
}

struct training_slot *
training_slot(const struct training *training, uint64_t key)
{
	size_t mask = training->slot_count - 1, slot = (size_t)key & mask;

	while (training->slots[slot].key != key && training->slots[slot].key != 0)
		slot = (slot + 1) & mask;
	return &training->slots[slot];
}

static uint32_t
training_find(const struct training *training, uint64_t key)
{
	const struct training_slot *slot = training_slot(training, key);

	return slot->key != 0 ? slot->term : TRAINING_NONE;
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
	if (view->term_count > 0)
		view->length = fmax(view->length, training->short_length);
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
