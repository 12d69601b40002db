/* SPDX-License-Identifier: MIT */
#include "extract.h"

#include "decide_fixture.h"
#include "draft.h"
#include "extract_value.h"

#define NOW "2026-04-15T12:00:00+02:00"

static void
test_transfer(void **state)
{
	const struct decision *decision = fixture_body(
	    "Please transfer my student Łukasz Żółkiewski from Monday 20 April. I told him.", NOW);
	const struct decision_found *found;

	(void)state;
	fixture_category(decision, "mentor.transfer", OUTCOME_ROUTED);
	fixture_found_text(decision, "student_name", "Łukasz Żółkiewski");
	fixture_found_text(decision, "transfer_date", "2026-04-20");
	found = fixture_found(decision, "transfer_date");
	assert_true(str_is(found->quote, "Monday 20 April"));
	assert_int_equal(found->part, PART_BODY);
	assert_int_equal(found->end - found->start, 15);
	found = fixture_found(decision, "student_warned");
	assert_true(found->value.type == VALUE_BOOLEAN && found->value.boolean);
	assert_true(str_is(found->quote, "I told him"));
	assert_false(found->from_form);
}

/* Found in the person's own words, and shown as they were typed. */
static void
test_own_words(void **state)
{
	const char *html = "<p>Please transfer my student <b>Zo&eacute;</b> <i>Roux</i> on 3 "
	    "May.</p>";
	const struct decision *decision = fixture_body(html, NOW);
	const struct decision_found *found;

	(void)state;
	fixture_found_text(decision, "student_name", "Zoé Roux");
	found = fixture_found(decision, "student_name");
	assert_true(str_is(found->quote, "Zo&eacute;</b> <i>Roux"));
	assert_ptr_equal(html + found->start, found->quote.p);
	assert_int_equal(found->end - found->start, found->quote.n);
	/* What is quoted tells nothing that the person tells ... */
	decision = fixture_body("Please transfer my student Ann Lee from 3 May.\n\nOn 2 May 2026, "
	    "Support <a@example.org> wrote:\n> transfer my student Other One from 9 May? I told "
	    "her.",
	    NOW);
	fixture_found_text(decision, "student_name", "Ann Lee");
	fixture_found_text(decision, "transfer_date", "2026-05-03");
	assert_null(fixture_found(decision, "student_warned"));
	/* ... but a name that stands only there is taken from there. */
	decision = fixture_body("Please transfer the one of this mail from 3 May, I wrote of it "
	    "before and nothing has changed since then, thanks.\n\nOn 2 May 2026, Support "
	    "<a@example.org> wrote:\n> about the student Other One from 9 May. I told her.", NOW);
	fixture_found_text(decision, "student_name", "Other One");
	fixture_found_text(decision, "transfer_date", "2026-05-03");
	assert_null(fixture_found(decision, "student_warned"));
}

static void
test_order_of_sources(void **state)
{
	struct ticket_field box = {STR("student_name"),
	    {.type = VALUE_TEXT, .text = STR("In Box")}};
	struct ticket ticket = {.audience = STR("mentor"), .subject = STR("student In Subject"),
		.body = STR("transfer, student In Body"), .fields = &box, .field_count = 1};

	(void)state;
	fixture_found_text(fixture_decide(&ticket, NOW), "student_name", "In Box");
	assert_true(fixture_found(&fixture.decision, "student_name")->from_form);
	box.value.text = STR(" ");
	fixture_found_text(fixture_decide(&ticket, NOW), "student_name", "In Body");
	ticket.body = STR("transfer");
	fixture_found_text(fixture_decide(&ticket, NOW), "student_name", "In Subject");
	assert_int_equal(fixture_found(&fixture.decision, "student_name")->part, PART_SUBJECT);
	/* Every match is tried until one can be read. */
	ticket.body = STR("transfer from somewhere else\nfrom there\non 3 May");
	fixture_found_text(fixture_decide(&ticket, NOW), "transfer_date", "2026-05-03");
}

/* A list as text; items: joined by '|'. */
static void
check_list(const char *text, const char *items)
{
	const struct rules_field field = {.type = FIELD_LIST};
	const struct draft draft = {.policy = fixture.policy, .arena = fixture.arena};
	const struct value box = {.type = VALUE_TEXT, .text = str_of(text)};
	struct value value;
	char all[512] = "";
	size_t i;

	assert_true(extract_value_box(&draft, &field, &box, &value));
	for (i = 0; i < value.count; i++) {
		if (i > 0)
			strcat(all, "|");
		strncat(all, value.items[i].text.p, value.items[i].text.n);
	}
	if (strcmp(all, items) != 0)
		fail_msg("'%s' is '%s'", text, all);
}

