/* SPDX-License-Identifier: MIT */
/*
 * pipeline_answer: a decision as the receipt that its sender gets. Pure.
 */
#ifndef PIPELINE_ANSWER_H
#define PIPELINE_ANSWER_H

#include "arena.h"
#include "decide.h"
#include "identity.h"
#include "receipt.h"

/* identity: NULL for a preview, which has no ticket. Slices point into what was
 * given and into the arena. 0, or -1 when the arena is full. */
int pipeline_answer_receipt(struct receipt *receipt, struct arena *arena,
    const struct decision *decision, const struct policy *policy,
    const struct identity *identity);
/* Its missing fields and warnings alone. The same. */
int pipeline_answer_lists(
    struct receipt *receipt, struct arena *arena, const struct decision *decision);

/* One more warning in a decision of that arena. 0, or -1 when it is full. */
int pipeline_answer_warn(
    struct decision *decision, struct arena *arena, struct str path, struct str code);

#endif
