/* SPDX-License-Identifier: MIT */
/*
 * fold: examples, and properties over all of Unicode and over random text
 * against a slow and simple way to say the same.
 */
#include "fold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <utf8proc.h>

#include "fold_table.h"

#define LAST_CODE_POINT 0x10FFFF

static struct folded
fold(struct arena *arena, const char *text)
{
	struct folded folded;

	assert_int_equal(fold_text(arena, str_of(text), &folded), 0);
	return folded;
}

static size_t
encode(uint32_t code_point, char *to)
{
	utf8proc_ssize_t n =
	    utf8proc_encode_char((utf8proc_int32_t)code_point, (utf8proc_uint8_t *)to);

	to[n] = '\0';
	return (size_t)n;
}

static void
test_examples(void **state)
{
	static const struct {
		const char *text, *folded;
	} rows[] = {
	    {"", ""},
	    {"Hello, World!", "hello, world!"},
	    {"Élève ABSENT à l’école", "eleve absent a l'ecole"},
	    {"E\xCC\x81le\xCC\x80ve", "eleve"},
	    {"cœur ŒUVRE æquo Straße STRAẞE", "coeur oeuvre aequo strasse strasse"},
	    {"Øre Łódź đak ılık İzmir", "ore lodz dak ilik izmir"},
	    {"« Vos expériences » “x” ‘y’ ‹z›", "\" vos experiences \" \"x\" 'y' 'z'"},
	    {"a–b—c−d… e", "a-b-c d... e"},
	    {"ﬁn ﬂot Ａｂｃ１２！", "fin flot abc12!"},
	    {"étudiant·e·s n°\xC2\xA0"
	     "5",
		"etudiant.e.s n 5"},
	    {"soft\xC2\xADhyphen zero\xE2\x80\x8Bwidth \xEF\xBB\xBF"
	     "bom",
		"softhyphen zerowidth bom"},
	    {"Иван Петров", "qqqq qqqqqq"},
	    {"й ё Ελλάδα مرحبا", "q q qqqqqq qqqqq"},
	    {"日本語。テスト", "qqq qqq"},
	    {"٣ مارس ۴ ৫ ௧ 𞥓", "3 qqqq 4 5 1 3"},
	    {"ok 👍🏽 merci 👩‍👩‍👧 bye", "ok merci bye"},
	    {"a\x01"
	     "b\x7F"
	     "c\xC2\x85"
	     "d",
		"a b c d"},
	    {"  \n lead and trail \t\n\n", "lead and trail"},
	    {"one\ntwo\r\nthree\rfour", "one two three four"},
	    {"one\n\ntwo\r\n\r\nthree\n \t\nfour\r\rfive", "one\ntwo\nthree\nfour\nfive"},
	    {"one\xE2\x80\xA8two\xE2\x80\xA9three", "one two\nthree"},
	    {"one\n🎉🎉\ntwo", "one\ntwo"},
	    {"\xCC\x81\xCC\x81x", "x"},
	    {"5 ≠ 6 ½ m² №7 ™", "5 = 6 1/2 m2 no7 tm"},
	    {"Пʼятниця c’h ´x", "q'qqqqqq c'h 'x"},
	    {"TAB\there  two  spaces ", "tab here two spaces"},
	};
	struct arena *arena = arena_new(0);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct folded folded = fold(arena, rows[i].text);

		assert_string_equal(folded.text.p, rows[i].folded);
		assert_int_equal(folded.text.n, strlen(rows[i].folded));
	}
	arena_free(arena);
}

/* What the folded part "find" of text quotes. */
static void
check_quote(const char *text, const char *find, const char *quote)
{
	struct arena *arena = arena_new(0);
	struct folded folded = fold(arena, text);
	const char *at = strstr(folded.text.p, find);
	struct str original;

	assert_non_null(at);
	original = fold_original(&folded, (size_t)(at - folded.text.p),
	    (size_t)(at - folded.text.p) + strlen(find));
	if (!str_is(original, quote))
		fail_msg(
		    "\"%s\" quotes \"%.*s\", not \"%s\"", find, STR_ARG(original), quote);
	arena_free(arena);
}

