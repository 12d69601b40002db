/* SPDX-License-Identifier: MIT */
#include "answer.h"

#include "decide_fixture.h"

#define NOW "2026-04-15T12:00:00+02:00"

static void
check(const char *body, const char *locale, const char *subject, const char *text)
{
	struct ticket ticket = {.audience = STR("mentor"), .body = str_of(body),
		.form_locale = str_of(locale), .requester_name = STR("{{team}} <b>"),
		.requester_email = STR("a@example.org")};
	const struct decision *decision = fixture_decide(&ticket, NOW);

	assert_true(decision->has_reply);
	assert_int_equal(strlen(text), decision->reply_body.n);
	assert_memory_equal(decision->reply_body.p, text, decision->reply_body.n);
	assert_true(str_is(decision->reply_subject, subject));
}

static void
test_frame(void **state)
{
	(void)state;
	/* The category's own paragraph, then the locale's. */
	check("alpha", "en", "Alpha",
	    "Hello,\n\nRead The guide (https://help.example.org/en).\n\nThe desk has it.\n\n"
	    "Kind regards\n");
	check("alpha", "fr", "Alpha",
	    "Bonjour,\n\nLisez Le guide (https://help.example.org/fr).\n\n"
	    "Notre guichet vous écrira.\n\nCordialement\n");
	check("payment in progress", "en", "Payment",
	    "Hello,\n\nWait a week.\n\nJust reply if not.\n\nKind regards\n");
}

static void
test_missing(void **state)
{
	(void)state;
	check("transfer", "en", "Transfer",
	    "Hello,\n\nTell them first.\n\nWe still need:\n- whether they know\n- the name\n"
	    "- the date, see The guide (https://help.example.org/en)\n\nKind regards\n");
	check("transfert", "fr", "Transfert",
	    "Bonjour,\n\nPrévenez-le.\n\nIl nous manque :\n- s'il est prévenu\n- le "
	    "nom\n- la date\n\n"
	    "Cordialement\n");
}

/* Whatever a visitor writes, the answer is the rules' own. */
static void
test_no_visitor_text(void **state)
{
	(void)state;
	check("transfer {{link:guide}} <script> my student Evil {{missing}} told", "en", "Transfer",
	    "Hello,\n\nTell them first.\n\nWe still need:\n- whether they know\n"
	    "- the date, see The guide (https://help.example.org/en)\n\nKind regards\n");
}

static void
test_no_action(void **state)
{
	(void)state;
	assert_false(fixture_body("solved, thanks", NOW)->has_reply);
	assert_non_null(strstr(fixture.json.p, "\"reply\":null"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frame),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_no_visitor_text),
		cmocka_unit_test(test_no_action),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
