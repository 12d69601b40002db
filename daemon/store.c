/* SPDX-License-Identifier: MIT */
#include "store.h"

#include <stdlib.h>

#include "log.h"
#include "mem.h"
#include "store_batch.h"
#include "store_lane.h"

#define LANES 2
/* One statement's data, about; a batch of long texts is cut here. */
#define BATCH_WEIGHT ((size_t)8 << 20)
#define RETRY_FIRST_MS 250
#define RETRY_LAST_MS 10000
#define WATCH_MS 250 /* looks after waiting jobs while all is not well */
#define PROBE_MS 1000 /* how long others wait behind a probe */

struct store {
	struct store_options options;
	struct store_jobs queue;
	struct store_lane *lanes[LANES];
	struct loop_timer *pump;
	struct store_job **chosen; /* options.batch of them */
	uint64_t sequence;
	int64_t outage_us; /* when it began; 0 = none */
	bool told;         /* somebody was told of the outage */
	bool trouble;      /* of the last statement: one job at a time is a probe */
	int64_t probe_us;  /* when the last probe began */
	bool stopping;
};

int64_t
store_retry_after(int64_t outage_ms)
{
	int64_t wait = RETRY_FIRST_MS;

	while (wait < RETRY_LAST_MS && wait < outage_ms)
		wait *= 2;
	return wait < RETRY_LAST_MS ? wait : RETRY_LAST_MS;
}

static bool
is_available(const struct store *store)
{
	size_t i;

	for (i = 0; i < LANES; i++)
		if (store_lane_is_available(store->lanes[i]))
			return true;
	return false;
}

static int64_t
outage_ms(const struct store *store)
{
	if (store->outage_us == 0)
		return 0;
	return (clock_monotonic_us(store->options.clock) - store->outage_us) / 1000;
}

static void
finish(struct store *store, struct store_job *job, struct store_result *result)
{
	if (result->status == STORE_RETRY)
		result->retry_after_ms = store_retry_after(outage_ms(store));
	store->options.done(store->options.arg, job, result);
}

static bool
is_busy(const struct store *store)
{
	size_t i;

	for (i = 0; i < LANES; i++)
		if (store_lane_is_busy(store->lanes[i]))
			return true;
	return false;
}

/* True when nothing new is to wait for the database. */
static bool
puts_off(const struct store *store)
{
	if (store->stopping || !is_available(store))
		return true;
	return store->trouble && is_busy(store) &&
	    clock_monotonic_us(store->options.clock) - store->probe_us > PROBE_MS * 1000;
}

/* True when a waiting job has to be sent back to its sender. */
static bool
is_hopeless(const struct store *store, const struct store_job *job, bool put_off)
{
	int64_t now;

	if (job->lost_us == 0)
		return put_off;
	now = clock_monotonic_us(store->options.clock);
	return now - job->lost_us > store->options.rerun_ms * 1000;
}

/* With a database to write to only lost jobs can be hopeless, and what comes
 * back from a lane stands before what has not been tried yet: the walk ends
 * there, or it would be made over a long queue for every few tickets. */
static void
send_back(struct store *store)
{
	bool put_off = puts_off(store);
	struct store_job *job, *next;

	for (job = TAILQ_FIRST(&store->queue); job != NULL; job = next) {
		struct store_result result = {.status = STORE_RETRY};

		next = TAILQ_NEXT(job, link);
		if (!put_off && job->lost_us == 0 && job->collisions == 0)
			break;
		if (!is_hopeless(store, job, put_off))
			continue;
		TAILQ_REMOVE(&store->queue, job, link);
		finish(store, job, &result);
	}
}

static size_t
choose(struct store *store)
{
	size_t most = store->trouble ? 1 : store->options.batch, count = 0, weight = 0;
	struct store_job *job;
	bool rerun = false;

	while (count < most && (job = TAILQ_FIRST(&store->queue)) != NULL) {
		weight += store_batch_weight(&job->row);
		if (count > 0 && weight > BATCH_WEIGHT)
			break;
		TAILQ_REMOVE(&store->queue, job, link);
		store->chosen[count++] = job;
		rerun = rerun || job->lost_us != 0;
	}
	if (rerun)
		store->options.metrics->value[METRIC_STORE_RERUN]++;
	return count;
}

