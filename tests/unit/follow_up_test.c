/* SPDX-License-Identifier: MIT */
/*
 * decide_follow_up: the decision on a ticket with what its requester added.
 */
#include "decide.h"

#include "answer.h"
#include "decide_fixture.h"

#define RECEIVED "2026-04-10T12:00:00+02:00" /* a Friday */
#define NOW "2026-04-15T12:00:00+02:00"      /* the Wednesday after */
#define PARTS 6

static struct ticket parts[PARTS]; /* newest first */
static size_t part_count;

/* The ticket as submitted. */
static void
begin(const char *body)
{
	memset(parts, 0, sizeof(parts));
	parts[0] = (struct ticket){.audience = STR("mentor"), .body = str_of(body),
		.requester_name = STR("Paul Martin")};
	part_count = 1;
}

static struct ticket *
add(const char *body)
{
	assert_true(part_count < PARTS);
	memmove(parts + 1, parts, part_count++ * sizeof(parts[0]));
	parts[0] = (struct ticket){.body = str_of(body)};
	return &parts[0];
}

static int64_t
ms_of(const char *time)
{
	int64_t ms = 0;

	assert_int_equal(timestamp_parse(str_of(time), &ms), 0);
	return ms;
}

/* By the scan and by the oracle the same. */
static const struct decision *
settle_at(const char *category, unsigned locale, const char *now)
{
	const struct rules_category *of =
	    rules_category_find(fixture.policy->rules, str_of(category));
	struct decision again;
	struct err err = {""};

	arena_reset(fixture.arena);
	if (decide_follow_up(fixture.oracle, of, locale, parts, part_count, ms_of(now),
	    ms_of(RECEIVED), fixture.arena, &again, &err) < 0 ||
	    decide_follow_up(fixture.decider, of, locale, parts, part_count, ms_of(now),
	    ms_of(RECEIVED), fixture.arena, &fixture.decision, &err) < 0)
		fail_msg("%s", err.text);
	fixture_print(&fixture.json, &fixture.decision);
	fixture_print(&fixture.oracle_json, &again);
	assert_string_equal(fixture.json.p, fixture.oracle_json.p);
	assert_int_equal(fixture.decision.nothing_new, again.nothing_new);
	return &fixture.decision;
}

static const struct decision *
settle(const char *category)
{
	return settle_at(category, 0, NOW);
}

static void
check(enum outcome outcome, const char *missing)
{
	const struct decision *decision = settle("mentor.transfer");

	fixture_category(decision, "mentor.transfer", outcome);
	fixture_missing(decision, missing);
}

static void
check_warned(bool wanted)
{
	const struct decision_found *found = fixture_found(&fixture.decision, "student_warned");

	if (found == NULL || found->value.boolean != wanted)
		fail_msg("%s", fixture.json.p);
}

static void
test_complete(void **state)
{
	const struct decision_found *found;

	(void)state;
	begin("transfer of my student Elif Kaya");
	check(OUTCOME_NEEDS_INFO, "student_warned transfer_date");
	assert_false(fixture.decision.has_due);
	add("I told her, it can be from 20 April.");
	check(OUTCOME_ROUTED, "");
	check_warned(true);
	fixture_found_text(&fixture.decision, "student_name", "Elif Kaya");
	fixture_found_text(&fixture.decision, "transfer_date", "2026-04-20");
	assert_int_equal(fixture_found(&fixture.decision, "student_name")->follow_up, 0);
	found = fixture_found(&fixture.decision, "transfer_date");
	assert_int_equal(found->follow_up, 1);
	assert_true(str_is(found->quote, "20 April"));
	assert_true(str_is(str_part(parts[0].body, found->start, found->end), "20 April"));
	assert_non_null(strstr(fixture.json.p, "\"quote\":\"20 April\",\"follow_up\":1}"));
	assert_non_null(strstr(fixture.json.p, "\"quote\":\"Elif Kaya\"}"));
	/* With its original age: four working hours from Friday noon on. */
	assert_true(fixture.decision.has_due);
	assert_int_equal(fixture.decision.due_ms, ms_of("2026-04-10T16:00:00+02:00"));
	assert_int_equal(fixture.decision.clock_ms, ms_of(NOW));
	assert_int_equal(fixture.decision.follow_up_count, 1);
	assert_false(fixture.decision.nothing_new);
}

