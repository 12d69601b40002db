/* SPDX-License-Identifier: MIT */
#include "classify.h"

#include <math.h>

#include "decide_fixture.h"

#define NOW "2026-04-15T12:00:00+02:00"

static double
score_of(const struct decision *decision, const char *name)
{
	size_t i;

	for (i = 0; i < decision->candidate_count; i++)
		if (str_is(decision->candidates[i].category->name, name))
			return decision->candidates[i].score;
	return 0;
}

static void
check(const struct ticket *ticket, const char *category, double alpha, double beta)
{
	const struct decision *decision = fixture_decide(ticket, NOW);

	if (!str_is(decision->category->name, category) ||
	    score_of(decision, "mentor.alpha") != alpha ||
	    score_of(decision, "mentor.beta") != beta)
		fail_msg("not %s %g %g: %s", category, alpha, beta, fixture.json.p);
}

static void
check_body(const char *body, const char *category, double alpha, double beta)
{
	struct ticket ticket = {.audience = STR("mentor"), .body = str_of(body)};

	check(&ticket, category, alpha, beta);
}

static void
test_weights(void **state)
{
	(void)state;
	check_body("alpha", "mentor.alpha", 5, 0);
	check_body("alpha alpha ALPHA", "mentor.alpha", 5, 0); /* once */
	check_body("alpha of the alphabet", "mentor.other", 2, 0);
	check_body("gamma", "mentor.other", 0, 4.5); /* below the minimum */
	check_body("beta alpha", "mentor.other", 5, 5); /* a third each */
	check_body("alpha or beta", "mentor.beta", 5, 6);
	check_body("beta gamma alpha", "mentor.beta", 5, 9.5);
	check_body("", "mentor.other", 0, 0);
}

/* A weight for a topic is for that of every audience. */
static void
test_concepts(void **state)
{
	struct ticket ticket = {.audience = STR("mentor"), .body = STR("bonjour alpha epsilone"),
		.form_locale = STR("fr")};
	const struct decision *decision;

	(void)state;
	check_body("alpha epsilon", "mentor.alpha", 7, 0);
	check_body("alpha eps and two epsilons", "mentor.alpha", 7, 0); /* once */
	check_body("alpha epsilone", "mentor.alpha", 5, 0); /* whole words of the language */
	check(&ticket, "mentor.alpha", 9, 1);
	check_body("alpha zeta", "mentor.other", 5, 0); /* the fallback has seven */
	/* The name with its audience comes before the topic's: eight, not seven. */
	ticket = (struct ticket){.audience = STR("coach"), .body = STR("silent zeta")};
	decision = fixture_decide(&ticket, NOW);
	assert_true(str_is(decision->category->name, "coach.other"));
	assert_true(score_of(decision, "coach.absent") == 7);
	/* The evidence says where. */
	decision = fixture_body("alpha epsilon", NOW);
	assert_int_equal(decision->evidence_count, 2);
	assert_true(str_is(decision->evidence[1].signal->concept->name, "epsilon"));
	assert_true(str_is(decision->evidence[1].quote, "epsilon"));
}

/* Of a word nothing may go on at either end; a sign is no word. */
static void
test_concept_edges(void **state)
{
	(void)state;
	check_body("alpha semi", "mentor.alpha", 7, 0);
	check_body("alpha semis", "mentor.alpha", 5, 0);
	check_body("alpha 50 % of it", "mentor.alpha", 7, 0);
	check_body("alpha a50 % of it", "mentor.alpha", 5, 0);
	check_body("alpha half?", "mentor.alpha", 7, 0);
	check_body("alpha half?? no", "mentor.alpha", 7, 0);
	check_body("alpha behalf?", "mentor.alpha", 5, 0);
	check_body("alpha half", "mentor.alpha", 5, 0);
	check_body("alpha 'eta' no", "mentor.alpha", 7, 0);
	check_body("alpha theta", "mentor.alpha", 7, 0);
	check_body("alpha thetas", "mentor.alpha", 5, 0);
	check_body("alpha iotab", "mentor.alpha", 7, 0);
	check_body("alpha iotabc", "mentor.alpha", 5, 0);
}

