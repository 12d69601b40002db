/* SPDX-License-Identifier: MIT */
/* Where the words around a date lean, and dates in pairs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fold.h"
#include "timestamp.h"
#include "value_date.h"

#define NEAREST VALUE_DATE_NEAREST
#define PAST VALUE_DATE_PAST
#define FUTURE VALUE_DATE_FUTURE
#define PLANNED VALUE_DATE_PLANNED

/* The first date at or behind '|', or of the whole text; "" when there is none. */
struct lean_case {
	const char *text;
	int year, month, day; /* of the clock */
	enum value_date_lean lean;
	const char *expected;
};

static void
check(const struct lean_case *cases, size_t count)
{
	char text[200], got[32];
	size_t i, at, from, start, end;
	int64_t day;
	int failed = 0;

	for (i = 0; i < count; i++) {
		const struct lean_case *c = &cases[i];
		const char *mark = strchr(c->text, '|');
		struct arena *arena = arena_new(0);
		struct folded folded;
		struct civil civil;

		assert_non_null(arena);
		at = mark == NULL ? 0 : (size_t)(mark - c->text);
		snprintf(text, sizeof(text), "%.*s%s", (int)at, c->text,
		    c->text + at + (mark != NULL));
		assert_int_equal(fold_text(arena, str_of(text), &folded), 0);
		for (from = 0; folded.origin[from] < at; from++)
			;
		got[0] = '\0';
		if (value_date_find_in(folded.text, from, folded.text.n,
		    civil_days(c->year, c->month, c->day), c->lean, &day, &start, &end)) {
			assert_true(from <= start && start < end && end <= folded.text.n);
			civil = civil_of_days(day);
			snprintf(got, sizeof(got), "%04d-%02d-%02d", civil.year, civil.month,
			    civil.day);
		}
		if (strcmp(got, c->expected) != 0) {
			print_message("'%s' on %d-%02d-%02d, lean %d: '%s', not '%s'\n", c->text,
			    c->year, c->month, c->day, c->lean, got, c->expected);
			failed++;
		}
		arena_free(arena);
	}
	assert_int_equal(failed, 0);
}

#define CHECK(cases) check(cases, sizeof(cases) / sizeof((cases)[0]))

static void
test_words(void **state)
{
	static const struct lean_case cases[] = {
		{"until the |31st", 2026, 6, 25, PLANNED, "2026-07-31"},
		{"jusqu'au |31", 2026, 6, 25, PLANNED, "2026-07-31"},
		{"I stop on the |12th", 2026, 6, 25, PLANNED, "2026-07-12"},
		{"j'arrête le |12", 2026, 6, 25, PLANNED, "2026-07-12"},
		{"I stop on the |12th", 2026, 6, 12, PLANNED, "2026-06-12"},
		{"I stop on the |12th because I found a job", 2026, 6, 25, PLANNED, "2026-07-12"},
		{"My last session was on the |12th", 2026, 6, 28, PLANNED, "2026-06-12"},
		{"I stopped on the |12th", 2026, 6, 28, PLANNED, "2026-06-12"},
		{"I enrolled on the DevOps Engineer path on |1 September", 2026, 10, 12, PLANNED,
		    "2026-09-01"},
		{"I have informed my students of my break on the |12th", 2026, 6, 25, PLANNED,
		    "2026-07-12"},
		{"j'ai prévenu mes étudiants de ma pause du |12", 2026, 6, 25, PLANNED,
		    "2026-07-12"},
		{"j'ai choisi de mettre fin le |12", 2026, 6, 25, PLANNED, "2026-07-12"},
		{"I wanted to take a break on the |12th", 2026, 6, 25, PLANNED, "2026-07-12"},
		{"we agreed on the |12th", 2026, 6, 25, PLANNED, "2026-07-12"},
		{"it was planned for the |12th", 2026, 6, 25, PLANNED, "2026-07-12"},
		{"I need a break in |July", 2026, 11, 10, PLANNED, "2027-07-01"},
		{"stop on |12th", 2026, 6, 25, PLANNED, "2026-07-12"},
		{"from |12th to 30th", 2026, 6, 25, PLANNED, "2026-07-12"},
		{"from 12th to |30th", 2026, 6, 25, PLANNED, "2026-07-30"},
		{"on |2nd attempt", 2026, 6, 25, PLANNED, ""},
		{"à nouveau le |12", 2026, 6, 25, PLANNED, "2026-07-12"},
		{"à compter du |12", 2026, 6, 25, PLANNED, "2026-07-12"},
		{"I need to be away on |1 September", 2026, 10, 12, PLANNED, "2027-09-01"},
		{"j'ai arrêté le |12", 2026, 6, 28, PLANNED, "2026-06-12"},
		{"ma pause a commencé le |12", 2026, 6, 28, PLANNED, "2026-06-12"},
		{"je suis parti le |12", 2026, 6, 28, PLANNED, "2026-06-12"},
		{"ma dernière session a eu lieu le |12", 2026, 6, 28, PLANNED, "2026-06-12"},
		{"j'ai un empêchement le |12", 2026, 6, 28, PLANNED, "2026-07-12"},
		{"je suis disponible le |12", 2026, 6, 28, PLANNED, "2026-07-12"},
		{"I was told that I can stop on the |12th", 2026, 6, 28, PLANNED, "2026-07-12"},
		{"they were ill, on the |12th", 2026, 6, 28, PLANNED, "2026-07-12"},
		{"since the |20th", 2026, 6, 12, PLANNED, "2026-05-20"},
		{"depuis le |20", 2026, 6, 12, PLANNED, "2026-05-20"},
		{"away since |3 May", 2026, 6, 12, PLANNED, "2026-05-03"},
		{"away since |3 August", 2026, 6, 12, PLANNED, "2025-08-03"},
		{"until |3 May", 2026, 6, 25, PAST, "2027-05-03"},
		{"le |12 juin dernier", 2026, 6, 10, PLANNED, "2025-06-12"},
		{"le |12 juin prochain", 2026, 6, 25, PLANNED, "2027-06-12"},
		{"my last day is the |12th", 2026, 6, 25, PLANNED, "2026-07-12"},
		{"mon dernier jour est le |12", 2026, 6, 25, PLANNED, "2026-07-12"},
		/* "was" says little about a day that would be a year ago. */
		{"I was accepted on |20 July", 2026, 6, 25, PLANNED, "2026-07-20"},
		{"was paid on |20 July", 2026, 6, 25, PAST, "2025-07-20"},
		{"I would like news of |20 June", 2026, 6, 25, PAST, "2026-06-20"},
		{"on |20 July", 2026, 6, 25, PAST, "2025-07-20"},
		{"will be paid on the |12th", 2026, 6, 25, NEAREST, "2026-07-12"},
		{"was paid on the |12th", 2026, 6, 28, NEAREST, "2026-06-12"},
		{"for the past |two weeks", 2026, 6, 25, PLANNED, "2026-06-11"},
		{"for |two weeks", 2026, 6, 25, PAST, "2026-06-11"},
		{"the |2nd student", 2026, 6, 25, PLANNED, ""},
	};

	(void)state;
	CHECK(cases);
}

