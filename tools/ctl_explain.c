/* SPDX-License-Identifier: MIT */
/*
 * ctl_explain: "triagectl explain": one ticket in, the decision told as a person
 * would tell it. The ticket is a JSON line on standard input, or just the words
 * of somebody on the command line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_command.h"
#include "ctl_explain_print.h"
#include "ctl_field.h"
#include "ctl_input.h"
#include "ctl_policy.h"
#include "ctl_text.h"
#include "ctl_wrap.h"
#include "json.h"
#include "mem.h"
#include "suggest.h"

#define TICKET_MEMORY ((size_t)64 * 1024 * 1024)

struct explain_options {
	const char *rules, *cache, *at, *id, *audience, *subject, *reason, *locale, *field;
	bool json;
};

static const struct option_row rows[] = {
	OPTION(struct explain_options, rules, 'r', OPTION_STRING, "DIR", "rules", 0, 0,
	    "folder of the rules files"),
	OPTION(struct explain_options, cache, 0, OPTION_STRING, "DIR", NULL, 0, 0,
	    "keep compiled patterns here, for a quicker start"),
	OPTION(struct explain_options, at, 0, OPTION_STRING, "TIME", NULL, 0, 0,
	    "decide as at this time, not at the ticket's received_at"),
	OPTION(struct explain_options, id, 0, OPTION_STRING, "ID", NULL, 0, 0,
	    "the ticket with this id among the lines (default: the first)"),
	OPTION(struct explain_options, audience, 'a', OPTION_STRING, "NAME", NULL, 0, 0,
	    "with TEXT: who writes (default: the first audience of the rules)"),
	OPTION(struct explain_options, subject, 's', OPTION_STRING, "TEXT", "", 0, 0,
	    "with TEXT: the subject"),
	OPTION(struct explain_options, reason, 0, OPTION_STRING, "CATEGORY", NULL, 0, 0,
	    "as if this reason were chosen on the form"),
	OPTION(struct explain_options, locale, 'l', OPTION_STRING, "LOCALE", NULL, 0, 0,
	    "with TEXT: the form's language"),
	OPTION_COMMAND(struct explain_options, field, 'f', OPTION_LINES, "NAME=VALUE", NULL,
	    "with TEXT: this box of the form is filled; may be given several times"),
	OPTION(struct explain_options, json, 0, OPTION_FLAG, NULL, NULL, 0, 0,
	    "the decision as one JSON object instead of text"),
};

struct explain {
	const struct explain_options *options;
	struct policy *policy;
	struct decider *decider;
	struct arena *arena;
	struct ctl_clock clock;
};

static enum ctl_exit
explain_item(const struct explain *explain, struct ctl_item *item)
{
	const struct ctl_explain_style style = {ctl_wrap_width(stdout), ctl_text_colour(stdout)};
	struct decision decision;
	struct strbuf out;
	struct json json;

	if (item->valid && explain->options->reason != NULL)
		item->content.ticket.reason = str_of(explain->options->reason);
	if (!item->valid ||
	    ctl_decide(explain->decider, explain->policy, &explain->clock, explain->arena, item,
		&decision) < 0) {
		ctl_item_complain(item, "explain");
		return CTL_FAILED;
	}
	strbuf_init(&out, 0);
	if (explain->options->json) {
		json_init(&json, &out);
		decision_json(explain->policy, item->content.id, &decision, &json);
		strbuf_putc(&out, '\n');
	} else {
		ctl_explain_print(explain->policy, &item->content.ticket, &decision, &style, &out);
	}
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
	return CTL_OK;
}

static enum ctl_exit
explain_words(const struct explain *explain, const char *words)
{
	const struct explain_options *options = explain->options;
	struct ctl_item item = {.line = 1, .valid = true};
	struct ticket *ticket = &item.content.ticket;

	ticket->audience = options->audience != NULL ? str_of(options->audience)
						     : explain->policy->rules->audiences[0];
	ticket->form_locale = str_of(options->locale);
	ticket->subject = str_of(options->subject);
	ticket->body = str_of(words);
	if (!utf8_check(ticket->subject, NULL) || !utf8_check(ticket->body, NULL)) {
		ctl_complain("explain: the text is not UTF-8");
		return CTL_USAGE;
	}
	if (ctl_field_read("explain", options->field, explain->arena, ticket) != 0 ||
	    ctl_field_check("explain", explain->policy->rules, ticket) != 0)
		return CTL_USAGE;
	return explain_item(explain, &item);
}

static enum ctl_exit
explain_line(const struct explain *explain)
{
	struct ctl_input *input = ctl_input_new(STDIN_FILENO);
	enum ctl_exit status = CTL_FAILED;
	const char *id = explain->options->id;
	struct ctl_item item;
	bool done = false;
	struct err err;
	int got = 0;

	while (!done && (got = ctl_input_next(input, explain->arena, &item, &err)) > 0) {
		done = id == NULL || str_is(item.content.id, id);
		if (done)
			status = explain_item(explain, &item);
		ctl_item_clear(&item);
		arena_reset(explain->arena);
	}
	ctl_input_free(input);
	if (got < 0)
		ctl_complain("explain: %s", err.text);
	else if (!done)
		ctl_complain(id != NULL ? "explain: no ticket with the id '%s'"
					: "explain: no ticket%s on standard input",
		    id != NULL ? id : "");
	return status;
}

/* Is what an option says (NULL: nothing) one of these names? They are the model's, and
 * terminated. */
