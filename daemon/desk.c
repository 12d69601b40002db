/* SPDX-License-Identifier: MIT */
#include "desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk_read.h"
#include "desk_sql.h"
#include "desk_wait.h"
#include "desk_write.h"
#include "log.h"
#include "mem.h"
#include "pgconn.h"
#include "store.h"
#include "store_sql.h"

#define CONNECT_DEADLINE_MS 5000
#define UNFIT_PAUSE_MS 5000
#define WATCH_MS 250 /* looks after waiting jobs while there is no database */
#define ATTEMPTS 3   /* of a statement that met a deadlock and the like */
#define ATTEMPT_PAUSE_MS 10

TAILQ_HEAD(desk_jobs, desk_job);

enum desk_state {
	DESK_DOWN,  /* no connection, or not one to work with */
	DESK_IDLE,
	DESK_BUSY,  /* a job or a wait is under way */
	DESK_PAUSED /* before the same again */
};

struct desk {
	struct desk_options options;
	enum desk_state state;
	struct pgconn *conn;
	struct loop_timer *pump, *check, *unfit;
	struct desk_jobs queue;
	struct desk_job *current; /* under way */
	struct desk_wait *wait;
	struct desk_write_params params;
	int64_t outage_us; /* when it began; 0 = none */
	bool waits_turn;   /* a job was done last */
	bool stopping;
	char complaint[512]; /* the last one logged */
};

static void
complain(struct desk *desk, const char *what, const char *detail)
{
	char text[sizeof(desk->complaint)];

	snprintf(text, sizeof(text), "%s: %s", what, detail);
	if (strcmp(text, desk->complaint) == 0)
		return;
	memcpy(desk->complaint, text, sizeof(text));
	log_error("follow-ups: database %s", text);
}

/* Results ------------------------------------------------------------------- */

/* The owner may free the job or put it again. */
static void
finish(struct desk *desk, struct desk_job *job, enum desk_status status)
{
	struct desk_result result = {.status = status};
	int64_t now = clock_monotonic_us(desk->options.clock);

	if (status == DESK_RETRY)
		result.retry_after_ms = store_retry_after(
		    desk->outage_us == 0 ? 0 : (now - desk->outage_us) / 1000);
	desk->options.done(desk->options.arg, job, &result);
}

static void
again(struct desk *desk, struct desk_job *job)
{
	TAILQ_INSERT_HEAD(&desk->queue, job, link);
}

/* What the database has said to a job, in good order. */
static enum desk_status
understand(struct desk_job *job, const struct pgconn_result *result)
{
	int got = 0;

	if (job->step == DESK_WRITE)
		return result->rows == 1 && desk_read_boolean(pgconn_value(result, 0, 0))
		    ? DESK_DONE : DESK_CHANGED;
	if (result->rows == 0)
		return DESK_NOT_FOUND;
	if (job->step == DESK_READ)
		got = desk_read_ticket(job->arena, result, &job->ticket);
	else
		got = desk_read_lookup(job->arena, result, &job->receipt);
	if (got < 0)
		log_error("follow-ups: what was read is too much, or not as it should be");
	return got < 0 ? DESK_RETRY : DESK_DONE;
}

/* A statement of a job did not succeed. */
static void
failed(struct desk *desk, struct desk_job *job, const struct pgconn_result *result)
{
	desk->options.metrics->value[METRIC_DATABASE_ERROR]++;
	switch (result->class) {
	case PGCONN_OK:
		abort();
	case PGCONN_RETRY:
		if (++job->attempts > ATTEMPTS) {
			finish(desk, job, DESK_RETRY);
			break;
		}
		again(desk, job);
		desk->state = DESK_PAUSED;
		loop_timer_set(desk->pump, ATTEMPT_PAUSE_MS + random() % ATTEMPT_PAUSE_MS);
		break;
	case PGCONN_LOST:
		if (job->lost_us == 0)
			job->lost_us = clock_monotonic_us(desk->options.clock);
		job->written = job->written || job->step == DESK_WRITE;
		again(desk, job);
		break;
	case PGCONN_REFUSED:
		log_error("follow-up refused by the database sqlstate=%s", result->sqlstate);
		finish(desk, job, DESK_REFUSED);
		break;
	case PGCONN_SLOW:
		/* Nothing happened, and the sender has waited for long. */
		finish(desk, job, DESK_RETRY);
		break;
	case PGCONN_EXHAUSTED:
	case PGCONN_OPERATOR:
		complain(desk, "refuses to work, see its log", result->sqlstate);
		finish(desk, job, DESK_RETRY);
		break;
	}
}

