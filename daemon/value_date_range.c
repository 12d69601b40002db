/* SPDX-License-Identifier: MIT */
/*
 * A date with the words around it: they tell where it leans, and of "from … to …"
 * each end limits the other.
 */
#include "value_date_read.h"

#define RANGE_TOKENS 8  /* that a date may take */
#define RANGE_DONE 183  /* days: "was" and the like say no more than this */

bool
date_is_range(const struct date_reader *reader, size_t i)
{
	return date_is_word(reader, i, "to") || date_is_word(reader, i, "until") ||
	    date_is_word(reader, i, "till") || date_is_word(reader, i, "au") ||
	    date_is_word(reader, i, "jusqu") || date_is_word(reader, i, "through") ||
	    date_is_word(reader, i, "-");
}

/* Between its two ends, "and" will do: is token i that one? */
static bool
range_is_between(const struct date_reader *reader, size_t start, size_t i)
{
	size_t at;

	if (!date_is_word(reader, i, "and") && !date_is_word(reader, i, "et"))
		return false;
	for (at = start; at > 0 && start - at < 3; at--)
		if (date_is_word(reader, at - 1, "between") ||
		    date_is_word(reader, at - 1, "entre"))
			return true;
	return false;
}

/* "12 juin dernier" */
static enum value_date_lean
range_lean_after(const struct date_reader *reader, size_t i, enum value_date_lean lean)
{
	const struct date_token *token = date_at(reader, i);

	if (token->kind == DATE_LAST && !date_is_word(reader, i, "last"))
		return VALUE_DATE_PAST;
	if (token->kind == DATE_NEXT && !date_is_word(reader, i, "next") &&
	    !date_is_word(reader, i, "coming"))
		return VALUE_DATE_FUTURE;
	return lean;
}

/* As its own words lean. *past: they do so to the past. */
static bool
range_read(const struct date_reader *usual, size_t i, int64_t *day, size_t *next, bool *past)
{
	struct date_reader reader = *usual;
	enum value_date_lean after;
	bool weak;

	reader.lean = date_lean(usual, i, usual->lean, &weak);
	if (!date_read(&reader, i, day, next))
		return false;
	after = range_lean_after(usual, *next, reader.lean);
	if (after != reader.lean) {
		reader.lean = after;
		date_read(&reader, i, day, next);
	} else if (weak && usual->lean != VALUE_DATE_PAST &&
	    *day < usual->today - RANGE_DONE) {
		reader.lean = usual->lean;
		date_read(&reader, i, day, next);
	}
	*past = reader.lean == VALUE_DATE_PAST;
	return true;
}

/* "the 12th", "Monday": the month is open, and not only the year. */
static bool
range_is_open(const struct date_reader *reader, size_t i, size_t next)
{
	for (; i < next; i++)
		if (date_at(reader, i)->kind == DATE_MONTH || date_is_word(reader, i, "/") ||
		    date_is_word(reader, i, "."))
			return false;
	return true;
}

/* The start of a range whose end is told behind it. It is before that end, where the
 * end has its month: "from 1 May to 1 July", written in June, has begun. */
static bool
range_start(const struct date_reader *reader, size_t i, int64_t *day, size_t *next)
{
	struct date_reader before = *reader;
	int64_t end, earlier;
	size_t at, end_next, ignored;
	bool past;

	if (!range_read(reader, i, day, next, &past))
		return false;
	at = *next;
	if (date_is_word(reader, at, ","))
		at++;
	if (!date_is_range(reader, at) && !range_is_between(reader, i, at))
		return true;
	while (date_is_range(reader, at) || date_is_word(reader, at, "and") ||
	    date_is_word(reader, at, "et") || date_at(reader, at)->kind == DATE_OF)
		at++;
	if (!range_read(reader, at, &end, &end_next, &past) || end >= *day ||
	    range_is_open(reader, at, end_next))
		return true;
	before.pivot = end;
	before.lean = VALUE_DATE_PAST;
	if (date_read(&before, i, &earlier, &ignored) && earlier <= end)
		*day = earlier;
	return true;
}

/* The start of a range that ends with the date at token i: the longest date that
 * the words of a range lead from to there. */
static bool
range_start_before(const struct date_reader *reader, size_t i, int64_t *day)
{
	size_t to = i, at, next;

	while (to > 0 && (date_at(reader, to - 1)->kind == DATE_OF ||
	    date_is_range(reader, to - 1) || date_is_word(reader, to - 1, "and") ||
	    date_is_word(reader, to - 1, "et")))
		to--;
	while (to < i && !date_is_range(reader, to) && date_at(reader, to)->kind == DATE_OF)
		to++;
	if (to == i || to == 0)
		return false;
	for (at = to > RANGE_TOKENS ? to - RANGE_TOKENS : 0; at < to; at++) {
		size_t comma;

		if (!range_start(reader, at, day, &next))
			continue;
		comma = next + (date_is_word(reader, next, ",") ? 1 : 0);
		if ((next == to || comma == to) &&
		    (date_is_range(reader, to) || range_is_between(reader, at, to)))
			return true;
	}
	return false;
}

bool
date_read_around(const struct date_reader *reader, size_t i, int64_t *day, size_t *next)
{
	struct date_reader after = *reader;
	int64_t start;
	bool past;

	if (!range_start_before(reader, i, &start))
		return range_start(reader, i, day, next);
	if (!range_read(reader, i, day, next, &past))
		return false;
	if (past && *day >= start)
		return true;
	after.pivot = start;
	after.lean = VALUE_DATE_FUTURE;
	return date_read(&after, i, day, next);
}
