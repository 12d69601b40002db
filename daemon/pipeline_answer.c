/* SPDX-License-Identifier: MIT */
#include "pipeline_answer.h"

#include <string.h>

#include "answer.h"

static int
put_missing(struct receipt *receipt, struct arena *arena, const struct decision *decision)
{
	struct str *missing = arena_array(arena, decision->missing_count + 1, sizeof(*missing));
	size_t i;

	if (missing == NULL)
		return -1;
	for (i = 0; i < decision->missing_count; i++)
		missing[i] = decision->missing[i]->name;
	receipt->missing = missing;
	receipt->missing_count = decision->missing_count;
	return 0;
}

static int
put_warnings(struct receipt *receipt, struct arena *arena, const struct decision *decision)
{
	struct receipt_warning *warnings =
	    arena_array(arena, decision->warning_count + 1, sizeof(*warnings));
	size_t i;

	if (warnings == NULL)
		return -1;
	for (i = 0; i < decision->warning_count; i++) {
		warnings[i].path = decision->warnings[i].path;
		warnings[i].code = decision->warnings[i].code;
	}
	receipt->warnings = warnings;
	receipt->warning_count = decision->warning_count;
	return 0;
}

int
pipeline_answer_lists(
    struct receipt *receipt, struct arena *arena, const struct decision *decision)
{
	if (put_missing(receipt, arena, decision) < 0)
		return -1;
	return put_warnings(receipt, arena, decision);
}

/* The text with the link of this ticket in it; a preview has none. */
static int
put_reply(struct receipt *receipt, struct arena *arena, const struct decision *decision)
{
	struct strbuf body;

	strbuf_init(&body, 0);
	answer_address(decision->reply_body,
	    receipt->reference.p != NULL ? receipt->reference : ANSWER_NO_ADDRESS,
	    receipt->follow_up_token.p != NULL ? receipt->follow_up_token : ANSWER_NO_ADDRESS,
	    &body);
	receipt->reply_subject = decision->reply_subject;
	receipt->reply_body = arena_dup(arena, strbuf_str(&body));
	strbuf_fini(&body);
	return receipt->reply_body.p != NULL ? 0 : -1;
}

int
pipeline_answer_receipt(struct receipt *receipt, struct arena *arena,
    const struct decision *decision, const struct policy *policy,
    const struct identity *identity)
{
	*receipt = (struct receipt){
	    .category = decision->category->name,
	    .outcome = str_of(outcome_names[decision->outcome]),
	    .team = decision->team->name,
	    .priority = decision->priority->name,
	    .has_reply = decision->has_reply,
	    .policy = str_of(policy->hash),
	};
	if (identity != NULL) {
		receipt->ticket = str_of(identity->uuid_text);
		receipt->reference = str_of(identity->reference);
		receipt->follow_up_token = str_of(identity->token);
	}
	if (decision->has_reply) {
		receipt->reply_locale = policy->rules->locale_names[decision->locale];
		if (put_reply(receipt, arena, decision) < 0)
			return -1;
	}
	return pipeline_answer_lists(receipt, arena, decision);
}

int
pipeline_answer_warn(
    struct decision *decision, struct arena *arena, struct str path, struct str code)
{
	size_t count = decision->warning_count;
	struct decision_warning *warnings = arena_array(arena, count + 1, sizeof(*warnings));

	if (warnings == NULL)
		return -1;
	if (count > 0)
		memcpy(warnings, decision->warnings, count * sizeof(*warnings));
	warnings[count].path = path;
	warnings[count].code = code;
	decision->warnings = warnings;
	decision->warning_count = count + 1;
	return 0;
}
