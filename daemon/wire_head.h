/* SPDX-License-Identifier: MIT */
/*
 * wire_head: one header of msgpack, read from bytes that nobody has checked.
 * A container that announces more items than bytes are left is refused, so
 * no later step can be made to reserve memory for what is not there.
 */
#ifndef WIRE_HEAD_H
#define WIRE_HEAD_H

#include <stdint.h>

#include "str.h"
#include "wire_check.h"

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

/* Kind and number of one header; the cursor stands behind it. */
enum wire_fault wire_head_number(struct wire_cursor *cursor, struct wire_head *head);
/* The same, with the bytes of a text taken and counts held against what is
 * left: every item needs a byte, every pair two. */
enum wire_fault wire_head_read(struct wire_cursor *cursor, struct wire_head *head);
/* UTF-8 without NUL. */
enum wire_fault wire_head_text(struct str text);

#endif
