/* SPDX-License-Identifier: MIT */
#include "ctl_explain_print.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_text.h"
#include "ctl_wrap.h"
#include "json.h"
#include "mem.h"
#include "tz.h"
#include "value.h"

#define QUOTED "  | "
#define POINTS 60
#define MAIL_WIDTH 160
#define EVIDENCE_SHOWN 10
/* Brackets that stand for the marks until the text is wrapped. A visitor's own
 * become plain ones before. */
#define MARK_ON "\xE2\x9F\xA6"
#define MARK_OFF "\xE2\x9F\xA7"
#define COLOUR_ON "\033[1;33m"
#define COLOUR_OFF "\033[0m"

struct explain {
	const struct policy *policy;
	const struct ticket *ticket;
	const struct decision *decision;
	const struct ctl_explain_style *style;
	struct strbuf *out;
};

static void
explain_heading(const struct explain *explain, const char *heading)
{
	strbuf_printf(explain->out, "%s%s%s%s\n", explain->out->n > 0 ? "\n" : "",
	    explain->style->colour ? "\033[1m" : "", heading,
	    explain->style->colour ? "\033[0m" : "");
}

static void
explain_label(const struct explain *explain, const char *label)
{
	strbuf_printf(explain->out, "  %-9s ", label);
}

static void
explain_time(const struct explain *explain, int64_t ms)
{
	struct civil civil = tz_civil(explain->policy->rules->tz, ms);

	strbuf_printf(explain->out, "%04d-%02d-%02d %02d:%02d", civil.year, civil.month,
	    civil.day, civil.hour, civil.minute);
}

/* Without the spaces at either end, which a pattern may take along. */
static void
explain_mark(char *marks, struct str text, size_t start, size_t end)
{
	if (start >= end || end > text.n)
		return;
	while (start < end && text.p[start] == ' ')
		start++;
	while (start < end && text.p[end - 1] == ' ')
		end--;
	memset(marks + start, 1, end - start);
}

/* Marks the bytes of one part that evidence or found values stand on. */
static char *
explain_marks(const struct explain *explain, enum text_part part, struct str text)
{
	const struct decision *decision = explain->decision;
	char *marks = mem_array(text.n + 1, 1);
	size_t i;

	for (i = 0; i < decision->evidence_count; i++) {
		const struct decision_evidence *evidence = &decision->evidence[i];

		if (evidence->part == part && evidence->weight > 0)
			explain_mark(marks, text, evidence->start, evidence->end);
	}
	for (i = 0; i < decision->found_count; i++) {
		const struct decision_found *found = &decision->found[i];

		if (!found->from_form && found->part == part && found->field->type != FIELD_TEXT)
			explain_mark(marks, text, found->start, found->end);
	}
	return marks;
}

static void
explain_marked(struct strbuf *out, struct str text, const char *marks)
{
	bool on = false;
	size_t i;

	for (i = 0; i < text.n; i++) {
		struct str rest = str_part(text, i, text.n);

		/* No mark goes over the end of a line. */
		if (on && (!marks[i] || text.p[i] == '\n')) {
			strbuf_puts(out, MARK_OFF);
			on = false;
		} else if (!on && marks[i] && text.p[i] != '\n') {
			strbuf_puts(out, MARK_ON);
			on = true;
		}
		if (str_starts(rest, MARK_ON) || str_starts(rest, MARK_OFF)) {
			strbuf_putc(out, str_starts(rest, MARK_ON) ? '[' : ']');
			i += 2;
		} else {
			strbuf_putc(out, text.p[i]);
		}
	}
	strbuf_puts(out, on ? MARK_OFF : "");
}

/* Brackets, or colours, in place of the marks. A colour ends with each line, and begins
 * anew after the prefix of the next: only what was written has it. */
static void
explain_unmark(const struct explain *explain, struct str text)
{
	bool colour = explain->style->colour, on = false;
	size_t i;

	for (i = 0; i < text.n; i++) {
		struct str rest = str_part(text, i, text.n);

		if (str_starts(rest, MARK_ON) || str_starts(rest, MARK_OFF)) {
			on = str_starts(rest, MARK_ON);
			if (colour)
				strbuf_puts(explain->out, on ? COLOUR_ON : COLOUR_OFF);
			else
				strbuf_putc(explain->out, on ? '[' : ']');
			i += 2;
		} else if (text.p[i] == '\n' && on && colour) {
			strbuf_puts(explain->out, COLOUR_OFF "\n" QUOTED COLOUR_ON);
			i += strlen(QUOTED);
		} else {
			strbuf_putc(explain->out, text.p[i]);
		}
	}
}

