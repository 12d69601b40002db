/* SPDX-License-Identifier: MIT */
/*
 * What only the whole shows: references against the order of reading, things
 * that must be there once, and things that nobody uses.
 */
#include "rules_read.h"

#include <stdlib.h>

#include "mem.h"

static struct place
rules_template_place(const void *context, size_t start, size_t end)
{
	return yamldoc_place(context, start, end);
}

static void
rules_mark_links(const struct rules *rules, struct str text, bool *used)
{
	struct template_slot slot;
	size_t from = 0;

	for (; template_next(text, from, &slot); from = slot.end) {
		const struct rules_link *link =
		    slot.kind == TEMPLATE_LINK ? rules_link_find(rules, slot.name) : NULL;

		if (link != NULL)
			used[link - rules->links] = true;
	}
}

static void
rules_check_templates(struct rules_reader *reader)
{
	const struct rules *rules = reader->rules;
	const char **names = mem_array(2 * rules->link_count + 1, sizeof(names[0]));
	bool *used = mem_array(rules->link_count + 1, sizeof(used[0]));
	const struct rules_pending *pending;
	size_t i;

	for (pending = reader->templates; pending != NULL; pending = pending->next) {
		struct template_scope scope = {.kinds = pending->kinds,
		    .links = names,
		    .other_links = names + rules->link_count,
		    .links_file = rules->link_count > 0 ? rules->links[0].place.file : NULL,
		    .no_follow_up = rules->follow_up.link[pending->locale].text.p == NULL,
		    .place = rules_template_place,
		    .context = pending->node};

		for (i = 0; i < rules->link_count; i++)
			if (rules->links[i].url[pending->locale].p != NULL)
				names[scope.link_count++] = rules->links[i].name.p;
			else
				names[rules->link_count + scope.other_link_count++] =
				    rules->links[i].name.p;
		template_check(pending->node->text, &scope, reader->diags);
		rules_mark_links(rules, pending->node->text, used);
	}
	for (i = 0; i < rules->link_count && rules_sound(reader); i++)
		if (!used[i])
			diag_add(reader->diags, DIAG_WARNING, rules->links[i].place, "",
			    "no answer uses the link '%.*s'", STR_ARG(rules->links[i].name));
	free(names);
	free(used);
}

/* A box named in a signal must be some category's field. */
static void
rules_check_boxes(struct rules_reader *reader)
{
	const struct rules *rules = reader->rules;
	const struct rules_pending *pending;
	struct str *names;
	size_t count = 0, i, k;

	for (i = 0; i < rules->category_count; i++)
		count += rules->categories[i].field_count;
	names = mem_array(count + 1, sizeof(names[0]));
	for (i = count = 0; i < rules->category_count; i++)
		for (k = 0; k < rules->categories[i].field_count; k++)
			names[count++] = rules->categories[i].fields[k].name;
	for (pending = reader->boxes; pending != NULL; pending = pending->next) {
		for (i = 0; i < count; i++)
			if (str_eq(names[i], pending->node->text))
				break;
		if (i == count)
			rules_unknown_shared(reader, pending->node, "field", names, count,
			    sizeof(names[0]));
	}
	free(names);
}

static void
rules_check_fallbacks(struct rules_reader *reader)
{
	struct rules *rules = reader->rules;
	size_t i;

	for (i = 0; i < rules->category_count; i++) {
		const struct rules_category *category = &rules->categories[i];
		const struct rules_category *first;

		if (!category->fallback || category->audience >= rules->audience_count)
			continue;
		first = rules->fallbacks[category->audience];
		if (first == NULL)
			rules->fallbacks[category->audience] = category;
		else
			diag_add(reader->diags, DIAG_ERROR, category->place,
			    "each audience has one: take 'fallback' out of the other",
			    "a second fallback for '%.*s'; the first is '%.*s' in %s:%u",
			    STR_ARG(rules->audiences[category->audience]),
			    STR_ARG(first->name), first->place.file, first->place.line);
	}
	for (i = 0; i < rules->audience_count; i++)
		if (rules->category_count > 0 && rules->fallbacks[i] == NULL)
			diag_add(reader->diags, DIAG_ERROR,
			    (struct place){reader->folder, 0, 0, 0},
			    "write 'fallback: true' in the category for what nobody recognized",
			    "no fallback category for '%.*s'", STR_ARG(rules->audiences[i]));
}

