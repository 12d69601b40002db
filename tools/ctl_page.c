/* SPDX-License-Identifier: MIT */
#include "ctl_page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "ctl_text.h"
#include "ctl_wrap.h"
#include "timestamp.h"

#define EVIDENCE_SHOWN 4
#define NAME_POINTS 40
#define VALUE_POINTS 400
#define QUOTED "  | "
#define LABEL "             " /* as wide as page_label() */

struct page {
	const json_t *root, *ticket, *decision, *place;
	const struct ctl_page_style *style;
	struct strbuf *out;
	struct strbuf line; /* what comes after the label, neutralized */
};

/* The text of a member; absent when it is none. */
static struct str
page_text(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		return (struct str){NULL, 0};
	return (struct str){json_string_value(value), json_string_length(value)};
}

static void
page_style(const struct page *page, const char *code)
{
	if (page->style->colour)
		strbuf_printf(page->out, "\033[%sm", code);
}

static void
page_label(struct page *page, const char *label)
{
	strbuf_printf(page->out, "  %-10s ", label);
	strbuf_clear(&page->line);
}

/* Ends what page_label() began. A long line is wrapped here, not by the
 * terminal, which would put words of a visitor where our own begin. */
static void
page_end(struct page *page)
{
	struct strbuf wrapped;

	strbuf_init(&wrapped, 0);
	ctl_wrap(&wrapped, strbuf_str(&page->line), LABEL, page->style->width);
	if (wrapped.n > strlen(LABEL))
		strbuf_puts(page->out, wrapped.p + strlen(LABEL));
	else
		strbuf_puts(page->out, "\n");
	strbuf_fini(&wrapped);
}

static void
page_heading(const struct page *page, const char *heading)
{
	strbuf_puts(page->out, "\n");
	page_style(page, "1");
	strbuf_puts(page->out, heading);
	page_style(page, "0");
	strbuf_puts(page->out, "\n");
}

void
ctl_page_time(struct strbuf *out, const char *text)
{
	struct tm civil;
	time_t seconds;
	int64_t ms;

	if (text == NULL)
		return;
	seconds = timestamp_parse(str_of(text), &ms) == 0 ? ms / 1000 : 0;
	if (seconds == 0 || localtime_r(&seconds, &civil) == NULL) {
		ctl_text_line(out, str_of(text), NAME_POINTS);
		return;
	}
	strbuf_printf(out, "%04d-%02d-%02d %02d:%02d", civil.tm_year + 1900, civil.tm_mon + 1,
	    civil.tm_mday, civil.tm_hour, civil.tm_min);
}

bool
ctl_page_due(struct strbuf *out, const char *due, const char *now)
{
	int64_t due_ms, now_ms;
	bool late;

	if (due == NULL || now == NULL || timestamp_parse(str_of(due), &due_ms) < 0 ||
	    timestamp_parse(str_of(now), &now_ms) < 0)
		return false;
	late = now_ms > due_ms;
	strbuf_puts(out, late ? "" : "in ");
	ctl_text_age(out, (late ? now_ms - due_ms : due_ms - now_ms) / 1000);
	strbuf_puts(out, late ? " late" : "");
	return late;
}

/* The reference, and the subject or how the text begins. */
static void
page_head(struct page *page)
{
	struct str subject = page_text(page->ticket, "subject");
	struct strbuf line, wrapped;

	strbuf_init(&line, 0);
	strbuf_init(&wrapped, 0);
	ctl_text_line(&line, page_text(page->ticket, "reference"), 16);
	strbuf_puts(&line, ": ");
	if (str_trim(subject).n == 0)
		subject = page_text(page->ticket, "body");
	ctl_text_line(&line, subject, page->style->width > 30 ? page->style->width - 12 : 18);
	ctl_wrap(&wrapped, strbuf_str(&line), "  ", page->style->width);
	page_style(page, "1");
	strbuf_puts(page->out, wrapped.n > 2 ? wrapped.p + 2 : "\n");
	page_style(page, "0");
	strbuf_fini(&line);
	strbuf_fini(&wrapped);
}

