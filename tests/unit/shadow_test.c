/* SPDX-License-Identifier: MIT */
#include "shadow.h"

#include "decide_fixture.h"
#include "store_batch.h"

#define NOW "2026-04-15T12:00:00+02:00"

static const struct ticket asked = {.audience = STR("mentor"), .body = STR("transfer")};

static unsigned differs; /* of the last verdict */

/* Compares a decision of the fixture's policy, as the test has changed it, with one by
 * the same policy; results go to an arena of so many bytes. */
static enum shadow_verdict
verdict(const struct decision *live, const struct ticket *ticket, size_t bytes)
{
	struct shadow *shadow = shadow_new(fixture.policy);
	struct arena *arena = arena_new(bytes);
	struct shadow_decision result;

	assert_non_null(shadow);
	shadow_decide(shadow, ticket, live, arena, &result);
	shadow_free(shadow);
	arena_free(arena);
	differs = result.differs;
	return result.verdict;
}

static void
test_same(void **state)
{
	struct shadow *shadow = shadow_new(fixture.policy);
	struct shadow_decision result;
	struct decision live;
	struct strbuf missing;

	(void)state;
	live = *fixture_decide(&asked, NOW);
	assert_int_equal(live.missing_count, 3);
	shadow_decide(shadow, &asked, &live, fixture.arena, &result);
	shadow_free(shadow);
	/* What is kept needs neither the shadow nor its memory. */
	assert_int_equal(result.verdict, SHADOW_SAME);
	assert_int_equal(result.differs, 0);
	assert_true(str_eq(result.category, live.category->name));
	assert_true(str_is(result.outcome, "needs_info"));
	assert_true(str_eq(result.team, live.team->name));
	assert_true(str_eq(result.priority, live.priority->name));
	strbuf_init(&missing, 0);
	strbuf_printf(&missing, "%.*s,%.*s,%.*s", STR_ARG(live.missing[0]->name),
	    STR_ARG(live.missing[1]->name), STR_ARG(live.missing[2]->name));
	assert_true(str_eq(result.missing, strbuf_str(&missing)));
	strbuf_fini(&missing);
	assert_true(result.confidence == live.confidence);
}

static void
test_different(void **state)
{
	const struct rules *rules = fixture.policy->rules;
	const struct rules_field *swapped[3];
	struct decision live = *fixture_decide(&asked, NOW), changed;

	(void)state;
	changed = live;
	changed.category = rules->fallbacks[live.category->audience];
	assert_int_equal(verdict(&changed, &asked, 0), SHADOW_DIFFERENT);
	assert_int_equal(differs, 1 << SHADOW_CATEGORY);
	changed = live;
	changed.outcome = OUTCOME_ANSWERED;
	assert_int_equal(verdict(&changed, &asked, 0), SHADOW_DIFFERENT);
	assert_int_equal(differs, 1 << SHADOW_OUTCOME);
	changed = live;
	changed.team = &rules->teams[live.team == &rules->teams[0]];
	assert_int_equal(verdict(&changed, &asked, 0), SHADOW_DIFFERENT);
	assert_int_equal(differs, 1 << SHADOW_TEAM);
	changed = live;
	changed.priority = &rules->priorities[live.priority == &rules->priorities[0]];
	assert_int_equal(verdict(&changed, &asked, 0), SHADOW_DIFFERENT);
	assert_int_equal(differs, 1 << SHADOW_PRIORITY);
	changed = live;
	changed.missing_count--;
	assert_int_equal(verdict(&changed, &asked, 0), SHADOW_DIFFERENT);
	assert_int_equal(differs, 1 << SHADOW_MISSING);
	/* The order is none; another field is one. */
	assert_int_equal(live.missing_count, 3);
	changed = live;
	changed.missing = swapped;
	swapped[0] = live.missing[1];
	swapped[1] = live.missing[0];
	swapped[2] = live.missing[2];
	assert_int_equal(verdict(&changed, &asked, 0), SHADOW_SAME);
	swapped[1] = live.missing[1];
	assert_int_equal(verdict(&changed, &asked, 0), SHADOW_DIFFERENT);
	assert_int_equal(differs, 1 << SHADOW_MISSING);
	changed.outcome = OUTCOME_ANSWERED;
	assert_int_equal(verdict(&changed, &asked, 0), SHADOW_DIFFERENT);
	assert_int_equal(differs, 1 << SHADOW_OUTCOME | 1 << SHADOW_MISSING);
}

/* It decides for the time that the live decision was made for. */
static void
test_clock(void **state)
{
	struct ticket ticket = {.audience = STR("mentor"), .body = STR("recap")};
	struct decision live = *fixture_decide(&ticket, "2026-04-05T12:00:00+02:00");

	(void)state;
	assert_int_equal(verdict(&live, &ticket, 0), SHADOW_SAME);
	live.clock_ms += 7 * INT64_C(86400000);
	assert_int_equal(verdict(&live, &ticket, 0), SHADOW_DIFFERENT);
}

static void
test_failed(void **state)
{
	struct decision live = *fixture_decide(&asked, NOW);
	struct ticket elsewhere = asked;

	(void)state;
	elsewhere.audience = STR("nobody");
	assert_int_equal(verdict(&live, &elsewhere, 0), SHADOW_FAILED);
	assert_int_equal(verdict(&live, &asked, 1), SHADOW_FAILED);
}

static size_t
columns(struct store_batch *batch, enum store_column first)
{
	size_t count = 0;

	for (int i = (int)first; i < COLUMN_COUNT; i++)
		count += batch->columns[i].count;
	return count;
}

/* Nothing is sent of what there is not. */
static void
test_batch(void **state)
{
	static const enum shadow_verdict none[] = {SHADOW_OFF, SHADOW_FAILED};
	struct store_row row = {.ticket = &asked};
	struct store_batch batch;

	(void)state;
	store_batch_init(&batch);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		row.shadow.verdict = none[i];
		store_batch_add(&batch, &row);
		assert_false(store_batch_has_shadow(&batch));
		assert_int_equal(columns(&batch, COLUMN_SHADOWED), 0);
	}
	row.shadow.verdict = SHADOW_DIFFERENT;
	store_batch_add(&batch, &row);
	row.shadow.verdict = SHADOW_SAME;
	store_batch_add(&batch, &row);
	assert_true(store_batch_has_shadow(&batch));
	assert_int_equal(columns(&batch, COLUMN_SHADOWED),
	    2 * (COLUMN_COUNT - COLUMN_SHADOWED));
	assert_int_equal(batch.columns[COLUMN_TICKET].count, 4);
	store_batch_clear(&batch);
	assert_false(store_batch_has_shadow(&batch));
	store_batch_fini(&batch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_different),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_batch),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
