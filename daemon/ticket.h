/* SPDX-License-Identifier: MIT */
/*
 * ticket: one submission of the contact form, as the wire or a JSON line
 * brought it. Plain data that travels; every byte lives in one arena. Text is
 * valid UTF-8 without NUL (the readers check it), otherwise as typed.
 */
#ifndef TICKET_H
#define TICKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "str.h"
#include "value.h"

struct ticket_field {
	struct str name;
	struct value value;
};

struct ticket_attachment {
	struct str name, type; /* type: media type */
	int64_t size;          /* bytes; -1 = not said */
	struct str field;      /* the form's field it belongs to, or absent */
	struct str data;       /* content, or absent */
	struct str url;        /* kept as text, never fetched; or absent */
};

struct ticket {
	struct str audience;    /* "mentor" */
	struct str form_locale; /* "en"; absent when not said */
	struct str reason;      /* the category chosen on the form; absent when none */
	bool has_received_at;
	int64_t received_at; /* ms since 1970 UTC */
	struct str requester_name, requester_email;
	struct str subject, body;
	const struct ticket_field *fields;
	size_t field_count;
	const struct ticket_attachment *attachments;
	size_t attachment_count;
};

/* The box of that name when it is there and not null, else NULL. */
const struct ticket_field *ticket_field_find(const struct ticket *ticket, struct str name);
/* A plausible mailbox for an answer (RFC 5321 4.1.2, dot-string local part,
 * UTF-8 allowed by RFC 6531): one '@', no white space, control or quoting,
 * local part 1..64 and domain 1..255 bytes, no leading, trailing or double dot. */
bool ticket_email_valid(struct str address);

#endif
