/* SPDX-License-Identifier: MIT */
#include "ctl_ticket.h"

#include <string.h>

#include <jansson.h>

#include "limits.h"
#include "timestamp.h"
#include "wire_check.h"

static const char *const line_keys[] = {"id", "locale", "expect", "audience", "form_locale",
    "received_at", "reason", "requester", "subject", "body", "fields", "attachments"};
static const char *const requester_keys[] = {"name", "email"};
static const char *const file_keys[] = {"name", "type", "size", "field", "data", "url"};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Keys against a table. False, and reported, when it is no object. */
static bool
object_check(struct wire_check *check, const struct wire_path *path, const json_t *object,
    const char *const *names, size_t count)
{
	const char *name;
	json_t *value;
	size_t i;

	if (!json_is_object(object)) {
		wire_check_fault(check, path, WIRE_WRONG_TYPE, "an object");
		return false;
	}
	json_object_foreach((json_t *)object, name, value)
	{
		struct wire_path unknown = {path, str_of(name), 0};

		for (i = 0; i < count && strcmp(name, names[i]) != 0; i++)
			continue;
		if (i == count)
			wire_check_unknown(check, &unknown, names, count);
	}
	return true;
}

/* The value of that key, NULL when absent or null. */
static json_t *
object_get(const json_t *object, const char *name)
{
	json_t *value = json_object_get(object, name);

	return json_is_null(value) ? NULL : value;
}

/* A string, copied. jansson has checked that it is UTF-8. */
static void
string_read(struct wire_check *check, const struct wire_path *path, const json_t *value,
    struct str *text)
{
	struct str found = {json_string_value(value), json_string_length(value)};

	if (value == NULL)
		return;
	if (!json_is_string(value)) {
		wire_check_fault(check, path, WIRE_WRONG_TYPE, "a text");
		return;
	}
	if (found.n > 0 && memchr(found.p, '\0', found.n) != NULL) {
		wire_check_fault(check, path, WIRE_NUL, NULL);
		return;
	}
	*text = arena_dup(check->arena, found);
	if (text->p == NULL)
		check->no_memory = true;
}

static void
text_read(struct wire_check *check, const struct wire_path *above, const json_t *object,
    const char *name, struct str *text)
{
	struct wire_path path = {above, str_of(name), 0};

	string_read(check, &path, object_get(object, name), text);
}

/* For what a form sends as "" when nothing was chosen. */
static void
choice_read(struct wire_check *check, const struct wire_path *above, const json_t *object,
    const char *name, struct str *text)
{
	text_read(check, above, object, name, text);
	if (text->n == 0)
		*text = (struct str){NULL, 0};
}

/* False when it is no scalar. */
static bool
scalar_read(struct wire_check *check, const struct wire_path *path, const json_t *json,
    struct value *value)
{
	switch (json_typeof(json)) {
	case JSON_NULL:
		value->type = VALUE_NONE;
		return true;
	case JSON_TRUE:
	case JSON_FALSE:
		value->type = VALUE_BOOLEAN;
		value->boolean = json_is_true(json);
		return true;
	case JSON_INTEGER:
		value->type = VALUE_INTEGER;
		value->integer = json_integer_value(json);
		return true;
	case JSON_REAL:
		value->type = VALUE_REAL;
		value->real = json_real_value(json);
		return true;
	case JSON_STRING:
		value->type = VALUE_TEXT;
		string_read(check, path, json, &value->text);
		return true;
	default:
		return false;
	}
}

static void
list_read(struct wire_check *check, const struct wire_path *path, const json_t *list,
    struct value *value)
{
	size_t count = json_array_size(list), i;
	struct value *items;

	if (!wire_check_count(check, path, count, LIMIT_LIST_ITEMS))
		return;
	items = arena_array(check->arena, count, sizeof(*items));
	if (items == NULL) {
		check->no_memory = true;
		return;
	}
	for (i = 0; i < count; i++) {
		struct wire_path item = {path, {NULL, 0}, i};

		if (!scalar_read(check, &item, json_array_get(list, i), &items[i]))
			wire_check_fault(check, &item, WIRE_WRONG_TYPE,
			    "null, boolean, number or text");
	}
	value->type = VALUE_LIST;
	value->items = items;
	value->count = count;
}

