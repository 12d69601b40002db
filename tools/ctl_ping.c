/* SPDX-License-Identifier: MIT */
/*
 * ctl_ping: "triagectl ping": is a daemon there, and which?
 */
#include <stdio.h>
#include <stdlib.h>

#include "arena.h"
#include "clock.h"
#include "ctl_client.h"
#include "ctl_command.h"
#include "ctl_ping.h"
#include "ctl_text.h"
#include "endpoint.h"
#include "json.h"
#include "mem.h"
#include "wire.h"

#define MEMORY ((size_t)1024 * 1024)

struct ping_options {
	const char *endpoint;
	int64_t timeout;
	bool json;
};

static const struct option_row rows[] = {
	OPTION(struct ping_options, endpoint, 'e', OPTION_STRING, "ENDPOINT", NULL, 0, 0,
	    "where the daemon listens, ipc://PATH or tcp://…; without it " ENDPOINT_DEFAULT_TEXT),
	OPTION(struct ping_options, timeout, 't', OPTION_DURATION, "TIME", "3s", 10, 3600000,
	    "how long to wait"),
	CTL_JSON_OPTION(struct ping_options),
};

int
ctl_ping(struct ctl_client *client, struct arena *arena, int64_t timeout_ms,
    struct wire_answer *answer, struct err *err)
{
	int64_t end_us = clock_monotonic_us(&clock_system) + timeout_ms * 1000, left_ms;
	struct strbuf request;
	struct str body;
	int sent;

	strbuf_init(&request, 0);
	wire_encode_request(WIRE_PING, STR("ping"), (struct str){NULL, 0}, NULL, &request);
	sent = ctl_client_send(client, strbuf_str(&request), err);
	strbuf_fini(&request);
	if (sent < 0)
		return -1;
	while ((left_ms = (end_us - clock_monotonic_us(&clock_system)) / 1000) > 0) {
		ctl_client_wait(client, -1, left_ms);
		if (ctl_client_receive(client, &body) > 0)
			return wire_decode_answer(arena, body, answer) == 0;
	}
	return 0;
}

static void
ping_print(const struct wire_answer *answer, int64_t us, bool as_json)
{
	struct strbuf out;
	struct json json;

	strbuf_init(&out, 0);
	if (as_json) {
		json_init(&json, &out);
		json_open(&json, '{');
		json_key(&json, "status");
		json_text(&json, wire_status_names[answer->status]);
		json_key(&json, "version");
		json_str(&json, answer->version);
		json_key(&json, "policy");
		json_str(&json, answer->policy);
		json_key(&json, "ms");
		json_number(&json, (double)us / 1000, 3);
		json_close(&json, '}');
	} else {
		strbuf_puts(&out, "triaged ");
		ctl_text_line(&out, answer->version, 32);
		strbuf_puts(&out, ", policy ");
		ctl_text_safe(&out, str_part(answer->policy, 0, 12), false);
		strbuf_printf(&out, ", answered in %.1f ms", (double)us / 1000);
	}
	strbuf_puts(&out, "\n");
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
}

static enum ctl_exit
ping_at(const struct ping_options *options, const char *endpoint)
{
	int64_t started_us = clock_monotonic_us(&clock_system);
	struct ctl_client *client;
	struct wire_answer answer;
	struct arena *arena;
	struct err err;
	int got;

	client = ctl_client_new(endpoint, &err);
	if (client == NULL) {
		ctl_complain("ping: %s", err.text);
		return CTL_USAGE;
	}
	arena = arena_new(MEMORY);
	got = ctl_ping(client, arena, options->timeout, &answer, &err);
	if (got > 0)
		ping_print(&answer, clock_monotonic_us(&clock_system) - started_us, options->json);
	else if (got == 0)
		ctl_complain("ping: nobody answers at %s", endpoint);
	else
		ctl_complain("ping: %s", err.text);
	got = got > 0 && answer.status == WIRE_OK;
	arena_free(arena);
	ctl_client_free(client);
	return got ? CTL_OK : CTL_UNAVAILABLE;
}

static enum ctl_exit
ping_run(const void *arg, int count, char **operands)
{
	const struct ping_options *options = arg;
	char *endpoint =
	    options->endpoint != NULL ? mem_strdup(options->endpoint) : endpoint_default();
	enum ctl_exit status = ping_at(options, endpoint);

	(void)count;
	(void)operands;
	free(endpoint);
	return status;
}

const struct ctl_command ctl_ping_command = {
	.name = "ping",
	.operands = "",
	.summary = "ask a running triaged for its version and policy",
	.about =
	    "Exit status 69 when nobody answers in time.\n",
	.examples =
	    "  triagectl ping --endpoint ipc:///run/triaged/triaged.sock\n"
	    "  triagectl ping -e ipc:///run/triaged/triaged.sock --json\n",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.options_size = sizeof(struct ping_options),
	.run = ping_run,
};
