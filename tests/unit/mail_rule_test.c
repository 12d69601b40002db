/* SPDX-License-Identifier: MIT */
/* What an attempt's end means, who gets no mail, when to try again. */
#include "../../tools/mail_rule.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
	enum mail_stage stage;
	int code;
	const char *text;
	bool interrupted;
	enum mail_result result;
	bool relay_at_fault, mute;
	const char *reason;
} ends[] = {
	{MAIL_STAGE_DOT, 250, "2.0.0 Ok", false, MAIL_SENT, false, false, NULL},
	{MAIL_STAGE_DOT, 250, "Ok", true, MAIL_SENT, false, false, NULL},
	/* For now. */
	{MAIL_STAGE_MAIL, 451, "4.3.0 later", false, MAIL_RETRY, false, false, NULL},
	{MAIL_STAGE_RCPT, 450, "4.1.1 greylisted", false, MAIL_RETRY, false, false, NULL},
	{MAIL_STAGE_DATA, 451, "", false, MAIL_RETRY, false, false, NULL},
	{MAIL_STAGE_DOT, 452, "4.2.2 full", false, MAIL_RETRY, false, false, NULL},
	{MAIL_STAGE_RCPT, 421, "4.0.0 closing", false, MAIL_RETRY, false, false, NULL},
	/* For good; muted only when the mailbox does not exist. */
	{MAIL_STAGE_RCPT, 550, "5.1.1 no such user", false, MAIL_FAILED, false, true, "mailbox"},
	{MAIL_STAGE_RCPT, 550, "5.1.2 no such host", false, MAIL_FAILED, false, true, "mailbox"},
	{MAIL_STAGE_RCPT, 553, "5.1.3 syntax", false, MAIL_FAILED, false, true, "mailbox"},
	{MAIL_STAGE_RCPT, 550, "5.1.6 moved", false, MAIL_FAILED, false, true, "mailbox"},
	{MAIL_STAGE_RCPT, 556, "5.1.10 null MX", false, MAIL_FAILED, false, true, "mailbox"},
	{MAIL_STAGE_RCPT, 550, "5.1.1", false, MAIL_FAILED, false, true, "mailbox"},
	{MAIL_STAGE_RCPT, 550, "5.1.10", false, MAIL_FAILED, false, true, "mailbox"},
	{MAIL_STAGE_RCPT, 550, "5.1.11 new", false, MAIL_FAILED, false, false, "refused"},
	{MAIL_STAGE_RCPT, 550, "5.1.0 what", false, MAIL_FAILED, false, false, "refused"},
	{MAIL_STAGE_RCPT, 550, "5.1.7 our address", false, MAIL_FAILED, false, false, "refused"},
	{MAIL_STAGE_RCPT, 550, "5.1.8 our domain", false, MAIL_FAILED, false, false, "refused"},
	{MAIL_STAGE_RCPT, 552, "5.2.2 full", false, MAIL_FAILED, false, false, "refused"},
	{MAIL_STAGE_RCPT, 550, "no such user", false, MAIL_FAILED, false, false, "refused"},
	{MAIL_STAGE_RCPT, 550, "4.1.1 other class", false, MAIL_FAILED, false, false, "refused"},
	{MAIL_STAGE_RCPT, 550, "5.1.1x", false, MAIL_FAILED, false, false, "refused"},
	{MAIL_STAGE_RCPT, 500, "", false, MAIL_FAILED, false, false, "refused"},
	{MAIL_STAGE_DATA, 554, "5.1.1 too late", false, MAIL_FAILED, false, false, "refused"},
	{MAIL_STAGE_DOT, 554, "5.7.1 spam", false, MAIL_FAILED, false, false, "refused"},
	/* The relay's policy about us. */
	{MAIL_STAGE_RCPT, 554, "5.7.1 relay access denied", false, MAIL_RETRY, false, false, NULL},
	{MAIL_STAGE_MAIL, 550, "5.7.1 your address", false, MAIL_RELEASED, true, false, NULL},
	{MAIL_STAGE_MAIL, 530, "5.7.0 STARTTLS first", false, MAIL_RELEASED, true, false, NULL},
	{MAIL_STAGE_RCPT, 530, "authentication first", false, MAIL_RELEASED, true, false, NULL},
	{MAIL_STAGE_HELLO, 535, "5.7.8 wrong password", false, MAIL_RELEASED, true, false, NULL},
	{MAIL_STAGE_HELLO, 0, "certificate", false, MAIL_RELEASED, true, false, NULL},
	{MAIL_STAGE_CONNECT, 0, "refused", false, MAIL_RELEASED, true, false, NULL},
	{MAIL_STAGE_CONNECT, 421, "busy", false, MAIL_RELEASED, true, false, NULL},
	{MAIL_STAGE_CONNECT, 554, "go away", false, MAIL_RELEASED, true, false, NULL},
	{MAIL_STAGE_MAIL, 421, "4.3.2 closing", false, MAIL_RELEASED, true, false, NULL},
	{MAIL_STAGE_MAIL, 550, "who are you", false, MAIL_RELEASED, true, false, NULL},
	{MAIL_STAGE_MAIL, 553, "5.1.8 no such domain", false, MAIL_RELEASED, true, false, NULL},
	/* One mail's fault, or nobody knows whose: the others go on. */
	{MAIL_STAGE_MAIL, 552, "5.3.4 too big", false, MAIL_FAILED, false, false, "refused"},
	{MAIL_STAGE_MAIL, 552, "too big", false, MAIL_FAILED, false, false, "refused"},
	{MAIL_STAGE_MAIL, 554, "5.3.4 too big", false, MAIL_FAILED, false, false, "refused"},
	{MAIL_STAGE_MAIL, 554, "5.2.3 too long", false, MAIL_FAILED, false, false, "refused"},
	{MAIL_STAGE_MAIL, 554, "5.6.1 no 8BITMIME", false, MAIL_FAILED, false, false, "refused"},
	{MAIL_STAGE_MAIL, 554, "5.2.1 what", false, MAIL_RETRY, false, false, NULL},
	{MAIL_STAGE_MAIL, 550, "5.5.4 what", false, MAIL_RETRY, false, false, NULL},
	{MAIL_STAGE_MAIL, 500, "", false, MAIL_RETRY, false, false, NULL},
	/* Silence. */
	{MAIL_STAGE_MAIL, 0, "lost", false, MAIL_RETRY, false, false, NULL},
	{MAIL_STAGE_RCPT, 0, "lost", false, MAIL_RETRY, false, false, NULL},
	{MAIL_STAGE_DATA, 0, "lost", false, MAIL_RETRY, false, false, NULL},
	{MAIL_STAGE_TEXT, 0, "lost", false, MAIL_RETRY, false, false, NULL},
	{MAIL_STAGE_DOT, 0, "lost", false, MAIL_AMBIGUOUS, false, false, NULL},
	/* A stop is nobody's fault. */
	{MAIL_STAGE_CONNECT, 0, "", true, MAIL_RELEASED, false, false, NULL},
	{MAIL_STAGE_RCPT, 0, "", true, MAIL_RELEASED, false, false, NULL},
	{MAIL_STAGE_TEXT, 0, "", true, MAIL_RELEASED, false, false, NULL},
	{MAIL_STAGE_DOT, 0, "", true, MAIL_AMBIGUOUS, false, false, NULL},
};

