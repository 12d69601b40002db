/* SPDX-License-Identifier: MIT */
#include "ctl_talk.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "ctl_text.h"
#include "ctl_wrap.h"
#include "suggest.h"

#define INPUT_BYTES 65536

/* What a command's word leads to; false: the talk is over. */
struct talk_word {
	const char *name;
	char letter;
	bool held; /* needs a ticket in hand */
	bool (*run)(struct ctl_talk *talk, const char *rest);
	const char *help;
};

void
ctl_talk_say(const char *format, ...)
{
	struct strbuf text, out;
	va_list args;

	strbuf_init(&text, 0);
	strbuf_init(&out, 0);
	va_start(args, format);
	strbuf_vprintf(&text, format, args);
	va_end(args);
	ctl_text_safe(&out, strbuf_str(&text), true);
	ctl_text_flush(&out, stdout);
	fflush(stdout);
	strbuf_fini(&text);
	strbuf_fini(&out);
}

/* A whole line of what was read before; else, at the end, the rest. */
static bool
talk_take(struct ctl_talk *talk, bool end, struct strbuf *line)
{
	struct strbuf *input = &talk->input;
	const char *newline = input->n > 0 ? memchr(input->p, '\n', input->n) : NULL;
	size_t n = newline != NULL ? (size_t)(newline - input->p) : input->n;

	if (newline == NULL && (!end || input->n == 0))
		return false;
	strbuf_put(line, str_trim(str_part(strbuf_str(input), 0, n)));
	if (newline != NULL)
		n++;
	memmove(input->p, input->p + n, input->n - n);
	input->n -= n;
	input->p[input->n] = '\0';
	return true;
}

/* Shows what the requester has written, which is seen then. */
static void
talk_news(struct ctl_talk *talk)
{
	struct strbuf out;
	json_t *page;

	if (ctl_work_page(talk->work, talk->lease.ticket, &page) != CTL_OK)
		return;
	strbuf_init(&out, 0);
	strbuf_puts(&out, "\n");
	ctl_page_news(page, strtoll(talk->lease.seen, NULL, 10), &talk->style, &out);
	strbuf_puts(&out, "\n");
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
	json_decref(talk->page);
	talk->page = page;
	ctl_work_seen(&talk->lease, page);
}

int
ctl_talk_line(struct ctl_talk *talk, const char *prompt, struct strbuf *line)
{
	char chunk[4096];

	strbuf_clear(line);
	ctl_talk_say("%s", prompt);
	while (!talk_take(talk, false, line)) {
		enum ctl_held held = ctl_hold_wait(&talk->hold, STDIN_FILENO);
		ssize_t n;

		if (held == HELD_NEWS) {
			talk_news(talk);
			ctl_talk_say("%s", prompt);
			continue;
		}
		if (held != HELD_INPUT)
			return held == HELD_LOST ? -1 : 0;
		n = read(STDIN_FILENO, chunk, sizeof(chunk));
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0) {
			talk->hold.stop = true;
			return talk_take(talk, true, line);
		}
		if (talk->input.n + (size_t)n <= INPUT_BYTES)
			strbuf_put(&talk->input, (struct str){chunk, (size_t)n});
	}
	return 1;
}

static void
talk_print(struct ctl_talk *talk)
{
	struct strbuf out;

	strbuf_init(&out, 0);
	talk->style.width = ctl_wrap_width(stdout);
	ctl_page_print(talk->page, &talk->style, &out);
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
}

/* The ticket is in other hands, or closed. */
static void
talk_gone(struct ctl_talk *talk)
{
	ctl_hold_lease(&talk->hold, NULL, 0, 0);
}

static void
talk_until(struct ctl_talk *talk)
{
	struct strbuf until;

	strbuf_init(&until, 0);
	ctl_page_time(&until, talk->lease.ends_at);
	ctl_talk_say("\nYou hold %s until %s, and longer while this stays open.\n"
		     "done, reply, release, move, recategorize, note, show, next, quit; \"?\" says "
		     "more.\nCtrl-C, Ctrl-D or a closed terminal puts it back into its queue.\n",
	    talk->lease.reference, until.p);
	strbuf_fini(&until);
}

