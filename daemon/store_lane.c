/* SPDX-License-Identifier: MIT */
#include "store_lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "mem.h"
#include "store_lane_state.h"
#include "store_sql.h"

#define CONNECT_DEADLINE_MS 5000
#define UNFIT_PAUSE_MS 5000
#define RECEIPT_BYTES 262144

void
store_lane_enter(struct store_lane *lane, enum store_lane_state state)
{
	lane->state = state;
	lane->owner.changed(lane->owner.arg, lane);
}

void
store_lane_complain(struct store_lane *lane, const char *what, const char *detail)
{
	char text[sizeof(lane->complaint)];

	snprintf(text, sizeof(text), "%s: %s", what, detail);
	if (strcmp(text, lane->complaint) == 0)
		return;
	memcpy(lane->complaint, text, sizeof(text));
	log_error("database=%u %s", lane->number, text);
}

bool
store_lane_is_idle(const struct store_lane *lane)
{
	/* A connection that has just failed says so in the next turn of the loop. */
	return lane->state == LANE_IDLE && pgconn_is_idle(lane->conn);
}

bool
store_lane_is_busy(const struct store_lane *lane)
{
	return lane->state == LANE_WRITING || lane->state == LANE_READING ||
	    lane->state == LANE_PAUSED;
}

bool
store_lane_is_available(const struct store_lane *lane)
{
	return lane->state == LANE_IDLE || store_lane_is_busy(lane);
}

void
store_lane_unfit(struct store_lane *lane)
{
	store_lane_enter(lane, LANE_UNFIT);
	loop_timer_set(lane->timer, UNFIT_PAUSE_MS);
}

void
store_lane_give(struct store_lane *lane, struct store_job *const *jobs, size_t count)
{
	store_work_start(lane, jobs, count);
}

void
store_lane_use_policy(struct store_lane *lane, struct policy *policy)
{
	lane->options.policy = policy;
	store_fit_use_policy(lane->fit, policy);
}

const char *
store_lane_wrong(const struct store_lane *lane)
{
	return lane->complaint;
}

/* The connection ------------------------------------------------------------- */

static void
fit_known(void *arg, enum pgconn_class class, const char *reason)
{
	struct store_lane *lane = arg;

	if (class == PGCONN_OK) {
		lane->complaint[0] = '\0';
		log_info("database=%u ready policy=%.12s", lane->number,
		    lane->options.policy->hash);
		store_lane_enter(lane, LANE_IDLE);
	} else if (class == PGCONN_LOST) {
		store_lane_enter(lane, LANE_DOWN);
	} else {
		store_lane_complain(
		    lane, class == PGCONN_SLOW ? "slow" : "cannot be used", reason);
		store_lane_unfit(lane);
	}
}

static void
ready(void *arg, struct pgconn *conn)
{
	struct store_lane *lane = arg;

	lane->options.metrics->value[METRIC_DATABASE_CONNECT]++;
	lane->shadow_refused = false;
	store_lane_enter(lane, LANE_CHECKING);
	store_fit_check(lane->fit, conn);
}

static void
down(void *arg, struct pgconn *conn, enum pgconn_class class, const char *reason)
{
	struct store_lane *lane = arg;

	(void)conn;
	loop_timer_cancel(lane->timer);
	if (class == PGCONN_SLOW)
		lane->owner.trouble(lane->owner.arg, "the database is slow");
	store_lane_complain(lane,
	    class == PGCONN_OPERATOR
		? "cannot be used (is the schema there? \"triagectl db upgrade\")"
		: class == PGCONN_SLOW ? "slow" : "not reachable",
	    reason);
	/* A batch that only waited to be tried again has no statement to fail. */
	store_work_lost(lane);
	store_lane_enter(lane, LANE_DOWN);
}

static void
timer_fired(void *arg)
{
	struct store_lane *lane = arg;

	if (lane->state == LANE_PAUSED && pgconn_is_idle(lane->conn))
		store_work_write(lane);
	else if (lane->state == LANE_EXHAUSTED)
		store_lane_enter(lane, LANE_IDLE);
	else if (lane->state == LANE_UNFIT)
		pgconn_restart(lane->conn, "looks again");
}

struct store_lane *
store_lane_new(struct loop *loop, unsigned number, const struct store_options *options,
    const struct store_lane_owner *owner)
{
	struct store_lane *lane = mem_alloc(sizeof(*lane));
	struct pgconn_options conn_options = {
	    .conninfo = options->conninfo,
	    .statements = store_statements,
	    .statement_count = options->shadow
		? store_statement_count
		: store_statement_count - STORE_SHADOW_STATEMENTS,
	    .connect_deadline_ms = CONNECT_DEADLINE_MS,
	    .statement_deadline_ms = options->statement_ms,
	    .ready = ready,
	    .down = down,
	    .arg = lane,
	};

	lane->options = *options;
	lane->owner = *owner;
	lane->number = number;
	lane->exhausted_ms = STORE_LANE_EXHAUSTED_MS;
	lane->jobs = mem_array(options->batch, sizeof(struct store_job *));
	store_batch_init(&lane->batch);
	lane->arena = arena_new(RECEIPT_BYTES);
	if (lane->arena == NULL)
		abort();
	lane->fit = store_fit_new(options->policy, fit_known, lane);
	lane->timer = loop_timer_new(loop, timer_fired, lane);
	lane->conn = pgconn_new(loop, &conn_options);
	return lane;
}

void
store_lane_free(struct store_lane *lane)
{
	if (lane == NULL)
		return;
	pgconn_free(lane->conn);
	loop_timer_free(lane->timer);
	store_fit_free(lane->fit);
	arena_free(lane->arena);
	store_batch_fini(&lane->batch);
	free(lane->jobs);
	free(lane);
}
