/* SPDX-License-Identifier: MIT */
#include "pipeline.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "decide.h"
#include "log.h"
#include "mem.h"
#include "pipeline_answer.h"
#include "pipeline_state.h"

#define FULL_RETRY_MS 1000 /* no memory for a request */

/* States -------------------------------------------------------------------- */

void
pipeline_enter(struct pipeline *pipeline, struct request *request, enum request_state state)
{
	request_enter(&pipeline->requests, request, state);
}

static int64_t
in_flight(const struct pipeline *pipeline)
{
	return requests_in_flight(&pipeline->requests);
}

/* Stops the sender at the limit, and lets it go on at three quarters. */
static void
press(struct pipeline *pipeline)
{
	const struct pipeline_options *options = &pipeline->options;
	int64_t now = in_flight(pipeline);
	bool full = pipeline->full;

	options->metrics->value[METRIC_IN_FLIGHT] = (uint64_t)now;
	if (now >= options->in_flight || pipeline->requests.memory >= options->memory)
		full = true;
	else if (now <= options->in_flight / 4 * 3 &&
	    pipeline->requests.memory <= options->memory / 4 * 3)
		full = false;
	if (full != pipeline->full) {
		pipeline->full = full;
		options->full(options->arg, full);
	}
}

/* Answered. */
static void
end(struct pipeline *pipeline, struct request *request)
{
	request_done(&pipeline->requests, request);
	press(pipeline);
	if (pipeline->stopping && in_flight(pipeline) == 0)
		pipeline->options.empty(pipeline->options.arg);
}

int64_t
pipeline_elapsed_us(const struct pipeline *pipeline, int64_t since_us)
{
	return clock_monotonic_us(pipeline->options.clock) - since_us;
}

/* Answers ------------------------------------------------------------------- */

static void
send(struct pipeline *pipeline, struct request *request, enum request_state state,
    enum metric metric)
{
	void *origin = request->origin;

	pipeline_enter(pipeline, request, state);
	pipeline->options.metrics->value[metric]++;
	pipeline->options.answer(pipeline->options.arg, origin, strbuf_str(&pipeline->out));
	end(pipeline, request);
}

static void
refuse(struct pipeline *pipeline, struct request *request, enum metric status, enum metric reason)
{
	pipeline->options.metrics->value[reason]++;
	send(pipeline, request, REQUEST_REFUSED, status);
}

void
pipeline_send_invalid(struct pipeline *pipeline, struct request *request, enum metric reason)
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

void
pipeline_send_retry(struct pipeline *pipeline, struct request *request, int64_t retry_after_ms)
{
	send_retry(pipeline, request, retry_after_ms,
	    pipeline->stopping ? METRIC_REFUSED_STOPPING : METRIC_REFUSED_DATABASE);
}

void
pipeline_send_no_memory(struct pipeline *pipeline, struct request *request)
{
	send_retry(pipeline, request, FULL_RETRY_MS, METRIC_REFUSED_MEMORY);
}

void
pipeline_send_refusal(struct pipeline *pipeline, struct request *request, enum wire_status status)
{
	static const enum metric metrics[][2] = {
	    [WIRE_CONFLICT] = {METRIC_ANSWER_CONFLICT, METRIC_REFUSED_CONFLICT},
	    [WIRE_DENIED] = {METRIC_ANSWER_DENIED, METRIC_REFUSED_TOKEN},
	    [WIRE_NOT_FOUND] = {METRIC_ANSWER_NOT_FOUND, METRIC_REFUSED_UNKNOWN},
	};

	strbuf_clear(&pipeline->out);
	wire_encode_status(&request->wire, status, (struct str){0}, (struct str){0},
	    &pipeline->out);
	refuse(pipeline, request, metrics[status][0], metrics[status][1]);
}

void
pipeline_send_ok(struct pipeline *pipeline, struct request *request)
{
	send(pipeline, request, REQUEST_ANSWERED, METRIC_ANSWER_OK);
}

static void
send_pong(struct pipeline *pipeline, struct request *request)
{
	strbuf_clear(&pipeline->out);
	wire_encode_status(&request->wire, WIRE_OK, STR(TRIAGED_VERSION),
	    str_of(request->policy->hash), &pipeline->out);
	pipeline_send_ok(pipeline, request);
}

