/* SPDX-License-Identifier: MIT */
#include "value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fold.h"
#include "timestamp.h"
#include "value_date.h"
#include "value_name.h"
#include "value_number.h"
#include "value_url.h"

static struct arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	return arena == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct str
fold(const char *text)
{
	struct folded folded;

	assert_int_equal(fold_text(arena, str_of(text), &folded), 0);
	return folded.text;
}

/* expected "" means: no date. today is Wednesday, 15 April 2026. */
static void
check_date(const char *text, enum value_date_lean lean, const char *expected)
{
	struct value value = {.text = STR("")};
	int64_t day;
	size_t start, end;

	if (value_date_find(fold(text), civil_days(2026, 4, 15), lean, &day, &start, &end)) {
		assert_true(start < end && end <= fold(text).n);
		assert_true(value_date_make(arena, day, &value));
	}
	if (!str_is(value.text, expected))
		fail_msg("'%s' is '%.*s', not '%s'", text, STR_ARG(value.text), expected);
}

struct date_case {
	const char *text, *expected;
};

static void
check_dates(const struct date_case *cases, size_t count, enum value_date_lean lean)
{
	size_t i;

	for (i = 0; i < count; i++)
		check_date(cases[i].text, lean, cases[i].expected);
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void
test_dates_written(void **state)
{
	static const struct date_case cases[] = {
		{"2026-04-20", "2026-04-20"}, {"2026/04/20", "2026-04-20"},
		{"2026-04-20T10:00:00", "2026-04-20"}, {"20/04/2026", "2026-04-20"},
		{"03/04/2026", "2026-04-03"}, {"04/20/2026", "2026-04-20"},
		{"3.4.26", "2026-04-03"}, {"03-04-2026", "2026-04-03"}, {"20/04", "2026-04-20"},
		{"20 April", "2026-04-20"}, {"April 20th", "2026-04-20"},
		{"April 20", "2026-04-20"},
		{"the 20th of April, 2027", "2027-04-20"}, {"April 20th, 2027", "2027-04-20"},
		{"20 avril", "2026-04-20"}, {"1er avril", "2026-04-01"},
		{"le 3 mars", "2026-03-03"},
		{"À partir du 1er Août 2026", "2026-08-01"}, {"12 févr. 2026", "2026-02-12"},
		{"5 Sept", "2026-09-05"}, {"le 20-27 avril", "2026-04-20"},
		{"du 20 au 27 avril", "2026-04-20"}, {"8 and 15 January", "2026-01-08"},
		{"8, 15 and 22 January", "2026-01-08"}, {"June 2026", "2026-06-01"},
		{"en juin", "2026-06-01"}, {"in June", "2026-06-01"}, {"04/2027", "2027-04-01"},
		{"Monday 20 April", "2026-04-20"}, {"Monday, April 20th", "2026-04-20"},
		{"lundi 20", "2026-04-20"}, {"Monday the 20th", "2026-04-20"},
		{"le 20", "2026-04-20"}, {"on the 20th", "2026-04-20"}, {"du 3", "2026-04-03"},
		{"29 February", "2028-02-29"}, {"29/02/2028", "2028-02-29"},
		{"end of June", "2026-06-30"}, {"fin juin", "2026-06-30"}, {"mi-mai", "2026-05-15"},
		{"début mai", "2026-05-01"}, {"end of the month", "2026-04-30"},
		{"fin du mois prochain", "2026-05-31"}, {"end of the week", "2026-04-19"},
		{"end of the year", "2026-12-31"},
		/* Without a year: the nearest. */
		{"20 December", "2025-12-20"}, {"10 October", "2026-10-10"},
		{"16 October", "2025-10-16"},
		/* No dates. */
		{"", ""}, {"soon", ""}, {"31 February 2026", ""}, {"29/02/2026", ""},
		{"at 18h30", ""}, {"14:00", ""}, {"the 3 sessions", ""}, {"the 2nd student", ""},
		{"I may come", ""}, {"mon étudiant", ""}, {"32 April 2026", ""}, {"1.5", ""},
		{"project 4", ""}, {"12345678901234567890/1/2", ""}, {"for two weeks", ""},
		{"le 3 jours", ""}, {"20 %", ""},
	};

	(void)state;
	check_dates(cases, COUNT(cases), VALUE_DATE_NEAREST);
}

static void
test_dates_told(void **state)
{
	static const struct date_case cases[] = {
		{"today", "2026-04-15"}, {"aujourd'hui", "2026-04-15"},
		{"aujourd’hui", "2026-04-15"},
		{"tomorrow", "2026-04-16"}, {"demain", "2026-04-16"}, {"yesterday", "2026-04-14"},
		{"après-demain", "2026-04-17"}, {"the day after tomorrow", "2026-04-17"},
		{"avant-hier", "2026-04-13"},
		{"next Monday", "2026-04-20"}, {"lundi prochain", "2026-04-20"},
		{"Monday", "2026-04-20"},
		{"next Wednesday", "2026-04-22"}, {"last Wednesday", "2026-04-08"},
		{"lundi dernier", "2026-04-13"}, {"Monday at 18h", "2026-04-20"},
		{"next week", "2026-04-20"}, {"la semaine prochaine", "2026-04-20"},
		{"next month", "2026-05-01"}, {"le mois prochain", "2026-05-01"},
		{"last month", "2026-03-15"}, {"la semaine dernière", "2026-04-08"},
		{"in two weeks", "2026-04-29"}, {"in 10 days", "2026-04-25"},
		{"dans quinze jours", "2026-04-29"}, {"dans 15 jours", "2026-04-30"},
		{"dans une quinzaine de jours", "2026-04-29"}, {"dans une semaine", "2026-04-22"},
		{"d'ici deux semaines", "2026-04-29"}, {"in a month", "2026-05-15"},
		{"two months ago", "2026-02-15"}, {"a month ago", "2026-03-15"},
		{"il y a deux mois", "2026-02-15"}, {"il y a plus d'un mois", "2026-03-15"},
		{"il y a un an", "2025-04-15"}, {"since three weeks", "2026-03-25"},
		{"depuis trois semaines", "2026-03-25"}, {"depuis un mois", "2026-03-15"},
		{"ça fait 6 semaines", "2026-03-04"}, {"a couple of weeks ago", "2026-04-01"},
		{"more than six weeks ago", "2026-03-04"}, {"since 10 March", "2026-03-10"},
		{"depuis le 10 mars", "2026-03-10"}, {"depuis janvier", "2026-01-01"},
		{"a fortnight ago", "2026-04-01"},
		{"several months ago", "2026-01-15"}, {"since a few weeks", "2026-03-25"},
		{"depuis des mois", "2026-01-15"}, {"il y a quelques semaines", "2026-03-25"},
		{"voici deux mois", "2026-02-15"}, {"two months back", "2026-02-15"},
		{"this morning", "2026-04-15"}, {"ce matin", "2026-04-15"},
		{"this afternoon at 4 pm", "2026-04-15"}, {"cet après-midi", "2026-04-15"},
		{"ce soir", "2026-04-15"}, {"tonight", "2026-04-15"}, {"last night", "2026-04-14"},
		{"hier soir", "2026-04-14"}, {"tomorrow morning", "2026-04-16"},
		{"ce mois", ""}, {"the morning", ""},
		{"six weeks without news", "2026-03-04"}, {"trois semaines sans nouvelles",
		    "2026-03-25"},
		{"six weeks of silence", "2026-03-04"}, {"after six weeks' silence", "2026-03-04"},
		{"deux mois de silence", "2026-02-15"}, {"two months without any word",
		    "2026-02-15"},
		{"dans deux semaines sans faute", "2026-04-29"},
		{"fin du mois de juin", "2026-06-30"}, {"à la fin de juin", "2026-06-30"},
		{"the end of the month of June", "2026-06-30"}, {"au mois de juin", "2026-06-01"},
		{"le 18 du mois prochain", "2026-05-18"}, {"the 18th of next month", "2026-05-18"},
		{"the 18th of last month", "2026-03-18"}, {"le 18 de ce mois", "2026-04-18"},
		{"le 2 du mois dernier", "2026-03-02"},
		{"lundi en huit", "2026-04-27"}, {"lundi en quinze", "2026-05-04"},
		{"d'ici quinze jours", "2026-04-29"}, {"d'ici huit jours", "2026-04-22"},
		{"sous huitaine", "2026-04-22"}, {"sous quinzaine", "2026-04-29"},
		{"à la rentrée", "2026-09-01"}, {"dès la rentrée", "2026-09-01"},
		{"à Noël", "2025-12-25"}, {"avant Noël", "2025-12-24"}, {"at Easter", "2026-04-05"},
		{"après Pâques", "2026-04-05"}, {"à l'Ascension", "2026-05-14"},
		{"this weekend", "2026-04-18"}, {"ce week-end", "2026-04-18"},
		{"le week-end dernier", "2026-04-11"}, {"next weekend", "2026-04-18"},
		{"end of next week", "2026-04-26"},
		{"in two weeks back home", "2026-04-29"}, {"in a few weeks", NULL},
		{"dans quelques mois", NULL}, {"for months", NULL}, {"de sept jours", NULL},
	};

	(void)state;
	check_dates(cases, COUNT(cases), VALUE_DATE_NEAREST);
}

static void
test_dates_leaning(void **state)
{
	static const struct date_case past[] = {
		{"10 October", "2025-10-10"}, {"20 April", "2025-04-20"},
		{"15 April", "2026-04-15"},
		{"Monday", "2026-04-13"}, {"Wednesday", "2026-04-08"}, {"le 20", "2026-03-20"},
		{"two months", "2026-02-15"}, {"for six weeks", "2026-03-04"},
		{"29 février", "2024-02-29"}, {"Easter", "2026-04-05"},
		{"March: the 18th of that month", "2026-03-18"},
		{"depuis le 18 du mois dernier", "2026-03-18"},
		{"since the 5th of this month", "2026-04-05"},
		{"depuis le 5 de ce mois", "2026-04-05"}, {"depuis le 5 du mois", "2026-04-05"},
		{"since the 5th of the month", "2026-04-05"},
		{"since a couple of weeks", "2026-04-01"},
		{"depuis une quinzaine de jours", "2026-04-01"},
		{"in the last 3 weeks", "2026-03-25"}, {"within the last two months", "2026-02-15"},
		{"depuis 1,5 mois", NULL}, {"1.5 months ago", NULL}, {"half a year ago", NULL},
		{"since the 2nd week", NULL}, {"2-3 weeks ago", "2026-03-25"},
		{"en mars, pas le 18 du même mois", "2026-03-01"}, {"for months", "2026-01-15"},
		{"before Christmas", "2025-12-24"},
		{"12 mars et le 18 du même mois", "2026-03-12"}, {"depuis Noël", "2025-12-25"},
	};
	static const struct date_case future[] = {
		{"20 December", "2026-12-20"}, {"1er avril", "2027-04-01"},
		{"15 April", "2026-04-15"},
		{"jusqu'au 18 du mois prochain", "2026-05-18"},
		{"le 3", "2026-05-03"}, {"two weeks", "2026-04-29"},
		{"avant Noël", "2026-12-24"}, {"Pâques", "2027-03-28"}, {"à la rentrée",
		    "2026-09-01"},
	};

	(void)state;
	check_dates(past, COUNT(past), VALUE_DATE_PAST);
	check_dates(future, COUNT(future), VALUE_DATE_FUTURE);
}

/* The turn of the year, both ways. */
static void
test_dates_near(void **state)
{
	int64_t day;
	size_t start, end;

	(void)state;
	assert_true(value_date_find(STR("20 december"), civil_days(2026, 1, 10), VALUE_DATE_NEAREST,
	    &day, &start, &end));
	assert_int_equal(day, civil_days(2025, 12, 20));
	assert_true(value_date_find(STR("from 5 january"), civil_days(2026, 12, 28),
	    VALUE_DATE_NEAREST, &day, &start, &end));
	assert_int_equal(day, civil_days(2027, 1, 5));
	assert_int_equal(start, 5);
	assert_int_equal(end, 14);
}

static void
test_add_months(void **state)
{
	(void)state;
	assert_int_equal(
	    value_date_add_months(civil_days(2026, 1, 31), 1), civil_days(2026, 2, 28));
	assert_int_equal(
	    value_date_add_months(civil_days(2028, 1, 31), 1), civil_days(2028, 2, 29));
	assert_int_equal(
	    value_date_add_months(civil_days(2026, 3, 10), 1), civil_days(2026, 4, 10));
	assert_int_equal(
	    value_date_add_months(civil_days(2026, 11, 30), 3), civil_days(2027, 2, 28));
	assert_int_equal(
	    value_date_add_months(civil_days(2026, 1, 31), -2), civil_days(2025, 11, 30));
	assert_int_equal(
	    value_date_add_months(civil_days(2026, 1, 1), -1), civil_days(2025, 12, 1));
}

/* Any text gives a date or none, and stays within it. */
static void
test_dates_noise(void **state)
{
	static const char *const bits[] = {"20", "4", "2026", "/", "-", ".", "april", "le", "du",
	    "a",
		"y", "il", "until", "from", "since", "back", "au", "and", "in", "next", "monday",
		"lundi", "mois", "weeks", "ago", "fin", "of",
		"the", "th",
		"h", ":", "un", "deux", " ", " ", " ", "29", "february", "31", "quinzaine",
		"999999999999"};
	unsigned seed = 7;
	int round;

	(void)state;
	for (round = 0; round < 100000; round++) {
		char text[256] = "";
		int64_t day;
		size_t start, end;
		int i;

		for (i = 0; i < 10; i++) {
			seed = seed * 1664525 + 1013904223;
			strcat(text, bits[(seed >> 16) % COUNT(bits)]);
		}
		if (value_date_find(str_of(text), 20000, (enum value_date_lean)(round % 4), &day,
		    &start,
		    &end))
			assert_true(start < end && end <= strlen(text));
	}
}

static void
test_numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t number; /* -1: none */
	} cases[] = {
		{"3", 3}, {"3 times", 3}, {"2x", 2}, {"x3", 3}, {"3rd", 3}, {"3e fois", 3},
		{"007", 7},
		{"three", 3}, {"trois relances", 3}, {"deux fois", 2}, {"twice", 2}, {"once", 1},
		{"a couple of times", 2}, {"third time", 3}, {"troisième", 3}, {"une dizaine", 10},
		{"à deux reprises", 2}, {"2 x", 2}, {"x 3", 3}, {"une paire de fois", 2},
		{"a pair of times", 2}, {"half a dozen", 6}, {"half-dozen", 6}, {"a dozen times",
		    12},
		{"une demi-douzaine de fois", 6}, {"une demi-heure", 1}, {"half an hour", -1},
		{"une vingtaine", 20}, {"une trentaine de mails", 30}, {"zéro", 0}, {"aucune", 0},
		{"aucun mail", 0}, {"none", 0}, {"aucune réponse à 3 mails", 3}, {"une seule fois",
		    1},
		{"deux ou trois fois", 2}, {"one dozen", 12},
		{"dizaine", 10}, {"vingt et un", 21}, {"twenty-one", 21}, {"twenty one", 21},
		{"dix-sept", 17}, {"soixante-douze", 72}, {"soixante et onze", 71},
		{"soixante-dix-sept", 77}, {"quatre-vingts", 80}, {"quatre-vingt-dix-neuf", 99},
		{"quatre-vingt-trois", 83}, {"vingt dix", 20}, {"trente", 30}, {"cent", 100},
		{"no 12.", 12},
		{"two dozen", 24}, {"two dozens of mails", 24}, {"deux douzaines", 24},
		{"2 dozen", 24}, {"3 douzaines", 36}, {"trois dizaines de mails", 30},
		{"a couple dozen", 24}, {"vingt-cinq centaines", 2500}, {"the third dozen", 3},
		{"2nd dozen", 2}, {"deuxième douzaine", 2}, {"seventh dozen", 7},
		{"a dozen dozen", 12}, {"two hundred", 200}, {"a hundred", 100},
		{"one hundred and two", 102}, {"a hundred and fifty", 150},
		{"two hundred and fifty-three", 253}, {"2 hundred", 200},
		{"two hundred, three times", 200}, {"deux cents", 200},
		{"six cents fois", 600}, {"cent vingt", 120}, {"cent un", 101},
		{"deux-cent-quatre-vingt-dix-neuf", 299}, {"trois cent soixante et onze", 371},
		{"deux centaines", 200},
		{"my two cents", 2}, {"50 cents", 50}, {"20 pour cent", 20}, {"un cent", 1},
		{"dozens", -1}, {"des dizaines de mails", -1}, {"hundreds of mails", -1},
		{"2, 5", 2}, {"zero", 0}, {"2.5", -1}, {"18h30", -1}, {"r2d2", -1}, {"nothing", -1},
		{"", -1}, {"1234567890123456789", -1}, {"onesie", -1},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		int64_t number = -1;
		size_t start, end;

		if (!value_number_find(fold(cases[i].text), &number, &start, &end))
			number = -1;
		if (number != cases[i].number)
			fail_msg("'%s' is %ld", cases[i].text, (long)number);
	}
}

