/* SPDX-License-Identifier: MIT */
/*
 * store_lane: one connection of the store with one batch under way.
 *
 *   DOWN ── ready ──▶ CHECKING ──▶ IDLE ◀──▶ WRITING ──▶ READING
 *                        └─▶ UNFIT        ├─▶ PAUSED, and again
 *                                         └─▶ EXHAUSTED
 *
 * A batch is sorted by key and kept as a stack of ranges: a range that the
 * database refuses is halved until the culprit is alone, so that it fails
 * alone. What was not new is read in a second statement.
 */
#ifndef STORE_LANE_H
#define STORE_LANE_H

#include "store.h"

struct store_lane;

struct store_lane_owner {
	/* A statement took too long, or there was no room: what is wrong. */
	void (*trouble)(void *arg, const char *what);
	/* A statement of a batch was done. */
	void (*works)(void *arg);
	/* The state has changed: it may be idle now, or out of service. */
	void (*changed)(void *arg, struct store_lane *lane);
	/* The result of one job of the batch. */
	void (*finished)(void *arg, struct store_job *job, const struct store_result *result);
	/* The job is to be done again, by any lane. */
	void (*again)(void *arg, struct store_job *job);
	void *arg;
};

struct store_lane *store_lane_new(struct loop *loop, unsigned number,
    const struct store_options *options, const struct store_lane_owner *owner);
void store_lane_free(struct store_lane *lane);

bool store_lane_is_idle(const struct store_lane *lane);
/* It writes, or will when asked. */
bool store_lane_is_available(const struct store_lane *lane);
bool store_lane_is_busy(const struct store_lane *lane);
/* Only when idle. Takes 1..options.batch jobs. */
void store_lane_give(struct store_lane *lane, struct store_job *const *jobs, size_t count);

/* For this connection's later checks, and the next connection's. */
void store_lane_use_policy(struct store_lane *lane, struct policy *policy);
/* What was wrong last; "" when all is well. */
const char *store_lane_wrong(const struct store_lane *lane);

#endif
