/* SPDX-License-Identifier: MIT */
#include "ctl_score.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "digest.h"
#include "fold.h"

const char *const ctl_part_names[] = {"category", "outcome", "missing", "missing_asked",
    "found", "found_values", "whole"};

static struct str
score_str(const json_t *value)
{
	if (!json_is_string(value))
		return (struct str){NULL, 0};
	return (struct str){json_string_value(value), json_string_length(value)};
}

static int
expect_missing(struct arena *arena, const json_t *list, struct ctl_expect *expect)
{
	size_t count = json_array_size(list);
	struct str *missing = arena_array(arena, count, sizeof(*missing));

	for (size_t i = 0; i < count; i++) {
		missing[i] = arena_dup(arena, score_str(json_array_get(list, i)));
		if (missing[i].p == NULL)
			return -1;
	}
	expect->missing = missing;
	expect->missing_count = count;
	return 0;
}

int
ctl_expect_read(struct arena *arena, const struct json_t *object, struct ctl_expect *expect,
    struct err *err)
{
	struct str outcome = score_str(json_object_get(object, "outcome"));
	size_t i;

	*expect = (struct ctl_expect){.found = json_object_get(object, "found")};
	if (object == NULL)
		return err_set(err, "no \"expect\"");
	expect->category = arena_dup(arena, score_str(json_object_get(object, "category")));
	if (expect->category.p == NULL)
		return err_set(err, "expect.category is no text");
	for (i = 0; i < OUTCOME_COUNT && !str_is(outcome, outcome_names[i]); i++)
		;
	if (i == OUTCOME_COUNT)
		return err_set(err, "expect.outcome is none of the outcomes");
	expect->outcome = (enum outcome)i;
	if (expect_missing(arena, json_object_get(object, "missing"), expect) < 0)
		return err_set(err, "expect.missing is no list of names");
	return 0;
}

void
ctl_score_add(struct ctl_score *sum, const struct ctl_score *one)
{
	sum->tickets += one->tickets;
	for (int i = 0; i < CTL_PART_COUNT; i++) {
		sum->right[i] += one->right[i];
		sum->of[i] += one->of[i];
	}
}

static bool
score_missing(const struct ctl_expect *expect, const struct decision *decision)
{
	if (expect->missing_count != decision->missing_count)
		return false;
	for (size_t i = 0; i < expect->missing_count; i++) {
		size_t j = 0;

		while (j < decision->missing_count &&
		       !str_eq(expect->missing[i], decision->missing[j]->name))
			j++;
		if (j == decision->missing_count)
			return false;
	}
	return true;
}

static bool
score_contains(struct arena *arena, struct str expected, struct str got)
{
	struct folded a, b;
	struct str left, right;

	if (fold_text(arena, expected, &a) < 0 || fold_text(arena, got, &b) < 0)
		return false;
	left = str_trim(a.text);
	right = str_trim(b.text);
	if (left.n == 0 || right.n == 0)
		return left.n == right.n;
	return memmem(left.p, left.n, right.p, right.n) != NULL ||
	       memmem(right.p, right.n, left.p, left.n) != NULL;
}

static bool
score_text(struct arena *arena, struct str expected, const struct rules_field *field,
    const struct value *value)
{
	switch (field->type) {
	case FIELD_DATE:
	case FIELD_ENUM:
		return str_eq(expected, value->text);
	case FIELD_TEXT:
		/* Presence is all that such rules claim. */
		if (field->min_words > 0 || field->statement_count > 0 || field->capture_count == 0)
			return true;
		break;
	default:
		break;
	}
	if (value->type != VALUE_LIST)
		return score_contains(arena, expected, value->text);
	for (size_t i = 0; i < value->count; i++)
		if (score_contains(arena, expected, value->items[i].text))
			return true;
	return false;
}

