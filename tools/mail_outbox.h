/* SPDX-License-Identifier: MIT */
/*
 * mail_outbox: the rows of triaged.outbox through the functions of
 * schemas/sql/003_mail.sql. One connection that waits; a statement is given up
 * by the server after 10 s. After any failure: close, and open again.
 */
#ifndef MAIL_OUTBOX_H
#define MAIL_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "mail_rule.h"
#include "str.h"

struct mail_outbox;

/* NULL with err. */
struct mail_outbox *mail_outbox_open(const char *conninfo, struct err *err);
void mail_outbox_close(struct mail_outbox *outbox); /* NULL is fine */

/* As the parameters of mail_take(). */
struct mail_terms {
	int64_t lease_ms, life_ms, reply_life_ms, cap, cap_window_ms;
};

enum mail_column {
	MAIL_TICKET,
	MAIL_MESSAGE,
	MAIL_STATE, /* "sending": it is ours; else it ended here */
	MAIL_REASON,
	MAIL_TOKEN,
	MAIL_TO,
	MAIL_LOCALE,
	MAIL_SUBJECT,
	MAIL_BODY,
	MAIL_KIND,
	MAIL_AUTHOR,
	MAIL_ATTEMPTS,
	MAIL_CREATED, /* ms since 1970 */
	MAIL_REFERENCE,
	MAIL_FIRST,
	MAIL_COLUMNS
};

struct mail_row {
	char *value[MAIL_COLUMNS]; /* terminated; NULL: absent */
};
void mail_row_free(struct mail_row *row); /* what it holds, not itself */

/* Takes at most batch; rows has room for them. Their number, or -1 with err
 * (then nothing is certain: what may have been taken comes back when its lease
 * runs out). The caller frees each row. */
int mail_outbox_take(struct mail_outbox *outbox, const struct mail_terms *terms, int batch,
    struct mail_row *rows, struct err *err);

/* What became of a row. */
struct mail_report {
	enum mail_result result;
	int64_t retry_ms;   /* of those that are tried again */
	int code;           /* 0: none */
	const char *line;   /* the relay's words; NULL: none */
	const char *reason; /* of failed and suppressed */
	int64_t mute_ms;    /* 0: no */
};
/* 1: noted (once, however often it is said); 0: the lease was lost; -1 with err. */
int mail_outbox_done(struct mail_outbox *outbox, const struct mail_row *row,
    const struct mail_report *report, struct err *err);

/* Sums up the counts: now and then. */
int mail_outbox_fold(struct mail_outbox *outbox, struct err *err);

#endif
