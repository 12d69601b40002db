/* SPDX-License-Identifier: MIT */
#include "form.h"

#include <limits.h>

/* Less stands first; equal ones by name, as the rules have them. */
static unsigned
form_rank(const struct rules_category *category)
{
	if (category->fallback)
		return UINT_MAX;
	return category->position != 0 ? category->position : UINT_MAX - 1;
}

size_t
form_reasons(const struct rules *rules, unsigned audience, const struct rules_category **list)
{
	size_t count = 0, i, k;

	for (i = 0; i < rules->category_count; i++) {
		const struct rules_category *category = &rules->categories[i];

		if (category->audience != audience)
			continue;
		for (k = count; k > 0 && form_rank(list[k - 1]) > form_rank(category); k--)
			list[k] = list[k - 1];
		list[k] = category;
		count++;
	}
	return count;
}

size_t
form_boxes(
    const struct rules_category *category, unsigned locale, const struct rules_field **list)
{
	size_t count = 0, i;

	for (i = 0; i < category->field_count; i++)
		if ((category->fields[i].asked >> locale & 1) != 0)
			list[count++] = &category->fields[i];
	for (i = 0; i < category->field_count; i++)
		if ((category->fields[i].asked >> locale & 1) == 0 &&
		    category->fields[i].label[locale].n > 0)
			list[count++] = &category->fields[i];
	return count;
}

/* What gate.h says of a field that nobody may be asked for. */
static bool
form_silence_answers(const struct rules_gate *gate, unsigned locale)
{
	const struct rules_condition *when = &gate->when;

	if (when->input != GATE_FIELD || (when->locales >> locale & 1) == 0)
		return false;
	return gate->unknown == GATE_UNKNOWN_ANSWERED ||
	       (gate->unknown == GATE_UNKNOWN_ASK && (when->field->asked >> locale & 1) == 0);
}

bool
form_requires(
    const struct rules_category *category, const struct rules_field *field, unsigned locale)
{
	size_t i;

	for (i = 0; i < category->gate_count; i++)
		if (form_silence_answers(&category->gates[i], locale))
			return false;
	return (field->required >> locale & 1) != 0;
}