static void
page_place(struct page *page)
{
	struct strbuf *line = &page->line;
	struct str holder = page_text(page->place, "holder");
	struct str due = page_text(page->place, "due_at");
	bool late;

	page_label(page, "place");
	ctl_text_line(line, page_text(page->place, "state"), NAME_POINTS);
	if (holder.p != NULL) {
		strbuf_puts(line, " by ");
		ctl_text_line(line, holder, NAME_POINTS);
	}
	if (page_text(page->place, "ends_at").p != NULL) {
		strbuf_puts(line, " until ");
		ctl_page_time(line, page_text(page->place, "ends_at").p);
	}
	if (page_text(page->place, "team").p != NULL) {
		strbuf_puts(line, ", team ");
		ctl_text_line(line, page_text(page->place, "team"), NAME_POINTS);
		strbuf_puts(line, ", priority ");
		ctl_text_line(line, page_text(page->place, "priority"), NAME_POINTS);
	}
	page_end(page);
	if (due.p == NULL)
		return;
	page_label(page, "due");
	ctl_page_time(line, due.p);
	strbuf_puts(line, ", ");
	late = ctl_page_due(line, due.p, page_text(page->root, "now").p);
	if (late)
		page_style(page, "1;31");
	page_end(page);
	if (late)
		page_style(page, "0");
}

static void
page_sender(struct page *page)
{
	static const char *const keys[] = {"audience", "locale", "reason"};
	static const char *const words[] = {"", "written in ", "reason chosen "};
	const json_t *requester = json_object_get(page->ticket, "requester");
	struct strbuf *line = &page->line;

	page_label(page, "from");
	ctl_text_line(line, page_text(requester, "name"), NAME_POINTS);
	strbuf_puts(line, page_text(requester, "name").n > 0 ? " <" : "<");
	ctl_text_line(line, page_text(requester, "email"), 2 * NAME_POINTS);
	strbuf_puts(line, ">");
	page_end(page);
	page_label(page, "received");
	ctl_page_time(line, page_text(page->ticket, "received_at").p);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct str value = page_text(page->ticket, keys[i]);

		if (value.n == 0)
			continue;
		strbuf_printf(line, ", %s", words[i]);
		ctl_text_line(line, value, NAME_POINTS);
	}
	page_end(page);
}

static void
page_category(struct page *page)
{
	struct strbuf *line = &page->line;
	struct str first = page_text(page->decision, "category");
	struct str now = page_text(page->place, "category");
	const json_t *confidence = json_object_get(page->decision, "confidence");
	const json_t *other = json_object_get(page->decision, "runner_up");

	page_label(page, "category");
	ctl_text_line(line, now.p != NULL ? now : first, NAME_POINTS);
	if (now.p != NULL && !str_eq(now, first)) {
		strbuf_puts(line, ", at first ");
		ctl_text_line(line, first, NAME_POINTS);
	}
	if (json_is_number(confidence))
		strbuf_printf(line, ", confidence %.0f %%", json_number_value(confidence) * 100);
	strbuf_puts(line, ", ");
	ctl_text_line(line, page_text(page->decision, "outcome"), NAME_POINTS);
	page_end(page);
	if (page_text(other, "category").p == NULL)
		return;
	page_label(page, "or else");
	ctl_text_line(line, page_text(other, "category"), NAME_POINTS);
	page_end(page);
}

