/* SPDX-License-Identifier: MIT */
/*
 * decide_bench: what it costs to find the signals in a ticket, as ratios
 * between three ways measured in turns in one process:
 *
 *   loop       each pattern by PCRE2 JIT, UTF|UCP|CASELESS, over the original
 *   folded     each pattern by PCRE2 JIT as bytes, over text folded beforehand
 *   scan       fold, one scan, PCRE2 on the hits only: what the daemon does
 *
 * The tickets are synthetic (600 to 1,500 bytes of shuffled English and French
 * words, accents partly dropped) and so are the patterns, but how many hit is
 * set: about 0.5 of the first 60, 10 of 600, 14 of 6,000 in each ticket. Real
 * prose differs; the ratios are for comparing one build with another.
 *
 * decide_bench [--short] [--json] [--runs N] [--check]
 * --check: exit status 1 when a ratio is below the goal.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "arena.h"
#include "fold.h"
#include "mem.h"
#include "pattern.h"
#include "scan.h"

#define SIZES 3
#define PATTERNS 6000
#define VOCABULARY 2500
#define RUNS_LIMIT 31
#define GOAL_LOOP 61.0   /* 76 less a fifth */
#define GOAL_FOLDED 26.0 /* 33 less a fifth */

static const char *const common[] = {"the", "and", "to", "my", "is", "not", "for", "with", "have",
    "this", "that", "your", "please", "hello", "thanks", "since", "week", "because", "would",
    "could", "about", "again", "after", "before", "student", "session", "le", "la", "les", "de",
    "des", "et", "est", "un", "une", "pas", "pour", "avec", "mon", "ma", "mes", "je", "ne", "que",
    "qui", "ce", "cette", "depuis", "très", "déjà", "élève", "même", "après", "être", "bonjour",
    "merci", "problème", "où", "reçu", "séance", "envoyé", "j'ai", "n'a", "c'est", "l'école",
    "d'accord", "année", "février", "août", "dernière"};
static const char *const syllables[] = {"ba", "con", "dé", "fa", "ger", "hé", "in", "jo", "ka",
    "lu", "men", "na", "ou", "pré", "qui", "ra", "sé", "ta", "u", "va", "xi", "za", "bre", "clé",
    "dra", "flo", "gra", "plo", "tri", "sté"};
#define COMMON (sizeof(common) / sizeof(common[0]))
#define SYLLABLES (sizeof(syllables) / sizeof(syllables[0]))

struct corpus {
	char words[VOCABULARY][24];
	char *sources[PATTERNS];  /* with accents */
	char *phrases[PATTERNS];  /* text that the pattern matches */
	struct str *tickets;
	size_t ticket_count;
	uint64_t seed;
};

static unsigned
draw(struct corpus *corpus, unsigned below)
{
	corpus->seed = corpus->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(corpus->seed >> 33) % below;
}

static const char *
draw_word(struct corpus *corpus)
{
	return corpus->words[draw(corpus, VOCABULARY)];
}

static char *
format(const char *pattern, ...) __attribute__((format(printf, 1, 2)));

static char *
format(const char *pattern, ...)
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
make_pattern(struct corpus *corpus, size_t i)
{
	const char *a = draw_word(corpus), *b = draw_word(corpus), *c = draw_word(corpus),
		   *d = draw_word(corpus);

	switch (i % 5) {
	case 0:
		corpus->sources[i] = format("\\b%s%s\\b", a, b);
		corpus->phrases[i] = format("%s%s", a, b);
		break;
	case 1:
		corpus->sources[i] = format("\\b%s\\w* (?:\\w+ ){0,3}%s", a, b);
		corpus->phrases[i] = format("%ss pour mon %s", a, b);
		break;
	case 2:
		corpus->sources[i] = format("\\b(?:%s|%s)\\b.{0,40}\\b(?:%s|%s)", a, b, c, d);
		corpus->phrases[i] = format("%s is not the %s", b, c);
		break;
	case 3:
		corpus->sources[i] = format("%s (?:de|of|my|mon) %s", a, b);
		corpus->phrases[i] = format("%s my %s", a, b);
		break;
	default:
		corpus->sources[i] = format("(?:pas|not) (?:%s|%s)(?:s|ed|es)?\\b", a, b);
		corpus->phrases[i] = format("not %s", b);
	}
}

