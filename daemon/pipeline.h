/* SPDX-License-Identifier: MIT */
/*
 * pipeline: the way of each request, and the only place that knows what comes
 * next; the states and where one may go from each are in request.h.
 *
 * Only READING and STORING wait for something. Every request gets exactly one
 * answer, or none when the process ends first; an accepted one only after its
 * commit.
 */
#ifndef PIPELINE_H
#define PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "desk.h"
#include "metrics.h"
#include "policy.h"
#include "store.h"
#include "str.h"

struct pipeline_options {
	struct policy *policy;
	struct metrics *metrics;
	const struct clock *clock;
	bool accept_received_at; /* the sender's received_at is the clock */
	int64_t in_flight;       /* requests at the same time, at most */
	int64_t memory;          /* bytes that they take, about, at most */
	/* The answer, exactly once per origin; then the origin is the callee's again. */
	void (*answer)(void *arg, void *origin, struct str body);
	/* No more requests, please (full), or again some. */
	void (*full)(void *arg, bool full);
	/* Nothing is in flight any more; only after pipeline_stop(). */
	void (*empty)(void *arg);
	void *arg;
};

struct pipeline;

struct pipeline *pipeline_new(const struct pipeline_options *options);
/* Requests in flight are answered "retry". */
void pipeline_free(struct pipeline *pipeline);
/* Before the first request. Its results come to pipeline_stored(). */
void pipeline_use_store(struct pipeline *pipeline, struct store *store);
void pipeline_stored(void *pipeline, struct store_job *job, const struct store_result *result);
/* The same for follow-ups and look-ups. */
void pipeline_use_desk(struct pipeline *pipeline, struct desk *desk);
void pipeline_desk_done(
    void *pipeline, struct desk_job *job, const struct desk_result *result);

/* New requests are decided by this policy; those under way keep theirs. 0, or -1
 * without memory: nothing has changed. */
int pipeline_use_policy(struct pipeline *pipeline, struct policy *policy);

/* New tickets are decided by this policy too; that is only recorded. 0, or -1 without
 * memory: nothing has changed. */
int pipeline_use_shadow(struct pipeline *pipeline, struct policy *policy);

/* One message. May answer before it returns. body may go afterwards. */
void pipeline_receive(struct pipeline *pipeline, struct str body, void *origin);
/* Calls empty() as soon as nothing is in flight, perhaps at once. */
void pipeline_stop(struct pipeline *pipeline);

#endif
