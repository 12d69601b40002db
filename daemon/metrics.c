/* SPDX-License-Identifier: MIT */
#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exposition.h"
#include "mem.h"

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
#define REFUSED(reason)                                                                           \
	{"refusals_total", "reason=\"" reason "\"", "refused_" reason,                            \
	    "Requests refused, by reason."}
	[METRIC_REFUSED_MESSAGE] = REFUSED("message"),
	[METRIC_REFUSED_AUDIENCE] = REFUSED("audience"),
	[METRIC_REFUSED_DATA] = REFUSED("data"),
	[METRIC_REFUSED_CONFLICT] = REFUSED("conflict"),
	[METRIC_REFUSED_TOKEN] = REFUSED("token"),
	[METRIC_REFUSED_UNKNOWN] = REFUSED("unknown_ticket"),
	[METRIC_REFUSED_DATABASE] = REFUSED("database"),
	[METRIC_REFUSED_MEMORY] = REFUSED("memory"),
	[METRIC_REFUSED_STOPPING] = REFUSED("stopping"),
#undef REFUSED
#define OUTCOME(outcome)                                                                          \
	{"tickets_total", "outcome=\"" outcome "\"", outcome, "New tickets stored, by outcome."}
	[METRIC_OUTCOME_ROUTED] = OUTCOME("routed"),
	[METRIC_OUTCOME_NEEDS_INFO] = OUTCOME("needs_info"),
	[METRIC_OUTCOME_ANSWERED] = OUTCOME("answered"),
	[METRIC_OUTCOME_NO_ACTION] = OUTCOME("no_action"),
#undef OUTCOME
#define FOLLOW_UP(result)                                                                         \
	{"follow_ups_total", "result=\"" result "\"", "follow_up_" result,                        \
	    "Follow-ups kept, by what they brought about."}
	[METRIC_FOLLOW_UP_ROUTED] = FOLLOW_UP("routed"),
	[METRIC_FOLLOW_UP_ASKED] = FOLLOW_UP("asked"),
	[METRIC_FOLLOW_UP_ANSWERED] = FOLLOW_UP("answered"),
	[METRIC_FOLLOW_UP_ADDED] = FOLLOW_UP("added"),
	[METRIC_FOLLOW_UP_REOPENED] = FOLLOW_UP("reopened"),
#undef FOLLOW_UP
#define WAIT(event)                                                                               \
	{"waits_total", "event=\"" event "\"", "wait_" event,                                     \
	    "Waits for requesters: reminders sent, and how waits ended."}
	[METRIC_WAIT_REMINDED] = WAIT("reminded"),
	[METRIC_WAIT_CLOSED] = WAIT("closed"),
	[METRIC_WAIT_PEOPLE] = WAIT("people"),
#undef WAIT
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
#define RELOAD(result)                                                                            \
	{"reloads_total", "result=\"" result "\"", "reload_" result, "Reloads, by result."}
	[METRIC_RELOAD_USED] = RELOAD("used"),
	[METRIC_RELOAD_REFUSED] = RELOAD("refused"),
#undef RELOAD
#define SHADOW_RELOAD(result)                                                                     \
	{"shadow_reloads_total", "result=\"" result "\"", "shadow_reload_" result,                \
	    "Readings of the shadow policy's rules, by result."}
	[METRIC_SHADOW_RELOAD_USED] = SHADOW_RELOAD("used"),
	[METRIC_SHADOW_RELOAD_REFUSED] = SHADOW_RELOAD("refused"),
#undef SHADOW_RELOAD
#define SHADOW(result)                                                                            \
	{"shadow_decisions_total", "result=\"" result "\"", "shadow_" result,                     \
	    "New tickets that a shadow policy decided on, by comparison with the live one."}
	[METRIC_SHADOW_FAILED] = SHADOW("failed"),
	[METRIC_SHADOW_SAME] = SHADOW("same"),
	[METRIC_SHADOW_DIFFERENT] = SHADOW("different"),
#undef SHADOW
#define DIFFERS(part)                                                                             \
	{"shadow_differences_total", "part=\"" part "\"", "shadow_" part,                         \
	    "What differs in them: a ticket counts in each part that does."}
	[METRIC_SHADOW_CATEGORY] = DIFFERS("category"),
	[METRIC_SHADOW_OUTCOME] = DIFFERS("outcome"),
	[METRIC_SHADOW_TEAM] = DIFFERS("team"),
	[METRIC_SHADOW_PRIORITY] = DIFFERS("priority"),
	[METRIC_SHADOW_MISSING] = DIFFERS("missing"),
#undef DIFFERS
	[METRIC_IN_FLIGHT] = {"requests_in_flight", NULL, "in_flight",
	    "Requests received and not yet answered."},
};

static const struct {
	const char *family, *help;
} durations[DURATION_COUNT] = {
	[DURATION_ACK] = {"acknowledgement_duration_seconds",
	    "From a ticket's reception to its acknowledgement, after the commit."},
	[DURATION_DECIDE] = {"decision_duration_seconds", "Deciding on one ticket."},
};

