/* SPDX-License-Identifier: MIT */
#include "locale.h"

#include <stdint.h>
#include <string.h>

#define LOCALE_WORDS 512  /* places of the table, a power of two */
#define LOCALE_WORD_BYTES 15
#define LOCALE_TOKENS 4000 /* words of text looked at: more change nothing */

/*
 * All function words of all locales in one small table on the stack, made
 * anew for each ticket: filling it costs about 2 µs, less than a search in
 * each locale's list for each of 200 words of text, and needs nobody to own it.
 */
struct locale_word {
	struct str text;                 /* absent: a free place */
	unsigned char locales;           /* mask */
	unsigned char hits;
};

struct locale_count {
	struct locale_word words[LOCALE_WORDS];
	unsigned used;
	unsigned tokens;
	unsigned hits[RULES_LOCALES];
};

_Static_assert(RULES_LOCALES <= 8, "a mask of locales is one byte");

static uint32_t
locale_hash(struct str text)
{
	uint32_t hash = (uint32_t)text.n;
	size_t i;

	for (i = 0; i < text.n; i++)
		hash = (hash ^ (unsigned char)text.p[i]) * 0x01000193u;
	return hash ^ hash >> 15;
}

/* The word's place, or the free one where it would go. */
static struct locale_word *
locale_place(struct locale_count *count, struct str text)
{
	uint32_t i = locale_hash(text);

	for (;; i++) {
		struct locale_word *word = &count->words[i % LOCALE_WORDS];

		if (word->text.p == NULL || str_eq(word->text, text))
			return word;
	}
}

static void
locale_learn(struct locale_count *count, const struct rules_locale *locale, unsigned index)
{
	size_t i;

	for (i = 0; i < locale->word_count; i++) {
		struct str text = locale->words[i];
		struct locale_word *word;

		/* A quarter stays free, so that every search ends soon. */
		if (text.n == 0 || text.n > LOCALE_WORD_BYTES || count->used >= LOCALE_WORDS * 3 / 4)
			continue;
		word = locale_place(count, text);
		count->used += word->text.p == NULL;
		word->text = text;
		word->locales |= (unsigned char)(1u << index);
	}
}

static bool
locale_hit(struct locale_count *count, struct str text)
{
	struct locale_word *word;
	unsigned i;

	if (text.n == 0 || text.n > LOCALE_WORD_BYTES)
		return false;
	word = locale_place(count, text);
	if (word->text.p == NULL)
		return false;
	if (word->hits >= LOCALE_REPEATS)
		return true;
	word->hits++;
	for (i = 0; i < RULES_LOCALES; i++)
		count->hits[i] += word->locales >> i & 1;
	return true;
}

/* "j'ai" is a word if the rules say so, else "j" and "ai" are. */
static void
locale_token(struct locale_count *count, struct str token)
{
	const char *quote;

	if (locale_hit(count, token))
		return;
	while ((quote = memchr(token.p, '\'', token.n)) != NULL) {
		size_t n = (size_t)(quote - token.p);

		locale_hit(count, str_part(token, 0, n));
		token = str_part(token, n + 1, token.n);
	}
}

static bool
locale_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || c == '\'';
}

static void
locale_read(struct locale_count *count, struct str text)
{
	size_t i = 0, start;

	while (i < text.n && count->tokens < LOCALE_TOKENS) {
		while (i < text.n && !locale_is_letter(text.p[i]))
			i++;
		for (start = i; i < text.n && locale_is_letter(text.p[i]);)
			i++;
		if (i > start)
			locale_token(count, str_part(text, start, i));
		count->tokens++;
	}
}

struct locale_choice
locale_choose(
    const struct rules *rules, struct str subject, struct str body, struct str form_locale)
{
	struct locale_count count;
	unsigned best = 0, next = 0, winner = 0;
	int form;
	size_t i;

	memset(&count, 0, sizeof(count));
	for (i = 0; i < rules->locale_count; i++)
		locale_learn(&count, &rules->locales[i], (unsigned)i);
	locale_read(&count, subject);
	locale_read(&count, body);
	for (i = 0; i < rules->locale_count; i++) {
		unsigned hits = count.hits[i];

		if (hits > best) {
			next = best;
			best = hits;
			winner = (unsigned)i;
		} else if (hits > next) {
			next = hits;
		}
	}
	if (best > 0 && best >= rules->locale_min_words && best - next >= rules->locale_margin &&
	    best > next)
		return (struct locale_choice){winner, true};
	form = form_locale.n > 0 ? rules_locale_find(rules, form_locale) : -1;
	if (form >= 0)
		return (struct locale_choice){(unsigned)form, false};
	return (struct locale_choice){rules->default_locale, false};
}
