/* SPDX-License-Identifier: MIT */
/*
 * decide_bench: what it costs to find the signals in a ticket, as ratios
 * between three ways measured in turns in one process:
 *
 *   loop       each pattern by PCRE2 JIT, UTF|UCP|CASELESS, over the original
 *   folded     each pattern by PCRE2 JIT as bytes, over text folded beforehand
 *   scan       fold, one scan, PCRE2 on all hits: what the daemon does, and more,
 *              as it asks PCRE2 only where the winner's signals occur
 *
 * Tickets and patterns are synthetic (corpus.h). Real prose differs; the ratios
 * are for comparing one build with another. Patterns
 * with gaps ("a.{0,40}b") cost the scan more and the loops no more, so the last
 * row has two of five with a gap; the others, and the goals, have none.
 *
 * decide_bench [--short] [--json] [--runs N] [--check]
 * --check: exit status 1 when a ratio is below the goal.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "arena.h"
#include "corpus.h"
#include "fold.h"
#include "mem.h"
#include "pattern.h"
#include "scan.h"

#define SETS 4
#define RUNS_LIMIT 31
#define GOAL_LOOP 61.0   /* 76 less a fifth */
#define GOAL_FOLDED 26.0 /* 33 less a fifth */

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
bench_init(
    struct bench *bench, const struct corpus *corpus, size_t patterns, const char *cache)
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
		bench->original[i] =
		    pattern_compile(source, PATTERN_ORIGINAL, &offset, &err);
		bench->folded[i] =
		    pattern_compile(sources[i], PATTERN_FOLDED, &offset, &err);
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
		found += pattern_match(patterns[i], bench->matcher, text, 0, &span) ==
			 PATTERN_YES;
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
	for (k = 0; k < hits.count; k++) {
		const struct scan_hit *hit = &hits.list[k];

		found += pattern_match(bench->folded[hit->id], bench->matcher,
			     (struct str){folded.text.p, hit->until}, hit->from,
			     &span) == PATTERN_YES;
	}
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
	size_t count = ways[way].slow ? bench->loop_tickets : bench->corpus->ticket_count,
	       i;
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
		double start = now_us(CLOCK_THREAD_CPUTIME_ID);

		figures->hits += (double)bench_whole(bench, i) / (double)count;
		times[i] = now_us(CLOCK_THREAD_CPUTIME_ID) - start;
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
		figures->ratio_loop[run] =
		    figures->us[LOOP][run] / figures->us[WHOLE][run];
		figures->ratio_folded[run] =
		    figures->us[FOLDED][run] / figures->us[WHOLE][run];
	}
	for (way = 0; way < WAYS; way++)
		qsort(figures->us[way], (size_t)runs, sizeof(double), compare_doubles);
	qsort(figures->ratio_loop, (size_t)runs, sizeof(double), compare_doubles);
	qsort(figures->ratio_folded, (size_t)runs, sizeof(double), compare_doubles);
}

static json_t *
figures_json(const double *sorted, int runs)
{
	return json_pack("{s:f, s:f, s:f}", "median", sorted[runs / 2], "min", sorted[0],
	    "max", sorted[runs - 1]);
}

static json_t *
report_json(const struct bench *bench, const struct figures *figures, int runs)
{
	json_t *us = json_object();
	int way;

	for (way = 0; way < WAYS; way++)
		json_object_set_new(
		    us, ways[way].name, figures_json(figures->us[way], runs));
	return json_pack("{s:b, s:I, s:I, s:I, s:i, s:f, s:o, s:o, s:o, s:f, s:f, s:f}",
	    "gaps", bench->corpus->gaps, "patterns", (json_int_t)bench->patterns,
	    "tickets", (json_int_t)bench->corpus->ticket_count, "loop_tickets",
	    (json_int_t)bench->loop_tickets, "runs", runs, "hits_per_ticket",
	    figures->hits, "us_per_ticket", us, "ratio_loop",
	    figures_json(figures->ratio_loop, runs), "ratio_folded",
	    figures_json(figures->ratio_folded, runs), "scan_p99_us", figures->p99_us,
	    "compile_s", bench->compile_s, "cached_s", bench->cached_s);
}

static void
report_row(const char *name, const double *sorted, int runs, size_t tickets)
{
	printf("  %-22s %10.2f  [%.2f .. %.2f]", name, sorted[runs / 2], sorted[0],
	    sorted[runs - 1]);
	if (tickets > 0)
		printf("  over %zu tickets", tickets);
	printf("\n");
}

static void
report_text(const struct bench *bench, const struct figures *figures, int runs)
{
	int way;

	printf("%zu patterns%s, %.1f hit in a ticket; compiled in %.2f s, from the cache "
	       "%.3f s\n",
	    bench->patterns, bench->corpus->gaps ? " with gaps" : "", figures->hits,
	    bench->compile_s, bench->cached_s);
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

struct set {
	size_t patterns, loop_tickets; /* the loops are slow: fewer tickets */
	bool gaps, brief;              /* brief: also in --short */
};

/* Returns false when a goal is missed. */
static bool
run_set(
    const struct set *set, const struct options *options, const char *cache, json_t *list)
{
	struct corpus *corpus = mem_alloc(sizeof(*corpus));
	struct figures *figures = mem_alloc(sizeof(*figures));
	struct bench bench = {
	    .loop_tickets = set->loop_tickets / (options->brief ? 5 : 1)};
	int middle = options->runs / 2;
	bool reached;

	corpus_init(corpus, options->brief ? 1000 : 5000, set->gaps);
	bench_init(&bench, corpus, set->patterns, cache);
	bench_run(&bench, options->runs, figures);
	json_array_append_new(list, report_json(&bench, figures, options->runs));
	if (!options->json)
		report_text(&bench, figures, options->runs);
	fflush(stdout);
	reached = set->gaps || set->patterns != 600 ||
		  (figures->ratio_loop[middle] >= GOAL_LOOP &&
		      figures->ratio_folded[middle] >= GOAL_FOLDED);
	bench_fini(&bench);
	corpus_fini(corpus);
	free(corpus);
	free(figures);
	return reached;
}

int
main(int argc, char **argv)
{
	static const struct set sets[SETS] = {{60, 5000, false, true},
	    {600, 1000, false, true}, {CORPUS_PATTERNS, 100, false, false},
	    {600, 1000, true, true}};
	struct options options = {0};
	char cache[] = "/tmp/decide_bench.XXXXXX", command[64];
	json_t *list = json_array();
	bool reached = true;
	size_t i;

	read_options(argc, argv, &options);
	if (mkdtemp(cache) == NULL)
		fail(cache, "cannot be made");
	for (i = 0; i < SETS; i++)
		if (!options.brief || sets[i].brief)
			reached = run_set(&sets[i], &options, cache, list) && reached;
	if (options.json)
		json_dumpf(list, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	json_decref(list);
	snprintf(command, sizeof(command), "rm -r %s", cache);
	if (system(command) != 0)
		fprintf(stderr, "decide_bench: %s was left\n", cache);
	return options.check && !reached;
}
