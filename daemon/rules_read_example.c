/* SPDX-License-Identifier: MIT */
/*
 * Examples: tickets with what must be decided on them. Nothing is decided here
 * (trial.h does that); what an example names must be there. Other categories
 * and their fields may be read later, so that is looked at in the end.
 */
#include "rules_read.h"

#include <stdio.h>
#include <stdlib.h>

#include "limits.h"
#include "timestamp.h"
#include "tz.h"

#define RULES_AT_FIRST INT64_C(946684800000) /* 2000-01-01 */
#define RULES_AT_END INT64_C(4102444800000)  /* 2100-01-01 */

int64_t
rules_example_at(const struct rules *rules)
{
	static const struct civil noon = {.year = 2026, .month = 1, .day = 15, .hour = 12};

	return rules->tz != NULL ? tz_seconds(rules->tz, &noon) * 1000 : 0;
}

static void
rules_begin_example(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_example *example = target;

	(void)node;
	example->at_ms = rules_example_at(reader->rules);
	example->category = reader->category->name;
}

static void
rules_read_form_locale(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	const struct rules *rules = reader->rules;
	struct rules_example *example = target;

	if (rules_read_text(reader, node, &example->locale) == 0 &&
	    rules_locale_find(rules, example->locale) < 0)
		rules_unknown_shared(reader, node, "locale", rules->locale_names,
		    rules->locale_count, sizeof(rules->locale_names[0]));
}

/* In whole seconds of this century, as it is printed: offsets are whole minutes. */
static void
rules_read_at(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_example *example = target;
	struct str text;
	int64_t ms;

	if (rules_read_text(reader, node, &text) != 0)
		return;
	if (timestamp_parse(text, &ms) == 0 && ms % 1000 == 0 && ms >= RULES_AT_FIRST &&
	    ms < RULES_AT_END)
		example->at_ms = ms;
	else
		diag_add(reader->diags, DIAG_ERROR, node->place,
		    "such as 2026-06-06T23:59:59+02:00", "'%.*s' is no time of this century",
		    STR_ARG(text));
}

static int
rules_read_box(
    struct rules_reader *reader, const struct yamldoc_node *node, struct value *value)
{
	struct value *items;
	size_t i;

	if (node->type != YAMLDOC_LIST) {
		value->type = VALUE_TEXT;
		return rules_read_text(reader, node, &value->text);
	}
	if (node->count == 0)
		return diag_add(reader->diags, DIAG_ERROR, node->place, "leave the key out",
		    "an empty list");
	if (node->count > LIMIT_LIST_ITEMS)
		return diag_add(reader->diags, DIAG_ERROR, node->place, "",
		    "more than %d items", LIMIT_LIST_ITEMS);
	items = rules_alloc(reader, node->count, sizeof(items[0]));
	for (i = 0; i < node->count; i++) {
		items[i].type = VALUE_TEXT;
		if (rules_read_text(reader, node->items[i], &items[i].text) != 0)
			return -1;
	}
	*value = (struct value){.type = VALUE_LIST, .items = items, .count = node->count};
	return 0;
}

static int
rules_compare_boxes(const void *a, const void *b)
{
	const struct ticket_field *left = a, *right = b;

	return str_cmp(left->name, right->name);
}

/* By name: their order means nothing. */
static void
rules_read_boxes(struct rules_reader *reader, const struct yamldoc_node *node,
    const struct ticket_field **boxes, size_t *count)
{
	struct ticket_field *list;
	size_t i;

	if (rules_expect(reader, node, YAMLDOC_MAP, "a map of fields") != 0)
		return;
	list = rules_alloc(reader, node->count, sizeof(list[0]));
	for (i = 0; i < node->count; i++) {
		rules_read_name(reader, node->pairs[i].key, &list[i].name);
		rules_read_box(reader, node->pairs[i].value, &list[i].value);
	}
	qsort(list, node->count, sizeof(list[0]), rules_compare_boxes);
	*boxes = list;
	*count = node->count;
}

static void
rules_read_example_fields(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_example *example = target;

	rules_read_boxes(reader, node, &example->boxes, &example->box_count);
}

static void
rules_read_found(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_example *example = target;

	rules_read_boxes(reader, node, &example->found, &example->found_count);
}