static void
test_urls(void **state)
{
	static const struct {
		const char *text, *url; /* NULL: none */
	} cases[] = {
		{"see https://example.org/a?b=1#c.", "https://example.org/a?b=1#c"},
		{"(https://example.org/a)", "https://example.org/a"},
		{"https://example.org/a_(b)", "https://example.org/a_(b)"},
		{"<https://example.org/a>", "https://example.org/a"},
		{"\"https://example.org/a\",", "https://example.org/a"},
		{"« https://example.org/a »", "https://example.org/a"},
		{"«https://example.org»", "https://example.org"},
		{"https://example.org/a…", "https://example.org/a"},
		{"https://example.org/a’s", "https://example.org/a"},
		{"HTTP://Example.org", "HTTP://Example.org"},
		{"https://exämple.org/é", "https://exämple.org/é"},
		{"https://example.org:8080/a!", "https://example.org:8080/a"},
		{"at platform.example.org/students/88213, thanks",
		"platform.example.org/students/88213"},
		{"www.example.org", "www.example.org"},
		{"[a](https://example.org/a)", "https://example.org/a"},
		{"https://example.org/a\nnext", "https://example.org/a"},
		{"name@example.org/x", NULL}, {"example.org", NULL}, {"ftp://example.org/a", NULL},
		{"javascript:alert(1)", NULL}, {"http://", NULL}, {"https://localhost/a", NULL},
		{"3.5/10", NULL}, {"and/or", NULL}, {"", NULL}, {"20.04.26/x", NULL},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct str url = {NULL, 0};

		if (!value_url_find(str_of(cases[i].text), &url))
			url = (struct str){NULL, 0};
		if (!str_eq(url, str_of(cases[i].url)))
			fail_msg("'%s' is '%.*s'", cases[i].text, STR_ARG(url));
	}
}

