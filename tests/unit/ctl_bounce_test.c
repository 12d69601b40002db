/* SPDX-License-Identifier: MIT */
/* Delivery reports, and what is none. */
#include "../../tools/ctl_bounce.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define ID "0198c0de-0000-7000-8000-000000000001"
#define OTHER "0198c0de-0000-7000-8000-000000000002"
#define TYPE \
	"Content-Type: multipart/report;\r\n\treport-type=delivery-status; boundary=\"b/1\"\r\n"
#define STATUS(action, status)                                                                    \
	"\r\n--b/1\r\nContent-Type: text/plain\r\n\r\nAction: failed\r\nStatus: 5.0.0\r\n\r\n" \
	"--b/1\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n" \
	"Final-Recipient: rfc822; dana@example.com\r\nAction: " action "\r\n" \
	"Status: " status "\r\n\r\n"
#define RETURNED(id)                                                                              \
	"--b/1\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\nMessage-ID:\r\n <" id \
	"@example.org>\r\n\r\nMessage-ID: <" OTHER "@example.org>\r\n--b/1--\r\n"

static const char whole[] =
    "To: bounce+" ID "@example.org\r\n" TYPE STATUS("failed", "5.1.1") RETURNED(OTHER);

static const struct {
	const char *text;
	enum ctl_bounce kind;
	const char *id;
} cases[] = {
	{whole, CTL_BOUNCE_FAILED, ID},
	{TYPE STATUS("failed", "5.1.1") RETURNED(ID), CTL_BOUNCE_FAILED, ID},
	{"X-Original-To: b+" ID "@example.org\n" TYPE STATUS("Failed", "5.0.0 (x)"),
	    CTL_BOUNCE_FAILED, ID},
	{"To: <a+b+" ID "@example.org>\n" TYPE STATUS("failed", "5.0.0"), CTL_BOUNCE_FAILED, ID},
	{TYPE STATUS("failed", "5.1.1"), CTL_BOUNCE_NO_MAIL, ""},
	{TYPE STATUS("failed", "5.1.1")
	    RETURNED("';DROP TABLE x;--aaaaaaaaaaaaaaaaaaaa"),
	    CTL_BOUNCE_NO_MAIL, ""},
	{"To: b+" ID "\n" TYPE STATUS("failed", "5.1.1"), CTL_BOUNCE_NO_MAIL, ""},
	{TYPE STATUS("delayed", "4.4.1") RETURNED(ID), CTL_BOUNCE_LATER, ID},
	{TYPE STATUS("delivered", "2.0.0") RETURNED(ID), CTL_BOUNCE_LATER, ID},
	{TYPE STATUS("failed", "4.4.7") RETURNED(ID), CTL_BOUNCE_LATER, ID},
	/* No report: another type, no type, what only looks like one in the text. */
	{"Content-Type: multipart/mixed; boundary=\"b/1\"\r\n" STATUS("failed", "5.1.1"),
	    CTL_BOUNCE_NONE, ""},
	{"Content-Type: multipart/report; report-type=disposition-notification;"
	 " boundary=\"b/1\"\r\n"
	    STATUS("failed", "5.1.1"), CTL_BOUNCE_NONE, ""},
	{"Subject: x\n\n" TYPE STATUS("failed", "5.1.1"), CTL_BOUNCE_NONE, ""},
	{"Content-Type: multipart/report; report-type=delivery-status\r\n"
	    STATUS("failed", "5.1.1"),
	    CTL_BOUNCE_NONE, ""},
	{TYPE "\r\n--b/1x\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n",
	    CTL_BOUNCE_NONE, ""},
	{"", CTL_BOUNCE_NONE, ""},
	{"\n\n\n", CTL_BOUNCE_NONE, ""},
	{"out of office", CTL_BOUNCE_NONE, ""},
};

static void
test_reports(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char id[IDENTITY_UUID_TEXT + 1];
		enum ctl_bounce kind = ctl_bounce_read(str_of(cases[i].text), id);

		if (kind != cases[i].kind || strcmp(id, cases[i].id) != 0)
			fail_msg("case %zu: %d %s", i, (int)kind, id);
	}
}

/* Cut at any byte, and with any byte changed: in memory of its own size, for ASan. */
static void
test_damaged(void **state)
{
	static const char bytes[] = {'\0', '\n', '\xff', '"', '-', ' '};
	size_t n = sizeof(whole) - 1, i, j;

	(void)state;
	for (i = 0; i < n; i++) {
		char id[IDENTITY_UUID_TEXT + 1], *copy = malloc(n);

		assert_non_null(copy);
		memcpy(copy, whole, n);
		for (j = 0; j < sizeof(bytes); j++) {
			copy[i] = bytes[j];
			ctl_bounce_read((struct str){copy, n}, id);
			assert_true(id[0] == '\0' || strlen(id) == IDENTITY_UUID_TEXT);
		}
		copy = realloc(copy, i + 1);
		assert_non_null(copy);
		memcpy(copy, whole, i + 1);
		ctl_bounce_read((struct str){copy, i + 1}, id);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests_name("ctl_bounce", tests, NULL, NULL);
}
