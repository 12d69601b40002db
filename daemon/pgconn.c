/* SPDX-License-Identifier: MIT */
/*
 * One state says what the connection is doing; pgconn_enter() is the only one
 * that changes it. One timer serves whatever the state waits for: the next
 * attempt, or the deadline of what is under way.
 *
 * A statement is done when libpq has nothing more for it, not when its first
 * result is there: the server sends the result of a statement before it
 * commits, so a result that was read is no promise. An error or a lost
 * connection after it counts.
 *
 * No callback runs inside pgconn_run() or pgconn_restart(): what goes wrong
 * there is kept as text and handled by pgconn_later() in a turn of the loop.
 */
#include "pgconn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <libpq-fe.h>

#include "log.h"
#include "mem.h"
#include "pgconn_attempt.h"
#include "pgconn_send.h"
#include "pgconn_sqlstate.h"

#define PGCONN_HEALTHY_MS 2000 /* a server that drops whoever connects does so before */

enum pgconn_state {
	PGCONN_WAITING,    /* for the next attempt */
	PGCONN_CONNECTING, /* pgconn_attempt */
	PGCONN_PREPARING,  /* session settings, then each statement */
	PGCONN_IDLE,
	PGCONN_RUNNING,
	PGCONN_FAILED /* dropped by pgconn_later() in the next turn */
};

struct pgconn {
	struct loop *loop;
	struct pgconn_options options;
	enum pgconn_state state;
	struct pgconn_attempt *attempt;
	PGconn *pg;
	struct event *readable, *writable;
	struct loop_timer *timer;   /* next attempt or deadline */
	struct loop_timer *later;   /* handles a failure outside the caller's call */
	struct loop_timer *healthy; /* ready for long enough to forget failures */
	unsigned failures;          /* attempts in a row that led to no lasting connection */
	size_t prepared;            /* 0: session settings are under way */
	bool prepared_anew;         /* once, after a statement had gone */
	PGresult *result;           /* first error, else first result, of what is under way */
	pgconn_done_fn *done;
	void *done_arg;
	enum pgconn_class failure;
	char sqlstate[6];
	char reason[256];
};

static void
pgconn_enter(struct pgconn *conn, enum pgconn_state state)
{
	/* In the order of enum pgconn_state. */
	static const char *const names[] = {
	    "waiting", "connecting", "preparing", "idle", "running", "failed"};

	if (state != PGCONN_RUNNING && conn->state != PGCONN_RUNNING)
		log_debug("pgconn=%p %s -> %s", (void *)conn, names[conn->state], names[state]);
	conn->state = state;
}

static void
pgconn_event_free(struct event **event)
{
	if (*event != NULL)
		event_free(*event);
	*event = NULL;
}

/* Closes what is open; what libpq may do with its descriptor comes after ours. */
static void
pgconn_close(struct pgconn *conn)
{
	pgconn_event_free(&conn->readable);
	pgconn_event_free(&conn->writable);
	loop_timer_cancel(conn->timer);
	loop_timer_cancel(conn->later);
	loop_timer_cancel(conn->healthy);
	PQclear(conn->result);
	conn->result = NULL;
	pgconn_attempt_free(conn->attempt);
	conn->attempt = NULL;
	PQfinish(conn->pg);
	conn->pg = NULL;
}

/* The connection is over: tells the statement under way, then the owner. */
static void
pgconn_drop(struct pgconn *conn)
{
	pgconn_done_fn *done = conn->done;
	struct pgconn_result lost = {.class = PGCONN_LOST, .message = conn->reason};

	conn->done = NULL;
	pgconn_close(conn);
	pgconn_enter(conn, PGCONN_WAITING);
	conn->failures++;
	loop_timer_set(conn->timer, pgconn_attempt_backoff_ms(conn->failures, conn->sqlstate));
	memcpy(lost.sqlstate, conn->sqlstate, sizeof(lost.sqlstate));
	if (done != NULL)
		done(conn->done_arg, &lost);
	conn->options.down(conn->options.arg, conn, conn->failure, conn->reason);
}

/* Notes why the connection is over; the loop drops it in a later turn. The first
 * reason counts. */
