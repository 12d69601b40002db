/* SPDX-License-Identifier: MIT */
/*
 * What an answer has to repeat, read from a message that may be wrong in any
 * way: the outermost map as far as it goes.
 */
#include "wire_part.h"

#include "limits.h"
#include "wire_head.h"

/* Skips one value without a stack: containers only add to what is to come. */
static enum wire_fault
wire_skip(struct wire_cursor *cursor)
{
	uint64_t pending = 1;

	while (pending > 0) {
		struct wire_head head;
		enum wire_fault fault = wire_head_read(cursor, &head);

		if (fault != WIRE_FAULT_NONE)
			return fault;
		pending--;
		if (head.kind == KIND_ARRAY)
			pending += head.number;
		else if (head.kind == KIND_MAP)
			pending += 2 * head.number;
	}
	return WIRE_FAULT_NONE;
}

/* What can be given back without harm: the answer must be valid itself. */
static void
wire_peek_token(const struct wire_head *head, size_t limit, struct wire_token *token)
{
	switch (head->kind) {
	case KIND_STR:
		if (head->bytes.n <= limit && wire_head_text(head->bytes) == WIRE_FAULT_NONE)
			*token = (struct wire_token){.type = WIRE_TOKEN_STR, .bytes = head->bytes};
		break;
	case KIND_BIN:
		if (head->bytes.n <= limit)
			*token = (struct wire_token){.type = WIRE_TOKEN_BIN, .bytes = head->bytes};
		break;
	case KIND_UNSIGNED:
	case KIND_SIGNED:
		token->type = WIRE_TOKEN_INTEGER;
		token->integer = head->number;
		token->negative = head->kind == KIND_SIGNED && head->number > INT64_MAX;
		break;
	default:
		break;
	}
}

void
wire_peek(struct str message, struct wire_token *id, struct wire_token *key)
{
	struct wire_cursor cursor;
	struct wire_head head;
	uint64_t left;

	*id = *key = (struct wire_token){.type = WIRE_TOKEN_ABSENT};
	cursor.p = (const unsigned char *)message.p;
	cursor.end = cursor.p + message.n;
	/* Also where the map announces more than there is. */
	if (wire_head_number(&cursor, &head) != WIRE_FAULT_NONE || head.kind != KIND_MAP)
		return;
	for (left = head.number; left > 0; left--) {
		struct wire_cursor value;
		struct str name;

		if (wire_head_read(&cursor, &head) != WIRE_FAULT_NONE || head.kind != KIND_STR)
			return;
		name = head.bytes;
		value = cursor;
		if (wire_head_read(&value, &head) != WIRE_FAULT_NONE)
			return;
		if (str_is(name, "id") && id->type == WIRE_TOKEN_ABSENT)
			wire_peek_token(&head, LIMIT_ID_BYTES, id);
		else if (str_is(name, "key") && key->type == WIRE_TOKEN_ABSENT)
			wire_peek_token(&head, LIMIT_KEY_BYTES, key);
		if (id->type != WIRE_TOKEN_ABSENT && key->type != WIRE_TOKEN_ABSENT)
			return;
		if (wire_skip(&cursor) != WIRE_FAULT_NONE)
			return;
	}
}

void
wire_token_move(struct wire_token *token, struct str from, struct str to)
{
	if (token->bytes.p != NULL)
		token->bytes.p = to.p + (token->bytes.p - from.p);
}
