/* SPDX-License-Identifier: MIT */
#include "trial.h"

#include <stdlib.h>

#include "decide.h"
#include "mem.h"
#include "trial_scores.h"

#define TRIAL_TEXT_BYTES 80

/* One example, and what was decided on it. */
struct trial {
	const struct rules *rules;
	const struct rules_category *stands_in;
	const struct rules_example *example;
	struct decision decision;
	struct diag_list *diags;
	struct strbuf said, hint;
	trial_watch *watch;
	void *context;
};

static void __attribute__((format(printf, 2, 3)))
trial_fail(struct trial *trial, const char *format, ...)
{
	va_list arguments;

	strbuf_clear(&trial->said);
	va_start(arguments, format);
	strbuf_vprintf(&trial->said, format, arguments);
	va_end(arguments);
	diag_add(trial->diags, DIAG_ERROR, trial->example->place,
	    trial->hint.n > 0 ? trial->hint.p : "", "%s",
	    trial->said.p != NULL ? trial->said.p : "");
	strbuf_clear(&trial->hint);
}

/* Where the next part of the hint goes. */
static struct strbuf *
trial_hint(struct trial *trial)
{
	if (trial->hint.n > 0)
		strbuf_puts(&trial->hint, "; ");
	return &trial->hint;
}

/* The category ------------------------------------------------------------- */

static bool
trial_category(struct trial *trial)
{
	const struct decision *decision = &trial->decision;
	struct str wanted = trial->example->category;

	if (str_eq(decision->category->name, wanted))
		return true;
	trial_scores(trial->rules, decision, wanted, &trial->hint);
	trial_fail(trial, "this example is %.*s (%s, confidence %.0f %%), not %.*s",
	    STR_ARG(decision->category->name), outcome_names[decision->outcome],
	    decision->confidence * 100, STR_ARG(wanted));
	return false;
}

/* Fields ------------------------------------------------------------------- */

/* As much of a person's text as one line may have of it. */
static void
trial_put_text(struct strbuf *out, struct str text)
{
	size_t n = text.n;

	if (n > TRIAL_TEXT_BYTES)
		for (n = TRIAL_TEXT_BYTES; n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80;)
			n--;
	strbuf_put(out, str_part(text, 0, n));
	if (n < text.n)
		strbuf_puts(out, "…");
}

static void
trial_put_value(struct strbuf *out, const struct value *value)
{
	struct json json;
	size_t i;

	switch (value->type) {
	case VALUE_TEXT:
	case VALUE_DATE:
		strbuf_put(out, value->text);
		break;
	case VALUE_LIST:
		for (i = 0; i < value->count; i++) {
			if (i > 0)
				strbuf_puts(out, ", ");
			trial_put_value(out, &value->items[i]);
		}
		break;
	default: /* numbers and truth: as in JSON */
		json_init(&json, out);
		value_json(&json, value);
	}
}

static const struct decision_found *
trial_find(const struct trial *trial, struct str name)
{
	size_t i;

	for (i = 0; i < trial->decision.found_count; i++)
		if (str_eq(trial->decision.found[i].field->name, name))
			return &trial->decision.found[i];
	return NULL;
}

/* Where it stands in the text. */
static void
trial_hint_quote(struct trial *trial, const struct decision_found *found)
{
	if (found->from_form) {
		strbuf_puts(&trial->hint, " in its box");
	} else if (found->quote.n > 0) {
		strbuf_puts(&trial->hint, " by \"");
		trial_put_text(&trial->hint, found->quote);
		strbuf_puts(&trial->hint, "\"");
	}
}

static void
trial_hint_found(struct trial *trial, struct str name)
{
	const struct decision_found *found = trial_find(trial, name);
	struct strbuf value;

	if (found == NULL)
		return;
	strbuf_init(&value, 0);
	trial_put_value(&value, &found->value);
	strbuf_printf(trial_hint(trial), "%.*s is '", STR_ARG(name));
	trial_put_text(&trial->hint, strbuf_str(&value));
	strbuf_puts(&trial->hint, "'");
	trial_hint_quote(trial, found);
	strbuf_fini(&value);
}

