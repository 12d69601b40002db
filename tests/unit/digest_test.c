/* SPDX-License-Identifier: MIT */
/* SHA-256 itself, and what a ticket's digest does and does not depend on. */
#include "wire_message.h"

#include <stdio.h>

#include "wire.h"

/* FIPS 180-2, appendix B. */
static void
test_sha256(void **state)
{
	static const char wanted[] =
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	unsigned char digest[DIGEST_BYTES];
	char hex[2 * DIGEST_BYTES + 1];
	struct digest_stream stream;

	(void)state;
	digest_sha256(STR("abc"), digest);
	digest_hex(digest, DIGEST_BYTES, hex);
	assert_string_equal(hex, wanted);
	digest_stream_init(&stream);
	digest_stream_put(&stream, "a", 1);
	digest_stream_put(&stream, NULL, 0);
	digest_stream_put(&stream, "bc", 2);
	digest_stream_end(&stream, digest);
	digest_hex(digest, DIGEST_BYTES, hex);
	assert_string_equal(hex, wanted);
	digest_sha256((struct str){NULL, 0}, digest);
	digest_hex(digest, 2, hex);
	assert_string_equal(hex, "e3b0");
}

static void
ticket_digest(const char *pairs, bool wide, unsigned char digest[DIGEST_BYTES])
{
	struct arena *arena = arena_new(0);
	struct wire_request request;
	struct strbuf out;
	char json[4096];

	snprintf(json, sizeof(json),
	    "{'v':1,'op':'submit','key':'k','ticket':{'audience':'m',"
	    "'requester':{'name':'A','email':'a@example.org'}%s%s}}",
	    pairs[0] != '\0' ? "," : "", pairs);
	assert_int_equal(wire_decode(arena, message_pack(&out, json, wide), &request), 0);
	memcpy(digest, request.digest, DIGEST_BYTES);
	arena_free(arena);
	strbuf_fini(&out);
}

static bool
same(const char *a, const char *b)
{
	unsigned char x[DIGEST_BYTES], y[DIGEST_BYTES], wide[DIGEST_BYTES];

	ticket_digest(a, false, x);
	ticket_digest(a, true, wide);
	/* Widths and the order of keys never matter. */
	assert_memory_equal(x, wide, DIGEST_BYTES);
	ticket_digest(b, false, y);
	return memcmp(x, y, DIGEST_BYTES) == 0;
}

static void
test_same(void **state)
{
	(void)state;
	assert_true(same("", ""));
	assert_true(same("", "'subject':null,'fields':null,'attachments':null"));
	assert_true(same("'fields':{'a':1}", "'fields':{'a':1,'b':null}"));
	assert_true(same("'fields':{'ab':1,'a':2,'b':-3,'é':[1.5]}",
	    "'fields':{'é':[1.5],'b':-3,'a':2,'ab':1}"));
	assert_true(same("'subject':'s','body':'b'", "'body':'b','subject':'s'"));
	/* A float is its value, not its width. */
	assert_true(same("'fields':{'a':{'@raw':'ca3fc00000'}}",
	    "'fields':{'a':{'@raw':'cb3ff8000000000000'}}"));
	/* An integer is its value: signed and unsigned forms of 5 and of -1. */
	assert_true(same("'fields':{'a':5}", "'fields':{'a':{'@raw':'d30000000000000005'}}"));
	assert_true(same("'fields':{'a':5}", "'fields':{'a':{'@raw':'cd0005'}}"));
	assert_true(same("'fields':{'a':-1}", "'fields':{'a':{'@raw':'d1ffff'}}"));
	assert_true(same("'fields':{'a':200}", "'fields':{'a':{'@raw':'d100c8'}}"));
	assert_true(same("'fields':{'a':'x'}", "'fields':{'a':{'@raw':'da000178'}}"));
	assert_true(same("'fields':{'a':[]}", "'fields':{'a':{'@raw':'dc0000'}}"));
	assert_true(same("'attachments':[{'name':'a','data':{'@bin':'00'}}]",
	    "'attachments':[{'data':{'@raw':'c5000100'},'name':'a','url':null}]"));
}

