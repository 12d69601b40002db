/* SPDX-License-Identifier: MIT */
#include "value_date_read.h"

#include <stdlib.h>

static bool
date_is_mark(const struct date_token *token, char mark)
{
	return token->kind == DATE_MARK && token->number == mark;
}

struct str
date_word(const struct date_reader *reader, size_t i)
{
	const struct date_token *token = date_at(reader, i);

	return str_part(reader->text, token->start, token->end);
}

bool
date_is_word(const struct date_reader *reader, size_t i, const char *word)
{
	return str_is(date_word(reader, i), word);
}

bool
date_is_one_of(const struct date_reader *reader, size_t i, const char *const *words)
{
	return str_is_one_of(date_word(reader, i), words);
}

int64_t
date_late(const struct date_reader *reader)
{
	return reader->lean == VALUE_DATE_PLANNED ? DATE_LATE : 0;
}

static bool
date_is_ahead(const struct date_reader *reader)
{
	return reader->lean == VALUE_DATE_PLANNED || reader->lean == VALUE_DATE_FUTURE;
}

bool
date_choose(const struct date_reader *reader, const int64_t *days, size_t count, int64_t late,
    int64_t *day)
{
	bool chosen = false, better;
	size_t i;

	for (i = 0; i < count; i++) {
		int64_t distance = days[i] - reader->pivot;

		if ((reader->lean == VALUE_DATE_PAST && distance > 0) ||
		    (date_is_ahead(reader) && (chosen || distance < -late)))
			continue;
		better = !chosen || llabs(distance) < llabs(*day - reader->pivot) ||
		    (llabs(distance) == llabs(*day - reader->pivot) && distance > 0);
		if (better)
			*day = days[i];
		chosen = true;
	}
	return chosen;
}

/* The first of several days, with the month of the last: "20 to 5 July" begins in June.
 * year: that of the last; 0: the one that fits best. What is to come is not over
 * before its last day is. */
static bool
date_first_of(const struct date_reader *reader, int64_t year, int64_t month, int64_t first,
    int64_t last, int64_t *result)
{
	int64_t days[9], length = last - first + (first > last ? 31 : 0);
	size_t count = 0;
	int y;

	if (month < 1 || month > 12 || first < 1 || first > 31)
		return false;
	/* Four years either way, because of 29 February. */
	for (y = -4; y <= 4; y++) {
		int whose = (int)(year != 0 ? year : reader->now.year + y);
		int whole = whose * 12 + (int)month - 1 - (first > last);

		if (civil_date_valid(whole / 12, whole % 12 + 1, (int)first))
			days[count++] = civil_days(whole / 12, whole % 12 + 1, (int)first);
	}
	if (year == 0)
		return date_choose(reader, days, count, length + date_late(reader), result);
	if (count > 0)
		*result = days[0];
	return count > 0;
}

static bool
date_of(const struct date_reader *reader, int64_t year, int64_t month, int64_t day, int64_t *result)
{
	return date_first_of(reader, year, month, day, day, result);
}

/* The number of a year at token i, after a comma if there is one; else 0. */
static int64_t
date_year(const struct date_reader *reader, size_t *i)
{
	size_t at = date_is_mark(date_at(reader, *i), ',') ? *i + 1 : *i;
	const struct date_token *token = date_at(reader, at);

	if (token->kind != DATE_NUMBER || token->digits != 4 || token->ordinal ||
	    token->number < 1900 || token->number > 2200)
		return 0;
	*i = at + 1;
	return token->number;
}

static bool
date_is_day(const struct date_token *token)
{
	return token->kind == DATE_NUMBER && token->digits <= 2 && token->number >= 1 &&
	    token->number <= 31;
}

/* "18h", "5 pm", "10:30" */
static bool
date_is_hour(const struct date_reader *reader, size_t i)
{
	const struct date_token *after = date_at(reader, i + 1);

	return after->kind == DATE_HOUR || date_is_mark(after, ':') || date_is_mark(after, '%');
}

