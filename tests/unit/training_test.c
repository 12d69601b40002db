/* SPDX-License-Identifier: MIT */
#include "training.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "rules_read.h"

#define CATEGORY(name, audience, fallback) \
	"  " audience "." name ":\n    audience: " audience "\n    team: desk\n" \
	"    priority: normal\n    fallback: " fallback "\n    label: {en: x, fr: x}\n" \
	"    answers: {en: {subject: x, help: x}, fr: {subject: x, help: x}}\n"

static const char rules_text[] =
    "policy:\n  time_zone: UTC\n  audiences: [coach, mentor]\n  default_locale: en\n"
    "  scores: {minimum: 5, confidence: 0.4, reason: 4, training: 10}\n"
    "  language: {minimum_words: 3, margin: 2}\n"
    "teams:\n  desk: {title: {en: desk, fr: guichet}}\n"
    "priorities:\n  normal: {target: 4h}\n"
    "locales:\n  en: {words: [the], greeting: Hello, closing: Bye}\n"
    "  fr: {words: [le], greeting: Bonjour, closing: Salut}\n"
    "categories:\n" CATEGORY("other", "coach", "true") CATEGORY("pause", "coach", "false")
    CATEGORY("lamp", "mentor", "false") CATEGORY("other", "mentor", "true")
    CATEGORY("pause", "mentor", "false")
    "training:\n"
    "  pause:\n"
    "    en: [Away on a mountain, 'away for July, sailing']\n"
    "    fr: [Absent en juillet]\n"
    "  mentor.pause:\n    en: [no sessions in autumn]\n"
    "  mentor.lamp:\n    en: [the lamp went dark, 'the lamp, again']\n"
    "  chatter:\n    en: [many thanks]\n";

enum { COACH_OTHER, COACH_PAUSE, MENTOR_LAMP, MENTOR_OTHER, MENTOR_PAUSE, CHATTER };

static struct diag_list *diags;
static struct rules *rules;
static struct training *training;
static struct arena *arena;
static double likeness[CHATTER + 1];

static int
setup(void **state)
{
	(void)state;
	diags = diag_list_new(50);
	rules = rules_load_text("t.yaml", str_of(rules_text), diags);
	training = training_new(rules);
	arena = arena_new(0);
	return diag_errors(diags) == 0 && training != NULL && arena != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	training_free(training);
	rules_free(rules);
	diag_list_free(diags);
	return 0;
}

/* Folded text of the locale. */
static void
compare(unsigned locale, const char *subject, const char *body)
{
	arena_reset(arena);
	assert_int_equal(training_compare(training, locale, str_of(subject), str_of(body), arena,
	    likeness), 0);
}

static bool
equal(double a, double b)
{
	return fabs(a - b) < 1e-6;
}

static void
test_likeness(void **state)
{
	double once;

	(void)state;
	/* The only text of its category: the same, whatever stands between its words. */
	compare(0, "", "no sessions in autumn");
	assert_true(equal(likeness[MENTOR_PAUSE], 1));
	assert_true(equal(likeness[MENTOR_LAMP], 0));
	compare(0, "no sessions", "(in) autumn!");
	assert_true(equal(likeness[MENTOR_PAUSE], 1));
	/* Words that no text has change nothing; a word counts once. */
	compare(0, "", "lamp");
	once = likeness[MENTOR_LAMP];
	assert_true(once > 0 && once < 1);
	compare(0, "lamp", "quite lamp");
	assert_true(equal(likeness[MENTOR_LAMP], once));
	compare(0, "", "quite new");
	assert_true(equal(likeness[MENTOR_LAMP], 0));
	compare(0, "", "");
	assert_true(equal(likeness[MENTOR_LAMP], 0));
	/* A text of a word or two is of no length of its own: what words say, adds up. */
	compare(0, "", "dark");
	once += likeness[MENTOR_LAMP];
	compare(0, "", "dark and lamp");
	assert_true(equal(likeness[MENTOR_LAMP], once));
	/* The beginnings of words count, too. */
	compare(0, "", "sailings");
	assert_true(likeness[MENTOR_PAUSE] > 0);
	compare(0, "", "sail sailors");
	assert_true(equal(likeness[MENTOR_PAUSE], 0));
	/* The nearer has more. */
	compare(0, "", "the lamp went away");
	assert_true(likeness[MENTOR_LAMP] > likeness[MENTOR_PAUSE]);
	assert_true(likeness[MENTOR_PAUSE] > 0);
}

