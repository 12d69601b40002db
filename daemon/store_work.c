/* SPDX-License-Identifier: MIT */
/*
 * The batch under way on a lane. A job's owner may free it as soon as it has
 * the result, so a finished job is forgotten first: its place in the batch is
 * NULL.
 */
#include "store_lane_state.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "store_sql.h"

#define ATTEMPTS 3          /* of a range that met a deadlock and the like */
#define COLLISIONS 3        /* of references in a row: then something is wrong */
#define ATTEMPT_PAUSE_MS 10 /* plus as much again at random */
#define EXHAUSTED_LAST_MS 10000

static const struct store_result put_off = {.status = STORE_RETRY};

static void lane_read(struct store_lane *lane);

/* Results ------------------------------------------------------------------ */

/* The owner may free the job: it is forgotten first. */
static void
finish(struct store_lane *lane, size_t index, const struct store_result *result)
{
	struct store_job *job = lane->jobs[index];

	lane->jobs[index] = NULL;
	lane->owner.finished(lane->owner.arg, job, result);
}

static struct store_range *
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
void
store_work_lost(struct store_lane *lane)
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
		store_work_write(lane);
	else
		store_lane_enter(lane, LANE_IDLE);
}

/* Failures ----------------------------------------------------------------- */

static void
halve(struct store_lane *lane, const struct pgconn_result *result)
{
	struct store_range whole = *top(lane);
	size_t middle = whole.start + (whole.end - whole.start) / 2;

	if (whole.end - whole.start == 1) {
		struct store_result refused = {STORE_REFUSED, .reason = result->sqlstate};

		log_error("ticket=%s refused by the database sqlstate=%s",
		    lane->jobs[whole.start]->row.identity.uuid_text, result->sqlstate);
		finish_range(lane, &refused);
	} else {
		lane->options.metrics->value[METRIC_STORE_BATCH_SPLIT]++;
		lane->range_count--;
		lane->ranges[lane->range_count++] = (struct store_range){middle, whole.end};
		lane->ranges[lane->range_count++] = (struct store_range){whole.start, middle};
	}
	next_range(lane);
}

static void
try_again(struct store_lane *lane)
{
	unsigned worst = 0;
	size_t i;

	for (i = top(lane)->start; i < top(lane)->end; i++)
		if (lane->jobs[i] != NULL && ++lane->jobs[i]->attempts > worst)
			worst = lane->jobs[i]->attempts;
	if (worst > ATTEMPTS || clock_monotonic_us(lane->options.clock) - lane->given_us >
	    lane->options.rerun_ms * 1000) {
		finish_range(lane, &put_off);
		next_range(lane);
		return;
	}
	store_lane_enter(lane, LANE_PAUSED);
	loop_timer_set(lane->timer, ATTEMPT_PAUSE_MS + random() % ATTEMPT_PAUSE_MS);
}

static void
exhausted(struct store_lane *lane)
{
	finish_all(lane, &put_off);
	store_lane_enter(lane, LANE_EXHAUSTED);
	loop_timer_set(lane->timer, lane->exhausted_ms);
	lane->exhausted_ms *= 2;
	if (lane->exhausted_ms > EXHAUSTED_LAST_MS)
		lane->exhausted_ms = EXHAUSTED_LAST_MS;
}

static void
drop_shadow(struct store_lane *lane)
{
	size_t i;

	for (i = top(lane)->start; i < top(lane)->end; i++)
		if (lane->jobs[i] != NULL && lane->jobs[i]->row.shadow.verdict != SHADOW_OFF)
			lane->jobs[i]->row.shadow.verdict = SHADOW_FAILED;
}

/* The tickets come first: they are kept without what a shadow policy decided on them.
 * True when there was such a decision in the range, and it is written again. */
