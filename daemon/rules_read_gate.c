/* SPDX-License-Identifier: MIT */
/*
 * Gates and routes: conditions on the clock or a field, and what follows from
 * them. Which tests make sense follows from what is tested; the fields of the
 * category are read before.
 *
 * Both begin with their condition, so the keys of conditions are read into
 * either.
 */
#include "rules_read.h"

#include <string.h>

static const char *const rules_clocks[] = {"day_of_month"};
static const char *const rules_otherwises[] = {"answered", "ask"};
const char *const gate_unknown_names[] = {"ask", "answered", "holds"};
static const char *const rules_tests[] = {"at_least", "at_most", "is", "one_of"};

static void
rules_begin_condition(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_condition *when = target;

	(void)node;
	when->locales = (1u << reader->rules->locale_count) - 1;
	when->input = GATE_CLOCK_DAY_OF_MONTH;
}

static void
rules_read_clock(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_condition *when = target;

	if (rules_read_choice(reader, node, "a part of the clock", rules_clocks, 1) == 0)
		when->input = GATE_CLOCK_DAY_OF_MONTH;
}

static void
rules_read_tested_field(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	const struct rules_category *category = reader->category;
	struct rules_condition *when = target;
	struct str name;
	size_t i;

	when->input = GATE_FIELD;
	if (category == NULL || rules_read_text(reader, node, &name) != 0)
		return;
	for (i = 0; i < category->field_count; i++)
		if (str_eq(category->fields[i].name, name))
			when->field = &category->fields[i];
	if (when->field == NULL)
		rules_unknown(reader, node, "field",
		    category->fields != NULL ? &category->fields[0].name : NULL,
		    category->field_count, sizeof(category->fields[0]));
}

/* "1 month", "7 days": a DATE's age. "-7 days": a week ahead. */
static int
rules_read_age(struct rules_reader *reader, const struct yamldoc_node *node,
    struct rules_condition *when, bool most)
{
	struct str text = node->text, unit;
	bool ahead = text.n > 0 && text.p[0] == '-';
	size_t first = ahead ? 1 : 0, i = first;

	when->number = 0;
	for (; i < text.n && i < 4 && text.p[i] >= '0' && text.p[i] <= '9'; i++)
		when->number = when->number * 10 + (text.p[i] - '0');
	unit = str_trim(str_part(text, i, text.n));
	if (str_is(unit, "month") || str_is(unit, "months"))
		when->test = most ? GATE_AGE_MONTHS_MOST : GATE_AGE_MONTHS;
	else if (str_is(unit, "day") || str_is(unit, "days"))
		when->test = most ? GATE_AGE_DAYS_MOST : GATE_AGE_DAYS;
	else
		i = first;
	if (ahead)
		when->number = -when->number;
	if (i > first)
		return 0;
	return diag_add(reader->diags, DIAG_ERROR, node->place,
	    "such as '1 month', '7 days' or, ahead, '-7 days'",
	    "'%.*s' is not an age that a date can have", STR_ARG(text));
}

static bool
rules_tests_type(const struct rules_condition *when, enum field_type type)
{
	return when->field != NULL && when->field->type == type;
}

static void
rules_read_bound(struct rules_reader *reader, const struct yamldoc_node *node,
    struct rules_condition *when, enum gate_test test)
{
	bool of_clock = when->input == GATE_CLOCK_DAY_OF_MONTH;

	if (when->input == GATE_FIELD && when->field == NULL)
		return; /* already told */
	if (rules_expect(reader, node, YAMLDOC_SCALAR, "a number or an age") != 0)
		return;
	when->test = test;
	if (rules_tests_type(when, FIELD_DATE))
		rules_read_age(reader, node, when, test == GATE_AT_MOST);
	else if (of_clock)
		rules_read_integer(reader, node, 1, 31, &when->number);
	else if (rules_tests_type(when, FIELD_INTEGER))
		rules_read_integer(reader, node, -1000000000, 1000000000, &when->number);
	else
		diag_add(reader->diags, DIAG_ERROR, node->place,
		    "at_least, at_most: integer, date · is: boolean · one_of: enum",
		    "'%s' cannot be asked of a field of type %s",
		    test == GATE_AT_LEAST ? "at_least" : "at_most",
		    field_type_names[when->field->type]);
}

