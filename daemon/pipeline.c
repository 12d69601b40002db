/* SPDX-License-Identifier: MIT */
#include "pipeline.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "decide.h"
#include "limits.h"
#include "log.h"
#include "mem.h"
#include "pipeline_answer.h"
#include "wire.h"

/* A ticket and what is made of it: decoded, folded, decided, as JSON. */
#define REQUEST_BYTES ((size_t)16 * LIMIT_MESSAGE_BYTES)
/* What a request takes beside its arena: itself, its envelope, and the block of
 * input that ZeroMQ keeps for a frame of that which is not short. */
#define REQUEST_OWN_BYTES (sizeof(struct request) + 10240)
#define SPARE_REQUESTS 256 /* kept for the next ones, with their first block */
#define FULL_RETRY_MS 1000 /* no memory for a request */
#define SOURCE "form"      /* until clients are authenticated */

enum request_state {
	REQUEST_RECEIVED,
	REQUEST_DECODED,
	REQUEST_DECIDED,
	REQUEST_STORING,
	REQUEST_ANSWERED,
	REQUEST_REFUSED,
	REQUEST_DONE,
	REQUEST_STATES
};

static const char *const state_names[REQUEST_STATES] = {
    "RECEIVED", "DECODED", "DECIDED", "STORING", "ANSWERED", "REFUSED", "DONE"};

#define TO(state) (1u << REQUEST_##state)
/* Where a request may go from each state. ANSWERED out of DECODED is a ping,
 * out of DECIDED a preview. */
static const unsigned next_states[REQUEST_STATES] = {
    [REQUEST_RECEIVED] = TO(DECODED) | TO(REFUSED),
    [REQUEST_DECODED] = TO(DECIDED) | TO(ANSWERED) | TO(REFUSED),
    [REQUEST_DECIDED] = TO(STORING) | TO(ANSWERED) | TO(REFUSED),
    [REQUEST_STORING] = TO(ANSWERED) | TO(REFUSED),
    [REQUEST_ANSWERED] = TO(DONE),
    [REQUEST_REFUSED] = TO(DONE),
};

struct request {
	TAILQ_ENTRY(request) link; /* in the list of its state */
	enum request_state state;
	void *origin;
	int64_t started_us;
	size_t weight; /* its memory, about */
	struct policy *policy;
	struct arena *arena;
	struct wire_request wire;
	struct decision decision;
	struct store_job job;
};
TAILQ_HEAD(requests, request);

struct pipeline {
	struct pipeline_options options;
	struct store *store;
	struct decider *decider;
	struct requests in[REQUEST_STATES]; /* DONE: spare ones */
	int64_t count[REQUEST_STATES];
	int64_t memory;
	struct strbuf out, scratch;
	bool full, stopping;
};

/* States -------------------------------------------------------------------- */

static void
enter(struct pipeline *pipeline, struct request *request, enum request_state state)
{
	if ((next_states[request->state] & 1u << state) == 0) {
		log_error("request went from %s to %s", state_names[request->state],
		    state_names[state]);
		abort();
	}
	TAILQ_REMOVE(&pipeline->in[request->state], request, link);
	pipeline->count[request->state]--;
	request->state = state;
	TAILQ_INSERT_TAIL(&pipeline->in[state], request, link);
	pipeline->count[state]++;
}

static int64_t
in_flight(const struct pipeline *pipeline)
{
	int64_t total = 0;
	size_t i;

	for (i = 0; i < REQUEST_DONE; i++)
		total += pipeline->count[i];
	return total;
}

/* Stops the sender at the limit, and lets it go on at three quarters. */
static void
press(struct pipeline *pipeline)
{
	const struct pipeline_options *options = &pipeline->options;
	int64_t now = in_flight(pipeline);
	bool full = pipeline->full;

	options->metrics->value[METRIC_IN_FLIGHT] = (uint64_t)now;
	if (now >= options->in_flight || pipeline->memory >= options->memory)
		full = true;
	else if (now <= options->in_flight / 4 * 3 && pipeline->memory <= options->memory / 4 * 3)
		full = false;
	if (full != pipeline->full) {
		pipeline->full = full;
		options->full(options->arg, full);
	}
}

/* Counts what a request takes now, from its reception to its answer. */
static void
weigh(struct pipeline *pipeline, struct request *request, size_t weight)
{
	pipeline->memory += (int64_t)weight - (int64_t)request->weight;
	request->weight = weight;
}

