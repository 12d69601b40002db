/* SPDX-License-Identifier: MIT */
#include "classify_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CLASSIFY_CANDIDATES 5
#define CLASSIFY_UNSURE 0.1

/* Calls visit for every signal of the rules. */
static void
classify_each(struct classify *classify,
    void (*visit)(struct classify *classify, const struct classify_entry *entry))
{
	const struct rules *rules = classify->rules;
	size_t i, k;

	for (i = 0; i < rules->category_count; i++)
		for (k = 0; k < rules->categories[i].signal_count; k++)
			visit(classify, &(struct classify_entry){
			    &rules->categories[i].signals[k], rules->categories[i].number});
	for (k = 0; k < rules->chatter_count; k++)
		visit(classify, &(struct classify_entry){
		    &rules->chatter[k], (unsigned)rules->category_count});
}

static void
classify_count(struct classify *classify, const struct classify_entry *entry)
{
	if (entry->signal->kind == SIGNAL_TEXT) {
		classify->first[entry->signal->pattern->number + 1]++;
		classify->entry_count++;
	} else
		classify->other_count++;
}

/* Afterwards first[n] is one signal group too far, which classify_new undoes. */
static void
classify_place(struct classify *classify, const struct classify_entry *entry)
{
	if (entry->signal->kind == SIGNAL_TEXT)
		classify->entries[classify->first[entry->signal->pattern->number]++] = *entry;
	else
		classify->others[classify->other_count++] = *entry;
}

struct classify *
classify_new(const struct rules *rules)
{
	struct classify *classify = calloc(1, sizeof(*classify));
	size_t n = rules->pattern_count, i;

	if (classify == NULL)
		return NULL;
	classify->rules = rules;
	classify->first = calloc(n + 2, sizeof(*classify->first));
	classify->scores = calloc(rules->category_count + 1, sizeof(*classify->scores));
	classify->likeness = calloc(rules->category_count + 1, sizeof(*classify->likeness));
	if (classify->first == NULL || classify->scores == NULL || classify->likeness == NULL)
		goto fail;
	classify_each(classify, classify_count);
	classify->entries = calloc(classify->entry_count + 1, sizeof(*classify->entries));
	classify->others = calloc(classify->other_count + 1, sizeof(*classify->others));
	/* Each signal holds once; one more for the reason. */
	classify->hits = calloc(
	    classify->entry_count + classify->other_count + 1, sizeof(*classify->hits));
	if (classify->entries == NULL || classify->others == NULL || classify->hits == NULL)
		goto fail;
	for (i = 0; i < n; i++)
		classify->first[i + 1] += classify->first[i];
	classify->other_count = 0;
	classify_each(classify, classify_place);
	memmove(classify->first + 1, classify->first, n * sizeof(*classify->first));
	classify->first[0] = 0;
	return classify;
fail:
	classify_free(classify);
	return NULL;
}

void
classify_free(struct classify *classify)
{
	if (classify == NULL)
		return;
	free(classify->entries);
	free(classify->others);
	free(classify->first);
	free(classify->scores);
	free(classify->likeness);
	free(classify->hits);
	free(classify);
}

/* Does the signal count for this ticket's audience and language? */
static bool
classify_concerns(
    const struct classify *classify, const struct draft *draft, const struct classify_entry *entry)
{
	const struct rules *rules = classify->rules;

	if ((entry->signal->locales >> draft->locale & 1) == 0)
		return false;
	return entry->category == rules->category_count ||
	    rules->categories[entry->category].audience == draft->audience;
}

static void
classify_hit(struct classify *classify, const struct classify_entry *entry, double weight,
    struct str quote)
{
	classify->scores[entry->category] += weight;
	classify->hits[classify->hit_count++] = (struct classify_hit){*entry, quote};
}

static void
classify_text(struct classify *classify, struct draft *draft)
{
	size_t count = classify->rules->pattern_count, number, i;

	for (number = match_next(draft->match, 0); number < count;
	    number = match_next(draft->match, number + 1))
		for (i = classify->first[number]; i < classify->first[number + 1]; i++) {
			const struct classify_entry *entry = &classify->entries[i];

			if (classify_concerns(classify, draft, entry) &&
			    match_holds(draft->match, entry->signal->pattern,
			    entry->signal->part) == PATTERN_YES)
				classify_hit(classify, entry, entry->signal->weight,
				    (struct str){NULL, 0});
		}
}