/* A requester who is asked must be told what for. */
static void
rules_check_asking(struct rules_reader *reader)
{
	const struct rules *rules = reader->rules;
	size_t i, k, locale;

	for (i = 0; i < rules->category_count; i++) {
		const struct rules_category *category = &rules->categories[i];
		unsigned asked = 0;

		for (k = 0; k < category->field_count; k++)
			asked |= category->fields[k].asked;
		for (locale = 0; locale < rules->locale_count; locale++) {
			const struct rules_template *text =
			    &category->answers[locale].paragraph[OUTCOME_NEEDS_INFO];

			if ((asked >> locale & 1) == 0)
				continue;
			if (text->text.p == NULL)
				text = &rules->locales[locale].paragraph[OUTCOME_NEEDS_INFO];
			if (text->text.p == NULL)
				diag_add(reader->diags, DIAG_ERROR, category->place,
				    "write it once in 'paragraphs' of the locale",
				    "no text 'needs_info' in '%.*s', but something is asked for",
				    STR_ARG(rules->locale_names[locale]));
		}
	}
}

/* One text that asks: it must hold the list, and should say where to answer. */
static void
rules_check_asks(struct rules_reader *reader, const char *name,
    const struct rules_template *text, unsigned locale)
{
	const struct rules *rules = reader->rules;

	if (text->text.p == NULL)
		return;
	if (!template_has(text->text, TEMPLATE_MISSING))
		diag_add(reader->diags, DIAG_ERROR, text->place, "",
		    "'{{missing}}' is missing: '%s' asks for something", name);
	if (rules->follow_up.link[locale].text.p != NULL && rules_sound(reader) &&
	    !template_has(text->text, TEMPLATE_FOLLOW_UP_LINK))
		diag_add(reader->diags, DIAG_WARNING, text->place,
		    "say where to answer: {{follow_up_link}}",
		    "'%s' asks without the link of the follow-up", name);
}

static void
rules_check_paragraphs(struct rules_reader *reader)
{
	static const enum rules_paragraph asking[] = {
		PARAGRAPH_NEEDS_INFO, PARAGRAPH_ASKED_AGAIN, PARAGRAPH_REMINDER};
	const struct rules *rules = reader->rules;
	size_t i, k;
	unsigned locale;

	for (k = 0; k < sizeof(asking) / sizeof(asking[0]); k++)
		for (locale = 0; locale < rules->locale_count; locale++) {
			const char *name = paragraph_names[asking[k]];

			rules_check_asks(
			    reader, name, &rules->locales[locale].paragraph[asking[k]], locale);
			for (i = 0; i < rules->category_count; i++)
				rules_check_asks(reader, name,
				    &rules->categories[i].answers[locale].paragraph[asking[k]],
				    locale);
		}
}

static void
rules_check_words(struct rules_reader *reader)
{
	size_t i;

	for (i = 0; i < reader->word_count; i++)
		if (!reader->words[i].used)
			diag_add(reader->diags, DIAG_WARNING, reader->words[i].place, "",
			    "no pattern uses the word '%.*s'", STR_ARG(reader->words[i].name));
}

void
rules_check(struct rules_reader *reader)
{
	rules_check_boxes(reader);
	rules_check_concepts(reader);
	rules_check_training(reader);
	rules_check_examples(reader);
	if (reader->incomplete)
		return; /* the rest looks for what is not there */
	rules_check_templates(reader);
	rules_check_fallbacks(reader);
	rules_check_asking(reader);
	rules_check_paragraphs(reader);
	if (rules_sound(reader))
		rules_check_words(reader);
}
