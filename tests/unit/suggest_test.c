/* SPDX-License-Identifier: MIT */
#include "suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const words[] = {"mentorship", "payments", "pattern", "team", "in", "is"};

static const struct {
	const char *word, *nearest;
} cases[] = {
	{"mentorshp", "mentorship"},
	{"mentroship", "mentorship"}, /* a swap is one step */
	{"MENTORSHIP", "mentorship"},
	{"paments", "payments"},
	{"tema", "team"},
	{"teams", "team"},
	{"ni", "in"},
	{"it", "is"},  /* "in" is as near; the first of them */
	{"xy", NULL},
	{"x", NULL},
	{"", NULL},
	{"zzzzzzzz", NULL},
	{"a_word_far_too_long_to_be_a_mistyped_one_of_ours_because_it_goes_on_and_on", NULL},
};

static void
test_nearest(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const char *nearest = suggest(str_of(cases[i].word), words, COUNT(words));

		if (strcmp(cases[i].word, "it") == 0) {
			assert_true(nearest == words[4] || nearest == words[5]);
			continue;
		}
		if ((nearest == NULL) != (cases[i].nearest == NULL) ||
		    (nearest != NULL && strcmp(nearest, cases[i].nearest) != 0))
			fail_msg("%s: %s", cases[i].word, nearest != NULL ? nearest : "none");
	}
	assert_null(suggest(STR("team"), NULL, 0));
	/* The limit: 1 + a third of the word's length. */
	assert_string_equal(suggest(STR("abcdef"), (const char *const[]){"abcxyz"}, 1), "abcxyz");
	assert_null(suggest(STR("abcdef"), (const char *const[]){"abwxyz"}, 1));
}

static void
test_hint(void **state)
{
	static const char *const many[] = {"a1", "b1", "c1", "d1", "e1", "f1", "g1",
	    "h1", "i1", "j1", "k1", "l1", "m1"};
	char hint[64];

	(void)state;
	assert_string_equal(suggest_hint(STR("tem"), words, COUNT(words), hint, sizeof(hint)),
	    "did you mean 'team'?");
	assert_string_equal(suggest_hint(STR("zzzzzz"), words + 3, 3, hint, sizeof(hint)),
	    "one of: team, in, is");
	assert_string_equal(suggest_hint(STR("zzzzzz"), many, COUNT(many), hint, sizeof(hint)), "");
	assert_string_equal(suggest_hint(STR("zzzzzz"), many, COUNT(many) - 1, hint, sizeof(hint)),
	    "one of: a1, b1, c1, d1, e1, f1, g1, h1, i1, j1, k1, l1");
	/* Too small a room gives nothing rather than a part. */
	assert_string_equal(suggest_hint(STR("zzzzzz"), words + 3, 3, hint, 15), "");
	assert_string_equal(suggest_hint(STR("tem"), words, COUNT(words), hint, 20), "");
	assert_string_equal(suggest_hint(STR("tem"), words, 0, hint, sizeof(hint)), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_hint),
	};

	return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
