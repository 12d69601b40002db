/* SPDX-License-Identifier: MIT */
/*
 * ctl_step: the commands that act on a ticket taken by "next --detach": done,
 * reply, release, move, recategorize, note, renew. Each acts by the lease that
 * is kept here and by nothing else.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl_draft.h"
#include "ctl_page.h"
#include "ctl_talk.h"
#include "ctl_text.h"
#include "ctl_work.h"
#include "json.h"
#include "suggest.h"

struct step_options {
	const char *database, *agent, *note, *reason, *priority, *then;
	int64_t lease;
	bool json;
};

#define THERE_IS                                                                             \
	"TICKET is one that \"triagectl next --detach\" took here: its reference or number.\n" \
	"Exit status 3: the lease is over, nothing was written.\n"

static const char *const step_names[] = {[STEP_DONE] = "done",
    [STEP_REPLY] = "reply",
    [STEP_RELEASE] = "release",
    [STEP_MOVE] = "move",
    [STEP_RECATEGORIZE] = "recategorize",
    [STEP_NOTE] = "note",
    [STEP_RENEW] = "renew"};

static void
step_json(enum ctl_step step, const struct ctl_lease *lease, const struct ctl_stepped *stepped)
{
	struct strbuf out;
	struct json json;

	strbuf_init(&out, 0);
	json_init(&json, &out);
	json_open(&json, '{');
	json_key(&json, "step");
	json_text(&json, step_names[step]);
	json_key(&json, "ticket");
	json_text(&json, lease->ticket);
	json_key(&json, "reference");
	json_text(&json, lease->reference);
	json_key(&json, "held");
	json_bool(&json, stepped->held);
	json_key(&json, "ends_at");
	json_text(&json, stepped->held ? lease->ends_at : NULL);
	if (step == STEP_REPLY) {
		json_key(&json, "mail");
		json_text(&json, stepped->mail);
	}
	json_close(&json, '}');
	strbuf_putc(&out, '\n');
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
}

static void
step_text(enum ctl_step step, const struct ctl_lease *lease, const struct ctl_stepped *stepped)
{
	static const char *const did[] = {[STEP_DONE] = "is closed",
	    [STEP_REPLY] = "has an answer on its way",
	    [STEP_RELEASE] = "is back in its queue",
	    [STEP_MOVE] = "is in that team's queue",
	    [STEP_RECATEGORIZE] = "has that category",
	    [STEP_NOTE] = "has the note",
	    [STEP_RENEW] = "stays yours"};
	struct strbuf out;

	strbuf_init(&out, 0);
	strbuf_printf(&out, "%s %s", lease->reference, did[step]);
	if (stepped->held) {
		strbuf_puts(&out, step == STEP_RENEW ? " until " : "; it is yours until ");
		ctl_page_time(&out, lease->ends_at);
	} else if (step == STEP_REPLY || step == STEP_RECATEGORIZE) {
		strbuf_puts(&out, "; it is no longer yours");
	}
	strbuf_puts(&out, "\n");
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
}

/* Does it, and brings the kept lease up to date. */
static enum ctl_exit
step_do(struct ctl_work *work, enum ctl_step step, struct ctl_lease *lease, const char *first,
    const char *second, bool json)
{
	struct ctl_stepped stepped;
	enum ctl_exit status;
	struct err err;

	if (step == STEP_REPLY && first == NULL)
		status = ctl_talk_answer(work, lease, second, &stepped);
	else
		status = ctl_work_step(work, step, lease, first, second, &stepped);
	if (status == CTL_LOST || (status == CTL_OK && !stepped.held))
		ctl_lease_drop(lease);
	if (status != CTL_OK)
		return status;
	if (step == STEP_RENEW && ctl_lease_keep(lease, &err) < 0)
		ctl_complain("renew: %s", err.text);
	if (json)
		step_json(step, lease, &stepped);
	else
		step_text(step, lease, &stepped);
	return CTL_OK;
}

static enum ctl_exit
step_run(enum ctl_step step, const struct step_options *options, const char *ticket,
    const char *first, const char *second)
{
	struct ctl_work work;
	struct ctl_lease lease;
	enum ctl_exit status =
	    ctl_work_open(&work, step_names[step], options->database, options->agent);

	if (status == CTL_OK)
		status = ctl_work_lease(&work, ticket, &lease);
	if (status == CTL_OK)
		status = step_do(&work, step, &lease, first, second, options->json);
	ctl_work_close(&work);
	return status;
}

