/* SPDX-License-Identifier: MIT */
/*
 * rules_due: until when a ticket should be done that no new decision is made
 * on: one that comes back, or that people get because nobody answered.
 */
#ifndef RULES_DUE_H
#define RULES_DUE_H

#include "rules.h"

/* from_ms plus the priority's target in the team's working time. By name, as
 * tickets know them: without that team any time counts, without that priority
 * it is due at once. */
int64_t rules_due(const struct rules *rules, struct str team, struct str priority,
    int64_t from_ms);

#endif
