/* SPDX-License-Identifier: MIT */
#include "store_lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "mem.h"
#include "store_batch.h"
#include "store_fit.h"
#include "store_sql.h"

#define CONNECT_DEADLINE_MS 5000
#define STATEMENT_DEADLINE_MS 15000
#define ATTEMPTS 3          /* of a range that met a deadlock and the like */
#define COLLISIONS 3        /* of references in a row: then something is wrong */
#define RANGES 64           /* a stack of halves: twice log2 of any batch */
#define ATTEMPT_PAUSE_MS 10 /* plus as much again at random */
#define UNFIT_PAUSE_MS 5000
#define EXHAUSTED_FIRST_MS 500
#define EXHAUSTED_LAST_MS 10000
#define RECEIPT_BYTES 262144

enum lane_state {
	LANE_DOWN,        /* no connection */
	LANE_CHECKING, /* store_fit has the connection */
	LANE_UNFIT,    /* not a database to write to; looks again later */
	LANE_IDLE,
	LANE_WRITING,
	LANE_READING,  /* the first answers to what was not new */
	LANE_PAUSED,   /* before the same range again */
	LANE_EXHAUSTED /* the server has no room: probes slowly, without a batch */
};

struct range {
	size_t start, end;
};

struct store_lane {
	struct store_options options;
	struct store_lane_owner owner;
	unsigned number;
	enum lane_state state;
	struct pgconn *conn;
	struct loop_timer *timer;
	struct store_fit *fit;
	struct store_job **jobs;     /* of the batch; NULL where done with */
	struct range ranges[RANGES]; /* what is left of the batch, the next one last */
	size_t range_count;
	struct store_batch batch;
	struct arena *arena;  /* of one receipt */
	int64_t exhausted_ms; /* the next pause */
	char complaint[512];  /* the last one logged */
};

static void lane_write(struct store_lane *lane);
static void lane_read(struct store_lane *lane);

static void
lane_enter(struct store_lane *lane, enum lane_state state)
{
	lane->state = state;
	lane->owner.changed(lane->owner.arg, lane);
}

/* Says what is wrong, once until it changes. */
static void
complain(struct store_lane *lane, const char *what, const char *detail)
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
	return lane->state == LANE_IDLE;
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
	return store_lane_is_idle(lane) || store_lane_is_busy(lane);
}

/* Results ------------------------------------------------------------------ */

/* The owner may free the job: it is forgotten first. */
static void
finish(struct store_lane *lane, size_t index, const struct store_result *result)
{
	struct store_job *job = lane->jobs[index];

	lane->jobs[index] = NULL;
	lane->owner.finished(lane->owner.arg, job, result);
}

static struct range *
top(struct store_lane *lane)
{
	return &lane->ranges[lane->range_count - 1];
}

static void
finish_range(struct store_lane *lane, const struct store_result *result)
{
	size_t i;

	for (i = top(lane)->start; i < top(lane)->end; i++)
		if (lane->jobs[i] != NULL)
			finish(lane, i, result);
	lane->range_count--;
}

static void
finish_all(struct store_lane *lane, const struct store_result *result)
{
	while (lane->range_count > 0)
		finish_range(lane, result);
}

/* Backwards: each goes to the front of the queue, which so keeps its order. */
static void
give_back_all(struct store_lane *lane)
{
	int64_t now = clock_monotonic_us(lane->options.clock);
	size_t r, i;

	for (r = 0; r < lane->range_count; r++) {
		for (i = lane->ranges[r].end; i-- > lane->ranges[r].start;) {
			struct store_job *job = lane->jobs[i];

			if (job == NULL)
				continue;
			if (job->lost_us == 0)
				job->lost_us = now;
			lane->owner.again(lane->owner.arg, job);
		}
	}
	lane->range_count = 0;
}

static void
next_range(struct store_lane *lane)
{
	if (lane->range_count > 0)
		lane_write(lane);
	else
		lane_enter(lane, LANE_IDLE);
}

/* Failures ----------------------------------------------------------------- */

static void
halve(struct store_lane *lane, const struct pgconn_result *result)
{
	struct range whole = *top(lane);
	size_t middle = whole.start + (whole.end - whole.start) / 2;

	if (whole.end - whole.start == 1) {
		struct store_result refused = {STORE_REFUSED, .reason = result->sqlstate};

		log_error("ticket=%s refused by the database sqlstate=%s",
		    lane->jobs[whole.start]->row.identity.uuid_text, result->sqlstate);
		finish_range(lane, &refused);
	} else {
		lane->options.metrics->value[METRIC_STORE_BATCH_SPLIT]++;
		lane->range_count--;
		lane->ranges[lane->range_count++] = (struct range){middle, whole.end};
		lane->ranges[lane->range_count++] = (struct range){whole.start, middle};
	}
	next_range(lane);
}