/* What is added may make it another team's, or make it so no more. */
static void
test_routes(void **state)
{
	const struct decision *decision;

	(void)state;
	begin("window, twice, on 2026-04-20");
	decision = settle("mentor.window");
	fixture_category(decision, "mentor.window", OUTCOME_NEEDS_INFO);
	assert_null(decision->route);
	assert_true(str_is(decision->team->name, "desk"));
	add("It was 6 times, https://example.org/x");
	decision = settle("mentor.window");
	fixture_category(decision, "mentor.window", OUTCOME_ROUTED);
	assert_true(str_is(decision->route->when.name, "often"));
	assert_true(str_is(decision->team->name, "night"));
	/* All hours, from when the ticket came. */
	assert_int_equal(decision->due_ms, ms_of("2026-04-11T12:00:00+02:00"));
	assert_non_null(strstr(decision->reply_body.p, "Our night shift looks."));
	add("No, 2 times");
	decision = settle("mentor.window");
	assert_null(decision->route);
	assert_true(str_is(decision->team->name, "desk"));
	/* By the clock of now. */
	decision = settle_at("mentor.window", 0, "2026-04-20T00:00:00+02:00");
	assert_true(str_is(decision->priority->name, "high"));
}

static void
test_one_after_the_other(void **state)
{
	(void)state;
	begin("transfer please");
	add("Her name is student Elif Kaya.");
	check(OUTCOME_NEEDS_INFO, "student_warned transfer_date");
	add("I have told her.");
	check(OUTCOME_NEEDS_INFO, "transfer_date");
	assert_int_equal(fixture_found(&fixture.decision, "student_name")->follow_up, 1);
	assert_int_equal(fixture_found(&fixture.decision, "student_warned")->follow_up, 2);
	add("It is on 4 May.");
	check(OUTCOME_ROUTED, "");
	assert_int_equal(fixture_found(&fixture.decision, "transfer_date")->follow_up, 3);
}

/* The newest statement wins, either way; what it leaves alone stays. */
static void
test_newest_wins(void **state)
{
	(void)state;
	begin("transfer, student Elif Kaya on 4 May. I have never told her.");
	check(OUTCOME_NEEDS_INFO, "student_warned");
	add("I told her yesterday.");
	check(OUTCOME_ROUTED, "");
	check_warned(true);
	add("Sorry: I have not told her, that was my student, Can Demir.");
	check(OUTCOME_NEEDS_INFO, "student_warned");
	fixture_found_text(&fixture.decision, "student_name", "Can Demir");
	fixture_found_text(&fixture.decision, "transfer_date", "2026-05-04");
	add("Yes, done.");
	check(OUTCOME_ROUTED, "");
}

