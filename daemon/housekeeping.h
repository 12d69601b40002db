/* SPDX-License-Identifier: MIT */
/*
 * housekeeping: what the database needs now and then, and what it says of itself,
 * on a connection of its own so that it never stands before a ticket: tidying up
 * (triaged.tidy()), then reading the gauges. Any number of daemons may do it at
 * once.
 */
#ifndef HOUSEKEEPING_H
#define HOUSEKEEPING_H

#include "clock.h"
#include "loop.h"
#include "str.h"

struct housekeeping;

struct housekeeping *housekeeping_new(
    struct loop *loop, const char *conninfo, const struct clock *clock);
void housekeeping_free(struct housekeeping *housekeeping);
/* The metrics that are read from the database (gauges.h). */
void housekeeping_print(const struct housekeeping *housekeeping, struct strbuf *out);

#endif
