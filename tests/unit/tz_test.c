/* SPDX-License-Identifier: MIT */
#include "tz.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tz_rule.h"

static int64_t
utc(const char *text)
{
	int64_t ms = 0;

	assert_int_equal(timestamp_parse(str_of(text), &ms), 0);
	return ms / 1000;
}

static struct tz *
zone(const char *name)
{
	struct err err = {""};
	struct tz *tz = tz_load(name, &err);

	if (tz == NULL)
		fail_msg("%s", err.text);
	return tz;
}

static void
test_paris(void **state)
{
	struct tz *tz = zone("Europe/Paris");

	(void)state;
	assert_int_equal(tz_offset(tz, utc("2026-01-15T12:00:00Z")), 3600);
	assert_int_equal(tz_offset(tz, utc("2026-07-15T12:00:00Z")), 7200);
	/* Both sides of the last Sundays of March and October, 01:00 UTC. */
	assert_int_equal(tz_offset(tz, utc("2026-03-29T00:59:59Z")), 3600);
	assert_int_equal(tz_offset(tz, utc("2026-03-29T01:00:00Z")), 7200);
	assert_int_equal(tz_offset(tz, utc("2026-10-25T00:59:59Z")), 7200);
	assert_int_equal(tz_offset(tz, utc("2026-10-25T01:00:00Z")), 3600);
	/* Beyond every table: the footer's rule. */
	assert_int_equal(tz_offset(tz, utc("2198-07-15T12:00:00Z")), 7200);
	assert_int_equal(tz_offset(tz, utc("2198-01-15T12:00:00Z")), 3600);
	/* Before every table: local mean time. */
	assert_int_equal(tz_offset(tz, utc("1850-01-15T12:00:00Z")), 561);
	tz_free(tz);
}

static void
test_civil_midnight(void **state)
{
	struct tz *tz = zone("Europe/Paris");
	struct civil civil;

	(void)state;
	civil = tz_civil(tz, utc("2026-01-06T22:59:59Z") * 1000 + 999);
	assert_int_equal(civil.day, 6);
	assert_int_equal(civil.second, 59);
	civil = tz_civil(tz, utc("2026-01-06T23:00:00Z") * 1000);
	assert_int_equal(civil.day, 7);
	assert_int_equal(civil.hour, 0);
	civil = tz_civil(tz, utc("2026-07-06T21:59:59Z") * 1000);
	assert_int_equal(civil.day, 6);
	civil = tz_civil(tz, utc("2026-07-06T22:00:00Z") * 1000);
	assert_int_equal(civil.day, 7);
	assert_int_equal(civil.weekday, 1);
	tz_free(tz);
}

static int64_t
local(const struct tz *tz, int year, int month, int day, int hour, int minute)
{
	struct civil civil = {
		.year = year, .month = month, .day = day, .hour = hour, .minute = minute};

	return tz_seconds(tz, &civil);
}

static void
test_gap_and_overlap(void **state)
{
	struct tz *tz = zone("Europe/Paris");

	(void)state;
	assert_int_equal(local(tz, 2026, 3, 29, 1, 59), utc("2026-03-29T00:59:00Z"));
	assert_int_equal(local(tz, 2026, 3, 29, 2, 0), utc("2026-03-29T01:00:00Z"));
	assert_int_equal(local(tz, 2026, 3, 29, 2, 30), utc("2026-03-29T01:00:00Z"));
	assert_int_equal(local(tz, 2026, 3, 29, 3, 0), utc("2026-03-29T01:00:00Z"));
	assert_int_equal(local(tz, 2026, 3, 29, 3, 1), utc("2026-03-29T01:01:00Z"));
	assert_int_equal(local(tz, 2026, 10, 25, 1, 59), utc("2026-10-24T23:59:00Z"));
	assert_int_equal(local(tz, 2026, 10, 25, 2, 30), utc("2026-10-25T00:30:00Z"));
	assert_int_equal(local(tz, 2026, 10, 25, 3, 0), utc("2026-10-25T02:00:00Z"));
	tz_free(tz);
}

static void
test_zones(void **state)
{
	struct tz *tz = zone("America/New_York");

	(void)state;
	assert_int_equal(tz_offset(tz, utc("2150-07-01T00:00:00Z")), -4 * 3600);
	assert_int_equal(local(tz, 2026, 11, 1, 1, 30), utc("2026-11-01T05:30:00Z"));
	tz_free(tz);
	tz = zone("Asia/Kolkata");
	assert_int_equal(tz_offset(tz, utc("2026-07-01T00:00:00Z")), 19800);
	tz_free(tz);
	tz = zone("Australia/Sydney"); /* summer over the turn of the year */
	assert_int_equal(tz_offset(tz, utc("2150-01-01T00:00:00Z")), 11 * 3600);
	assert_int_equal(tz_offset(tz, utc("2150-07-01T00:00:00Z")), 10 * 3600);
	tz_free(tz);
	tz = zone("UTC");
	assert_int_equal(tz_offset(tz, 0), 0);
	assert_int_equal(local(tz, 1970, 1, 1, 0, 0), 0);
	tz_free(tz);
}

