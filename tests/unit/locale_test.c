/* SPDX-License-Identifier: MIT */
/*
 * locale: who wins, what is too little, and where the answer comes from then.
 * Links without the reader of rules: a policy here is a few words.
 */
#include "locale.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { EN, FR, ES };

static const struct str english[] = {STR("and"), STR("don't"), STR("for"), STR("i"),
    STR("is"), STR("me"), STR("my"), STR("not"), STR("on"), STR("the"), STR("to")};
static const struct str french[] = {STR("ai"), STR("d"), STR("est"), STR("et"), STR("je"),
    STR("la"), STR("le"), STR("me"), STR("mon"), STR("n"), STR("on"), STR("pas"),
    STR("qu'on")};
static const struct str spanish[] = {
    STR("el"), STR("la"), STR("me"), STR("mi"), STR("que")};

int
rules_locale_find(const struct rules *rules, struct str name)
{
	size_t i;

	for (i = 0; i < rules->locale_count; i++)
		if (str_eq(rules->locale_names[i], name))
			return (int)i;
	return -1;
}

static struct rules
make_rules(void)
{
	return (struct rules){
	    .locale_names = {STR("en"), STR("fr"), STR("es")},
	    .locales = {{.words = english,
			    .word_count = sizeof(english) / sizeof(english[0])},
		{.words = french, .word_count = sizeof(french) / sizeof(french[0])},
		{.words = spanish, .word_count = sizeof(spanish) / sizeof(spanish[0])}},
	    .locale_count = 3,
	    .default_locale = FR,
	    .locale_min_words = 3,
	    .locale_margin = 2,
	};
}

static void
check(const char *subject, const char *body, const char *form, unsigned locale,
    bool from_text)
{
	struct rules rules = make_rules();
	struct locale_choice choice =
	    locale_choose(&rules, str_of(subject), str_of(body), str_of(form));

	if (choice.locale != locale || choice.from_text != from_text)
		fail_msg("\"%s\" \"%s\" %s: %u %d", subject, body,
		    form != NULL ? form : "-", choice.locale, choice.from_text);
}

static void
test_text_decides(void **state)
{
	(void)state;
	check("", "the student is not on my list", "fr", EN, true);
	check("", "mon eleve est absent et je le dis", "en", FR, true);
	check("", "mi alumno dice que el curso", "en", ES, true);
	check("mon eleve", "est la. je", NULL, FR, true);
	check("the student is not on my list", "mon eleve est absent et", "en", FR, true);
	check("the student is not on my list", "absent", "fr", EN, true);
	check("mon eleve est la", "the list is my", "fr", EN, true);
	check("", "(the)my,is.not", NULL, EN, true);
}

static void
test_too_little(void **state)
{
	(void)state;
	check("", "the student is", "fr", FR, false);
	check("", "the student is", "en", EN, false);
	check("", "", "es", ES, false);
	check("", "12345 qqqq qq", "de", FR, false);
	check("", "hello", NULL, FR, false);
	/* Enough, but no lead: "me" and "on" are words of several languages. */
	check("", "the my is me on le la est", "en", EN, false);
	check("", "the my is me on le", "fr", EN, true);
}

/* One word over and over says no more than three times. */
static void
test_repeats(void **state)
{
	(void)state;
	check("", "the the the the the the le la est et je", "en", FR, true);
	check("", "the the the the the the le la", "en", EN, false);
}

static void
test_apostrophes(void **state)
{
	(void)state;
	check("", "j'ai n'ai pas", NULL, FR, true);
	check("", "i don't to", "fr", EN, true);
	check("", "qu'on n'est pas", "en", FR, true);
	check("", "'the' 'my' ''is''", "fr", EN, true);
	check("", "'''", "en", EN, false);
	check("", "d'", "en", EN, false);
}

/* Part of a word is no word. */
static void
test_whole_words(void **state)
{
	(void)state;
	check("", "there mystery island notable", "fr", FR, false);
	check("", "the1 my2 is3", "fr", EN, true); /* a digit ends a word */
}

/* A word is found whatever its length, and only it. */
static void
test_word_lengths(void **state)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz";
	size_t n, changed;

	(void)state;
	for (n = 1; n <= LOCALE_WORD_BYTES + 1; n++) {
		struct str word = {alphabet, n};
		struct rules rules = make_rules();
		char text[32] = "";
		bool whole = n <= LOCALE_WORD_BYTES;

		rules.locale_min_words = rules.locale_margin = 1;
		rules.locales[ES].words = &word;
		rules.locales[ES].word_count = 1;
		memcpy(text, alphabet, n);
		assert_int_equal(
		    locale_choose(&rules, str_of(text), STR(""), STR("")).from_text,
		    whole);
		for (changed = 0; changed < n; changed++) {
			text[changed]++;
			assert_false(locale_choose(&rules, str_of(text), STR(""), STR(""))
					 .from_text);
			text[changed]--;
		}
		text[n] = 'z';
		assert_false(
		    locale_choose(&rules, str_of(text), STR(""), STR("")).from_text);
		text[n - 1] = '\0';
		assert_false(
		    locale_choose(&rules, str_of(text), STR(""), STR("")).from_text);
	}
}

/* More function words than the table holds, and a very long text. */
static void
test_many_words(void **state)
{
	static struct str words[3000];
	static char text[3000][8];
	char *body = calloc(200001, 1);
	struct rules rules = make_rules();
	struct locale_choice choice;
	size_t i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		snprintf(text[i], sizeof(text[i]), "w%c%c%c", 'a' + (int)(i / 676),
		    'a' + (int)(i / 26 % 26), 'a' + (int)(i % 26));
		words[i] = str_of(text[i]);
	}
	rules.locales[ES].words = words;
	rules.locales[ES].word_count = 3000;
	choice = locale_choose(&rules, STR("waaa waab waac"), STR("not here"), STR("en"));
	assert_int_equal(choice.locale, ES);
	assert_true(choice.from_text);
	memset(body, 'x', 200000);
	for (i = 0; i + 7 < 200000; i += 7)
		memcpy(body + i, "not le ", 7);
	choice = locale_choose(&rules, STR("the my is to"), str_of(body), STR("fr"));
	assert_int_equal(choice.locale, EN);
	assert_true(choice.from_text);
	free(body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_decides),
	    cmocka_unit_test(test_too_little),
	    cmocka_unit_test(test_repeats),
	    cmocka_unit_test(test_apostrophes),
	    cmocka_unit_test(test_whole_words),
	    cmocka_unit_test(test_word_lengths),
	    cmocka_unit_test(test_many_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
