/* SPDX-License-Identifier: MIT */
/*
 * ctl_push: "triagectl push": sends tickets to the daemon, so many at a time
 * (the window), and sends again what was not answered or answered "retry".
 * A line's id is the key, so repeating is safe: within one run, and when the
 * same file is pushed once more after any accident.
 *
 * The request id is the line's number; by it an answer finds its slot. An
 * answer to a line that is done already (a repeat crossed it) is dropped.
 *
 * A daemon that waits for its database answers no ticket but every ping. So a
 * ping goes out before a ticket is sent again or given up in a silence, and
 * only when it, too, stays without an answer is nobody there.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "ctl_client.h"
#include "ctl_command.h"
#include "ctl_input.h"
#include "ctl_tally.h"
#include "ctl_text.h"
#include "endpoint.h"
#include "mem.h"
#include "wire.h"

#define MEMORY ((size_t)64 * 1024 * 1024)
#define RETRY_AFTER_MAX_MS 30000
#define PING_MS 3000 /* for its answer, unless --timeout is less */
#define FULL_MS 20 /* until a full way out is tried again */

struct push_options {
	const char *endpoint, *receipts;
	int64_t window, timeout, retries;
	bool json;
};

static const struct option_row rows[] = {
	OPTION(struct push_options, endpoint, 'e', OPTION_STRING, "ENDPOINT", NULL, 0, 0,
	    "where the daemon listens, ipc://PATH or tcp://…; without it " ENDPOINT_DEFAULT_TEXT),
	OPTION(struct push_options, window, 'w', OPTION_INTEGER, "N", "64", 1, 4096,
	    "tickets under way at a time"),
	OPTION(struct push_options, timeout, 't', OPTION_DURATION, "TIME", "10s", 10, 3600000,
	    "how long to wait for an answer before sending again"),
	OPTION(struct push_options, retries, 0, OPTION_INTEGER, "N", "10", 0, 1000000,
	    "how often one ticket is sent again"),
	OPTION(struct push_options, receipts, 0, OPTION_STRING, "FILE", NULL, 0, 0,
	    "write each answer here as a JSON line"),
	OPTION(struct push_options, json, 0, OPTION_FLAG, NULL, NULL, 0, 0,
	    "the summary as one JSON object"),
};

struct push_slot {
	bool used;
	size_t line;
	char *id, *audience;
	struct strbuf message;
	int64_t sends;
	int64_t first_us; /* of its first send */
	int64_t sent_us;  /* of its last one */
	int64_t asked_us; /* when a ping was to tell about the silence since, or 0 */
	int64_t due_us;   /* when to send (again) */
};

struct push {
	const struct push_options *options;
	char *endpoint;
	struct ctl_client *client;
	struct ctl_input *input;
	int fd;
	bool end; /* of the input */
	struct arena *arena;
	struct push_slot *slots;
	size_t used;
	struct ctl_tally tally;
	int64_t heard_us; /* last answer, to a ping too; 0 = never */
	int64_t ping_us;  /* last ping */
	bool told;        /* of this silence */
	const char *gone; /* why it was given up as a whole */
};

static int64_t
push_now(void)
{
	return clock_monotonic_us(&clock_system);
}

static struct ctl_tally_ticket
slot_ticket(const struct push_slot *slot)
{
	return (struct ctl_tally_ticket){slot->line, str_of(slot->id), str_of(slot->audience)};
}

static void
slot_free(struct push *push, struct push_slot *slot)
{
	free(slot->id);
	free(slot->audience);
	slot->id = slot->audience = NULL;
	slot->used = false;
	push->used--;
}

