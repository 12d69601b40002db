/* SPDX-License-Identifier: MIT */
/*
 * Fields: what a category needs to know, and how the text may say it. The type
 * is read first; it decides which of the other keys make sense.
 */
#include "rules_read.h"

#include "fold.h"
#include "mem.h"

static void
rules_begin_field(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	(void)node;
	reader->field = target;
}

static void
rules_read_type(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_field *field = target;
	int type = rules_read_choice(
	    reader, node, "a type of field", field_type_names, FIELD_FILE + 1);

	if (type >= 0)
		field->type = (enum field_type)type;
}

/* As people's words are seen, so that a label is known where they write it. */
static void
rules_fold_labels(struct rules_reader *reader, const struct str labels[RULES_LOCALES],
    struct str folded[RULES_LOCALES])
{
	struct folded text;
	size_t i;

	for (i = 0; i < RULES_LOCALES; i++) {
		if (labels[i].p == NULL)
			continue;
		if (fold_text(reader->arena, labels[i], &text) < 0)
			mem_fail();
		folded[i] = text.text;
	}
}

/* The codes with what they are called on the form. */
static void
rules_read_labelled_codes(
    struct rules_reader *reader, const struct yamldoc_node *node, struct rules_field *field)
{
	struct str *codes, (*labels)[RULES_LOCALES], (*folded)[RULES_LOCALES];
	size_t i;

	if (node->count == 0) {
		diag_add(reader->diags, DIAG_ERROR, node->place, "leave the key out", "no codes");
		return;
	}
	codes = rules_alloc(reader, node->count, sizeof(*codes));
	labels = rules_alloc(reader, node->count, sizeof(*labels));
	folded = rules_alloc(reader, node->count, sizeof(*folded));
	for (i = 0; i < node->count; i++) {
		const struct yamldoc_node *code = node->pairs[i].key;

		codes[i] = code->text;
		if (!rules_name_valid(code->text, false))
			diag_add(reader->diags, DIAG_ERROR, code->place,
			    "small letters, digits and '_', a letter first, at most 64",
			    "'%.*s' is no name for a code with labels", STR_ARG(code->text));
		rules_read_locale_texts(reader, node->pairs[i].value, labels[i]);
		rules_fold_labels(reader, labels[i], folded[i]);
	}
	field->codes = codes;
	field->code_count = node->count;
	field->code_labels = (const struct str(*)[RULES_LOCALES])labels;
	field->code_folded = (const struct str(*)[RULES_LOCALES])folded;
}

static void
rules_read_codes(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_field *field = target;

	if (node->type == YAMLDOC_MAP)
		rules_read_labelled_codes(reader, node, field);
	else
		rules_read_text_list(reader, node, &field->codes, &field->code_count);
}

static void
rules_read_lean(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	int lean = rules_read_choice(
	    reader, node, "where a date leans", field_lean_names + FIELD_LEAN_PAST, 2);

	if (lean >= 0)
		((struct rules_field *)target)->lean = (enum field_lean)(FIELD_LEAN_PAST + lean);
}

static void
rules_read_file_name(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	((struct rules_field *)target)->file_name = rules_read_folded(reader, node);
}

static void
rules_begin_statement(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	(void)node;
	((struct rules_statement *)target)->locales = (1u << reader->rules->locale_count) - 1;
}

static void
rules_read_statement_pattern(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	((struct rules_statement *)target)->pattern = rules_read_folded(reader, node);
}

static void
rules_read_statement_value(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	const struct rules_field *field = reader->field;
	struct value *value = &((struct rules_statement *)target)->value;
	size_t i;

	if (field->type == FIELD_BOOLEAN) {
		value->type = VALUE_BOOLEAN;
		rules_read_boolean(reader, node, &value->boolean);
	} else if (field->type == FIELD_INTEGER) {
		value->type = VALUE_INTEGER;
		rules_read_integer(reader, node, -1000000000, 1000000000, &value->integer);
	} else if (field->type == FIELD_ENUM) {
		value->type = VALUE_TEXT;
		if (rules_read_text(reader, node, &value->text) != 0)
			return;
		for (i = 0; i < field->code_count; i++)
			if (str_eq(field->codes[i], value->text))
				return;
		rules_unknown(reader, node, "code", field->codes, field->code_count,
		    sizeof(struct str));
	} else {
		diag_add(reader->diags, DIAG_ERROR, node->place,
		    "without 'value' the pattern proves that something is there",
		    "a field of type %s takes no 'value'", field_type_names[field->type]);
	}
}

static void
rules_finish_statement(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	const struct rules_field *field = reader->field;

	(void)target;
	if ((field->type == FIELD_BOOLEAN || field->type == FIELD_ENUM ||
		field->type == FIELD_INTEGER) &&
	    yamldoc_get(node, "value") == NULL)
		diag_add(reader->diags, DIAG_ERROR, reader->owner, "",
		    "what does it prove? 'value' is missing");
}

