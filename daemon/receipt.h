/* SPDX-License-Identifier: MIT */
/*
 * receipt: what an accepted ticket is answered with, the same on every repeat.
 * Plain data: made from a decision, or read back from the database.
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
