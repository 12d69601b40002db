/* SPDX-License-Identifier: MIT */
/*
 * The walk goes from local day to local day; each span is measured between
 * its two instants, so that a day of 23 or 25 hours counts as what it is. Work
 * that ends exactly with a span is due then, not when the next one opens.
 */
#include "calendar.h"

#define CALENDAR_EMPTY_DAYS 400  /* in a row without any working time */
#define CALENDAR_DAYS 40000      /* of walking; a target beyond is absurd */

static bool
calendar_is_holiday(const struct calendar *calendar, int64_t day)
{
	size_t low = 0, high = calendar->holiday_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (calendar->holidays[middle] < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low < calendar->holiday_count && calendar->holidays[low] == day;
}

/* ms since 1970 UTC of a local minute of a day; minute 1440 is the next
 * day's midnight. */
static int64_t
calendar_instant(const struct tz *tz, int64_t day, int minute)
{
	struct civil civil = civil_of_days(day + minute / 1440);

	civil.hour = minute % 1440 / 60;
	civil.minute = minute % 60;
	return tz_seconds(tz, &civil) * 1000;
}

int64_t
calendar_due(const struct calendar *calendar, const struct tz *tz, int64_t start,
    int64_t working_ms)
{
	struct civil today;
	int64_t day, left = working_ms;
	int walked, empty = 0;
	size_t i;

	if (calendar->all_hours || working_ms <= 0)
		return start + working_ms;
	today = tz_civil(tz, start);
	day = civil_days(today.year, today.month, today.day);
	for (walked = 0; walked < CALENDAR_DAYS && empty < CALENDAR_EMPTY_DAYS; walked++, day++) {
		int weekday = civil_of_days(day).weekday;

		empty++;
		if (calendar_is_holiday(calendar, day))
			continue;
		for (i = 0; i < calendar->span_count[weekday]; i++) {
			const struct calendar_span *span = &calendar->spans[weekday][i];
			int64_t from = calendar_instant(tz, day, span->start);
			int64_t to = calendar_instant(tz, day, span->end);

			if (from < start)
				from = start;
			if (to <= from)
				continue;
			if (left <= to - from)
				return from + left;
			left -= to - from;
			empty = 0;
		}
	}
	return start + working_ms;
}