static void
slot_fill(struct push *push, const struct ctl_item *item)
{
	struct push_slot *slot = push->slots;
	char number[32];

	while (slot->used)
		slot++;
	snprintf(number, sizeof(number), "%zu", item->line);
	slot->used = true;
	slot->line = item->line;
	slot->id = mem_strdup(item->content.id.p);
	slot->audience =
	    mem_strdup(item->content.ticket.audience.p != NULL ? item->content.ticket.audience.p
							       : "");
	strbuf_clear(&slot->message);
	wire_encode_request(WIRE_SUBMIT, str_of(number), item->content.id,
	    &item->content.ticket, &slot->message);
	slot->sends = 0;
	slot->asked_us = 0;
	slot->due_us = 0;
	push->used++;
}

/* Takes one line. 0, or -1 after saying why reading failed. */
static int
push_read(struct push *push)
{
	struct ctl_item item;
	struct err err;
	int got;

	arena_reset(push->arena);
	got = ctl_input_next(push->input, push->arena, &item, &err);
	if (got <= 0) {
		push->end = true;
		if (got < 0)
			ctl_complain("push: %s", err.text);
		return got;
	}
	push->tally.read++;
	if (item.valid && item.content.id.p == NULL)
		ctl_item_fail(&item, push->arena, "id", "required", "the id is the key: required");
	if (item.valid) {
		slot_fill(push, &item);
	} else {
		push->tally.refused++;
		ctl_tally_progress_end(&push->tally);
		ctl_item_complain(&item, "push");
	}
	ctl_item_clear(&item);
	return 0;
}

/* Nothing was ever heard, or nothing since this ticket was first sent, for
 * all its repeats: then nobody is there, and the rest need not be tried. */
static bool
push_is_dead(const struct push *push, const struct push_slot *slot)
{
	return push->heard_us < slot->first_us;
}

static void
slot_give_up(struct push *push, struct push_slot *slot)
{
	struct ctl_tally_ticket ticket = slot_ticket(slot);

	if (push_is_dead(push, slot)) {
		push->gone = "no answer any more from";
		return;
	}
	ctl_tally_silent(&push->tally, &ticket);
	slot_free(push, slot);
}

/* One for all tickets that wait for one. That none can be sent is silence too. */
static void
push_ping(struct push *push, int64_t now_us)
{
	struct strbuf request;

	if (now_us - push->ping_us < FULL_MS * 1000)
		return;
	push->ping_us = now_us;
	strbuf_init(&request, 0);
	wire_encode_request(WIRE_PING, STR("ping"), (struct str){NULL, 0}, NULL, &request);
	ctl_client_send(push->client, strbuf_str(&request), NULL);
	strbuf_fini(&request);
}

/* After silence: true while a ping is to tell whether anybody is there. */
static bool
slot_asks(struct push *push, struct push_slot *slot, int64_t now_us)
{
	int64_t timeout = push->options->timeout < PING_MS ? push->options->timeout : PING_MS;

	if (slot->sends == 0 || slot->asked_us != 0 || push->heard_us > slot->sent_us)
		return false;
	push_ping(push, now_us);
	slot->asked_us = now_us;
	slot->due_us = now_us + timeout * 1000;
	return true;
}

/* Says once in a silence that it goes on. */
static void
push_tell(struct push *push)
{
	if (!push->tally.progress || push->told)
		return;
	push->told = true;
	ctl_tally_progress_end(&push->tally);
	ctl_complain("push: no answer yet; trying again");
}

static int
slot_send(struct push *push, struct push_slot *slot, int64_t now_us)
{
	struct err err;
	int got;

	if (slot_asks(push, slot, now_us))
		return 0;
	if (slot->sends > 0 && push->heard_us == 0) {
		push->gone = "nobody answers at";
		return 0;
	}
	if (slot->sends > push->options->retries) {
		slot_give_up(push, slot);
		return 0;
	}
	got = ctl_client_send(push->client, strbuf_str(&slot->message), &err);
	if (got < 0) {
		ctl_complain("push: %s", err.text);
		return -1;
	}
	if (got > 0) {
		slot->due_us = now_us + FULL_MS * 1000;
		return 0;
	}
	if (slot->sends == 0)
		slot->first_us = now_us;
	if (slot->asked_us != 0)
		push_tell(push);
	push->tally.resent += slot->sends > 0;
	slot->sends++;
	slot->sent_us = now_us;
	slot->asked_us = 0;
	slot->due_us = now_us + push->options->timeout * 1000;
	return 0;
}

