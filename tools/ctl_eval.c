/* SPDX-License-Identifier: MIT */
/*
 * ctl_eval: "triagectl eval": how often the rules are right, on tickets that a
 * person has labelled.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_command.h"
#include "ctl_input.h"
#include "ctl_policy.h"
#include "ctl_report.h"
#include "ctl_score.h"
#include "ctl_text.h"
#include "digest.h"
#include "mem.h"
#include "suggest.h"

#define TICKET_MEMORY ((size_t)64 * 1024 * 1024)

struct eval_options {
	const char *rules, *cache, *only, *sample, *not_sample, *reason;
	bool json, details, oracle;
};

static const struct option_row rows[] = {
	OPTION(struct eval_options, rules, 'r', OPTION_STRING, "DIR", "rules", 0, 0,
	    "folder of the rules files"),
	OPTION(struct eval_options, cache, 0, OPTION_STRING, "DIR", NULL, 0, 0,
	    "keep compiled patterns here, for a quicker start"),
	OPTION(struct eval_options, only, 0, OPTION_STRING, "CATEGORY,…", NULL, 0, 0,
	    "the listed categories (default: all of the rules)"),
	OPTION(struct eval_options, sample, 0, OPTION_STRING, "MOD/REST", NULL, 0, 0,
	    "only tickets whose SHA-256 of the id, mod MOD, is REST"),
	OPTION(struct eval_options, not_sample, 0, OPTION_STRING, "MOD/REST", NULL, 0, 0,
	    "all tickets but those"),
	OPTION(struct eval_options, reason, 0, OPTION_STRING, "right|wrong", NULL, 0, 0,
	    "as if that reason were chosen on the form: the right one, or another of "
	    "the audience, picked by the id (default: as the ticket says)"),
	OPTION(struct eval_options, details, 'd', OPTION_FLAG, NULL, NULL, 0, 0,
	    "every wrong ticket, with all its wrong parts, one a line"),
	OPTION(struct eval_options, oracle, 0, OPTION_FLAG, NULL, NULL, 0, 0,
	    "match with PCRE2 alone; must decide the same"),
	CTL_JSON_OPTION(struct eval_options),
};

struct eval {
	const struct eval_options *options;
	struct ctl_sample sample;
	struct policy *policy;
	struct decider *decider;
	struct arena *arena; /* of one ticket */
	struct ctl_report report;
};

/* Is the name in the comma list, or, without one, a category of the rules? */
static bool
eval_listed(const struct eval *eval, struct str name)
{
	struct str rest = str_of(eval->options->only);

	if (rest.p == NULL)
		return rules_category_find(eval->policy->rules, name) != NULL;
	while (rest.n > 0) {
		size_t n = 0;

		while (n < rest.n && rest.p[n] != ',')
			n++;
		if (str_eq(str_trim(str_part(rest, 0, n)), name))
			return true;
		rest = str_part(rest, n + 1, rest.n);
	}
	return false;
}

/* A misspelt --only would silently measure nothing. */
static void
eval_check_only(const struct eval *eval)
{
	const struct rules *rules = eval->policy->rules;
	struct str rest = str_of(eval->options->only);
	const char **names = mem_array(rules->category_count, sizeof(*names));

	for (size_t i = 0; i < rules->category_count; i++)
		names[i] = rules->categories[i].name.p;
	while (rest.n > 0) {
		char hint[256];
		struct str name;
		size_t n = 0;

		while (n < rest.n && rest.p[n] != ',')
			n++;
		name = str_trim(str_part(rest, 0, n));
		rest = str_part(rest, n + 1, rest.n);
		if (rules_category_find(rules, name) != NULL)
			continue;
		suggest_hint(name, names, rules->category_count, hint, sizeof(hint));
		ctl_complain("eval: --only: the rules have no category '%.*s' %s", STR_ARG(name),
		    hint);
	}
	free(names);
}

static struct str
eval_join(struct arena *arena, const struct ctl_expect *expect, const struct decision *decision)
{
	size_t count = expect != NULL ? expect->missing_count : decision->missing_count;
	struct strbuf buf;
	struct str text;

	strbuf_init(&buf, 0);
	for (size_t i = 0; i < count; i++) {
		strbuf_puts(&buf, i > 0 ? "," : "");
		strbuf_put(&buf,
		    expect != NULL ? expect->missing[i] : decision->missing[i]->name);
	}
	text = arena_dup(arena, strbuf_str(&buf));
	strbuf_fini(&buf);
	return text;
}

