/* SPDX-License-Identifier: MIT */
#include "pipeline_plan.h"

#include <string.h>

#include "answer.h"
#include "decision_json.h"
#include "identity.h"
#include "json.h"
#include "limits.h"
#include "pipeline_answer.h"
#include "rules_due.h"

#define ASKED_AT_MOST 2 /* then people take over */

enum pipeline_verdict
pipeline_plan_judge(const struct wire_request *wire, const struct desk_ticket *ticket)
{
	struct str digest = {(const char *)wire->digest, DIGEST_BYTES};

	/* There is no pause after a wrong token: 128 random bits need none, and who
	 * knows a reference could keep its requester waiting. */
	if (ticket->denied || !identity_token_equal(wire->token, ticket->token))
		return FOLLOW_UP_DENIED;
	if (ticket->known)
		return ticket->known_digest_version != WIRE_DIGEST_VERSION ||
		        str_eq(ticket->known_digest, digest)
		    ? FOLLOW_UP_REPEATED : FOLLOW_UP_CONFLICT;
	if (ticket->follow_up_count >= LIMIT_FOLLOW_UPS)
		return FOLLOW_UP_TOO_MANY;
	return FOLLOW_UP_NEW;
}

static bool
is_state(const struct pipeline_plan *plan, const char *state)
{
	return str_is(plan->ticket->state, state);
}

/* What the scratch holds, kept; absent when the arena is full. */
static struct str
keep(struct pipeline_plan *plan)
{
	struct str kept = arena_dup(plan->arena, strbuf_str(plan->scratch));

	strbuf_clear(plan->scratch);
	return kept;
}

/* Replies ------------------------------------------------------------------- */

/* The decision's reply, with its link filled in, for the mail and the answer. */
static int
put_reply(struct pipeline_plan *plan)
{
	const struct decision *decision = &plan->decision;
	struct receipt *receipt = &plan->receipt;
	struct desk_write *write = &plan->write;

	strbuf_clear(plan->scratch);
	answer_address(decision->reply_body, plan->ticket->reference, plan->ticket->token,
	    plan->scratch);
	receipt->has_reply = true;
	receipt->reply_locale = plan->policy->rules->locale_names[decision->locale];
	receipt->reply_subject = decision->reply_subject;
	receipt->reply_body = keep(plan);
	write->has_reply = true;
	write->reply_locale = receipt->reply_locale;
	write->reply_subject = receipt->reply_subject;
	write->reply_body = receipt->reply_body;
	identity_uuid_make(write->reply_id, plan->now_ms);
	return receipt->reply_body.p != NULL ? 0 : -1;
}

/* That people have it now. Nothing is said where the category, the language or the
 * team has gone from the rules, or where these have no such text. */
static int
put_people_reply(struct pipeline_plan *plan, const struct rules_category *category, int locale)
{
	const struct rules_team *team = rules_team_find(plan->policy->rules, plan->receipt.team);
	struct decision *decision = &plan->decision;
	struct strbuf subject;
	bool said;

	if (category == NULL || locale < 0 || team == NULL)
		return 0;
	strbuf_init(&subject, 0);
	strbuf_clear(plan->scratch);
	said = answer_to_people(
	    plan->policy->rules, category, team, (unsigned)locale, &subject, plan->scratch);
	decision->category = category;
	decision->locale = (unsigned)locale;
	decision->outcome = OUTCOME_ROUTED;
	decision->follow_up_count = (size_t)plan->ticket->follow_up_count + 1;
	decision->reply_subject = arena_dup(plan->arena, strbuf_str(&subject));
	decision->reply_body = keep(plan);
	strbuf_fini(&subject);
	if (!said)
		return 0;
	if (decision->reply_subject.p == NULL || decision->reply_body.p == NULL)
		return -1;
	return put_reply(plan);
}

/* The ways ------------------------------------------------------------------ */

/* from_ms: what the due time counts from; 0: it has one. */
static void
to_queue(struct pipeline_plan *plan, enum desk_move move, int64_t from_ms)
{
	plan->write.move = move;
	plan->write.has_due = from_ms != 0;
	if (from_ms != 0)
		plan->write.due_ms = rules_due(
		    plan->policy->rules, plan->receipt.team, plan->receipt.priority, from_ms);
	plan->receipt.outcome = str_of(outcome_names[OUTCOME_ROUTED]);
	plan->receipt.state = STR("queued");
	plan->metric = move == DESK_REOPEN ? METRIC_FOLLOW_UP_REOPENED : METRIC_FOLLOW_UP_ROUTED;
}

static int
ask_again(struct pipeline_plan *plan, const struct rules_category *category)
{
	plan->write.move = DESK_ASK;
	plan->write.wait_ms = category->wait.ms;
	plan->metric = METRIC_FOLLOW_UP_ASKED;
	return put_reply(plan);
}

