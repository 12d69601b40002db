/* SPDX-License-Identifier: MIT */
/*
 * The envelope: version, operation, id, key, ticket. The message is copied
 * into the arena once and everything decoded points into that copy.
 */
#include "wire.h"

#include <msgpack/unpack.h>

#include "limits.h"
#include "wire_part.h"

enum {
	KEY_V, KEY_OP, KEY_ID, KEY_KEY, KEY_TICKET, KEY_TOKEN, KEY_BODY, KEY_FIELDS,
	KEY_ATTACHMENTS, KEY_AUDIENCE, KEY_LOCALE, KEY_COUNT
};
static const char *const wire_envelope_keys[KEY_COUNT] = {
    "v", "op", "id", "key", "ticket", "token", "body", "fields", "attachments",
    "audience", "locale"};

#define WIRE_OPS "submit, preview, form, follow_up, lookup or ping"
const char *const wire_op_names[WIRE_OP_COUNT] = {
    [WIRE_SUBMIT] = "submit",
    [WIRE_PREVIEW] = "preview",
    [WIRE_PING] = "ping",
    [WIRE_FOLLOW_UP] = "follow_up",
    [WIRE_LOOKUP] = "lookup",
    [WIRE_FORM] = "form",
};

/* The keys from "ticket" on that each operation may have. */
#define KEY_BIT(key) (1u << KEY_##key)
static const unsigned wire_op_keys[WIRE_OP_COUNT] = {
    [WIRE_SUBMIT] = KEY_BIT(TICKET),
    [WIRE_PREVIEW] = KEY_BIT(TICKET),
    [WIRE_FOLLOW_UP] = KEY_BIT(TICKET) | KEY_BIT(TOKEN) | KEY_BIT(BODY) | KEY_BIT(FIELDS) |
        KEY_BIT(ATTACHMENTS),
    [WIRE_LOOKUP] = KEY_BIT(TICKET),
    [WIRE_FORM] = KEY_BIT(AUDIENCE) | KEY_BIT(LOCALE),
};

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
		    "the same on every repeat, another for every ticket or follow-up");
	if (bytes.n > LIMIT_KEY_BYTES)
		wire_check_fault(
		    check, &path, WIRE_TOO_LONG, "at most %d bytes", LIMIT_KEY_BYTES);
}

static void
wire_decode_allowed(struct wire_check *check, const msgpack_object **found, enum wire_op op)
{
	size_t key;

	for (key = KEY_TICKET; key < KEY_COUNT; key++) {
		struct wire_path path = {NULL, str_of(wire_envelope_keys[key]), 0};

		if (found[key] != NULL && (wire_op_keys[op] & 1u << key) == 0)
			wire_check_fault(
			    check, &path, WIRE_NOT_ALLOWED, "not in %s", wire_op_names[op]);
	}
}

static void
wire_decode_ticket(
    struct wire_check *check, const msgpack_object *object, struct wire_request *request)
{
	struct wire_path path = {NULL, STR("ticket"), 0};

	if (object == NULL) {
		wire_check_fault(check, &path, WIRE_REQUIRED, NULL);
		return;
	}
	wire_ticket(check, &path, object, &request->ticket);
	if (*check->count == 0)
		wire_digest(object, request->digest);
}

/* A text of the envelope; without one, it is required. */
static void
wire_decode_name(struct wire_check *check, const char *name, const msgpack_object *object,
    size_t limit, struct str *value)
{
	struct wire_path path = {NULL, str_of(name), 0};

	wire_object_text(check, &path, object, value);
	if (value->n == 0)
		wire_check_fault(check, &path, WIRE_REQUIRED, NULL);
	if (value->n > limit)
		wire_check_fault(check, &path, WIRE_TOO_LONG, "at most %zu bytes", limit);
}