static void
pgconn_fail(struct pgconn *conn, const char *what, const char *message)
{
	char line[200];

	if (conn->state == PGCONN_FAILED || conn->state == PGCONN_WAITING)
		return;
	pgconn_one_line(message, conn->sqlstate, line, sizeof(line));
	snprintf(conn->reason, sizeof(conn->reason), "%s%s%s", what, *line != '\0' ? ": " : "",
	    line);
	conn->failure = pgconn_classify(conn->sqlstate);
	/* No ticket is in a connection's own statements: what is wrong is ours. */
	if (conn->failure == PGCONN_REFUSED && conn->state == PGCONN_PREPARING)
		conn->failure = PGCONN_OPERATOR;
	else if (conn->failure != PGCONN_EXHAUSTED && conn->failure != PGCONN_OPERATOR)
		conn->failure = PGCONN_LOST;
	pgconn_enter(conn, PGCONN_FAILED);
	loop_timer_cancel(conn->timer);
	if (conn->readable != NULL)
		event_del(conn->readable);
	if (conn->writable != NULL)
		event_del(conn->writable);
	loop_soon(conn->later);
}

static void
pgconn_later(void *arg)
{
	struct pgconn *conn = arg;

	if (conn->state == PGCONN_FAILED)
		pgconn_drop(conn);
}

static void
pgconn_keep_sqlstate(struct pgconn *conn, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	snprintf(conn->sqlstate, sizeof(conn->sqlstate), "%s", sqlstate != NULL ? sqlstate : "");
}

/* ---- sending ---- */

/* Gives libpq's output to the socket, and has the loop say when there is room
 * for the rest. Reading goes on meanwhile: the server may wait for us. */
static void
pgconn_flush(struct pgconn *conn)
{
	switch (PQflush(conn->pg)) {
	case 0:
		event_del(conn->writable);
		break;
	case 1:
		event_add(conn->writable, NULL);
		break;
	default:
		pgconn_fail(conn, "sending", PQerrorMessage(conn->pg));
	}
}

static void
pgconn_sent(struct pgconn *conn, int ok)
{
	conn->sqlstate[0] = '\0';
	if (ok)
		pgconn_flush(conn);
	else
		pgconn_fail(conn, "sending", PQerrorMessage(conn->pg));
}

/* ---- receiving ---- */

static void
pgconn_set_deadline(struct pgconn *conn, int64_t ms)
{
	if (ms > 0)
		loop_timer_set(conn->timer, ms);
	else
		loop_timer_cancel(conn->timer);
}

/* A step of the preparation is done: the next one, or ready. */
static void
pgconn_step_done(struct pgconn *conn, const char *error)
{
	const struct pgconn_statement *statements = conn->options.statements;
	char what[100] = "session settings";

	if (error != NULL) {
		if (conn->prepared > 0)
			snprintf(what, sizeof(what), "prepare %s",
			    statements[conn->prepared - 1].name);
		pgconn_fail(conn, what, error);
	} else if (conn->prepared < conn->options.statement_count) {
		pgconn_sent(conn, pgconn_send_prepare(conn->pg, &statements[conn->prepared++]));
	} else {
		loop_timer_cancel(conn->timer);
		loop_timer_set(conn->healthy, PGCONN_HEALTHY_MS);
		pgconn_enter(conn, PGCONN_IDLE);
		conn->options.ready(conn->options.arg, conn);
	}
}

/* True for an error that a new connection may cure: the statement is not there
 * any more, or its plan's columns have changed (0A000). Tried once. */
static bool
pgconn_wants_preparing(struct pgconn *conn)
{
	if (strcmp(conn->sqlstate, "26000") != 0 && strcmp(conn->sqlstate, "0A000") != 0)
		return false;
	if (conn->prepared_anew)
		return false;
	conn->prepared_anew = true;
	conn->sqlstate[0] = '\0'; /* nobody has to act yet */
	return true;
}

