/* SPDX-License-Identifier: MIT */
/*
 * value: a typed scalar or list, as a form box holds it and as the text's
 * extraction finds it. Plain data; the bytes belong to the ticket's arena.
 */
#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "str.h"

enum value_type {
	VALUE_NONE, /* absent or null */
	VALUE_TEXT,
	VALUE_BOOLEAN,
	VALUE_INTEGER,
	VALUE_REAL,
	VALUE_DATE, /* integer = days since 1970-01-01, text = "YYYY-MM-DD" */
	VALUE_LIST
};

struct value {
	enum value_type type;
	struct str text;
	int64_t integer;
	double real;
	bool boolean;
	const struct value *items;
	size_t count;
};

void value_json(struct json *json, const struct value *value);

#endif