/* What speaks for the fallback has to be led over, but is no candidate. */
static void
test_fallback(void **state)
{
	(void)state;
	check_body("alpha elsewhere", "mentor.other", 5, 0);
	check_body("beta gamma elsewhere", "mentor.beta", 0, 9.5);
	check_body("elsewhere", "mentor.other", 0, 0);
}

static void
test_parts(void **state)
{
	struct ticket ticket = {.audience = STR("mentor"), .subject = STR("Urgent alpha")};

	(void)state;
	check(&ticket, "mentor.alpha", 8, 0);
	ticket.body = STR("urgent alpha");
	check(&ticket, "mentor.alpha", 8, 0);
	ticket.subject = STR("alpha");
	check(&ticket, "mentor.alpha", 5, 0);
}

static void
test_locales(void **state)
{
	struct ticket ticket = {.audience = STR("mentor"), .body = STR("bonjour alpha")};

	(void)state;
	check(&ticket, "mentor.alpha", 5, 0); /* too short: the default is English */
	ticket.form_locale = STR("fr");
	check(&ticket, "mentor.alpha", 7, 0);
	ticket.body = STR("bonjour alpha alphabet");
	check(&ticket, "mentor.alpha", 7, 0);
	ticket.body = STR("bonjour alpha alphabet: this is what I have on my desk");
	check(&ticket, "mentor.other", 2, 0); /* the text says English */
}

static void
test_boxes_and_attachments(void **state)
{
	struct ticket_field box = {STR("alpha_box"), {.type = VALUE_TEXT, .text = STR("x")}};
	struct ticket_attachment file = {
	    .name = STR("My Älpha.pdf"), .type = STR("application/pdf")};
	struct ticket ticket = {.audience = STR("mentor"), .body = STR("alpha"), .fields = &box,
		.field_count = 1, .attachments = &file, .attachment_count = 1};

	(void)state;
	check(&ticket, "mentor.alpha", 9, 0);
	box.value.text = STR("  ");
	check(&ticket, "mentor.alpha", 7, 0);
	box.value = (struct value){.type = VALUE_BOOLEAN};
	file.name = STR("beta.pdf");
	check(&ticket, "mentor.alpha", 7, 0);
	box.value = (struct value){.type = VALUE_NONE};
	check(&ticket, "mentor.alpha", 5, 0);
}

static void
test_reason(void **state)
{
	struct ticket ticket = {.audience = STR("mentor"), .body = STR("gamma")};
	const struct decision *decision;

	(void)state;
	ticket.reason = STR("mentor.beta");
	check(&ticket, "mentor.beta", 0, 8.5);
	ticket.body = STR("nothing");
	check(&ticket, "mentor.other", 0, 4); /* evidence, not proof */
	ticket.body = STR("alpha alpha");
	check(&ticket, "mentor.alpha", 5, 4);
	assert_int_equal(fixture.decision.warning_count, 1);
	assert_true(str_is(fixture.decision.warnings[0].path, "reason"));
	assert_true(str_is(fixture.decision.warnings[0].code, "reason_mismatch"));
	/* Chosen, the fallback has nine. */
	ticket.reason = STR("mentor.other");
	check(&ticket, "mentor.other", 5, 0);
	assert_int_equal(fixture.decision.warning_count, 0);
	ticket.body = STR("beta gamma");
	check(&ticket, "mentor.beta", 0, 9.5);
	assert_true(str_is(fixture.decision.warnings[0].code, "reason_mismatch"));
	ticket.body = STR("alpha");
	ticket.reason = STR("mentor.alpha");
	check(&ticket, "mentor.alpha", 9, 0);
	assert_int_equal(fixture.decision.warning_count, 0);
	ticket.reason = STR("mentor.other");
	ticket.body = STR("nothing");
	decision = fixture_decide(&ticket, NOW);
	assert_int_equal(decision->evidence_count, 1);
	assert_null(decision->evidence[0].signal);
	assert_int_equal(decision->warning_count, 0);
	ticket.reason = STR("mentor.nonsense");
	decision = fixture_decide(&ticket, NOW);
	assert_int_equal(decision->warning_count, 1);
	assert_true(str_is(decision->warnings[0].path, "reason"));
	assert_true(str_is(decision->warnings[0].code, "unknown_reason"));
	ticket.reason = STR("coach.absent");
	decision = fixture_decide(&ticket, NOW);
	assert_true(str_is(decision->warnings[0].code, "reason_of_other_audience"));
	assert_int_equal(decision->candidate_count, 0);
}

