/* SPDX-License-Identifier: MIT */
/* Writing an answer in the editor, seeing it once more, sending it. */
#include "ctl_talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "ctl_draft.h"
#include "ctl_text.h"
#include "ctl_wrap.h"

/* Runs the editor, and the lease on with it. -1 when it could not, or when the
 * talk shall end. */
static int
reply_edit(struct ctl_talk *talk, const char *path)
{
	pid_t child, gone;
	struct err err;
	int status;

	fflush(stdout);
	child = ctl_draft_edit(path, &err);
	if (child < 0) {
		ctl_complain("reply: %s", err.text);
		return -1;
	}
	while ((gone = waitpid(child, &status, WNOHANG)) == 0)
		if (ctl_hold_wait(&talk->hold, -1) == HELD_STOP) {
			kill(child, SIGHUP);
			return -1;
		}
	if (gone == child && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	ctl_complain("reply: the editor failed");
	return -1;
}

static void
reply_show(struct ctl_talk *talk, struct str text)
{
	const json_t *ticket = json_object_get(talk->page, "ticket");
	const json_t *requester = json_object_get(ticket, "requester");
	struct strbuf out;

	strbuf_init(&out, 0);
	strbuf_puts(&out, "\nThis will be sent to ");
	ctl_text_line(&out, str_of(json_string_value(json_object_get(requester, "email"))), 80);
	strbuf_puts(&out, ":\n");
	ctl_wrap(&out, text, "  > ", talk->style.width);
	strbuf_puts(&out, "\n");
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
}

/* What shall become of the text: keep, done, wait; "edit"; NULL: not sent. */
static const char *
reply_ask(struct ctl_talk *talk, const char *then)
{
	static const char all[] =
	    "Send it? y: yes, and keep the ticket; d: and it is done; w: and wait for the\n"
	    "answer; e: edit again; anything else: no > ";
	static const char plain[] = "Send it? y: yes; e: edit again; anything else: no > ";
	const char *answer = NULL;
	struct strbuf line;

	strbuf_init(&line, 0);
	if (ctl_talk_line(talk, then == NULL ? all : plain, &line) > 0 && line.n > 0) {
		if (strcmp(line.p, "e") == 0 || strcmp(line.p, "edit") == 0)
			answer = "edit";
		else if (strcmp(line.p, "y") == 0 || strcmp(line.p, "yes") == 0)
			answer = then != NULL ? then : "keep";
		else if (then == NULL && strcmp(line.p, "d") == 0)
			answer = "done";
		else if (then == NULL && strcmp(line.p, "w") == 0)
			answer = "wait";
	}
	strbuf_fini(&line);
	return answer;
}

/* Asks, and sends. 1 sent, 0 not sent, 2: to be edited once more. Where the
 * requester has written meanwhile, the question shows that and is asked again. */
static int
reply_send(struct ctl_talk *talk, const char *text, const char *then, struct ctl_stepped *stepped)
{
	for (;;) {
		const char *answer = reply_ask(talk, then);
		enum ctl_exit status;

		if (answer == NULL)
			return 0;
		if (strcmp(answer, "edit") == 0)
			return 2;
		status = ctl_work_step(
		    talk->work, STEP_REPLY, &talk->lease, text, answer, stepped);
		if (status == CTL_LOST)
			ctl_hold_lease(&talk->hold, NULL, 0, 0);
		if (status == CTL_OK || !stepped->news)
			return status == CTL_OK;
		talk->hold.news = true;
	}
}

/* One round. 1 sent, 0 not sent, 2 once more. keep: the file has a text that
 * is worth something. */
static int
reply_round(struct ctl_talk *talk, const char *path, const char *then,
    struct ctl_stepped *stepped, bool *keep)
{
	struct strbuf text;
	struct err err;
	int sent = 0, got;

	if (reply_edit(talk, path) < 0) {
		*keep = true;
		return 0;
	}
	strbuf_init(&text, 0);
	got = ctl_draft_take(path, &text, &err);
	*keep = got != 0;
	if (got < 0) {
		ctl_complain("reply: %s", err.text);
	} else if (got == 0) {
		ctl_talk_say("Nothing was written, nothing is sent.\n");
	} else if (talk->hold.lease == NULL) {
		; /* lost while writing, which was said */
	} else {
		reply_show(talk, strbuf_str(&text));
		sent = reply_send(talk, text.p, then, stepped);
	}
	strbuf_fini(&text);
	return sent;
}

int
ctl_talk_reply(struct ctl_talk *talk, const char *then, struct ctl_stepped *stepped)
{
	struct strbuf path, below;
	bool keep = false;
	struct err err;
	int sent = 0;

	strbuf_init(&path, 0);
	strbuf_init(&below, 0);
	ctl_page_print(talk->page, &(struct ctl_page_style){CTL_WRAP_WIDTH, false}, &below);
	if (ctl_draft_make(&path, strbuf_str(&below), &err) < 0) {
		ctl_complain("reply: %s", err.text);
	} else {
		do {
			sent = reply_round(talk, path.p, then, stepped, &keep);
		} while (sent == 2);
		if (sent == 1 || !keep)
			unlink(path.p);
		else
			ctl_talk_say("Nothing was sent. Your text is kept: %s\n", path.p);
	}
	strbuf_fini(&path);
	strbuf_fini(&below);
	return sent;
}
