/* SPDX-License-Identifier: MIT */
/*
 * Two policies of which one is loaded beside the other: each decides as it does alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decide.h"

#define OLD "tests/data/rules-decide"
#define NEW "tests/data/rules-small"
#define NOW_MS INT64_C(1772700000000) /* 2026-03-05 */

static struct policy *
load(const char *folder, struct policy *beside)
{
	struct diag_list *diags = diag_list_new(50);
	struct policy *policy = policy_load(folder, NULL, beside, &diags);

	assert_non_null(policy);
	return policy;
}

static void
test_numbers(void **state)
{
	struct policy *old = load(OLD, NULL), *new = load(NEW, old), *alone = load(NEW, NULL);
	size_t others = old->rules->pattern_count, i;

	(void)state;
	assert_string_equal(new->hash, alone->hash);
	assert_true(new->rules->pattern_count > others);
	assert_true(new->rules->pattern_count <= others + alone->rules->pattern_count);
	for (i = 0; i < new->rules->pattern_count; i++) {
		assert_int_equal(new->rules->patterns[i]->number, i);
		if (i < others)
			assert_ptr_equal(new->patterns[i], old->patterns[i]);
	}
	others = old->rules->capture_count;
	for (i = 0; i < new->rules->capture_count; i++) {
		assert_int_equal(new->rules->captures[i]->number, i);
		assert_non_null(new->captures[i]);
		if (i < others)
			assert_ptr_equal(new->captures[i], old->captures[i]);
	}
	policy_release(alone);
	policy_release(old);
	policy_release(new); /* which has kept the old one */
}

/* With itself: nothing is left to be compiled. */
static void
test_nothing_new(void **state)
{
	struct policy *old = load(OLD, NULL), *new = load(OLD, old);

	(void)state;
	assert_int_equal(new->rules->pattern_count, old->rules->pattern_count);
	assert_int_equal(new->made_count, 0);
	policy_release(new);
	policy_release(old);
}

/* The old, the new beside it, and what decides by both. */
struct both {
	struct policy *old, *new;
	struct decider *after, *before;
	struct arena *arena;
	struct decision two[2]; /* new, old */
};

static struct both
both_of(struct policy *old, struct policy *new)
{
	struct both both = {.old = old, .new = new, .arena = arena_new(0)};

	both.after = decider_new(new, false);
	both.before = decider_beside(both.after);
	assert_non_null(both.before);
	assert_non_null(both.arena);
	return both;
}

static int
both_decide(struct both *both, const struct ticket *ticket, struct err *err)
{
	arena_reset(both->arena);
	return decide_both(
	    both->after, both->before, ticket, NOW_MS, both->arena, both->two, err);
}

static void
both_end(struct both *both)
{
	arena_free(both->arena);
	decider_free(both->before);
	decider_free(both->after);
	policy_release(both->new);
	policy_release(both->old);
}

static void
print(const struct policy *policy, const struct decision *decision, struct strbuf *out)
{
	struct json json;

	strbuf_clear(out);
	json_init(&json, out);
	decision_json(policy, STR("x"), decision, &json);
}

