/* SPDX-License-Identifier: MIT */
/*
 * The bounded walk over msgpack's headers. It allocates nothing, calls itself
 * nowhere and counts in 64 bits. It ends because every step takes at least one
 * byte, and it refuses a container that announces more items than bytes are
 * left, so no later step can be made to reserve memory for what is not there.
 */
#include "wire_part.h"

#include <string.h>

#include "limits.h"

enum wire_kind {
	KIND_BAD, /* 0xC1 and the extension types */
	KIND_NIL, KIND_BOOLEAN, KIND_UNSIGNED, KIND_SIGNED, KIND_REAL,
	KIND_STR, KIND_BIN, KIND_ARRAY, KIND_MAP
};

struct wire_cursor {
	const unsigned char *p, *end;
};

/* One header with, for STR and BIN, the bytes behind it. */
struct wire_head {
	enum wire_kind kind;
	uint64_t number;  /* the value of an integer (two's complement) or a count */
	struct str bytes; /* STR, BIN */
};

/* 0xC0 to 0xDF: what it is, and the bytes of the number that follows. */
static const struct {
	unsigned char kind, width;
} wire_heads[32] = {
	{KIND_NIL, 0}, {KIND_BAD, 0}, {KIND_BOOLEAN, 0}, {KIND_BOOLEAN, 0},
	{KIND_BIN, 1}, {KIND_BIN, 2}, {KIND_BIN, 4},
	{KIND_BAD, 0}, {KIND_BAD, 0}, {KIND_BAD, 0},
	{KIND_REAL, 4}, {KIND_REAL, 8},
	{KIND_UNSIGNED, 1}, {KIND_UNSIGNED, 2}, {KIND_UNSIGNED, 4}, {KIND_UNSIGNED, 8},
	{KIND_SIGNED, 1}, {KIND_SIGNED, 2}, {KIND_SIGNED, 4}, {KIND_SIGNED, 8},
	{KIND_BAD, 0}, {KIND_BAD, 0}, {KIND_BAD, 0}, {KIND_BAD, 0}, {KIND_BAD, 0},
	{KIND_STR, 1}, {KIND_STR, 2}, {KIND_STR, 4},
	{KIND_ARRAY, 2}, {KIND_ARRAY, 4}, {KIND_MAP, 2}, {KIND_MAP, 4},
};

/* Kind and number of one header; the cursor stands behind it. */
static enum wire_fault
wire_head_number(struct wire_cursor *cursor, struct wire_head *head)
{
	unsigned char first, width, i;

	if (cursor->p == cursor->end)
		return WIRE_TRUNCATED;
	first = *cursor->p++;
	*head = (struct wire_head){.kind = KIND_UNSIGNED, .number = first};
	if (first >= 0xE0) {
		head->kind = KIND_SIGNED;
		head->number = (uint64_t)(int64_t)(signed char)first;
	} else if (first >= 0xA0 && first <= 0xBF) {
		head->kind = KIND_STR;
		head->number = first & 0x1F;
	} else if (first >= 0x80 && first <= 0x9F) {
		head->kind = first < 0x90 ? KIND_MAP : KIND_ARRAY;
		head->number = first & 0x0F;
	}
	if (first < 0xC0 || first > 0xDF)
		return WIRE_FAULT_NONE;
	head->kind = (enum wire_kind)wire_heads[first - 0xC0].kind;
	width = wire_heads[first - 0xC0].width;
	if ((size_t)(cursor->end - cursor->p) < width)
		return WIRE_TRUNCATED;
	/* A signed number starts as all ones when it is negative. */
	head->number = head->kind == KIND_SIGNED && (*cursor->p & 0x80) != 0 ? UINT64_MAX : 0;
	for (i = 0; i < width; i++)
		head->number = head->number << 8 | *cursor->p++;
	return head->kind == KIND_BAD ? WIRE_UNSUPPORTED_TYPE : WIRE_FAULT_NONE;
}

/* The same, with the bytes of a text taken and counts held against what is
 * left: every item needs a byte, every pair two. */
static enum wire_fault
wire_head_read(struct wire_cursor *cursor, struct wire_head *head)
{
	enum wire_fault fault = wire_head_number(cursor, head);
	uint64_t left = (uint64_t)(cursor->end - cursor->p);

	if (fault != WIRE_FAULT_NONE)
		return fault;
	switch (head->kind) {
	case KIND_STR:
	case KIND_BIN:
		if (head->number > left)
			return WIRE_TRUNCATED;
		head->bytes = (struct str){(const char *)cursor->p, (size_t)head->number};
		cursor->p += head->number;
		break;
	case KIND_ARRAY:
		return head->number > left ? WIRE_TRUNCATED : WIRE_FAULT_NONE;
	case KIND_MAP:
		return head->number > left / 2 ? WIRE_TRUNCATED : WIRE_FAULT_NONE;
	default:
		break;
	}
	return WIRE_FAULT_NONE;
}

