/* SPDX-License-Identifier: MIT */
/*
 * Categories: who answers, how it is recognized, what is needed, what is said.
 */
#include "rules_read.h"

static void
rules_begin_category(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_category *category = target;

	(void)node;
	reader->category = category;
	category->wait = reader->rules->follow_up.wait;
	category->audience = RULES_AUDIENCES; /* none yet */
}

static void
rules_read_audience(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	const struct rules *rules = reader->rules;
	struct rules_category *category = target;
	struct str name;
	int index;

	if (rules_read_text(reader, node, &name) != 0)
		return;
	index = rules_audience_find(rules, name);
	if (index < 0) {
		rules_unknown_shared(reader, node, "audience", rules->audiences,
		    rules->audience_count, sizeof(rules->audiences[0]));
		return;
	}
	category->audience = (unsigned)index;
	if (!str_starts(category->name, name.p) || category->name.n <= name.n ||
	    category->name.p[name.n] != '.')
		diag_add(reader->diags, DIAG_WARNING, node->place,
		    "begin its name with its audience and a dot",
		    "the category '%.*s' is for '%.*s', but its name says otherwise",
		    STR_ARG(category->name), STR_ARG(name));
}

void
rules_read_team(struct rules_reader *reader, const struct yamldoc_node *node,
    const struct rules_team **team)
{
	const struct rules *rules = reader->rules;
	struct str name;

	if (rules_read_text(reader, node, &name) != 0)
		return;
	*team = rules_team_find(rules, name);
	if (*team == NULL)
		rules_unknown_shared(reader, node, "team",
		    rules->teams != NULL ? &rules->teams[0].name : NULL, rules->team_count,
		    sizeof(rules->teams[0]));
}

void
rules_read_priority(struct rules_reader *reader, const struct yamldoc_node *node,
    const struct rules_priority **priority)
{
	const struct rules *rules = reader->rules;
	struct str name;
	size_t i;

	if (rules_read_text(reader, node, &name) != 0)
		return;
	for (i = 0; i < rules->priority_count; i++)
		if (str_eq(rules->priorities[i].name, name))
			*priority = &rules->priorities[i];
	if (*priority == NULL)
		rules_unknown_shared(reader, node, "priority",
		    rules->priorities != NULL ? &rules->priorities[0].name : NULL,
		    rules->priority_count, sizeof(rules->priorities[0]));
}

static void
rules_read_own_team(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	rules_read_team(reader, node, &((struct rules_category *)target)->team);
}

static void
rules_read_own_priority(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	rules_read_priority(reader, node, &((struct rules_category *)target)->priority);
}

static const struct rules_key rules_keys_answer[] = {
    {"subject", RULES_TEMPLATE, true, .offset = offsetof(struct rules_answer, subject),
	.kinds = 1u << TEMPLATE_TEAM},
    {"help", RULES_TEMPLATE, true, .offset = offsetof(struct rules_answer, help),
	.kinds = RULES_KINDS_ANSWER},
    {"routed", RULES_TEMPLATE, false, .kinds = RULES_KINDS_ANSWER,
	.offset = offsetof(struct rules_answer, paragraph[PARAGRAPH_ROUTED])},
    {"needs_info", RULES_TEMPLATE, false, .kinds = RULES_KINDS_ASKING,
	.offset = offsetof(struct rules_answer, paragraph[PARAGRAPH_NEEDS_INFO])},
    {"answered", RULES_TEMPLATE, false, .kinds = RULES_KINDS_ANSWER,
	.offset = offsetof(struct rules_answer, paragraph[PARAGRAPH_ANSWERED])},
    {"asked_again", RULES_TEMPLATE, false, .kinds = RULES_KINDS_ASKING,
	.offset = offsetof(struct rules_answer, paragraph[PARAGRAPH_ASKED_AGAIN])},
    {"reminder", RULES_TEMPLATE, false, .kinds = RULES_KINDS_ASKING,
	.offset = offsetof(struct rules_answer, paragraph[PARAGRAPH_REMINDER])},
    {"to_people", RULES_TEMPLATE, false, .kinds = RULES_KINDS_ANSWER,
	.offset = offsetof(struct rules_answer, paragraph[PARAGRAPH_TO_PEOPLE])},
};
static const struct rules_shape rules_shape_answer = {.what = "an answer",
    .keys = rules_keys_answer,
    .key_count = sizeof(rules_keys_answer) / sizeof(rules_keys_answer[0]),
    .size = sizeof(struct rules_answer)};
