/* SPDX-License-Identifier: MIT */
/*
 * desk_sql: the statements of the desk. What they call is in
 * schemas/sql/004_follow_up.sql. Results come in binary.
 */
#ifndef DESK_SQL_H
#define DESK_SQL_H

#include <stddef.h>

#include "pgconn.h"

#define DESK_WAITS 100 /* ended, and as many to be reminded of, in one look */

/* Columns of "desk_read": one row, or none. Lists are text[]. */
enum desk_read_column {
	DESK_READ_TICKET,
	DESK_READ_REFERENCE,
	DESK_READ_TOKEN,
	DESK_READ_LOCALE,
	DESK_READ_RECEIVED_MS, /* bigint */
	DESK_READ_STATE,
	DESK_READ_CATEGORY,
	DESK_READ_OUTCOME,
	DESK_READ_TEAM,
	DESK_READ_PRIORITY,
	DESK_READ_MISSING,
	DESK_READ_BY_PERSON, /* boolean */
	DESK_READ_ASKED,     /* bigint, and the next two */
	DESK_READ_MESSAGES,
	DESK_READ_FOLLOW_UPS,
	DESK_READ_KNOWN_DIGEST, /* NULL: no follow-up has this key */
	DESK_READ_KNOWN_VERSION,
	DESK_READ_KNOWN_CATEGORY,
	DESK_READ_KNOWN_OUTCOME,
	DESK_READ_KNOWN_TEAM,
	DESK_READ_KNOWN_PRIORITY,
	DESK_READ_KNOWN_STATE,
	DESK_READ_KNOWN_POLICY,
	DESK_READ_KNOWN_MISSING,
	DESK_READ_KNOWN_WARNING_PATHS,
	DESK_READ_KNOWN_WARNING_CODES,
	DESK_READ_KNOWN_LOCALE,
	DESK_READ_KNOWN_SUBJECT,
	DESK_READ_KNOWN_BODY,
	DESK_READ_PART_MS, /* of the parts, newest first; NULL: not with this token */
	DESK_READ_PART_SUBJECTS,
	DESK_READ_PART_BODIES,
	DESK_READ_PIECE_PARTS, /* of their boxes and attachments, in order */
	DESK_READ_PIECE_KINDS,
	DESK_READ_PIECE_NAMES,
	DESK_READ_PIECE_TYPES,
	DESK_READ_PIECE_VALUES,
	DESK_READ_COUNT
};

/* Columns of "desk_lookup". */
enum desk_lookup_column {
	DESK_LOOKUP_TICKET,
	DESK_LOOKUP_REFERENCE,
	DESK_LOOKUP_CATEGORY,
	DESK_LOOKUP_OUTCOME,
	DESK_LOOKUP_TEAM,
	DESK_LOOKUP_PRIORITY,
	DESK_LOOKUP_STATE,
	DESK_LOOKUP_RECEIVED_AT, /* text, RFC 3339 */
	DESK_LOOKUP_MISSING,
	DESK_LOOKUP_COUNT
};

/* Columns of "desk_waits". */
enum desk_wait_column {
	DESK_WAIT_TICKET,
	DESK_WAIT_DUE, /* as it comes, to be given back */
	DESK_WAIT_ENDED,
	DESK_WAIT_BY_PERSON,
	DESK_WAIT_REFERENCE,
	DESK_WAIT_TOKEN,
	DESK_WAIT_LOCALE,
	DESK_WAIT_CATEGORY,
	DESK_WAIT_TEAM,
	DESK_WAIT_PRIORITY,
	DESK_WAIT_MISSING,
	DESK_WAIT_COUNT
};

extern const struct pgconn_statement desk_statements[];
extern const size_t desk_statement_count;

#endif
