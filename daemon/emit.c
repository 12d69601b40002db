/* SPDX-License-Identifier: MIT */
#include "emit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void
emit_indent(struct strbuf *out, int depth)
{
	for (; depth > 0; depth--)
		strbuf_puts(out, "  ");
}

/* Letters, digits and a few signs need no quotes. */
static bool
emit_is_plain(struct str text)
{
	size_t i;

	for (i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || c == '_' ||
			(i > 0 && (c == '.' || c == '/' || c == '-'))))
			return false;
	}
	return text.n > 0;
}

/* Lines that a literal block gives back as they are: nothing leading, no blank
 * made of spaces, at most one newline in the end. */
static bool
emit_is_block(struct str text)
{
	size_t i;

	if (text.n < 2 || text.p[0] == ' ' || text.p[0] == '\t' || text.p[0] == '\n' ||
	    text.p[text.n - 2] == '\n' || memchr(text.p, '\n', text.n) == NULL)
		return false;
	for (i = 0; i < text.n; i++)
		if ((text.p[i] == ' ' || text.p[i] == '\t') &&
		    (i + 1 == text.n || text.p[i + 1] == '\n'))
			return false;
	return true;
}

static void
emit_block(struct strbuf *out, struct str text, int depth)
{
	size_t start = 0, i;

	strbuf_puts(out, text.p[text.n - 1] == '\n' ? "|" : "|-");
	for (i = 0; i <= text.n; i++) {
		if (i < text.n && text.p[i] != '\n')
			continue;
		if (i == text.n && start == i)
			break;
		strbuf_putc(out, '\n');
		if (i > start)
			emit_indent(out, depth);
		strbuf_put(out, str_part(text, start, i));
		start = i + 1;
	}
}

/* Between double quotes; newlines and tabs by their names. */
static void
emit_escaped(struct strbuf *out, struct str text)
{
	size_t start = 0, i;

	strbuf_putc(out, '"');
	for (i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c != '\n' && c != '\t' && c != '"' && c != '\\')
			continue;
		/* What is before it goes out in one piece; it too, behind a backslash. */
		strbuf_put(out, str_part(text, start, i));
		strbuf_putc(out, '\\');
		if (c == '\n' || c == '\t')
			strbuf_putc(out, c == '\n' ? 'n' : 't');
		start = c == '\n' || c == '\t' ? i + 1 : i;
	}
	strbuf_put(out, str_part(text, start, text.n));
	strbuf_putc(out, '"');
}

/* Between single quotes, which are doubled in it. */
static void
emit_quoted(struct strbuf *out, struct str text)
{
	const char *quote;

	strbuf_putc(out, '\'');
	while (text.n > 0 && (quote = memchr(text.p, '\'', text.n)) != NULL) {
		size_t n = (size_t)(quote - text.p) + 1;

		strbuf_put(out, str_part(text, 0, n));
		strbuf_putc(out, '\'');
		text = str_part(text, n, text.n);
	}
	strbuf_put(out, text);
	strbuf_putc(out, '\'');
}

/* A text in one line, whatever it holds. */
static void
emit_line(struct strbuf *out, struct str text)
{
	if (emit_is_plain(text))
		strbuf_put(out, text);
	else if (text.n > 0 && (memchr(text.p, '\n', text.n) != NULL ||
				   memchr(text.p, '\t', text.n) != NULL))
		emit_escaped(out, text);
	else
		emit_quoted(out, text);
}

void
emit_start(struct strbuf *out, int depth, const char *key)
{
	emit_indent(out, depth);
	strbuf_puts(out, key);
	strbuf_putc(out, ':');
}

void
emit_name(struct strbuf *out, int depth, struct str name)
{
	emit_indent(out, depth);
	strbuf_put(out, name);
	strbuf_puts(out, ":\n");
}

void
emit_text(struct strbuf *out, int depth, const char *key, struct str text)
{
	if (text.p == NULL)
		return;
	emit_start(out, depth, key);
	strbuf_putc(out, ' ');
	if (emit_is_block(text))
		emit_block(out, text, depth + 1);
	else
		emit_line(out, text);
	strbuf_putc(out, '\n');
}

void
emit_item(struct strbuf *out, int depth, struct str text)
{
	emit_indent(out, depth);
	strbuf_puts(out, "- ");
	emit_line(out, text);
	strbuf_putc(out, '\n');
}

/* At most three decimals, as they are read. */
void
emit_number(struct strbuf *out, int depth, const char *key, double number)
{
	char digits[64];
	size_t n = (size_t)snprintf(digits, sizeof(digits), "%.3f", number);

	while (n > 1 && digits[n - 1] == '0')
		n--;
	if (digits[n - 1] == '.')
		n--;
	emit_start(out, depth, key);
	strbuf_printf(out, " %.*s\n", (int)n, digits);
}

void
emit_integer(struct strbuf *out, int depth, const char *key, int64_t number)
{
	emit_start(out, depth, key);
	strbuf_printf(out, " %lld\n", (long long)number);
}

void
emit_list(
    struct strbuf *out, int depth, const char *key, const struct str *items, size_t count)
{
	size_t i;

	emit_start(out, depth, key);
	strbuf_puts(out, " [");
	for (i = 0; i < count; i++) {
		if (i > 0)
			strbuf_puts(out, ", ");
		emit_line(out, items[i]);
	}
	strbuf_puts(out, "]\n");
}
