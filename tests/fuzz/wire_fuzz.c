/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a request and as an answer. What the walk lets through must
 * also be one whole object to msgpack-c; what is decoded must come back the
 * same when it is written and read again; the memory taken has a ceiling.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <msgpack.h>

#include "limits.h"
#include "wire.h"
#include "wire_part.h"

#define ARENA_BYTES (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

/* A walk that passes is a promise to msgpack-c. */
static void
compare_with_msgpack(struct arena *arena, struct str message)
{
	struct wire_error error;
	size_t count = 0, end = 0;
	struct wire_check check = {arena, &error, &count, 1, false};
	msgpack_unpack_return result;
	msgpack_unpacked unpacked;

	if (!wire_scan(&check, message)) {
		demand(count == 1);
		return;
	}
	msgpack_unpacked_init(&unpacked);
	result = msgpack_unpack_next(&unpacked, message.p, message.n, &end);
	demand(result == MSGPACK_UNPACK_SUCCESS && end == message.n);
	msgpack_unpacked_destroy(&unpacked);
}

static void
encode_again(const struct wire_request *request, struct strbuf *out)
{
	static const struct str no_id = {NULL, 0};

	if (request->op == WIRE_FOLLOW_UP)
		wire_encode_follow_up(no_id, request->key.bytes, request->named, request->token,
		    &request->ticket, out);
	else if (request->op == WIRE_LOOKUP)
		wire_encode_lookup(no_id, request->key.bytes, request->named, out);
	else
		wire_encode_request(
		    request->op, no_id, request->key.bytes, &request->ticket, out);
}

static void
compare_again(struct arena *arena, const struct wire_request *request)
{
	struct wire_request again;
	struct wire_answer answer;
	struct strbuf out;

	strbuf_init(&out, 0);
	wire_encode_invalid(request, &out);
	demand(wire_decode_answer(arena, strbuf_str(&out), &answer) == 0);
	demand(answer.error_count == request->error_count);
	demand(answer.id.type == request->id.type && answer.key.type == request->key.type);
	demand(answer.id.integer == request->id.integer);
	demand(str_eq(answer.id.bytes, request->id.bytes));
	demand(str_eq(answer.key.bytes, request->key.bytes));
	if (request->error_count == 0 && request->op != WIRE_PING &&
	    request->op != WIRE_FORM) { /* which no client in C asks for */
		strbuf_clear(&out);
		encode_again(request, &out);
		/* Text for data is written as binary, and fractions of a second go. */
		demand(wire_decode(arena, strbuf_str(&out), &again) == 0);
		demand(again.op == request->op);
		demand(str_eq(again.named, request->named));
		demand(str_eq(again.token, request->token));
		demand(str_eq(again.ticket.body, request->ticket.body));
		demand(again.ticket.field_count == request->ticket.field_count);
		demand(again.ticket.attachment_count == request->ticket.attachment_count);
	}
	strbuf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str message = {(const char *)data, size};
	struct arena *arena = arena_new(ARENA_BYTES);
	struct wire_request request;
	struct wire_answer answer;
	int result;

	demand(arena != NULL);
	if (size <= LIMIT_MESSAGE_BYTES)
		compare_with_msgpack(arena, message);
	result = wire_decode(arena, message, &request);
	demand(result == (request.error_count > 0));
	compare_again(arena, &request);
	wire_decode_answer(arena, message, &answer);
	arena_free(arena);
	return 0;
}