static void
trial_hint_gate(struct trial *trial)
{
	const struct decision *decision = &trial->decision;

	if (decision->gate != NULL)
		strbuf_printf(trial_hint(trial), "the gate '%.*s' %s",
		    STR_ARG(decision->gate->when.name),
		    decision->outcome == OUTCOME_ANSWERED ? "answers" : "asks");
	else if (decision->outcome == OUTCOME_ANSWERED)
		strbuf_puts(trial_hint(trial), "the category is self-service in this language");
	else if (decision->outcome == OUTCOME_NO_ACTION)
		strbuf_puts(trial_hint(trial), "it reads as chatter");
	else if (decision->undecided > 0)
		strbuf_puts(trial_hint(trial), "a pattern hit a limit, so a person reads it");
	else if (decision->outcome == OUTCOME_ROUTED && trial->hint.n == 0)
		strbuf_puts(&trial->hint, "nothing is missing and no gate answers");
}

/* Why it is not missing: nobody asks for it. */
static void
trial_hint_unasked(struct trial *trial, struct str name)
{
	const struct decision *decision = &trial->decision;
	const struct rules_category *category = decision->category;
	size_t i;

	for (i = 0; i < category->field_count; i++)
		if (str_eq(category->fields[i].name, name) &&
		    (category->fields[i].asked >> decision->locale & 1) == 0)
			strbuf_printf(trial_hint(trial),
			    "nobody is asked for %.*s: it has no 'required: all'",
			    STR_ARG(name));
}

static void
trial_put_missing(struct strbuf *out, const struct decision *decision)
{
	size_t i;

	for (i = 0; i < decision->missing_count; i++)
		strbuf_printf(out, "%s%.*s", i > 0 ? ", " : "",
		    STR_ARG(decision->missing[i]->name));
}

static void
trial_missing(struct trial *trial)
{
	const struct rules_example *example = trial->example;
	const struct decision *decision = &trial->decision;
	struct strbuf said;
	size_t same = 0, i;

	for (i = 0; i < example->missing_count; i++)
		if (decision_is_missing(decision, example->missing[i])) {
			same++;
		} else {
			trial_hint_found(trial, example->missing[i]);
			trial_hint_unasked(trial, example->missing[i]);
		}
	if (same == example->missing_count && same == decision->missing_count)
		return;
	trial_hint_gate(trial);
	strbuf_init(&said, 0);
	trial_put_missing(&said, decision);
	strbuf_puts(&said, "], not [");
	for (i = 0; i < example->missing_count; i++)
		strbuf_printf(
		    &said, "%s%.*s", i > 0 ? ", " : "", STR_ARG(example->missing[i]));
	trial_fail(trial, "missing in this example is [%s]", said.p);
	strbuf_fini(&said);
}

static void
trial_found(struct trial *trial, const struct ticket_field *wanted)
{
	const struct decision_found *found = trial_find(trial, wanted->name);
	struct strbuf is, wants;

	strbuf_init(&is, 0);
	strbuf_init(&wants, 0);
	trial_put_value(&wants, &wanted->value);
	if (found != NULL)
		trial_put_value(&is, &found->value);
	if (found == NULL) {
		trial_fail(trial, "%.*s is not found in this example; '%.*s' is expected",
		    STR_ARG(wanted->name), STR_ARG(strbuf_str(&wants)));
	} else if (!str_eq(strbuf_str(&is), strbuf_str(&wants))) {
		trial_hint_found(trial, wanted->name);
		trial_fail(trial, "%.*s is not '%.*s' in this example", STR_ARG(wanted->name),
		    STR_ARG(strbuf_str(&wants)));
	}
	strbuf_fini(&is);
	strbuf_fini(&wants);
}

/* The outcome -------------------------------------------------------------- */

static bool
trial_outcome(struct trial *trial)
{
	const struct rules_example *example = trial->example;
	const struct decision *decision = &trial->decision;
	size_t i;

	if (decision->outcome == example->outcome)
		return true;
	for (i = 0; i < example->missing_count; i++) {
		trial_hint_found(trial, example->missing[i]);
		trial_hint_unasked(trial, example->missing[i]);
	}
	if (decision->outcome == OUTCOME_NEEDS_INFO) {
		trial_put_missing(trial_hint(trial), decision);
		strbuf_puts(&trial->hint, decision->missing_count > 1 ? " are missing"
								      : " is missing");
	}
	trial_hint_gate(trial);
	trial_fail(trial, "this example is %s, not %s", outcome_names[decision->outcome],
	    outcome_names[example->outcome]);
	return false;
}

static void
trial_owner(struct trial *trial, const char *what, struct str is, struct str wants)
{
	const struct rules_route *route = trial->decision.route;

	if (str_eq(is, wants))
		return;
	if (route != NULL)
		strbuf_printf(
		    &trial->hint, "the route '%.*s' holds", STR_ARG(route->when.name));
	else
		strbuf_puts(&trial->hint, "no route holds");
	trial_fail(trial, "the %s of this example is %.*s, not %.*s", what, STR_ARG(is),
	    STR_ARG(wants));
}