static struct request *
request_new(struct pipeline *pipeline)
{
	struct request *request = TAILQ_FIRST(&pipeline->in[REQUEST_DONE]);

	if (request != NULL) {
		TAILQ_REMOVE(&pipeline->in[REQUEST_DONE], request, link);
		pipeline->count[REQUEST_DONE]--;
	} else {
		request = calloc(1, sizeof(*request));
		if (request == NULL)
			return NULL;
		request->arena = arena_new(REQUEST_BYTES);
		if (request->arena == NULL) {
			free(request);
			return NULL;
		}
	}
	request->state = REQUEST_RECEIVED;
	TAILQ_INSERT_TAIL(&pipeline->in[REQUEST_RECEIVED], request, link);
	pipeline->count[REQUEST_RECEIVED]++;
	request->started_us = clock_monotonic_us(pipeline->options.clock);
	request->policy = policy_keep(pipeline->options.policy);
	return request;
}

static void
request_free(struct request *request)
{
	arena_free(request->arena);
	free(request);
}

/* Answered: its memory is for the next one. */
static void
request_done(struct pipeline *pipeline, struct request *request)
{
	struct arena *arena = request->arena;

	enter(pipeline, request, REQUEST_DONE);
	policy_release(request->policy);
	weigh(pipeline, request, 0);
	if (pipeline->count[REQUEST_DONE] > SPARE_REQUESTS) {
		TAILQ_REMOVE(&pipeline->in[REQUEST_DONE], request, link);
		pipeline->count[REQUEST_DONE]--;
		request_free(request);
	} else {
		arena_reset(arena);
		memset(&request->job, 0, sizeof(request->job));
	}
	press(pipeline);
	if (pipeline->stopping && in_flight(pipeline) == 0)
		pipeline->options.empty(pipeline->options.arg);
}

static int64_t
elapsed_us(const struct pipeline *pipeline, int64_t since_us)
{
	return clock_monotonic_us(pipeline->options.clock) - since_us;
}

/* Answers ------------------------------------------------------------------- */

static void
send(struct pipeline *pipeline, struct request *request, enum request_state state,
    enum metric metric)
{
	void *origin = request->origin;

	enter(pipeline, request, state);
	pipeline->options.metrics->value[metric]++;
	pipeline->options.answer(pipeline->options.arg, origin, strbuf_str(&pipeline->out));
	request_done(pipeline, request);
}

static void
refuse(struct pipeline *pipeline, struct request *request, enum metric status, enum metric reason)
{
	pipeline->options.metrics->value[reason]++;
	send(pipeline, request, REQUEST_REFUSED, status);
}

static void
send_invalid(struct pipeline *pipeline, struct request *request, enum metric reason)
{
	strbuf_clear(&pipeline->out);
	wire_encode_invalid(&request->wire, &pipeline->out);
	refuse(pipeline, request, METRIC_ANSWER_INVALID, reason);
}

static void
send_retry(struct pipeline *pipeline, struct request *request, int64_t retry_after_ms,
    enum metric reason)
{
	strbuf_clear(&pipeline->out);
	wire_encode_retry(&request->wire, retry_after_ms, &pipeline->out);
	refuse(pipeline, request, METRIC_ANSWER_RETRY, reason);
}

static void
send_no_memory(struct pipeline *pipeline, struct request *request)
{
	send_retry(pipeline, request, FULL_RETRY_MS, METRIC_REFUSED_MEMORY);
}

static void
send_pong(struct pipeline *pipeline, struct request *request)
{
	strbuf_clear(&pipeline->out);
	wire_encode_status(&request->wire, WIRE_OK, STR(TRIAGED_VERSION),
	    str_of(request->policy->hash), &pipeline->out);
	send(pipeline, request, REQUEST_ANSWERED, METRIC_ANSWER_OK);
}

static void
send_receipt(struct pipeline *pipeline, struct request *request, enum wire_status status,
    const struct receipt *receipt, enum metric metric)
{
	if (status != WIRE_OK) /* a preview is no acknowledgement */
		metrics_observe(pipeline->options.metrics, DURATION_ACK,
		    elapsed_us(pipeline, request->started_us));
	strbuf_clear(&pipeline->out);
	wire_encode_receipt(&request->wire, status, receipt, &pipeline->out);
	send(pipeline, request, REQUEST_ANSWERED, metric);
}

static void
send_preview(struct pipeline *pipeline, struct request *request)
{
	struct receipt receipt;

	if (pipeline_answer_receipt(&receipt, request->arena, &request->decision,
		request->policy, NULL) < 0)
		send_no_memory(pipeline, request);
	else
		send_receipt(pipeline, request, WIRE_OK, &receipt, METRIC_ANSWER_OK);
}

