/* SPDX-License-Identifier: MIT */
/*
 * The values of single scalars: every type is decided by who reads, never by
 * how the text looks.
 */
#include "rules_read.h"

#include <stdlib.h>
#include <string.h>

#include "timestamp.h"

int
rules_expect_as(struct rules_reader *reader, const struct yamldoc_node *node,
    enum yamldoc_type type, const char *what, const char *hint)
{
	static const char *const types[] = {"a text", "a list", "a map"};

	if (node->type == type)
		return 0;
	if (node->type == YAMLDOC_SCALAR && node->text.n == 0)
		return diag_add(reader->diags, DIAG_ERROR, node->place, hint,
		    "nothing here; %s is expected", what);
	return diag_add(reader->diags, DIAG_ERROR, node->place, hint, "%s is expected, not %s",
	    what, types[node->type]);
}

int
rules_expect(struct rules_reader *reader, const struct yamldoc_node *node,
    enum yamldoc_type type, const char *what)
{
	char hint[RULES_HINT];

	return rules_expect_as(
	    reader, node, type, what, rules_hint_expected(node, type, hint));
}

int
rules_read_text(
    struct rules_reader *reader, const struct yamldoc_node *node, struct str *text)
{
	if (rules_expect(reader, node, YAMLDOC_SCALAR, "a text") != 0)
		return -1;
	if (str_trim(node->text).n == 0)
		return diag_add(reader->diags, DIAG_ERROR, node->place,
		    "write the text, or take the key out", "an empty text");
	*text = node->text;
	return 0;
}

bool
rules_name_valid(struct str name, bool dots)
{
	size_t i;

	if (name.n == 0 || name.n > RULES_NAME_BYTES || name.p[0] < 'a' || name.p[0] > 'z' ||
	    name.p[name.n - 1] == '.')
		return false;
	for (i = 0; i < name.n; i++) {
		char c = name.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')
			continue;
		if (!dots || c != '.' || name.p[i - 1] == '.')
			return false;
	}
	return true;
}

int
rules_read_name(
    struct rules_reader *reader, const struct yamldoc_node *node, struct str *name)
{
	char hint[RULES_HINT];

	if (rules_read_text(reader, node, name) != 0)
		return -1;
	if (rules_name_valid(*name, false))
		return 0;
	return diag_add(reader->diags, DIAG_ERROR, node->place,
	    rules_hint_name(*name, false, hint), "'%.*s' is no name", STR_ARG(*name));
}

/* Digits, with a sign before them if that is allowed. */
static bool
rules_digits(struct str text, int64_t *number)
{
	bool negative = text.n > 0 && text.p[0] == '-';
	size_t i = negative;

	*number = 0;
	if (i >= text.n || text.n - i > 15)
		return false;
	for (; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		*number = *number * 10 + (text.p[i] - '0');
	}
	if (negative)
		*number = -*number;
	return true;
}

int
rules_read_integer(struct rules_reader *reader, const struct yamldoc_node *node,
    int64_t minimum, int64_t maximum, int64_t *number)
{
	int64_t value;

	if (rules_expect(reader, node, YAMLDOC_SCALAR, "a whole number") != 0)
		return -1;
	if (!rules_digits(node->text, &value))
		return diag_add(reader->diags, DIAG_ERROR, node->place, "write digits only",
		    "'%.*s' is not a whole number", STR_ARG(node->text));
	if (value < minimum || value > maximum)
		return diag_add(reader->diags, DIAG_ERROR, node->place, "",
		    "%lld is not between %lld and %lld", (long long)value, (long long)minimum,
		    (long long)maximum);
	*number = value;
	return 0;
}

/* Thousands and three decimals at most: such a number prints back exactly. */
int
rules_read_number(
    struct rules_reader *reader, const struct yamldoc_node *node, double *number)
{
	const char *dot;
	int64_t whole, fraction = 0;
	struct str before = node->text, after = {NULL, 0};
	double scale = 1;
	size_t i;

