/* SPDX-License-Identifier: MIT */
/*
 * The last steps, in this order:
 *
 *   no_action    classify said that nobody asks for anything
 *   routed       a pattern of a signal hit a limit: a person reads it
 *   answered     a gate says that the help-center text is the answer
 *   needs_info   something required is missing, or a gate asks
 *   routed       else; due by the team's working time
 *
 * A limit hit later, while extracting, might have hidden what then seems to be
 * missing: such a ticket keeps its category and goes to a person, too. So does
 * one whose evidence could not be placed.
 */
#include "decide.h"

#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "calendar.h"
#include "classify.h"
#include "draft.h"
#include "extract.h"
#include "extract_bare.h"
#include "gate.h"
#include "locale.h"
#include "tz.h"

#define DECIDE_REPLY_BYTES 65536

struct decider {
	const struct policy *policy;
	struct match *match; /* of both, when there is one beside */
	bool is_beside;
	struct classify *classify;
	struct strbuf subject, body; /* of the reply being written */
};

/* Takes the match, which may be NULL: there was no memory for it. */
static struct decider *
decider_with(const struct policy *policy, struct match *match, bool is_beside)
{
	struct decider *decider = calloc(1, sizeof(*decider));

	if (decider == NULL) {
		if (!is_beside)
			match_free(match);
		return NULL;
	}
	decider->policy = policy;
	decider->match = match;
	decider->is_beside = is_beside;
	strbuf_init(&decider->subject, DECIDE_REPLY_BYTES);
	strbuf_init(&decider->body, DECIDE_REPLY_BYTES);
	decider->classify = classify_new(policy->rules);
	if (decider->match == NULL || decider->classify == NULL) {
		decider_free(decider);
		return NULL;
	}
	return decider;
}

struct decider *
decider_new(const struct policy *policy, bool oracle)
{
	return decider_with(policy, match_new(policy, oracle), false);
}

struct decider *
decider_beside(struct decider *decider)
{
	return decider_with(decider->policy->beside, decider->match, true);
}

void
decider_free(struct decider *decider)
{
	if (decider == NULL)
		return;
	if (!decider->is_beside)
		match_free(decider->match);
	classify_free(decider->classify);
	strbuf_fini(&decider->subject);
	strbuf_fini(&decider->body);
	free(decider);
}

static struct str
decide_present(struct str text)
{
	return text.p != NULL ? text : STR("");
}

static void
decide_set_clock(struct draft *draft, int64_t ms)
{
	draft->local = tz_civil(draft->policy->rules->tz, ms);
	draft->today = civil_days(draft->local.year, draft->local.month, draft->local.day);
}

/* Makes it the part that the next steps look at; its texts remain to be read. */
static int
decide_part(struct draft *draft, const struct ticket *part, int64_t received_ms)
{
	draft->ticket = part;
	decide_set_clock(draft, received_ms);
	/* At most the reason, and two for each box. */
	draft->warning_room = 2 * part->field_count + 1;
	draft->warning_count = 0;
	draft->warnings =
	    arena_array(draft->arena, draft->warning_room, sizeof(*draft->warnings));
	return draft->warnings != NULL ? 0 : -1;
}

static int
decide_read(struct draft *draft, const struct ticket *part, int64_t received_ms)
{
	size_t i;

	draft->names =
	    arena_array(draft->arena, part->attachment_count + 1, sizeof(*draft->names));
	if (draft->names == NULL || decide_part(draft, part, received_ms) < 0 ||
	    fold_text(draft->arena, decide_present(part->subject), &draft->subject) < 0 ||
	    letter_read(draft->arena, decide_present(part->body), part->subject,
		draft->submitted->requester_name, &draft->letter) < 0 ||
	    fold_text(draft->arena, draft->letter.text, &draft->body) < 0)
		return -1;
	for (i = 0; i < part->attachment_count; i++)
		if (fold_text(draft->arena, decide_present(part->attachments[i].name),
		    &draft->names[i]) < 0)
			return -1;
	match_begin(draft->match, &draft->subject, &draft->body);
	return 0;
}

/* What another draft read, for this one's policy. */
static int
decide_read_again(struct draft *draft, const struct draft *other, int64_t received_ms)
{
	draft->letter = other->letter;
	draft->subject = other->subject;
	draft->body = other->body;
	draft->names = other->names;
	match_again(draft->match);
	return decide_part(draft, other->ticket, received_ms);
}

/* Learns the language. */
static void
decide_locale(struct draft *draft)
{
	struct locale_choice choice = locale_choose(draft->policy->rules,
	    draft->subject.text, draft->body.text, draft->ticket->form_locale);

	draft->locale = choice.locale;
	draft->decision->locale = choice.locale;
	draft->decision->locale_from_text = choice.from_text;
}

static bool
decide_is_missing(const struct draft *draft)
{
	size_t i;

	for (i = 0; i < draft->decision->category->field_count; i++)
		if (draft->fields[i].missing)
			return true;
	return false;
}

static void
decide_nothing_missing(struct draft *draft)
{
	size_t i;

	for (i = 0; i < draft->decision->category->field_count; i++)
		draft->fields[i].missing = false;
}