/* Sends what is due; *next_us = when something is due again. */
static int
push_send(struct push *push, int64_t *next_us)
{
	int64_t now_us = push_now();

	*next_us = now_us + 1000000;
	for (int64_t i = 0; i < push->options->window && push->gone == NULL; i++) {
		struct push_slot *slot = &push->slots[i];

		if (slot->used && slot->due_us <= now_us && slot_send(push, slot, now_us) < 0)
			return -1;
		if (slot->used && slot->due_us < *next_us)
			*next_us = slot->due_us;
	}
	return 0;
}

static struct push_slot *
push_find(struct push *push, const struct wire_token *id)
{
	char text[32];
	size_t line;

	if (id->type != WIRE_TOKEN_STR || id->bytes.n == 0 || id->bytes.n >= sizeof(text))
		return NULL;
	snprintf(text, sizeof(text), "%.*s", STR_ARG(id->bytes));
	line = strtoull(text, NULL, 10);
	for (int64_t i = 0; i < push->options->window; i++)
		if (push->slots[i].used && push->slots[i].line == line)
			return &push->slots[i];
	return NULL;
}

static void
push_answer(struct push *push, const struct wire_answer *answer)
{
	struct push_slot *slot = push_find(push, &answer->id);
	struct ctl_tally_ticket ticket;
	int64_t after_ms = answer->retry_after_ms;

	if (slot == NULL)
		return;
	push->told = false;
	if (answer->status == WIRE_RETRY && slot->sends <= push->options->retries) {
		if (after_ms > RETRY_AFTER_MAX_MS)
			after_ms = RETRY_AFTER_MAX_MS;
		/* A window of tickets that was refused together need not come back
		 * at one instant: spread over another half. */
		after_ms += after_ms / 2 * (int64_t)(slot->line % 8) / 8;
		slot->due_us = push_now() + after_ms * 1000;
		slot->asked_us = 0;
		return;
	}
	ticket = slot_ticket(slot);
	ctl_tally_answer(&push->tally, &ticket, answer);
	slot_free(push, slot);
}

static void
push_receive(struct push *push)
{
	struct wire_answer answer;
	struct str body;

	while (ctl_client_receive(push->client, &body) > 0) {
		arena_reset(push->arena);
		push->heard_us = push_now();
		if (wire_decode_answer(push->arena, body, &answer) == 0)
			push_answer(push, &answer);
	}
}

/* Until everything is answered or given up. -1: reading or sending failed. */
static int
push_all(struct push *push)
{
	enum ctl_wake wake = CTL_WAKE_TIME;
	int64_t next_us;

	while (push->gone == NULL && !(push->end && push->used == 0)) {
		bool room = !push->end && (int64_t)push->used < push->options->window;
		bool here = room && (wake == CTL_WAKE_INPUT || ctl_input_more(push->input));

		if (here && push_read(push) < 0)
			return -1;
		if (push_send(push, &next_us) < 0)
			return -1;
		if (push->end && push->used == 0)
			break;
		room = !push->end && (int64_t)push->used < push->options->window;
		here = room && ctl_input_more(push->input);
		wake = ctl_client_wait(push->client, room ? push->fd : -1,
		    here ? 0 : (next_us - push_now() + 999) / 1000);
		push_receive(push);
		ctl_tally_progress(&push->tally, push_now());
	}
	return 0;
}

