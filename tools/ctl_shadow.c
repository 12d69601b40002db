/* SPDX-License-Identifier: MIT */
/*
 * ctl_shadow: "triagectl shadow": what the rules that run beside the live ones would have
 * decided otherwise, on the tickets that came in meanwhile.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_change.h"
#include "ctl_command.h"
#include "ctl_database.h"
#include "ctl_text.h"
#include "json.h"

#define PAGE_ROWS "5000"
#define HASH_DIGITS 64
#define LAST_TICKET "ffffffff-ffff-ffff-ffff-ffffffffffff"

struct shadow_options {
	const char *since, *policy, *database;
	int64_t rows;
	bool json;
};

static const struct option_row rows[] = {
	OPTION(struct shadow_options, since, 's', OPTION_STRING, "TIME", NULL, 0, 0,
	    "tickets kept then or later"),
	OPTION(struct shadow_options, policy, 'p', OPTION_STRING, "HASH", NULL, 0, 0,
	    "decisions of this shadow policy, by the first digits of its hash"),
	CTL_DATABASE_OPTION(struct shadow_options),
	OPTION(struct shadow_options, rows, 'n', OPTION_INTEGER, "ROWS", "15", 1, 10000,
	    "kinds of difference shown of each part"),
	OPTION(struct shadow_options, json, 0, OPTION_FLAG, NULL, NULL, 0, 0,
	    "one JSON object instead of text, with all kinds"),
};

/* $1 since, $2 policy */
#define SHADOW_RANGE                                                                              \
	" FROM triaged.shadow_compared"                                                           \
	" WHERE ($1::timestamptz IS NULL"                                                         \
	"  OR ticket_id >= triaged.uuid_floor($1::timestamptz))"                                  \
	" AND ($2::text IS NULL OR starts_with(encode(policy, 'hex'), $2))"
#define SHADOW_TIME(time)                                                                         \
	"to_char(" time " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"

enum summary_column { POLICY, TICKETS, CHANGED, FROM, TO };
static const char summary_sql[] =
    "SELECT encode(policy, 'hex'), count(*), count(*) FILTER (WHERE differs), "
    SHADOW_TIME("min(stored_at)") ", " SHADOW_TIME("max(stored_at)") SHADOW_RANGE
    " GROUP BY policy ORDER BY min(stored_at), policy";

/* The newest first: of those the references are shown. In the order of the parts. */
static const char page_sql[] =
    "SELECT ticket_id, reference, live_category, category, live_outcome, outcome,"
    " live_team, team, live_priority, priority,"
    " array_to_string(live_missing, ', '), array_to_string(missing, ', ')" SHADOW_RANGE
    " AND differs AND ticket_id < $3::uuid ORDER BY ticket_id DESC LIMIT " PAGE_ROWS;
#define PAGE_PARTS 2 /* the column where they begin, two each */

struct shadow {
	const struct shadow_options *options;
	struct ctl_database *database;
	const char *params[3];
	struct ctl_rows policies;
	struct ctl_changes *changes;
};

/* Counting --------------------------------------------------------------------- */

static struct str
shadow_value(const struct ctl_rows *got, int row, int part, int side)
{
	struct str value = ctl_rows_get(got, row, PAGE_PARTS + 2 * part + side);

	return part == CTL_CHANGE_MISSING && value.n == 0 ? STR("nothing") : value;
}

static void
shadow_add(struct shadow *shadow, const struct ctl_rows *got, int row)
{
	struct ctl_change_side live = {{{NULL, 0}}}, other = live;

	for (int part = 0; part < CTL_CHANGE_ANSWER; part++) {
		live.value[part] = shadow_value(got, row, part, 0);
		other.value[part] = shadow_value(got, row, part, 1);
	}
	ctl_changes_add(shadow->changes, ctl_rows_get(got, row, 1), &live, &other);
}

static int
shadow_read_differences(struct shadow *shadow, struct err *err)
{
	char last[64] = LAST_TICKET;
	struct ctl_rows got;
	int count;

	shadow->params[2] = last;
	do {
		if (ctl_database_run(shadow->database, page_sql, shadow->params, 3, &got, err) < 0)
			return -1;
		count = got.rows;
		for (int row = 0; row < count; row++)
			shadow_add(shadow, &got, row);
		if (count > 0)
			snprintf(last, sizeof(last), "%.*s",
			    STR_ARG(ctl_rows_get(&got, count - 1, 0)));
		ctl_rows_free(&got);
	} while (count > 0);
	return 0;
}

