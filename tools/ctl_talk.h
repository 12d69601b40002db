/* SPDX-License-Identifier: MIT */
/*
 * ctl_talk: one ticket in the foreground: its page, then a line at a time what
 * to do with it, while the lease is renewed. Plain lines, so that any
 * terminal will do. Whatever ends the talk while the ticket is held (end of
 * input, Ctrl-C, a closed terminal) puts it back into its queue: nothing is
 * lost by that, and nobody else waits for a lease to run out.
 */
#ifndef CTL_TALK_H
#define CTL_TALK_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl_hold.h"
#include "ctl_page.h"
#include "ctl_work.h"

struct json_t; /* jansson's */

struct ctl_talk {
	struct ctl_work *work;
	const char *team; /* of the next tickets; NULL: any */
	int64_t lease_ms; /* 0: as the rules say */
	struct ctl_hold hold;
	struct ctl_lease lease;
	struct json_t *page; /* of the lease's ticket */
	struct ctl_page_style style;
	struct strbuf input; /* read and not yet used */
};

/* Takes a ticket (NULL: the most pressing) and talks about it and about those
 * after it. CTL_EMPTY when there is none at the beginning. */
enum ctl_exit ctl_talk(
    struct ctl_work *work, const char *team, const char *ticket, int64_t lease_ms);
/* Only writes and sends an answer, for a lease that a file keeps. then: keep,
 * done, wait. CTL_FAILED: nothing was sent. */
enum ctl_exit ctl_talk_answer(struct ctl_work *work, struct ctl_lease *lease, const char *then,
    struct ctl_stepped *stepped);

/* The parts: */

/* A line without its end: 1; 0 when the input or the talk is at its end; -1
 * when the lease was lost meanwhile: no answer counts. */
int ctl_talk_line(struct ctl_talk *talk, const char *prompt, struct strbuf *line);
/* The steps of an answer: editor, what will be sent, the question. then: NULL
 * asks for it too. 1 sent; 0 not sent. */
int ctl_talk_reply(struct ctl_talk *talk, const char *then, struct ctl_stepped *stepped);
/* To standard output, neutralized, at once. */
void ctl_talk_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
