/* SPDX-License-Identifier: MIT */
#include "answer.h"

#include "template.h"

struct answer {
	const struct rules *rules;
	const struct rules_category *category;
	const struct rules_team *team;
	unsigned locale;
	const struct rules_field *const *missing;
	size_t missing_count;
};

/* "Title (address)", so that a sentence can go on behind it. */
static void
answer_link(const struct answer *answer, struct str name, struct strbuf *out)
{
	const struct rules_link *link = rules_link_find(answer->rules, name);
	unsigned locale = answer->locale;

	if (link == NULL)
		return;
	if (link->url[locale].n == 0)
		locale = answer->rules->default_locale;
	strbuf_put(out, link->title[locale]);
	if (link->title[locale].n > 0 && link->url[locale].n > 0)
		strbuf_printf(out, " (%.*s)", STR_ARG(link->url[locale]));
	else
		strbuf_put(out, link->url[locale]);
}

static void answer_fill(void *context, const struct template_slot *slot, struct strbuf *out);

static void
answer_missing(struct answer *answer, struct strbuf *out)
{
	size_t i;

	for (i = 0; i < answer->missing_count; i++) {
		const struct rules_field *field = answer->missing[i];
		struct str ask = str_trim(field->ask[answer->locale].text);

		strbuf_puts(out, i > 0 ? "\n- " : "- ");
		if (ask.n == 0)
			ask = field->label[answer->locale].n > 0 ? field->label[answer->locale]
			    : field->name;
		template_render(ask, answer_fill, answer, out);
	}
}

static void
answer_fill(void *context, const struct template_slot *slot, struct strbuf *out)
{
	struct answer *answer = context;

	switch (slot->kind) {
	case TEMPLATE_MISSING:
		answer_missing(answer, out);
		break;
	case TEMPLATE_TEAM:
		strbuf_put(out, answer->team->title[answer->locale]);
		break;
	case TEMPLATE_LINK:
		answer_link(answer, slot->name, out);
		break;
	case TEMPLATE_FOLLOW_UP_LINK:
		strbuf_put(out, answer->rules->follow_up.link[answer->locale].text);
		break;
	case TEMPLATE_REFERENCE: /* only inside that link, which is not rendered */
	case TEMPLATE_TOKEN:
		break;
	}
}

static void
answer_part(struct answer *answer, const struct rules_template *template, struct strbuf *out)
{
	struct str text = str_trim(template->text);

	if (text.n == 0)
		return;
	if (out->n > 0)
		strbuf_puts(out, "\n\n");
	template_render(text, answer_fill, answer, out);
}

/* The category's own text, else the locale's; it may be absent. */
static const struct rules_template *
answer_paragraph(const struct answer *answer, enum rules_paragraph which)
{
	const struct rules_template *own =
	    &answer->category->answers[answer->locale].paragraph[which];

	return own->text.n > 0 ? own : &answer->rules->locales[answer->locale].paragraph[which];
}

static void
answer_write(struct answer *answer, const struct rules_template *paragraph, bool with_help,
    struct strbuf *subject, struct strbuf *body)
{
	const struct rules_locale *locale = &answer->rules->locales[answer->locale];
	const struct rules_answer *own = &answer->category->answers[answer->locale];

	answer_part(answer, &own->subject, subject);
	answer_part(answer, &locale->greeting, body);
	if (with_help)
		answer_part(answer, &own->help, body);
	answer_part(answer, paragraph, body);
	answer_part(answer, &locale->closing, body);
	strbuf_putc(body, '\n');
}

void
answer_render(const struct rules *rules, const struct decision *decision,
    struct strbuf *subject, struct strbuf *body)
{
	struct answer answer = {rules, decision->category, decision->team, decision->locale,
	    decision->missing, decision->missing_count};
	bool first = decision->follow_up_count == 0;
	bool helps = first && (decision->route == NULL || !decision->route->without_help);
	const struct rules_template *paragraph = answer_paragraph(
	    &answer, (enum rules_paragraph)decision->outcome);

	if (!first && decision->outcome == OUTCOME_NEEDS_INFO) {
		const struct rules_template *again =
		    answer_paragraph(&answer, PARAGRAPH_ASKED_AGAIN);

		if (again->text.n > 0)
			paragraph = again;
	}
	answer_write(&answer, paragraph, helps || decision->outcome == OUTCOME_ANSWERED, subject,
	    body);
}

bool
answer_reminder(const struct rules *rules, const struct rules_category *category,
    const struct rules_team *team, unsigned locale, const struct rules_field *const *missing,
    size_t missing_count, struct strbuf *subject, struct strbuf *body)
{
	struct answer answer = {rules, category, team, locale, missing, missing_count};
	const struct rules_template *paragraph = answer_paragraph(&answer, PARAGRAPH_REMINDER);

	if (paragraph->text.n == 0)
		return false;
	answer_write(&answer, paragraph, false, subject, body);
	return true;
}

bool
answer_to_people(const struct rules *rules, const struct rules_category *category,
    const struct rules_team *team, unsigned locale, struct strbuf *subject, struct strbuf *body)
{
	struct answer answer = {
	    .rules = rules, .category = category, .team = team, .locale = locale};
	const struct rules_template *paragraph = answer_paragraph(&answer, PARAGRAPH_TO_PEOPLE);

	if (paragraph->text.n == 0)
		return false;
	answer_write(&answer, paragraph, false, subject, body);
	return true;
}

void
answer_help(const struct rules *rules, const struct rules_category *category, unsigned locale,
    struct strbuf *subject, struct strbuf *help)
{
	struct answer answer = {
	    .rules = rules, .category = category, .team = category->team, .locale = locale};

	answer_part(&answer, &category->answers[locale].subject, subject);
	answer_part(&answer, &category->answers[locale].help, help);
}

void
answer_ask(const struct rules *rules, const struct rules_category *category,
    const struct rules_field *field, unsigned locale, struct strbuf *out)
{
	struct answer answer = {
	    .rules = rules, .category = category, .team = category->team, .locale = locale};

	answer_part(&answer, &field->ask[locale], out);
}

struct answer_address {
	struct str body, reference, token;
};

static void
answer_fill_address(void *context, const struct template_slot *slot, struct strbuf *out)
{
	const struct answer_address *address = context;

	if (slot->kind == TEMPLATE_REFERENCE)
		strbuf_put(out, address->reference);
	else if (slot->kind == TEMPLATE_TOKEN)
		strbuf_put(out, address->token);
	else
		strbuf_put(out, str_part(address->body, slot->start, slot->end));
}

void
answer_address(struct str body, struct str reference, struct str token, struct strbuf *out)
{
	struct answer_address address = {body, reference, token};

	template_render(body, answer_fill_address, &address, out);
}
