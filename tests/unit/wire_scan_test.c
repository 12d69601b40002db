/* SPDX-License-Identifier: MIT */
/* Hostile bytes: what the walk refuses, and that it reserves nothing. */
#include "wire_message.h"

#include "limits.h"
#include "wire.h"

/* A whole small request; id first so that it can be read early. */
static const char good[] =
    "{'id':'a','key':'k-1','v':1,'op':'submit','ticket':{'audience':'mentor',"
    "'requester':{'email':'a@example.org'},'body':'hello',"
    "'fields':{'n':[1,null,2.5,true]}}}";

struct scan {
	struct arena *arena;
	struct wire_request request;
};

static int
setup(void **state)
{
	struct scan *scan = calloc(1, sizeof(*scan));

	scan->arena = arena_new(0);
	*state = scan;
	return 0;
}

static int
teardown(void **state)
{
	struct scan *scan = *state;

	arena_free(scan->arena);
	free(scan);
	return 0;
}

/* The message is given from a block of its very size, so that ASan sees a
 * read behind its end. */
static int
decode(struct scan *scan, struct str message)
{
	char *exact = malloc(message.n > 0 ? message.n : 1);
	int result;

	memcpy(exact, message.p, message.n);
	arena_reset(scan->arena);
	result = wire_decode(scan->arena, (struct str){exact, message.n}, &scan->request);
	free(exact);
	return result;
}

static void
expect_error(struct scan *scan, struct str message, const char *path, const char *code)
{
	assert_int_equal(decode(scan, message), 1);
	assert_int_equal(scan->request.error_count, 1);
	assert_string_equal(scan->request.errors[0].path.p, path);
	assert_string_equal(scan->request.errors[0].code.p, code);
	assert_true(scan->request.errors[0].message.n > 0);
}

static void
expect_hex(struct scan *scan, const char *hex, const char *path, const char *code)
{
	struct strbuf out = {0};

	message_hex(&out, hex);
	expect_error(scan, strbuf_str(&out), path, code);
	strbuf_fini(&out);
}

static void
expect_json(struct scan *scan, const char *json, const char *path, const char *code)
{
	struct strbuf out;

	expect_error(scan, message_pack(&out, json, false), path, code);
	strbuf_fini(&out);
}

static void
test_good(void **state)
{
	struct strbuf out;

	assert_int_equal(decode(*state, message_pack(&out, good, false)), 0);
	strbuf_fini(&out);
	assert_int_equal(decode(*state, message_pack(&out, good, true)), 0);
	strbuf_fini(&out);
}

/* Every prefix is refused; id and key come back as soon as they are whole. */
static void
test_truncated_everywhere(void **state)
{
	struct scan *scan = *state;
	struct strbuf out;
	struct str message = message_pack(&out, good, false);
	size_t n;

	for (n = 0; n < message.n; n++) {
		assert_int_equal(decode(scan, (struct str){message.p, n}), 1);
		assert_int_equal(scan->request.error_count, 1);
		assert_string_equal(scan->request.errors[0].code.p, "truncated");
	}
	strbuf_fini(&out);
}

static void
test_id_and_key_survive(void **state)
{
	struct scan *scan = *state;
	const size_t id_end = 1 + 3 + 2, key_end = id_end + 4 + 4;
	struct strbuf out;
	struct str message = message_pack(&out, good, false);
	size_t n;

	for (n = 0; n < message.n; n++) {
		decode(scan, (struct str){message.p, n});
		assert_int_equal(scan->request.id.type != WIRE_TOKEN_ABSENT, n >= id_end);
		assert_int_equal(scan->request.key.type != WIRE_TOKEN_ABSENT, n >= key_end);
	}
	assert_true(str_is(scan->request.id.bytes, "a"));
	assert_true(str_is(scan->request.key.bytes, "k-1"));
	strbuf_fini(&out);
	/* Also where they stand behind what is wrong, as far as it can be passed. */
	expect_json(scan,
	    "{'v':1,'op':'submit','ticket':{'body':{'@raw':'a2c328'}},"
	    "'key':{'@bin':'00ff'},'id':-7}",
	    "ticket.body", "bad_utf8");
	assert_int_equal(scan->request.id.type, WIRE_TOKEN_INTEGER);
	assert_true(scan->request.id.negative);
	assert_true((int64_t)scan->request.id.integer == -7);
	assert_int_equal(scan->request.key.type, WIRE_TOKEN_BIN);
	assert_memory_equal(scan->request.key.bytes.p, "\0\xff", 2);
}

