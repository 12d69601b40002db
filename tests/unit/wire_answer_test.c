/* SPDX-License-Identifier: MIT */
/* Answers written and read back, and requests that triagectl writes. */
#include "wire_message.h"

#include <stdio.h>

#include "wire.h"

static struct arena *arena;
static struct wire_request request;
static struct wire_answer answer;
static struct strbuf out;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	request = (struct wire_request){.op = WIRE_SUBMIT};
	request.id = (struct wire_token){.type = WIRE_TOKEN_INTEGER, .integer = 7};
	request.key = (struct wire_token){.type = WIRE_TOKEN_BIN, .bytes = {"\xff\0", 2}};
	strbuf_init(&out, 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	strbuf_fini(&out);
	return 0;
}

static void
read_back(void)
{
	assert_int_equal(wire_decode_answer(arena, strbuf_str(&out), &answer), 0);
	assert_int_equal(answer.id.type, request.id.type);
	assert_true(answer.id.integer == request.id.integer);
	assert_int_equal(answer.key.type, request.key.type);
	assert_true(str_eq(answer.key.bytes, request.key.bytes));
}

static const struct str missing[] = {{"details", 7}, {"photo", 5}};
static const struct receipt_warning warnings[] = {{{"fields.x", 8}, {"unknown_field", 13}}};
static const struct receipt whole = {
    .ticket = {"017f22e2-79b0-7cc3-98c4-dc0c0c07398f", 36},
    .reference = {"0C07398F", 8},
    .category = {"mentor.break", 12},
    .outcome = {"needs_info", 10},
    .team = {"mentors", 7},
    .priority = {"normal", 6},
    .missing = missing,
    .missing_count = 2,
    .has_reply = true,
    .reply_locale = {"fr", 2},
    .reply_subject = {"s", 1},
    .reply_body = {"b", 1},
    .policy = {"abc", 3},
    .follow_up_token = {"T", 1},
    .warnings = warnings,
    .warning_count = 1,
};

static void
test_receipt(void **state)
{
	const struct receipt *back = &answer.receipt;

	(void)state;
	wire_encode_receipt(&request, WIRE_DUPLICATE, &whole, &out);
	read_back();
	assert_int_equal(answer.status, WIRE_DUPLICATE);
	assert_true(str_eq(back->ticket, whole.ticket));
	assert_true(str_eq(back->reference, whole.reference));
	assert_true(str_eq(back->category, whole.category));
	assert_true(str_eq(back->outcome, whole.outcome));
	assert_true(str_eq(back->team, whole.team));
	assert_true(str_eq(back->priority, whole.priority));
	assert_true(str_eq(back->policy, whole.policy));
	assert_true(str_eq(back->follow_up_token, whole.follow_up_token));
	assert_int_equal(back->missing_count, 2);
	assert_true(str_is(back->missing[1], "photo"));
	assert_true(back->has_reply);
	assert_true(str_is(back->reply_locale, "fr"));
	assert_true(str_is(back->reply_subject, "s"));
	assert_true(str_is(back->reply_body, "b"));
	assert_int_equal(back->warning_count, 1);
	assert_true(str_is(back->warnings[0].path, "ticket.fields.x"));
	assert_true(str_is(back->warnings[0].code, "unknown_field"));
}

/* A preview kept nothing that one could refer to. */
static void
test_preview(void **state)
{
	(void)state;
	request.op = WIRE_PREVIEW;
	wire_encode_receipt(&request, WIRE_OK, &whole, &out);
	read_back();
	assert_int_equal(answer.status, WIRE_OK);
	assert_null(answer.receipt.ticket.p);
	assert_null(answer.receipt.reference.p);
	assert_null(answer.receipt.follow_up_token.p);
	assert_true(str_eq(answer.receipt.category, whole.category));
}

static void
test_receipt_of_nothing(void **state)
{
	const struct receipt none = {.missing_count = 0};

	(void)state;
	request.id.type = request.key.type = WIRE_TOKEN_ABSENT;
	wire_encode_receipt(&request, WIRE_ACCEPTED, &none, &out);
	assert_int_equal(wire_decode_answer(arena, strbuf_str(&out), &answer), 0);
	assert_int_equal(answer.status, WIRE_ACCEPTED);
	assert_int_equal(answer.id.type, WIRE_TOKEN_ABSENT);
	assert_int_equal(answer.key.type, WIRE_TOKEN_ABSENT);
	assert_null(answer.receipt.ticket.p);
	assert_false(answer.receipt.has_reply);
	assert_int_equal(answer.receipt.missing_count, 0);
}