static void
test_months(void **state)
{
	static const struct lean_case cases[] = {
		{"in July", 2026, 11, 20, PLANNED, "2027-07-01"},
		{"en juillet", 2026, 11, 20, PLANNED, "2027-07-01"},
		{"in July", 2026, 11, 20, PAST, "2026-07-01"},
		{"in July", 2026, 3, 20, PAST, "2025-07-01"},
		{"en |juillet", 2026, 11, 20, NEAREST, "2026-07-01"},
		{"in June", 2026, 6, 30, PLANNED, "2026-06-01"},
		{"in June", 2026, 7, 1, PLANNED, "2027-06-01"},
		{"until June", 2026, 6, 25, PLANNED, "2026-06-01"},
		{"since June", 2026, 6, 25, PLANNED, "2026-06-01"},
		{"in January", 2026, 12, 31, PLANNED, "2027-01-01"},
		{"in December", 2027, 1, 1, PAST, "2026-12-01"},
		{"in February", 2028, 2, 29, PLANNED, "2028-02-01"},
		{"end of June", 2026, 6, 30, PLANNED, "2026-06-30"},
		{"until the end of June", 2026, 6, 10, PLANNED, "2026-06-30"},
		{"depuis fin juin", 2026, 6, 10, PLANNED, "2025-06-30"},
		{"fin juin", 2026, 11, 10, PLANNED, "2027-06-30"},
		{"mid-February", 2026, 11, 10, PLANNED, "2027-02-15"},
		{"in July 2026", 2026, 11, 20, PLANNED, "2026-07-01"},
	};

	(void)state;
	CHECK(cases);
}

static void
test_years(void **state)
{
	static const struct lean_case cases[] = {
		{"from 20 June", 2026, 6, 25, PLANNED, "2026-06-20"},
		{"from 20 April", 2026, 6, 25, PLANNED, "2027-04-20"},
		{"on 5 January", 2026, 12, 28, PLANNED, "2027-01-05"},
		{"20 December", 2027, 1, 10, PLANNED, "2026-12-20"},
		{"20 December", 2027, 1, 10, PAST, "2026-12-20"},
		{"12/06", 2026, 6, 25, PLANNED, "2026-06-12"},
		{"06/25", 2026, 6, 20, PLANNED, "2026-06-25"},
		{"04/03", 2026, 6, 20, PLANNED, "2027-03-04"},
		{"29 February", 2026, 11, 20, PLANNED, "2028-02-29"},
		{"29 février", 2026, 11, 20, PAST, "2024-02-29"},
		{"mail of |the 2nd of this month", 2026, 11, 20, PAST, "2026-11-02"},
		{"on the 29th", 2027, 2, 1, PLANNED, "2027-03-29"},
		{"on the 31st", 2026, 12, 31, PLANNED, "2026-12-31"},
		{"on the 1st", 2026, 12, 31, PLANNED, "2027-01-01"},
		{"le 30", 2027, 1, 31, PLANNED, "2027-03-30"},
		{"le 31", 2027, 3, 1, PAST, "2027-01-31"},
	};

	(void)state;
	CHECK(cases);
}

