/* SPDX-License-Identifier: MIT */
/*
 * calendar: working time. A calendar has, per weekday, at most a few spans
 * of local time, and holidays. All hours is a calendar as well.
 */
#ifndef CALENDAR_H
#define CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tz.h"

#define CALENDAR_SPANS 4 /* per weekday */

struct calendar_span {
	int start, end; /* minutes since local midnight, 0 <= start < end <= 1440 */
};

struct calendar {
	bool all_hours; /* then the rest is not looked at */
	struct calendar_span spans[7][CALENDAR_SPANS]; /* 0 = Monday; ordered */
	size_t span_count[7];
	const int64_t *holidays; /* days since 1970, rising */
	size_t holiday_count;
};

/* start (ms since 1970) plus working_ms of working time. A calendar without
 * any working time within 400 days of the start is refused when the rules are
 * read; here it counts as all hours. */
int64_t calendar_due(const struct calendar *calendar, const struct tz *tz, int64_t start,
    int64_t working_ms);

#endif
