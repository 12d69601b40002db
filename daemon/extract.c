/* SPDX-License-Identifier: MIT */
#include "extract.h"

#include <string.h>

#include "extract_text.h"
#include "extract_value.h"

static bool
extract_blank(const struct value *value)
{
	return value->type == VALUE_NONE ||
	    (value->type == VALUE_TEXT && str_trim(value->text).n == 0) ||
	    (value->type == VALUE_LIST && value->count == 0);
}

/* "fields.NAME" */
static struct str
extract_path(const struct draft *draft, struct str name)
{
	static const char prefix[] = "fields.";
	size_t n = sizeof(prefix) - 1;
	char *path = arena_alloc(draft->arena, n + name.n + 1);

	if (path == NULL)
		return (struct str){NULL, 0};
	memcpy(path, prefix, n);
	memcpy(path + n, name.p, name.n);
	return (struct str){path, n + name.n};
}

static bool
extract_from_box(struct draft *draft, const struct rules_field *field, struct decision_found *found)
{
	const struct ticket_field *box = ticket_field_find(draft->ticket, field->name);

	if (box == NULL || extract_blank(&box->value))
		return false;
	if (!extract_value_box(draft, field, &box->value, &found->value)) {
		draft_warn(draft, extract_path(draft, field->name), STR("invalid_field"));
		return false;
	}
	found->from_form = true;
	return true;
}

static bool
extract_type_fits(const struct rules_field *field, struct str type)
{
	size_t i;

	for (i = 0; i < field->file_type_count; i++) {
		struct str wanted = field->file_types[i];

		if (str_eq(type, wanted) || (wanted.n > 0 && wanted.p[wanted.n - 1] == '/' &&
		    type.n > wanted.n && memcmp(type.p, wanted.p, wanted.n) == 0))
			return true;
	}
	return field->file_type_count == 0;
}

static bool
extract_file_fits(struct draft *draft, const struct rules_field *field, bool bare, size_t i)
{
	struct str type = draft->ticket->attachments[i].type;
	struct match_place place;
	bool general = type.n == 0 || str_is(type, "application/octet-stream");

	if (bare)
		return general || extract_type_fits(field, type);
	if (field->file_name == NULL && field->file_type_count == 0)
		return false;
	if (!extract_type_fits(field, type) && !(general && field->file_name != NULL))
		return false;
	return field->file_name == NULL || match_find_in(draft->match, field->file_name,
	    draft->names[i].text, &place) == PATTERN_YES;
}

/* A link for which a file will do as well, such as a screenshot of the place. */
static bool
extract_link_or_file(const struct rules_field *field)
{
	return field->type == FIELD_URL &&
	    (field->file_name != NULL || field->file_type_count > 0);
}

/* One attachment stands for one field only. */
static bool
extract_taken(const struct draft *draft, const struct ticket_attachment *attachment)
{
	const struct rules_category *category = draft->decision->category;
	size_t i;

	for (i = 0; i < category->field_count; i++)
		if (draft->fields[i].there && draft->fields[i].found.quote.p == attachment->name.p)
			return true;
	return false;
}

bool
extract_file(struct draft *draft, const struct rules_field *field, bool bare,
    struct decision_found *found)
{
	const struct ticket *ticket = draft->ticket;
	size_t i, chosen = ticket->attachment_count;

	if (field->type != FIELD_FILE && !extract_link_or_file(field))
		return false;
	for (i = 0; i < ticket->attachment_count; i++)
		if (str_eq(ticket->attachments[i].field, field->name)) {
			chosen = i;
			break;
		}
	for (i = 0; chosen == ticket->attachment_count && i < ticket->attachment_count; i++)
		if (ticket->attachments[i].field.n == 0 &&
		    !extract_taken(draft, &ticket->attachments[i]) &&
		    extract_file_fits(draft, field, bare, i))
			chosen = i;
	if (chosen == ticket->attachment_count)
		return false;
	found->value = (struct value){
		.type = VALUE_TEXT, .text = ticket->attachments[chosen].name};
	found->quote = ticket->attachments[chosen].name;
	return true;
}

static bool
extract_from_sender(
    struct draft *draft, const struct rules_field *field, struct decision_found *found)
{
	struct str name = str_trim(draft->ticket->requester_name);

	if (!str_is(field->name, "requester_name") || name.n == 0)
		return false;
	found->value = (struct value){.type = VALUE_TEXT, .text = name};
	found->from_form = true;
	return true;
}

static void
extract_field(struct draft *draft, size_t i)
{
	const struct rules_field *field = &draft->decision->category->fields[i];
	struct draft_field *slot = &draft->fields[i];
	struct decision_found found = {.field = field, .follow_up = draft->follow_up};

	if (!extract_from_box(draft, field, &found) &&
	    !(field->type == FIELD_FILE && extract_file(draft, field, false, &found)) &&
	    !extract_from_sender(draft, field, &found) &&
	    !extract_text_field(draft, field, &found) &&
	    !(field->type == FIELD_URL && extract_file(draft, field, false, &found)))
		return;
	slot->there = true;
	slot->found = found;
}

/* Does any category of the audience have a field of that name? */
static bool
extract_known(const struct draft *draft, struct str name)
{
	const struct rules *rules = draft->policy->rules;
	size_t i, k;

	for (i = 0; i < rules->category_count; i++) {
		const struct rules_category *category = &rules->categories[i];

		if (category->audience != draft->audience)
			continue;
		for (k = 0; k < category->field_count; k++)
			if (str_eq(category->fields[k].name, name))
				return true;
	}
	return false;
}

int
extract_fields(struct draft *draft)
{
	const struct rules_category *category = draft->decision->category;
	size_t i;

	if (draft->fields == NULL)
		draft->fields = arena_array(
		    draft->arena, category->field_count + 1, sizeof(*draft->fields));
	if (draft->fields == NULL)
		return -1;
	for (i = 0; i < category->field_count; i++)
		extract_field(draft, i);
	for (i = 0; i < draft->ticket->field_count; i++)
		if (!extract_known(draft, draft->ticket->fields[i].name))
			draft_warn(draft, extract_path(draft, draft->ticket->fields[i].name),
			    STR("unknown_field"));
	return 0;
}

bool
extract_will_do(const struct rules_field *field, const struct rules_field *other)
{
	size_t i;

	for (i = 0; i < field->one_of_count; i++)
		if (str_eq(field->one_of[i], other->name))
			return true;
	return false;
}

/* Is there a field that will do, or one already asked for that does for both? */
static bool
extract_replaced(const struct draft *draft, size_t wanted)
{
	const struct rules_category *category = draft->decision->category;
	const struct rules_field *field = &category->fields[wanted];
	size_t i;

	for (i = 0; i < category->field_count; i++)
		if (extract_will_do(field, &category->fields[i]) &&
		    (draft->fields[i].there || (draft->fields[i].missing &&
		    extract_will_do(&category->fields[i], field))))
			return true;
	return false;
}

void
extract_missing(struct draft *draft)
{
	const struct rules_category *category = draft->decision->category;
	size_t i;

	for (i = 0; i < category->field_count; i++)
		if ((category->fields[i].required >> draft->locale & 1) != 0 &&
		    !draft->fields[i].there && !extract_replaced(draft, i))
			draft->fields[i].missing = true;
}
