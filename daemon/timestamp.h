/* SPDX-License-Identifier: MIT */
/*
 * timestamp: RFC 3339 text and back, and the civil calendar (proleptic
 * Gregorian) without any time zone. Zones are tz.h.
 */
#ifndef TIMESTAMP_H
#define TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

struct civil {
	int year, month, day; /* month 1..12, day 1..31 */
	int hour, minute, second;
	int weekday; /* 0 = Monday … 6 = Sunday (ISO 8601) */
};

/* Days since 1970-01-01 of a date, and back. */
int64_t civil_days(int year, int month, int day);
struct civil civil_of_days(int64_t days);
bool civil_date_valid(int year, int month, int day);
/* Seconds since 1970 as civil time at offset 0. */
struct civil civil_of_seconds(int64_t seconds);
int64_t civil_seconds(const struct civil *civil);

/* "2026-01-12T09:41:00+01:00" (fraction and "Z" allowed, offset required)
 * into ms since 1970 UTC. Returns 0, or -1 when it is not RFC 3339. */
int timestamp_parse(struct str text, int64_t *ms);
/* Whole seconds with the offset given; always 25 characters or "…Z". */
void timestamp_format(int64_t ms, int offset_seconds, char text[32]);

#endif
