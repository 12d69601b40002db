/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
json_init(struct json *json, struct strbuf *out)
{
	*json = (struct json){.out = out};
}

/* Goes before every key and every value that is not a key's. */
static void
json_item(struct json *json)
{
	if (json->comma)
		strbuf_putc(json->out, ',');
	json->comma = true;
}

void
json_open(struct json *json, char bracket)
{
	json_item(json);
	strbuf_putc(json->out, bracket);
	json->comma = false;
}

void
json_close(struct json *json, char bracket)
{
	strbuf_putc(json->out, bracket);
	json->comma = true;
}

/* Bytes of the character at p that must be escaped, and its number; 0 when it
 * may stand as it is. Beyond what RFC 8259 asks: DEL, C1 and the two line
 * separators, because terminals and JavaScript act on them. */
static size_t
json_special(const unsigned char *p, size_t left, unsigned *code)
{
	if (p[0] < 0x20 || p[0] == '"' || p[0] == '\\' || p[0] == 0x7F) {
		*code = p[0];
		return 1;
	}
	if (p[0] == 0xC2 && left > 1 && p[1] < 0xA0) {
		*code = p[1];
		return 2;
	}
	if (p[0] == 0xE2 && left > 2 && p[1] == 0x80 && (p[2] == 0xA8 || p[2] == 0xA9)) {
		*code = 0x2000u + (p[2] & 0x3Fu);
		return 3;
	}
	return 0;
}

static void
json_escape(struct strbuf *out, unsigned code)
{
	static const char from[] = "\"\\\n\t\r\b\f";
	static const char to[] = "\"\\ntrbf";
	const char *found = code > 0 && code < 0x80 ? strchr(from, (int)code) : NULL;

	if (found != NULL)
		strbuf_printf(out, "\\%c", to[found - from]);
	else
		strbuf_printf(out, "\\u%04x", code);
}

static void
json_quote(struct strbuf *out, struct str text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t run = 0, i = 0;
	unsigned code;

	strbuf_putc(out, '"');
	while (i < text.n) {
		size_t n = json_special(p + i, text.n - i, &code);

		if (n == 0) {
			i++;
			continue;
		}
		strbuf_put(out, str_part(text, run, i));
		json_escape(out, code);
		i += n;
		run = i;
	}
	strbuf_put(out, str_part(text, run, i));
	strbuf_putc(out, '"');
}

void
json_keyn(struct json *json, struct str key)
{
	json_item(json);
	json_quote(json->out, key);
	strbuf_putc(json->out, ':');
	json->comma = false;
}

void
json_key(struct json *json, const char *key)
{
	json_keyn(json, str_of(key));
}

void
json_str(struct json *json, struct str text)
{
	if (text.p == NULL) {
		json_none(json);
		return;
	}
	json_item(json);
	json_quote(json->out, text);
}

void
json_text(struct json *json, const char *text)
{
	json_str(json, str_of(text));
}

/* By hand: a decision has some thirty numbers, and printf takes a while. */
static void
json_digits(struct strbuf *out, int64_t number)
{
	char text[20];
	size_t at = sizeof(text);
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do
		text[--at] = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (number < 0)
		text[--at] = '-';
	strbuf_put(out, (struct str){text + at, sizeof(text) - at});
}

void
json_int(struct json *json, int64_t number)
{
	json_item(json);
	json_digits(json->out, number);
}

/* The fewest digits that read back as the same number. */
static void
json_shortest(struct strbuf *out, double number)
{
	char text[32];
	int digits;

	for (digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	strbuf_puts(out, text);
}

void
json_number(struct json *json, double number, int decimals)
{
	if (!isfinite(number)) { /* JSON has no word for it */
		json_none(json);
		return;
	}
	json_item(json);
	if (decimals < 0) {
		json_shortest(json->out, number);
		return;
	}
	if (decimals < 10 && fabs(number) < 1e15 && number == trunc(number)) {
		json_digits(json->out, (int64_t)number);
		if (decimals > 0)
			strbuf_put(json->out, str_part(STR(".000000000"), 0, (size_t)decimals + 1));
		return;
	}
	/* What rounds to zero has no sign. */
	if (fabs(number) < 0.5 * pow(10, -decimals))
		number = 0;
	strbuf_printf(json->out, "%.*f", decimals, number);
}

void
json_bool(struct json *json, bool value)
{
	json_item(json);
	strbuf_puts(json->out, value ? "true" : "false");
}

void
json_none(struct json *json)
{
	json_item(json);
	strbuf_puts(json->out, "null");
}
