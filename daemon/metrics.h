/* SPDX-License-Identifier: MIT */
/*
 * metrics: counters as an enum and one table (name, labels, help), raised
 * where a state is entered or a refusal is decided and nowhere else, so that
 * totals add up (tests/integration/test_operator.py):
 *
 *   requests received   = answers by status + those dropped + in flight
 *   invalid, conflict, retry, denied and not found = refusals by reason
 *   accepted            = tickets by outcome + follow-ups
 *   tickets by outcome  = tickets by category and outcome
 *   accepted, duplicate = durations from reception to acknowledgement
 *   shadow decisions    = tickets, while there is a shadow policy
 *   shadow differences >= those that are different: one may be so in several parts
 *
 * Beside them durations, as histograms, and tickets by category.
 */
#ifndef METRICS_H
#define METRICS_H

#include <stddef.h>
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
	METRIC_REFUSED_MESSAGE,     /* not what the wire contract says */
	METRIC_REFUSED_AUDIENCE,    /* one that the rules lack */
	METRIC_REFUSED_DATA,        /* the database cannot hold it */
	METRIC_REFUSED_CONFLICT,    /* another submission has the key */
	METRIC_REFUSED_TOKEN,       /* a follow-up's is wrong */
	METRIC_REFUSED_UNKNOWN,     /* no such ticket */
	METRIC_REFUSED_DATABASE,    /* it is away or slow */
	METRIC_REFUSED_MEMORY,
	METRIC_REFUSED_STOPPING,
	METRIC_OUTCOME_ROUTED,
	METRIC_OUTCOME_NEEDS_INFO,
	METRIC_OUTCOME_ANSWERED,
	METRIC_OUTCOME_NO_ACTION,
	METRIC_FOLLOW_UP_ROUTED,   /* complete, or people take over */
	METRIC_FOLLOW_UP_ASKED,    /* asked again */
	METRIC_FOLLOW_UP_ANSWERED, /* closed by the help-center text */
	METRIC_FOLLOW_UP_ADDED,    /* kept; nothing moved */
	METRIC_FOLLOW_UP_REOPENED,
	METRIC_WAIT_REMINDED,
	METRIC_WAIT_CLOSED,
	METRIC_WAIT_PEOPLE,
	METRIC_PATTERN_UNDECIDED, /* a pattern hit its match limit */
	METRIC_STORE_BATCH,
	METRIC_STORE_BATCH_SPLIT, /* a failed batch was halved */
	METRIC_STORE_RERUN,       /* a batch run again after a lost connection */
	METRIC_DATABASE_CONNECT,
	METRIC_DATABASE_ERROR,
	METRIC_RELOAD_USED,    /* a policy was swapped in, or is the same */
	METRIC_RELOAD_REFUSED, /* nothing has changed */
	METRIC_SHADOW_RELOAD_USED,
	METRIC_SHADOW_RELOAD_REFUSED,
	METRIC_SHADOW_FAILED, /* in the order of enum shadow_verdict */
	METRIC_SHADOW_SAME,
	METRIC_SHADOW_DIFFERENT,
	METRIC_SHADOW_CATEGORY, /* differs; in the order of enum shadow_part */
	METRIC_SHADOW_OUTCOME,
	METRIC_SHADOW_TEAM,
	METRIC_SHADOW_PRIORITY,
	METRIC_SHADOW_MISSING,
	METRIC_IN_FLIGHT,      /* gauge */
	METRIC_COUNT
};

enum metrics_duration {
	DURATION_ACK,    /* from reception to "accepted" or "duplicate" */
	DURATION_DECIDE, /* the pure decision on one ticket */
	DURATION_COUNT
};

#define METRICS_BUCKETS 17   /* 50 us to 10 s */
#define METRICS_OUTCOMES 4   /* METRIC_OUTCOME_ROUTED … METRIC_OUTCOME_NO_ACTION */
#define METRICS_CATEGORIES 500 /* names kept; those after are counted as one */

struct metrics_histogram {
	uint64_t count[METRICS_BUCKETS + 1]; /* each alone; the last is beyond all bounds */
	uint64_t sum_us;
};

struct metrics_category {
	char *name;
	uint64_t count[METRICS_OUTCOMES];
};

/* All zero is a good beginning. */
struct metrics {
	uint64_t value[METRIC_COUNT];
	struct metrics_histogram duration[DURATION_COUNT];
	struct metrics_category *categories; /* of every policy since the start */
	size_t category_count;
};

void metrics_fini(struct metrics *metrics);
void metrics_observe(struct metrics *metrics, enum metrics_duration which, int64_t us);
/* The category is shown from now on, also before its first ticket. */
void metrics_know(struct metrics *metrics, struct str category);
/* A new ticket is kept. outcome counts from routed, as METRIC_OUTCOME_… do. */
void metrics_kept(struct metrics *metrics, struct str category, unsigned outcome);

/* Prometheus text format 0.0.4. Pure: the caller sends it. */
void metrics_print(const struct metrics *metrics, struct strbuf *out);
/* "received=3 accepted=3 …": what is not zero, for the log. */
void metrics_summary(const struct metrics *metrics, struct strbuf *out);

#endif
