/* SPDX-License-Identifier: MIT */
#include "ctl_check_report.h"

#include <stdlib.h>
#include <time.h>

#include "ctl_text.h"
#include "mem.h"
#include "scan_split.h"

#define REPORT_TOP 10
#define REPORT_TEXTS 300 /* of the corpus, evenly taken */
#define REPORT_SOURCE 40 /* code points of a pattern that are shown */

struct report_pattern {
	struct place place;
	struct str source, expanded;
	enum pattern_mode mode;
	double compile_us, run_us; /* run: for one text, on average */
	bool whole;                /* the scan's library takes it as it is */
};

struct ctl_check_report {
	const struct review *review;
	struct report_pattern *patterns;
	size_t count, text_count;
	double compile_us, run_us; /* of all */
	/* The dearest first. */
	const struct report_pattern *compile[REPORT_TOP], *run[REPORT_TOP];
};

/* Of this thread's work: a busy machine changes nothing. */
static double
report_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int
report_compare_sources(const void *a, const void *b)
{
	const struct report_pattern *x = a, *y = b;

	return x->mode != y->mode ? (x->mode < y->mode ? -1 : 1)
				  : str_cmp(x->expanded, y->expanded);
}

/* Patterns are each there once; captures of fields that are "like" one are not. */
static void
report_gather(struct ctl_check_report *report)
{
	const struct rules *rules = report->review->policy->rules;
	struct report_pattern *list;
	size_t count = 0, kept = 0, i;

	list = mem_array(rules->pattern_count + rules->capture_count + 1, sizeof(list[0]));
	for (i = 0; i < rules->pattern_count; i++)
		list[count++] = (struct report_pattern){.place = rules->patterns[i]->place,
		    .source = rules->patterns[i]->source,
		    .expanded = rules->patterns[i]->expanded,
		    .mode = PATTERN_FOLDED};
	for (i = 0; i < rules->capture_count; i++)
		list[count++] = (struct report_pattern){.place = rules->captures[i]->place,
		    .source = rules->captures[i]->source,
		    .expanded = rules->captures[i]->expanded,
		    .mode = PATTERN_ORIGINAL};
	qsort(list, count, sizeof(list[0]), report_compare_sources);
	for (i = 0; i < count; i++)
		if (kept == 0 || report_compare_sources(&list[kept - 1], &list[i]) != 0)
			list[kept++] = list[i];
	report->patterns = list;
	report->count = kept;
}

/* Measuring ------------------------------------------------------------------- */

static void
report_scan(struct report_pattern *pattern, struct arena *arena)
{
	struct scan_ways ways;
	size_t culprit;
	double start;

	arena_reset(arena);
	pattern->whole = scan_split(pattern->expanded, arena, &ways) != 0;
	if (!pattern->whole)
		return;
	start = report_now_us();
	scan_free(scan_compile(&pattern->expanded, 1, NULL, &culprit, NULL));
	pattern->compile_us += report_now_us() - start;
}

static void
report_run(const struct ctl_check_report *report, struct report_pattern *pattern,
    struct pattern *compiled, struct pattern_matcher *matcher)
{
	const struct review *review = report->review;
	double start = report_now_us();
	size_t i;

	for (i = 0; i < report->text_count; i++) {
		const struct review_text *text =
		    &review->texts[i * review->text_count / report->text_count];
		struct pattern_span span;

		pattern_match(compiled, matcher,
		    pattern->mode == PATTERN_FOLDED ? text->text
						    : (text->phrase != NULL ? text->phrase->text
									    : text->example->text),
		    0, &span);
	}
	if (report->text_count > 0)
		pattern->run_us = (report_now_us() - start) / (double)report->text_count;
}

static struct pattern *
report_compile(const struct report_pattern *pattern)
{
	struct pattern *compiled;
	size_t offset;

	compiled = pattern_compile(pattern->expanded, pattern->mode, &offset, NULL);
	if (compiled != NULL)
		pattern_prepare(compiled);
	return compiled;
}

