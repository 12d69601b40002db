/* SPDX-License-Identifier: MIT */
#include "store_row.h"

#include "decision_json.h"
#include "json.h"
#include "ticket_json.h"

static void
json_explanation(struct json *json, const struct decision *decision)
{
	json_open(json, '{');
	json_key(json, "evidence");
	decision_json_evidence(json, decision);
	json_key(json, "runner_up");
	decision_json_runner_up(json, decision);
	json_key(json, "candidates");
	decision_json_candidates(json, decision);
	json_key(json, "gate");
	json_str(json, decision->gate != NULL ? decision->gate->when.name : (struct str){0});
	json_key(json, "route");
	json_str(json, decision->route != NULL ? decision->route->when.name : (struct str){0});
	json_key(json, "undecided_patterns");
	json_int(json, decision->undecided);
	json_key(json, "locale_from_text");
	json_bool(json, decision->locale_from_text);
	json_key(json, "warnings");
	decision_json_warnings(json, decision);
	json_close(json, '}');
}

/* What the scratch holds, kept in the arena; the scratch is empty again. */
static int
keep(struct arena *arena, struct strbuf *scratch, struct str *kept)
{
	*kept = arena_dup(arena, strbuf_str(scratch));
	strbuf_clear(scratch);
	return kept->p != NULL ? 0 : -1;
}

int
store_row_fill(struct store_row *row, struct arena *arena, struct strbuf *scratch,
    const struct ticket *ticket, const struct decision *decision, const struct policy *policy)
{
	struct json json;

	row->ticket = ticket;
	row->locale = policy->rules->locale_names[decision->locale];
	row->received_at_ms = decision->clock_ms;
	row->category = decision->category->name;
	row->outcome = str_of(outcome_names[decision->outcome]);
	row->team = decision->team->name;
	row->priority = decision->priority->name;
	row->has_due = decision->has_due;
	row->due_ms = decision->due_ms;
	row->wait_ms =
	    decision->outcome == OUTCOME_NEEDS_INFO ? decision->category->wait.ms : 0;
	row->confidence = decision->confidence;
	row->has_reply = decision->has_reply;
	row->reply_subject = decision->reply_subject;
	row->reply_body = decision->reply_body;
	policy_digest(policy, row->policy);

	strbuf_clear(scratch);
	json_init(&json, scratch);
	ticket_json_fields(&json, ticket);
	if (keep(arena, scratch, &row->fields) < 0)
		return -1;
	json_init(&json, scratch);
	ticket_json_attachments(&json, ticket);
	if (keep(arena, scratch, &row->attachments) < 0)
		return -1;
	json_init(&json, scratch);
	decision_json_found(&json, decision);
	if (keep(arena, scratch, &row->found) < 0)
		return -1;
	json_init(&json, scratch);
	json_explanation(&json, decision);
	if (keep(arena, scratch, &row->explanation) < 0)
		return -1;
	decision_put_missing(decision, scratch);
	return keep(arena, scratch, &row->missing);
}

void
store_row_name(struct store_row *row, int64_t now_ms)
{
	identity_make(&row->identity, now_ms);
	identity_uuid_make(row->reply_id, now_ms);
}
