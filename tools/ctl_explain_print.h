/* SPDX-License-Identifier: MIT */
/*
 * ctl_explain_print: one decision told as a person would tell it. What a visitor wrote
 * stands behind "| ", neutralized, with the words that decided in brackets, or
 * in colour.
 */
#ifndef CTL_EXPLAIN_PRINT_H
#define CTL_EXPLAIN_PRINT_H

#include <stdbool.h>
#include <stddef.h>

#include "decide.h"
#include "policy.h"
#include "str.h"
#include "ticket.h"

struct ctl_explain_style {
	size_t width; /* columns */
	bool colour;
};

void ctl_explain_print(const struct policy *policy, const struct ticket *ticket,
    const struct decision *decision, const struct ctl_explain_style *style, struct strbuf *out);

#endif
