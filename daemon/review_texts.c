/* SPDX-License-Identifier: MIT */
/*
 * The texts of the rules: those that stand there twice, categories that have
 * none, and concepts that occur in none.
 */
#include "review.h"

#include <stdlib.h>

#include "fold.h"
#include "locale.h"
#include "mem.h"

#define REVIEW_FEW 16   /* patterns */
#define REVIEW_STRIDE 64 /* texts; those of one topic stand together */

static int
review_add_text(struct review *review, struct review_text *texts, struct str original,
    const struct rules_phrase *phrase, const struct rules_example *example)
{
	struct folded folded;

	if (original.n == 0)
		return 0;
	if (fold_text(review->arena, original, &folded) < 0)
		return -1;
	texts[review->text_count++] = (struct review_text){.text = folded.text,
	    .locale = phrase != NULL
		? phrase->locale
		: locale_choose(review->policy->rules, STR(""), folded.text, example->locale)
		      .locale,
	    .phrase = phrase,
	    .example = example};
	return 0;
}

int
review_read_texts(struct review *review)
{
	const struct rules *rules = review->policy->rules;
	struct review_text *texts;
	size_t count = rules->phrase_count, i, k;

	for (i = 0; i < rules->category_count; i++)
		count += 2 * rules->categories[i].example_count;
	review->texts = texts = arena_array(review->arena, count + 1, sizeof(texts[0]));
	if (texts == NULL)
		return -1;
	for (i = 0; i < rules->phrase_count; i++)
		if (review_add_text(review, texts, rules->phrases[i].text, &rules->phrases[i],
			NULL) < 0)
			return -1;
	for (i = 0; i < rules->category_count; i++)
		for (k = 0; k < rules->categories[i].example_count; k++) {
			const struct rules_example *example = &rules->categories[i].examples[k];

			if (review_add_text(review, texts, example->subject, NULL, example) < 0 ||
			    review_add_text(review, texts, example->text, NULL, example) < 0)
				return -1;
		}
	return 0;
}

static int
review_compare_texts(const void *a, const void *b)
{
	const struct review_text *x = a, *y = b;
	int order = str_cmp(x->text, y->text);

	if (x->locale != y->locale)
		return x->locale < y->locale ? -1 : 1;
	if (order != 0)
		return order;
	return x->phrase < y->phrase ? -1 : x->phrase > y->phrase;
}

/* Phrases stand in the order of their topics: the first keeps its place. */
static void
review_doubles(struct review *review)
{
	const struct rules *rules = review->policy->rules;
	size_t count = rules->phrase_count, i;
	struct review_text *sorted = mem_array(count + 1, sizeof(sorted[0]));

	for (i = 0; i < count; i++)
		sorted[i] = review->texts[i];
	qsort(sorted, count, sizeof(sorted[0]), review_compare_texts);
	for (i = 1; i < count; i++) {
		const struct rules_phrase *first = sorted[i - 1].phrase;
		const struct rules_phrase *second = sorted[i].phrase;

		if (sorted[i].locale != sorted[i - 1].locale ||
		    !str_eq(sorted[i].text, sorted[i - 1].text))
			continue;
		if (str_eq(first->topic, second->topic))
			review_warn(review, second->place, "",
			    "this text is there already, in line %u of %s", first->place.line,
			    first->place.file);
		else
			review_warn(review, second->place, "one text teaches one topic",
			    "this text of '%.*s' is also one of '%.*s', in line %u of %s",
			    STR_ARG(second->topic), STR_ARG(first->topic), first->place.line,
			    first->place.file);
	}
	free(sorted);
}

/* Where others have some. */
static void
review_without(struct review *review)
{
	const struct rules *rules = review->policy->rules;
	bool examples = false, training = review->policy->training != NULL;
	size_t i;

	for (i = 0; i < rules->category_count; i++)
		examples = examples || rules->categories[i].example_count > 0;
	for (i = 0; i < rules->category_count; i++) {
		const struct rules_category *category = &rules->categories[i];
		bool untrained = training && !category->fallback &&
		    !rules_trains(rules, category->name);
		bool unshown = examples && category->example_count == 0;

		if (untrained || unshown)
			review_warn(review, category->place, "", "'%.*s' has no %s%s%s",
			    STR_ARG(category->name), untrained ? "training texts" : "",
			    untrained && unshown ? " and no " : "", unshown ? "examples" : "");
	}
}

/* Which patterns of concepts have not occurred yet: by pattern, a mask of locales. */
struct review_silence {
	unsigned *patterns;
	size_t left[RULES_LOCALES];
};

