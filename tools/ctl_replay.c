/* SPDX-License-Identifier: MIT */
/*
 * ctl_replay: "triagectl replay": what would change if other rules were live.
 * Tickets are decided twice, as the daemon would, each at its own time: those
 * of a JSON Lines file, or those kept in the database.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "ctl_change.h"
#include "ctl_command.h"
#include "ctl_database.h"
#include "ctl_input.h"
#include "ctl_pair.h"
#include "ctl_text.h"

#define PAGE_ROWS "500"
#define SHOW_EVERY_US 200000

struct replay_options {
	const char *rules, *against, *cache, *from, *to, *database;
	int64_t rows;
	bool json;
};

static const struct option_row rows[] = {
	OPTION(struct replay_options, rules, 'r', OPTION_STRING, "DIR", "rules", 0, 0,
	    "the new rules"),
	OPTION(struct replay_options, against, 0, OPTION_STRING, "DIR", NULL, 0, 0,
	    "the old rules, to compare with"),
	OPTION(struct replay_options, cache, 0, OPTION_STRING, "DIR", NULL, 0, 0,
	    "keep compiled patterns here, for a quicker start"),
	OPTION(struct replay_options, from, 0, OPTION_STRING, "TIME", NULL, 0, 0,
	    "tickets of the database, received then or later"),
	OPTION(struct replay_options, to, 0, OPTION_STRING, "TIME", NULL, 0, 0,
	    "and before then (default: no end); only with --from"),
	CTL_DATABASE_OPTION(struct replay_options),
	OPTION(struct replay_options, rows, 'n', OPTION_INTEGER, "ROWS", "15", 1, 10000,
	    "kinds of change shown of each part"),
	OPTION(struct replay_options, json, 0, OPTION_FLAG, NULL, NULL, 0, 0,
	    "one JSON object instead of text, with all kinds"),
};

struct replay {
	const struct replay_options *options;
	struct ctl_pair *pair;
	struct ctl_changes *changes;
	size_t fetched, read, invalid, total; /* total 0: not known */
	int64_t shown_us;
	bool progress;
};

static void
replay_show(struct replay *replay, bool end)
{
	int64_t now_us = clock_monotonic_us(&clock_system);

	if (!replay->progress || (!end && now_us - replay->shown_us < SHOW_EVERY_US))
		return;
	replay->shown_us = now_us;
	if (end)
		fprintf(stderr, "\r\033[K");
	else if (replay->total > 0)
		fprintf(stderr, "\r\033[Kreplay: %zu of %zu tickets (%zu %%), %zu changed",
		    replay->read, replay->total, 100 * replay->read / replay->total,
		    ctl_changes_changed(replay->changes));
	else
		fprintf(stderr, "\r\033[Kreplay: %zu tickets, %zu changed", replay->read,
		    ctl_changes_changed(replay->changes));
	fflush(stderr);
}

/* What is no ticket, or cannot be decided, is told and left out. */
static void
replay_visit(void *arg, const struct ctl_item *item, const struct ctl_change_side *before,
    const struct ctl_change_side *after)
{
	struct replay *replay = arg;

	replay->read++;
	if (before != NULL)
		ctl_changes_add(replay->changes,
		    item->content.id.p != NULL ? item->content.id : STR("?"), before, after);
	else {
		replay->invalid++;
		replay_show(replay, true);
		ctl_item_complain(item, "replay");
	}
}

static void
replay_add(struct replay *replay, const struct ctl_line *line)
{
	if (ctl_pair_add(replay->pair, line))
		replay_show(replay, false);
}

static enum ctl_exit
replay_lines(struct replay *replay)
{
	struct ctl_input *input = ctl_input_new(STDIN_FILENO);
	struct ctl_line line;
	struct err err;
	int got;

	replay->total = ctl_input_count(STDIN_FILENO);
	while ((got = ctl_input_line(input, &line, &err)) > 0)
		replay_add(replay, &line);
	ctl_pair_finish(replay->pair);
	ctl_input_free(input);
	if (got < 0)
		ctl_complain("replay: %s", err.text);
	return got < 0 ? CTL_FAILED : CTL_OK;
}

