/* SPDX-License-Identifier: MIT */
#include "ctl_tally.h"

#include <inttypes.h>

#include "ctl_command.h"
#include "ctl_receipt.h"
#include "ctl_text.h"
#include "json.h"

#define FAULTS_SHOWN 20
#define PROGRESS_EVERY_US 200000

static size_t
tally_audience(struct ctl_tally *tally, struct str name)
{
	size_t i = 0;

	while (i < tally->audience_count && !str_is(name, tally->audiences[i]))
		i++;
	if (i < tally->audience_count)
		return i;
	if (i == CTL_TALLY_AUDIENCES)
		return CTL_TALLY_AUDIENCES - 1;
	snprintf(tally->audiences[i], sizeof(tally->audiences[i]), "%.*s", STR_ARG(name));
	return tally->audience_count++;
}

/* answer NULL: silence. */
static void
tally_write(struct ctl_tally *tally, const struct ctl_tally_ticket *ticket,
    const struct wire_answer *answer)
{
	struct strbuf out;
	struct json json;

	if (tally->receipts == NULL)
		return;
	strbuf_init(&out, 0);
	json_init(&json, &out);
	json_open(&json, '{');
	json_key(&json, "line");
	json_int(&json, (int64_t)ticket->line);
	ctl_receipt_pair(&json, "id", ticket->id);
	json_key(&json, "status");
	json_text(&json, answer != NULL ? wire_status_names[answer->status] : "unanswered");
	if (answer != NULL && answer->receipt.ticket.p != NULL)
		ctl_receipt_json(&json, &answer->receipt);
	if (answer != NULL)
		ctl_receipt_errors(&json, answer);
	json_close(&json, '}');
	strbuf_putc(&out, '\n');
	ctl_text_flush(&out, tally->receipts);
	strbuf_fini(&out);
}

/* Says what failed, but not a thousand times. */
static void
tally_fault(struct ctl_tally *tally, const struct ctl_tally_ticket *ticket,
    const struct wire_answer *answer)
{
	size_t faults = ctl_tally_done(tally) - tally->status[WIRE_ACCEPTED] -
	                tally->status[WIRE_DUPLICATE];
	bool error = answer != NULL && answer->error_count > 0;

	ctl_tally_progress_end(tally);
	if (faults < FAULTS_SHOWN)
		ctl_complain("push: line %zu (%.*s): %s%s%.*s%s%.*s", ticket->line,
		    STR_ARG(ticket->id),
		    answer != NULL ? wire_status_names[answer->status] : "unanswered",
		    error ? ": " : "",
		    STR_ARG(error ? answer->errors[0].path : STR("")), error ? ": " : "",
		    STR_ARG(error ? answer->errors[0].message : STR("")));
	else if (faults == FAULTS_SHOWN)
		ctl_complain("push: more lines failed; --receipts FILE keeps every answer");
}

void
ctl_tally_answer(struct ctl_tally *tally, const struct ctl_tally_ticket *ticket,
    const struct wire_answer *answer)
{
	tally_write(tally, ticket, answer);
	if (answer->status != WIRE_ACCEPTED && answer->status != WIRE_DUPLICATE)
		tally_fault(tally, ticket, answer);
	else
		for (size_t i = 0; i < OUTCOME_COUNT; i++)
			if (str_is(answer->receipt.outcome, outcome_names[i]))
				tally->outcome[i][tally_audience(tally, ticket->audience)]++;
	tally->status[answer->status]++;
}

void
ctl_tally_silent(struct ctl_tally *tally, const struct ctl_tally_ticket *ticket)
{
	tally_write(tally, ticket, NULL);
	tally_fault(tally, ticket, NULL);
	tally->silent++;
}

size_t
ctl_tally_done(const struct ctl_tally *tally)
{
	size_t done = tally->refused + tally->silent;

	for (size_t i = 0; i < CTL_TALLY_STATUSES; i++)
		done += tally->status[i];
	return done;
}

bool
ctl_tally_failed(const struct ctl_tally *tally)
{
	return ctl_tally_done(tally) !=
	       tally->status[WIRE_ACCEPTED] + tally->status[WIRE_DUPLICATE];
}

static double
tally_seconds(const struct ctl_tally *tally, int64_t now_us)
{
	return (double)(now_us - tally->started_us) / 1e6;
}

