/* SPDX-License-Identifier: MIT */
/*
 * store_row: one decided ticket as the values of its database rows. Pure: made
 * once from ticket, decision and policy, and then sent as often as it takes.
 */
#ifndef STORE_ROW_H
#define STORE_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "decide.h"
#include "digest.h"
#include "identity.h"
#include "policy.h"
#include "shadow.h"
#include "ticket.h"

struct store_row {
	struct str source, key; /* unique together */
	unsigned char digest[DIGEST_BYTES];
	int digest_version;
	struct identity identity;
	unsigned char reply_id[16]; /* Message-ID; used only with has_reply */
	const struct ticket *ticket;
	struct str locale;
	int64_t received_at_ms; /* the clock of the decision */
	bool clock_from_sender;
	struct str category, outcome, team, priority;
	bool has_due;
	int64_t due_ms;
	int64_t wait_ms; /* for the requester's answer; 0: does not wait */
	double confidence;
	struct str fields, attachments, found, explanation; /* JSON */
	struct str missing;                                 /* names joined by ',' */
	unsigned char policy[DIGEST_BYTES];
	bool has_reply;
	struct str reply_subject, reply_body; /* with the markers of the link (answer.h) */
	struct shadow_decision shadow; /* the caller's */
};

/* Fills what comes from ticket, decision and policy; source, key, digest,
 * clock_from_sender and shadow are the caller's. Names of its own come from
 * store_row_name(). Everything lives in the arena or in what was given.
 * scratch is overwritten. 0, or -1 when the arena is full. */
int store_row_fill(struct store_row *row, struct arena *arena, struct strbuf *scratch,
    const struct ticket *ticket, const struct decision *decision,
    const struct policy *policy);
/* Gives the ticket a new identity. */
void store_row_name(struct store_row *row, int64_t now_ms);

#endif
