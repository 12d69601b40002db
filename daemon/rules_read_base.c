/* SPDX-License-Identifier: MIT */
/*
 * The sections that are not categories, and the table of all sections. Its
 * order is the order of reading: a section only refers to those before it.
 */
#include "rules_read.h"

#include <stdlib.h>

#include "limits.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct rules_key rules_keys_paragraphs[] = {
    {"routed", RULES_TEMPLATE, false, .kinds = RULES_KINDS_ANSWER,
	.offset = PARAGRAPH_ROUTED * sizeof(struct rules_template)},
    {"needs_info", RULES_TEMPLATE, false, .kinds = RULES_KINDS_ASKING,
	.offset = PARAGRAPH_NEEDS_INFO * sizeof(struct rules_template)},
    {"answered", RULES_TEMPLATE, false, .kinds = RULES_KINDS_ANSWER,
	.offset = PARAGRAPH_ANSWERED * sizeof(struct rules_template)},
    {"asked_again", RULES_TEMPLATE, false, .kinds = RULES_KINDS_ASKING,
	.offset = PARAGRAPH_ASKED_AGAIN * sizeof(struct rules_template)},
    {"reminder", RULES_TEMPLATE, false, .kinds = RULES_KINDS_ASKING,
	.offset = PARAGRAPH_REMINDER * sizeof(struct rules_template)},
    {"to_people", RULES_TEMPLATE, false, .kinds = RULES_KINDS_ANSWER,
	.offset = PARAGRAPH_TO_PEOPLE * sizeof(struct rules_template)},
};
static const struct rules_shape rules_shape_paragraphs = {.what = "paragraphs",
    .keys = rules_keys_paragraphs,
    .key_count = COUNT(rules_keys_paragraphs)};

static const struct rules_key rules_keys_locale[] = {
    {"words", RULES_TEXT_LIST, true, .offset = offsetof(struct rules_locale, words),
	.count_offset = offsetof(struct rules_locale, word_count)},
    {"greeting", RULES_TEMPLATE, true, .offset = offsetof(struct rules_locale, greeting),
	.kinds = RULES_KINDS_ANSWER},
    {"closing", RULES_TEMPLATE, true, .offset = offsetof(struct rules_locale, closing),
	.kinds = RULES_KINDS_ANSWER},
    {"paragraphs", RULES_MAP, false, .offset = offsetof(struct rules_locale, paragraph),
	.shape = &rules_shape_paragraphs},
};