static void
page_evidence_one(struct page *page, const json_t *one)
{
	struct str signal = page_text(one, "signal"), quote = page_text(one, "quote");
	struct strbuf *line = &page->line;
	double weight = json_number_value(json_object_get(one, "weight"));

	if (str_is(signal, "gate") || str_is(signal, "route")) {
		strbuf_printf(line, "the %s ", str_is(signal, "gate") ? "gate" : "route");
		ctl_text_line(line, page_text(one, "pattern"), NAME_POINTS);
	} else if (quote.n > 0) {
		strbuf_printf(line, "%+.4g  \"", weight);
		ctl_text_line(line, quote, 2 * NAME_POINTS);
		strbuf_puts(line, "\"");
	} else {
		strbuf_printf(line, "%+.4g  ", weight);
		ctl_text_line(line, signal, NAME_POINTS);
		strbuf_puts(line, " ");
		ctl_text_line(line, page_text(one, "pattern"), NAME_POINTS);
	}
}

/* The strongest few; where fields were found is shown with the fields. */
static void
page_evidence(struct page *page)
{
	const json_t *evidence = json_object_get(page->decision, "evidence"), *one;
	size_t i, shown = 0;

	json_array_foreach((json_t *)evidence, i, one) {
		if (str_is(page_text(one, "signal"), "found"))
			continue;
		if (shown == EVIDENCE_SHOWN)
			break;
		page_label(page, shown++ == 0 ? "because" : "");
		page_evidence_one(page, one);
		page_end(page);
	}
}

/* Values that are no text as JSON. */
static void
page_value(struct strbuf *line, const json_t *value, size_t points)
{
	char *text = json_is_string(value) ? NULL
					   : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	ctl_text_line(line, str_of(text != NULL ? text : json_string_value(value)), points);
	free(text);
}

/* One "name = value" a line. */
static void
page_values(struct page *page, const char *label, const json_t *object)
{
	const char *key, *shown = label;
	json_t *value;

	json_object_foreach((json_t *)object, key, value) {
		page_label(page, shown);
		ctl_text_line(&page->line, str_of(key), NAME_POINTS);
		strbuf_puts(&page->line, " = ");
		page_value(&page->line, value, VALUE_POINTS);
		page_end(page);
		shown = "";
	}
}

static void
page_missing(struct page *page)
{
	const json_t *missing = json_object_get(page->decision, "missing"), *one;
	size_t i;

	json_array_foreach((json_t *)missing, i, one) {
		page_label(page, i == 0 ? "missing" : "");
		ctl_text_line(&page->line, str_of(json_string_value(one)), NAME_POINTS);
		page_end(page);
	}
}

/* Names and sizes: contents are not for a terminal. */
static void
page_attachments(struct page *page, const json_t *list)
{
	struct strbuf *line = &page->line;
	const json_t *one;
	size_t i;

	json_array_foreach((json_t *)list, i, one) {
		const json_t *size = json_object_get(one, "size");

		page_label(page, i == 0 ? "attached" : "");
		ctl_text_line(line, page_text(one, "name"), NAME_POINTS);
		strbuf_puts(line, " (");
		ctl_text_line(line, page_text(one, "type"), NAME_POINTS);
		if (json_is_integer(size))
			strbuf_printf(
			    line, ", %" PRId64 " bytes", (int64_t)json_integer_value(size));
		strbuf_puts(line, ")");
		if (page_text(one, "url").n > 0) {
			strbuf_puts(line, " ");
			ctl_text_line(line, page_text(one, "url"), VALUE_POINTS);
		}
		page_end(page);
	}
}

static void
page_words(struct page *page)
{
	struct str subject = page_text(page->ticket, "subject");

	page_heading(page, "What the person wrote");
	if (str_trim(subject).n > 0) {
		ctl_wrap(page->out, subject, QUOTED, page->style->width);
		strbuf_puts(page->out, QUOTED "\n");
	}
	ctl_wrap(page->out, page_text(page->ticket, "body"), QUOTED, page->style->width);
	page_values(page, "box", json_object_get(page->ticket, "fields"));
	page_attachments(page, json_object_get(page->ticket, "attachments"));
}