static void
test_ends(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct mail_attempt attempt = {
		    ends[i].stage, ends[i].code, str_of(ends[i].text), ends[i].interrupted};
		struct mail_verdict got = mail_rule_decide(&attempt);

		if (got.result != ends[i].result || got.relay_at_fault != ends[i].relay_at_fault ||
		    got.mute != ends[i].mute || !str_eq(str_of(got.reason), str_of(ends[i].reason)))
			fail_msg("%s %d %s: %s", mail_stage_name(ends[i].stage), ends[i].code,
			    ends[i].text, mail_result_name(got.result));
	}
}

static void
test_recipients(void **state)
{
	static const char *const own[] = {"support@example.org", NULL, "", "help+x@Example.net",
	    "@lists.example.org"};
	static const struct {
		const char *address, *why;
	} cases[] = {
	    {"dana@example.com", NULL},
	    {"o'hara+tickets@mail.example.com", NULL},
	    {"dana@a.io", NULL},
	    {"dana@1.2.3.4a", NULL},
	    {"andr\xC3\xA9@example.com", "address"},
	    {"dana@\xC3\xA9" "cole.example.com", "address"},
	    {"dana@xn--cole-9oa.example.com", NULL},
	    {"root@localhost", "address"},
	    {"a@b", "address"},
	    {"a@b.", "address"},
	    {"a@.b", "address"},
	    {"root@127.0.0.1", "address"},
	    {"replying@example.com", NULL},
	    {"postmasters-friend@example.com", NULL},
	    {"", "address"},
	    {"dana", "address"},
	    {"dana@", "address"},
	    {"dana@example.com\r\nBcc: eve@example.com", "address"},
	    {"dana@example.com eve@example.com", "address"},
	    {"<dana@example.com>", "address"},
	    {"\"a b\"@example.com", "address"},
	    {"support@example.org", "own"},
	    {"Support+42@EXAMPLE.org", "own"},
	    {"help@example.net", "own"},
	    {"anything@lists.example.org", "own"},
	    {"support@example.com", NULL},
	    {"noreply@example.com", "robot"},
	    {"No-Reply@example.com", "robot"},
	    {"no_reply+7@example.com", "robot"},
	    {"noreply-jobs@example.com", "robot"},
	    {"jobs.noreply@example.com", "robot"},
	    {"do-not-reply@example.com", "robot"},
	    {"MAILER-DAEMON@example.com", "robot"},
	    {"postmaster@example.com", "robot"},
	    {"bounces+dana=example.com@lists.example.com", "robot"},
	};
	char longest[300];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = mail_rule_recipient(
		    str_of(cases[i].address), own, sizeof(own) / sizeof(own[0]));

		if (!str_eq(str_of(why), str_of(cases[i].why)))
			fail_msg("%s: %s", cases[i].address, why != NULL ? why : "allowed");
	}
	memset(longest, 'a', sizeof(longest));
	memcpy(longest, "dana@", 5);
	for (i = 5 + 60; i < sizeof(longest); i += 61)
		longest[i] = '.';
	assert_null(mail_rule_recipient((struct str){longest, 254}, NULL, 0));
	assert_string_equal(mail_rule_recipient((struct str){longest, 255}, NULL, 0), "address");
}

