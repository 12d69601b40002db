/* SPDX-License-Identifier: MIT */
/*
 * ctl_next: "triagectl next": take the most pressing ticket; "show": a
 * ticket's page; "mine": what the agent holds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "ctl_json.h"
#include "ctl_page.h"
#include "ctl_talk.h"
#include "ctl_text.h"
#include "ctl_work.h"
#include "ctl_wrap.h"

struct next_options {
	const char *database, *agent, *team, *ticket, *page;
	int64_t lease, width;
	bool detach, json;
};

static const struct option_row next_rows[] = {
	OPTION(struct next_options, team, 't', OPTION_STRING, "TEAM", NULL, 0, 0,
	    "only from this team's queue"),
	OPTION(struct next_options, ticket, 0, OPTION_STRING, "TICKET", NULL, 0, 0,
	    "this one (reference or number), not the most pressing"),
	OPTION(struct next_options, detach, 0, OPTION_FLAG, NULL, NULL, 0, 0,
	    "print the page and leave; later commands act on the ticket"),
	CTL_WORK_LEASE(struct next_options),
	CTL_WORK_OPTIONS(struct next_options),
};

static void
next_page(const json_t *page, bool json, size_t width)
{
	struct ctl_page_style style = {
	    width > 0 ? width : ctl_wrap_width(stdout), ctl_text_colour(stdout)};
	struct strbuf out;

	if (json) {
		ctl_json_print(page);
		return;
	}
	strbuf_init(&out, 0);
	ctl_page_print(page, &style, &out);
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
}

/* The ticket is taken, but it cannot be worked on: it goes back at once. */
static void
next_give_back(struct ctl_work *work, struct ctl_lease *lease)
{
	struct ctl_stepped stepped;

	if (ctl_work_step(work, STEP_RELEASE, lease, NULL, NULL, &stepped) == CTL_OK)
		ctl_complain("next: ticket %s was put back", lease->reference);
}

/* What the page shows of the requester is seen; the kept lease says so. */
static void
next_seen(struct ctl_work *work, const json_t *page)
{
	const char *ticket =
	    json_string_value(json_object_get(json_object_get(page, "ticket"), "ticket"));
	struct ctl_lease lease;
	struct err err;

	if (ctl_lease_find(work->name, ticket, &lease, NULL) <= 0 ||
	    strcmp(lease.agent, work->agent) != 0)
		return;
	ctl_work_seen(&lease, page);
	if (ctl_lease_keep(&lease, &err) < 0)
		ctl_complain("%s: %s", work->command, err.text);
}

/* The file first: what is printed is then a ticket that can be worked on. */
static enum ctl_exit
next_detached(struct ctl_work *work, const struct next_options *options)
{
	struct ctl_lease lease;
	enum ctl_exit status;
	json_t *page = NULL;
	int64_t left_ms;
	struct err err;

	status = ctl_work_claim(
	    work, options->team, options->ticket, options->lease, &lease, &left_ms);
	if (status != CTL_OK)
		return status;
	if (ctl_lease_keep(&lease, &err) < 0) {
		ctl_complain("next: %s", err.text);
		next_give_back(work, &lease);
		return CTL_FAILED;
	}
	status = ctl_work_page(work, lease.ticket, &page);
	if (status == CTL_OK) {
		struct strbuf until;

		next_page(page, options->json, 0);
		next_seen(work, page);
		strbuf_init(&until, 0);
		ctl_page_time(&until, lease.ends_at);
		ctl_complain("next: you hold %s until %s; \"triagectl renew %s\" makes that "
			     "longer, \"triagectl done %s\" closes it",
		    lease.reference, until.p, lease.reference, lease.reference);
		strbuf_fini(&until);
	} else {
		next_give_back(work, &lease);
		ctl_lease_drop(&lease);
	}
	json_decref(page);
	return status;
}

