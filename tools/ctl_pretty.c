/* SPDX-License-Identifier: MIT */
#include "ctl_pretty.h"

#include "ctl_text.h"
#include "json.h"
#include "timestamp.h"
#include "tz.h"
#include "value.h"

#define QUOTE_POINTS 70
#define EVIDENCE_SHOWN 4
#define REPLY_LINES 12

static void
pretty_label(struct strbuf *out, const char *label)
{
	strbuf_printf(out, "  %-10s ", label);
}

static void
pretty_time(struct strbuf *out, const struct policy *policy, int64_t ms)
{
	struct civil civil = tz_civil(policy->rules->tz, ms);

	strbuf_printf(out, "%04d-%02d-%02d %02d:%02d", civil.year, civil.month, civil.day,
	    civil.hour, civil.minute);
}

static void
pretty_said(struct strbuf *out, const struct ticket *ticket)
{
	pretty_label(out, "said");
	strbuf_puts(out, "\"");
	ctl_text_line(out, ticket->subject, QUOTE_POINTS);
	strbuf_puts(out, "\"\n");
	pretty_label(out, "");
	strbuf_puts(out, "\"");
	ctl_text_line(out, ticket->body, 2 * QUOTE_POINTS);
	strbuf_puts(out, "\"\n");
}

static void
pretty_category(
    struct strbuf *out, const struct policy *policy, const struct decision *decision)
{
	const struct rules_category *category = decision->category;

	pretty_label(out, "category");
	ctl_text_safe(out, category->name, false);
	strbuf_puts(out, " (");
	ctl_text_safe(out, category->label[decision->locale], false);
	strbuf_printf(out, "), confidence %.0f %%", decision->confidence * 100);
	if (decision->runner_up.category != NULL) {
		strbuf_puts(out, category->fallback ? ", nearest was " : ", before ");
		ctl_text_safe(out, decision->runner_up.category->name, false);
	}
	strbuf_puts(out, "\n");
	pretty_label(out, "outcome");
	strbuf_puts(out, outcome_names[decision->outcome]);
	strbuf_puts(out, ", team ");
	ctl_text_safe(out, decision->team->name, false);
	strbuf_puts(out, ", priority ");
	ctl_text_safe(out, decision->priority->name, false);
	if (decision->has_due) {
		strbuf_puts(out, ", due ");
		pretty_time(out, policy, decision->due_ms);
	}
	if (decision->gate != NULL) {
		strbuf_puts(out, ", by the gate ");
		ctl_text_safe(out, decision->gate->when.name, false);
	}
	if (decision->route != NULL) {
		strbuf_puts(out, ", by the route ");
		ctl_text_safe(out, decision->route->when.name, false);
	}
	strbuf_puts(out, "\n");
}

static void
pretty_evidence(struct strbuf *out, const struct decision *decision)
{
	const char *label = "because";
	size_t shown = 0;

	for (size_t i = 0; i < decision->evidence_count && shown < EVIDENCE_SHOWN; i++) {
		const struct decision_evidence *evidence = &decision->evidence[i];

		pretty_label(out, label);
		strbuf_printf(out, "%+.4g  ", evidence->weight);
		if (evidence->signal == NULL && !evidence->training) {
			strbuf_puts(out, "the reason chosen on the form");
		} else if (evidence->signal != NULL && evidence->signal->kind == SIGNAL_FIELD) {
			strbuf_puts(out, "the box ");
			ctl_text_safe(out, evidence->signal->field, false);
			strbuf_puts(out, " is filled");
		} else {
			strbuf_puts(out, "\"");
			ctl_text_line(out, evidence->quote, QUOTE_POINTS);
			strbuf_puts(out, "\"");
		}
		strbuf_puts(out, "\n");
		label = "";
		shown++;
	}
}

static void
pretty_fields(struct strbuf *out, const struct decision *decision)
{
	const char *label = "found";
	struct strbuf value;
	struct json json;

	strbuf_init(&value, 0);
	for (size_t i = 0; i < decision->found_count; i++) {
		const struct decision_found *found = &decision->found[i];

		strbuf_clear(&value);
		json_init(&json, &value);
		value_json(&json, &found->value);
		pretty_label(out, label);
		ctl_text_safe(out, found->field->name, false);
		strbuf_puts(out, " = ");
		ctl_text_line(out, strbuf_str(&value), QUOTE_POINTS);
		strbuf_puts(out, found->from_form ? "  (box)\n" : "  (text)\n");
		label = "";
	}
	strbuf_fini(&value);
	for (size_t i = 0; i < decision->missing_count; i++) {
		pretty_label(out, i == 0 ? "missing" : "");
		ctl_text_safe(out, decision->missing[i]->name, false);
		strbuf_puts(out, "\n");
	}
	for (size_t i = 0; i < decision->warning_count; i++) {
		pretty_label(out, i == 0 ? "warning" : "");
		ctl_text_safe(out, decision->warnings[i].path, false);
		strbuf_puts(out, ": ");
		ctl_text_safe(out, decision->warnings[i].code, false);
		strbuf_puts(out, "\n");
	}
}

static void
pretty_reply(struct strbuf *out, const struct decision *decision)
{
	struct str rest = decision->reply_body;
	size_t lines = 0;

	pretty_label(out, "reply");
	if (!decision->has_reply) {
		strbuf_puts(out, "none\n");
		return;
	}
	ctl_text_line(out, decision->reply_subject, QUOTE_POINTS);
	strbuf_puts(out, "\n");
	while (rest.n > 0 && lines++ < REPLY_LINES) {
		size_t n = 0;

		while (n < rest.n && rest.p[n] != '\n')
			n++;
		pretty_label(out, "");
		strbuf_puts(out, "| ");
		ctl_text_line(out, str_part(rest, 0, n), 110);
		strbuf_puts(out, "\n");
		rest = str_part(rest, n + 1, rest.n);
	}
	if (rest.n > 0) {
		pretty_label(out, "");
		strbuf_puts(out, "| …\n");
	}
}

void
ctl_pretty_item(const struct policy *policy, const struct ctl_item *item,
    const struct decision *decision, struct strbuf *out)
{
	strbuf_puts(out, "ticket ");
	ctl_text_line(out, item->content.id.p != NULL ? item->content.id : STR("without id"), 64);
	strbuf_printf(out, " (line %zu)\n", item->line);
	if (!item->valid) {
		for (size_t i = 0; i < item->content.error_count; i++) {
			pretty_label(out, i == 0 ? "refused" : "");
			ctl_text_safe(out, item->content.errors[i].path, false);
			strbuf_puts(out, item->content.errors[i].path.n > 0 ? ": " : "");
			ctl_text_safe(out, item->content.errors[i].message, false);
			strbuf_puts(out, "\n");
		}
		strbuf_puts(out, "\n");
		return;
	}
	pretty_said(out, &item->content.ticket);
	pretty_category(out, policy, decision);
	pretty_evidence(out, decision);
	pretty_fields(out, decision);
	pretty_reply(out, decision);
	strbuf_puts(out, "\n");
}
