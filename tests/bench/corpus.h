/* SPDX-License-Identifier: MIT */
/*
 * corpus: tickets and patterns for benchmarks, the same on every machine.
 *
 * A ticket is 600 to 1,500 bytes of shuffled English and French words, accents
 * partly dropped, some words shouted. How many patterns hit is set by planting
 * phrases: about 0.5 of the first 60 patterns and 10 of the first 600 in each
 * ticket (of all 6,000 it is about 25, most of them by chance).
 *
 * Functions are in this header because a benchmark is one program of one file.
 */
#ifndef CORPUS_H
#define CORPUS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "str.h"

#define CORPUS_PATTERNS 6000
#define CORPUS_VOCABULARY 2500

static const char *const corpus_common[] = {"the", "and", "to", "my", "is", "not", "for",
    "with", "have", "this", "that", "your", "please", "hello", "thanks", "since", "week",
    "because", "would", "could", "about", "again", "after", "before", "student",
    "session", "le", "la", "les", "de", "des", "et", "est", "un", "une", "pas", "pour",
    "avec", "mon", "ma", "mes", "je", "ne", "que", "qui", "ce", "cette", "depuis", "très",
    "déjà", "élève", "même", "après", "être", "bonjour", "merci", "problème", "où",
    "reçu", "séance", "envoyé", "j'ai", "n'a", "c'est", "l'école", "d'accord", "année",
    "février", "août", "dernière"};
static const char *const corpus_syllables[] = {"ba", "con", "dé", "fa", "ger", "hé", "in",
    "jo", "ka", "lu", "men", "na", "ou", "pré", "qui", "ra", "sé", "ta", "u", "va", "xi",
    "za", "bre", "clé", "dra", "flo", "gra", "plo", "tri", "sté"};
#define CORPUS_COMMON (sizeof(corpus_common) / sizeof(corpus_common[0]))
#define CORPUS_SYLLABLES (sizeof(corpus_syllables) / sizeof(corpus_syllables[0]))

struct corpus {
	char words[CORPUS_VOCABULARY][24];
	char *sources[CORPUS_PATTERNS]; /* with accents */
	char *phrases[CORPUS_PATTERNS]; /* text that the pattern matches */
	struct str *tickets;
	size_t ticket_count;
	bool gaps;
	uint64_t seed;
};

static unsigned
corpus_draw(struct corpus *corpus, unsigned below)
{
	corpus->seed =
	    corpus->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(corpus->seed >> 33) % below;
}

static const char *
corpus_draw_word(struct corpus *corpus)
{
	return corpus->words[corpus_draw(corpus, CORPUS_VOCABULARY)];
}

static char *corpus_format(const char *pattern, ...)
    __attribute__((format(printf, 1, 2)));

static char *
corpus_format(const char *pattern, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, pattern);
	if (vasprintf(&text, pattern, arguments) < 0)
		abort();
	va_end(arguments);
	return text;
}

/* Kinds of patterns that people write, each with a phrase that it matches. */
static void
corpus_make_pattern(struct corpus *corpus, size_t i)
{
	static const int kinds[2][5] = {{0, 3, 0, 4, 4}, {0, 1, 2, 3, 4}};
	const char *a = corpus_draw_word(corpus), *b = corpus_draw_word(corpus),
		   *c = corpus_draw_word(corpus), *d = corpus_draw_word(corpus);

	switch (kinds[corpus->gaps][i % 5]) {
	case 0:
		corpus->sources[i] = corpus_format("\\b%s%s\\b", a, b);
		corpus->phrases[i] = corpus_format("%s%s", a, b);
		break;
	case 1:
		corpus->sources[i] = corpus_format("\\b%s\\w* (?:\\w+ ){0,3}%s", a, b);
		corpus->phrases[i] = corpus_format("%ss pour mon %s", a, b);
		break;
	case 2:
		corpus->sources[i] =
		    corpus_format("\\b(?:%s|%s)\\b.{0,40}\\b(?:%s|%s)", a, b, c, d);
		corpus->phrases[i] = corpus_format("%s is not the %s", b, c);
		break;
	case 3:
		corpus->sources[i] = corpus_format("%s (?:de|of|my|mon) %s", a, b);
		corpus->phrases[i] = corpus_format("%s my %s", a, b);
		break;
	default:
		corpus->sources[i] =
		    corpus_format("(?:pas|not) (?:%s|%s)(?:s|ed|es)?\\b", a, b);
		corpus->phrases[i] = corpus_format("not %s", b);
	}
}

