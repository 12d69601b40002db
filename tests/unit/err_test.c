/* SPDX-License-Identifier: MIT */
#include "err.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "str.h"

static void
test_set(void **state)
{
	struct err err;

	(void)state;
	errno = ENOENT;
	assert_int_equal(err_set(&err, "line %d", 7), -1);
	assert_string_equal(err.text, "line 7");
	assert_int_equal(errno, ENOENT);
	assert_int_equal(err_set(NULL, "nobody reads this"), -1);
	assert_int_equal(err_prefix(NULL, "nor this"), -1);
}

static void
test_prefix(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, "no such file");
	errno = EIO;
	assert_int_equal(err_prefix(&err, "rules/%s", "a.yaml"), -1);
	assert_string_equal(err.text, "rules/a.yaml: no such file");
	assert_int_equal(errno, EIO);
}

static void
test_old_text_as_argument(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, "inner");
	err_set(&err, "outer (%s)", err.text);
	assert_string_equal(err.text, "outer (inner)");
	err_prefix(&err, "<%s>", err.text);
	assert_string_equal(err.text, "<outer (inner)>: outer (inner)");
}

/* Whatever the cut goes through, what stays is UTF-8. */
static void
test_cut(void **state)
{
	static const char *const characters[] = {"x", "é", "€", "😀"};
	size_t kind, lead;

	(void)state;
	for (kind = 0; kind < 4; kind++) {
		for (lead = 0; lead < 4; lead++) {
			char text[1024] = "aaaa";
			struct err err;
			size_t n;

			text[lead] = '\0';
			while (strlen(text) < 600)
				strcat(text, characters[kind]);
			err_set(&err, "%s", text);
			n = strlen(err.text);
			assert_in_range(n, sizeof(err.text) - 4, sizeof(err.text) - 1);
			assert_true(utf8_check(str_of(err.text), NULL));
			assert_memory_equal(err.text, text, n);
			err_prefix(&err, "p");
			assert_true(utf8_check(str_of(err.text), NULL));
			n = strlen(err.text);
			assert_in_range(n, sizeof(err.text) - 4, sizeof(err.text) - 1);
		}
	}
}

/* An exact fit keeps its last character. */
static void
test_fit(void **state)
{
	char text[sizeof(((struct err *)0)->text)];
	struct err err;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + sizeof(text) - 3, "é", 3);
	err_set(&err, "%s", text);
	assert_string_equal(err.text, text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_old_text_as_argument),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_fit),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