static void
test_audience(void **state)
{
	struct ticket ticket = {.audience = STR("coach"), .body = STR("alpha")};

	(void)state;
	check(&ticket, "coach.other", 0, 0);
	ticket.audience = STR("mentor");
	ticket.body = STR("silent");
	check(&ticket, "mentor.other", 0, 0);
}

static void
check_confidence(const char *body, double wanted)
{
	double confidence = fixture_body(body, NOW)->confidence;

	if (fabs(confidence - wanted) > 0.0001)
		fail_msg("%s: %f, not %f", body, confidence, wanted);
}

static void
test_chatter(void **state)
{
	(void)state;
	fixture_category(fixture_body("solved, thanks", NOW), "mentor.other", OUTCOME_NO_ACTION);
	assert_false(fixture.decision.has_reply);
	assert_int_equal(fixture.decision.missing_count, 0);
	assert_int_equal(fixture.decision.evidence_count, 2);
	assert_null(fixture.decision.evidence[0].category);
	fixture_category(fixture_body("thanks", NOW), "mentor.other", OUTCOME_NEEDS_INFO);
	fixture_category(fixture_body("solved, thanks, but", NOW), "mentor.other",
	    OUTCOME_NEEDS_INFO);
	/* A concept speaks for it, too. */
	fixture_category(fixture_body("solved epsilon", NOW), "mentor.other", OUTCOME_NO_ACTION);
	/* It is one of those that may win: nobody else with less than that does. */
	fixture_category(fixture_body("beta gamma solved, thanks", NOW), "mentor.beta",
	    OUTCOME_ROUTED);
	/* Nobody is left unread who is not surely done. */
	fixture_category(fixture_body("gamma solved, thanks", NOW), "mentor.other",
	    OUTCOME_NEEDS_INFO);
	fixture_category(fixture_body("gamma solved, thanks, epsilon", NOW), "mentor.other",
	    OUTCOME_NO_ACTION);
	/* It takes from the others' confidence, but only where it may win. */
	fixture_category(fixture_body("alpha epsilon, solved, thanks", NOW), "mentor.alpha",
	    OUTCOME_ROUTED);
	assert_true(fixture.decision.confidence < fixture_body("alpha eps", NOW)->confidence);
	check_confidence("alpha epsilon, thanks", fixture_body("alpha eps", NOW)->confidence);
}

/* The share of the first score among those that are not zero, the fallback's
 * minimum, and the others of the audience at zero. */
static double
share_of(double first, double second)
{
	const struct rules *rules = fixture.policy->rules;
	double zeros = -2; /* two are counted below; chatter is below its minimum */
	size_t i;

	for (i = 0; i < rules->category_count; i++)
		zeros += rules->categories[i].audience == 0 && !rules->categories[i].fallback;
	return exp(first) / (exp(first) + exp(second) + exp(rules->min_score) + zeros);
}

static void
test_confidence(void **state)
{
	(void)state;
	check_confidence("alpha", share_of(5, 0));
	check_confidence("alpha or beta", share_of(6, 5));
	check_confidence("beta gamma alpha", share_of(9.5, 5));
	/* The fallback's own share, which is as large as theirs: less than is asked for. */
	check_confidence("beta alpha", share_of(5, 5));
	assert_true(share_of(5, 5) < fixture.policy->rules->min_confidence);
	assert_true(share_of(5, 0) > fixture.policy->rules->min_confidence);
}

