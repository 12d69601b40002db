/* SPDX-License-Identifier: MIT */
/*
 * What the tests of deciding share: the policy of tests/data/rules-decide, and
 * one decision at a time on a ticket given as plain values. Each decision is
 * made twice, the second time by the oracle, and the two must be the same.
 */
#ifndef DECIDE_FIXTURE_H
#define DECIDE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decide.h"
#include "timestamp.h"

struct fixture {
	struct policy *policy;
	struct decider *decider, *oracle;
	struct arena *arena;
	struct strbuf json, oracle_json;
	struct decision decision;
};

static struct fixture fixture;

static inline struct str
fixture_print(struct strbuf *out, const struct decision *decision)
{
	struct json json;

	strbuf_clear(out);
	json_init(&json, out);
	decision_json(fixture.policy, STR("x"), decision, &json);
	return strbuf_str(out);
}

/* Decides at a time like "2026-01-12T09:41:00+01:00". */
static inline const struct decision *
fixture_decide(const struct ticket *ticket, const char *now)
{
	struct decision again;
	struct err err = {""};
	int64_t ms = 0;

	arena_reset(fixture.arena);
	assert_int_equal(timestamp_parse(str_of(now), &ms), 0);
	if (decide(fixture.oracle, ticket, ms, fixture.arena, &again, &err) < 0 ||
	    decide(fixture.decider, ticket, ms, fixture.arena, &fixture.decision, &err) < 0)
		fail_msg("%s", err.text);
	fixture_print(&fixture.json, &fixture.decision);
	fixture_print(&fixture.oracle_json, &again);
	assert_string_equal(fixture.json.p, fixture.oracle_json.p);
	return &fixture.decision;
}

/* A mentor's ticket with a body only. */
static inline const struct decision *
fixture_body(const char *body, const char *now)
{
	struct ticket ticket = {.audience = STR("mentor"), .body = str_of(body)};

	return fixture_decide(&ticket, now);
}

static inline void
fixture_category(const struct decision *decision, const char *name, enum outcome outcome)
{
	if (!str_is(decision->category->name, name) || decision->outcome != outcome)
		fail_msg("%s", fixture.json.p);
}

/* missing: names joined by blanks. */
static inline void
fixture_missing(const struct decision *decision, const char *missing)
{
	char names[512] = "";
	size_t i;

	for (i = 0; i < decision->missing_count; i++) {
		if (i > 0)
			strcat(names, " ");
		strncat(names, decision->missing[i]->name.p, decision->missing[i]->name.n);
	}
	assert_string_equal(names, missing);
}

static inline const struct decision_found *
fixture_found(const struct decision *decision, const char *name)
{
	size_t i;

	for (i = 0; i < decision->found_count; i++)
		if (str_is(decision->found[i].field->name, name))
			return &decision->found[i];
	return NULL;
}

static inline void
fixture_found_text(const struct decision *decision, const char *name, const char *text)
{
	const struct decision_found *found = fixture_found(decision, name);

	if (found == NULL || !str_is(found->value.text, text))
		fail_msg("%s is not '%s' in %s", name, text, fixture.json.p);
}

static inline int
fixture_setup(void **state)
{
	struct diag_list *diags = diag_list_new(50);
	struct strbuf out;

	(void)state;
	fixture.policy = policy_load("tests/data/rules-decide", NULL, NULL, &diags);
	if (fixture.policy == NULL) {
		strbuf_init(&out, 0);
		diag_print(diags, &out, false);
		print_error("%s\n", out.p != NULL ? out.p : "");
		strbuf_fini(&out);
		diag_list_free(diags);
		return -1;
	}
	fixture.decider = decider_new(fixture.policy, false);
	fixture.oracle = decider_new(fixture.policy, true);
	fixture.arena = arena_new(0);
	strbuf_init(&fixture.json, 0);
	strbuf_init(&fixture.oracle_json, 0);
	return 0;
}

static inline int
fixture_teardown(void **state)
{
	(void)state;
	decider_free(fixture.decider);
	decider_free(fixture.oracle);
	policy_release(fixture.policy);
	arena_free(fixture.arena);
	strbuf_fini(&fixture.json);
	strbuf_fini(&fixture.oracle_json);
	return 0;
}

#endif
