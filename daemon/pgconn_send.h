/* SPDX-License-Identifier: MIT */
/*
 * pgconn_send: what goes out on a connection, put into libpq's buffer. A part of
 * pgconn, for nobody else. Each returns 1, or 0 with the reason in the
 * connection.
 */
#ifndef PGCONN_SEND_H
#define PGCONN_SEND_H

#include <stdbool.h>
#include <stdint.h>

#include "pgconn.h"

#define PGCONN_PARAMS 64 /* at most, in one statement */

struct pg_conn; /* libpq's PGconn */

/* Settings of the session, in one statement. */
int pgconn_send_settings(struct pg_conn *pg, int64_t statement_deadline_ms);
int pgconn_send_prepare(struct pg_conn *pg, const struct pgconn_statement *statement);
int pgconn_send_run(struct pg_conn *pg, const char *statement, const struct pgconn_param *params,
    int count, bool binary);

#endif