/* Six bytes that announce 4 G items: nothing may be reserved for them. */
static void
test_huge_counts(void **state)
{
	struct scan *scan = *state;

	expect_hex(scan, "ddffffffff00", "", "truncated");
	expect_hex(scan, "dfffffffff00", "", "truncated");
	expect_hex(scan, "dbffffffff00", "", "truncated");
	expect_hex(scan, "c6ffffffff00", "", "truncated");
	expect_hex(scan, "81a16bddffffffff", "k", "truncated");
	expect_hex(scan, "81a16bdfffffffff", "k", "truncated");
	expect_hex(scan, "81a16bdf80000000", "k", "truncated");
	assert_true(arena_used(scan->arena) <= 16384);
}

static void
test_refused_types(void **state)
{
	static const char *const heads[] = {"c1", "c70100ff", "c8000100ff", "c90000000100ff",
	    "d400ff", "d500ffff", "d600ffffffff", "d700ffffffffffffffff",
	    "d800ffffffffffffffffffffffffffffffff"};
	size_t i;

	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		char hex[64] = "81a16b";

		strcat(hex, heads[i]);
		expect_hex(*state, hex, "k", "unsupported_type");
	}
}

static void
test_trailing_and_empty(void **state)
{
	struct strbuf out;

	message_pack(&out, good, false);
	strbuf_putc(&out, '\xC0');
	expect_error(*state, strbuf_str(&out), "", "trailing_bytes");
	strbuf_fini(&out);
	expect_error(*state, STR(""), "", "truncated");
}

static void
test_keys(void **state)
{
	struct scan *scan = *state;

	expect_hex(scan, "82a176" "01a176" "01", "v", "duplicate_key");
	expect_hex(scan, "82a176" "01d90176" "01", "v", "duplicate_key");
	expect_hex(scan, "810101", "", "bad_key");
	expect_hex(scan, "81c4017601", "", "bad_key");
	expect_hex(scan, "81a001", "", "bad_key");
	expect_hex(scan, "8191a17601", "", "bad_key");
	expect_hex(scan, "81a1ff01", "", "bad_utf8");
	expect_hex(scan, "81a10001", "", "nul");
	/* A key that cannot be shown is a question mark. */
	expect_hex(scan, "82a2c3a901a2c3a901", "?", "duplicate_key");
	expect_hex(scan, "82a10a01a10a01", "?", "duplicate_key");
	/* The same key in another map is another key. */
	expect_hex(scan, "81a17681a17682a17601a17601", "v.v.v", "duplicate_key");
}

static void
test_key_length(void **state)
{
	struct strbuf out;
	char json[256];

	snprintf(json, sizeof(json), "{'%0*d':{'@raw':'c1'}}", LIMIT_MAP_KEY_BYTES, 0);
	assert_int_equal(decode(*state, message_pack(&out, json, false)), 1);
	assert_string_equal(((struct scan *)*state)->request.errors[0].code.p, "unsupported_type");
	strbuf_fini(&out);
	snprintf(json, sizeof(json), "{'%0*d':1}", LIMIT_MAP_KEY_BYTES + 1, 0);
	expect_json(*state, json, "", "bad_key");
}

static void
test_depth(void **state)
{
	struct strbuf out = {0};
	int i;

	/* LIMIT_DEPTH arrays in one another pass the walk (and are no map). */
	expect_hex(*state, "919191919190", "", "wrong_type");
	expect_hex(*state, "91919191919190", "[0][0][0][0][0][0]", "too_deep");
	expect_hex(*state, "81a16181a16181a16181a16181a16181a16180", "a.a.a.a.a.a", "too_deep");
	for (i = 0; i < 100000; i++)
		strbuf_putc(&out, '\x91');
	expect_error(*state, strbuf_str(&out), "[0][0][0][0][0][0]", "too_deep");
	strbuf_fini(&out);
}

