/* SPDX-License-Identifier: MIT */
#include "diag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Prints one error at a place of a one-file list. */
static void
check(struct str text, struct place place, const char *hint, const char *expected)
{
	struct diag_list *list = diag_list_new(10);
	struct strbuf out;

	strbuf_init(&out, 0);
	place.file = diag_source(list, "a.yaml", text);
	assert_int_equal(diag_add(list, DIAG_ERROR, place, hint, "wrong %s", "thing"), -1);
	diag_print(list, &out, false);
	assert_string_equal(strbuf_str(&out).p, expected);
	strbuf_fini(&out);
	diag_list_free(list);
}

static void
test_header_example(void **state)
{
	struct diag_list *list = diag_list_new(10);
	struct place place = {.line = 12, .column = 9, .length = 9};
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 0);
	place.file = diag_source(list, "rules/mentor/break.yaml",
	    STR("\n\n\n\n\n\n\n\n\n\n\n  team: mentorshp\nnext: x\n"));
	diag_add(list, DIAG_ERROR, place, "did you mean 'mentorship'?", "unknown team '%s'",
	    "mentorshp");
	diag_print(list, &out, false);
	assert_string_equal(strbuf_str(&out).p,
	    "rules/mentor/break.yaml:12:9: error: unknown team 'mentorshp'\n"
	    "   12 |   team: mentorshp\n"
	    "      |         ^~~~~~~~~\n"
	    "hint: did you mean 'mentorship'?\n");
	strbuf_clear(&out);
	diag_print(list, &out, true); /* colour adds, and ends what it begins */
	assert_non_null(strstr(out.p, "\x1b[1;32m^~~~~~~~~\x1b[0m\n"));
	strbuf_fini(&out);
	diag_list_free(list);
}

static void
test_carets(void **state)
{
	(void)state;
	/* Tabs are repeated, so they are as wide as above. */
	check(STR("\tx:\tbad\n"), (struct place){NULL, 1, 5, 3}, NULL,
	    "a.yaml:1:5: error: wrong thing\n"
	    "    1 | \tx:\tbad\n"
	    "      | \t  \t^~~\n");
	/* Accents are one cell, ideographs and emoji two, combining marks none. */
	check(STR("é: 日本 bad"), (struct place){NULL, 1, 7, 3}, NULL,
	    "a.yaml:1:7: error: wrong thing\n"
	    "    1 | é: 日本 bad\n"
	    "      |         ^~~\n");
	check(STR("e\xCC\x81 😀 日本"), (struct place){NULL, 1, 6, 2}, NULL,
	    "a.yaml:1:6: error: wrong thing\n"
	    "    1 | e\xCC\x81 😀 日本\n"
	    "      |      ^~~~\n");
	/* What is not shown as it is takes the cells that its \xNN take. */
	check(STR("a\x1b" "b\xC2\x85" "c"), (struct place){NULL, 1, 5, 1}, NULL,
	    "a.yaml:1:5: error: wrong thing\n"
	    "    1 | a\\x1bb\\xc2\\x85c\n"
	    "      |               ^\n");
	check(STR("\xFFx"), (struct place){NULL, 1, 2, 1}, NULL,
	    "a.yaml:1:2: error: wrong thing\n"
	    "    1 | \\xffx\n"
	    "      |     ^\n");
}

static void
test_edges(void **state)
{
	(void)state;
	/* A place at, and one far behind, the end of its line; DOS line end. */
	check(STR("ab\r\ncd"), (struct place){NULL, 1, 3, 1}, NULL,
	    "a.yaml:1:3: error: wrong thing\n    1 | ab\n      |   ^\n");
	check(STR("ab\ncd"), (struct place){NULL, 2, 99, 99}, NULL,
	    "a.yaml:2:99: error: wrong thing\n    2 | cd\n      |   ^\n");
	check(STR("ab\ncd"), (struct place){NULL, 2, 2, 99}, NULL,
	    "a.yaml:2:2: error: wrong thing\n    2 | cd\n      |  ^\n");
	check(STR("\nab"), (struct place){NULL, 1, 1, 0}, "",
	    "a.yaml:1:1: error: wrong thing\n    1 | \n      | ^\n");
	/* No such line; no line; no column. */
	check(STR("ab\n"), (struct place){NULL, 2, 1, 1}, NULL, "a.yaml:2:1: error: wrong thing\n");
	check(STR("ab\n"), (struct place){NULL, 0, 0, 0}, "h",
	    "a.yaml: error: wrong thing\nhint: h\n");
	check(STR("ab\n"), (struct place){NULL, 1, 0, 1}, NULL,
	    "a.yaml:1: error: wrong thing\n    1 | ab\n      | ^\n");
	check(STR(""), (struct place){NULL, 1, 1, 1}, NULL, "a.yaml:1:1: error: wrong thing\n");
}

