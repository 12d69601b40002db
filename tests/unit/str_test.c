/* SPDX-License-Identifier: MIT */
#include "str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
test_slices(void **state)
{
	static const struct str sorted[] = {STR(""), STR("a"), STR("ab"), STR("b"), STR("\xFF")};
	struct str absent = {NULL, 0};
	size_t i;

	(void)state;
	assert_null(str_of(NULL).p);
	assert_true(str_eq(absent, STR("")));
	assert_false(str_eq(STR("a"), STR("b")));
	assert_false(str_eq(STR("a"), STR("a\0")));
	assert_true(str_cmp(STR("a"), STR("ab")) < 0);
	assert_true(str_cmp(STR("b"), STR("ab")) > 0);
	assert_true(str_cmp(STR("\xFF"), STR("a")) > 0);
	for (i = 0; i < sizeof(sorted) / sizeof(sorted[0]); i++) {
		assert_true(str_among(sorted[i], sorted, sizeof(sorted) / sizeof(sorted[0])));
		assert_false(str_among(sorted[i], sorted, i));
	}
	assert_false(str_among(STR("ac"), sorted, sizeof(sorted) / sizeof(sorted[0])));
	assert_int_equal(str_cmp(absent, STR("")), 0);
	assert_true(str_starts(absent, ""));
	assert_true(str_starts(STR("abc"), "ab"));
	assert_false(str_starts(STR("a"), "ab"));
	assert_true(str_eq(str_trim(STR(" \t\v\f\r\n a b \n")), STR("a b")));
	assert_int_equal(str_trim(STR("  ")).n, 0);
	assert_true(str_eq(str_part(STR("abcd"), 1, 3), STR("bc")));
	assert_int_equal(str_part(STR("abcd"), 3, 1).n, 0);
	assert_true(str_eq(str_part(STR("abcd"), 2, 99), STR("cd")));
	assert_int_equal(str_part(STR("abcd"), 99, 100).n, 0);
	assert_null(str_part(absent, 1, 2).p);
}

static void
test_buffer(void **state)
{
	struct strbuf buf;
	char *text;

	(void)state;
	strbuf_init(&buf, 0);
	assert_int_equal(strbuf_str(&buf).n, 0);
	assert_non_null(strbuf_str(&buf).p);
	strbuf_puts(&buf, "a");
	strbuf_putc(&buf, 'b');
	strbuf_printf(&buf, "%0100d", 7);
	strbuf_put(&buf, (struct str){NULL, 0});
	assert_int_equal(buf.n, 102);
	assert_int_equal(strlen(buf.p), 102);
	strbuf_clear(&buf);
	text = strbuf_take(&buf); /* what was cleared does not come back */
	assert_string_equal(text, "");
	free(text);
	text = strbuf_take(&buf);
	assert_string_equal(text, "");
	free(text);
	strbuf_fini(&buf);
}

static void
test_buffer_limit(void **state)
{
	struct strbuf buf;

	(void)state;
	strbuf_init(&buf, 4);
	strbuf_puts(&buf, "abc");
	strbuf_printf(&buf, "%s", "d");
	assert_false(buf.overflow);
	strbuf_puts(&buf, "");
	assert_false(buf.overflow);
	strbuf_printf(&buf, "%s", "e");
	assert_true(buf.overflow);
	assert_string_equal(buf.p, "abcd");
	strbuf_clear(&buf);
	strbuf_puts(&buf, "abcde"); /* nothing of what does not fit */
	strbuf_puts(&buf, "a");
	assert_true(buf.overflow);
	assert_int_equal(buf.n, 0);
	strbuf_fini(&buf);
	strbuf_puts(&buf, "ab");
	assert_false(buf.overflow);
	strbuf_fini(&buf);
}

static const struct {
	struct str text;
	int bad; /* offset of the first bad byte, -1 = valid */
} utf8_cases[] = {
	{{"", 0}, -1},
	{{"a\0b", 3}, -1},
	{{"\x7F\xC2\x80", 3}, -1},
	{{"\xDF\xBF\xE0\xA0\x80", 5}, -1},
	{{"\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF", 9}, -1},
	{{"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", 8}, -1},
	/* alone: continuation, unused leads */
	{{"\x80", 1}, 0},
	{{"a\xBF", 2}, 1},
	{{"\xC0\x80", 2}, 0},
	{{"\xC1\xBF", 2}, 0},
	{{"\xF5\x80\x80\x80", 4}, 0},
	{{"\xFE", 1}, 0},
	{{"\xFF", 1}, 0},
	/* overlong */
	{{"\xE0\x80\x80", 3}, 0},
	{{"\xE0\x9F\xBF", 3}, 0},
	{{"\xF0\x80\x80\x80", 4}, 0},
	{{"\xF0\x8F\xBF\xBF", 4}, 0},
	/* surrogates, and beyond the last */
	{{"\xED\xA0\x80", 3}, 0},
	{{"\xED\xBF\xBF", 3}, 0},
	{{"\xF4\x90\x80\x80", 4}, 0},
	/* truncated, at the end and by the next character */
	{{"ab\xC3", 3}, 2},
	{{"\xE2\x82", 2}, 0},
	{{"\xE2", 1}, 0},
	{{"\xF0\x9F\x98", 3}, 0},
	{{"\xF0\x9F", 2}, 0},
	{{"\xC3(", 2}, 0},
	{{"\xE2\x82(", 3}, 0},
	{{"\xE2(\x82", 3}, 0},
	{{"\xF0\x9F\x98(", 4}, 0},
	{{"\xE2\x82\xC3", 3}, 0},
};

