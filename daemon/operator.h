/* SPDX-License-Identifier: MIT */
/*
 * operator: what the daemon tells whoever runs it, over HTTP (http.h):
 *
 *   /metrics   Prometheus' text format; nothing is asked of the database for it
 *   /livez     200 while the loop turns
 *   /readyz    200 when tickets are kept; else 503. JSON: {"ready", "reasons":
 *              [{what, why}], "policy", "reload": {"successful", "under_way", "at",
 *              "why"}, "shadow": the same of a shadow policy with "policy" and, when
 *              there is one, "since", "tickets", "different" and "failed" since then
 *              (reload.h); null where none is asked for}. A shadow never makes it 503.
 *   /version   JSON: {"version", "schema", "policy"}
 */
#ifndef OPERATOR_H
#define OPERATOR_H

#include <stdbool.h>

#include "clock.h"
#include "err.h"
#include "housekeeping.h"
#include "loop.h"
#include "metrics.h"
#include "reload.h"
#include "store.h"

struct operator_options {
	const char *address; /* as http_new() takes it; NULL or "none": does not listen */
	bool optional;       /* an address that cannot be listened on is a warning */
	const struct metrics *metrics;
	const struct store *store;
	const struct reload *reload;
	const struct reload *shadow; /* NULL: no shadow policy is asked for */
	const struct housekeeping *housekeeping;
	const struct clock *clock;
};

struct operator;

/* NULL with err when the address cannot be listened on and is not optional. */
struct operator *operator_new(
    struct loop *loop, const struct operator_options *options, struct err *err);
void operator_free(struct operator *operator);
/* From now on it is not ready. */
void operator_stop(struct operator *operator);

#endif
