/* SPDX-License-Identifier: MIT */
#include "answer.h"

#include "decide_fixture.h"

#define NOW "2026-04-15T12:00:00+02:00"
#define ADDRESS_EN "Here: https://help.example.org/add/{{reference}}#{{token}}"

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
	    "- the date, see The guide (https://help.example.org/en)\n" ADDRESS_EN
	    "\n\nKind regards\n");
	check("transfert", "fr", "Transfert",
	    "Bonjour,\n\nPrévenez-le.\n\nIl nous manque :\n- s'il est prévenu\n- le "
	    "nom\n- la date\n"
	    "Ici : https://help.example.org/ajout/{{reference}}#{{token}}\n\nCordialement\n");
}

/* Whatever a visitor writes, the answer is the rules' own. */
static void
test_no_visitor_text(void **state)
{
	(void)state;
	check("transfer {{link:guide}} <script> my student Evil {{missing}} told", "en", "Transfer",
	    "Hello,\n\nTell them first.\n\nWe still need:\n- whether they know\n"
	    "- the date, see The guide (https://help.example.org/en)\n" ADDRESS_EN
	    "\n\nKind regards\n");
}

static void
check_follow_up(const char *category, const char *body, const char *added, const char *text)
{
	struct ticket parts[] = {{.body = str_of(added)},
		{.audience = STR("mentor"), .body = str_of(body)}};
	struct decision decision;
	struct err err = {""};

	arena_reset(fixture.arena);
	assert_int_equal(decide_follow_up(fixture.decider,
	    rules_category_find(fixture.policy->rules, str_of(category)), 0, parts, 2, 0, 0,
	    fixture.arena, &decision, &err), 0);
	if (!str_is(decision.reply_body, text))
		fail_msg("%.*s", STR_ARG(decision.reply_body));
}

/* Asked again in other words, and the help-center text only as the answer. */
static void
test_follow_up(void **state)
{
	(void)state;
	check_follow_up("mentor.transfer", "", "4 May, yes",
	    "Hello,\n\nNearly there:\n- the name\n"
	    "At https://help.example.org/add/{{reference}}#{{token}}.\n\nKind regards\n");
	check_follow_up("mentor.pause", "", "from 4 May",
	    "Hello,\n\nOnly - the last day, "
	    "https://help.example.org/add/{{reference}}#{{token}}, desk\n\nKind regards\n");
	check_follow_up("mentor.transfer", "", "4 May, yes, Elif Kaya",
	    "Hello,\n\nOur desk will write to you.\n\nKind regards\n");
	check_follow_up("mentor.payment", "", "in progress",
	    "Hello,\n\nWait a week.\n\nJust reply if not.\n\nKind regards\n");
}

static void
test_reminder(void **state)
{
	const struct rules *rules = fixture.policy->rules;
	const struct rules_category *category = rules_category_find(rules, STR("mentor.pause"));
	const struct rules_field *missing[] = {&category->fields[1]};
	struct strbuf subject, body;

	(void)state;
	strbuf_init(&subject, 0);
	strbuf_init(&body, 0);
	assert_true(answer_reminder(rules, category, category->team, 0, missing, 1, &subject,
	    &body));
	assert_string_equal(subject.p, "Pause");
	assert_string_equal(body.p, "Hello,\n\nOur desk waits for:\n- the last day\n"
	    "At https://help.example.org/add/{{reference}}#{{token}}.\n\nKind regards\n");
	/* The French rules remind nobody, and say the first text again. */
	strbuf_clear(&body);
	assert_false(answer_reminder(rules, category, category->team, 1, missing, 1, &subject,
	    &body));
	assert_int_equal(body.n, 0);
	strbuf_fini(&subject);
	strbuf_fini(&body);
}

static void
test_to_people(void **state)
{
	const struct rules *rules = fixture.policy->rules;
	const struct rules_category *category = rules_category_find(rules, STR("mentor.pause"));
	struct strbuf subject, body;

	(void)state;
	strbuf_init(&subject, 0);
	strbuf_init(&body, 0);
	/* The team that has it, not the category's own. */
	assert_true(str_is(rules->teams[1].name, "night"));
	assert_true(answer_to_people(rules, category, &rules->teams[1], 0, &subject, &body));
	assert_string_equal(subject.p, "Pause");
	assert_string_equal(
	    body.p, "Hello,\n\nThe night shift has your message.\n\nKind regards\n");
	strbuf_clear(&body);
	assert_false(answer_to_people(rules, category, &rules->teams[1], 1, &subject, &body));
	assert_int_equal(body.n, 0);
	strbuf_fini(&subject);
	strbuf_fini(&body);
}

static void
check_address(const char *body, const char *expected)
{
	struct strbuf out;

	strbuf_init(&out, 0);
	strbuf_puts(&out, "");
	answer_address(str_of(body), STR("7XQ4M2ZK"), STR("t0k-en_"), &out);
	assert_string_equal(out.p, expected);
	strbuf_fini(&out);
}

static void
test_address(void **state)
{
	(void)state;
	check_address("", "");
	check_address("none", "none");
	check_address("Go to https://x/{{reference}}#{{token}}.",
	    "Go to https://x/7XQ4M2ZK#t0k-en_.");
	check_address("{{token}}{{token}} {{team}} {{x}}", "t0k-en_t0k-en_ {{team}} {{x}}");
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
		cmocka_unit_test(test_follow_up),
		cmocka_unit_test(test_reminder),
		cmocka_unit_test(test_to_people),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_no_action),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
