/* SPDX-License-Identifier: MIT */
/* What a request may say: every key, its type, its limit, and its error. */
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
errors_of(const char *json)
{
	static char text[4096];
	struct strbuf out;
	size_t i, used = 0;
	int result;

	arena_reset(arena);
	result = wire_decode(arena, message_pack(&out, json, false), &request);
	strbuf_fini(&out);
	assert_int_equal(result, request.error_count > 0);
	text[0] = '\0';
	for (i = 0; i < request.error_count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.*s %.*s",
		    i > 0 ? ", " : "", STR_ARG(request.errors[i].path),
		    STR_ARG(request.errors[i].code));
	return text;
}

/* A submit whose ticket has these pairs besides the required ones. */
static const char *
submit_errors(const char *pairs)
{
	char json[8192];

	snprintf(json, sizeof(json),
	    "{'v':1,'op':'submit','key':'k','ticket':{'audience':'mentor',"
	    "'requester':{'email':'a@example.org'}%s%s}}",
	    pairs[0] != '\0' ? "," : "", pairs);
	return errors_of(json);
}

static void
test_whole_ticket(void **state)
{
	const struct ticket *ticket = &request.ticket;

	(void)state;
	assert_string_equal(
	    errors_of("{'v':1,'op':'submit','id':5,'key':{'@bin':'0001'},'ticket':{"
	              "'audience':'mentor','form_locale':'en',"
	              "'received_at':'2026-01-12T09:41:00+01:00',"
	              "'reason':'mentor.break','requester':{'name':'A','email':'a@example.org'},"
	              "'subject':'s','body':'b','fields':{'n':-3,'u':null,'f':1.5,'t':'x','y':true,"
	              "'l':['a',2,null,false]},'attachments':["
	              "{'name':'a.png','type':'image/png','size':7,'field':'photo',"
	              "'data':{'@bin':'00ff'}},{'name':'b','url':'https://example.org/b'}]}}"),
	    "");
	assert_int_equal(request.op, WIRE_SUBMIT);
	assert_int_equal(request.id.integer, 5);
	assert_int_equal(request.key.type, WIRE_TOKEN_BIN);
	assert_true(str_is(ticket->audience, "mentor"));
	assert_true(str_is(ticket->form_locale, "en"));
	assert_true(ticket->has_received_at && ticket->received_at == 1768207260000);
	assert_true(str_is(ticket->reason, "mentor.break"));
	assert_true(str_is(ticket->requester_name, "A"));
	assert_true(str_is(ticket->requester_email, "a@example.org"));
	assert_true(str_is(ticket->subject, "s") && str_is(ticket->body, "b"));
	assert_int_equal(ticket->field_count, 5);
	assert_int_equal(ticket_field_find(ticket, STR("n"))->value.integer, -3);
	assert_null(ticket_field_find(ticket, STR("u")));
	assert_true(ticket_field_find(ticket, STR("f"))->value.real == 1.5);
	assert_true(ticket_field_find(ticket, STR("y"))->value.boolean);
	assert_int_equal(ticket_field_find(ticket, STR("l"))->value.count, 4);
	assert_int_equal(ticket_field_find(ticket, STR("l"))->value.items[2].type, VALUE_NONE);
	assert_int_equal(ticket->attachment_count, 2);
	assert_int_equal(ticket->attachments[0].size, 7);
	assert_int_equal(ticket->attachments[0].data.n, 2);
	assert_true(str_is(ticket->attachments[0].field, "photo"));
	assert_int_equal(ticket->attachments[1].size, -1);
	assert_true(str_is(ticket->attachments[1].url, "https://example.org/b"));
	assert_null(ticket->attachments[1].data.p);
}

/* Absent, null and, for what is chosen in a form, empty are the same. */
static void
test_absent(void **state)
{
	(void)state;
	assert_string_equal(submit_errors(""), "");
	assert_non_null(request.ticket.subject.p);
	assert_non_null(request.ticket.body.p);
	assert_null(request.ticket.reason.p);
	assert_string_equal(
	    submit_errors("'form_locale':null,'received_at':null,'reason':'','subject':null,"
	                  "'body':'','fields':null,'attachments':null"),
	    "");
	assert_null(request.ticket.reason.p);
	assert_null(request.ticket.form_locale.p);
	assert_int_equal(request.ticket.body.n, 0);
	assert_string_equal(submit_errors("'fields':[]"), ""); /* PHP's empty map */
	assert_string_equal(
	    errors_of("{'v':1,'op':'ping','id':null,'key':null,'ticket':null}"), "");
	assert_int_equal(request.op, WIRE_PING);
	assert_int_equal(request.id.type, WIRE_TOKEN_ABSENT);
}

