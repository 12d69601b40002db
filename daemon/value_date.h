/* SPDX-License-Identifier: MIT */
/*
 * value_date: dates as people write them in English and French, in folded text.
 *
 *   2026-04-20 · 20/04/2026 · 20.04.26 · 20/04       the day comes first, for
 *       both languages; 04/20/2026 has only one meaning and is taken as well
 *   20 April · April 20th, 2026 · 1er avril · le 20 · the 20th · 20-27 avril
 *   the 18th of next month, le 18 de ce mois, the 18th of that month
 *   today, tomorrow, yesterday, apres-demain, this morning, ce soir, last night …
 *   Monday, next Monday, lundi prochain, last Friday, Monday 20 April; lundi en
 *       huit (the one after the coming one); the weekend is its Saturday
 *   Christmas, Easter, Toussaint …; before Christmas is 24 December; la rentree
 *       is 1 September
 *   in two weeks, dans quinze jours, two months ago, il y a deux mois, since
 *       three weeks, depuis un mois, six weeks without news (quinze jours = 14
 *       days, huit jours = 7)
 *   next week (its Monday), le mois prochain (its first day), last month (a
 *       month ago), last week (seven days ago)
 *   end of June, fin juin, mid-May, debut avril, end of the month; a month
 *       alone is its first day
 *
 * What is left open (year, month, which Monday) is decided by where the text
 * leans: PAST: the latest such day up to today; FUTURE: the earliest from
 * today on; PLANNED: so, but with the month told, one that is over for a month
 * at most is taken, for people write late; NEAREST: the one nearest to today. A
 * month alone is to come until it is over. A weekday never means today, and is
 * the coming one unless the text leans to the past.
 *
 * The words before the date in its clause tell where it leans (since, until, was,
 * j'ai arrete; next and last beside it); where they do not, the caller does.
 * Of a range ("from the 12th to the 30th", "du 20 au 5 juillet") the end is not
 * before the start. Days are counted since 1970-01-01.
 */
#ifndef VALUE_DATE_H
#define VALUE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "str.h"
#include "value.h"

enum value_date_lean {
	VALUE_DATE_NEAREST, VALUE_DATE_PAST, VALUE_DATE_FUTURE, VALUE_DATE_PLANNED
};

/* The first date in folded text (its first 64 words and numbers). lean: where the
 * words do not tell. */
bool value_date_find(struct str folded, int64_t today, enum value_date_lean lean, int64_t *day,
    size_t *start, size_t *end);
/* The first that begins in text[from..until); it may end behind that. */
bool value_date_find_in(struct str folded, size_t from, size_t until, int64_t today,
    enum value_date_lean lean, int64_t *day, size_t *start, size_t *end);

/* As a value with its ISO text. False when the arena is full or the year is
 * not within 1..9999. */
bool value_date_make(struct arena *arena, int64_t day, struct value *value);

/* n calendar months later (earlier when negative); a day that the month lacks
 * becomes its last: 31 January and a month is 28 February. */
int64_t value_date_add_months(int64_t day, int64_t months);

#endif
