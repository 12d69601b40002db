/* SPDX-License-Identifier: MIT */
/*
 * Fields that nobody is asked for and that no text tells, and conditions that
 * come too late.
 */
#include "review.h"

static void
review_statements(struct review *review, const struct rules_field *field)
{
	size_t i, k;

	for (i = 1; i < field->statement_count; i++)
		for (k = 0; k < i; k++) {
			const struct rules_statement *first = &field->statements[k];
			const struct rules_statement *second = &field->statements[i];

			if (first->pattern->number == second->pattern->number &&
			    (second->locales & ~first->locales) == 0)
				review_warn(review, second->pattern->place, "",
				    "line %u of %s says the same of '%.*s' before",
				    first->place.line, first->place.file,
				    STR_ARG(field->name));
		}
}

static void
review_captures(struct review *review, const struct rules_field *field)
{
	size_t i, k;

	for (i = 1; i < field->capture_count; i++)
		for (k = 0; k < i; k++) {
			const struct rules_capture *first = &field->captures[k];
			const struct rules_capture *second = &field->captures[i];

			if (str_eq(first->expanded, second->expanded) &&
			    (second->locales & ~first->locales) == 0)
				review_warn(review, second->place, "",
				    "line %u of %s captures the same for '%.*s' before",
				    first->place.line, first->place.file,
				    STR_ARG(field->name));
		}
}

/* With a label it is a box on the form. */
static bool
review_can_be_found(const struct rules_field *field)
{
	size_t i;

	for (i = 0; i < RULES_LOCALES; i++)
		if (field->label[i].p != NULL)
			return true;
	return field->asked != 0 || field->statement_count > 0 || field->capture_count > 0 ||
	    field->min_words > 0 || field->file_name != NULL || field->file_type_count > 0 ||
	    field->type == FIELD_FILE || str_is(field->name, "requester_name");
}

static void
review_field(struct review *review, const struct rules_category *category,
    const struct rules_field *field)
{
	const struct rules *rules = review->policy->rules;
	unsigned locales = (1u << rules->locale_count) - 1;

	if (!review_can_be_found(field))
		review_warn(review, field->place, "add 'label', 'asked', 'says' or 'captures'",
		    "'%.*s' is no box of the form, nobody is asked for it, and no text "
		    "tells it",
		    STR_ARG(field->name));
	else if (field->required != 0 && (field->required & locales & ~category->self_service) == 0)
		review_warn(review, field->place, "leave 'required' out",
		    "nobody is asked for '%.*s': the help text is always the answer",
		    STR_ARG(field->name));
	review_statements(review, field);
	review_captures(review, field);
}

static bool
review_tests_same(const struct rules_condition *a, const struct rules_condition *b)
{
	size_t i, k;

	if (a->input != b->input || a->field != b->field || a->test != b->test ||
	    a->number != b->number)
		return false;
	for (i = 0; i < b->code_count; i++) {
		for (k = 0; k < a->code_count; k++)
			if (str_eq(a->codes[k], b->codes[i]))
				break;
		if (k == a->code_count)
			return false;
	}
	return true;
}

/* Where the later one holds, the earlier one has held already. */
static void
review_routes(struct review *review, const struct rules_category *category)
{
	size_t i, k;

	for (i = 1; i < category->route_count; i++)
		for (k = 0; k < i; k++) {
			const struct rules_condition *first = &category->routes[k].when;
			const struct rules_condition *second = &category->routes[i].when;

			if (review_tests_same(first, second) &&
			    (second->locales & ~first->locales) == 0)
				review_warn(review, second->place, "the first that holds counts",
				    "the route '%.*s' is never reached: '%.*s' holds before",
				    STR_ARG(second->name), STR_ARG(first->name));
		}
}

void
review_fields(struct review *review)
{
	const struct rules *rules = review->policy->rules;
	size_t i, k;

	for (i = 0; i < rules->category_count; i++) {
		const struct rules_category *category = &rules->categories[i];

		for (k = 0; k < category->field_count; k++)
			review_field(review, category, &category->fields[k]);
		review_routes(review, category);
	}
}