static void
try_again(struct store_lane *lane)
{
	static const struct store_result retry = {.status = STORE_RETRY};
	unsigned worst = 0;
	size_t i;

	for (i = top(lane)->start; i < top(lane)->end; i++)
		if (lane->jobs[i] != NULL && ++lane->jobs[i]->attempts > worst)
			worst = lane->jobs[i]->attempts;
	if (worst > ATTEMPTS) {
		finish_range(lane, &retry);
		next_range(lane);
		return;
	}
	lane_enter(lane, LANE_PAUSED);
	loop_timer_set(lane->timer, ATTEMPT_PAUSE_MS + random() % ATTEMPT_PAUSE_MS);
}

static void
unfit(struct store_lane *lane)
{
	static const struct store_result retry = {.status = STORE_RETRY};

	finish_all(lane, &retry);
	lane_enter(lane, LANE_UNFIT);
	loop_timer_set(lane->timer, UNFIT_PAUSE_MS);
}

static void
exhausted(struct store_lane *lane)
{
	static const struct store_result retry = {.status = STORE_RETRY};

	finish_all(lane, &retry);
	lane_enter(lane, LANE_EXHAUSTED);
	loop_timer_set(lane->timer, lane->exhausted_ms);
	lane->exhausted_ms *= 2;
	if (lane->exhausted_ms > EXHAUSTED_LAST_MS)
		lane->exhausted_ms = EXHAUSTED_LAST_MS;
}

/* A statement of a batch did not succeed. */
static void
failed(struct store_lane *lane, const struct pgconn_result *result)
{
	lane->options.metrics->value[METRIC_DATABASE_ERROR]++;
	switch (result->class) {
	case PGCONN_OK:
		abort();
	case PGCONN_RETRY:
		try_again(lane);
		break;
	case PGCONN_LOST:
		give_back_all(lane);
		lane_enter(lane, LANE_DOWN);
		break;
	case PGCONN_EXHAUSTED:
		complain(lane, "has no room", result->sqlstate);
		exhausted(lane);
		break;
	case PGCONN_REFUSED:
		halve(lane, result);
		break;
	case PGCONN_OPERATOR:
		complain(lane, "refuses to work, see its log", result->sqlstate);
		unfit(lane);
		break;
	}
}

/* Writing ------------------------------------------------------------------ */

/* Finishes the job of the range that has this number. *hint is where to begin:
 * the rows come back in the order they were sent. */
static size_t
accept(struct store_lane *lane, struct str uuid, size_t *hint)
{
	static const struct store_result accepted = {.status = STORE_ACCEPTED};
	size_t start = top(lane)->start, size = top(lane)->end - start, n;

	for (n = 0; n < size && uuid.n == 16; n++) {
		size_t i = start + (*hint + n) % size;

		if (lane->jobs[i] != NULL &&
		    memcmp(lane->jobs[i]->row.identity.uuid, uuid.p, 16) == 0) {
			*hint += n + 1;
			finish(lane, i, &accepted);
			return 1;
		}
	}
	return 0;
}

static size_t
unfinished(const struct store_lane *lane, struct range range)
{
	size_t i, count = 0;

	for (i = range.start; i < range.end; i++)
		count += lane->jobs[i] != NULL;
	return count;
}

static void
written(void *arg, const struct pgconn_result *result)
{
	struct store_lane *lane = arg;
	size_t hint = 0, left;
	int row;

	if (result->class != PGCONN_OK) {
		failed(lane, result);
		return;
	}
	lane->exhausted_ms = EXHAUSTED_FIRST_MS;
	lane->complaint[0] = '\0';
	left = unfinished(lane, *top(lane));
	for (row = 0; row < result->rows; row++)
		left -= accept(lane, pgconn_value(result, row, 0), &hint);
	if (left > 0) {
		lane_read(lane);
		return;
	}
	lane->range_count--;
	next_range(lane);
}

static void
lane_write(struct store_lane *lane)
{
	static const struct store_result retry = {.status = STORE_RETRY};
	size_t i;

	store_batch_clear(&lane->batch);
	for (i = top(lane)->start; i < top(lane)->end; i++)
		if (lane->jobs[i] != NULL)
			store_batch_add(&lane->batch, &lane->jobs[i]->row);
	if (store_batch_finish(&lane->batch, COLUMN_COUNT) < 0) {
		finish_all(lane, &retry);
		lane_enter(lane, LANE_IDLE);
		return;
	}
	lane->options.metrics->value[METRIC_STORE_BATCH]++;
	lane->state = LANE_WRITING;
	pgconn_run(lane->conn, "store_write", lane->batch.params, COLUMN_COUNT, true, written,
	    lane);
}

/* Reading ------------------------------------------------------------------ */

static void
found(struct store_lane *lane, size_t index, const struct pgconn_result *result, int row)
{
	const struct store_row *mine = &lane->jobs[index]->row;
	struct str ticket = pgconn_value(result, row, READ_TICKET);
	struct str digest = pgconn_value(result, row, READ_DIGEST);
	struct str version = pgconn_value(result, row, READ_DIGEST_VERSION);
	struct store_result answer = {.status = STORE_DUPLICATE};

	/* Ours, from before the connection was lost. */
	if (ticket.n == 16 && memcmp(ticket.p, mine->identity.uuid, 16) == 0)
		answer.status = STORE_ACCEPTED;
	else if (store_batch_integer(version) == mine->digest_version &&
	    !str_eq(digest, (struct str){(const char *)mine->digest, DIGEST_BYTES}))
		answer.status = STORE_CONFLICT;
	else if (store_batch_receipt(lane->arena, result, row, &answer.receipt) < 0)
		answer.status = STORE_RETRY;
	finish(lane, index, &answer);
	arena_reset(lane->arena);
}

