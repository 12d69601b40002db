/* SPDX-License-Identifier: MIT */
#include "str.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

struct str
str_of(const char *text)
{
	return (struct str){text, text != NULL ? strlen(text) : 0};
}

bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
str_is(struct str a, const char *text)
{
	return str_eq(a, str_of(text));
}

bool
str_is_one_of(struct str a, const char *const *list)
{
	for (; *list != NULL; list++)
		if (str_is(a, *list))
			return true;
	return false;
}

int
str_cmp(struct str a, struct str b)
{
	size_t common = a.n < b.n ? a.n : b.n;
	int order = common > 0 ? memcmp(a.p, b.p, common) : 0;

	if (order != 0)
		return order;
	return a.n < b.n ? -1 : a.n > b.n;
}

bool
str_among(struct str a, const struct str *sorted, size_t count)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_cmp(sorted[middle], a);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

bool
str_starts(struct str a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.n >= n && (n == 0 || memcmp(a.p, prefix, n) == 0);
}

static bool
str_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str
str_trim(struct str a)
{
	while (a.n > 0 && str_is_space(a.p[0])) {
		a.p++;
		a.n--;
	}
	while (a.n > 0 && str_is_space(a.p[a.n - 1]))
		a.n--;
	return a;
}

struct str
str_part(struct str a, size_t start, size_t end)
{
	if (end > a.n)
		end = a.n;
	if (start > end)
		start = end;
	return (struct str){a.p != NULL ? a.p + start : NULL, end - start};
}

void
strbuf_init(struct strbuf *buf, size_t limit)
{
	*buf = (struct strbuf){.limit = limit};
}

void
strbuf_fini(struct strbuf *buf)
{
	free(buf->p);
	*buf = (struct strbuf){.limit = buf->limit};
}

void
strbuf_clear(struct strbuf *buf)
{
	buf->n = 0;
	if (buf->p != NULL)
		buf->p[0] = '\0';
	buf->overflow = false;
}

/* Makes room for n more bytes and a terminator; false after an overflow. */
static bool
strbuf_reserve(struct strbuf *buf, size_t n)
{
	size_t room = buf->room;

	if (buf->overflow)
		return false;
	if (n >= SIZE_MAX / 4 - buf->n || (buf->limit != 0 && buf->n + n > buf->limit)) {
		buf->overflow = true;
		return false;
	}
	if (buf->n + n + 1 <= room)
		return true;
	if (room < 64)
		room = 64;
	while (room < buf->n + n + 1)
		room *= 2;
	buf->p = mem_resize(buf->p, room, 1);
	buf->room = room;
	return true;
}

void
strbuf_put(struct strbuf *buf, struct str text)
{
	if (!strbuf_reserve(buf, text.n))
		return;
	if (text.n > 0)
		memcpy(buf->p + buf->n, text.p, text.n);
	buf->n += text.n;
	buf->p[buf->n] = '\0';
}

void
strbuf_puts(struct strbuf *buf, const char *text)
{
	strbuf_put(buf, str_of(text));
}

void
strbuf_putc(struct strbuf *buf, char c)
{
	if (!strbuf_reserve(buf, 1))
		return;
	buf->p[buf->n++] = c;
	buf->p[buf->n] = '\0';
}

void
strbuf_vprintf(struct strbuf *buf, const char *format, va_list arguments)
{
	va_list again;
	int n;

	va_copy(again, arguments);
	n = vsnprintf(NULL, 0, format, arguments);
	if (n >= 0 && strbuf_reserve(buf, (size_t)n)) {
		vsnprintf(buf->p + buf->n, (size_t)n + 1, format, again);
		buf->n += (size_t)n;
	}
	va_end(again);
}

void
strbuf_printf(struct strbuf *buf, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	strbuf_vprintf(buf, format, arguments);
	va_end(arguments);
}

struct str
strbuf_str(const struct strbuf *buf)
{
	return (struct str){buf->p != NULL ? buf->p : "", buf->n};
}

char *
strbuf_take(struct strbuf *buf)
{
	char *text = buf->p != NULL ? buf->p : mem_strdup("");

	*buf = (struct strbuf){.limit = buf->limit};
	return text;
}

/* Bytes of the valid sequence at p, or 0. The second byte's range depends on
 * the first (RFC 3629 section 4): that excludes overlong forms, surrogates
 * and everything above U+10FFFF. */
static size_t
utf8_sequence(const unsigned char *p, size_t left)
{
	unsigned char low = 0x80, high = 0xBF;
	size_t n, i;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xC2 && p[0] <= 0xDF)
		n = 2;
	else if (p[0] >= 0xE0 && p[0] <= 0xEF)
		n = 3;
	else if (p[0] >= 0xF0 && p[0] <= 0xF4)
		n = 4;
	else
		return 0;
	if (p[0] == 0xE0)
		low = 0xA0;
	else if (p[0] == 0xED)
		high = 0x9F;
	else if (p[0] == 0xF0)
		low = 0x90;
	else if (p[0] == 0xF4)
		high = 0x8F;
	if (n > left || p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xBF)
			return 0;
	return n;
}

bool
utf8_check(struct str text, size_t *bad_offset)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t i = 0;

	while (i < text.n) {
		uint64_t word;
		size_t n;

		/* Eight ASCII bytes at a time: most text is ASCII. */
		if (text.n - i >= sizeof(word)) {
			memcpy(&word, p + i, sizeof(word));
			if ((word & UINT64_C(0x8080808080808080)) == 0) {
				i += sizeof(word);
				continue;
			}
		}
		n = utf8_sequence(p + i, text.n - i);
		if (n == 0) {
			if (bad_offset != NULL)
				*bad_offset = i;
			return false;
		}
		i += n;
	}
	return true;
}

size_t
utf8_count(struct str text)
{
	size_t count = 0, i;

	for (i = 0; i < text.n; i++)
		count += ((unsigned char)text.p[i] & 0xC0) != 0x80;
	return count;
}

/* U+2028..202E and U+2066..2069: E2 80 A8..AE, E2 81 A6..A9. */
static bool
utf8_is_layout(const unsigned char *p, size_t n)
{
	if (n != 3 || p[0] != 0xE2)
		return false;
	return (p[1] == 0x80 && p[2] >= 0xA8 && p[2] <= 0xAE) ||
	    (p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9);
}

size_t
utf8_bytes(struct str text, size_t offset)
{
	return utf8_sequence((const unsigned char *)text.p + offset, text.n - offset);
}

size_t
utf8_begin(struct str text, size_t at)
{
	if (at >= text.n)
		return text.n;
	while (at > 0 && ((unsigned char)text.p[at] & 0xC0) == 0x80)
		at--;
	return at;
}

size_t
utf8_shown(struct str text, size_t offset)
{
	const unsigned char *p = (const unsigned char *)text.p + offset;
	size_t n = utf8_sequence(p, text.n - offset);

	if (n == 1 && (p[0] < 0x20 || p[0] == 0x7F))
		return 0;
	if (n == 2 && p[0] == 0xC2 && p[1] < 0xA0)
		return 0;
	return utf8_is_layout(p, n) ? 0 : n;
}

void
strbuf_put_shown(struct strbuf *buf, struct str text)
{
	size_t i = 0;

	while (i < text.n) {
		size_t n = utf8_shown(text, i);

		if (n > 0)
			strbuf_put(buf, str_part(text, i, i + n));
		else
			strbuf_printf(buf, "\\x%02x", (unsigned)(unsigned char)text.p[i]);
		i += n > 0 ? n : 1;
	}
}