static void
eval_wrong(struct eval *eval, struct str id, const struct ctl_expect *expect,
    const struct decision *decision, struct str wrong_found)
{
	struct ctl_report *report = &eval->report;
	struct arena *arena = report->arena;
	struct ctl_wrong *wrong;

	report->wrong = mem_resize(report->wrong, report->wrong_count + 1, sizeof(*wrong));
	wrong = &report->wrong[report->wrong_count++];
	*wrong = (struct ctl_wrong){
		.id = arena_dup(arena, id),
		.expected_category = arena_dup(arena, expect->category),
		.got_category = arena_dup(arena, decision->category->name),
		.expected_outcome = expect->outcome,
		.got_outcome = decision->outcome,
		.expected_missing = eval_join(arena, expect, NULL),
		.got_missing = eval_join(arena, NULL, decision),
		.wrong_found = arena_dup(arena, wrong_found),
		.category = !str_eq(expect->category, decision->category->name),
		.elsewhere = decision->category->fallback && !eval_listed(eval, expect->category),
	};
}

static void
eval_goals(struct eval *eval, struct str id, const struct ctl_expect *expect,
    const struct decision *decision, const struct ctl_score *score)
{
	struct ctl_report *report = &eval->report;
	struct str *ids;

	if (eval_listed(eval, expect->category)) {
		ctl_score_add(&report->listed, score);
		return;
	}
	report->others++;
	if (decision->category->fallback || !eval_listed(eval, decision->category->name))
		return;
	ids = mem_resize((void *)(uintptr_t)report->intruders, report->intruder_count + 1,
	    sizeof(*ids));
	ids[report->intruder_count++] = arena_dup(report->arena, id);
	report->intruders = ids;
}

static void
eval_judge(struct eval *eval, const struct ctl_item *item, const struct ctl_expect *expect,
    const struct decision *decision)
{
	struct ctl_report *report = &eval->report;
	struct strbuf wrong_found;
	struct ctl_score score;

	strbuf_init(&wrong_found, 0);
	score = ctl_score_decision(eval->arena, expect, decision, &wrong_found);
	ctl_score_add(&report->all, &score);
	ctl_report_sure(report, decision->confidence, score.right[CTL_CATEGORY] > 0);
	ctl_report_slice(report, CTL_SLICE_AUDIENCE, item->content.ticket.audience, &score);
	if (item->content.locale.p != NULL)
		ctl_report_slice(report, CTL_SLICE_LOCALE, item->content.locale, &score);
	ctl_report_slice(report, CTL_SLICE_CATEGORY, expect->category, &score);
	if (!score.right[CTL_WHOLE] || score.right[CTL_FOUND] != score.of[CTL_FOUND])
		eval_wrong(eval, item->content.id, expect, decision, strbuf_str(&wrong_found));
	eval_goals(eval, item->content.id, expect, decision, &score);
	strbuf_fini(&wrong_found);
}

/* A category of the audience but the right one and the fallback, the same for an
 * id every time: the one whose digest with the id is the least. */
static struct str
eval_wrong_reason(const struct eval *eval, const struct ctl_item *item, struct str right)
{
	const struct rules *rules = eval->policy->rules;
	unsigned char digest[DIGEST_BYTES], least[DIGEST_BYTES];
	struct str chosen = {NULL, 0};
	struct strbuf text;

	strbuf_init(&text, 0);
	for (size_t i = 0; i < rules->category_count; i++) {
		const struct rules_category *category = &rules->categories[i];

		if (category->fallback || str_eq(category->name, right) ||
		    !str_eq(rules->audiences[category->audience], item->content.ticket.audience))
			continue;
		strbuf_clear(&text);
		strbuf_printf(
		    &text, "%.*s %.*s", STR_ARG(item->content.id), STR_ARG(category->name));
		digest_sha256(strbuf_str(&text), digest);
		if (chosen.p != NULL && memcmp(digest, least, sizeof(least)) >= 0)
			continue;
		memcpy(least, digest, sizeof(least));
		chosen = category->name;
	}
	strbuf_fini(&text);
	return chosen;
}

static void
eval_choose_reason(
    const struct eval *eval, struct ctl_item *item, const struct ctl_expect *expect)
{
	if (eval->options->reason == NULL)
		return;
	item->content.ticket.reason = strcmp(eval->options->reason, "right") == 0
	    ? expect->category
	    : eval_wrong_reason(eval, item, expect->category);
}

