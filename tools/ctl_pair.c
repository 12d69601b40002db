/* SPDX-License-Identifier: MIT */
#include "ctl_pair.h"

#include <pthread.h>
#include <stdlib.h>

#include "ctl_policy.h"
#include "mem.h"

#define PAIR_TICKETS 256
/* Of one ticket, and of all that wait; beyond half of it no more is taken. */
#define PAIR_MEMORY ((size_t)64 * 1024 * 1024)

struct pair_result {
	bool decided;
	struct ctl_item item; /* a copy, with the reason when it could not be decided */
	struct ctl_change_side change;
};

struct pair_side {
	struct ctl_pair *pair;
	const char *folder;
	struct policy *policy;
	struct decider *decider;
	struct arena *arena; /* of one decision */
	struct arena *kept;  /* of all results */
	struct pair_result results[PAIR_TICKETS];
};

struct ctl_pair {
	const char *cache;
	struct pair_side before, after;
	struct arena *arena;
	struct ctl_item items[PAIR_TICKETS];
	size_t count;
};

/* The work for both sides at the same time. */
static void
pair_both(struct ctl_pair *pair, void *(*work)(void *side))
{
	pthread_t thread;
	bool threaded = pthread_create(&thread, NULL, work, &pair->before) == 0;

	if (!threaded)
		work(&pair->before);
	work(&pair->after);
	if (threaded)
		pthread_join(thread, NULL);
}

static void *
pair_load(void *arg)
{
	struct pair_side *side = arg;

	side->policy = ctl_policy_load(side->folder, side->pair->cache);
	if (side->policy != NULL)
		side->decider = decider_new(side->policy, false);
	return NULL;
}

static void
pair_side_init(struct pair_side *side, struct ctl_pair *pair, const char *folder)
{
	side->pair = pair;
	side->folder = folder;
	side->arena = arena_new(PAIR_MEMORY);
	side->kept = arena_new(0);
	if (side->arena == NULL || side->kept == NULL)
		mem_fail();
}

static void
pair_side_fini(struct pair_side *side)
{
	decider_free(side->decider);
	policy_release(side->policy);
	arena_free(side->arena);
	arena_free(side->kept);
}

struct ctl_pair *
ctl_pair_new(const char *before, const char *after, const char *cache)
{
	struct ctl_pair *pair = mem_alloc(sizeof(*pair));

	pair->cache = cache;
	pair->arena = arena_new(PAIR_MEMORY);
	if (pair->arena == NULL)
		mem_fail();
	pair_side_init(&pair->before, pair, before);
	pair_side_init(&pair->after, pair, after);
	pair_both(pair, pair_load);
	if (pair->before.decider != NULL && pair->after.decider != NULL)
		return pair;
	ctl_pair_free(pair);
	return NULL;
}

void
ctl_pair_free(struct ctl_pair *pair)
{
	if (pair == NULL)
		return;
	pair_side_fini(&pair->before);
	pair_side_fini(&pair->after);
	arena_free(pair->arena);
	free(pair);
}

const char *
ctl_pair_hash(const struct ctl_pair *pair, bool after)
{
	return after ? pair->after.policy->hash : pair->before.policy->hash;
}

struct arena *
ctl_pair_arena(struct ctl_pair *pair)
{
	return pair->arena;
}

struct ctl_item *
ctl_pair_item(struct ctl_pair *pair)
{
	return &pair->items[pair->count];
}

bool
ctl_pair_add(struct ctl_pair *pair)
{
	return ++pair->count == PAIR_TICKETS || arena_used(pair->arena) > PAIR_MEMORY / 2;
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
	copy = arena_dup(arena, strbuf_str(&text));
	strbuf_fini(&text);
	free(names);
	return copy;
}

/* Why it could not be decided, out of the memory of that decision. */
static void
pair_keep_faults(struct pair_side *side, struct ctl_ticket *content)
{
	size_t i;

	for (i = 0; i < content->error_count; i++) {
		struct wire_error *error = &content->errors[i];

		error->path = arena_dup(side->kept, error->path);
		error->code = arena_dup(side->kept, error->code);
		error->message = arena_dup(side->kept, error->message);
	}
}

static void
pair_decide_one(struct pair_side *side, struct pair_result *result)
{
	const struct ctl_clock clock = {.fixed = false};
	struct decision decision;

	result->decided = result->item.valid &&
	    ctl_decide(side->decider, side->policy, &clock, side->arena, &result->item,
		&decision) == 0;
	if (!result->decided) {
		pair_keep_faults(side, &result->item.content);
		return;
	}
	/* The names live in the policy. */
	result->change = (struct ctl_change_side){{
	    [CTL_CHANGE_CATEGORY] = decision.category->name,
	    [CTL_CHANGE_OUTCOME] = str_of(outcome_names[decision.outcome]),
	    [CTL_CHANGE_TEAM] = decision.team->name,
	    [CTL_CHANGE_PRIORITY] = decision.priority->name,
	    [CTL_CHANGE_MISSING] = pair_missing(side->kept, &decision),
	    [CTL_CHANGE_ANSWER] = decision.has_reply
		? arena_dup(side->kept, decision.reply_body)
		: STR(""),
	}};
}

static void *
pair_decide(void *arg)
{
	struct pair_side *side = arg;
	size_t i;

	arena_reset(side->kept);
	for (i = 0; i < side->pair->count; i++) {
		struct pair_result *result = &side->results[i];

		result->item = side->pair->items[i];
		pair_decide_one(side, result);
		arena_reset(side->arena);
	}
	return NULL;
}

void
ctl_pair_decide(struct ctl_pair *pair, ctl_pair_visit *visit, void *arg)
{
	size_t i;

	pair_both(pair, pair_decide);
	for (i = 0; i < pair->count; i++) {
		const struct pair_result *before = &pair->before.results[i];
		const struct pair_result *after = &pair->after.results[i];

		if (before->decided && after->decided)
			visit(arg, &pair->items[i], &before->change, &after->change);
		else
			visit(arg, before->decided ? &after->item : &before->item, NULL, NULL);
		ctl_item_clear(&pair->items[i]);
	}
	pair->count = 0;
	arena_reset(pair->arena);
}