/* Tickets come in meanwhile: all is read as of one moment. */
static int
shadow_read(struct shadow *shadow, struct err *err)
{
	static const char begin[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

	if (ctl_database_run(shadow->database, begin, NULL, 0, NULL, err) < 0 ||
	    ctl_database_run(shadow->database, summary_sql, shadow->params, 2,
		&shadow->policies, err) < 0)
		return -1;
	for (int row = 0; row < shadow->policies.rows; row++)
		ctl_changes_same(shadow->changes,
		    (size_t)(ctl_rows_number(&shadow->policies, row, TICKETS, 0) -
			ctl_rows_number(&shadow->policies, row, CHANGED, 0)));
	return shadow_read_differences(shadow, err);
}

/* Showing ---------------------------------------------------------------------- */

static void
shadow_text(const struct shadow *shadow, struct strbuf *out)
{
	const struct ctl_rows *got = &shadow->policies;

	if (got->rows == 0) {
		strbuf_puts(out, "no ticket was decided by a shadow policy");
		if (shadow->options->policy != NULL)
			strbuf_printf(out, " %s", shadow->options->policy);
		if (shadow->options->since != NULL)
			strbuf_printf(out, " since %s", shadow->options->since);
		strbuf_puts(out, " (triaged records them where the option shadow-rules is set)\n");
		return;
	}
	for (int row = 0; row < got->rows; row++)
		strbuf_printf(out, "shadow policy %.12s: %" PRId64 " tickets, %.*s to %.*s\n",
		    ctl_rows_get(got, row, POLICY).p, ctl_rows_number(got, row, TICKETS, 0),
		    STR_ARG(ctl_rows_get(got, row, FROM)), STR_ARG(ctl_rows_get(got, row, TO)));
	strbuf_puts(out, "from live to shadow: ");
	ctl_changes_text(shadow->changes, (size_t)shadow->options->rows, out);
}

static void
shadow_json(const struct shadow *shadow, struct strbuf *out)
{
	const struct ctl_rows *got = &shadow->policies;
	struct json json;

	json_init(&json, out);
	json_open(&json, '{');
	json_key(&json, "policies");
	json_open(&json, '[');
	for (int row = 0; row < got->rows; row++) {
		json_open(&json, '{');
		json_key(&json, "policy");
		json_str(&json, ctl_rows_get(got, row, POLICY));
		json_key(&json, "tickets");
		json_int(&json, ctl_rows_number(got, row, TICKETS, 0));
		json_key(&json, "changed");
		json_int(&json, ctl_rows_number(got, row, CHANGED, 0));
		json_key(&json, "from");
		json_str(&json, ctl_rows_get(got, row, FROM));
		json_key(&json, "to");
		json_str(&json, ctl_rows_get(got, row, TO));
		json_close(&json, '}');
	}
	json_close(&json, ']');
	ctl_changes_json(shadow->changes, &json);
	json_close(&json, '}');
	strbuf_putc(out, '\n');
}

/* Running ---------------------------------------------------------------------- */

static enum ctl_exit
shadow_show(struct shadow *shadow)
{
	struct strbuf out;
	struct err err;

	if (shadow_read(shadow, &err) < 0)
		return ctl_database_fail(shadow->database, "shadow", &err);
	strbuf_init(&out, 0);
	if (shadow->options->json)
		shadow_json(shadow, &out);
	else
		shadow_text(shadow, &out);
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
	return CTL_OK;
}

static bool
shadow_is_hash(const char *text)
{
	size_t digits = strspn(text, "0123456789abcdef");

	return digits > 0 && digits <= HASH_DIGITS && text[digits] == '\0';
}

static enum ctl_exit
shadow_run(const void *arg, int count, char **operands)
{
	struct shadow shadow = {.options = arg};
	enum ctl_exit status;

	(void)count;
	(void)operands;
	shadow.params[0] = shadow.options->since;
	shadow.params[1] = shadow.options->policy;
	if (shadow.options->policy != NULL && !shadow_is_hash(shadow.options->policy)) {
		ctl_complain("shadow: '%s' is not the beginning of a policy's hash (0-9, a-f)",
		    shadow.options->policy);
		return CTL_USAGE;
	}
	status = ctl_database_login(&shadow.database, "shadow", shadow.options->database);
	if (status != CTL_OK)
		return status;
	shadow.changes = ctl_changes_new(CTL_CHANGE_ANSWER);
	status = shadow_show(&shadow);
	ctl_changes_free(shadow.changes);
	if (shadow.policies.handle != NULL)
		ctl_rows_free(&shadow.policies);
	ctl_database_close(shadow.database);
	return status;
}

const struct ctl_command ctl_shadow_command = {
	.name = "shadow",
	.operands = "",
	.summary = "see what the rules that run as a shadow decide otherwise",
	.about =
	    "Where the daemon has the option shadow-rules, a second policy decides on each new\n"
	    "ticket too, at the same time of its clock, and is only recorded. This shows what\n"
	    "differs from the live decision, live → shadow: category, outcome, team, priority and\n"
	    "what is missing, with counts and the references of the newest; before it, how many\n"
	    "tickets each shadow policy has decided on, and when. Follow-ups, previews and the\n"
	    "text of answers are not compared; for those there is \"triagectl replay\".\n",
	.examples =
	    "  triagectl shadow\n"
	    "  triagectl shadow --since 2026-10-01 --policy 4f0c21\n"
	    "  triagectl shadow --since yesterday --json | jq '.category[]'\n",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.options_size = sizeof(struct shadow_options),
	.run = shadow_run,
};
