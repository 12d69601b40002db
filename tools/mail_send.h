/* SPDX-License-Identifier: MIT */
/*
 * mail_send: hands mails to the relay with libcurl, a few at a time, and tells
 * how far each got. The only user of libcurl.
 *
 * Each transfer has a thread with an easy handle (and so a connection that is
 * used again) of its own: after the final dot libcurl 7.88 waits for the answer
 * inside one call, and that may take the relay ten minutes; with a multi handle
 * all other mails would wait with it. Threads share the two lists of transfers
 * here and nothing else.
 *
 * libcurl's result says too little (a refused RCPT is "Failed sending data"), so
 * the dialogue itself is followed: which command went out last and what the
 * answer to it was.
 */
#ifndef MAIL_SEND_H
#define MAIL_SEND_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "mail_rule.h"
#include "str.h"

enum mail_tls {
	MAIL_TLS_NONE,
	MAIL_TLS_STARTTLS, /* where the relay offers it; not verified */
	MAIL_TLS_REQUIRED  /* and the certificate verified, else nothing is sent */
};

struct mail_relay {
	const char *url;                /* smtp://HOST[:PORT][/HELO-NAME], smtps:// */
	enum mail_tls tls;
	const char *ca_file;            /* NULL: the system's */
	const char *user, *password;    /* NULL: no AUTH */
	int64_t command_ms;             /* for any answer but the last */
	int64_t final_ms;               /* for the answer to the dot */
	int64_t total_ms;               /* for all of a mail */
};

/* One mail on its way. The caller's until given, again after it came back. */
struct mail_transfer {
	const char *sender, *recipient; /* of the envelope; "" = the null sender */
	struct str message;
	void *arg;
	struct mail_attempt attempt; /* how it ended; attempt.text is in text */
	char text[256];
	struct mail_transfer *next;
};

struct mail_send;

/* relay is borrowed until mail_send_free(). Signals should be blocked before:
 * the threads inherit that. NULL with err. */
struct mail_send *mail_send_new(const struct mail_relay *relay, int threads, struct err *err);
/* Aborts what is under way and waits a few seconds for the threads; what was not
 * fetched back is lost, so fetch it first. For the end of the process: a thread
 * that still waits for the relay is left alone, with what it uses. NULL is fine. */
void mail_send_free(struct mail_send *send);

/* At most as many at a time as there are threads. */
void mail_send_give(struct mail_send *send, struct mail_transfer *transfer);
/* One that has ended, or NULL. */
struct mail_transfer *mail_send_fetch(struct mail_send *send);
/* Readable when there is one to fetch. */
int mail_send_fd(const struct mail_send *send);
/* Ends all transfers within about a second, each as "interrupted". */
void mail_send_abort(struct mail_send *send);

#endif
