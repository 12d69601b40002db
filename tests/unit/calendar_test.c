/* SPDX-License-Identifier: MIT */
#include "calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOUR (3600 * INT64_C(1000))

static struct tz *paris;
static int64_t holidays[2];

/* Monday to Friday 09:00-12:30 and 14:00-18:00. */
static struct calendar
office(void)
{
	struct calendar calendar = {.holidays = holidays, .holiday_count = 2};
	int day;

	holidays[0] = civil_days(2026, 4, 6);
	holidays[1] = civil_days(2026, 12, 25);
	for (day = 0; day < 5; day++) {
		calendar.spans[day][0] = (struct calendar_span){540, 750};
		calendar.spans[day][1] = (struct calendar_span){840, 1080};
		calendar.span_count[day] = 2;
	}
	return calendar;
}

static int64_t
ms(const char *text)
{
	int64_t result = 0;

	assert_int_equal(timestamp_parse(str_of(text), &result), 0);
	return result;
}

static void
check(const struct calendar *calendar, const char *start, int64_t work, const char *due)
{
	int64_t result = calendar_due(calendar, paris, ms(start), work);
	char text[32];

	timestamp_format(result, tz_offset(paris, result / 1000), text);
	if (result != ms(due))
		fail_msg("%s + %ld ms is %s, not %s", start, (long)work, text, due);
}

static void
test_office(void **state)
{
	struct calendar calendar = office();

	(void)state;
	check(&calendar, "2026-01-12T09:41:00+01:00", HOUR, "2026-01-12T10:41:00+01:00");
	/* Over lunch, over night, over the weekend, over a holiday. */
	check(&calendar, "2026-01-12T12:00:00+01:00", HOUR, "2026-01-12T14:30:00+01:00");
	check(&calendar, "2026-01-12T17:30:00+01:00", HOUR, "2026-01-13T09:30:00+01:00");
	check(&calendar, "2026-01-16T17:30:00+01:00", HOUR, "2026-01-19T09:30:00+01:00");
	check(&calendar, "2026-04-03T17:30:00+02:00", HOUR, "2026-04-07T09:30:00+02:00");
	/* Work that ends with a span is due then. */
	check(&calendar, "2026-01-12T17:00:00+01:00", HOUR, "2026-01-12T18:00:00+01:00");
	check(&calendar, "2026-01-12T17:00:00+01:00", HOUR + 1, "2026-01-13T09:00:00.001+01:00");
	/* Outside of hours it starts with the next span; ms are kept. */
	check(&calendar, "2026-01-12T05:00:00+01:00", HOUR, "2026-01-12T10:00:00+01:00");
	check(&calendar, "2026-01-12T18:00:00+01:00", HOUR, "2026-01-13T10:00:00+01:00");
	check(&calendar, "2026-01-12T09:00:00.250+01:00", HOUR, "2026-01-12T10:00:00.250+01:00");
	/* Two working weeks of 37.5 hours, over the change to summer time. */
	check(&calendar, "2026-03-23T09:00:00+01:00", 75 * HOUR, "2026-04-03T18:00:00+02:00");
}

static void
test_short_and_long_day(void **state)
{
	struct calendar calendar = {0};
	int day;

	(void)state;
	for (day = 0; day < 7; day++) {
		calendar.spans[day][0] = (struct calendar_span){0, 1440};
		calendar.span_count[day] = 1;
	}
	/* Always open: working time is time, also where a day has 23 or 25 hours. */
	check(&calendar, "2026-03-29T00:00:00+01:00", 23 * HOUR, "2026-03-30T00:00:00+02:00");
	check(&calendar, "2026-10-25T00:00:00+02:00", 25 * HOUR, "2026-10-26T00:00:00+01:00");
	check(&calendar, "2026-12-31T12:00:00+01:00", 24 * HOUR, "2027-01-01T12:00:00+01:00");
	/* A span that lies in the gap is no time at all. */
	calendar = (struct calendar){0};
	calendar.spans[6][0] = (struct calendar_span){120, 180};
	calendar.span_count[6] = 1;
	check(&calendar, "2026-03-28T00:00:00+01:00", HOUR, "2026-04-05T03:00:00+02:00");
}

static void
test_all_hours(void **state)
{
	struct calendar all = {.all_hours = true}, never = {0};

	(void)state;
	check(&all, "2026-03-28T12:00:00+01:00", 24 * HOUR, "2026-03-29T13:00:00+02:00");
	check(&never, "2026-03-28T12:00:00+01:00", 24 * HOUR, "2026-03-29T13:00:00+02:00");
	check(&never, "2026-03-28T12:00:00+01:00", 0, "2026-03-28T12:00:00+01:00");
}

static int
setup(void **state)
{
	(void)state;
	paris = tz_load("Europe/Paris", NULL);
	return paris == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	tz_free(paris);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_office),
		cmocka_unit_test(test_short_and_long_day),
		cmocka_unit_test(test_all_hours),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