static void
field_read(struct wire_check *check, const struct wire_path *above, const char *name,
    const json_t *json, struct ticket_field *field)
{
	struct wire_path path = {above, str_of(name), 0};

	if (path.name.n == 0 || path.name.n > LIMIT_MAP_KEY_BYTES) {
		wire_check_fault(check, above, WIRE_BAD_KEY, NULL);
		return;
	}
	field->name = arena_dup(check->arena, path.name);
	if (field->name.p == NULL)
		check->no_memory = true;
	if (json_is_array(json))
		list_read(check, &path, json, &field->value);
	else if (!scalar_read(check, &path, json, &field->value))
		wire_check_fault(check, &path, WIRE_WRONG_TYPE,
		    "null, boolean, number, text or a list of these");
}

static void
fields_read(struct wire_check *check, json_t *object, struct ticket *ticket)
{
	struct wire_path path = {NULL, STR("fields"), 0};
	struct ticket_field *fields;
	const char *name;
	json_t *value;
	size_t count = 0;

	/* As on the wire: some languages cannot tell {} from []. */
	if (object == NULL || (json_is_array(object) && json_array_size(object) == 0))
		return;
	if (!json_is_object(object)) {
		wire_check_fault(check, &path, WIRE_WRONG_TYPE, "an object");
		return;
	}
	if (!wire_check_count(check, &path, json_object_size(object), LIMIT_FIELDS))
		return;
	fields = arena_array(check->arena, json_object_size(object), sizeof(*fields));
	if (fields == NULL) {
		check->no_memory = true;
		return;
	}
	json_object_foreach(object, name, value)
		if (!json_is_null(value))
			field_read(check, &path, name, value, &fields[count++]);
	ticket->fields = fields;
	ticket->field_count = count;
}

static void
file_read(struct wire_check *check, const struct wire_path *path, const json_t *object,
    struct ticket_attachment *file)
{
	struct wire_path at = {path, STR("size"), 0};
	const json_t *size;

	file->size = -1;
	if (!object_check(check, path, object, file_keys, COUNT(file_keys)))
		return;
	text_read(check, path, object, "name", &file->name);
	choice_read(check, path, object, "type", &file->type);
	choice_read(check, path, object, "field", &file->field);
	choice_read(check, path, object, "url", &file->url);
	text_read(check, path, object, "data", &file->data);
	size = object_get(object, "size");
	if (size == NULL)
		return;
	if (!json_is_integer(size))
		wire_check_fault(check, &at, WIRE_WRONG_TYPE, "an integer");
	else if (json_integer_value(size) < 0)
		wire_check_fault(check, &at, WIRE_OUT_OF_RANGE, "at least 0");
	else
		file->size = json_integer_value(size);
}

static void
files_read(struct wire_check *check, const json_t *list, struct ticket *ticket)
{
	struct wire_path path = {NULL, STR("attachments"), 0};
	struct ticket_attachment *files;
	size_t count = json_array_size(list), i;

	if (list == NULL)
		return;
	if (!json_is_array(list)) {
		wire_check_fault(check, &path, WIRE_WRONG_TYPE, "a list");
		return;
	}
	if (!wire_check_count(check, &path, count, LIMIT_ATTACHMENTS))
		return;
	files = arena_array(check->arena, count, sizeof(*files));
	if (files == NULL) {
		check->no_memory = true;
		return;
	}
	for (i = 0; i < count; i++) {
		struct wire_path item = {&path, {NULL, 0}, i};

		file_read(check, &item, json_array_get(list, i), &files[i]);
	}
	ticket->attachments = files;
	ticket->attachment_count = count;
}

static void
requester_read(struct wire_check *check, const json_t *object, struct ticket *ticket)
{
	struct wire_path path = {NULL, STR("requester"), 0};

	if (object == NULL ||
	    !object_check(check, &path, object, requester_keys, COUNT(requester_keys)))
		return;
	text_read(check, &path, object, "name", &ticket->requester_name);
	text_read(check, &path, object, "email", &ticket->requester_email);
}

static void
received_at_read(struct wire_check *check, const json_t *object, struct ticket *ticket)
{
	struct wire_path path = {NULL, STR("received_at"), 0};
	struct str text = {NULL, 0};

	text_read(check, NULL, object, "received_at", &text);
	if (text.p == NULL)
		return;
	if (timestamp_parse(text, &ticket->received_at) == 0)
		ticket->has_received_at = true;
	else
		wire_check_fault(check, &path, WIRE_BAD_TIME, NULL);
}

