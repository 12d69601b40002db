/* SPDX-License-Identifier: MIT */
/*
 * store_sql: the statements of the store. What they ask of the schema is in
 * schemas/sql; SCHEMA_VERSION is the migration that they were written for.
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <stddef.h>

#include "pgconn.h"

#define STORE_SCHEMA_VERSION 9

/* Parameters of "store_write", one array each, in this order. The columns from
 * ATTACHED_TO on are one element per attachment content, not per ticket. Those from
 * SHADOWED on are of "store_shadow" only, one element per decision of a shadow policy. */
enum store_column {
	COLUMN_SOURCE,
	COLUMN_KEY,
	COLUMN_TICKET,
	COLUMN_REFERENCE,
	COLUMN_DIGEST,
	COLUMN_DIGEST_VERSION,
	COLUMN_AUDIENCE,
	COLUMN_LOCALE,
	COLUMN_FORM_LOCALE,
	COLUMN_RECEIVED_AT,
	COLUMN_CLOCK_FROM_SENDER,
	COLUMN_REQUESTER_NAME,
	COLUMN_REQUESTER_EMAIL,
	COLUMN_SUBJECT,
	COLUMN_BODY,
	COLUMN_REASON,
	COLUMN_FIELDS,
	COLUMN_ATTACHMENTS,
	COLUMN_CATEGORY,
	COLUMN_OUTCOME,
	COLUMN_TEAM,
	COLUMN_PRIORITY,
	COLUMN_DUE_AT,
	COLUMN_MISSING,
	COLUMN_FOUND,
	COLUMN_CONFIDENCE,
	COLUMN_EXPLANATION,
	COLUMN_POLICY,
	COLUMN_TOKEN,
	COLUMN_REPLY_ID,
	COLUMN_REPLY_SUBJECT,
	COLUMN_REPLY_BODY,
	COLUMN_WAIT, /* seconds; NULL: does not wait */
	COLUMN_ATTACHED_TO,
	COLUMN_POSITION,
	COLUMN_CONTENT,
	COLUMN_SHADOWED,
	COLUMN_SHADOW_POLICY,
	COLUMN_SHADOW_CATEGORY,
	COLUMN_SHADOW_OUTCOME,
	COLUMN_SHADOW_TEAM,
	COLUMN_SHADOW_PRIORITY,
	COLUMN_SHADOW_MISSING,
	COLUMN_SHADOW_CONFIDENCE,
	COLUMN_COUNT
};

/* Columns of "store_read": the first answer to a key. */
enum store_read_column {
	READ_NUMBER, /* bigint, of the asked key, from 1 */
	READ_TICKET,
	READ_DIGEST,
	READ_DIGEST_VERSION,
	READ_REFERENCE,
	READ_CATEGORY,
	READ_OUTCOME,
	READ_TEAM,
	READ_PRIORITY,
	READ_MISSING,
	READ_LOCALE,
	READ_POLICY,
	READ_TOKEN,
	READ_REPLY_SUBJECT,
	READ_REPLY_BODY,
	READ_WARNING_PATHS,
	READ_WARNING_CODES,
	READ_COUNT
};

/* Columns of "store_check", all as text. */
enum store_check_column {
	CHECK_VERSION,
	CHECK_POLICY_KNOWN, /* "true" or "false" */
	CHECK_SYNCHRONOUS_COMMIT,
	CHECK_FSYNC,
	CHECK_FULL_PAGE_WRITES,
	CHECK_COUNT
};

extern const struct pgconn_statement store_statements[];
extern const size_t store_statement_count;
/* The first of them are what store_fit needs; none touches a table of tickets. */
#define STORE_FIT_STATEMENTS 2
/* The last of them are for a daemon with a shadow policy only, the others know nothing
 * of that: "store_shadow", which is "store_write" and keeps those decisions too. */
#define STORE_SHADOW_STATEMENTS 1

/* What store_fit needs for a policy that is only recorded (store_fit_new_shadow()). */
extern const struct pgconn_statement store_record_statements[];
extern const size_t store_record_statement_count;

#endif
