/* SPDX-License-Identifier: MIT */
#include "housekeeping.h"

#include <stdlib.h>

#include "gauges.h"
#include "log.h"
#include "mem.h"
#include "pgconn.h"

#define EVERY_MS 5000
#define DEADLINE_MS 60000

struct housekeeping {
	struct pgconn *conn;
	struct loop_timer *timer;
	const struct clock *clock;
	struct gauges *gauges;
};

static const struct pgconn_statement statements[] = {
    {"housekeeping_tidy", "SELECT triaged.tidy()"},
    {"housekeeping_queues", gauges_queues_sql},
    {"housekeeping_outbox", gauges_outbox_sql},
};

/* True when the next step can follow. What failed is tried at the next round. */
static bool
went_well(struct housekeeping *housekeeping, const struct pgconn_result *result)
{
	if (result->class == PGCONN_OK)
		return true;
	if (result->class == PGCONN_LOST)
		return false;
	log_warning("housekeeping: %s sqlstate=%s", pgconn_class_name(result->class),
	    result->sqlstate);
	loop_timer_set(housekeeping->timer, EVERY_MS);
	return false;
}

static void
step(struct housekeeping *housekeeping, const char *statement, pgconn_done_fn *done)
{
	pgconn_run(housekeeping->conn, statement, NULL, 0, false, done, housekeeping);
}

static void
outbox_read(void *arg, const struct pgconn_result *result)
{
	struct housekeeping *housekeeping = arg;

	if (!went_well(housekeeping, result))
		return;
	gauges_take_outbox(
	    housekeeping->gauges, result, clock_monotonic_us(housekeeping->clock));
	loop_timer_set(housekeeping->timer, EVERY_MS);
}

static void
queues_read(void *arg, const struct pgconn_result *result)
{
	struct housekeeping *housekeeping = arg;

	if (!went_well(housekeeping, result))
		return;
	gauges_take_queues(housekeeping->gauges, result);
	step(housekeeping, "housekeeping_outbox", outbox_read);
}

static void
tidied(void *arg, const struct pgconn_result *result)
{
	struct housekeeping *housekeeping = arg;

	if (went_well(housekeeping, result))
		step(housekeeping, "housekeeping_queues", queues_read);
}

static void
begin_round(void *arg)
{
	struct housekeeping *housekeeping = arg;

	if (pgconn_is_idle(housekeeping->conn))
		step(housekeeping, "housekeeping_tidy", tidied);
}

static void
ready(void *arg, struct pgconn *conn)
{
	struct housekeeping *housekeeping = arg;

	(void)conn;
	loop_soon(housekeeping->timer);
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
	gauges_forget(housekeeping->gauges);
}

struct housekeeping *
housekeeping_new(struct loop *loop, const char *conninfo, const struct clock *clock)
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

	housekeeping->clock = clock;
	housekeeping->gauges = gauges_new();
	housekeeping->timer = loop_timer_new(loop, begin_round, housekeeping);
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
	gauges_free(housekeeping->gauges);
	free(housekeeping);
}

void
housekeeping_print(const struct housekeeping *housekeeping, struct strbuf *out)
{
	gauges_print(housekeeping->gauges, clock_monotonic_us(housekeeping->clock), out);
}
