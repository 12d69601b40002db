/* SPDX-License-Identifier: MIT */
/*
 * mail_loop: takes mails, gives them to the relay, says what became of each.
 *
 *   outbox ─take─▶ item ─give─▶ transfer ─▶ judged ─▶ said ─▶ freed
 *
 * What is known about a mail is said before another one is taken: with the
 * database away, results wait here and nothing new goes out. With the relay
 * away everything stays in the outbox and one mail at a time asks whether it
 * is back.
 */
#ifndef MAIL_LOOP_H
#define MAIL_LOOP_H

#include "err.h"
#include "mail_config.h"

enum mail_loop_end {
	MAIL_LOOP_STOPPED, /* as asked; with --once: nothing more is due */
	MAIL_LOOP_LEFT,    /* --once: relay or database are not there */
	MAIL_LOOP_FAILED   /* could not start: err says why */
};

/* Until SIGTERM or SIGINT, which it blocks and reads itself. Logs its counts. */
enum mail_loop_end mail_loop_run(const struct mail_config *config, struct err *err);

#endif