static enum ctl_exit
next_run(const void *arg, int count, char **operands)
{
	const struct next_options *options = arg;
	bool talk = !options->detach && !options->json && isatty(STDIN_FILENO) &&
	    isatty(STDOUT_FILENO);
	struct ctl_work work;
	enum ctl_exit status = ctl_work_open(&work, "next", options->database, options->agent);

	(void)count;
	(void)operands;
	if (status == CTL_OK && talk)
		status = ctl_talk(&work, options->team, options->ticket, options->lease);
	else if (status == CTL_OK)
		status = next_detached(&work, options);
	if (status == CTL_EMPTY && options->json)
		puts("null");
	else if (status == CTL_EMPTY)
		printf("No ticket waits for %s.\n", work.agent);
	ctl_work_close(&work);
	return status;
}

const struct ctl_command ctl_next_command = {
	.name = "next",
	.operands = "",
	.summary = "take the most pressing ticket of your teams and work on it",
	.about =
	    "Shows the ticket and stays, on a terminal: renews the lease at a third of its length\n"
	    "and asks what to do, a line at a time (done, reply, release, move, recategorize,\n"
	    "note, show, next, quit). Ctrl-C, the end of the input or a closed terminal puts the\n"
	    "ticket back. When the lease is lost, it says so, and nothing more is written.\n\n"
	    "With --detach or --json, or without a terminal, it prints the page and leaves; the\n"
	    "lease is kept in $XDG_STATE_HOME/triaged (else ~/.local/state/triaged) for renew,\n"
	    "done, reply, release, move, recategorize and note, which act by that lease alone.\n"
	    "Times are in your own zone (TZ); with --json as the database says them.\n",
	.examples =
	    "  triagectl next\n"
	    "  triagectl next --team mentorship --lease 30min\n"
	    "  triagectl next --detach --ticket K7QX2M9A\n",
	.rows = next_rows,
	.row_count = sizeof(next_rows) / sizeof(next_rows[0]),
	.options_size = sizeof(struct next_options),
	.run = next_run,
};

static const struct option_row show_rows[] = {
	OPTION(struct next_options, page, 0, OPTION_STRING, "FILE", NULL, 0, 0,
	    "a page that --json wrote before (\"-\": standard input), without a database"),
	OPTION(struct next_options, width, 0, OPTION_INTEGER, "N", NULL, 40, 1000,
	    "columns; else the terminal's, or 80"),
	CTL_WORK_OPTIONS(struct next_options),
};

static enum ctl_exit
show_file(const struct next_options *options)
{
	bool here = strcmp(options->page, "-") == 0;
	FILE *file = here ? stdin : fopen(options->page, "re");
	json_error_t error;
	json_t *page;

	if (file == NULL) {
		ctl_complain("show: cannot read %s: %m", options->page);
		return CTL_FAILED;
	}
	page = json_loadf(file, JSON_ALLOW_NUL, &error);
	if (!here)
		fclose(file);
	if (!json_is_object(page)) {
		ctl_complain("show: %s is no page: line %d: %s", options->page, error.line,
		    page == NULL ? error.text : "not an object");
		json_decref(page);
		return CTL_FAILED;
	}
	next_page(page, options->json, (size_t)options->width);
	json_decref(page);
	return CTL_OK;
}

static enum ctl_exit
show_run(const void *arg, int count, char **operands)
{
	const struct next_options *options = arg;
	struct ctl_work work;
	enum ctl_exit status;
	json_t *page = NULL;

	if ((count == 1) == (options->page != NULL)) {
		ctl_complain("show: which ticket?");
		return CTL_USAGE;
	}
	if (options->page != NULL)
		return show_file(options);
	status = ctl_work_open(&work, "show", options->database, options->agent);
	if (status == CTL_OK)
		status = ctl_work_page(&work, operands[0], &page);
	if (status == CTL_OK) {
		next_page(page, options->json, (size_t)options->width);
		next_seen(&work, page);
	}
	json_decref(page);
	ctl_work_close(&work);
	return status;
}