/* Upper bounds in microseconds, and as the text format shows them. */
static const struct {
	int64_t us;
	const char *text;
} buckets[METRICS_BUCKETS] = {
	{50, "5e-05"}, {100, "0.0001"}, {250, "0.00025"}, {500, "0.0005"}, {1000, "0.001"},
	{2500, "0.0025"}, {5000, "0.005"}, {10000, "0.01"}, {25000, "0.025"}, {50000, "0.05"},
	{100000, "0.1"}, {250000, "0.25"}, {500000, "0.5"}, {1000000, "1"}, {2500000, "2.5"},
	{5000000, "5"}, {10000000, "10"},
};

static const char *const outcomes[METRICS_OUTCOMES] = {
    "routed", "needs_info", "answered", "no_action"};

void
metrics_fini(struct metrics *metrics)
{
	size_t i;

	for (i = 0; i < metrics->category_count; i++)
		free(metrics->categories[i].name);
	free(metrics->categories);
	metrics->categories = NULL;
	metrics->category_count = 0;
}

void
metrics_observe(struct metrics *metrics, enum metrics_duration which, int64_t us)
{
	struct metrics_histogram *histogram = &metrics->duration[which];
	size_t i = 0;

	if (us < 0)
		us = 0;
	while (i < METRICS_BUCKETS && us > buckets[i].us)
		i++;
	histogram->count[i]++;
	histogram->sum_us += (uint64_t)us;
}

static struct metrics_category *
metrics_category(struct metrics *metrics, struct str name)
{
	struct metrics_category *new;
	size_t i;

	for (i = 0; i < metrics->category_count; i++)
		if (str_is(name, metrics->categories[i].name))
			return &metrics->categories[i];
	if (metrics->category_count == METRICS_CATEGORIES) /* the last one counts the rest */
		return &metrics->categories[METRICS_CATEGORIES - 1];
	if (metrics->category_count == METRICS_CATEGORIES - 1)
		name = STR("(others)");
	metrics->categories = mem_resize(
	    metrics->categories, metrics->category_count + 1, sizeof(*metrics->categories));
	new = &metrics->categories[metrics->category_count++];
	*new = (struct metrics_category){.name = mem_alloc(name.n + 1)};
	memcpy(new->name, name.p, name.n);
	return new;
}

void
metrics_know(struct metrics *metrics, struct str category)
{
	metrics_category(metrics, category);
}

void
metrics_kept(struct metrics *metrics, struct str category, unsigned outcome)
{
	metrics->value[METRIC_OUTCOME_ROUTED + outcome]++;
	metrics_category(metrics, category)->count[outcome]++;
}

static const char *
metrics_type(const char *family)
{
	const char *suffix = strrchr(family, '_');

	return suffix != NULL && strcmp(suffix, "_total") == 0 ? "counter" : "gauge";
}

static void
metrics_print_duration(
    const struct metrics *metrics, enum metrics_duration which, struct strbuf *out)
{
	const struct metrics_histogram *histogram = &metrics->duration[which];
	const char *family = durations[which].family;
	uint64_t total = 0;
	size_t i;

	exposition_family(out, family, "histogram", durations[which].help);
	for (i = 0; i < METRICS_BUCKETS; i++) {
		total += histogram->count[i];
		strbuf_printf(out, "triaged_%s_bucket{le=\"%s\"} %" PRIu64 "\n", family,
		    buckets[i].text, total);
	}
	total += histogram->count[METRICS_BUCKETS];
	strbuf_printf(out, "triaged_%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", family, total);
	strbuf_printf(out, "triaged_%s_sum %" PRIu64 ".%06u\n", family,
	    histogram->sum_us / 1000000, (unsigned)(histogram->sum_us % 1000000));
	strbuf_printf(out, "triaged_%s_count %" PRIu64 "\n", family, total);
}

static void
metrics_print_categories(const struct metrics *metrics, struct strbuf *out)
{
	size_t i, outcome;

	if (metrics->category_count == 0)
		return;
	exposition_family(out, "category_tickets_total", "counter",
	    "New tickets stored, by category and outcome.");
	for (i = 0; i < metrics->category_count; i++) {
		const struct metrics_category *category = &metrics->categories[i];

		for (outcome = 0; outcome < METRICS_OUTCOMES; outcome++) {
			struct exposition_labels labels = {
			    {{"category", str_of(category->name)},
				{"outcome", str_of(outcomes[outcome])}}};

			exposition_count(
			    out, "category_tickets_total", &labels, category->count[outcome]);
		}
	}
}

void
metrics_print(const struct metrics *metrics, struct strbuf *out)
{
	const char *last = "";
	size_t i;

	for (i = 0; i < METRIC_COUNT; i++) {
		const char *family = metrics_rows[i].family;
		const char *labels = metrics_rows[i].labels;

		if (strcmp(family, last) != 0)
			exposition_family(
			    out, family, metrics_type(family), metrics_rows[i].help);
		last = family;
		strbuf_printf(out, "triaged_%s", family);
		if (labels != NULL)
			strbuf_printf(out, "{%s}", labels);
		strbuf_printf(out, " %" PRIu64 "\n", metrics->value[i]);
	}
	for (i = 0; i < DURATION_COUNT; i++)
		metrics_print_duration(metrics, (enum metrics_duration)i, out);
	metrics_print_categories(metrics, out);
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