static void
trial_judge(struct trial *trial)
{
	const struct rules_example *example = trial->example;
	const struct decision *decision = &trial->decision;
	size_t i;

	/* In another category all else is another's. */
	if (!trial_category(trial))
		return;
	if (trial_outcome(trial) && example->outcome == OUTCOME_NEEDS_INFO)
		trial_missing(trial);
	for (i = 0; i < example->found_count; i++)
		trial_found(trial, &example->found[i]);
	if (example->team != NULL)
		trial_owner(trial, "team", decision->team->name, example->team->name);
	if (example->priority != NULL)
		trial_owner(trial, "priority", decision->priority->name,
		    example->priority->name);
}

/* Running ------------------------------------------------------------------ */

/* What browsers say of a file with such a name. */
static struct str
trial_media_type(struct str name)
{
	static const struct {
		const char *ending, *type;
	} types[] = {
	    {".pdf", "application/pdf"},
	    {".png", "image/png"},
	    {".jpg", "image/jpeg"},
	    {".jpeg", "image/jpeg"},
	    {".webp", "image/webp"},
	    {".txt", "text/plain"},
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct str ending = str_of(types[i].ending);

		if (name.n > ending.n &&
		    str_eq(str_part(name, name.n - ending.n, name.n), ending))
			return str_of(types[i].type);
	}
	return STR("application/octet-stream");
}

static int
trial_ticket(const struct trial *trial, struct arena *arena, struct ticket *ticket)
{
	const struct rules_example *example = trial->example;
	struct ticket_attachment *attachments =
	    arena_array(arena, example->attachment_count + 1, sizeof(*attachments));
	size_t i;

	if (attachments == NULL)
		return -1;
	for (i = 0; i < example->attachment_count; i++)
		attachments[i] = (struct ticket_attachment){.name = example->attachments[i],
		    .type = trial_media_type(example->attachments[i]),
		    .size = -1};
	*ticket = (struct ticket){
	    .audience = trial->rules->audiences[trial->stands_in->audience],
	    .form_locale = example->locale,
	    .reason = example->reason,
	    .subject = example->subject,
	    .body = example->text,
	    .fields = example->boxes,
	    .field_count = example->box_count,
	    .attachments = attachments,
	    .attachment_count = example->attachment_count,
	};
	return 0;
}

static void
trial_run_one(struct trial *trial, struct decider *decider, struct arena *arena)
{
	struct ticket ticket;
	struct err err = {"no memory left"};

	arena_reset(arena);
	if (trial_ticket(trial, arena, &ticket) < 0 ||
	    decide(decider, &ticket, trial->example->at_ms, arena, &trial->decision, &err) < 0) {
		trial_fail(trial, "this example cannot be decided: %s", err.text);
		return;
	}
	trial_judge(trial);
	if (trial->watch != NULL)
		trial->watch(trial->context, trial->example, &trial->decision);
}

void
trial_run(const struct policy *policy, trial_watch *watch, void *context)
{
	const struct rules *rules = policy->rules;
	struct trial trial = {
	    .rules = rules, .diags = policy->diags, .watch = watch, .context = context};
	struct decider *decider = decider_new(policy, false);
	struct arena *arena = arena_new(0);
	size_t i, k;

	if (decider == NULL || arena == NULL)
		mem_fail();
	strbuf_init(&trial.said, 0);
	strbuf_init(&trial.hint, 0);
	for (i = 0; i < rules->category_count; i++) {
		trial.stands_in = &rules->categories[i];
		for (k = 0; k < trial.stands_in->example_count; k++) {
			trial.example = &trial.stands_in->examples[k];
			trial_run_one(&trial, decider, arena);
		}
	}
	strbuf_fini(&trial.said);
	strbuf_fini(&trial.hint);
	decider_free(decider);
	arena_free(arena);
}

struct policy *
trial_load(const char *folder, const char *cache_dir, struct policy *beside,
    struct diag_list **diags)
{
	size_t errors = diag_errors(*diags);
	struct policy *policy = policy_load(folder, cache_dir, beside, diags);

	if (policy == NULL)
		return NULL;
	trial_run(policy, NULL, NULL);
	if (diag_errors(policy->diags) == errors)
		return policy;
	*diags = policy->diags;
	policy->diags = NULL;
	policy_release(policy);
	return NULL;
}
