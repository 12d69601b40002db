/* SPDX-License-Identifier: MIT */
#include "extract_value.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "limits.h"
#include "value_date.h"
#include "value_name.h"
#include "value_number.h"
#include "value_url.h"

static const char *const extract_true[] = {
	"true", "yes", "y", "oui", "o", "vrai", "on", "1", "x", "ok", "checked", NULL,
};
static const char *const extract_false[] = {
	"false", "no", "n", "non", "faux", "off", "0", "unchecked", NULL,
};

static struct value
extract_text(struct str text)
{
	return (struct value){.type = VALUE_TEXT, .text = text};
}

static bool
extract_boolean(const struct rules_field *field, struct str folded, struct value *value)
{
	int64_t number;
	size_t start, end;

	*value = (struct value){.type = VALUE_BOOLEAN};
	/* With true_from a number is a count, also 0 and 1. */
	if (field->true_from > 0 && value_number_find(folded, &number, &start, &end)) {
		value->boolean = number >= field->true_from;
		return true;
	}
	value->boolean = str_is_one_of(folded, extract_true);
	return value->boolean || str_is_one_of(folded, extract_false);
}

/* Codes are ASCII; people may write blanks or hyphens where they have '_'. */
static bool
extract_code_is(struct str folded, struct str code)
{
	size_t i;

	if (folded.n != code.n)
		return false;
	for (i = 0; i < code.n; i++) {
		char a = folded.p[i], b = code.p[i];

		if (b >= 'A' && b <= 'Z')
			b |= 0x20;
		if (a != b && !((b == '_' || b == '-') && (a == ' ' || a == '-' || a == '_')))
			return false;
	}
	return true;
}

/* The code that is called so: in the ticket's language, else in the next. */
static bool
extract_label(const struct draft *draft, const struct rules_field *field, struct str folded,
    struct value *value)
{
	size_t step, i;

	if (field->code_folded == NULL || folded.n == 0)
		return false;
	for (step = 0; step < RULES_LOCALES; step++)
		for (i = 0; i < field->code_count; i++)
			if (extract_code_is(folded,
			    field->code_folded[i][(draft->locale + step) % RULES_LOCALES])) {
				*value = extract_text(field->codes[i]);
				return true;
			}
	return false;
}

static bool
extract_enum(const struct draft *draft, const struct rules_field *field, struct str folded,
    struct value *value)
{
	size_t i;

	for (i = 0; i < field->code_count; i++)
		if (extract_code_is(folded, field->codes[i])) {
			*value = extract_text(field->codes[i]);
			return true;
		}
	return extract_label(draft, field, folded, value);
}

#define EXTRACT_ITEM_BYTES 100 /* a longer item is cut at the next "and" */

#define EXTRACT_LEAD_BYTES 3   /* "en", "of", "the" before an item */

/* The words that name jobs: "Network and Systems Technician" is one of them, as
 * "Technicien systemes et reseaux" is. */
static const char *const extract_roles[] = {
	"technician", "developer", "engineer", "analyst", "manager", "designer", "administrator",
	"architect", "specialist", "officer", "consultant", "expert", "assistant", "scientist",
	"tester", "technicien",
	"developpeur", "développeur", "ingenieur", "ingénieur", "analyste", "administrateur",
	"architecte", "concepteur", "charge", "chargé", "responsable", "gestionnaire", NULL,
};

static bool
extract_is_role(struct str word)
{
	size_t i;

	for (i = 0; extract_roles[i] != NULL; i++) {
		size_t n = strlen(extract_roles[i]);

		if (word.n == n && strncasecmp(word.p, extract_roles[i], n) == 0)
			return true;
	}
	return false;
}

/* Has one of its words, between blanks, the name of a job? The last one alone? */
static bool
extract_has_role(struct str text, bool last)
{
	size_t at = 0, end;
	bool role = false;

	text = str_trim(text);
	for (; at < text.n; at = end + 1) {
		for (end = at; end < text.n && text.p[end] != ' '; end++)
			;
		role = (role && !last) || extract_is_role(str_part(text, at, end));
	}
	return role;
}

