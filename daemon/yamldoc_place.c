/* SPDX-License-Identifier: MIT */
/*
 * From an offset into a scalar's value to line and column of the file, through
 * quotes, escapes and the indentation of literal blocks.
 */
#include "yamldoc.h"

#include <stdlib.h>
#include <string.h>

#include "yamldoc_source.h"

/* Bytes in UTF-8 of the code point written with digits hexadecimal digits. */
static size_t
yamldoc_hex_bytes(const char *p, size_t digits)
{
	char text[9] = "";
	unsigned long point;

	memcpy(text, p, digits);
	point = strtoul(text, NULL, 16);
	return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

/* One escape at p (a backslash): bytes it takes, and bytes it gives. */
static size_t
yamldoc_escape(const char *p, size_t left, size_t *gives)
{
	size_t digits = 0;

	*gives = 1;
	if (left < 2)
		return left;
	if (p[1] == 'x' || p[1] == 'u' || p[1] == 'U')
		digits = p[1] == 'x' ? 2 : p[1] == 'u' ? 4 : 8;
	else if (p[1] == 'N' || p[1] == '_')
		*gives = 2;
	else if (p[1] == 'L' || p[1] == 'P')
		*gives = 3;
	if (digits > 0 && left >= 2 + digits)
		*gives = yamldoc_hex_bytes(p + 2, digits);
	return left >= 2 + digits ? 2 + digits : left;
}

/* The byte of raw that gave the value's byte at offset. */
static size_t
yamldoc_raw_offset(const struct yamldoc_node *node, size_t offset)
{
	struct str raw = node->raw;
	size_t at = node->style == YAMLDOC_PLAIN ? 0 : 1, value = 0;

	while (at < raw.n && value < offset) {
		size_t takes = 1, gives = 1;

		if (node->style == YAMLDOC_DOUBLE && raw.p[at] == '\\')
			takes = yamldoc_escape(raw.p + at, raw.n - at, &gives);
		else if (node->style == YAMLDOC_SINGLE && raw.p[at] == '\'')
			takes = 2;
		if (value + gives > offset)
			break;
		value += gives;
		at += takes;
	}
	return at < raw.n ? at : raw.n;
}

/* In a literal block each line of the value is a line of the file without its
 * indentation. */
static struct place
yamldoc_place_literal(const struct yamldoc_node *node, size_t start, size_t end)
{
	struct place place = node->place;
	size_t line = place.line + 1, begin = 0, stop, i;
	struct str written;

	for (i = 0; i < start && i < node->text.n; i++) {
		if (node->text.p[i] == '\n') {
			line++;
			begin = i + 1;
		}
	}
	for (stop = begin; stop < node->text.n && node->text.p[stop] != '\n';)
		stop++;
	if (line > node->source->line_count)
		return place;
	written = yamldoc_source_line(node->source, line);
	if (written.n < stop - begin)
		return place;
	if (end > stop)
		end = stop;
	place.line = (unsigned)line;
	place.column = (unsigned)(written.n - (stop - begin) + 1 +
	    utf8_count(str_part(node->text, begin, start)));
	place.length = (unsigned)utf8_count(str_part(node->text, start, end));
	if (place.length == 0)
		place.length = 1;
	return place;
}

struct place
yamldoc_place(const struct yamldoc_node *node, size_t start, size_t end)
{
	struct place place = node->place;
	size_t from, to;

	if (node->type != YAMLDOC_SCALAR)
		return place;
	if (node->style == YAMLDOC_LITERAL)
		return yamldoc_place_literal(node, start, end);
	if (node->style == YAMLDOC_FOLDED || node->raw.n == 0 ||
	    memchr(node->raw.p, '\n', node->raw.n) != NULL)
		return place;
	from = yamldoc_raw_offset(node, start);
	to = yamldoc_raw_offset(node, end);
	place.column += (unsigned)utf8_count(str_part(node->raw, 0, from));
	place.length = (unsigned)utf8_count(str_part(node->raw, from, to));
	if (place.length == 0)
		place.length = 1;
	return place;
}