/* Each case also behind and before ASCII, so that the eight-byte steps meet it
 * at every distance. */
static void
test_utf8_check(void **state)
{
	size_t i, before, after;

	(void)state;
	for (i = 0; i < sizeof(utf8_cases) / sizeof(utf8_cases[0]); i++) {
		for (before = 0; before < 20; before++) {
			for (after = 0; after < 20; after += 5) {
				struct str text = utf8_cases[i].text;
				size_t n = before + text.n + after, bad = 999;
				char *copy = malloc(n + 1); /* exact, for the sanitizer */
				char *exact;

				assert_non_null(copy);
				memset(copy, 'x', n + 1);
				memcpy(copy + before, text.p, text.n);
				exact = malloc(n > 0 ? n : 1);
				assert_non_null(exact);
				memcpy(exact, copy, n);
				free(copy);
				assert_int_equal(utf8_check((struct str){exact, n}, &bad),
				    utf8_cases[i].bad < 0);
				if (utf8_cases[i].bad >= 0)
					assert_int_equal(bad, before + (size_t)utf8_cases[i].bad);
				free(exact);
			}
		}
	}
	assert_true(utf8_check((struct str){NULL, 0}, NULL));
}

/* Every code point, by its own encoder, and every sequence of two bytes. */
static void
test_utf8_all(void **state)
{
	unsigned code, a, b;

	(void)state;
	for (code = 0; code <= 0x110000; code++) {
		unsigned char p[4];
		size_t n = 1;

		if (code < 0x80) {
			p[0] = (unsigned char)code;
		} else if (code < 0x800) {
			n = 2;
			p[0] = (unsigned char)(0xC0 | code >> 6);
		} else if (code < 0x10000) {
			n = 3;
			p[0] = (unsigned char)(0xE0 | code >> 12);
			p[1] = (unsigned char)(0x80 | (code >> 6 & 0x3F));
		} else {
			n = 4;
			p[0] = (unsigned char)(0xF0 | code >> 18);
			p[1] = (unsigned char)(0x80 | (code >> 12 & 0x3F));
			p[2] = (unsigned char)(0x80 | (code >> 6 & 0x3F));
		}
		if (n > 1)
			p[n - 1] = (unsigned char)(0x80 | (code & 0x3F));
		if (utf8_check((struct str){(char *)p, n}, NULL) !=
		    (code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF)))
			fail_msg("U+%04X", code);
	}
	for (a = 0x80; a < 0x100; a++) {
		for (b = 0; b < 0x100; b++) {
			char p[2] = {(char)a, (char)b};
			int valid = a >= 0xC2 && a <= 0xDF && b >= 0x80 && b <= 0xBF;

			assert_int_equal(utf8_check((struct str){p, 2}, NULL), valid);
		}
	}
}

static void
test_shown(void **state)
{
	struct strbuf buf;

	(void)state;
	assert_int_equal(utf8_count(STR("aé€😀")), 4);
	strbuf_init(&buf, 0);
	strbuf_put_shown(&buf,
	    STR("é\n\x1b[1m\x7F\xC2\x9B" "1\xE2\x80\xAE\xE2\x80\xA8\xFF\0€\xE2\x82"));
	assert_string_equal(buf.p,
	    "é\\x0a\\x1b[1m\\x7f\\xc2\\x9b1\\xe2\\x80\\xae\\xe2\\x80\\xa8\\xff"
	    "\\x00€\\xe2\\x82");
	strbuf_fini(&buf);
}

static void
test_begin(void **state)
{
	struct str text = STR("aé€");
	static const size_t begins[] = {0, 1, 1, 3, 3, 3, 6, 6};
	size_t i;

	(void)state;
	for (i = 0; i < 8; i++)
		assert_int_equal(utf8_begin(text, i), begins[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_buffer),
		cmocka_unit_test(test_buffer_limit),
		cmocka_unit_test(test_utf8_check),
		cmocka_unit_test(test_utf8_all),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_begin),
	};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