static void
test_backoff(void **state)
{
	(void)state;
	assert_int_equal(mail_rule_backoff(0, 60000, 4000000), 60000);
	assert_int_equal(mail_rule_backoff(1, 60000, 4000000), 60000);
	assert_int_equal(mail_rule_backoff(2, 60000, 4000000), 120000);
	assert_int_equal(mail_rule_backoff(7, 60000, 4000000), 3840000);
	assert_int_equal(mail_rule_backoff(8, 60000, 4000000), 4000000);
	assert_int_equal(mail_rule_backoff(2000000000, 60000, 4000000), 4000000);
}

static void
check_line(int code, struct str text, const char *expected)
{
	struct mail_attempt attempt = {MAIL_STAGE_RCPT, code, text, false};
	struct strbuf line;

	strbuf_init(&line, 0);
	mail_rule_line(&attempt, &line);
	assert_string_equal(strbuf_str(&line).p, expected);
	strbuf_fini(&line);
}

static void
test_line(void **state)
{
	char text[2000];
	struct mail_attempt attempt = {MAIL_STAGE_RCPT, 550, {text, sizeof(text)}, false};
	struct strbuf line;

	(void)state;
	check_line(550, STR("5.1.1 <dana@example.org>: Recipient address rejected"),
	    "550 5.1.1 <address> Recipient address rejected");
	check_line(0, STR("could not resolve\r\n\thost"), "could not resolve host");
	check_line(550, STR("a\x1b[31mred\xff\xE2\x80\xAE"),
	    "550 a\\x1b[31mred\\xff\\xe2\\x80\\xae");
	check_line(250, STR(""), "250 ");
	memset(text, 'x', sizeof(text));
	strbuf_init(&line, 0);
	mail_rule_line(&attempt, &line);
	assert_true(line.n <= 210);
	memset(text, '@', sizeof(text) / 2);
	for (size_t i = 1; i < sizeof(text); i += 2)
		text[i] = ' ';
	strbuf_clear(&line);
	mail_rule_line(&attempt, &line);
	assert_true(line.n <= 220);
	assert_null(strchr(strbuf_str(&line).p, '@'));
	strbuf_fini(&line);
}

static void
test_breaker(void **state)
{
	struct mail_breaker breaker = {.open = false};

	(void)state;
	assert_int_equal(mail_breaker_allows(&breaker, 4, 2, 0), 4);
	mail_breaker_bad(&breaker, 1000, 100, 350);
	assert_true(breaker.open);
	/* The others that were under way change nothing. */
	mail_breaker_bad(&breaker, 1050, 100, 350);
	assert_int_equal(breaker.until_us, 1100);
	assert_int_equal(mail_breaker_allows(&breaker, 4, 0, 1099), 0);
	assert_int_equal(mail_breaker_allows(&breaker, 4, 1, 1100), 0);
	assert_int_equal(mail_breaker_allows(&breaker, 0, 0, 1100), 0);
	assert_int_equal(mail_breaker_allows(&breaker, 4, 0, 1100), 1);
	mail_breaker_bad(&breaker, 2000, 100, 350);
	assert_int_equal(breaker.until_us, 2200);
	mail_breaker_bad(&breaker, 3000, 100, 350);
	assert_int_equal(breaker.until_us, 3350);
	mail_breaker_good(&breaker);
	assert_int_equal(mail_breaker_allows(&breaker, 4, 0, 3000), 4);
	mail_breaker_bad(&breaker, 4000, 100, 350);
	assert_int_equal(breaker.until_us, 4100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_recipients),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_breaker),
	};

	return cmocka_run_group_tests_name("mail_rule", tests, NULL, NULL);
}