/* A statement is done: its owner gets the result and may run the next. */
static void
pgconn_statement_done(struct pgconn *conn, const char *error)
{
	PGresult *result = conn->result;
	struct pgconn_result view = {.class = PGCONN_OK, .message = "", .handle = result};
	pgconn_done_fn *done = conn->done;
	char line[256];

	if (error != NULL) {
		view.class = pgconn_classify(conn->sqlstate);
		if (view.class == PGCONN_LOST || pgconn_wants_preparing(conn)) {
			pgconn_fail(conn, "statement", error);
			return;
		}
		pgconn_one_line(error, conn->sqlstate, line, sizeof(line));
		view.message = line;
		memcpy(view.sqlstate, conn->sqlstate, sizeof(view.sqlstate));
	} else {
		view.rows = PQntuples(result);
		view.columns = PQnfields(result);
	}
	loop_timer_cancel(conn->timer);
	pgconn_enter(conn, PGCONN_IDLE);
	conn->result = NULL;
	conn->done = NULL;
	done(conn->done_arg, &view);
	PQclear(result);
}

/* All results of what was sent are there. */
static void
pgconn_complete(struct pgconn *conn)
{
	ExecStatusType status = PQresultStatus(conn->result);
	const char *error = NULL;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
		pgconn_keep_sqlstate(conn, conn->result);
		error = PQresultErrorField(conn->result, PG_DIAG_MESSAGE_PRIMARY);
		if (error == NULL)
			error = PQresultErrorMessage(conn->result);
	}
	if (PQstatus(conn->pg) != CONNECTION_OK) {
		pgconn_fail(conn, "connection lost",
		    error != NULL ? error : PQerrorMessage(conn->pg));
	} else if (conn->state == PGCONN_PREPARING) {
		PGresult *result = conn->result;

		conn->result = NULL;
		pgconn_step_done(conn, error);
		PQclear(result);
	} else {
		pgconn_statement_done(conn, error);
	}
}

/* Keeps the first error, else the first result. */
static void
pgconn_keep_result(struct pgconn *conn, PGresult *result)
{
	bool failed = PQresultStatus(conn->result) == PGRES_FATAL_ERROR;

	if (conn->result == NULL ||
	    (!failed && PQresultStatus(result) == PGRES_FATAL_ERROR)) {
		PQclear(conn->result);
		conn->result = result;
	} else {
		PQclear(result);
	}
}

/* Takes the results that are there; true when nothing more will come. */
static bool
pgconn_take_results(struct pgconn *conn)
{
	while (!PQisBusy(conn->pg)) {
		PGresult *result = PQgetResult(conn->pg);

		if (result == NULL)
			return true;
		pgconn_keep_result(conn, result);
	}
	return false;
}

static void
pgconn_lost_input(struct pgconn *conn)
{
	char message[256];

	conn->sqlstate[0] = '\0';
	snprintf(message, sizeof(message), "%s", PQerrorMessage(conn->pg));
	/* The server may have said why before it hung up. */
	if (conn->state != PGCONN_IDLE)
		pgconn_take_results(conn);
	if (conn->result != NULL && PQresultStatus(conn->result) == PGRES_FATAL_ERROR)
		pgconn_keep_sqlstate(conn, conn->result);
	pgconn_fail(conn, "connection lost", message);
}

static void
pgconn_read(evutil_socket_t fd, short what, void *arg)
{
	struct pgconn *conn = arg;
	PGnotify *notify;

	(void)fd;
	(void)what;
	if (!PQconsumeInput(conn->pg)) {
		pgconn_lost_input(conn);
		return;
	}
	while ((notify = PQnotifies(conn->pg)) != NULL)
		PQfreemem(notify);
	pgconn_flush(conn);
	if ((conn->state == PGCONN_PREPARING || conn->state == PGCONN_RUNNING) &&
	    pgconn_take_results(conn))
		pgconn_complete(conn);
}

static void
pgconn_write(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	pgconn_flush(arg);
}

/* ---- connecting ---- */