static void
test_envelope(void **state)
{
	(void)state;
	assert_string_equal(errors_of("[]"), " wrong_type");
	assert_string_equal(errors_of("{}"), "v required, op required");
	assert_string_equal(errors_of("{'v':2,'op':'zzz','new':1}"), "v unknown_version");
	assert_string_equal(errors_of("{'v':0,'op':'ping'}"), "v unknown_version");
	assert_string_equal(errors_of("{'v':'1','op':'ping'}"), "v wrong_type");
	assert_string_equal(errors_of("{'v':1,'op':'sumbit'}"), "op unknown_op");
	assert_int_equal(request.op, WIRE_OP_COUNT);
	assert_string_equal(errors_of("{'v':1,'op':3}"), "op wrong_type");
	assert_string_equal(errors_of("{'v':1,'op':'ping','extra':1}"), "extra unknown_key");
	assert_string_equal(errors_of("{'v':1,'op':'ping','ticket':{}}"), "ticket not_allowed");
	assert_string_equal(errors_of("{'v':1,'op':'ping','id':1.5}"), "id wrong_type");
	assert_string_equal(errors_of("{'v':1,'op':'ping','key':7}"), "key wrong_type");
	assert_string_equal(errors_of("{'v':1,'op':'ping','key':''}"), "key required");
	assert_string_equal(errors_of("{'v':1,'op':'submit'}"), "key required, ticket required");
	assert_string_equal(errors_of("{'v':1,'op':'preview','ticket':{'audience':'mentor',"
	                              "'requester':{'email':'a@example.org'}}}"),
	    "");
}

static void
test_token_limits(void **state)
{
	char json[256];

	(void)state;
	snprintf(json, sizeof(json), "{'v':1,'op':'ping','id':'%0*d','key':'%0*d'}", LIMIT_ID_BYTES,
	    0, LIMIT_KEY_BYTES, 0);
	assert_string_equal(errors_of(json), "");
	assert_int_equal(request.id.bytes.n, LIMIT_ID_BYTES);
	snprintf(json, sizeof(json), "{'v':1,'op':'ping','id':'%0*d','key':'%0*d'}",
	    LIMIT_ID_BYTES + 1, 0, LIMIT_KEY_BYTES + 1, 0);
	assert_string_equal(errors_of(json), "id too_long, key too_long");
}

/* What cannot be the type of any key, at each of them. */
static void
test_wrong_types(void **state)
{
	static const char *const texts[] = {
	    "form_locale", "received_at", "reason", "subject", "body"};
	static const char *const others[] = {"7", "true", "1.5", "[]", "{}", "{'@bin':'61'}"};
	char pair[128], wanted[128];
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (k = 0; k < sizeof(others) / sizeof(others[0]); k++) {
			snprintf(pair, sizeof(pair), "'%s':%s", texts[i], others[k]);
			snprintf(wanted, sizeof(wanted), "ticket.%s wrong_type", texts[i]);
			assert_string_equal(submit_errors(pair), wanted);
		}
	}
	assert_string_equal(submit_errors("'fields':[1]"), "ticket.fields wrong_type");
	assert_string_equal(submit_errors("'fields':'x'"), "ticket.fields wrong_type");
	assert_string_equal(submit_errors("'fields':{'a':{}}"), "ticket.fields.a wrong_type");
	assert_string_equal(
	    submit_errors("'fields':{'a':{'@bin':'61'}}"), "ticket.fields.a wrong_type");
	assert_string_equal(
	    submit_errors("'fields':{'a':[1,[]]}"), "ticket.fields.a[1] wrong_type");
	assert_string_equal(submit_errors("'attachments':{}"), "ticket.attachments wrong_type");
	assert_string_equal(submit_errors("'attachments':[7]"), "ticket.attachments[0] wrong_type");
	assert_string_equal(
	    submit_errors("'attachments':[{'name':1,'type':1,'size':'1','field':1,'data':1,"
	                  "'url':1}]"),
	    "ticket.attachments[0].name wrong_type, ticket.attachments[0].type wrong_type, "
	    "ticket.attachments[0].field wrong_type, ticket.attachments[0].url wrong_type, "
	    "ticket.attachments[0].data wrong_type, ticket.attachments[0].size wrong_type");
}

