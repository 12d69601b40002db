/* SPDX-License-Identifier: MIT */
/* What a follow-up brings about, where integration tests do not get to: rules
 * that have lost the ticket's category, other versions of the digest. */
#include "pipeline_plan.h"

#include "decide_fixture.h"
#include "identity.h"
#include "rules_due.h"

#define NOW INT64_C(1768207260000) /* 2026-01-12, a Monday */

static struct strbuf scratch;
static struct ticket parts[2];
static struct wire_request wire;
static struct desk_ticket ticket;
static struct pipeline_plan plan;

static int
setup(void **state)
{
	identity_start();
	strbuf_init(&scratch, 0);
	return fixture_setup(state);
}

static int
teardown(void **state)
{
	strbuf_fini(&scratch);
	return fixture_teardown(state);
}

/* A ticket in that state, of that category, and a follow-up to it. */
static void
prepare(const char *state, const char *category)
{
	const struct rules_category *known = &fixture.policy->rules->categories[0];

	wire = (struct wire_request){
	    .op = WIRE_FOLLOW_UP,
	    .key = {.type = WIRE_TOKEN_STR, .bytes = STR("k")},
	    .token = STR("TOKEN"),
	    .ticket = {.subject = STR(""), .body = STR("Hello again, here is more about it.")},
	};
	memset(parts, 0, sizeof(parts));
	parts[1].subject = parts[1].body = STR("");
	ticket = (struct desk_ticket){
	    .uuid_text = STR("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"),
	    .reference = STR("0C07398F"),
	    .token = STR("TOKEN"),
	    .locale = fixture.policy->rules->locale_names[0],
	    .state = str_of(state),
	    .category = category != NULL ? str_of(category) : known->name,
	    .outcome = STR("needs_info"),
	    .team = known->team->name,
	    .priority = known->priority->name,
	    .received_ms = NOW - 3600000,
	    .asked = 1,
	    .parts = parts,
	    .part_count = 2,
	};
	plan = (struct pipeline_plan){
	    .wire = &wire,
	    .ticket = &ticket,
	    .policy = fixture.policy,
	    .decider = fixture.decider,
	    .now_ms = NOW,
	    .arena = fixture.arena,
	    .scratch = &scratch,
	};
}

static void
test_judge(void **state)
{
	(void)state;
	prepare("waiting", NULL);
	assert_int_equal(pipeline_plan_judge(&wire, &ticket), FOLLOW_UP_NEW);
	ticket.follow_up_count = 50;
	assert_int_equal(pipeline_plan_judge(&wire, &ticket), FOLLOW_UP_TOO_MANY);
	ticket.known = true;
	ticket.known_digest = (struct str){(const char *)wire.digest, DIGEST_BYTES};
	ticket.known_digest_version = WIRE_DIGEST_VERSION;
	assert_int_equal(pipeline_plan_judge(&wire, &ticket), FOLLOW_UP_REPEATED);
	ticket.known_digest = STR("another");
	assert_int_equal(pipeline_plan_judge(&wire, &ticket), FOLLOW_UP_CONFLICT);
	/* A digest of another version says nothing. */
	ticket.known_digest_version = WIRE_DIGEST_VERSION + 1;
	assert_int_equal(pipeline_plan_judge(&wire, &ticket), FOLLOW_UP_REPEATED);
	wire.token = STR("TOKEM");
	assert_int_equal(pipeline_plan_judge(&wire, &ticket), FOLLOW_UP_DENIED);
	wire.token = ticket.token = STR("");
	assert_int_equal(pipeline_plan_judge(&wire, &ticket), FOLLOW_UP_DENIED);
}

static void
test_category_is_gone(void **state)
{
	(void)state;
	prepare("waiting", "no.more");
	assert_int_equal(pipeline_plan_make(&plan), 0);
	assert_int_equal(plan.write.move, DESK_QUEUE);
	assert_true(plan.write.has_due);
	assert_false(plan.write.has_reply);
	assert_true(str_is(plan.receipt.state, "queued"));
	assert_true(str_is(plan.receipt.category, "no.more"));
	prepare("closed", "no.more");
	assert_int_equal(pipeline_plan_make(&plan), 0);
	assert_int_equal(plan.write.move, DESK_REOPEN);
	assert_true(plan.write.due_ms >= NOW);
	assert_false(plan.write.has_reply);
}