/* 2026-04-20, 20/04/2026, 20.04.26, 20/04, 04/2026 */
static bool
date_digits(const struct date_reader *reader, size_t i, int64_t *day, size_t *next)
{
	const struct date_token *a = date_at(reader, i), *b = date_at(reader, i + 2);
	const struct date_token *c = date_at(reader, i + 4), *mark = date_at(reader, i + 1);
	bool three;

	/* Not from the middle of "29/02/2026" on, which is no day. */
	if (i >= reader->first + 2 && a->glued && reader->tokens[i - 1].kind == DATE_MARK &&
	    reader->tokens[i - 2].kind == DATE_NUMBER)
		return false;
	if (a->kind != DATE_NUMBER || mark->kind != DATE_MARK || !mark->glued ||
	    b->kind != DATE_NUMBER || !b->glued || b->digits > 4 || a->digits > 4 ||
	    (mark->number != '/' && mark->number != '-' && mark->number != '.'))
		return false;
	three = date_is_mark(date_at(reader, i + 3), (char)mark->number) &&
	    date_at(reader, i + 3)->glued && c->kind == DATE_NUMBER && c->glued;
	*next = i + (three ? 5 : 3);
	if (three && a->digits == 4)
		return mark->number != '.' && date_of(reader, a->number, b->number, c->number, day);
	if (three && (c->digits == 4 || c->digits == 2) && a->digits <= 2 && b->digits <= 2) {
		int64_t year = c->digits == 2 ? 2000 + c->number : c->number;

		return date_of(reader, year, b->number, a->number, day) ||
		    date_of(reader, year, a->number, b->number, day);
	}
	if (three || mark->number != '/' || a->digits > 2)
		return false;
	if (b->digits == 4)
		return date_of(reader, b->number, a->number, 1, day);
	return b->digits <= 2 && (date_of(reader, 0, b->number, a->number, day) ||
	    date_of(reader, 0, a->number, b->number, day));
}

static bool
date_is_until(const struct date_reader *reader, size_t i)
{
	return date_is_word(reader, i, "until") || date_is_word(reader, i, "till") ||
	    date_is_word(reader, i, "jusqu");
}

/* 20 April 2026; also the first of several days: "8, 15 and 22 January". */
static bool
date_day_month(const struct date_reader *reader, size_t i, int64_t *day, size_t *next)
{
	int64_t first = date_at(reader, i)->number, last = first, month;

	if (!date_is_day(date_at(reader, i)))
		return false;
	for (i++;;) {
		size_t at = i;
		bool range = false;

		while (date_at(reader, at)->kind == DATE_TO ||
		       date_at(reader, at)->kind == DATE_OF ||
		       date_is_word(reader, at, "jusqu") ||
		       date_is_mark(date_at(reader, at), '-') ||
		       date_is_mark(date_at(reader, at), ',') ||
		       date_is_mark(date_at(reader, at), '&'))
			range |= date_is_range(reader, at++);
		/* "since the 10th until 3 June": the month is the last one's alone. */
		if (at == i || !date_is_day(date_at(reader, at)) ||
		    (range && reader->lean == VALUE_DATE_PAST && date_is_until(reader, i)))
			break;
		i = at + 1;
		/* Of a list that does not rise, the first is as good as the others. */
		last = range || date_at(reader, at)->number > last ? date_at(reader, at)->number
								   : last;
	}
	while (date_at(reader, i)->kind == DATE_OF || date_is_mark(date_at(reader, i), '-') ||
	    date_is_mark(date_at(reader, i), '.'))
		i++;
	if (date_at(reader, i)->kind != DATE_MONTH)
		return false;
	month = date_at(reader, i++)->number;
	*next = i;
	return date_first_of(reader, date_year(reader, next), month, first, last, day);
}

/* April 20th, 2026; April the 20th */
static bool
date_month_day(const struct date_reader *reader, size_t i, int64_t *day, size_t *next)
{
	int64_t month = date_at(reader, i)->number;

	if (date_at(reader, i++)->kind != DATE_MONTH)
		return false;
	while (date_at(reader, i)->kind == DATE_OF || date_is_mark(date_at(reader, i), '.'))
		i++;
	if (!date_is_day(date_at(reader, i)) || date_is_hour(reader, i))
		return false;
	*next = i + 1;
	return date_of(reader, date_year(reader, next), month, date_at(reader, i)->number, day);
}

/* The first day of a month that is told with its year, or led by a word. */
static bool
date_month(const struct date_reader *reader, size_t i, int64_t *day, size_t *next)
{
	const struct date_token *token = date_at(reader, i);
	enum date_kind before = i > 0 ? reader->tokens[i - 1].kind : DATE_END;
	int64_t year, days[3];
	int k;
	bool led = before == DATE_AHEAD || before == DATE_OF || before == DATE_SINCE ||
	    before == DATE_TO || before == DATE_NEXT || before == DATE_LAST;

	/* "31 February" is no day of any month, nor the month; "sept jours" are seven. */
	if (token->kind != DATE_MONTH || before == DATE_NUMBER ||
	    date_at(reader, i + 1)->kind == DATE_UNIT)
		return false;
	*next = i + 1;
	year = date_year(reader, next);
	/* May and march are verbs, too. */
	if (i == reader->first &&
	    (reader->last == i + 1 || (token->number != 3 && token->number != 5)))
		led |= token->end - token->start > 2;
	if (year != 0)
		return date_of(reader, year, token->number, 1, day);
	if (!led)
		return false;
	for (k = 0; k < 3; k++)
		days[k] = civil_days(reader->now.year + k - 1, (int)token->number, 1);
	/* Of what is to come, the month that is running. */
	return date_choose(reader, days, 3,
	    value_date_add_months(days[1], 1) - days[1] - 1, day);
}