static void
test_lists(void **state)
{
	(void)state;
	check_list("Python, Java; Go and C", "Python|Java|Go|C");
	check_list("Python + Java / Go", "Python|Java|Go");
	check_list("Python ainsi que Java", "Python|Java");
	check_list("Python as well as Java plus Go", "Python|Java|Go");
	check_list("C++/C#", "C++/C#");
	check_list("UX/UI Designer and Data Analyst", "UX/UI Designer|Data Analyst");
	check_list("Network and Systems Technician", "Network and Systems Technician");
	check_list("Network and Systems Technician, Python and Java",
	    "Network and Systems Technician|Python|Java");
	check_list("Data Analyst and Network and Systems Technician",
	    "Data Analyst|Network and Systems Technician");
	check_list("Data Analyst and Web Developer", "Data Analyst|Web Developer");
	check_list("Expert en cybersécurité et Administrateur systèmes et réseaux",
	    "Expert en cybersécurité|Administrateur systèmes et réseaux");
	check_list("en Python et en Administrateur systèmes et réseaux",
	    "en Python|en Administrateur systèmes et réseaux");
	check_list("Technicien systèmes et réseaux", "Technicien systèmes et réseaux");
	check_list("AI Engineer and of statistics", "AI Engineer|of statistics");
	check_list("Jean Dupont et Ann Lee", "Jean Dupont|Ann Lee");
	check_list("and and and", "and|and");
	check_list("a and", "a and");
}

static void
check_box(const char *name, struct value value, const char *found)
{
	struct ticket_field box = {str_of(name), value};
	struct ticket ticket = {.audience = STR("mentor"), .body = STR("transfer payment novice"),
		.reason = STR("mentor.transfer"), .fields = &box, .field_count = 1};
	const struct decision *decision;
	struct str text = {NULL, 0};

	if (strcmp(name, "invoice_status") == 0)
		ticket.reason = STR("mentor.payment");
	if (strcmp(name, "level") == 0 || strcmp(name, "skills") == 0)
		ticket.reason = STR("mentor.novice");
	decision = fixture_decide(&ticket, NOW);
	if (found == NULL) {
		if (fixture_found(decision, name) != NULL || decision->warning_count != 1 ||
		    !str_is(decision->warnings[0].code, "invalid_field"))
			fail_msg("%s", fixture.json.p);
		assert_memory_equal(decision->warnings[0].path.p, "fields.", 7);
		return;
	}
	if (decision->warning_count != 0 || fixture_found(decision, name) == NULL)
		fail_msg("%s %s %s", name, found, fixture.json.p);
	text = fixture_found(decision, name)->value.text;
	if (fixture_found(decision, name)->value.type == VALUE_TEXT ||
	    fixture_found(decision, name)->value.type == VALUE_DATE)
		assert_true(str_is(text, found));
}

/* The words before a date say which one it is, also those before \K; else the field
 * does. */