static void
test_language_is_gone(void **state)
{
	(void)state;
	prepare("waiting", NULL);
	ticket.locale = STR("xx");
	assert_int_equal(pipeline_plan_make(&plan), 0);
	assert_int_equal(plan.write.move, DESK_QUEUE);
	assert_false(plan.write.has_reply);
}

/* Silence about a team that is no more: its title could not be told. */
static void
test_team_is_gone(void **state)
{
	(void)state;
	prepare("closed", NULL);
	ticket.team = STR("no_more");
	assert_int_equal(pipeline_plan_make(&plan), 0);
	assert_int_equal(plan.write.move, DESK_REOPEN);
	assert_false(plan.write.has_reply);
	prepare("closed", NULL);
	assert_int_equal(pipeline_plan_make(&plan), 0);
	assert_true(plan.write.has_reply);
	assert_true(str_eq(plan.write.reply_body, plan.receipt.reply_body));
}

static void
test_stays(void **state)
{
	static const char *const states[] = {"queued", "held"};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		prepare(states[i], NULL);
		assert_int_equal(pipeline_plan_make(&plan), 0);
		assert_int_equal(plan.write.move, DESK_STAY);
		assert_int_equal(plan.metric, METRIC_FOLLOW_UP_ADDED);
		assert_false(plan.write.has_reply);
		assert_true(str_is(plan.receipt.state, states[i]));
	}
}

/* The route that holds with the follow-up takes the ticket to another team. */
static void
test_route(void **state)
{
	(void)state;
	prepare("waiting", "mentor.window");
	ticket.team = STR("desk");
	ticket.priority = STR("low");
	parts[1].body = STR("window");
	wire.ticket.body = STR("5 times");
	assert_int_equal(pipeline_plan_make(&plan), 0);
	assert_int_equal(plan.write.move, DESK_ASK);
	assert_true(str_is(plan.receipt.team, "night"));
	assert_non_null(strstr(plan.write.decision.p, "\"team\":\"night\",\"priority\":\"low\""));
	/* Asked often enough: to that team's people, by its time. */
	ticket.asked = 2;
	assert_int_equal(pipeline_plan_make(&plan), 0);
	assert_int_equal(plan.write.move, DESK_QUEUE);
	assert_true(str_is(plan.receipt.team, "night"));
	assert_int_equal(plan.write.due_ms, ticket.received_ms + INT64_C(24) * 3600000);
	assert_non_null(strstr(plan.write.reply_body.p, "The night shift has your message."));
	wire.ticket.body = STR("5 times https://example.org/x");
	assert_int_equal(pipeline_plan_make(&plan), 0);
	assert_true(str_is(plan.receipt.outcome, "routed"));
	assert_int_equal(plan.write.due_ms, ticket.received_ms + INT64_C(24) * 3600000);
	/* What closes it, or says nothing, leaves it where it was. */
	wire.ticket.body = STR("never");
	assert_int_equal(pipeline_plan_make(&plan), 0);
	assert_int_equal(plan.write.move, DESK_CLOSE);
	assert_true(str_is(plan.receipt.team, "desk"));
}

static void
test_due(void **state)
{
	const struct rules *rules = fixture.policy->rules;
	const struct rules_category *category = &rules->categories[0];

	(void)state;
	assert_true(rules_due(rules, category->team->name, category->priority->name, NOW) >=
	    NOW + category->priority->target_ms);
	assert_true(rules_due(rules, STR("no_more"), category->priority->name, NOW) ==
	    NOW + category->priority->target_ms);
	assert_true(rules_due(rules, STR("no_more"), STR("no_more"), NOW) == NOW);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_judge),
	    cmocka_unit_test(test_category_is_gone),
	    cmocka_unit_test(test_language_is_gone),
	    cmocka_unit_test(test_team_is_gone),
	    cmocka_unit_test(test_stays),
	    cmocka_unit_test(test_route),
	    cmocka_unit_test(test_due),
	};

	return cmocka_run_group_tests_name("pipeline_plan", tests, setup, teardown);
}