static const struct rules_shape rules_shape_answers = {
    .what = "answers, by locale", .per_locale = &rules_shape_answer};

#define CATEGORY(member) .offset = offsetof(struct rules_category, member)
#define CATEGORY_LIST_OF(member, counter) \
	CATEGORY(member), .count_offset = offsetof(struct rules_category, counter)

/* Settled before (rules_like.c); still there when that went wrong. */
static void
rules_read_like(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	(void)reader;
	(void)node;
	(void)target;
}

/* Fields before gates, routes and examples, which refer to them. */
static const struct rules_key rules_keys_category[] = {
    {"like", RULES_SPECIAL, false, .read = rules_read_like, .takes = TAKES_TEXT},
    {"audience", RULES_SPECIAL, true, .read = rules_read_audience, .takes = TAKES_TEXT},
    {"team", RULES_SPECIAL, true, .read = rules_read_own_team, .takes = TAKES_TEXT},
    {"priority", RULES_SPECIAL, true, .read = rules_read_own_priority, .takes = TAKES_TEXT},
    {"fallback", RULES_BOOLEAN, false, CATEGORY(fallback)},
    {"self_service", RULES_LOCALE_SET, false, CATEGORY(self_service)},
    {"position", RULES_COUNT, false, CATEGORY(position)},
    {"label", RULES_TEXT_BY_LOCALE, true, CATEGORY(label)},
    {"signals", RULES_MAP_LIST, false, CATEGORY_LIST_OF(signals, signal_count),
	.shape = &rules_shape_signal},
    {"fields", RULES_MAPS_BY_NAME, false, CATEGORY_LIST_OF(fields, field_count),
	.shape = &rules_shape_field},
    {"gates", RULES_MAP_LIST, false, CATEGORY_LIST_OF(gates, gate_count),
	.shape = &rules_shape_gate},
    {"routes", RULES_MAP_LIST, false, CATEGORY_LIST_OF(routes, route_count),
	.shape = &rules_shape_route},
    {"wait", RULES_MAP, false, CATEGORY(wait), .shape = &rules_shape_wait},
    {"answers", RULES_MAP, true, CATEGORY(answers), .shape = &rules_shape_answers},
    {"examples", RULES_MAP_LIST, false, CATEGORY_LIST_OF(examples, example_count),
	.shape = &rules_shape_example},
};

/* Whether two signals look for the same where both look. */
static bool
rules_signals_equal(const struct rules_signal *a, const struct rules_signal *b)
{
	if (a->kind != b->kind || (a->locales & b->locales) == 0)
		return false;
	if (a->kind == SIGNAL_FIELD)
		return a->field.n > 0 && str_eq(a->field, b->field);
	return a->pattern != NULL && b->pattern != NULL &&
	    (a->part == b->part || a->part == PART_ANY || b->part == PART_ANY) &&
	    str_eq(a->pattern->expanded, b->pattern->expanded);
}

static void
rules_check_signals(struct rules_reader *reader, const struct rules_category *category)
{
	size_t i, k;

	for (i = 1; i < category->signal_count; i++) {
		const struct rules_signal *signal = &category->signals[i];

		for (k = 0; k < i; k++)
			if (rules_signals_equal(&category->signals[k], signal))
				break;
		if (k < i)
			diag_add(reader->diags, DIAG_ERROR,
			    signal->pattern != NULL ? signal->pattern->place : signal->place,
			    "", "the same signal is there already, in line %u of %s",
			    category->signals[k].place.line, category->signals[k].place.file);
	}
}