static void
rules_read_at_least(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	rules_read_bound(reader, node, target, GATE_AT_LEAST);
}

static void
rules_read_at_most(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	rules_read_bound(reader, node, target, GATE_AT_MOST);
}

/* For tests of one type of field only. */
static bool
rules_needs_type(struct rules_reader *reader, const struct yamldoc_node *node,
    const struct rules_condition *when, enum field_type type, const char *test)
{
	if (rules_tests_type(when, type))
		return true;
	if (when->input != GATE_FIELD || when->field != NULL)
		diag_add(reader->diags, DIAG_ERROR, node->place,
		    "at_least, at_most: integer, date · is: boolean · one_of: enum",
		    "'%s' goes with a field of type %s only", test, field_type_names[type]);
	return false;
}

static void
rules_read_is(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_condition *when = target;
	bool value;

	when->test = GATE_IS_TRUE;
	if (!rules_needs_type(reader, node, when, FIELD_BOOLEAN, "is"))
		return;
	if (rules_read_boolean(reader, node, &value) == 0 && !value)
		diag_add(reader->diags, DIAG_ERROR, node->place,
		    "name the field after the opposite", "a condition asks for 'is: true' only");
}

static void
rules_read_tested_codes(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_condition *when = target;
	size_t i, k;

	when->test = GATE_ONE_OF;
	if (!rules_needs_type(reader, node, when, FIELD_ENUM, "one_of") ||
	    rules_read_text_list(reader, node, &when->codes, &when->code_count) != 0)
		return;
	for (i = 0; i < node->count; i++) {
		const struct rules_field *field = when->field;

		for (k = 0; k < field->code_count; k++)
			if (str_eq(field->codes[k], node->items[i]->text))
				break;
		if (k == field->code_count)
			rules_unknown(reader, node->items[i], "code", field->codes,
			    field->code_count, sizeof(field->codes[0]));
	}
}

static void
rules_read_otherwise(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_gate *gate = target;
	int index = rules_read_choice(reader, node, "what to do", rules_otherwises, 2);

	if (index >= 0)
		gate->otherwise = (enum gate_otherwise)index;
}

static void
rules_read_gate_unknown(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_gate *gate = target;
	int index = rules_read_choice(
	    reader, node, "what to do", gate_unknown_names, GATE_UNKNOWN_HOLDS + 1);

	if (index >= 0)
		gate->unknown = (enum gate_unknown)index;
}

static void
rules_read_route_team(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	rules_read_team(reader, node, &((struct rules_route *)target)->team);
}

static void
rules_read_route_priority(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	rules_read_priority(reader, node, &((struct rules_route *)target)->priority);
}

#define CONDITION_KEYS \
	{"name", RULES_NAME, true, .offset = offsetof(struct rules_condition, name)}, \
	{"clock", RULES_SPECIAL, false, .read = rules_read_clock, RULES_CHOICE(rules_clocks, 1)}, \
	{"field", RULES_SPECIAL, false, .read = rules_read_tested_field, .takes = TAKES_NAME}, \
	{"at_least", RULES_SPECIAL, false, .read = rules_read_at_least, .takes = TAKES_BOUND}, \
	{"at_most", RULES_SPECIAL, false, .read = rules_read_at_most, .takes = TAKES_BOUND}, \
	{"is", RULES_SPECIAL, false, .read = rules_read_is, .takes = TAKES_BOOLEAN}, \
	{"one_of", RULES_SPECIAL, false, .read = rules_read_tested_codes, .takes = TAKES_TEXTS}, \
	{"locales", RULES_LOCALE_SET, false, \
	    .offset = offsetof(struct rules_condition, locales)}

