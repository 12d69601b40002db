/* SPDX-License-Identifier: MIT */
/*
 * receipt: what an accepted ticket or follow-up is answered with, the same on
 * every repeat, and what a look-up tells. Plain data: made from a decision, or
 * read back from the database.
 */
#ifndef RECEIPT_H
#define RECEIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "str.h"

struct receipt_warning {
	struct str path, code;
};

struct receipt {
	struct str ticket;    /* UUIDv7 as text */
	struct str reference; /* 8 characters, Crockford base 32 */
	struct str category, outcome, team, priority;
	struct str state;       /* of a follow-up or a look-up: where the ticket is now */
	struct str received_at; /* of a look-up: RFC 3339 */
	const struct str *missing;
	size_t missing_count;
	bool has_reply;
	struct str reply_locale, reply_subject, reply_body;
	struct str policy; /* hash */
	struct str follow_up_token;
	const struct receipt_warning *warnings;
	size_t warning_count;
};

#endif
