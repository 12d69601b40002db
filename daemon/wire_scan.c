/* SPDX-License-Identifier: MIT */
/*
 * The bounded walk over a whole message. It allocates nothing and calls itself
 * nowhere: open containers stand in an array of LIMIT_DEPTH frames. It ends
 * because every step takes at least one byte.
 */
#include "wire_part.h"

#include "limits.h"
#include "wire_head.h"

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
	fault = wire_head_text(head.bytes);
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
		fault = wire_head_text(head.bytes);
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
	fault = wire_walk_step(&walk);
	while (fault == WIRE_FAULT_NONE && walk.depth > 0)
		fault = wire_walk_step(&walk);
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