static void
rules_begin_capture(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_capture *capture = target;

	(void)node;
	capture->locales = (1u << reader->rules->locale_count) - 1;
}

static void
rules_read_capture_pattern(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_capture *capture = target;
	struct str expanded;

	if (rules_read_text(reader, node, &capture->source) != 0)
		return;
	if (rules_macro_expand(reader, node, &expanded, &capture->origin) != 0)
		return;
	capture->expanded = expanded;
	capture->number = (unsigned)reader->capture_count;
	reader->captures = mem_resize(
	    reader->captures, reader->capture_count + 1, sizeof(reader->captures[0]));
	reader->captures[reader->capture_count++] = capture;
}

static const struct rules_key rules_keys_file_part[] = {
    {"name", RULES_SPECIAL, false, .read = rules_read_file_name, .takes = TAKES_TEXT},
    {"types", RULES_TEXT_LIST, false, .offset = offsetof(struct rules_field, file_types),
	.count_offset = offsetof(struct rules_field, file_type_count)},
};
static const struct rules_shape rules_shape_file_part = {.what = "the file's marks",
    .keys = rules_keys_file_part,
    .key_count = sizeof(rules_keys_file_part) / sizeof(rules_keys_file_part[0])};

static const struct rules_key rules_keys_statement[] = {
    {"pattern", RULES_SPECIAL, true, .read = rules_read_statement_pattern,
	.takes = TAKES_TEXT},
    {"value", RULES_SPECIAL, false, .read = rules_read_statement_value,
	.takes = TAKES_TEXT},
    {"locale", RULES_LOCALE_SET, false, .offset = offsetof(struct rules_statement, locales)},
};
static const struct rules_shape rules_shape_statement = {.what = "a statement",
    .form = "pattern: '\\bi told them\\b', value: true, locale: en",
    .keys = rules_keys_statement,
    .key_count = sizeof(rules_keys_statement) / sizeof(rules_keys_statement[0]),
    .size = sizeof(struct rules_statement),
    .place_offset = offsetof(struct rules_statement, place),
    .begin = rules_begin_statement,
    .finish = rules_finish_statement};

static const struct rules_key rules_keys_capture[] = {
    {"pattern", RULES_SPECIAL, true, .read = rules_read_capture_pattern,
	.takes = TAKES_TEXT},
    {"locale", RULES_LOCALE_SET, false, .offset = offsetof(struct rules_capture, locales)},
};
static const struct rules_shape rules_shape_capture = {.what = "a capture",
    .form = "pattern: 'my student (?<value>${NAME})', locale: en",
    .keys = rules_keys_capture,
    .key_count = sizeof(rules_keys_capture) / sizeof(rules_keys_capture[0]),
    .size = sizeof(struct rules_capture),
    .place_offset = offsetof(struct rules_capture, place),
    .begin = rules_begin_capture};

#define FIELD(member) .offset = offsetof(struct rules_field, member)
#define FIELD_LIST_OF(member, counter) \
	FIELD(member), .count_offset = offsetof(struct rules_field, counter)

/* Settled before (rules_like.c); still there when that went wrong. */
static void
rules_read_field_like(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	(void)reader;
	(void)node;
	(void)target;
}

static const struct rules_key rules_keys_field[] = {
    {"like", RULES_SPECIAL, false, .read = rules_read_field_like, .takes = TAKES_TEXT},
    {"type", RULES_SPECIAL, true, .read = rules_read_type,
	RULES_CHOICE(field_type_names, FIELD_FILE + 1)},
    {"required", RULES_LOCALE_SET, false, FIELD(required)},
    {"asked", RULES_LOCALE_SET, false, FIELD(asked)},
    {"label", RULES_TEXT_BY_LOCALE, false, FIELD(label)},
    {"ask", RULES_TEMPLATE_BY_LOCALE, false, FIELD(ask), .kinds = 1u << TEMPLATE_LINK},
    {"codes", RULES_SPECIAL, false, .read = rules_read_codes, .takes = TAKES_CODES},
    {"true_from", RULES_INTEGER, false, FIELD(true_from)},
    {"lean", RULES_SPECIAL, false, .read = rules_read_lean,
	RULES_CHOICE(field_lean_names + FIELD_LEAN_PAST, 2)},
    {"min_words", RULES_COUNT, false, FIELD(min_words)},
    {"min_function_words", RULES_COUNT, false, FIELD(min_function_words)},
    {"file", RULES_MAP, false, .shape = &rules_shape_file_part},
    {"one_of", RULES_TEXT_LIST, false, FIELD_LIST_OF(one_of, one_of_count)},
    {"says", RULES_MAP_LIST, false, FIELD_LIST_OF(statements, statement_count),
	.shape = &rules_shape_statement},
    {"captures", RULES_MAP_LIST, false, FIELD_LIST_OF(captures, capture_count),
	.shape = &rules_shape_capture},
};

