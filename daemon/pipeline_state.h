/* SPDX-License-Identifier: MIT */
/*
 * pipeline_state: what pipeline.c (new tickets, answers), pipeline_follow_up.c
 * (follow-ups, look-ups) and pipeline_form.c share. Nobody else includes this.
 */
#ifndef PIPELINE_STATE_H
#define PIPELINE_STATE_H

#include "pipeline.h"
#include "request.h"

#define PIPELINE_SOURCE "form"      /* until clients are authenticated */

struct pipeline {
	struct pipeline_options options;
	struct store *store;
	struct desk *desk;
	struct decider *decider;
	struct shadow *shadow; /* NULL: none */
	struct requests requests;
	struct strbuf out, scratch;
	bool full, stopping;
	int64_t denied_us; /* when a wrong token was logged last; 0: never */
	uint64_t denied;   /* since then, not logged */
};

/* pipeline.c. Each answer ends its request. */
void pipeline_enter(
    struct pipeline *pipeline, struct request *request, enum request_state state);
int64_t pipeline_elapsed_us(const struct pipeline *pipeline, int64_t since_us);
void pipeline_send_invalid(
    struct pipeline *pipeline, struct request *request, enum metric reason);
/* The database is away or slow, or we stop. */
void pipeline_send_retry(
    struct pipeline *pipeline, struct request *request, int64_t retry_after_ms);
void pipeline_send_no_memory(struct pipeline *pipeline, struct request *request);
/* conflict, denied or not found */
void pipeline_send_refusal(
    struct pipeline *pipeline, struct request *request, enum wire_status status);
void pipeline_send_receipt(struct pipeline *pipeline, struct request *request,
    enum wire_status status, const struct receipt *receipt, enum metric metric);

/* What "out" holds. */
void pipeline_send_ok(struct pipeline *pipeline, struct request *request);

/* pipeline_form.c: from DECODED on. */
void pipeline_form(struct pipeline *pipeline, struct request *request);

/* pipeline_follow_up.c: from DECODED on. */
void pipeline_follow_up_start(struct pipeline *pipeline, struct request *request);

#endif