static void
test_date_leans(void **state)
{
	static const struct {
		const char *body, *start, *end;
	} cases[] = {
	    {"A pause from the 10th, until the 5th", "2026-05-10", "2026-06-05"},
	    {"A pause from 20 March", "2026-03-20", NULL},
	    {"A pause from 1 March", "2027-03-01", NULL},
	    {"A pause since the 10th until 3 June", "2026-04-10", "2026-06-03"},
	    {"A pause since 1 March,\nuntil 3 June", "2026-03-01", "2026-06-03"},
	    {"I was told so. A pause from the 10th", "2026-05-10", NULL},
	    {"A pause from the 20th until 5 May", "2026-04-20", "2026-05-05"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct decision *decision = fixture_body(cases[i].body, NOW);

		fixture_found_text(decision, "start_date", cases[i].start);
		if (cases[i].end != NULL)
			fixture_found_text(decision, "end_date", cases[i].end);
	}
}

#define TEXT(s) (struct value){.type = VALUE_TEXT, .text = STR(s)}

static void
test_typed_boxes(void **state)
{
	(void)state;
	check_box("transfer_date", TEXT("2026-05-11"), "2026-05-11");
	check_box("transfer_date", TEXT("le 11 mai"), "2026-05-11");
	check_box("transfer_date", TEXT("11/05"), "2026-05-11");
	check_box("transfer_date", TEXT("whenever"), NULL);
	check_box("transfer_date", (struct value){.type = VALUE_INTEGER, .integer = 5}, NULL);
	check_box("student_name", TEXT("李娜"), "李娜");
	check_box("student_name", TEXT("https://x"), NULL);
	check_box("student_name", (struct value){.type = VALUE_BOOLEAN, .boolean = true}, NULL);
	check_box("invoice_status", TEXT("paid"), "paid");
	check_box("invoice_status", TEXT("In progress"), "in_progress");
	check_box("invoice_status", TEXT("IN PROGRESS"), "in_progress");
	check_box("invoice_status", TEXT(" Payée "), "paid"); /* of another locale */
	check_box("invoice_status", TEXT("en  cours"), "in_progress");
	check_box("invoice_status", TEXT("lost"), NULL);
	check_box("invoice_status", TEXT("payée en cours"), NULL);
	check_box("level", TEXT("three"), "");
	check_box("level", (struct value){.type = VALUE_REAL, .real = 3.0}, "");
	check_box("level", (struct value){.type = VALUE_REAL, .real = 3.5}, NULL);
	check_box("level", TEXT("high"), NULL);
	check_box("skills", TEXT("a, b"), "");
	check_box("skills", TEXT(" , "), NULL);
}

static void
test_boolean_boxes(void **state)
{
	static const struct {
		struct value value;
		int expected; /* -1: invalid */
	} cases[] = {
		{{.type = VALUE_BOOLEAN, .boolean = true}, 1}, {{.type = VALUE_BOOLEAN}, 0},
		{{.type = VALUE_TEXT, .text = STR("yes")}, 1},
		{{.type = VALUE_TEXT, .text = STR(" Oui ")}, 1},
		{{.type = VALUE_TEXT, .text = STR("1")}, 1},
		{{.type = VALUE_TEXT, .text = STR("non")}, 0},
		{{.type = VALUE_TEXT, .text = STR("maybe")}, -1},
		{{.type = VALUE_INTEGER, .integer = 1}, 1},
		{{.type = VALUE_INTEGER, .integer = 0}, 0},
		{{.type = VALUE_INTEGER, .integer = 7}, -1}, {{.type = VALUE_LIST, .count = 1}, -1},
	};
	struct ticket_field box = {.name = STR("student_warned")};
	struct ticket ticket = {.audience = STR("mentor"),
		.body = STR("transfer of student Elif Kaya from 20 April"), .fields = &box,
		.field_count = 1};
	struct value item = {.type = VALUE_TEXT, .text = STR("yes")};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct decision *decision;

		box.value = cases[i].value;
		box.value.items = &item;
		decision = fixture_decide(&ticket, NOW);
		assert_int_equal(decision->outcome,
		    cases[i].expected == 1 ? OUTCOME_ROUTED : OUTCOME_NEEDS_INFO);
		assert_int_equal(decision->warning_count, cases[i].expected < 0 ? 1 : 0);
		assert_true((decision->gate != NULL) == (cases[i].expected != 1));
	}
}

static void
test_false_wins(void **state)
{
	struct ticket ticket = {.audience = STR("mentor"),
	    .form_locale = STR("fr"),
	    .body = STR("transfert de mon élève Élodie Brûlé à partir du 20 avril, pas "
			"encore prévenue")};

	(void)state;
	fixture_missing(fixture_decide(&ticket, NOW), "student_warned");
	ticket.body = STR("transfert de mon élève Élodie Brûlé à partir du 20 avril, "
	    "pas encore prévenu");
	fixture_missing(fixture_decide(&ticket, NOW), "student_warned");
	fixture_found_text(&fixture.decision, "student_name", "Élodie Brûlé");
	fixture_found_text(&fixture.decision, "transfer_date", "2026-04-20");
	ticket.body = STR("transfert de mon élève Élodie Brûlé à partir du 20 avril, prévenu");
	fixture_missing(fixture_decide(&ticket, NOW), "");
}

static void
check_files(const struct ticket_attachment *files, size_t count, const char *locale,
    const char *missing, const char *name)
{
	struct ticket ticket = {.audience = STR("mentor"), .body = STR("novice"),
		.requester_name = STR(" Gustav "), .form_locale = str_of(locale),
		.attachments = files, .attachment_count = count};
	const struct decision *decision = fixture_decide(&ticket, NOW);

	fixture_category(decision, "mentor.novice",
	    missing[0] != '\0' ? OUTCOME_NEEDS_INFO : OUTCOME_ROUTED);
	fixture_missing(decision, missing);
	fixture_found_text(decision, "requester_name", "Gustav");
	if (name != NULL)
		fixture_found_text(decision,
		    strcmp(locale, "en") == 0 ? "certificate" : "sheet", name);
}

