/* SPDX-License-Identifier: MIT */
/*
 * The way of follow-ups and look-ups through the desk.
 */
#include "pipeline_state.h"

#include <stddef.h>

#include "log.h"
#include "pipeline_plan.h"

#define READINGS 5            /* of a ticket that changes meanwhile, each time */
#define CHANGED_RETRY_MS 1000 /* after the last of them */
#define DENIED_LOG_US 1000000 /* between two lines about wrong tokens */

void
pipeline_follow_up_start(struct pipeline *pipeline, struct request *request)
{
	struct desk_job *job = &request->desk;

	job->arena = request->arena;
	job->name = request->wire.named;
	job->source = STR(PIPELINE_SOURCE);
	job->key = request->wire.key.bytes;
	job->token = request->wire.token;
	request->readings++;
	pipeline_enter(pipeline, request, REQUEST_READING);
	desk_put(pipeline->desk, job,
	    request->wire.op == WIRE_LOOKUP ? DESK_LOOKUP : DESK_READ);
}

static void
follow_up_kept(struct pipeline *pipeline, struct request *request, const struct receipt *receipt)
{
	log_info("ticket=%.*s follow_up outcome=%.*s state=%.*s ms=%lld",
	    STR_ARG(receipt->ticket), STR_ARG(receipt->outcome), STR_ARG(receipt->state),
	    (long long)pipeline_elapsed_us(pipeline, request->started_us) / 1000);
	pipeline->options.metrics->value[request->follow_up]++;
	pipeline_send_receipt(pipeline, request, WIRE_ACCEPTED, receipt, METRIC_ANSWER_ACCEPTED);
}

/* By the policy of now, which is the decider's. */
static void
decide_follow_up_now(struct pipeline *pipeline, struct request *request)
{
	struct pipeline_plan plan = {
	    .wire = &request->wire,
	    .ticket = &request->desk.ticket,
	    .policy = pipeline->options.policy,
	    .decider = pipeline->decider,
	    .now_ms = clock_wall_ms(pipeline->options.clock),
	    .arena = request->arena,
	    .scratch = &pipeline->scratch,
	};

	policy_keep(pipeline->options.policy);
	policy_release(request->policy);
	request->policy = pipeline->options.policy;
	if (pipeline_plan_make(&plan) < 0) {
		pipeline_send_no_memory(pipeline, request);
		return;
	}
	pipeline->options.metrics->value[METRIC_PATTERN_UNDECIDED] += plan.decision.undecided;
	request->decision = plan.decision;
	request->receipt = plan.receipt;
	request->follow_up = plan.metric;
	request->desk.write = plan.write;
	request_weigh(&pipeline->requests, request,
	    REQUEST_OWN_BYTES + arena_used(request->arena));
	pipeline_enter(pipeline, request, REQUEST_DECIDED);
	pipeline_enter(pipeline, request, REQUEST_STORING);
	desk_put(pipeline->desk, &request->desk, DESK_WRITE);
}

/* Whoever tries tokens does not fill the log; the metric counts them all. */
static void
log_denied(struct pipeline *pipeline, const struct request *request)
{
	int64_t now = clock_monotonic_us(pipeline->options.clock);

	if (pipeline->denied_us != 0 && now - pipeline->denied_us < DENIED_LOG_US) {
		pipeline->denied++;
		return;
	}
	log_warning("ticket=%.*s follow_up denied: wrong token, others_before=%llu",
	    STR_ARG(request->desk.ticket.uuid_text), (unsigned long long)pipeline->denied);
	pipeline->denied_us = now;
	pipeline->denied = 0;
}

static void
follow_up_read(struct pipeline *pipeline, struct request *request)
{
	const struct receipt *first = &request->desk.ticket.first;

	switch (pipeline_plan_judge(&request->wire, &request->desk.ticket)) {
	case FOLLOW_UP_NEW:
		decide_follow_up_now(pipeline, request);
		break;
	case FOLLOW_UP_REPEATED:
		/* Ours, from before the connection was lost. */
		if (request->desk.written)
			follow_up_kept(pipeline, request, first);
		else
			pipeline_send_receipt(pipeline, request, WIRE_DUPLICATE, first,
			    METRIC_ANSWER_DUPLICATE);
		break;
	case FOLLOW_UP_CONFLICT:
		pipeline_send_refusal(pipeline, request, WIRE_CONFLICT);
		break;
	case FOLLOW_UP_DENIED:
		log_denied(pipeline, request);
		pipeline_send_refusal(pipeline, request, WIRE_DENIED);
		break;
	case FOLLOW_UP_TOO_MANY:
		wire_request_error(&request->wire, STR("ticket"), STR("too_many_follow_ups"),
		    STR("the ticket has as many follow-ups as it may have"));
		pipeline_send_invalid(pipeline, request, METRIC_REFUSED_DATA);
		break;
	}
}

/* Read or written, in good order. */
static void
desk_did(struct pipeline *pipeline, struct request *request)
{
	if (request->state == REQUEST_STORING)
		follow_up_kept(pipeline, request, &request->receipt);
	else if (request->wire.op == WIRE_LOOKUP)
		pipeline_send_receipt(pipeline, request, WIRE_OK, &request->desk.receipt,
		    METRIC_ANSWER_OK);
	else
		follow_up_read(pipeline, request);
}

void
pipeline_desk_done(void *arg, struct desk_job *job, const struct desk_result *result)
{
	struct pipeline *pipeline = arg;
	struct request *request =
	    (struct request *)((char *)job - offsetof(struct request, desk));

	switch (result->status) {
	case DESK_DONE:
		desk_did(pipeline, request);
		break;
	case DESK_NOT_FOUND:
		pipeline_send_refusal(pipeline, request, WIRE_NOT_FOUND);
		break;
	case DESK_CHANGED:
		if (request->readings < READINGS)
			pipeline_follow_up_start(pipeline, request);
		else
			pipeline_send_retry(pipeline, request, CHANGED_RETRY_MS);
		break;
	case DESK_REFUSED:
		wire_request_error(&request->wire, STR("body"), STR("refused_by_database"),
		    STR("the database cannot hold this follow-up"));
		pipeline_send_invalid(pipeline, request, METRIC_REFUSED_DATA);
		break;
	case DESK_RETRY:
		pipeline_send_retry(pipeline, request, result->retry_after_ms);
		break;
	}
}
