/* SPDX-License-Identifier: MIT */
#include "gate.h"

#include "decide_fixture.h"

static void
check(const char *body, const char *now, const char *category, enum outcome outcome,
    const char *missing)
{
	const struct decision *decision = fixture_body(body, now);

	fixture_category(decision, category, outcome);
	fixture_missing(decision, missing);
}

static void
test_day_of_month(void **state)
{
	(void)state;
	/* Local midnight, with winter and with summer time. */
	check("recap", "2026-01-06T23:59:59+01:00", "mentor.recap", OUTCOME_ANSWERED, "");
	check("recap", "2026-01-07T00:00:00+01:00", "mentor.recap", OUTCOME_ROUTED, "");
	check("recap", "2026-01-06T22:59:59Z", "mentor.recap", OUTCOME_ANSWERED, "");
	check("recap", "2026-01-06T23:00:00Z", "mentor.recap", OUTCOME_ROUTED, "");
	check("recap", "2026-07-06T23:59:59+02:00", "mentor.recap", OUTCOME_ANSWERED, "");
	check("recap", "2026-07-07T00:00:00+02:00", "mentor.recap", OUTCOME_ROUTED, "");
	check("recap", "2026-07-06T21:59:59Z", "mentor.recap", OUTCOME_ANSWERED, "");
	check("recap", "2026-07-06T22:00:00Z", "mentor.recap", OUTCOME_ROUTED, "");
	check("recap", "2026-01-31T23:59:59+01:00", "mentor.recap", OUTCOME_ROUTED, "");
	check("recap", "2026-02-01T00:00:00+01:00", "mentor.recap", OUTCOME_ANSWERED, "");
	assert_true(str_is(fixture.decision.gate->when.name, "seventh"));
}

static void
test_age_in_months(void **state)
{
	(void)state;
	check("waiting since 2026-03-10", "2026-04-09T23:59:59+02:00", "mentor.waiting",
	    OUTCOME_ANSWERED, "");
	check("waiting since 2026-03-10", "2026-04-10T00:00:00+02:00", "mentor.waiting",
	    OUTCOME_ROUTED, "");
	check("waiting since 2026-01-31", "2026-02-27T23:59:59+01:00", "mentor.waiting",
	    OUTCOME_ANSWERED, "");
	check("waiting since 2026-01-31", "2026-02-28T00:00:00+01:00", "mentor.waiting",
	    OUTCOME_ROUTED, "");
	check("waiting since 2027-03-10", "2026-04-10T00:00:00+02:00", "mentor.waiting",
	    OUTCOME_ANSWERED, "");
	check("I have been waiting since 10 March", "2026-04-10T00:00:00+02:00", "mentor.waiting",
	    OUTCOME_ROUTED, "");
	/* Of a field called …_since, a bare length is time gone by. */
	check("waiting, nobody, two months", "2026-04-10T00:00:00+02:00", "mentor.waiting",
	    OUTCOME_ROUTED, "");
	check("waiting, nobody, two weeks", "2026-04-10T00:00:00+02:00", "mentor.waiting",
	    OUTCOME_ANSWERED, "");
}

/* A week ahead at most, and a month gone by at most. */
static void
test_age_limits(void **state)
{
	static const char ahead[] = "window on 2026-04-05, twice, https://example.org/x";
	static const char gone[] = "window on 2026-03-10, twice, https://example.org/x";

	(void)state;
	/* Over the night in which summer time begins. */
	check(ahead, "2026-03-28T23:59:59+01:00", "mentor.window", OUTCOME_ANSWERED, "");
	assert_true(str_is(fixture.decision.gate->when.name, "soon"));
	check(ahead, "2026-03-29T00:00:00+01:00", "mentor.window", OUTCOME_ROUTED, "");
	check(ahead, "2026-03-28T23:00:00Z", "mentor.window", OUTCOME_ROUTED, "");
	check(ahead, "2026-04-05T23:59:59+02:00", "mentor.window", OUTCOME_ROUTED, "");
	check(gone, "2026-04-10T23:59:59+02:00", "mentor.window", OUTCOME_ROUTED, "");
	check(gone, "2026-04-11T00:00:00+02:00", "mentor.window", OUTCOME_NEEDS_INFO, "first_day");
	assert_true(str_is(fixture.decision.gate->when.name, "recent"));
	check(gone, "2026-04-10T22:00:00Z", "mentor.window", OUTCOME_NEEDS_INFO, "first_day");
}

static void
test_self_service(void **state)
{
	struct ticket ticket = {.audience = STR("mentor"), .body = STR("helped")};

	(void)state;
	check("helped", "2026-04-10T00:00:00+02:00", "mentor.helped", OUTCOME_ROUTED, "");
	ticket.form_locale = STR("fr");
	fixture_category(fixture_decide(&ticket, "2026-04-10T00:00:00+02:00"), "mentor.helped",
	    OUTCOME_ANSWERED);
	assert_null(fixture.decision.gate);
}

