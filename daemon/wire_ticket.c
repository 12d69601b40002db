/* SPDX-License-Identifier: MIT */
/*
 * The ticket map. Types are judged here, lengths and required values in
 * wire_check.c, which the JSON reader shares.
 */
#include "wire_part.h"

#include <math.h>

#include "limits.h"
#include "timestamp.h"

enum {
	KEY_AUDIENCE, KEY_FORM_LOCALE, KEY_RECEIVED_AT, KEY_REASON, KEY_REQUESTER, KEY_SUBJECT,
	KEY_BODY, KEY_FIELDS, KEY_ATTACHMENTS, KEY_COUNT
};
static const char *const wire_ticket_keys[KEY_COUNT] = {"audience", "form_locale",
    "received_at", "reason", "requester", "subject", "body", "fields", "attachments"};

enum { KEY_NAME, KEY_EMAIL, KEY_REQUESTER_COUNT };
static const char *const wire_requester_keys[KEY_REQUESTER_COUNT] = {"name", "email"};

enum { KEY_FILE_NAME, KEY_TYPE, KEY_SIZE, KEY_FIELD, KEY_DATA, KEY_URL, KEY_FILE_COUNT };
static const char *const wire_file_keys[KEY_FILE_COUNT] = {
    "name", "type", "size", "field", "data", "url"};

static void
wire_ticket_text(struct wire_check *check, const struct wire_path *above, const char *name,
    const msgpack_object *object, struct str *value)
{
	struct wire_path path = {above, str_of(name), 0};

	wire_object_text(check, &path, object, value);
}

/* For what a form sends as "" when nothing was chosen. */
static void
wire_ticket_choice(struct wire_check *check, const struct wire_path *above, const char *name,
    const msgpack_object *object, struct str *value)
{
	wire_ticket_text(check, above, name, object, value);
	if (value->n == 0)
		*value = (struct str){NULL, 0};
}

/* False, and reported, when it is no scalar. */
static bool
wire_ticket_scalar(struct wire_check *check, const struct wire_path *path,
    const msgpack_object *object, struct value *value)
{
	switch (object->type) {
	case MSGPACK_OBJECT_NIL:
		value->type = VALUE_NONE;
		return true;
	case MSGPACK_OBJECT_BOOLEAN:
		value->type = VALUE_BOOLEAN;
		value->boolean = object->via.boolean;
		return true;
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
	case MSGPACK_OBJECT_NEGATIVE_INTEGER:
		value->type = VALUE_INTEGER;
		wire_object_integer(check, path, object, &value->integer);
		return true;
	case MSGPACK_OBJECT_FLOAT32:
	case MSGPACK_OBJECT_FLOAT64:
		value->type = VALUE_REAL;
		value->real = object->via.f64;
		if (!isfinite(value->real))
			wire_check_fault(check, path, WIRE_OUT_OF_RANGE, "a finite number");
		return true;
	case MSGPACK_OBJECT_STR:
		value->type = VALUE_TEXT;
		wire_object_text(check, path, object, &value->text);
		return true;
	default:
		return false;
	}
}

static void
wire_ticket_list(struct wire_check *check, const struct wire_path *path,
    const msgpack_object_array *array, struct value *value)
{
	struct value *items;
	size_t i;

	if (!wire_check_count(check, path, array->size, LIMIT_LIST_ITEMS))
		return;
	items = arena_array(check->arena, array->size, sizeof(*items));
	if (items == NULL) {
		check->no_memory = true;
		return;
	}
	for (i = 0; i < array->size; i++) {
		struct wire_path item = {path, {NULL, 0}, i};

		if (!wire_ticket_scalar(check, &item, &array->ptr[i], &items[i]))
			wire_check_fault(check, &item, WIRE_WRONG_TYPE,
			    "null, boolean, number or text");
	}
	value->type = VALUE_LIST;
	value->items = items;
	value->count = array->size;
}

static void
wire_ticket_fields(struct wire_check *check, const struct wire_path *path,
    const msgpack_object *object, struct ticket *ticket)
{
	struct ticket_field *fields;
	size_t i, count = 0;

	/* PHP cannot tell an empty map from an empty list. */
	if (object->type == MSGPACK_OBJECT_ARRAY && object->via.array.size == 0)
		return;
	if (object->type != MSGPACK_OBJECT_MAP) {
		wire_check_fault(check, path, WIRE_WRONG_TYPE, "a map");
		return;
	}
	if (!wire_check_count(check, path, object->via.map.size, LIMIT_FIELDS))
		return;
	fields = arena_array(check->arena, object->via.map.size, sizeof(*fields));
	if (fields == NULL) {
		check->no_memory = true;
		return;
	}
	for (i = 0; i < object->via.map.size; i++) {
		const msgpack_object_kv *pair = &object->via.map.ptr[i];
		struct ticket_field *field = &fields[count];
		struct wire_path box = {path, {pair->key.via.str.ptr, pair->key.via.str.size}, 0};

		if (pair->val.type == MSGPACK_OBJECT_NIL)
			continue;
		field->name = box.name;
		count++;
		if (pair->val.type == MSGPACK_OBJECT_ARRAY)
			wire_ticket_list(check, &box, &pair->val.via.array, &field->value);
		else if (!wire_ticket_scalar(check, &box, &pair->val, &field->value))
			wire_check_fault(check, &box, WIRE_WRONG_TYPE,
			    "null, boolean, number, text or a list of these");
	}
	ticket->fields = fields;
	ticket->field_count = count;
}

