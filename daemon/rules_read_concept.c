/* SPDX-License-Identifier: MIT */
/*
 * Concepts: what people may mean, with the words for it in each language and
 * the categories that it speaks for or against.
 *
 *	holiday:
 *	  patterns: {en: [holidays?, vacation, time off], fr: [vacances, conges?]}
 *	  weights: {break: 3.1, mentor.stop: {en: -0.5, fr: -1}}
 *
 * A weight is for a category, or without the audience for that of each audience.
 * A list is made one pattern of whole words; a text is a pattern as it stands. Where
 * an item begins or ends with something else than a letter or digit ("50 %"), nothing
 * is asked of what stands beside it.
 */
#include "rules_read.h"

#include <string.h>

#define RULES_CONCEPT_BYTES 8192 /* of one pattern before its words are replaced */

/* An item's first or last character: is it surely none of a word? c is the next one
 * after a backslash, and of a class or group nobody knows. */
static bool
rules_concept_is_odd(char c, bool escaped)
{
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
	    (unsigned char)c >= 0x80)
		return escaped && c == 's';
	if (escaped)
		return c == 'W' || !(c >= 'A' && c <= 'Z');
	return strchr("()[]{}.^$|?*+", c) == NULL && !(c >= 'A' && c <= 'Z');
}

static bool
rules_concept_begins_odd(struct str item)
{
	bool escaped = item.n > 1 && item.p[0] == '\\';
	size_t next = escaped ? 2 : 1;

	if (item.n == 0 || (item.n > next && strchr("?*{", item.p[next]) != NULL))
		return false;
	return rules_concept_is_odd(item.p[next - 1], escaped);
}

static bool
rules_concept_ends_odd(struct str item)
{
	size_t slashes = 0;

	if (item.n > 1 && item.p[item.n - 1] == '+' && item.p[item.n - 2] != '\\')
		item.n--;
	while (slashes + 1 < item.n && item.p[item.n - 2 - slashes] == '\\')
		slashes++;
	return item.n > 0 && rules_concept_is_odd(item.p[item.n - 1], slashes % 2 != 0);
}

/* Adds an item to the whole words, or to the others with what its ends ask for. */
static void
rules_concept_add(struct str item, struct strbuf *words, struct strbuf *others)
{
	bool begin = rules_concept_begins_odd(item), end = rules_concept_ends_odd(item);

	if (!begin && !end)
		strbuf_printf(words, "%s%.*s", words->n > 0 ? "|" : "", STR_ARG(item));
	else
		strbuf_printf(others, "|%s(?:%.*s)%s", begin ? "" : "\\b", STR_ARG(item),
		    end ? "" : "\\b");
}

/* "\b(?:a|b|c)\b" as a node of its own, with the list's place. With others, which do
 * not begin or end as words: "(?:\b(?:a|b)\b|\b(?:c %))". */
static struct yamldoc_node *
rules_concept_joined(struct rules_reader *reader, const struct yamldoc_node *list)
{
	struct yamldoc_node *joined = rules_alloc(reader, 1, sizeof(*joined));
	struct strbuf text, words, others;
	struct str item;
	bool sound = list->count > 0;
	size_t i;

	strbuf_init(&text, RULES_CONCEPT_BYTES);
	strbuf_init(&words, RULES_CONCEPT_BYTES);
	strbuf_init(&others, RULES_CONCEPT_BYTES);
	for (i = 0; i < list->count; i++) {
		if (rules_read_text(reader, list->items[i], &item) != 0)
			sound = false;
		else
			rules_concept_add(item, &words, &others);
	}
	if (others.n == 0)
		strbuf_printf(&text, "\\b(?:%.*s)\\b", STR_ARG(strbuf_str(&words)));
	else if (words.n == 0)
		strbuf_printf(
		    &text, "(?:%.*s)", STR_ARG(str_part(strbuf_str(&others), 1, others.n)));
	else
		strbuf_printf(&text, "(?:\\b(?:%.*s)\\b%.*s)", STR_ARG(strbuf_str(&words)),
		    STR_ARG(strbuf_str(&others)));
	text.overflow = text.overflow || words.overflow || others.overflow;
	strbuf_fini(&words);
	strbuf_fini(&others);
	if (list->count == 0)
		diag_add(reader->diags, DIAG_ERROR, list->place, "", "a list without words");
	else if (text.overflow)
		diag_add(reader->diags, DIAG_ERROR, list->place, "make it two concepts",
		    "words of more than %d bytes", RULES_CONCEPT_BYTES);
	*joined = (struct yamldoc_node){.type = YAMLDOC_SCALAR, .place = list->place,
	    .text = arena_dup(reader->arena, strbuf_str(&text))};
	sound = sound && !text.overflow;
	strbuf_fini(&text);
	return sound ? joined : NULL;
}

