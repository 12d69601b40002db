/* SPDX-License-Identifier: MIT */
/*
 * PQconnectPoll() may close its socket and open another one, for the next host
 * or the next address. So an event lives for one wait only: it is gone before
 * each call, and a new one is made for the socket that libpq has afterwards.
 */
#include "pgconn_attempt.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <libpq-fe.h>

#include "log.h"
#include "mem.h"
#include "pgconn_sqlstate.h"

#define PGCONN_ATTEMPT_FIRST_MS 50
#define PGCONN_ATTEMPT_LAST_MS 5000
#define PGCONN_ATTEMPT_STARTING_MS 500 /* the server is there, but not ready */

struct pgconn_attempt {
	struct loop *loop;
	PGconn *pg;
	struct event *event;
	struct loop_timer *failed; /* tells a failure that was there at once */
	pgconn_attempt_fn *fn;
	void *arg;
};

static void pgconn_attempt_step(struct pgconn_attempt *attempt);

static void
pgconn_attempt_notice(void *arg, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	char line[200];

	(void)arg;
	if (sqlstate == NULL)
		sqlstate = "";
	pgconn_one_line(message != NULL ? message : "", sqlstate, line, sizeof(line));
	log_debug("pgconn sqlstate=%s notice=\"%s\"", sqlstate, line);
}

static void
pgconn_attempt_fail(void *arg)
{
	struct pgconn_attempt *attempt = arg;
	const char *message = PQerrorMessage(attempt->pg);
	char sqlstate[6] = "";

	pgconn_sqlstate_find(message, sqlstate);
	attempt->fn(attempt->arg, NULL, sqlstate, message);
}

static void
pgconn_attempt_succeed(struct pgconn_attempt *attempt)
{
	PGconn *pg = attempt->pg;

	PQsetErrorVerbosity(pg, PQERRORS_DEFAULT);
	if (PQsetnonblocking(pg, 1) != 0) {
		pgconn_attempt_fail(attempt);
		return;
	}
	attempt->pg = NULL;
	attempt->fn(attempt->arg, pg, "", "");
}

static void
pgconn_attempt_ready(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	pgconn_attempt_step(arg);
}

static void
pgconn_attempt_wait(struct pgconn_attempt *attempt, short what)
{
	attempt->event = event_new(loop_base(attempt->loop), PQsocket(attempt->pg), what,
	    pgconn_attempt_ready, attempt);
	if (attempt->event == NULL || event_add(attempt->event, NULL) != 0)
		loop_soon(attempt->failed);
}

static void
pgconn_attempt_forget_event(struct pgconn_attempt *attempt)
{
	if (attempt->event != NULL)
		event_free(attempt->event);
	attempt->event = NULL;
}

static void
pgconn_attempt_step(struct pgconn_attempt *attempt)
{
	pgconn_attempt_forget_event(attempt);
	switch (PQconnectPoll(attempt->pg)) {
	case PGRES_POLLING_READING:
		pgconn_attempt_wait(attempt, EV_READ);
		break;
	case PGRES_POLLING_WRITING:
		pgconn_attempt_wait(attempt, EV_WRITE);
		break;
	case PGRES_POLLING_OK:
		pgconn_attempt_succeed(attempt);
		break;
	default:
		pgconn_attempt_fail(attempt);
	}
}

struct pgconn_attempt *
pgconn_attempt_new(struct loop *loop, const char *conninfo, pgconn_attempt_fn *fn, void *arg)
{
	/* What stands before dbname are defaults that the conninfo may change. */
	static const char *const keywords[] = {"fallback_application_name",
	    "target_session_attrs", "tcp_user_timeout", "keepalives_idle",
	    "keepalives_interval", "keepalives_count", "dbname", "client_encoding", NULL};
	const char *const values[] = {"triaged", "read-write", "10000", "10", "3", "3", conninfo,
	    "UTF8", NULL};
	struct pgconn_attempt *attempt = mem_alloc(sizeof(*attempt));

	*attempt = (struct pgconn_attempt){.loop = loop, .fn = fn, .arg = arg};
	attempt->failed = loop_timer_new(loop, pgconn_attempt_fail, attempt);
	attempt->pg = PQconnectStartParams(keywords, values, 1);
	if (attempt->pg == NULL)
		abort();
	PQsetNoticeReceiver(attempt->pg, pgconn_attempt_notice, NULL);
	/* A refused connection has no result to ask: its SQLSTATE is in the text,
	 * when the text is verbose. */
	PQsetErrorVerbosity(attempt->pg, PQERRORS_VERBOSE);
	if (PQstatus(attempt->pg) == CONNECTION_BAD)
		loop_soon(attempt->failed);
	else
		pgconn_attempt_wait(attempt, EV_WRITE);
	return attempt;
}

void
pgconn_attempt_free(struct pgconn_attempt *attempt)
{
	if (attempt == NULL)
		return;
	pgconn_attempt_forget_event(attempt);
	loop_timer_free(attempt->failed);
	PQfinish(attempt->pg);
	free(attempt);
}

int64_t
pgconn_attempt_backoff_ms(unsigned failures, const char *sqlstate)
{
	int64_t ms = PGCONN_ATTEMPT_FIRST_MS;

	while (failures-- > 1 && ms < PGCONN_ATTEMPT_LAST_MS)
		ms *= 2;
	if (ms > PGCONN_ATTEMPT_LAST_MS)
		ms = PGCONN_ATTEMPT_LAST_MS;
	if (strcmp(sqlstate, "57P03") == 0 && ms > PGCONN_ATTEMPT_STARTING_MS)
		ms = PGCONN_ATTEMPT_STARTING_MS;
	return ms / 2 + arc4random_uniform((uint32_t)(ms / 2 + 1));
}