static void
test_boxes_and_files(void **state)
{
	struct ticket_field box = {STR("transfer_date"),
	    {.type = VALUE_TEXT, .text = STR("4 May")}};
	struct ticket_field strange[] = {{STR("shoe_size"), {.type = VALUE_TEXT, .text = STR("9")}},
		{STR("transfer_date"), {.type = VALUE_TEXT, .text = STR("whenever")}}};
	struct ticket_attachment file = {.name = STR("IMG_0042.jpg"), .type = STR("image/jpeg")};
	struct ticket *part;

	(void)state;
	begin("transfer, student Elif Kaya. I told her");
	parts[0].fields = strange;
	parts[0].field_count = 2;
	check(OUTCOME_NEEDS_INFO, "transfer_date");
	assert_int_equal(fixture.decision.warning_count, 2);
	part = add("");
	part->fields = &box;
	part->field_count = 1;
	check(OUTCOME_ROUTED, "");
	assert_true(fixture_found(&fixture.decision, "transfer_date")->from_form);
	/* Warnings are about the newest part: the others were told before. */
	assert_int_equal(fixture.decision.warning_count, 0);

	/* Whatever the file that was asked for is called, if its type fits. */
	begin("novice");
	fixture_missing(settle("mentor.novice"), "certificate");
	part = add("Here it is.");
	part->attachments = &file;
	part->attachment_count = 1;
	fixture_missing(settle("mentor.novice"), "");
	fixture_found_text(&fixture.decision, "certificate", "IMG_0042.jpg");
	assert_int_equal(fixture_found(&fixture.decision, "certificate")->follow_up, 1);
	file.type = STR("text/html");
	fixture_missing(settle("mentor.novice"), "certificate");
	assert_false(fixture.decision.nothing_new);
	file.field = STR("certificate");
	fixture_missing(settle("mentor.novice"), "");
	/* As submitted the name counts. */
	begin("novice");
	file = (struct ticket_attachment){.name = STR("IMG_0042.jpg"), .type = STR("image/jpeg")};
	parts[0].attachments = &file;
	parts[0].attachment_count = 1;
	fixture_missing(settle("mentor.novice"), "certificate");
}

/* missing: of what else the ticket lacks. */
static void
check_bare(const char *ticket, const char *answer, const char *missing)
{
	begin(ticket);
	add(answer);
	fixture_missing(settle("mentor.transfer"), missing);
}

#define NO_NAME "transfer on 4 May, I told her"
#define NO_DATE "transfer, student Elif Kaya, I told her"
#define NO_TOLD "transfer, student Elif Kaya on 4 May"

static void
test_bare_name(void **state)
{
	(void)state;
	check_bare(NO_NAME, "Jean Dupont", "");
	fixture_found_text(&fixture.decision, "student_name", "Jean Dupont");
	assert_true(str_is(fixture_found(&fixture.decision, "student_name")->quote, "Jean Dupont"));
	check_bare(NO_NAME, "Hello,\n\nMarie de la Tour.\n\nKind regards\nPaul Martin", "");
	fixture_found_text(&fixture.decision, "student_name", "Marie de la Tour");
	check_bare(NO_NAME, "1) Élodie N'Diaye", "");
	fixture_found_text(&fixture.decision, "student_name", "Élodie N'Diaye");
	check_bare(NO_NAME, "Name: Łukasz Żółkiewski", "");
	fixture_found_text(&fixture.decision, "student_name", "Łukasz Żółkiewski");
	check_bare(NO_NAME, "李娜", "");
	check_bare(NO_NAME, "Jean", "student_name");
	check_bare(NO_NAME, "see attached", "student_name");
	check_bare(NO_NAME, "Élodie étudie", "student_name");
	check_bare(NO_NAME, "Jean aime Marie", "student_name");
	check_bare(NO_NAME, "Have You", "student_name");
	check_bare(NO_NAME, "Paul Martin", "student_name"); /* signs */
	check_bare(NO_NAME, "PAUL MARTIN", "student_name");
	check_bare(NO_NAME, "Jean Dupont?", "student_name");
	/* As submitted a name stands for nothing. */
	begin(NO_NAME "\nJean Dupont");
	fixture_missing(settle("mentor.transfer"), "student_name");
}

