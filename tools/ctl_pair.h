/* SPDX-License-Identifier: MIT */
/*
 * ctl_pair: tickets decided by two policies, the old and the new, each at the time when
 * it was received. Lines wait until there are many; then threads, one for each
 * processor, read and decide them while the next are collected. The policies are
 * shared, and the new one is loaded beside the old: a ticket is searched once for both.
 */
#ifndef CTL_PAIR_H
#define CTL_PAIR_H

#include <stdbool.h>

#include "ctl_change.h"
#include "ctl_input.h"

struct ctl_pair;

/* Called for each line in the order of adding, and in the thread that adds. before and
 * after are NULL for what is no ticket, or cannot be decided: the item says why. Of the
 * item only line, id and errors are there. All is gone afterwards. */
typedef void ctl_pair_visit(void *arg, const struct ctl_item *item,
    const struct ctl_change_side *before, const struct ctl_change_side *after);

/* Loads both folders (cache NULL: none). NULL when one cannot be used, which is told
 * to the person. */
struct ctl_pair *ctl_pair_new(const char *before, const char *after, const char *cache,
    ctl_pair_visit *visit, void *arg);
void ctl_pair_free(struct ctl_pair *pair);                 /* NULL is fine */
const char *ctl_pair_hash(const struct ctl_pair *pair, bool after); /* of the policy */

/* Copies the line. True: as many as are collected have been handed to the threads, and
 * those before them visited. */
bool ctl_pair_add(struct ctl_pair *pair, const struct ctl_line *line);
/* Visits all that remain. */
void ctl_pair_finish(struct ctl_pair *pair);

#endif
