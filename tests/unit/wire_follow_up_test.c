/* SPDX-License-Identifier: MIT */
/* The operations follow_up and lookup: what they may say, and what comes back. */
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

/* Decodes, and lists the errors as "path code, path code". */
static const char *
errors_of(const char *json, bool wide)
{
	static char text[4096];
	struct strbuf out;
	size_t i, used = 0;
	int result;

	arena_reset(arena);
	result = wire_decode(arena, message_pack(&out, json, wide), &request);
	strbuf_fini(&out);
	assert_int_equal(result, request.error_count > 0);
	text[0] = '\0';
	for (i = 0; i < request.error_count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.*s %.*s",
		    i > 0 ? ", " : "", STR_ARG(request.errors[i].path),
		    STR_ARG(request.errors[i].code));
	return text;
}

/* A follow-up with these pairs besides those that it needs. */
static const char *
follow_up_errors(const char *pairs)
{
	static char json[200000];

	snprintf(json, sizeof(json),
	    "{'v':1,'op':'follow_up','key':'k','ticket':'DC60EECF','token':'T'%s%s}",
	    pairs[0] != '\0' ? "," : "", pairs);
	return errors_of(json, false);
}

static void
test_whole_follow_up(void **state)
{
	const struct ticket *ticket = &request.ticket;

	(void)state;
	assert_string_equal(
	    follow_up_errors("'id':5,'body':'b','fields':{'n':-3,'u':null,'l':['a',2]},"
	                     "'attachments':[{'name':'a.png','data':{'@bin':'00ff'}}]"),
	    "");
	assert_int_equal(request.op, WIRE_FOLLOW_UP);
	assert_true(str_is(request.named, "DC60EECF"));
	assert_true(str_is(request.token, "T"));
	assert_true(str_is(request.key.bytes, "k"));
	assert_true(str_is(ticket->body, "b"));
	assert_non_null(ticket->subject.p);
	assert_int_equal(ticket->field_count, 2);
	assert_int_equal(ticket->fields[1].value.count, 2);
	assert_int_equal(ticket->attachment_count, 1);
	assert_int_equal(ticket->attachments[0].data.n, 2);
}

static void
test_what_a_follow_up_needs(void **state)
{
	(void)state;
	assert_string_equal(errors_of("{'v':1,'op':'follow_up'}", false),
	    "key required, ticket required, token required");
	assert_string_equal(follow_up_errors(""), "body required");
	assert_string_equal(
	    follow_up_errors("'body':'','fields':{},'attachments':[]"), "body required");
	assert_string_equal(follow_up_errors("'fields':[]"), "body required");
	assert_string_equal(follow_up_errors("'fields':{'a':1}"), "");
	assert_string_equal(follow_up_errors("'attachments':[{'name':'a'}]"), "");
	assert_string_equal(
	    errors_of("{'v':1,'op':'follow_up','key':'','ticket':'','token':'','body':'b'}", false),
	    "key required, ticket required, token required");
}

static void
test_wrong_types(void **state)
{
	(void)state;
	assert_string_equal(errors_of("{'v':1,'op':'follow_up','key':7,'ticket':{},'token':7,"
	                              "'body':7,'fields':7,'attachments':7}",
				false),
	    "key wrong_type, ticket wrong_type, token wrong_type, body wrong_type, "
	    "fields wrong_type, attachments wrong_type");
	assert_string_equal(
	    follow_up_errors("'body':'b','attachments':[{'url':'u','data':'x'}],'fields':{'a':{}}"),
	    "fields.a wrong_type, attachments[0].name required, attachments[0].url not_allowed");
}

/* The last length that is taken, the first that is not. */
static void
expect_limit(const char *format, size_t limit, const char *wanted)
{
	static char pairs[150000];
	char *filling = calloc(1, limit + 2);
	size_t n;

	for (n = limit; n <= limit + 1; n++) {
		memset(filling, 'x', n);
		snprintf(pairs, sizeof(pairs), "%.*s%s%s", (int)(strchr(format, '%') - format),
		    format, filling, strchr(format, '%') + 2);
		assert_string_equal(errors_of(pairs, false), n > limit ? wanted : "");
	}
	free(filling);
}

#define NAMED "'op':'follow_up','key':'k','ticket':'DC60EECF'"
#define OPENED "{'v':1," NAMED ",'token':'T',"