/* Neither new nor there under its key: its reference is another ticket's, or
 * the ticket has just gone for good. A new name, and again. */
static void
collided(struct store_lane *lane, size_t index)
{
	static const struct store_result retry = {.status = STORE_RETRY};
	struct store_job *job = lane->jobs[index];

	if (++job->collisions > COLLISIONS) {
		log_error("ticket=%s no free reference found", job->row.identity.uuid_text);
		finish(lane, index, &retry);
		return;
	}
	store_row_name(&job->row, clock_wall_ms(lane->options.clock));
	lane->jobs[index] = NULL;
	lane->owner.again(lane->owner.arg, job);
}

static void
was_read(void *arg, const struct pgconn_result *result)
{
	struct store_lane *lane = arg;
	struct range range;
	int64_t number = 0;
	int row = 0;
	size_t i;

	if (result->class != PGCONN_OK) {
		failed(lane, result);
		return;
	}
	/* The rows are ordered by the number of what was asked, and so are we. */
	range = *top(lane);
	for (i = range.start; i < range.end; i++) {
		if (lane->jobs[i] == NULL)
			continue;
		number++;
		if (row < result->rows &&
		    store_batch_integer(pgconn_value(result, row, READ_NUMBER)) == number)
			found(lane, i, result, row++);
		else
			collided(lane, i);
	}
	lane->range_count--;
	next_range(lane);
}

static void
lane_read(struct store_lane *lane)
{
	size_t i;

	store_batch_clear(&lane->batch);
	for (i = top(lane)->start; i < top(lane)->end; i++)
		if (lane->jobs[i] != NULL)
			store_batch_add_key(&lane->batch, &lane->jobs[i]->row);
	if (store_batch_finish(&lane->batch, 2) < 0) {
		static const struct store_result retry = {.status = STORE_RETRY};

		finish_all(lane, &retry);
		lane_enter(lane, LANE_IDLE);
		return;
	}
	lane->state = LANE_READING;
	pgconn_run(lane->conn, "store_read", lane->batch.params, 2, true, was_read, lane);
}

/* A batch ------------------------------------------------------------------- */

static int
compare_jobs(const void *a, const void *b)
{
	const struct store_job *x = *(struct store_job *const *)a;
	const struct store_job *y = *(struct store_job *const *)b;
	int order = str_cmp(x->row.source, y->row.source);

	if (order == 0)
		order = str_cmp(x->row.key, y->row.key);
	if (order == 0)
		order = x->sequence < y->sequence ? -1 : 1;
	return order;
}

void
store_lane_give(struct store_lane *lane, struct store_job *const *jobs, size_t count)
{
	memcpy(lane->jobs, jobs, count * sizeof(*jobs));
	qsort(lane->jobs, count, sizeof(*jobs), compare_jobs);
	lane->ranges[0] = (struct range){0, count};
	lane->range_count = 1;
	lane_write(lane);
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
		lane_enter(lane, LANE_IDLE);
	} else if (class == PGCONN_LOST) {
		lane_enter(lane, LANE_DOWN);
	} else {
		complain(lane, "cannot be used", reason);
		unfit(lane);
	}
}

static void
ready(void *arg, struct pgconn *conn)
{
	struct store_lane *lane = arg;

	lane->options.metrics->value[METRIC_DATABASE_CONNECT]++;
	lane_enter(lane, LANE_CHECKING);
	store_fit_check(lane->fit, conn);
}

static void
down(void *arg, struct pgconn *conn, enum pgconn_class class, const char *reason)
{
	struct store_lane *lane = arg;

	(void)conn;
	loop_timer_cancel(lane->timer);
	complain(lane,
	    class == PGCONN_OPERATOR ? "cannot be used (is the schema there? \"triagectl db upgrade\")"
				     : "not reachable",
	    reason);
	/* A batch that only waited to be tried again has no statement to fail. */
	give_back_all(lane);
	lane_enter(lane, LANE_DOWN);
}

static void
timer_fired(void *arg)
{
	struct store_lane *lane = arg;

	if (lane->state == LANE_PAUSED)
		lane_write(lane);
	else if (lane->state == LANE_EXHAUSTED)
		lane_enter(lane, LANE_IDLE);
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
	    .statement_count = store_statement_count,
	    .connect_deadline_ms = CONNECT_DEADLINE_MS,
	    .statement_deadline_ms = STATEMENT_DEADLINE_MS,
	    .ready = ready,
	    .down = down,
	    .arg = lane,
	};

	lane->options = *options;
	lane->owner = *owner;
	lane->number = number;
	lane->exhausted_ms = EXHAUSTED_FIRST_MS;
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