/* A topic is for that of each audience, and what the name says for one adds to that. */
static void
test_topics(void **state)
{
	(void)state;
	compare(0, "", "sailing");
	assert_true(likeness[COACH_PAUSE] > 0);
	assert_true(equal(likeness[COACH_PAUSE], likeness[MENTOR_PAUSE]));
	compare(0, "", "autumn");
	assert_true(likeness[MENTOR_PAUSE] > 0);
	assert_true(equal(likeness[COACH_PAUSE], 0));
	compare(0, "", "thanks");
	assert_true(likeness[CHATTER] > 0);
	assert_true(equal(likeness[COACH_OTHER], 0) && equal(likeness[MENTOR_OTHER], 0));
}

static void
test_locales(void **state)
{
	(void)state;
	compare(1, "", "absent en juillet");
	assert_true(equal(likeness[MENTOR_PAUSE], 1));
	compare(0, "", "absent en juillet");
	assert_true(equal(likeness[MENTOR_PAUSE], 0));
	compare(1, "", "no sessions in autumn");
	assert_true(equal(likeness[MENTOR_PAUSE], 0));
}

static void
test_words(void **state)
{
	struct training_word words[3];
	const struct str subject = STR("dark"), body = STR("my lamp is new, the lamp");

	(void)state;
	arena_reset(arena);
	assert_int_equal(training_explain(
	    training, 0, subject, body, MENTOR_LAMP, arena, words, 3), 3);
	assert_true(words[0].share >= words[1].share && words[1].share >= words[2].share);
	/* With the pair that it begins; rare words before common ones; each once, where
	 * it is said first. */
	assert_int_equal(words[0].part, PART_BODY);
	assert_true(str_is(str_part(body, words[0].start, words[0].end), "the"));
	assert_int_equal(words[1].part, PART_SUBJECT);
	assert_true(str_is(str_part(subject, words[1].start, words[1].end), "dark"));
	assert_int_equal(words[2].part, PART_BODY);
	assert_int_equal(words[2].start, 3);
	assert_int_equal(words[2].end, 7);
	assert_int_equal(training_explain(
	    training, 0, subject, body, MENTOR_LAMP, arena, words, 1), 1);
	assert_true(str_is(str_part(body, words[0].start, words[0].end), "the"));
	assert_int_equal(training_explain(
	    training, 0, subject, body, MENTOR_OTHER, arena, words, 3), 0);
	assert_int_equal(training_explain(
	    training, 0, subject, body, MENTOR_LAMP, arena, words, 0), 0);
}

/* More words than are looked at; every ceiling of the arena. */
static void
test_limits(void **state)
{
	static char body[8 * TRAINING_WORDS];
	struct training_word words[2];
	size_t limit, refused = 0, i;

	(void)state;
	for (i = 0; i + 1 < sizeof(body); i++)
		body[i] = i % 2 == 0 ? 'a' : ' ';
	memcpy(body + sizeof(body) - 6, " lamp", 6);
	compare(0, "", body);
	assert_true(equal(likeness[MENTOR_LAMP], 0));
	for (limit = 1024; limit <= 1048576; limit *= 2) {
		struct arena *small = arena_new(limit);

		refused += training_compare(
		    training, 0, STR(""), STR("the lamp"), small, likeness) < 0;
		training_explain(
		    training, 0, STR(""), STR("the lamp"), MENTOR_LAMP, small, words, 2);
		arena_free(small);
	}
	assert_true(refused > 0 && refused < 11);
}

/* It reads back, and is the same whatever the order of the sections. */
static void
test_print(void **state)
{
	struct diag_list *more = diag_list_new(50);
	struct strbuf first, second;
	struct rules *again;

	(void)state;
	strbuf_init(&first, 0);
	strbuf_init(&second, 0);
	rules_print(rules, &first);
	assert_non_null(strstr(first.p, "    training: 10\n"));
	assert_non_null(strstr(first.p, "training:\n  chatter:\n    en:\n      - 'many thanks'\n"));
	again = rules_load_text("print.yaml", strbuf_str(&first), more);
	assert_int_equal(diag_errors(more), 0);
	rules_print(again, &second);
	assert_string_equal(first.p, second.p);
	rules_free(again);
	diag_list_free(more);
	strbuf_fini(&first);
	strbuf_fini(&second);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_likeness),
	    cmocka_unit_test(test_topics),
	    cmocka_unit_test(test_locales),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests_name("training", tests, setup, teardown);
}
