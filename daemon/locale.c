/* SPDX-License-Identifier: MIT */
#include "locale.h"

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LOCALE_PLACES 2048 /* of the table, a power of two */
#define LOCALE_WORDS 1024  /* different function words of all locales together */
#define LOCALE_TOKENS 2000 /* words of text looked at: more would change nothing */

/*
 * All function words of all locales in one small table on the stack, made
 * anew for each ticket: that costs less than a microsecond and needs nobody to
 * own it. A word is compared as two numbers, not as bytes.
 */
struct locale_key {
	uint64_t head, tail; /* the bytes of the word, zeros behind */
};

struct locale_word {
	struct locale_key key;
	unsigned char locales; /* mask */
	unsigned char hits;
};

struct locale_count {
	unsigned hits[RULES_LOCALES];
	unsigned tokens;
	unsigned used;                  /* of words; words[0] is never used */
	uint16_t places[LOCALE_PLACES]; /* index into words, 0 = free */
	struct locale_word words[LOCALE_WORDS + 1];
};

_Static_assert(RULES_LOCALES <= 8, "a mask of locales is one byte");
_Static_assert(sizeof(struct locale_key) == LOCALE_WORD_BYTES, "a word is its key");

static inline uint64_t
locale_load(const char *p, size_t n)
{
	uint64_t wide = 0;
	uint32_t half = 0;

	if (n == 8) {
		memcpy(&wide, p, 8);
		return le64toh(wide);
	}
	memcpy(&half, p, 4);
	return le32toh(half);
}

/* Without a loop and without reading beyond: of 4 to 7 bytes the first and the
 * last four, which overlap. n is 1 .. LOCALE_WORD_BYTES. */
static inline struct locale_key
locale_key_of(const char *p, size_t n)
{
	const unsigned char *byte = (const unsigned char *)p;

	if (n > 8)
		return (struct locale_key){locale_load(p, 8),
		    locale_load(p + n - 8, 8) >> (LOCALE_WORD_BYTES - n) * 8};
	if (n == 8)
		return (struct locale_key){locale_load(p, 8), 0};
	if (n >= 4)
		return (struct locale_key){
		    locale_load(p, 4) | locale_load(p + n - 4, 4) << (n - 4) * 8, 0};
	return (struct locale_key){byte[0] | (uint64_t)byte[n / 2] << n / 2 * 8 |
				       (uint64_t)byte[n - 1] << (n - 1) * 8,
	    0};
}

/* The word's place, or the free one where it would go. Half of the places are
 * always free, so every search ends soon. */
static inline uint16_t *
locale_place(struct locale_count *count, struct locale_key key)
{
	uint64_t hash = (key.head ^ key.tail * 31) * UINT64_C(0x9E3779B97F4A7C15) >> 40;

	for (;; hash++) {
		uint16_t *place = &count->places[hash % LOCALE_PLACES];
		const struct locale_word *word = &count->words[*place];

		if (*place == 0 ||
		    (word->key.head == key.head && word->key.tail == key.tail))
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
		struct locale_key key;
		uint16_t *place;

		if (text.n == 0 || text.n > LOCALE_WORD_BYTES ||
		    count->used >= LOCALE_WORDS)
			continue;
		key = locale_key_of(text.p, text.n);
		place = locale_place(count, key);
		if (*place == 0) {
			*place = (uint16_t)++count->used;
			count->words[*place] = (struct locale_word){.key = key};
		}
		count->words[*place].locales |= (unsigned char)(1u << index);
	}
}

static bool
locale_hit(struct locale_count *count, const char *p, size_t n)
{
	struct locale_word *word;
	unsigned left;

	if (n == 0 || n > LOCALE_WORD_BYTES)
		return false;
	word = &count->words[*locale_place(count, locale_key_of(p, n))];
	if (word == count->words)
		return false;
	if (word->hits >= LOCALE_REPEATS)
		return true;
	word->hits++;
	for (left = word->locales; left != 0; left &= left - 1)
		count->hits[__builtin_ctz(left)]++;
	return true;
}

/* "j'ai" is a word if the rules say so, else "j" and "ai" are. */
static void
locale_split(struct locale_count *count, const char *p, size_t n)
{
	const char *quote;

	if (locale_hit(count, p, n))
		return;
	while ((quote = memchr(p, '\'', n)) != NULL) {
		locale_hit(count, p, (size_t)(quote - p));
		n -= (size_t)(quote - p) + 1;
		p = quote + 1;
	}
	locale_hit(count, p, n);
}

static inline bool
locale_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || c == '\'';
}

static void
locale_read(struct locale_count *count, struct str text)
{
	size_t i = 0, start;

	while (i < text.n && count->tokens < LOCALE_TOKENS) {
		bool quoted = false;

		while (i < text.n && !locale_is_letter(text.p[i]))
			i++;
		for (start = i; i < text.n && locale_is_letter(text.p[i]); i++)
			quoted |= text.p[i] == '\'';
		if (quoted)
			locale_split(count, text.p + start, i - start);
		else
			locale_hit(count, text.p + start, i - start);
		count->tokens++;
	}
}

/* Which language leads by enough words, -1 for none. */
static int
locale_leader(const struct locale_count *count, const struct rules *rules)
{
	unsigned best = 0, next = 0;
	int winner = -1;
	size_t i;

	for (i = 0; i < rules->locale_count; i++) {
		unsigned hits = count->hits[i];

		if (hits > best) {
			next = best;
			best = hits;
			winner = (int)i;
		} else if (hits > next) {
			next = hits;
		}
	}
	return best >= rules->locale_min_words && best > next &&
	    best - next >= rules->locale_margin ? winner : -1;
}

struct locale_choice
locale_choose(const struct rules *rules, struct str subject, struct str body,
    struct str form_locale)
{
	struct locale_count count;
	int found;
	size_t i;

	memset(&count, 0, offsetof(struct locale_count, words));
	for (i = 0; i < rules->locale_count; i++)
		locale_learn(&count, &rules->locales[i], (unsigned)i);
	locale_read(&count, body);
	found = locale_leader(&count, rules);
	if (found < 0) {
		count.tokens = 0;
		locale_read(&count, subject);
		found = locale_leader(&count, rules);
	}
	if (found >= 0)
		return (struct locale_choice){(unsigned)found, true};
	found = form_locale.n > 0 ? rules_locale_find(rules, form_locale) : -1;
	if (found >= 0)
		return (struct locale_choice){(unsigned)found, false};
	return (struct locale_choice){rules->default_locale, false};
}