static void
test_unknown(void **state)
{
	struct ticket ticket = {.audience = STR("mentor"), .form_locale = STR("fr"),
		.body = STR("window https://example.org/x")};
	const struct decision *decision;

	(void)state;
	/* Asked for in English; French has no such question. */
	check("I have been waiting for the student", "2026-04-10T00:00:00+02:00", "mentor.waiting",
	    OUTCOME_NEEDS_INFO, "waiting_since");
	decision = fixture_body("j'attends, je ne vous ai pas", "2026-04-10T00:00:00+02:00");
	fixture_category(decision, "mentor.waiting", OUTCOME_ANSWERED);
	assert_true(str_is(decision->gate->when.name, "a_month"));
	fixture_missing(decision, "");
	/* What the gate says: it holds; or the help text, though it could be asked for. */
	check("window, twice, https://example.org/x", "2026-04-10T00:00:00+02:00",
	    "mentor.window", OUTCOME_ROUTED, "");
	check("window https://example.org/x", "2026-04-10T00:00:00+02:00", "mentor.window",
	    OUTCOME_ANSWERED, "");
	assert_true(str_is(fixture.decision.gate->when.name, "twice"));
	/* A gate of another language says nothing. */
	fixture_category(fixture_decide(&ticket, "2026-04-10T00:00:00+02:00"), "mentor.window",
	    OUTCOME_ROUTED);
}

static void
test_several(void **state)
{
	(void)state;
	check("payment", "2026-04-10T12:00:00+02:00", "mentor.payment", OUTCOME_NEEDS_INFO,
	    "invoice_status paid_since");
	/* The first gate answers, so the second does not ask. */
	check("payment in progress", "2026-04-10T12:00:00+02:00", "mentor.payment",
	    OUTCOME_ANSWERED, "");
	check("payment marked paid", "2026-04-10T12:00:00+02:00", "mentor.payment",
	    OUTCOME_NEEDS_INFO, "paid_since");
	check("payment marked paid on 2 April", "2026-04-09T23:59:59+02:00", "mentor.payment",
	    OUTCOME_ANSWERED, "");
	check("payment marked paid on 2 April", "2026-04-10T00:00:00+02:00", "mentor.payment",
	    OUTCOME_ROUTED, "");
	/* The second answers over the first one's question. */
	check("payment paid on 9 April", "2026-04-10T00:00:00+02:00", "mentor.payment",
	    OUTCOME_ANSWERED, "");
}

static void
test_denied(void **state)
{
	const struct decision *decision;

	(void)state;
	check("Transfer of my student Elif Kaya from 20 April. I told her.",
	    "2026-04-02T12:00:00+02:00", "mentor.transfer", OUTCOME_ROUTED, "");
	decision = fixture_body(
	    "Transfer of my student Elif Kaya from 20 April. I have not told her.",
	    "2026-04-02T12:00:00+02:00");
	fixture_category(decision, "mentor.transfer", OUTCOME_NEEDS_INFO);
	fixture_missing(decision, "student_warned");
	assert_null(fixture_found(decision, "student_warned"));
	assert_true(str_is(decision->gate->when.name, "warned"));
}

static void
test_count(void **state)
{
	static const struct {
		const char *body;
		enum outcome outcome;
	} cases[] = {
		{"My student Elif Kaya is silent, I wrote two times", OUTCOME_ANSWERED},
		{"My student Elif Kaya is silent, I wrote three times", OUTCOME_ROUTED},
		{"My student Elif Kaya is silent, I wrote 4 times", OUTCOME_ROUTED},
		{"My student Elif Kaya is silent, I wrote", OUTCOME_NEEDS_INFO},
		/* Fewer than three is an answer, also while the name is missing. */
		{"the student is silent, I wrote two times", OUTCOME_ANSWERED},
		/* What was said against it wins over the number. */
		{"My student Elif Kaya is silent, I mail three times a day but tried only once",
		    OUTCOME_ANSWERED},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ticket ticket = {.audience = STR("coach"), .body = str_of(cases[i].body)};

		fixture_category(fixture_decide(&ticket, "2026-04-02T12:00:00+02:00"),
		    "coach.absent", cases[i].outcome);
		fixture_missing(&fixture.decision,
		    cases[i].outcome == OUTCOME_NEEDS_INFO ? "attempts" : "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_day_of_month),
		cmocka_unit_test(test_age_in_months),
		cmocka_unit_test(test_age_limits),
		cmocka_unit_test(test_self_service),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_denied),
		cmocka_unit_test(test_count),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
