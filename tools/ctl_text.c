/* SPDX-License-Identifier: MIT */
#include "ctl_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"

/* One code point from the front of text: its length in bytes, or 0 when the
 * first byte is no UTF-8. */
static size_t
text_point(struct str text, uint32_t *point)
{
	unsigned char first = (unsigned char)text.p[0];
	size_t n = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

	if (n > text.n || !utf8_check(str_part(text, 0, n), NULL))
		return 0;
	*point = n == 1 ? first : first & (0xFFu >> (n + 1));
	for (size_t i = 1; i < n; i++)
		*point = *point << 6 | ((unsigned char)text.p[i] & 0x3F);
	return n;
}

/* Steers a terminal, or the reader's eye: controls, direction marks and
 * overrides, separators, tags, and what is invisible in an identifier. */
static bool
text_is_hostile(uint32_t point)
{
	return point < 0x20 || (point >= 0x7F && point <= 0x9F) || point == 0x061C ||
	    point == 0x200E || point == 0x200F || (point >= 0x2028 && point <= 0x202E) ||
	    (point >= 0x2066 && point <= 0x2069) || point == 0xFEFF ||
	    (point >= 0xE0000 && point <= 0xE007F);
}

void
ctl_text_safe(struct strbuf *out, struct str text, bool lines)
{
	uint32_t point;

	while (text.n > 0) {
		size_t n = text_point(text, &point);

		if (n == 0) {
			strbuf_printf(out, "\\x%02x", (unsigned char)text.p[0]);
			n = 1;
		} else if (lines && point == '\n') {
			strbuf_putc(out, '\n');
		} else if (text_is_hostile(point)) {
			strbuf_printf(out, point < 0x80 ? "\\x%02" PRIx32 : "\\u{%" PRIx32 "}", point);
		} else {
			strbuf_put(out, str_part(text, 0, n));
		}
		text = str_part(text, n, text.n);
	}
}

static bool
text_is_space(uint32_t point)
{
	return point == ' ' || (point >= '\t' && point <= '\r') || point == 0xA0;
}

void
ctl_text_line(struct strbuf *out, struct str text, size_t points)
{
	size_t count = 0;
	bool space = false;
	uint32_t point;

	for (text = str_trim(text); text.n > 0;) {
		size_t n = text_point(text, &point);
		bool is_space = n > 0 && text_is_space(point);

		n = n > 0 ? n : 1;
		if (!is_space && count + space >= points) {
			strbuf_puts(out, "…");
			return;
		}
		if (!is_space) {
			if (space)
				strbuf_putc(out, ' ');
			ctl_text_safe(out, str_part(text, 0, n), false);
			count += 1u + space;
		}
		space = is_space;
		text = str_part(text, n, text.n);
	}
}

void
ctl_text_age(struct strbuf *out, int64_t seconds)
{
	if (seconds < 0)
		seconds = 0;
	if (seconds < 60)
		strbuf_printf(out, "%" PRId64 " s", seconds);
	else if (seconds < 3600)
		strbuf_printf(out, "%" PRId64 " min", seconds / 60);
	else if (seconds < 86400)
		strbuf_printf(
		    out, "%" PRId64 " h %02" PRId64 " min", seconds / 3600, seconds / 60 % 60);
	else
		strbuf_printf(out, "%" PRId64 " %s %" PRId64 " h", seconds / 86400,
		    seconds < 2 * 86400 ? "day" : "days", seconds / 3600 % 24);
}

bool
ctl_text_colour(FILE *stream)
{
	const char *no = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	return isatty(fileno(stream)) && (no == NULL || *no == '\0') && terminal != NULL &&
	    strcmp(terminal, "dumb") != 0;
}

void
ctl_text_flush(struct strbuf *out, FILE *stream)
{
	if (out->n > 0)
		fwrite(out->p, 1, out->n, stream);
	strbuf_clear(out);
}

struct ctl_table {
	const char *align;
	size_t columns;
	char **cells; /* NULL: the whole row, from here, is a rule */
	size_t count;
};

struct ctl_table *
ctl_table_new(const char *align)
{
	struct ctl_table *table = mem_alloc(sizeof(*table));

	table->align = align;
	table->columns = strlen(align);
	return table;
}

void
ctl_table_free(struct ctl_table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table);
}

static void
table_add(struct ctl_table *table, char *cell)
{
	table->cells = mem_resize(table->cells, table->count + 1, sizeof(char *));
	table->cells[table->count++] = cell;
}

void
ctl_table_cell(struct ctl_table *table, struct str text)
{
	struct strbuf buf;

	strbuf_init(&buf, 0);
	ctl_text_safe(&buf, text, false);
	table_add(table, buf.n > 0 ? strbuf_take(&buf) : mem_strdup(""));
	strbuf_fini(&buf);
}

void
ctl_table_text(struct ctl_table *table, const char *text)
{
	ctl_table_cell(table, str_of(text));
}

void
ctl_table_number(struct ctl_table *table, int64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64, number);
	ctl_table_text(table, text);
}

void
ctl_table_line(struct ctl_table *table)
{
	for (size_t i = 0; i < table->columns; i++)
		table_add(table, NULL);
}

static size_t
table_width(const struct ctl_table *table, size_t column)
{
	size_t width = 0;

	for (size_t i = column; i < table->count; i += table->columns) {
		if (table->cells[i] == NULL)
			continue;
		size_t n = utf8_count(str_of(table->cells[i]));
		width = n > width ? n : width;
	}
	return width;
}

static void
text_repeat(struct strbuf *out, char c, size_t count)
{
	while (count-- > 0)
		strbuf_putc(out, c);
}

static void
table_print_cell(
    const struct ctl_table *table, struct strbuf *out, const char *cell, size_t column)
{
	size_t width = table_width(table, column);
	bool last = column + 1 == table->columns;

	if (cell == NULL) {
		text_repeat(out, '-', width);
	} else {
		size_t space = width - utf8_count(str_of(cell));

		if (table->align[column] == '>')
			text_repeat(out, ' ', space);
		strbuf_puts(out, cell);
		if (table->align[column] != '>' && !last)
			text_repeat(out, ' ', space);
	}
	strbuf_puts(out, last ? "\n" : "  ");
}

void
ctl_table_print(const struct ctl_table *table, struct strbuf *out, const char *indent)
{
	for (size_t i = 0; i < table->count; i++) {
		if (i % table->columns == 0)
			strbuf_puts(out, indent);
		table_print_cell(table, out, table->cells[i], i % table->columns);
	}
}