static void
test_names(void **state)
{
	static const struct str words[] = {{"and", 3}, {"de", 2}, {"has", 3}, {"is", 2},
	    {"not", 3}};
	static const struct {
		const char *text, *name; /* NULL: none */
	} cases[] = {
		{"Elif Kaya", "Elif Kaya"}, {" Elif Kaya. ", "Elif Kaya"},
		{"Elif\n  Kaya", "Elif Kaya"},
		{"Elif\xC2\xA0Kaya", "Elif Kaya"}, {"Elif Kaya's", "Elif Kaya"},
		{"Elif Kaya’s", "Elif Kaya"}, {"Sara L.", "Sara L."}, {"李娜", "李娜"},
		{"Łukasz Żółkiewski", "Łukasz Żółkiewski"}, {"Ольга", "Ольга"},
		{"محمد علي", "محمد علي"},
		{"Jean-Luc O'Neil", "Jean-Luc O'Neil"}, {"Anne de la Tour", "Anne de la Tour"},
		{"marie dupont", "marie dupont"}, {"Marie Dupont and", "Marie Dupont"},
		{"Marie Dupont has not answered", "Marie Dupont"}, {"(Marie)", "Marie"},
		{"An", "An"},
		{"is not here", NULL}, {"", NULL}, {"...", NULL}, {"Marie 2", NULL},
		{"a@b.c", NULL},
		{"https://x.y", NULL}, {"one two three four five six seven", NULL},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct str name = {NULL, 0};

		if (!value_name_read(str_of(cases[i].text), words, COUNT(words), arena, &name))
			name = (struct str){NULL, 0};
		if (!str_eq(name, str_of(cases[i].name)))
			fail_msg("'%s' is '%.*s'", cases[i].text, STR_ARG(name));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates_written),
		cmocka_unit_test(test_dates_told),
		cmocka_unit_test(test_dates_leaning),
		cmocka_unit_test(test_dates_near),
		cmocka_unit_test(test_add_months),
		cmocka_unit_test(test_dates_noise),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
