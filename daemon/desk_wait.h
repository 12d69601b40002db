/* SPDX-License-Identifier: MIT */
/*
 * desk_wait: tickets that wait for their requester: reminded once, at half of
 * the wait, and in the end closed or given to people, as their category says.
 * A part of the desk, which lends its connection for one statement at a time.
 *
 * A look lists what is due; then each one is done by a statement of its own
 * that names the moment that was due. Of several daemons one does it, and what
 * came due while none was running is done by the next look.
 */
#ifndef DESK_WAIT_H
#define DESK_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "metrics.h"
#include "pgconn.h"
#include "policy.h"

struct desk_wait;

/* One statement is done; the connection is the desk's again. */
typedef void desk_wait_fn(void *arg, const struct pgconn_result *result);

struct desk_wait *desk_wait_new(struct policy *policy, struct metrics *metrics,
    const struct clock *clock, desk_wait_fn *done, void *arg);
void desk_wait_free(struct desk_wait *wait);
void desk_wait_use_policy(struct desk_wait *wait, struct policy *policy);

/* It is time for a look. */
void desk_wait_look(struct desk_wait *wait);
/* Something is to be done. */
bool desk_wait_has_work(const struct desk_wait *wait);
/* Runs one statement on the idle connection. */
void desk_wait_step(struct desk_wait *wait, struct pgconn *conn);
/* The connection is gone: what is left is for another look. */
void desk_wait_forget(struct desk_wait *wait);

#endif
