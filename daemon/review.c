/* SPDX-License-Identifier: MIT */
#include "review.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define REVIEW_SAID 512 /* bytes of a message */

struct review *
review_new(const struct policy *policy)
{
	struct review *review = mem_alloc(sizeof(*review));

	review->policy = policy;
	review->arena = arena_new(0);
	if (review->arena != NULL && review_read_texts(review) == 0)
		return review;
	review_free(review);
	return NULL;
}

void
review_free(struct review *review)
{
	if (review == NULL)
		return;
	arena_free(review->arena);
	free(review->leads);
	free(review->places);
	free(review->words);
	free(review);
}

static bool
review_is_new(struct review *review, struct place place)
{
	size_t i;

	for (i = 0; i < review->place_count; i++) {
		const struct place *other = &review->places[i];

		if (other->file == place.file && other->line == place.line &&
		    other->column == place.column)
			return false;
	}
	review->places = mem_resize(
	    review->places, review->place_count + 1, sizeof(review->places[0]));
	review->places[review->place_count++] = place;
	return true;
}

void
review_warn(struct review *review, struct place place, const char *hint, const char *format, ...)
{
	struct strbuf said;
	va_list arguments;

	if (!review_is_new(review, place))
		return;
	strbuf_init(&said, REVIEW_SAID);
	va_start(arguments, format);
	strbuf_vprintf(&said, format, arguments);
	va_end(arguments);
	diag_add(review->policy->diags, DIAG_WARNING, place, hint, "%.*s",
	    STR_ARG(strbuf_str(&said)));
	strbuf_fini(&said);
}

void
review_decided(struct review *review, const struct rules_example *example,
    const struct decision *decision)
{
	const struct decision_candidate *best = decision->candidates;

	/* By the text alone: a reason chosen on the form may lead by itself. */
	if (decision->candidate_count < 2 || best[0].category != decision->category ||
	    example->reason.n > 0)
		return;
	if (review->lead_count == review->lead_room) {
		review->lead_room = 2 * review->lead_room + 64;
		review->leads = mem_resize(
		    review->leads, review->lead_room, sizeof(review->leads[0]));
	}
	review->leads[review->lead_count++] = (struct review_lead){.example = example,
	    .winner = best[0].category,
	    .runner_up = best[1].category,
	    .lead = best[0].score - best[1].score};
}

/* Of the examples between the two, in either order: how many, and how many were
 * won by next to nothing. The first of these comes back. */
static const struct review_lead *
review_count_close(const struct review *review, const struct review_lead *pair,
    size_t *count, size_t *close)
{
	const struct review_lead *first = NULL;
	size_t i;

	*count = *close = 0;
	for (i = 0; i < review->lead_count; i++) {
		const struct review_lead *lead = &review->leads[i];

		if (!(lead->winner == pair->winner && lead->runner_up == pair->runner_up) &&
		    !(lead->winner == pair->runner_up && lead->runner_up == pair->winner))
			continue;
		(*count)++;
		if (lead->lead >= REVIEW_LEAD)
			continue;
		(*close)++;
		if (first == NULL)
			first = lead;
	}
	return first;
}

/* Two categories whose examples mostly come out as a draw between them. */
static void
review_leads(struct review *review)
{
	size_t count, close, i;

	for (i = 0; i < review->lead_count; i++) {
		const struct review_lead *lead = &review->leads[i];
		const struct review_lead *first =
		    review_count_close(review, lead, &count, &close);

		if (first == lead && close > 1 && 2 * close > count)
			review_warn(review, lead->example->place,
			    "give both signals, concepts or training texts that the other lacks",
			    "'%.*s' and '%.*s' can hardly be told apart: %zu of the %zu examples "
			    "between them are won by less than %.4g",
			    STR_ARG(lead->winner->name), STR_ARG(lead->runner_up->name), close,
			    count, REVIEW_LEAD);
	}
}

void
review_all(struct review *review)
{
	review_signals(review);
	review_fields(review);
	review_patterns(review);
	review_texts(review);
	review_leads(review);
}
