/* SPDX-License-Identifier: MIT */
#include "extract_bare.h"

#include <string.h>

#include "classify.h"
#include "extract.h"
#include "extract_text.h"
#include "extract_value.h"

#define BARE_UNITS 64  /* lines, or pieces of them, that are looked at */
#define BARE_AROUND 3  /* words around a date or number */
#define BARE_TEXT_WORDS 3
#define BARE_PARTICLE 3 /* letters: de, van, von, del */

/* Types in the order in which they take their part of the text. */
static const enum field_type bare_types[] = {FIELD_FILE, FIELD_URL, FIELD_DATE, FIELD_INTEGER,
	FIELD_BOOLEAN, FIELD_ENUM, FIELD_PERSON_NAME, FIELD_TEXT};
#define BARE_TYPES (sizeof(bare_types) / sizeof(bare_types[0]))

struct bare {
	struct draft *draft;
	struct str *taken; /* of the body as typed, by what was read so far */
	size_t taken_count;
};

static bool
bare_is_taken(const struct bare *bare, struct str unit)
{
	size_t i;

	unit = draft_as_typed(bare->draft, PART_BODY, unit);
	for (i = 0; i < bare->taken_count; i++)
		if (bare->taken[i].p < unit.p + unit.n &&
		    unit.p < bare->taken[i].p + bare->taken[i].n)
			return true;
	return false;
}

static bool
bare_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
bare_ends(struct str text, size_t at, bool pieces)
{
	if (text.p[at] == '\n')
		return true;
	return pieces && strchr(",;.!", text.p[at]) != NULL &&
	    (at + 1 == text.n || bare_is_blank(text.p[at + 1]));
}

/* The next line, or piece of one, from *at on. */
static bool
bare_next(struct str text, bool pieces, size_t *at, struct str *unit)
{
	size_t start = *at;

	if (start >= text.n)
		return false;
	while (*at < text.n && !bare_ends(text, *at, pieces))
		(*at)++;
	*unit = str_trim(str_part(text, start, *at));
	if (*at < text.n)
		(*at)++;
	return true;
}

/* Without a list's mark, a label and the full stop. */
static struct str
bare_strip(struct str unit)
{
	size_t i;

	while (unit.n > 1 && strchr("-*>", unit.p[0]) != NULL)
		unit = str_trim(str_part(unit, 1, unit.n));
	if (unit.n > 2 && unit.p[0] >= '0' && unit.p[0] <= '9' &&
	    (unit.p[1] == '.' || unit.p[1] == ')') && bare_is_blank(unit.p[2]))
		unit = str_trim(str_part(unit, 2, unit.n));
	for (i = 0; i + 1 < unit.n; i++)
		if (unit.p[i] == ':' && bare_is_blank(unit.p[i + 1])) {
			unit = str_trim(str_part(unit, i + 1, unit.n));
			break;
		}
	while (unit.n > 0 && strchr(".,;!", unit.p[unit.n - 1]) != NULL)
		unit.n--;
	return unit;
}

/* The next word: what stands between blanks and has a letter or digit. */
static bool
bare_word(struct str text, size_t *at, struct str *word)
{
	while (*at < text.n) {
		size_t start;
		bool letter = false;

		while (*at < text.n && bare_is_blank(text.p[*at]))
			(*at)++;
		for (start = *at; *at < text.n && !bare_is_blank(text.p[*at]); (*at)++) {
			unsigned char c = (unsigned char)text.p[*at];

			letter = letter || c >= 0x80 || (c >= '0' && c <= '9') ||
			    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
		}
		if (letter) {
			*word = str_part(text, start, *at);
			return true;
		}
	}
	return false;
}

static size_t
bare_words(struct str text)
{
	struct str word;
	size_t at = 0, count = 0;

	while (bare_word(text, &at, &word))
		count++;
	return count;
}

static bool
bare_is_alone(struct str unit, struct str quote)
{
	return bare_words(unit) <= bare_words(quote) + BARE_AROUND;
}

/* Folded as the function words are. */
static struct str
bare_fold(const struct draft *draft, struct str text)
{
	struct folded folded;

	if (fold_text(draft->arena, text, &folded) < 0)
		return STR("");
	return str_trim(folded.text);
}

