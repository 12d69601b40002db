/* SPDX-License-Identifier: MIT */
#include "option.h"

#include <stdio.h>
#include <string.h>

#include "option_number.h"

#define HELP_WIDTH 100
#define HELP_LEFT 34 /* a longer left side gets a line of its own */

/* "  -r, --rules=DIR" */
static void
help_left(const struct option_row *row, struct strbuf *out)
{
	size_t i;

	if (row->letter != 0)
		strbuf_printf(out, "  -%c, --", row->letter);
	else
		strbuf_puts(out, "      --");
	for (i = 0; row->name[i] != '\0'; i++)
		strbuf_putc(out, row->name[i] == '_' ? '-' : row->name[i]);
	if (row->type != OPTION_FLAG)
		strbuf_printf(out, "=%s", row->unit != NULL ? row->unit : "VALUE");
}

/* "folder of the rules files (default: rules; 1s to 5min)" */
static void
help_right(const struct option_row *row, bool with_default, struct strbuf *out)
{
	bool defaulted = with_default && row->initial != NULL;
	bool ranged = row->min != 0 || row->max != 0;
	char least[32], most[32];

	strbuf_puts(out, row->help);
	if (!defaulted && !ranged)
		return;
	strbuf_puts(out, " (");
	if (defaulted)
		strbuf_printf(out, "default: %s", row->initial[0] != '\0' ? row->initial : "none");
	if (ranged)
		strbuf_printf(out, "%s%s to %s", defaulted ? "; " : "",
		    option_number_format(row->type, row->min, least, sizeof(least)),
		    option_number_format(row->type, row->max, most, sizeof(most)));
	strbuf_putc(out, ')');
}

static void
help_spaces(struct strbuf *out, size_t count)
{
	while (count-- > 0)
		strbuf_putc(out, ' ');
}

/* Puts the words of text, from a column on, into lines that begin at left, with
 * lead and spaces. */
static void
help_wrap(struct str text, const char *lead, size_t left, struct strbuf *out)
{
	size_t column = left;

	while (text.n > 0) {
		const char *space = memchr(text.p, ' ', text.n);
		struct str word =
		    str_part(text, 0, space != NULL ? (size_t)(space - text.p) : text.n);
		size_t cells = utf8_count(word);

		if (column > left && column + 1 + cells > HELP_WIDTH) {
			strbuf_printf(out, "\n%s", lead);
			help_spaces(out, left - strlen(lead));
			column = left;
		} else if (column > left) {
			strbuf_putc(out, ' ');
			column++;
		}
		strbuf_put(out, word);
		column += cells;
		text = str_part(text, word.n + 1, text.n);
	}
	strbuf_putc(out, '\n');
}

void
option_help(const struct option_row *rows, size_t count, struct strbuf *out)
{
	struct strbuf text;
	size_t left = 0, cells, i;

	strbuf_init(&text, 0);
	for (i = 0; i < count; i++) {
		strbuf_clear(&text);
		help_left(&rows[i], &text);
		cells = utf8_count(strbuf_str(&text));
		if (cells > left && cells <= HELP_LEFT)
			left = cells;
	}
	left += 2;
	for (i = 0; i < count; i++) {
		strbuf_clear(&text);
		help_left(&rows[i], &text);
		cells = utf8_count(strbuf_str(&text));
		strbuf_put(out, strbuf_str(&text));
		if (cells + 2 > left) {
			strbuf_putc(out, '\n');
			help_spaces(out, left);
		} else {
			help_spaces(out, left - cells);
		}
		strbuf_clear(&text);
		help_right(&rows[i], true, &text);
		help_wrap(strbuf_str(&text), "", left, out);
	}
	strbuf_fini(&text);
}

/* As it would be written in a file. */
static const char *
example_value(const struct option_row *row)
{
	if (row->initial != NULL)
		return row->initial;
	if (row->type == OPTION_FLAG)
		return "no";
	return option_is_text(row) ? "" : "0";
}

void
option_example(const struct option_row *rows, size_t count, struct strbuf *out)
{
	struct strbuf text;
	size_t i;

	strbuf_init(&text, 0);
	for (i = 0; i < count; i++) {
		const char *value = example_value(&rows[i]);
		char name[OPTION_NAME];

		if (rows[i].command_only)
			continue;
		strbuf_clear(&text);
		help_right(&rows[i], false, &text);
		strbuf_puts(out, "\n# ");
		help_wrap(strbuf_str(&text), "# ", 2, out);
		strbuf_printf(out, "#%s =%s%s\n", option_shown(&rows[i], name),
		    value[0] != '\0' ? " " : "", value);
	}
	strbuf_fini(&text);
}