static void
test_different(void **state)
{
	static const char *const others[] = {"", "'subject':''", "'subject':'s'", "'body':'s'",
	    "'reason':'s'", "'form_locale':'s'", "'received_at':'2026-01-12T09:41:00Z'",
	    "'received_at':'2026-01-12T10:41:00+01:00'", "'fields':{}", "'fields':[]",
	    "'fields':{'a':1}", "'fields':{'a':1.0}", "'fields':{'a':'1'}", "'fields':{'a':true}",
	    "'fields':{'a':false}", "'fields':{'a':-1}", "'fields':{'a':0}", "'fields':{'a':0.0}",
	    "'fields':{'a':-0.0}", "'fields':{'b':1}", "'fields':{'a':[1]}",
	    "'fields':{'a':[1,null]}", "'fields':{'a':[null,1]}", "'fields':{'a':[1,2]}",
	    "'fields':{'a':[2,1]}", "'attachments':[]", "'attachments':[{'name':'a'}]",
	    "'attachments':[{'name':'a','size':0}]", "'attachments':[{'name':'a','type':'a'}]",
	    "'attachments':[{'name':'a','field':'a'}]", "'attachments':[{'name':'a','url':'a'}]",
	    "'attachments':[{'name':'a','data':'a'}]",
	    "'attachments':[{'name':'a','data':{'@bin':'61'}}]",
	    "'attachments':[{'name':'a'},{'name':'a'}]"};
	const size_t count = sizeof(others) / sizeof(others[0]);
	size_t i, k;

	(void)state;
	for (i = 0; i < count; i++)
		for (k = 0; k < count; k++)
			if (same(others[i], others[k]) != (i == k))
				fail_msg("%s and %s", others[i], others[k]);
}

/* The digest of a ticket with one box, from canonical bytes written by hand. */
static void
expect_canonical(const char *value, const char *head, size_t filling)
{
	unsigned char wanted[DIGEST_BYTES], digest[DIGEST_BYTES];
	struct strbuf bytes = {0};
	char json[1024];

	message_hex(&bytes, "83a861756469656e6365a16da66669656c647381a161"); /* audience, fields */
	message_hex(&bytes, head);
	while (filling-- > 0)
		strbuf_putc(&bytes, 'x');
	message_hex(&bytes, "a972657175657374657282a5656d61696cad61406578616d706c652e6f7267"
	                    "a46e616d65a141"); /* requester */
	digest_sha256(strbuf_str(&bytes), wanted);
	snprintf(json, sizeof(json), "'fields':{'a':%s}", value);
	ticket_digest(json, true, digest);
	if (memcmp(wanted, digest, DIGEST_BYTES) != 0)
		fail_msg("%s is not %s", value, head);
	strbuf_fini(&bytes);
}

/* Both sides of each step from one width to the next. */
static void
test_canonical_numbers(void **state)
{
	static const char *const forms[][2] = {{"0", "00"}, {"127", "7f"}, {"128", "cc80"},
	    {"255", "ccff"}, {"256", "cd0100"}, {"65535", "cdffff"}, {"65536", "ce00010000"},
	    {"4294967295", "ceffffffff"}, {"4294967296", "cf0000000100000000"},
	    {"9223372036854775807", "cf7fffffffffffffff"}, {"-1", "ff"}, {"-32", "e0"},
	    {"-33", "d0df"}, {"-128", "d080"}, {"-129", "d1ff7f"}, {"-32768", "d18000"},
	    {"-32769", "d2ffff7fff"}, {"-2147483648", "d280000000"},
	    {"-2147483649", "d3ffffffff7fffffff"},
	    {"-9223372036854775808", "d38000000000000000"}, {"1.0", "cb3ff0000000000000"},
	    {"true", "c3"}, {"false", "c2"}, {"[]", "90"}, {"[null]", "91c0"},
	    {"[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "9f010101010101010101010101010101"},
	    {"[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "dc001001010101010101010101010101010101"}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		expect_canonical(forms[i][0], forms[i][1], 0);
}

static void
test_canonical_texts(void **state)
{
	static const struct {
		size_t count;
		const char *head;
	} forms[] = {{0, "a0"}, {31, "bf"}, {32, "d920"}, {255, "d9ff"}, {256, "da0100"}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		char text[300] = "'";

		memset(text + 1, 'x', forms[i].count);
		strcpy(text + 1 + forms[i].count, "'");
		expect_canonical(text, forms[i].head, forms[i].count);
	}
}

/* The key, the id and the operation are no part of it. */
static void
test_envelope_apart(void **state)
{
	static const char ticket[] =
	    "'ticket':{'audience':'m','requester':{'name':'A','email':'a@example.org'}}";
	unsigned char plain[DIGEST_BYTES];
	struct arena *arena = arena_new(0);
	struct wire_request request;
	struct strbuf out;
	char json[256];

	(void)state;
	ticket_digest("", false, plain);
	snprintf(json, sizeof(json), "{'v':1,'op':'preview','id':9,'key':'other',%s}", ticket);
	assert_int_equal(wire_decode(arena, message_pack(&out, json, false), &request), 0);
	assert_memory_equal(request.digest, plain, DIGEST_BYTES);
	arena_free(arena);
	strbuf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sha256),
	    cmocka_unit_test(test_same),
	    cmocka_unit_test(test_different),
	    cmocka_unit_test(test_canonical_numbers),
	    cmocka_unit_test(test_canonical_texts),
	    cmocka_unit_test(test_envelope_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