/* A word as it is typed: sometimes shouted, sometimes without its accents. */
static void
put_word(struct corpus *corpus, struct strbuf *out, const char *word)
{
	bool shout = draw(corpus, 100) < 3, plain = draw(corpus, 100) < 30;
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
			strbuf_putc(out, (char)(shout && c >= 'a' && c <= 'z' ? c - 32 : c));
		}
	}
}

/* Which phrases go into a ticket: of the patterns from..to, tenths / 10 in the
 * mean. Returns how many were added to list. */
static size_t
draw_phrases(
    struct corpus *corpus, unsigned tenths, unsigned from, unsigned to, const char **list)
{
	size_t count = 0;
	unsigned i;

	for (i = 0; i < tenths; i++)
		if (draw(corpus, 10) == 0)
			list[count++] = corpus->phrases[from + draw(corpus, to - from)];
	return count;
}

static void
make_ticket(struct corpus *corpus, struct str *ticket)
{
	const char *phrases[5 + 90 + 33];
	size_t wanted = 600 + draw(corpus, 900), count, i = 0;
	struct strbuf out;

	count = draw_phrases(corpus, 5, 0, 60, phrases);
	count += draw_phrases(corpus, 90, 60, 600, phrases + count);
	count += draw_phrases(corpus, 33, 600, PATTERNS, phrases + count);
	strbuf_init(&out, 0);
	while (out.n < wanted || i < count) {
		bool rare = draw(corpus, 100) < 15;

		/* The phrases are spread over the text. */
		if (i < count && out.n * count >= wanted * i) {
			strbuf_puts(&out, phrases[i++]);
			strbuf_puts(&out, ". ");
		}
		put_word(corpus, &out, rare ? draw_word(corpus) : common[draw(corpus, COMMON)]);
		strbuf_puts(&out, draw(corpus, 12) == 0 ? ", " : draw(corpus, 60) == 0 ? ".\n\n" : " ");
	}
	ticket->n = out.n;
	ticket->p = strbuf_take(&out);
}

static void
corpus_init(struct corpus *corpus, size_t tickets)
{
	size_t i, k;

	corpus->seed = 2026;
	for (i = 0; i < VOCABULARY; i++) {
		size_t count = 2 + draw(corpus, 3);

		for (k = 0; k < count; k++)
			strcat(corpus->words[i], syllables[draw(corpus, SYLLABLES)]);
	}
	for (i = 0; i < PATTERNS; i++)
		make_pattern(corpus, i);
	corpus->ticket_count = tickets;
	corpus->tickets = mem_array(tickets, sizeof(*corpus->tickets));
	for (i = 0; i < tickets; i++)
		make_ticket(corpus, &corpus->tickets[i]);
}

static void
corpus_fini(struct corpus *corpus)
{
	size_t i;

	for (i = 0; i < PATTERNS; i++) {
		free(corpus->sources[i]);
		free(corpus->phrases[i]);
	}
	for (i = 0; i < corpus->ticket_count; i++)
		free((void *)(uintptr_t)corpus->tickets[i].p);
	free(corpus->tickets);
}

/* One set of patterns, ready in all three ways. */
struct bench {
	const struct corpus *corpus;
	size_t patterns, loop_tickets;
	struct pattern **original, **folded;
	struct pattern_matcher *matcher;
	struct scan *scan;
	struct scan_scratch *scratch;
	struct arena *arena, *kept;
	struct folded *texts; /* of all tickets */
	double compile_s, cached_s;
};

