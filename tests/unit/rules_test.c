/* SPDX-License-Identifier: MIT */
/*
 * The model as read, and the canonical print. The faults are golden tests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "rules_read.h"

#define SMALL "tests/data/rules-small"

static struct rules *
load(const char *folder, struct diag_list *diags)
{
	struct rules *rules = rules_load(folder, diags);

	if (rules == NULL) {
		struct strbuf out;

		strbuf_init(&out, 0);
		diag_print(diags, &out, false);
		fail_msg("%s", out.p);
	}
	return rules;
}

static const struct rules_field *
field(const struct rules_category *category, const char *name)
{
	size_t i;

	for (i = 0; i < category->field_count; i++)
		if (str_is(category->fields[i].name, name))
			return &category->fields[i];
	fail_msg("no field %s", name);
	return NULL;
}

static void
test_model(void **state)
{
	struct diag_list *diags = diag_list_new(50);
	struct rules *rules = load(SMALL, diags);
	const struct rules_category *category;
	size_t i;

	(void)state;
	assert_int_equal(diag_warnings(diags), 0);
	assert_int_equal(rules->locale_count, 2);
	assert_int_equal(rules_locale_find(rules, STR("fr")), 1);
	assert_int_equal(rules_locale_find(rules, STR("de")), -1);
	assert_int_equal(rules_audience_find(rules, STR("coach")), 1);
	assert_int_equal(rules->category_count, 4);
	assert_true(str_is(rules->fallbacks[0]->name, "mentor.other"));
	assert_true(str_is(rules->priorities[0].name, "urgent"));
	assert_int_equal(rules->priorities[0].target_ms, 4 * 3600000);
	assert_true(str_is(rules->locales[0].words[0], "and"));
	assert_non_null(rules->tz);
	category = rules_category_find(rules, STR("mentor.break"));
	assert_non_null(category);
	assert_null(rules_category_find(rules, STR("mentor.brake")));
	assert_true(str_is(category->signals[0].pattern->expanded,
	    "\\bmy (?:student|mentee|learner)\\b.{0,80}\\b(?:a break|pause[ds]?)\\b"));
	assert_int_equal(category->signals[0].locales, 1);
	assert_int_equal(field(category, "student_name")->required, 3);
	assert_int_equal(field(category, "waiting_since")->required, 0);
	assert_int_equal(field(category, "waiting_since")->asked, 3);
	assert_int_equal(field(category, "told")->true_from, 3);
	assert_false(field(category, "told")->statements[1].value.boolean);
	assert_int_equal(category->gates[0].when.test, GATE_AGE_MONTHS);
	assert_int_equal(category->gates[0].when.number, 1);
	assert_ptr_equal(category->gates[1].when.field, field(category, "told"));
	assert_int_equal(category->gates[1].otherwise, GATE_OTHERWISE_ASK);
	assert_null(category->answers[0].paragraph[PARAGRAPH_ROUTED].text.p);
	assert_int_equal(rules->lease_ms, 15 * 60000);
	assert_true(str_is(rules->follow_up.link[1].text,
	    "https://help.example.org/fr/ajout/{{reference}}#{{token}}"));
	assert_int_equal(rules->follow_up.wait.ms, 10 * INT64_C(86400000));
	assert_int_equal(rules->follow_up.wait.end, WAIT_CLOSE);
	assert_int_equal(category->wait.ms, 3 * INT64_C(86400000));
	assert_int_equal(category->wait.end, WAIT_PEOPLE);
	assert_int_equal(rules->fallbacks[0]->wait.ms, 10 * INT64_C(86400000));
	assert_non_null(rules->locales[0].paragraph[PARAGRAPH_REMINDER].text.p);
	assert_null(rules->locales[1].paragraph[PARAGRAPH_ASKED_AGAIN].text.p);
	for (i = 0; i < rules->pattern_count; i++)
		assert_int_equal(rules->patterns[i]->number, i);
	for (i = 0; i < rules->capture_count; i++)
		assert_int_equal(rules->captures[i]->number, i);
	rules_free(rules);
	diag_list_free(diags);
}

static char *
print(const struct rules *rules)
{
	struct strbuf out;

	strbuf_init(&out, 0);
	rules_print(rules, &out);
	return strbuf_take(&out);
}

static char *
print_text(const char *text)
{
	struct diag_list *diags = diag_list_new(50);
	struct rules *rules = rules_load_text("print.yaml", str_of(text), diags);
	struct strbuf out;
	char *again;

	strbuf_init(&out, 0);
	diag_print(diags, &out, false);
	if (diag_errors(diags) != 0)
		fail_msg("%s\n%s", out.p, text);
	strbuf_fini(&out);
	again = print(rules);
	rules_free(rules);
	diag_list_free(diags);
	return again;
}

static void
test_print(void **state)
{
	struct diag_list *diags = diag_list_new(50);
	struct rules *rules = load(SMALL, diags);
	char *first = print(rules), *second = print_text(first);

	(void)state;
	assert_string_equal(first, second);
	assert_null(strstr(first, "${"));
	assert_non_null(strstr(first, "      asked_again: |\n"));
	assert_non_null(strstr(first, "      reminder: |\n"));
	free(first);
	free(second);
	rules_free(rules);
	diag_list_free(diags);
}

/* Concepts, shared fields, routes and examples, too. */
static void
test_print_decide(void **state)
{
	struct diag_list *diags = diag_list_new(50);
	struct rules *rules = load("tests/data/rules-decide", diags);
	char *first = print(rules), *second = print_text(first);

	(void)state;
	assert_string_equal(first, second);
	assert_non_null(strstr(first, "\n  epsilon:\n    patterns:\n"
	    "      en: '\\b(?:epsilons?|eps)\\b'\n      fr: epsilone\n    weights:\n"
	    "      alpha: 2\n      chatter:\n        en: 2\n"
	    "      mentor.beta:\n        fr: 1\n"));
	assert_non_null(strstr(first, "    routes:\n      - name: often\n        field: times\n"
	    "        at_least: 5\n        team: night\n"));
	assert_non_null(strstr(first, "        at_least: -7 days\n        otherwise: answered\n"
	    "        unknown: holds\n"));
	assert_null(strstr(first, "like:"));
	free(first);
	free(second);
	rules_free(rules);
	diag_list_free(diags);
}

