/* SPDX-License-Identifier: MIT */
#include "ticket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *address;
	bool valid;
} email_cases[] = {
	{"a@b.org", true},
	{"first.last+tag@sub.example.org", true},
	{"!#$%&'*+-/=?^_`{|}~@example.org", true},
	{"o'neill@example.org", true},
	{"renée@exämple.org", true},
	{"用户@例え.jp", true},
	{"a@localhost", true},
	{"a@1.2", true},
	{"", false},
	{"@", false},
	{"a", false},
	{"a@", false},
	{"@b.org", false},
	{"a@b@c.org", false},
	{"a b@c.org", false},
	{"a@b .org", false},
	{" a@b.org", false},
	{"a@b.org\n", false},
	{"a@b.org\r\nBcc: x@y.org", false},
	{"a\t@b.org", false},
	{"a\x7F@b.org", false},
	{"a\xC2\x85@b.org", false},
	{"a\xC2\xA0@b.org", false},
	{"a\xE2\x80\x8B@b.org", false}, /* zero width space */
	{"a\xE2\x80\xAE@b.org", false}, /* right-to-left override */
	{"a\xE3\x80\x80@b.org", false},
	{"a\xFF@b.org", false},
	{".a@b.org", false},
	{"a.@b.org", false},
	{"a..b@c.org", false},
	{"a@.b.org", false},
	{"a@b.org.", false},
	{"a@b..org", false},
	{"a@-b.org", false},
	{"a@b-.org", false},
	{"a@b_c.org", false},
	{"\"a b\"@c.org", false},
	{"a\\b@c.org", false},
	{"<a@b.org>", false},
	{"a@b.org,c@d.org", false},
	{"a@b.org;c", false},
	{"a(comment)@b.org", false},
	{"a:b@c.org", false},
	{"a@[127.0.0.1]", false},
};

static void
test_email(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(email_cases) / sizeof(email_cases[0]); i++)
		if (ticket_email_valid(str_of(email_cases[i].address)) != email_cases[i].valid)
			fail_msg("%s", email_cases[i].address);
	assert_false(ticket_email_valid((struct str){NULL, 0}));
	assert_false(ticket_email_valid(STR("a\0@b.org")));
	assert_false(ticket_email_valid(STR("a@b.o\0rg")));
}

static void
test_email_lengths(void **state)
{
	char address[400];
	size_t local, label;

	(void)state;
	for (local = 62; local < 67; local++) {
		memset(address, 'a', local);
		memcpy(address + local, "@b.org", 7);
		assert_int_equal(ticket_email_valid(str_of(address)), local <= 64);
	}
	for (label = 62; label < 65; label++) {
		address[0] = 'a';
		address[1] = '@';
		memset(address + 2, 'b', label);
		memcpy(address + 2 + label, ".org", 5);
		assert_int_equal(ticket_email_valid(str_of(address)), label <= 63);
	}
	/* Domains of 255 and 256 bytes, in labels of 63 and less. */
	for (label = 0; label < 2; label++) {
		memset(address, 'c', 2 + 255 + label);
		address[1] = '@';
		address[2 + 63] = address[2 + 127] = address[2 + 191] = address[2 + 250] = '.';
		assert_int_equal(
		    ticket_email_valid((struct str){address, 2 + 255 + label}), label == 0);
	}
}

static void
test_field_find(void **state)
{
	const struct ticket_field fields[] = {
		{STR("a"), {.type = VALUE_TEXT, .text = STR("")}},
		{STR("null"), {.type = VALUE_NONE}},
	};
	const struct ticket ticket = {.fields = fields, .field_count = 2};
	const struct ticket empty = {0};

	(void)state;
	assert_ptr_equal(ticket_field_find(&ticket, STR("a")), &fields[0]);
	assert_null(ticket_field_find(&ticket, STR("null")));
	assert_null(ticket_field_find(&ticket, STR("A")));
	assert_null(ticket_field_find(&empty, STR("a")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_email),
		cmocka_unit_test(test_email_lengths),
		cmocka_unit_test(test_field_find),
	};

	return cmocka_run_group_tests_name("ticket", tests, NULL, NULL);
}
