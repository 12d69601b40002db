/* SPDX-License-Identifier: MIT */
/*
 * metrics: counters as an enum and one table (name, labels, help), raised
 * where a state is entered or a refusal is decided and nowhere else, so that
 * totals add up: requests received = the answers by status + those dropped +
 * in flight. A test checks that sum.
 */
#ifndef METRICS_H
#define METRICS_H

#include <stdint.h>

#include "str.h"

enum metric {
	METRIC_RECEIVED, /* whole messages taken from the socket */
	METRIC_ANSWER_ACCEPTED,
	METRIC_ANSWER_DUPLICATE,
	METRIC_ANSWER_CONFLICT,
	METRIC_ANSWER_INVALID,
	METRIC_ANSWER_RETRY,
	METRIC_ANSWER_DENIED,
	METRIC_ANSWER_NOT_FOUND,
	METRIC_ANSWER_OK,
	METRIC_DROPPED_NO_ENVELOPE, /* too many or too large frames: no one to answer */
	METRIC_REPLY_UNDELIVERED,   /* answered, but the peer was gone or full */
	METRIC_OUTCOME_ROUTED,
	METRIC_OUTCOME_NEEDS_INFO,
	METRIC_OUTCOME_ANSWERED,
	METRIC_OUTCOME_NO_ACTION,
	METRIC_PATTERN_UNDECIDED, /* a pattern hit its match limit */
	METRIC_STORE_BATCH,
	METRIC_STORE_BATCH_SPLIT, /* a failed batch was halved */
	METRIC_STORE_RERUN,       /* a batch run again after a lost connection */
	METRIC_DATABASE_CONNECT,
	METRIC_DATABASE_ERROR,
	METRIC_IN_FLIGHT, /* gauge */
	METRIC_COUNT
};

struct metrics {
	uint64_t value[METRIC_COUNT];
};

/* Prometheus text format 0.0.4. Pure: the caller sends it. */
void metrics_print(const struct metrics *metrics, struct strbuf *out);
/* "received=3 accepted=3 …": what is not zero, for the log. */
void metrics_summary(const struct metrics *metrics, struct strbuf *out);

#endif
