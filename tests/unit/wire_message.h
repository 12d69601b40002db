/* SPDX-License-Identifier: MIT */
/*
 * wire_message: messages for tests, written as JSON with ' for ", and packed
 * here without msgpack-c, so that the tests share no encoder with the code.
 * {"@bin":"hex"} is binary, {"@raw":"hex"} stands for these very bytes. With
 * wide, every integer and length takes its longest form and maps are turned
 * around: another spelling of the same message.
 */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>
#include "str.h"

static void
message_head(struct strbuf *out, unsigned first, uint64_t number, unsigned width)
{
	strbuf_putc(out, (char)first);
	while (width-- > 0)
		strbuf_putc(out, (char)(number >> 8 * width));
}

static void
message_hex(struct strbuf *out, const char *hex)
{
	for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
		char pair[3] = {hex[0], hex[1], '\0'};

		strbuf_putc(out, (char)strtoul(pair, NULL, 16));
	}
}

static void
message_text(struct strbuf *out, struct str text, bool wide)
{
	if (wide)
		message_head(out, 0xDB, text.n, 4);
	else if (text.n < 32)
		message_head(out, 0xA0 | (unsigned)text.n, 0, 0);
	else if (text.n < 256)
		message_head(out, 0xD9, text.n, 1);
	else if (text.n < 65536)
		message_head(out, 0xDA, text.n, 2);
	else
		message_head(out, 0xDB, text.n, 4);
	strbuf_put(out, text);
}

static void
message_integer(struct strbuf *out, int64_t number, bool wide)
{
	if (wide || number < -32 || number > UINT32_MAX)
		message_head(out, number < 0 ? 0xD3 : 0xCF, (uint64_t)number, 8);
	else if (number < 128)
		message_head(out, (unsigned)(number & 0xFF), 0, 0);
	else
		message_head(out, 0xCE, (uint64_t)number, 4);
}

static void
message_real(struct strbuf *out, double number, bool wide)
{
	float single = (float)number;
	uint64_t bits;
	uint32_t half;

	memcpy(&bits, &number, sizeof(bits));
	memcpy(&half, &single, sizeof(half));
	if (wide || (double)single != number)
		message_head(out, 0xCB, bits, 8);
	else
		message_head(out, 0xCA, half, 4);
}

static void message_value(struct strbuf *out, json_t *value, bool wide);

static void
message_map(struct strbuf *out, json_t *map, bool wide)
{
	const char *keys[128];
	size_t count = json_object_size(map), n = 0, i;
	const char *key;
	json_t *value;

	assert_in_range(count, 0, 128);
	json_object_foreach(map, key, value)
		keys[n++] = key;
	if (count < 16 && !wide)
		message_head(out, 0x80 | (unsigned)count, 0, 0);
	else
		message_head(out, 0xDF, count, 4);
	for (i = 0; i < count; i++) {
		key = keys[wide ? count - 1 - i : i];
		message_text(out, str_of(key), wide);
		message_value(out, json_object_get(map, key), wide);
	}
}

static void
message_value(struct strbuf *out, json_t *value, bool wide)
{
	struct strbuf bytes = {0};
	json_t *item;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		if (json_object_get(value, "@bin") != NULL) {
			message_hex(&bytes, json_string_value(json_object_get(value, "@bin")));
			message_head(out, wide ? 0xC6 : 0xC4, bytes.n, wide ? 4 : 1);
			strbuf_put(out, strbuf_str(&bytes));
			strbuf_fini(&bytes);
		} else if (json_object_get(value, "@raw") != NULL) {
			message_hex(out, json_string_value(json_object_get(value, "@raw")));
		} else {
			message_map(out, value, wide);
		}
		break;
	case JSON_ARRAY:
		message_head(out, 0xDD, json_array_size(value), 4);
		json_array_foreach(value, i, item)
			message_value(out, item, wide);
		break;
	case JSON_STRING:
		message_text(out,
		    (struct str){json_string_value(value), json_string_length(value)}, wide);
		break;
	case JSON_INTEGER:
		message_integer(out, json_integer_value(value), wide);
		break;
	case JSON_REAL:
		message_real(out, json_real_value(value), wide);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		message_head(out, json_is_true(value) ? 0xC3 : 0xC2, 0, 0);
		break;
	case JSON_NULL:
		message_head(out, 0xC0, 0, 0);
		break;
	}
}

/* Packs JSON into an empty strbuf, which the caller frees. */
__attribute__((unused)) static struct str
message_pack(struct strbuf *out, const char *text, bool wide)
{
	char *quoted = strdup(text), *p;
	json_error_t error;
	json_t *json;

	assert_non_null(quoted);
	for (p = quoted; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	json = json_loads(quoted, JSON_REJECT_DUPLICATES, &error);
	if (json == NULL)
		fail_msg("%s in: %s", error.text, quoted);
	strbuf_init(out, 0);
	message_value(out, json, wide);
	json_decref(json);
	free(quoted);
	return strbuf_str(out);
}

#endif