static void
decide_outcome(struct draft *draft)
{
	struct decision *decision = draft->decision;

	decision->undecided = draft_undecided(draft);
	if (decision->outcome == OUTCOME_NO_ACTION || decision->outcome == OUTCOME_ROUTED)
		return;
	extract_missing(draft);
	if (gate_answers(draft))
		decision->outcome = OUTCOME_ANSWERED;
	else
		decision->outcome = decide_is_missing(draft) ? OUTCOME_NEEDS_INFO : OUTCOME_ROUTED;
	if (decision->undecided > 0 && decision->outcome != OUTCOME_ROUTED) {
		decision->outcome = OUTCOME_ROUTED;
		decision->gate = NULL;
	}
	if (decision->outcome != OUTCOME_NEEDS_INFO)
		decide_nothing_missing(draft);
}

/* Whoever would own it is told of in any case, and by all that was found: a gate
 * that asks once more for a field takes it away. */
static void
decide_owner(struct draft *draft)
{
	struct decision *decision = draft->decision;
	const struct rules_category *category = decision->category;
	const struct rules_route *route = NULL;
	size_t i;

	for (i = 0; route == NULL && i < category->route_count; i++)
		if (gate_holds(draft, &category->routes[i].when))
			route = &category->routes[i];
	decision->route = route;
	decision->team = route != NULL && route->team != NULL ? route->team : category->team;
	decision->priority = route != NULL && route->priority != NULL ? route->priority
								      : category->priority;
}

static void
decide_due(struct draft *draft, int64_t received_ms)
{
	const struct rules *rules = draft->policy->rules;
	struct decision *decision = draft->decision;
	const struct rules_calendar *calendar = decision->team->calendar;
	int64_t target = decision->priority->target_ms;

	if (decision->outcome != OUTCOME_ROUTED)
		return;
	decision->has_due = true;
	decision->due_ms = calendar != NULL
	    ? calendar_due(&calendar->calendar, rules->tz, received_ms, target)
	    : received_ms + target;
}

/* The draft's fields as the decision's lists. */
static int
decide_lists(struct draft *draft)
{
	struct decision *decision = draft->decision;
	const struct rules_category *category = decision->category;
	const struct rules_field **missing =
	    arena_array(draft->arena, category->field_count + 1, sizeof(*missing));
	struct decision_found *found =
	    arena_array(draft->arena, category->field_count + 1, sizeof(*found));
	size_t i;

	if (missing == NULL || found == NULL)
		return -1;
	for (i = 0; i < category->field_count; i++) {
		if (draft->fields[i].missing)
			missing[decision->missing_count++] = &category->fields[i];
		else if (draft->fields[i].there)
			found[decision->found_count++] = draft->fields[i].found;
	}
	decision->missing = missing;
	decision->found = found;
	decision->warnings = draft->warnings;
	decision->warning_count = draft->warning_count;
	return 0;
}

static int
decide_reply(struct decider *decider, struct draft *draft)
{
	struct decision *decision = draft->decision;

	if (decision->outcome == OUTCOME_NO_ACTION)
		return 0;
	strbuf_clear(&decider->subject);
	strbuf_clear(&decider->body);
	answer_render(draft->policy->rules, decision, &decider->subject, &decider->body);
	decision->has_reply = true;
	decision->reply_subject = arena_dup(draft->arena, strbuf_str(&decider->subject));
	decision->reply_body = arena_dup(draft->arena, strbuf_str(&decider->body));
	return decision->reply_subject.p != NULL && decision->reply_body.p != NULL ? 0 : -1;
}

/* The steps after extracting. */
static int
decide_conclude(struct decider *decider, struct draft *draft, int64_t received_ms)
{
	decide_owner(draft);
	decide_outcome(draft);
	decide_due(draft, received_ms);
	return decide_lists(draft) < 0 || decide_reply(decider, draft) < 0 ? -1 : 0;
}

/* The draft of a decision about a ticket that is not read yet. */
static int
decide_begin(struct decider *decider, const struct ticket *ticket, int64_t now_ms,
    struct arena *arena, struct draft *draft, struct decision *decision, struct err *err)
{
	int audience = rules_audience_find(decider->policy->rules, ticket->audience);

	*decision = (struct decision){.clock_ms = now_ms};
	*draft = (struct draft){
		.policy = decider->policy,
		.arena = arena,
		.match = decider->match,
		.audience = audience >= 0 ? (unsigned)audience : 0,
		.submitted = ticket,
		.decision = decision,
	};
	if (audience < 0)
		return err_set(err, "audience '%.*s' is not in the policy",
		    STR_ARG(ticket->audience));
	return 0;
}

/* The steps after reading. */
static int
decide_on(struct decider *decider, struct draft *draft, int64_t now_ms)
{
	decide_locale(draft);
	return classify_ticket(decider->classify, draft) < 0 || extract_fields(draft) < 0 ||
		decide_conclude(decider, draft, now_ms) < 0
	    ? -1 : 0;
}