static void
rules_read_concept_patterns(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	const struct rules *rules = reader->rules;
	struct rules_concept *concept = target;
	size_t i, k;

	if (rules_expect(reader, node, YAMLDOC_MAP, "words for each locale") != 0)
		return;
	for (i = 0; i < node->count; i++)
		if (rules_locale_find(rules, node->pairs[i].key->text) < 0)
			rules_unknown_shared(reader, node->pairs[i].key, "locale",
			    rules->locale_names, rules->locale_count, sizeof(struct str));
	/* In the order of the locales, as they are printed and numbered. */
	for (k = 0; k < rules->locale_count; k++) {
		const struct yamldoc_node *words = yamldoc_get(node, rules->locale_names[k].p);

		if (words != NULL && words->type == YAMLDOC_LIST)
			words = rules_concept_joined(reader, words);
		if (words != NULL)
			concept->pattern[k] = rules_read_folded(reader, words);
	}
}

/* A number for all locales, or one for each. */
static void
rules_read_weight_of(struct rules_reader *reader, const struct yamldoc_node *node,
    struct rules_weight *weight)
{
	const struct rules *rules = reader->rules;
	double number = 0;
	size_t i;

	if (node->type != YAMLDOC_MAP) {
		rules_read_number(reader, node, &number);
		for (i = 0; i < rules->locale_count; i++)
			weight->weight[i] = number;
		return;
	}
	for (i = 0; i < node->count; i++) {
		int locale = rules_locale_find(rules, node->pairs[i].key->text);

		if (locale < 0)
			rules_unknown_shared(reader, node->pairs[i].key, "locale",
			    rules->locale_names, rules->locale_count, sizeof(struct str));
		else
			rules_read_number(
			    reader, node->pairs[i].value, &weight->weight[locale]);
	}
}

static void
rules_read_concept_weights(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_concept *concept = target;
	struct rules_weight *weights;
	size_t i;

	if (rules_expect(reader, node, YAMLDOC_MAP, "a weight for each category") != 0)
		return;
	rules_sort_pairs(node);
	weights = rules_alloc(reader, node->count, sizeof(weights[0]));
	for (i = 0; i < node->count; i++) {
		weights[i].category = node->pairs[i].key->text;
		weights[i].place = node->pairs[i].key->place;
		rules_read_weight_of(reader, node->pairs[i].value, &weights[i]);
	}
	concept->weights = weights;
	concept->weight_count = node->count;
}

static const struct rules_key rules_keys_concept[] = {
    {"patterns", RULES_SPECIAL, true, .read = rules_read_concept_patterns,
	.takes = TAKES_PATTERNS_BY_LOCALE},
    {"weights", RULES_SPECIAL, false, .read = rules_read_concept_weights,
	.takes = TAKES_WEIGHTS},
};
const struct rules_shape rules_shape_concept = {.what = "a concept",
    .keys = rules_keys_concept,
    .key_count = sizeof(rules_keys_concept) / sizeof(rules_keys_concept[0]),
    .size = sizeof(struct rules_concept),
    .name_offset = offsetof(struct rules_concept, name),
    .place_offset = offsetof(struct rules_concept, place),
    .sorted = true};

