/* SPDX-License-Identifier: MIT */
/*
 * ctl_check: "triagectl check": would these rules be taken? Everything wrong
 * with them, with its place.
 */
#include <stdio.h>

#include <jansson.h>

#include "ctl_check_report.h"
#include "ctl_command.h"
#include "ctl_text.h"
#include "diag.h"
#include "mem.h"
#include "review.h"
#include "rules_schema.h"
#include "trial.h"

struct check_options {
	const char *rules;
	const char *cache;
	bool print, report, schema, skip_examples, json;
};

static const struct option_row rows[] = {
	OPTION(struct check_options, rules, 'r', OPTION_STRING, "DIR", "rules", 0, 0,
	    "folder of the rules files"),
	OPTION(struct check_options, cache, 0, OPTION_STRING, "DIR", NULL, 0, 0,
	    "keep compiled patterns here"),
	OPTION(struct check_options, print, 'p', OPTION_FLAG, NULL, NULL, 0, 0,
	    "print the policy in canonical form, words expanded"),
	OPTION_COMMAND(struct check_options, report, 0, OPTION_FLAG, NULL, NULL,
	    "also name the patterns that are dearest to compile and to run"),
	OPTION_COMMAND(struct check_options, schema, 0, OPTION_FLAG, NULL, NULL,
	    "print the JSON Schema of a rules file, for editors; no rules are read"),
	OPTION(struct check_options, skip_examples, 0, OPTION_FLAG, NULL, NULL, 0, 0,
	    "do not decide the examples (their mistakes are still told)"),
	OPTION(struct check_options, json, 0, OPTION_FLAG, NULL, NULL, 0, 0,
	    "one JSON object instead of text"),
};

static size_t
count_examples(const struct rules *rules)
{
	size_t count = 0, i;

	for (i = 0; i < rules->category_count; i++)
		count += rules->categories[i].example_count;
	return count;
}

static void
check_json(const char *folder, const struct policy *policy, struct diag_list *diags,
    const struct ctl_check_report *report)
{
	struct strbuf out, list;
	struct json json;

	strbuf_init(&out, 0);
	strbuf_init(&list, 0);
	json_init(&json, &out);
	json_open(&json, '{');
	json_key(&json, "rules");
	json_text(&json, folder);
	json_key(&json, "ok");
	json_bool(&json, policy != NULL);
	json_key(&json, "policy");
	json_text(&json, policy != NULL ? policy->hash : NULL);
	json_key(&json, "categories");
	json_int(&json, policy != NULL ? (int64_t)policy->rules->category_count : 0);
	json_key(&json, "patterns");
	json_int(&json, policy != NULL ? (int64_t)policy->rules->pattern_count : 0);
	json_key(&json, "examples");
	json_int(&json, policy != NULL ? (int64_t)count_examples(policy->rules) : 0);
	json_key(&json, "diagnostics");
	diag_print_json(diags, &list);
	strbuf_put(&out, str_trim(strbuf_str(&list)));
	json.comma = true;
	if (report != NULL) {
		json_key(&json, "report");
		ctl_check_report_json(report, &json);
	}
	json_close(&json, '}');
	strbuf_putc(&out, '\n');
	ctl_text_flush(&out, stdout);
	strbuf_fini(&list);
	strbuf_fini(&out);
}

static void
check_text(const struct check_options *options, const struct policy *policy,
    struct diag_list *diags, const struct ctl_check_report *report)
{
	FILE *stream = options->print ? stderr : stdout;
	struct strbuf out;

	strbuf_init(&out, 0);
	diag_print(diags, &out, ctl_text_colour(stream));
	if (report != NULL)
		ctl_check_report_text(report, &out);
	if (policy == NULL)
		strbuf_printf(&out, "%s: %zu error%s, %zu warning%s: NOT OK\n", options->rules,
		    diag_errors(diags), diag_errors(diags) == 1 ? "" : "s", diag_warnings(diags),
		    diag_warnings(diags) == 1 ? "" : "s");
	else
		strbuf_printf(&out,
		    "%zu categories, %zu patterns, %zu examples, policy %.12s: OK\n",
		    policy->rules->category_count, policy->rules->pattern_count,
		    count_examples(policy->rules), policy->hash);
	ctl_text_flush(&out, stream);
	if (policy != NULL && options->print) {
		strbuf_put(&out, policy->canonical);
		ctl_text_flush(&out, stdout);
	}
	strbuf_fini(&out);
}

/* With an indent: people read how it changes. */
static enum ctl_exit
check_schema(void)
{
	json_t *schema;
	struct strbuf text;

	strbuf_init(&text, 0);
	rules_schema(&text);
	schema = json_loadb(text.p, text.n, 0, NULL);
	strbuf_fini(&text);
	if (schema == NULL || json_dumpf(schema, stdout, JSON_INDENT(1)) != 0)
		mem_fail();
	putchar('\n');
	json_decref(schema);
	return CTL_OK;
}

static void
check_decided(
    void *context, const struct rules_example *example, const struct decision *decision)
{
	review_decided(context, example, decision);
}

/* What only deciding shows, and what is surely not meant. */
static struct review *
check_review(const struct check_options *options, struct policy *policy)
{
	struct review *review = review_new(policy);

	if (review == NULL)
		mem_fail();
	if (!options->skip_examples)
		trial_run(policy, check_decided, review);
	if (diag_errors(policy->diags) == 0) /* else a mistake may be why */
		review_all(review);
	return review;
}

static enum ctl_exit
check_rules(const struct check_options *options)
{
	struct diag_list *diags = diag_list_new(100);
	struct policy *policy = policy_load(options->rules, options->cache, NULL, &diags), *sound;
	struct review *review = policy != NULL ? check_review(options, policy) : NULL;
	struct ctl_check_report *report =
	    policy != NULL && options->report ? ctl_check_report_new(review) : NULL;
	/* A policy keeps the list, in which there may be warnings. */
	struct diag_list *shown = policy != NULL ? policy->diags : diags;

	sound = diag_errors(shown) == 0 ? policy : NULL;
	if (options->json)
		check_json(options->rules, sound, shown, report);
	else
		check_text(options, sound, shown, report);
	ctl_check_report_free(report);
	review_free(review);
	policy_release(policy);
	diag_list_free(diags);
	return sound != NULL ? CTL_OK : CTL_CONFIG;
}

static enum ctl_exit
check_run(const void *arg, int count, char **operands)
{
	const struct check_options *options = arg;

	(void)count;
	(void)operands;
	return options->schema ? check_schema() : check_rules(options);
}

const struct ctl_command ctl_check_command = {
	.name = "check",
	.operands = "",
	.summary = "check the rules files and say what is wrong, with file:line:column",
	.about =
	    "Reads every *.yaml file of the folder exactly as the daemon does, compiles the\n"
	    "patterns, decides the examples, and shows every mistake. Then it warns of what can\n"
	    "be used but was surely not meant: signals that change nothing, patterns that may\n"
	    "take for ever, texts that stand for two categories, concepts that occur in none,\n"
	    "categories that nobody can tell apart. Nothing is changed and no daemon is needed.\n",
	.examples =
	    "  triagectl check --rules rules/\n"
	    "  triagectl check --rules rules/ --report\n"
	    "  triagectl check --rules rules/ --print > policy.yaml\n"
	    "  triagectl check --schema > schemas/rules.schema.json\n"
	    "  triagectl check --rules rules/ --json | jq '.diagnostics[].message'\n",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.options_size = sizeof(struct check_options),
	.run = check_run,
};