static void
test_tokens(void **state)
{
	static const struct wire_token ids[] = {
	    {.type = WIRE_TOKEN_STR, .bytes = {"caf\xc3\xa9", 5}},
	    {.type = WIRE_TOKEN_STR, .bytes = {"", 0}},
	    {.type = WIRE_TOKEN_BIN, .bytes = {"", 0}},
	    {.type = WIRE_TOKEN_INTEGER, .integer = 0},
	    {.type = WIRE_TOKEN_INTEGER, .integer = UINT64_MAX},
	    {.type = WIRE_TOKEN_INTEGER, .integer = (uint64_t)INT64_MIN, .negative = true},
	    {.type = WIRE_TOKEN_INTEGER, .integer = (uint64_t)-1, .negative = true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		strbuf_clear(&out);
		request.id = ids[i];
		wire_encode_retry(&request, 250, &out);
		read_back();
		assert_true(answer.id.negative == ids[i].negative);
		assert_true(str_eq(answer.id.bytes, ids[i].bytes));
		assert_int_equal(answer.status, WIRE_RETRY);
		assert_int_equal(answer.retry_after_ms, 250);
	}
}

static void
test_others(void **state)
{
	(void)state;
	wire_encode_status(&request, WIRE_OK, STR("0.1.0"), STR("abc"), &out);
	read_back();
	assert_true(str_is(answer.version, "0.1.0"));
	assert_true(str_is(answer.policy, "abc"));
	strbuf_clear(&out);
	wire_encode_status(
	    &request, WIRE_CONFLICT, (struct str){NULL, 0}, (struct str){NULL, 0}, &out);
	read_back();
	assert_int_equal(answer.status, WIRE_CONFLICT);
	assert_null(answer.version.p);
}

static void
test_errors(void **state)
{
	(void)state;
	wire_request_error(&request, STR("ticket.audience"), STR("unknown_audience"),
	    STR("one of: a"));
	wire_request_error(&request, STR(""), STR("x"), STR("y"));
	wire_encode_invalid(&request, &out);
	read_back();
	assert_int_equal(answer.status, WIRE_INVALID);
	assert_int_equal(answer.error_count, 2);
	assert_true(str_is(answer.errors[0].path, "ticket.audience"));
	assert_true(str_is(answer.errors[0].code, "unknown_audience"));
	assert_true(str_is(answer.errors[0].message, "one of: a"));
	assert_true(str_is(answer.errors[1].path, ""));
}

/* What a decoded request is written as, is decoded to the same again. */
static void
test_request(void **state)
{
	static const char json[] =
	    "{'v':1,'op':'submit','id':'i','key':'k','ticket':{'audience':'mentor',"
	    "'form_locale':'en',"
	    "'received_at':'2026-01-12T08:41:00Z','reason':'r','requester':{'name':'A',"
	    "'email':'a@example.org'},'subject':'s','body':'b','fields':{'n':-3,'f':1.5,'t':'x',"
	    "'y':true,'l':['a',2,null,false]},'attachments':[{'name':'a.png','type':'image/png',"
	    "'size':7,'field':'photo',"
	    "'data':{'@bin':'00ff'}},{'name':'b','url':'u'}]}}";
	struct wire_request again;
	struct strbuf packed;

	(void)state;
	assert_int_equal(wire_decode(arena, message_pack(&packed, json, true), &request), 0);
	wire_encode_request(
	    WIRE_SUBMIT, request.id.bytes, request.key.bytes, &request.ticket, &out);
	assert_int_equal(wire_decode(arena, strbuf_str(&out), &again), 0);
	assert_int_equal(again.op, WIRE_SUBMIT);
	assert_true(str_is(again.id.bytes, "i") && str_is(again.key.bytes, "k"));
	assert_memory_equal(again.digest, request.digest, DIGEST_BYTES);
	strbuf_fini(&packed);

	strbuf_clear(&out);
	wire_encode_request(
	    WIRE_PING, (struct str){NULL, 0}, (struct str){"\xff", 1}, NULL, &out);
	assert_int_equal(wire_decode(arena, strbuf_str(&out), &again), 0);
	assert_int_equal(again.op, WIRE_PING);
	assert_int_equal(again.key.type, WIRE_TOKEN_BIN);
}

static int
decode_json(const char *json)
{
	struct strbuf packed;
	int result = wire_decode_answer(arena, message_pack(&packed, json, false), &answer);

	strbuf_fini(&packed);
	return result;
}

static void
test_no_answers(void **state)
{
	struct strbuf text;
	size_t n;

	(void)state;
	assert_int_equal(decode_json("{'v':1,'status':'ok','later':{'x':[1]}}"), 0);
	assert_int_equal(decode_json("{'v':1,'status':'great'}"), -1);
	assert_int_equal(decode_json("{'v':2,'status':'ok'}"), -1);
	assert_int_equal(decode_json("{'status':'ok'}"), -1);
	assert_int_equal(decode_json("[1]"), -1);
	/* Wrong types inside are taken as absent. */
	assert_int_equal(decode_json("{'v':1,'status':'invalid','errors':[1,{'path':2}],'reply':7,"
	                             "'missing':[1,'a',{}],'warnings':[3],'team':[]}"),
	    0);
	assert_int_equal(answer.error_count, 2);
	assert_int_equal(answer.receipt.missing_count, 1);
	wire_encode_receipt(&request, WIRE_ACCEPTED, &whole, &out);
	text = out;
	for (n = 0; n < text.n; n++)
		assert_int_equal(
		    wire_decode_answer(arena, str_part(strbuf_str(&text), 0, n), &answer), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_receipt, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_preview, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_receipt_of_nothing, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_tokens, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_others, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_request, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_no_answers, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