void
pipeline_send_receipt(struct pipeline *pipeline, struct request *request, enum wire_status status,
    const struct receipt *receipt, enum metric metric)
{
	if (status != WIRE_OK) /* a look-up is no acknowledgement */
		metrics_observe(pipeline->options.metrics, DURATION_ACK,
		    pipeline_elapsed_us(pipeline, request->started_us));
	strbuf_clear(&pipeline->out);
	wire_encode_receipt(&request->wire, status, receipt, &pipeline->out);
	send(pipeline, request, REQUEST_ANSWERED, metric);
}

static void
send_preview(struct pipeline *pipeline, struct request *request)
{
	struct receipt receipt;

	if (pipeline_answer_receipt(&receipt, request->arena, &request->decision,
		request->policy, NULL) < 0) {
		pipeline_send_no_memory(pipeline, request);
		return;
	}
	strbuf_clear(&pipeline->out);
	wire_encode_preview(&request->wire, &receipt, &request->decision, request->policy->rules,
	    &pipeline->out);
	pipeline_send_ok(pipeline, request);
}

/* What the store says ------------------------------------------------------- */

_Static_assert(METRIC_SHADOW_MISSING - METRIC_SHADOW_CATEGORY == SHADOW_PARTS - 1,
    "metrics and the parts that a shadow policy compares differ");

static void
count_shadow(const struct pipeline *pipeline, const struct shadow_decision *decision)
{
	uint64_t *value = pipeline->options.metrics->value;
	int part;

	if (decision->verdict == SHADOW_OFF)
		return;
	value[METRIC_SHADOW_FAILED + decision->verdict - SHADOW_FAILED]++;
	/* One that could not be kept says nothing. */
	for (part = 0; decision->verdict == SHADOW_DIFFERENT && part < SHADOW_PARTS; part++)
		value[METRIC_SHADOW_CATEGORY + part] += decision->differs >> part & 1;
}

static void
accepted(struct pipeline *pipeline, struct request *request)
{
	const struct store_row *row = &request->job.row;
	struct receipt receipt;

	log_info("ticket=%s outcome=%.*s category=%.*s team=%.*s ms=%lld",
	    row->identity.uuid_text, STR_ARG(row->outcome), STR_ARG(row->category),
	    STR_ARG(row->team),
	    (long long)pipeline_elapsed_us(pipeline, request->started_us) / 1000);
	metrics_kept(pipeline->options.metrics, row->category, request->decision.outcome);
	count_shadow(pipeline, &row->shadow);
	if (pipeline_answer_receipt(&receipt, request->arena, &request->decision,
		request->policy, &row->identity) < 0)
		/* Kept, but not to be told: the next try finds it. */
		pipeline_send_no_memory(pipeline, request);
	else
		pipeline_send_receipt(
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
		pipeline_send_receipt(pipeline, request, WIRE_DUPLICATE, &result->receipt,
		    METRIC_ANSWER_DUPLICATE);
		break;
	case STORE_CONFLICT:
		pipeline_send_refusal(pipeline, request, WIRE_CONFLICT);
		break;
	case STORE_REFUSED:
		wire_request_error(&request->wire, STR("ticket"), STR("refused_by_database"),
		    STR("the database cannot hold this ticket"));
		pipeline_send_invalid(pipeline, request, METRIC_REFUSED_DATA);
		break;
	case STORE_RETRY:
		pipeline_send_retry(pipeline, request, result->retry_after_ms);
		break;
	}
}

/* The steps ----------------------------------------------------------------- */

static void
store(struct pipeline *pipeline, struct request *request)
{
	struct store_row *row = &request->job.row;

	row->source = STR(PIPELINE_SOURCE);
	row->key = request->wire.key.bytes;
	memcpy(row->digest, request->wire.digest, sizeof(row->digest));
	row->digest_version = WIRE_DIGEST_VERSION;
	row->clock_from_sender =
	    pipeline->options.accept_received_at && request->wire.ticket.has_received_at;
	store_row_name(row, clock_wall_ms(pipeline->options.clock));
	if (store_row_fill(row, request->arena, &pipeline->scratch, &request->wire.ticket,
		&request->decision, request->policy) < 0) {
		pipeline_send_no_memory(pipeline, request);
		return;
	}
	if (pipeline->shadow != NULL)
		shadow_decide(pipeline->shadow, &request->wire.ticket, &request->decision,
		    request->arena, &row->shadow);
	request_weigh(&pipeline->requests, request, REQUEST_OWN_BYTES + arena_used(request->arena));
	pipeline_enter(pipeline, request, REQUEST_STORING);
	store_put(pipeline->store, &request->job);
}

