/* SPDX-License-Identifier: MIT */
/*
 * value_date_read: the forms of a date, over tokens (value_date_token.h); the
 * list of forms is in value_date.h.
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
	int64_t today;
	struct civil now; /* the same day */
	enum value_date_lean lean;
};

/* Token i, or the end. */
static inline const struct date_token *
date_at(const struct date_reader *reader, size_t i)
{
	return &reader->tokens[i < reader->count ? i : reader->count];
}

/* By the lean, out of days that all fit what was said. */
bool date_choose(
    const struct date_reader *reader, const int64_t *days, size_t count, int64_t *day);
/* What the token says, folded. */
bool date_is_word(const struct date_reader *reader, size_t i, const char *word);
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

#endif