static void
test_bare_values(void **state)
{
	(void)state;
	check_bare(NO_DATE, "4 May", "");
	fixture_found_text(&fixture.decision, "transfer_date", "2026-05-04");
	check_bare(NO_DATE, "Let us say 04/05.", "");
	check_bare(NO_DATE, "Monday, 4 May", "");
	fixture_found_text(&fixture.decision, "transfer_date", "2026-05-04");
	check_bare(NO_DATE, "Is 4 May too late?", "transfer_date");
	check_bare(NO_DATE, "The last time we two spoke was 4 May", "transfer_date");
	check_bare(NO_TOLD, "Yes", "");
	check_warned(true);
	check_bare(NO_TOLD, "- yes, of course!", "");
	check_bare(NO_TOLD, "No", "student_warned");
	check_bare(NO_TOLD, "ok", "student_warned");
	check_bare(NO_TOLD, "yes?", "student_warned");
	begin("payment");
	fixture_missing(settle("mentor.payment"), "invoice_status paid_since");
	add("État : Payée.\n\nJean");
	fixture_missing(settle("mentor.payment"), "paid_since");
	fixture_found_text(&fixture.decision, "invoice_status", "paid");
	/* Several at once, of different types. */
	check_bare("transfer", "Jean Dupont, 4 May, yes", "");
	check_bare("transfer", "yes\n4 May\nJean Dupont", "");
	check_bare("transfer", "Jean Dupont", "student_warned transfer_date");
	/* In the words of the other language. */
	begin("transfert, élève Elif Kaya");
	add("oui, à partir du 4 mai");
	fixture_missing(settle_at("mentor.transfer", 1, NOW), "");
}

/* Two fields of a type were asked for: it could be either's. What a capture
 * read for the one is no answer for the other. */
static void
test_bare_ambiguous(void **state)
{
	(void)state;
	begin("pause");
	add("4 May");
	fixture_missing(settle("mentor.pause"), "start_date end_date");
	add("from 4 May");
	fixture_missing(settle("mentor.pause"), "end_date");
	add("11 May");
	fixture_missing(settle("mentor.pause"), "");
	fixture_found_text(&fixture.decision, "start_date", "2026-05-04");
	fixture_found_text(&fixture.decision, "end_date", "2026-05-11");
}

/* Of fields that will do for each other one suffices. */
static void
test_bare_instead(void **state)
{
	(void)state;
	begin("nothing");
	parts[0].audience = STR("coach");
	add("https://school.example.org/about?who=42");
	fixture_missing(settle("coach.absent"), "attempts");
	fixture_found_text(&fixture.decision, "student_url",
	    "https://school.example.org/about?who=42");
	add("3");
	fixture_missing(settle("coach.absent"), "");
	fixture_category(&fixture.decision, "coach.absent", OUTCOME_ROUTED);
	parts[0].body = STR("2 times so far");
	fixture_category(settle("coach.absent"), "coach.absent", OUTCOME_ANSWERED);
	parts[0].body = STR("3 May");
	fixture_missing(settle("coach.absent"), "attempts");
}

static void
test_bare_text(void **state)
{
	(void)state;
	begin("?");
	fixture_missing(settle("mentor.other"), "details");
	add("my page is empty");
	fixture_missing(settle("mentor.other"), "");
	assert_true(str_is(
	    fixture_found(&fixture.decision, "details")->value.text, "my page is empty"));
	begin("?");
	add("page empty");
	fixture_missing(settle("mentor.other"), "details");
	begin("?");
	add("zxcv qwer asdf poiu");
	fixture_missing(settle("mentor.other"), "details");
	begin("?");
	add("thanks, it is solved");
	fixture_missing(settle("mentor.other"), "details");
	assert_true(fixture.decision.nothing_new);
}

static void
test_gates(void **state)
{
	(void)state;
	/* A gate that says "answered" does so on the whole. */
	begin("payment");
	fixture_category(settle("mentor.payment"), "mentor.payment", OUTCOME_NEEDS_INFO);
	add("in progress");
	fixture_category(settle("mentor.payment"), "mentor.payment", OUTCOME_ANSWERED);
	assert_non_null(strstr(fixture.json.p, "Wait a week."));
	assert_false(fixture.decision.has_due);
	add("now it is marked paid");
	fixture_category(settle("mentor.payment"), "mentor.payment", OUTCOME_NEEDS_INFO);
	fixture_missing(&fixture.decision, "paid_since");
	add("1 April");
	fixture_category(settle("mentor.payment"), "mentor.payment", OUTCOME_ROUTED);
	/* The clock of a gate is now's, not the ticket's. */
	fixture_category(settle_at("mentor.payment", 0, "2026-04-08T12:00:00+02:00"),
	    "mentor.payment", OUTCOME_ANSWERED);
	parts[0].has_received_at = true;
	parts[0].received_at = ms_of("2026-04-08T12:00:00+02:00");
	fixture_category(settle("mentor.payment"), "mentor.payment", OUTCOME_ROUTED);
}