static void
test_files(void **state)
{
	struct ticket_attachment pdf = {
	    .name = STR("Certificat.PDF"), .type = STR("application/pdf")};
	struct ticket_attachment image = {
	    .name = STR("my certificate.png"), .type = STR("image/png")};
	struct ticket_attachment other = {.name = STR("scan.pdf"), .type = STR("application/pdf")};
	struct ticket_attachment bound = {.name = STR("x.bin"), .field = STR("certificate")};
	struct ticket_attachment elsewhere = {.name = STR("certificat.pdf"),
		.type = STR("application/pdf"), .field = STR("invoice")};
	struct ticket_attachment text = {.name = STR("certificat.txt"), .type = STR("text/plain")};
	struct ticket_attachment untyped = {.name = STR("certificat.txt")};
	struct ticket_attachment both[] = {other, pdf};

	(void)state;
	check_files(NULL, 0, "en", "certificate", NULL);
	check_files(&pdf, 1, "en", "", "Certificat.PDF");
	check_files(&image, 1, "en", "", "my certificate.png");
	check_files(&other, 1, "en", "certificate", NULL);
	check_files(&bound, 1, "en", "", "x.bin");
	check_files(&elsewhere, 1, "en", "certificate", NULL);
	check_files(&text, 1, "en", "certificate", NULL);
	check_files(&untyped, 1, "en", "", "certificat.txt");
	check_files(both, 2, "en", "", "Certificat.PDF");
	check_files(&image, 1, "fr", "sheet", NULL);
	check_files(&other, 1, "fr", "", "scan.pdf");
	/* One file is not two pieces. */
	check_files(&pdf, 1, "fr", "sheet", NULL);
	check_files(both, 2, "fr", "", "scan.pdf");
}

static void
test_text(void **state)
{
	const struct decision *decision =
	    fixture_body("Novice here. By the way, I want to\nleave that status! skills: "
			 "C, SQL and Go\nlevel 3rd",
		NOW);
	const struct decision_found *skills;

	(void)state;
	fixture_found_text(decision, "goal", "By the way, I want to\nleave that status!");
	skills = fixture_found(decision, "skills");
	assert_non_null(skills);
	assert_int_equal(skills->value.count, 3);
	assert_true(str_is(skills->value.items[2].text, "Go"));
	assert_int_equal(fixture_found(decision, "level")->value.integer, 3);
	decision = fixture_body("novice\ngoal: less of it\nI want to see", NOW);
	fixture_found_text(decision, "goal", "less of it");
}

static void
test_one_of(void **state)
{
	struct ticket ticket = {.audience = STR("coach"), .body = STR("silent, I wrote 3 times")};

	(void)state;
	fixture_missing(fixture_decide(&ticket, NOW), "student_name");
	ticket.body = STR("silent, I wrote 3 times, https://p.example.org/students/7.");
	fixture_missing(fixture_decide(&ticket, NOW), "");
	fixture_found_text(&fixture.decision, "student_url", "https://p.example.org/students/7");
}

static void
test_presence(void **state)
{
	char body[3000];
	const struct decision *decision;

	(void)state;
	fixture_missing(fixture_body("the printer is not on my desk", NOW), "");
	fixture_found_text(&fixture.decision, "details", "the printer is not on my desk");
	fixture_missing(fixture_body("the printer is broken", NOW), "details"); /* 4 words */
	fixture_missing(fixture_body("xkcd qwer asdf yxcv hjkl uiop zzzz", NOW), "details");
	fixture_missing(fixture_body("", NOW), "details");
	/* A long body is quoted by its longest sentence, at most 300 code points. */
	memset(body, 0, sizeof(body));
	strcpy(body, "The desk is not my desk. É is the start of a longer one,");
	while (strlen(body) < 2000)
		strcat(body, " é and");
	strcat(body, ". The end is my desk.");
	decision = fixture_body(body, NOW);
	assert_int_equal(utf8_count(fixture_found(decision, "details")->quote), 300);
	assert_int_equal(fixture_found(decision, "details")->start, 25);
}