/* What the store says ------------------------------------------------------- */

static void
accepted(struct pipeline *pipeline, struct request *request)
{
	const struct store_row *row = &request->job.row;
	struct receipt receipt;

	log_info("ticket=%s outcome=%.*s category=%.*s team=%.*s ms=%lld",
	    row->identity.uuid_text, STR_ARG(row->outcome), STR_ARG(row->category),
	    STR_ARG(row->team), (long long)elapsed_us(pipeline, request->started_us) / 1000);
	metrics_kept(pipeline->options.metrics, row->category, request->decision.outcome);
	if (pipeline_answer_receipt(&receipt, request->arena, &request->decision,
		request->policy, &row->identity) < 0)
		/* Kept, but not to be told: the next try finds it. */
		send_no_memory(pipeline, request);
	else
		send_receipt(
		    pipeline, request, WIRE_ACCEPTED, &receipt, METRIC_ANSWER_ACCEPTED);
}

void
pipeline_stored(void *arg, struct store_job *job, const struct store_result *result)
{
	struct pipeline *pipeline = arg;
	struct request *request =
	    (struct request *)((char *)job - offsetof(struct request, job));

	switch (result->status) {
	case STORE_ACCEPTED:
		accepted(pipeline, request);
		break;
	case STORE_DUPLICATE:
		log_debug("ticket=%.*s sent again", STR_ARG(result->receipt.ticket));
		send_receipt(pipeline, request, WIRE_DUPLICATE, &result->receipt,
		    METRIC_ANSWER_DUPLICATE);
		break;
	case STORE_CONFLICT:
		strbuf_clear(&pipeline->out);
		wire_encode_status(&request->wire, WIRE_CONFLICT, (struct str){0}, (struct str){0},
		    &pipeline->out);
		refuse(pipeline, request, METRIC_ANSWER_CONFLICT, METRIC_REFUSED_CONFLICT);
		break;
	case STORE_REFUSED:
		wire_request_error(&request->wire, STR("ticket"), STR("refused_by_database"),
		    STR("the database cannot hold this ticket"));
		send_invalid(pipeline, request, METRIC_REFUSED_DATA);
		break;
	case STORE_RETRY:
		send_retry(pipeline, request, result->retry_after_ms,
		    pipeline->stopping ? METRIC_REFUSED_STOPPING : METRIC_REFUSED_DATABASE);
		break;
	}
}

/* The steps ----------------------------------------------------------------- */

static void
store(struct pipeline *pipeline, struct request *request)
{
	struct store_row *row = &request->job.row;

	row->source = STR(SOURCE);
	row->key = request->wire.key.bytes;
	memcpy(row->digest, request->wire.digest, sizeof(row->digest));
	row->digest_version = WIRE_DIGEST_VERSION;
	row->clock_from_sender =
	    pipeline->options.accept_received_at && request->wire.ticket.has_received_at;
	store_row_name(row, clock_wall_ms(pipeline->options.clock));
	if (store_row_fill(row, request->arena, &pipeline->scratch, &request->wire.ticket,
		&request->decision, request->policy) < 0) {
		send_no_memory(pipeline, request);
		return;
	}
	weigh(pipeline, request, REQUEST_OWN_BYTES + arena_used(request->arena));
	enter(pipeline, request, REQUEST_STORING);
	store_put(pipeline->store, &request->job);
}

static int
decide_now(struct pipeline *pipeline, struct request *request)
{
	const struct ticket *ticket = &request->wire.ticket;
	int64_t now = clock_wall_ms(pipeline->options.clock);
	bool theirs = ticket->has_received_at && pipeline->options.accept_received_at;
	int64_t started_us = clock_monotonic_us(pipeline->options.clock);
	struct err err;

	memset(&request->decision, 0, sizeof(request->decision));
	if (decide(pipeline->decider, ticket, theirs ? ticket->received_at : now,
		request->arena, &request->decision, &err) < 0)
		return -1;
	metrics_observe(
	    pipeline->options.metrics, DURATION_DECIDE, elapsed_us(pipeline, started_us));
	pipeline->options.metrics->value[METRIC_PATTERN_UNDECIDED] +=
	    request->decision.undecided;
	if (ticket->has_received_at && !theirs)
		return pipeline_answer_warn(&request->decision, request->arena,
		    STR("received_at"), STR("received_at_ignored"));
	return 0;
}

