/* SPDX-License-Identifier: MIT */
#include "ctl_database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "ctl_command.h"
#include "ctl_text.h"
#include "mem.h"

struct ctl_database {
	PGconn *conn;
	char sqlstate[6]; /* of the last failure, as is: */
	char hint[512];
};

/* libpq's messages have several lines; ours have one. */
static int
database_fail(struct err *err, const char *message)
{
	struct strbuf line;

	strbuf_init(&line, 0);
	ctl_text_line(&line, str_of(message), 450);
	err_set(err, "%.*s", STR_ARG(strbuf_str(&line)));
	strbuf_fini(&line);
	return -1;
}

static void
database_notice(void *arg, const char *message)
{
	struct str text = str_trim(str_of(message));

	(void)arg;
	ctl_complain("database: %.*s", STR_ARG(text));
}

struct ctl_database *
ctl_database_open(const char *conninfo, struct err *err)
{
	/* A later keyword wins: the caller's conninfo over our timeout. */
	const char *names[] = {"connect_timeout", "tcp_user_timeout", "fallback_application_name",
	    "client_encoding", "options", "dbname", NULL};
	const char *values[] = {"10", "15000", "triagectl", "UTF8",
	    "-c client_min_messages=warning -c TimeZone=UTC", conninfo, NULL};
	struct ctl_database *database = mem_alloc(sizeof(*database));

	if (conninfo == NULL)
		conninfo = getenv("TRIAGED_DATABASE");
	values[5] = conninfo != NULL && *conninfo != '\0' ? conninfo : "dbname=triaged";
	database->conn = PQconnectdbParams(names, values, 1);
	if (database->conn != NULL && PQstatus(database->conn) == CONNECTION_OK) {
		PQsetNoticeProcessor(database->conn, database_notice, NULL);
		return database;
	}
	database_fail(err, database->conn != NULL ? PQerrorMessage(database->conn) : "no memory");
	ctl_database_close(database);
	return NULL;
}

enum ctl_exit
ctl_database_login(struct ctl_database **database, const char *command, const char *conninfo)
{
	struct err err;

	*database = ctl_database_open(conninfo, &err);
	if (*database != NULL)
		return CTL_OK;
	ctl_complain("%s: %s", command, err.text);
	return CTL_UNAVAILABLE;
}

void
ctl_database_close(struct ctl_database *database)
{
	if (database == NULL)
		return;
	PQfinish(database->conn);
	free(database);
}

int
ctl_database_reset(struct ctl_database *database, struct err *err)
{
	PQreset(database->conn);
	return ctl_database_alive(database)
	    ? 0
	    : database_fail(err, PQerrorMessage(database->conn));
}

/* The line of a script that holds its n-th character, from 1. */
static unsigned
script_line(const char *script, const char *position)
{
	unsigned long character = strtoul(position, NULL, 10);
	unsigned line = 1;

	for (; *script != '\0' && character > 1; script++) {
		if (((unsigned char)*script & 0xC0) != 0x80)
			character--;
		line += *script == '\n';
	}
	return line;
}

/* Takes a result. 0 when it is good; else err says why, with the script's line
 * when one is given. */
static int
database_check(
    struct ctl_database *database, PGresult *result, const char *script, struct err *err)
{
	ExecStatusType status = PQresultStatus(result);
	const char *state, *message, *position, *hint;

	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK ||
	    status == PGRES_EMPTY_QUERY)
		return 0;
	state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
	hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	snprintf(database->hint, sizeof(database->hint), "%s", hint != NULL ? hint : "");
	snprintf(database->sqlstate, sizeof(database->sqlstate), "%.5s",
	    state != NULL ? state : "08000");
	database_fail(err, message != NULL ? message : PQerrorMessage(database->conn));
	if (script != NULL && position != NULL)
		err_prefix(err, "line %u", script_line(script, position));
	return -1;
}

int
ctl_database_run(struct ctl_database *database, const char *sql, const char *const *params,
    int count, struct ctl_rows *rows, struct err *err)
{
	PGresult *result =
	    PQexecParams(database->conn, sql, count, NULL, params, NULL, NULL, 0);

	if (database_check(database, result, NULL, err) < 0) {
		PQclear(result);
		return -1;
	}
	if (rows != NULL)
		*rows = (struct ctl_rows){PQntuples(result), PQnfields(result), result};
	else
		PQclear(result);
	return 0;
}

void
ctl_rows_free(struct ctl_rows *rows)
{
	PQclear(rows->handle);
	rows->handle = NULL;
}

struct str
ctl_rows_get(const struct ctl_rows *rows, int row, int column)
{
	if (PQgetisnull(rows->handle, row, column))
		return (struct str){NULL, 0};
	return (struct str){PQgetvalue(rows->handle, row, column),
	    (size_t)PQgetlength(rows->handle, row, column)};
}

int64_t
ctl_rows_number(const struct ctl_rows *rows, int row, int column, int64_t absent)
{
	struct str text = ctl_rows_get(rows, row, column);

	return text.p != NULL ? strtoll(text.p, NULL, 10) : absent;
}

enum ctl_exit
ctl_database_ask(const char *command, const char *conninfo, const char *sql,
    const char *const *params, int count, struct ctl_rows *rows)
{
	struct ctl_database *database;
	enum ctl_exit status = ctl_database_login(&database, command, conninfo);
	struct err err;

	if (status == CTL_OK && ctl_database_run(database, sql, params, count, rows, &err) < 0)
		status = ctl_database_fail(database, command, &err);
	ctl_database_close(database);
	return status;
}

static int
database_script(struct ctl_database *database, const char *script, struct err *err)
{
	PGresult *result = PQexec(database->conn, script);
	int got = database_check(database, result, script, err);

	PQclear(result);
	if (got == 0 && PQtransactionStatus(database->conn) != PQTRANS_INTRANS)
		return err_set(err, "the file ends the transaction itself; it must not");
	return got;
}

int
ctl_database_script(struct ctl_database *database, const char *script, const char *last,
    const char *const *params, int count, struct err *err)
{
	if (ctl_database_run(database, "BEGIN", NULL, 0, NULL, err) < 0)
		return -1;
	if (database_script(database, script, err) == 0 &&
	    ctl_database_run(database, last, params, count, NULL, err) == 0 &&
	    ctl_database_run(database, "COMMIT", NULL, 0, NULL, err) == 0)
		return 0;
	ctl_database_run(database, "ROLLBACK", NULL, 0, NULL, NULL);
	return -1;
}

const char *
ctl_database_state(const struct ctl_database *database)
{
	return database->sqlstate;
}

const char *
ctl_database_hint(const struct ctl_database *database)
{
	return database->hint;
}

bool
ctl_database_lacks_schema(const struct ctl_database *database)
{
	static const char *const states[] = {"42P01", "3F000", "42883", "42703"};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(database->sqlstate, states[i]) == 0)
			return true;
	return false;
}

bool
ctl_database_alive(const struct ctl_database *database)
{
	return PQstatus(database->conn) == CONNECTION_OK;
}

enum ctl_exit
ctl_database_fail(
    const struct ctl_database *database, const char *command, const struct err *err)
{
	if (ctl_database_lacks_schema(database)) {
		ctl_complain("%s: this database has no triaged schema, or an older one (%s); "
			     "\"triagectl db upgrade\" makes it",
		    command, err->text);
		return CTL_CONFIG;
	}
	ctl_complain("%s: %s", command, err->text);
	if (database->hint[0] != '\0')
		ctl_complain("%s: %s", command, database->hint);
	return ctl_database_alive(database) ? CTL_FAILED : CTL_UNAVAILABLE;
}