static int
rules_compare_words(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* The words' places are in the node, so they are checked there, then sorted:
 * their order means nothing, and they are looked up by bisection. */
static void
rules_finish_locale(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_locale *locale = target;
	const struct yamldoc_node *words = yamldoc_get(node, "words");
	struct str *sorted = (struct str *)locale->words;
	size_t i, k;

	if (words == NULL || words->type != YAMLDOC_LIST || locale->word_count == 0)
		return;
	for (i = 0; i < words->count; i++) {
		struct str word = words->items[i]->text;

		for (k = 0; k < word.n; k++)
			if (!((word.p[k] >= 'a' && word.p[k] <= 'z') || word.p[k] == '\'' ||
				word.p[k] == '-'))
				break;
		if (words->items[i]->type == YAMLDOC_SCALAR && k < word.n)
			diag_add(reader->diags, DIAG_ERROR, words->items[i]->place,
			    "small letters without accents only: the text is folded before",
			    "'%.*s' is never a word of folded text", STR_ARG(word));
	}
	qsort(sorted, locale->word_count, sizeof(sorted[0]), rules_compare_words);
	for (i = k = 1; i < locale->word_count; i++)
		if (!str_eq(sorted[i], sorted[k - 1]))
			sorted[k++] = sorted[i];
	locale->word_count = k;
}

static const struct rules_shape rules_shape_locale = {.what = "a locale",
    .keys = rules_keys_locale,
    .key_count = COUNT(rules_keys_locale),
    .finish = rules_finish_locale};

static bool
rules_locale_valid(struct str name)
{
	size_t i;

	if (name.n < 2 || name.n > LIMIT_LOCALE_BYTES || name.p[0] == '-' || str_is(name, "all"))
		return false;
	for (i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'))
			return false;
	}
	return true;
}

static void
rules_read_locales(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules *rules = target;
	size_t i;

	if (rules_expect(reader, node, YAMLDOC_MAP, "a map of locales") != 0)
		return;
	if (node->count == 0 || node->count > RULES_LOCALES) {
		diag_add(reader->diags, DIAG_ERROR, node->place, "", "1 to %d locales, not %zu",
		    RULES_LOCALES, node->count);
		return;
	}
	rules_sort_pairs(node);
	for (i = 0; i < node->count; i++) {
		const struct yamldoc_node *key = node->pairs[i].key;

		if (!rules_locale_valid(key->text))
			diag_add(reader->diags, DIAG_ERROR, key->place, "such as en or pt-BR",
			    "'%.*s' is no locale", STR_ARG(key->text));
		rules->locale_names[i] = key->text;
		rules->locales[i].name = key->text;
		rules->locales[i].place = key->place;
	}
	rules->locale_count = node->count;
	for (i = 0; i < node->count; i++) {
		reader->locale = (unsigned)i;
		rules_read_map(reader, &rules_shape_locale, node->pairs[i].value,
		    node->pairs[i].key->place, &rules->locales[i]);
	}
}

static const struct rules_key rules_keys_link[] = {
    {"title", RULES_TEXT, true, .offset = offsetof(struct rules_link, title)},
    {"url", RULES_TEXT, true, .offset = offsetof(struct rules_link, url)},
};

void
rules_check_url(struct rules_reader *reader, const struct yamldoc_node *url)
{
	size_t i;

	if (url == NULL || url->type != YAMLDOC_SCALAR || url->text.n == 0)
		return;
	for (i = 0; i < url->text.n; i++)
		if (url->text.p[i] <= ' ')
			break;
	if (i < url->text.n || !(str_starts(url->text, "https://") ||
				   str_starts(url->text, "http://")))
		diag_add(reader->diags, DIAG_ERROR, url->place, "https://…, without spaces",
		    "'%.*s' is no address of a page", STR_ARG(url->text));
}

static void
rules_finish_link(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	(void)target;
	rules_check_url(reader, yamldoc_get(node, "url"));
}

/* Title and address stand in two arrays; at a locale's index both move by the
 * size of one text. */
static const struct rules_shape rules_shape_link_text = {.what = "a link's text",
    .keys = rules_keys_link,
    .key_count = COUNT(rules_keys_link),
    .size = sizeof(struct str),
    .finish = rules_finish_link};
static const struct rules_shape rules_shape_link = {.what = "a link",
    .per_locale = &rules_shape_link_text,
    .size = sizeof(struct rules_link),
    .name_offset = offsetof(struct rules_link, name),
    .place_offset = offsetof(struct rules_link, place),
    .sorted = true};

static void
rules_read_team_calendar(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	const struct rules *rules = reader->rules;
	struct rules_team *team = target;
	struct str name;
	size_t i;

	if (rules_read_text(reader, node, &name) != 0)
		return;
	for (i = 0; i < rules->calendar_count; i++)
		if (str_eq(rules->calendars[i].name, name))
			team->calendar = &rules->calendars[i];
	if (team->calendar == NULL)
		rules_unknown_shared(reader, node, "calendar",
		    rules->calendars != NULL ? &rules->calendars[0].name : NULL,
		    rules->calendar_count, sizeof(rules->calendars[0]));
}

static const struct rules_key rules_keys_team[] = {
    {"title", RULES_TEXT_BY_LOCALE, true, .offset = offsetof(struct rules_team, title)},
    {"calendar", RULES_SPECIAL, false, .read = rules_read_team_calendar, .takes = TAKES_TEXT},
};

static void
rules_finish_team(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	const struct rules_team *team = target;

	if (yamldoc_get(node, "title") != NULL)
		rules_need_locales(reader, node, "title", team->title, ~0u);
}

static const struct rules_shape rules_shape_team = {.what = "a team",
    .keys = rules_keys_team,
    .key_count = COUNT(rules_keys_team),
    .size = sizeof(struct rules_team),
    .name_offset = offsetof(struct rules_team, name),
    .place_offset = offsetof(struct rules_team, place),
    .sorted = true,
    .finish = rules_finish_team};

static const struct rules_key rules_keys_priority[] = {
    {"target", RULES_DURATION, true, .offset = offsetof(struct rules_priority, target_ms)},
};
static const struct rules_shape rules_shape_priority = {.what = "a priority",
    .keys = rules_keys_priority,
    .key_count = COUNT(rules_keys_priority),
    .size = sizeof(struct rules_priority),
    .name_offset = offsetof(struct rules_priority, name),
    .place_offset = offsetof(struct rules_priority, place)};

static const struct rules_key rules_keys_chatter[] = {
    {"minimum", RULES_NUMBER, true, .offset = offsetof(struct rules, chatter_min_score)},
    {"signals", RULES_MAP_LIST, true, .offset = offsetof(struct rules, chatter),
	.count_offset = offsetof(struct rules, chatter_count), .shape = &rules_shape_signal},
};

static void
rules_finish_chatter(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules *rules = target;

	(void)node;
	rules->own_chatter_count = rules->chatter_count;
	rules_join_concepts(reader, STR(RULES_CHATTER), &rules->chatter, &rules->chatter_count);
}

static const struct rules_shape rules_shape_chatter = {.what = "chatter",
    .keys = rules_keys_chatter,
    .key_count = COUNT(rules_keys_chatter),
    .finish = rules_finish_chatter};

/* Read where a category's field is like one of them (rules_like.c). */
static void
rules_read_shared_fields(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	(void)reader;
	(void)node;
	(void)target;
}

static const struct rules_key rules_keys_file[] = {
    {"locales", RULES_SPECIAL, true, .read = rules_read_locales,
	.takes = TAKES_MAPS_BY_LOCALE, .shape = &rules_shape_locale},
    {"policy", RULES_MAP, true, .shape = &rules_shape_policy},
    {"words", RULES_SPECIAL, false, .read = rules_read_words, .takes = TAKES_WORDS},
    {"links", RULES_MAPS_BY_NAME, false, .offset = offsetof(struct rules, links),
	.count_offset = offsetof(struct rules, link_count), .shape = &rules_shape_link},
    {"calendars", RULES_MAPS_BY_NAME, false, .offset = offsetof(struct rules, calendars),
	.count_offset = offsetof(struct rules, calendar_count),
	.shape = &rules_shape_calendar},
    {"teams", RULES_MAPS_BY_NAME, true, .offset = offsetof(struct rules, teams),
	.count_offset = offsetof(struct rules, team_count), .shape = &rules_shape_team},
    {"priorities", RULES_MAPS_BY_NAME, true, .offset = offsetof(struct rules, priorities),
	.count_offset = offsetof(struct rules, priority_count),
	.shape = &rules_shape_priority},
    {"fields", RULES_SPECIAL, false, .read = rules_read_shared_fields,
	.takes = TAKES_MAPS_BY_NAME, .shape = &rules_shape_field},
    {"concepts", RULES_MAPS_BY_NAME, false, .offset = offsetof(struct rules, concepts),
	.count_offset = offsetof(struct rules, concept_count),
	.shape = &rules_shape_concept},
    {"training", RULES_SPECIAL, false, .read = rules_read_training,
	.takes = TAKES_TEXTS_BY_TOPIC},
    {"categories", RULES_MAPS_BY_NAME, true, .offset = offsetof(struct rules, categories),
	.count_offset = offsetof(struct rules, category_count),
	.shape = &rules_shape_category},
    {"chatter", RULES_MAP, false, .shape = &rules_shape_chatter},
};
const struct rules_shape rules_shape_file = {
    .what = "the rules", .keys = rules_keys_file, .key_count = COUNT(rules_keys_file)};
