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
	CTL_JSON_OPTION(struct queues_options),
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
		ctl_table_number(table, ctl_rows_number(got, i, DEPTH, 0));
		queues_age(table, ctl_rows_get(got, i, AGE));
		ctl_table_cell(table, ctl_rows_get(got, i, LATE));
		depth += ctl_rows_number(got, i, DEPTH, 0);
		late += ctl_rows_number(got, i, LATE, 0);
		if (ctl_rows_number(got, i, AGE, 0) > oldest)
			oldest = ctl_rows_number(got, i, AGE, 0);
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
		json_int(&json, ctl_rows_number(got, i, DEPTH, 0));
		json_key(&json, "oldest_seconds");
		if (ctl_rows_get(got, i, AGE).p != NULL)
			json_int(&json, ctl_rows_number(got, i, AGE, 0));
		else
			json_none(&json);
		json_key(&json, "past_target");
		if (ctl_rows_get(got, i, LATE).p != NULL)
			json_int(&json, ctl_rows_number(got, i, LATE, 0));
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
	struct ctl_rows got;
	enum ctl_exit status =
	    ctl_database_ask("queues", options->database, sql, &options->team, 1, &got);
	struct strbuf out;

	(void)count;
	(void)operands;
	if (status != CTL_OK)
		return status;
	strbuf_init(&out, 0);
	if (options->json)
		queues_json(&got, &out);
	else
		queues_text(&got, &out);
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
	ctl_rows_free(&got);
	return CTL_OK;
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
