/* SPDX-License-Identifier: MIT */
/*
 * ctl_classify: "triagectl classify": what would be decided on each ticket,
 * without daemon or database. One object out for each line in, same order.
 */
#include <stdio.h>
#include <unistd.h>

#include "ctl_command.h"
#include "ctl_input.h"
#include "ctl_policy.h"
#include "ctl_pretty.h"
#include "ctl_text.h"
#include "json.h"

#define TICKET_MEMORY ((size_t)64 * 1024 * 1024)

struct classify_options {
	const char *rules, *cache, *at;
	bool oracle, pretty;
};

static const struct option_row rows[] = {
	OPTION(struct classify_options, rules, 'r', OPTION_STRING, "DIR", "rules", 0, 0,
	    "folder of the rules files"),
	OPTION(struct classify_options, cache, 0, OPTION_STRING, "DIR", NULL, 0, 0,
	    "keep compiled patterns here, for a quicker start"),
	OPTION(struct classify_options, at, 0, OPTION_STRING, "TIME", NULL, 0, 0,
	    "decide as at this time, not at each ticket's received_at"),
	OPTION(struct classify_options, oracle, 0, OPTION_FLAG, NULL, NULL, 0, 0,
	    "match with PCRE2 alone; must decide the same"),
	OPTION(struct classify_options, pretty, 0, OPTION_FLAG, NULL, NULL, 0, 0,
	    "a few lines for people instead of JSON"),
};

struct classify {
	const struct classify_options *options;
	struct policy *policy;
	struct decider *decider;
	struct ctl_clock clock;
	struct arena *arena;
	struct strbuf out;
	bool failed;
};

static void
classify_item(struct classify *classify, struct ctl_item *item)
{
	struct decision decision;
	struct json json;

	if (item->valid)
		ctl_decide(classify->decider, classify->policy, &classify->clock, classify->arena,
		    item, &decision);
	classify->failed = classify->failed || !item->valid;
	if (classify->options->pretty) {
		ctl_pretty_item(classify->policy, item, &decision, &classify->out);
	} else {
		json_init(&json, &classify->out);
		if (item->valid)
			decision_json(classify->policy, item->content.id, &decision, &json);
		else
			ctl_item_error_json(item, &json);
		strbuf_putc(&classify->out, '\n');
	}
	ctl_text_flush(&classify->out, stdout);
}

static enum ctl_exit
classify_all(struct classify *classify)
{
	struct ctl_input *input = ctl_input_new(STDIN_FILENO);
	struct ctl_item item;
	struct err err;
	int got;

	while ((got = ctl_input_next(input, classify->arena, &item, &err)) > 0) {
		classify_item(classify, &item);
		ctl_item_clear(&item);
		arena_reset(classify->arena);
		/* A person or a pipe that waits for each answer gets it at once. */
		if (!ctl_input_more(input))
			fflush(stdout);
	}
	ctl_input_free(input);
	if (got < 0)
		ctl_complain("classify: %s", err.text);
	return got < 0 || classify->failed ? CTL_FAILED : CTL_OK;
}

static enum ctl_exit
classify_run(const void *arg, int count, char **operands)
{
	struct classify classify = {.options = arg};
	enum ctl_exit status;

	(void)count;
	(void)operands;
	if (ctl_clock_parse(classify.options->at, &classify.clock) < 0)
		return CTL_USAGE;
	classify.policy = ctl_policy_load(classify.options->rules, classify.options->cache, NULL);
	if (classify.policy == NULL)
		return CTL_CONFIG;
	classify.decider = decider_new(classify.policy, classify.options->oracle);
	classify.arena = arena_new(TICKET_MEMORY);
	if (classify.decider != NULL && classify.arena != NULL) {
		strbuf_init(&classify.out, 0);
		status = classify_all(&classify);
		strbuf_fini(&classify.out);
	} else {
		ctl_complain("classify: no memory");
		status = CTL_FAILED;
	}
	arena_free(classify.arena);
	decider_free(classify.decider);
	policy_release(classify.policy);
	return status;
}

const struct ctl_command ctl_classify_command = {
	.name = "classify",
	.operands = "< TICKETS",
	.summary = "decide on tickets from standard input, without daemon or database",
	.about =
	    "Reads tickets as JSON Lines and writes one JSON object a line, in the same order:\n"
	    "category, outcome, team, priority, what is missing, the reply, and the evidence.\n"
	    "A line that is not a ticket, an empty one too, gets {\"id\":…,\"error\":{…}}; the\n"
	    "others are still decided, and the exit status is 1 at the end.\n",
	.examples =
	    "  triagectl classify --rules rules/ < tickets.jsonl\n"
	    "  triagectl classify --rules rules/ --pretty < tickets.jsonl | less\n"
	    "  triagectl classify --at 2026-02-03T09:00:00+01:00 < ticket.json\n",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.options_size = sizeof(struct classify_options),
	.run = classify_run,
};