static bool
rules_field_known(const struct rules_category *category, struct str name)
{
	size_t i;

	for (i = 0; i < category->field_count; i++)
		if (str_eq(category->fields[i].name, name))
			return true;
	return false;
}

/* one_of may name a field further down, so it is looked at when all are read. */
static void
rules_check_one_of(struct rules_reader *reader, const struct rules_category *category,
    const struct yamldoc_pair *field)
{
	const struct yamldoc_node *list = yamldoc_get(field->value, "one_of");
	size_t i;

	if (list == NULL || list->type != YAMLDOC_LIST)
		return;
	for (i = 0; i < list->count; i++) {
		if (str_eq(list->items[i]->text, field->key->text))
			diag_add(reader->diags, DIAG_ERROR, list->items[i]->place, "",
			    "a field cannot stand in for itself");
		else if (!rules_field_known(category, list->items[i]->text))
			rules_unknown(reader, list->items[i], "field",
			    &category->fields[0].name, category->field_count,
			    sizeof(category->fields[0]));
	}
}

/* Explanations tell gates and routes by their names. */
static void
rules_check_name_new(struct rules_reader *reader, const char *what,
    const struct rules_condition *first, const struct rules_condition *second)
{
	if (first->name.n > 0 && str_eq(first->name, second->name))
		diag_add(reader->diags, DIAG_ERROR, second->place, "",
		    "the %s '%.*s' is there already, in line %u", what,
		    STR_ARG(second->name), first->place.line);
}

static void
rules_check_names(struct rules_reader *reader, const struct rules_category *category)
{
	size_t i, k;

	for (i = 1; i < category->gate_count; i++)
		for (k = 0; k < i; k++)
			rules_check_name_new(reader, "gate", &category->gates[k].when,
			    &category->gates[i].when);
	for (i = 1; i < category->route_count; i++)
		for (k = 0; k < i; k++)
			rules_check_name_new(reader, "route", &category->routes[k].when,
			    &category->routes[i].when);
}

static void
rules_finish_category(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	const struct yamldoc_node *fields = yamldoc_get(node, "fields");
	const struct yamldoc_node *answers = yamldoc_get(node, "answers");
	const struct rules *rules = reader->rules;
	struct rules_category *category = target;
	char hint[RULES_HINT];
	size_t i;

	if (yamldoc_get(node, "label") != NULL)
		rules_need_locales(reader, node, "label", category->label, ~0u);
	for (i = 0; answers != NULL && i < rules->locale_count; i++)
		if (yamldoc_get(answers, rules->locale_names[i].p) == NULL)
			diag_add(reader->diags, DIAG_ERROR,
			    rules_key_node(node, "answers")->place,
			    rules_hint_add_locale(reader, answers, "answers", "", i, hint),
			    "no answer in '%.*s'", STR_ARG(rules->locale_names[i]));
	rules_check_signals(reader, category);
	rules_check_names(reader, category);
	if (fields != NULL && fields->type == YAMLDOC_MAP && category->fields != NULL)
		for (i = 0; i < fields->count; i++)
			rules_check_one_of(reader, category, &fields->pairs[i]);
	category->own_signal_count = category->signal_count;
	rules_join_concepts(
	    reader, category->name, &category->signals, &category->signal_count);
	if (category->signal_count == 0 && !category->fallback && rules_sound(reader) &&
	    !rules_trains(reader->rules, category->name))
		diag_add(reader->diags, DIAG_WARNING, reader->owner, "",
		    "no signals, concepts or training: only the form's reason leads here");
}

const struct rules_shape rules_shape_category = {.what = "a category",
    .keys = rules_keys_category,
    .key_count = sizeof(rules_keys_category) / sizeof(rules_keys_category[0]),
    .size = sizeof(struct rules_category),
    .name_offset = offsetof(struct rules_category, name),
    .place_offset = offsetof(struct rules_category, place),
    .sorted = true,
    .dotted = true,
    .begin = rules_begin_category,
    .finish = rules_finish_category};
