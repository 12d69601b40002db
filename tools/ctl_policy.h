/* SPDX-License-Identifier: MIT */
/*
 * ctl_policy: what the commands that decide have in common: rules loaded with
 * their diagnostics shown, and one decider working through tickets.
 */
#ifndef CTL_POLICY_H
#define CTL_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "ctl_input.h"
#include "decide.h"
#include "policy.h"

/* NULL when the rules are wrong: what is wrong has been printed to standard
 * error, with a count as last line. beside: as in policy_load(). */
struct policy *ctl_policy_load(
    const char *folder, const char *cache_dir, struct policy *beside);

/* The clock for a ticket: "at" when given, else received_at, else now. */
struct ctl_clock {
	bool fixed;
	int64_t at_ms;
};
/* text: RFC 3339, or NULL for none. 0, or -1 after saying what is wrong. */
int ctl_clock_parse(const char *text, struct ctl_clock *clock);

/* Decides on an item that could be read. 0; -1 with the item's error set when
 * the policy does not know the audience or memory is out. */
int ctl_decide(struct decider *decider, const struct policy *policy,
    const struct ctl_clock *clock, struct arena *arena, struct ctl_item *item,
    struct decision *decision);

/* The same by two policies (decide_both()), each ticket at the time when it was received. */
int ctl_decide_both(struct decider *decider, struct decider *beside,
    const struct policy *policy, struct arena *arena, struct ctl_item *item,
    struct decision decisions[2]);

#endif
