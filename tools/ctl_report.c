/* SPDX-License-Identifier: MIT */
#include "ctl_report.h"

#include <stdio.h>
#include <stdlib.h>

#include "ctl_text.h"
#include "json.h"
#include "mem.h"

static const char *const kind_names[] = {"audience", "locale", "category"};

void
ctl_report_slice(struct ctl_report *report, enum ctl_slice_kind kind, struct str name,
    const struct ctl_score *score)
{
	struct ctl_slice *slice;

	for (size_t i = 0; i < report->slice_count; i++) {
		slice = &report->slices[i];
		if (slice->kind == kind && str_eq(slice->name, name)) {
			ctl_score_add(&slice->score, score);
			return;
		}
	}
	report->slices = mem_resize(
	    report->slices, report->slice_count + 1, sizeof(*report->slices));
	slice = &report->slices[report->slice_count++];
	*slice = (struct ctl_slice){kind, arena_dup(report->arena, name), *score};
}

void
ctl_report_fini(struct ctl_report *report)
{
	free(report->slices);
	free(report->wrong);
	free((void *)(uintptr_t)report->intruders);
	arena_free(report->arena);
}

static void
report_row(struct ctl_table *table, struct str name, const struct ctl_score *score)
{
	char text[32];

	ctl_table_cell(table, name);
	ctl_table_number(table, (int64_t)score->tickets);
	for (int i = 0; i < CTL_PART_COUNT; i++) {
		if (score->of[i] == 0)
			snprintf(text, sizeof(text), "-");
		else
			snprintf(text, sizeof(text), "%.1f %%",
			    100.0 * (double)score->right[i] / (double)score->of[i]);
		ctl_table_text(table, text);
	}
}

static void
report_table(const struct ctl_report *report, bool details, struct strbuf *out)
{
	static const char *const heads[] = {"", "tickets", "category", "outcome", "missing",
	    "missing*", "found", "values", "whole"};
	struct ctl_table *table = ctl_table_new("<>>>>>>>>");

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		ctl_table_text(table, heads[i]);
	report_row(table, STR("all"), &report->all);
	for (int kind = 0; kind <= CTL_SLICE_CATEGORY; kind++)
		for (size_t i = 0; i < report->slice_count; i++) {
			const struct ctl_slice *slice = &report->slices[i];

			/* A category without any fault is no news. */
			if ((int)slice->kind != kind ||
			    (kind == CTL_SLICE_CATEGORY &&
				(!details ||
				    (slice->score.right[CTL_WHOLE] == slice->score.tickets &&
					slice->score.right[CTL_FOUND] ==
					    slice->score.of[CTL_FOUND]))))
				continue;
			report_row(table, slice->name, &slice->score);
		}
	report_row(table, STR("listed"), &report->listed);
	ctl_table_print(table, out, "");
	ctl_table_free(table);
	strbuf_puts(out,
	    "missing: the exact set; missing*: over tickets expected to be needs_info;\n"
	    "found: tickets with every value right; whole: category, outcome, missing\n");
}

static void
report_share(struct strbuf *out, const struct ctl_score *score, enum ctl_part part)
{
	strbuf_printf(out, "%s %zu/%zu (%.1f %%)", ctl_part_names[part], score->right[part],
	    score->of[part],
	    score->of[part] > 0 ? 100.0 * (double)score->right[part] / (double)score->of[part]
				: 0.0);
}

static void
report_goals(const struct ctl_report *report, struct strbuf *out)
{
	strbuf_puts(out, "\ntickets of listed categories: ");
	report_share(out, &report->listed, CTL_CATEGORY);
	strbuf_puts(out, ", ");
	report_share(out, &report->listed, CTL_OUTCOME);
	strbuf_puts(out, ", ");
	report_share(out, &report->listed, CTL_MISSING);
	strbuf_printf(out,
	    "\ntickets of other categories that fell into a listed one (except *.other): "
	    "%zu of %zu",
	    report->intruder_count, report->others);
	for (size_t i = 0; i < report->intruder_count; i++) {
		strbuf_puts(out, i == 0 ? ": " : " ");
		ctl_text_safe(out, report->intruders[i], false);
	}
	strbuf_puts(out, "\n");
}

static void
report_pair(struct strbuf *out, const char *what, struct str expected, struct str got)
{
	if (str_eq(expected, got))
		return;
	strbuf_printf(out, "  %s ", what);
	ctl_text_safe(out, expected.n > 0 ? expected : STR("-"), false);
	strbuf_puts(out, " → ");
	ctl_text_safe(out, got.n > 0 ? got : STR("-"), false);
}

static void
report_wrong(const struct ctl_wrong *wrong, bool details, struct strbuf *out)
{
	strbuf_puts(out, "  ");
	ctl_text_safe(out, wrong->id, false);
	if (wrong->category) {
		report_pair(out, "", wrong->expected_category, wrong->got_category);
	} else {
		strbuf_puts(out, "  ");
		ctl_text_safe(out, wrong->expected_category, false);
	}
	if (details) {
		report_pair(out, "outcome", str_of(outcome_names[wrong->expected_outcome]),
		    str_of(outcome_names[wrong->got_outcome]));
		report_pair(out, "missing", wrong->expected_missing, wrong->got_missing);
		if (wrong->wrong_found.n > 0) {
			strbuf_puts(out, "  found wrong: ");
			ctl_text_safe(out, wrong->wrong_found, false);
		}
	}
	strbuf_puts(out, "\n");
}

static const double report_sures[CTL_REPORT_SURES] = {0.9, 0.7, 0.5, 0};

