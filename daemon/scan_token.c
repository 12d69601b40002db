/* SPDX-License-Identifier: MIT */
#include "scan_token.h"

#include <string.h>

#include "mem.h"
#include "scan_class.h"

/* Shorter words are in every text: of no use unless they stand alone. */
#define TOKEN_SHORT 2
/* At the begin of a match every place counts: longer, unless it stands alone. */
#define TOKEN_HEAD 3

/* A text read from a word outwards, to the right or to the left. */
struct token_side {
	struct str text;
	size_t start; /* of the word, or its end */
	int step;
	unsigned char first; /* the word's own byte at this side */
};

bool
scan_is_mark(char c)
{
	return c >= SCAN_BOUND && c <= SCAN_HOLE;
}

static void *
token_array(struct arena *arena, size_t count, size_t size)
{
	void *memory = arena_array(arena, count + 1, size);

	if (memory == NULL)
		mem_fail();
	return memory;
}

struct scan_texts
scan_texts_one(struct arena *arena, const char *text, size_t n)
{
	struct scan_texts texts = {token_array(arena, 1, sizeof(struct str)), 1};
	char *copy = token_array(arena, n, 1);

	if (n > 0)
		memcpy(copy, text, n);
	texts.list[0] = (struct str){copy, n};
	return texts;
}

struct scan_texts
scan_texts_join(
    struct arena *arena, const struct scan_texts *a, const struct scan_texts *b)
{
	struct scan_texts texts = {
	    token_array(arena, a->count * b->count, sizeof(struct str)), 0};
	size_t i, k;

	for (i = 0; i < a->count; i++)
		for (k = 0; k < b->count; k++) {
			struct str head = a->list[i], tail = b->list[k];
			char *p = token_array(arena, head.n + tail.n, 1);

			memcpy(p, head.p, head.n);
			memcpy(p + head.n, tail.p, tail.n);
			texts.list[texts.count++] = (struct str){p, head.n + tail.n};
		}
	return texts;
}

struct scan_texts
scan_texts_or(struct arena *arena, const struct scan_texts *a, const struct scan_texts *b)
{
	struct scan_texts texts = {
	    token_array(arena, a->count + b->count, sizeof(struct str)), a->count + b->count};

	memcpy(texts.list, a->list, a->count * sizeof(struct str));
	memcpy(texts.list + a->count, b->list, b->count * sizeof(struct str));
	return texts;
}

bool
scan_texts_plain(const struct scan_texts *texts)
{
	size_t i, k;

	for (i = 0; i < texts->count; i++)
		for (k = 0; k < texts->list[i].n; k++)
			if (texts->list[i].p[k] >= SCAN_SOME && scan_is_mark(texts->list[i].p[k]))
				return false;
	return true;
}

/* The k-th token outwards; 0 behind the last. */
static char
token_at(const struct token_side *side, size_t k)
{
	if (side->step > 0)
		return side->start + k < side->text.n ? side->text.p[side->start + k] : '\0';
	return k < side->start ? side->text.p[side->start - 1 - k] : '\0';
}

/* What must hold at this side of the word. *exact is cleared unless that says
 * all that the tokens to the text's end say. */
static enum scan_edge
token_edge(const struct token_side *side, bool *exact)
{
	enum scan_edge edge = SCAN_EDGE_ANY;
	size_t k = 0;
	char c;

	for (; (c = token_at(side, k)) == SCAN_BOUND || c == SCAN_INNER; k++) {
		enum scan_edge own = c == SCAN_BOUND ? SCAN_EDGE_BOUND : SCAN_EDGE_INNER;

		if (edge != SCAN_EDGE_ANY && edge != own)
			*exact = false;
		edge = own;
	}
	if (c == SCAN_SOME || c == SCAN_MAYBE) {
		bool inside = scan_is_word(side->first);

		if (edge != SCAN_EDGE_ANY)
			*exact = false;
		else if (c == SCAN_SOME)
			edge = inside ? SCAN_EDGE_INNER : SCAN_EDGE_BOUND;
		/* Of \w*\b the \b holds when a letter is before it, from the word or
		 * from \w*. */
		else if (token_at(side, k + 1) == SCAN_BOUND && !inside)
			edge = SCAN_EDGE_BOUND;
		k++;
		while (token_at(side, k) == SCAN_BOUND)
			k++;
	} else
		while (token_at(side, k) == SCAN_EMPTY)
			k++;
	if (token_at(side, k) != '\0')
		*exact = false;
	return edge;
}