static void
talk_release(struct ctl_talk *talk, const char *reason)
{
	struct ctl_stepped stepped;

	if (ctl_work_step(talk->work, STEP_RELEASE, &talk->lease, reason, NULL, &stepped) == CTL_OK)
		ctl_talk_say("%s is back in its queue.\n", talk->lease.reference);
	talk_gone(talk);
}

static enum ctl_exit
talk_claim(struct ctl_talk *talk, const char *ticket)
{
	int64_t left_ms;
	enum ctl_exit status = ctl_work_claim(
	    talk->work, talk->team, ticket, talk->lease_ms, &talk->lease, &left_ms);

	if (status != CTL_OK)
		return status;
	ctl_hold_lease(&talk->hold, &talk->lease, talk->lease_ms, left_ms);
	json_decref(talk->page);
	talk->page = NULL;
	status = ctl_work_page(talk->work, talk->lease.ticket, &talk->page);
	if (status != CTL_OK) {
		talk_release(talk, NULL);
		return status;
	}
	ctl_work_seen(&talk->lease, talk->page);
	talk_print(talk);
	talk_until(talk);
	return CTL_OK;
}

/* Empty is absent. */
static const char *
talk_text(const char *rest)
{
	return rest[0] != '\0' ? rest : NULL;
}

static bool
talk_step(struct ctl_talk *talk, enum ctl_step step, const char *first, const char *second,
    const char *done)
{
	struct ctl_stepped stepped;
	enum ctl_exit status =
	    ctl_work_step(talk->work, step, &talk->lease, first, second, &stepped);

	if (status == CTL_OK)
		ctl_talk_say("%s %s\n", talk->lease.reference, done);
	talk->hold.news = talk->hold.news || stepped.news;
	if (status == CTL_LOST || (status == CTL_OK && !stepped.held))
		talk_gone(talk);
	return true;
}

static bool
word_done(struct ctl_talk *talk, const char *rest)
{
	return talk_step(talk, STEP_DONE, talk_text(rest), NULL, "is closed.");
}

static bool
word_release(struct ctl_talk *talk, const char *rest)
{
	return talk_step(
	    talk, STEP_RELEASE, talk_text(rest), NULL, "is back in its queue.");
}

static void
talk_names(struct ctl_talk *talk, const char *kind)
{
	struct strbuf names, out;

	strbuf_init(&names, 0);
	strbuf_init(&out, 0);
	ctl_work_names(talk->work, kind, NULL, &names);
	ctl_wrap(&out, strbuf_str(&names), "  ", talk->style.width);
	ctl_text_flush(&out, stdout);
	strbuf_fini(&names);
	strbuf_fini(&out);
}

/* "TEAM [PRIORITY]" */
static bool
word_move(struct ctl_talk *talk, const char *rest)
{
	size_t n = strcspn(rest, " \t");
	char team[128];

	if (rest[0] == '\0') {
		ctl_talk_say("move TEAM [PRIORITY]; teams:\n");
		talk_names(talk, "team");
		return true;
	}
	snprintf(team, sizeof(team), "%.*s", (int)n, rest);
	rest += n + strspn(rest + n, " \t");
	return talk_step(
	    talk, STEP_MOVE, team, talk_text(rest), "is in that team's queue.");
}

static bool
word_recategorize(struct ctl_talk *talk, const char *rest)
{
	if (rest[0] == '\0') {
		ctl_talk_say("recategorize CATEGORY; categories:\n");
		talk_names(talk, "category");
		return true;
	}
	talk_step(talk, STEP_RECATEGORIZE, rest, NULL, "has that category now.");
	if (talk->hold.lease == NULL)
		ctl_talk_say("It is no longer yours.\n");
	return true;
}

static bool
word_note(struct ctl_talk *talk, const char *rest)
{
	struct strbuf line;

	strbuf_init(&line, 0);
	if (rest[0] == '\0' && ctl_talk_line(talk, "note > ", &line) > 0 && line.n > 0)
		rest = line.p;
	if (rest[0] != '\0')
		talk_step(
		    talk, STEP_NOTE, rest, NULL, "has the note; the requester never sees it.");
	strbuf_fini(&line);
	return true;
}

