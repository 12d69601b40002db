/* SPDX-License-Identifier: MIT */
#include "housekeeping.h"

#include <stdlib.h>

#include "log.h"
#include "mem.h"
#include "pgconn.h"

#define EVERY_MS 5000
#define DEADLINE_MS 60000

struct housekeeping {
	struct pgconn *conn;
	struct loop_timer *timer;
};

static const struct pgconn_statement statements[] = {
    {"housekeeping_tidy", "SELECT triaged.tidy()"},
};

static void
folded(void *arg, const struct pgconn_result *result)
{
	struct housekeeping *housekeeping = arg;

	if (result->class == PGCONN_LOST)
		return;
	if (result->class != PGCONN_OK)
		log_warning("housekeeping: %s sqlstate=%s", pgconn_class_name(result->class),
		    result->sqlstate);
	loop_timer_set(housekeeping->timer, EVERY_MS);
}

static void
fold(void *arg)
{
	struct housekeeping *housekeeping = arg;

	if (pgconn_is_idle(housekeeping->conn))
		pgconn_run(housekeeping->conn, "housekeeping_tidy", NULL, 0, false, folded,
		    housekeeping);
}

static void
ready(void *arg, struct pgconn *conn)
{
	struct housekeeping *housekeeping = arg;

	(void)conn;
	loop_timer_set(housekeeping->timer, EVERY_MS);
}

/* The store, which sees the same database, says what is wrong with it. */
static void
down(void *arg, struct pgconn *conn, enum pgconn_class class, const char *reason)
{
	struct housekeeping *housekeeping = arg;

	(void)conn;
	(void)class;
	log_debug("housekeeping: %s", reason);
	loop_timer_cancel(housekeeping->timer);
}

struct housekeeping *
housekeeping_new(struct loop *loop, const char *conninfo)
{
	struct housekeeping *housekeeping = mem_alloc(sizeof(*housekeeping));
	struct pgconn_options options = {
	    .conninfo = conninfo,
	    .statements = statements,
	    .statement_count = sizeof(statements) / sizeof(statements[0]),
	    .connect_deadline_ms = 5000,
	    .statement_deadline_ms = DEADLINE_MS,
	    .ready = ready,
	    .down = down,
	    .arg = housekeeping,
	};

	housekeeping->timer = loop_timer_new(loop, fold, housekeeping);
	housekeeping->conn = pgconn_new(loop, &options);
	return housekeeping;
}

void
housekeeping_free(struct housekeeping *housekeeping)
{
	if (housekeeping == NULL)
		return;
	pgconn_free(housekeeping->conn);
	loop_timer_free(housekeeping->timer);
	free(housekeeping);
}