static bool
classify_filled(const struct ticket *ticket, struct str name)
{
	const struct ticket_field *box = ticket_field_find(ticket, name);

	if (box == NULL || box->value.type == VALUE_NONE)
		return false;
	if (box->value.type == VALUE_TEXT)
		return str_trim(box->value.text).n > 0;
	return box->value.type != VALUE_LIST || box->value.count > 0;
}

static void
classify_others(struct classify *classify, struct draft *draft)
{
	const struct ticket *ticket = draft->ticket;
	size_t i, k;

	if (ticket->field_count == 0 && ticket->attachment_count == 0)
		return;
	for (i = 0; i < classify->other_count; i++) {
		const struct classify_entry *entry = &classify->others[i];
		struct match_place place;

		if (!classify_concerns(classify, draft, entry))
			continue;
		if (entry->signal->kind == SIGNAL_FIELD) {
			if (classify_filled(ticket, entry->signal->field))
				classify_hit(classify, entry, entry->signal->weight,
				    (struct str){NULL, 0});
			continue;
		}
		for (k = 0; k < ticket->attachment_count; k++)
			if (match_find_in(draft->match, entry->signal->pattern,
			    draft->names[k].text, &place) == PATTERN_YES) {
				classify_hit(classify, entry, entry->signal->weight,
				    ticket->attachments[k].name);
				break;
			}
	}
}

/* What the text has in common with those that people wrote for each category. */
static int
classify_training(struct classify *classify, struct draft *draft)
{
	const struct training *training = draft->policy->training;
	size_t i;

	if (training == NULL)
		return 0;
	if (training_compare(training, draft->locale, draft->subject.text, draft->body.text,
		draft->arena, classify->likeness) < 0)
		return -1;
	for (i = 0; i <= classify->rules->category_count; i++)
		classify->scores[i] += classify->rules->training_weight * classify->likeness[i];
	return 0;
}

static void
classify_reason(struct classify *classify, struct draft *draft)
{
	const struct rules_category *category;

	if (draft->ticket->reason.n == 0)
		return;
	category = rules_category_find(classify->rules, draft->ticket->reason);
	if (category == NULL)
		draft_warn(draft, STR("reason"), STR("unknown_reason"));
	else if (category->audience != draft->audience)
		draft_warn(draft, STR("reason"), STR("reason_of_other_audience"));
	else
		classify_hit(classify, &(struct classify_entry){NULL, category->number},
		    classify->rules->reason_weight, (struct str){NULL, 0});
}

/* What the fallback stands at: whoever wants to win needs the minimum, and more
 * where something tells that it is none of the reasons. */
double
classify_fallback(const struct classify *classify, const struct draft *draft)
{
	const struct rules *rules = classify->rules;

	return rules->min_score + classify->scores[rules->fallbacks[draft->audience]->number];
}

/* The best categories that are no fallback, best first. */
static int
classify_rank(struct classify *classify, struct draft *draft)
{
	const struct rules *rules = classify->rules;
	struct decision_candidate *best =
	    arena_array(draft->arena, CLASSIFY_CANDIDATES, sizeof(*best));
	size_t count = 0, i, k;

	if (best == NULL)
		return -1;
	for (i = 0; i < rules->category_count; i++) {
		const struct rules_category *category = &rules->categories[i];
		double score = classify->scores[category->number];

		if (category->fallback || category->audience != draft->audience ||
		    score < CLASSIFY_EPSILON)
			continue;
		for (k = count; k > 0 && best[k - 1].score < score - CLASSIFY_EPSILON;
		     k--)
			if (k < CLASSIFY_CANDIDATES)
				best[k] = best[k - 1];
		if (k < CLASSIFY_CANDIDATES)
			best[k] = (struct decision_candidate){category, score, WHY_NOT_SAID, NULL};
		if (count < CLASSIFY_CANDIDATES)
			count++;
	}
	draft->candidates = best;
	draft->decision->candidates = best;
	draft->decision->candidate_count = count;
	return 0;
}

static bool
classify_chats(const struct classify *classify)
{
	return classify->rules->chatter_count > 0 &&
	    classify->chatter + CLASSIFY_EPSILON >= classify->rules->chatter_min_score;
}

/* e^score as a share of all: what may be the fallback's, chatter's or a
 * category's. The scores are log-odds, so this is a probability. */
