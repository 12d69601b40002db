/* SPDX-License-Identifier: MIT */
/*
 * trial_scores: why an example is not the category that it should be, for trial.c:
 * which training texts to add, and what the scores were.
 */
#ifndef TRIAL_SCORES_H
#define TRIAL_SCORES_H

#include "decide.h"

/* Adds to the hint. */
void trial_scores(const struct rules *rules, const struct decision *decision,
    struct str wanted, struct strbuf *hint);

#endif
