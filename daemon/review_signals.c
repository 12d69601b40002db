/* SPDX-License-Identifier: MIT */
/*
 * Signals and weights that change nothing, or twice.
 */
#include "review.h"

#include <string.h>

static bool
review_parts_meet(enum text_part a, enum text_part b)
{
	return a == b || a == PART_ANY || b == PART_ANY;
}

/* The category's own signals that a concept looks for as well: equal patterns
 * have one number. Own ones that are equal are an error already. */
static void
review_own_signals(struct review *review, const struct rules_signal *signals, size_t own,
    size_t count)
{
	size_t i, k;

	for (i = 0; i < own; i++)
		for (k = own; k < count && signals[i].kind == SIGNAL_TEXT; k++)
			if (signals[i].pattern->number == signals[k].pattern->number &&
			    (signals[i].locales & signals[k].locales) != 0 &&
			    review_parts_meet(signals[i].part, signals[k].part))
				review_warn(review, signals[i].pattern->place,
				    "leave one of them out",
				    "the concept '%.*s' looks for the same: both weights count",
				    STR_ARG(signals[k].concept->name));
}

/* The most that can speak for a category in a locale. */
static double
review_most(const struct rules_signal *signals, size_t count, unsigned locale)
{
	double most = 0;
	size_t i;

	for (i = 0; i < count; i++)
		if (signals[i].weight > 0 && (signals[i].locales >> locale & 1) != 0)
			most += signals[i].weight;
	return most;
}

static bool
review_trains(const struct rules *rules, struct str category, unsigned locale)
{
	size_t i;

	for (i = 0; i < rules->phrase_count; i++)
		if (rules->phrases[i].locale == locale &&
		    rules_topic_is_of(rules->phrases[i].topic, category))
			return true;
	return false;
}

static void
review_reach(struct review *review, const struct rules_category *category)
{
	const struct rules *rules = review->policy->rules;
	unsigned locale;

	/* That nothing at all speaks for it is told where it is read. */
	if (category->fallback || category->signal_count == 0)
		return;
	for (locale = 0; locale < rules->locale_count; locale++) {
		double most = review_most(category->signals, category->signal_count, locale);

		if (review_trains(rules, category->name, locale))
			most += rules->training_weight;
		if (most + rules->reason_weight < rules->min_score)
			review_warn(review, category->place, "",
			    "all that can speak for it in '%.*s', with the form's reason, is "
			    "%.4g: to win takes %.4g",
			    STR_ARG(rules->locales[locale].name), most + rules->reason_weight,
			    rules->min_score);
	}
}

/* Concepts ------------------------------------------------------------------ */

static void
review_equal_concepts(struct review *review, size_t number)
{
	const struct rules *rules = review->policy->rules;
	const struct rules_concept *concept = &rules->concepts[number];
	size_t i;
	unsigned locale;

	for (locale = 0; locale < rules->locale_count; locale++)
		for (i = 0; i < number && concept->pattern[locale] != NULL; i++)
			if (rules->concepts[i].pattern[locale] != NULL &&
			    rules->concepts[i].pattern[locale]->number ==
				concept->pattern[locale]->number)
				review_warn(review, concept->pattern[locale]->place,
				    "make one concept of both",
				    "the concept '%.*s' looks for the same in '%.*s'",
				    STR_ARG(rules->concepts[i].name),
				    STR_ARG(rules->locales[locale].name));
}

static bool
review_is_one_number(const struct rules *rules, const struct rules_weight *weight)
{
	size_t i;

	for (i = 1; i < rules->locale_count; i++)
		if (weight->weight[i] != weight->weight[0])
			return false;
	return true;
}

/* "break" where "mentor.break" and "coach.break" have weights of their own. */
static bool
review_is_overruled(const struct rules *rules, const struct rules_concept *concept,
    const struct rules_weight *weight)
{
	size_t i, k;

	if (str_is(weight->category, RULES_CHATTER) ||
	    rules_category_find(rules, weight->category) != NULL)
		return false;
	for (i = 0; i < rules->category_count; i++) {
		if (!rules_topic_is_of(weight->category, rules->categories[i].name))
			continue;
		for (k = 0; k < concept->weight_count; k++)
			if (str_eq(concept->weights[k].category, rules->categories[i].name))
				break;
		if (k == concept->weight_count)
			return false;
	}
	return true;
}

static void
review_weight(struct review *review, const struct rules_concept *concept,
    const struct rules_weight *weight)
{
	const struct rules *rules = review->policy->rules;
	unsigned locale;

	if (review_is_overruled(rules, concept, weight))
		review_warn(review, weight->place, "",
		    "every audience's '%.*s' has a weight of its own: this one never counts",
		    STR_ARG(weight->category));
	for (locale = 0; locale < rules->locale_count; locale++)
		if (weight->weight[locale] != 0 && concept->pattern[locale] == NULL &&
		    !review_is_one_number(rules, weight))
			review_warn(review, weight->place, "",
			    "a weight in '%.*s', where the concept '%.*s' has no words",
			    STR_ARG(rules->locales[locale].name), STR_ARG(concept->name));
}

static void
review_concept(struct review *review, size_t number)
{
	const struct rules *rules = review->policy->rules;
	const struct rules_concept *concept = &rules->concepts[number];
	size_t i, locale, weighed = 0;

	for (i = 0; i < concept->weight_count; i++)
		for (locale = 0; locale < rules->locale_count; locale++)
			weighed += concept->weights[i].weight[locale] != 0;
	if (weighed == 0)
		review_warn(review, concept->place, "give it 'weights', or leave it out",
		    "the concept '%.*s' speaks for nothing", STR_ARG(concept->name));
	for (i = 0; i < concept->weight_count; i++)
		review_weight(review, concept, &concept->weights[i]);
	review_equal_concepts(review, number);
}

void
review_signals(struct review *review)
{
	const struct rules *rules = review->policy->rules;
	unsigned locale;
	size_t i;

	for (i = 0; i < rules->category_count; i++) {
		const struct rules_category *category = &rules->categories[i];

		review_own_signals(review, category->signals, category->own_signal_count,
		    category->signal_count);
		review_reach(review, category);
	}
	review_own_signals(
	    review, rules->chatter, rules->own_chatter_count, rules->chatter_count);
	for (locale = 0; locale < rules->locale_count && rules->chatter_count > 0; locale++) {
		double most = review_most(rules->chatter, rules->chatter_count, locale);

		if (!review_trains(rules, STR(RULES_CHATTER), locale) &&
		    most < rules->chatter_min_score)
			review_warn(review, rules->chatter[0].place, "",
			    "all signals of chatter in '%.*s' are %.4g: its minimum is %.4g",
			    STR_ARG(rules->locales[locale].name), most,
			    rules->chatter_min_score);
	}
	for (i = 0; i < rules->concept_count; i++)
		review_concept(review, i);
}