static void
released(struct desk *desk, const struct pgconn_result *result)
{
	desk->state = result->class == PGCONN_LOST ? DESK_DOWN : DESK_IDLE;
	loop_timer_set(desk->pump, 0);
}

static void
answered(void *arg, const struct pgconn_result *result)
{
	struct desk *desk = arg;
	struct desk_job *job = desk->current;

	desk->current = NULL;
	desk->waits_turn = true;
	released(desk, result);
	if (result->class == PGCONN_OK)
		finish(desk, job, understand(job, result));
	else
		failed(desk, job, result);
}

static void
wait_done(void *arg, const struct pgconn_result *result)
{
	struct desk *desk = arg;

	desk->waits_turn = false;
	released(desk, result);
	if (result->class == PGCONN_OK || result->class == PGCONN_LOST)
		return;
	desk->options.metrics->value[METRIC_DATABASE_ERROR]++;
	log_warning("waits: %s sqlstate=%s", pgconn_class_name(result->class), result->sqlstate);
}

/* The steps ----------------------------------------------------------------- */

static void
run(struct desk *desk, struct desk_job *job)
{
	struct pgconn_param key = {job->key.p, (int)job->key.n, true};
	struct pgconn_param params[3] = {desk_write_text(job->name)};

	if (job->step == DESK_WRITE && desk_write_fill(&desk->params, &job->write) < 0) {
		finish(desk, job, DESK_RETRY);
		loop_timer_set(desk->pump, 0);
		return;
	}
	desk->current = job;
	desk->state = DESK_BUSY;
	switch (job->step) {
	case DESK_READ:
		params[1] = key;
		params[2] = desk_write_text(job->token);
		pgconn_run(desk->conn, "desk_read", params, 3, true, answered, desk);
		break;
	case DESK_WRITE:
		pgconn_run(desk->conn, "desk_write", desk->params.list, DESK_WRITE_PARAMS, true,
		    answered, desk);
		break;
	case DESK_LOOKUP:
		params[1] = desk_write_text(job->source);
		params[2] = key;
		pgconn_run(desk->conn, "desk_lookup", params, 3, true, answered, desk);
		break;
	}
}

/* Sends back what need not wait for the database, or has waited for too long. */
static void
send_back(struct desk *desk)
{
	int64_t now = clock_monotonic_us(desk->options.clock);
	struct desk_job *job, *next;

	for (job = TAILQ_FIRST(&desk->queue); job != NULL; job = next) {
		bool put_off = job->lost_us == 0
		    ? desk->state == DESK_DOWN || desk->stopping
		    : now - job->lost_us > desk->options.rerun_ms * 1000;

		next = TAILQ_NEXT(job, link);
		if (!put_off)
			continue;
		TAILQ_REMOVE(&desk->queue, job, link);
		finish(desk, job, DESK_RETRY);
	}
}

static void
pump(void *arg)
{
	struct desk *desk = arg;
	bool waits = !desk->stopping && desk_wait_has_work(desk->wait);
	struct desk_job *job;

	if (desk->state == DESK_PAUSED)
		desk->state = DESK_IDLE;
	/* A connection that has just failed says so in the next turn of the loop. */
	if (desk->state == DESK_IDLE && !pgconn_is_idle(desk->conn))
		desk->state = DESK_DOWN;
	send_back(desk);
	job = TAILQ_FIRST(&desk->queue);
	if (desk->state == DESK_DOWN && job != NULL)
		loop_timer_set(desk->pump, WATCH_MS);
	if (desk->state != DESK_IDLE)
		return;
	if (waits && (job == NULL || desk->waits_turn)) {
		desk->state = DESK_BUSY;
		desk_wait_step(desk->wait, desk->conn);
	} else if (job != NULL) {
		TAILQ_REMOVE(&desk->queue, job, link);
		run(desk, job);
	}
}

