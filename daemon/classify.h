/* SPDX-License-Identifier: MIT */
/*
 * classify: which category a ticket belongs to. The steps:
 *
 *   1 Each signal of the audience's categories that holds in the decided
 *     locale adds its weight, once, however often its pattern occurs.
 *   2 The reason chosen on the form adds the policy's reason weight; likeness to
 *     a category's training texts (training.h) adds the policy's weight for that.
 *   3 Scores are log-odds. Confidence is a category's share of e^score among
 *     all of the audience, its fallback, which stands at the minimum plus its
 *     own signals, and chatter that may win. The best category that is no
 *     fallback wins when it has at least the fallback's score and the policy's
 *     confidence. Equal scores: order of name.
 *   4 Chatter wins by the same rule, when its signals alone also reach its
 *     minimum: nobody asks for anything, no_action. Likeness is no proof of
 *     that. No winner: the audience's fallback.
 *   5 A pattern that hit a limit might have changed all that: fallback, and a
 *     person reads it. (Of an attachment's name; of text only in the oracle.)
 *   6 The best losers are told what they failed at.
 *   7 PCRE2 says where the signals of the winner, or of chatter, occur.
 *
 * Driven by the patterns found, not by a walk over all categories.
 */
#ifndef CLASSIFY_H
#define CLASSIFY_H

#include "draft.h"

/* The rules turned around: from pattern, box and attachment to categories. */
struct classify;
struct classify *classify_new(const struct rules *rules); /* NULL: no memory */
void classify_free(struct classify *classify);

/* Sets category, outcome (no_action, routed for step 5, else needs_info as a
 * stand-in), confidence, runner-up, candidates, evidence and the warnings
 * about the reason. 0, or -1 when the arena is full. */
int classify_ticket(struct classify *classify, struct draft *draft);

/* Do the chatter signals reach their minimum in the draft's part? Says nothing
 * about what else stands there. */
bool classify_is_chatter(struct draft *draft);

#endif