void
ctl_report_sure(struct ctl_report *report, double confidence, bool right)
{
	size_t i = 0;

	while (i + 1 < CTL_REPORT_SURES && confidence < report_sures[i])
		i++;
	report->sure[i]++;
	report->sure_right[i] += right;
}

/* A confidence of 0.9 should be right nine times in ten, or more often. */
static void
report_confidence(const struct ctl_report *report, struct strbuf *out)
{
	if (report->all.tickets == 0)
		return;
	strbuf_puts(out, "\nconfidence (how often the category is right):\n");
	for (size_t i = 0; i < CTL_REPORT_SURES; i++) {
		if (report->sure[i] == 0)
			continue;
		strbuf_printf(out, "  %.1f to %.1f  %5.1f %% of %zu\n", report_sures[i],
		    i > 0 ? report_sures[i - 1] : 1.0,
		    100.0 * (double)report->sure_right[i] / (double)report->sure[i],
		    report->sure[i]);
	}
}

void
ctl_report_text(const struct ctl_report *report, bool details, struct strbuf *out)
{
	bool any = false;
	size_t elsewhere = 0;

	strbuf_printf(out, "policy %.12s, %zu tickets", report->policy, report->all.tickets);
	if (report->invalid > 0)
		strbuf_printf(out, ", %zu lines could not be judged", report->invalid);
	strbuf_puts(out, "\n\n");
	report_table(report, details, out);
	report_goals(report, out);
	report_confidence(report, out);
	for (size_t i = 0; i < report->wrong_count; i++) {
		elsewhere += report->wrong[i].elsewhere;
		if (!details && (!report->wrong[i].category || report->wrong[i].elsewhere))
			continue;
		if (!any)
			strbuf_puts(out, details ? "\nwrong tickets (expected → got):\n"
						 : "\nconfusion (expected → got):\n");
		any = true;
		report_wrong(&report->wrong[i], details, out);
	}
	if (!details && elsewhere > 0)
		strbuf_printf(out,
		    "\n%zu tickets of categories that are not listed went to *.other (--details "
		    "shows them)\n",
		    elsewhere);
}

static void
report_json_score(struct json *json, const struct ctl_score *score)
{
	json_open(json, '{');
	json_key(json, "tickets");
	json_int(json, (int64_t)score->tickets);
	for (int i = 0; i < CTL_PART_COUNT; i++) {
		json_key(json, ctl_part_names[i]);
		json_open(json, '{');
		json_key(json, "right");
		json_int(json, (int64_t)score->right[i]);
		json_key(json, "of");
		json_int(json, (int64_t)score->of[i]);
		json_key(json, "share");
		if (score->of[i] > 0)
			json_number(json, (double)score->right[i] / (double)score->of[i], 4);
		else
			json_none(json);
		json_close(json, '}');
	}
	json_close(json, '}');
}

static void
report_json_pair(struct json *json, const char *key, struct str expected, struct str got)
{
	json_key(json, key);
	json_open(json, '{');
	json_key(json, "expected");
	json_str(json, expected);
	json_key(json, "got");
	json_str(json, got);
	json_close(json, '}');
}

static void
report_json_wrong(struct json *json, const struct ctl_wrong *wrong)
{
	json_open(json, '{');
	json_key(json, "id");
	json_str(json, wrong->id);
	report_json_pair(json, "category", wrong->expected_category, wrong->got_category);
	report_json_pair(json, "outcome", str_of(outcome_names[wrong->expected_outcome]),
	    str_of(outcome_names[wrong->got_outcome]));
	report_json_pair(json, "missing", wrong->expected_missing, wrong->got_missing);
	json_key(json, "found_wrong");
	json_str(json, wrong->wrong_found);
	json_close(json, '}');
}

static void
report_json_slices(const struct ctl_report *report, struct json *json)
{
	for (int kind = 0; kind <= CTL_SLICE_CATEGORY; kind++) {
		json_key(json, kind_names[kind]);
		json_open(json, '{');
		for (size_t i = 0; i < report->slice_count; i++) {
			if ((int)report->slices[i].kind != kind)
				continue;
			json_keyn(json, report->slices[i].name);
			report_json_score(json, &report->slices[i].score);
		}
		json_close(json, '}');
	}
}

void
ctl_report_json(const struct ctl_report *report, bool details, struct strbuf *out)
{
	struct json json;

	json_init(&json, out);
	json_open(&json, '{');
	json_key(&json, "policy");
	json_text(&json, report->policy);
	json_key(&json, "invalid");
	json_int(&json, (int64_t)report->invalid);
	json_key(&json, "all");
	report_json_score(&json, &report->all);
	report_json_slices(report, &json);
	json_key(&json, "confidence");
	json_open(&json, '[');
	for (size_t i = 0; i < CTL_REPORT_SURES; i++) {
		json_open(&json, '{');
		json_key(&json, "from");
		json_number(&json, report_sures[i], 1);
		json_key(&json, "right");
		json_int(&json, (int64_t)report->sure_right[i]);
		json_key(&json, "of");
		json_int(&json, (int64_t)report->sure[i]);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_key(&json, "listed");
	report_json_score(&json, &report->listed);
	json_key(&json, "others");
	json_int(&json, (int64_t)report->others);
	json_key(&json, "intruders");
	json_open(&json, '[');
	for (size_t i = 0; i < report->intruder_count; i++)
		json_str(&json, report->intruders[i]);
	json_close(&json, ']');
	json_key(&json, "confusion");
	json_open(&json, '[');
	for (size_t i = 0; i < report->wrong_count; i++)
		if (details || report->wrong[i].category)
			report_json_wrong(&json, &report->wrong[i]);
	json_close(&json, ']');
	json_close(&json, '}');
	strbuf_putc(out, '\n');
}