static void
explain_part(const struct explain *explain, enum text_part part, struct str text)
{
	char *marks = explain_marks(explain, part, text);
	struct strbuf marked, wrapped;

	strbuf_init(&marked, 0);
	strbuf_init(&wrapped, 0);
	explain_marked(&marked, text, marks);
	ctl_wrap(&wrapped, strbuf_str(&marked), QUOTED, explain->style->width);
	explain_unmark(explain, strbuf_str(&wrapped));
	strbuf_fini(&wrapped);
	strbuf_fini(&marked);
	free(marks);
}

static const char *
explain_locale_source(const struct explain *explain)
{
	if (explain->decision->locale_from_text)
		return "by its words";
	if (rules_locale_find(explain->policy->rules, explain->ticket->form_locale) >= 0)
		return "of the form: the text is too short to tell";
	return "the rules' default: the text is too short to tell, and no form did";
}

static void
explain_text(const struct explain *explain)
{
	const struct rules *rules = explain->policy->rules;

	explain_heading(explain, "What was written");
	explain_part(explain, PART_SUBJECT, explain->ticket->subject);
	if (str_trim(explain->ticket->subject).n > 0)
		strbuf_puts(explain->out, QUOTED "\n");
	explain_part(explain, PART_BODY, explain->ticket->body);
	explain_label(explain, "language");
	strbuf_printf(explain->out, "%.*s, %s\n",
	    STR_ARG(rules->locale_names[explain->decision->locale]),
	    explain_locale_source(explain));
}

static void
explain_outcome(const struct explain *explain)
{
	static const char *const outcomes[] = {
		[OUTCOME_ROUTED] = "goes to people",
		[OUTCOME_NEEDS_INFO] = "waits: the requester is asked for what is missing",
		[OUTCOME_ANSWERED] = "answered by the help text, nobody works on it",
		[OUTCOME_NO_ACTION] = "kept; nobody asks for anything, no reply",
	};
	const struct decision *decision = explain->decision;

	explain_heading(explain, "Decision");
	explain_label(explain, "category");
	ctl_text_safe(explain->out, decision->category->name, false);
	strbuf_printf(explain->out, ", %.0f %% sure: ", decision->confidence * 100);
	ctl_text_safe(explain->out, decision->category->label[decision->locale], false);
	strbuf_puts(explain->out, "\n");
	explain_label(explain, "outcome");
	strbuf_printf(explain->out, "%s: %s\n", outcome_names[decision->outcome],
	    outcomes[decision->outcome]);
	explain_label(explain, "owner");
	ctl_text_safe(explain->out, decision->team->title[decision->locale], false);
	strbuf_puts(explain->out, ", priority ");
	ctl_text_safe(explain->out, decision->priority->name, false);
	if (decision->route != NULL)
		strbuf_printf(explain->out, " by the route '%.*s'",
		    STR_ARG(decision->route->when.name));
	if (decision->has_due) {
		strbuf_puts(explain->out, ", due ");
		explain_time(explain, decision->due_ms);
	}
	strbuf_puts(explain->out, "\n");
	explain_label(explain, "clock");
	explain_time(explain, decision->clock_ms);
	strbuf_printf(explain->out, " (%.*s)\n", STR_ARG(explain->policy->rules->time_zone));
	if (decision->gate != NULL) {
		explain_label(explain, "gate");
		strbuf_printf(
		    explain->out, "the gate %.*s decides\n", STR_ARG(decision->gate->when.name));
	}
}

static void
explain_signal(const struct explain *explain, const struct decision_evidence *evidence)
{
	const struct rules_signal *signal = evidence->signal;

	if (evidence->training)
		strbuf_puts(explain->out, "as in its training texts  ");
	else if (signal == NULL)
		strbuf_puts(explain->out, "the reason chosen on the form");
	else if (signal->kind == SIGNAL_FIELD)
		strbuf_printf(explain->out, "the box %.*s is filled", STR_ARG(signal->field));
	else if (signal->concept != NULL)
		strbuf_printf(explain->out, "%.*s  ", STR_ARG(signal->concept->name));
	else
		strbuf_printf(explain->out, "%s  ",
		    signal->kind == SIGNAL_ATTACHMENT ? "attachment" : "signal");
	if (evidence->quote.n == 0)
		return;
	strbuf_puts(explain->out, "\"");
	ctl_text_line(explain->out, evidence->quote, POINTS);
	strbuf_puts(explain->out, "\"");
}