static void
test_evidence(void **state)
{
	struct ticket ticket = {.audience = STR("mentor"), .subject = STR("URGENT  ÄLPHA"),
		.body = STR("é bonjour Alphabet")};
	const struct decision *decision = fixture_decide(&ticket, NOW);

	(void)state;
	assert_true(str_is(decision->category->name, "mentor.alpha"));
	assert_int_equal(decision->evidence_count, 3);
	assert_true(decision->evidence[0].weight == 5);
	assert_true(str_is(decision->evidence[0].quote, "ÄLPHA"));
	assert_int_equal(decision->evidence[0].start, 8);
	assert_int_equal(decision->evidence[0].end, 14);
	assert_int_equal(decision->evidence[0].part, PART_SUBJECT);
	assert_true(decision->evidence[1].weight == -3);
	assert_int_equal(decision->evidence[1].part, PART_BODY);
	assert_int_equal(decision->evidence[1].start, 11);
	assert_true(str_is(decision->evidence[1].quote, "Alphabet"));
	assert_true(str_is(decision->evidence[2].quote, "URGENT  ÄLPHA"));
}

static void
test_runner_up(void **state)
{
	const struct decision *decision = fixture_body("beta gamma alpha", NOW);

	(void)state;
	assert_true(str_is(decision->runner_up.category->name, "mentor.alpha"));
	assert_int_equal(decision->candidate_count, 2);
	decision = fixture_body("alpha", NOW);
	assert_null(decision->runner_up.category);
	/* Equal scores: by name. */
	decision = fixture_body("beta alpha", NOW);
	assert_true(str_is(decision->candidates[0].category->name, "mentor.alpha"));
	assert_true(str_is(decision->runner_up.category->name, "mentor.alpha"));
	/* Six that score, five that are kept. */
	decision = fixture_body("transfer waiting recap payment novice beta", NOW);
	assert_int_equal(decision->candidate_count, 5);
	assert_true(str_is(decision->candidates[0].category->name, "mentor.novice"));
	assert_true(str_is(decision->candidates[4].category->name, "mentor.waiting"));
}

/* Why the best losers lost: the first condition, and what spoke against them. */
static void
test_near_misses(void **state)
{
	const struct decision *decision =
	    fixture_body("beta gamma, the alpha of an alphabet", NOW);
	const struct decision_candidate *all = decision->candidates;

	(void)state;
	assert_int_equal(decision->candidate_count, 2);
	assert_int_equal(all[0].why_not, WHY_NOT_SAID);
	assert_int_equal(all[1].why_not, WHY_LOW_SCORE);
	assert_true(str_is(all[1].against->pattern->source, "\\balphabet\\b"));
	decision = fixture_body("beta alpha", NOW);
	all = decision->candidates;
	assert_int_equal(all[0].why_not, WHY_UNSURE);
	assert_int_equal(all[1].why_not, WHY_UNSURE);
	assert_null(all[1].against);
	decision = fixture_body("alphabet alpha", NOW);
	assert_int_equal(decision->candidates[0].why_not, WHY_LOW_SCORE);
	/* Three of them are enough. */
	decision = fixture_body("transfer waiting recap payment novice beta", NOW);
	assert_int_not_equal(decision->candidates[2].why_not, WHY_NOT_SAID);
	assert_int_equal(decision->candidates[4].why_not, WHY_NOT_SAID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_concepts),
		cmocka_unit_test(test_concept_edges),
		cmocka_unit_test(test_fallback),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_locales),
		cmocka_unit_test(test_boxes_and_attachments),
		cmocka_unit_test(test_reason),
		cmocka_unit_test(test_audience),
		cmocka_unit_test(test_chatter),
		cmocka_unit_test(test_confidence),
		cmocka_unit_test(test_evidence),
		cmocka_unit_test(test_runner_up),
		cmocka_unit_test(test_near_misses),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
