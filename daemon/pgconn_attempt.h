/* SPDX-License-Identifier: MIT */
/*
 * pgconn_attempt: one attempt to reach a PostgreSQL server, over all its hosts
 * and addresses. A part of pgconn, for nobody else. The deadline is the
 * owner's: it frees the attempt.
 */
#ifndef PGCONN_ATTEMPT_H
#define PGCONN_ATTEMPT_H

#include <stdint.h>

#include "loop.h"

struct pgconn_attempt;
struct pg_conn; /* libpq's PGconn */

/* A connection in non-blocking mode, which is the owner's now; or NULL and why
 * not, sqlstate "" when no server answered; the texts are the attempt's.
 * Nothing happens after it: the owner may free the attempt here. */
typedef void pgconn_attempt_fn(void *arg, struct pg_conn *pg, const char *sqlstate,
    const char *message);

/* The callback comes in a later turn, even for a conninfo that is no conninfo. */
struct pgconn_attempt *pgconn_attempt_new(struct loop *loop, const char *conninfo,
    pgconn_attempt_fn *fn, void *arg);
void pgconn_attempt_free(struct pgconn_attempt *attempt); /* NULL is fine */

/* How long to wait after so many failures in a row, of which the last one had
 * this SQLSTATE: half to all of a step that doubles from 50 ms to 5 s, so that
 * many daemons do not come at once. */
int64_t pgconn_attempt_backoff_ms(unsigned failures, const char *sqlstate);

#endif
