/* SPDX-License-Identifier: MIT */
#include "ctl_ask.h"

#include <stdlib.h>

#include "clock.h"
#include "ctl_client.h"
#include "ctl_text.h"
#include "endpoint.h"
#include "mem.h"

#define LABEL_WIDTH 10
#define LINE_POINTS 200

static int64_t
left_ms(int64_t end_us)
{
	return (end_us - clock_monotonic_us(&clock_system)) / 1000;
}

/* The next answer that is one: 1; 0 when the time is over. */
static int
receive(struct ctl_client *client, struct arena *arena, int64_t end_us, struct wire_answer *answer)
{
	struct str body;

	while (left_ms(end_us) > 0) {
		ctl_client_wait(client, -1, left_ms(end_us));
		while (ctl_client_receive(client, &body) > 0)
			if (wire_decode_answer(arena, body, answer) == 0)
				return 1;
	}
	return 0;
}

/* 1 answered, 0 silence, -1 after saying what is wrong. *put_off: it was said. */
static int
exchange(const char *command, struct ctl_client *client, int64_t timeout_ms,
    struct str request, struct arena *arena, struct wire_answer *answer, bool *put_off)
{
	int64_t end_us = clock_monotonic_us(&clock_system) + timeout_ms * 1000;
	struct err err;

	*put_off = false;
	for (;;) {
		int64_t pause;

		if (ctl_client_send(client, request, &err) < 0) {
			ctl_complain("%s: %s", command, err.text);
			return -1;
		}
		if (receive(client, arena, end_us, answer) == 0)
			return 0;
		if (answer->status != WIRE_RETRY)
			return 1;
		*put_off = true;
		pause = clock_monotonic_us(&clock_system) + answer->retry_after_ms * 1000;
		while (left_ms(pause) > 0 && left_ms(end_us) > 0)
			ctl_client_wait(client, -1,
			    left_ms(pause) < left_ms(end_us) ? left_ms(pause) : left_ms(end_us));
		arena_reset(arena);
	}
}

enum ctl_exit
ctl_ask(const char *command, const char *endpoint, int64_t timeout_ms, struct str request,
    struct arena *arena, struct wire_answer *answer)
{
	char *where = endpoint != NULL ? mem_strdup(endpoint) : endpoint_default();
	enum ctl_exit status = CTL_OK;
	struct ctl_client *client;
	bool put_off;
	struct err err;
	int got;

	client = ctl_client_new(where, &err);
	if (client == NULL) {
		ctl_complain("%s: %s", command, err.text);
		free(where);
		return CTL_USAGE;
	}
	got = exchange(command, client, timeout_ms, request, arena, answer, &put_off);
	if (got <= 0)
		status = CTL_UNAVAILABLE;
	if (got == 0 && put_off)
		ctl_complain("%s: triaged at %s cannot do it now: try again later", command, where);
	else if (got == 0)
		ctl_complain("%s: nobody answers at %s", command, where);
	ctl_client_free(client);
	free(where);
	return status;
}

static const char *
status_sentence(enum wire_status status)
{
	switch (status) {
	case WIRE_CONFLICT:
		return "something else was added under that key";
	case WIRE_DENIED:
		return "the token is not that ticket's";
	case WIRE_NOT_FOUND:
		return "there is no such ticket";
	default:
		return wire_status_names[status];
	}
}

enum ctl_exit
ctl_ask_status(const char *command, const struct wire_answer *answer)
{
	if (answer->status == WIRE_ACCEPTED || answer->status == WIRE_DUPLICATE ||
	    answer->status == WIRE_OK)
		return CTL_OK;
	if (answer->status != WIRE_INVALID)
		ctl_complain("%s: %s", command, status_sentence(answer->status));
	for (size_t i = 0; i < answer->error_count; i++)
		ctl_complain("%s: %.*s%s%.*s", command, STR_ARG(answer->errors[i].path),
		    answer->errors[i].path.n > 0 ? ": " : "",
		    STR_ARG(answer->errors[i].message));
	return CTL_FAILED;
}

void
ctl_ask_line(struct strbuf *out, const char *label, struct str text)
{
	if (text.p == NULL)
		return;
	strbuf_printf(out, "%-*s  ", LABEL_WIDTH, label);
	ctl_text_line(out, text, LINE_POINTS);
	strbuf_puts(out, "\n");
}

void
ctl_ask_missing(struct strbuf *out, const struct receipt *receipt)
{
	struct strbuf names;

	strbuf_init(&names, 0);
	for (size_t i = 0; i < receipt->missing_count; i++) {
		strbuf_puts(&names, i > 0 ? ", " : "");
		strbuf_put(&names, receipt->missing[i]);
	}
	if (receipt->missing_count > 0)
		ctl_ask_line(out, "missing", strbuf_str(&names));
	strbuf_fini(&names);
}
