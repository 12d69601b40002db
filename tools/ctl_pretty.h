/* SPDX-License-Identifier: MIT */
/*
 * ctl_pretty: one decision in plain words, for people.
 */
#ifndef CTL_PRETTY_H
#define CTL_PRETTY_H

#include "ctl_input.h"
#include "decide.h"
#include "policy.h"

/* decision: looked at only when the item is valid. */
void ctl_pretty_item(const struct policy *policy, const struct ctl_item *item,
    const struct decision *decision, struct strbuf *out);

#endif