static bool
bare_is_lower(struct str word)
{
	unsigned char c = (unsigned char)word.p[0];

	/* Of the letters with accents those of Latin-1; others may begin a name. */
	return (c >= 'a' && c <= 'z') ||
	    (c == 0xC3 && word.n > 1 && (unsigned char)word.p[1] >= 0x9F);
}

static bool
bare_is_name(const struct draft *draft, struct str unit)
{
	const struct rules_locale *locale = &draft->policy->rules->locales[draft->locale];
	struct str own = draft->submitted->requester_name, word = {NULL, 0};
	size_t at = 0, count = 0, letters = 0, i;
	bool lower = false;

	while (bare_word(unit, &at, &word)) {
		lower = bare_is_lower(word);
		if (lower && (count == 0 || word.n > BARE_PARTICLE))
			return false;
		if (!lower && extract_is_function_word(locale, bare_fold(draft, word)))
			return false;
		count++;
	}
	for (i = 0; i < unit.n; i++)
		letters += (unit.p[i] | 0x20) >= 'a' && (unit.p[i] | 0x20) <= 'z';
	if (count == 0 || lower || (count == 1 && letters > 0))
		return false;
	return own.n == 0 || !str_eq(bare_fold(draft, unit), bare_fold(draft, own));
}

static bool
bare_has_date(const struct draft *draft, struct str unit)
{
	static const struct rules_field date = {.type = FIELD_DATE};
	struct value value;
	struct str quote;

	return extract_value_text(draft, &date, unit, unit, &value, &quote);
}

static bool
bare_number(const struct draft *draft, const struct rules_field *field, struct str unit,
    struct value *value, struct str *quote)
{
	static const struct rules_field number = {.type = FIELD_INTEGER};

	return extract_value_text(draft, &number, unit, unit, value, quote) &&
	    bare_is_alone(unit, *quote) && !bare_has_date(draft, unit) &&
	    extract_value_text(draft, field, *quote, unit, value, quote);
}

/* The word that says yes or no. Shorter ones ("ok", "o", "1") say too little
 * where nobody ticked a box. */
static bool
bare_boolean(const struct draft *draft, const struct rules_field *field, struct str unit,
    struct value *value, struct str *quote)
{
	static const char *const words[] = {
	    "yes", "no", "oui", "non", "true", "false", "vrai", "faux"};
	struct str word, folded;
	size_t at = 0, i;

	if (!bare_word(unit, &at, &word))
		return false;
	while (word.n > 0 && strchr(",;.!", word.p[word.n - 1]) != NULL)
		word.n--;
	folded = bare_fold(draft, word);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_is(folded, words[i]))
			return extract_value_text(draft, field, word, unit, value, quote);
	return field->true_from > 0 && bare_number(draft, field, unit, value, quote);
}

static bool
bare_reads(const struct draft *draft, const struct rules_field *field, struct str unit,
    struct value *value, struct str *quote)
{
	if (unit.n == 0)
		return false;
	if (field->type == FIELD_URL)
		return extract_value_text(draft, field, unit, unit, value, quote);
	if (memchr(unit.p, '?', unit.n) != NULL)
		return false;
	switch (field->type) {
	case FIELD_DATE:
		return extract_value_text(draft, field, unit, unit, value, quote) &&
		    bare_is_alone(unit, *quote);
	case FIELD_INTEGER:
		return bare_number(draft, field, unit, value, quote);
	case FIELD_BOOLEAN:
		return bare_boolean(draft, field, unit, value, quote);
	case FIELD_PERSON_NAME:
		return bare_is_name(draft, unit) &&
		    extract_value_text(draft, field, unit, unit, value, quote);
	case FIELD_ENUM:
		return extract_value_text(draft, field, unit, unit, value, quote);
	default:
		return false;
	}
}

/* Whole lines first: "Monday, 20 April" is one date. */
static bool
bare_typed(struct bare *bare, const struct rules_field *field, struct decision_found *found)
{
	struct str text = bare->draft->body.original, unit, quote;
	int pieces;

	for (pieces = 0; pieces <= 1; pieces++) {
		size_t at = 0, count = 0;

		while (count++ < BARE_UNITS && bare_next(text, pieces != 0, &at, &unit)) {
			unit = bare_strip(unit);
			if (bare_is_taken(bare, unit) ||
			    !bare_reads(bare->draft, field, unit, &found->value, &quote))
				continue;
			extract_quote(bare->draft, PART_BODY, quote, found);
			return true;
		}
	}
	return false;
}

