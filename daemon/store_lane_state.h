/* SPDX-License-Identifier: MIT */
/*
 * store_lane_state: what store_lane.c (the connection) and store_work.c (the
 * batch under way on it) share. Nobody else includes this.
 */
#ifndef STORE_LANE_STATE_H
#define STORE_LANE_STATE_H

#include "arena.h"
#include "pgconn.h"
#include "store_batch.h"
#include "store_fit.h"
#include "store_lane.h"

#define STORE_LANE_RANGES 64 /* a stack of halves: twice log2 of any batch */
#define STORE_LANE_EXHAUSTED_MS 500 /* the first pause, doubled each time */

enum store_lane_state {
	LANE_DOWN,     /* no connection */
	LANE_CHECKING, /* store_fit has the connection */
	LANE_UNFIT,    /* not a database to write to; looks again later */
	LANE_IDLE,
	LANE_WRITING,
	LANE_READING,  /* the first answers to what was not new */
	LANE_PAUSED,   /* before the same range again */
	LANE_EXHAUSTED /* the server has no room: probes slowly, without a batch */
};

struct store_range {
	size_t start, end;
};

struct store_lane {
	struct store_options options;
	struct store_lane_owner owner;
	unsigned number;
	enum store_lane_state state;
	struct pgconn *conn;
	struct loop_timer *timer;
	struct store_fit *fit;
	struct store_job **jobs; /* of the batch; NULL where done with */
	struct store_range ranges[STORE_LANE_RANGES]; /* what is left, the next one last */
	size_t range_count;
	int64_t given_us; /* when the batch was taken on */
	struct store_batch batch;
	struct arena *arena;  /* of one receipt */
	int64_t exhausted_ms; /* the next pause */
	bool shadow_refused;  /* by the database, on this connection */
	char complaint[512];  /* the last one logged */
};

/* store_lane.c */
void store_lane_enter(struct store_lane *lane, enum store_lane_state state);
/* Says what is wrong, once until it changes. */
void store_lane_complain(struct store_lane *lane, const char *what, const char *detail);
/* Out of service for a while, after the batch was put off. */
void store_lane_unfit(struct store_lane *lane);

/* store_work.c */
void store_work_start(struct store_lane *lane, struct store_job *const *jobs, size_t count);
/* The next range, or the same again after a pause. */
void store_work_write(struct store_lane *lane);
/* The connection is gone: what is left of the batch is for any lane. */
void store_work_lost(struct store_lane *lane);

#endif