static void
test_decides_as_alone(void **state)
{
	static const char *const words[] = {"alpha", "beta", "gamma", "alphabet", "urgent",
	    "transfer", "novice", "payment", "since", "10 March", "my student", "Elif Kaya",
	    "told her", "not", "paid on 2 April", "holiday", "break", "absent", "invoice", "\n\n",
	    ".", "thanks", "recap", "3 times", "epsilon", "zeta", "conges", "mon étudiant",
	    "from Monday to Friday", "https://example.org/assessments/1", "hello", "and"};
	struct policy *old = load(OLD, NULL), *alone = load(NEW, NULL);
	struct both both = both_of(old, load(NEW, old));
	struct decider *of_old = decider_new(old, false), *of_new = decider_new(alone, false);
	struct arena *arena = arena_new(0);
	struct strbuf got, want;
	size_t differ = 0;
	unsigned seed = 1;
	int round, i;

	(void)state;
	strbuf_init(&got, 0);
	strbuf_init(&want, 0);
	for (round = 0; round < 3000; round++) {
		struct ticket ticket = {.audience = STR("mentor")};
		struct decision one[2];
		struct err err = {""};
		char body[600] = "";

		for (i = rand_r(&seed) % 20; i >= 0; i--) {
			strcat(body, words[rand_r(&seed) % (sizeof(words) / sizeof(words[0]))]);
			strcat(body, " ");
		}
		ticket.body = str_of(body);
		ticket.subject = str_of(words[rand_r(&seed) % (sizeof(words) / sizeof(words[0]))]);
		arena_reset(arena);
		if (both_decide(&both, &ticket, &err) < 0 ||
		    decide(of_new, &ticket, NOW_MS, arena, &one[0], &err) < 0 ||
		    decide(of_old, &ticket, NOW_MS, arena, &one[1], &err) < 0)
			fail_msg("%s", err.text);
		print(both.new, &both.two[0], &got);
		print(alone, &one[0], &want);
		assert_string_equal(got.p, want.p);
		print(old, &both.two[1], &got);
		print(old, &one[1], &want);
		assert_string_equal(got.p, want.p);
		differ += !str_eq(one[0].category->name, one[1].category->name);
	}
	assert_true(differ > 100);
	strbuf_fini(&got);
	strbuf_fini(&want);
	arena_free(arena);
	decider_free(of_old);
	decider_free(of_new);
	policy_release(alone);
	both_end(&both);
}

/* A limit that one of them hits is counted for each. */
static void
test_undecided_of_each(void **state)
{
	struct policy *old = load(OLD, NULL);
	struct both both = both_of(old, load(OLD, old));
	struct ticket ticket = {.audience = STR("mentor")};
	struct pattern *slow, *kept;
	struct err err = {""};
	size_t offset = 0, i;
	char body[400] = "alpha ";

	(void)state;
	if (!old->scan_sound) { /* as decide_test does */
		both_end(&both);
		skip();
	}
	for (i = 0; i < 50; i++)
		strcat(body, "aaaaaa");
	slow = pattern_compile(STR("^alpha (?:a+)+(?:a+)+[bc]"), PATTERN_FOLDED, &offset, &err);
	assert_non_null(slow);
	for (i = 0; !str_is(old->rules->patterns[i]->source, "\\balpha\\b"); i++)
		;
	kept = both.new->patterns[i];
	both.new->patterns[i] = slow;
	ticket.body = str_of(body);
	assert_int_equal(both_decide(&both, &ticket, &err), 0);
	both.new->patterns[i] = kept;
	pattern_free(slow);
	assert_int_equal(both.two[0].outcome, OUTCOME_ROUTED);
	assert_true(both.two[0].undecided > 0);
	assert_int_equal(both.two[0].undecided, both.two[1].undecided);
	/* What one met before it knew its category is not held against the other. */
	assert_true(str_is(both.two[0].category->name, "mentor.alpha"));
	assert_true(str_is(both.two[1].category->name, "mentor.alpha"));
	both_end(&both);
}

/* A folder without rules is told, beside others too. */
static void
test_empty_folder(void **state)
{
	struct diag_list *diags = diag_list_new(50);
	struct policy *old = load(OLD, NULL);

	(void)state;
	assert_null(policy_load("tests/golden/rules/empty-folder", NULL, old, &diags));
	assert_int_equal(diag_errors(diags), 1);
	diag_list_free(diags);
	policy_release(old);
}

#define CATEGORY(name, signals)                                                            \
	"  coach." name ":\n    audience: coach\n    team: coaching\n    priority: urgent\n"     \
	"    label: {en: " name ", fr: " name "}\n    signals:\n" signals                      \
	"    answers:\n      en: {subject: A, help: A., routed: A.}\n"                         \
	"      fr: {subject: A, help: A.}\n"
#define SLOW "'\\bzeta (?:a+ ?)+(?:a+ ?)+[bc]'"

/* rules-small with some categories more. */
static struct policy *
load_with(const char *categories, struct policy *beside)
{
	char folder[] = "/tmp/beside_test.XXXXXX", command[200];
	struct policy *policy;
	FILE *file;

	assert_non_null(mkdtemp(folder));
	snprintf(command, sizeof(command), "cp -r " NEW "/. %s", folder);
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof(command), "%s/more.yaml", folder);
	file = fopen(command, "w");
	assert_non_null(file);
	fprintf(file, "categories:\n%s", categories);
	assert_int_equal(fclose(file), 0);
	policy = load(folder, beside);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
	return policy;
}

