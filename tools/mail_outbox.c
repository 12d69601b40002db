/* SPDX-License-Identifier: MIT */
#include "mail_outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl_database.h"
#include "mem.h"

struct mail_outbox {
	struct ctl_database *database;
};

#define MS "::bigint * interval '1 millisecond'"

static const char start_sql[] =
    "SELECT set_config('application_name', 'triage-mail', false),"
    " set_config('statement_timeout', '10s', false),"
    " set_config('idle_in_transaction_session_timeout', '10s', false)";

static const char take_sql[] =
    "SELECT ticket_id, message_id, state, reason, lease_token, to_address, locale, subject,"
    " body, kind, author, attempts, floor(extract(epoch FROM created_at) * 1000)::bigint,"
    " reference, first_id"
    " FROM triaged.mail_take($1, $2" MS ", $3" MS ", $4" MS ", $5, $6" MS ")";

static const char done_sql[] =
    "SELECT triaged.mail_done($1, $2, $3, $4, $5" MS ", $6, $7, $8, $9" MS ")";

static const char fold_sql[] = "SELECT triaged.mail_fold()";

/* A number as a parameter. */
struct number {
	char text[24];
};

static const char *
number(struct number *number, int64_t value)
{
	snprintf(number->text, sizeof(number->text), "%" PRId64, value);
	return number->text;
}

/* What is missing is a schema, not a server: say what helps. */
static int
outbox_fail(const struct mail_outbox *outbox, struct err *err)
{
	struct err text;

	if (!ctl_database_lacks_schema(outbox->database))
		return -1;
	text = *err;
	return err_set(err, "%.400s (\"triagectl db upgrade\" makes the schema)", text.text);
}

struct mail_outbox *
mail_outbox_open(const char *conninfo, struct err *err)
{
	struct mail_outbox *outbox = mem_alloc(sizeof(*outbox));

	outbox->database = ctl_database_open(conninfo, err);
	if (outbox->database != NULL &&
	    ctl_database_run(outbox->database, start_sql, NULL, 0, NULL, err) == 0)
		return outbox;
	mail_outbox_close(outbox);
	return NULL;
}

void
mail_outbox_close(struct mail_outbox *outbox)
{
	if (outbox == NULL)
		return;
	ctl_database_close(outbox->database);
	free(outbox);
}

void
mail_row_free(struct mail_row *row)
{
	size_t i;

	for (i = 0; i < MAIL_COLUMNS; i++)
		free(row->value[i]);
	*row = (struct mail_row){.value = {NULL}};
}

int
mail_outbox_take(struct mail_outbox *outbox, const struct mail_terms *terms, int batch,
    struct mail_row *rows, struct err *err)
{
	struct number text[6];
	const char *const params[] = {number(&text[0], batch), number(&text[1], terms->lease_ms),
	    number(&text[2], terms->life_ms), number(&text[3], terms->reply_life_ms),
	    number(&text[4], terms->cap), number(&text[5], terms->cap_window_ms)};
	struct ctl_rows taken;
	int i, column;

	if (ctl_database_run(outbox->database, take_sql, params, 6, &taken, err) < 0)
		return outbox_fail(outbox, err);
	for (i = 0; i < taken.rows && i < batch; i++) {
		for (column = 0; column < MAIL_COLUMNS; column++) {
			struct str value = ctl_rows_get(&taken, i, column);

			rows[i].value[column] = value.p != NULL ? mem_strdup(value.p) : NULL;
		}
	}
	ctl_rows_free(&taken);
	return i;
}

int
mail_outbox_done(struct mail_outbox *outbox, const struct mail_row *row,
    const struct mail_report *report, struct err *err)
{
	struct number retry, code, mute;
	const char *const params[] = {row->value[MAIL_TICKET], row->value[MAIL_MESSAGE],
	    row->value[MAIL_TOKEN], mail_result_name(report->result),
	    number(&retry, report->retry_ms), report->code > 0 ? number(&code, report->code) : NULL,
	    report->line, report->reason,
	    report->mute_ms > 0 ? number(&mute, report->mute_ms) : NULL};
	struct ctl_rows rows;
	bool noted;

	if (ctl_database_run(outbox->database, done_sql, params, 9, &rows, err) < 0)
		return outbox_fail(outbox, err);
	noted = str_is(ctl_rows_get(&rows, 0, 0), "t");
	ctl_rows_free(&rows);
	return noted;
}

int
mail_outbox_fold(struct mail_outbox *outbox, struct err *err)
{
	if (ctl_database_run(outbox->database, fold_sql, NULL, 0, NULL, err) < 0)
		return outbox_fail(outbox, err);
	return 0;
}