static void
store_pump(void *arg)
{
	struct store *store = arg;
	size_t i;

	send_back(store);
	for (i = 0; i < LANES && !TAILQ_EMPTY(&store->queue); i++) {
		if (!store_lane_is_idle(store->lanes[i]))
			continue;
		if (store->trouble && is_busy(store))
			break;
		store->probe_us = clock_monotonic_us(store->options.clock);
		store_lane_give(store->lanes[i], store->chosen, choose(store));
	}
	if (!TAILQ_EMPTY(&store->queue) && (store->trouble || !is_available(store)))
		loop_timer_set(store->pump, WATCH_MS);
}

/* An outage is one story: told when it begins and when it ends. */
static void
outage_begins(struct store *store, const char *why)
{
	if (store->outage_us == 0)
		store->outage_us = clock_monotonic_us(store->options.clock);
	if (!store->told)
		log_warning("store: %s, tickets are put off", why);
	store->told = true;
}

static void
outage_ends(struct store *store)
{
	if (store->told)
		log_info("store: tickets are kept again after %lld ms",
		    (long long)outage_ms(store));
	store->told = false;
	store->outage_us = 0;
}

static void
lane_trouble(void *arg, const char *what)
{
	struct store *store = arg;

	store->trouble = true;
	outage_begins(store, what);
}

/* After trouble only a statement that was done proves anything. */
static void
lane_works(void *arg)
{
	struct store *store = arg;

	store->trouble = false;
	outage_ends(store);
}

static void
lane_changed(void *arg, struct store_lane *lane)
{
	struct store *store = arg;

	(void)lane;
	if (!is_available(store)) {
		if (store->outage_us == 0)
			outage_begins(store, "no database to write to");
	} else if (!store->trouble) {
		outage_ends(store);
	}
	loop_soon(store->pump);
}

static void
lane_finished(void *arg, struct store_job *job, const struct store_result *result)
{
	struct store_result copy = *result;

	finish(arg, job, &copy);
}

static void
lane_again(void *arg, struct store_job *job)
{
	struct store *store = arg;

	TAILQ_INSERT_HEAD(&store->queue, job, link);
	loop_soon(store->pump);
}

void
store_use_policy(struct store *store, struct policy *policy)
{
	struct policy *before = store->options.policy;
	size_t i;

	store->options.policy = policy_keep(policy);
	for (i = 0; i < LANES; i++)
		store_lane_use_policy(store->lanes[i], policy);
	policy_release(before);
}

const char *
store_wrong(const struct store *store)
{
	size_t i;

	if (is_available(store))
		return store->trouble ? "slow: the last statement failed" : NULL;
	for (i = 0; i < LANES; i++)
		if (store_lane_wrong(store->lanes[i])[0] != '\0')
			return store_lane_wrong(store->lanes[i]);
	return "no connection yet";
}

struct store *
store_new(struct loop *loop, const struct store_options *options)
{
	struct store *store = mem_alloc(sizeof(*store));
	struct store_lane_owner owner = {lane_trouble, lane_works, lane_changed, lane_finished,
	    lane_again, store};
	unsigned i;

	store->options = *options;
	policy_keep(options->policy);
	TAILQ_INIT(&store->queue);
	store->pump = loop_timer_new(loop, store_pump, store);
	store->chosen = mem_array(options->batch, sizeof(struct store_job *));
	store->outage_us = clock_monotonic_us(options->clock);
	for (i = 0; i < LANES; i++)
		store->lanes[i] = store_lane_new(loop, i, &store->options, &owner);
	return store;
}

void
store_free(struct store *store)
{
	size_t i;

	if (store == NULL)
		return;
	for (i = 0; i < LANES; i++)
		store_lane_free(store->lanes[i]);
	loop_timer_free(store->pump);
	policy_release(store->options.policy);
	free(store->chosen);
	free(store);
}

bool
store_works(const struct store *store)
{
	return is_available(store) && !store->trouble;
}

void
store_put(struct store *store, struct store_job *job)
{
	job->sequence = store->sequence++;
	TAILQ_INSERT_TAIL(&store->queue, job, link);
	loop_soon(store->pump);
}

void
store_stop(struct store *store)
{
	store->stopping = true;
	loop_soon(store->pump);
}