static void
test_ranges(void **state)
{
	static const struct lean_case cases[] = {
		{"du |20 au 5 juillet", 2026, 6, 10, PLANNED, "2026-06-20"},
		{"du |20 au 5 juillet", 2026, 6, 25, PLANNED, "2026-06-20"},
		{"du 20 au |5 juillet", 2026, 6, 25, PLANNED, "2026-07-05"},
		{"du |20 au 5 janvier", 2026, 11, 20, PLANNED, "2026-12-20"},
		{"du 20 au |5 janvier", 2026, 11, 20, PLANNED, "2027-01-05"},
		{"du |20 au 5 janvier 2028", 2026, 11, 20, PLANNED, "2027-12-20"},
		{"du |20 jusqu'au 5 juillet", 2026, 6, 25, PLANNED, "2026-06-20"},
		{"du |20 au 5 juillet", 2026, 8, 25, PAST, "2026-06-20"},
		{"from the |12th to the 30th", 2026, 6, 25, PLANNED, "2026-07-12"},
		{"from the 12th to the |30th", 2026, 6, 25, PLANNED, "2026-07-30"},
		{"from the 12th to the |30th", 2026, 6, 10, PLANNED, "2026-06-30"},
		{"from the 25th to the |5th", 2026, 6, 10, PLANNED, "2026-07-05"},
		{"du 12 au |30", 2026, 6, 25, PLANNED, "2026-07-30"},
		{"du 20 décembre au |5", 2026, 11, 20, PLANNED, "2027-01-05"},
		{"du |5 au 3 juillet", 2026, 7, 8, PLANNED, "2026-06-05"},
		{"du 20 décembre au |5", 2026, 6, 10, PLANNED, "2027-01-05"},
		{"from |31 December to 2 January", 2026, 12, 31, PLANNED, "2026-12-31"},
		{"from 31 December to |2 January", 2026, 12, 31, PLANNED, "2027-01-02"},
		{"since |20 June until 10 July", 2026, 6, 25, PLANNED, "2026-06-20"},
		{"since 20 June until |10 July", 2026, 6, 25, PLANNED, "2026-07-10"},
		{"depuis le |20 juin jusqu'au 10 juillet", 2026, 6, 25, PLANNED, "2026-06-20"},
		{"since the |10th until 3 June", 2026, 4, 15, PLANNED, "2026-04-10"},
		{"depuis le |10 jusqu'au 3 juin", 2026, 4, 15, PLANNED, "2026-04-10"},
		{"from |1 May to 1 July", 2026, 6, 15, PLANNED, "2026-05-01"},
		{"from 1 May to |1 July", 2026, 6, 15, PLANNED, "2026-07-01"},
		{"from |20 December to 5 January", 2026, 12, 28, PLANNED, "2026-12-20"},
		{"from 20 December to |5 January", 2026, 12, 1, PLANNED, "2027-01-05"},
		{"between 20/12 and |05/01", 2026, 12, 1, PLANNED, "2027-01-05"},
		{"entre le 20 décembre et |le 5 janvier", 2026, 12, 1, PLANNED, "2027-01-05"},
		{"absent le 12, retour le |30", 2026, 6, 25, PLANNED, "2026-07-30"},
		{"away on the 12th and I'll be back on the |30th", 2026, 6, 25, PLANNED,
		    "2026-07-30"},
		{"on the 12th, students know. Back on the |30th", 2026, 6, 25, PLANNED,
		    "2026-06-30"},
		{"from Monday to |Friday", 2026, 6, 24, PLANNED, "2026-07-03"},
		{"from |20 to 27 June", 2026, 6, 25, PLANNED, "2026-06-20"},
		{"from |20 to 31 June", 2026, 6, 10, PLANNED, "2026-06-20"},
		{"|8, 15 and 22 January", 2027, 1, 10, PLANNED, "2027-01-08"},
		{"|12, 8 et 3 juin", 2026, 6, 1, PLANNED, "2026-06-12"},
		{"from |20 June to 10 July 2027", 2026, 6, 25, PLANNED, "2026-06-20"},
		{"from the |28th to 3 March", 2028, 2, 20, PLANNED, "2028-02-28"},
		{"from the |29th to 3 March", 2027, 2, 20, PLANNED, "2028-02-29"},
		/* Away until then; the other is no start. */
		{"I told them on 3 May and I stop on |12 April", 2026, 6, 1, PLANNED, "2027-04-12"},
	};

	(void)state;
	CHECK(cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_months),
		cmocka_unit_test(test_years),
		cmocka_unit_test(test_ranges),
	};

	return cmocka_run_group_tests_name("value_date_range", tests, NULL, NULL);
}