static void
test_nodes(void **state)
{
	struct strbuf out = {0};
	int i;

	message_head(&out, 0xDD, LIMIT_NODES - 1, 4);
	for (i = 0; i < LIMIT_NODES - 1; i++)
		strbuf_putc(&out, '\xC0');
	expect_error(*state, strbuf_str(&out), "", "wrong_type");
	strbuf_fini(&out);

	message_head(&out, 0xDD, LIMIT_NODES, 4);
	for (i = 0; i < LIMIT_NODES; i++)
		strbuf_putc(&out, '\xC0');
	expect_error(*state, strbuf_str(&out), "", "too_many_values");
	strbuf_fini(&out);
}

static void
test_map_keys(void **state)
{
	struct strbuf out = {0};
	int i;

	message_head(&out, 0xDE, LIMIT_FIELDS + 1, 2);
	for (i = 0; i <= LIMIT_FIELDS; i++) {
		strbuf_printf(&out, "\xA2%02d", i);
		strbuf_putc(&out, '\x01');
	}
	expect_error(*state, strbuf_str(&out), "", "too_many");
	strbuf_fini(&out);
}

static void
test_text(void **state)
{
	expect_hex(*state, "81a16ba1ff", "k", "bad_utf8");
	expect_hex(*state, "81a16ba2c080", "k", "bad_utf8");     /* overlong NUL */
	expect_hex(*state, "81a16ba3eda080", "k", "bad_utf8");   /* surrogate */
	expect_hex(*state, "81a16ba4f4908080", "k", "bad_utf8"); /* above U+10FFFF */
	expect_hex(*state, "81a16ba3610062", "k", "nul");
	expect_hex(*state, "81a16b92a161a1ff", "k[1]", "bad_utf8");
}

static void
test_message_size(void **state)
{
	struct scan *scan = *state;
	struct strbuf out = {0};
	size_t filling, i;

	/* {"id": 5, "x": bin}: exactly the limit is read, one byte more is not. */
	message_hex(&out, "82a2696405a178c6");
	filling = LIMIT_MESSAGE_BYTES - out.n - 4;
	message_head(&out, 0, filling, 3);
	for (i = 0; i < filling; i++)
		strbuf_putc(&out, 'x');
	assert_int_equal(out.n, LIMIT_MESSAGE_BYTES);
	assert_int_equal(decode(scan, strbuf_str(&out)), 1);
	assert_string_equal(scan->request.errors[0].code.p, "unknown_key");
	strbuf_putc(&out, 'x');
	expect_error(scan, strbuf_str(&out), "", "too_large");
	assert_int_equal(scan->request.id.integer, 5);
	assert_true(arena_used(scan->arena) < LIMIT_MESSAGE_BYTES);
	strbuf_fini(&out);
}

/* With too little memory the answer is "try later", and id and key are there. */
static void
test_full_arena(void **state)
{
	struct strbuf out;
	struct str message = message_pack(&out, good, false);
	struct arena *small = arena_new(8);
	struct scan *scan = *state;

	assert_int_equal(wire_decode(small, message, &scan->request), -1);
	assert_true(str_is(scan->request.id.bytes, "a"));
	assert_true(str_is(scan->request.key.bytes, "k-1"));
	arena_free(small);
	strbuf_fini(&out);
}

/* Any single byte changed: some answer, no crash, and what decodes is whole. */
static void
test_every_byte_changed(void **state)
{
	struct scan *scan = *state;
	struct strbuf out;
	struct str message = message_pack(&out, good, false);
	size_t i;
	int byte;

	for (i = 0; i < message.n; i++) {
		char was = out.p[i];

		for (byte = 0; byte < 256; byte++) {
			out.p[i] = (char)byte;
			assert_in_range(decode(scan, message), 0, 1);
		}
		out.p[i] = was;
	}
	strbuf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_truncated_everywhere),
	    cmocka_unit_test(test_id_and_key_survive),
	    cmocka_unit_test(test_huge_counts),
	    cmocka_unit_test(test_refused_types),
	    cmocka_unit_test(test_trailing_and_empty),
	    cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_key_length),
	    cmocka_unit_test(test_depth),
	    cmocka_unit_test(test_nodes),
	    cmocka_unit_test(test_map_keys),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_message_size),
	    cmocka_unit_test(test_full_arena),
	    cmocka_unit_test(test_every_byte_changed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
