/* SPDX-License-Identifier: MIT */
#include "rules.h"

#include <string.h>

#include "tz.h"

const char *const outcome_names[OUTCOME_COUNT] = {
    "routed", "needs_info", "answered", "no_action"};
const char *const field_type_names[FIELD_FILE + 1] = {"text", "person_name", "date", "url",
    "integer", "boolean", "enum", "list", "file"};
const char *const field_lean_names[FIELD_LEAN_FUTURE + 1] = {"neither", "past", "future"};
const char *const paragraph_names[PARAGRAPH_COUNT] = {
    "routed", "needs_info", "answered", "no_action", "asked_again", "reminder",
    "to_people"};
const char *const wait_end_names[WAIT_PEOPLE + 1] = {"close", "people"};

void
rules_free(struct rules *rules)
{
	if (rules == NULL)
		return;
	tz_free(rules->tz);
	arena_free(rules->arena); /* and rules itself */
}

/* Categories are in the order of their names. */
const struct rules_category *
rules_category_find(const struct rules *rules, struct str name)
{
	size_t low = 0, high = rules->category_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_cmp(rules->categories[middle].name, name);

		if (order == 0)
			return &rules->categories[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int
rules_index(const struct str *names, size_t count, struct str name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (str_eq(names[i], name))
			return (int)i;
	return -1;
}

int
rules_locale_find(const struct rules *rules, struct str name)
{
	return rules_index(rules->locale_names, rules->locale_count, name);
}

int
rules_audience_find(const struct rules *rules, struct str name)
{
	return rules_index(rules->audiences, rules->audience_count, name);
}

const struct rules_team *
rules_team_find(const struct rules *rules, struct str name)
{
	size_t i;

	for (i = 0; i < rules->team_count; i++)
		if (str_eq(rules->teams[i].name, name))
			return &rules->teams[i];
	return NULL;
}

const struct rules_link *
rules_link_find(const struct rules *rules, struct str name)
{
	size_t i;

	for (i = 0; i < rules->link_count; i++)
		if (str_eq(rules->links[i].name, name))
			return &rules->links[i];
	return NULL;
}

bool
rules_topic_is_of(struct str topic, struct str category)
{
	const char *dot = memchr(category.p, '.', category.n);

	return str_eq(topic, category) || (dot != NULL &&
	    str_eq(topic, str_part(category, (size_t)(dot - category.p) + 1, category.n)));
}

bool
rules_trains(const struct rules *rules, struct str category)
{
	size_t i;

	for (i = 0; i < rules->phrase_count; i++)
		if (rules_topic_is_of(rules->phrases[i].topic, category))
			return true;
	return false;
}
