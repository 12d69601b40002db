/* SPDX-License-Identifier: MIT */
#include "gate.h"

#include "value_date.h"

enum gate_result { GATE_HOLDS, GATE_FAILS, GATE_UNKNOWN };

/* The field's slot in the draft, or NULL when it is not of this category. */
static struct draft_field *
gate_slot(const struct draft *draft, const struct rules_field *field)
{
	const struct rules_category *category = draft->decision->category;
	size_t i;

	for (i = 0; i < category->field_count; i++)
		if (&category->fields[i] == field || str_eq(category->fields[i].name, field->name))
			return &draft->fields[i];
	return NULL;
}

static enum gate_result
gate_of(bool holds)
{
	return holds ? GATE_HOLDS : GATE_FAILS;
}

static enum gate_result
gate_number(const struct rules_condition *when, int64_t number)
{
	return gate_of(when->test == GATE_AT_LEAST ? number >= when->number
	    : number <= when->number);
}

static enum gate_result
gate_age(const struct draft *draft, const struct rules_condition *when, int64_t date)
{
	bool months = when->test == GATE_AGE_MONTHS || when->test == GATE_AGE_MONTHS_MOST;
	bool most = when->test == GATE_AGE_MONTHS_MOST || when->test == GATE_AGE_DAYS_MOST;
	int64_t ripe =
	    months ? value_date_add_months(date, when->number) : date + when->number;

	return gate_of(most ? ripe >= draft->today : ripe <= draft->today);
}

static enum gate_result
gate_code(const struct rules_condition *when, struct str code)
{
	size_t i;

	for (i = 0; i < when->code_count; i++)
		if (str_eq(when->codes[i], code))
			return GATE_HOLDS;
	return GATE_FAILS;
}

static enum gate_result
gate_test(const struct draft *draft, const struct rules_condition *when)
{
	const struct draft_field *slot;
	const struct value *value;

	if (when->input == GATE_CLOCK_DAY_OF_MONTH)
		return gate_number(when, draft->local.day);
	slot = gate_slot(draft, when->field);
	if (slot == NULL || !slot->there)
		return GATE_UNKNOWN;
	value = &slot->found.value;
	switch (when->test) {
	case GATE_IS_TRUE:
		return value->type == VALUE_BOOLEAN ? gate_of(value->boolean) : GATE_UNKNOWN;
	case GATE_AT_LEAST:
	case GATE_AT_MOST:
		return value->type == VALUE_INTEGER ? gate_number(when, value->integer)
						    : GATE_UNKNOWN;
	case GATE_AGE_MONTHS:
	case GATE_AGE_DAYS:
	case GATE_AGE_MONTHS_MOST:
	case GATE_AGE_DAYS_MOST:
		return value->type == VALUE_DATE ? gate_age(draft, when, value->integer)
						 : GATE_UNKNOWN;
	case GATE_ONE_OF:
		return value->type == VALUE_TEXT ? gate_code(when, value->text) : GATE_UNKNOWN;
	}
	return GATE_UNKNOWN;
}

static bool
gate_concerns(const struct draft *draft, const struct rules_condition *when)
{
	return (when->locales >> draft->locale & 1) != 0;
}

bool
gate_holds(const struct draft *draft, const struct rules_condition *when)
{
	return gate_concerns(draft, when) && gate_test(draft, when) == GATE_HOLDS;
}

/* A gate that does not concern the ticket holds. */
static enum gate_result
gate_check(const struct draft *draft, const struct rules_gate *gate)
{
	enum gate_result result =
	    gate_concerns(draft, &gate->when) ? gate_test(draft, &gate->when) : GATE_HOLDS;

	return result == GATE_UNKNOWN && gate->unknown == GATE_UNKNOWN_HOLDS ? GATE_HOLDS
									      : result;
}

static void
gate_ask(struct draft *draft, const struct rules_gate *gate)
{
	struct draft_field *slot =
	    gate->when.input == GATE_FIELD ? gate_slot(draft, gate->when.field) : NULL;

	if (slot != NULL) {
		slot->there = false;
		slot->missing = true;
	}
	if (draft->decision->gate == NULL)
		draft->decision->gate = gate;
}

bool
gate_answers(struct draft *draft)
{
	const struct rules_category *category = draft->decision->category;
	size_t i;

	if ((category->self_service >> draft->locale & 1) != 0)
		return true;
	/* What asks takes its field away: look for an answer first. */
	for (i = 0; i < category->gate_count; i++) {
		const struct rules_gate *gate = &category->gates[i];
		enum gate_result result;
		bool asks;

		result = gate_check(draft, gate);
		if (result == GATE_HOLDS)
			continue;
		asks = gate->when.input == GATE_FIELD && (result == GATE_UNKNOWN
		    ? gate->unknown == GATE_UNKNOWN_ASK &&
			(gate->when.field->asked >> draft->locale & 1) != 0
		    : gate->otherwise == GATE_OTHERWISE_ASK);
		if (!asks) {
			draft->decision->gate = gate;
			return true;
		}
	}
	for (i = 0; i < category->gate_count; i++) {
		const struct rules_gate *gate = &category->gates[i];

		if (gate_check(draft, gate) != GATE_HOLDS)
			gate_ask(draft, gate);
	}
	return false;
}
