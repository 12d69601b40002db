/* SPDX-License-Identifier: MIT */
#include "timestamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_days(void **state)
{
	int64_t day;

	(void)state;
	assert_int_equal(civil_days(1970, 1, 1), 0);
	assert_int_equal(civil_days(1969, 12, 31), -1);
	assert_int_equal(civil_days(2000, 3, 1), 11017);
	assert_int_equal(civil_days(2000, 3, 1) - civil_days(2000, 2, 28), 2);
	assert_int_equal(civil_days(1900, 3, 1) - civil_days(1900, 2, 28), 1);
	assert_int_equal(civil_of_days(0).weekday, 3); /* Thursday */
	assert_int_equal(civil_of_days(-4).weekday, 6); /* Sunday */
	assert_int_equal(civil_of_days(20465).weekday, 0); /* 2026-01-12, a Monday */
	/* Each day of 1000 years follows the one before. */
	for (day = civil_days(1600, 1, 1); day < civil_days(2600, 1, 1); day++) {
		struct civil a = civil_of_days(day), b = civil_of_days(day + 1);

		if (civil_days(a.year, a.month, a.day) != day ||
		    !civil_date_valid(a.year, a.month, a.day) || b.weekday != (a.weekday + 1) % 7)
			fail_msg("%d-%d-%d", a.year, a.month, a.day);
		if (b.day != a.day + 1) { /* the month, and with it maybe the year, is over */
			assert_int_equal(b.day, 1);
			assert_false(civil_date_valid(a.year, a.month, a.day + 1));
			assert_int_equal(b.month, a.month % 12 + 1);
			assert_int_equal(b.year, a.year + (a.month == 12));
		}
	}
}

static void
test_date_valid(void **state)
{
	(void)state;
	assert_true(civil_date_valid(2024, 2, 29));
	assert_true(civil_date_valid(2000, 2, 29));
	assert_false(civil_date_valid(1900, 2, 29));
	assert_false(civil_date_valid(2026, 2, 29));
	assert_false(civil_date_valid(2026, 4, 31));
	assert_false(civil_date_valid(2026, 0, 1));
	assert_false(civil_date_valid(2026, 13, 1));
	assert_false(civil_date_valid(2026, 1, 0));
	assert_false(civil_date_valid(2026, 1, 32));
}

static void
test_seconds(void **state)
{
	struct civil c = civil_of_seconds(-1);

	(void)state;
	assert_int_equal(c.year, 1969);
	assert_int_equal(c.hour, 23);
	assert_int_equal(c.second, 59);
	assert_int_equal(civil_seconds(&c), -1);
	c = civil_of_seconds(INT64_C(4102444799)); /* 2099-12-31T23:59:59Z */
	assert_int_equal(c.year, 2099);
	assert_int_equal(c.minute, 59);
}

static const struct {
	const char *text;
	int64_t ms; /* -1 = refused */
} parse_cases[] = {
	{"1970-01-01T00:00:00Z", 0},
	{"1970-01-01t00:00:00z", 0},
	{"1970-01-01T00:00:00.5Z", 500},
	{"1970-01-01T00:00:00.0019999999999999999999Z", 1},
	{"1970-01-01T01:00:00+01:00", 0},
	{"1969-12-31T23:30:00-00:30", 0},
	{"1970-01-01T00:00:00-00:00", 0},
	{"2026-01-12T09:41:00+01:00", INT64_C(1768207260000)},
	{"2024-02-29T12:00:00+05:30", INT64_C(1709188200000)},
	{"2016-12-31T23:59:60Z", INT64_C(1483228800000)},
	{"2017-01-01T00:59:60.25+01:00", INT64_C(1483228800250)},
	{"0000-01-01T00:00:00Z", INT64_C(-62167219200000)},
	{"9999-12-31T23:59:59.999Z", INT64_C(253402300799999)},
	{"", -1},
	{"2026-01-12", -1},
	{"2026-01-12T09:41:00", -1}, /* the offset is required */
	{"2026-01-12 09:41:00Z", -1},
	{"2026-01-12T09:41Z", -1},
	{"2026-01-12T09:41:00.Z", -1},
	{"2026-01-12T09:41:00,5Z", -1},
	{"2026-01-12T09:41:00+0100", -1},
	{"2026-01-12T09:41:00+1:00", -1},
	{"2026-01-12T09:41:00+24:00", -1},
	{"2026-01-12T09:41:00+01:60", -1},
	{"2026-01-12T09:41:00Z ", -1},
	{" 2026-01-12T09:41:00Z", -1},
	{"2026-01-12T24:00:00Z", -1},
	{"2026-01-12T23:60:00Z", -1},
	{"2026-01-12T23:59:61Z", -1},
	{"2026-01-12T12:30:60Z", -1}, /* a leap second ends a day of UTC */
	{"2026-02-29T00:00:00Z", -1},
	{"1900-02-29T00:00:00Z", -1},
	{"2026-13-01T00:00:00Z", -1},
	{"2026-00-01T00:00:00Z", -1},
	{"+026-01-01T00:00:00Z", -1},
	{"20260-01-01T00:00:00Z", -1},
	{"2026-1-1T00:00:00Z", -1},
};

static void
test_parse(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(parse_cases) / sizeof(parse_cases[0]); i++) {
		int64_t ms = 12345;
		int result = timestamp_parse(str_of(parse_cases[i].text), &ms);

		if (result != (parse_cases[i].ms == -1 ? -1 : 0))
			fail_msg("%s: %d", parse_cases[i].text, result);
		if (ms != (parse_cases[i].ms == -1 ? 12345 : parse_cases[i].ms))
			fail_msg("%s: %lld", parse_cases[i].text, (long long)ms);
	}
}

static void
test_format(void **state)
{
	char text[32];
	int64_t back;

	(void)state;
	timestamp_format(0, 0, text);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
	timestamp_format(-1, 0, text); /* down, not towards 1970 */
	assert_string_equal(text, "1969-12-31T23:59:59Z");
	timestamp_format(INT64_C(1768207260999), 3600, text);
	assert_string_equal(text, "2026-01-12T09:41:00+01:00");
	timestamp_format(0, -12600, text);
	assert_string_equal(text, "1969-12-31T20:30:00-03:30");
	/* Paris' mean time, 9 min 21 s: the instant is right all the same. */
	timestamp_format(INT64_C(-2208988800000), 561, text);
	assert_string_equal(text, "1900-01-01T00:09:00+00:09");
	assert_int_equal(timestamp_parse(str_of(text), &back), 0);
	assert_int_equal(back, INT64_C(-2208988800000));
	timestamp_format(INT64_MAX, 3600, text);
	assert_int_equal(strlen(text), 25);
	timestamp_format(INT64_MIN, -3600, text);
	assert_int_equal(strlen(text), 25);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_date_valid),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_format),
	};

	return cmocka_run_group_tests_name("timestamp", tests, NULL, NULL);
}