/* A word as it is typed: sometimes shouted, sometimes without its accents. */
static void
corpus_put_word(struct corpus *corpus, struct strbuf *out, const char *word)
{
	bool shout = corpus_draw(corpus, 100) < 3, plain = corpus_draw(corpus, 100) < 30;
	size_t i;

	for (i = 0; word[i] != '\0'; i++) {
		unsigned char c = (unsigned char)word[i];

		if (c == 0xC3 && plain) {
			c = (unsigned char)word[++i];
			strbuf_putc(out, "aaaaaaaceeeeiiiidnooooo.ouuuuyts"[c & 31]);
		} else if (c == 0xC3) {
			strbuf_putc(out, (char)c);
			c = (unsigned char)word[++i];
			strbuf_putc(out, (char)(shout ? c & ~0x20u : c));
		} else {
			strbuf_putc(
			    out, (char)(shout && c >= 'a' && c <= 'z' ? c - 32 : c));
		}
	}
}

/* Which phrases go into a ticket: of the patterns from..to, tenths / 10 in the
 * mean. Returns how many were added to list. */
static size_t
corpus_draw_phrases(
    struct corpus *corpus, unsigned tenths, unsigned from, unsigned to, const char **list)
{
	size_t count = 0;
	unsigned i;

	for (i = 0; i < tenths; i++)
		if (corpus_draw(corpus, 10) == 0)
			list[count++] =
			    corpus->phrases[from + corpus_draw(corpus, to - from)];
	return count;
}

static void
corpus_make_ticket(struct corpus *corpus, struct str *ticket)
{
	const char *phrases[5 + 90 + 33];
	size_t wanted = 600 + corpus_draw(corpus, 900), count, i = 0;
	struct strbuf out;

	count = corpus_draw_phrases(corpus, 5, 0, 60, phrases);
	count += corpus_draw_phrases(corpus, 90, 60, 600, phrases + count);
	count += corpus_draw_phrases(corpus, 33, 600, CORPUS_PATTERNS, phrases + count);
	strbuf_init(&out, 0);
	while (out.n < wanted || i < count) {
		bool rare = corpus_draw(corpus, 100) < 15;

		/* The phrases are spread over the text. */
		if (i < count && out.n * count >= wanted * i) {
			strbuf_puts(&out, phrases[i++]);
			strbuf_puts(&out, ". ");
		}
		corpus_put_word(corpus, &out,
		    rare ? corpus_draw_word(corpus)
			 : corpus_common[corpus_draw(corpus, CORPUS_COMMON)]);
		strbuf_puts(&out, corpus_draw(corpus, 12) == 0   ? ", "
				  : corpus_draw(corpus, 60) == 0 ? ".\n\n"
								 : " ");
	}
	ticket->n = out.n;
	ticket->p = strbuf_take(&out);
}

static void
corpus_init(struct corpus *corpus, size_t tickets, bool gaps)
{
	size_t i, k;

	*corpus = (struct corpus){.seed = 2026, .gaps = gaps};
	for (i = 0; i < CORPUS_VOCABULARY; i++) {
		size_t count = 2 + corpus_draw(corpus, 3);

		for (k = 0; k < count; k++)
			strcat(corpus->words[i],
			    corpus_syllables[corpus_draw(corpus, CORPUS_SYLLABLES)]);
	}
	for (i = 0; i < CORPUS_PATTERNS; i++)
		corpus_make_pattern(corpus, i);
	corpus->ticket_count = tickets;
	corpus->tickets = mem_array(tickets, sizeof(*corpus->tickets));
	for (i = 0; i < tickets; i++)
		corpus_make_ticket(corpus, &corpus->tickets[i]);
}

static void
corpus_fini(struct corpus *corpus)
{
	size_t i;

	for (i = 0; i < CORPUS_PATTERNS; i++) {
		free(corpus->sources[i]);
		free(corpus->phrases[i]);
	}
	for (i = 0; i < corpus->ticket_count; i++)
		free((void *)(uintptr_t)corpus->tickets[i].p);
	free(corpus->tickets);
}

#endif