static void
review_expect(struct review_silence *silence, const struct rules *rules)
{
	size_t i;
	unsigned locale;

	silence->patterns = mem_array(rules->pattern_count + 1, sizeof(silence->patterns[0]));
	for (i = 0; i < rules->concept_count; i++)
		for (locale = 0; locale < rules->locale_count; locale++) {
			const struct rules_pattern *pattern = rules->concepts[i].pattern[locale];

			if (pattern == NULL ||
			    (silence->patterns[pattern->number] >> locale & 1) != 0)
				continue;
			silence->patterns[pattern->number] |= 1u << locale;
			silence->left[locale]++;
		}
}

/* The pattern occurs in the text, or may: it hit a limit. */
static bool
review_occurs(const struct policy *policy, struct pattern_matcher *matcher, size_t number,
    struct str text, size_t from)
{
	return pattern_match(policy->patterns[number], matcher, text, from, NULL) != PATTERN_NO;
}

static void
review_heard(struct review_silence *silence, size_t number, unsigned locale)
{
	silence->patterns[number] &= ~(1u << locale);
	silence->left[locale]--;
}

/* Of the many that are left at first, the scan says which may match; of these that
 * were not seen yet PCRE2 is asked. */
static void
review_listen_many(const struct policy *policy, struct scan_scratch *scratch,
    struct pattern_matcher *matcher, const struct review_text *text,
    struct review_silence *silence)
{
	struct scan_hits hits;
	size_t i;

	if (scan_run(policy->scan, scratch, text->text, &hits, NULL) != 0)
		return;
	for (i = 0; i < hits.count; i++) {
		const struct scan_hit *hit = &hits.list[i];

		if ((silence->patterns[hit->id] >> text->locale & 1) != 0 &&
		    (hit->sure || review_occurs(policy, matcher, hit->id,
				      str_part(text->text, 0, hit->until), hit->from)))
			review_heard(silence, hit->id, text->locale);
	}
}

/* A few are quicker searched for one by one. */
static void
review_listen_few(const struct policy *policy, struct pattern_matcher *matcher,
    const struct review_text *text, struct review_silence *silence)
{
	size_t i;

	for (i = 0; i < policy->rules->pattern_count; i++) {
		if ((silence->patterns[i] >> text->locale & 1) == 0)
			continue;
		pattern_prepare(policy->patterns[i]); /* for hundreds of texts */
		if (review_occurs(policy, matcher, i, text->text, 0))
			review_heard(silence, i, text->locale);
	}
}

static void
review_silent(struct review *review, const struct review_silence *silence, unsigned locales)
{
	const struct rules *rules = review->policy->rules;
	unsigned locale;
	size_t i;

	for (i = 0; i < rules->concept_count; i++)
		for (locale = 0; locale < rules->locale_count; locale++) {
			const struct rules_pattern *pattern = rules->concepts[i].pattern[locale];

			if (pattern != NULL && (locales >> locale & 1) != 0 &&
			    (silence->patterns[pattern->number] >> locale & 1) != 0)
				review_warn(review, pattern->place,
				    "a slip in the words, or no text shows yet what it is for",
				    "the concept '%.*s' occurs in no training text and no "
				    "example in '%.*s'",
				    STR_ARG(rules->concepts[i].name),
				    STR_ARG(rules->locales[locale].name));
		}
}

/* With a stride, so that texts of every topic are among the first: most patterns are
 * heard in these. Returns the locales that have training texts. */
static unsigned
review_listen(const struct review *review, struct review_silence *silence)
{
	const struct policy *policy = review->policy;
	struct scan_scratch *scratch = scan_scratch_new(policy->scan);
	struct pattern_matcher *matcher = pattern_matcher_new();
	unsigned locales = 0;
	size_t start, i;

	if (scratch == NULL || matcher == NULL)
		mem_fail();
	for (start = 0; start < REVIEW_STRIDE; start++)
		for (i = start; i < review->text_count; i += REVIEW_STRIDE) {
			const struct review_text *text = &review->texts[i];
			size_t left = silence->left[text->locale];

			if (left > REVIEW_FEW)
				review_listen_many(policy, scratch, matcher, text, silence);
			else if (left > 0)
				review_listen_few(policy, matcher, text, silence);
			if (text->phrase != NULL)
				locales |= 1u << text->locale;
		}
	pattern_matcher_free(matcher);
	scan_scratch_free(scratch);
	return locales;
}

/* Only where there are training texts: a handful of examples shows nothing. */
static void
review_concepts(struct review *review)
{
	struct review_silence silence = {.patterns = NULL};

	review_expect(&silence, review->policy->rules);
	review_silent(review, &silence, review_listen(review, &silence));
	free(silence.patterns);
}

void
review_texts(struct review *review)
{
	review_doubles(review);
	review_without(review);
	review_concepts(review);
}