/* Page by page, each behind the last ticket of the one before, and by the primary key:
 * the pages together read each row once, and no page holds a snapshot for long. The key
 * begins with the time of storing. No rule asks for the address, which a ticket has to
 * have. */
static const char replay_page[] =
    "SELECT json_build_object('id', reference, 'audience', audience,"
    " 'form_locale', form_locale, 'received_at',"
    "  to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'),"
    " 'requester', json_build_object('name', requester_name,"
    "  'email', 'replay@example.invalid'),"
    " 'subject', subject, 'body', body, 'reason', reason, 'fields', fields,"
    " 'attachments', attachments)::text,"
    " ticket_id::text"
    " FROM triaged.ticket_as_sent AS sent"
    " WHERE received_at >= $1::timestamptz AND received_at < $2::timestamptz"
    " AND ticket_id > $3::uuid"
    " ORDER BY sent.ticket_id LIMIT " PAGE_ROWS; /* not the text above */

static int
replay_count(struct replay *replay, struct ctl_database *database, const char *const *range,
    struct err *err)
{
	static const char count[] = "SELECT count(*) FROM triaged.ticket_as_sent"
	    " WHERE received_at >= $1::timestamptz AND received_at < $2::timestamptz";
	struct ctl_rows got;

	if (ctl_database_run(database, count, range, 2, &got, err) < 0)
		return -1;
	replay->total = (size_t)ctl_rows_number(&got, 0, 0, 0);
	ctl_rows_free(&got);
	return 0;
}

/* The rows of a page; 0, or -1 with err. The key of the last goes to id. */
static int
replay_one_page(struct replay *replay, struct ctl_database *database,
    const char *const *range, char *id, size_t id_size, int *count, struct err *err)
{
	const char *params[3] = {range[0], range[1], id};
	struct ctl_rows got;

	if (ctl_database_run(database, replay_page, params, 3, &got, err) < 0)
		return -1;
	*count = got.rows;
	for (int row = 0; row < got.rows; row++)
		replay_add(replay, &(struct ctl_line){.number = replay->fetched + (size_t)row + 1,
				       .text = ctl_rows_get(&got, row, 0)});
	replay->fetched += (size_t)got.rows;
	if (got.rows > 0)
		snprintf(id, id_size, "%.*s", STR_ARG(ctl_rows_get(&got, got.rows - 1, 1)));
	ctl_rows_free(&got);
	return 0;
}

/* Nobody may read the words of all requesters by default: the remedy, as it is typed. */
static enum ctl_exit
replay_refused(struct ctl_database *database)
{
	static const char sql[] =
	    "SELECT quote_ident(current_user), quote_ident(pg_get_userbyid(nspowner)),"
	    " CASE WHEN has_schema_privilege(oid, 'USAGE') THEN '' ELSE"
	    "  'GRANT USAGE ON SCHEMA triaged TO ' || quote_ident(current_user) || '; ' END"
	    " FROM pg_namespace WHERE nspname = 'triaged'";
	struct ctl_rows got;
	struct err err;

	if (ctl_database_run(database, sql, NULL, 0, &got, &err) < 0)
		return ctl_database_fail(database, "replay", &err);
	ctl_complain("replay: the role %.*s may not read what requesters wrote; connect as the "
		     "schema's owner (user=%.*s), or let the owner allow it with: %.*sGRANT "
		     "SELECT ON triaged.ticket_as_sent TO %.*s",
	    STR_ARG(ctl_rows_get(&got, 0, 0)), STR_ARG(ctl_rows_get(&got, 0, 1)),
	    STR_ARG(ctl_rows_get(&got, 0, 2)), STR_ARG(ctl_rows_get(&got, 0, 0)));
	ctl_rows_free(&got);
	return CTL_FAILED;
}

static enum ctl_exit
replay_fail(struct ctl_database *database, const struct err *err)
{
	if (strcmp(ctl_database_state(database), "42501") == 0)
		return replay_refused(database);
	return ctl_database_fail(database, "replay", err);
}

