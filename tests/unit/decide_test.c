/* SPDX-License-Identifier: MIT */
#include "decide.h"

#include "decide_fixture.h"

#define NOW "2026-04-15T12:00:00+02:00"

static void
check_due(const char *body, const char *now, const char *due)
{
	const struct decision *decision = fixture_body(body, now);
	int64_t ms = 0;

	assert_true(decision->has_due);
	assert_int_equal(timestamp_parse(str_of(due), &ms), 0);
	if (decision->due_ms != ms || strstr(fixture.json.p, due) == NULL)
		fail_msg("not %s: %s", due, fixture.json.p);
}

static void
test_due(void **state)
{
	struct ticket ticket = {.audience = STR("coach"), .body = STR("x")};

	(void)state;
	check_due("alpha", "2026-04-15T12:00:00+02:00", "2026-04-17T18:00:00+02:00");
	check_due("recap", "2026-04-17T16:00:00+02:00", "2026-04-20T11:00:00+02:00");
	/* Over a holiday, and over the night in which summer time begins. */
	check_due("alpha", "2026-04-03T16:00:00+02:00", "2026-04-09T13:00:00+02:00");
	check_due("recap", "2026-03-27T16:00:00+01:00", "2026-03-30T11:00:00+02:00");
	/* In the policy's zone, whatever the clock was written in. */
	check_due("recap", "2026-01-15T10:00:00Z", "2026-01-15T15:00:00+01:00");
	/* Only when routed. */
	assert_false(fixture_body("transfer", NOW)->has_due);
	assert_false(fixture_body("payment in progress", NOW)->has_due);
	/* A team without a calendar works all hours. */
	assert_int_equal(fixture_decide(&ticket, NOW)->outcome, OUTCOME_ROUTED);
	assert_int_equal(fixture.decision.due_ms - fixture.decision.clock_ms, 24 * 3600000);
}

static void
check_owner(const struct decision *decision, const char *route, const char *team,
    const char *priority)
{
	if (!str_is(decision->team->name, team) || !str_is(decision->priority->name, priority) ||
	    (decision->route == NULL) != (route == NULL) ||
	    (route != NULL && !str_is(decision->route->when.name, route)))
		fail_msg("not %s of %s by %s: %s", priority, team, route, fixture.json.p);
}

#define WINDOW(rest) "window " rest ", https://example.org/x"

static void
test_routes(void **state)
{
	struct ticket french = {.audience = STR("mentor"), .form_locale = STR("fr"),
		.body = STR("window https://example.org/x")};
	const struct decision *decision;

	(void)state;
	check_owner(fixture_body(WINDOW("twice on 2026-04-20"), NOW), NULL, "desk", "low");
	check_owner(fixture_body(WINDOW("twice on 2026-04-15"), NOW), "begun", "desk", "high");
	check_due(WINDOW("twice on 2026-04-15"), NOW, "2026-04-15T16:00:00+02:00");
	/* The first that holds decides all: team or priority, else the category's. */
	decision = fixture_body(WINDOW("on 2026-04-15, 5 times"), NOW);
	check_owner(decision, "often", "night", "low");
	assert_non_null(strstr(fixture.json.p, "\"team\":\"night\",\"priority\":\"low\","));
	assert_non_null(strstr(fixture.json.p, "{\"signal\":\"route\",\"pattern\":\"often\","));
	assert_non_null(strstr(decision->reply_body.p, "Hello,\n\nOur night shift looks."));
	decision = fixture_body(WINDOW("twice on 2026-04-15"), NOW);
	assert_non_null(strstr(decision->reply_body.p, "Wait.\n\nOur "));
	check_due(WINDOW("5 times"), NOW, "2026-04-16T12:00:00+02:00"); /* no calendar */
	/* Who would own it, also where nobody gets it; by a date that is asked for again. */
	decision = fixture_body(WINDOW("never on 2026-04-15"), NOW);
	fixture_category(decision, "mentor.window", OUTCOME_ANSWERED);
	check_owner(decision, "begun", "desk", "high");
	decision = fixture_body(WINDOW("twice on 2026-01-15"), NOW);
	fixture_category(decision, "mentor.window", OUTCOME_NEEDS_INFO);
	check_owner(decision, "begun", "desk", "high");
	/* Of one language. */
	check_owner(fixture_decide(&french, "2026-04-19T23:59:59+02:00"), NULL, "desk", "low");
	check_owner(fixture_decide(&french, "2026-04-20T00:00:00+02:00"), "late", "night", "high");
	check_owner(
	    fixture_body(WINDOW("twice"), "2026-04-20T00:00:00+02:00"), NULL, "desk", "low");
}

