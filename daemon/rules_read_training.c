/* SPDX-License-Identifier: MIT */
/*
 * The section "training": by topic and locale, texts as people write them.
 *
 *	training:
 *	  break:
 *	    en: [I am away for three weeks in July, …]
 *	    fr: […]
 */
#include "rules_read.h"

#include <stdlib.h>

#define RULES_PHRASES 50000 /* in all */

static void
rules_read_phrases(struct rules_reader *reader, const struct yamldoc_node *topic,
    unsigned locale, const struct yamldoc_node *list, struct rules_phrase *phrases)
{
	struct rules *rules = reader->rules;
	size_t i;

	for (i = 0; i < list->count; i++) {
		struct rules_phrase *phrase = &phrases[rules->phrase_count];

		*phrase = (struct rules_phrase){.topic = topic->text,
		    .locale = locale,
		    .place = list->items[i]->place};
		if (rules_read_text(reader, list->items[i], &phrase->text) == 0)
			rules->phrase_count++;
	}
}

/* In the order of the locales, as they are printed. */
static void
rules_read_topic(struct rules_reader *reader, const struct yamldoc_pair *topic,
    struct rules_phrase *phrases)
{
	const struct rules *rules = reader->rules;
	size_t i;

	for (i = 0; i < topic->value->count; i++)
		if (rules_locale_find(rules, topic->value->pairs[i].key->text) < 0)
			rules_unknown_shared(reader, topic->value->pairs[i].key, "locale",
			    rules->locale_names, rules->locale_count, sizeof(struct str));
	for (i = 0; i < rules->locale_count; i++) {
		const struct yamldoc_node *list =
		    yamldoc_get(topic->value, rules->locale_names[i].p);

		if (list != NULL &&
		    rules_expect(reader, list, YAMLDOC_LIST, "a list of texts") == 0)
			rules_read_phrases(reader, topic->key, (unsigned)i, list, phrases);
	}
}

static size_t
rules_count_phrases(const struct yamldoc_node *topic)
{
	size_t count = 0, i;

	for (i = 0; topic->type == YAMLDOC_MAP && i < topic->count; i++)
		count += topic->pairs[i].value->count;
	return count;
}

void
rules_read_training(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules *rules = target;
	struct rules_phrase *phrases;
	size_t count = 0, i;

	if (rules_expect(reader, node, YAMLDOC_MAP, "texts for each category") != 0)
		return;
	for (i = 0; i < node->count; i++)
		count += rules_count_phrases(node->pairs[i].value);
	if (count > RULES_PHRASES) {
		diag_add(reader->diags, DIAG_ERROR, node->place, "", "more than %d texts",
		    RULES_PHRASES);
		return;
	}
	rules_sort_pairs(node);
	phrases = rules_alloc(reader, count + 1, sizeof(phrases[0]));
	rules->phrases = phrases;
	for (i = 0; i < node->count; i++) {
		rules_remember(reader, &reader->topics, node->pairs[i].key, 0, 0);
		if (rules_expect(reader, node->pairs[i].value, YAMLDOC_MAP,
			"texts for each locale") == 0)
			rules_read_topic(reader, &node->pairs[i], phrases);
	}
}

void
rules_check_training(struct rules_reader *reader)
{
	const struct rules_pending *topic;

	for (topic = reader->topics; topic != NULL; topic = topic->next)
		rules_check_topic(reader, topic->node->text, topic->node->place);
}