static void
test_required(void **state)
{
	(void)state;
	assert_string_equal(errors_of("{'v':1,'op':'submit','key':'k','ticket':{}}"),
	    "ticket.audience required, ticket.requester.email required");
	assert_string_equal(errors_of("{'v':1,'op':'submit','key':'k','ticket':7}"),
	    "ticket wrong_type");
	assert_string_equal(errors_of("{'v':1,'op':'submit','key':'k','ticket':{'audience':7,"
	                              "'requester':'a@example.org'}}"),
	    "ticket.audience wrong_type, ticket.requester wrong_type");
	assert_string_equal(errors_of("{'v':1,'op':'submit','key':'k','ticket':{'audience':'',"
	                              "'requester':{'name':1,'email':''}}}"),
	    "ticket.requester.name wrong_type, ticket.audience required, "
	    "ticket.requester.email required");
	assert_string_equal(submit_errors("'attachments':[{'name':''},{}]"),
	    "ticket.attachments[0].name required, ticket.attachments[1].name required");
}

static void
test_values(void **state)
{
	(void)state;
	assert_string_equal(
	    submit_errors("'received_at':'2026-01-12'"), "ticket.received_at bad_time");
	assert_string_equal(
	    submit_errors("'received_at':'2026-01-12T09:41:00'"), "ticket.received_at bad_time");
	assert_string_equal(submit_errors("'fields':{'a':{'@raw':'cfffffffffffffffff'}}"),
	    "ticket.fields.a out_of_range");
	assert_string_equal(submit_errors("'fields':{'a':{'@raw':'cf7fffffffffffffff'}}"), "");
	assert_string_equal(submit_errors("'fields':{'a':{'@raw':'d38000000000000000'}}"), "");
	assert_true(request.ticket.fields[0].value.integer == INT64_MIN);
	assert_string_equal(
	    submit_errors("'fields':{'a':{'@raw':'cb7ff8000000000000'},"
	                  "'b':[{'@raw':'ca7f800000'}]}"),
	    "ticket.fields.a out_of_range, ticket.fields.b[0] out_of_range");
	assert_string_equal(submit_errors("'attachments':[{'name':'a','size':-1}]"),
	    "ticket.attachments[0].size out_of_range");
	assert_string_equal(submit_errors("'attachments':[{'name':'a','size':0}]"), "");
	assert_string_equal(
	    submit_errors("'attachments':[{'name':'a','url':'u','data':{'@bin':''}}]"),
	    "ticket.attachments[0].url not_allowed");
	assert_string_equal(errors_of("{'v':1,'op':'preview','ticket':{'audience':'m',"
	                              "'requester':{'email':'a b@example.org'}}}"),
	    "ticket.requester.email bad_email");
}

static void
test_unknown_keys(void **state)
{
	(void)state;
	assert_string_equal(submit_errors("'sujbect':'x'"), "ticket.sujbect unknown_key");
	assert_non_null(strstr(request.errors[0].message.p, "'subject'"));
	assert_string_equal(submit_errors("'locale':'fr'"), "ticket.locale unknown_key");
	assert_string_equal(submit_errors("'clé':'x'"), "ticket.? unknown_key");
	assert_string_equal(submit_errors("'attachments':[{'name':'a','mime':'x'}]"),
	    "ticket.attachments[0].mime unknown_key");
	/* Names of boxes are data. */
	assert_string_equal(submit_errors("'fields':{'clé':'x','sujbect':1}"), "");
}

/* More than there is room for are dropped, and nothing is written behind. */
static void
test_many_errors(void **state)
{
	(void)state;
	submit_errors("'a':1,'b':1,'c':1,'d':1,'e':1,'f':1,'g':1,'h':1,'i':1,'j':1,'k':1,'l':1,"
	              "'m':1,'n':1,'o':1,'p':1,'q':1,'r':1");
	assert_int_equal(request.error_count, 16);
	wire_request_error(&request, STR("x"), STR("y"), STR("z"));
	assert_int_equal(request.error_count, 16);
	assert_string_equal(submit_errors(""), "");
	wire_request_error(&request, STR("ticket.audience"), STR("unknown_audience"), STR("z"));
	assert_int_equal(request.error_count, 1);
}

/* No message repeats what the visitor wrote. */
static void
test_no_values_in_messages(void **state)
{
	size_t i;

	(void)state;
	submit_errors("'received_at':'SECRET','subject':{'SECRET':1},'fields':{'a':['SECRET',{}]},"
	              "'attachments':['SECRET']");
	assert_int_equal(request.error_count, 4);
	for (i = 0; i < request.error_count; i++) {
		assert_null(strstr(request.errors[i].message.p, "SECRET"));
		assert_null(strstr(request.errors[i].path.p, "SECRET"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole_ticket),
	    cmocka_unit_test(test_absent),
	    cmocka_unit_test(test_envelope),
	    cmocka_unit_test(test_token_limits),
	    cmocka_unit_test(test_wrong_types),
	    cmocka_unit_test(test_required),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_unknown_keys),
	    cmocka_unit_test(test_many_errors),
	    cmocka_unit_test(test_no_values_in_messages),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