/* Are both sides of an "and" one name? Left and right: up to the next separator. */
static bool
extract_joins(struct str left, struct str right)
{
	const char *first;

	left = str_trim(left);
	right = str_trim(right);
	if (left.n == 0 || left.n > EXTRACT_ITEM_BYTES)
		return false;
	if (memchr(right.p, ' ', right.n) != NULL && extract_has_role(right, true))
		return !extract_has_role(left, false);
	/* "en Administrateur systemes" */
	first = memchr(left.p, ' ', left.n);
	if (first != NULL && first - left.p <= EXTRACT_LEAD_BYTES)
		left = str_trim(str_part(left, (size_t)(first - left.p), left.n));
	first = memchr(left.p, ' ', left.n);
	return first != NULL && extract_is_role(str_part(left, 0, (size_t)(first - left.p))) &&
	    right.n > 0 && right.p[0] >= 'a' && right.p[0] <= 'z' &&
	    !extract_has_role(right, false);
}

/* Bytes of a separator of list items at "at", or 0. *joins: it is an "and". */
static size_t
extract_separator(struct str text, size_t at, bool *joins)
{
	static const char *const words[] = {" and ", " et ", " & ", " und ", " y ", " + ", " / ",
		" plus ", " ainsi que ", " as well as "};
	size_t i;

	*joins = false;
	if (strchr(",;\n\r\t|", text.p[at]) != NULL)
		return 1;
	for (i = 0; text.p[at] == ' ' && i < sizeof(words) / sizeof(words[0]); i++)
		if (str_starts(str_part(text, at, text.n), words[i])) {
			*joins = i < 5;
			/* The blank behind may begin the next. */
			return strlen(words[i]) - 1;
		}
	return 0;
}

/* Where the next separator is. */
static size_t
extract_item_end(struct str text, size_t at)
{
	bool joins;

	while (at < text.n && extract_separator(text, at, &joins) == 0)
		at++;
	return at;
}

static struct str
extract_item(struct str item)
{
	item = str_trim(item);
	while (item.n > 0 && strchr("-*.:", item.p[0]) != NULL)
		item = str_trim(str_part(item, 1, item.n));
	while (item.n > 0 && strchr(".!?:", item.p[item.n - 1]) != NULL)
		item.n--;
	return item;
}

static bool
extract_list(const struct draft *draft, struct str text, struct value *value)
{
	struct value *items = arena_array(draft->arena, LIMIT_LIST_ITEMS, sizeof(*items));
	size_t start = 0, at = 0, count = 0, n;

	if (items == NULL)
		return false;
	while (at <= text.n && count < LIMIT_LIST_ITEMS) {
		struct str item;
		bool joins = false;

		n = at < text.n ? extract_separator(text, at, &joins) : 1;
		if (n == 0 || (joins && extract_joins(str_part(text, start, at),
		    str_part(text, at + n, extract_item_end(text, at + n))))) {
			at++;
			continue;
		}
		item = extract_item(str_part(text, start, at));
		if (item.n > 0)
			items[count++] = extract_text(item);
		at += n;
		start = at;
	}
	*value = (struct value){.type = VALUE_LIST, .items = items, .count = count};
	return count > 0;
}

static enum value_date_lean
extract_lean(const struct rules_field *field)
{
	switch (field->lean) {
	case FIELD_LEAN_PAST:
		return VALUE_DATE_PAST;
	case FIELD_LEAN_FUTURE:
		return VALUE_DATE_PLANNED;
	case FIELD_LEAN_NEITHER:
		break;
	}
	return VALUE_DATE_NEAREST;
}

/* A date that begins in text, a slice of around. *quote: what of text is the date. */
static bool
extract_date(const struct draft *draft, const struct rules_field *field, struct str text,
    struct str around, struct value *value, struct str *quote)
{
	struct folded folded;
	size_t from = 0, until, start, end;
	int64_t day;

