/* SPDX-License-Identifier: MIT */
#include "ctl_wrap.h"

#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TAB_COLUMNS 4
#define ESCAPE_COLUMNS 4 /* of \xNN */

struct wrap {
	struct strbuf *out;
	const char *prefix;
	size_t left; /* columns for text */
	size_t column;
};

/* The blocks whose characters fill two cells (Unicode's East Asian Width W and
 * F, rounded up, and emoji). Counting one too wide only makes a line shorter. */
static const struct {
	uint32_t first, last;
} wide[] = {{0x1100, 0x115F}, {0x231A, 0x23FF}, {0x25FD, 0x27BF}, {0x2B00, 0x2BFF},
	{0x2E80, 0xA4CF}, {0xA960, 0xA97F}, {0xAC00, 0xD7FF}, {0xF900, 0xFAFF}, {0xFDFA, 0xFDFD},
	{0xFE10, 0xFE6F}, {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x16FE0, 0x18DFF},
	{0x1AFF0, 0x1B2FF}, {0x1F000, 0x1FAFF}, {0x20000, 0x3FFFD}};

/* Of valid UTF-8. */
static uint32_t
wrap_point(const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text;
	uint32_t point = n == 1 ? p[0] : p[0] & (0xFFu >> (n + 1));

	for (size_t i = 1; i < n; i++)
		point = point << 6 | (p[i] & 0x3Fu);
	return point;
}

/* What stands at an offset: its bytes, and how wide it is shown. */
static size_t
wrap_unit(struct str text, size_t i, size_t *columns)
{
	size_t n = utf8_shown(text, i);
	uint32_t point;

	*columns = n > 0 ? 1 : ESCAPE_COLUMNS;
	if (n == 0)
		return 1;
	point = wrap_point(text.p + i, n);
	for (size_t k = 0; k < sizeof(wide) / sizeof(wide[0]); k++)
		if (point >= wide[k].first && point <= wide[k].last)
			*columns = 2;
	return n;
}

static void
wrap_break(struct wrap *wrap)
{
	strbuf_puts(wrap->out, "\n");
	strbuf_puts(wrap->out, wrap->prefix);
	wrap->column = 0;
}

/* A word too wide for any line is broken where the line ends. */
static void
wrap_word(struct wrap *wrap, struct str word)
{
	for (size_t i = 0, n; i < word.n; i += n) {
		size_t columns;

		n = wrap_unit(word, i, &columns);
		if (wrap->column > 0 && wrap->column + columns > wrap->left)
			wrap_break(wrap);
		strbuf_put_shown(wrap->out, str_part(word, i, i + n));
		wrap->column += columns;
	}
}

static void
wrap_line(struct wrap *wrap, struct str line)
{
	size_t i = 0;

	strbuf_puts(wrap->out, wrap->prefix);
	wrap->column = 0;
	while (i < line.n) {
		size_t spaces = 0, start, width = 0;

		for (; i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'); i++)
			spaces += line.p[i] == '\t' ? TAB_COLUMNS : 1;
		start = i;
		while (i < line.n && line.p[i] != ' ' && line.p[i] != '\t') {
			size_t columns;

			i += wrap_unit(line, i, &columns);
			width += columns;
		}
		if (i == start)
			break; /* spaces at the end */
		if (wrap->column == 0 && spaces > wrap->left / 2)
			spaces = wrap->left / 2;
		if (wrap->column > 0 && wrap->column + spaces + width > wrap->left)
			wrap_break(wrap);
		else
			for (; spaces > 0; spaces--, wrap->column++)
				strbuf_putc(wrap->out, ' ');
		wrap_word(wrap, str_part(line, start, i));
	}
	strbuf_puts(wrap->out, "\n");
}

void
ctl_wrap(struct strbuf *out, struct str text, const char *prefix, size_t width)
{
	size_t used = utf8_count(str_of(prefix));
	struct wrap wrap = {out, prefix, width > used + 8 ? width - used : 8, 0};

	while (text.n > 0 && strchr(" \t\r\n", text.p[text.n - 1]) != NULL)
		text.n--;
	while (text.n > 0) {
		const char *newline = memchr(text.p, '\n', text.n);
		size_t n = newline != NULL ? (size_t)(newline - text.p) : text.n;
		struct str line = str_part(text, 0, n);

		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		wrap_line(&wrap, line);
		text = str_part(text, n + 1, text.n);
	}
}

size_t
ctl_wrap_width(FILE *stream)
{
	struct winsize size;

	if (!isatty(fileno(stream)) || ioctl(fileno(stream), TIOCGWINSZ, &size) < 0 ||
	    size.ws_col == 0)
		return CTL_WRAP_WIDTH;
	return size.ws_col < 40 ? 40 : size.ws_col > 160 ? 160 : size.ws_col;
}