static void
test_routes_and_examples(void **state)
{
	struct diag_list *diags = diag_list_new(50);
	struct rules *rules = load("tests/data/rules-decide", diags);
	const struct rules_category *category = rules_category_find(rules, STR("mentor.window"));
	const struct rules_example *example = &category->examples[0];

	(void)state;
	assert_int_equal(category->route_count, 3);
	assert_ptr_equal(category->routes[0].when.field, field(category, "times"));
	assert_true(str_is(category->routes[0].team->name, "night"));
	assert_null(category->routes[0].priority);
	assert_null(category->routes[1].team);
	assert_int_equal(category->routes[1].when.test, GATE_AGE_DAYS);
	assert_int_equal(category->routes[2].when.input, GATE_CLOCK_DAY_OF_MONTH);
	assert_int_equal(category->routes[2].when.locales, 2);
	/* What the shared field says, but for the field's own label. */
	assert_true(str_is(field(category, "page")->label[0], "Web page"));
	assert_int_equal(field(category, "page")->required, 3);
	assert_true(str_is(field(category, "page")->file_types[0], "image/"));
	assert_int_equal(category->example_count, 3);
	assert_true(str_is(example->category, "mentor.window"));
	assert_int_equal(example->at_ms, INT64_C(1768474800000)); /* noon in Paris */
	assert_int_equal(example->box_count, 2);
	assert_true(str_is(example->boxes[1].value.items[1].text, "b"));
	assert_int_equal(example->outcome, OUTCOME_ROUTED);
	assert_true(str_is(example->priority->name, "low"));
	assert_int_equal(category->examples[1].at_ms, INT64_C(1782856800000));
	assert_true(str_is(category->examples[2].category, "mentor.beta"));
	rules_free(rules);
	diag_list_free(diags);
}

#define HEAD \
	"policy:\n  time_zone: UTC\n  audiences: [mentor]\n  default_locale: en\n" \
	"  scores: {minimum: 5, confidence: 0.125, reason: -4.5}\n" \
	"  language: {minimum_words: 3, margin: 2}\n" \
	"teams:\n  desk: {title: {en: desk}}\n" \
	"priorities:\n  normal: {target: 90min}\n" \
	"locales:\n  en:\n    words: [the]\n    greeting: Hello\n    closing: "
#define TAIL \
	"\ncategories:\n  mentor.other:\n    audience: mentor\n    team: desk\n" \
	"    priority: normal\n    fallback: true\n    label: {en: Else}\n" \
	"    answers: {en: {subject: Hello, help: We read it.}}\n"