static enum ctl_exit
push_summary(struct push *push, int failure)
{
	struct strbuf out;
	int64_t now_us = push_now();

	ctl_tally_progress_end(&push->tally);
	strbuf_init(&out, 0);
	if (push->options->json)
		ctl_tally_json(&push->tally, now_us, &out);
	else if (push->tally.read > 0 && push->heard_us != 0)
		ctl_tally_text(&push->tally, now_us, &out);
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
	if (push->gone != NULL) {
		ctl_complain("push: %s %s; is triaged running? Pushing the same file again is "
			     "safe: nothing is stored twice",
		    push->gone, push->endpoint);
		return CTL_UNAVAILABLE;
	}
	return failure < 0 || ctl_tally_failed(&push->tally) ? CTL_FAILED : CTL_OK;
}

/* Answers hold people's words and follow-up tokens: for their owner only. */
static FILE *
push_receipts(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *stream = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (stream == NULL)
		ctl_complain("push: %s: %m", path);
	return stream;
}

static enum ctl_exit
push_open(struct push *push, const char *file)
{
	struct err err;

	push->fd = STDIN_FILENO;
	if (strcmp(file, "-") != 0)
		push->fd = open(file, O_RDONLY | O_CLOEXEC);
	if (push->fd < 0) {
		ctl_complain("push: %s: %m", file);
		return CTL_FAILED;
	}
	push->client = ctl_client_new(push->endpoint, &err);
	if (push->client == NULL) {
		ctl_complain("push: %s", err.text);
		return CTL_USAGE;
	}
	if (push->options->receipts != NULL) {
		push->tally.receipts = push_receipts(push->options->receipts);
		if (push->tally.receipts == NULL)
			return CTL_FAILED;
	}
	push->input = ctl_input_new(push->fd);
	push->arena = arena_new(MEMORY);
	push->slots = mem_array((size_t)push->options->window, sizeof(*push->slots));
	push->tally.total = ctl_input_count(push->fd);
	push->tally.started_us = push_now();
	push->tally.progress = isatty(STDERR_FILENO);
	return CTL_OK;
}

static enum ctl_exit
push_close(struct push *push, enum ctl_exit status)
{
	for (int64_t i = 0; push->slots != NULL && i < push->options->window; i++) {
		if (push->slots[i].used)
			slot_free(push, &push->slots[i]);
		strbuf_fini(&push->slots[i].message);
	}
	free(push->slots);
	if (push->tally.receipts != NULL && fclose(push->tally.receipts) != 0) {
		ctl_complain("push: %s: %m", push->options->receipts);
		status = status == CTL_OK ? CTL_FAILED : status;
	}
	ctl_client_free(push->client);
	ctl_input_free(push->input);
	arena_free(push->arena);
	free(push->endpoint);
	if (push->fd > STDIN_FILENO)
		close(push->fd);
	return status;
}

static enum ctl_exit
push_run(const void *arg, int count, char **operands)
{
	struct push push = {.options = arg};
	enum ctl_exit status;

	push.endpoint = push.options->endpoint != NULL ? mem_strdup(push.options->endpoint)
						       : endpoint_default();
	status = push_open(&push, count > 0 ? operands[0] : "-");
	if (status == CTL_OK)
		status = push_summary(&push, push_all(&push));
	return push_close(&push, status);
}

const struct ctl_command ctl_push_command = {
	.name = "push",
	.operands = "[FILE|-]",
	.summary = "send tickets to a running triaged and wait until they are kept",
	.about =
	    "Reads tickets as JSON Lines and submits them. A line's \"id\" is the idempotency\n"
	    "key: what is not answered in time is sent again, and pushing the same file twice\n"
	    "stores nothing twice. Exit status 1: a line was refused or never answered; 69:\n"
	    "nobody is at the endpoint, not even for a ping.\n",
	.examples =
	    "  triagectl push --endpoint ipc:///run/triaged/triaged.sock tickets.jsonl\n"
	    "  triagectl push -e ipc://build/run/triaged.sock --json < tickets.jsonl\n"
	    "  triagectl push -e … --receipts answers.jsonl --window 256 tickets.jsonl\n",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.options_size = sizeof(struct push_options),
	.operands_max = 1,
	.run = push_run,
};
