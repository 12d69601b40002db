/* SPDX-License-Identifier: MIT */
/*
 * str: a slice of bytes, and a builder of bounded text.
 *
 * Strings from the wire are not terminated and may hold anything, so text
 * travels as pointer and length. A slice never owns its bytes. {NULL, 0} is
 * the absent string; {"", 0} is present and empty.
 */
#ifndef STR_H
#define STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct str {
	const char *p;
	size_t n; /* bytes */
};

/* A literal as a slice. */
#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
/* For "%.*s". */
#define STR_ARG(slice) (int)(slice).n, (slice).p != NULL ? (slice).p : ""

struct str str_of(const char *text); /* of a terminated string; NULL is absent */
bool str_eq(struct str a, struct str b);
bool str_is(struct str a, const char *text);
bool str_is_one_of(struct str a, const char *const *list); /* which ends with NULL */
int str_cmp(struct str a, struct str b); /* bytewise, shorter first */
/* Is it one of these? sorted by str_cmp(). */
bool str_among(struct str a, const struct str *sorted, size_t count);
bool str_starts(struct str a, const char *prefix);
struct str str_trim(struct str a); /* without ASCII white space at both ends */
/* The bytes start..end of a, clamped to its length. */
struct str str_part(struct str a, size_t start, size_t end);

/* Growing text with a ceiling. After an overflow everything is ignored and
 * "overflow" is set: check once, at the end. */
struct strbuf {
	char *p; /* terminated whenever n > 0 */
	size_t n;
	size_t room;
	size_t limit; /* bytes, 0 = none */
	bool overflow;
};

void strbuf_init(struct strbuf *buf, size_t limit);
void strbuf_fini(struct strbuf *buf);
void strbuf_clear(struct strbuf *buf); /* empties, keeps the memory */
void strbuf_put(struct strbuf *buf, struct str text);
void strbuf_puts(struct strbuf *buf, const char *text);
void strbuf_putc(struct strbuf *buf, char c);
void strbuf_printf(struct strbuf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void strbuf_vprintf(struct strbuf *buf, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
struct str strbuf_str(const struct strbuf *buf); /* borrowed, until the next change */
char *strbuf_take(struct strbuf *buf);           /* terminated, caller frees; buf empty */

/* UTF-8 by RFC 3629: no surrogates, no overlong forms, at most U+10FFFF.
 * Returns true, or false and the offset of the first bad byte. */
bool utf8_check(struct str text, size_t *bad_offset);
/* Code points of valid UTF-8. */
size_t utf8_count(struct str text);
/* Bytes of the code point at an offset, 0 when there is none. */
size_t utf8_bytes(struct str text, size_t offset);
/* The last byte at or before "at" with which a code point begins; text.n behind it. */
size_t utf8_begin(struct str text, size_t at);
/* The same when it may be shown to a person as it is; 0 when the byte there is
 * shown as \xNN instead: a control (C0, DEL, C1), a line separator, a change of
 * writing direction, or not UTF-8. */
size_t utf8_shown(struct str text, size_t offset);
/* Appends text with what must not be shown as \xNN. */
void strbuf_put_shown(struct strbuf *buf, struct str text);

#endif