/* Keys that go with some types only. */
static const struct {
	const char *key;
	unsigned types;
	bool needed;
	const char *with;
} rules_key_types[] = {
    {"codes", 1u << FIELD_ENUM, true, "enum"},
    {"true_from", 1u << FIELD_BOOLEAN, false, "boolean"},
    {"lean", 1u << FIELD_DATE, false, "date"},
    {"min_words", 1u << FIELD_TEXT, false, "text"},
    {"min_function_words", 1u << FIELD_TEXT, false, "text"},
    {"file", 1u << FIELD_FILE | 1u << FIELD_URL, false, "file or url"},
    {"says", 1u << FIELD_BOOLEAN | 1u << FIELD_ENUM | 1u << FIELD_TEXT | 1u << FIELD_INTEGER,
	false, "boolean, enum, integer or text"},
    {"captures", ~(1u << FIELD_FILE), false, "other than file"},
};

static void
rules_check_field_keys(struct rules_reader *reader, const struct yamldoc_node *node,
    const struct rules_field *field)
{
	size_t i, k;

	for (i = 0; i < sizeof(rules_key_types) / sizeof(rules_key_types[0]); i++) {
		bool fits = (rules_key_types[i].types >> field->type & 1u) != 0;
		const char *key = rules_key_types[i].key;

		if (yamldoc_get(node, key) == NULL) {
			if (fits && rules_key_types[i].needed)
				diag_add(reader->diags, DIAG_ERROR, reader->owner, "",
				    "a field of type %s needs '%s'",
				    field_type_names[field->type], key);
			continue;
		}
		for (k = 0; !fits && k < node->count; k++)
			if (str_is(node->pairs[k].key->text, key))
				diag_add(reader->diags, DIAG_ERROR, node->pairs[k].key->place,
				    "", "'%s' goes with a field of type %s, not %s", key,
				    rules_key_types[i].with, field_type_names[field->type]);
	}
}

static void
rules_check_file_types(struct rules_reader *reader, const struct yamldoc_node *node)
{
	const struct yamldoc_node *types = yamldoc_get(yamldoc_get(node, "file"), "types");
	size_t i;

	if (types == NULL || types->type != YAMLDOC_LIST)
		return;
	for (i = 0; i < types->count; i++) {
		struct str type = types->items[i]->text;
		size_t slashes = 0, k;

		for (k = 0; k < type.n; k++)
			slashes += type.p[k] == '/';
		if (type.n > 0 && (slashes != 1 || type.p[0] == '/'))
			diag_add(reader->diags, DIAG_ERROR, types->items[i]->place,
			    "such as application/pdf, or image/ for all images",
			    "'%.*s' is no media type", STR_ARG(type));
	}
}

/* A code is called something wherever its field is; where that is nowhere, everywhere. */
static void
rules_check_code_labels(struct rules_reader *reader, const struct yamldoc_node *node,
    const struct rules_field *field)
{
	const struct yamldoc_node *codes = yamldoc_get(node, "codes");
	struct place outer = reader->owner;
	unsigned wanted = 0;
	size_t i;

	if (field->code_labels == NULL)
		return;
	for (i = 0; i < reader->rules->locale_count && i < RULES_LOCALES; i++)
		wanted |= (unsigned)(field->label[i].p != NULL) << i;
	if (wanted == 0)
		wanted = (1u << reader->rules->locale_count) - 1;
	for (i = 0; i < field->code_count; i++) {
		reader->owner = codes->pairs[i].key->place;
		rules_need_locales(
		    reader, codes, codes->pairs[i].key->text.p, field->code_labels[i], wanted);
	}
	reader->owner = outer;
}

static void
rules_finish_field(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	const struct yamldoc_node *asked = yamldoc_get(node, "asked");
	const struct rules *rules = reader->rules;
	struct rules_field *field = target;
	struct str ask[RULES_LOCALES];
	size_t i;

	if (asked == NULL)
		field->asked = field->required;
	else if ((field->required & ~field->asked) != 0)
		diag_add(reader->diags, DIAG_ERROR, asked->place, "",
		    "'%.*s' is required in a locale where nobody is asked for it",
		    STR_ARG(field->name));
	if (yamldoc_get(node, "type") != NULL)
		rules_check_field_keys(reader, node, field);
	rules_check_file_types(reader, node);
	for (i = 0; i < rules->locale_count; i++)
		ask[i] = field->ask[i].text;
	rules_need_locales(reader, node, "label", field->label, field->asked);
	rules_need_locales(reader, node, "ask", ask, field->asked);
	rules_check_code_labels(reader, node, field);
}

const struct rules_shape rules_shape_field = {.what = "a field",
    .keys = rules_keys_field,
    .key_count = sizeof(rules_keys_field) / sizeof(rules_keys_field[0]),
    .size = sizeof(struct rules_field),
    .name_offset = offsetof(struct rules_field, name),
    .place_offset = offsetof(struct rules_field, place),
    .like = true,
    .begin = rules_begin_field,
    .finish = rules_finish_field};