static bool
without_shadow(struct store_lane *lane, const struct pgconn_result *result)
{
	if (lane->state != LANE_WRITING || !store_batch_has_shadow(&lane->batch))
		return false;
	log_error("database=%u does not keep decisions of the shadow policy: %s", lane->number,
	    result->message != NULL ? result->message : result->sqlstate);
	/* For all tickets alike, until the next connection. */
	lane->shadow_refused = result->class == PGCONN_OPERATOR;
	drop_shadow(lane);
	store_work_write(lane);
	return true;
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
	case PGCONN_SLOW:
		/* Nothing happened, and the sender has waited for long. */
		lane->owner.trouble(lane->owner.arg, "the database is slow");
		finish_all(lane, &put_off);
		store_lane_enter(lane, LANE_IDLE);
		break;
	case PGCONN_LOST:
		store_work_lost(lane);
		store_lane_enter(lane, LANE_DOWN);
		break;
	case PGCONN_EXHAUSTED:
		lane->owner.trouble(lane->owner.arg, "the database has no room");
		store_lane_complain(lane, "has no room", result->sqlstate);
		exhausted(lane);
		break;
	case PGCONN_REFUSED:
		if (top(lane)->end - top(lane)->start > 1 || !without_shadow(lane, result))
			halve(lane, result);
		break;
	case PGCONN_OPERATOR:
		if (without_shadow(lane, result))
			break;
		store_lane_complain(lane, "refuses to work, see its log", result->sqlstate);
		finish_all(lane, &put_off);
		store_lane_unfit(lane);
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
unfinished(const struct store_lane *lane, struct store_range range)
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
	lane->exhausted_ms = STORE_LANE_EXHAUSTED_MS;
	lane->complaint[0] = '\0';
	lane->owner.works(lane->owner.arg);
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

void
store_work_write(struct store_lane *lane)
{
	size_t i, count;
	bool shadow;

	if (lane->shadow_refused)
		drop_shadow(lane);
	store_batch_clear(&lane->batch);
	for (i = top(lane)->start; i < top(lane)->end; i++)
		if (lane->jobs[i] != NULL)
			store_batch_add(&lane->batch, &lane->jobs[i]->row);
	shadow = store_batch_has_shadow(&lane->batch);
	count = shadow ? COLUMN_COUNT : COLUMN_SHADOWED;
	if (store_batch_finish(&lane->batch, count) < 0) {
		finish_all(lane, &put_off);
		store_lane_enter(lane, LANE_IDLE);
		return;
	}
	lane->options.metrics->value[METRIC_STORE_BATCH]++;
	lane->state = LANE_WRITING;
	pgconn_run(lane->conn, shadow ? "store_shadow" : "store_write", lane->batch.params,
	    (int)count, true, written, lane);
}

/* Reading ------------------------------------------------------------------ */

/* The key is taken by this very submission, but there is no first answer to
 * repeat. A person has to look. */
static void
unreadable(const struct pgconn_result *result, int row)
{
	struct str ticket = pgconn_value(result, row, READ_TICKET);
	bool gone = pgconn_value(result, row, READ_REFERENCE).p == NULL;
	char text[IDENTITY_UUID_TEXT + 1] = "?";

	if (ticket.n == 16)
		identity_uuid_text((const unsigned char *)ticket.p, text);
	log_error("ticket=%s %s", text,
	    gone ? "has gone, but its key is kept" : "its first answer cannot be read");
}

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
	else if (store_batch_receipt(lane->arena, result, row, &answer.receipt) < 0) {
		unreadable(result, row);
		answer.status = STORE_RETRY;
	}
	finish(lane, index, &answer);
	arena_reset(lane->arena);
}

/* Neither new nor there under its key: its reference is another ticket's, or
 * the key has just gone for good. A new name, and again. */
static void
collided(struct store_lane *lane, size_t index)
{
	struct store_job *job = lane->jobs[index];

	if (++job->collisions > COLLISIONS) {
		log_error("ticket=%s no free reference found", job->row.identity.uuid_text);
		finish(lane, index, &put_off);
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
	struct store_range range;
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
		finish_all(lane, &put_off);
		store_lane_enter(lane, LANE_IDLE);
		return;
	}
	lane->state = LANE_READING;
	pgconn_run(lane->conn, "store_read", lane->batch.params, 2, true, was_read, lane);
}

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
store_work_start(struct store_lane *lane, struct store_job *const *jobs, size_t count)
{
	memcpy(lane->jobs, jobs, count * sizeof(*jobs));
	qsort(lane->jobs, count, sizeof(*jobs), compare_jobs);
	lane->ranges[0] = (struct store_range){0, count};
	lane->range_count = 1;
	lane->given_us = clock_monotonic_us(lane->options.clock);
	store_work_write(lane);
}