/* The lines that nothing was read from, together. */
static bool
bare_text(struct bare *bare, const struct rules_field *field, struct decision_found *found)
{
	const struct rules_locale *locale =
	    &bare->draft->policy->rules->locales[bare->draft->locale];
	struct str text = bare->draft->body.original, unit, word, all = {NULL, 0};
	size_t at = 0, words = 0, known = 0, count = 0;
	size_t wanted = (field->min_words + 1) / 2;

	if (classify_is_chatter(bare->draft))
		return false;
	while (count++ < BARE_UNITS && bare_next(text, false, &at, &unit)) {
		size_t from = 0;

		if (unit.n == 0 || bare_is_taken(bare, unit))
			continue;
		if (all.p == NULL)
			all = unit;
		all.n = (size_t)(unit.p + unit.n - all.p);
		while (bare_word(unit, &from, &word)) {
			words++;
			known += extract_is_function_word(locale, bare_fold(bare->draft, word));
		}
	}
	if (words < (wanted > BARE_TEXT_WORDS ? wanted : BARE_TEXT_WORDS) ||
	    known < (field->min_function_words + 1) / 2)
		return false;
	all = extract_cut(all);
	extract_quote(bare->draft, PART_BODY, all, found);
	found->value = (struct value){.type = VALUE_TEXT, .text = all};
	return true;
}

/* Was it asked for, or would it do instead of one that was? */
static bool
bare_is_wanted(const struct draft *draft, const bool *asked, size_t wanted)
{
	const struct rules_category *category = draft->decision->category;
	size_t i;

	for (i = 0; i < category->field_count; i++)
		if (asked[i] && (i == wanted ||
		    extract_will_do(&category->fields[i], &category->fields[wanted])))
			return true;
	return false;
}

/* The one field of the type that is wanted and not told, or NULL. */
static struct draft_field *
bare_slot(const struct draft *draft, const bool *asked, enum field_type type,
    const struct rules_field **field)
{
	const struct rules_category *category = draft->decision->category;
	struct draft_field *only = NULL;
	size_t i;

	for (i = 0; i < category->field_count; i++) {
		struct draft_field *slot = &draft->fields[i];

		if (category->fields[i].type != type || !bare_is_wanted(draft, asked, i) ||
		    (slot->there && slot->found.follow_up == draft->follow_up))
			continue;
		if (only != NULL)
			return NULL;
		only = slot;
		*field = &category->fields[i];
	}
	return only;
}

/* What captures have read is no second answer: "from 3 May" is the start, and
 * not the end as well. Texts are quoted at length and take nothing. */
static bool
bare_begin(struct bare *bare)
{
	const struct draft *draft = bare->draft;
	size_t count = draft->decision->category->field_count, i;

	bare->taken = arena_array(draft->arena, count + BARE_TYPES, sizeof(*bare->taken));
	if (bare->taken == NULL)
		return false;
	for (i = 0; i < count; i++) {
		const struct decision_found *found = &draft->fields[i].found;

		if (draft->fields[i].there && found->follow_up == draft->follow_up &&
		    found->part == PART_BODY && found->field->type != FIELD_TEXT)
			bare->taken[bare->taken_count++] = found->quote;
	}
	return true;
}

int
extract_bare(struct draft *draft, const bool *asked)
{
	struct bare bare = {.draft = draft};
	size_t i;

	if (!bare_begin(&bare))
		return -1;
	for (i = 0; i < BARE_TYPES; i++) {
		const struct rules_field *field = NULL;
		struct draft_field *slot = bare_slot(draft, asked, bare_types[i], &field);
		struct decision_found found = {.field = field, .follow_up = draft->follow_up};

		if (slot == NULL)
			continue;
		if (field->type == FIELD_FILE) {
			if (!extract_file(draft, field, true, &found))
				continue;
		} else if (field->type == FIELD_TEXT ? !bare_text(&bare, field, &found)
						     : !bare_typed(&bare, field, &found)) {
			continue;
		} else {
			bare.taken[bare.taken_count++] = found.quote;
		}
		slot->there = true;
		slot->found = found;
	}
	return 0;
}