/* The one with the whole name comes before that for all audiences. */
static const struct rules_weight *
rules_weight_find(const struct rules_concept *concept, struct str category)
{
	const struct rules_weight *found = NULL;
	size_t i;

	for (i = 0; i < concept->weight_count; i++)
		if (rules_topic_is_of(concept->weights[i].category, category) &&
		    (found == NULL || str_eq(concept->weights[i].category, category)))
			found = &concept->weights[i];
	return found;
}

void
rules_join_concepts(struct rules_reader *reader, struct str category,
    const struct rules_signal **signals, size_t *signal_count)
{
	const struct rules *rules = reader->rules;
	struct rules_signal *joined;
	size_t count = *signal_count, i, k;

	joined = rules_alloc(reader, count + rules->concept_count * rules->locale_count,
	    sizeof(joined[0]));
	if (count > 0)
		memcpy(joined, *signals, count * sizeof(joined[0]));
	for (i = 0; i < rules->concept_count; i++) {
		const struct rules_concept *concept = &rules->concepts[i];
		const struct rules_weight *weight = rules_weight_find(concept, category);

		for (k = 0; weight != NULL && k < rules->locale_count; k++)
			if (concept->pattern[k] != NULL && weight->weight[k] != 0)
				joined[count++] = (struct rules_signal){.kind = SIGNAL_TEXT,
				    .locales = 1u << k,
				    .weight = weight->weight[k],
				    .pattern = concept->pattern[k],
				    .concept = concept,
				    .place = weight->place};
	}
	*signals = joined;
	*signal_count = count;
}

/* All that a weight or a text may be for, to suggest from. Returns how many. */
static size_t
rules_topic_names(struct rules_reader *reader, struct str **names)
{
	const struct rules *rules = reader->rules;
	size_t count = 0, i;

	*names = rules_alloc(reader, 2 * rules->category_count + 1, sizeof(struct str));
	for (i = 0; i < rules->category_count; i++)
		(*names)[count++] = rules->categories[i].name;
	for (i = 0; i < rules->category_count; i++) {
		struct str name = rules->categories[i].name;
		const char *dot = memchr(name.p, '.', name.n);
		size_t k = rules->category_count;

		if (dot == NULL)
			continue;
		name = str_part(name, (size_t)(dot - name.p) + 1, name.n);
		while (k < count && !str_eq((*names)[k], name))
			k++;
		if (k == count)
			(*names)[count++] = name;
	}
	(*names)[count++] = STR(RULES_CHATTER);
	return count;
}

void
rules_check_topic(struct rules_reader *reader, struct str topic, struct place place)
{
	const struct yamldoc_node key = {.type = YAMLDOC_SCALAR, .place = place, .text = topic};
	const struct rules *rules = reader->rules;
	struct str *names;
	size_t count, i;

	for (i = 0; i < rules->category_count; i++)
		if (rules_topic_is_of(topic, rules->categories[i].name))
			return;
	if (str_is(topic, RULES_CHATTER) || rules->category_count == 0)
		return;
	if (reader->incomplete)
		return;
	count = rules_topic_names(reader, &names);
	rules_unknown_as(reader, &key, "category", names, count, sizeof(names[0]),
	    "is the file with the category here, and does its name end with .yaml?");
}

void
rules_check_concepts(struct rules_reader *reader)
{
	const struct rules *rules = reader->rules;
	size_t i, k;

	for (i = 0; i < rules->concept_count; i++)
		for (k = 0; k < rules->concepts[i].weight_count; k++)
			rules_check_topic(reader, rules->concepts[i].weights[k].category,
			    rules->concepts[i].weights[k].place);
}
