/* SPDX-License-Identifier: MIT */
/*
 * The section "policy": what holds for every category.
 */
#include "rules_read.h"

#include "err.h"
#include "tz.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
rules_read_time_zone(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules *rules = target;
	struct err err;

	if (rules_read_text(reader, node, &rules->time_zone) != 0)
		return;
	rules->tz = tz_load(rules->time_zone.p, &err);
	if (rules->tz == NULL)
		diag_add(reader->diags, DIAG_ERROR, node->place,
		    "a name of the time zone database, such as Europe/Paris", "%s", err.text);
}

static void
rules_read_audiences(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules *rules = target;
	size_t i;

	if (rules_expect(reader, node, YAMLDOC_LIST, "a list of audiences") != 0)
		return;
	if (node->count == 0 || node->count > RULES_AUDIENCES) {
		diag_add(reader->diags, DIAG_ERROR, node->place, "",
		    "1 to %d audiences, not %zu", RULES_AUDIENCES, node->count);
		return;
	}
	for (i = 0; i < node->count; i++) {
		struct str name;

		if (rules_read_name(reader, node->items[i], &name) != 0)
			continue;
		if (rules_audience_find(rules, name) >= 0)
			diag_add(reader->diags, DIAG_ERROR, node->items[i]->place, "",
			    "the audience '%.*s' is given twice", STR_ARG(name));
		else
			rules->audiences[rules->audience_count++] = name;
	}
}

static void
rules_read_default_locale(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules *rules = target;
	struct str name;
	int index;

	if (rules_read_text(reader, node, &name) != 0)
		return;
	index = rules_locale_find(rules, name);
	if (index >= 0)
		rules->default_locale = (unsigned)index;
	else
		rules_unknown_shared(reader, node, "locale", rules->locale_names,
		    rules->locale_count, sizeof(rules->locale_names[0]));
}

static void
rules_read_wait_end(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_wait *wait = target;
	int end = rules_read_choice(
	    reader, node, "an end of the wait", wait_end_names, WAIT_PEOPLE + 1);

	if (end >= 0)
		wait->end = (enum rules_wait_end)end;
}

static const struct rules_key rules_keys_wait[] = {
    {"for", RULES_DURATION, false, .offset = offsetof(struct rules_wait, ms)},
    {"then", RULES_SPECIAL, false, .read = rules_read_wait_end,
	RULES_CHOICE(wait_end_names, WAIT_PEOPLE + 1)},
};
const struct rules_shape rules_shape_wait = {
    .what = "a wait", .form = "for: 7d, then: people", .keys = rules_keys_wait,
    .key_count = COUNT(rules_keys_wait)};

/* The page must be told which ticket and who asks, in every language. */
static void
rules_finish_follow_up(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	static const enum template_kind wanted[] = {TEMPLATE_REFERENCE, TEMPLATE_TOKEN};
	const struct yamldoc_node *links = yamldoc_get(node, "link");
	const struct rules_follow_up *follow_up = target;
	struct str texts[RULES_LOCALES];
	size_t i, k;

	for (i = 0; i < RULES_LOCALES; i++)
		texts[i] = follow_up->link[i].text;
	if (links == NULL || links->type != YAMLDOC_MAP)
		return;
	reader->owner = links->place;
	rules_need_locales(reader, node, "link", texts, ~0u);
	for (i = 0; i < links->count; i++) {
		const struct yamldoc_node *link = links->pairs[i].value;

		if (link->type != YAMLDOC_SCALAR || str_trim(link->text).n == 0)
			continue; /* already told */
		rules_check_url(reader, link);
		for (k = 0; k < COUNT(wanted); k++)
			if (!template_has(link->text, wanted[k]))
				diag_add(reader->diags, DIAG_ERROR, link->place,
				    "such as https://…/{{reference}}#{{token}}",
				    "'{{%s}}' is missing in the link",
				    template_names[wanted[k]]);
	}
}

static const struct rules_key rules_keys_follow_up[] = {
    {"link", RULES_TEMPLATE_BY_LOCALE, true, .offset = offsetof(struct rules_follow_up, link),
	.kinds = RULES_KINDS_ADDRESS},
    {"wait", RULES_MAP, false, .offset = offsetof(struct rules_follow_up, wait),
	.shape = &rules_shape_wait},
};
static const struct rules_shape rules_shape_follow_up = {.what = "follow-ups",
    .keys = rules_keys_follow_up,
    .key_count = COUNT(rules_keys_follow_up),
    .finish = rules_finish_follow_up};

static const struct rules_key rules_keys_scores[] = {
    {"minimum", RULES_NUMBER, true, .offset = offsetof(struct rules, min_score)},
    {"confidence", RULES_NUMBER, true, .offset = offsetof(struct rules, min_confidence)},
    {"reason", RULES_NUMBER, true, .offset = offsetof(struct rules, reason_weight)},
    {"training", RULES_NUMBER, false, .offset = offsetof(struct rules, training_weight)},
};
static const struct rules_shape rules_shape_scores = {
    .what = "scores", .keys = rules_keys_scores, .key_count = COUNT(rules_keys_scores)};

static const struct rules_key rules_keys_language[] = {
    {"minimum_words", RULES_NUMBER, true, .offset = offsetof(struct rules, locale_min_words)},
    {"margin", RULES_NUMBER, true, .offset = offsetof(struct rules, locale_margin)},
};
static const struct rules_shape rules_shape_language = {.what = "language",
    .keys = rules_keys_language,
    .key_count = COUNT(rules_keys_language)};

static const struct rules_key rules_keys_policy[] = {
    {"time_zone", RULES_SPECIAL, true, .read = rules_read_time_zone, .takes = TAKES_TEXT},
    {"audiences", RULES_SPECIAL, true, .read = rules_read_audiences, .takes = TAKES_NAMES},
    {"default_locale", RULES_SPECIAL, true, .read = rules_read_default_locale,
	.takes = TAKES_TEXT},
    {"scores", RULES_MAP, true, .shape = &rules_shape_scores},
    {"language", RULES_MAP, true, .shape = &rules_shape_language},
    {"lease", RULES_DURATION, false, .offset = offsetof(struct rules, lease_ms)},
    {"follow_up", RULES_MAP, false, .offset = offsetof(struct rules, follow_up),
	.shape = &rules_shape_follow_up},
};

static void
rules_begin_policy(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules *rules = target;

	(void)reader;
	(void)node;
	rules->lease_ms = RULES_LEASE_MS;
	rules->follow_up.wait = (struct rules_wait){RULES_WAIT_MS, WAIT_CLOSE};
}

const struct rules_shape rules_shape_policy = {.what = "the policy",
    .keys = rules_keys_policy,
    .key_count = COUNT(rules_keys_policy),
    .begin = rules_begin_policy};