static void
rules_read_outcome(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_example *example = target;
	int index =
	    rules_read_choice(reader, node, "an outcome", outcome_names, OUTCOME_COUNT);

	if (index >= 0)
		example->outcome = (enum outcome)index;
}

static void
rules_read_example_team(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	rules_read_team(reader, node, &((struct rules_example *)target)->team);
}

static void
rules_read_example_priority(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	rules_read_priority(reader, node, &((struct rules_example *)target)->priority);
}

#define EXAMPLE(member) .offset = offsetof(struct rules_example, member)
#define EXAMPLE_LIST_OF(member, counter) \
	EXAMPLE(member), .count_offset = offsetof(struct rules_example, counter)

static const struct rules_key rules_keys_example[] = {
    {"text", RULES_TEXT, true, EXAMPLE(text)},
    {"subject", RULES_TEXT, false, EXAMPLE(subject)},
    {"locale", RULES_SPECIAL, false, .read = rules_read_form_locale, .takes = TAKES_TEXT},
    {"at", RULES_SPECIAL, false, .read = rules_read_at, .takes = TAKES_TIME},
    {"reason", RULES_TEXT, false, EXAMPLE(reason)},
    {"fields", RULES_SPECIAL, false, .read = rules_read_example_fields,
	.takes = TAKES_BOXES},
    {"attachments", RULES_TEXT_LIST, false, EXAMPLE_LIST_OF(attachments, attachment_count)},
    {"outcome", RULES_SPECIAL, true, .read = rules_read_outcome,
	RULES_CHOICE(outcome_names, OUTCOME_COUNT)},
    {"missing", RULES_TEXT_LIST, false, EXAMPLE_LIST_OF(missing, missing_count)},
    {"found", RULES_SPECIAL, false, .read = rules_read_found, .takes = TAKES_BOXES},
    {"category", RULES_TEXT, false, EXAMPLE(category)},
    {"team", RULES_SPECIAL, false, .read = rules_read_example_team, .takes = TAKES_TEXT},
    {"priority", RULES_SPECIAL, false, .read = rules_read_example_priority,
	.takes = TAKES_TEXT},
};

