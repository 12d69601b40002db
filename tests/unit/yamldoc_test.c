/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yamldoc.h"

struct fixture {
	struct arena *arena;
	struct diag_list *diags;
};

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->arena = arena_new(0);
	fixture->diags = diag_list_new(50);
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	arena_free(fixture->arena);
	diag_list_free(fixture->diags);
	free(fixture);
	return 0;
}

static struct yamldoc_node *
parse(struct fixture *fixture, const char *text)
{
	const char *name = diag_source(fixture->diags, "t.yaml", str_of(text));

	return yamldoc_parse(fixture->arena, fixture->diags, name, str_of(text));
}

static void
assert_place(struct place place, unsigned line, unsigned column, unsigned length)
{
	assert_int_equal(place.line, line);
	assert_int_equal(place.column, column);
	assert_int_equal(place.length, length);
}

static void
test_tree(void **state)
{
	struct yamldoc_node *root =
	    parse(*state, "a: no\nb: [x, 'y z', \"\\u00e9\"]\nc:\n  d: |\n    one\n    two\ne:\n");
	struct yamldoc_node *list = yamldoc_get(root, "b");

	assert_non_null(root);
	assert_int_equal(root->count, 4);
	assert_true(str_is(yamldoc_get(root, "a")->text, "no"));
	assert_int_equal(list->count, 3);
	assert_true(str_is(list->items[1]->text, "y z"));
	assert_true(str_is(list->items[2]->text, "\xc3\xa9"));
	assert_true(str_is(yamldoc_get(yamldoc_get(root, "c"), "d")->text, "one\ntwo\n"));
	assert_int_equal(yamldoc_get(root, "e")->text.n, 0);
	assert_null(yamldoc_get(root, "f"));
	assert_int_equal(diag_errors(((struct fixture *)*state)->diags), 0);
}

static void
test_empty(void **state)
{
	struct yamldoc_node *root = parse(*state, "# nothing\n");

	assert_non_null(root);
	assert_int_equal(root->type, YAMLDOC_MAP);
	assert_int_equal(root->count, 0);
}

/* Where is byte n of the value? Through every way to write it. */
static void
test_places(void **state)
{
	struct yamldoc_node *root = parse(*state,
	    "é: plain\n"
	    "b: 'it''s é here'\n"
	    "c: \"a\\tb\\u00e9c\\\\d\"\n"
	    "d: |\n"
	    "    first\n"
	    "\n"
	    "      à third\n"
	    "e: >\n"
	    "  folded\n"
	    "  lines\n"
	    "f: over\n"
	    "  lines\n");

	assert_place(root->pairs[0].key->place, 1, 1, 1);
	assert_place(root->pairs[0].value->place, 1, 4, 5);
	assert_place(yamldoc_place(root->pairs[0].value, 2, 4), 1, 6, 2);
	assert_place(root->pairs[1].value->place, 2, 4, 14);
	assert_place(yamldoc_place(root->pairs[1].value, 2, 3), 2, 7, 2);   /* ' */
	assert_place(yamldoc_place(root->pairs[1].value, 5, 7), 2, 11, 1);  /* é */
	assert_place(yamldoc_place(root->pairs[1].value, 8, 12), 2, 13, 4); /* here */
	assert_place(yamldoc_place(root->pairs[2].value, 2, 3), 3, 8, 1);   /* b */
	assert_place(yamldoc_place(root->pairs[2].value, 3, 5), 3, 9, 6);   /* é */
	assert_place(yamldoc_place(root->pairs[2].value, 7, 8), 3, 18, 1);  /* d */
	assert_place(yamldoc_place(root->pairs[3].value, 0, 5), 5, 5, 5);
	assert_place(yamldoc_place(root->pairs[3].value, 12, 17), 7, 9, 5); /* third */
	assert_int_equal(yamldoc_place(root->pairs[4].value, 3, 4).line, 8);
	assert_place(yamldoc_place(root->pairs[5].value, 6, 8), 11, 4, 4);
}

/* Several in a line, one behind the other and in two lines. */
static void
test_places_in_a_row(void **state)
{
	struct yamldoc_node *root = parse(*state, "é: [à, 'é ü', \"ö\",\n  ï, {ñ: [], o: ''}, a\n"
						  "  b, c]\n");
	struct yamldoc_node *list = root->pairs[0].value;

	assert_int_equal(list->count, 7);
	assert_place(list->items[0]->place, 1, 5, 1);
	assert_place(list->items[1]->place, 1, 8, 5);
	assert_place(yamldoc_place(list->items[1], 3, 5), 1, 11, 1);
	assert_place(list->items[2]->place, 1, 15, 3);
	assert_place(list->items[3]->place, 2, 3, 1);
	assert_place(list->items[4]->pairs[0].key->place, 2, 7, 1);
	assert_place(list->items[4]->pairs[1].key->place, 2, 14, 1);
	assert_place(list->items[4]->pairs[1].value->place, 2, 17, 2);
	assert_place(list->items[5]->place, 2, 22, 1);
	assert_place(list->items[6]->place, 3, 6, 1);
	assert_true(str_is(list->items[6]->raw, "c"));
}