/* Time for a look at the waits. */
static void
check(void *arg)
{
	struct desk *desk = arg;

	desk_wait_look(desk->wait);
	loop_timer_set(desk->check, desk->options.check_ms);
	if (desk->state == DESK_IDLE)
		loop_timer_set(desk->pump, 0);
}

/* The connection ------------------------------------------------------------ */

static void
look_again(void *arg)
{
	struct desk *desk = arg;

	pgconn_restart(desk->conn, "looks again");
}

static void
checked(void *arg, const struct pgconn_result *result)
{
	struct desk *desk = arg;
	char wanted[16];

	snprintf(wanted, sizeof(wanted), "%d", STORE_SCHEMA_VERSION);
	if (result->class == PGCONN_LOST)
		return;
	/* What is wrong is told by the store, which sees the same database. */
	if (result->class != PGCONN_OK || !str_is(pgconn_value(result, 0, 0), wanted)) {
		loop_timer_set(desk->unfit, UNFIT_PAUSE_MS);
		return;
	}
	if (desk->outage_us != 0)
		log_info("follow-ups: database ready");
	desk->complaint[0] = '\0';
	desk->outage_us = 0;
	desk->state = DESK_IDLE;
	if (!loop_timer_pending(desk->check))
		loop_timer_set(desk->check, 0);
	loop_timer_set(desk->pump, 0);
}

static void
ready(void *arg, struct pgconn *conn)
{
	struct desk *desk = arg;

	desk->options.metrics->value[METRIC_DATABASE_CONNECT]++;
	pgconn_run(conn, "desk_check", NULL, 0, false, checked, desk);
}

static void
down(void *arg, struct pgconn *conn, enum pgconn_class class, const char *reason)
{
	struct desk *desk = arg;

	(void)conn;
	(void)class;
	log_debug("follow-ups: %s", reason);
	loop_timer_cancel(desk->unfit);
	desk_wait_forget(desk->wait);
	desk->state = DESK_DOWN;
	if (desk->outage_us == 0)
		desk->outage_us = clock_monotonic_us(desk->options.clock);
	loop_timer_set(desk->pump, 0);
}

/* Life ---------------------------------------------------------------------- */

struct desk *
desk_new(struct loop *loop, const struct desk_options *options)
{
	struct desk *desk = mem_alloc(sizeof(*desk));
	struct pgconn_options conn = {
	    .conninfo = options->conninfo,
	    .statements = desk_statements,
	    .statement_count = desk_statement_count,
	    .connect_deadline_ms = CONNECT_DEADLINE_MS,
	    .statement_deadline_ms = options->statement_ms,
	    .ready = ready,
	    .down = down,
	    .arg = desk,
	};

	desk->options = *options;
	TAILQ_INIT(&desk->queue);
	desk->outage_us = clock_monotonic_us(options->clock);
	desk->pump = loop_timer_new(loop, pump, desk);
	desk->check = loop_timer_new(loop, check, desk);
	desk->unfit = loop_timer_new(loop, look_again, desk);
	desk->wait =
	    desk_wait_new(options->policy, options->metrics, options->clock, wait_done, desk);
	desk_write_init(&desk->params);
	desk->conn = pgconn_new(loop, &conn);
	return desk;
}

void
desk_free(struct desk *desk)
{
	if (desk == NULL)
		return;
	pgconn_free(desk->conn);
	desk_wait_free(desk->wait);
	desk_write_fini(&desk->params);
	loop_timer_free(desk->pump);
	loop_timer_free(desk->check);
	loop_timer_free(desk->unfit);
	free(desk);
}

void
desk_use_policy(struct desk *desk, struct policy *policy)
{
	desk_wait_use_policy(desk->wait, policy);
}

void
desk_put(struct desk *desk, struct desk_job *job, enum desk_step step)
{
	job->step = step;
	/* What was read is written next: others of the same ticket would be read in
	 * vain meanwhile. */
	if (step == DESK_WRITE)
		TAILQ_INSERT_HEAD(&desk->queue, job, link);
	else
		TAILQ_INSERT_TAIL(&desk->queue, job, link);
	if (desk->state == DESK_IDLE || desk->state == DESK_DOWN)
		loop_timer_set(desk->pump, 0);
}

void
desk_stop(struct desk *desk)
{
	desk->stopping = true;
	if (desk->state != DESK_PAUSED)
		loop_timer_set(desk->pump, 0);
}