static void
test_original(void **state)
{
	struct arena *arena = arena_new(0);
	struct folded folded;

	(void)state;
	check_quote("Mon Élève est absent", "eleve", "Élève");
	check_quote("Mon E\xCC\x81le\xCC\x80ve\xCC\x81 est", "eleve",
	    "E\xCC\x81le\xCC\x80ve\xCC\x81");
	check_quote("un cœur", "c", "c");
	check_quote("un cœur", "co", "cœ");
	check_quote("un cœur", "eur", "œur");
	check_quote("wait… here", "wait.", "wait…");
	check_quote("a  \n\n  b", "a\nb", "a  \n\n  b");
	check_quote("Иван absent", "absent", "absent");
	check_quote("Иван absent", "qqqq", "Иван");
	check_quote("  été  ", "ete", "été");
	check_quote("fin \xF0\x9F\x98\x80", "fin", "fin");
	check_quote("soft\xC2\xADhyphen", "hyphen", "hyphen");
	folded = fold(arena, "abc");
	assert_int_equal(fold_original(&folded, 1, 1).n, 0);
	assert_int_equal(fold_original(&folded, 3, 9).n, 0);
	assert_true(str_is(fold_original(&folded, 1, 9), "bc"));
	assert_int_equal(folded.origin[3], 3);
	arena_free(arena);
}

static struct str
fold_one(struct arena *arena, uint32_t code_point)
{
	char *text = arena_alloc(arena, 8);
	struct folded folded;

	encode(code_point, text);
	assert_int_equal(fold_text(arena, str_of(text), &folded), 0);
	return folded.text;
}

static bool
is_surrogate(uint32_t code_point)
{
	return code_point >= 0xD800 && code_point <= 0xDFFF;
}

/* However a letter is composed, and in either case, it folds the same. */
static void
test_every_code_point(void **state)
{
	struct arena *arena = arena_new(0);
	uint32_t c;

	(void)state;
	for (c = 1; c <= LAST_CODE_POINT; c++) {
		char text[8];
		utf8proc_uint8_t *composed, *decomposed;
		struct str one;
		struct folded folded;
		size_t i;

		if (is_surrogate(c))
			continue;
		arena_reset(arena);
		one = fold_one(arena, c);
		for (i = 0; i < one.n; i++)
			if (one.p[i] < ' ' || one.p[i] > '~' ||
			    (one.p[i] >= 'A' && one.p[i] <= 'Z'))
				fail_msg(
				    "U+%04X gives byte %02x", c, (unsigned char)one.p[i]);
		encode(c, text);
		composed = utf8proc_NFC((utf8proc_uint8_t *)text);
		decomposed = utf8proc_NFD((utf8proc_uint8_t *)text);
		folded = fold(arena, (char *)composed);
		if (!str_eq(folded.text, one))
			fail_msg("U+%04X and its NFC differ", c);
		folded = fold(arena, (char *)decomposed);
		if (!str_eq(folded.text, one))
			fail_msg("U+%04X and its NFD differ: %.*s %.*s", c, STR_ARG(one),
			    STR_ARG(folded.text));
		free(composed);
		free(decomposed);
		if (!str_eq(
			fold_one(arena, (uint32_t)utf8proc_tolower((utf8proc_int32_t)c)),
			one))
			fail_msg("U+%04X and its small letter differ", c);
	}
	arena_free(arena);
}

/* Where Unicode itself leads to ASCII letters and digits, the table agrees. */
static void
test_table_is_unicode(void **state)
{
	uint32_t c;
	unsigned compared = 0;

	(void)state;
	for (c = 0x80; c <= 0x206F; c++) {
		const char *entry = fold_table_find(c);
		char text[8], plain[32] = "";
		utf8proc_uint8_t *mapped;
		size_t i;
		bool ascii = true;

		if (entry == NULL)
			continue;
		assert_true(strlen(entry) < FOLD_TABLE_BYTES);
		encode(c, text);
		assert_true(utf8proc_map((utf8proc_uint8_t *)text, 0, &mapped,
				UTF8PROC_NULLTERM | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
				    UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK |
				    UTF8PROC_STABLE) >= 0);
		for (i = 0; mapped[i] != 0; i++)
			ascii = ascii && mapped[i] > ' ' && mapped[i] <= '~';
		snprintf(plain, sizeof(plain), "%s", (char *)mapped);
		free(mapped);
		if (!ascii || plain[0] == '\0')
			continue;
		if (strcmp(plain, entry) != 0)
			fail_msg("U+%04X: table \"%s\", Unicode \"%s\"", c, entry, plain);
		compared++;
	}
	assert_true(compared > 450);
	for (c = 0x660; c < 0x1FFFF; c++) {
		/* Ten digits each, beginning at ...0 or ...6: fold_digit relies on it. */
		if (utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_ND &&
		    utf8proc_category((utf8proc_int32_t)c - 1) != UTF8PROC_CATEGORY_ND)
			assert_true((c & 0xF) == 0 || (c & 0xF) == 6 || c == 0x1D7CE);
	}
}