static void
id_read(struct wire_check *check, const json_t *object, struct ctl_ticket *line)
{
	struct wire_path path = {NULL, STR("id"), 0};

	text_read(check, NULL, object, "id", &line->id);
	if (line->id.p != NULL && line->id.n == 0)
		wire_check_fault(check, &path, WIRE_REQUIRED, NULL);
	if (line->id.n > LIMIT_KEY_BYTES)
		wire_check_fault(
		    check, &path, WIRE_TOO_LONG, "at most %d bytes", LIMIT_KEY_BYTES);
}

static void
line_read(struct wire_check *check, const json_t *object, struct ctl_ticket *line)
{
	struct ticket *ticket = &line->ticket;

	if (!object_check(check, NULL, object, line_keys, COUNT(line_keys)))
		return;
	id_read(check, object, line);
	choice_read(check, NULL, object, "locale", &line->locale);
	line->expect = object_get(object, "expect");
	text_read(check, NULL, object, "audience", &ticket->audience);
	choice_read(check, NULL, object, "form_locale", &ticket->form_locale);
	received_at_read(check, object, ticket);
	choice_read(check, NULL, object, "reason", &ticket->reason);
	requester_read(check, object_get(object, "requester"), ticket);
	/* A ticket without subject or body has an empty one. */
	ticket->subject = ticket->body = STR("");
	text_read(check, NULL, object, "subject", &ticket->subject);
	text_read(check, NULL, object, "body", &ticket->body);
	fields_read(check, object_get(object, "fields"), ticket);
	files_read(check, object_get(object, "attachments"), ticket);
	wire_check_ticket(check, NULL, ticket);
}

/* jansson's own text would quote what it read. */
static void
syntax_fault(struct wire_check *check, const json_error_t *error)
{
	enum wire_fault fault = WIRE_BAD_JSON;

	switch (json_error_code(error)) {
	case json_error_premature_end_of_input:
		fault = WIRE_TRUNCATED;
		break;
	case json_error_end_of_input_expected:
		fault = WIRE_TRAILING_BYTES;
		break;
	case json_error_invalid_utf8:
		fault = WIRE_BAD_UTF8;
		break;
	case json_error_null_character:
	case json_error_null_byte_in_key:
		fault = WIRE_NUL;
		break;
	case json_error_duplicate_key:
		fault = WIRE_DUPLICATE_KEY;
		break;
	case json_error_numeric_overflow:
		fault = WIRE_OUT_OF_RANGE;
		break;
	case json_error_out_of_memory:
		check->no_memory = true;
		break;
	default:
		break;
	}
	wire_check_fault(check, NULL, fault, "near byte %d", error->position);
}

static struct wire_check
check_start(struct arena *arena, struct ctl_ticket *ticket)
{
	*ticket = (struct ctl_ticket){.expect = NULL};
	return (struct wire_check){
	    arena, ticket->errors, &ticket->error_count, COUNT(ticket->errors), false};
}

static int
check_result(const struct wire_check *check)
{
	if (check->no_memory)
		return -1;
	return *check->count > 0 ? 1 : 0;
}

int
ctl_ticket_parse(
    struct arena *arena, struct str line, struct ctl_ticket *ticket, json_t **object)
{
	struct wire_check check = check_start(arena, ticket);
	json_error_t error;

	*object = NULL;
	if (line.n > CTL_TICKET_LINE_BYTES) {
		wire_check_fault(
		    &check, NULL, WIRE_TOO_LARGE, "at most %d bytes", CTL_TICKET_LINE_BYTES);
		return check_result(&check);
	}
	*object = json_loadb(line.p != NULL ? line.p : "", line.n,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
	if (*object == NULL) {
		syntax_fault(&check, &error);
	} else if (!json_is_object(*object)) {
		wire_check_fault(&check, NULL, WIRE_WRONG_TYPE, "an object");
		json_decref(*object);
		*object = NULL;
	}
	return check_result(&check);
}

int
ctl_ticket_read(struct arena *arena, const json_t *object, struct ctl_ticket *ticket)
{
	struct wire_check check = check_start(arena, ticket);

	line_read(&check, object, ticket);
	return check_result(&check);
}