void
ctl_tally_progress(struct ctl_tally *tally, int64_t now_us)
{
	double seconds = tally_seconds(tally, now_us), rate;
	size_t done = ctl_tally_done(tally);
	struct strbuf out;

	if (!tally->progress || now_us - tally->shown_us < PROGRESS_EVERY_US)
		return;
	tally->shown_us = now_us;
	rate = seconds > 0 ? (double)done / seconds : 0;
	strbuf_init(&out, 0);
	strbuf_printf(&out, "\r\033[K  %zu", done);
	if (tally->total > 0)
		strbuf_printf(&out, "/%zu", tally->total);
	strbuf_printf(&out, "  %.0f/s", rate);
	if (tally->total > done && rate > 0) {
		strbuf_puts(&out, "  still ");
		ctl_text_age(&out, (int64_t)((double)(tally->total - done) / rate) + 1);
	}
	ctl_text_flush(&out, stderr);
	fflush(stderr);
	strbuf_fini(&out);
}

void
ctl_tally_progress_end(struct ctl_tally *tally)
{
	if (tally->progress && tally->shown_us != 0)
		fputs("\r\033[K", stderr);
}

static void
tally_outcomes(const struct ctl_tally *tally, struct strbuf *out)
{
	char align[CTL_TALLY_AUDIENCES + 3] = "<";
	struct ctl_table *table;

	for (size_t i = 0; i <= tally->audience_count; i++)
		align[i + 1] = '>';
	table = ctl_table_new(align);
	ctl_table_text(table, "decided");
	for (size_t i = 0; i < tally->audience_count; i++)
		ctl_table_text(table, tally->audiences[i]);
	ctl_table_text(table, "all");
	for (size_t o = 0; o < OUTCOME_COUNT; o++) {
		size_t sum = 0;

		ctl_table_text(table, outcome_names[o]);
		for (size_t i = 0; i < tally->audience_count; i++) {
			ctl_table_number(table, (int64_t)tally->outcome[o][i]);
			sum += tally->outcome[o][i];
		}
		ctl_table_number(table, (int64_t)sum);
	}
	ctl_table_print(table, out, "  ");
	ctl_table_free(table);
}

void
ctl_tally_text(const struct ctl_tally *tally, int64_t now_us, struct strbuf *out)
{
	double seconds = tally_seconds(tally, now_us);

	strbuf_printf(out, "%zu lines in %.1f s (%.0f/s):", tally->read, seconds,
	    seconds > 0 ? (double)ctl_tally_done(tally) / seconds : 0.0);
	for (size_t i = 0; i < CTL_TALLY_STATUSES; i++)
		if (tally->status[i] > 0)
			strbuf_printf(out, " %zu %s", tally->status[i], wire_status_names[i]);
	if (tally->refused > 0)
		strbuf_printf(out, " %zu no ticket", tally->refused);
	if (tally->silent > 0)
		strbuf_printf(out, " %zu unanswered", tally->silent);
	if (tally->read > ctl_tally_done(tally))
		strbuf_printf(out, " %zu given up", tally->read - ctl_tally_done(tally));
	if (tally->resent > 0)
		strbuf_printf(out, "; %zu messages sent again", tally->resent);
	strbuf_puts(out, "\n");
	if (tally->audience_count > 0)
		tally_outcomes(tally, out);
}

static void
tally_json_number(struct json *json, const char *key, size_t number)
{
	json_key(json, key);
	json_int(json, (int64_t)number);
}

void
ctl_tally_json(const struct ctl_tally *tally, int64_t now_us, struct strbuf *out)
{
	struct json json;

	json_init(&json, out);
	json_open(&json, '{');
	tally_json_number(&json, "lines", tally->read);
	tally_json_number(&json, "no_ticket", tally->refused);
	tally_json_number(&json, "unanswered", tally->silent);
	tally_json_number(&json, "given_up", tally->read - ctl_tally_done(tally));
	tally_json_number(&json, "sent_again", tally->resent);
	json_key(&json, "seconds");
	json_number(&json, tally_seconds(tally, now_us), 3);
	json_key(&json, "status");
	json_open(&json, '{');
	for (size_t i = 0; i < CTL_TALLY_STATUSES; i++)
		tally_json_number(&json, wire_status_names[i], tally->status[i]);
	json_close(&json, '}');
	json_key(&json, "outcome");
	json_open(&json, '{');
	for (size_t o = 0; o < OUTCOME_COUNT; o++) {
		json_key(&json, outcome_names[o]);
		json_open(&json, '{');
		for (size_t i = 0; i < tally->audience_count; i++)
			tally_json_number(&json, tally->audiences[i], tally->outcome[o][i]);
		json_close(&json, '}');
	}
	json_close(&json, '}');
	json_close(&json, '}');
	strbuf_putc(out, '\n');
}
