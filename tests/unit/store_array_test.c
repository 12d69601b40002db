/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store.h"
#include "store_array.h"
#include "store_batch.h"

static void
check_bytes(struct store_array *array, const char *expected, size_t n)
{
	struct pgconn_param param = store_array_param(array);

	assert_true(param.binary);
	assert_int_equal(param.n, n);
	assert_memory_equal(param.p, expected, n);
	store_array_fini(array);
}

static void
test_text_with_null(void **state)
{
	static const char expected[] = "\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\3\0\0\0\1"
				       "\0\0\0\2ab\xff\xff\xff\xff\0\0\0\0";
	struct store_array array;

	(void)state;
	store_array_init(&array, STORE_TEXT);
	store_array_str(&array, STR("ab"));
	store_array_str(&array, (struct str){NULL, 0});
	store_array_str(&array, STR(""));
	check_bytes(&array, expected, sizeof(expected) - 1);
}

static void
test_empty(void **state)
{
	static const char expected[] = "\0\0\0\0\0\0\0\0\0\0\x0b\x86";
	struct store_array array;

	(void)state;
	store_array_init(&array, STORE_UUID);
	check_bytes(&array, expected, sizeof(expected) - 1);
}

static void
test_numbers(void **state)
{
	static const char small[] = "\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\1\0\0\0\1\0\0\0\2\xff\xfe";
	/* 2000-01-01 and one millisecond before. */
	static const char times[] = "\0\0\0\1\0\0\0\0\0\0\x04\xa0\0\0\0\2\0\0\0\1"
				    "\0\0\0\x08\0\0\0\0\0\0\0\0"
				    "\0\0\0\x08\xff\xff\xff\xff\xff\xff\xfc\x18";
	struct store_array array;

	(void)state;
	store_array_init(&array, STORE_SMALLINT);
	store_array_integer(&array, -2);
	check_bytes(&array, small, sizeof(small) - 1);
	store_array_init(&array, STORE_TIME);
	store_array_time(&array, INT64_C(946684800000));
	store_array_time(&array, INT64_C(946684799999));
	check_bytes(&array, times, sizeof(times) - 1);
}

static void
test_json_has_its_version(void **state)
{
	static const char expected[] = "\0\0\0\1\0\0\0\0\0\0\x0e\xda\0\0\0\1\0\0\0\1\0\0\0\3\1{}";
	struct store_array array;

	(void)state;
	store_array_init(&array, STORE_JSONB);
	store_array_str(&array, STR("{}"));
	check_bytes(&array, expected, sizeof(expected) - 1);
}

static void
test_clear_keeps_nothing_of_before(void **state)
{
	struct store_array array;

	(void)state;
	store_array_init(&array, STORE_TEXT);
	store_array_null(&array);
	store_array_clear(&array);
	store_array_str(&array, STR("x"));
	check_bytes(&array, "\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\1\0\0\0\1\0\0\0\1x", 25);
}

static void
test_read_back(void **state)
{
	struct arena *arena = arena_new(0);
	struct store_array array;
	struct pgconn_param param;
	struct str *items;
	size_t count, cut;

	(void)state;
	store_array_init(&array, STORE_TEXT);
	store_array_str(&array, STR("one"));
	store_array_str(&array, STR(""));
	store_array_str(&array, STR("three"));
	param = store_array_param(&array);
	assert_int_equal(
	    store_array_read(arena, (struct str){param.p, (size_t)param.n}, &items, &count), 0);
	assert_int_equal(count, 3);
	assert_true(str_is(items[0], "one"));
	assert_int_equal(items[1].n, 0);
	assert_true(str_is(items[2], "three"));
	for (cut = 0; cut < (size_t)param.n; cut++)
		assert_int_equal(
		    store_array_read(arena, (struct str){param.p, cut}, &items, &count), -1);
	store_array_fini(&array);
	arena_free(arena);
}

static void
test_integers_of_results(void **state)
{
	(void)state;
	assert_int_equal(store_batch_integer((struct str){"\0\0\0\0\0\0\0\5", 8}), 5);
	assert_int_equal(store_batch_integer((struct str){"\xff\xfe", 2}), -2);
	assert_int_equal(store_batch_integer((struct str){NULL, 0}), 0);
}

static void
test_retry_after_doubles_to_its_end(void **state)
{
	(void)state;
	assert_int_equal(store_retry_after(0), 250);
	assert_int_equal(store_retry_after(250), 250);
	assert_int_equal(store_retry_after(251), 500);
	assert_int_equal(store_retry_after(4000), 4000);
	assert_int_equal(store_retry_after(8001), 10000);
	assert_int_equal(store_retry_after(INT64_MAX), 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_with_null),
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_json_has_its_version),
	    cmocka_unit_test(test_clear_keeps_nothing_of_before),
	    cmocka_unit_test(test_read_back),
	    cmocka_unit_test(test_integers_of_results),
	    cmocka_unit_test(test_retry_after_doubles_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