static bool
score_value(struct arena *arena, const json_t *expected, const struct rules_field *field,
    const struct value *value)
{
	if (json_is_boolean(expected))
		return value->type == VALUE_BOOLEAN && value->boolean == json_is_true(expected);
	if (json_is_integer(expected))
		return value->type == VALUE_INTEGER &&
		       value->integer == json_integer_value(expected);
	if (json_is_array(expected)) {
		for (size_t i = 0; i < json_array_size(expected); i++)
			if (!score_value(arena, json_array_get(expected, i), field, value))
				return false;
		return true;
	}
	return json_is_string(expected) && score_text(arena, score_str(expected), field, value);
}

static bool
score_one(struct arena *arena, const char *name, const json_t *expected,
    const struct decision *decision)
{
	for (size_t i = 0; i < decision->found_count; i++) {
		const struct decision_found *found = &decision->found[i];

		if (str_is(found->field->name, name))
			return score_value(arena, expected, found->field, &found->value);
	}
	return false;
}

static void
score_found(struct arena *arena, const struct ctl_expect *expect,
    const struct decision *decision, struct ctl_score *score, struct strbuf *wrong_found)
{
	const char *name;
	json_t *expected;

	/* jansson iterates over a changeable object only; nothing is changed. */
	json_object_foreach((json_t *)(uintptr_t)expect->found, name, expected) {
		bool right = score_one(arena, name, expected, decision);

		score->of[CTL_FOUND_VALUES]++;
		score->right[CTL_FOUND_VALUES] += right;
		if (!right) {
			strbuf_puts(wrong_found, wrong_found->n > 0 ? "," : "");
			strbuf_puts(wrong_found, name);
		}
	}
	score->of[CTL_FOUND] = 1;
	score->right[CTL_FOUND] = score->of[CTL_FOUND_VALUES] == score->right[CTL_FOUND_VALUES];
}

struct ctl_score
ctl_score_decision(struct arena *arena, const struct ctl_expect *expect,
    const struct decision *decision, struct strbuf *wrong_found)
{
	struct ctl_score score = {.tickets = 1};
	bool asked = expect->outcome == OUTCOME_NEEDS_INFO;

	score.of[CTL_CATEGORY] = score.of[CTL_OUTCOME] = 1;
	score.of[CTL_MISSING] = score.of[CTL_WHOLE] = 1;
	score.right[CTL_CATEGORY] = str_eq(expect->category, decision->category->name);
	score.right[CTL_OUTCOME] = expect->outcome == decision->outcome;
	score.right[CTL_MISSING] = score_missing(expect, decision);
	score.right[CTL_WHOLE] = score.right[CTL_CATEGORY] && score.right[CTL_OUTCOME] &&
	                         score.right[CTL_MISSING];
	score.of[CTL_MISSING_ASKED] = asked;
	score.right[CTL_MISSING_ASKED] = asked && score.right[CTL_MISSING];
	if ((asked || expect->outcome == OUTCOME_ROUTED) && json_object_size(expect->found) > 0)
		score_found(arena, expect, decision, &score, wrong_found);
	return score;
}

int
ctl_sample_parse(
    const char *text, bool inverted, struct ctl_sample *sample, struct err *err)
{
	char *slash, *end;

	*sample = (struct ctl_sample){.inverted = inverted};
	errno = 0;
	sample->modulus = strtoul(text, &slash, 10);
	if (*slash != '/' || text[0] < '0' || text[0] > '9' || slash[1] < '0' || slash[1] > '9')
		return err_set(err, "'%s' is no sample; write MOD/REST, as 3/0", text);
	sample->rest = strtoul(slash + 1, &end, 10);
	if (*end != '\0' || errno != 0 || sample->modulus == 0 || sample->modulus > 1000000 ||
	    sample->rest >= sample->modulus)
		return err_set(err, "'%s' is no sample; REST is below MOD, as in 3/0", text);
	return 0;
}

bool
ctl_sample_has(const struct ctl_sample *sample, struct str id)
{
	unsigned char digest[DIGEST_BYTES];
	uint64_t rest = 0;

	if (sample->modulus == 0)
		return true;
	digest_sha256(id, digest);
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		rest = (rest * 256 + digest[i]) % sample->modulus;
	return (rest == sample->rest) != sample->inverted;
}
