/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "review_shape.h"

static struct review_shape
shape_of(const char *source)
{
	return review_shape_read(str_of(source), PATTERN_FOLDED);
}

/* The part of the source that is repeated; NULL: sound. */
static void
expect_explosive(const char *source, const char *part)
{
	struct review_shape shape = shape_of(source);
	struct str found = str_part(str_of(source), shape.repeated.start, shape.repeated.end);

	if (shape.explosive != (part != NULL) || (part != NULL && !str_is(found, part)))
		fail_msg("%s: %s '%.*s'", source, shape.explosive ? "explosive" : "sound",
		    STR_ARG(found));
}

static void
test_explosive_repeats(void **state)
{
	(void)state;
	expect_explosive("(a+)+", "(a+)+");
	expect_explosive("x(?:.*)*y", "(?:.*)*");
	expect_explosive("(?:\\w+ ?)+ rest", "(?:\\w+ ?)+");
	expect_explosive("(?:a|aa)+b", "(?:a|aa)+");
	expect_explosive("(?:(?:ab)+)+", "(?:(?:ab)+)+");
	expect_explosive("z(?:q|(?:[a-z]+,?)*)", "(?:[a-z]+,?)*");
	expect_explosive("(?<value>\\s*\\w+){2,}", "(?<value>\\s*\\w+){2,}");
	expect_explosive("(?:\\w+ ?){2,12}x", "(?:\\w+ ?){2,12}");
	expect_explosive("(?:[^]]+)+?x", "(?:[^]]+)+?");
	expect_explosive("(?:off|offs?|offoff)+", "(?:off|offs?|offoff)+");
	expect_explosive("\\((?:\\w+)+\\)", "(?:\\w+)+");
}

static void
test_sound_repeats(void **state)
{
	(void)state;
	expect_explosive("(?:\\w+ )+rest", NULL);
	expect_explosive("(?: \\w+){0,5} rest", NULL);
	expect_explosive("(?:\\w+ ?){11}x", NULL);
	expect_explosive("(?: \\w+)* rest", NULL);
	expect_explosive("(?:the |my )*rest", NULL);
	expect_explosive("(?:[a-z]+[.])+", NULL);
	expect_explosive("(?:\\b\\w+)*", NULL); /* no boundary between two rounds of one word */
	expect_explosive("(?:a+)++b", NULL);    /* possessive */
	expect_explosive("(?>(?:a)+)b", NULL);
	expect_explosive("[(a+)+]x", NULL);     /* a class */
	expect_explosive("\\(a+\\)+", NULL);
	expect_explosive("(?i)(?:ab)+", NULL);
	expect_explosive("a{b}(?:c){2}", NULL);
}

static void
test_gaps(void **state)
{
	(void)state;
	assert_int_equal(shape_of("a.*b[^.!?\\n]*c").gaps, 2);
	assert_int_equal(shape_of("a.{0,40}b\\w+ c?").gaps, 0);
	assert_int_equal(shape_of("a(?:.*b|.*c.*d)e.+").gaps, 3); /* of the worst way */
	assert_int_equal(shape_of("a.{3,}b[\\w ]*").gaps, 2);
	assert_int_equal(shape_of("\\.*a\\[.*").gaps, 1);
	assert_int_equal(shape_of("(?!.*x)(?=.*y)a.*").gaps, 1); /* looked at once */
	assert_int_equal(shape_of("[^[:space:]]*a").gaps, 1);
	assert_int_equal(shape_of("[^[:word:]x]*a.*").gaps, 2);
	assert_int_equal(shape_of("[\\p{L}\\]x]*a.*").gaps, 1);
}

static void
test_alternatives(void **state)
{
	const char *source = "\\b(?:one|two(?:a|b)|one|three)\\b";
	struct review_shape shape = shape_of(source);

	(void)state;
	assert_true(shape.twice);
	assert_true(str_is(
	    str_part(str_of(source), shape.alternative.start, shape.alternative.end), "one"));
	assert_int_equal(shape.alternative.start, 20);
	assert_false(shape_of("\\b(?:one|two(?:a|b)|three(?:a|b))\\b").twice);
	assert_false(shape_of("(?:|a|)").twice); /* nothing at all is no mistake of that kind */
	assert_true(shape_of("a|b|a").twice);
}

static void
test_literals(void **state)
{
	(void)state;
	assert_int_equal(shape_of("\\bholidays?\\b").literal, 7);
	assert_int_equal(shape_of("\\w+ab\\d+").literal, 2);
	assert_int_equal(shape_of("ab[cd]ef").literal, 2);
	assert_false(shape_of("\\b\\d+ ?h\\b").sign);
	assert_true(shape_of("\\?").sign);
	assert_true(shape_of("^[^\\n]{1,90}$").sign);
}

static void
test_broken_sources_end(void **state)
{
	static const char *const sources[] = {"", "(", "((", ")", "a)b", "[", "[a", "\\", "(?",
	    "(?<", "a{", "a{1", "a{1,", "(?:a", "(?:", "(*", "(?P<x", "(?#", "x\\p{L", "|", "||",
	    "(?i", "(?i)"};
	char deep[1000];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		shape_of(sources[i]);
	memset(deep, '(', sizeof(deep));
	review_shape_read((struct str){deep, sizeof(deep)}, PATTERN_ORIGINAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_explosive_repeats),
	    cmocka_unit_test(test_sound_repeats),
	    cmocka_unit_test(test_gaps),
	    cmocka_unit_test(test_alternatives),
	    cmocka_unit_test(test_literals),
	    cmocka_unit_test(test_broken_sources_end),
	};

	return cmocka_run_group_tests_name("review_shape", tests, NULL, NULL);
}