static double
now_us(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void
fail(const char *what, const char *why)
{
	fprintf(stderr, "decide_bench: %s: %s\n", what, why);
	exit(2);
}

static struct scan *
bench_scan(const struct str *sources, size_t count, const char *folder, double *seconds)
{
	double start = now_us(CLOCK_MONOTONIC);
	struct err err = {""};
	size_t culprit;
	struct scan *scan = scan_compile(sources, count, folder, &culprit, &err);

	if (scan == NULL)
		fail(culprit < count ? sources[culprit].p : "scan", err.text);
	*seconds = (now_us(CLOCK_MONOTONIC) - start) / 1e6;
	return scan;
}

static void
bench_init(struct bench *bench, const struct corpus *corpus, size_t patterns, const char *cache)
{
	struct str *sources = mem_array(patterns, sizeof(*sources));
	struct err err = {""};
	size_t offset, i;

	bench->corpus = corpus;
	bench->patterns = patterns;
	bench->arena = arena_new(0);
	bench->kept = arena_new(0);
	bench->matcher = pattern_matcher_new();
	bench->original = mem_array(patterns, sizeof(struct pattern *));
	bench->folded = mem_array(patterns, sizeof(struct pattern *));
	for (i = 0; i < patterns; i++) {
		struct str source = str_of(corpus->sources[i]);
		struct folded folded;

		/* None of the patterns has a capital, which folding would spoil. */
		fold_text(bench->kept, source, &folded);
		sources[i] = folded.text;
		bench->original[i] = pattern_compile(source, PATTERN_ORIGINAL, &offset, &err);
		bench->folded[i] = pattern_compile(sources[i], PATTERN_FOLDED, &offset, &err);
		if (bench->original[i] == NULL || bench->folded[i] == NULL)
			fail(source.p, err.text);
	}
	bench->scan = bench_scan(sources, patterns, cache, &bench->compile_s);
	scan_free(bench->scan);
	bench->scan = bench_scan(sources, patterns, cache, &bench->cached_s);
	bench->scratch = scan_scratch_new(bench->scan);
	bench->texts = mem_array(corpus->ticket_count, sizeof(*bench->texts));
	for (i = 0; i < corpus->ticket_count; i++)
		fold_text(bench->kept, corpus->tickets[i], &bench->texts[i]);
	free(sources);
}

static void
bench_fini(struct bench *bench)
{
	size_t i;

	for (i = 0; i < bench->patterns; i++) {
		pattern_free(bench->original[i]);
		pattern_free(bench->folded[i]);
	}
	free(bench->original);
	free(bench->folded);
	free(bench->texts);
	scan_scratch_free(bench->scratch);
	scan_free(bench->scan);
	pattern_matcher_free(bench->matcher);
	arena_free(bench->arena);
	arena_free(bench->kept);
}

static size_t
bench_try_all(struct bench *bench, struct pattern *const *patterns, struct str text)
{
	struct pattern_span span;
	size_t found = 0, i;

	for (i = 0; i < bench->patterns; i++)
		found += pattern_match(patterns[i], bench->matcher, text, 0, &span) == PATTERN_YES;
	return found;
}

static size_t
bench_loop(struct bench *bench, size_t i)
{
	return bench_try_all(bench, bench->original, bench->corpus->tickets[i]);
}

static size_t
bench_folded(struct bench *bench, size_t i)
{
	return bench_try_all(bench, bench->folded, bench->texts[i].text);
}

static size_t
bench_fold_only(struct bench *bench, size_t i)
{
	struct folded folded;

	arena_reset(bench->arena);
	if (fold_text(bench->arena, bench->corpus->tickets[i], &folded) != 0)
		fail("fold", "no memory");
	return folded.text.n;
}

static size_t
bench_scan_only(struct bench *bench, size_t i)
{
	struct scan_hits hits;

	scan_run(bench->scan, bench->scratch, bench->texts[i].text, &hits, NULL);
	return hits.count;
}

/* Fold, scan, and the place of each hit's first match. */
static size_t
bench_whole(struct bench *bench, size_t i)
{
	struct folded folded;
	struct scan_hits hits;
	struct pattern_span span;
	size_t found = 0, k;

	arena_reset(bench->arena);
	fold_text(bench->arena, bench->corpus->tickets[i], &folded);
	scan_run(bench->scan, bench->scratch, folded.text, &hits, NULL);
	for (k = 0; k < hits.count; k++)
		found += pattern_match(bench->folded[hits.ids[k]], bench->matcher, folded.text,
			     hits.from[k], &span) == PATTERN_YES;
	return found;
}

enum way { LOOP, FOLDED, WHOLE, FOLD_ONLY, SCAN_ONLY, WAYS };

static const struct {
	const char *name;
	size_t (*run)(struct bench *bench, size_t ticket);
	bool slow;
} ways[WAYS] = {
    [LOOP] = {"loop", bench_loop, true},
    [FOLDED] = {"folded", bench_folded, true},
    [WHOLE] = {"scan", bench_whole, false},
    [FOLD_ONLY] = {"fold only", bench_fold_only, false},
    [SCAN_ONLY] = {"scan only", bench_scan_only, false},
};

struct figures {
	double us[WAYS][RUNS_LIMIT]; /* a ticket */
	double ratio_loop[RUNS_LIMIT], ratio_folded[RUNS_LIMIT];
	double hits, p99_us;
};

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Processor time, so that what else runs on the machine counts little. */
static double
bench_time(struct bench *bench, enum way way)
{
	size_t count = ways[way].slow ? bench->loop_tickets : bench->corpus->ticket_count, i;
	volatile size_t sum = 0;
	double start = now_us(CLOCK_THREAD_CPUTIME_ID);

	for (i = 0; i < count; i++)
		sum = sum + ways[way].run(bench, i);
	return (now_us(CLOCK_THREAD_CPUTIME_ID) - start) / (double)count;
}

/* The slow and the fast way agree, or the figures mean nothing. */
static void
bench_check(struct bench *bench, struct figures *figures)
{
	size_t count = bench->corpus->ticket_count, i;
	double *times = mem_array(count, sizeof(*times));

	for (i = 0; i < bench->loop_tickets && i < 200; i++)
		if (bench_folded(bench, i) != bench_whole(bench, i))
			fail("check", "scan and PCRE2 differ");
	for (i = 0; i < count; i++) {
		double start = now_us(CLOCK_MONOTONIC);

		figures->hits += (double)bench_whole(bench, i) / (double)count;
		times[i] = now_us(CLOCK_MONOTONIC) - start;
	}
	qsort(times, count, sizeof(*times), compare_doubles);
	figures->p99_us = times[count * 99 / 100];
	free(times);
}

static void
bench_run(struct bench *bench, int runs, struct figures *figures)
{
	int run, way;

	bench_check(bench, figures);
	for (run = 0; run < runs; run++) {
		/* In turns, so that a slow minute is slow for all of them. */
		for (way = 0; way < WAYS; way++)
			figures->us[way][run] = bench_time(bench, (enum way)way);
		figures->ratio_loop[run] = figures->us[LOOP][run] / figures->us[WHOLE][run];
		figures->ratio_folded[run] = figures->us[FOLDED][run] / figures->us[WHOLE][run];
	}
	for (way = 0; way < WAYS; way++)
		qsort(figures->us[way], (size_t)runs, sizeof(double), compare_doubles);
	qsort(figures->ratio_loop, (size_t)runs, sizeof(double), compare_doubles);
	qsort(figures->ratio_folded, (size_t)runs, sizeof(double), compare_doubles);
}

static json_t *
figures_json(const double *sorted, int runs)
{
	return json_pack("{s:f, s:f, s:f}", "median", sorted[runs / 2], "min", sorted[0], "max",
	    sorted[runs - 1]);
}

static json_t *
report_json(const struct bench *bench, const struct figures *figures, int runs)
{
	json_t *us = json_object();
	int way;

	for (way = 0; way < WAYS; way++)
		json_object_set_new(us, ways[way].name, figures_json(figures->us[way], runs));
	return json_pack("{s:I, s:I, s:I, s:i, s:f, s:o, s:o, s:o, s:f, s:f, s:f}", "patterns",
	    (json_int_t)bench->patterns, "tickets", (json_int_t)bench->corpus->ticket_count,
	    "loop_tickets", (json_int_t)bench->loop_tickets, "runs", runs, "hits_per_ticket",
	    figures->hits, "us_per_ticket", us, "ratio_loop",
	    figures_json(figures->ratio_loop, runs), "ratio_folded",
	    figures_json(figures->ratio_folded, runs), "scan_p99_us", figures->p99_us,
	    "compile_s", bench->compile_s, "cached_s", bench->cached_s);
}

static void
report_row(const char *name, const double *sorted, int runs, size_t tickets)
{
	printf("  %-22s %10.2f  [%.2f .. %.2f]", name, sorted[runs / 2], sorted[0], sorted[runs - 1]);
	if (tickets > 0)
		printf("  over %zu tickets", tickets);
	printf("\n");
}

static void
report_text(const struct bench *bench, const struct figures *figures, int runs)
{
	int way;

	printf("%zu patterns, %.1f hit in a ticket; compiled in %.2f s, from the cache in %.3f s\n",
	    bench->patterns, figures->hits, bench->compile_s, bench->cached_s);
	for (way = 0; way < WAYS; way++) {
		char name[64];

		snprintf(name, sizeof(name), "%s, us/ticket", ways[way].name);
		report_row(name, figures->us[way], runs,
		    ways[way].slow ? bench->loop_tickets : bench->corpus->ticket_count);
	}
	report_row("loop / scan", figures->ratio_loop, runs, 0);
	report_row("folded / scan", figures->ratio_folded, runs, 0);
	printf("  %-22s %10.2f\n\n", "scan, p99 us", figures->p99_us);
}

struct options {
	bool brief, json, check;
	int runs;
};

static void
read_options(int argc, char **argv, struct options *options)
{
	static const struct option table[] = {{"short", no_argument, NULL, 's'},
	    {"json", no_argument, NULL, 'j'}, {"runs", required_argument, NULL, 'r'},
	    {"check", no_argument, NULL, 'c'}, {0}};
	int c;

	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (c == 's')
			options->brief = true;
		else if (c == 'j')
			options->json = true;
		else if (c == 'c')
			options->check = true;
		else if (c == 'r')
			options->runs = atoi(optarg);
		else
			exit(2);
	}
	if (options->runs == 0)
		options->runs = options->brief ? 3 : 5;
	if (options->runs < 1 || options->runs > RUNS_LIMIT)
		fail("--runs", "from 1 to 31");
}

