/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "value.h"

static void
test_commas(void **state)
{
	struct strbuf out;
	struct json json;

	(void)state;
	strbuf_init(&out, 0);
	json_init(&json, &out);
	json_open(&json, '{');
	json_key(&json, "a");
	json_open(&json, '[');
	json_close(&json, ']');
	json_keyn(&json, STR("b\""));
	json_open(&json, '[');
	json_int(&json, INT64_MIN);
	json_open(&json, '{');
	json_close(&json, '}');
	json_bool(&json, true);
	json_none(&json);
	json_open(&json, '[');
	json_text(&json, NULL);
	json_close(&json, ']');
	json_close(&json, ']');
	json_key(&json, "c");
	json_bool(&json, false);
	json_close(&json, '}');
	assert_string_equal(
	    out.p, "{\"a\":[],\"b\\\"\":[-9223372036854775808,{},true,null,[null]],\"c\":false}");
	strbuf_fini(&out);
}

static void
check_string(struct str text, const char *expected)
{
	struct strbuf out;
	struct json json;

	strbuf_init(&out, 0);
	json_init(&json, &out);
	json_str(&json, text);
	assert_string_equal(strbuf_str(&out).p, expected);
	strbuf_fini(&out);
}

static void
test_strings(void **state)
{
	(void)state;
	check_string((struct str){NULL, 0}, "null");
	check_string(STR(""), "\"\"");
	check_string(STR("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
	check_string(STR("\n\t\r\b\f\v\x1b\0z"), "\"\\n\\t\\r\\b\\f\\u000b\\u001b\\u0000z\"");
	check_string(STR("\x7F\xC2\x80\xC2\x9F\xC2\xA0"), "\"\\u007f\\u0080\\u009f\xC2\xA0\"");
	check_string(STR("\xE2\x80\xA7\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA"),
	    "\"\xE2\x80\xA7\\u2028\\u2029\xE2\x80\xAA\"");
	check_string(STR("é€😀"), "\"é€😀\"");
	/* The length rules, not what stands behind it. */
	check_string((struct str){"\xC2\x80", 1}, "\"\xC2\"");
}

static void
check_real(double number, int decimals, const char *expected)
{
	struct strbuf out;
	struct json json;

	strbuf_init(&out, 0);
	json_init(&json, &out);
	json_number(&json, number, decimals);
	assert_string_equal(out.p, expected);
	strbuf_fini(&out);
}

static void
test_reals(void **state)
{
	(void)state;
	check_real(0.126, 2, "0.13");
	check_real(-0.001, 2, "0.00");
	check_real(-0.006, 2, "-0.01");
	check_real(12, 0, "12");
	check_real(NAN, 2, "null");
	check_real(-INFINITY, -1, "null");
	check_real(0.1, -1, "0.1");
	check_real(1.0 / 3, -1, "0.3333333333333333");
	check_real(1e300, -1, "1e+300");
	check_real(5e-324, -1, "4.94065645841247e-324");
}

/* Each character stands as it is, or as \uNNNN, by a rule written another way. */
static void
test_every_character(void **state)
{
	unsigned code;

	(void)state;
	for (code = 0x80; code < 0x10000; code++) {
		char in[8], expected[16];
		struct str text = {in, 3};

		if (code < 0x800) {
			in[0] = (char)(0xC0 | code >> 6);
			in[1] = (char)(0x80 | (code & 0x3F));
			text.n = 2;
		} else {
			in[0] = (char)(0xE0 | code >> 12);
			in[1] = (char)(0x80 | (code >> 6 & 0x3F));
			in[2] = (char)(0x80 | (code & 0x3F));
		}
		if (code <= 0x9F || code == 0x2028 || code == 0x2029)
			snprintf(expected, sizeof(expected), "\"\\u%04x\"", code);
		else
			snprintf(expected, sizeof(expected), "\"%.*s\"", STR_ARG(text));
		check_string(text, expected);
	}
}

static void
test_values(void **state)
{
	const struct value items[] = {
		{.type = VALUE_TEXT, .text = STR("x")},
		{.type = VALUE_BOOLEAN, .boolean = true},
		{.type = VALUE_INTEGER, .integer = -3},
		{.type = VALUE_REAL, .real = 1.5},
		{.type = VALUE_DATE, .integer = 0, .text = STR("1970-01-01")},
		{.type = VALUE_LIST},
		{.type = VALUE_NONE},
	};
	const struct value list = {.type = VALUE_LIST, .items = items, .count = 7};
	struct strbuf out;
	struct json json;

	(void)state;
	strbuf_init(&out, 0);
	json_init(&json, &out);
	value_json(&json, &list);
	assert_string_equal(out.p, "[\"x\",true,-3,1.5,\"1970-01-01\",[],null]");
	strbuf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commas),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_reals),
		cmocka_unit_test(test_every_character),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
