/* SPDX-License-Identifier: MIT */
/*
 * Answers for a contact form: its reasons with their boxes and help-center texts,
 * and what a preview tells beside the receipt. All texts are the rules' own.
 */
#include "answer.h"
#include "form.h"
#include "wire.h"
#include "wire_pack.h"

#define FORM_CANDIDATES 3 /* that a preview names */

static void
wire_form_list(
    msgpack_packer *packer, const char *name, const struct str *texts, size_t count)
{
	size_t i;

	if (count == 0)
		return;
	wire_pack_text(packer, name);
	msgpack_pack_array(packer, count);
	for (i = 0; i < count; i++)
		wire_pack_str(packer, texts[i]);
}

static void
wire_form_boolean(msgpack_packer *packer, const char *name, bool value)
{
	wire_pack_text(packer, name);
	if (value)
		msgpack_pack_true(packer);
	else
		msgpack_pack_false(packer);
}

/* What the codes are called: only together, and where the box has a label. */
static bool
wire_form_has_code_labels(const struct rules_field *field, unsigned locale)
{
	return field->code_labels != NULL && field->code_labels[0][locale].p != NULL;
}

static void
wire_form_code_labels(
    msgpack_packer *packer, const struct rules_field *field, unsigned locale)
{
	size_t i;

	if (!wire_form_has_code_labels(field, locale))
		return;
	wire_pack_text(packer, "code_labels");
	msgpack_pack_map(packer, field->code_count);
	for (i = 0; i < field->code_count; i++) {
		wire_pack_str(packer, field->codes[i]);
		wire_pack_str(packer, field->code_labels[i][locale]);
	}
}

static void
wire_form_box(msgpack_packer *packer, const struct rules *rules,
    const struct rules_category *category, const struct rules_field *field, unsigned locale,
    bool required)
{
	struct str label = field->label[locale];
	struct strbuf help;

	strbuf_init(&help, 0);
	answer_ask(rules, category, field, locale, &help);
	msgpack_pack_map(packer, 3 + wire_pack_present(label) + (help.n > 0) +
	                             (field->code_count > 0) +
	                             wire_form_has_code_labels(field, locale) +
	                             (field->one_of_count > 0));
	wire_pack_pair(packer, "name", field->name);
	wire_pack_pair(packer, "type", str_of(field_type_names[field->type]));
	wire_form_boolean(packer, "required", required);
	wire_pack_pair(packer, "label", label);
	if (help.n > 0)
		wire_pack_pair(packer, "help", strbuf_str(&help));
	wire_form_list(packer, "codes", field->codes, field->code_count);
	wire_form_code_labels(packer, field, locale);
	wire_form_list(packer, "one_of", field->one_of, field->one_of_count);
	strbuf_fini(&help);
}

/* missing: they are, of a ticket whose gates are known; else those of a form. */
static void
wire_form_boxes(msgpack_packer *packer, const struct rules *rules,
    const struct rules_category *category, const struct rules_field *const *fields,
    size_t count, unsigned locale, bool missing)
{
	size_t i;

	wire_pack_text(packer, "boxes");
	msgpack_pack_array(packer, count);
	for (i = 0; i < count; i++)
		wire_form_box(packer, rules, category, fields[i], locale,
		    missing ? (fields[i]->required >> locale & 1) != 0
			    : form_requires(category, fields[i], locale));
}

static void
wire_form_reason(msgpack_packer *packer, const struct rules *rules,
    const struct rules_category *category, unsigned locale, const struct rules_field **boxes)
{
	struct strbuf subject, help;
	size_t i;

	strbuf_init(&subject, 0);
	strbuf_init(&help, 0);
	answer_help(rules, category, locale, &subject, &help);
	msgpack_pack_map(packer, 6);
	wire_pack_pair(packer, "reason", category->name);
	wire_pack_text(packer, "label");
	msgpack_pack_map(packer, rules->locale_count);
	for (i = 0; i < rules->locale_count; i++) {
		wire_pack_str(packer, rules->locale_names[i]);
		wire_pack_str(packer, category->label[i]);
	}
	wire_pack_text(packer, "subject");
	wire_pack_str(packer, strbuf_str(&subject));
	wire_pack_text(packer, "help");
	wire_pack_str(packer, strbuf_str(&help));
	wire_form_boolean(packer, "self_service", (category->self_service >> locale & 1) != 0);
	wire_form_boxes(packer, rules, category, boxes, form_boxes(category, locale, boxes),
	    locale, false);
	strbuf_fini(&subject);
	strbuf_fini(&help);
}

/* Of the category that has most. */
static size_t
wire_form_fields(const struct rules *rules)
{
	size_t most = 0, i;

	for (i = 0; i < rules->category_count; i++)
		if (rules->categories[i].field_count > most)
			most = rules->categories[i].field_count;
	return most;
}

int
wire_encode_form(const struct wire_request *request, const struct policy *policy,
    unsigned audience, unsigned locale, struct arena *arena, struct strbuf *out)
{
	const struct rules *rules = policy->rules;
	const struct rules_category **reasons =
	    arena_array(arena, rules->category_count + 1, sizeof(*reasons));
	const struct rules_field **boxes =
	    arena_array(arena, wire_form_fields(rules) + 1, sizeof(*boxes));
	msgpack_packer packer;
	size_t count, i;

	if (reasons == NULL || boxes == NULL)
		return -1;
	count = form_reasons(rules, audience, reasons);
	wire_pack_init(&packer, out);
	wire_encode_head(&packer, request, WIRE_OK, 4);
	wire_pack_pair(&packer, "policy", str_of(policy->hash));
	wire_pack_pair(&packer, "audience", rules->audiences[audience]);
	wire_pack_pair(&packer, "locale", rules->locale_names[locale]);
	wire_pack_text(&packer, "reasons");
	msgpack_pack_array(&packer, count);
	for (i = 0; i < count; i++)
		wire_form_reason(&packer, rules, reasons[i], locale, boxes);
	return 0;
}

static void
wire_form_candidates(msgpack_packer *packer, const struct decision *decision)
{
	size_t count = decision->candidate_count, i;

	if (count > FORM_CANDIDATES)
		count = FORM_CANDIDATES;
	wire_pack_text(packer, "candidates");
	msgpack_pack_array(packer, count);
	for (i = 0; i < count; i++) {
		const struct rules_category *category = decision->candidates[i].category;

		msgpack_pack_map(packer, 3);
		wire_pack_pair(packer, "category", category->name);
		wire_pack_pair(packer, "label", category->label[decision->locale]);
		wire_pack_text(packer, "score");
		msgpack_pack_double(packer, decision->candidates[i].score);
	}
}

void
wire_encode_preview(const struct wire_request *request, const struct receipt *receipt,
    const struct decision *decision, const struct rules *rules, struct strbuf *out)
{
	const struct rules_category *category = decision->category;
	unsigned locale = decision->locale;
	msgpack_packer packer;

	wire_pack_init(&packer, out);
	wire_encode_receipt_and(&packer, request, WIRE_OK, receipt, 5);
	wire_pack_pair(&packer, "locale", rules->locale_names[locale]);
	wire_pack_pair(&packer, "label", category->label[locale]);
	wire_pack_text(&packer, "confidence");
	msgpack_pack_double(&packer, decision->confidence);
	wire_form_candidates(&packer, decision);
	wire_form_boxes(
	    &packer, rules, category, decision->missing, decision->missing_count, locale, true);
}