	if (rules_expect(reader, node, YAMLDOC_SCALAR, "a number") != 0)
		return -1;
	dot = memchr(node->text.p, '.', node->text.n);
	if (dot != NULL) {
		before = str_part(node->text, 0, (size_t)(dot - node->text.p));
		after = str_part(node->text, before.n + 1, node->text.n);
	}
	if (!rules_digits(before, &whole) ||
	    (dot != NULL && (after.n == 0 || after.n > 3 || after.p[0] == '-' ||
				!rules_digits(after, &fraction))))
		return diag_add(reader->diags, DIAG_ERROR, node->place,
		    "digits, and at most three behind a point",
		    "'%.*s' is not a number", STR_ARG(node->text));
	if (whole < -1000 || whole > 1000)
		return diag_add(reader->diags, DIAG_ERROR, node->place, "",
		    "%.*s is not between -1000 and 1000", STR_ARG(node->text));
	for (i = 0; i < after.n; i++)
		scale *= 10;
	*number = node->text.p[0] == '-' ? (double)whole - (double)fraction / scale
					 : (double)whole + (double)fraction / scale;
	return 0;
}

int
rules_read_boolean(struct rules_reader *reader, const struct yamldoc_node *node, bool *value)
{
	static const char *const hints[] = {"write true or false", "write false", "write true"};

	if (rules_expect(reader, node, YAMLDOC_SCALAR, "true or false") != 0)
		return -1;
	*value = str_is(node->text, "true");
	if (*value || str_is(node->text, "false"))
		return 0;
	return diag_add(reader->diags, DIAG_ERROR, node->place,
	    hints[rules_hint_truth(node->text) + 1], "'%.*s' is neither true nor false",
	    STR_ARG(node->text));
}

/* One number with its unit at the text's start; its bytes, or 0. */
static size_t
rules_duration_part(struct str text, int64_t *ms)
{
	size_t digits = 0, unit;
	struct str rest;
	int64_t number;

	while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
		digits++;
	if (digits > 5 || !rules_digits(str_part(text, 0, digits), &number))
		return 0;
	rest = str_part(text, digits, text.n);
	if (str_starts(rest, "min")) {
		unit = 3;
		*ms = number * 60000;
	} else if (str_starts(rest, "h")) {
		unit = 1;
		*ms = number * 3600000;
	} else if (str_starts(rest, "d")) {
		unit = 1;
		*ms = number * 86400000;
	} else {
		return 0;
	}
	return digits + unit;
}

int
rules_read_duration(
    struct rules_reader *reader, const struct yamldoc_node *node, int64_t *ms)
{
	struct str rest = node->text;
	int64_t sum = 0, part = 0;
	size_t taken = 1;

	if (rules_expect(reader, node, YAMLDOC_SCALAR, "a duration") != 0)
		return -1;
	for (; rest.n > 0 && taken > 0; rest = str_part(rest, taken, rest.n)) {
		taken = rules_duration_part(rest, &part);
		sum += taken > 0 ? part : 0;
	}
	if (taken == 0 || node->text.n == 0)
		return diag_add(reader->diags, DIAG_ERROR, node->place,
		    "a number with min, h or d: 30min, 4h, 2d (of 24 hours), 1h30min",
		    "'%.*s' is not a duration", STR_ARG(node->text));
	if (sum <= 0 || sum > INT64_C(366) * 86400000)
		return diag_add(reader->diags, DIAG_ERROR, node->place, "",
		    "a duration must be more than nothing and at most 366d");
	*ms = sum;
	return 0;
}

int
rules_read_date(
    struct rules_reader *reader, const struct yamldoc_node *node, int64_t *days)
{
	struct str text = node->text;
	int64_t year, month, day;

	if (rules_expect(reader, node, YAMLDOC_SCALAR, "a date") != 0)
		return -1;
	if (text.n != 10 || text.p[4] != '-' || text.p[7] != '-' ||
	    !rules_digits(str_part(text, 0, 4), &year) ||
	    !rules_digits(str_part(text, 5, 7), &month) ||
	    !rules_digits(str_part(text, 8, 10), &day))
		return diag_add(reader->diags, DIAG_ERROR, node->place, "YYYY-MM-DD",
		    "'%.*s' is not a date", STR_ARG(text));
	if (!civil_date_valid((int)year, (int)month, (int)day))
		return diag_add(reader->diags, DIAG_ERROR, node->place, "",
		    "there is no %.*s in the calendar", STR_ARG(text));
	*days = civil_days((int)year, (int)month, (int)day);
	return 0;
}

