/* SPDX-License-Identifier: MIT */
#include "answer.h"

#include "template.h"

struct answer {
	const struct rules *rules;
	const struct decision *decision;
};

/* "Title (address)", so that a sentence can go on behind it. */
static void
answer_link(const struct answer *answer, struct str name, struct strbuf *out)
{
	const struct rules_link *link = rules_link_find(answer->rules, name);
	unsigned locale = answer->decision->locale;

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
	const struct decision *decision = answer->decision;
	size_t i;

	for (i = 0; i < decision->missing_count; i++) {
		const struct rules_field *field = decision->missing[i];
		struct str ask = str_trim(field->ask[decision->locale].text);

		strbuf_puts(out, i > 0 ? "\n- " : "- ");
		if (ask.n == 0)
			ask = field->label[decision->locale].n > 0 ? field->label[decision->locale]
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
		strbuf_put(out, answer->decision->category->team->title[answer->decision->locale]);
		break;
	case TEMPLATE_LINK:
		answer_link(answer, slot->name, out);
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

void
answer_render(const struct rules *rules, const struct decision *decision,
    struct strbuf *subject, struct strbuf *body)
{
	struct answer answer = {rules, decision};
	const struct rules_locale *locale = &rules->locales[decision->locale];
	const struct rules_answer *own = &decision->category->answers[decision->locale];
	const struct rules_template *paragraph = &own->paragraph[decision->outcome];

	answer_part(&answer, &own->subject, subject);
	answer_part(&answer, &locale->greeting, body);
	answer_part(&answer, &own->help, body);
	answer_part(&answer,
	    paragraph->text.n > 0 ? paragraph : &locale->paragraph[decision->outcome], body);
	answer_part(&answer, &locale->closing, body);
	strbuf_putc(body, '\n');
}