/* The operands that a command cannot do without. */
static bool
step_operands(enum ctl_step step, int count, int least)
{
	if (count < least)
		ctl_complain("%s: %s", step_names[step], count == 0 ? "which ticket?"
			: step == STEP_MOVE                         ? "to which team?"
			: step == STEP_RECATEGORIZE                 ? "which category?"
								    : "what shall be noted?");
	return count >= least;
}

static enum ctl_exit
done_run(const void *arg, int count, char **operands)
{
	const struct step_options *options = arg;

	if (!step_operands(STEP_DONE, count, 1))
		return CTL_USAGE;
	return step_run(STEP_DONE, options, operands[0], options->note, NULL);
}

static enum ctl_exit
release_run(const void *arg, int count, char **operands)
{
	const struct step_options *options = arg;

	if (!step_operands(STEP_RELEASE, count, 1))
		return CTL_USAGE;
	return step_run(STEP_RELEASE, options, operands[0], options->reason, NULL);
}

static enum ctl_exit
move_run(const void *arg, int count, char **operands)
{
	const struct step_options *options = arg;

	if (!step_operands(STEP_MOVE, count, 2))
		return CTL_USAGE;
	return step_run(STEP_MOVE, options, operands[0], operands[1], options->priority);
}

static enum ctl_exit
recategorize_run(const void *arg, int count, char **operands)
{
	if (!step_operands(STEP_RECATEGORIZE, count, 2))
		return CTL_USAGE;
	return step_run(STEP_RECATEGORIZE, arg, operands[0], operands[1], NULL);
}

static enum ctl_exit
renew_run(const void *arg, int count, char **operands)
{
	const struct step_options *options = arg;
	char interval[40];

	if (!step_operands(STEP_RENEW, count, 1))
		return CTL_USAGE;
	return step_run(STEP_RENEW, options, operands[0],
	    ctl_work_interval(options->lease, interval), NULL);
}

static enum ctl_exit
note_run(const void *arg, int count, char **operands)
{
	enum ctl_exit status = CTL_USAGE;
	struct strbuf text;
	struct err err;
	int got;

	if (!step_operands(STEP_NOTE, count, 2))
		return CTL_USAGE;
	strbuf_init(&text, 0);
	if (strcmp(operands[1], "-") == 0) {
		got = ctl_draft_read("-", &text, &err);
	} else {
		strbuf_puts(&text, operands[1]);
		got = ctl_draft_check(&text, &err);
	}
	if (got < 0)
		ctl_complain("note: %s", err.text);
	else
		status = step_run(STEP_NOTE, arg, operands[0], text.p, NULL);
	strbuf_fini(&text);
	return status;
}

static bool
reply_then(const char *then)
{
	static const char *const choices[] = {"keep", "done", "wait"};
	char hint[256];

	for (size_t i = 0; i < 3; i++)
		if (strcmp(then, choices[i]) == 0)
			return true;
	suggest_hint(str_of(then), choices, 3, hint, sizeof(hint));
	ctl_complain("reply: --then: '%s' is none of its words: %s", then, hint);
	return false;
}

/* On a terminal and without a file: the editor. */
static enum ctl_exit
reply_run(const void *arg, int count, char **operands)
{
	const struct step_options *options = arg;
	bool edit = count == 1 && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	enum ctl_exit status = CTL_USAGE;
	struct strbuf text;
	struct err err;

	if (!step_operands(STEP_REPLY, count, 1) || !reply_then(options->then))
		return CTL_USAGE;
	strbuf_init(&text, 0);
	if (!edit && ctl_draft_read(count == 2 ? operands[1] : "-", &text, &err) < 0)
		ctl_complain("reply: %s", err.text);
	else
		status = step_run(
		    STEP_REPLY, options, operands[0], edit ? NULL : text.p, options->then);
	strbuf_fini(&text);
	return status;
}

