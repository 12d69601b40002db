/* SPDX-License-Identifier: MIT */
/*
 * ctl_tally: what became of the tickets that "push" sent: counted, written
 * down one by one (receipts), shown while it goes on and at the end.
 */
#ifndef CTL_TALLY_H
#define CTL_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "rules.h"
#include "str.h"
#include "wire.h"

#define CTL_TALLY_AUDIENCES 8
#define CTL_TALLY_STATUSES (WIRE_OK + 1)

struct ctl_tally {
	int64_t started_us;
	size_t total;     /* lines, 0 = not known */
	size_t read;      /* lines read */
	size_t refused;   /* lines that are no ticket: never sent */
	size_t silent;    /* sent, never answered */
	size_t resent;    /* messages sent again */
	size_t status[CTL_TALLY_STATUSES]; /* last answers */
	char audiences[CTL_TALLY_AUDIENCES][32];
	size_t audience_count;
	size_t outcome[OUTCOME_COUNT][CTL_TALLY_AUDIENCES];
	FILE *receipts; /* or NULL */
	bool progress;
	int64_t shown_us;
};

/* What push knows of a ticket when its answer comes. */
struct ctl_tally_ticket {
	size_t line;
	struct str id;
	struct str audience;
};

void ctl_tally_answer(struct ctl_tally *tally, const struct ctl_tally_ticket *ticket,
    const struct wire_answer *answer);
void ctl_tally_silent(struct ctl_tally *tally, const struct ctl_tally_ticket *ticket);
size_t ctl_tally_done(const struct ctl_tally *tally);
bool ctl_tally_failed(const struct ctl_tally *tally);

/* One line on the terminal that overwrites itself; now and then at most. */
void ctl_tally_progress(struct ctl_tally *tally, int64_t now_us);
void ctl_tally_progress_end(struct ctl_tally *tally);
void ctl_tally_text(const struct ctl_tally *tally, int64_t now_us, struct strbuf *out);
void ctl_tally_json(const struct ctl_tally *tally, int64_t now_us, struct strbuf *out);

#endif
