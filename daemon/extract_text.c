/* SPDX-License-Identifier: MIT */
#include "extract_text.h"

#include "extract.h"
#include "extract_value.h"

#define EXTRACT_MATCHES_MOST 32  /* of one capture in one text */
#define EXTRACT_TEXT_BYTES 16384 /* so much is searched */
#define EXTRACT_AROUND 100       /* bytes before a date, and behind it */

struct str
extract_cut(struct str text)
{
	size_t i, count = 0;

	for (i = 0; i < text.n; i++)
		if (((unsigned char)text.p[i] & 0xC0) != 0x80 &&
		    count++ == EXTRACT_QUOTE_CHARACTERS)
			return str_part(text, 0, i);
	return text;
}

void
extract_quote(const struct draft *draft, enum text_part part, struct str quote,
    struct decision_found *found)
{
	found->part = part;
	found->quote = draft_as_typed(draft, part, quote);
	found->start = (size_t)(found->quote.p - draft_typed(draft, part).p);
	found->end = found->start + found->quote.n;
}

/* Does a sentence end before or at text[i]? A full stop may also end an abbreviation,
 * and a line may go on in the next. */
static bool
extract_breaks(struct str text, size_t i)
{
	char c = text.p[i], next = i + 1 < text.n ? text.p[i + 1] : '\n';

	if (c == '\n')
		return !(next >= 'a' && next <= 'z') && !(next >= '0' && next <= '9');
	if ((c != '.' && c != '!' && c != '?') || (next != ' ' && next != '\n'))
		return false;
	next = i + 2 < text.n ? text.p[i + 2] : '\n';
	return c != '.' || (!(next >= 'a' && next <= 'z') && !(next >= '0' && next <= '9'));
}

/* What stands around a date in its sentence, whole words of it. */
static struct str
extract_around(struct str text, size_t start, size_t end)
{
	size_t from = start, until = end;

	while (from > 0 && start - from < EXTRACT_AROUND && !extract_breaks(text, from - 1))
		from--;
	if (start - from == EXTRACT_AROUND)
		while (from < start && text.p[from] != ' ')
			from++;
	while (until < text.n && until - end < EXTRACT_AROUND && !extract_breaks(text, until))
		until++;
	if (until - end == EXTRACT_AROUND)
		while (until > end && text.p[until - 1] != ' ')
			until--;
	return str_part(text, from, until);
}

static bool
extract_capture_in(struct draft *draft, const struct rules_field *field,
    const struct rules_capture *capture, enum text_part part, struct str text,
    struct decision_found *found)
{
	struct pattern_span span;
	size_t from = 0, tries;

	text = str_part(text, 0, utf8_begin(text, EXTRACT_TEXT_BYTES));
	for (tries = 0; tries < EXTRACT_MATCHES_MOST && from <= text.n && text.n > 0; tries++) {
		struct str quote;

		if (match_capture(draft->match, capture, text, from, &span) != PATTERN_YES)
			return false;
		/* Not the match: \K in a pattern hides the words that led to it. */
		if (extract_value_text(draft, field,
		    str_part(text, span.value_start, span.value_end),
		    extract_around(text, span.value_start, span.value_end), &found->value,
		    &quote)) {
			extract_quote(draft, part, quote, found);
			return true;
		}
		from = span.end > from ? span.end : from + 1;
		while (from < text.n && ((unsigned char)text.p[from] & 0xC0) == 0x80)
			from++;
	}
	return false;
}

static bool
extract_captures(struct draft *draft, const struct rules_field *field, struct decision_found *found)
{
	struct decision_found other = *found;
	bool there = false;
	size_t i;

	for (i = 0; i < field->capture_count; i++) {
		const struct rules_capture *capture = &field->captures[i];

		if ((capture->locales >> draft->locale & 1) == 0 ||
		    (!extract_capture_in(draft, field, capture, PART_BODY,
			draft->letter.text, &other) &&
		    !extract_capture_in(draft, field, capture, PART_SUBJECT,
			draft->subject.original, &other)))
			continue;
		if (!there)
			*found = other;
		there = true;
		if (field->type != FIELD_BOOLEAN)
			break;
		if (!other.value.boolean) {
			*found = other;
			break;
		}
	}
	return there;
}

/* A name or a link that stands only in what is quoted or passed on. */
static bool
extract_quoted(struct draft *draft, const struct rules_field *field, struct decision_found *found)
{
	size_t i;

	if ((field->type != FIELD_PERSON_NAME && field->type != FIELD_URL) ||
	    !letter_is_cut(&draft->letter))
		return false;
	for (i = 0; i < field->capture_count; i++)
		if ((field->captures[i].locales >> draft->locale & 1) != 0 &&
		    extract_capture_in(draft, field, &field->captures[i], PART_BODY,
			draft->letter.original, found))
			return true;
	return false;
}

/* Where the sentence that holds folded text[start..end) begins and ends. A
 * sentence ends with a blank line, or with .!? before a blank. */
