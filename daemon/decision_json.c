/* SPDX-License-Identifier: MIT */
/*
 * A decision as the JSON object of schemas/decision.json. The evidence list
 * holds all that speaks for the decision: the winner's signals, strongest
 * first, then where each field was found, then the gate and the route.
 */
#include "decision_json.h"

#include "timestamp.h"
#include "tz.h"

/* Of the ticket as submitted, or of its nth follow-up. */
static void
decision_json_place(struct json *json, enum text_part part, size_t start, size_t end,
    struct str quote, size_t follow_up)
{
	json_key(json, "part");
	json_text(json, part == PART_SUBJECT ? "subject" : part == PART_BODY ? "body" : NULL);
	json_key(json, "start");
	if (part == PART_ANY)
		json_none(json);
	else
		json_int(json, (int64_t)start);
	json_key(json, "end");
	if (part == PART_ANY)
		json_none(json);
	else
		json_int(json, (int64_t)end);
	json_key(json, "quote");
	json_str(json, quote);
	if (follow_up > 0) {
		json_key(json, "follow_up");
		json_int(json, (int64_t)follow_up);
	}
	json_close(json, '}');
}

static void
decision_json_head(struct json *json, const char *signal, struct str pattern, double weight)
{
	json_open(json, '{');
	json_key(json, "signal");
	json_text(json, signal);
	json_key(json, "pattern");
	json_str(json, pattern);
	json_key(json, "weight");
	json_number(json, weight, 2);
}

static void
decision_json_signal_head(struct json *json, const struct rules_signal *signal, double weight)
{
	static const char *const kinds[] = {[SIGNAL_TEXT] = "text",
	    [SIGNAL_FIELD] = "field",
	    [SIGNAL_ATTACHMENT] = "attachment"};

	if (signal->concept != NULL)
		decision_json_head(json, "concept", signal->concept->name, weight);
	else
		decision_json_head(json, kinds[signal->kind],
		    signal->kind == SIGNAL_FIELD ? signal->field : signal->pattern->source,
		    weight);
}

static void
decision_json_signal(struct json *json, const struct decision_evidence *evidence)
{
	if (evidence->training)
		decision_json_head(json, "training", (struct str){NULL, 0}, evidence->weight);
	else if (evidence->signal == NULL)
		decision_json_head(json, "reason", evidence->category->name, evidence->weight);
	else
		decision_json_signal_head(json, evidence->signal, evidence->weight);
	decision_json_place(json, evidence->part, evidence->start, evidence->end, evidence->quote,
	    0);
}

void
decision_json_evidence(struct json *json, const struct decision *decision)
{
	size_t i;

	json_open(json, '[');
	for (i = 0; i < decision->evidence_count; i++)
		decision_json_signal(json, &decision->evidence[i]);
	for (i = 0; i < decision->found_count; i++) {
		const struct decision_found *found = &decision->found[i];

		decision_json_head(json, "found", found->field->name, 0);
		decision_json_place(json, found->part, found->start, found->end, found->quote,
		    found->follow_up);
	}
	if (decision->gate != NULL) {
		decision_json_head(json, "gate", decision->gate->when.name, 0);
		decision_json_place(json, PART_ANY, 0, 0, (struct str){NULL, 0}, 0);
	}
	if (decision->route != NULL) {
		decision_json_head(json, "route", decision->route->when.name, 0);
		decision_json_place(json, PART_ANY, 0, 0, (struct str){NULL, 0}, 0);
	}
	json_close(json, ']');
}

static void
decision_json_missing(struct json *json, const struct decision *decision)
{
	size_t i;

	json_open(json, '[');
	for (i = 0; i < decision->missing_count; i++)
		json_str(json, decision->missing[i]->name);
	json_close(json, ']');
}

void
decision_json_found(struct json *json, const struct decision *decision)
{
	size_t i;

	json_open(json, '{');
	for (i = 0; i < decision->found_count; i++) {
		json_keyn(json, decision->found[i].field->name);
		value_json(json, &decision->found[i].value);
	}
	json_close(json, '}');
}

