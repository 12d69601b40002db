/* SPDX-License-Identifier: MIT */
/*
 * ctl_change: what differs between two decisions on the same ticket, counted by
 * kind: "category: mentor.break -> mentor.stop, 12 tickets: A1, A2, …".
 */
#ifndef CTL_CHANGE_H
#define CTL_CHANGE_H

#include <stddef.h>

#include "json.h"
#include "str.h"

#define CTL_CHANGE_IDS 5 /* shown of each kind of change */

enum ctl_change_part {
	CTL_CHANGE_CATEGORY,
	CTL_CHANGE_OUTCOME,
	CTL_CHANGE_TEAM,
	CTL_CHANGE_PRIORITY,
	CTL_CHANGE_MISSING, /* "a, b", or "nothing" */
	CTL_CHANGE_ANSWER,  /* the mail's text, with the same category and outcome */
	CTL_CHANGE_PARTS
};
extern const char *const ctl_change_names[];

/* One decision, as far as it is compared. */
struct ctl_change_side {
	struct str value[CTL_CHANGE_PARTS];
};

struct ctl_changes;
/* Compares the parts before that one: CTL_CHANGE_PARTS for all. */
struct ctl_changes *ctl_changes_new(enum ctl_change_part parts);
void ctl_changes_free(struct ctl_changes *changes);
/* Counts one ticket. */
void ctl_changes_add(struct ctl_changes *changes, struct str id,
    const struct ctl_change_side *before, const struct ctl_change_side *after);
/* Counts so many more, without a difference. */
void ctl_changes_same(struct ctl_changes *changes, size_t tickets);
size_t ctl_changes_tickets(const struct ctl_changes *changes); /* counted */
size_t ctl_changes_changed(const struct ctl_changes *changes); /* with any difference */
/* The table, the most frequent first in each part; most: rows of a part. */
void ctl_changes_text(const struct ctl_changes *changes, size_t most, struct strbuf *out);
/* "tickets", "changed" and a list for each part, into the object that is open. */
void ctl_changes_json(const struct ctl_changes *changes, struct json *json);

#endif