static bool
explain_knows(const char *option, const char *word, const char *const *names, size_t count)
{
	char hint[256];

	for (size_t i = 0; i < count; i++)
		if (word == NULL || strcmp(word, names[i]) == 0)
			return true;
	suggest_hint(str_of(word), names, count, hint, sizeof(hint));
	ctl_complain("explain: --%s: the rules have no %s '%s'%s%s", option,
	    strcmp(option, "reason") == 0 ? "category" : option, word,
	    hint[0] != '\0' ? "; " : "", hint);
	return false;
}

static bool
explain_is_said_well(const struct explain_options *options, const struct rules *rules)
{
	const char *audiences[RULES_AUDIENCES], *locales[RULES_LOCALES];
	const char **reasons = mem_array(rules->category_count, sizeof(*reasons));
	bool well;
	size_t i;

	for (i = 0; i < rules->audience_count; i++)
		audiences[i] = rules->audiences[i].p;
	for (i = 0; i < rules->locale_count; i++)
		locales[i] = rules->locale_names[i].p;
	for (i = 0; i < rules->category_count; i++)
		reasons[i] = rules->categories[i].name.p;
	well = explain_knows("audience", options->audience, audiences, rules->audience_count) &&
	       explain_knows("locale", options->locale, locales, rules->locale_count) &&
	       explain_knows("reason", options->reason, reasons, rules->category_count);
	free(reasons);
	return well;
}

static enum ctl_exit
explain_run(const void *arg, int count, char **operands)
{
	struct explain explain = {.options = arg};
	enum ctl_exit status = CTL_FAILED;

	if (ctl_clock_parse(explain.options->at, &explain.clock) < 0)
		return CTL_USAGE;
	explain.policy = ctl_policy_load(explain.options->rules, explain.options->cache, NULL);
	if (explain.policy == NULL)
		return CTL_CONFIG;
	if (!explain_is_said_well(explain.options, explain.policy->rules)) {
		policy_release(explain.policy);
		return CTL_USAGE;
	}
	explain.decider = decider_new(explain.policy, false);
	explain.arena = arena_new(TICKET_MEMORY);
	if (explain.decider == NULL || explain.arena == NULL)
		ctl_complain("explain: no memory");
	else
		status = count > 0 ? explain_words(&explain, operands[0]) : explain_line(&explain);
	arena_free(explain.arena);
	decider_free(explain.decider);
	policy_release(explain.policy);
	return status;
}

const struct ctl_command ctl_explain_command = {
	.name = "explain",
	.operands = "[TEXT] [< TICKETS]",
	.summary = "tell how one ticket is decided, and why",
	.about =
	    "Decides on one ticket, without daemon or database, and tells it in plain words: the\n"
	    "text with what was read in it in brackets (in colour on a terminal), the category\n"
	    "and why, what came close and why not, what was found and what is missing, gate and\n"
	    "clock, and the mail that would go out.\n",
	.examples =
	    "  triagectl explain \"My student has not answered for three weeks\"\n"
	    "  triagectl explain --audience coach --subject Recap \"where is my recap?\"\n"
	    "  triagectl explain --field start_date=2026-03-04 \"I would like a break in March\"\n"
	    "  triagectl explain --id fr-007 < tests/data/tickets-fr.jsonl\n"
	    "  triagectl explain --reason mentor.break --json < ticket.json\n",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.options_size = sizeof(struct explain_options),
	.operands_max = 1,
	.run = explain_run,
};
