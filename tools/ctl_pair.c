/* SPDX-License-Identifier: MIT */
#include "ctl_pair.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "ctl_policy.h"
#include "mem.h"

#define PAIR_LINES 256
#define PAIR_WORKERS 64
/* Of one ticket, and of all lines that wait; beyond half of it no more is taken. */
#define PAIR_MEMORY ((size_t)64 * 1024 * 1024)

enum pair_side { PAIR_AFTER, PAIR_BEFORE, PAIR_SIDES }; /* in the order of decide_both() */

struct pair_result {
	bool decided;
	struct ctl_item item; /* only what is visited */
	struct ctl_change_side sides[PAIR_SIDES];
};

struct pair_batch {
	struct arena *arena; /* of the lines */
	struct ctl_line lines[PAIR_LINES];
	struct pair_result results[PAIR_LINES];
	size_t count;
	atomic_size_t next; /* to be decided */
};

struct pair_worker {
	struct ctl_pair *pair;
	pthread_t thread;
	bool running;
	struct decider *after, *before;
	struct arena *arena; /* of one ticket */
	struct arena *kept;  /* of its results, until they are visited */
};

struct ctl_pair {
	ctl_pair_visit *visit;
	void *arg;
	struct policy *after, *before;
	struct pair_batch batches[2];
	struct pair_batch *filling, *deciding;
	struct pair_worker *workers;
	size_t worker_count;
};

static struct arena *
pair_arena(size_t limit)
{
	struct arena *arena = arena_new(limit);

	if (arena == NULL)
		mem_fail();
	return arena;
}

static struct str
pair_dup(struct arena *arena, struct str text)
{
	struct str copy = arena_dup(arena, text);

	if (copy.p == NULL && text.p != NULL)
		mem_fail();
	return copy;
}

/* Processors that this process may use. */
static size_t
pair_processors(void)
{
	cpu_set_t set;
	int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

	return count > PAIR_WORKERS ? PAIR_WORKERS : (size_t)count;
}

static void
pair_start_workers(struct ctl_pair *pair)
{
	size_t i;

	pair->worker_count = pair_processors();
	pair->workers = mem_array(pair->worker_count, sizeof(pair->workers[0]));
	for (i = 0; i < pair->worker_count; i++) {
		struct pair_worker *worker = &pair->workers[i];

		worker->pair = pair;
		worker->arena = pair_arena(PAIR_MEMORY);
		worker->kept = pair_arena(0);
		worker->after = decider_new(pair->after, false);
		if (worker->after != NULL)
			worker->before = decider_beside(worker->after);
		if (worker->before == NULL)
			mem_fail();
	}
}

struct ctl_pair *
ctl_pair_new(const char *before, const char *after, const char *cache, ctl_pair_visit *visit,
    void *arg)
{
	struct ctl_pair *pair = mem_alloc(sizeof(*pair));
	size_t i;

	pair->visit = visit;
	pair->arg = arg;
	for (i = 0; i < 2; i++)
		pair->batches[i].arena = pair_arena(0);
	pair->filling = &pair->batches[0];
	pair->deciding = &pair->batches[1];
	pair->before = ctl_policy_load(before, cache, NULL);
	if (pair->before != NULL)
		pair->after = ctl_policy_load(after, cache, pair->before);
	if (pair->after != NULL) {
		pair_start_workers(pair);
		return pair;
	}
	ctl_pair_free(pair);
	return NULL;
}

static void
pair_join(struct ctl_pair *pair)
{
	size_t i;

	for (i = 0; i < pair->worker_count; i++) {
		struct pair_worker *worker = &pair->workers[i];

		if (worker->running)
			pthread_join(worker->thread, NULL);
		worker->running = false;
	}
}

void
ctl_pair_free(struct ctl_pair *pair)
{
	size_t i;

	if (pair == NULL)
		return;
	pair_join(pair);
	for (i = 0; i < pair->worker_count; i++) {
		struct pair_worker *worker = &pair->workers[i];

		decider_free(worker->before);
		decider_free(worker->after);
		arena_free(worker->arena);
		arena_free(worker->kept);
	}
	free(pair->workers);
	for (i = 0; i < 2; i++)
		arena_free(pair->batches[i].arena);
	policy_release(pair->after);
	policy_release(pair->before);
	free(pair);
}

const char *
ctl_pair_hash(const struct ctl_pair *pair, bool after)
{
	return after ? pair->after->hash : pair->before->hash;
}

