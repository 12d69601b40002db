/* SPDX-License-Identifier: MIT */
#include "gauges.h"

#include <stdlib.h>

#include "exposition.h"
#include "mem.h"

#define FRESH_US INT64_C(60000000)

struct gauges {
	struct strbuf queues, next_queues, outbox; /* as they are printed */
	int64_t read_us; /* 0 = never */
};

/* Every cell of the policy, so that an empty queue is a 0 and no gap, and whatever
 * else holds tickets. */
const char gauges_queues_sql[] =
    "SELECT team, priority, state, coalesce(depth, 0)::text, coalesce(past_target, 0)::text,"
    " extract(epoch FROM oldest_age)::text"
    " FROM (SELECT t.name AS team, p.name AS priority, s.state"
    "  FROM triaged.team t, triaged.priority p,"
    "  (VALUES ('queued'), ('held'), ('waiting')) s(state)) cell"
    " FULL JOIN triaged.queue_depth USING (team, priority, state) ORDER BY 1, 2, 3";

/* The view reads partial indexes: what was sent is never touched. */
const char gauges_outbox_sql[] =
    "SELECT name.state, coalesce(mails, 0)::text, extract(epoch FROM oldest_age)::text"
    " FROM (VALUES ('pending'), ('sending'), ('retry'), ('failed'), ('expired'), ('suppressed'))"
    "  name(state) LEFT JOIN triaged.mail_depth USING (state)";

enum { QUEUE_TEAM, QUEUE_PRIORITY, QUEUE_STATE, QUEUE_DEPTH, QUEUE_LATE, QUEUE_AGE };
enum { OUTBOX_STATE, OUTBOX_MAILS, OUTBOX_AGE };

struct gauges *
gauges_new(void)
{
	struct gauges *gauges = mem_alloc(sizeof(*gauges));

	strbuf_init(&gauges->queues, 0);
	strbuf_init(&gauges->next_queues, 0);
	strbuf_init(&gauges->outbox, 0);
	return gauges;
}

void
gauges_free(struct gauges *gauges)
{
	if (gauges == NULL)
		return;
	strbuf_fini(&gauges->queues);
	strbuf_fini(&gauges->next_queues);
	strbuf_fini(&gauges->outbox);
	free(gauges);
}

/* A family with one sample a row; rows without a value have none. Columns of a
 * result in text end with a NUL. */
static void
gauges_family(struct strbuf *out, const char *name, const char *help,
    const struct pgconn_result *result, const struct exposition_labels *columns, int value)
{
	int row;

	exposition_family(out, name, "gauge", help);
	for (row = 0; row < result->rows; row++) {
		struct str text = pgconn_value(result, row, value);
		struct exposition_labels labels = *columns;
		int i;

		if (text.p == NULL)
			continue;
		for (i = 0; i < EXPOSITION_LABELS && labels.list[i].name != NULL; i++)
			labels.list[i].value = pgconn_value(result, row, i);
		exposition_number(out, name, &labels, strtod(text.p, NULL));
	}
}

void
gauges_take_queues(struct gauges *gauges, const struct pgconn_result *result)
{
	static const struct exposition_labels columns = {
	    {{"team", {NULL, 0}}, {"priority", {NULL, 0}}, {"state", {NULL, 0}}}};
	struct strbuf *out = &gauges->next_queues;

	strbuf_clear(out);
	gauges_family(out, "queue_depth", "Open tickets.", result, &columns, QUEUE_DEPTH);
	gauges_family(out, "queue_past_target_tickets",
	    "Open tickets whose due time is over, to five minutes.", result, &columns, QUEUE_LATE);
	gauges_family(out, "queue_oldest_ticket_age_seconds",
	    "Age of the oldest ticket, where there is one.", result, &columns, QUEUE_AGE);
}

void
gauges_take_outbox(struct gauges *gauges, const struct pgconn_result *result, int64_t now_us)
{
	static const struct exposition_labels columns = {{{"state", {NULL, 0}}}};
	struct strbuf before = gauges->queues, *out = &gauges->outbox;

	gauges->queues = gauges->next_queues;
	gauges->next_queues = before;
	strbuf_clear(out);
	gauges_family(
	    out, "outbox_mails", "Mails that are not sent.", result, &columns, OUTBOX_MAILS);
	gauges_family(out, "outbox_oldest_mail_age_seconds",
	    "Age of the oldest mail that still may be sent.", result, &columns, OUTBOX_AGE);
	gauges->read_us = now_us;
}

void
gauges_forget(struct gauges *gauges)
{
	strbuf_clear(&gauges->queues);
	strbuf_clear(&gauges->outbox);
}

void
gauges_print(const struct gauges *gauges, int64_t now_us, struct strbuf *out)
{
	if (gauges->read_us == 0)
		return;
	exposition_gauge(out, "database_reading_age_seconds",
	    (double)(now_us - gauges->read_us) / 1e6,
	    "Since queues and outbox were read; they are left out without a database.");
	if (now_us - gauges->read_us > FRESH_US)
		return;
	strbuf_put(out, strbuf_str(&gauges->queues));
	strbuf_put(out, strbuf_str(&gauges->outbox));
}