static void
explain_because(const struct explain *explain)
{
	const struct decision *decision = explain->decision;
	size_t i;

	explain_heading(explain, "Because");
	if (decision->evidence_count == 0)
		strbuf_puts(explain->out, "  nothing speaks for it: no category was sure enough\n");
	for (i = 0; i < decision->evidence_count && i < EVIDENCE_SHOWN; i++) {
		strbuf_printf(explain->out, "  %+5.1f  ", decision->evidence[i].weight);
		explain_signal(explain, &decision->evidence[i]);
		strbuf_puts(explain->out, "\n");
	}
	if (i < decision->evidence_count)
		strbuf_printf(explain->out, "         and %zu that weigh less\n",
		    decision->evidence_count - i);
}

static void
explain_loser(const struct explain *explain, const struct decision_candidate *candidate)
{
	static const char *const reasons[] = {[WHY_NOT_SAID] = "",
		[WHY_LOW_SCORE] = ", less than \"none of the reasons\"",
		[WHY_UNSURE] = ", not enough above the others",
		[WHY_UNDECIDED] = ", and a pattern gave up: a person reads it"};
	const struct rules_signal *against = candidate->against;

	strbuf_printf(explain->out, "  %5.1f  ", candidate->score);
	ctl_text_safe(explain->out, candidate->category->name, false);
	strbuf_puts(explain->out, reasons[candidate->why_not]);
	if (candidate->why_not == WHY_LOW_SCORE)
		strbuf_printf(explain->out, " (%.1f)", explain->decision->none_score);
	if (against != NULL && against->concept != NULL)
		strbuf_printf(explain->out, "; %.*s speaks against it (%+.1f)",
		    STR_ARG(against->concept->name), against->weight);
	strbuf_puts(explain->out, "\n");
}

/* The winner's own score stands first, to compare. */
static void
explain_others(const struct explain *explain)
{
	const struct decision *decision = explain->decision;
	size_t i;

	if (decision->candidate_count == 0)
		return;
	explain_heading(explain, "Scores");
	for (i = 0; i < decision->candidate_count; i++) {
		if (decision->candidates[i].category == decision->category) {
			strbuf_printf(explain->out, "  %5.1f  %.*s, chosen\n",
			    decision->candidates[i].score, STR_ARG(decision->category->name));
		} else {
			explain_loser(explain, &decision->candidates[i]);
		}
	}
}

static void
explain_found(const struct explain *explain, const struct decision_found *found)
{
	struct strbuf value;
	struct json json;

	strbuf_init(&value, 0);
	json_init(&json, &value);
	value_json(&json, &found->value);
	strbuf_printf(explain->out, "  %-24.*s ", STR_ARG(found->field->name));
	ctl_text_line(explain->out, strbuf_str(&value), POINTS);
	strbuf_puts(explain->out, found->from_form ? "  (in its box)\n"
	    : found->field->type == FIELD_FILE     ? "  (attached)\n"
						   : "  (in the text)\n");
	strbuf_fini(&value);
}

static void
explain_fields(const struct explain *explain)
{
	const struct decision *decision = explain->decision;
	size_t i;

	if (decision->found_count + decision->missing_count + decision->warning_count == 0)
		return;
	explain_heading(explain, "What it needs");
	for (i = 0; i < decision->found_count; i++)
		explain_found(explain, &decision->found[i]);
	for (i = 0; i < decision->missing_count; i++)
		strbuf_printf(explain->out, "  %-24.*s MISSING\n",
		    STR_ARG(decision->missing[i]->name));
	for (i = 0; i < decision->warning_count; i++) {
		strbuf_puts(explain->out, "  warning: ");
		ctl_text_line(explain->out, decision->warnings[i].path, POINTS);
		strbuf_printf(explain->out, ": %.*s\n", STR_ARG(decision->warnings[i].code));
	}
}

static void
explain_mail(const struct explain *explain)
{
	const struct decision *decision = explain->decision;

	explain_heading(explain, "The mail that goes out");
	if (!decision->has_reply) {
		strbuf_puts(explain->out, "  none\n");
		return;
	}
	/* Our own text, broken into lines already. */
	ctl_wrap(explain->out, decision->reply_subject, QUOTED "Subject: ", MAIL_WIDTH);
	strbuf_puts(explain->out, QUOTED "\n");
	ctl_wrap(explain->out, decision->reply_body, QUOTED, MAIL_WIDTH);
}

void
ctl_explain_print(const struct policy *policy, const struct ticket *ticket,
    const struct decision *decision, const struct ctl_explain_style *style, struct strbuf *out)
{
	const struct explain explain = {policy, ticket, decision, style, out};

	explain_text(&explain);
	explain_outcome(&explain);
	explain_because(&explain);
	explain_others(&explain);
	explain_fields(&explain);
	explain_mail(&explain);
}
