/* SPDX-License-Identifier: MIT */
#include "shadow.h"

#include <stdlib.h>

#include "limits.h"
#include "mem.h"

#define SHADOW_BYTES ((size_t)16 * LIMIT_MESSAGE_BYTES) /* as a request has */

struct shadow {
	struct policy *policy;
	struct decider *decider;
	struct arena *arena; /* of one decision */
	struct strbuf scratch;
};

struct shadow *
shadow_new(struct policy *policy)
{
	struct shadow *shadow = mem_alloc(sizeof(*shadow));

	shadow->policy = policy_keep(policy);
	shadow->decider = decider_new(policy, false);
	shadow->arena = arena_new(SHADOW_BYTES);
	strbuf_init(&shadow->scratch, 0);
	if (shadow->decider != NULL && shadow->arena != NULL)
		return shadow;
	shadow_free(shadow);
	return NULL;
}

void
shadow_free(struct shadow *shadow)
{
	if (shadow == NULL)
		return;
	decider_free(shadow->decider);
	policy_release(shadow->policy);
	arena_free(shadow->arena);
	strbuf_fini(&shadow->scratch);
	free(shadow);
}

static bool
shadow_misses_the_same(const struct decision *live, const struct decision *mine)
{
	size_t i;

	if (live->missing_count != mine->missing_count)
		return false;
	for (i = 0; i < mine->missing_count; i++)
		if (!decision_is_missing(live, mine->missing[i]->name))
			return false;
	return true;
}

static unsigned
shadow_differs(const struct decision *live, const struct decision *mine)
{
	return (unsigned)!str_eq(live->category->name, mine->category->name) << SHADOW_CATEGORY |
	    (unsigned)(live->outcome != mine->outcome) << SHADOW_OUTCOME |
	    (unsigned)!str_eq(live->team->name, mine->team->name) << SHADOW_TEAM |
	    (unsigned)!str_eq(live->priority->name, mine->priority->name) << SHADOW_PRIORITY |
	    (unsigned)!shadow_misses_the_same(live, mine) << SHADOW_MISSING;
}

/* False: no room in the arena. */
static bool
shadow_keep(struct shadow *shadow, const struct decision *mine, struct arena *arena,
    struct shadow_decision *result)
{
	strbuf_clear(&shadow->scratch);
	decision_put_missing(mine, &shadow->scratch);
	policy_digest(shadow->policy, result->policy);
	result->category = arena_dup(arena, mine->category->name);
	result->outcome = str_of(outcome_names[mine->outcome]);
	result->team = arena_dup(arena, mine->team->name);
	result->priority = arena_dup(arena, mine->priority->name);
	result->missing = arena_dup(arena, strbuf_str(&shadow->scratch));
	result->confidence = mine->confidence;
	return result->category.p != NULL && result->team.p != NULL &&
	    result->priority.p != NULL && result->missing.p != NULL;
}

void
shadow_decide(struct shadow *shadow, const struct ticket *ticket, const struct decision *live,
    struct arena *arena, struct shadow_decision *result)
{
	struct decision mine = {.category = NULL};
	struct err err;

	*result = (struct shadow_decision){.verdict = SHADOW_FAILED};
	arena_reset(shadow->arena);
	if (rules_audience_find(shadow->policy->rules, ticket->audience) >= 0 &&
	    decide(shadow->decider, ticket, live->clock_ms, shadow->arena, &mine, &err) == 0 &&
	    shadow_keep(shadow, &mine, arena, result)) {
		result->differs = shadow_differs(live, &mine);
		result->verdict = result->differs == 0 ? SHADOW_SAME : SHADOW_DIFFERENT;
	}
}