static int
pair_compare_names(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* By name: in what order things are asked for is no difference, but of the answer. */
static struct str
pair_missing(struct arena *arena, const struct decision *decision)
{
	size_t count = decision->missing_count, i;
	struct str copy, *names;
	struct strbuf text;

	if (count == 0)
		return STR("nothing");
	names = mem_array(count, sizeof(*names));
	for (i = 0; i < count; i++)
		names[i] = decision->missing[i]->name;
	qsort(names, count, sizeof(*names), pair_compare_names);
	strbuf_init(&text, 0);
	for (i = 0; i < count; i++) {
		strbuf_puts(&text, i > 0 ? ", " : "");
		strbuf_put(&text, names[i]);
	}
	copy = pair_dup(arena, strbuf_str(&text));
	strbuf_fini(&text);
	free(names);
	return copy;
}

/* What is visited, out of the memory of that ticket. */
static void
pair_keep_item(struct pair_worker *worker, const struct ctl_item *item, struct ctl_item *kept)
{
	const struct ctl_ticket *content = &item->content;
	size_t i;

	*kept = (struct ctl_item){.line = item->line, .valid = item->valid};
	if (content->id.p != NULL)
		kept->content.id = pair_dup(worker->kept, content->id);
	kept->content.error_count = content->error_count;
	for (i = 0; i < content->error_count; i++)
		kept->content.errors[i] = (struct wire_error){
		    .path = pair_dup(worker->kept, content->errors[i].path),
		    .code = pair_dup(worker->kept, content->errors[i].code),
		    .message = pair_dup(worker->kept, content->errors[i].message),
		};
}

/* The names live in the policy. */
static void
pair_keep_side(struct pair_worker *worker, const struct decision *decision,
    struct ctl_change_side *side)
{
	*side = (struct ctl_change_side){{
	    [CTL_CHANGE_CATEGORY] = decision->category->name,
	    [CTL_CHANGE_OUTCOME] = str_of(outcome_names[decision->outcome]),
	    [CTL_CHANGE_TEAM] = decision->team->name,
	    [CTL_CHANGE_PRIORITY] = decision->priority->name,
	    [CTL_CHANGE_MISSING] = pair_missing(worker->kept, decision),
	    [CTL_CHANGE_ANSWER] = decision->has_reply
		? pair_dup(worker->kept, decision->reply_body)
		: STR(""),
	}};
}

static void
pair_decide_one(struct pair_worker *worker, size_t i)
{
	struct pair_batch *batch = worker->pair->deciding;
	struct pair_result *result = &batch->results[i];
	struct decision decisions[PAIR_SIDES];
	struct ctl_item item;
	size_t k;

	ctl_item_read(&batch->lines[i], worker->arena, &item);
	result->decided = item.valid &&
	    ctl_decide_both(worker->after, worker->before, worker->pair->after, worker->arena,
		&item, decisions) == 0;
	pair_keep_item(worker, &item, &result->item);
	for (k = 0; result->decided && k < PAIR_SIDES; k++)
		pair_keep_side(worker, &decisions[k], &result->sides[k]);
	ctl_item_clear(&item);
	arena_reset(worker->arena);
}

static void *
pair_work(void *arg)
{
	struct pair_worker *worker = arg;
	struct pair_batch *batch = worker->pair->deciding;
	size_t i;

	while ((i = atomic_fetch_add(&batch->next, 1)) < batch->count)
		pair_decide_one(worker, i);
	return NULL;
}

static void
pair_start(struct ctl_pair *pair)
{
	size_t started = 0, i;

	atomic_store(&pair->deciding->next, 0);
	for (i = 0; i < pair->worker_count; i++) {
		struct pair_worker *worker = &pair->workers[i];

		arena_reset(worker->kept);
		worker->running = pthread_create(&worker->thread, NULL, pair_work, worker) == 0;
		started += worker->running;
	}
	if (started == 0)
		pair_work(&pair->workers[0]);
}

/* Waits for those that are being decided, and visits them. */
static void
pair_end(struct ctl_pair *pair)
{
	struct pair_batch *batch = pair->deciding;
	size_t i;

	pair_join(pair);
	for (i = 0; i < batch->count; i++) {
		const struct pair_result *result = &batch->results[i];

		if (result->decided)
			pair->visit(pair->arg, &result->item, &result->sides[PAIR_BEFORE],
			    &result->sides[PAIR_AFTER]);
		else
			pair->visit(pair->arg, &result->item, NULL, NULL);
	}
	batch->count = 0;
	arena_reset(batch->arena);
}

static void
pair_turn(struct ctl_pair *pair)
{
	struct pair_batch *filled = pair->filling;

	pair_end(pair);
	pair->filling = pair->deciding;
	pair->deciding = filled;
	pair_start(pair);
}

bool
ctl_pair_add(struct ctl_pair *pair, const struct ctl_line *line)
{
	struct pair_batch *batch = pair->filling;
	struct ctl_line *copy = &batch->lines[batch->count++];

	*copy = *line;
	if (line->text.p != NULL)
		copy->text = pair_dup(batch->arena, line->text);
	if (batch->count < PAIR_LINES && arena_used(batch->arena) < PAIR_MEMORY / 2)
		return false;
	pair_turn(pair);
	return true;
}

void
ctl_pair_finish(struct ctl_pair *pair)
{
	pair_turn(pair);
	pair_end(pair);
}