	if (fold_text(draft->arena, around, &folded) < 0)
		return false;
	while (from < folded.text.n && around.p + folded.origin[from] < text.p)
		from++;
	for (until = from; until < folded.text.n &&
	     around.p + folded.origin[until] < text.p + text.n; until++)
		;
	if (!value_date_find_in(folded.text, from, until, draft->today, extract_lean(field), &day,
	    &start, &end))
		return false;
	*quote = fold_original(&folded, start, end < until ? end : until);
	return value_date_make(draft->arena, day, value);
}

static bool
extract_integer(const struct folded *folded, struct value *value, struct str *quote)
{
	size_t start, end;

	*value = (struct value){.type = VALUE_INTEGER};
	if (!value_number_find(folded->text, &value->integer, &start, &end))
		return false;
	*quote = fold_original(folded, start, end);
	return true;
}

bool
extract_value_text(const struct draft *draft, const struct rules_field *field, struct str text,
    struct str around, struct value *value, struct str *quote)
{
	const struct rules_locale *locale = &draft->policy->rules->locales[draft->locale];
	struct folded folded;

	text = str_trim(text);
	if (text.n == 0)
		return false;
	*quote = text;
	*value = extract_text(text);
	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_FILE:
		return true;
	case FIELD_PERSON_NAME:
		return value_name_read(
		    text, locale->words, locale->word_count, draft->arena, &value->text);
	case FIELD_URL:
		if (!value_url_find(text, &value->text))
			return false;
		*quote = value->text;
		return true;
	case FIELD_LIST:
		return extract_list(draft, text, value);
	case FIELD_DATE:
		return extract_date(draft, field, text, around, value, quote);
	case FIELD_INTEGER:
	case FIELD_BOOLEAN:
	case FIELD_ENUM:
		break;
	}
	if (fold_text(draft->arena, text, &folded) < 0)
		return false;
	if (field->type == FIELD_INTEGER)
		return extract_integer(&folded, value, quote);
	folded.text = str_trim(folded.text);
	return field->type == FIELD_BOOLEAN ? extract_boolean(field, folded.text, value)
	    : extract_enum(draft, field, folded.text, value);
}

static bool
extract_box_number(const struct rules_field *field, int64_t number, struct value *value)
{
	if (field->type == FIELD_INTEGER) {
		*value = (struct value){.type = VALUE_INTEGER, .integer = number};
		return true;
	}
	if (field->type != FIELD_BOOLEAN || (field->true_from == 0 && number != 0 && number != 1))
		return false;
	*value = (struct value){.type = VALUE_BOOLEAN,
	    .boolean = number >= (field->true_from > 0 ? field->true_from : 1)};
	return true;
}

static bool
extract_box_list(
    const struct draft *draft, const struct value *box, struct value *value)
{
	struct value *items = arena_array(draft->arena, box->count + 1, sizeof(*items));
	size_t count = 0, i;

	if (items == NULL)
		return false;
	for (i = 0; i < box->count; i++) {
		const struct value *item = &box->items[i];

		if (item->type == VALUE_LIST)
			return false;
		if (item->type == VALUE_NONE ||
		    (item->type == VALUE_TEXT && str_trim(item->text).n == 0))
			continue;
		items[count] = *item;
		if (item->type == VALUE_TEXT)
			items[count].text = str_trim(item->text);
		count++;
	}
	*value = (struct value){.type = VALUE_LIST, .items = items, .count = count};
	return count > 0;
}

bool
extract_value_box(const struct draft *draft, const struct rules_field *field,
    const struct value *box, struct value *value)
{
	struct str quote;

	switch (box->type) {
	case VALUE_TEXT:
		return extract_value_text(draft, field, box->text, box->text, value, &quote);
	case VALUE_BOOLEAN:
		*value = *box;
		return field->type == FIELD_BOOLEAN;
	case VALUE_INTEGER:
		return extract_box_number(field, box->integer, value);
	case VALUE_REAL:
		if (box->real < -9e15 || box->real > 9e15 || floor(box->real) != box->real)
			return false;
		return extract_box_number(field, (int64_t)box->real, value);
	case VALUE_DATE:
		*value = *box;
		return field->type == FIELD_DATE;
	case VALUE_LIST:
		return field->type == FIELD_LIST && extract_box_list(draft, box, value);
	case VALUE_NONE:
		break;
	}
	return false;
}
