/* SPDX-License-Identifier: MIT */
/* Each limit of a ticket: the last value that is taken, the first that is not. */
#include "wire_message.h"

#include <stdio.h>

#include "limits.h"
#include "wire.h"

static struct arena *arena;
static struct wire_request request;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* "format" has one %s, which becomes n times x. */
static void
decode(const char *format, size_t n)
{
	struct strbuf json = {0}, out;
	char *filling = calloc(1, n + 1);

	memset(filling, 'x', n);
	strbuf_puts(&json, "{'v':1,'op':'submit','key':'k','ticket':");
	strbuf_put(&json, str_part(str_of(format), 0, (size_t)(strchr(format, '%') - format)));
	strbuf_puts(&json, filling);
	strbuf_puts(&json, strchr(format, '%') + 2);
	strbuf_puts(&json, "}");
	arena_reset(arena);
	wire_decode(arena, message_pack(&out, json.p, false), &request);
	strbuf_fini(&json);
	strbuf_fini(&out);
	free(filling);
}

static void
expect_limit(const char *format, size_t limit, const char *path, const char *code)
{
	decode(format, limit);
	assert_int_equal(request.error_count, 0);
	decode(format, limit + 1);
	assert_int_equal(request.error_count, 1);
	assert_string_equal(request.errors[0].path.p, path);
	assert_string_equal(request.errors[0].code.p, code);
}

#define PERSON "'requester':{'email':'a@example.org'}"
#define TICKET "{'audience':'mentor'," PERSON

static void
test_texts(void **state)
{
	(void)state;
	assert_int_equal(LIMIT_BODY_BYTES, 65536);
	expect_limit(
	    "{'audience':'%s'," PERSON "}", LIMIT_AUDIENCE_BYTES, "ticket.audience", "too_long");
	expect_limit(TICKET ",'form_locale':'%s'}", LIMIT_LOCALE_BYTES, "ticket.form_locale",
	    "too_long");
	expect_limit(TICKET ",'reason':'%s'}", LIMIT_REASON_BYTES, "ticket.reason", "too_long");
	expect_limit(TICKET ",'subject':'%s'}", LIMIT_SUBJECT_BYTES, "ticket.subject", "too_long");
	expect_limit(TICKET ",'body':'%s'}", LIMIT_BODY_BYTES, "ticket.body", "too_long");
	expect_limit("{'audience':'a','requester':{'name':'%s','email':'a@example.org'}}",
	    LIMIT_NAME_BYTES, "ticket.requester.name", "too_long");
}

/* 60 bytes: one label may have 63. */
#define LABEL "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghi."

static void
test_email(void **state)
{
	(void)state;
	expect_limit("{'audience':'a','requester':{'email':'a@" LABEL LABEL LABEL LABEL "%s.org'}}",
	    LIMIT_EMAIL_BYTES - 2 - 4 * 60 - 4, "ticket.requester.email", "too_long");
}

static void
test_fields(void **state)
{
	(void)state;
	expect_limit(TICKET ",'fields':{'a':'%s'}}", LIMIT_FIELD_BYTES, "ticket.fields.a",
	    "too_long");
	expect_limit(TICKET ",'fields':{'a':[1,'%s']}}", LIMIT_FIELD_BYTES, "ticket.fields.a[1]",
	    "too_long");
	expect_limit(
	    TICKET ",'fields':{'%s':1}}", LIMIT_MAP_KEY_BYTES, "ticket.fields", "bad_key");
}

static void
test_attachments(void **state)
{
	(void)state;
	expect_limit(TICKET ",'attachments':[{'name':'%s'}]}", LIMIT_ATTACHMENT_NAME_BYTES,
	    "ticket.attachments[0].name", "too_long");
	expect_limit(TICKET ",'attachments':[{'name':'a','type':'%s'}]}",
	    LIMIT_ATTACHMENT_TYPE_BYTES, "ticket.attachments[0].type", "too_long");
	expect_limit(TICKET ",'attachments':[{'name':'a','field':'%s'}]}", LIMIT_MAP_KEY_BYTES,
	    "ticket.attachments[0].field", "too_long");
	expect_limit(TICKET ",'attachments':[{'name':'a','url':'%s'}]}",
	    LIMIT_ATTACHMENT_URL_BYTES, "ticket.attachments[0].url", "too_long");
	/* The limit is on the sum. */
	expect_limit(TICKET ",'attachments':[{'name':'a','data':'x'},{'name':'b','data':'%s'}]}",
	    LIMIT_ATTACHMENT_DATA_BYTES - 1, "ticket.attachments", "too_large");
}

/* "pattern" n times between head and tail; its %d becomes the number. */
static void
expect_count(const char *head, const char *pattern, const char *tail, size_t limit,
    const char *path)
{
	size_t n, i;

	for (n = limit; n <= limit + 1; n++) {
		struct strbuf json = {0}, out;

		strbuf_puts(&json, "{'v':1,'op':'submit','key':'k','ticket':");
		strbuf_puts(&json, head);
		for (i = 0; i < n; i++) {
			strbuf_puts(&json, i > 0 ? "," : "");
			strbuf_puts(&json, pattern);
			if (pattern[0] == '\'') /* a name: another each time */
				strbuf_printf(&json, "%zu':1", i);
		}
		strbuf_puts(&json, tail);
		strbuf_puts(&json, "}");
		arena_reset(arena);
		wire_decode(arena, message_pack(&out, json.p, false), &request);
		assert_int_equal(request.error_count, n > limit);
		strbuf_fini(&json);
		strbuf_fini(&out);
	}
	assert_string_equal(request.errors[0].path.p, path);
	assert_string_equal(request.errors[0].code.p, "too_many");
}

static void
test_counts(void **state)
{
	(void)state;
	expect_count(TICKET ",'fields':{", "'", "}}", LIMIT_FIELDS, "ticket.fields");
	expect_count(TICKET ",'fields':{'a':[", "1", "]}}", LIMIT_LIST_ITEMS, "ticket.fields.a");
	expect_count(TICKET ",'attachments':[", "{'name':'a'}", "]}", LIMIT_ATTACHMENTS,
	    "ticket.attachments");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_email),
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_attachments),
	    cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
