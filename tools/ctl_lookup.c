/* SPDX-License-Identifier: MIT */
/*
 * ctl_lookup: "triagectl lookup": where is a ticket?
 */
#include <stdio.h>

#include "ctl_ask.h"
#include "ctl_command.h"
#include "ctl_receipt.h"
#include "ctl_text.h"
#include "endpoint.h"

#define MEMORY ((size_t)1024 * 1024)

struct lookup_options {
	const char *endpoint, *key;
	int64_t timeout;
	bool json;
};

static const struct option_row rows[] = {
	OPTION_COMMAND(struct lookup_options, key, 'k', OPTION_STRING, "KEY", NULL,
	    "the key it was submitted with, instead of TICKET"),
	OPTION(struct lookup_options, endpoint, 'e', OPTION_STRING, "ENDPOINT", NULL, 0, 0,
	    "where the daemon listens, ipc://PATH or tcp://…; without it " ENDPOINT_DEFAULT_TEXT),
	OPTION(struct lookup_options, timeout, 't', OPTION_DURATION, "TIME", "10s", 10, 3600000,
	    "how long to wait"),
	CTL_JSON_OPTION(struct lookup_options),
};

/* "mentorship (normal)" */
static void
lookup_team(struct strbuf *out, const struct receipt *receipt)
{
	struct strbuf text;

	strbuf_init(&text, 0);
	strbuf_printf(
	    &text, "%.*s (%.*s)", STR_ARG(receipt->team), STR_ARG(receipt->priority));
	ctl_ask_line(out, "team", strbuf_str(&text));
	strbuf_fini(&text);
}

static void
lookup_text(struct strbuf *out, const struct receipt *receipt)
{
	ctl_ask_line(out, "reference", receipt->reference);
	ctl_ask_line(out, "ticket", receipt->ticket);
	ctl_ask_line(out, "received", receipt->received_at);
	ctl_ask_line(out, "state", receipt->state);
	ctl_ask_line(out, "category", receipt->category);
	ctl_ask_line(out, "outcome", receipt->outcome);
	lookup_team(out, receipt);
	ctl_ask_missing(out, receipt);
}

static void
lookup_json(struct strbuf *out, const struct wire_answer *answer)
{
	const struct receipt *receipt = &answer->receipt;
	struct json json;

	json_init(&json, out);
	json_open(&json, '{');
	json_key(&json, "status");
	json_text(&json, wire_status_names[answer->status]);
	if (answer->status == WIRE_OK) {
		ctl_receipt_pair(&json, "ticket", receipt->ticket);
		ctl_receipt_pair(&json, "reference", receipt->reference);
		ctl_receipt_pair(&json, "received_at", receipt->received_at);
		ctl_receipt_pair(&json, "state", receipt->state);
		ctl_receipt_pair(&json, "category", receipt->category);
		ctl_receipt_pair(&json, "outcome", receipt->outcome);
		ctl_receipt_pair(&json, "team", receipt->team);
		ctl_receipt_pair(&json, "priority", receipt->priority);
		ctl_receipt_missing(&json, receipt);
	}
	ctl_receipt_errors(&json, answer);
	json_close(&json, '}');
	strbuf_putc(out, '\n');
}

static enum ctl_exit
lookup_run(const void *arg, int count, char **operands)
{
	const struct lookup_options *options = arg;
	struct wire_answer answer;
	enum ctl_exit status;
	struct strbuf text;
	struct arena *arena;

	if ((count > 0) == (options->key != NULL)) {
		ctl_complain("lookup: which ticket? Either TICKET or --key");
		return CTL_USAGE;
	}
	arena = arena_new(MEMORY);
	strbuf_init(&text, 0);
	wire_encode_lookup(
	    STR("lookup"), str_of(options->key), str_of(count > 0 ? operands[0] : NULL), &text);
	status = ctl_ask("lookup", options->endpoint, options->timeout, strbuf_str(&text), arena,
	    &answer);
	strbuf_clear(&text);
	if (status == CTL_OK) {
		status = ctl_ask_status("lookup", &answer);
		if (options->json)
			lookup_json(&text, &answer);
		else if (status == CTL_OK)
			lookup_text(&text, &answer.receipt);
		ctl_text_flush(&text, stdout);
	}
	strbuf_fini(&text);
	arena_free(arena);
	return status;
}

const struct ctl_command ctl_lookup_command = {
	.name = "lookup",
	.operands = "[TICKET]",
	.summary = "ask a running triaged where a ticket is",
	.about =
	    "TICKET is its reference, in capitals or not, or its number. Tells where it is\n"
	    "(queued, held, waiting for its requester, closed), what was decided last, and what\n"
	    "is still missing. Exit status 1: there is no such ticket.\n",
	.examples =
	    "  triagectl lookup DC60EECF\n"
	    "  triagectl lookup --key form-2026-0117 --json\n",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.options_size = sizeof(struct lookup_options),
	.operands_max = 1,
	.run = lookup_run,
};
