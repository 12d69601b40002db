/* SPDX-License-Identifier: MIT */
/*
 * ctl_database: PostgreSQL for tools: one connection that waits. The only
 * user of libpq among the tools (the daemon's never waits: pgconn.h).
 */
#ifndef CTL_DATABASE_H
#define CTL_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl_command.h"
#include "err.h"
#include "str.h"

struct ctl_database;

/* The option of every command that has a database, in the struct of its
 * options: const char *database. */
#define CTL_DATABASE_OPTION(target)                                                               \
	OPTION(target, database, 'd', OPTION_STRING, "CONNINFO", NULL, 0, 0,                      \
	    "the database, as libpq wants it: 'host=… dbname=…', or a URI "                      \
	    "(default: $TRIAGED_DATABASE, else dbname=triaged)")

/* conninfo NULL: the default that the option names; what it leaves open is
 * libpq's own (PGHOST …). NULL with err. */
struct ctl_database *ctl_database_open(const char *conninfo, struct err *err);
/* The same for a command, which says why not. */
enum ctl_exit ctl_database_login(
    struct ctl_database **database, const char *command, const char *conninfo);
void ctl_database_close(struct ctl_database *database); /* NULL is fine */
/* Connects again after a loss. 0; -1 with err. */
int ctl_database_reset(struct ctl_database *database, struct err *err);

struct ctl_rows {
	int rows, columns;
	void *handle;
};
/* One statement with text parameters. 0; -1 with err. rows may be NULL. After
 * 0 always followed by ctl_rows_free(). */
int ctl_database_run(struct ctl_database *database, const char *sql,
    const char *const *params, int count, struct ctl_rows *rows, struct err *err);
void ctl_rows_free(struct ctl_rows *rows);
struct str ctl_rows_get(const struct ctl_rows *rows, int row, int column); /* NULL: absent */
/* Of a column of whole numbers. */
int64_t ctl_rows_number(const struct ctl_rows *rows, int row, int column, int64_t absent);
/* One statement in a connection of its own, for a command that needs no more: it says
 * what went wrong. After CTL_OK always followed by ctl_rows_free(). */
enum ctl_exit ctl_database_ask(const char *command, const char *conninfo, const char *sql,
    const char *const *params, int count, struct ctl_rows *rows);

/* A whole file of statements in one transaction with one more statement at
 * its end. Nothing of it stays on failure. err says "line N: …". */
int ctl_database_script(struct ctl_database *database, const char *script,
    const char *last, const char *const *params, int count, struct err *err);

/* Of the last failure: SQLSTATE ("08000" without one), and the server's hint,
 * "" without one. */
const char *ctl_database_state(const struct ctl_database *database);
const char *ctl_database_hint(const struct ctl_database *database);
/* Did the last failure mean that a table, schema or view is not there? */
bool ctl_database_lacks_schema(const struct ctl_database *database);
bool ctl_database_alive(const struct ctl_database *database);
/* Says the last failure for people, in the name of a command, and gives the
 * exit status that it means. */
enum ctl_exit ctl_database_fail(
    const struct ctl_database *database, const char *command, const struct err *err);

#endif
