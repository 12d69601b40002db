/* SPDX-License-Identifier: MIT */
/*
 * desk_read: results of the desk's statements into plain data. Everything is
 * copied into the arena. Each returns 0, or -1 when the arena is full or the
 * result is not what was asked for.
 */
#ifndef DESK_READ_H
#define DESK_READ_H

#include "arena.h"
#include "desk.h"
#include "pgconn.h"

/* Row 0 of "desk_read". */
int desk_read_ticket(
    struct arena *arena, const struct pgconn_result *result, struct desk_ticket *ticket);
/* Row 0 of "desk_lookup". */
int desk_read_lookup(
    struct arena *arena, const struct pgconn_result *result, struct receipt *receipt);

/* One wait that is due, of "desk_waits". */
struct desk_read_wait {
	struct str uuid, due; /* as they came: binary */
	struct str uuid_text;
	bool ended, by_person;
	struct str reference, token, locale, category, team, priority;
	const struct str *missing;
	size_t missing_count;
};
int desk_read_wait(struct arena *arena, const struct pgconn_result *result, int row,
    struct desk_read_wait *wait);

bool desk_read_boolean(struct str value);

#endif