static const struct rules_key rules_keys_gate[] = {
    CONDITION_KEYS,
    {"otherwise", RULES_SPECIAL, true, .read = rules_read_otherwise,
	RULES_CHOICE(rules_otherwises, 2)},
    {"unknown", RULES_SPECIAL, false, .read = rules_read_gate_unknown,
	RULES_CHOICE(gate_unknown_names, GATE_UNKNOWN_HOLDS + 1)},
};

static const struct rules_key rules_keys_route[] = {
    CONDITION_KEYS,
    {"team", RULES_SPECIAL, false, .read = rules_read_route_team, .takes = TAKES_TEXT},
    {"priority", RULES_SPECIAL, false, .read = rules_read_route_priority, .takes = TAKES_TEXT},
    {"without_help", RULES_BOOLEAN, false, .offset = offsetof(struct rules_route, without_help)},
};

static void
rules_check_condition(
    struct rules_reader *reader, const struct yamldoc_node *node, const char *what)
{
	size_t tests = 0, i;

	if ((yamldoc_get(node, "clock") != NULL) == (yamldoc_get(node, "field") != NULL))
		diag_add(reader->diags, DIAG_ERROR, reader->owner, "",
		    "%s needs exactly one of 'clock' and 'field'", what);
	for (i = 0; i < 4; i++)
		tests += yamldoc_get(node, rules_tests[i]) != NULL;
	if (tests != 1)
		diag_add(reader->diags, DIAG_ERROR, reader->owner, "",
		    "%s needs exactly one of 'at_least', 'at_most', 'is' and 'one_of'", what);
}

static void
rules_finish_gate(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	const struct yamldoc_node *otherwise = yamldoc_get(node, "otherwise");
	const struct rules_gate *gate = target;
	const struct rules_field *field = gate->when.field;

	rules_check_condition(reader, node, "a gate");
	if (gate->otherwise != GATE_OTHERWISE_ASK || otherwise == NULL)
		return;
	if (yamldoc_get(node, "clock") != NULL)
		diag_add(reader->diags, DIAG_ERROR, otherwise->place, "",
		    "nobody can be asked for the clock");
	else if (field != NULL && (gate->when.locales & ~field->asked) != 0)
		diag_add(reader->diags, DIAG_ERROR, otherwise->place,
		    "add 'asked' to the field, or 'locales' to the gate",
		    "'%.*s' is not asked for in all locales of this gate",
		    STR_ARG(field->name));
}

static void
rules_finish_route(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	(void)target;
	rules_check_condition(reader, node, "a route");
	if (yamldoc_get(node, "team") == NULL && yamldoc_get(node, "priority") == NULL)
		diag_add(reader->diags, DIAG_ERROR, reader->owner, "",
		    "a route leads to a 'team', a 'priority' or both");
}

const struct rules_shape rules_shape_gate = {.what = "a gate",
    .form = "name: seventh, clock: day_of_month, at_least: 7, otherwise: answered",
    .keys = rules_keys_gate,
    .key_count = sizeof(rules_keys_gate) / sizeof(rules_keys_gate[0]),
    .size = sizeof(struct rules_gate),
    .place_offset = offsetof(struct rules_gate, when.place),
    .begin = rules_begin_condition,
    .finish = rules_finish_gate};

const struct rules_shape rules_shape_route = {.what = "a route",
    .form = "name: urgent, field: a_boolean_field, is: true, priority: high",
    .keys = rules_keys_route,
    .key_count = sizeof(rules_keys_route) / sizeof(rules_keys_route[0]),
    .size = sizeof(struct rules_route),
    .place_offset = offsetof(struct rules_route, when.place),
    .begin = rules_begin_condition,
    .finish = rules_finish_route};