static const struct option_row done_rows[] = {
	OPTION(struct step_options, note, 0, OPTION_STRING, "TEXT", NULL, 0, 0,
	    "something for colleagues who look at it later"),
	CTL_WORK_OPTIONS(struct step_options),
};
static const struct option_row release_rows[] = {
	OPTION(struct step_options, reason, 0, OPTION_STRING, "TEXT", NULL, 0, 0,
	    "a note for who takes it next"),
	CTL_WORK_OPTIONS(struct step_options),
};
static const struct option_row move_rows[] = {
	OPTION(struct step_options, priority, 0, OPTION_STRING, "PRIORITY", NULL, 0, 0,
	    "another one than it has"),
	CTL_WORK_OPTIONS(struct step_options),
};
static const struct option_row renew_rows[] = {
	CTL_WORK_LEASE(struct step_options),
	CTL_WORK_OPTIONS(struct step_options),
};
static const struct option_row reply_rows[] = {
	OPTION(struct step_options, then, 0, OPTION_STRING, "WORD", "keep", 0, 0,
	    "keep: you go on; done: it is closed; wait: for the requester's answer"),
	CTL_WORK_OPTIONS(struct step_options),
};
static const struct option_row rows[] = {
	CTL_WORK_OPTIONS(struct step_options),
};

#define COMMAND(command_rows, most, runs)                                                         \
	.rows = (command_rows), .row_count = sizeof(command_rows) / sizeof((command_rows)[0]),    \
	.options_size = sizeof(struct step_options), .operands_max = (most), .run = (runs)

const struct ctl_command ctl_done_command = {
	.name = "done",
	.operands = "TICKET",
	.summary = "close a ticket that you hold",
	.about =
	    "Not when the person has written what neither \"next\" nor \"show\" has "
	    "shown.\n" THERE_IS,
	.examples = "  triagectl done K7QX2M9A --note 'the break is in the calendar'\n",
	COMMAND(done_rows, 1, done_run),
};
const struct ctl_command ctl_reply_command = {
	.name = "reply",
	.operands = "TICKET [FILE]",
	.summary = "answer the requester by mail",
	.about =
	    "The text comes from FILE, from standard input (\"-\", or without a terminal), or\n"
	    "from $VISUAL or $EDITOR; then what will be sent is shown and asked about, and the\n"
	    "lease is renewed meanwhile. A text that was not sent is kept, and its file named.\n"
	    "Plain text, UTF-8, at most 64 KiB. With --then done or wait, not when\n"
	    "the person has written what \"next\" or \"show\" has not shown yet.\n" THERE_IS,
	.examples =
	    "  triagectl reply K7QX2M9A answer.txt --then done\n"
	    "  echo 'When would you like to begin?' | triagectl reply K7QX2M9A --then wait\n",
	COMMAND(reply_rows, 2, reply_run),
};
const struct ctl_command ctl_release_command = {
	.name = "release",
	.operands = "TICKET",
	.summary = "put a ticket that you hold back into its queue",
	.about = "It keeps its due time, and so its place.\n" THERE_IS,
	.examples = "  triagectl release K7QX2M9A --reason 'needs somebody who speaks French'\n",
	COMMAND(release_rows, 1, release_run),
};
const struct ctl_command ctl_move_command = {
	.name = "move",
	.operands = "TICKET TEAM",
	.summary = "give a ticket that you hold to another team",
	.about =
	    "It keeps its due time; with another priority it is due as much sooner or later as\n"
	    "the targets differ.\n" THERE_IS,
	.examples = "  triagectl move K7QX2M9A billing --priority high\n",
	COMMAND(move_rows, 2, move_run),
};
const struct ctl_command ctl_recategorize_command = {
	.name = "recategorize",
	.operands = "TICKET CATEGORY",
	.summary = "say what a ticket that you hold is about",
	.about =
	    "It gets the category's team and priority; if the team is another one, it is in that\n"
	    "team's queue then.\n" THERE_IS,
	.examples = "  triagectl recategorize K7QX2M9A mentor.break\n",
	COMMAND(rows, 2, recategorize_run),
};
const struct ctl_command ctl_note_command = {
	.name = "note",
	.operands = "TICKET TEXT",
	.summary = "write something for colleagues on a ticket that you hold",
	.about = "\"-\": from standard input. The requester never sees it.\n" THERE_IS,
	.examples = "  triagectl note K7QX2M9A 'called, nobody answered'\n",
	COMMAND(rows, 2, note_run),
};
const struct ctl_command ctl_renew_command = {
	.name = "renew",
	.operands = "TICKET",
	.summary = "hold a ticket longer",
	.about = "The lease's length begins anew.\n" THERE_IS,
	.examples = "  triagectl renew K7QX2M9A --lease 1h\n",
	COMMAND(renew_rows, 1, renew_run),
};
