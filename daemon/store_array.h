/* SPDX-License-Identifier: MIT */
/*
 * store_array: PostgreSQL arrays in binary (src/backend/utils/adt/arrayfuncs.c,
 * array_recv): built as statement parameters, one column of a batch each, and
 * read back. One dimension.
 *
 * No memory does not end the process: the array is marked failed, and the
 * batch is put off.
 */
#ifndef STORE_ARRAY_H
#define STORE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "pgconn.h"
#include "str.h"

/* Element types by their OID (pg_type.dat). */
enum store_type {
	STORE_BOOLEAN = 16,
	STORE_BYTES = 17,
	STORE_SMALLINT = 21,
	STORE_INTEGER = 23,
	STORE_TEXT = 25,
	STORE_JSON = 114,
	STORE_REAL = 701,
	STORE_TIME = 1184,
	STORE_UUID = 2950,
	STORE_JSONB = 3802
};

struct store_array {
	enum store_type type;
	char *p;
	size_t n, room;
	uint32_t count;
	bool has_null, failed;
};

void store_array_init(struct store_array *array, enum store_type type);
void store_array_fini(struct store_array *array);
void store_array_clear(struct store_array *array); /* keeps moderate memory */

/* One more element. */
void store_array_null(struct store_array *array);
/* TEXT, BYTES, UUID as they are, JSON and JSONB as text; absent is NULL. */
void store_array_str(struct store_array *array, struct str value);
void store_array_integer(struct store_array *array, int64_t value); /* SMALLINT, INTEGER */
void store_array_boolean(struct store_array *array, bool value);
void store_array_real(struct store_array *array, double value);
void store_array_time(struct store_array *array, int64_t ms); /* since 1970 */

/* Completes the header. Borrowed until the next change. */
struct pgconn_param store_array_param(struct store_array *array);

/* A text[] as a result has it, into slices that point into value. 0; -1 when it
 * is none or the arena is full. */
int store_array_read(struct arena *arena, struct str value, struct str **items, size_t *count);

#endif