/* "Tomorrow" is the day after the part that says so. */
static void
test_clock_of_parts(void **state)
{
	struct ticket *part;

	(void)state;
	begin("transfer on tomorrow");
	part = add("thanks");
	check(OUTCOME_NEEDS_INFO, "student_warned student_name");
	fixture_found_text(&fixture.decision, "transfer_date", "2026-04-11");
	part->body = STR("on tomorrow");
	check(OUTCOME_NEEDS_INFO, "student_warned student_name");
	fixture_found_text(&fixture.decision, "transfer_date", "2026-04-16");
	part->has_received_at = true;
	part->received_at = ms_of("2026-04-12T23:00:00Z");
	check(OUTCOME_NEEDS_INFO, "student_warned student_name");
	fixture_found_text(&fixture.decision, "transfer_date", "2026-04-14");
}

static void
test_nothing_new(void **state)
{
	static const char *const nothing[] = {"", " \n ", "thanks, solved", "Solved. Thanks!",
		"Solved. Thanks!\n\nOn 3 May 2026, A <a@b.org> wrote:\n> from 3 May, I told her"};
	struct ticket_attachment file = {.name = STR("a.txt")};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
		begin("transfer, student Elif Kaya");
		add(nothing[i]);
		check(OUTCOME_NEEDS_INFO, "student_warned transfer_date");
		assert_true(fixture.decision.nothing_new);
	}
	parts[0].attachments = &file;
	parts[0].attachment_count = 1;
	check(OUTCOME_NEEDS_INFO, "student_warned transfer_date");
	assert_false(fixture.decision.nothing_new);
	parts[0].attachment_count = 0;
	parts[0].body = STR("Where do I see that?");
	check(OUTCOME_NEEDS_INFO, "student_warned transfer_date");
	assert_false(fixture.decision.nothing_new);
	parts[0].body = STR("thanks, solved, I told her");
	check(OUTCOME_NEEDS_INFO, "transfer_date");
	assert_false(fixture.decision.nothing_new);
	begin("solved, thanks");
	check(OUTCOME_NEEDS_INFO, "student_warned student_name transfer_date");
	assert_false(fixture.decision.nothing_new);
}

/* With every ceiling: a decision, or a clean refusal. */
static void
test_full_arena(void **state)
{
	size_t limit, refused = 0, done = 0;
	char *body = malloc(65536);

	(void)state;
	assert_non_null(body);
	memset(body, 'e', 65536);
	begin("transfer");
	add("Jean Dupont, 4 May, yes");
	add("")->body = (struct str){body, 65536};
	for (limit = 8192; limit <= 1048576; limit += 8192) {
		struct arena *arena = arena_new(limit);
		struct decision decision;
		struct err err = {""};

		if (decide_follow_up(fixture.decider,
		    rules_category_find(fixture.policy->rules, STR("mentor.transfer")), 0, parts,
		    part_count, ms_of(NOW), ms_of(RECEIVED), arena, &decision, &err) < 0) {
			assert_true(err.text[0] != '\0');
			refused++;
		} else {
			done++;
		}
		arena_free(arena);
	}
	assert_true(refused > 0 && done > 0);
	free(body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_one_after_the_other),
		cmocka_unit_test(test_newest_wins),
		cmocka_unit_test(test_boxes_and_files),
		cmocka_unit_test(test_bare_name),
		cmocka_unit_test(test_bare_values),
		cmocka_unit_test(test_bare_ambiguous),
		cmocka_unit_test(test_bare_instead),
		cmocka_unit_test(test_bare_text),
		cmocka_unit_test(test_gates),
		cmocka_unit_test(test_clock_of_parts),
		cmocka_unit_test(test_nothing_new),
		cmocka_unit_test(test_full_arena),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