static void
pgconn_connected(void *arg, PGconn *pg, const char *sqlstate, const char *message)
{
	struct pgconn *conn = arg;
	struct event_base *base = loop_base(conn->loop);

	if (pg == NULL) {
		snprintf(conn->sqlstate, sizeof(conn->sqlstate), "%s", sqlstate);
		pgconn_fail(conn, "connecting", message); /* the attempt's text */
		return;
	}
	pgconn_attempt_free(conn->attempt);
	conn->attempt = NULL;
	conn->pg = pg;
	conn->readable = event_new(base, PQsocket(pg), EV_READ | EV_PERSIST, pgconn_read, conn);
	conn->writable = event_new(base, PQsocket(pg), EV_WRITE, pgconn_write, conn);
	if (conn->readable == NULL || conn->writable == NULL ||
	    event_add(conn->readable, NULL) != 0) {
		pgconn_fail(conn, "connecting", "no event for the socket");
		return;
	}
	pgconn_enter(conn, PGCONN_PREPARING);
	conn->prepared = 0;
	pgconn_sent(conn,
	    pgconn_send_settings(conn->pg, conn->options.statement_deadline_ms));
}

static void
pgconn_connect(struct pgconn *conn)
{
	conn->sqlstate[0] = '\0';
	pgconn_enter(conn, PGCONN_CONNECTING);
	pgconn_set_deadline(conn, conn->options.connect_deadline_ms);
	conn->attempt = pgconn_attempt_new(conn->loop, conn->options.conninfo, pgconn_connected,
	    conn);
}

/* ---- the owner's side ---- */

static void
pgconn_time(void *arg)
{
	struct pgconn *conn = arg;

	if (conn->state == PGCONN_WAITING) {
		pgconn_connect(conn);
		return;
	}
	conn->sqlstate[0] = '\0';
	if (conn->state == PGCONN_RUNNING) {
		pgconn_fail(conn, "statement deadline passed", "");
		conn->failure = PGCONN_SLOW;
	} else {
		pgconn_fail(conn, "connect deadline passed", "");
	}
}

static void
pgconn_is_healthy(void *arg)
{
	struct pgconn *conn = arg;

	conn->failures = 0;
	conn->prepared_anew = false;
}

struct pgconn *
pgconn_new(struct loop *loop, const struct pgconn_options *options)
{
	struct pgconn *conn = mem_alloc(sizeof(*conn));

	conn->loop = loop;
	conn->options = *options;
	conn->options.conninfo = mem_strdup(options->conninfo);
	conn->timer = loop_timer_new(loop, pgconn_time, conn);
	conn->later = loop_timer_new(loop, pgconn_later, conn);
	conn->healthy = loop_timer_new(loop, pgconn_is_healthy, conn);
	conn->state = PGCONN_WAITING;
	loop_soon(conn->timer);
	return conn;
}

void
pgconn_free(struct pgconn *conn)
{
	if (conn == NULL)
		return;
	pgconn_close(conn);
	loop_timer_free(conn->timer);
	loop_timer_free(conn->later);
	loop_timer_free(conn->healthy);
	free((char *)conn->options.conninfo);
	free(conn);
}

bool
pgconn_is_idle(const struct pgconn *conn)
{
	return conn->state == PGCONN_IDLE;
}

void
pgconn_run(struct pgconn *conn, const char *statement, const struct pgconn_param *params,
    int count, bool binary, pgconn_done_fn *done, void *arg)
{
	if (conn->state != PGCONN_IDLE || count < 0 || count > PGCONN_PARAMS) {
		log_error("pgconn statement=%s run while state=%d with %d parameters", statement,
		    (int)conn->state, count);
		abort();
	}
	conn->done = done;
	conn->done_arg = arg;
	pgconn_enter(conn, PGCONN_RUNNING);
	pgconn_set_deadline(conn, conn->options.statement_deadline_ms);
	pgconn_sent(conn, pgconn_send_run(conn->pg, statement, params, count, binary));
}

void
pgconn_restart(struct pgconn *conn, const char *reason)
{
	conn->sqlstate[0] = '\0';
	pgconn_fail(conn, reason, "");
}

struct str
pgconn_value(const struct pgconn_result *result, int row, int column)
{
	if (PQgetisnull(result->handle, row, column))
		return (struct str){NULL, 0};
	return (struct str){PQgetvalue(result->handle, row, column),
	    (size_t)PQgetlength(result->handle, row, column)};
}