/* Texts of every awkward form come back. */
static void
test_print_texts(void **state)
{
	static const char *const texts[] = {"plain", "'it''s'", "\"a\\n\\n b \\n\"",
	    "\" lead\\nline\"", "\"tab\\there\"", "\"a\\nb\"", "\"a\\nb\\n\"", "\"a\\nb\\n\\n\"",
	    "\"quote \\\" back\\\\slash\\n \\n\"", "'# no comment'", "'- dash: colon'", "\"a\\n\"",
	    "'{{team}}'", "été", "'null'", "\"a\\n\\nb\"", "\"x\\n# y\\n- z\""};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct diag_list *diags = diag_list_new(50);
		struct strbuf text;
		struct rules *rules;
		struct str closing;
		char *first, *second;

		strbuf_init(&text, 0);
		strbuf_printf(&text, "%s%s%s", HEAD, texts[i], TAIL);
		rules = rules_load_text("t.yaml", strbuf_str(&text), diags);
		assert_int_equal(diag_errors(diags), 0);
		closing = rules->locales[0].closing.text;
		first = print(rules);
		second = print_text(first);
		assert_string_equal(first, second);
		strbuf_clear(&text);
		strbuf_put(&text, closing);
		rules_free(rules);
		rules = rules_load_text("t.yaml", str_of(first), diags);
		assert_true(str_eq(rules->locales[0].closing.text, strbuf_str(&text)));
		rules_free(rules);
		strbuf_fini(&text);
		free(first);
		free(second);
		diag_list_free(diags);
	}
}

/* Where a section stands, its spelling and its words change nothing. */
static void
test_same_meaning(void **state)
{
	char *first = print_text(HEAD "Bye" TAIL "concepts:\n  rest:\n    patterns: {en: [rest]}\n"
	    "    weights:\n      chatter: 3\n      other: 1\n      mentor.other: -2\n");
	char *second;

	(void)state;
	second = print_text("categories:\n  mentor.other:\n    fallback: true\n"
			    "    team: \"desk\"\n    label:\n      en: 'Else'\n"
			    "    priority: normal\n    audience: mentor\n"
			    "    answers:\n      en:\n        help: We read it.\n"
			    "        subject: Hello\n"
			    "priorities: {normal: {target: 1h30min}}\n"
			    "locales: {en: {closing: Bye, greeting: Hello, words: [the, the]}}\n"
			    "teams: {desk: {title: {en: desk}}}\n"
			    "concepts:\n  rest: {weights: {other: 1, mentor.other: -2, "
			    "chatter: 3},\n    patterns: {en: [rest]}}\n"
			    "policy: {language: {margin: 2, minimum_words: 3.0},\n"
			    "  scores: {minimum: 5.000, confidence: 0.125, reason: -4.50},\n"
			    "  default_locale: en, audiences: [mentor], time_zone: UTC}\n");
	assert_string_equal(first, second);
	free(first);
	free(second);
}

/* Defaults are left out, sets are sorted, times are those of the zone. */
static void
test_same_examples(void **state)
{
	char *first = print_text(HEAD "Bye" TAIL "    examples:\n"
	    "      - {text: a, outcome: routed,\n"
	    "        found: {b: x, a: y}, at: 2026-07-01T02:00:00+02:00, locale: en}\n"
	    "      - {text: b, outcome: needs_info, missing: [b, a]}\n"
	    "    fields:\n      a: {type: text}\n      b: {type: text}\n");
	char *second = print_text(HEAD "Bye" TAIL "    fields: {a: {type: text}, b: {type: text}}\n"
	    "    examples:\n      - at: 2026-06-30T20:00:00-04:00\n        category: mentor.other\n"
	    "        outcome: routed\n        locale: en\n        text: a\n"
	    "        found: {a: y, b: x}\n"
	    "      - {at: 2026-01-15T12:00:00Z, outcome: needs_info, missing: [a, b], text: b}\n");

	(void)state;
	assert_string_equal(first, second);
	assert_non_null(strstr(first, "        at: '2026-07-01T00:00:00Z'\n"));
	assert_null(strstr(first, "2026-01-15"));
	free(first);
	free(second);
}

/* Routes go with the fields that they ask for; examples stay where they are. */
static void
test_like(void **state)
{
	static const char text[] = HEAD "Bye" TAIL
	    "    fields: {a: {type: boolean}}\n"
	    "    routes: [{name: r, field: a, is: true, priority: normal}]\n"
	    "    examples: [{text: a, outcome: routed}]\n"
	    "  mentor.like:\n    like: mentor.other\n    audience: mentor\n    team: desk\n"
	    "    priority: normal\n    label: {en: Like}\n"
	    "    answers: {en: {subject: Hello, help: We read it.}}\n";
	struct diag_list *diags = diag_list_new(50);
	struct rules *rules = rules_load_text("t.yaml", str_of(text), diags);
	const struct rules_category *category = rules_category_find(rules, STR("mentor.like"));

	(void)state;
	assert_int_equal(diag_errors(diags), 0);
	assert_int_equal(category->route_count, 1);
	assert_ptr_equal(category->routes[0].when.field, &category->fields[0]);
	assert_int_equal(category->example_count, 0);
	rules_free(rules);
	diag_list_free(diags);
}

#define LINK "\n  follow_up: {link: {en: 'https://x/{{reference}}{{token}}'}"

/* policy: what to put behind the head's policy; lines: what the print says of
 * it; category: likewise of the one category. */
