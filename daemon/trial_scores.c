/* SPDX-License-Identifier: MIT */
#include "trial_scores.h"

#include <string.h>

/* Where the next part of the hint goes. */
static struct strbuf *
scores_next(struct strbuf *hint)
{
	if (hint->n > 0)
		strbuf_puts(hint, "; ");
	return hint;
}

static void
scores_put_against(struct strbuf *out, const struct rules_signal *against)
{
	if (against == NULL)
		return;
	strbuf_printf(out, ", %.4g by ", against->weight);
	if (against->concept != NULL)
		strbuf_printf(out, "the concept '%.*s'", STR_ARG(against->concept->name));
	else if (against->kind == SIGNAL_FIELD)
		strbuf_printf(out, "the box '%.*s'", STR_ARG(against->field));
	else
		strbuf_printf(out, "'%.*s'", STR_ARG(against->pattern->source));
}

static void
scores_put_candidate(struct strbuf *out, const struct decision_candidate *candidate)
{
	static const char *const why[] = {[WHY_NOT_SAID] = "",
	    [WHY_LOW_SCORE] = ", less than the fallback",
	    [WHY_UNSURE] = ", not sure enough",
	    [WHY_UNDECIDED] = ", a pattern hit a limit"};

	strbuf_printf(out, "%.*s has %.2f%s", STR_ARG(candidate->category->name),
	    candidate->score, why[candidate->why_not]);
	scores_put_against(out, candidate->against);
}

/* The scores of who won, of who should have, and of who is next. */
static void
scores_put(const struct rules *rules, const struct decision *decision, struct str wanted,
    struct strbuf *hint)
{
	bool told = false;
	size_t i;

	for (i = 0; i < decision->candidate_count; i++) {
		const struct decision_candidate *candidate = &decision->candidates[i];
		bool it = str_eq(candidate->category->name, wanted);

		if (!it && i > 1)
			continue;
		scores_put_candidate(scores_next(hint), candidate);
		told = told || it;
	}
	if (!told && !str_eq(rules->fallbacks[decision->category->audience]->name, wanted))
		strbuf_printf(
		    scores_next(hint), "nothing speaks for %.*s", STR_ARG(wanted));
	strbuf_printf(scores_next(hint), "to win takes %.4g and a share of %.4g",
	    rules->min_score, rules->min_confidence);
}

/* Where the first text of a category in this language stands; NULL without any. */
static const struct rules_phrase *
scores_phrase(const struct rules *rules, struct str category, unsigned locale)
{
	size_t i;

	for (i = 0; i < rules->phrase_count; i++)
		if (rules->phrases[i].locale == locale &&
		    rules_topic_is_of(rules->phrases[i].topic, category))
			return &rules->phrases[i];
	return NULL;
}

/* Texts are what anybody can add, so they are the advice wherever they count. */
static void
scores_put_training(const struct rules *rules, const struct decision *decision,
    struct str wanted, struct strbuf *hint)
{
	unsigned locale = decision->locale;
	const struct rules_phrase *phrase = scores_phrase(rules, wanted, locale);
	const char *dot = memchr(wanted.p, '.', wanted.n);
	struct str topic = wanted;

	if (rules->training_weight <= 0 || decision->outcome == OUTCOME_NO_ACTION ||
	    str_eq(rules->fallbacks[decision->category->audience]->name, wanted))
		return;
	if (dot != NULL)
		topic = str_part(wanted, (size_t)(dot - wanted.p) + 1, wanted.n);
	if (phrase != NULL)
		strbuf_printf(scores_next(hint),
		    "add two or three training texts like this one to %s", phrase->place.file);
	else
		strbuf_printf(scores_next(hint),
		    "no training texts in '%.*s': add some like this one to training/%.*s.yaml, "
		    "under '%.*s:' and '%.*s:'",
		    STR_ARG(rules->locale_names[locale]), STR_ARG(topic), STR_ARG(topic),
		    STR_ARG(rules->locale_names[locale]));
}

void
trial_scores(const struct rules *rules, const struct decision *decision, struct str wanted,
    struct strbuf *hint)
{
	scores_put_training(rules, decision, wanted, hint);
	scores_put(rules, decision, wanted, hint);
}
