/* SPDX-License-Identifier: MIT */
/*
 * ctl_mail: "triagectl mail mute, unmute, bounce": which addresses get no mail.
 */
#include <inttypes.h>
#include <stdio.h>

#include "clock.h"
#include "ctl_bounce.h"
#include "ctl_command.h"
#include "ctl_database.h"
#include "ctl_text.h"
#include "ticket.h"
#include "timestamp.h"

#define REPORT_BYTES ((size_t)1 << 20) /* what comes after them is not looked at */
#define PERIOD_MOST_MS (INT64_C(3650) * 24 * 3600 * 1000)

struct mail_options {
	const char *database, *until;
	int64_t period_ms; /* 0: for ever */
};

static const struct option_row mute_rows[] = {
	{"for", 0, OPTION_DURATION, offsetof(struct mail_options, period_ms), "TIME", NULL, 1000,
	    PERIOD_MOST_MS, "for that long (default: for ever)", NULL, true},
	OPTION_COMMAND(struct mail_options, until, 0, OPTION_STRING, "TIME", NULL,
	    "until then: 2026-12-31T18:00:00+01:00"),
	CTL_DATABASE_OPTION(struct mail_options),
};
static const struct option_row database_rows[] = {
	CTL_DATABASE_OPTION(struct mail_options),
};

/* *yes: the statement's boolean. */
static enum ctl_exit
mail_ask(const struct mail_options *options, const char *command, const char *sql,
    const char *const *params, int count, bool *yes)
{
	struct ctl_rows got;
	enum ctl_exit status =
	    ctl_database_ask(command, options->database, sql, params, count, &got);

	if (status == CTL_OK) {
		*yes = str_is(ctl_rows_get(&got, 0, 0), "t");
		ctl_rows_free(&got);
	}
	return status;
}

static enum ctl_exit
mute_run(const void *arg, int count, char **operands)
{
	const struct mail_options *options = arg;
	char period[32];
	const char *params[] = {count > 0 ? operands[0] : NULL, NULL};
	int64_t ms = options->period_ms, until;
	const char *wrong = NULL;
	enum ctl_exit status;
	bool muted = false;

	if (options->until != NULL && timestamp_parse(str_of(options->until), &until) < 0)
		wrong = "--until: no time such as 2026-12-31T18:00:00+01:00";
	else if (options->until != NULL && ms > 0)
		wrong = "--for and --until do not go together";
	else if (options->until != NULL && (ms = until - clock_wall_ms(&clock_system)) <= 0)
		wrong = "--until: that time is over";
	if (count == 0)
		wrong = "which address?";
	else if (!ticket_email_valid(str_of(operands[0])))
		wrong = "that is no mail address";
	if (wrong != NULL) {
		ctl_complain("mail mute: %s", wrong);
		return CTL_USAGE;
	}
	snprintf(period, sizeof(period), "%" PRId64 " ms", ms);
	params[1] = ms > 0 ? period : NULL;
	status = mail_ask(options, "mail mute",
	    "SELECT triaged.mail_mute($1, 'operator', $2::interval) IS NOT NULL", params, 2,
	    &muted);
	if (status == CTL_OK)
		puts("muted");
	return status;
}

const struct ctl_command ctl_mail_mute_command = {
	.name = "mail mute",
	.operands = "ADDRESS",
	.summary = "send no mail to an address",
	.about =
	    "Whoever writes it: automatic mail and agents' replies. What is waiting ends as\n"
	    "suppressed when its turn comes. A mute that is longer already stays.\n",
	.examples =
	    "  triagectl mail mute dana@example.com\n"
	    "  triagectl mail mute dana@example.com --for 30d\n"
	    "  triagectl mail mute dana@example.com --until 2026-12-31T18:00:00+01:00\n",
	.rows = mute_rows,
	.row_count = sizeof(mute_rows) / sizeof(mute_rows[0]),
	.options_size = sizeof(struct mail_options),
	.operands_max = 1,
	.run = mute_run,
};