/* No \b and \B but one at the beginning and one at the end: nearly all texts. */
static bool
token_is_settled(struct str text)
{
	size_t i;

	for (i = 1; i + 1 < text.n; i++)
		if (text.p[i] == SCAN_BOUND || text.p[i] == SCAN_INNER)
			return false;
	return true;
}

/* Takes \b and \B from between two bytes, where they are true or false. False:
 * they are false, and the text never matches. */
static bool
token_settle(struct arena *arena, struct str *text)
{
	size_t n = 0, i = 0, k;
	char *p;

	if (token_is_settled(*text))
		return true;
	p = token_array(arena, text->n, 1);
	while (i < text->n) {
		for (k = i; k < text->n && (text->p[k] == SCAN_BOUND || text->p[k] == SCAN_INNER);)
			k++;
		if (k == i || n == 0 || k == text->n || scan_is_mark(p[n - 1]) ||
		    scan_is_mark(text->p[k])) {
			while (i < k)
				p[n++] = text->p[i++];
		} else {
			bool bound = scan_is_word((unsigned char)p[n - 1]) !=
			    scan_is_word((unsigned char)text->p[k]);

			for (; i < k; i++)
				if ((text->p[i] == SCAN_BOUND) != bound)
					return false;
		}
		if (i < text->n)
			p[n++] = text->p[i++];
	}
	*text = (struct str){p, n};
	return true;
}

/* The part without marks that begins at "start", its edges counted. False: there
 * is none, or it is of no use. */
static bool
token_part(struct str text, size_t start, struct scan_word *word, bool *exact)
{
	struct token_side before = {text, start, -1, (unsigned char)text.p[start]}, after;
	size_t i = start;

	while (i < text.n && !scan_is_mark(text.p[i]))
		i++;
	word->text = (struct str){text.p + start, i - start};
	if (i == start)
		return false;
	after = (struct token_side){text, i, 1, (unsigned char)text.p[i - 1]};
	word->before = token_edge(&before, exact);
	word->after = token_edge(&after, exact);
	return word->text.n >= TOKEN_SHORT ||
	    (word->before == SCAN_EDGE_BOUND && word->after == SCAN_EDGE_BOUND);
}

/* The longest part without marks. False: none of use. */
static bool
token_word(struct str text, struct scan_word *best, bool *exact)
{
	size_t i = 0, worth = 0;

	while (i < text.n) {
		struct scan_word word;
		bool whole = true, useful = token_part(text, i, &word, &whole);

		i += word.text.n > 0 ? word.text.n : 1;
		if (!useful)
			continue;
		if (word.text.n > worth) {
			worth = word.text.n;
			*best = word;
			*exact = whole;
		}
	}
	return worth > 0;
}

size_t
scan_texts_words(struct arena *arena, const struct scan_texts *texts, struct scan_need *need,
    bool *exact)
{
	size_t shortest = 0, i;

	need->words = token_array(arena, texts->count, sizeof(need->words[0]));
	need->count = 0;
	*exact = true;
	for (i = 0; i < texts->count; i++) {
		struct scan_word *word = &need->words[need->count];
		struct str text = texts->list[i];
		bool whole = true;

		if (!token_settle(arena, &text))
			continue;
		if (!token_word(text, word, &whole))
			return 0;
		if (need->count++ == 0 || word->text.n < shortest)
			shortest = word->text.n;
		*exact = *exact && whole;
	}
	return shortest;
}

/* Nothing can be joined to it. */
static bool
token_is_alone(const struct scan_word *word)
{
	return word->before == SCAN_EDGE_BOUND && (word->after == SCAN_EDGE_BOUND ||
	    !scan_is_word((unsigned char)word->text.p[word->text.n - 1]));
}

bool
scan_texts_heads(struct arena *arena, const struct scan_texts *texts, struct scan_need *need)
{
	size_t i, start;
	bool exact = true;

	need->words = token_array(arena, texts->count, sizeof(need->words[0]));
	need->count = 0;
	for (i = 0; i < texts->count; i++) {
		struct str text = texts->list[i];
		const struct scan_word *word;

		if (!token_settle(arena, &text))
			continue;
		for (start = 0; start < text.n && (text.p[start] == SCAN_BOUND ||
		    text.p[start] == SCAN_INNER);)
			start++;
		if (start == text.n ||
		    !token_part(text, start, &need->words[need->count], &exact))
			return false;
		word = &need->words[need->count++];
		if (word->text.n < TOKEN_HEAD && !token_is_alone(word))
			return false;
	}
	return need->count > 0;
}
