/* SPDX-License-Identifier: MIT */
#include "value_date.h"

#include <stdio.h>

#include "timestamp.h"
#include "value_date_read.h"

bool
value_date_find_in(struct str folded, size_t from, size_t until, int64_t today,
    enum value_date_lean lean, int64_t *day, size_t *start, size_t *end)
{
	struct date_reader reader;
	size_t i, next;

	reader.text = folded;
	reader.count = date_tokens(folded, reader.tokens);
	reader.today = reader.pivot = today;
	reader.now = civil_of_days(today);
	reader.lean = lean;
	for (i = 0; i < reader.count && reader.tokens[i].start < from; i++)
		;
	reader.first = reader.last = i;
	while (reader.last < reader.count && reader.tokens[reader.last].start < until)
		reader.last++;
	for (; i < reader.last; i++)
		if (date_read_around(&reader, i, day, &next)) {
			*start = reader.tokens[i].start;
			*end = reader.tokens[next - 1].end;
			return true;
		}
	return false;
}

bool
value_date_find(struct str folded, int64_t today, enum value_date_lean lean, int64_t *day,
    size_t *start, size_t *end)
{
	return value_date_find_in(folded, 0, folded.n, today, lean, day, start, end);
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