/* The caret stands under the same character as in the line, wherever it is. */
static void
test_long_line(void **state)
{
	unsigned column;

	(void)state;
	for (column = 1; column <= 401; column++) {
		struct diag_list *list = diag_list_new(1);
		struct place place = {.line = 1, .column = column, .length = 30};
		char line[400];
		const char *first, *second, *at;
		struct strbuf out;
		struct str cut;
		size_t caret;

		memset(line, 'x', sizeof(line));
		if (column <= sizeof(line))
			line[column - 1] = 'B';
		place.file = diag_source(list, "f", (struct str){line, sizeof(line)});
		diag_add(list, DIAG_ERROR, place, NULL, "m");
		strbuf_init(&out, 0);
		diag_print(list, &out, false);
		first = strchr(out.p, '\n') + 1;
		second = strchr(first, '\n') + 1;
		caret = (size_t)(strchr(second, '^') - second);
		cut = (struct str){first, (size_t)(second - first)};
		assert_in_range(utf8_count(cut), 99, 102);
		at = memchr(first, 'B', cut.n);
		if (column <= sizeof(line)) {
			assert_non_null(at);
			cut.n = (size_t)(at - first);
			assert_int_equal(utf8_count(cut), caret);
		}
		assert_true(strlen(second) <= 102);
		strbuf_fini(&out);
		diag_list_free(list);
	}
}

static void
test_order_and_limit(void **state)
{
	struct diag_list *list = diag_list_new(4);
	const char *b = diag_source(list, "b", STR("")), *a = diag_source(list, "a", STR(""));
	struct strbuf out;
	int i;

	(void)state;
	strbuf_init(&out, 0);
	diag_add(list, DIAG_ERROR, (struct place){b, 2, 1, 1}, NULL, "fifth");
	diag_add(list, DIAG_WARNING, (struct place){a, 10, 1, 1}, NULL, "third");
	diag_add(list, DIAG_ERROR, (struct place){b, 1, 1, 1}, NULL, "fourth");
	diag_add(list, DIAG_ERROR, (struct place){a, 2, 7, 1}, NULL, "first");
	diag_add(list, DIAG_ERROR, (struct place){a, 2, 7, 1}, NULL, "second");
	diag_print(list, &out, false);
	assert_string_equal(out.p,
	    "a:2:7: error: first\na:2:7: error: second\na:10:1: warning: third\n"
	    "b:1:1: error: fourth\nb:2:1: error: fifth\n");
	for (i = 0; i < 3; i++)
		diag_add(list, DIAG_ERROR, (struct place){a, 1, 1, 1}, NULL, "too many");
	assert_int_equal(diag_errors(list), 7);
	assert_int_equal(diag_warnings(list), 1);
	strbuf_clear(&out);
	diag_print(list, &out, false);
	assert_null(strstr(out.p, "too many"));
	assert_non_null(strstr(out.p, "fifth\n… and 3 more\n"));
	strbuf_fini(&out);
	diag_list_free(list);
	diag_list_free(NULL);
}

static void
test_hostile_text(void **state)
{
	struct diag_list *list = diag_list_new(4);
	struct place place = {.line = 1, .column = 1, .length = 1};
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 0);
	place.file = diag_source(list, "a\x1b.yaml", STR(""));
	diag_add(list, DIAG_ERROR, place, "or\x07", "no '%s'", "\x1b[2J\nb: error: forged \xFF\"");
	diag_print(list, &out, false);
	assert_string_equal(out.p,
	    "a\\x1b.yaml:1:1: error: no '\\x1b[2J\\x0ab: error: forged \\xff\"'\n"
	    "hint: or\\x07\n");
	strbuf_clear(&out);
	diag_print_json(list, &out);
	assert_string_equal(out.p,
	    "[{\"file\":\"a\\\\x1b.yaml\",\"line\":1,\"column\":1,\"severity\":\"error\","
	    "\"message\":\"no '\\\\x1b[2J\\\\x0ab: error: forged \\\\xff\\\"'\","
	    "\"hint\":\"or\\\\x07\"}]");
	strbuf_fini(&out);
	diag_list_free(list);
}

static void
test_json_empty(void **state)
{
	struct diag_list *list = diag_list_new(4);
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 0);
	diag_print_json(list, &out);
	assert_string_equal(out.p, "[]");
	strbuf_clear(&out);
	diag_add(list, DIAG_WARNING, (struct place){0}, NULL, "no files");
	diag_print_json(list, &out);
	assert_string_equal(out.p,
	    "[{\"file\":null,\"line\":0,\"column\":0,\"severity\":\"warning\","
	    "\"message\":\"no files\",\"hint\":null}]");
	strbuf_clear(&out);
	diag_print(list, &out, false);
	assert_string_equal(out.p, "warning: no files\n");
	strbuf_fini(&out);
	diag_list_free(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header_example),
		cmocka_unit_test(test_carets),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_order_and_limit),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_json_empty),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
