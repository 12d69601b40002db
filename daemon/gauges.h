/* SPDX-License-Identifier: MIT */
/*
 * gauges: what is read from the database every few seconds for /metrics, never
 * when somebody asks: depth, oldest age and how many are past their target by
 * queue, and the mail that is not sent. housekeeping has the connection.
 *
 * Without a database, or when a reading is too old, these metrics are left out
 * rather than shown as they were; their age is shown always.
 */
#ifndef GAUGES_H
#define GAUGES_H

#include <stdint.h>

#include "pgconn.h"
#include "str.h"

/* Texts to be prepared, without parameters; results as text. */
extern const char gauges_queues_sql[];
extern const char gauges_outbox_sql[];

struct gauges;

struct gauges *gauges_new(void);
void gauges_free(struct gauges *gauges);
void gauges_take_queues(struct gauges *gauges, const struct pgconn_result *result);
/* The second half of a reading, which is whole now. */
void gauges_take_outbox(
    struct gauges *gauges, const struct pgconn_result *result, int64_t now_us);
/* There is no database to read from. */
void gauges_forget(struct gauges *gauges);
void gauges_print(const struct gauges *gauges, int64_t now_us, struct strbuf *out);

#endif