int
rules_read_choice(struct rules_reader *reader, const struct yamldoc_node *node,
    const char *what, const char *const *names, size_t count)
{
	char hint[RULES_HINT];
	size_t i;

	if (rules_expect(reader, node, YAMLDOC_SCALAR, what) != 0)
		return -1;
	for (i = 0; i < count; i++)
		if (str_is(node->text, names[i]))
			return (int)i;
	return diag_add(reader->diags, DIAG_ERROR, node->place,
	    rules_hint_choice(node->text, names, count, hint), "'%.*s' is not %s",
	    STR_ARG(node->text), what);
}

static int
rules_read_locale(
    struct rules_reader *reader, const struct yamldoc_node *node, unsigned *set)
{
	const struct rules *rules = reader->rules;
	int index;

	if (rules_expect(reader, node, YAMLDOC_SCALAR, "a locale") != 0)
		return -1;
	index = rules_locale_find(rules, node->text);
	if (index < 0 && rules_hint_truth(node->text) >= 0)
		return diag_add(reader->diags, DIAG_ERROR, node->place,
		    rules_hint_truth(node->text) == 1
		        ? "write 'all' for every language, or a list of some: [en]"
		        : "take the key out: without it, it is in no language",
		    "which languages? '%.*s' names none", STR_ARG(node->text));
	if (index < 0)
		return rules_unknown_shared(reader, node, "locale", rules->locale_names,
		    rules->locale_count, sizeof(rules->locale_names[0]));
	*set |= 1u << index;
	return 0;
}

int
rules_read_locale_set(
    struct rules_reader *reader, const struct yamldoc_node *node, unsigned *set)
{
	int result = 0;
	size_t i;

	*set = 0;
	if (node->type == YAMLDOC_SCALAR && str_is(node->text, "all")) {
		*set = (1u << reader->rules->locale_count) - 1;
		return 0;
	}
	if (node->type != YAMLDOC_LIST)
		return rules_read_locale(reader, node, set);
	if (node->count == 0)
		return diag_add(reader->diags, DIAG_ERROR, node->place,
		    "leave the key out, or write 'all'", "an empty list of locales");
	for (i = 0; i < node->count; i++)
		if (rules_read_locale(reader, node->items[i], set) != 0)
			result = -1;
	return result;
}

int
rules_read_text_list(struct rules_reader *reader, const struct yamldoc_node *node,
    const struct str **items, size_t *count)
{
	struct str *list;
	size_t i;
	int result = 0;

	if (rules_expect(reader, node, YAMLDOC_LIST, "a list") != 0)
		return -1;
	if (node->count == 0)
		return diag_add(reader->diags, DIAG_ERROR, node->place, "leave the key out",
		    "an empty list");
	list = rules_alloc(reader, node->count, sizeof(list[0]));
	*count = 0;
	for (i = 0; i < node->count; i++) {
		if (rules_read_text(reader, node->items[i], &list[*count]) == 0)
			(*count)++;
		else
			result = -1;
	}
	*items = list;
	return result;
}

const struct yamldoc_node *
rules_key_node(const struct yamldoc_node *map, const char *key)
{
	size_t i;

	for (i = 0; map->type == YAMLDOC_MAP && i < map->count; i++)
		if (str_is(map->pairs[i].key->text, key))
			return map->pairs[i].key;
	return NULL;
}

void
rules_need_locales(struct rules_reader *reader, const struct yamldoc_node *map,
    const char *key, const struct str *texts, unsigned wanted)
{
	const struct rules_key missing = {.name = key, .type = RULES_TEXT_BY_LOCALE};
	const struct yamldoc_node *node = yamldoc_get(map, key);
	const struct rules *rules = reader->rules;
	char hint[RULES_HINT];
	size_t i;

	if (node != NULL && node->type != YAMLDOC_MAP)
		return; /* already told */
	for (i = 0; i < rules->locale_count; i++)
		if ((wanted >> i & 1) != 0 && texts[i].p == NULL &&
		    (node == NULL || yamldoc_get(node, rules->locale_names[i].p) == NULL))
			diag_add(reader->diags, DIAG_ERROR,
			    node != NULL ? rules_key_node(map, key)->place : reader->owner,
			    node != NULL
			        ? rules_hint_add_locale(reader, node, key, " …", i, hint)
			        : rules_hint_missing(reader, &missing, hint),
			    "no '%s' in '%.*s'", key, STR_ARG(rules->locale_names[i]));
}