static enum ctl_exit
unmute_run(const void *arg, int count, char **operands)
{
	const char *params[] = {count > 0 ? operands[0] : NULL};
	enum ctl_exit status;
	bool found = false;

	if (count == 0) {
		ctl_complain("mail unmute: which address?");
		return CTL_USAGE;
	}
	status = mail_ask(arg, "mail unmute",
	    "WITH gone AS (DELETE FROM triaged.suppression WHERE address = lower($1)"
	    " RETURNING address) SELECT EXISTS (SELECT FROM gone)",
	    params, 1, &found);
	if (status == CTL_OK && !found) {
		ctl_complain("mail unmute: that address is not muted");
		return CTL_FAILED;
	}
	if (status == CTL_OK)
		puts("mail goes there again");
	return status;
}

const struct ctl_command ctl_mail_unmute_command = {
	.name = "mail unmute",
	.operands = "ADDRESS",
	.summary = "let mail to a muted address go out again",
	.about =
	    "Whether an operator muted it, a relay that knows no such mailbox, or a bounce. Mails\n"
	    "that ended as suppressed stay so.\n",
	.examples = "  triagectl mail unmute dana@example.com\n",
	.rows = database_rows,
	.row_count = sizeof(database_rows) / sizeof(database_rows[0]),
	.options_size = sizeof(struct mail_options),
	.operands_max = 1,
	.run = unmute_run,
};

/* To its end in any case: who writes into a pipe wants it read. */
static bool
report_read(struct strbuf *out)
{
	char chunk[16384];
	size_t n;

	while ((n = fread(chunk, 1, sizeof(chunk), stdin)) > 0)
		if (out->n < REPORT_BYTES)
			strbuf_put(out, (struct str){chunk, n});
	return !ferror(stdin);
}

static enum ctl_exit
bounce_note(const struct mail_options *options, const char *id)
{
	const char *params[] = {id};
	bool noted = false;
	enum ctl_exit status = mail_ask(
	    options, "mail bounce", "SELECT triaged.mail_bounce($1)", params, 1, &noted);

	if (status == CTL_OK && !noted) {
		ctl_complain("mail bounce: no mail %s was sent, or that is known", id);
		return CTL_FAILED;
	}
	if (status == CTL_OK)
		printf("mail %s came back: it has failed, its address is muted\n", id);
	return status;
}

static enum ctl_exit
bounce_run(const void *arg, int count, char **operands)
{
	char id[IDENTITY_UUID_TEXT + 1];
	enum ctl_bounce kind = CTL_BOUNCE_NONE;
	struct strbuf text;
	bool whole;

	(void)count;
	(void)operands;
	strbuf_init(&text, 0);
	whole = report_read(&text);
	if (whole)
		kind = ctl_bounce_read(strbuf_str(&text), id);
	strbuf_fini(&text);
	if (!whole)
		ctl_complain("mail bounce: cannot read standard input: %m");
	else if (kind == CTL_BOUNCE_NONE)
		ctl_complain("mail bounce: that is no delivery report");
	else if (kind == CTL_BOUNCE_NO_MAIL)
		ctl_complain("mail bounce: the report names no mail of ours");
	else if (kind == CTL_BOUNCE_FAILED)
		return bounce_note(arg, id);
	else
		puts("not a failure for good: nothing to do");
	return kind == CTL_BOUNCE_LATER ? CTL_OK : CTL_FAILED;
}

const struct ctl_command ctl_mail_bounce_command = {
	.name = "mail bounce",
	.operands = "",
	.summary = "note a mail that came back: a delivery report on standard input",
	.about =
	    "A report of a failure for good (RFC 3464) makes its mail failed and mutes its\n"
	    "address for 60 days. The mail is found by the recipient that triage-mail --bounce\n"
	    "made, else by the Message-ID in what was sent back. Needs the database role\n"
	    "triaged_mail.\n",
	.examples =
	    "  triagectl mail bounce <report.eml\n"
	    "  # in /etc/aliases, for triage-mail --bounce bounce@example.org:\n"
	    "  bounce: \"|triagectl mail bounce -d 'user=triaged_mail dbname=triaged'\"\n",
	.rows = database_rows,
	.row_count = sizeof(database_rows) / sizeof(database_rows[0]),
	.options_size = sizeof(struct mail_options),
	.run = bounce_run,
};
