/* SPDX-License-Identifier: MIT */
/*
 * A date with the words around it: they tell where it leans, and of "from … to …"
 * each end limits the other.
 */
#include "value_date_read.h"

#define RANGE_TOKENS 12 /* of a date and what links it to another */
#define RANGE_DONE 183  /* days: "was" and the like say no more than this */

bool
date_is_range(const struct date_reader *reader, size_t i)
{
	return date_is_word(reader, i, "to") || date_is_word(reader, i, "until") ||
	    date_is_word(reader, i, "till") || date_is_word(reader, i, "au") ||
	    date_is_word(reader, i, "jusqu") || date_is_word(reader, i, "through") ||
	    date_is_word(reader, i, "-");
}

/* Where the end of a range begins whose start is tokens start..i-1, or 0. "And" alone
 * will do after "between"; who is back has been away until then. */
static size_t
range_link(const struct date_reader *reader, size_t start, size_t i)
{
	static const char *const back[] = {"back", "return", "returning", "retour", "reprise",
	    "reprends", "reviens", "reprendrai", "reviendrai", NULL};
	static const char *const and[] = {"and", "et", NULL};
	static const char *const between[] = {"between", "entre", NULL};
	static const char *const little[] = {
	    "on", "i", "m", "am", "will", "ll", "be", "je", "de", ",", NULL};
	size_t at = start > 3 ? start - 3 : 0;
	bool linked = false, within = false;

	for (; at < start; at++)
		within |= date_is_one_of(reader, at, between);
	for (; i < reader->count; i++) {
		if (date_is_range(reader, i) || date_is_one_of(reader, i, back) ||
		    (within && date_is_one_of(reader, i, and)))
			linked = true;
		else if (date_at(reader, i)->kind != DATE_OF && !date_is_one_of(reader, i, and) &&
		    !date_is_one_of(reader, i, little))
			break;
	}
	return linked ? i : 0;
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
	at = range_link(reader, i, *next);
	if (at == 0 || !range_read(reader, at, &end, &end_next, &past) || end >= *day ||
	    range_is_open(reader, at, end_next))
		return true;
	before.pivot = end;
	before.lean = VALUE_DATE_PAST;
	if (date_read(&before, i, &earlier, &ignored) && earlier <= end)
		*day = earlier;
	return true;
}

/* The start of a range that ends with the date at token i. */
static bool
range_start_before(const struct date_reader *reader, size_t i, int64_t *day)
{
	size_t at = i > RANGE_TOKENS ? i - RANGE_TOKENS : 0, next;

	for (; at < i; at++)
		if (range_start(reader, at, day, &next) && range_link(reader, at, next) == i)
			return true;
	return false;
}

bool
date_read_around(const struct date_reader *reader, size_t i, int64_t *day, size_t *next)
{
	struct date_reader after = *reader;
	int64_t start;
	bool past;

	if (!range_read(reader, i, day, next, &past))
		return false;
	if (!range_start_before(reader, i, &start))
		return range_start(reader, i, day, next);
	if (past && *day >= start)
		return true;
	after.pivot = start;
	after.lean = VALUE_DATE_FUTURE;
	return date_read(&after, i, day, next);
}
