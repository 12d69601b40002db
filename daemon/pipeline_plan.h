/* SPDX-License-Identifier: MIT */
/*
 * pipeline_plan: what is to be done about a follow-up, from what it says
 * and what is known of its ticket. Asks no clock and does nothing itself.
 *
 *   waiting for what was asked   decided again with all parts: routed, answered,
 *                                asked again (twice in all), then people
 *   waiting for a person         back to the queue
 *   queued, held                 added; nothing moves
 *   closed                       opened again, due from now
 */
#ifndef PIPELINE_PLAN_H
#define PIPELINE_PLAN_H

#include "decide.h"
#include "desk.h"
#include "metrics.h"
#include "receipt.h"
#include "wire.h"

enum pipeline_verdict {
	FOLLOW_UP_NEW,
	FOLLOW_UP_REPEATED, /* its key is known, and it is the same */
	FOLLOW_UP_CONFLICT, /* its key is another follow-up's */
	FOLLOW_UP_DENIED,   /* the token is not the ticket's */
	FOLLOW_UP_TOO_MANY
};
enum pipeline_verdict pipeline_plan_judge(
    const struct wire_request *wire, const struct desk_ticket *ticket);

struct pipeline_plan {
	const struct wire_request *wire;
	const struct desk_ticket *ticket; /* its parts[0] is filled */
	const struct policy *policy;
	struct decider *decider; /* of that policy */
	int64_t now_ms;
	struct arena *arena;
	struct strbuf *scratch;
	/* Results, in the arena. */
	struct decision decision; /* all zero when nothing was decided anew */
	struct desk_write write;
	struct receipt receipt;
	enum metric metric; /* METRIC_FOLLOW_UP_… */
};
/* Of one that is new: fills the results. 0, or -1 when the arena is full. */
int pipeline_plan_make(struct pipeline_plan *plan);

#endif
