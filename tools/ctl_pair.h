/* SPDX-License-Identifier: MIT */
/*
 * ctl_pair: tickets decided by two policies, the old and the new, each at the time when
 * it was received. Tickets wait until there are many; then each policy decides on all
 * of them in a thread of its own: nothing is shared but the tickets, which are only read.
 */
#ifndef CTL_PAIR_H
#define CTL_PAIR_H

#include <stdbool.h>

#include "ctl_change.h"
#include "ctl_input.h"

struct ctl_pair;

/* Loads both folders (cache NULL: none). NULL when one cannot be used, which is told
 * to the person. */
struct ctl_pair *ctl_pair_new(const char *before, const char *after, const char *cache);
void ctl_pair_free(struct ctl_pair *pair);                 /* NULL is fine */
const char *ctl_pair_hash(const struct ctl_pair *pair, bool after); /* of the policy */

/* The memory of the next ticket, and its place; ctl_pair_add() once it is there. */
struct arena *ctl_pair_arena(struct ctl_pair *pair);
struct ctl_item *ctl_pair_item(struct ctl_pair *pair);
/* True: no room for another, decide first. */
bool ctl_pair_add(struct ctl_pair *pair);

/* before and after are NULL for what is no ticket, or cannot be decided: the item says
 * why. All is gone afterwards. */
typedef void ctl_pair_visit(void *arg, const struct ctl_item *item,
    const struct ctl_change_side *before, const struct ctl_change_side *after);
/* Decides on those that wait, and visits them in their order. */
void ctl_pair_decide(struct ctl_pair *pair, ctl_pair_visit *visit, void *arg);

#endif
