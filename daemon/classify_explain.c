/* SPDX-License-Identifier: MIT */
/*
 * Why it was decided so: what the losers lacked, and where what spoke for the
 * winner stands.
 */
#include "classify_state.h"

#define CLASSIFY_NEAR 3 /* candidates that are told why they did not win */
#define CLASSIFY_WORDS 5 /* of the training texts that evidence shows */

/* Of the signals that hold, the one that took most from a category. */
static const struct rules_signal *
classify_against(const struct classify *classify, const struct rules_category *category)
{
	const struct rules_signal *worst = NULL;
	size_t i;

	for (i = 0; i < classify->hit_count; i++) {
		const struct rules_signal *signal = classify->hits[i].entry.signal;

		if (classify->hits[i].entry.category == category->number && signal != NULL &&
		    signal->weight < 0 && (worst == NULL || signal->weight < worst->weight))
			worst = signal;
	}
	return worst;
}

void
classify_miss(const struct classify *classify, struct draft *draft)
{
	struct decision *decision = draft->decision;
	struct decision_candidate *best = draft->candidates;
	size_t count = decision->candidate_count, said = 0, i;

	decision->none_score = classify_fallback(classify, draft);
	for (i = 0; i < count && said < CLASSIFY_NEAR; i++) {
		if (best[i].category == decision->category)
			continue;
		if (best[i].score < decision->none_score - CLASSIFY_EPSILON)
			best[i].why_not = WHY_LOW_SCORE;
		else if (match_undecided(draft->match) == 0)
			best[i].why_not = WHY_UNSURE;
		else
			best[i].why_not = WHY_UNDECIDED;
		best[i].against = classify_against(classify, best[i].category);
		said++;
	}
}

static double
classify_strength(const struct decision_evidence *evidence)
{
	return evidence->weight < 0 ? -evidence->weight : evidence->weight;
}

/* Where a signal in text occurs. Without a place when PCRE2 gave up. */
static void
classify_locate(const struct draft *draft, struct decision_evidence *evidence)
{
	const struct rules_signal *signal = evidence->signal;
	struct match_place place;

	if (signal == NULL || signal->kind != SIGNAL_TEXT ||
	    match_find(draft->match, signal->pattern, signal->part, &place) != PATTERN_YES)
		return;
	evidence->part = place.part;
	evidence->quote = draft_as_typed(draft, place.part, draft_quote(draft, &place));
	evidence->start = (size_t)(evidence->quote.p - draft_typed(draft, place.part).p);
	evidence->end = evidence->start + evidence->quote.n;
}

static struct decision_evidence
classify_explain(
    const struct classify *classify, const struct draft *draft, const struct classify_hit *hit)
{
	const struct rules *rules = classify->rules;
	struct decision_evidence evidence = {
	    .signal = hit->entry.signal,
	    .weight = hit->entry.signal != NULL ? hit->entry.signal->weight
						: rules->reason_weight,
	    .quote = hit->quote,
	};

	if (hit->entry.category < rules->category_count)
		evidence.category = &rules->categories[hit->entry.category];
	classify_locate(draft, &evidence);
	return evidence;
}

/* The words that made the text like the training texts of a category. */
static size_t
classify_words(const struct classify *classify, const struct draft *draft, size_t number,
    struct decision_evidence *list)
{
	const struct rules *rules = classify->rules;
	struct training_word words[CLASSIFY_WORDS];
	size_t count = 0, i;

	if (draft->policy->training != NULL)
		count = training_explain(draft->policy->training, draft->locale,
		    draft->subject.text, draft->body.text, number, draft->arena, words,
		    CLASSIFY_WORDS);
	for (i = 0; i < count; i++) {
		const struct match_place place = {words[i].part, words[i].start, words[i].end};

		list[i] = (struct decision_evidence){.training = true,
		    .category = number < rules->category_count ? &rules->categories[number] : NULL,
		    .weight = rules->training_weight * words[i].share,
		    .part = place.part,
		    .quote = draft_as_typed(
			draft, place.part, draft_quote(draft, &place))};
		list[i].start = (size_t)(list[i].quote.p - draft_typed(draft, place.part).p);
		list[i].end = list[i].start + list[i].quote.n;
	}
	return count;
}

static void
classify_insert(struct decision_evidence *list, size_t *count, struct decision_evidence evidence)
{
	size_t k;

	for (k = *count; k > 0 && classify_strength(&list[k - 1]) < classify_strength(&evidence);
	     k--)
		list[k] = list[k - 1];
	list[k] = evidence;
	(*count)++;
}

int
classify_evidence(struct classify *classify, struct draft *draft)
{
	struct decision *decision = draft->decision;
	unsigned chatter = (unsigned)classify->rules->category_count;
	struct decision_evidence *list =
	    arena_array(draft->arena, classify->hit_count + CLASSIFY_WORDS, sizeof(*list));
	struct decision_evidence words[CLASSIFY_WORDS];
	size_t count = 0, i, n;

	if (list == NULL)
		return -1;
	for (i = 0; i < classify->hit_count; i++) {
		const struct classify_hit *hit = &classify->hits[i];

		if (hit->entry.category != decision->category->number &&
		    !(hit->entry.category == chatter && decision->outcome == OUTCOME_NO_ACTION))
			continue;
		classify_insert(list, &count, classify_explain(classify, draft, hit));
	}
	n = classify_words(classify, draft, decision->outcome == OUTCOME_NO_ACTION
	    ? chatter : decision->category->number, words);
	for (i = 0; i < n; i++)
		classify_insert(list, &count, words[i]);
	decision->evidence = list;
	decision->evidence_count = count;
	return 0;
}
