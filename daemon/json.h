/* SPDX-License-Identifier: MIT */
/*
 * json: writing JSON text (RFC 8259) into a strbuf. Reading JSON is for
 * tools, with jansson. Commas are put by the writer.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

struct json {
	struct strbuf *out;
	bool comma; /* the next item needs one before it */
};

void json_init(struct json *json, struct strbuf *out);
void json_open(struct json *json, char bracket);  /* '{' or '[' */
void json_close(struct json *json, char bracket); /* '}' or ']' */
void json_key(struct json *json, const char *key);
void json_keyn(struct json *json, struct str key);
/* Valid UTF-8 in; quotes, backslash and controls (C0, DEL, C1, U+2028/2029)
 * are escaped. An absent slice is null. */
void json_str(struct json *json, struct str text);
void json_text(struct json *json, const char *text); /* terminated; NULL is null */
void json_int(struct json *json, int64_t number);
/* decimals < 0: as many digits as it takes to read the same number back. What
 * is not finite is null. */
void json_number(struct json *json, double number, int decimals);
void json_bool(struct json *json, bool value);
void json_none(struct json *json);

#endif
