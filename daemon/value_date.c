/* SPDX-License-Identifier: MIT */
#include "value_date.h"

#include <stdio.h>

#include "timestamp.h"
#include "value_date_read.h"

/* Words of which one tells where a whole phrase leans; participles are there
 * because "the invoice paid on 20 December" is about the past. */
static const char *const date_past[] = {
	"since", "ago", "last", "past", "been", "was", "were", "sent", "paid", "applied",
	"received", "waiting", "waited", "joined", "onboarded", "passed",
	"depuis", "dernier", "derniere", "passe", "passee", "etait", "envoye", "envoyee", "paye",
	"payee", "postule", "recu", "recue", "attends", "attendu", "voila", "voici", NULL,
};
static const char *const date_future[] = {
	"next", "until", "till", "coming", "will", "prochain", "prochaine", "jusqu", "partir", NULL,
};

static bool
date_is_one_of(struct str word, const char *const *list)
{
	for (; *list != NULL; list++)
		if (str_is(word, *list))
			return true;
	return false;
}

static bool
date_is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

enum value_date_lean
value_date_lean(struct str folded)
{
	enum value_date_lean lean = VALUE_DATE_NEAREST;
	struct str before = {NULL, 0};
	size_t at = 0;

	while (at < folded.n) {
		size_t start = at;
		struct str word;

		while (at < folded.n && date_is_letter(folded.p[at]))
			at++;
		if (at == start) {
			at++;
			continue;
		}
		word = str_part(folded, start, at);
		if (date_is_one_of(word, date_past) || (str_is(word, "a") && str_is(before, "y")))
			return VALUE_DATE_PAST;
		if (date_is_one_of(word, date_future))
			lean = VALUE_DATE_FUTURE;
		before = word;
	}
	return lean;
}

bool
value_date_find(struct str folded, int64_t today, enum value_date_lean lean, int64_t *day,
    size_t *start, size_t *end)
{
	struct date_reader reader;
	size_t i, next;

	reader.text = folded;
	reader.count = date_tokens(folded, reader.tokens);
	reader.today = today;
	reader.now = civil_of_days(today);
	reader.lean = lean;
	for (i = 0; i < reader.count; i++)
		if (date_read(&reader, i, day, &next)) {
			*start = reader.tokens[i].start;
			*end = reader.tokens[next - 1].end;
			return true;
		}
	return false;
}

bool
value_date_make(struct arena *arena, int64_t day, struct value *value)
{
	struct civil civil = civil_of_days(day);
	char text[32];

	if (civil.year < 1 || civil.year > 9999)
		return false;
	snprintf(text, sizeof(text), "%04d-%02d-%02d", civil.year, civil.month, civil.day);
	*value = (struct value){
		.type = VALUE_DATE, .integer = day, .text = arena_dup(arena, str_of(text))};
	return value->text.p != NULL;
}

int64_t
value_date_add_months(int64_t day, int64_t months)
{
	struct civil civil = civil_of_days(day);
	int64_t all = (int64_t)civil.year * 12 + civil.month - 1 + months;
	int year = (int)(all >= 0 ? all / 12 : (all - 11) / 12);
	int month = (int)(all - (int64_t)year * 12) + 1;

	while (!civil_date_valid(year, month, civil.day))
		civil.day--;
	return civil_days(year, month, civil.day);
}