static void
report_measure(struct ctl_check_report *report)
{
	struct pattern_matcher *matcher = pattern_matcher_new();
	struct arena *arena = arena_new(0);
	size_t i;

	if (matcher == NULL || arena == NULL)
		mem_fail();
	if (report->count > 0) /* the very first pays for what the library sets up */
		pattern_free(report_compile(&report->patterns[0]));
	for (i = 0; i < report->count; i++) {
		struct report_pattern *pattern = &report->patterns[i];
		double start = report_now_us();
		struct pattern *compiled = report_compile(pattern);

		pattern->compile_us = report_now_us() - start;
		if (pattern->mode == PATTERN_FOLDED)
			report_scan(pattern, arena);
		if (compiled != NULL)
			report_run(report, pattern, compiled, matcher);
		pattern_free(compiled);
		report->compile_us += pattern->compile_us;
		report->run_us += pattern->run_us;
	}
	arena_free(arena);
	pattern_matcher_free(matcher);
}

/* Puts a pattern where it belongs among the dearest so far. */
static void
report_rank(const struct report_pattern **top, const struct report_pattern *pattern,
    size_t offset)
{
	size_t k;

	for (k = REPORT_TOP; k > 0; k--) {
		const struct report_pattern *other = top[k - 1];

		if (other != NULL &&
		    *(const double *)(const void *)((const char *)other + offset) >=
			*(const double *)(const void *)((const char *)pattern + offset))
			break;
		if (k < REPORT_TOP)
			top[k] = other;
	}
	if (k < REPORT_TOP)
		top[k] = pattern;
}

struct ctl_check_report *
ctl_check_report_new(const struct review *review)
{
	struct ctl_check_report *report = mem_alloc(sizeof(*report));
	size_t i;

	report->review = review;
	report->text_count = review->text_count < REPORT_TEXTS ? review->text_count : REPORT_TEXTS;
	report_gather(report);
	report_measure(report);
	for (i = 0; i < report->count; i++) {
		report_rank(report->compile, &report->patterns[i],
		    offsetof(struct report_pattern, compile_us));
		if (report->text_count > 0)
			report_rank(report->run, &report->patterns[i],
			    offsetof(struct report_pattern, run_us));
	}
	return report;
}

void
ctl_check_report_free(struct ctl_check_report *report)
{
	if (report == NULL)
		return;
	free(report->patterns);
	free(report);
}

/* Telling --------------------------------------------------------------------- */

static void
report_cell(struct ctl_table *table, int decimals, double number, const char *unit)
{
	struct strbuf cell;

	strbuf_init(&cell, 0);
	strbuf_printf(&cell, "%.*f%s", decimals, number, unit);
	ctl_table_cell(table, strbuf_str(&cell));
	strbuf_fini(&cell);
}

static void
report_cell_place(struct ctl_table *table, const struct place *place)
{
	struct strbuf cell;

	strbuf_init(&cell, 0);
	strbuf_printf(&cell, "%s:%u:%u", place->file, place->line, place->column);
	ctl_table_cell(table, strbuf_str(&cell));
	strbuf_fini(&cell);
}

static void
report_top(const struct report_pattern *const *top, size_t offset, double unit, double all,
    struct strbuf *out)
{
	struct ctl_table *table = ctl_table_new(">><<<");
	struct strbuf source;
	size_t i;

	strbuf_init(&source, 0);
	for (i = 0; i < REPORT_TOP && top[i] != NULL; i++) {
		double us = *(const double *)(const void *)((const char *)top[i] + offset);

		report_cell(table, 2, us / unit, "");
		report_cell(table, 1, all > 0 ? 100 * us / all : 0, " %");
		ctl_table_text(table, top[i]->whole ? "whole" : "");
		report_cell_place(table, &top[i]->place);
		strbuf_clear(&source);
		ctl_text_line(&source, top[i]->source, REPORT_SOURCE);
		ctl_table_cell(table, strbuf_str(&source));
	}
	ctl_table_print(table, out, "  ");
	ctl_table_free(table);
	strbuf_fini(&source);
}

