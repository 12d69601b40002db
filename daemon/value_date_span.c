/* SPDX-License-Identifier: MIT */
/*
 * Dates told as a length of time from today, in both directions.
 */
#include "value_date_read.h"

#include <string.h>

#include "value_number.h"

#define DATE_UNITS_MOST 1000 /* of a duration */
#define DATE_UNITS_SOME 3    /* "several" */

static bool
date_skip(const struct date_reader *reader, size_t i)
{
	enum date_kind kind = date_at(reader, i)->kind;

	return kind == DATE_ABOUT || kind == DATE_OF || kind == DATE_LAST || kind == DATE_SINCE;
}

static size_t
date_token_after(const struct date_reader *reader, size_t end)
{
	size_t i = 0;

	while (i < reader->count && reader->tokens[i].start < end)
		i++;
	return i;
}

/* Is that no count of its own: the end of "1,5", the half of "half a year", the
 * "2nd" of "2nd week"? */
static bool
date_is_part(const struct date_reader *reader, size_t i)
{
	const struct date_token *token = date_at(reader, i);

	if (i > 0 && (date_is_word(reader, i - 1, "half") || date_is_word(reader, i - 1, "demi")))
		return true;
	if (token->kind != DATE_NUMBER)
		return false;
	return token->ordinal || (i > 1 && token->glued && date_at(reader, i - 1)->glued &&
	    (date_is_word(reader, i - 1, ",") || date_is_word(reader, i - 1, ".")) &&
	    date_at(reader, i - 2)->kind == DATE_NUMBER);
}

/* "three", "a", "a couple of", "une quinzaine de" */
static bool
date_count(const struct date_reader *reader, size_t *i, int64_t *count)
{
	bool article = date_at(reader, *i)->kind == DATE_SINCE && date_at(reader, *i)->number == 1;
	int64_t more;
	size_t end;

	if (date_is_part(reader, *i))
		return false;
	if (article) {
		*count = 1;
		(*i)++;
	} else {
		if (*i >= reader->count ||
		    !value_number_read(reader->text, date_at(reader, *i)->start, count, &end))
			return false;
		*i = date_token_after(reader, end);
	}
	if (*count == 1 && *i < reader->count &&
	    value_number_read(reader->text, date_at(reader, *i)->start, &more, &end)) {
		*count = more;
		*i = date_token_after(reader, end);
	}
	/* "le 18 du mois", "the 5 of this month" are days (date_day_of_month). */
	while (date_is_word(reader, *i, "of") || date_is_word(reader, *i, "de") ||
	    date_is_word(reader, *i, "d"))
		(*i)++;
	return *count <= DATE_UNITS_MOST;
}

/* "several", "a few", "quelques"; before a plural also nothing: "for months" */
static bool
date_some(const struct date_reader *reader, size_t *i, int64_t *count)
{
	const struct date_token *token = date_at(reader, *i);

	*count = DATE_UNITS_SOME;
	if (token->kind == DATE_SINCE && token->number == 1 &&
	    date_at(reader, *i + 1)->kind == DATE_SOME)
		token = date_at(reader, ++*i);
	if (token->kind == DATE_SOME) {
		(*i)++;
		return true;
	}
	return token->kind == DATE_UNIT && reader->text.p[token->end - 1] == 's' &&
	    reader->text.p[token->end - 2] != 'i' &&
	    !(*i > 0 && date_at(reader, *i - 1)->kind == DATE_NUMBER);
}

/* "for two weeks" and "two weeks" tell a date only where the text leans. */
static int
date_direction(const struct date_reader *reader, size_t i)
{
	const struct date_token *token = date_at(reader, i);

	if (token->kind == DATE_AHEAD)
		return 1;
	if (token->kind == DATE_SINCE && token->number == 0)
		return -1;
	if (token->kind == DATE_SINCE && token->number == 1 && i > 0 &&
	    str_is(str_part(reader->text, reader->tokens[i - 1].start, reader->tokens[i - 1].end),
	    "y"))
		return -1;
	return 0;
}

/* Does one of the tokens end with that? */
static bool
date_is_word_in(const struct date_reader *reader, size_t i, size_t end, const char *ending)
{
	size_t n = strlen(ending);

	for (; i < end; i++) {
		const struct date_token *token = date_at(reader, i);

		if (token->end - token->start > n &&
		    memcmp(reader->text.p + token->end - n, ending, n) == 0)
			return true;
	}
	return false;
}

/* "without news", "sans nouvelles", "de silence": what has gone on up to now. */
static bool
date_is_silence(const struct date_reader *reader, size_t *i)
{
	size_t at = *i + (date_at(reader, *i)->kind == DATE_OF);

	if (date_is_word(reader, at, "silence")) {
		*i = at + 1;
		return true;
	}
	return date_is_word(reader, *i, "without") || date_is_word(reader, *i, "sans");
}

/* in two weeks, il y a deux mois, a month ago, since three weeks */
bool
date_span(const struct date_reader *reader, size_t i, int64_t *day, size_t *next)
{
	int direction = date_direction(reader, i);
	int64_t count, unit;
	bool some = false;
	size_t first;

	if (direction != 0)
		i++;
	while (date_skip(reader, i) && !(date_at(reader, i)->kind == DATE_SINCE &&
	    date_at(reader, i)->number == 1)) {
		if (date_at(reader, i)->kind == DATE_LAST)
			direction = -1; /* "in the last three weeks" */
		i++;
	}
	first = i;
	/* "the 2nd of this month" is no length */
	if (date_day_of_month(reader, i, day, next))
		return false;
	if (date_some(reader, &i, &count))
		some = true;
	else if (!date_count(reader, &i, &count))
		return false;
	if (date_at(reader, i)->kind == DATE_UNIT)
		unit = date_at(reader, i++)->number;
	else if ((count == 15 || count == 8) && direction > 0 &&
	    date_at(reader, first)->kind != DATE_NUMBER &&
	    date_is_word_in(reader, first, i, "aine"))
		unit = 1; /* dans une quinzaine, sous huitaine */
	else
		return false;
	/* In French words, fifteen days are two weeks and eight days are one. */
	if (unit == 1 && (count == 15 || count == 8) && date_at(reader, first)->kind != DATE_NUMBER)
		count--;
	if (date_at(reader, i)->kind == DATE_AGO &&
	    (date_at(reader, i)->number == 0 || direction == 0)) {
		direction = -1;
		i++;
	}
	if (direction == 0 && date_is_silence(reader, &i))
		direction = -1;
	if (direction == 0 && reader->lean != VALUE_DATE_NEAREST)
		direction = reader->lean == VALUE_DATE_PAST ? -1 : 1;
	/* What is to come in some weeks has no date yet. */
	if (direction == 0 || (some && direction > 0))
		return false;
	*next = i;
	*day = unit > DATE_UNIT_MONTHS
	    ? value_date_add_months(reader->today, direction * count * (unit - DATE_UNIT_MONTHS))
	    : reader->today + direction * count * unit;
	return true;
}
