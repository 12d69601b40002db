/* SPDX-License-Identifier: MIT */
#include "option_number.h"

#include <inttypes.h>
#include <stdio.h>

struct unit {
	const char *name;
	int64_t worth;
};

/* Largest first; a unit without a name is what a bare number means. */
static const struct unit duration_units[] = {
	{"d", 86400000}, {"h", 3600000}, {"min", 60000}, {"s", 1000}, {"ms", 1}, {NULL, 0},
};
static const struct unit byte_units[] = {
	{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}, {NULL, 0},
};
static const struct unit no_units[] = {{"", 1}, {NULL, 0}};

static const struct unit *
units_of(enum option_type type)
{
	if (type == OPTION_DURATION)
		return duration_units;
	return type == OPTION_BYTES ? byte_units : no_units;
}

static int
unit_error(enum option_type type, struct str text, struct err *err)
{
	if (type == OPTION_DURATION)
		return err_set(err, "'%.*s' needs a unit: ms, s, min, h or d, as in 5s",
		    STR_ARG(text));
	if (type == OPTION_BYTES)
		return err_set(err, "'%.*s' is no number of bytes, as in 4096, 64KiB, 2MiB or 1GiB",
		    STR_ARG(text));
	return err_set(err, "'%.*s' is no whole number", STR_ARG(text));
}

int
option_number_parse(enum option_type type, struct str text, int64_t *number, struct err *err)
{
	bool negative = str_starts(text, "-");
	size_t start = negative ? 1 : 0, i;
	const struct unit *unit;
	int64_t parsed = 0;

	for (i = start; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++) {
		/* Below zero all the way: INT64_MIN has no positive twin. */
		if (__builtin_mul_overflow(parsed, 10, &parsed) ||
		    __builtin_sub_overflow(parsed, text.p[i] - '0', &parsed))
			return err_set(err, "'%.*s' is too large", STR_ARG(text));
	}
	if (i == start)
		return type == OPTION_DURATION
		    ? err_set(err, "'%.*s' is no duration, as in 250ms, 5s, 2min, 1h or 7d",
			  STR_ARG(text))
		    : unit_error(type, text, err);
	for (unit = units_of(type); unit->name != NULL; unit++)
		if (str_is(str_part(text, i, text.n), unit->name))
			break;
	if (unit->name == NULL)
		return unit_error(type, text, err);
	if (__builtin_mul_overflow(parsed, negative ? unit->worth : -unit->worth, &parsed))
		return err_set(err, "'%.*s' is too large", STR_ARG(text));
	*number = parsed;
	return 0;
}

const char *
option_number_format(enum option_type type, int64_t number, char *text, size_t size)
{
	const struct unit *unit = units_of(type);

	while (number % unit->worth != 0 || (number == 0 && unit[1].name != NULL))
		unit++;
	snprintf(text, size, "%" PRId64 "%s", number / unit->worth, unit->name);
	return text;
}