static void
test_unknown_boxes(void **state)
{
	struct ticket_field boxes[] = {
		{STR("shoe_size"), {.type = VALUE_INTEGER, .integer = 43}},
		{STR("transfer_date"), {.type = VALUE_TEXT, .text = STR("2026-05-01")}},
		{STR("attempts"), {.type = VALUE_INTEGER, .integer = 3}},
	};
	struct ticket ticket = {.audience = STR("mentor"), .body = STR("alpha"), .fields = boxes,
		.field_count = 3};
	const struct decision *decision = fixture_decide(&ticket, NOW);

	(void)state;
	/* Another category's box is known; another audience's is not. */
	assert_int_equal(decision->warning_count, 2);
	assert_true(str_is(decision->warnings[0].path, "fields.shoe_size"));
	assert_true(str_is(decision->warnings[0].code, "unknown_field"));
	assert_true(str_is(decision->warnings[1].path, "fields.attempts"));
}

/* A link for which a picture will do. */
static void
test_link_or_file(void **state)
{
	struct ticket_attachment file = {
	    .name = STR("Capture 1.png"), .type = STR("image/png")};
	struct ticket ticket = {.audience = STR("mentor"), .body = STR("window, twice"),
		.attachments = &file, .attachment_count = 1};

	(void)state;
	fixture_category(fixture_decide(&ticket, NOW), "mentor.window", OUTCOME_ROUTED);
	fixture_found_text(&fixture.decision, "page", "Capture 1.png");
	/* A link comes first. */
	ticket.body = STR("window, twice, https://example.org/x");
	fixture_found_text(fixture_decide(&ticket, NOW), "page", "https://example.org/x");
	/* Name and type both count. */
	ticket.body = STR("window, twice");
	file.type = STR("application/pdf");
	fixture_missing(fixture_decide(&ticket, NOW), "page");
	file = (struct ticket_attachment){.name = STR("me.png"), .type = STR("image/png")};
	fixture_missing(fixture_decide(&ticket, NOW), "page");
	/* On the form it was said what the file is. */
	file.field = STR("page");
	fixture_found_text(fixture_decide(&ticket, NOW), "page", "me.png");
}

static void
check_times(const char *body, int64_t times, const char *quote)
{
	const struct decision_found *found = fixture_found(fixture_body(body, NOW), "times");

	if (found == NULL || found->value.type != VALUE_INTEGER ||
	    found->value.integer != times || !str_is(found->quote, quote))
		fail_msg("%s: %s", body, fixture.json.p);
}

/* What is said proves a number. */
static void
test_said_numbers(void **state)
{
	(void)state;
	check_times("window, twice", 2, "twice");
	check_times("window, Never", 0, "Never");
	check_times("window 7 times", 7, "7");
	assert_null(fixture_found(fixture_body("window", NOW), "times"));
}

/* "Please transfer", so many bytes of other words, and the name. */
static const struct decision_found *
found_behind(size_t bytes)
{
	struct strbuf body;
	const struct decision_found *found;

	strbuf_init(&body, 0);
	strbuf_puts(&body, "Please transfer ");
	while (body.n < bytes)
		strbuf_puts(&body, body.n + 7 < bytes ? "and so, " : "é ");
	strbuf_puts(&body, "my student Zoé Łukasz Roux, from 3 May.");
	found = fixture_found(fixture_body(body.p, NOW), "student_name");
	if (found != NULL) {
		assert_true(str_is(found->value.text, "Zoé Łukasz Roux"));
		assert_int_equal(found->start, body.n - strlen("Zoé Łukasz Roux, from 3 May."));
	}
	strbuf_fini(&body);
	return found;
}

/* A long text is searched piece by piece: what lies across an edge is whole. */
static void
test_long_text(void **state)
{
	size_t bytes;

	(void)state;
	for (bytes = 700; bytes < 2600; bytes++)
		assert_non_null(found_behind(bytes));
	assert_non_null(found_behind(16000));
	assert_null(found_behind(16500));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transfer),
		cmocka_unit_test(test_own_words),
		cmocka_unit_test(test_order_of_sources),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_date_leans),
		cmocka_unit_test(test_typed_boxes),
		cmocka_unit_test(test_boolean_boxes),
		cmocka_unit_test(test_false_wins),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_one_of),
		cmocka_unit_test(test_presence),
		cmocka_unit_test(test_unknown_boxes),
		cmocka_unit_test(test_link_or_file),
		cmocka_unit_test(test_said_numbers),
		cmocka_unit_test(test_long_text),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
