/* SPDX-License-Identifier: MIT */
#include "metrics.h"

#include <inttypes.h>
#include <string.h>

/* Rows of one family stand together: its help is printed once. */
static const struct {
	const char *family; /* without "triaged_" */
	const char *labels; /* NULL = none */
	const char *word;   /* in the log */
	const char *help;   /* of the family */
} metrics_rows[METRIC_COUNT] = {
	[METRIC_RECEIVED] = {"requests_received_total", NULL, "received",
	    "Whole messages taken from the socket."},
#define ANSWER(status)                                                                            \
	{"answers_total", "status=\"" status "\"", status, "Answers given, by status."}
	[METRIC_ANSWER_ACCEPTED] = ANSWER("accepted"),
	[METRIC_ANSWER_DUPLICATE] = ANSWER("duplicate"),
	[METRIC_ANSWER_CONFLICT] = ANSWER("conflict"),
	[METRIC_ANSWER_INVALID] = ANSWER("invalid"),
	[METRIC_ANSWER_RETRY] = ANSWER("retry"),
	[METRIC_ANSWER_DENIED] = ANSWER("denied"),
	[METRIC_ANSWER_NOT_FOUND] = ANSWER("not_found"),
	[METRIC_ANSWER_OK] = ANSWER("ok"),
#undef ANSWER
	[METRIC_DROPPED_NO_ENVELOPE] = {"requests_dropped_total", "reason=\"no_envelope\"",
	    "dropped", "Messages that nobody can be answered for."},
	[METRIC_REPLY_UNDELIVERED] = {"replies_undelivered_total", NULL, "undelivered",
	    "Answers whose peer was gone or full."},
#define OUTCOME(outcome)                                                                          \
	{"tickets_total", "outcome=\"" outcome "\"", outcome, "New tickets stored, by outcome."}
	[METRIC_OUTCOME_ROUTED] = OUTCOME("routed"),
	[METRIC_OUTCOME_NEEDS_INFO] = OUTCOME("needs_info"),
	[METRIC_OUTCOME_ANSWERED] = OUTCOME("answered"),
	[METRIC_OUTCOME_NO_ACTION] = OUTCOME("no_action"),
#undef OUTCOME
	[METRIC_PATTERN_UNDECIDED] = {"patterns_undecided_total", NULL, "undecided",
	    "Pattern matches given up at their limit."},
	[METRIC_STORE_BATCH] = {"store_batches_total", NULL, "batches",
	    "Statements sent that store tickets."},
	[METRIC_STORE_BATCH_SPLIT] = {"store_batch_splits_total", NULL, "splits",
	    "Batches halved because one of their tickets failed."},
	[METRIC_STORE_RERUN] = {"store_batch_reruns_total", NULL, "reruns",
	    "Batches run again after a lost connection."},
	[METRIC_DATABASE_CONNECT] = {"database_connects_total", NULL, "connects",
	    "Connections to the database made."},
	[METRIC_DATABASE_ERROR] = {"database_errors_total", NULL, "database_errors",
	    "Errors of the database or of a connection to it."},
	[METRIC_IN_FLIGHT] = {"requests_in_flight", NULL, "in_flight",
	    "Requests received and not yet answered."},
};

static bool
metrics_is_gauge(const char *family)
{
	const char *suffix = strrchr(family, '_');

	return suffix == NULL || strcmp(suffix, "_total") != 0;
}

void
metrics_print(const struct metrics *metrics, struct strbuf *out)
{
	const char *last = "";
	size_t i;

	for (i = 0; i < METRIC_COUNT; i++) {
		const char *family = metrics_rows[i].family;
		const char *labels = metrics_rows[i].labels;

		if (strcmp(family, last) != 0) {
			strbuf_printf(out, "# HELP triaged_%s %s\n", family, metrics_rows[i].help);
			strbuf_printf(out, "# TYPE triaged_%s %s\n", family,
			    metrics_is_gauge(family) ? "gauge" : "counter");
			last = family;
		}
		strbuf_printf(out, "triaged_%s", family);
		if (labels != NULL)
			strbuf_printf(out, "{%s}", labels);
		strbuf_printf(out, " %" PRIu64 "\n", metrics->value[i]);
	}
}

void
metrics_summary(const struct metrics *metrics, struct strbuf *out)
{
	const char *space = "";
	size_t i;

	for (i = 0; i < METRIC_COUNT; i++) {
		if (metrics->value[i] == 0)
			continue;
		strbuf_printf(out, "%s%s=%" PRIu64, space, metrics_rows[i].word, metrics->value[i]);
		space = " ";
	}
}
