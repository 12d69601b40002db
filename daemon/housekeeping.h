/* SPDX-License-Identifier: MIT */
/*
 * housekeeping: what the database needs now and then, on a connection of its
 * own so that it never stands before a ticket: folding the depth counters.
 * Any number of daemons may do it at once.
 */
#ifndef HOUSEKEEPING_H
#define HOUSEKEEPING_H

#include "loop.h"

struct housekeeping;

struct housekeeping *housekeeping_new(struct loop *loop, const char *conninfo);
void housekeeping_free(struct housekeeping *housekeeping);

#endif