static void
test_limits(void **state)
{
	(void)state;
	expect_limit("{'v':1,'op':'follow_up','key':'k','token':'T','body':'b','ticket':'%s'}",
	    LIMIT_TICKET_BYTES, "ticket too_long");
	expect_limit(
	    "{'v':1," NAMED ",'body':'b','token':'%s'}", LIMIT_TOKEN_BYTES, "token too_long");
	expect_limit("{'v':1,'op':'follow_up','ticket':'a','token':'T','body':'b','key':'%s'}",
	    LIMIT_KEY_BYTES, "key too_long");
	expect_limit(OPENED "'body':'%s'}", LIMIT_BODY_BYTES, "body too_long");
	expect_limit(OPENED "'fields':{'a':'%s'}}", LIMIT_FIELD_BYTES, "fields.a too_long");
	expect_limit(OPENED "'attachments':[{'name':'%s'}]}", LIMIT_ATTACHMENT_NAME_BYTES,
	    "attachments[0].name too_long");
	expect_limit(OPENED "'attachments':[{'name':'a','data':'%s'}]}",
	    LIMIT_ATTACHMENT_DATA_BYTES, "attachments too_large");
	expect_limit(
	    "{'v':1,'op':'lookup','ticket':'%s'}", LIMIT_TICKET_BYTES, "ticket too_long");
}

/* Each operation has its own keys. */
#define TICKET "'ticket':{'audience':'m','requester':{'email':'a@example.org'}}"
#define CONTENT "'token':'T','body':'b','fields':{},'attachments':[]"

static void
test_keys_of_others(void **state)
{
	(void)state;
	assert_string_equal(
	    errors_of("{'v':1,'op':'submit','key':'k'," TICKET "," CONTENT "}", false),
	    "token not_allowed, body not_allowed, fields not_allowed, attachments not_allowed");
	assert_string_equal(errors_of("{'v':1,'op':'preview'," TICKET ",'body':'b'}", false),
	    "body not_allowed");
	assert_string_equal(errors_of("{'v':1,'op':'ping','ticket':'a'," CONTENT "}", false),
	    "ticket not_allowed, token not_allowed, body not_allowed, fields not_allowed, "
	    "attachments not_allowed");
	assert_string_equal(errors_of("{'v':1,'op':'lookup','ticket':'a'," CONTENT "}", false),
	    "token not_allowed, body not_allowed, fields not_allowed, attachments not_allowed");
	assert_string_equal(follow_up_errors("'body':'b','subject':'s'"), "subject unknown_key");
	assert_string_equal(follow_up_errors("'attachment':[]"),
	    "attachment unknown_key");
	assert_string_equal(errors_of("{'v':1,'op':'followup'}", false), "op unknown_op");
}

static void
test_lookup(void **state)
{
	(void)state;
	assert_string_equal(errors_of("{'v':1,'op':'lookup','ticket':'DC60EECF'}", false), "");
	assert_int_equal(request.op, WIRE_LOOKUP);
	assert_true(str_is(request.named, "DC60EECF"));
	assert_string_equal(errors_of("{'v':1,'op':'lookup','key':{'@bin':'00ff'}}", false), "");
	assert_null(request.named.p);
	assert_int_equal(request.key.bytes.n, 2);
	assert_string_equal(errors_of("{'v':1,'op':'lookup'}", false), "ticket required");
	assert_string_equal(
	    errors_of("{'v':1,'op':'lookup','ticket':null,'key':null}", false), "ticket required");
	assert_string_equal(errors_of("{'v':1,'op':'lookup','ticket':'a','key':'k'}", false),
	    "key not_allowed");
	assert_string_equal(
	    errors_of("{'v':1,'op':'lookup','ticket':''}", false), "ticket required");
	assert_string_equal(errors_of("{'v':1,'op':'lookup','key':''}", false), "key required");
	assert_string_equal(
	    errors_of("{'v':1,'op':'lookup','ticket':7}", false), "ticket wrong_type");
}

/* What a follow-up adds has one digest in every spelling; who adds it, with
 * which token and under which key, is not in it. */
static void
test_digest(void **state)
{
	static const char *const same[] = {
	    "'body':'b','fields':{'a':1,'z':null}",
	    "'fields':{'a':1},'body':'b','attachments':null",
	};
	static const char *const others[] = {
	    "'body':'c','fields':{'a':1}", "'body':'b','fields':{'a':2}", "'body':'b'",
	    "'body':'b','fields':{'a':1},'attachments':[{'name':'a'}]"};
	unsigned char digest[DIGEST_BYTES];
	size_t i;

	(void)state;
	assert_string_equal(follow_up_errors("'body':'b','fields':{'a':1}"), "");
	memcpy(digest, request.digest, sizeof(digest));
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_string_equal(follow_up_errors(same[i]), "");
		assert_memory_equal(request.digest, digest, sizeof(digest));
	}
	assert_string_equal(
	    errors_of("{'v':1,'op':'follow_up','id':3,'key':'other','ticket':'b','token':'U',"
	              "'body':'b','fields':{'a':1}}",
		true),
	    "");
	assert_memory_equal(request.digest, digest, sizeof(digest));
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_string_equal(follow_up_errors(others[i]), "");
		assert_memory_not_equal(request.digest, digest, sizeof(digest));
	}
}

