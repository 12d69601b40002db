/* SPDX-License-Identifier: MIT */
/*
 * load: a client that keeps a window of submits in flight and counts what
 * comes back. Everything is encoded before the clock starts, so that on a
 * shared machine its own work weighs as little as it can.
 *
 *   load_bench rules DIR                          writes DIR/corpus.yaml
 *   load_bench push ENDPOINT TICKETS WINDOW SEED [TEXTS]
 *
 * "rules" writes 600 patterns in 60 categories that the corpus hits about ten
 * times a ticket. TEXTS: a file of bodies, each followed by a NUL byte, instead of
 * the corpus's own. "push" prints one JSON object: acked per second, latency
 * percentiles, answers by status; exit 1 when an answer is anything but
 * accepted, 2 on no answer for 30 s.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "arena.h"
#include "clock.h"
#include "corpus.h"
#include "fold.h"
#include "mem.h"
#include "wire.h"

struct load {
	void *socket;
	struct str *messages;
	int64_t *sent_us;
	double *latency_ms;
	size_t count, sent, answered, accepted;
};

/* In place of tickets that there are none of. Each ends with a NUL byte. */
static int
load_read_texts(struct corpus *corpus, const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = NULL;
	size_t room = 0, count = 0;
	ssize_t n;

	if (in == NULL) {
		perror(path);
		return -1;
	}
	while ((n = getdelim(&text, &room, '\0', in)) > 0) {
		corpus->tickets =
		    mem_resize(corpus->tickets, count + 1, sizeof(corpus->tickets[0]));
		corpus->tickets[count++] = (struct str){text, (size_t)n - 1};
		text = NULL;
		room = 0;
	}
	free(text);
	fclose(in);
	corpus->ticket_count = count;
	return count > 0 ? 0 : -1;
}

static struct str
load_encode(const struct corpus *corpus, size_t number, const char *seed)
{
	struct ticket ticket = {.audience = STR("mentor"),
	    .form_locale = STR("en"),
	    .requester_name = STR("Load Bench"),
	    .subject = STR("A question about my student"),
	    .requester_email = STR("load@example.org"),
	    .body = corpus->tickets[number % corpus->ticket_count]};
	struct strbuf out;
	char key[40];

	strbuf_init(&out, 0);
	snprintf(key, sizeof(key), "load-%s-%zu", seed, number);
	wire_encode_request(WIRE_SUBMIT, (struct str){NULL, 0}, str_of(key), &ticket, &out);
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

static int
load_push(const struct corpus *corpus, char **argv)
{
	struct load load = {.count = strtoul(argv[3], NULL, 10)};
	void *context = zmq_ctx_new();
	int timeout = 30000, high_water = 0, linger = 0, status = 2;
	size_t i;

	load.messages = mem_array(load.count, sizeof(*load.messages));
	load.sent_us = mem_array(load.count, sizeof(*load.sent_us));
	load.latency_ms = mem_array(load.count, sizeof(*load.latency_ms));
	for (i = 0; i < load.count; i++)
		load.messages[i] = load_encode(corpus, i, argv[5]);
	load.socket = zmq_socket(context, ZMQ_DEALER);
	zmq_setsockopt(load.socket, ZMQ_RCVTIMEO, &timeout, sizeof(timeout));
	zmq_setsockopt(load.socket, ZMQ_SNDHWM, &high_water, sizeof(high_water));
	zmq_setsockopt(load.socket, ZMQ_RCVHWM, &high_water, sizeof(high_water));
	zmq_setsockopt(load.socket, ZMQ_LINGER, &linger, sizeof(linger));
	if (zmq_connect(load.socket, argv[2]) != 0)
		fprintf(stderr, "%s: %s\n", argv[2], zmq_strerror(zmq_errno()));
	else
		status = load_run(&load, strtoul(argv[4], NULL, 10));
	zmq_close(load.socket);
	zmq_ctx_term(context);
	for (i = 0; i < load.count; i++)
		free((void *)(uintptr_t)load.messages[i].p);
	free(load.messages);
	free(load.sent_us);
	free(load.latency_ms);
	return status;
}

static void
load_write_category(FILE *out, const char *name, const char *more)
{
	fprintf(out,
	    "  %s:\n    audience: %.*s\n    team: mentorship\n    priority: normal\n"
	    "    label: {en: Bench, fr: Banc}\n    answers:\n"
	    "      en: {subject: Bench, help: A bench.}\n"
	    "      fr: {subject: Banc, help: Un banc.}\n%s",
	    name, (int)strcspn(name, "."), name, more);
}

/* 60 categories of ten patterns each; no pattern has a quote. */
static int
load_write_rules(const struct corpus *corpus, const char *folder)
{
	struct arena *arena = arena_new(0);
	struct folded folded;
	char path[4096], name[32];
	FILE *out;
	size_t i;

	snprintf(path, sizeof(path), "%s/corpus.yaml", folder);
	out = fopen(path, "w");
	if (out == NULL) {
		perror(path);
		return 2;
	}
	fputs("categories:\n", out);
	load_write_category(out, "mentor.other", "    fallback: true\n");
	load_write_category(out, "coach.other", "    fallback: true\n");
	for (i = 0; i < 600; i++) {
		if (i % 10 == 0) {
			snprintf(name, sizeof(name), "mentor.bench_%02zu", i / 10);
			load_write_category(out, name, "");
			fputs("    signals:\n", out);
		}
		fold_text(arena, str_of(corpus->sources[i]), &folded);
		fprintf(out, "      - {pattern: '%.*s', weight: 3}\n", STR_ARG(folded.text));
	}
	arena_free(arena);
	return fclose(out) == 0 ? 0 : 2;
}

int
main(int argc, char **argv)
{
	struct corpus *corpus = mem_alloc(sizeof(*corpus));
	int status = 2;

	corpus_init(corpus, argc == 7 ? 0 : 5000, false);
	if (argc == 3 && strcmp(argv[1], "rules") == 0)
		status = load_write_rules(corpus, argv[2]);
	else if ((argc == 6 || argc == 7) && strcmp(argv[1], "push") == 0)
		status = argc == 7 && load_read_texts(corpus, argv[6]) < 0
		    ? 2 : load_push(corpus, argv);
	else
		fputs("usage: load_bench rules DIR\n"
		      "       load_bench push ENDPOINT TICKETS WINDOW SEED [TEXTS]\n", stderr);
	corpus_fini(corpus);
	free(corpus);
	return status;
}