int
main(int argc, char **argv)
{
	static const size_t patterns[SIZES] = {60, 600, PATTERNS};
	static const size_t loops[SIZES] = {5000, 1000, 100}; /* the loops are slow */
	struct options options = {0};
	struct corpus *corpus = mem_alloc(sizeof(*corpus));
	char cache[] = "/tmp/decide_bench.XXXXXX", *command;
	json_t *list = json_array();
	bool reached = true;
	size_t sizes, i;

	read_options(argc, argv, &options);
	sizes = options.brief ? 2 : SIZES;
	corpus_init(corpus, options.brief ? 1000 : 5000);
	if (mkdtemp(cache) == NULL)
		fail(cache, "cannot be made");
	for (i = 0; i < sizes; i++) {
		struct figures *figures = mem_alloc(sizeof(*figures));
		struct bench bench = {.loop_tickets = loops[i] / (options.brief ? 5 : 1)};

		bench_init(&bench, corpus, patterns[i], cache);
		bench_run(&bench, options.runs, figures);
		json_array_append_new(list, report_json(&bench, figures, options.runs));
		if (!options.json)
			report_text(&bench, figures, options.runs);
		if (patterns[i] == 600)
			reached = figures->ratio_loop[options.runs / 2] >= GOAL_LOOP &&
			    figures->ratio_folded[options.runs / 2] >= GOAL_FOLDED;
		fflush(stdout);
		bench_fini(&bench);
		free(figures);
	}
	if (options.json)
		json_dumpf(list, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	json_decref(list);
	command = format("rm -r %s", cache);
	if (system(command) != 0)
		fprintf(stderr, "decide_bench: %s was left\n", cache);
	free(command);
	corpus_fini(corpus);
	free(corpus);
	return options.check && !reached;
}