const struct ctl_command ctl_show_command = {
	.name = "show",
	.operands = "TICKET",
	.summary = "show all about a ticket, without taking it",
	.about =
	    "Of your teams' tickets, and those you have worked on: what the person wrote, what\n"
	    "was found and what is missing, what we told them, notes, history. TICKET: the\n"
	    "reference (in any case) or the number. Of a ticket that you hold, what the person\n"
	    "wrote later counts as seen then; what you have not seen is not closed. What a\n"
	    "visitor wrote stands behind \"| \"; bytes that would steer a terminal are shown as\n"
	    "\\xNN.\n",
	.examples =
	    "  triagectl show K7QX2M9A\n"
	    "  triagectl show K7QX2M9A --json >page.json; triagectl show --page page.json\n",
	.rows = show_rows,
	.row_count = sizeof(show_rows) / sizeof(show_rows[0]),
	.options_size = sizeof(struct next_options),
	.operands_max = 1,
	.run = show_run,
};

static const struct option_row mine_rows[] = {
	CTL_WORK_OPTIONS(struct next_options),
};

static void
mine_text(const json_t *list, const char *now, struct strbuf *out)
{
	static const char *const heads[] = {
	    "ticket", "team", "priority", "due", "yours until", "about"};
	struct ctl_table *table = ctl_table_new("<<<<<<");
	struct strbuf cell;
	const json_t *one;
	size_t i;

	strbuf_init(&cell, 0);
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		ctl_table_text(table, heads[i]);
	json_array_foreach((json_t *)list, i, one) {
		for (int column = 0; column < 3; column++)
			ctl_table_text(table, json_string_value(json_object_get(one,
			    column == 0 ? "reference" : heads[column])));
		strbuf_clear(&cell);
		ctl_page_due(&cell, json_string_value(json_object_get(one, "due_at")), now);
		ctl_table_cell(table, strbuf_str(&cell));
		strbuf_clear(&cell);
		ctl_page_time(&cell, json_string_value(json_object_get(one, "ends_at")));
		ctl_table_cell(table, strbuf_str(&cell));
		strbuf_clear(&cell);
		ctl_text_line(
		    &cell, str_of(json_string_value(json_object_get(one, "subject"))), 40);
		ctl_table_cell(table, strbuf_str(&cell));
	}
	ctl_table_print(table, out, "");
	ctl_table_free(table);
	strbuf_fini(&cell);
}

static enum ctl_exit
mine_print(struct ctl_work *work, bool as_json)
{
	static const char sql[] =
	    "SELECT jsonb_build_object('agent', $1::text, 'now', clock_timestamp(), 'tickets',"
	    " coalesce(jsonb_agg(to_jsonb(m) - 'agent' ORDER BY m.due_at, m.ticket_id), '[]'))"
	    " FROM triaged.my_tickets m WHERE m.agent = $1";
	struct ctl_rows got;
	struct strbuf out;
	struct str text;
	struct err err;
	json_t *mine;

	if (ctl_database_run(work->database, sql, &work->agent, 1, &got, &err) < 0)
		return ctl_database_fail(work->database, work->command, &err);
	text = ctl_rows_get(&got, 0, 0);
	mine = json_loadb(text.p, text.n, JSON_ALLOW_NUL, NULL);
	ctl_rows_free(&got);
	strbuf_init(&out, 0);
	if (as_json)
		ctl_json_print(mine);
	else if (json_array_size(json_object_get(mine, "tickets")) == 0)
		printf("%s holds no ticket.\n", work->agent);
	else
		mine_text(json_object_get(mine, "tickets"),
		    json_string_value(json_object_get(mine, "now")), &out);
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
	json_decref(mine);
	return CTL_OK;
}

static enum ctl_exit
mine_run(const void *arg, int count, char **operands)
{
	const struct next_options *options = arg;
	struct ctl_work work;
	enum ctl_exit status = ctl_work_open(&work, "mine", options->database, options->agent);

	(void)count;
	(void)operands;
	if (status == CTL_OK)
		status = mine_print(&work, options->json);
	ctl_work_close(&work);
	return status;
}

const struct ctl_command ctl_mine_command = {
	.name = "mine",
	.operands = "",
	.summary = "list the tickets that you hold",
	.about =
	    "The most pressing first; also what the same agent took on another machine.\n",
	.examples =
	    "  triagectl mine\n"
	    "  triagectl mine --agent dana --json\n",
	.rows = mine_rows,
	.row_count = sizeof(mine_rows) / sizeof(mine_rows[0]),
	.options_size = sizeof(struct next_options),
	.run = mine_run,
};