static void
decided(struct pipeline *pipeline, struct request *request)
{
	if (rules_audience_find(request->policy->rules, request->wire.ticket.audience) < 0) {
		wire_request_error(&request->wire, STR("ticket.audience"),
		    STR("unknown_audience"), STR("the rules have no such audience"));
		send_invalid(pipeline, request, METRIC_REFUSED_AUDIENCE);
	} else if (decide_now(pipeline, request) < 0) {
		send_no_memory(pipeline, request);
	} else {
		enter(pipeline, request, REQUEST_DECIDED);
		if (request->wire.op == WIRE_PREVIEW)
			send_preview(pipeline, request);
		else
			store(pipeline, request);
	}
}

/* No memory for a request: the sender is told as well as can be. */
static void
turn_away(struct pipeline *pipeline, void *origin)
{
	static const struct wire_request nobody;

	pipeline->options.metrics->value[METRIC_ANSWER_RETRY]++;
	pipeline->options.metrics->value[METRIC_REFUSED_MEMORY]++;
	strbuf_clear(&pipeline->out);
	wire_encode_retry(&nobody, FULL_RETRY_MS, &pipeline->out);
	pipeline->options.answer(pipeline->options.arg, origin, strbuf_str(&pipeline->out));
}

void
pipeline_receive(struct pipeline *pipeline, struct str body, void *origin)
{
	struct request *request = request_new(pipeline);
	int invalid;

	pipeline->options.metrics->value[METRIC_RECEIVED]++;
	if (request == NULL) {
		turn_away(pipeline, origin);
		return;
	}
	request->origin = origin;
	weigh(pipeline, request, REQUEST_OWN_BYTES + body.n);
	press(pipeline);
	invalid = wire_decode(request->arena, body, &request->wire);
	if (invalid > 0) {
		send_invalid(pipeline, request, METRIC_REFUSED_MESSAGE);
	} else if (invalid < 0) {
		send_no_memory(pipeline, request);
	} else {
		enter(pipeline, request, REQUEST_DECODED);
		if (request->wire.op == WIRE_PING)
			send_pong(pipeline, request);
		else
			decided(pipeline, request);
	}
}

/* Life ---------------------------------------------------------------------- */

struct pipeline *
pipeline_new(const struct pipeline_options *options)
{
	struct pipeline *pipeline = mem_alloc(sizeof(*pipeline));
	size_t i;

	pipeline->options = *options;
	pipeline->options.policy = NULL;
	for (i = 0; i < REQUEST_STATES; i++)
		TAILQ_INIT(&pipeline->in[i]);
	strbuf_init(&pipeline->out, 0);
	strbuf_init(&pipeline->scratch, 0);
	if (pipeline_use_policy(pipeline, options->policy) < 0)
		mem_fail();
	return pipeline;
}

int
pipeline_use_policy(struct pipeline *pipeline, struct policy *policy)
{
	struct decider *decider = decider_new(policy, false);
	size_t i;

	if (decider == NULL)
		return -1;
	decider_free(pipeline->decider);
	policy_keep(policy);
	policy_release(pipeline->options.policy);
	pipeline->decider = decider;
	pipeline->options.policy = policy;
	for (i = 0; i < policy->rules->category_count; i++)
		metrics_know(pipeline->options.metrics, policy->rules->categories[i].name);
	return 0;
}

void
pipeline_use_store(struct pipeline *pipeline, struct store *to)
{
	pipeline->store = to;
}

void
pipeline_stop(struct pipeline *pipeline)
{
	pipeline->stopping = true;
	if (in_flight(pipeline) == 0)
		pipeline->options.empty(pipeline->options.arg);
}

void
pipeline_free(struct pipeline *pipeline)
{
	struct request *request;

	if (pipeline == NULL)
		return;
	pipeline->stopping = false; /* nobody waits for the end any more */
	while ((request = TAILQ_FIRST(&pipeline->in[REQUEST_STORING])) != NULL)
		send_retry(pipeline, request, FULL_RETRY_MS, METRIC_REFUSED_STOPPING);
	while ((request = TAILQ_FIRST(&pipeline->in[REQUEST_DONE])) != NULL) {
		TAILQ_REMOVE(&pipeline->in[REQUEST_DONE], request, link);
		request_free(request);
	}
	decider_free(pipeline->decider);
	policy_release(pipeline->options.policy);
	strbuf_fini(&pipeline->out);
	strbuf_fini(&pipeline->scratch);
	free(pipeline);
}
