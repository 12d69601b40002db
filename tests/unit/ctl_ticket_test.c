/* SPDX-License-Identifier: MIT */
/* Tickets as JSON lines: the sample files, and what is refused where. */
#include "../../tools/ctl_ticket.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena *arena;
static struct ctl_ticket line;

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

static const char *
errors_listed(int result)
{
	static char text[4096];
	size_t i, used = 0;

	assert_int_equal(result, line.error_count > 0);
	text[0] = '\0';
	for (i = 0; i < line.error_count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.*s %.*s",
		    i > 0 ? ", " : "", STR_ARG(line.errors[i].path), STR_ARG(line.errors[i].code));
	return text;
}

static const char *
errors_of_bytes(struct str text)
{
	json_t *object;
	int result;

	arena_reset(arena);
	result = ctl_ticket_parse(arena, text, &line, &object);
	if (result == 0)
		result = ctl_ticket_read(arena, object, &line);
	line.expect = NULL; /* it goes with the object */
	json_decref(object);
	return errors_listed(result);
}

/* ' stands for " */
static const char *
errors_of(const char *json)
{
	static char text[4096];
	char *p;

	snprintf(text, sizeof(text), "%s", json);
	for (p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	return errors_of_bytes(str_of(text));
}

static const char *
ticket_errors(const char *pairs)
{
	char json[4096];

	snprintf(json, sizeof(json),
	    "{'id':'x','audience':'mentor','requester':{'email':'a@example.org'}%s%s}",
	    pairs[0] != '\0' ? "," : "", pairs);
	return errors_of(json);
}

static void
test_whole_line(void **state)
{
	const struct ticket *ticket = &line.ticket;

	(void)state;
	assert_string_equal(
	    ticket_errors("'locale':'fr','form_locale':'en','reason':'r','subject':'s','body':'b',"
	                  "'received_at':'2026-01-12T09:41:00+01:00','expect':{'any':[{}]},"
	                  "'fields':{'a':1,'b':null,'c':[true,null,1.5,'x'],'d':'caf\xc3\xa9'},"
	                  "'attachments':[{'name':'n','type':'t','size':3,'field':'f','data':'d'},"
	                  "{'name':'n','url':'u'}]"),
	    "");
	assert_true(str_is(line.id, "x"));
	assert_true(str_is(line.locale, "fr"));
	assert_true(ticket->has_received_at && ticket->received_at == 1768207260000);
	assert_true(str_is(ticket->subject, "s") && str_is(ticket->body, "b"));
	assert_int_equal(ticket->field_count, 3);
	assert_int_equal(ticket_field_find(ticket, STR("c"))->value.count, 4);
	assert_true(str_is(ticket_field_find(ticket, STR("d"))->value.text, "caf\xc3\xa9"));
	assert_int_equal(ticket->attachment_count, 2);
	assert_true(str_is(ticket->attachments[0].data, "d"));
	assert_int_equal(ticket->attachments[1].size, -1);
}

static void
test_absent(void **state)
{
	(void)state;
	assert_string_equal(ticket_errors(""), "");
	assert_string_equal(ticket_errors("'form_locale':null,'reason':'','fields':null,"
	                                  "'attachments':[],'expect':null,'subject':null"),
	    "");
	assert_null(line.ticket.reason.p);
	assert_non_null(line.ticket.subject.p);
	assert_string_equal(errors_of("{'audience':'m','requester':{'email':'a@b.org'}}"), "");
	assert_null(line.id.p);
}

/* The same places and codes as on the wire. */
static void
test_refused(void **state)
{
	(void)state;
	assert_string_equal(errors_of("{'id':'x'}"), "audience required, requester.email required");
	assert_true(str_is(line.id, "x"));
	assert_string_equal(ticket_errors("'sujbect':1"), "sujbect unknown_key");
	assert_string_equal(ticket_errors("'subject':1"), "subject wrong_type");
	assert_string_equal(ticket_errors("'received_at':'now'"), "received_at bad_time");
	assert_string_equal(ticket_errors("'fields':{'a':{}}"), "fields.a wrong_type");
	assert_string_equal(ticket_errors("'fields':{'a':[[]]}"), "fields.a[0] wrong_type");
	assert_string_equal(ticket_errors("'fields':{'':1}"), "fields bad_key");
	assert_string_equal(ticket_errors("'fields':[1]"), "fields wrong_type");
	assert_string_equal(ticket_errors("'attachments':[7,{}]"),
	    "attachments[0] wrong_type, attachments[1].name required");
	assert_string_equal(ticket_errors("'attachments':[{'name':'a','size':-1}]"),
	    "attachments[0].size out_of_range");
	assert_string_equal(ticket_errors("'attachments':[{'name':'a','size':1.0}]"),
	    "attachments[0].size wrong_type");
	assert_string_equal(errors_of("{'id':7,'audience':'m','requester':{'email':'x'}}"),
	    "id wrong_type, requester.email bad_email");
	assert_string_equal(errors_of("{'id':'','audience':'m','requester':[]}"),
	    "id required, requester wrong_type");
}

static void
test_text(void **state)
{
	(void)state;
	assert_string_equal(ticket_errors("'subject':'a\\u0000b'"), "subject nul");
	assert_string_equal(ticket_errors("'fields':{'a':['\\u0000']}"), "fields.a[0] nul");
	assert_string_equal(ticket_errors("'fields':{'a\\u0000':1}"), " nul");
	assert_string_equal(ticket_errors("'subject':'\xff'"), " bad_utf8");
	assert_string_equal(ticket_errors("'subject':'\xed\xa0\x80'"), " bad_utf8");
	assert_string_equal(ticket_errors("'subject':'\\ud800'"), " bad_json");
}

static void
test_syntax(void **state)
{
	(void)state;
	assert_string_equal(errors_of(""), " truncated");
	assert_string_equal(errors_of("[]"), " wrong_type");
	assert_string_equal(errors_of("7"), " wrong_type");
	assert_string_equal(errors_of("{'a':"), " truncated");
	assert_string_equal(errors_of("{} {}"), " trailing_bytes");
	assert_string_equal(errors_of("{'a':1,'a':2}"), " duplicate_key");
	assert_string_equal(errors_of("{'a':SECRET}"), " bad_json");
	assert_null(strstr(line.errors[0].message.p, "SECRET"));
	assert_string_equal(ticket_errors("'fields':{'a':99999999999999999999}"), " out_of_range");
}

static void
test_body_limit(void **state)
{
	struct strbuf text = {0};
	size_t i;

	(void)state;
	strbuf_puts(&text, "{\"audience\":\"m\",\"requester\":{\"email\":\"a@b.org\"},\"body\":\"");
	for (i = 0; i < LIMIT_BODY_BYTES; i++)
		strbuf_puts(&text, "\\u0001");
	strbuf_puts(&text, "\"}");
	assert_string_equal(errors_of_bytes(strbuf_str(&text)), "");
	text.n -= 2;
	strbuf_puts(&text, "x\"}");
	assert_string_equal(errors_of_bytes(strbuf_str(&text)), "body too_long");
	strbuf_fini(&text);
}

static void
test_samples(void **state)
{
	static const char *const files[] = {
	    "tests/data/tickets-en.jsonl", "tests/data/tickets-fr.jsonl"};
	size_t i, count = 0, size = 0;
	char *text = NULL;
	ssize_t n;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		FILE *file = fopen(files[i], "r");

		assert_non_null(file);
		while ((n = getline(&text, &size, file)) > 0) {
			assert_string_equal(errors_of_bytes((struct str){text, (size_t)n}), "");
			count++;
		}
		fclose(file);
	}
	free(text);
	assert_in_range(count, 300, 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole_line),
	    cmocka_unit_test(test_absent),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_syntax),
	    cmocka_unit_test(test_body_limit),
	    cmocka_unit_test(test_samples),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
