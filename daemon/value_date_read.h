/* SPDX-License-Identifier: MIT */
/*
 * value_date_read: the forms of a date, over tokens (value_date_token.h); the
 * list of forms is in value_date.h. One form at one place; which lean it gets
 * there, and what a second date does to it, is value_date_range.c.
 */
#ifndef VALUE_DATE_READ_H
#define VALUE_DATE_READ_H

#include "timestamp.h"
#include "value_date.h"
#include "value_date_token.h"

struct date_reader {
	struct str text;
	struct date_token tokens[DATE_TOKENS + 1];
	size_t count;
	size_t first, last; /* tokens in which a date may begin: first..last-1 */
	int64_t today;
	struct civil now;   /* the same day */
	int64_t pivot;      /* the lean is from here on: today, or the range's other end */
	enum value_date_lean lean;
};

/* How many days a plan may be told too late: "from 20 June", written on 25 June,
 * is not next year's. */
#define DATE_LATE 31

/* Token i, or the end. */
static inline const struct date_token *
date_at(const struct date_reader *reader, size_t i)
{
	return &reader->tokens[i < reader->count ? i : reader->count];
}

/* By the lean, out of days that all fit what was said, in rising order. late: of
 * days to come one is taken that is over for that many days. */
bool date_choose(const struct date_reader *reader, const int64_t *days, size_t count,
    int64_t late, int64_t *day);
/* DATE_LATE for what is planned, else 0. */
int64_t date_late(const struct date_reader *reader);
/* What the token says, folded. */
struct str date_word(const struct date_reader *reader, size_t i);
bool date_is_word(const struct date_reader *reader, size_t i, const char *word);
bool date_is_one_of(const struct date_reader *reader, size_t i, const char *const *words);
/* The first day of this month, or of one that many months later. */
int64_t date_month_start(const struct date_reader *reader, int64_t months);

/* value_date_named.c: today, the day after tomorrow, this morning, before Christmas,
 * at Easter, the 18th of next month. */
bool date_named(const struct date_reader *reader, size_t i, int64_t *day, size_t *next);
bool date_day_of_month(const struct date_reader *reader, size_t i, int64_t *day, size_t *next);

/* value_date_span.c: in two weeks, il y a deux mois, a month ago, since three weeks. */
bool date_span(const struct date_reader *reader, size_t i, int64_t *day, size_t *next);

/* Is there a date whose first token is number i? *next is the token after it. */
bool date_read(const struct date_reader *reader, size_t i, int64_t *day, size_t *next);

/* value_date_lean.c: where the words before token i lean. usual: where the text
 * does not say. *weak: only a word of what has been done says so. */
enum value_date_lean date_lean(const struct date_reader *reader, size_t i,
    enum value_date_lean usual, bool *weak);

/* value_date_range.c: to, until, au, jusqu', a dash. */
bool date_is_range(const struct date_reader *reader, size_t i);
/* As date_read(), with the lean that the words around give it,
 * and in "from … to …" so that the end is not before the start. */
bool date_read_around(const struct date_reader *reader, size_t i, int64_t *day, size_t *next);

#endif
