/* SPDX-License-Identifier: MIT */
#include "pgconn_send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "mem.h"

/* The server gives up a little before we do: its answer leaves no doubt about
 * what happened. It also looks once a second whether we are still there, so
 * that a statement whose connection was dropped does not go on for long.
 *
 * Our statements are small, and what the planner thinks of tables that it knows
 * little of makes it compile some for seconds: no JIT, but where somebody set
 * it for this connection, role or database. */
int
pgconn_send_settings(PGconn *pg, int64_t statement_deadline_ms)
{
	int64_t deadline = statement_deadline_ms > 0 ? statement_deadline_ms : 0;
	char sql[800];

	snprintf(sql, sizeof(sql),
	    "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
	    " WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false),"
	    " set_config('statement_timeout', '%lld', false),"
	    " set_config('idle_in_transaction_session_timeout', '%lld', false),"
	    " set_config('client_connection_check_interval', '1000', false),"
	    " (SELECT set_config(name, 'off', false) FROM pg_settings WHERE name = 'jit'"
	    " AND source IN ('default', 'environment variable', 'configuration file',"
	    " 'command line'))",
	    (long long)(deadline - deadline / 10), (long long)deadline);
	return PQsendQueryParams(pg, sql, 0, NULL, NULL, NULL, NULL, 0);
}

int
pgconn_send_prepare(PGconn *pg, const struct pgconn_statement *statement)
{
	return PQsendPrepare(pg, statement->name, statement->sql, 0, NULL);
}

/* libpq takes text up to its terminator, and slices have none. */
static char *
pgconn_send_copy_text(const struct pgconn_param *params, int count, const char **values)
{
	size_t size = 0;
	char *copy, *p;
	int i;

	for (i = 0; i < count; i++)
		if (!params[i].binary && params[i].p != NULL)
			size += (size_t)params[i].n + 1;
	p = copy = mem_alloc(size);
	for (i = 0; i < count; i++) {
		values[i] = params[i].p;
		if (params[i].binary || params[i].p == NULL)
			continue;
		values[i] = memcpy(p, params[i].p, (size_t)params[i].n);
		p += params[i].n + 1;
	}
	return copy;
}

/* Text with a NUL inside would be cut short without a word. As bytes the server
 * sees all of it, and refuses it. */
static bool
pgconn_send_as_bytes(const struct pgconn_param *param)
{
	return param->binary ||
	    (param->p != NULL && memchr(param->p, 0, (size_t)param->n) != NULL);
}

int
pgconn_send_run(PGconn *pg, const char *statement, const struct pgconn_param *params, int count,
    bool binary)
{
	const char *values[PGCONN_PARAMS];
	int lengths[PGCONN_PARAMS], formats[PGCONN_PARAMS], i, rc;
	char *text = pgconn_send_copy_text(params, count, values);

	for (i = 0; i < count; i++) {
		lengths[i] = params[i].n;
		formats[i] = pgconn_send_as_bytes(&params[i]);
	}
	rc = PQsendQueryPrepared(pg, statement, count, values, lengths, formats, binary);
	free(text);
	return rc;
}