/* Wherever in a line and however near to its end or another. */
static void
test_unwanted_anywhere(void **state)
{
	static const char *const unwanted[] = {
	    "\x01", "\r", "\x7F", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xEF\xBB\xBF"};
	size_t at, i;

	(void)state;
	for (i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++)
		for (at = 0; at < 100; at++) {
			struct fixture *fixture;
			char text[256], place[32];
			struct strbuf out;

			setup((void **)&fixture);
			memset(text, 'a', sizeof(text));
			memcpy(text, "k: é’…", 11);
			memcpy(text + 11 + at, unwanted[i], strlen(unwanted[i]));
			memcpy(text + 120, "\n", 2);
			assert_null(parse(fixture, text));
			assert_int_equal(diag_errors(fixture->diags), 1);
			strbuf_init(&out, 0);
			diag_print(fixture->diags, &out, false);
			/* Six code points of eleven bytes stand before. */
			snprintf(place, sizeof(place), "t.yaml:1:%zu: ", at + 7);
			assert_non_null(strstr(out.p, place));
			strbuf_fini(&out);
			teardown((void **)&fixture);
		}
}

static void
test_crlf(void **state)
{
	struct yamldoc_node *root = parse(*state, "a: b\r\nc: |\r\n  d\r\n  e\r\n");

	assert_non_null(root);
	assert_true(str_is(yamldoc_get(root, "c")->text, "d\ne\n"));
	assert_place(yamldoc_place(yamldoc_get(root, "c"), 2, 3), 4, 3, 1);
	assert_int_equal(diag_errors(((struct fixture *)*state)->diags), 0);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text;
		const char *said;
	} cases[] = {
	    {"a: &x b\n", "t.yaml:1:4: error: anchors"},
	    {"a: *x\n", "t.yaml:1:4: error: aliases"},
	    {"a: !!str b\n", "t.yaml:1:4: error: tags"},
	    {"a: !mine {b: c}\n", "t.yaml:1:4: error: tags"},
	    {"a: {<<: b}\n", "t.yaml:1:5: error: merge keys"},
	    {"a: b\n---\nc: d\n", "t.yaml:2:1: error: a second document"},
	    {"a: b\na: c\n", "t.yaml:2:1: error: 'a' is given twice; first in line 1, column 1"},
	    {"[a]: b\n", "t.yaml:1:1: error: a key must be a text"},
	    {"a: [[[[[[[[[[[[[[[[b]]]]]]]]]]]]]]]]\n", "t.yaml:1:19: error: nested deeper"},
	    {"a: b\x01\n", "t.yaml:1:5: error: a control character"},
	    {"a: b\rc: d\n", "t.yaml:1:5: error: a control character"},
	    {"a: b\xff\n", "t.yaml:1:5: error: the byte 0xFF"},
	    {"a: \"\\e\"\n", "t.yaml:1:5: error: an escaped control"},
	    {"a: [b\n", "t.yaml:1:4: error: what begins with this bracket does not end"},
	    {"a: [b, 'c\nd: e\n", "t.yaml:1:8: error: the text that begins with this quote"},
	    {"a:\n  b: 'l'x'\n", "t.yaml:2:8: error: this apostrophe ends the text"},
	    {"a:\n  b: c\n   d: e\n", "t.yaml:3:4: error: 'd' is out of line"},
	    {"a:\n  b\n  c: d\n", "t.yaml:2:3: error: no colon behind this"},
	    {"a: b\n\tc: d\n", "t.yaml:2:1: error: a tab"},
	    {"a: b\n- c\n", "t.yaml:2:1: error: no list can begin here"},
	    {"a: {b: c\n", "t.yaml:1:4: error: what begins with this bracket"},
	    {"- a\nb: c\n", "t.yaml:2:1: error: 'b' is out of line"},
	    {"a: \"\\q\"\n", "t.yaml:1:5: error: a backslash means something else"},
	    {"%TAG ! tag:x,2000:\n---\na: b\n", "t.yaml:1:1: error: directives"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture fixture = {arena_new(0), diag_list_new(50)};
		struct strbuf out;

		strbuf_init(&out, 0);
		parse(&fixture, cases[i].text);
		assert_true(diag_errors(fixture.diags) > 0);
		diag_print(fixture.diags, &out, false);
		if (strstr(out.p, cases[i].said) == NULL)
			fail_msg("'%s' gave: %s", cases[i].text, out.p);
		strbuf_fini(&out);
		arena_free(fixture.arena);
		diag_list_free(fixture.diags);
	}
}

static void
test_large(void **state)
{
	struct fixture *fixture = *state;
	char *text = malloc(YAMLDOC_FILE_BYTES + 1);

	memset(text, '#', YAMLDOC_FILE_BYTES + 1);
	assert_non_null(yamldoc_parse(
	    fixture->arena, fixture->diags, "t", (struct str){text, YAMLDOC_FILE_BYTES}));
	assert_null(yamldoc_parse(
	    fixture->arena, fixture->diags, "t", (struct str){text, YAMLDOC_FILE_BYTES + 1}));
	assert_int_equal(diag_errors(fixture->diags), 1);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_tree, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_places, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_places_in_a_row, setup, teardown),
	    cmocka_unit_test(test_unwanted_anywhere),
	    cmocka_unit_test_setup_teardown(test_crlf, setup, teardown),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test_setup_teardown(test_large, setup, teardown),
	};

	return cmocka_run_group_tests_name("yamldoc", tests, NULL, NULL);
}