static bool
word_reply(struct ctl_talk *talk, const char *rest)
{
	struct ctl_stepped stepped;

	(void)rest;
	if (ctl_talk_reply(talk, NULL, &stepped) != 1)
		return true;
	ctl_talk_say("The answer is on its way.%s\n",
	    stepped.held ? "" : " The ticket is no longer in your hands.");
	if (!stepped.held)
		talk_gone(talk);
	return true;
}

static bool
word_show(struct ctl_talk *talk, const char *rest)
{
	struct json_t *page;

	(void)rest;
	if (talk->lease.ticket[0] == '\0' ||
	    ctl_work_page(talk->work, talk->lease.ticket, &page) != CTL_OK)
		return true;
	json_decref(talk->page);
	talk->page = page;
	ctl_work_seen(&talk->lease, page);
	talk->hold.news = false;
	talk_print(talk);
	return true;
}

static bool
word_next(struct ctl_talk *talk, const char *rest)
{
	enum ctl_exit status;

	if (talk->hold.lease != NULL) {
		ctl_talk_say("%s is still yours: \"done\", \"release\" or \"move\" first. If it "
			     "goes back, the most pressing ticket may be this one again.\n",
		    talk->lease.reference);
		return true;
	}
	status = talk_claim(talk, talk_text(rest));
	if (status == CTL_EMPTY)
		ctl_talk_say("No ticket waits for %s.\n", talk->work->agent);
	return true;
}

/* Without an answer the ticket goes back. */
static bool
word_quit(struct ctl_talk *talk, const char *rest)
{
	struct strbuf line;
	struct err err;
	bool keep;

	(void)rest;
	if (talk->hold.lease == NULL)
		return false;
	strbuf_init(&line, 0);
	keep = ctl_talk_line(talk, "Put it back into its queue? y: yes; k: keep it for later > ",
		   &line) > 0 &&
	    line.n > 0 && (line.p[0] == 'k' || line.p[0] == 'n');
	strbuf_fini(&line);
	if (!keep || talk->hold.lease == NULL)
		return false;
	if (ctl_lease_keep(&talk->lease, &err) < 0) {
		ctl_complain("next: %s", err.text);
		return false;
	}
	ctl_talk_say("It stays yours until the lease ends: \"triagectl renew %s\", "
		     "\"triagectl done %s\" …\n",
	    talk->lease.reference, talk->lease.reference);
	talk_gone(talk);
	return false;
}

static bool word_help(struct ctl_talk *talk, const char *rest);

static const struct talk_word words[] = {
	{"done", 'd', true, word_done, "done [NOTE]              close it"},
	{"reply", 'r', true, word_reply, "reply                    write to the requester"},
	{"release", 'l', true, word_release, "release [REASON]         put it back into its queue"},
	{"move", 'm', true, word_move, "move TEAM [PRIORITY]     give it to another team"},
	{"recategorize", 'c', true, word_recategorize,
	    "recategorize CATEGORY    say what it is about; may give it to another team"},
	{"note", 'n', true, word_note, "note [TEXT]              something for colleagues"},
	{"show", 's', false, word_show, "show                     the page again, as it is now"},
	{"next", 'x', false, word_next, "next [TICKET]            the most pressing one"},
	{"quit", 'q', false, word_quit, "quit                     leave"},
	{"help", '?', false, word_help, "?                        this"},
};
#define WORD_COUNT (sizeof(words) / sizeof(words[0]))

static bool
word_help(struct ctl_talk *talk, const char *rest)
{
	(void)talk;
	(void)rest;
	for (size_t i = 0; i < WORD_COUNT; i++)
		ctl_talk_say("  %c  %s\n", words[i].letter, words[i].help);
	ctl_talk_say("The lease is renewed while this is open. Ctrl-C, Ctrl-D or a closed terminal "
		     "puts the ticket back.\n");
	return true;
}