static enum ctl_exit
replay_stored(struct replay *replay)
{
	const struct replay_options *options = replay->options;
	char id[64] = "00000000-0000-0000-0000-000000000000";
	const char *to = options->to != NULL ? options->to : "infinity";
	const char *range[2] = {options->from, to};
	struct ctl_database *database;
	enum ctl_exit status = ctl_database_login(&database, "replay", options->database);
	int count = 1;
	struct err err;

	if (status != CTL_OK)
		return status;
	if (replay_count(replay, database, range, &err) < 0)
		status = replay_fail(database, &err);
	while (status == CTL_OK && count > 0)
		if (replay_one_page(
			replay, database, range, id, sizeof(id), &count, &err) < 0)
			status = replay_fail(database, &err);
	if (status == CTL_OK)
		ctl_pair_finish(replay->pair);
	ctl_database_close(database);
	return status;
}

static enum ctl_exit
replay_all(struct replay *replay)
{
	enum ctl_exit status;
	struct strbuf out;
	struct json json;

	replay->changes = ctl_changes_new(CTL_CHANGE_PARTS);
	status = replay->options->from != NULL ? replay_stored(replay) : replay_lines(replay);
	replay_show(replay, true);
	strbuf_init(&out, 0);
	if (status != CTL_OK) {
		/* Counts of a part would look like those of all. */
	} else if (replay->options->json) {
		json_init(&json, &out);
		json_open(&json, '{');
		ctl_changes_json(replay->changes, &json);
		json_close(&json, '}');
		strbuf_putc(&out, '\n');
	} else {
		strbuf_printf(&out, "from policy %.12s to %.12s: ",
		    ctl_pair_hash(replay->pair, false), ctl_pair_hash(replay->pair, true));
		ctl_changes_text(replay->changes, (size_t)replay->options->rows, &out);
	}
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
	ctl_changes_free(replay->changes);
	return status == CTL_OK && replay->invalid > 0 ? CTL_FAILED : status;
}

static enum ctl_exit
replay_run(const void *arg, int count, char **operands)
{
	struct replay replay = {.options = arg, .progress = isatty(STDERR_FILENO)};
	enum ctl_exit status = CTL_CONFIG;

	(void)count;
	(void)operands;
	if (replay.options->against == NULL) {
		ctl_complain("replay: against which rules? --against DIR");
		return CTL_USAGE;
	}
	if (replay.options->to != NULL && replay.options->from == NULL) {
		ctl_complain("replay: --to alone: --from says when the tickets begin");
		return CTL_USAGE;
	}
	replay.pair = ctl_pair_new(replay.options->against, replay.options->rules,
	    replay.options->cache, replay_visit, &replay);
	if (replay.pair != NULL)
		status = replay_all(&replay);
	ctl_pair_free(replay.pair);
	return status;
}

const struct ctl_command ctl_replay_command = {
	.name = "replay",
	.operands = "--against OLD_RULES [< TICKETS]",
	.summary = "see what other rules would change, before they go live",
	.about =
	    "Decides on tickets with the old rules and with the new, each ticket at the time when\n"
	    "it was received, and shows what differs: category, outcome, team, priority, what is\n"
	    "missing, and answers whose text is another, with counts and some ids. The tickets\n"
	    "are JSON Lines on standard input or, with --from, those kept in the database. The\n"
	    "words of all requesters are read for that: by the owner of the schema, and by whom\n"
	    "the owner has granted the view triaged.ticket_as_sent, neither agents nor operators\n"
	    "as such. Follow-ups are not replayed. Nothing is changed anywhere.\n",
	.examples =
	    "  triagectl replay --against /etc/triaged/rules --rules new-rules/ < tickets.jsonl\n"
	    "  triagectl replay --against rules --rules new-rules --from 2026-10-01\n"
	    "  triagectl replay --against rules --rules new-rules --from 2026-10-01 \\\n"
	    "      --to 2026-11-01 --json | jq '.category[] | select(.count > 10)'\n",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.options_size = sizeof(struct replay_options),
	.run = replay_run,
};