/* Of what a follow-up adds, as a map of its own. */
static void
wire_decode_digest(const msgpack_object **found, unsigned char digest[DIGEST_BYTES])
{
	msgpack_object_kv pairs[KEY_COUNT];
	msgpack_object map = {.type = MSGPACK_OBJECT_MAP, .via.map = {0, pairs}};
	size_t key;

	for (key = KEY_BODY; key <= KEY_ATTACHMENTS; key++) {
		struct str name = str_of(wire_envelope_keys[key]);

		if (found[key] == NULL)
			continue;
		pairs[map.via.map.size++] = (msgpack_object_kv){
		    .key = {.type = MSGPACK_OBJECT_STR, .via.str = {(uint32_t)name.n, name.p}},
		    .val = *found[key],
		};
	}
	wire_digest(&map, digest);
}

static void
wire_decode_follow_up(
    struct wire_check *check, const msgpack_object **found, struct wire_request *request)
{
	struct wire_path body = {NULL, STR("body"), 0};
	struct wire_content content = {
	    found[KEY_BODY], found[KEY_FIELDS], found[KEY_ATTACHMENTS]};
	struct ticket *ticket = &request->ticket;

	wire_decode_name(
	    check, "ticket", found[KEY_TICKET], LIMIT_TICKET_BYTES, &request->named);
	wire_decode_name(check, "token", found[KEY_TOKEN], LIMIT_TOKEN_BYTES, &request->token);
	wire_content(check, NULL, &content, ticket);
	ticket->subject = STR("");
	wire_check_content(check, NULL, ticket);
	if (*check->count > 0)
		return;
	if (ticket->body.n == 0 && ticket->field_count == 0 && ticket->attachment_count == 0)
		wire_check_fault(
		    check, &body, WIRE_REQUIRED, "or something in fields or attachments");
	else
		wire_decode_digest(found, request->digest);
}

static void
wire_decode_lookup(
    struct wire_check *check, const msgpack_object **found, struct wire_request *request)
{
	struct wire_path ticket = {NULL, STR("ticket"), 0}, key = {NULL, STR("key"), 0};

	if (found[KEY_TICKET] != NULL)
		wire_decode_name(check, "ticket", found[KEY_TICKET], LIMIT_TICKET_BYTES,
		    &request->named);
	if (found[KEY_TICKET] != NULL && found[KEY_KEY] != NULL)
		wire_check_fault(check, &key, WIRE_NOT_ALLOWED, "either ticket or key");
	if (found[KEY_TICKET] == NULL && found[KEY_KEY] == NULL)
		wire_check_fault(check, &ticket, WIRE_REQUIRED, "ticket or key");
}

static void
wire_decode_form(
    struct wire_check *check, const msgpack_object **found, struct wire_request *request)
{
	struct wire_path locale = {NULL, STR("locale"), 0};

	wire_decode_name(check, "audience", found[KEY_AUDIENCE], LIMIT_AUDIENCE_BYTES,
	    &request->audience);
	wire_object_text(check, &locale, found[KEY_LOCALE], &request->locale);
	if (request->locale.n > LIMIT_LOCALE_BYTES)
		wire_check_fault(check, &locale, WIRE_TOO_LONG, "at most %d bytes",
		    LIMIT_LOCALE_BYTES);
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
	wire_decode_key(check, found[KEY_KEY],
	    request->op == WIRE_SUBMIT || request->op == WIRE_FOLLOW_UP);
	if (request->op == WIRE_OP_COUNT)
		return;
	wire_decode_allowed(check, found, request->op);
	if (request->op == WIRE_SUBMIT || request->op == WIRE_PREVIEW)
		wire_decode_ticket(check, found[KEY_TICKET], request);
	else if (request->op == WIRE_FOLLOW_UP)
		wire_decode_follow_up(check, found, request);
	else if (request->op == WIRE_LOOKUP)
		wire_decode_lookup(check, found, request);
	else if (request->op == WIRE_FORM)
		wire_decode_form(check, found, request);
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