static void
test_never_both(void **state)
{
	static const char *const bodies[] = {"transfer", "transfer, I have not told her", "novice",
		"payment marked paid", "waiting since 1 April", "", "solved thanks"};
	size_t i, k, m;

	(void)state;
	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		const struct decision *decision = fixture_body(bodies[i], NOW);

		assert_true((decision->outcome == OUTCOME_NEEDS_INFO) ==
			    (decision->missing_count > 0));
		for (k = 0; k < decision->missing_count; k++)
			for (m = 0; m < decision->found_count; m++)
				assert_ptr_not_equal(
				    decision->missing[k], decision->found[m].field);
	}
}

static void
test_audience(void **state)
{
	struct ticket ticket = {.audience = STR("nobody")};
	struct decision decision;
	struct err err = {""};

	(void)state;
	assert_int_equal(decide(fixture.decider, &ticket, 0, fixture.arena, &decision, &err), -1);
	assert_non_null(strstr(err.text, "nobody"));
}

/* With every ceiling: a decision, or a clean refusal. */
static void
test_full_arena(void **state)
{
	struct ticket ticket = {.audience = STR("mentor"),
		.body = STR("transfer of my student Elif Kaya from 20 April. I told her.")};
	size_t limit, refused = 0, done = 0;
	char *body = malloc(65536);

	(void)state;
	assert_non_null(body);
	memset(body, 'e', 65536);
	for (limit = 8192; limit <= 1048576; limit += 8192) {
		struct arena *arena = arena_new(limit);
		struct decision decision;
		struct err err = {""};

		ticket.subject = (struct str){body, 65536};
		if (decide(fixture.decider, &ticket, 1776247200000, arena, &decision, &err) < 0) {
			assert_true(err.text[0] != '\0');
			refused++;
		} else
			done++;
		arena_free(arena);
	}
	assert_true(refused > 0 && done > 0);
	free(body);
}

/* A limit hit on a signal: a person reads it, and nothing is asked for. To the
 * scan the signal holds all the same, only without its place. */
static void
test_undecided(void **state)
{
	struct ticket ticket = {.audience = STR("mentor")};
	struct pattern *slow, *kept;
	struct decision by_scan, by_oracle;
	struct err err = {""};
	size_t offset = 0, i;
	char body[400] = "alpha ";

	(void)state;
	if (!fixture.policy->scan_sound)
		skip(); /* decides as the oracle does, always */
	for (i = 0; i < 50; i++)
		strcat(body, "aaaaaa");
	/* The scan finds "alpha", PCRE2 gives up. */
	slow = pattern_compile(STR("^alpha (?:a+)+(?:a+)+[bc]"), PATTERN_FOLDED, &offset, &err);
	assert_non_null(slow);
	for (i = 0; i < fixture.policy->rules->pattern_count; i++)
		if (str_is(fixture.policy->rules->patterns[i]->source, "\\balpha\\b"))
			break;
	kept = fixture.policy->patterns[i];
	fixture.policy->patterns[i] = slow;
	ticket.body = str_of(body);
	arena_reset(fixture.arena);
	assert_int_equal(
	    decide(fixture.decider, &ticket, 0, fixture.arena, &by_scan, &err), 0);
	assert_int_equal(
	    decide(fixture.oracle, &ticket, 0, fixture.arena, &by_oracle, &err), 0);
	fixture.policy->patterns[i] = kept;
	pattern_free(slow);
	fixture_category(&by_scan, "mentor.alpha", OUTCOME_ROUTED);
	assert_true(by_scan.undecided > 0);
	assert_int_equal(by_scan.evidence_count, 1);
	assert_null(by_scan.evidence[0].quote.p);
	fixture_category(&by_oracle, "mentor.other", OUTCOME_ROUTED);
	assert_true(by_oracle.undecided > 0);
	assert_int_equal(by_oracle.missing_count, 0);
	assert_true(by_oracle.has_due);
	fixture_category(fixture_body(body, NOW), "mentor.alpha", OUTCOME_ROUTED);
	assert_int_equal(fixture.decision.undecided, 0);
}