/* False: the talk is over. */
static bool
talk_obey(struct ctl_talk *talk, const char *line)
{
	const char *names[WORD_COUNT];
	size_t n = strcspn(line, " \t");
	const char *rest = line + n + strspn(line + n, " \t");
	char hint[256];

	for (size_t i = 0; i < WORD_COUNT; i++) {
		names[i] = words[i].name;
		if (!(n == 1 && line[0] == words[i].letter) &&
		    !(strlen(words[i].name) == n && strncmp(line, words[i].name, n) == 0))
			continue;
		if (!words[i].held || talk->hold.lease != NULL)
			return words[i].run(talk, rest);
		ctl_talk_say("You hold no ticket now: \"next\" or \"quit\".\n");
		return true;
	}
	suggest_hint((struct str){line, n}, names, WORD_COUNT, hint, sizeof(hint));
	ctl_talk_say("There is no \"%.*s\" here%s%s\n", (int)(n < 40 ? n : 40), line,
	    hint[0] != '\0' ? ": " : "; \"?\" says what there is.", hint);
	return true;
}

static void
talk_loop(struct ctl_talk *talk)
{
	struct strbuf line;
	bool on = true;

	strbuf_init(&line, 0);
	while (on) {
		char prompt[64];
		int got;

		snprintf(prompt, sizeof(prompt), "%s> ",
		    talk->hold.lease != NULL ? talk->lease.reference : "next or quit ");
		got = ctl_talk_line(talk, prompt, &line);
		if (got > 0)
			on = line.n == 0 || talk_obey(talk, line.p);
		else if (got < 0)
			ctl_talk_say("You hold it no more: \"next\" or \"quit\".\n");
		on = on && !talk->hold.stop;
	}
	strbuf_fini(&line);
	if (talk->hold.lease != NULL) {
		ctl_talk_say("\n");
		talk_release(talk, NULL);
	}
}

static int
talk_init(struct ctl_talk *talk, struct ctl_work *work)
{
	struct err err;

	memset(talk, 0, sizeof(*talk));
	talk->work = work;
	talk->style = (struct ctl_page_style){ctl_wrap_width(stdout), ctl_text_colour(stdout)};
	strbuf_init(&talk->input, 0);
	if (ctl_hold_init(&talk->hold, work, &err) == 0)
		return 0;
	ctl_complain("%s: %s", work->command, err.text);
	return -1;
}

static void
talk_fini(struct ctl_talk *talk)
{
	fflush(stdout);
	ctl_hold_fini(&talk->hold);
	json_decref(talk->page);
	strbuf_fini(&talk->input);
}

enum ctl_exit
ctl_talk(struct ctl_work *work, const char *team, const char *ticket, int64_t lease_ms)
{
	struct ctl_talk talk;
	enum ctl_exit status;

	if (talk_init(&talk, work) < 0)
		return CTL_FAILED;
	talk.team = team;
	talk.lease_ms = lease_ms;
	status = talk_claim(&talk, ticket);
	if (status == CTL_OK)
		talk_loop(&talk);
	talk_fini(&talk);
	return status;
}

enum ctl_exit
ctl_talk_answer(struct ctl_work *work, struct ctl_lease *lease, const char *then,
    struct ctl_stepped *stepped)
{
	struct ctl_talk talk;
	enum ctl_exit status;

	status = ctl_work_step(work, STEP_RENEW, lease, NULL, NULL, stepped);
	if (status != CTL_OK)
		return status;
	if (talk_init(&talk, work) < 0)
		return CTL_FAILED;
	talk.lease = *lease;
	ctl_hold_lease(&talk.hold, &talk.lease, 0, stepped->left_ms);
	status = ctl_work_page(work, lease->ticket, &talk.page);
	ctl_work_seen(&talk.lease, talk.page); /* it stands below the text in the editor */
	if (status == CTL_OK && ctl_talk_reply(&talk, then, stepped) != 1)
		status = talk.hold.lease == NULL ? CTL_LOST : CTL_FAILED;
	talk_fini(&talk);
	return status;
}