static int
rules_compare_names(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static bool
rules_is_outcome(const struct yamldoc_node *node)
{
	size_t i;

	for (i = 0; node != NULL && i < OUTCOME_COUNT; i++)
		if (str_is(node->text, outcome_names[i]))
			return true;
	return false;
}

/* With all that is asked for, as in a ticket that says nothing. */
static const char *
rules_asked_hint(const struct rules_category *category, char hint[RULES_HINT])
{
	struct strbuf asked;
	size_t i;

	strbuf_init(&asked, RULES_HINT / 2);
	for (i = 0; i < category->field_count; i++)
		if (category->fields[i].asked != 0)
			strbuf_printf(&asked, "%s%.*s", asked.n > 0 ? ", " : "",
			    STR_ARG(category->fields[i].name));
	snprintf(hint, RULES_HINT, "add 'missing: [%s]'",
	    asked.n > 0 && !asked.overflow ? asked.p : "…");
	strbuf_fini(&asked);
	return hint;
}

static void
rules_finish_example(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	const struct yamldoc_node *outcome = yamldoc_get(node, "outcome");
	const struct yamldoc_node *missing = yamldoc_get(node, "missing");
	struct rules_example *example = target;
	bool asks = outcome != NULL &&
	    str_is(outcome->text, outcome_names[OUTCOME_NEEDS_INFO]);
	char hint[RULES_HINT];

	if (asks && missing == NULL)
		diag_add(reader->diags, DIAG_ERROR, outcome->place,
		    rules_asked_hint(reader->category, hint),
		    "an example of needs_info must say what is missing");
	else if (!asks && missing != NULL && rules_is_outcome(outcome))
		diag_add(reader->diags, DIAG_ERROR, missing->place,
		    "take 'missing' out, or write 'outcome: needs_info'",
		    "nothing is missing where the outcome is not needs_info");
	if (example->missing_count > 1)
		qsort((struct str *)example->missing, example->missing_count,
		    sizeof(example->missing[0]), rules_compare_names);
	rules_remember(reader, &reader->examples, node, 0, 0);
}

const struct rules_shape rules_shape_example = {.what = "an example",
    .form = "text: \"what somebody wrote\", outcome: routed",
    .keys = rules_keys_example,
    .key_count = sizeof(rules_keys_example) / sizeof(rules_keys_example[0]),
    .size = sizeof(struct rules_example),
    .place_offset = offsetof(struct rules_example, place),
    .begin = rules_begin_example,
    .finish = rules_finish_example};

/* References ------------------------------------------------------------------ */

static bool
rules_has_field(const struct rules_category *category, struct str name)
{
	size_t i;

	for (i = 0; category != NULL && i < category->field_count; i++)
		if (str_eq(category->fields[i].name, name))
			return true;
	return false;
}

static void
rules_check_field_names(struct rules_reader *reader, const struct rules_category *category,
    const struct yamldoc_node *name)
{
	if (rules_has_field(category, name->text))
		return;
	if (category->field_count == 0 && !reader->incomplete) {
		diag_add(reader->diags, DIAG_ERROR, name->place,
		    "write it under 'fields' of the category, or take it out here",
		    "unknown field '%.*s': '%.*s' has none", STR_ARG(name->text),
		    STR_ARG(category->name));
		return;
	}
	rules_unknown_shared(reader, name, "field",
	    category->field_count > 0 ? &category->fields[0].name : NULL,
	    category->field_count, sizeof(category->fields[0]));
}

/* The category that is expected; NULL with the fault reported. */
static const struct rules_category *
rules_expected_category(struct rules_reader *reader, const struct rules_pending *pending)
{
	const struct yamldoc_node *name = yamldoc_get(pending->node, "category");
	const struct rules *rules = reader->rules;
	const struct rules_category *category = pending->category;

	if (name == NULL)
		return category;
	category = rules_category_find(rules, name->text);
	if (category == NULL)
		rules_unknown_shared(reader, name, "category", &rules->categories[0].name,
		    rules->category_count, sizeof(rules->categories[0]));
	else if (category->audience != pending->category->audience)
		diag_add(reader->diags, DIAG_ERROR, name->place, "",
		    "'%.*s' is for another audience than '%.*s'", STR_ARG(name->text),
		    STR_ARG(pending->category->name));
	return category;
}

static void
rules_check_reason(struct rules_reader *reader, const struct yamldoc_node *reason)
{
	const struct rules *rules = reader->rules;

	if (reason != NULL && rules_category_find(rules, reason->text) == NULL)
		rules_unknown_shared(reader, reason, "category", &rules->categories[0].name,
		    rules->category_count, sizeof(rules->categories[0]));
}

/* A box is one of the category that is expected; or the form showed others, those of
 * the reason chosen on it or of the category where the example stands. */
static void
rules_check_boxes_of(struct rules_reader *reader, const struct rules_pending *pending,
    const struct rules_category *category)
{
	const struct yamldoc_node *boxes = yamldoc_get(pending->node, "fields");
	const struct yamldoc_node *reason = yamldoc_get(pending->node, "reason");
	const struct rules_category *chosen =
	    reason != NULL ? rules_category_find(reader->rules, reason->text) : NULL;
	size_t i;

	for (i = 0; boxes != NULL && boxes->type == YAMLDOC_MAP && i < boxes->count; i++) {
		const struct yamldoc_node *name = boxes->pairs[i].key;

		if (rules_name_valid(name->text, false) &&
		    !rules_has_field(chosen, name->text) &&
		    !rules_has_field(pending->category, name->text))
			rules_check_field_names(reader, category, name);
	}
}

void
rules_check_examples(struct rules_reader *reader)
{
	const struct rules_pending *pending;
	size_t i;

	for (pending = reader->examples; pending != NULL; pending = pending->next) {
		const struct rules_category *category = rules_expected_category(reader, pending);
		const struct yamldoc_node *missing = yamldoc_get(pending->node, "missing");
		const struct yamldoc_node *found = yamldoc_get(pending->node, "found");

		rules_check_reason(reader, yamldoc_get(pending->node, "reason"));
		if (category == NULL)
			continue;
		rules_check_boxes_of(reader, pending, category);
		for (i = 0; missing != NULL && i < missing->count; i++)
			if (missing->type == YAMLDOC_LIST)
				rules_check_field_names(reader, category, missing->items[i]);
		for (i = 0; found != NULL && i < found->count; i++)
			if (found->type == YAMLDOC_MAP)
				rules_check_field_names(reader, category, found->pairs[i].key);
	}
}
