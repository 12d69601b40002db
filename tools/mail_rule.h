/* SPDX-License-Identifier: MIT */
/*
 * mail_rule: what is decided about mails, without sending any: who gets none,
 * what an attempt's end means, when to try again, when to leave the relay alone.
 * Pure: time is an argument.
 *
 * An attempt, by the last command whose answer was awaited:
 *
 *   code 2xx after the dot            sent
 *   4xx to MAIL, RCPT, DATA, dot      retry
 *   5xx to RCPT, DATA, dot            failed; RCPT with 5.1.1, 5.1.2, 5.1.3, 5.1.6 or
 *                                     5.1.10 (there is no such mailbox): muted too;
 *                                     RCPT with 5.7.x is the relay's policy about us,
 *                                     which an operator mends: retry
 *   5xx to MAIL about size, contents  failed: 552, 5.2.3, 5.3.4, 5.6.x
 *   5xx to MAIL that says neither     retry
 *   no answer to MAIL, RCPT, DATA     retry
 *   no answer after the dot           ambiguous: the relay may have it (RFC 1047)
 *   all else                          the relay's fault, not the mail's: released.
 *                                     No connection, a refused greeting, TLS, AUTH, 421
 *                                     to MAIL, and its refusals of our own address: 5.1.x,
 *                                     5.7.x, or 550 and 553 without such a status
 */
#ifndef MAIL_RULE_H
#define MAIL_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

/* How far a transfer got: what the relay's next answer is an answer to. */
enum mail_stage {
	MAIL_STAGE_CONNECT, /* name, connection, greeting */
	MAIL_STAGE_HELLO,   /* EHLO or HELO, STARTTLS, AUTH */
	MAIL_STAGE_MAIL,
	MAIL_STAGE_RCPT,
	MAIL_STAGE_DATA,
	MAIL_STAGE_TEXT, /* the message goes out */
	MAIL_STAGE_DOT   /* all of it was handed over */
};
const char *mail_stage_name(enum mail_stage stage);

struct mail_attempt {
	enum mail_stage stage;
	int code;         /* of the relay's answer to that; 0: none came */
	struct str text;  /* that answer without its code, or what went wrong here */
	bool interrupted; /* given up because of a stop */
};

enum mail_result {
	MAIL_SENT,
	MAIL_RETRY,
	MAIL_AMBIGUOUS,
	MAIL_RELEASED,
	MAIL_FAILED,
	MAIL_SUPPRESSED
};
const char *mail_result_name(enum mail_result result); /* as mail_done() takes it */

struct mail_verdict {
	enum mail_result result;
	bool relay_at_fault; /* the breaker is told */
	bool mute;           /* the address gets no more mail */
	const char *reason;  /* of failed and suppressed, else NULL */
};
struct mail_verdict mail_rule_decide(const struct mail_attempt *attempt);

/* Why this address gets no mail: "address" (none that could be reached: its domain
 * has no dot or is an IP address, or it is not ASCII, which takes a relay with
 * SMTPUTF8; a domain in its xn-- form is fine), "own",
 * "robot" (noreply, mailer-daemon, postmaster …: nobody reads there, and what
 * answers is a machine); NULL: it may. own: addresses and "@domain"s, whose tags
 * ("+x") do not matter; NULL entries are skipped. */
const char *mail_rule_recipient(struct str to, const char *const *own, size_t own_count);

/* Doubles from first for every attempt so far, up to most. */
int64_t mail_rule_backoff(int attempts, int64_t first_ms, int64_t most_ms);

/* The relay's words as one line to keep and to log: code first, addresses as
 * "<address>", control bytes shown as \xNN, at most about 200 bytes. */
void mail_rule_line(const struct mail_attempt *attempt, struct strbuf *out);

/* The relay as a whole. Closed: all go. Open: nobody bothers it until until_us;
 * then one mail is the probe. */
struct mail_breaker {
	bool open;
	int failures; /* in a row */
	int64_t until_us;
};
/* How many of these may be started now. */
int mail_breaker_allows(const struct mail_breaker *breaker, int wanted, int running,
    int64_t now_us);
void mail_breaker_bad(struct mail_breaker *breaker, int64_t now_us, int64_t first_us,
    int64_t most_us);
/* Any answer to MAIL or later. */
void mail_breaker_good(struct mail_breaker *breaker);

#endif