static void
report_close(const struct review *review, struct strbuf *out)
{
	struct ctl_table *table = ctl_table_new("><<");
	size_t close = 0, i;

	for (i = 0; i < review->lead_count; i++) {
		const struct review_lead *lead = &review->leads[i];
		struct strbuf pair;

		if (lead->lead >= REVIEW_LEAD)
			continue;
		close++;
		strbuf_init(&pair, 0);
		strbuf_printf(&pair, "%.*s over %.*s", STR_ARG(lead->winner->name),
		    STR_ARG(lead->runner_up->name));
		report_cell(table, 2, lead->lead, "");
		report_cell_place(table, &lead->example->place);
		ctl_table_cell(table, strbuf_str(&pair));
		strbuf_fini(&pair);
	}
	strbuf_printf(out, "examples won by less than %.4g: %zu of the %zu with a runner-up\n",
	    REVIEW_LEAD, close, review->lead_count);
	ctl_table_print(table, out, "  ");
	ctl_table_free(table);
}

void
ctl_check_report_text(const struct ctl_check_report *report, struct strbuf *out)
{
	const struct review *review = report->review;

	report_close(review, out);
	strbuf_printf(out, "\ndearest to compile, of %zu patterns and captures (ms, of %.0f ms)\n",
	    report->count, report->compile_us / 1e3);
	report_top(report->compile, offsetof(struct report_pattern, compile_us), 1e3,
	    report->compile_us, out);
	strbuf_puts(out, "  whole: cannot be split into words to look for, which costs most\n");
	strbuf_printf(out,
	    "\ndearest to run, over %zu of the %zu texts of the rules (microseconds a text, of "
	    "%.0f)\n",
	    report->text_count, review->text_count, report->run_us);
	report_top(report->run, offsetof(struct report_pattern, run_us), 1, report->run_us, out);
	strbuf_putc(out, '\n');
}

static void
report_json_place(struct json *json, const struct place *place)
{
	json_key(json, "file");
	json_text(json, place->file);
	json_key(json, "line");
	json_int(json, place->line);
	json_key(json, "column");
	json_int(json, place->column);
}

static void
report_json_top(struct json *json, const char *key, const struct report_pattern *const *top,
    size_t offset, double all)
{
	size_t i;

	json_key(json, key);
	json_open(json, '[');
	for (i = 0; i < REPORT_TOP && top[i] != NULL; i++) {
		double us = *(const double *)(const void *)((const char *)top[i] + offset);

		json_open(json, '{');
		report_json_place(json, &top[i]->place);
		json_key(json, "microseconds");
		json_number(json, us, 2);
		json_key(json, "share");
		json_number(json, all > 0 ? us / all : 0, 4);
		json_key(json, "scanned_whole");
		json_bool(json, top[i]->whole);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void
ctl_check_report_json(const struct ctl_check_report *report, struct json *json)
{
	const struct review *review = report->review;
	size_t i;

	json_open(json, '{');
	json_key(json, "close_examples");
	json_open(json, '[');
	for (i = 0; i < review->lead_count; i++) {
		const struct review_lead *lead = &review->leads[i];

		if (lead->lead >= REVIEW_LEAD)
			continue;
		json_open(json, '{');
		report_json_place(json, &lead->example->place);
		json_key(json, "winner");
		json_str(json, lead->winner->name);
		json_key(json, "runner_up");
		json_str(json, lead->runner_up->name);
		json_key(json, "lead");
		json_number(json, lead->lead, 3);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_key(json, "texts");
	json_int(json, (int64_t)review->text_count);
	report_json_top(json, "dearest_to_compile", report->compile,
	    offsetof(struct report_pattern, compile_us), report->compile_us);
	report_json_top(json, "dearest_to_run", report->run,
	    offsetof(struct report_pattern, run_us), report->run_us);
	json_close(json, '}');
}
