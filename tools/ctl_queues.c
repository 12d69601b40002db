/* SPDX-License-Identifier: MIT */
/*
 * ctl_queues: "triagectl queues": how much work waits where, and for how long.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl_command.h"
#include "ctl_database.h"
#include "ctl_text.h"
#include "json.h"

struct queues_options {
	const char *database, *team;
	bool json;
};

static const struct option_row rows[] = {
	CTL_DATABASE_OPTION(struct queues_options),
	OPTION(struct queues_options, team, 't', OPTION_STRING, "TEAM", NULL, 0, 0,
	    "only this team"),
	OPTION(struct queues_options, json, 0, OPTION_FLAG, NULL, NULL, 0, 0,
	    "one JSON object instead of text"),
};

enum column { TEAM, PRIORITY, STATE, DEPTH, AGE, LATE };

/* Who waits for its requester is not late, whatever its due time. */
static const char sql[] =
    "SELECT depth.team, depth.priority, depth.state, depth.depth,"
    "  floor(extract(epoch FROM depth.oldest_age))::bigint,"
    "  CASE WHEN depth.state <> 'waiting' THEN depth.past_target END"
    " FROM triaged.queue_depth depth"
    " LEFT JOIN triaged.priority ON priority.name = depth.priority"
    " WHERE $1::text IS NULL OR depth.team = $1"
    " ORDER BY depth.team, priority.urgency NULLS LAST, depth.priority, depth.state";

static int64_t
row_number(const struct ctl_rows *got, int row, enum column column)
{
	struct str text = ctl_rows_get(got, row, (int)column);

	return text.p != NULL ? strtoll(text.p, NULL, 10) : 0;
}

static void
queues_head(struct ctl_table *table)
{
	static const char *const heads[] = {
	    "team", "priority", "state", "tickets", "oldest", "past target"};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		ctl_table_text(table, heads[i]);
}

static void
queues_age(struct ctl_table *table, struct str seconds)
{
	struct strbuf buf;

	strbuf_init(&buf, 0);
	if (seconds.p != NULL)
		ctl_text_age(&buf, strtoll(seconds.p, NULL, 10));
	ctl_table_cell(table, strbuf_str(&buf));
	strbuf_fini(&buf);
}

static void
queues_text(const struct ctl_rows *got, struct strbuf *out)
{
	struct ctl_table *table = ctl_table_new("<<<>>>");
	int64_t depth = 0, late = 0, oldest = 0;
	char text[32];

	queues_head(table);
	for (int i = 0; i < got->rows; i++) {
		for (int column = TEAM; column <= STATE; column++)
			ctl_table_cell(table, ctl_rows_get(got, i, column));
		ctl_table_number(table, row_number(got, i, DEPTH));
		queues_age(table, ctl_rows_get(got, i, AGE));
		ctl_table_cell(table, ctl_rows_get(got, i, LATE));
		depth += row_number(got, i, DEPTH);
		late += row_number(got, i, LATE);
		if (row_number(got, i, AGE) > oldest)
			oldest = row_number(got, i, AGE);
	}
	ctl_table_line(table);
	ctl_table_text(table, "all");
	ctl_table_text(table, "");
	ctl_table_text(table, "");
	ctl_table_number(table, depth);
	snprintf(text, sizeof(text), "%" PRId64, oldest);
	queues_age(table, got->rows > 0 ? str_of(text) : (struct str){NULL, 0});
	ctl_table_number(table, late);
	ctl_table_print(table, out, "");
	ctl_table_free(table);
}

static void
queues_json(const struct ctl_rows *got, struct strbuf *out)
{
	struct json json;

	json_init(&json, out);
	json_open(&json, '{');
	json_key(&json, "queues");
	json_open(&json, '[');
	for (int i = 0; i < got->rows; i++) {
		static const char *const keys[] = {"team", "priority", "state"};

		json_open(&json, '{');
		for (int column = TEAM; column <= STATE; column++) {
			json_key(&json, keys[column]);
			json_str(&json, ctl_rows_get(got, i, column));
		}
		json_key(&json, "tickets");
		json_int(&json, row_number(got, i, DEPTH));
		json_key(&json, "oldest_seconds");
		if (ctl_rows_get(got, i, AGE).p != NULL)
			json_int(&json, row_number(got, i, AGE));
		else
			json_none(&json);
		json_key(&json, "past_target");
		if (ctl_rows_get(got, i, LATE).p != NULL)
			json_int(&json, row_number(got, i, LATE));
		else
			json_none(&json);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_close(&json, '}');
	strbuf_putc(out, '\n');
}

static enum ctl_exit
queues_run(const void *arg, int count, char **operands)
{
	const struct queues_options *options = arg;
	enum ctl_exit status = CTL_OK;
	struct ctl_database *database;
	struct ctl_rows got;
	struct strbuf out;
	struct err err;

	(void)count;
	(void)operands;
	database = ctl_database_open(options->database, &err);
	if (database == NULL) {
		ctl_complain("queues: %s", err.text);
		return CTL_UNAVAILABLE;
	}
	if (ctl_database_run(database, sql, &options->team, 1, &got, &err) == 0) {
		strbuf_init(&out, 0);
		if (options->json)
			queues_json(&got, &out);
		else
			queues_text(&got, &out);
		ctl_text_flush(&out, stdout);
		strbuf_fini(&out);
		ctl_rows_free(&got);
	} else {
		status = ctl_database_fail(database, "queues", &err);
	}
	ctl_database_close(database);
	return status;
}

const struct ctl_command ctl_queues_command = {
	.name = "queues",
	.operands = "",
	.summary = "show the queues: how many tickets wait, how long the oldest",
	.about =
	    "One line for each team, priority and state. Reading is cheap however much waits.\n"
	    "past target: tickets whose due time has been over for five minutes; none of those\n"
	    "that wait for their requester.\n",
	.examples =
	    "  triagectl queues --database 'host=/run/postgresql dbname=triaged'\n"
	    "  triagectl queues -d dbname=triaged --team mentorship\n"
	    "  watch -n 5 triagectl queues -d dbname=triaged\n",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.options_size = sizeof(struct queues_options),
	.run = queues_run,
};