/* The same result, code point by code point, without blocks. */
static char *
fold_slowly(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, text.n * 8 + 64);
	size_t n = 0, i = 0;
	unsigned newlines = 0;
	bool waiting = false;

	while (i < text.n) {
		utf8proc_int32_t c;
		utf8proc_ssize_t bytes =
		    utf8proc_iterate((const utf8proc_uint8_t *)text.p + i, -1, &c);
		char framed[16] = "x", *to = framed + 1 + encode((uint32_t)c, framed + 1);
		struct folded folded;
		struct str middle;

		*to = '\0';
		strcat(framed, "x");
		folded = fold(arena, framed);
		middle = str_part(folded.text, 1, folded.text.n - 1);
		if (c == '\n' || (c == '\r' && text.p[i + 1] != '\n') || c == 0x2028)
			newlines++;
		if (c == 0x2029)
			newlines += 2;
		i += (size_t)bytes;
		if (middle.n == 0)
			continue;
		if (middle.p[0] == ' ' || middle.p[0] == '\n') {
			waiting = true;
			continue;
		}
		if (waiting && n > 0)
			out[n++] = newlines >= 2 ? '\n' : ' ';
		waiting = false;
		newlines = 0;
		memcpy(out + n, middle.p, middle.n);
		n += middle.n;
	}
	out[n] = '\0';
	return out;
}

static uint32_t
random_code_point(unsigned *seed)
{
	static const char plain[] = "abc DEF xyz, the é\n";
	static const uint32_t odd[] = {0xE9, 0xC9, 0x153, 0x301, 0x300, 0x2019, 0x2026,
	    0x20, 0x0A, 0x0D, 0x09, 0x200B, 0xAD, 0x1F600, 0x41F, 0x3B1, 0x627, 0x661,
	    0x65E5, 0xFF21, 0xBD, 0x85, 0x2028, 0x2029, 0x7F, 0x01, 0xFB01, 0xAC00,
	    0x10FFFF, 0xA0, '~', 0x80};
	int kind = rand_r(seed) % 20;

	if (kind < 15)
		return (unsigned char)plain[(unsigned)rand_r(seed) % 17];
	if (kind < 19)
		return odd[(unsigned)rand_r(seed) % (sizeof(odd) / sizeof(odd[0]))];
	return 0x80 + (unsigned)rand_r(seed) % 0x2000;
}

static void
check_map(const struct folded *folded)
{
	size_t i;

	for (i = 0; i <= folded->text.n; i++) {
		uint32_t at = folded->origin[i];
		struct str quote;

		assert_true(at <= folded->original.n);
		if (at < folded->original.n)
			assert_true(
			    ((unsigned char)folded->original.p[at] & 0xC0) != 0x80);
		if (i == folded->text.n)
			break;
		assert_true(at <= folded->origin[i + 1]);
		quote = fold_original(folded, i, i + 1);
		assert_true(quote.n > 0 && quote.p == folded->original.p + at);
		assert_true(utf8_check(quote, NULL));
	}
}

static void
test_random_text(void **state)
{
	struct arena *arena = arena_new(0);
	unsigned seed = 7, round;

	(void)state;
	for (round = 0; round < 4000; round++) {
		char text[512];
		size_t n = 0, count = (unsigned)rand_r(&seed) % 100, i;
		struct folded folded;

		for (i = 0; i < count; i++)
			n += encode(random_code_point(&seed), text + n);
		text[n] = '\0';
		arena_reset(arena);
		/* An exact copy, so that a sanitizer sees a read behind the end. */
		assert_int_equal(
		    fold_text(arena, (struct str){memcpy(malloc(n + 1), text, n + 1), n},
			&folded),
		    0);
		assert_string_equal(folded.text.p, fold_slowly(arena, str_of(text)));
		check_map(&folded);
		free((void *)(uintptr_t)folded.original.p);
	}
	arena_free(arena);
}

/* One code point of three bytes that becomes eighteen. */
static void
test_expansion(void **state)
{
	struct arena *arena = arena_new(0), *small = arena_new(20000);
	char text[3001];
	struct folded folded;
	size_t i;

	(void)state;
	for (i = 0; i < 3000; i += 3)
		memcpy(text + i, "\xEF\xB7\xBA", 3);
	text[3000] = '\0';
	folded = fold(arena, text);
	assert_int_equal(folded.text.n, 1000 * 18);
	check_map(&folded);
	assert_int_equal(fold_text(small, str_of(text), &folded), -1);
	arena_free(arena);
	arena_free(small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_examples),
	    cmocka_unit_test(test_original),
	    cmocka_unit_test(test_every_code_point),
	    cmocka_unit_test(test_table_is_unicode),
	    cmocka_unit_test(test_random_text),
	    cmocka_unit_test(test_expansion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