/* What the client writes is what the daemon reads. */
static void
test_client(void **state)
{
	struct value list[2] = {{.type = VALUE_TEXT, .text = STR("a")}, {.type = VALUE_NONE}};
	struct ticket_field fields[1] = {
	    {STR("f"), {.type = VALUE_LIST, .items = list, .count = 2}}};
	struct ticket_attachment files[1] = {{.name = STR("a.png"), .size = -1, .data = STR("x")}};
	struct ticket content = {.body = STR("b"), .fields = fields, .field_count = 1,
	    .attachments = files, .attachment_count = 1};
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 0);
	wire_encode_follow_up(
	    STR("1"), STR("k"), STR("DC60EECF"), STR("T"), &content, &out);
	assert_int_equal(wire_decode(arena, strbuf_str(&out), &request), 0);
	assert_int_equal(request.op, WIRE_FOLLOW_UP);
	assert_true(str_is(request.id.bytes, "1") && str_is(request.key.bytes, "k"));
	assert_true(str_is(request.named, "DC60EECF") && str_is(request.token, "T"));
	assert_true(str_is(request.ticket.body, "b"));
	assert_int_equal(request.ticket.fields[0].value.count, 2);
	assert_int_equal(request.ticket.attachments[0].data.n, 1);
	strbuf_clear(&out);
	wire_encode_lookup(STR("1"), (struct str){NULL, 0}, STR("DC60EECF"), &out);
	assert_int_equal(wire_decode(arena, strbuf_str(&out), &request), 0);
	assert_true(str_is(request.named, "DC60EECF"));
	strbuf_clear(&out);
	wire_encode_lookup((struct str){NULL, 0}, STR("\xff"), (struct str){NULL, 0}, &out);
	assert_int_equal(wire_decode(arena, strbuf_str(&out), &request), 0);
	assert_int_equal(request.key.type, WIRE_TOKEN_BIN);
	strbuf_fini(&out);
}

static const struct receipt_warning warnings[] = {{{"fields.x", 8}, {"unknown_field", 13}}};
static const struct receipt whole = {
    .ticket = {"017f22e2-79b0-7cc3-98c4-dc0c0c07398f", 36},
    .reference = {"0C07398F", 8},
    .category = {"mentor.break", 12},
    .outcome = {"needs_info", 10},
    .state = {"waiting", 7},
    .received_at = {"2026-01-12T08:41:00Z", 20},
    .warnings = warnings,
    .warning_count = 1,
};

static void
answer_of(enum wire_op op, enum wire_status status, struct wire_answer *answer)
{
	struct strbuf out;

	request = (struct wire_request){.op = op};
	strbuf_init(&out, 0);
	wire_encode_receipt(&request, status, &whole, &out);
	assert_int_equal(wire_decode_answer(arena, strbuf_str(&out), answer), 0);
	strbuf_fini(&out);
}

static void
test_answers(void **state)
{
	struct wire_answer answer;

	(void)state;
	answer_of(WIRE_LOOKUP, WIRE_OK, &answer);
	assert_true(str_eq(answer.receipt.ticket, whole.ticket));
	assert_true(str_eq(answer.receipt.state, whole.state));
	assert_true(str_eq(answer.receipt.received_at, whole.received_at));
	assert_int_equal(answer.receipt.warning_count, 0);
	answer_of(WIRE_FOLLOW_UP, WIRE_ACCEPTED, &answer);
	assert_true(str_eq(answer.receipt.state, whole.state));
	/* What a follow-up adds stands in the request itself. */
	assert_true(str_is(answer.receipt.warnings[0].path, "fields.x"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole_follow_up),
	    cmocka_unit_test(test_what_a_follow_up_needs),
	    cmocka_unit_test(test_wrong_types),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_keys_of_others),
	    cmocka_unit_test(test_lookup),
	    cmocka_unit_test(test_digest),
	    cmocka_unit_test(test_client),
	    cmocka_unit_test(test_answers),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