static void
decision_json_score(struct json *json, const struct decision_candidate *candidate)
{
	json_open(json, '{');
	json_key(json, "category");
	json_str(json, candidate->category->name);
	json_key(json, "score");
	json_number(json, candidate->score, 2);
}

void
decision_json_runner_up(struct json *json, const struct decision *decision)
{
	if (decision->runner_up.category == NULL) {
		json_none(json);
		return;
	}
	decision_json_score(json, &decision->runner_up);
	json_close(json, '}');
}

static void
decision_json_why(struct json *json, const struct decision_candidate *candidate)
{
	static const char *const reasons[] = {[WHY_LOW_SCORE] = "score_below_minimum",
	    [WHY_UNSURE] = "confidence_too_low",
	    [WHY_UNDECIDED] = "undecided_pattern"};

	json_key(json, "why_not");
	json_open(json, '{');
	json_key(json, "reason");
	json_text(json, reasons[candidate->why_not]);
	json_key(json, "against");
	if (candidate->against != NULL) {
		decision_json_signal_head(json, candidate->against, candidate->against->weight);
		json_close(json, '}');
	} else {
		json_none(json);
	}
	json_close(json, '}');
}

void
decision_json_candidates(struct json *json, const struct decision *decision)
{
	size_t i;

	json_open(json, '[');
	for (i = 0; i < decision->candidate_count; i++) {
		decision_json_score(json, &decision->candidates[i]);
		if (decision->candidates[i].why_not != WHY_NOT_SAID)
			decision_json_why(json, &decision->candidates[i]);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void
decision_json_warnings(struct json *json, const struct decision *decision)
{
	size_t i;

	json_open(json, '[');
	for (i = 0; i < decision->warning_count; i++) {
		json_open(json, '{');
		json_key(json, "path");
		json_str(json, decision->warnings[i].path);
		json_key(json, "code");
		json_str(json, decision->warnings[i].code);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void
decision_json_reply(struct json *json, const struct rules *rules, const struct decision *decision)
{
	json_key(json, "reply");
	if (!decision->has_reply) {
		json_none(json);
		return;
	}
	json_open(json, '{');
	json_key(json, "locale");
	json_str(json, rules->locale_names[decision->locale]);
	json_key(json, "subject");
	json_str(json, decision->reply_subject);
	json_key(json, "body");
	json_str(json, decision->reply_body);
	json_close(json, '}');
}

static void
decision_json_due(struct json *json, const struct rules *rules, const struct decision *decision)
{
	int64_t seconds = decision->due_ms / 1000 - (decision->due_ms % 1000 < 0);
	char text[32];

	json_key(json, "due_at");
	if (!decision->has_due) {
		json_none(json);
		return;
	}
	timestamp_format(decision->due_ms, tz_offset(rules->tz, seconds), text);
	json_text(json, text);
}

void
decision_json(const struct policy *policy, struct str id, const struct decision *decision,
    struct json *json)
{
	const struct rules *rules = policy->rules;

	json_open(json, '{');
	json_key(json, "id");
	json_str(json, id);
	json_key(json, "category");
	json_str(json, decision->category->name);
	json_key(json, "outcome");
	json_text(json, outcome_names[decision->outcome]);
	json_key(json, "team");
	json_str(json, decision->team->name);
	json_key(json, "priority");
	json_str(json, decision->priority->name);
	decision_json_due(json, rules, decision);
	json_key(json, "missing");
	decision_json_missing(json, decision);
	json_key(json, "found");
	decision_json_found(json, decision);
	json_key(json, "confidence");
	json_number(json, decision->confidence, 3);
	json_key(json, "runner_up");
	decision_json_runner_up(json, decision);
	json_key(json, "candidates");
	decision_json_candidates(json, decision);
	json_key(json, "locale");
	json_str(json, rules->locale_names[decision->locale]);
	json_key(json, "policy");
	json_text(json, policy->hash);
	decision_json_reply(json, rules, decision);
	json_key(json, "evidence");
	decision_json_evidence(json, decision);
	json_key(json, "warnings");
	decision_json_warnings(json, decision);
	json_close(json, '}');
}
