/* SPDX-License-Identifier: MIT */
#include "timestamp.h"

#include <stdio.h>

#define DAY_SECONDS 86400
#define ERA_DAYS 146097 /* in 400 years, after which the calendar repeats */
/* Days from 0000-03-01 to 1970-01-01. Years are counted from March on, so that
 * the leap day is the last of its year and months need no table. */
#define MARCH_EPOCH 719468

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t
civil_days(int year, int month, int day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = floor_div(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t month_from_march = (month + 9) % 12;
	/* 153 days are five months of 31, 30, 31, 30, 31. */
	int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
	int64_t day_of_era =
	    year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * ERA_DAYS + day_of_era - MARCH_EPOCH;
}

struct civil
civil_of_days(int64_t days)
{
	struct civil civil = {0};
	int64_t since = days + MARCH_EPOCH;
	int64_t era = floor_div(since, ERA_DAYS);
	int64_t day_of_era = since - era * ERA_DAYS;
	/* Takes out the leap days before dividing: one in 1461 days, none in
	 * 36524, one in the era's last. */
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
	    day_of_era / (ERA_DAYS - 1)) / 365;
	int64_t day_of_year =
	    day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month_from_march = (5 * day_of_year + 2) / 153;

	civil.day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
	civil.month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
	civil.year = (int)(year_of_era + era * 400 + (civil.month <= 2));
	/* 1970-01-01 was a Thursday. */
	civil.weekday = (int)(days + 3 - floor_div(days + 3, 7) * 7);
	return civil;
}

static bool
leap_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

bool
civil_date_valid(int year, int month, int day)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (month < 1 || month > 12 || day < 1)
		return false;
	return day <= lengths[month - 1] + (month == 2 && leap_year(year));
}

struct civil
civil_of_seconds(int64_t seconds)
{
	int64_t days = floor_div(seconds, DAY_SECONDS);
	int rest = (int)(seconds - days * DAY_SECONDS);
	struct civil civil = civil_of_days(days);

	civil.hour = rest / 3600;
	civil.minute = rest / 60 % 60;
	civil.second = rest % 60;
	return civil;
}

int64_t
civil_seconds(const struct civil *civil)
{
	return civil_days(civil->year, civil->month, civil->day) * DAY_SECONDS +
	    civil->hour * 3600 + civil->minute * 60 + civil->second;
}

/* Takes exactly n digits from the front of text. */
static bool
take_digits(struct str *text, int n, int *number)
{
	int i;

	*number = 0;
	if (text->n < (size_t)n)
		return false;
	for (i = 0; i < n; i++) {
		if (text->p[i] < '0' || text->p[i] > '9')
			return false;
		*number = *number * 10 + (text->p[i] - '0');
	}
	*text = str_part(*text, (size_t)n, text->n);
	return true;
}

/* Takes one of the characters from the front of text. */
static bool
take_any(struct str *text, const char *characters, char *taken)
{
	for (; *characters != '\0'; characters++) {
		if (text->n > 0 && text->p[0] == *characters) {
			*taken = *characters;
			*text = str_part(*text, 1, text->n);
			return true;
		}
	}
	return false;
}

/* An optional fraction of a second, cut to ms. */
static bool
take_fraction(struct str *text, int *ms)
{
	int scale = 100, digit;
	char c;

	*ms = 0;
	if (!take_any(text, ".", &c))
		return true;
	if (!take_digits(text, 1, &digit))
		return false;
	do {
		*ms += digit * scale;
		scale /= 10;
	} while (take_digits(text, 1, &digit));
	return true;
}

static bool
take_offset(struct str *text, int *seconds)
{
	int hours, minutes;
	char sign, c;

	*seconds = 0;
	if (take_any(text, "Zz", &c))
		return true;
	if (!take_any(text, "+-", &sign) || !take_digits(text, 2, &hours) ||
	    !take_any(text, ":", &c) || !take_digits(text, 2, &minutes) || hours > 23 ||
	    minutes > 59)
		return false;
	*seconds = (hours * 60 + minutes) * (sign == '-' ? -60 : 60);
	return true;
}

static bool
take_civil(struct str *text, struct civil *civil)
{
	char c;

	return take_digits(text, 4, &civil->year) && take_any(text, "-", &c) &&
	    take_digits(text, 2, &civil->month) && take_any(text, "-", &c) &&
	    take_digits(text, 2, &civil->day) && take_any(text, "Tt", &c) &&
	    take_digits(text, 2, &civil->hour) && take_any(text, ":", &c) &&
	    take_digits(text, 2, &civil->minute) && take_any(text, ":", &c) &&
	    take_digits(text, 2, &civil->second) &&
	    civil_date_valid(civil->year, civil->month, civil->day) && civil->hour <= 23 &&
	    civil->minute <= 59 && civil->second <= 60;
}

int
timestamp_parse(struct str text, int64_t *ms)
{
	struct civil civil = {0};
	int fraction, offset;
	int64_t seconds;

	if (!take_civil(&text, &civil) || !take_fraction(&text, &fraction) ||
	    !take_offset(&text, &offset) || text.n != 0)
		return -1;
	seconds = civil_seconds(&civil) - offset;
	/* A leap second ends a day of UTC; here it is the next day's first second. */
	if (civil.second == 60 && floor_div(seconds, DAY_SECONDS) * DAY_SECONDS != seconds)
		return -1;
	*ms = seconds * 1000 + fraction;
	return 0;
}

void
timestamp_format(int64_t ms, int offset_seconds, char text[32])
{
	/* Years are written with four digits, offsets without seconds (local mean
	 * times have some); the instant stays right. */
	const int64_t first = civil_days(0, 1, 2) * DAY_SECONDS;
	const int64_t last = civil_days(9999, 12, 31) * DAY_SECONDS - 1;
	int64_t seconds = floor_div(ms, 1000);
	int minutes = offset_seconds / 60 % (24 * 60);
	unsigned distance = (unsigned)(minutes < 0 ? -minutes : minutes);
	struct civil c;

	if (seconds < first)
		seconds = first;
	if (seconds > last)
		seconds = last;
	c = civil_of_seconds(seconds + minutes * 60);
	if (minutes == 0)
		snprintf(text, 32, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)c.year % 10000,
		    (unsigned)c.month % 100, (unsigned)c.day % 100, (unsigned)c.hour % 100,
		    (unsigned)c.minute % 100, (unsigned)c.second % 100);
	else
		snprintf(text, 32, "%04u-%02u-%02uT%02u:%02u:%02u%c%02u:%02u",
		    (unsigned)c.year % 10000, (unsigned)c.month % 100, (unsigned)c.day % 100,
		    (unsigned)c.hour % 100, (unsigned)c.minute % 100, (unsigned)c.second % 100,
		    minutes < 0 ? '-' : '+', distance / 60, distance % 60);
}
