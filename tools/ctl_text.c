/* SPDX-License-Identifier: MIT */
#include "ctl_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"

void
ctl_text_safe(struct strbuf *out, struct str text, bool lines)
{
	const char *newline;

	while (lines && text.n > 0 && (newline = memchr(text.p, '\n', text.n)) != NULL) {
		size_t n = (size_t)(newline - text.p);

		strbuf_put_shown(out, str_part(text, 0, n));
		strbuf_putc(out, '\n');
		text = str_part(text, n + 1, text.n);
	}
	strbuf_put_shown(out, text);
}

/* White space at an offset: its bytes, else 0. A no-break space counts. */
static size_t
text_space(struct str text, size_t i)
{
	char c = text.p[i];

	if (c == ' ' || (c >= '\t' && c <= '\r'))
		return 1;
	return str_starts(str_part(text, i, text.n), "\xC2\xA0") ? 2 : 0;
}

void
ctl_text_line(struct strbuf *out, struct str text, size_t points)
{
	size_t count = 0, i = 0;
	bool space = false;

	text = str_trim(text);
	while (i < text.n) {
		size_t n = text_space(text, i);

		if (n > 0) {
			space = true;
			i += n;
			continue;
		}
		if (count + space >= points) {
			strbuf_puts(out, "…");
			return;
		}
		n = utf8_bytes(text, i);
		n = n > 0 ? n : 1;
		strbuf_puts(out, space ? " " : "");
		strbuf_put_shown(out, str_part(text, i, i + n));
		count += 1u + space;
		space = false;
		i += n;
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
