/* SPDX-License-Identifier: MIT */
/*
 * The envelope: version, operation, id, key, ticket. The message is copied
 * into the arena once and everything decoded points into that copy.
 */
#include "wire.h"

#include <msgpack/unpack.h>

#include "limits.h"
#include "wire_part.h"

enum { KEY_V, KEY_OP, KEY_ID, KEY_KEY, KEY_TICKET, KEY_COUNT };
static const char *const wire_envelope_keys[KEY_COUNT] = {"v", "op", "id", "key", "ticket"};

const char *const wire_op_names[WIRE_OP_COUNT] = {
    [WIRE_SUBMIT] = "submit", [WIRE_PREVIEW] = "preview", [WIRE_PING] = "ping"};
#define WIRE_OPS "submit, preview or ping"

void
wire_request_error(
    struct wire_request *request, struct str path, struct str code, struct str message)
{
	if (request->error_count < sizeof(request->errors) / sizeof(request->errors[0]))
		request->errors[request->error_count++] = (struct wire_error){path, code, message};
}

/* False: a version that we do not know, whose rest may mean anything. */
static bool
wire_decode_version(struct wire_check *check, const msgpack_object *object)
{
	struct wire_path path = {NULL, STR("v"), 0};
	int64_t version = WIRE_VERSION;

	if (object == NULL)
		wire_check_fault(check, &path, WIRE_REQUIRED, "this is version %d", WIRE_VERSION);
	else
		wire_object_integer(check, &path, object, &version);
	if (version == WIRE_VERSION)
		return true;
	/* The only error: what else looks wrong may be right in that version. */
	*check->count = 0;
	wire_check_fault(
	    check, &path, WIRE_UNKNOWN_VERSION, "this is version %d", WIRE_VERSION);
	return false;
}

static enum wire_op
wire_decode_op(struct wire_check *check, const msgpack_object *object)
{
	struct wire_path path = {NULL, STR("op"), 0};
	struct str name = {NULL, 0};
	enum wire_op op;

	wire_object_text(check, &path, object, &name);
	if (object == NULL)
		wire_check_fault(check, &path, WIRE_REQUIRED, WIRE_OPS);
	if (name.p == NULL)
		return WIRE_OP_COUNT;
	for (op = 0; op < WIRE_OP_COUNT; op++)
		if (str_is(name, wire_op_names[op]))
			return op;
	wire_check_fault(check, &path, WIRE_UNKNOWN_OP, WIRE_OPS);
	return WIRE_OP_COUNT;
}

static void
wire_decode_id(struct wire_check *check, const msgpack_object *object)
{
	struct wire_path path = {NULL, STR("id"), 0};
	struct str bytes = {NULL, 0};

	if (object == NULL || object->type == MSGPACK_OBJECT_POSITIVE_INTEGER ||
	    object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
		return;
	if (object->type != MSGPACK_OBJECT_STR && object->type != MSGPACK_OBJECT_BIN) {
		wire_check_fault(
		    check, &path, WIRE_WRONG_TYPE, "a text, binary or an integer");
		return;
	}
	wire_object_bytes(check, &path, object, &bytes);
	if (bytes.n > LIMIT_ID_BYTES)
		wire_check_fault(
		    check, &path, WIRE_TOO_LONG, "at most %d bytes", LIMIT_ID_BYTES);
}

static void
wire_decode_key(struct wire_check *check, const msgpack_object *object, bool required)
{
	struct wire_path path = {NULL, STR("key"), 0};
	struct str bytes = {NULL, 0};

	wire_object_bytes(check, &path, object, &bytes);
	if (bytes.n == 0 && (required || bytes.p != NULL))
		wire_check_fault(check, &path, WIRE_REQUIRED,
		    "the same on every repeat, another for every ticket");
	if (bytes.n > LIMIT_KEY_BYTES)
		wire_check_fault(
		    check, &path, WIRE_TOO_LONG, "at most %d bytes", LIMIT_KEY_BYTES);
}

static void
wire_decode_body(
    struct wire_check *check, const msgpack_object *object, struct wire_request *request)
{
	struct wire_path path = {NULL, STR("ticket"), 0};

	if (request->op == WIRE_PING && object != NULL)
		wire_check_fault(check, &path, WIRE_NOT_ALLOWED, "ping has no ticket");
	if (request->op != WIRE_SUBMIT && request->op != WIRE_PREVIEW)
		return;
	if (object == NULL) {
		wire_check_fault(check, &path, WIRE_REQUIRED, NULL);
		return;
	}
	wire_ticket(check, &path, object, &request->ticket);
	if (*check->count == 0)
		wire_digest(object, request->digest);
}

static void
wire_decode_envelope(
    struct wire_check *check, const msgpack_object *object, struct wire_request *request)
{
	const msgpack_object *found[KEY_COUNT];

	if (!wire_object_map(check, NULL, object, wire_envelope_keys, KEY_COUNT, found))
		return;
	if (!wire_decode_version(check, found[KEY_V]))
		return;
	request->op = wire_decode_op(check, found[KEY_OP]);
	wire_decode_id(check, found[KEY_ID]);
	wire_decode_key(check, found[KEY_KEY], request->op == WIRE_SUBMIT);
	wire_decode_body(check, found[KEY_TICKET], request);
}

/* The scanned message through msgpack-c. */
static void
wire_decode_objects(
    struct wire_check *check, struct str message, struct wire_request *request)
{
	msgpack_unpacked unpacked;

	msgpack_unpacked_init(&unpacked);
	switch (msgpack_unpack_next(&unpacked, message.p, message.n, NULL)) {
	case MSGPACK_UNPACK_SUCCESS:
		wire_decode_envelope(check, &unpacked.data, request);
		break;
	case MSGPACK_UNPACK_NOMEM_ERROR:
		check->no_memory = true;
		break;
	default: /* the scan and msgpack-c disagree: refuse what one of them refuses */
		wire_check_fault(check, NULL, WIRE_TRUNCATED, NULL);
		break;
	}
	msgpack_unpacked_destroy(&unpacked);
}

static int
wire_decode_oversized(struct wire_check *check, struct wire_request *request)
{
	struct str id = arena_dup(check->arena, request->id.bytes);
	struct str key = arena_dup(check->arena, request->key.bytes);

	wire_check_fault(check, NULL, WIRE_TOO_LARGE, "at most %d bytes", LIMIT_MESSAGE_BYTES);
	if (check->no_memory || (id.p == NULL) != (request->id.bytes.p == NULL) ||
	    (key.p == NULL) != (request->key.bytes.p == NULL))
		return -1;
	request->id.bytes = id;
	request->key.bytes = key;
	return 1;
}

int
wire_decode(struct arena *arena, struct str message, struct wire_request *request)
{
	struct wire_check check = {arena, request->errors, &request->error_count,
	    sizeof(request->errors) / sizeof(request->errors[0]), false};
	struct str copy;

	if (message.p == NULL)
		message = STR("");
	*request = (struct wire_request){.op = WIRE_OP_COUNT};
	wire_peek(message, &request->id, &request->key);
	if (message.n > LIMIT_MESSAGE_BYTES)
		return wire_decode_oversized(&check, request);
	copy = arena_dup(arena, message);
	if (copy.p == NULL)
		return -1;
	if (wire_scan(&check, copy))
		wire_decode_objects(&check, copy, request);
	if (check.no_memory)
		return -1;
	wire_token_move(&request->id, message, copy);
	wire_token_move(&request->key, message, copy);
	return request->error_count > 0 ? 1 : 0;
}
