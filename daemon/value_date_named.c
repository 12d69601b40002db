/* SPDX-License-Identifier: MIT */
/*
 * Dates told by a name, or by a day of a month that is told without its name.
 */
#include "value_date_read.h"

/* Easter Sunday (Meeus, Astronomical Algorithms, chapter 8). */
static int64_t
date_easter(int year)
{
	int a = year % 19, b = year / 100, c = year % 100;
	int h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
	int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
	int n = h + l - 7 * ((a + 11 * h + 22 * l) / 451) + 114;

	return civil_days(year, n / 31, n % 31 + 1);
}

/* "before Christmas" is the day before at the latest. */
static bool
date_feast(const struct date_reader *reader, size_t i, int64_t *day)
{
	int64_t feast = date_at(reader, i)->number, days[3];
	int y;

	for (y = 0; y < 3; y++) {
		int year = reader->now.year + y - 1;

		days[y] = feast < DATE_FEAST_EASTER / 2
		    ? civil_days(year, (int)feast / 100, (int)feast % 100)
		    : date_easter(year) + feast - DATE_FEAST_EASTER;
	}
	if (!date_choose(reader, days, 3, date_late(reader), day))
		return false;
	if (i > 0 &&
	    (date_is_word(reader, i - 1, "before") || date_is_word(reader, i - 1, "avant")))
		(*day)--;
	return true;
}

/* this morning, ce soir, cet apres-midi, last night */
static bool
date_time(const struct date_reader *reader, size_t i, int64_t *day, size_t *next)
{
	size_t at = i + 1;

	if (date_is_word(reader, at, "apres"))
		at++;
	if (date_at(reader, at)->kind == DATE_MARK && date_at(reader, at)->number == '-')
		at++;
	if (date_at(reader, at)->kind != DATE_TIME)
		return false;
	*next = at + 1;
	*day = reader->today;
	if (date_at(reader, i)->kind == DATE_LAST && date_at(reader, at)->number < 0) {
		(*day)--;
		return true;
	}
	return date_is_word(reader, i, "this") || date_is_word(reader, i, "ce") ||
	    date_is_word(reader, i, "cet");
}

bool
date_named(const struct date_reader *reader, size_t i, int64_t *day, size_t *next)
{
	const struct date_token *token = date_at(reader, i);
	size_t before = i;

	*next = i + 1;
	if (token->kind == DATE_FEAST)
		return date_feast(reader, i, day);
	if (token->kind == DATE_OF || token->kind == DATE_LAST)
		return date_time(reader, i, day, next);
	if (token->kind != DATE_DAY)
		return false;
	if (i > 0 && date_at(reader, i - 1)->kind == DATE_MARK &&
	    date_at(reader, i - 1)->number == '-')
		before--;
	*day = reader->today + token->number;
	if (before == 0)
		return true;
	if (token->number > 0 && (date_is_word(reader, before - 1, "after") ||
	    date_is_word(reader, before - 1, "apres")))
		(*day)++;
	if (token->number < 0 && (date_is_word(reader, before - 1, "before") ||
	    date_is_word(reader, before - 1, "avant")))
		(*day)--;
	return true;
}

/* The month that was told last before token i, or this one. */
static int64_t
date_month_told(const struct date_reader *reader, size_t i)
{
	while (i-- > 0)
		if (date_at(reader, i)->kind == DATE_MONTH)
			break;
	if (i == SIZE_MAX)
		return date_month_start(reader, 0);
	for (int64_t months = 0; months < 12; months++) {
		bool ahead =
		    reader->lean == VALUE_DATE_FUTURE || reader->lean == VALUE_DATE_PLANNED;
		int64_t step = ahead ? months : -months;

		if (civil_of_days(date_month_start(reader, step)).month ==
		    date_at(reader, i)->number)
			return date_month_start(reader, step);
	}
	return date_month_start(reader, 0);
}

/* the 18th of next month, le 18 du mois dernier, the 18th of that month */
bool
date_day_of_month(const struct date_reader *reader, size_t i, int64_t *day, size_t *next)
{
	const struct date_token *token = date_at(reader, i);
	size_t at = i + 1;
	int64_t step = 0, first;
	bool same = false, told = false;

	if (token->kind != DATE_NUMBER || token->digits > 2 || token->number < 1 ||
	    date_at(reader, at)->kind != DATE_OF)
		return false;
	for (; date_at(reader, at)->kind == DATE_OF || date_is_word(reader, at, "that") ||
	     date_is_word(reader, at, "same") || date_is_word(reader, at, "meme"); at++) {
		same |= date_at(reader, at)->kind == DATE_WORD;
		told |= same || date_is_word(reader, at, "this") || date_is_word(reader, at, "ce");
	}
	if (date_at(reader, at)->kind == DATE_NEXT || date_at(reader, at)->kind == DATE_LAST)
		step = date_at(reader, at++)->kind == DATE_NEXT ? 1 : -1;
	if (date_at(reader, at)->kind != DATE_UNIT ||
	    date_at(reader, at)->number != DATE_UNIT_MONTHS + 1)
		return false;
	at++;
	if (step == 0 && (date_at(reader, at)->kind == DATE_NEXT ||
	    date_at(reader, at)->kind == DATE_LAST))
		step = date_at(reader, at++)->kind == DATE_NEXT ? 1 : -1;
	if (step == 0 && !told)
		return false;
	*next = at;
	first = same ? date_month_told(reader, i) : date_month_start(reader, step);
	*day = first + token->number - 1;
	return civil_of_days(*day).day == token->number;
}