static void
check_alone(const char *categories, const struct ticket *ticket, const char *wanted,
    const struct policy *policy, const struct decision *decision)
{
	struct policy *alone = load_with(categories, NULL);
	struct decider *decider = decider_new(alone, false);
	struct arena *arena = arena_new(0);
	struct decision one;
	struct strbuf got, want;
	struct err err = {""};

	strbuf_init(&got, 0);
	strbuf_init(&want, 0);
	assert_int_equal(decide(decider, ticket, NOW_MS, arena, &one, &err), 0);
	print(policy, decision, &got);
	print(alone, &one, &want);
	assert_string_equal(got.p, want.p);
	assert_true(str_is(one.category->name, wanted));
	strbuf_fini(&got);
	strbuf_fini(&want);
	arena_free(arena);
	decider_free(decider);
	policy_release(alone);
}

static void
check_as_alone(const char *old_categories, const char *new_categories,
    const struct ticket *ticket, const char *wanted)
{
	struct policy *old = load_with(old_categories, NULL);
	struct both both = both_of(old, load_with(new_categories, old));
	struct err err = {""};

	assert_int_equal(both_decide(&both, ticket, &err), 0);
	check_alone(new_categories, ticket, wanted, both.new, &both.two[0]);
	check_alone(old_categories, ticket, wanted, old, &both.two[1]);
	both_end(&both);
}

/* Sums of weights do not depend on the order of the numbers. */
static void
test_order_of_sums(void **state)
{
	const struct ticket ticket = {
	    .audience = STR("coach"), .body = STR("pone ptwo pthree ponefour")};

	(void)state;
	check_as_alone(
	    CATEGORY("first", "      - {pattern: '\\bponefour\\b', weight: 8.1}\n")
	    CATEGORY("second", "      - {pattern: '\\bpthree\\b', weight: 3.7}\n"
			       "      - {pattern: '\\bptwo\\b', weight: 3.4}\n"
			       "      - {pattern: '\\bpone\\b', weight: 1.0}\n"),
	    CATEGORY("first", "      - {pattern: '\\bponefour\\b', weight: 8.1}\n")
	    CATEGORY("second", "      - {pattern: '\\bpone\\b', weight: 1.0}\n"
			       "      - {pattern: '\\bptwo\\b', weight: 3.4}\n"
			       "      - {pattern: '\\bpthree\\b', weight: 3.7}\n"),
	    &ticket, "coach.first");
}

/* What holds in the body holds, whatever limit was hit in the subject. */
static void
test_limit_in_another_part(void **state)
{
	char subject[300] = "zeta ";
	struct ticket ticket = {.audience = STR("coach"), .body = STR("zeta aaaa b")};
	int i;

	(void)state;
	for (i = 0; i < 40; i++)
		strcat(subject, "aaaaaa");
	ticket.subject = str_of(subject);
	check_as_alone(
	    CATEGORY("second", "      - {pattern: " SLOW ", weight: 9}\n"),
	    CATEGORY("first", "      - {pattern: " SLOW ", weight: 1, in: body}\n")
	    CATEGORY("second", "      - {pattern: " SLOW ", weight: 9}\n"),
	    &ticket, "coach.second");
}

/* Either must know the audience. */
static void
test_audience_of_one(void **state)
{
	struct policy *old = load(OLD, NULL);
	struct both both = both_of(old, load(OLD, old));
	struct ticket ticket = {.audience = STR("pilot"), .body = STR("alpha")};
	struct err err = {""};

	(void)state;
	assert_int_equal(both_decide(&both, &ticket, &err), -1);
	assert_string_equal(err.text, "audience 'pilot' is not in the policy");
	both_end(&both);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_nothing_new),
	    cmocka_unit_test(test_decides_as_alone),
	    cmocka_unit_test(test_undecided_of_each),
	    cmocka_unit_test(test_empty_folder),
	    cmocka_unit_test(test_order_of_sums),
	    cmocka_unit_test(test_limit_in_another_part),
	    cmocka_unit_test(test_audience_of_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
