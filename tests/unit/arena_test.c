/* SPDX-License-Identifier: MIT */
#include "arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_alignment_and_zero(void **state)
{
	struct arena *arena = arena_new(0);
	size_t size, i;

	(void)state;
	for (size = 0; size < 300; size++) {
		unsigned char *p = arena_alloc(arena, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		if (size > 0)
			memset(p, 0xAA, size);
	}
	arena_reset(arena);
	for (size = 0; size < 300; size++) {
		unsigned char *p = arena_alloc(arena, size);

		for (i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
	}
	arena_free(arena);
	arena_free(NULL);
}

/* Up to the ceiling everything fits, beyond it nothing, and never more is
 * taken than allowed. */
static void
test_ceiling(void **state)
{
	static const size_t limits[] = {64, 1000, 8192, 8240, 10000, 100000};
	size_t i, got;

	(void)state;
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct arena *arena = arena_new(limits[i]);

		for (got = 0; arena_alloc(arena, 16) != NULL; got += 16)
			assert_true(arena_used(arena) <= limits[i]);
		assert_true(arena_used(arena) <= limits[i]);
		/* What is lost: headers, and less than one piece. */
		assert_true(got + 48 * (limits[i] / 8192 + 1) + 16 >= limits[i]);
		assert_null(arena_dup(arena, STR("a text of sixteen")).p);
		arena_reset(arena); /* refusing is not for ever */
		assert_non_null(arena_alloc(arena, 16));
		arena_free(arena);
	}
}

static void
test_refuses_nonsense(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	assert_null(arena_alloc(arena, SIZE_MAX));
	assert_null(arena_alloc(arena, SIZE_MAX - 15));
	assert_null(arena_array(arena, SIZE_MAX / 8, 16));
	assert_non_null(arena_array(arena, 0, 16));
	assert_non_null(arena_array(arena, 16, 0));
	arena_free(arena);
}

static void
test_large_pieces(void **state)
{
	struct arena *arena = arena_new(0);
	size_t before, i;
	char *small;

	(void)state;
	small = arena_alloc(arena, 16);
	small[0] = 'a';
	for (i = 0; i < 4; i++)
		assert_non_null(arena_alloc(arena, 65536));
	before = arena_used(arena);
	assert_non_null(arena_alloc(arena, 4096)); /* the first block's rest is still used */
	assert_int_equal(arena_used(arena), before);
	assert_int_equal(small[0], 'a');
	arena_reset(arena);
	assert_in_range(arena_used(arena), 1, 8192 + 64); /* a large block is not kept */
	arena_free(arena);
}

static void
test_dup(void **state)
{
	struct arena *arena = arena_new(0);
	struct str copy;

	(void)state;
	copy = arena_dup(arena, (struct str){"abcd", 2});
	assert_string_equal(copy.p, "ab");
	assert_int_equal(copy.n, 2);
	assert_null(arena_dup(arena, (struct str){NULL, 0}).p);
	copy = arena_dup(arena, STR(""));
	assert_non_null(copy.p);
	assert_int_equal(copy.p[0], '\0');
	/* Terminated also where something else stood before. */
	memset(arena_alloc(arena, 64), 'x', 64);
	arena_reset(arena);
	memset(arena_alloc(arena, 64), 'x', 64);
	arena_reset(arena);
	assert_string_equal(arena_dup(arena, (struct str){"abcd", 2}).p, "ab");
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alignment_and_zero),
		cmocka_unit_test(test_ceiling),
		cmocka_unit_test(test_refuses_nonsense),
		cmocka_unit_test(test_large_pieces),
		cmocka_unit_test(test_dup),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
