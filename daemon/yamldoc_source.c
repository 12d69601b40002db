/* SPDX-License-Identifier: MIT */
#include "yamldoc_source.h"

#include <string.h>

/* The start of the line behind the one that at is in; NULL: it is the last. */
static const char *
yamldoc_source_next(struct str text, const char *at)
{
	const char *end = text.p + text.n, *newline = NULL;

	if (at < end)
		newline = memchr(at, '\n', (size_t)(end - at));
	return newline != NULL ? newline + 1 : NULL;
}

struct yamldoc_source *
yamldoc_source_new(struct arena *arena, struct str text)
{
	struct yamldoc_source *source = arena_alloc(arena, sizeof(*source));
	size_t count = 1, *lines;
	const char *at;

	if (source == NULL)
		return NULL;
	source->text = arena_dup(arena, text.p != NULL ? text : STR(""));
	if (source->text.p == NULL)
		return NULL;
	for (at = source->text.p; (at = yamldoc_source_next(source->text, at)) != NULL;)
		count++;
	lines = arena_array(arena, count, sizeof(lines[0]));
	if (lines == NULL)
		return NULL;
	source->lines = lines;
	source->line_count = count;
	count = 1;
	for (at = source->text.p; (at = yamldoc_source_next(source->text, at)) != NULL;)
		lines[count++] = (size_t)(at - source->text.p);
	return source;
}

struct str
yamldoc_source_line(const struct yamldoc_source *source, size_t line)
{
	size_t start = source->lines[line - 1], end;

	end = line < source->line_count ? source->lines[line] - 1 : source->text.n;
	if (end > start && source->text.p[end - 1] == '\r')
		end--;
	return str_part(source->text, start, end);
}

struct place
yamldoc_source_place(
    const struct yamldoc_source *source, const char *file, size_t start, size_t end)
{
	size_t low = 0, high = source->line_count, stop;
	unsigned length;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (source->lines[middle] <= start)
			low = middle;
		else
			high = middle;
	}
	stop = source->lines[low] + yamldoc_source_line(source, low + 1).n;
	if (stop > end)
		stop = end;
	length = (unsigned)utf8_count(str_part(source->text, start, stop));
	return (struct place){file, (unsigned)low + 1,
	    (unsigned)utf8_count(str_part(source->text, source->lines[low], start)) + 1,
	    length > 0 ? length : 1};
}

size_t
yamldoc_source_bad_character(struct str text, size_t i)
{
	unsigned char c = (unsigned char)text.p[i];

	if (c >= 0x20 && c < 0x7F) /* nearly all */
		return 0;
	if (c == '\r')
		return i + 1 < text.n && text.p[i + 1] == '\n' ? 0 : 1;
	if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7F)
		return 1;
	if (c == 0xC2 && i + 1 < text.n && (unsigned char)text.p[i + 1] < 0xA0)
		return 2;
	if (i + 2 < text.n && (memcmp(text.p + i, "\xE2\x80\xA8", 3) == 0 ||
			       memcmp(text.p + i, "\xE2\x80\xA9", 3) == 0 ||
			       memcmp(text.p + i, "\xEF\xBB\xBF", 3) == 0))
		return 3;
	return 0;
}

/* None of so many bytes is or begins an unwanted character. In a form that the
 * compiler makes a few instructions of. */
#define YAMLDOC_CHUNK 32
static bool
yamldoc_source_is_plain(const char *p)
{
	unsigned odd = 0;
	size_t i;

	for (i = 0; i < YAMLDOC_CHUNK; i++) {
		unsigned char c = (unsigned char)p[i];

		odd |= (unsigned)(c == 0x7F) | (unsigned)(c == 0xC2) | (unsigned)(c == 0xE2) |
		    (unsigned)(c == 0xEF) | ((unsigned)(c < 0x20) & (unsigned)(c != '\n'));
	}
	return odd == 0;
}

int
yamldoc_source_check(
    const struct yamldoc_source *source, const char *file, struct diag_list *diags)
{
	struct str text = source->text;
	int result = 0;
	size_t bad, i;

	if (text.n > YAMLDOC_FILE_BYTES)
		return diag_add(diags, DIAG_ERROR, (struct place){file, 0, 0, 0},
		    "split it: a section may be spread over several files",
		    "the file is larger than %u bytes", YAMLDOC_FILE_BYTES);
	if (!utf8_check(text, &bad))
		return diag_add(diags, DIAG_ERROR,
		    yamldoc_source_place(source, file, bad, bad + 1), "save the file as UTF-8",
		    "the byte 0x%02X is not UTF-8 here", (unsigned char)text.p[bad]);
	for (i = 0; i < text.n;) {
		size_t stop = text.n - i > YAMLDOC_CHUNK ? i + YAMLDOC_CHUNK : text.n;

		if (stop < text.n && yamldoc_source_is_plain(text.p + i))
			i = stop;
		for (; i < stop; i += bad > 0 ? bad : 1) {
			bad = yamldoc_source_bad_character(text, i);
			if (bad > 0)
				result = diag_add(diags, DIAG_ERROR,
				    yamldoc_source_place(source, file, i, i + bad), "",
				    text.p[i] == '\0'
					? "a NUL byte in a text file"
					: "a control character, or an odd line end");
		}
	}
	return result;
}