int64_t
date_month_start(const struct date_reader *reader, int64_t months)
{
	return value_date_add_months(
	    civil_days(reader->now.year, reader->now.month, 1), months);
}

/* next week, le mois dernier, lundi prochain, last Friday */
static bool
date_period(const struct date_reader *reader, size_t i, int64_t *day, size_t *next)
{
	const struct date_token *a = date_at(reader, i), *b = date_at(reader, i + 1);
	const struct date_token *what = a->kind == DATE_NEXT || a->kind == DATE_LAST ? b : a;
	bool ahead = a->kind == DATE_NEXT || b->kind == DATE_NEXT;
	int64_t step;

	if (a->kind != DATE_NEXT && a->kind != DATE_LAST && b->kind != DATE_NEXT &&
	    b->kind != DATE_LAST)
		return false;
	*next = i + 2;
	if (what->kind == DATE_WEEKDAY) {
		step = (what->number - reader->now.weekday + 7) % 7;
		*day = reader->today + (step == 0 ? 7 : step);
		if (!ahead)
			*day -= step == 0 ? 14 : 7;
		return true;
	}
	if (what->kind != DATE_UNIT)
		return false;
	if (what->number > DATE_UNIT_MONTHS) {
		step = what->number - DATE_UNIT_MONTHS;
		*day = !ahead ? value_date_add_months(reader->today, -step)
		    : step == 12 ? civil_days(reader->now.year + 1, 1, 1)
		    : date_month_start(reader, step);
	} else
		*day = !ahead ? reader->today - what->number
		    : what->number == 7 ? reader->today + 7 - reader->now.weekday
		    : reader->today + what->number;
	return true;
}

/* Monday 20 April, Monday the 20th, lundi en huit, Monday */
static bool
date_weekday(const struct date_reader *reader, size_t i, int64_t *day, size_t *next)
{
	int64_t weekday = date_at(reader, i)->number, step, days[25];
	struct civil pivot = civil_of_days(reader->pivot);
	size_t at = i + 1, count = 0;
	int month;

	if (date_at(reader, i)->kind != DATE_WEEKDAY)
		return false;
	while (date_at(reader, at)->kind == DATE_OF || date_is_mark(date_at(reader, at), ',') ||
	    date_is_mark(date_at(reader, at), '.'))
		at++;
	if (date_digits(reader, at, day, next) || date_day_month(reader, at, day, next) ||
	    date_month_day(reader, at, day, next))
		return true;
	if (date_is_day(date_at(reader, at)) && !date_is_hour(reader, at)) {
		int64_t number = date_at(reader, at)->number;

		for (month = -12; month <= 12; month++) {
			int64_t fits = date_month_start(reader, month) + number - 1;
			struct civil civil = civil_of_days(fits);

			if (civil.day == number && civil.weekday == weekday)
				days[count++] = fits;
		}
		*next = at + 1;
		if (date_choose(reader, days, count, 0, day))
			return true;
	}
	step = (weekday - pivot.weekday + 7) % 7;
	*day = reader->pivot + (step == 0 ? 7 : step);
	*next = i + 1;
	/* The one after the coming one; or the next again. */
	if (date_is_word(reader, i + 1, "en") &&
	    (date_is_word(reader, i + 2, "huit") || date_is_word(reader, i + 2, "quinze"))) {
		*day += date_is_word(reader, i + 2, "huit") ? 7 : 14;
		*next = i + 3;
	} else if (reader->lean == VALUE_DATE_PAST)
		*day -= step == 0 ? 14 : 7;
	return true;
}

/* The part of a month that starts at first. */
static int64_t
date_part_of_month(int64_t part, int64_t first)
{
	if (part == 2)
		return value_date_add_months(first, 1) - 1;
	return first + (part == 1 ? 14 : 0);
}

/* The part of the month at token i. */
static bool
date_part_told(const struct date_reader *reader, size_t i, int64_t part, int64_t *day,
    size_t *next)
{
	int64_t month = date_at(reader, i)->number, year, days[3];
	int k;

	*next = i + 1;
	year = date_year(reader, next);
	for (k = 0; k < 3; k++)
		days[k] = date_part_of_month(part, civil_days(
		    (int)(year != 0 ? year : reader->now.year) + k - 1, (int)month, 1));
	if (year == 0)
		return date_choose(reader, days, 3, date_late(reader), day);
	*day = days[1];
	return true;
}

