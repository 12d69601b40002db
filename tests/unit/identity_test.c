/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "digest.h"
#include "identity.h"

#define NOW 1768207260123

static int
setup(void **state)
{
	(void)state;
	return identity_start();
}

static void
test_uuid(void **state)
{
	struct identity identity;
	unsigned char parsed[16];
	uint64_t ms = 0;
	size_t i;

	(void)state;
	identity_make(&identity, NOW);
	for (i = 0; i < 6; i++)
		ms = ms << 8 | identity.uuid[i];
	assert_true(ms == NOW);
	assert_int_equal(identity.uuid[6] >> 4, 7);
	assert_int_equal(identity.uuid[8] >> 6, 2);
	assert_int_equal(strlen(identity.uuid_text), IDENTITY_UUID_TEXT);
	assert_true(identity_uuid_parse(str_of(identity.uuid_text), parsed));
	assert_memory_equal(parsed, identity.uuid, 16);
}

/* Later ones sort behind, as bytes and as text. */
static void
test_order(void **state)
{
	struct identity before, after;
	int64_t now;

	(void)state;
	for (now = NOW; now < NOW + 1000; now++) {
		identity_make(&before, now);
		identity_make(&after, now + 1);
		assert_true(memcmp(before.uuid, after.uuid, 16) < 0);
		assert_true(strcmp(before.uuid_text, after.uuid_text) < 0);
	}
}

/* RFC 9562, appendix A.6, and spellings that are none. */
static void
test_parse(void **state)
{
	static const char *const wrong[] = {"", "017F22E2-79B0-7CC3-98C4-DC0C0C07398",
	    "017F22E2-79B0-7CC3-98C4-DC0C0C07398FF", "017F22E279B07CC398C4DC0C0C07398Fabcd",
	    "017F22E2-79B0-7CC3-98C4-DC0C0C07398G", "017F22E2-79B0-7CC3-98C4+DC0C0C07398F",
	    "017F22E2-79B0-7CC3-98C4-DC0C0C0739 F", "{017F22E2-79B0-7CC3-98C4-DC0C0C0739}"};
	static const unsigned char bytes[16] = {0x01, 0x7F, 0x22, 0xE2, 0x79, 0xB0, 0x7C, 0xC3,
	    0x98, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F};
	unsigned char uuid[16];
	char text[IDENTITY_UUID_TEXT + 1];
	size_t i;

	(void)state;
	assert_true(identity_uuid_parse(STR("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), uuid));
	assert_memory_equal(uuid, bytes, 16);
	identity_uuid_text(uuid, text);
	assert_string_equal(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(identity_uuid_parse(str_of(wrong[i]), uuid));
	assert_memory_equal(uuid, bytes, 16); /* untouched */
}

static unsigned
digit_value(char c)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	const char *at = strchr(alphabet, c);

	assert_non_null(at);
	return (unsigned)(at - alphabet);
}

/* The reference is the last 40 bits of the UUID. */
static void
test_reference(void **state)
{
	struct identity identity;
	uint64_t wanted = 0, found = 0;
	size_t i;

	(void)state;
	identity_make(&identity, NOW);
	for (i = 11; i < 16; i++)
		wanted = wanted << 8 | identity.uuid[i];
	assert_int_equal(strlen(identity.reference), IDENTITY_REFERENCE);
	for (i = 0; i < IDENTITY_REFERENCE; i++)
		found = found << 5 | digit_value(identity.reference[i]);
	assert_true(found == wanted);
}

/* 128 bits in 26 digits: the first has three, all others five. */
static void
test_token(void **state)
{
	struct identity identity, other;
	unsigned seen[IDENTITY_TOKEN] = {0}, i, k;

	(void)state;
	for (k = 0; k < 2000; k++) {
		identity_make(&identity, NOW);
		assert_int_equal(strlen(identity.token), IDENTITY_TOKEN);
		for (i = 0; i < IDENTITY_TOKEN; i++)
			seen[i] |= digit_value(identity.token[i]);
	}
	assert_int_equal(seen[0], 7);
	for (i = 1; i < IDENTITY_TOKEN; i++)
		assert_int_equal(seen[i], 31);
	identity_make(&other, NOW);
	assert_string_not_equal(identity.token, other.token);
	assert_string_not_equal(identity.reference, other.reference);
}

static void
test_odd_times(void **state)
{
	struct identity identity;

	(void)state;
	identity_make(&identity, -5);
	assert_memory_equal(identity.uuid, "\0\0\0\0\0\0", 6);
	identity_make(&identity, INT64_MAX);
	assert_int_equal(identity.uuid[6] >> 4, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_uuid),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_reference),
	    cmocka_unit_test(test_token),
	    cmocka_unit_test(test_odd_times),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
