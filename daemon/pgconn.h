/* SPDX-License-Identifier: MIT */
/*
 * pgconn: one asynchronous libpq connection in the loop. The only user of
 * libpq in the daemon; it never waits. One statement at a time, prepared per
 * connection, parameters in binary; a deadline on everything; reconnect with
 * jittered, capped backoff (50 ms … 5 s). What to do about an error is told
 * by class, from one table of SQLSTATEs.
 *
 * libpq resolves names by asking and waiting: a host name in the conninfo may
 * stop the loop. Use a socket folder, an address, or hostaddr= beside host=.
 */
#ifndef PGCONN_H
#define PGCONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "loop.h"
#include "str.h"

enum pgconn_class {
	PGCONN_OK,
	PGCONN_RETRY,      /* same connection: serialization, deadlock */
	PGCONN_SLOW,       /* out of time, or cancelled: nothing happened, but may again */
	PGCONN_LOST,       /* the connection is gone; it is being made anew */
	PGCONN_EXHAUSTED,  /* disk full, memory, I/O: probe slowly */
	PGCONN_REFUSED,    /* this data cannot be stored (22xxx, 23xxx, 54xxx) */
	PGCONN_OPERATOR    /* schema, privileges, configuration: somebody must act */
};
enum pgconn_class pgconn_classify(const char *sqlstate);
const char *pgconn_class_name(enum pgconn_class class);

/* A statement prepared on every connection before it counts as ready. */
struct pgconn_statement {
	const char *name;
	const char *sql;
};

struct pgconn_param {
	const char *p; /* NULL is SQL NULL */
	int n;         /* text needs no terminator */
	bool binary;
};

struct pgconn_result {
	enum pgconn_class class;
	char sqlstate[6];
	/* For the log: one line, the server's primary message. Class 22 is cut before
	 * the quoted value, which is a person's. */
	const char *message;
	int rows, columns;
	void *handle; /* for pgconn_value() */
};
/* A value in text or binary as asked; absent for SQL NULL. Borrowed until the
 * callback returns. */
struct str pgconn_value(const struct pgconn_result *result, int row, int column);

typedef void pgconn_done_fn(void *arg, const struct pgconn_result *result);

struct pgconn;

struct pgconn_options {
	const char *conninfo;
	const struct pgconn_statement *statements;
	size_t statement_count;
	int64_t connect_deadline_ms, statement_deadline_ms;
	/* ready: connected and prepared; may call pgconn_run(). down: it was ready, or an
	 * attempt failed; reason is one line. Neither is called inside another
	 * pgconn function. A statement under way gets its callback with PGCONN_LOST
	 * before "down", which gets PGCONN_SLOW when its deadline was the reason. */
	void (*ready)(void *arg, struct pgconn *conn);
	void (*down)(void *arg, struct pgconn *conn, enum pgconn_class class, const char *reason);
	void *arg;
};

/* Starts connecting in the next turn. The conninfo is copied, the statements are
 * not. Sessions commit synchronously, and have no JIT unless the conninfo, the role
 * or the database asks for it; the server gives a statement up a tenth before its
 * deadline does (57014: nothing happened; after the deadline: who knows). */
struct pgconn *pgconn_new(struct loop *loop, const struct pgconn_options *options);
/* A statement under way gets no callback. Not from one of its callbacks. */
void pgconn_free(struct pgconn *conn);
bool pgconn_is_idle(const struct pgconn *conn); /* ready, and no statement under way */

/* Runs a prepared statement with at most 64 parameters. Only when idle, from done
 * too. binary: results in binary. The parameters may go after the call. OK means
 * that the server has committed, not only answered. Keep the parameters under
 * some megabytes: libpq moves all that is unsent at each write (8 MiB: 0.1 s of
 * this thread, 32 MiB: over 1 s). */
void pgconn_run(struct pgconn *conn, const char *statement, const struct pgconn_param *params,
    int count, bool binary, pgconn_done_fn *done, void *arg);
/* Drops the connection and makes it anew (schema not ours, read-only server). */
void pgconn_restart(struct pgconn *conn, const char *reason);

#endif
