/* SPDX-License-Identifier: MIT */
/*
 * The client's side: reading an answer. The same walk as on the other side
 * checks the bytes first. Keys that are not known here are skipped: a newer
 * daemon may say more.
 */
#include "wire.h"

#include <msgpack/unpack.h>

#include "limits.h"
#include "wire_part.h"

/* The value of that key, NULL when absent or null. */
static const msgpack_object *
wire_answer_find(const msgpack_object *map, const char *name)
{
	size_t i;

	if (map == NULL || map->type != MSGPACK_OBJECT_MAP)
		return NULL;
	for (i = 0; i < map->via.map.size; i++) {
		const msgpack_object_kv *pair = &map->via.map.ptr[i];
		struct str key = {pair->key.via.str.ptr, pair->key.via.str.size};

		if (str_is(key, name))
			return pair->val.type != MSGPACK_OBJECT_NIL ? &pair->val : NULL;
	}
	return NULL;
}

static struct str
wire_answer_text(const msgpack_object *map, const char *name)
{
	const msgpack_object *object = wire_answer_find(map, name);

	if (object == NULL || object->type != MSGPACK_OBJECT_STR)
		return (struct str){NULL, 0};
	return (struct str){object->via.str.ptr, object->via.str.size};
}

static int64_t
wire_answer_integer(const msgpack_object *map, const char *name)
{
	const msgpack_object *object = wire_answer_find(map, name);

	if (object == NULL || object->type != MSGPACK_OBJECT_POSITIVE_INTEGER ||
	    object->via.u64 > INT64_MAX)
		return 0;
	return (int64_t)object->via.u64;
}

static const msgpack_object_array *
wire_answer_list(const msgpack_object *map, const char *name)
{
	static const msgpack_object_array none = {0, NULL};
	const msgpack_object *object = wire_answer_find(map, name);

	if (object == NULL || object->type != MSGPACK_OBJECT_ARRAY)
		return &none;
	return &object->via.array;
}

static bool
wire_answer_missing(
    struct arena *arena, const msgpack_object *map, struct receipt *receipt)
{
	const msgpack_object_array *list = wire_answer_list(map, "missing");
	struct str *names = arena_array(arena, list->size, sizeof(*names));
	size_t i;

	if (names == NULL)
		return false;
	for (i = 0; i < list->size; i++)
		if (list->ptr[i].type == MSGPACK_OBJECT_STR)
			names[receipt->missing_count++] = (struct str){
			    list->ptr[i].via.str.ptr, list->ptr[i].via.str.size};
	receipt->missing = names;
	return true;
}

static bool
wire_answer_warnings(
    struct arena *arena, const msgpack_object *map, struct receipt *receipt)
{
	const msgpack_object_array *list = wire_answer_list(map, "warnings");
	struct receipt_warning *warnings = arena_array(arena, list->size, sizeof(*warnings));
	size_t i;

	if (warnings == NULL)
		return false;
	for (i = 0; i < list->size; i++) {
		warnings[i].path = wire_answer_text(&list->ptr[i], "path");
		warnings[i].code = wire_answer_text(&list->ptr[i], "code");
	}
	receipt->warnings = warnings;
	receipt->warning_count = list->size;
	return true;
}

static int
wire_answer_receipt(
    struct arena *arena, const msgpack_object *map, struct receipt *receipt)
{
	const msgpack_object *reply = wire_answer_find(map, "reply");

	receipt->ticket = wire_answer_text(map, "ticket");
	receipt->reference = wire_answer_text(map, "reference");
	receipt->category = wire_answer_text(map, "category");
	receipt->outcome = wire_answer_text(map, "outcome");
	receipt->team = wire_answer_text(map, "team");
	receipt->priority = wire_answer_text(map, "priority");
	receipt->state = wire_answer_text(map, "state");
	receipt->received_at = wire_answer_text(map, "received_at");
	receipt->policy = wire_answer_text(map, "policy");
	receipt->follow_up_token = wire_answer_text(map, "follow_up_token");
	receipt->has_reply = reply != NULL;
	receipt->reply_locale = wire_answer_text(reply, "locale");
	receipt->reply_subject = wire_answer_text(reply, "subject");
	receipt->reply_body = wire_answer_text(reply, "body");
	if (!wire_answer_missing(arena, map, receipt) ||
	    !wire_answer_warnings(arena, map, receipt))
		return -1;
	return 0;
}

static void
wire_answer_errors(const msgpack_object *map, struct wire_answer *answer)
{
	const size_t room = sizeof(answer->errors) / sizeof(answer->errors[0]);
	const msgpack_object_array *list = wire_answer_list(map, "errors");
	size_t i;

	for (i = 0; i < list->size && i < room; i++) {
		struct wire_error *error = &answer->errors[i];

		error->path = wire_answer_text(&list->ptr[i], "path");
		error->code = wire_answer_text(&list->ptr[i], "code");
		error->message = wire_answer_text(&list->ptr[i], "message");
		answer->error_count = i + 1;
	}
}

/* The status of an answer of our version, or -1. */
static int
wire_answer_status(const msgpack_object *map)
{
	struct str name = wire_answer_text(map, "status");
	int status;

	if (wire_answer_integer(map, "v") != WIRE_VERSION)
		return -1;
	for (status = WIRE_ACCEPTED; status <= WIRE_OK; status++)
		if (str_is(name, wire_status_names[status]))
			return status;
	return -1;
}

static int
wire_answer_read(
    struct arena *arena, const msgpack_object *map, struct wire_answer *answer)
{
	int status = wire_answer_status(map);

	if (status < 0)
		return -1;
	answer->status = (enum wire_status)status;
	answer->retry_after_ms = wire_answer_integer(map, "retry_after_ms");
	answer->version = wire_answer_text(map, "version");
	answer->policy = wire_answer_text(map, "policy");
	wire_answer_errors(map, answer);
	return wire_answer_receipt(arena, map, &answer->receipt);
}

int
wire_decode_answer(struct arena *arena, struct str message, struct wire_answer *answer)
{
	/* Nobody reads what is wrong with an answer. */
	struct wire_error unread;
	size_t unread_count = 0;
	struct wire_check check = {arena, &unread, &unread_count, 1, false};
	msgpack_unpacked unpacked;
	int result = -1;
	struct str copy;

	*answer = (struct wire_answer){.status = WIRE_RETRY};
	if (message.p == NULL || message.n > LIMIT_MESSAGE_BYTES)
		return -1;
	copy = arena_dup(arena, message);
	if (copy.p == NULL || !wire_scan(&check, copy))
		return -1;
	wire_peek(copy, &answer->id, &answer->key);
	msgpack_unpacked_init(&unpacked);
	if (msgpack_unpack_next(&unpacked, copy.p, copy.n, NULL) == MSGPACK_UNPACK_SUCCESS)
		result = wire_answer_read(arena, &unpacked.data, answer);
	msgpack_unpacked_destroy(&unpacked);
	return result;
}