/* Any mixture of words: by scan and by oracle the same (the fixture compares),
 * and twice the same. */
static void
test_oracle(void **state)
{
	static const char *const words[] = {"alpha", "beta", "gamma", "alphabet",
	    "urgent", "transfer", "novice", "payment", "waiting", "since", "10 March",
	    "my student", "Elif Kaya", "told her", "not", "paid on 2 April",
	    "marked paid", "в работе", "élève", "𝔞lpha", "\n\n", ".", "thanks", "solved",
	    "recap", "silent", "3 times", "epsilon", "zeta", "window", "twice", "helped",
	    "ALPHA", "ａｌｐｈａ", "e\xCC\x81", "🙂",
	    "<b>", "le", "de"};
	unsigned seed = 1;
	int round, i;

	(void)state;
	for (round = 0; round < 3000; round++) {
		char subject[512] = "", body[1024] = "";
		struct ticket ticket = {.audience = round % 3 == 0 ? STR("coach") : STR("mentor")};

		for (i = 0; i < 12; i++) {
			seed = seed * 1664525 + 1013904223;
			strcat(i < 3 ? subject : body,
			    words[(seed >> 16) % (sizeof(words) / sizeof(words[0]))]);
			strcat(i < 3 ? subject : body, " ");
		}
		ticket.subject = str_of(subject);
		ticket.body = str_of(body);
		fixture_decide(&ticket, NOW);
	}
}

/* So many bytes of other words, and the last. */
static const struct decision *
decision_behind(size_t bytes, const char *last)
{
	struct strbuf body;
	const struct decision *decision;

	strbuf_init(&body, 0);
	while (body.n + 1 < bytes)
		strbuf_putc(&body, body.n % 4 == 3 ? ' ' : 'o');
	strbuf_putc(&body, ' ');
	strbuf_puts(&body, last);
	decision = fixture_body(body.p, NOW);
	strbuf_fini(&body);
	return decision;
}

/* A long text without an end of a sentence is searched window by window: a word at
 * an edge is neither overlooked nor cut in two, and no text takes for ever. */
static void
test_long_text(void **state)
{
	size_t bytes;

	(void)state;
	for (bytes = 4000; bytes < 4200; bytes++) {
		const struct decision *decision = decision_behind(bytes, "alpha now");

		fixture_category(decision, "mentor.alpha", OUTCOME_ROUTED);
		assert_int_equal(decision->evidence_count, 1);
		assert_int_equal(decision->evidence[0].start, bytes);
		fixture_category(decision_behind(bytes, "alphas"), "mentor.other",
		    OUTCOME_NEEDS_INFO); /* details */
	}
}

static void
test_json(void **state)
{
	(void)state;
	fixture_body("alpha", "2026-04-15T12:00:00+02:00");
	assert_non_null(
	    strstr(fixture.json.p, "{\"id\":\"x\",\"category\":\"mentor.alpha\","
				   "\"outcome\":\"routed\",\"team\":\"desk\","
				   "\"priority\":\"low\",\"due_at\":\"2026-04-17T18:00:"
				   "00+02:00\",\"missing\":[],\"found\":{},"
				   "\"confidence\":0."));
	assert_non_null(
	    strstr(fixture.json.p, "\"evidence\":[{\"signal\":\"text\","
				   "\"pattern\":\"\\\\balpha\\\\b\",\"weight\":5.00,"
				   "\"part\":\"body\",\"start\":0,\"end\":5,"
				   "\"quote\":\"alpha\"}],\"warnings\":[]}"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_due),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_never_both),
		cmocka_unit_test(test_audience),
		cmocka_unit_test(test_full_arena),
		cmocka_unit_test(test_undecided),
		cmocka_unit_test(test_oracle),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
