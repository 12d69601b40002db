/* SPDX-License-Identifier: MIT */
/*
 * gate: the conditions that must hold before a person gets a ticket. A gate
 * that holds says nothing. One that does not hold says either "answered" (the
 * help-center text is the answer) or "ask": the field counts as missing, what
 * was found for it is dropped ("I have not told her yet"). A gate whose field
 * is unknown asks where that field may be asked for, else it says "answered".
 *
 * A gate may say otherwise ("unknown"). Where a category is self-service the
 * help-center text is always the answer.
 *
 * All gates are looked at in their order. The first "answered" decides, also
 * over an "ask" before it: nobody is asked for what would not help.
 */
#ifndef GATE_H
#define GATE_H

#include <stdbool.h>

#include "draft.h"

/* True: answered. Marks what is missing and notes the gate in the decision: the
 * one that answered, else the first that asked. */
bool gate_answers(struct draft *draft);
/* Whether a condition is known to hold, in the ticket's language. */
bool gate_holds(const struct draft *draft, const struct rules_condition *when);

#endif
