/* SPDX-License-Identifier: MIT */
#include "locale.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LOCALE_PLACES 2048 /* of the table, a power of two */
#define LOCALE_WORDS 1024  /* different function words of all locales together */
#define LOCALE_TOKENS 4000 /* words of text looked at: more would change nothing */

/*
 * All function words of all locales in one small table on the stack, made
 * anew for each ticket: filling it costs about 2 µs, less than a search in
 * each locale's list for each of 200 words of text, and needs nobody to own it.
 */
struct locale_word {
	struct str text;
	unsigned char locales; /* mask */
	unsigned char hits;
};

struct locale_count {
	unsigned hits[RULES_LOCALES];
	unsigned tokens;
	unsigned longest;               /* bytes of the longest word */
	unsigned used;                  /* of words; words[0] is never used */
	uint16_t places[LOCALE_PLACES]; /* index into words, 0 = free */
	struct locale_word words[LOCALE_WORDS + 1];
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

/* The word's place, or the free one where it would go. Half of the places are
 * always free, so every search ends soon. */
static uint16_t *
locale_place(struct locale_count *count, struct str text)
{
	uint32_t i = locale_hash(text);

	for (;; i++) {
		uint16_t *place = &count->places[i % LOCALE_PLACES];

		if (*place == 0 || str_eq(count->words[*place].text, text))
			return place;
	}
}

static void
locale_learn(
    struct locale_count *count, const struct rules_locale *locale, unsigned index)
{
	size_t i;

	for (i = 0; i < locale->word_count; i++) {
		struct str text = locale->words[i];
		uint16_t *place;

		if (text.n == 0 || count->used >= LOCALE_WORDS)
			continue;
		place = locale_place(count, text);
		if (*place == 0) {
			*place = (uint16_t)++count->used;
			count->words[*place] = (struct locale_word){.text = text};
		}
		count->words[*place].locales |= (unsigned char)(1u << index);
		if (text.n > count->longest)
			count->longest = (unsigned)text.n;
	}
}

static bool
locale_hit(struct locale_count *count, struct str text)
{
	struct locale_word *word;
	unsigned i;

	if (text.n == 0 || text.n > count->longest)
		return false;
	word = &count->words[*locale_place(count, text)];
	if (word == count->words)
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
		if (memchr(token.p, '\'', token.n) == NULL)
			locale_hit(count, token);
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
locale_choose(const struct rules *rules, struct str subject, struct str body,
    struct str form_locale)
{
	struct locale_count count;
	unsigned best = 0, next = 0, winner = 0;
	int form;
	size_t i;

	memset(&count, 0, offsetof(struct locale_count, words));
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
	if (best > 0 && best >= rules->locale_min_words &&
	    best - next >= rules->locale_margin && best > next)
		return (struct locale_choice){winner, true};
	form = form_locale.n > 0 ? rules_locale_find(rules, form_locale) : -1;
	if (form >= 0)
		return (struct locale_choice){(unsigned)form, false};
	return (struct locale_choice){rules->default_locale, false};
}
