/* SPDX-License-Identifier: MIT */
#include "ctl_policy.h"

#include <stdio.h>

#include "answer.h"
#include "clock.h"
#include "ctl_command.h"
#include "ctl_text.h"
#include "diag.h"
#include "timestamp.h"
#include "trial.h"

#define DIAGNOSTICS 50

struct policy *
ctl_policy_load(const char *folder, const char *cache_dir, struct policy *beside)
{
	struct diag_list *diags = diag_list_new(DIAGNOSTICS);
	struct policy *policy = trial_load(folder, cache_dir, beside, &diags);
	struct strbuf out;

	if (policy != NULL)
		return policy;
	strbuf_init(&out, 0);
	diag_print(diags, &out, ctl_text_colour(stderr));
	ctl_text_flush(&out, stderr);
	strbuf_fini(&out);
	ctl_complain("%s: %zu error%s, nothing was done", folder, diag_errors(diags),
	    diag_errors(diags) == 1 ? "" : "s");
	diag_list_free(diags);
	return NULL;
}

int
ctl_clock_parse(const char *text, struct ctl_clock *clock)
{
	*clock = (struct ctl_clock){.fixed = text != NULL};
	if (text == NULL || timestamp_parse(str_of(text), &clock->at_ms) == 0)
		return 0;
	ctl_complain("--at: '%s' is no time; write it like 2026-03-05T09:30:00+01:00", text);
	return -1;
}

/* There is no ticket whose page the answer could name. */
static int
ctl_hide_address(struct arena *arena, struct decision *decision, struct err *err)
{
	struct strbuf body;

	if (!decision->has_reply)
		return 0;

	strbuf_init(&body, 0);
	answer_address(decision->reply_body, ANSWER_NO_ADDRESS, ANSWER_NO_ADDRESS, &body);
	decision->reply_body = arena_dup(arena, strbuf_str(&body));
	strbuf_fini(&body);
	return decision->reply_body.p != NULL ? 0
					      : err_set(err, "no memory left for this ticket");
}

static int64_t
ctl_now(const struct ctl_clock *clock, const struct ticket *ticket)
{
	if (clock->fixed)
		return clock->at_ms;
	return ticket->has_received_at ? ticket->received_at : clock_wall_ms(&clock_system);
}

static bool
ctl_knows(const struct policy *policy, struct arena *arena, struct ctl_item *item)
{
	if (rules_audience_find(policy->rules, item->content.ticket.audience) >= 0)
		return true;
	ctl_item_fail(item, arena, "audience", "unknown_audience",
	    "the rules have no such audience");
	return false;
}

int
ctl_decide(struct decider *decider, const struct policy *policy,
    const struct ctl_clock *clock, struct arena *arena, struct ctl_item *item,
    struct decision *decision)
{
	const struct ticket *ticket = &item->content.ticket;
	struct err err;

	if (!ctl_knows(policy, arena, item))
		return -1;
	if (decide(decider, ticket, ctl_now(clock, ticket), arena, decision, &err) == 0 &&
	    ctl_hide_address(arena, decision, &err) == 0)
		return 0;
	ctl_item_fail(item, arena, "", "too_large", err.text);
	return -1;
}

int
ctl_decide_both(struct decider *decider, struct decider *beside,
    const struct policy *policy, struct arena *arena, struct ctl_item *item,
    struct decision decisions[2])
{
	const struct ticket *ticket = &item->content.ticket;
	const struct ctl_clock clock = {.fixed = false};
	struct err err;

	if (!ctl_knows(policy->beside, arena, item) || !ctl_knows(policy, arena, item))
		return -1;
	if (decide_both(decider, beside, ticket, ctl_now(&clock, ticket), arena, decisions,
		&err) == 0 &&
	    ctl_hide_address(arena, &decisions[0], &err) == 0 &&
	    ctl_hide_address(arena, &decisions[1], &err) == 0)
		return 0;
	ctl_item_fail(item, arena, "", "too_large", err.text);
	return -1;
}
