/* SPDX-License-Identifier: MIT */
#include "wire_head.h"

#include <string.h>

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

enum wire_fault
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

enum wire_fault
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

enum wire_fault
wire_head_text(struct str text)
{
	if (text.n > 0 && memchr(text.p, '\0', text.n) != NULL)
		return WIRE_NUL;
	return utf8_check(text, NULL) ? WIRE_FAULT_NONE : WIRE_BAD_UTF8;
}