int
decide(struct decider *decider, const struct ticket *ticket, int64_t now_ms,
    struct arena *arena, struct decision *decision, struct err *err)
{
	struct draft draft;

	if (decide_begin(decider, ticket, now_ms, arena, &draft, decision, err) < 0)
		return -1;
	if (decide_read(&draft, ticket, now_ms) < 0 || decide_on(decider, &draft, now_ms) < 0)
		return err_set(err, "no memory left for this ticket");
	return 0;
}

int
decide_both(struct decider *decider, struct decider *beside, const struct ticket *ticket,
    int64_t now_ms, struct arena *arena, struct decision decisions[2], struct err *err)
{
	struct draft draft, again;

	if (decide_begin(decider, ticket, now_ms, arena, &draft, &decisions[0], err) < 0 ||
	    decide_begin(beside, ticket, now_ms, arena, &again, &decisions[1], err) < 0)
		return -1;
	if (decide_read(&draft, ticket, now_ms) < 0 || decide_on(decider, &draft, now_ms) < 0)
		return err_set(err, "no memory left for this ticket");
	if (decide_read_again(&again, &draft, now_ms) < 0 ||
	    decide_on(beside, &again, now_ms) < 0)
		return err_set(err, "no memory left for this ticket");
	return 0;
}

/* What the requester is asked for after the parts so far, at the time of the
 * last of them. The draft's fields stay as they are. */
static int
decide_asked(struct draft *draft, bool *asked)
{
	size_t count = draft->decision->category->field_count, i;
	struct draft_field *fields = draft->fields;

	draft->fields = arena_array(draft->arena, count + 1, sizeof(*draft->fields));
	if (draft->fields == NULL)
		return -1;
	memcpy(draft->fields, fields, count * sizeof(*fields));
	extract_missing(draft);
	if (gate_answers(draft))
		decide_nothing_missing(draft);
	for (i = 0; i < count; i++)
		asked[i] = draft->fields[i].missing;
	draft->fields = fields;
	draft->decision->gate = NULL;
	return 0;
}

/* No box, no file, nothing that told of a field, no text but thanks. */
static bool
decide_says_nothing(struct draft *draft)
{
	const struct ticket *part = draft->ticket;
	size_t i;

	for (i = 0; i < draft->decision->category->field_count; i++)
		if (draft->fields[i].there &&
		    draft->fields[i].found.follow_up == draft->follow_up)
			return false;
	return part->field_count == 0 && part->attachment_count == 0 &&
	    (str_trim(draft->body.text).n == 0 || classify_is_chatter(draft));
}

/* One part after the other, the oldest first: what a newer one has is newer. */
static int
decide_parts(struct draft *draft, const struct ticket *parts, size_t part_count,
    int64_t now_ms, int64_t received_ms)
{
	size_t i;
	bool *asked = arena_array(
	    draft->arena, draft->decision->category->field_count + 1, sizeof(*asked));

	if (asked == NULL || decide_read(draft, draft->submitted, received_ms) < 0 ||
	    extract_fields(draft) < 0)
		return -1;
	for (i = part_count - 1; i-- > 0;) {
		const struct ticket *part = &parts[i];
		int64_t ms;

		if (decide_asked(draft, asked) < 0)
			return -1;
		draft->undecided = draft_undecided(draft);
		draft->follow_up++;
		ms = part->has_received_at ? part->received_at : now_ms;
		if (decide_read(draft, part, ms) < 0 ||
		    extract_fields(draft) < 0 || extract_bare(draft, asked) < 0)
			return -1;
	}
	draft->decision->nothing_new = part_count > 1 && decide_says_nothing(draft);
	return 0;
}

int
decide_follow_up(struct decider *decider, const struct rules_category *category,
    unsigned locale, const struct ticket *parts, size_t part_count, int64_t now_ms,
    int64_t received_ms, struct arena *arena, struct decision *decision, struct err *err)
{
	struct draft draft = {
		.policy = decider->policy,
		.arena = arena,
		.match = decider->match,
		.audience = category->audience,
		.locale = locale,
		.submitted = &parts[part_count - 1],
		.decision = decision,
	};

	*decision = (struct decision){
		.category = category,
		.outcome = OUTCOME_NEEDS_INFO,
		.locale = locale,
		.clock_ms = now_ms,
		.follow_up_count = part_count - 1,
	};
	if (decide_parts(&draft, parts, part_count, now_ms, received_ms) < 0)
		return err_set(err, "no memory left for this ticket");
	decide_set_clock(&draft, now_ms);
	if (decide_conclude(decider, &draft, received_ms) < 0)
		return err_set(err, "no memory left for this ticket");
	return 0;
}

void
decision_put_missing(const struct decision *decision, struct strbuf *out)
{
	size_t i;

	for (i = 0; i < decision->missing_count; i++) {
		if (i > 0)
			strbuf_putc(out, ',');
		strbuf_put(out, decision->missing[i]->name);
	}
}

bool
decision_is_missing(const struct decision *decision, struct str name)
{
	size_t i;

	for (i = 0; i < decision->missing_count; i++)
		if (str_eq(decision->missing[i]->name, name))
			return true;
	return false;
}