static void
eval_item(struct eval *eval, struct ctl_item *item)
{
	const struct ctl_clock clock = {.fixed = false};
	struct ctl_expect expect;
	struct decision decision;
	struct err err;

	if (!ctl_sample_has(&eval->sample, item->content.id))
		return;
	if (item->valid && item->content.id.p == NULL)
		ctl_item_fail(item, eval->arena, "id", "required", "a labelled ticket needs an id");
	if (item->valid && ctl_expect_read(eval->arena, item->content.expect, &expect, &err) < 0)
		ctl_item_fail(item, eval->arena, "expect", "invalid", err.text);
	if (item->valid)
		eval_choose_reason(eval, item, &expect);
	if (item->valid)
		ctl_decide(eval->decider, eval->policy, &clock, eval->arena, item, &decision);
	if (item->valid) {
		eval_judge(eval, item, &expect, &decision);
		return;
	}
	eval->report.invalid++;
	ctl_item_complain(item, "eval");
}

static enum ctl_exit
eval_all(struct eval *eval)
{
	struct ctl_input *input = ctl_input_new(STDIN_FILENO);
	struct ctl_item item;
	struct strbuf out;
	struct err err;
	int got;

	while ((got = ctl_input_next(input, eval->arena, &item, &err)) > 0) {
		eval_item(eval, &item);
		ctl_item_clear(&item);
		arena_reset(eval->arena);
	}
	ctl_input_free(input);
	strbuf_init(&out, 0);
	if (eval->options->json)
		ctl_report_json(&eval->report, eval->options->details, &out);
	else
		ctl_report_text(&eval->report, eval->options->details, &out);
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
	if (got < 0)
		ctl_complain("eval: %s", err.text);
	return got < 0 || eval->report.invalid > 0 ? CTL_FAILED : CTL_OK;
}

static int
eval_sample(struct eval *eval)
{
	const char *sample = eval->options->sample, *not_sample = eval->options->not_sample;
	struct err err;

	if (sample != NULL && not_sample != NULL) {
		ctl_complain("eval: --sample or --not-sample, not both");
		return -1;
	}
	if (sample == NULL && not_sample == NULL)
		return 0;
	if (ctl_sample_parse(sample != NULL ? sample : not_sample, sample == NULL, &eval->sample,
		&err) < 0) {
		ctl_complain("eval: %s", err.text);
		return -1;
	}
	return 0;
}

static enum ctl_exit
eval_run(const void *arg, int count, char **operands)
{
	struct eval eval = {.options = arg};
	enum ctl_exit status = CTL_FAILED;

	(void)count;
	(void)operands;
	if (eval_sample(&eval) < 0)
		return CTL_USAGE;
	if (eval.options->reason != NULL && strcmp(eval.options->reason, "right") != 0 &&
	    strcmp(eval.options->reason, "wrong") != 0) {
		ctl_complain("eval: --reason is 'right' or 'wrong', not '%s'",
		    eval.options->reason);
		return CTL_USAGE;
	}
	eval.policy = ctl_policy_load(eval.options->rules, eval.options->cache, NULL);
	if (eval.policy == NULL)
		return CTL_CONFIG;
	eval_check_only(&eval);
	snprintf(eval.report.policy, sizeof(eval.report.policy), "%s", eval.policy->hash);
	eval.report.arena = arena_new(0);
	eval.arena = arena_new(TICKET_MEMORY);
	eval.decider = decider_new(eval.policy, eval.options->oracle);
	if (eval.decider != NULL && eval.arena != NULL && eval.report.arena != NULL)
		status = eval_all(&eval);
	else
		ctl_complain("eval: no memory");
	decider_free(eval.decider);
	arena_free(eval.arena);
	ctl_report_fini(&eval.report);
	policy_release(eval.policy);
	return status;
}

const struct ctl_command ctl_eval_command = {
	.name = "eval",
	.operands = "< LABELLED",
	.summary = "measure the rules on labelled tickets from standard input",
	.about =
	    "Reads tickets as JSON Lines with what a person expects of each (\"expect\"), decides\n"
	    "on them and prints how often category, outcome, what is missing and what was\n"
	    "found are right, by audience and locale, and which tickets are confused.\n",
	.examples =
	    "  triagectl eval --rules rules/ < labelled.jsonl\n"
	    "  triagectl eval --only mentor.break,mentor.bug --details < labelled.jsonl\n"
	    "  triagectl eval --not-sample 3/0 < labelled.jsonl   # write rules on these\n"
	    "  triagectl eval --sample 3/0 < labelled.jsonl       # and judge them on these\n"
	    "  triagectl eval --reason wrong < labelled.jsonl     # people choose wrongly\n"
	    "  triagectl eval --json < labelled.jsonl | jq .all.category.share\n",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.options_size = sizeof(struct eval_options),
	.run = eval_run,
};