/* Messages of a kind after the one with this number, in their order. */
static void
page_messages(struct page *page, const char *kind, int64_t seen, const char *heading)
{
	const json_t *messages = json_object_get(page->root, "messages"), *one;
	bool any = false;
	size_t i;

	json_array_foreach((json_t *)messages, i, one) {
		if (!str_is(page_text(one, "kind"), kind) ||
		    json_integer_value(json_object_get(one, "no")) <= seen)
			continue;
		if (!any)
			page_heading(page, heading);
		any = true;
		strbuf_puts(page->out, "  ");
		ctl_page_time(page->out, page_text(one, "at").p);
		strbuf_puts(page->out, "  ");
		ctl_text_line(page->out, page_text(one, "author"), NAME_POINTS);
		strbuf_puts(page->out, "\n");
		ctl_wrap(page->out, page_text(one, "body"), QUOTED, page->style->width);
		page_values(page, "box", json_object_get(one, "fields"));
		page_attachments(page, json_object_get(one, "attachments"));
	}
}

static void
page_told(const struct page *page)
{
	const json_t *told = json_object_get(page->root, "told"), *one;
	size_t i;

	page_heading(page, "What we told them");
	json_array_foreach((json_t *)told, i, one) {
		static const char *const keys[] = {"kind", "author", "state"};

		strbuf_puts(page->out, "  ");
		ctl_page_time(page->out, page_text(one, "at").p);
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
			strbuf_puts(page->out, k == 0 ? "  " : ", ");
			ctl_text_line(page->out, page_text(one, keys[k]), NAME_POINTS);
		}
		strbuf_puts(page->out, "\n");
		ctl_wrap(page->out, page_text(one, "subject"), QUOTED, page->style->width);
		strbuf_puts(page->out, QUOTED "\n");
		ctl_wrap(page->out, page_text(one, "body"), QUOTED, page->style->width);
	}
	if (json_array_size(told) == 0)
		strbuf_puts(page->out, "  nothing\n");
}

static void
page_history(const struct page *page)
{
	const json_t *history = json_object_get(page->root, "history"), *one;
	size_t i;

	page_heading(page, "History");
	json_array_foreach((json_t *)history, i, one) {
		json_t *value;
		const char *key;

		strbuf_puts(page->out, "  ");
		ctl_page_time(page->out, page_text(one, "at").p);
		strbuf_puts(page->out, "  ");
		ctl_text_line(page->out, page_text(one, "kind"), NAME_POINTS);
		strbuf_puts(page->out, " by ");
		ctl_text_line(page->out, page_text(one, "actor"), NAME_POINTS);
		json_object_foreach(json_object_get(one, "detail"), key, value) {
			if (json_is_null(value))
				continue;
			strbuf_puts(page->out, ", ");
			ctl_text_line(page->out, str_of(key), NAME_POINTS);
			strbuf_puts(page->out, " ");
			page_value(page->out, value, NAME_POINTS);
		}
		strbuf_puts(page->out, "\n");
	}
}

void
ctl_page_print(
    const struct json_t *root, const struct ctl_page_style *style, struct strbuf *out)
{
	struct page page = {root, json_object_get(root, "ticket"),
	    json_object_get(root, "decision"), json_object_get(root, "place"), style, out, {0}};

	strbuf_init(&page.line, 0);
	page_head(&page);
	page_place(&page);
	page_sender(&page);
	page_category(&page);
	page_evidence(&page);
	page_values(&page, "found", json_object_get(page.decision, "found"));
	page_missing(&page);
	page_words(&page);
	page_messages(&page, "follow_up", -1, "What the person wrote later");
	page_told(&page);
	page_messages(&page, "note", -1, "Notes of colleagues");
	page_history(&page);
	strbuf_fini(&page.line);
}

void
ctl_page_news(const struct json_t *root, int64_t seen, const struct ctl_page_style *style,
    struct strbuf *out)
{
	struct page page = {.root = root, .style = style, .out = out};

	strbuf_init(&page.line, 0);
	page_messages(&page, "follow_up", seen, "The requester has written");
	strbuf_fini(&page.line);
}
