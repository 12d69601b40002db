/* SPDX-License-Identifier: MIT */
/*
 * The canonical print of one category.
 */
#include "rules_print.h"

#include "emit.h"
#include "limits.h"
#include "rules_read.h"
#include "timestamp.h"
#include "tz.h"

static void
print_statements(const struct printer *to, const struct rules_field *field)
{
	size_t i;

	if (field->statement_count > 0)
		emit_name(to->out, 4, STR("says"));
	for (i = 0; i < field->statement_count; i++) {
		const struct rules_statement *statement = &field->statements[i];
		size_t start = rules_print_item_start(to);

		emit_text(to->out, 6, "pattern", statement->pattern->expanded);
		rules_print_item_end(to, start, 6);
		if (statement->value.type == VALUE_BOOLEAN)
			emit_text(to->out, 6, "value",
			    statement->value.boolean ? STR("true") : STR("false"));
		else if (statement->value.type == VALUE_INTEGER)
			emit_integer(to->out, 6, "value", statement->value.integer);
		else if (statement->value.type == VALUE_TEXT)
			emit_text(to->out, 6, "value", statement->value.text);
		rules_print_set(to, 6, "locale", statement->locales, rules_print_all(to));
	}
}

static void
print_captures(const struct printer *to, const struct rules_field *field)
{
	size_t i;

	if (field->capture_count > 0)
		emit_name(to->out, 4, STR("captures"));
	for (i = 0; i < field->capture_count; i++) {
		size_t start = rules_print_item_start(to);

		emit_text(to->out, 6, "pattern", field->captures[i].expanded);
		rules_print_item_end(to, start, 6);
		rules_print_set(to, 6, "locale", field->captures[i].locales, rules_print_all(to));
	}
}

static void
print_codes(const struct printer *to, const struct rules_field *field)
{
	size_t i;

	if (field->code_labels == NULL) {
		if (field->code_count > 0)
			emit_list(to->out, 4, "codes", field->codes, field->code_count);
		return;
	}
	emit_name(to->out, 4, STR("codes"));
	for (i = 0; i < field->code_count; i++)
		rules_print_texts(to, 5, field->codes[i].p, field->code_labels[i]);
}

static void
print_field(const struct printer *to, const struct rules_field *field)
{
	struct strbuf *out = to->out;
	struct str ask[RULES_LOCALES];
	size_t i;

	for (i = 0; i < RULES_LOCALES; i++)
		ask[i] = field->ask[i].text;
	emit_name(out, 3, field->name);
	emit_text(out, 4, "type", str_of(field_type_names[field->type]));
	rules_print_set(to, 4, "required", field->required, 0);
	rules_print_set(to, 4, "asked", field->asked, field->required);
	rules_print_texts(to, 4, "label", field->label);
	rules_print_texts(to, 4, "ask", ask);
	print_codes(to, field);
	if (field->true_from != 0)
		emit_integer(out, 4, "true_from", field->true_from);
	if (field->lean != FIELD_LEAN_NEITHER)
		emit_text(out, 4, "lean", str_of(field_lean_names[field->lean]));
	if (field->min_words != 0)
		emit_integer(out, 4, "min_words", field->min_words);
	if (field->min_function_words != 0)
		emit_integer(out, 4, "min_function_words", field->min_function_words);
	if (field->file_name != NULL || field->file_type_count > 0)
		emit_name(out, 4, STR("file"));
	if (field->file_name != NULL)
		emit_text(out, 5, "name", field->file_name->expanded);
	if (field->file_type_count > 0)
		emit_list(out, 5, "types", field->file_types, field->file_type_count);
	if (field->one_of_count > 0)
		emit_list(out, 4, "one_of", field->one_of, field->one_of_count);
	print_statements(to, field);
	print_captures(to, field);
}

static void
print_test(const struct printer *to, const struct rules_condition *when)
{
	bool most = when->test == GATE_AGE_MONTHS_MOST || when->test == GATE_AGE_DAYS_MOST;
	const char *unit = when->test == GATE_AGE_MONTHS || when->test == GATE_AGE_MONTHS_MOST
	    ? "month" : "day";

	switch (when->test) {
	case GATE_IS_TRUE:
		emit_text(to->out, 4, "is", STR("true"));
		break;
	case GATE_AT_LEAST:
		emit_integer(to->out, 4, "at_least", when->number);
		break;
	case GATE_AT_MOST:
		emit_integer(to->out, 4, "at_most", when->number);
		break;
	case GATE_AGE_MONTHS:
	case GATE_AGE_DAYS:
	case GATE_AGE_MONTHS_MOST:
	case GATE_AGE_DAYS_MOST:
		emit_start(to->out, 4, most ? "at_most" : "at_least");
		strbuf_printf(to->out, " %lld %s%s\n", (long long)when->number, unit,
		    when->number == 1 ? "" : "s");
		break;
	case GATE_ONE_OF:
		emit_list(to->out, 4, "one_of", when->codes, when->code_count);
		break;
	}
}

/* The start of an item; what follows from the condition comes next. */
static void
print_condition(const struct printer *to, const struct rules_condition *when)
{
	size_t start = rules_print_item_start(to);

	emit_text(to->out, 4, "name", when->name);
	rules_print_item_end(to, start, 4);
	if (when->input == GATE_FIELD)
		emit_text(to->out, 4, "field", when->field->name);
	else
		emit_text(to->out, 4, "clock", STR("day_of_month"));
	print_test(to, when);
	rules_print_set(to, 4, "locales", when->locales, rules_print_all(to));
}