/* end of June, fin juin, mid-May, debut avril 2027, end of next month */
static bool
date_part(const struct date_reader *reader, size_t i, int64_t *day, size_t *next)
{
	int64_t part = date_at(reader, i)->number, step = 0, first;

	if (date_at(reader, i++)->kind != DATE_PART)
		return false;
	while (date_at(reader, i)->kind == DATE_OF || date_is_mark(date_at(reader, i), '-'))
		i++;
	/* "the end of the month of June" */
	if (date_at(reader, i)->number == DATE_UNIT_MONTHS + 1 &&
	    date_at(reader, i + 1)->kind == DATE_OF && date_at(reader, i + 2)->kind == DATE_MONTH)
		i += 2;
	if (date_at(reader, i)->kind == DATE_MONTH)
		return date_part_told(reader, i, part, day, next);
	if (date_at(reader, i)->kind == DATE_NEXT || date_at(reader, i)->kind == DATE_LAST)
		step = date_at(reader, i++)->kind == DATE_NEXT ? 1 : -1;
	*next = i + 1;
	if (date_at(reader, i)->kind != DATE_UNIT)
		return false;
	if (date_at(reader, i + 1)->kind == DATE_NEXT || date_at(reader, i + 1)->kind == DATE_LAST)
		step = date_at(reader, (*next)++)->kind == DATE_NEXT ? 1 : -1;
	switch (date_at(reader, i)->number) {
	case 7:
		*day = reader->today - reader->now.weekday + step * 7 + part * 3;
		return true;
	case DATE_UNIT_MONTHS + 1:
		*day = date_part_of_month(part, date_month_start(reader, step));
		return true;
	case DATE_UNIT_MONTHS + 12:
		first = civil_days(reader->now.year + (int)step, 1, 1);
		*day = part == 2 ? value_date_add_months(first, 12) - 1
		    : value_date_add_months(first, part * 6);
		return true;
	}
	return false;
}

/* Does what follows "the 20th" leave it a day? Not "the 2nd student". */
static bool
date_ends(const struct date_reader *reader, size_t i)
{
	static const char *const words[] = {"because", "as", "but", "if", "when", "where", "i",
	    "we", "my", "he", "she", "they", "so", "please", "pls", "inclusive", "included",
	    "onwards", "onward", "will", "would", "is", "was", "due", "which", "that", "not",
	    "then", "with", "by", "on", "from", "through", "parce", "car", "pour", "inclus",
	    "je", "j", "mais", "si", "donc", "a", "il", "elle", "que", "qui", "sera", NULL};
	enum date_kind kind = date_at(reader, i)->kind;

	return date_is_one_of(reader, i, words) || (kind != DATE_WORD && kind != DATE_UNIT);
}

/* "on 20th" */
static bool
date_leads(const struct date_reader *reader, size_t i)
{
	static const char *const words[] = {
	    "on", "from", "until", "till", "by", "to", "since", "after", "before", NULL};

	return date_is_one_of(reader, i, words);
}

/* the 20th, on 20th, le 20, du 3 */
static bool
date_day_alone(const struct date_reader *reader, size_t i, int64_t *day, size_t *next)
{
	const struct date_token *token = date_at(reader, i), *after = date_at(reader, i + 1);
	const struct date_token *before = i > 0 ? date_at(reader, i - 1) : NULL;
	struct civil pivot = civil_of_days(reader->pivot);
	int64_t days[5], start;
	size_t count = 0;
	int month;

	if (!date_is_day(token) || date_is_hour(reader, i) || before == NULL)
		return false;
	if (((before->kind != DATE_OF && before->kind != DATE_TO) || before->number != 1) &&
	    !(token->ordinal && date_leads(reader, i - 1)))
		return false;
	if (token->ordinal ? !date_ends(reader, i + 1)
	    : reader->text.p[before->start] == 't' || after->kind == DATE_UNIT)
		return false;
	start = civil_days(pivot.year, pivot.month, 1);
	for (month = -2; month <= 2; month++) {
		int64_t fits = value_date_add_months(start, month) + token->number - 1;

		if (civil_of_days(fits).day == token->number)
			days[count++] = fits;
	}
	*next = i + 1;
	return date_choose(reader, days, count, 0, day);
}

bool
date_read(const struct date_reader *reader, size_t i, int64_t *day, size_t *next)
{
	static bool (*const forms[])(
	    const struct date_reader *reader, size_t i, int64_t *day, size_t *next) = {
		date_digits, date_day_month, date_month_day, date_period, date_weekday, date_part,
		date_span, date_named, date_month, date_day_of_month, date_day_alone,
	};
	size_t k;

	for (k = 0; k < sizeof(forms) / sizeof(forms[0]); k++)
		if (forms[k](reader, i, day, next))
			return true;
	return false;
}