static int
decide_again(struct pipeline_plan *plan, const struct rules_category *category, int locale)
{
	const struct desk_ticket *ticket = plan->ticket;
	struct decision *decision = &plan->decision;
	struct err err;

	ticket->parts[0] = plan->wire->ticket;
	if (decide_follow_up(plan->decider, category, (unsigned)locale, ticket->parts,
		ticket->part_count, plan->now_ms, ticket->received_ms, plan->arena, decision,
		&err) < 0 ||
	    pipeline_answer_lists(&plan->receipt, plan->arena, decision) < 0)
		return -1;
	if (decision->nothing_new)
		return 0;
	plan->receipt.outcome = str_of(outcome_names[decision->outcome]);
	if (decision->outcome == OUTCOME_NEEDS_INFO || decision->outcome == OUTCOME_ROUTED) {
		plan->receipt.team = decision->team->name;
		plan->receipt.priority = decision->priority->name;
	}
	switch (decision->outcome) {
	case OUTCOME_NEEDS_INFO:
		if (ticket->asked < ASKED_AT_MOST)
			return ask_again(plan, category);
		to_queue(plan, DESK_QUEUE, ticket->received_ms);
		return put_people_reply(plan, category, locale);
	case OUTCOME_ANSWERED:
	case OUTCOME_NO_ACTION:
		plan->write.move = DESK_CLOSE;
		plan->receipt.state = STR("closed");
		plan->metric = METRIC_FOLLOW_UP_ANSWERED;
		return put_reply(plan);
	case OUTCOME_ROUTED:
		break;
	}
	to_queue(plan, DESK_QUEUE, ticket->received_ms);
	plan->write.due_ms = decision->due_ms;
	return put_reply(plan);
}

static int
choose_way(struct pipeline_plan *plan)
{
	const struct rules *rules = plan->policy->rules;
	const struct desk_ticket *ticket = plan->ticket;
	const struct rules_category *category = rules_category_find(rules, ticket->category);
	int locale = rules_locale_find(rules, ticket->locale);

	if (is_state(plan, "closed")) {
		to_queue(plan, DESK_REOPEN, plan->now_ms);
		plan->receipt.missing_count = 0;
		return put_people_reply(plan, category, locale);
	}
	if (!is_state(plan, "waiting"))
		return 0;
	if (!ticket->by_person && category != NULL && locale >= 0)
		return decide_again(plan, category, locale);
	to_queue(plan, DESK_QUEUE, ticket->by_person ? 0 : ticket->received_ms);
	return put_people_reply(plan, category, locale);
}

/* What is kept about it: triaged.message.decision. */
static int
put_decision(struct pipeline_plan *plan)
{
	const struct receipt *receipt = &plan->receipt;
	const struct {
		const char *key;
		struct str text;
	} texts[] = {
	    {"category", receipt->category},
	    {"outcome", receipt->outcome},
	    {"team", receipt->team},
	    {"priority", receipt->priority},
	    {"state", receipt->state},
	    {"policy", receipt->policy},
	};
	struct json json;
	size_t i;

	strbuf_clear(plan->scratch);
	json_init(&json, plan->scratch);
	json_open(&json, '{');
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_key(&json, texts[i].key);
		json_str(&json, texts[i].text);
	}
	json_key(&json, "missing");
	json_open(&json, '[');
	for (i = 0; i < receipt->missing_count; i++)
		json_str(&json, receipt->missing[i]);
	json_close(&json, ']');
	json_key(&json, "found");
	decision_json_found(&json, &plan->decision);
	json_key(&json, "warnings");
	decision_json_warnings(&json, &plan->decision);
	json_close(&json, '}');
	plan->write.decision = keep(plan);
	return plan->write.decision.p != NULL ? 0 : -1;
}

int
pipeline_plan_make(struct pipeline_plan *plan)
{
	const struct desk_ticket *ticket = plan->ticket;

	memset(&plan->decision, 0, sizeof(plan->decision));
	plan->write = (struct desk_write){
	    .seen = ticket,
	    .key = plan->wire->key.bytes,
	    .digest_version = WIRE_DIGEST_VERSION,
	    .content = &plan->wire->ticket,
	    .move = DESK_STAY,
	};
	memcpy(plan->write.digest, plan->wire->digest, sizeof(plan->write.digest));
	plan->receipt = (struct receipt){
	    .ticket = ticket->uuid_text,
	    .reference = ticket->reference,
	    .category = ticket->category,
	    .outcome = ticket->outcome,
	    .team = ticket->team,
	    .priority = ticket->priority,
	    .state = ticket->state,
	    .missing = ticket->missing,
	    .missing_count = ticket->missing_count,
	    .policy = str_of(plan->policy->hash),
	    .follow_up_token = ticket->token,
	};
	plan->metric = METRIC_FOLLOW_UP_ADDED;
	return choose_way(plan) < 0 ? -1 : put_decision(plan);
}
