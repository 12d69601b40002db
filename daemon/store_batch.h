/* SPDX-License-Identifier: MIT */
/*
 * store_batch: rows of many tickets as the parameters of one statement, and
 * the first answer read back from a row of a result.
 */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "pgconn.h"
#include "receipt.h"
#include "store_array.h"
#include "store_row.h"
#include "store_sql.h"

struct store_batch {
	struct store_array columns[COLUMN_COUNT];
	struct pgconn_param params[COLUMN_COUNT];
	struct strbuf text; /* a reply with its link filled in */
};

void store_batch_init(struct store_batch *batch);
void store_batch_fini(struct store_batch *batch);
void store_batch_clear(struct store_batch *batch);

void store_batch_add(struct store_batch *batch, const struct store_row *row);
/* Only the key: for reading. */
void store_batch_add_key(struct store_batch *batch, const struct store_row *row);
/* Fills params[0..count). 0, or -1 when memory ran out on the way. */
int store_batch_finish(struct store_batch *batch, size_t count);
/* Decisions of a shadow policy are among the rows: the statement is "store_shadow" with
 * all parameters, else "store_write" with those before SHADOWED. */
bool store_batch_has_shadow(const struct store_batch *batch);
/* Bytes that a row adds, about: for a ceiling on one statement. */
size_t store_batch_weight(const struct store_row *row);

/* A row of "store_read" (binary). Slices point into the result and the arena. 0,
 * or -1 when the arena is full or the row is not as it should be. */
int store_batch_receipt(struct arena *arena, const struct pgconn_result *result, int row,
    struct receipt *receipt);
/* A number of 2, 4 or 8 bytes in binary. */
int64_t store_batch_integer(struct str value);

#endif