/* The C library as a second opinion, every six hours for 170 years. */
static void
test_against_libc(void **state)
{
	static const char *const names[] = {"Europe/Paris", "America/Sao_Paulo",
	    "Africa/Casablanca", "Australia/Lord_Howe", "America/New_York",
	    "Asia/Tehran"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct tz *tz = zone(names[i]);
		time_t at;

		setenv("TZ", names[i], 1);
		tzset();
		for (at = -1262304000; at < (time_t)4102444800; at += 6 * 3600) {
			struct tm tm;

			localtime_r(&at, &tm);
			if (tz_offset(tz, at) != tm.tm_gmtoff)
				fail_msg("%s at %ld: %d, not %ld", names[i], (long)at,
				    tz_offset(tz, at), tm.tm_gmtoff);
		}
		tz_free(tz);
	}
	unsetenv("TZ");
	tzset();
}

static void
test_bad_names(void **state)
{
	static const char *const names[] = {"", "/etc/localtime", "../zoneinfo/UTC",
	    "Europe/Pariss", "Europe", "zone.tab"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct err err = {""};

		assert_null(tz_load(names[i], &err));
		assert_true(err.text[0] != '\0');
	}
}

/* Every cut and every changed byte of a real file: an error or a zone. */
static void
test_broken_files(void **state)
{
	char folder[] = "/tmp/tz_test.XXXXXX", path[64];
	unsigned char bytes[8192];
	size_t n, i, taken = 0;
	FILE *file = fopen("/usr/share/zoneinfo/Europe/Paris", "rb");

	(void)state;
	assert_non_null(file);
	n = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/zone", folder);
	setenv("TZDIR", folder, 1);
	for (i = 0; i < 2 * n; i += 7) {
		struct tz *tz;

		file = fopen(path, "wb");
		assert_non_null(file);
		if (i >= n)
			bytes[i - n] ^= 0xff;
		assert_int_equal(fwrite(bytes, 1, i < n ? i : n, file), i < n ? i : n);
		if (i >= n)
			bytes[i - n] ^= 0xff;
		fclose(file);
		tz = tz_load("zone", NULL);
		if (tz != NULL) {
			taken++;
			assert_in_range(tz_offset(tz, 1790000000) + 200000, 0, 400000);
		}
		if (i < n)
			assert_null(tz);
		tz_free(tz);
	}
	assert_true(taken > 0);
	unsetenv("TZDIR");
	unlink(path);
	rmdir(folder);
}

static void
test_rules(void **state)
{
	static const char *const bad[] = {"", "C", "CET", "CET-1CEST", "CET-1CEST,M3.5.0",
	    "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0/3x",
	    "CET-1CEST,M3.0.0,M10.5.0", "<+01-1", "CET-999", "CET-1CEST,J0,J365",
	    "CET-1CEST,366,1"};
	struct tz_rule rule;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (tz_rule_parse(&rule, str_of(bad[i])) == 0)
			fail_msg("'%s' was taken", bad[i]);
	assert_int_equal(tz_rule_parse(&rule, STR("<-0330>3:30")), 0);
	assert_int_equal(tz_rule_offset(&rule, 0), -12600);
	/* 60 of the Julian days is always 1 March; of the others 29 February. */
	assert_int_equal(tz_rule_parse(&rule, STR("AAA0BBB,J60/0,J300")), 0);
	assert_int_equal(tz_rule_offset(&rule, utc("2028-02-29T23:59:59Z")), 0);
	assert_int_equal(tz_rule_offset(&rule, utc("2028-03-01T00:00:00Z")), 3600);
	assert_int_equal(tz_rule_parse(&rule, STR("AAA0BBB,59/0,300")), 0);
	assert_int_equal(tz_rule_offset(&rule, utc("2028-02-29T00:00:00Z")), 3600);
	/* Hours before the day (RFC 8536 3.3.1). */
	assert_int_equal(tz_rule_parse(&rule, STR("<-02>2<-01>,M3.5.0/-1,M10.5.0/0")), 0);
	assert_int_equal(tz_rule_offset(&rule, utc("2026-03-29T00:59:59Z")), -7200);
	assert_int_equal(tz_rule_offset(&rule, utc("2026-03-29T01:00:00Z")), -3600);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paris),
		cmocka_unit_test(test_civil_midnight),
		cmocka_unit_test(test_gap_and_overlap),
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_against_libc),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_broken_files),
		cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
