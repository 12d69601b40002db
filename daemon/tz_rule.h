/* SPDX-License-Identifier: MIT */
/*
 * tz_rule: the POSIX TZ string ("CET-1CEST,M3.5.0,M10.5.0/3") of a TZif footer,
 * with the extension of RFC 8536 3.3.1 (hours from -167 to 167).
 */
#ifndef TZ_RULE_H
#define TZ_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

enum tz_day_kind { TZ_DAY_JULIAN, TZ_DAY_OF_YEAR, TZ_DAY_OF_MONTH };

/* A moment of each year, in local time. */
struct tz_change {
	enum tz_day_kind kind;
	int month, week, day; /* Mm.w.d; else only day */
	int seconds;          /* since that day's midnight */
};

struct tz_rule {
	int standard; /* seconds east of UTC */
	bool has_summer;
	int summer;
	struct tz_change start, end; /* of summer time */
};

/* 0, or -1 when it is no such string. */
int tz_rule_parse(struct tz_rule *rule, struct str text);
int tz_rule_offset(const struct tz_rule *rule, int64_t seconds);

#endif
