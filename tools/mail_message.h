/* SPDX-License-Identifier: MIT */
/*
 * mail_message: one mail as it goes over the wire (RFC 5322, 2045, 2047, 3834):
 * plain text in UTF-8, quoted-printable, lines of at most 76 bytes, CRLF. Pure:
 * the same row gives the same bytes at every attempt, Date and Message-ID
 * included. (libcurl's own MIME exists only inside a transfer, where no test
 * could read it.)
 *
 * Whatever bytes a subject holds, they stay inside the subject: control bytes,
 * line ends and what would turn the direction of writing become a space.
 * Dots at the start of a line are left to who sends it.
 */
#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "str.h"

/* The sender's side: the same for all mails. */
struct mail_from {
	const char *address;   /* of From */
	const char *name;      /* shown with it; NULL: none */
	const char *reply_to;  /* NULL: none */
	const char *bounce;    /* bounces go to its "local+ID@domain"; NULL: see below */
};

struct mail {
	const char *message_id; /* UUID, lower case */
	const char *first_id;   /* of the ticket's first mail, NULL when this is it */
	const char *reference;  /* of the ticket, for people; NULL: none */
	const char *to;
	const char *locale;
	struct str subject, body;
	bool automatic;     /* written by no person */
	bool reminder;      /* automatic, and no direct answer to anything */
	int64_t created_ms; /* wall clock; the Date */
};

/* Are these good for any mail? 0, or -1 with what to tell the operator. */
int mail_from_check(const struct mail_from *from, struct err *err);

/* Appends the whole message. Addresses are the caller's to check
 * (mail_rule.h); here they have no line ends. */
void mail_message_build(const struct mail_from *from, const struct mail *mail, struct strbuf *out);
/* Appends the envelope's sender: with a bounce address "local+ID@domain"; else
 * nothing, the null sender, for automatic mail (RFC 3834 section 3.3), and
 * From's address for a person's (RFC 5321 section 4.5.5 keeps null for
 * notifications). */
void mail_message_sender(
    const struct mail_from *from, const struct mail *mail, struct strbuf *out);

#endif