static inline bool
extract_stops(struct str text, size_t i)
{
	char c = text.p[i];

	return c == '\n' || ((c == '.' || c == '!' || c == '?') &&
	    (i + 1 == text.n || text.p[i + 1] == ' ' || text.p[i + 1] == '\n'));
}

static struct str
extract_sentence(const struct draft *draft, const struct match_place *place)
{
	const struct folded *folded = draft_folded(draft, place->part);
	size_t start = place->start, end = place->end > place->start ? place->end - 1 : place->end;

	while (start > 0 && !extract_stops(folded->text, start - 1))
		start--;
	while (end < folded->text.n && !extract_stops(folded->text, end))
		end++;
	if (end < folded->text.n)
		end++;
	return extract_cut(str_trim(fold_original(folded, start, end)));
}

/* The value that a statement proves, as the field's type. */
static bool
extract_statement_value(const struct draft *draft, const struct rules_field *field,
    const struct rules_statement *statement, struct str quote, struct value *value)
{
	struct str ignored;

	switch (statement->value.type) {
	case VALUE_NONE:
		if (field->type == FIELD_BOOLEAN) {
			*value = (struct value){.type = VALUE_BOOLEAN, .boolean = true};
			return true;
		}
		return extract_value_text(draft, field, quote, quote, value, &ignored);
	case VALUE_TEXT:
		return extract_value_box(draft, field, &statement->value, value);
	default:
		*value = statement->value;
		return true;
	}
}

static bool
extract_says(struct draft *draft, const struct rules_field *field, struct decision_found *found)
{
	bool there = false;
	size_t i;

	for (i = 0; i < field->statement_count; i++) {
		const struct rules_statement *statement = &field->statements[i];
		struct match_place place;
		struct value value;
		struct str quote;

		if ((statement->locales >> draft->locale & 1) == 0 || match_find(draft->match,
		    statement->pattern, PART_ANY, &place) != PATTERN_YES)
			continue;
		quote = field->type == FIELD_TEXT ? extract_sentence(draft, &place)
		    : draft_quote(draft, &place);
		if (!extract_statement_value(draft, field, statement, quote, &value) ||
		    (there && !(value.type == VALUE_BOOLEAN && !value.boolean)))
			continue;
		there = true;
		found->value = value;
		extract_quote(draft, place.part, quote, found);
		if (field->type != FIELD_BOOLEAN || !value.boolean)
			break;
	}
	return there;
}

static bool
extract_is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool
extract_is_function_word(const struct rules_locale *locale, struct str word)
{
	return str_among(word, locale->words, locale->word_count);
}

/* Does the body read as a text of that size? */
static bool
extract_tells(const struct draft *draft, const struct rules_field *field)
{
	const struct rules_locale *locale = &draft->policy->rules->locales[draft->locale];
	struct str text = draft->body.text;
	size_t words = 0, known = 0, at = 0;

	while (at < text.n && (words < field->min_words || known < field->min_function_words)) {
		size_t start = at;

		while (at < text.n && extract_is_word(text.p[at]))
			at++;
		if (at == start) {
			at++;
			continue;
		}
		words++;
		known += extract_is_function_word(locale, str_part(text, start, at));
	}
	return words >= field->min_words && known >= field->min_function_words;
}

/* The whole body when it is short, else its longest sentence. */
static struct str
extract_gist(const struct draft *draft)
{
	const struct folded *body = &draft->body;
	struct str whole = str_trim(body->original);
	size_t start = 0, best = 0, longest = 0, i;

	if (extract_cut(whole).n == whole.n)
		return whole;
	for (i = 0; i < body->text.n; i++)
		if (extract_stops(body->text, i) || i + 1 == body->text.n) {
			if (i + 1 - start > longest) {
				best = start;
				longest = i + 1 - start;
			}
			start = i + 1;
		}
	return extract_cut(str_trim(fold_original(body, best, best + longest)));
}

static bool
extract_presence(struct draft *draft, const struct rules_field *field, struct decision_found *found)
{
	struct str gist;

	if (field->type != FIELD_TEXT ||
	    (field->min_words == 0 && field->min_function_words == 0) ||
	    !extract_tells(draft, field))
		return false;
	gist = extract_gist(draft);
	extract_quote(draft, PART_BODY, gist, found);
	found->value = (struct value){.type = VALUE_TEXT, .text = gist};
	return true;
}

bool
extract_text_field(
    struct draft *draft, const struct rules_field *field, struct decision_found *found)
{
	struct decision_found said = *found;
	bool captured = extract_captures(draft, field, found);

	if (captured && (field->type != FIELD_BOOLEAN || !found->value.boolean))
		return true;
	if (extract_says(draft, field, &said) && (!captured || !said.value.boolean)) {
		*found = said;
		return true;
	}
	return captured || extract_presence(draft, field, found) ||
	    extract_quoted(draft, field, found);
}
