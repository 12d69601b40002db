/* SPDX-License-Identifier: MIT */
/*
 * load: a client that keeps a window of submits in flight and counts what
 * comes back. Everything is encoded before the clock starts, so that on a
 * shared machine its own work weighs as little as it can.
 *
 *   load_bench ENDPOINT TICKETS WINDOW SEED
 *
 * Prints one JSON object: acked per second, latency percentiles, answers by
 * status. Exit 1 when an answer is anything but accepted, 2 on no answer for
 * 30 s.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "arena.h"
#include "clock.h"
#include "mem.h"
#include "wire.h"

struct load {
	void *socket;
	struct str *messages;
	int64_t *sent_us;
	double *latency_ms;
	size_t count, sent, answered, accepted;
};

/* Words that people use around the shipped reasons, so that some patterns hit
 * in every ticket as they do in life. */
static const char *const load_words[] = {"the", "student", "has", "not", "answered", "my",
    "messages", "since", "last", "week", "and", "missed", "two", "sessions", "please", "tell",
    "me", "what", "to", "do", "I", "would", "like", "another", "mentor", "for", "him", "on",
    "Monday", "recap", "received", "nothing", "this", "month", "project", "course", "we",
    "talked", "about", "it", "yesterday", "évaluation", "merci", "étudiant", "depuis",
    "semaine", "bonjour", "je", "n'ai", "pas", "reçu", "réponse", "mon", "parcours", "un",
    "autre", "pour", "session", "prévenu", "mentorat", "holiday", "platform", "question"};

static unsigned
load_random(unsigned *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static struct str
load_encode(size_t number, unsigned *state)
{
	const size_t words = sizeof(load_words) / sizeof(*load_words);
	struct ticket ticket = {.audience = STR("mentor"),
	    .form_locale = STR("en"),
	    .requester_name = STR("Load Bench"),
	    .subject = STR("A question about my student"),
	    .requester_email = STR("load@example.org")};
	struct strbuf body, out;
	size_t wanted = 600 + load_random(state) % 900;
	char key[40];

	strbuf_init(&body, 0);
	strbuf_init(&out, 0);
	while (body.n < wanted) {
		strbuf_puts(&body, load_words[load_random(state) % words]);
		strbuf_puts(&body, load_random(state) % 12 == 0 ? ". " : " ");
	}
	ticket.body = strbuf_str(&body);
	snprintf(key, sizeof(key), "load-%u-%zu", *state, number);
	wire_encode_request(WIRE_SUBMIT, (struct str){NULL, 0}, str_of(key), &ticket, &out);
	strbuf_fini(&body);
	return (struct str){out.p, out.n};
}

static void
load_send(struct load *load)
{
	/* The place in line travels as a frame of the envelope, which comes back. */
	uint32_t number = (uint32_t)load->sent;

	load->sent_us[load->sent] = clock_monotonic_us(&clock_system);
	zmq_send(load->socket, &number, sizeof(number), ZMQ_SNDMORE);
	zmq_send(load->socket, load->messages[load->sent].p, load->messages[load->sent].n, 0);
	load->sent++;
}

static int
load_receive(struct load *load)
{
	static const char wanted[] = "accepted";
	char answer[65536];
	uint32_t number;
	int n;

	if (zmq_recv(load->socket, &number, sizeof(number), 0) != sizeof(number) ||
	    number >= load->count)
		return -1;
	n = zmq_recv(load->socket, answer, sizeof(answer), 0);
	if (n < 0)
		return -1;
	load->latency_ms[load->answered++] =
	    (double)(clock_monotonic_us(&clock_system) - load->sent_us[number]) / 1000;
	if (memmem(answer, (size_t)n, wanted, sizeof(wanted) - 1) != NULL)
		load->accepted++;
	return 0;
}

static int
load_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int
load_run(struct load *load, size_t window)
{
	int64_t start = clock_monotonic_us(&clock_system);
	double seconds;

	while (load->answered < load->count) {
		while (load->sent < load->count && load->sent - load->answered < window)
			load_send(load);
		if (load_receive(load) != 0) {
			fprintf(stderr, "no answer for 30 s after %zu\n", load->answered);
			return 2;
		}
	}
	seconds = (double)(clock_monotonic_us(&clock_system) - start) / 1e6;
	qsort(load->latency_ms, load->count, sizeof(double), load_compare);
	printf("{\"tickets\":%zu,\"window\":%zu,\"seconds\":%.3f,\"per_second\":%.0f,"
	       "\"p50_ms\":%.1f,\"p99_ms\":%.1f,\"accepted\":%zu}\n",
	    load->count, window, seconds, (double)load->count / seconds,
	    load->latency_ms[load->count / 2], load->latency_ms[load->count * 99 / 100],
	    load->accepted);
	return load->accepted == load->count ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct load load = {0};
	void *context = zmq_ctx_new();
	int timeout = 30000, high_water = 0, linger = 0, status;
	unsigned state;
	size_t i;

	if (argc != 5) {
		fprintf(stderr, "usage: load_bench ENDPOINT TICKETS WINDOW SEED\n");
		return 2;
	}
	load.count = strtoul(argv[2], NULL, 10);
	state = (unsigned)strtoul(argv[4], NULL, 10);
	load.messages = mem_array(load.count, sizeof(*load.messages));
	load.sent_us = mem_array(load.count, sizeof(*load.sent_us));
	load.latency_ms = mem_array(load.count, sizeof(*load.latency_ms));
	for (i = 0; i < load.count; i++)
		load.messages[i] = load_encode(i, &state);
	load.socket = zmq_socket(context, ZMQ_DEALER);
	zmq_setsockopt(load.socket, ZMQ_RCVTIMEO, &timeout, sizeof(timeout));
	zmq_setsockopt(load.socket, ZMQ_SNDHWM, &high_water, sizeof(high_water));
	zmq_setsockopt(load.socket, ZMQ_RCVHWM, &high_water, sizeof(high_water));
	zmq_setsockopt(load.socket, ZMQ_LINGER, &linger, sizeof(linger));
	if (zmq_connect(load.socket, argv[1]) != 0) {
		fprintf(stderr, "%s: %s\n", argv[1], zmq_strerror(zmq_errno()));
		return 2;
	}
	status = load_run(&load, strtoul(argv[3], NULL, 10));
	zmq_close(load.socket);
	zmq_ctx_term(context);
	for (i = 0; i < load.count; i++)
		free((void *)load.messages[i].p);
	free(load.messages);
	free(load.sent_us);
	free(load.latency_ms);
	return status;
}