static void
print_gates(const struct printer *to, const struct rules_category *category)
{
	size_t i;

	if (category->gate_count > 0)
		emit_name(to->out, 2, STR("gates"));
	for (i = 0; i < category->gate_count; i++) {
		const struct rules_gate *gate = &category->gates[i];

		print_condition(to, &gate->when);
		emit_text(to->out, 4, "otherwise",
		    gate->otherwise == GATE_OTHERWISE_ASK ? STR("ask") : STR("answered"));
		if (gate->unknown != GATE_UNKNOWN_ASK)
			emit_text(to->out, 4, "unknown", str_of(gate_unknown_names[gate->unknown]));
	}
}

static void
print_owner(const struct printer *to, int depth, const struct rules_team *team,
    const struct rules_priority *priority)
{
	if (team != NULL)
		emit_text(to->out, depth, "team", team->name);
	if (priority != NULL)
		emit_text(to->out, depth, "priority", priority->name);
}

static void
print_routes(const struct printer *to, const struct rules_category *category)
{
	size_t i;

	if (category->route_count > 0)
		emit_name(to->out, 2, STR("routes"));
	for (i = 0; i < category->route_count; i++) {
		const struct rules_route *route = &category->routes[i];

		print_condition(to, &route->when);
		print_owner(to, 4, route->team, route->priority);
		if (route->without_help)
			emit_text(to->out, 4, "without_help", STR("true"));
	}
}

/* Texts, or lists of texts, under their names. */
static void
print_boxes(const struct printer *to, const char *key, const struct ticket_field *boxes,
    size_t count)
{
	size_t i, k;

	if (count > 0)
		emit_name(to->out, 4, str_of(key));
	for (i = 0; i < count; i++) {
		const struct value *value = &boxes[i].value;
		struct str texts[LIMIT_LIST_ITEMS];

		if (value->type != VALUE_LIST) {
			emit_text(to->out, 5, boxes[i].name.p, value->text);
			continue;
		}
		for (k = 0; k < value->count; k++)
			texts[k] = value->items[k].text;
		emit_list(to->out, 5, boxes[i].name.p, texts, value->count);
	}
}

static void
print_at(const struct printer *to, int64_t at_ms)
{
	char text[32];

	if (at_ms == rules_example_at(to->rules))
		return;
	timestamp_format(at_ms, tz_offset(to->rules->tz, at_ms / 1000), text);
	emit_text(to->out, 4, "at", str_of(text));
}

static void
print_example(const struct printer *to, const struct rules_category *category,
    const struct rules_example *example)
{
	size_t start = rules_print_item_start(to);

	emit_text(to->out, 4, "text", example->text);
	rules_print_item_end(to, start, 4);
	emit_text(to->out, 4, "subject", example->subject);
	emit_text(to->out, 4, "locale", example->locale);
	print_at(to, example->at_ms);
	emit_text(to->out, 4, "reason", example->reason);
	print_boxes(to, "fields", example->boxes, example->box_count);
	if (example->attachment_count > 0)
		emit_list(to->out, 4, "attachments", example->attachments,
		    example->attachment_count);
	emit_text(to->out, 4, "outcome", str_of(outcome_names[example->outcome]));
	if (example->missing_count > 0)
		emit_list(to->out, 4, "missing", example->missing, example->missing_count);
	print_boxes(to, "found", example->found, example->found_count);
	if (!str_eq(example->category, category->name))
		emit_text(to->out, 4, "category", example->category);
	print_owner(to, 4, example->team, example->priority);
}

void
rules_print_category(const struct printer *to, const struct rules_category *category)
{
	const struct rules *rules = to->rules;
	struct strbuf *out = to->out;
	size_t i;

	emit_name(out, 1, category->name);
	emit_text(out, 2, "audience", rules->audiences[category->audience]);
	emit_text(out, 2, "team", category->team->name);
	emit_text(out, 2, "priority", category->priority->name);
	if (category->fallback)
		emit_text(out, 2, "fallback", STR("true"));
	rules_print_set(to, 2, "self_service", category->self_service, 0);
	if (category->position != 0)
		emit_integer(out, 2, "position", category->position);
	rules_print_texts(to, 2, "label", category->label);
	rules_print_signals(to, 2, category->signals, category->own_signal_count);
	if (category->field_count > 0)
		emit_name(out, 2, STR("fields"));
	for (i = 0; i < category->field_count; i++)
		print_field(to, &category->fields[i]);
	print_gates(to, category);
	print_routes(to, category);
	rules_print_wait(to, 2, &category->wait, &rules->follow_up.wait);
	emit_name(out, 2, STR("answers"));
	for (i = 0; i < rules->locale_count; i++) {
		const struct rules_answer *answer = &category->answers[i];

		emit_name(out, 3, rules->locale_names[i]);
		emit_text(out, 4, "subject", answer->subject.text);
		emit_text(out, 4, "help", answer->help.text);
		rules_print_paragraphs(to, 4, answer->paragraph);
	}
	if (category->example_count > 0)
		emit_name(out, 2, STR("examples"));
	for (i = 0; i < category->example_count; i++)
		print_example(to, category, &category->examples[i]);
}