static void
check_wait(const char *policy, const char *category, const char *lines, int64_t wait_ms)
{
	struct diag_list *diags = diag_list_new(50);
	struct strbuf text;
	struct rules *rules;
	char *first, *second;

	strbuf_init(&text, 0);
	strbuf_printf(&text, "%.*s%s%s", (int)(strstr(HEAD, "\nteams") - HEAD), HEAD, policy,
	    strstr(HEAD, "\nteams"));
	strbuf_printf(&text, "Bye%s    %s\n", TAIL, category);
	rules = rules_load_text("t.yaml", strbuf_str(&text), diags);
	assert_int_equal(diag_errors(diags), 0);
	assert_int_equal(rules->categories[0].wait.ms, wait_ms);
	first = print(rules);
	if (lines[0] == '!' ? strstr(first, lines + 1) != NULL : strstr(first, lines) == NULL)
		fail_msg("'%s' in %s", lines, first);
	second = print_text(first);
	assert_string_equal(first, second);
	free(first);
	free(second);
	rules_free(rules);
	strbuf_fini(&text);
	diag_list_free(diags);
}

/* What is as it would be without the key is left out of the print. */
static void
test_wait(void **state)
{
	(void)state;
	check_wait("", "", "!wait", RULES_WAIT_MS);
	check_wait("", "", "!lease", RULES_WAIT_MS);
	check_wait("\n  lease: 10min", "", "!lease", RULES_WAIT_MS);
	check_wait("\n  lease: 7min", "", "  lease: 7min\n", RULES_WAIT_MS);
	check_wait("\n  lease: 90min", "", "  lease: 1h30min\n", RULES_WAIT_MS);
	check_wait(LINK "}", "", "    link:\n      en: 'https://x/", RULES_WAIT_MS);
	check_wait(LINK ", wait: {for: 14d, then: close}}", "", "!wait", RULES_WAIT_MS);
	check_wait(LINK ", wait: {for: 48h}}", "", "    wait:\n      for: 2d\nlocales", 172800000);
	check_wait(LINK ", wait: {then: people}}", "", "    wait:\n      then: people\nlocales",
	    RULES_WAIT_MS);
	check_wait(LINK ", wait: {for: 2d}}", "wait: {for: 2d, then: close}",
	    "!\n    wait:\n      for: 2d\n    answers", 172800000);
	check_wait(LINK ", wait: {then: people}}", "wait: {for: 1h}",
	    "    wait:\n      for: 1h\n    answers", 3600000);
	check_wait("", "wait: {then: people}", "    wait:\n      then: people\n    answers",
	    RULES_WAIT_MS);
}

/* Words in words that grow tenfold each time end at the limit, at once. */
static void
test_growing_words(void **state)
{
	struct diag_list *diags = diag_list_new(50);
	struct strbuf text;
	struct rules *rules;
	int i, k;

	(void)state;
	strbuf_init(&text, 0);
	strbuf_puts(&text, HEAD "Bye" TAIL "words:\n  w0: [lol]\n");
	for (i = 1; i < 12; i++) {
		strbuf_printf(&text, "  w%d: ['", i);
		for (k = 0; k < 10; k++)
			strbuf_printf(&text, "${w%d}", i - 1);
		strbuf_puts(&text, "']\n");
	}
	rules = rules_load_text("t.yaml", strbuf_str(&text), diags);
	assert_true(diag_errors(diags) > 0);
	rules_free(rules);
	strbuf_fini(&text);
	diag_list_free(diags);
}

/* 50 are kept, all are counted. */
static void
test_limit(void **state)
{
	struct diag_list *diags = diag_list_new(50);
	struct strbuf text, out;
	struct rules *rules;
	int i;

	(void)state;
	strbuf_init(&text, 0);
	strbuf_init(&out, 0);
	strbuf_puts(&text, HEAD "Bye" TAIL);
	for (i = 0; i < 60; i++)
		strbuf_printf(&text, "    colour%d: red\n", i);
	rules = rules_load_text("t.yaml", strbuf_str(&text), diags);
	assert_int_equal(diag_errors(diags), 60);
	diag_print(diags, &out, false);
	assert_non_null(strstr(out.p, "and 10 more"));
	rules_free(rules);
	strbuf_fini(&text);
	strbuf_fini(&out);
	diag_list_free(diags);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_model),
	    cmocka_unit_test(test_print),
	    cmocka_unit_test(test_print_decide),
	    cmocka_unit_test(test_routes_and_examples),
	    cmocka_unit_test(test_print_texts),
	    cmocka_unit_test(test_same_meaning),
	    cmocka_unit_test(test_same_examples),
	    cmocka_unit_test(test_like),
	    cmocka_unit_test(test_wait),
	    cmocka_unit_test(test_growing_words),
	    cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
