/* SPDX-License-Identifier: MIT */
#include "diag_line.h"

#include <stdint.h>
#include <string.h>

#define LINE_SHOWN 90 /* code points of a line shown at most */
#define LINE_LEAD 40  /* of them before the place, when the line is longer */

/* Ranges whose characters take two cells (East Asian Wide and Fullwidth,
 * emoji) or none (combining marks, joiners), as terminals draw them. */
static const struct {
	uint32_t first, last;
	unsigned cells;
} widths[] = {
	{0x0300, 0x036F, 0}, {0x0483, 0x0489, 0}, {0x0591, 0x05BD, 0}, {0x064B, 0x065F, 0},
	{0x1100, 0x115F, 2}, {0x1AB0, 0x1AFF, 0}, {0x1DC0, 0x1DFF, 0}, {0x200B, 0x200F, 0},
	{0x20D0, 0x20FF, 0}, {0x2E80, 0x303E, 2}, {0x3041, 0x33FF, 2}, {0x3400, 0x4DBF, 2},
	{0x4E00, 0x9FFF, 2}, {0xA000, 0xA4CF, 2}, {0xAC00, 0xD7A3, 2}, {0xF900, 0xFAFF, 2},
	{0xFE00, 0xFE0F, 0}, {0xFE20, 0xFE2F, 0}, {0xFE30, 0xFE6F, 2}, {0xFEFF, 0xFEFF, 0},
	{0xFF00, 0xFF60, 2}, {0xFFE0, 0xFFE6, 2}, {0x1F300, 0x1F64F, 2},
	{0x1F680, 0x1F6FF, 2}, {0x1F900, 0x1F9FF, 2}, {0x20000, 0x3FFFD, 2},
};

/* One code point, or one byte that is none, at the front of a line. */
struct line_item {
	struct str bytes;
	bool shown;
	unsigned cells;
};

static unsigned
line_cells(struct str bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	uint32_t code = p[0];
	size_t i;

	if (bytes.n > 1)
		code &= 0xFFu >> (bytes.n + 1);
	for (i = 1; i < bytes.n; i++)
		code = code << 6 | (p[i] & 0x3Fu);
	for (i = 0; i < sizeof(widths) / sizeof(widths[0]); i++)
		if (code >= widths[i].first && code <= widths[i].last)
			return widths[i].cells;
	return 1;
}

static struct line_item
line_next(struct str *line)
{
	size_t n = utf8_shown(*line, 0);
	struct line_item item;

	item.shown = n > 0 || line->p[0] == '\t';
	if (n == 0) /* a code point that is not shown is still one column */
		n = utf8_bytes(*line, 0);
	if (n == 0)
		n = 1;
	item.bytes = str_part(*line, 0, n);
	item.cells = item.shown ? line_cells(item.bytes) : 4 * (unsigned)n;
	*line = str_part(*line, n, line->n);
	return item;
}

static bool
line_find(struct str text, unsigned number, struct str *line)
{
	const char *end;
	size_t n;

	for (; text.n > 0; text = str_part(text, n + 1, text.n)) {
		end = memchr(text.p, '\n', text.n);
		n = end != NULL ? (size_t)(end - text.p) : text.n;
		if (--number > 0)
			continue;
		*line = str_part(text, 0, n > 0 && text.p[n - 1] == '\r' ? n - 1 : n);
		return true;
	}
	return false;
}

static unsigned
line_columns(struct str line)
{
	unsigned columns = 0;

	for (; line.n > 0; columns++)
		line_next(&line);
	return columns;
}

/* What of a line is shown and underlined, as columns from 0. */
struct line_window {
	unsigned first, end;      /* shown */
	unsigned caret, caret_end; /* underlined; may be the one after the end */
};

static struct line_window
line_window(struct str line, const struct place *place)
{
	unsigned columns = line_columns(line);
	struct line_window w = {0, columns, 0, 0};

	w.caret = place->column > 0 ? place->column - 1 : 0;
	if (w.caret > columns)
		w.caret = columns;
	w.caret_end = columns;
	if (place->length < columns - w.caret)
		w.caret_end = w.caret + place->length;
	if (w.caret_end <= w.caret)
		w.caret_end = w.caret + 1;
	if (columns <= LINE_SHOWN)
		return w;
	if (w.caret_end > LINE_SHOWN) /* else the line's beginning shows it */
		w.first = w.caret > LINE_LEAD ? w.caret - LINE_LEAD : 0;
	if (w.first > columns - LINE_SHOWN)
		w.first = columns - LINE_SHOWN;
	w.end = w.first + LINE_SHOWN;
	if (w.caret_end > w.end && w.caret < w.end)
		w.caret_end = w.end;
	return w;
}

static void
put_repeated(struct strbuf *out, char c, unsigned count)
{
	while (count-- > 0)
		strbuf_putc(out, c);
}

/* Writes the window of the line to out and the carets' lead to lead; returns
 * how many cells are underlined. */
static unsigned
line_put(struct str line, struct line_window w, struct strbuf *out, struct strbuf *lead)
{
	unsigned underlined = 0, column;

	if (w.first > 0) {
		strbuf_puts(out, "…");
		strbuf_putc(lead, ' ');
	}
	for (column = 0; line.n > 0 && column < w.end; column++) {
		struct line_item item = line_next(&line);

		if (column < w.first)
			continue;
		if (item.bytes.p[0] == '\t')
			strbuf_putc(out, '\t');
		else
			strbuf_put_shown(out, item.bytes);
		if (column >= w.caret && column < w.caret_end)
			underlined += item.cells;
		else if (column < w.caret && item.bytes.p[0] == '\t')
			strbuf_putc(lead, '\t');
		else if (column < w.caret)
			put_repeated(lead, ' ', item.cells);
	}
	if (line.n > 0)
		strbuf_puts(out, "…");
	return underlined > 0 ? underlined : 1;
}

void
diag_line_print(struct str text, const struct place *place, struct strbuf *out, bool colour)
{
	struct strbuf lead;
	struct str line;
	unsigned underlined;

	if (place->line == 0 || !line_find(text, place->line, &line))
		return;
	strbuf_init(&lead, 0);
	strbuf_printf(out, "%5u | ", place->line);
	underlined = line_put(line, line_window(line, place), out, &lead);
	strbuf_puts(out, "\n      | ");
	strbuf_put(out, strbuf_str(&lead));
	strbuf_puts(out, colour ? "\x1b[1;32m^" : "^");
	put_repeated(out, '~', underlined - 1);
	strbuf_puts(out, colour ? "\x1b[0m\n" : "\n");
	strbuf_fini(&lead);
}