static int
decide_now(struct pipeline *pipeline, struct request *request)
{
	const struct ticket *ticket = &request->wire.ticket;
	int64_t now = clock_wall_ms(pipeline->options.clock);
	int64_t started_us = clock_monotonic_us(pipeline->options.clock);
	bool theirs = ticket->has_received_at && pipeline->options.accept_received_at;
	struct err err;

	memset(&request->decision, 0, sizeof(request->decision));
	if (decide(pipeline->decider, ticket, theirs ? ticket->received_at : now,
		request->arena, &request->decision, &err) < 0)
		return -1;
	metrics_observe(pipeline->options.metrics, DURATION_DECIDE,
	    pipeline_elapsed_us(pipeline, started_us));
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
		pipeline_send_invalid(pipeline, request, METRIC_REFUSED_AUDIENCE);
	} else if (decide_now(pipeline, request) < 0) {
		pipeline_send_no_memory(pipeline, request);
	} else {
		pipeline_enter(pipeline, request, REQUEST_DECIDED);
		if (request->wire.op == WIRE_PREVIEW)
			send_preview(pipeline, request);
		else
			store(pipeline, request);
	}
}

/* Messages ------------------------------------------------------------------ */

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
	struct request *request = request_new(&pipeline->requests, pipeline->options.policy,
	    clock_monotonic_us(pipeline->options.clock));
	int invalid;

	pipeline->options.metrics->value[METRIC_RECEIVED]++;
	if (request == NULL) {
		turn_away(pipeline, origin);
		return;
	}
	request->origin = origin;
	request_weigh(&pipeline->requests, request, REQUEST_OWN_BYTES + body.n);
	press(pipeline);
	invalid = wire_decode(request->arena, body, &request->wire);
	if (invalid > 0) {
		pipeline_send_invalid(pipeline, request, METRIC_REFUSED_MESSAGE);
	} else if (invalid < 0) {
		pipeline_send_no_memory(pipeline, request);
	} else {
		pipeline_enter(pipeline, request, REQUEST_DECODED);
		if (request->wire.op == WIRE_PING)
			send_pong(pipeline, request);
		else if (request->wire.op == WIRE_FORM)
			pipeline_form(pipeline, request);
		else if (request->wire.op == WIRE_FOLLOW_UP || request->wire.op == WIRE_LOOKUP)
			pipeline_follow_up_start(pipeline, request);
		else
			decided(pipeline, request);
	}
}

/* Life ---------------------------------------------------------------------- */

struct pipeline *
pipeline_new(const struct pipeline_options *options)
{
	struct pipeline *pipeline = mem_alloc(sizeof(*pipeline));

	pipeline->options = *options;
	pipeline->options.policy = NULL;
	requests_init(&pipeline->requests);
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

int
pipeline_use_shadow(struct pipeline *pipeline, struct policy *policy)
{
	struct shadow *shadow = shadow_new(policy);

	if (shadow == NULL)
		return -1;
	shadow_free(pipeline->shadow);
	pipeline->shadow = shadow;
	return 0;
}

void
pipeline_use_store(struct pipeline *pipeline, struct store *to)
{
	pipeline->store = to;
}

void
pipeline_use_desk(struct pipeline *pipeline, struct desk *desk)
{
	pipeline->desk = desk;
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
	while ((request = TAILQ_FIRST(&pipeline->requests.in[REQUEST_READING])) != NULL ||
	    (request = TAILQ_FIRST(&pipeline->requests.in[REQUEST_STORING])) != NULL)
		send_retry(pipeline, request, FULL_RETRY_MS, METRIC_REFUSED_STOPPING);
	requests_fini(&pipeline->requests);
	decider_free(pipeline->decider);
	shadow_free(pipeline->shadow);
	policy_release(pipeline->options.policy);
	strbuf_fini(&pipeline->out);
	strbuf_fini(&pipeline->scratch);
	free(pipeline);
}