static double
classify_confidence(const struct classify *classify, const struct draft *draft, double score)
{
	const struct rules *rules = classify->rules;
	double sum = exp(classify_fallback(classify, draft) - score);
	size_t i;

	if (classify_chats(classify))
		sum += exp(classify->scores[rules->category_count] - score);
	for (i = 0; i < rules->category_count; i++)
		if (!rules->categories[i].fallback &&
		    rules->categories[i].audience == draft->audience)
			sum += exp(classify->scores[rules->categories[i].number] - score);
	return 1 / sum;
}

/* Into the fallback, unless chatter wins over it and every category. */
static void
classify_choose_none(const struct classify *classify, const struct draft *draft, double chatter)
{
	const struct rules *rules = classify->rules;
	struct decision *decision = draft->decision;
	double fallback = classify_fallback(classify, draft);

	decision->category = rules->fallbacks[draft->audience];
	decision->confidence = classify_confidence(classify, draft, fallback);
	if (decision->candidate_count > 0)
		decision->runner_up = decision->candidates[0];
	if (chatter + CLASSIFY_EPSILON < fallback || !classify_chats(classify) ||
	    classify_confidence(classify, draft, chatter) < rules->min_confidence ||
	    (decision->candidate_count > 0 &&
		decision->candidates[0].score > chatter + CLASSIFY_EPSILON))
		return;
	decision->outcome = OUTCOME_NO_ACTION;
	decision->confidence = classify_confidence(classify, draft, chatter);
}

static void
classify_choose(struct classify *classify, struct draft *draft)
{
	const struct rules *rules = classify->rules;
	struct decision *decision = draft->decision;
	const struct decision_candidate *best = decision->candidates;
	double score = decision->candidate_count > 0 ? best[0].score : 0;
	double chatter = classify->scores[rules->category_count];

	decision->outcome = OUTCOME_NEEDS_INFO;
	if (match_undecided(draft->match) > 0) {
		decision->category = rules->fallbacks[draft->audience];
		decision->confidence = CLASSIFY_UNSURE;
		if (decision->candidate_count > 0)
			decision->runner_up = best[0];
		decision->outcome = OUTCOME_ROUTED;
		return;
	}
	decision->confidence = classify_confidence(classify, draft, score);
	if (decision->candidate_count == 0 ||
	    score < classify_fallback(classify, draft) - CLASSIFY_EPSILON ||
	    (classify_chats(classify) && chatter > score + CLASSIFY_EPSILON) ||
	    decision->confidence < rules->min_confidence) {
		classify_choose_none(classify, draft, chatter);
		return;
	}
	decision->category = best[0].category;
	if (decision->candidate_count > 1)
		decision->runner_up = best[1];
}

/* The form says one thing and the text another, and the text was believed. */
static void
classify_mismatch(const struct classify *classify, struct draft *draft)
{
	const struct rules_category *chosen =
	    rules_category_find(classify->rules, draft->ticket->reason);

	if (chosen != NULL && chosen->audience == draft->audience &&
	    chosen != draft->decision->category)
		draft_warn(draft, STR("reason"), STR("reason_mismatch"));
}

int
classify_ticket(struct classify *classify, struct draft *draft)
{
	memset(classify->scores, 0,
	    (classify->rules->category_count + 1) * sizeof(*classify->scores));
	classify->hit_count = 0;
	classify_text(classify, draft);
	classify_others(classify, draft);
	classify->chatter = classify->scores[classify->rules->category_count];
	classify_reason(classify, draft);
	if (classify_training(classify, draft) < 0 || classify_rank(classify, draft) < 0)
		return -1;
	classify_choose(classify, draft);
	classify_mismatch(classify, draft);
	classify_miss(classify, draft);
	return classify_evidence(classify, draft);
}

bool
classify_is_chatter(struct draft *draft)
{
	const struct rules *rules = draft->policy->rules;
	double score = 0;
	size_t i;

	for (i = 0; i < rules->chatter_count; i++) {
		const struct rules_signal *signal = &rules->chatter[i];

		if (signal->kind == SIGNAL_TEXT && (signal->locales >> draft->locale & 1) != 0 &&
		    match_holds(draft->match, signal->pattern, signal->part) == PATTERN_YES)
			score += signal->weight;
	}
	return rules->chatter_count > 0 && score + CLASSIFY_EPSILON >= rules->chatter_min_score;
}
