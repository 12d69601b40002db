/* SPDX-License-Identifier: MIT */
/*
 * shadow: a second policy decides on the same ticket at the same time of its clock, and
 * is only recorded: what would change is seen on real traffic before the rules go live.
 * Nothing that goes wrong here touches the ticket: the decision is then not there.
 * Follow-ups and previews have no second decision.
 */
#ifndef SHADOW_H
#define SHADOW_H

#include "arena.h"
#include "decide.h"
#include "digest.h"
#include "policy.h"
#include "ticket.h"

enum shadow_verdict {
	SHADOW_OFF,    /* there is no shadow policy */
	SHADOW_FAILED, /* it cannot decide on this one: memory, an audience that it lacks */
	SHADOW_SAME,   /* as the live one */
	SHADOW_DIFFERENT
};

/* What is compared; missing in any order. */
enum shadow_part {
	SHADOW_CATEGORY,
	SHADOW_OUTCOME,
	SHADOW_TEAM,
	SHADOW_PRIORITY,
	SHADOW_MISSING,
	SHADOW_PARTS
};

/* The values of a row of triaged.shadow; only with SAME and DIFFERENT. */
struct shadow_decision {
	enum shadow_verdict verdict;
	unsigned differs; /* 1 << enum shadow_part of each that does; not stored */
	unsigned char policy[DIGEST_BYTES];
	struct str category, outcome, team, priority;
	struct str missing; /* names joined by ',' */
	double confidence;
};

struct shadow;
/* Keeps the policy. NULL: no memory. */
struct shadow *shadow_new(struct policy *policy);
void shadow_free(struct shadow *shadow); /* NULL is fine */

/* Decides on the ticket at the clock of the live decision, and compares. It works in
 * memory of its own; the names of the result are copied into the arena, which is the
 * ticket's. */
void shadow_decide(struct shadow *shadow, const struct ticket *ticket,
    const struct decision *live, struct arena *arena, struct shadow_decision *result);

#endif