static enum wire_fault
wire_text_check(struct str text)
{
	if (text.n > 0 && memchr(text.p, '\0', text.n) != NULL)
		return WIRE_NUL;
	return utf8_check(text, NULL) ? WIRE_FAULT_NONE : WIRE_BAD_UTF8;
}

/* One open map or array. path is that of the value being read in it. */
struct wire_frame {
	uint64_t left; /* values that are still to come, a pair counting one */
	bool map, key_next;
	struct wire_path path;
	size_t key_count;
	struct str keys[LIMIT_FIELDS];
};

struct wire_walk {
	struct wire_cursor cursor;
	uint64_t nodes;
	size_t depth;
	struct wire_frame frames[LIMIT_DEPTH];
	const struct wire_path *place; /* of the latest fault */
};

static enum wire_fault
wire_walk_key(struct wire_walk *walk, struct wire_frame *frame)
{
	enum wire_fault fault;
	struct wire_head head;
	size_t i;

	walk->place = frame->path.above;
	fault = wire_head_read(&walk->cursor, &head);
	if (fault != WIRE_FAULT_NONE)
		return fault;
	if (head.kind != KIND_STR || head.bytes.n == 0 || head.bytes.n > LIMIT_MAP_KEY_BYTES)
		return WIRE_BAD_KEY;
	fault = wire_text_check(head.bytes);
	if (fault != WIRE_FAULT_NONE)
		return fault;
	frame->path.name = head.bytes;
	walk->place = &frame->path;
	for (i = 0; i < frame->key_count; i++)
		if (str_eq(frame->keys[i], head.bytes))
			return WIRE_DUPLICATE_KEY;
	frame->keys[frame->key_count++] = head.bytes;
	frame->key_next = false;
	return WIRE_FAULT_NONE;
}

static enum wire_fault
wire_walk_open(struct wire_walk *walk, const struct wire_head *head)
{
	struct wire_frame *frame;

	if (walk->depth == LIMIT_DEPTH)
		return WIRE_TOO_DEEP;
	if (head->kind == KIND_MAP && head->number > LIMIT_FIELDS)
		return WIRE_TOO_MANY;
	frame = &walk->frames[walk->depth];
	frame->left = head->number;
	frame->map = frame->key_next = head->kind == KIND_MAP;
	frame->path = (struct wire_path){NULL, {NULL, 0}, 0};
	if (walk->depth > 0)
		frame->path.above = &walk->frames[walk->depth - 1].path;
	frame->key_count = 0;
	walk->depth++;
	return WIRE_FAULT_NONE;
}

/* One value ended: so may the containers it was the last of. */
static void
wire_walk_ended(struct wire_walk *walk)
{
	while (walk->depth > 0) {
		struct wire_frame *frame = &walk->frames[walk->depth - 1];

		frame->left--;
		frame->key_next = frame->map;
		frame->path.index++;
		if (frame->left > 0)
			return;
		walk->depth--;
	}
}

/* One key or one value's header. */
static enum wire_fault
wire_walk_step(struct wire_walk *walk)
{
	struct wire_frame *frame = walk->depth > 0 ? &walk->frames[walk->depth - 1] : NULL;
	enum wire_fault fault;
	struct wire_head head;

	if (++walk->nodes > LIMIT_NODES) {
		walk->place = NULL;
		return WIRE_TOO_MANY_VALUES;
	}
	if (frame != NULL && frame->key_next)
		return wire_walk_key(walk, frame);
	walk->place = frame != NULL ? &frame->path : NULL;
	fault = wire_head_read(&walk->cursor, &head);
	if (fault == WIRE_FAULT_NONE && head.kind == KIND_STR)
		fault = wire_text_check(head.bytes);
	if (fault == WIRE_FAULT_NONE && (head.kind == KIND_ARRAY || head.kind == KIND_MAP)) {
		fault = wire_walk_open(walk, &head);
		if (fault != WIRE_FAULT_NONE || head.number > 0)
			return fault;
		walk->depth--; /* empty: it ends where it began */
	}
	if (fault == WIRE_FAULT_NONE)
		wire_walk_ended(walk);
	return fault;
}

bool
wire_scan(struct wire_check *check, struct str message)
{
	struct wire_walk walk;
	enum wire_fault fault;

	walk.cursor.p = (const unsigned char *)message.p;
	walk.cursor.end = walk.cursor.p + message.n;
	walk.nodes = 0;
	walk.depth = 0;
	do
		fault = wire_walk_step(&walk);
	while (fault == WIRE_FAULT_NONE && walk.depth > 0);
	if (fault == WIRE_FAULT_NONE && walk.cursor.p < walk.cursor.end) {
		walk.place = NULL;
		fault = WIRE_TRAILING_BYTES;
	}
	if (fault == WIRE_FAULT_NONE)
		return true;
	wire_check_fault(check, walk.place, fault, "near byte %zu",
	    (size_t)(walk.cursor.p - (const unsigned char *)message.p));
	return false;
}

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
		if (head->bytes.n <= limit && wire_text_check(head->bytes) == WIRE_FAULT_NONE)
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
