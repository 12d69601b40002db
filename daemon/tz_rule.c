/* SPDX-License-Identifier: MIT */
#include "tz_rule.h"

#include <string.h>

#include "timestamp.h"

static bool
tz_rule_take(struct str *text, char c)
{
	if (text->n == 0 || text->p[0] != c)
		return false;
	text->p++;
	text->n--;
	return true;
}

static bool
tz_rule_digit(struct str text)
{
	return text.n > 0 && text.p[0] >= '0' && text.p[0] <= '9';
}

static int
tz_rule_number(struct str *text, int low, int high, int *number)
{
	if (!tz_rule_digit(*text))
		return -1;
	*number = 0;
	while (tz_rule_digit(*text)) {
		*number = *number * 10 + (text->p[0] - '0');
		if (*number > high)
			return -1;
		text->p++;
		text->n--;
	}
	return *number >= low ? 0 : -1;
}

/* "CEST" or "<+0330>". */
static int
tz_rule_name(struct str *text)
{
	size_t n = 0;

	if (text->n > 0 && text->p[0] == '<') {
		const char *end = memchr(text->p, '>', text->n);

		if (end == NULL)
			return -1;
		n = (size_t)(end - text->p) + 1;
	} else {
		while (n < text->n && ((text->p[n] | 0x20) >= 'a' && (text->p[n] | 0x20) <= 'z'))
			n++;
		if (n < 3)
			return -1;
	}
	*text = str_part(*text, n, text->n);
	return 0;
}

/* [+-]h[h][:mm[:ss]] */
static int
tz_rule_time(struct str *text, int *seconds)
{
	int sign = tz_rule_take(text, '-') ? -1 : 1;
	int hours, minutes = 0, rest = 0;

	if (sign > 0)
		tz_rule_take(text, '+');
	if (tz_rule_number(text, 0, 167, &hours) < 0)
		return -1;
	if (tz_rule_take(text, ':')) {
		if (tz_rule_number(text, 0, 59, &minutes) < 0)
			return -1;
		if (tz_rule_take(text, ':') && tz_rule_number(text, 0, 59, &rest) < 0)
			return -1;
	}
	*seconds = sign * (hours * 3600 + minutes * 60 + rest);
	return 0;
}

static int
tz_rule_change(struct str *text, struct tz_change *change)
{
	if (!tz_rule_take(text, ','))
		return -1;
	if (tz_rule_take(text, 'M')) {
		change->kind = TZ_DAY_OF_MONTH;
		if (tz_rule_number(text, 1, 12, &change->month) < 0 || !tz_rule_take(text, '.') ||
		    tz_rule_number(text, 1, 5, &change->week) < 0 || !tz_rule_take(text, '.') ||
		    tz_rule_number(text, 0, 6, &change->day) < 0)
			return -1;
	} else if (tz_rule_take(text, 'J')) {
		change->kind = TZ_DAY_JULIAN;
		if (tz_rule_number(text, 1, 365, &change->day) < 0)
			return -1;
	} else {
		change->kind = TZ_DAY_OF_YEAR;
		if (tz_rule_number(text, 0, 365, &change->day) < 0)
			return -1;
	}
	change->seconds = 2 * 3600;
	return tz_rule_take(text, '/') ? tz_rule_time(text, &change->seconds) : 0;
}

int
tz_rule_parse(struct tz_rule *rule, struct str text)
{
	int west;

	*rule = (struct tz_rule){0};
	if (tz_rule_name(&text) < 0 || tz_rule_time(&text, &west) < 0)
		return -1;
	rule->standard = -west;
	if (text.n == 0)
		return 0;
	rule->has_summer = true;
	rule->summer = rule->standard + 3600;
	if (tz_rule_name(&text) < 0)
		return -1;
	if (text.n > 0 && text.p[0] != ',') {
		if (tz_rule_time(&text, &west) < 0)
			return -1;
		rule->summer = -west;
	}
	if (tz_rule_change(&text, &rule->start) < 0 || tz_rule_change(&text, &rule->end) < 0)
		return -1;
	return text.n == 0 ? 0 : -1;
}

static bool
tz_rule_leap(int year)
{
	return civil_days(year + 1, 1, 1) - civil_days(year, 1, 1) == 366;
}

/* Days since 1970 of the change in that year. */
static int64_t
tz_rule_day(const struct tz_change *change, int year)
{
	int64_t first, last, day;
	int weekday;

	switch (change->kind) {
	case TZ_DAY_JULIAN: /* 29 February is never counted */
		return civil_days(year, 1, 1) + change->day - 1 +
		    (change->day >= 60 && tz_rule_leap(year));
	case TZ_DAY_OF_YEAR:
		return civil_days(year, 1, 1) + change->day;
	case TZ_DAY_OF_MONTH:
		break;
	}
	first = civil_days(year, change->month, 1);
	last = change->month == 12 ? first + 30 : civil_days(year, change->month + 1, 1) - 1;
	weekday = (civil_of_days(first).weekday + 1) % 7; /* the rule's 0 is a Sunday */
	day = first + (change->day - weekday + 7) % 7 + (change->week - 1) * 7;
	return day > last ? day - 7 : day; /* week 5 is the last one */
}

int
tz_rule_offset(const struct tz_rule *rule, int64_t seconds)
{
	int64_t start, end;
	int year;

	if (!rule->has_summer)
		return rule->standard;
	year = civil_of_seconds(seconds + rule->standard).year;
	/* Each change is told in the local time that it ends. */
	start = tz_rule_day(&rule->start, year) * 86400 + rule->start.seconds - rule->standard;
	end = tz_rule_day(&rule->end, year) * 86400 + rule->end.seconds - rule->summer;
	if (start < end)
		return seconds >= start && seconds < end ? rule->summer : rule->standard;
	return seconds >= end && seconds < start ? rule->standard : rule->summer;
}