static void
wire_ticket_file(struct wire_check *check, const struct wire_path *path,
    const msgpack_object *object, struct ticket_attachment *file)
{
	const msgpack_object *found[KEY_FILE_COUNT];
	struct wire_path size = {path, STR("size"), 0}, data = {path, STR("data"), 0};

	file->size = -1;
	if (!wire_object_map(check, path, object, wire_file_keys, KEY_FILE_COUNT, found))
		return;
	wire_ticket_text(check, path, "name", found[KEY_FILE_NAME], &file->name);
	wire_ticket_choice(check, path, "type", found[KEY_TYPE], &file->type);
	wire_ticket_choice(check, path, "field", found[KEY_FIELD], &file->field);
	wire_ticket_choice(check, path, "url", found[KEY_URL], &file->url);
	wire_object_bytes(check, &data, found[KEY_DATA], &file->data);
	wire_object_integer(check, &size, found[KEY_SIZE], &file->size);
	if (found[KEY_SIZE] != NULL && found[KEY_SIZE]->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
		wire_check_fault(check, &size, WIRE_OUT_OF_RANGE, "at least 0");
}

static void
wire_ticket_files(struct wire_check *check, const struct wire_path *path,
    const msgpack_object *object, struct ticket *ticket)
{
	const msgpack_object_array *array = &object->via.array;
	struct ticket_attachment *files;
	size_t i;

	if (object->type != MSGPACK_OBJECT_ARRAY) {
		wire_check_fault(check, path, WIRE_WRONG_TYPE, "a list");
		return;
	}
	if (!wire_check_count(check, path, array->size, LIMIT_ATTACHMENTS))
		return;
	files = arena_array(check->arena, array->size, sizeof(*files));
	if (files == NULL) {
		check->no_memory = true;
		return;
	}
	for (i = 0; i < array->size; i++) {
		struct wire_path item = {path, {NULL, 0}, i};

		wire_ticket_file(check, &item, &array->ptr[i], &files[i]);
	}
	ticket->attachments = files;
	ticket->attachment_count = array->size;
}

static void
wire_ticket_received_at(struct wire_check *check, const struct wire_path *above,
    const msgpack_object *object, struct ticket *ticket)
{
	struct wire_path path = {above, STR("received_at"), 0};
	struct str text = {NULL, 0};

	wire_object_text(check, &path, object, &text);
	if (text.p == NULL)
		return;
	if (timestamp_parse(text, &ticket->received_at) == 0)
		ticket->has_received_at = true;
	else
		wire_check_fault(check, &path, WIRE_BAD_TIME, NULL);
}

static void
wire_ticket_requester(struct wire_check *check, const struct wire_path *path,
    const msgpack_object *object, struct ticket *ticket)
{
	const msgpack_object *found[KEY_REQUESTER_COUNT];

	if (!wire_object_map(
		check, path, object, wire_requester_keys, KEY_REQUESTER_COUNT, found))
		return;
	wire_ticket_text(check, path, "name", found[KEY_NAME], &ticket->requester_name);
	wire_ticket_text(check, path, "email", found[KEY_EMAIL], &ticket->requester_email);
}

void
wire_content(struct wire_check *check, const struct wire_path *path,
    const struct wire_content *content, struct ticket *ticket)
{
	struct wire_path fields = {path, STR("fields"), 0};
	struct wire_path files = {path, STR("attachments"), 0};

	/* What has no body has an empty one. */
	ticket->body = STR("");
	wire_ticket_text(check, path, "body", content->body, &ticket->body);
	if (content->fields != NULL)
		wire_ticket_fields(check, &fields, content->fields, ticket);
	if (content->attachments != NULL)
		wire_ticket_files(check, &files, content->attachments, ticket);
}

void
wire_ticket(struct wire_check *check, const struct wire_path *path,
    const msgpack_object *object, struct ticket *ticket)
{
	const msgpack_object *found[KEY_COUNT];
	struct wire_path requester = {path, STR("requester"), 0};
	struct wire_content content;

	if (!wire_object_map(check, path, object, wire_ticket_keys, KEY_COUNT, found))
		return;
	wire_ticket_text(check, path, "audience", found[KEY_AUDIENCE], &ticket->audience);
	wire_ticket_choice(
	    check, path, "form_locale", found[KEY_FORM_LOCALE], &ticket->form_locale);
	wire_ticket_received_at(check, path, found[KEY_RECEIVED_AT], ticket);
	wire_ticket_choice(check, path, "reason", found[KEY_REASON], &ticket->reason);
	if (found[KEY_REQUESTER] != NULL)
		wire_ticket_requester(check, &requester, found[KEY_REQUESTER], ticket);
	ticket->subject = STR("");
	wire_ticket_text(check, path, "subject", found[KEY_SUBJECT], &ticket->subject);
	content = (struct wire_content){
	    found[KEY_BODY], found[KEY_FIELDS], found[KEY_ATTACHMENTS]};
	wire_content(check, path, &content, ticket);
	wire_check_ticket(check, path, ticket);
}
