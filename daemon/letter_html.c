/* SPDX-License-Identifier: MIT */
#include "letter_html.h"

#include <string.h>

#include "letter_entity.h"

#define HTML_NAME_BYTES 10 /* of a tag */

enum html_kind {
	HTML_NONE,
	HTML_INLINE,
	HTML_CELL,  /* a blank */
	HTML_BREAK, /* a line's end */
	HTML_LINE,  /* begins and ends a line */
	HTML_BLOCK, /* and has a blank line around it */
	HTML_QUOTE,
	HTML_DROP, /* with what is in it */
	HTML_COMMENT
};

static const struct html_tag {
	const char *name;
	enum html_kind kind;
} html_tags[] = {
	{"a", HTML_INLINE}, {"abbr", HTML_INLINE}, {"address", HTML_LINE}, {"b", HTML_INLINE},
	{"big", HTML_INLINE}, {"blockquote", HTML_QUOTE}, {"body", HTML_LINE}, {"br", HTML_BREAK},
	{"center", HTML_LINE}, {"cite", HTML_INLINE}, {"code", HTML_INLINE}, {"dd", HTML_LINE},
	{"del", HTML_INLINE}, {"div", HTML_LINE}, {"dl", HTML_BLOCK}, {"dt", HTML_LINE},
	{"em", HTML_INLINE}, {"font", HTML_INLINE}, {"footer", HTML_LINE}, {"h1", HTML_BLOCK},
	{"h2", HTML_BLOCK}, {"h3", HTML_BLOCK}, {"h4", HTML_BLOCK}, {"h5", HTML_BLOCK},
	{"h6", HTML_BLOCK}, {"head", HTML_DROP}, {"header", HTML_LINE}, {"hr", HTML_BLOCK},
	{"html", HTML_LINE}, {"i", HTML_INLINE}, {"img", HTML_INLINE}, {"ins", HTML_INLINE},
	{"li", HTML_LINE}, {"mark", HTML_INLINE}, {"meta", HTML_INLINE}, {"o:p", HTML_INLINE},
	{"ol", HTML_BLOCK}, {"p", HTML_BLOCK}, {"pre", HTML_BLOCK}, {"q", HTML_INLINE},
	{"s", HTML_INLINE}, {"script", HTML_DROP}, {"section", HTML_LINE}, {"small", HTML_INLINE},
	{"span", HTML_INLINE}, {"strike", HTML_INLINE}, {"strong", HTML_INLINE},
	{"style", HTML_DROP}, {"sub", HTML_INLINE}, {"sup", HTML_INLINE}, {"table", HTML_BLOCK},
	{"tbody", HTML_INLINE}, {"td", HTML_CELL}, {"th", HTML_CELL}, {"thead", HTML_INLINE},
	{"title", HTML_DROP}, {"tr", HTML_LINE}, {"tt", HTML_INLINE}, {"u", HTML_INLINE},
	{"ul", HTML_BLOCK},
};
#define HTML_TAGS (sizeof(html_tags) / sizeof(html_tags[0]))

struct html_reader {
	struct letter_html *html;
	struct str source;
	unsigned quotes; /* blockquotes around */
	/* What was searched for once and never comes again: so that the search takes
	 * the time of one reading in all. */
	bool no_close, no_comment_end, no_end[HTML_TAGS];
};

static char
html_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool
html_name_starts(struct str text, size_t at, const char *name)
{
	for (; *name != '\0'; at++, name++)
		if (at >= text.n || html_lower(text.p[at]) != *name)
			return false;
	return true;
}

/* Is "at" the first byte after a tag's name? */
static bool
html_name_ends(struct str text, size_t at)
{
	return at < text.n && text.p[at] != '\0' && strchr(" \t\r\n/>", text.p[at]) != NULL;
}

/* The tag that begins at "at": its row in the table, and where its name ends. */
static enum html_kind
html_tag(struct str text, size_t at, size_t *row, size_t *end)
{
	char name[HTML_NAME_BYTES + 1] = "";
	size_t i = at + 1, n = 0;

	if (str_starts(str_part(text, at, at + 4), "<!--"))
		return HTML_COMMENT;
	if (html_name_starts(text, i, "!doctype") || html_name_starts(text, i, "![")) {
		*end = i;
		*row = HTML_TAGS;
		return HTML_INLINE;
	}
	if (i < text.n && text.p[i] == '/')
		i++;
	for (; i < text.n && n < HTML_NAME_BYTES; i++) {
		char c = html_lower(text.p[i]);

		if (!((c >= 'a' && c <= 'z') || (n > 0 && ((c >= '1' && c <= '6') || c == ':'))))
			break;
		name[n++] = c;
	}
	if (n == 0 || !html_name_ends(text, i))
		return HTML_NONE;
	*end = i;
	for (*row = 0; *row < HTML_TAGS; (*row)++)
		if (html_tags[*row].name[0] == name[0] && strcmp(html_tags[*row].name, name) == 0)
			return html_tags[*row].kind;
	return HTML_NONE;
}

bool
letter_html_is(struct str text)
{
	struct str rest = str_trim(text);
	const char *p = text.p, *end = text.p + text.n;
	unsigned tags = 0;
	uint32_t code_point;
	size_t row, stop;

	if (text.n == 0)
		return false;
	if (rest.n > 0 && rest.p[0] == '<' && html_tag(rest, 0, &row, &stop) != HTML_NONE)
		return true;
	for (; (p = memchr(p, '<', (size_t)(end - p))) != NULL; p++)
		if (html_tag(text, (size_t)(p - text.p), &row, &stop) != HTML_NONE && ++tags > 1)
			return true;
	for (p = text.p; (p = memchr(p, '&', (size_t)(end - p))) != NULL; p++)
		if (letter_entity_read(text, (size_t)(p - text.p), &code_point) > 0)
			return true;
	return false;
}

static void
html_byte(struct letter_html *html, char c, size_t origin)
{
	if (html->n == html->room)
		return;
	html->text[html->n] = c;
	html->origin[html->n++] = (uint32_t)origin;
}

static bool
html_line_begins(const struct letter_html *html)
{
	return html->n == 0 || html->text[html->n - 1] == '\n';
}

static void
html_put(struct html_reader *reader, char c, size_t origin)
{
	if (reader->quotes > 0 && c != '\n' && html_line_begins(reader->html)) {
		html_byte(reader->html, '>', origin);
		html_byte(reader->html, ' ', origin);
	}
	html_byte(reader->html, c, origin);
}

/* Ends the line, and with blank makes sure that an empty one follows. */
static void
html_end_line(struct html_reader *reader, size_t origin, bool blank)
{
	struct letter_html *html = reader->html;

	if (!html_line_begins(html))
		html_byte(html, '\n', origin);
	if (blank && html->n > 1 && html->text[html->n - 2] != '\n')
		html_byte(html, '\n', origin);
}

static void
html_apply(struct html_reader *reader, enum html_kind kind, bool closing, size_t origin)
{
	switch (kind) {
	case HTML_CELL:
		if (!closing && !html_line_begins(reader->html))
			html_put(reader, ' ', origin);
		break;
	case HTML_BREAK:
		html_byte(reader->html, '\n', origin);
		break;
	case HTML_LINE:
		html_end_line(reader, origin, false);
		break;
	case HTML_QUOTE:
		html_end_line(reader, origin, true);
		if (!closing)
			reader->quotes++;
		else if (reader->quotes > 0)
			reader->quotes--;
		break;
	case HTML_BLOCK:
		html_end_line(reader, origin, true);
		break;
	default:
		break;
	}
}

/* Where "</name" begins, from "at" on, and is not a longer name ("</header"); text.n
 * when nowhere. */
static size_t
html_find_end(struct str text, size_t at, const char *name)
{
	const char *p = text.p + at, *end = text.p + text.n;

	for (; (p = memchr(p, '<', (size_t)(end - p))) != NULL; p++) {
		size_t here = (size_t)(p - text.p);

		if (here + 1 < text.n && text.p[here + 1] == '/' &&
		    html_name_starts(text, here + 2, name) &&
		    html_name_ends(text, here + 2 + strlen(name)))
			return here;
	}
	return text.n;
}

/* Bytes of a comment at "at", 0 when it does not end. */
static size_t
html_comment(struct html_reader *reader, size_t at)
{
	const char *end = reader->no_comment_end ? NULL
	    : memmem(reader->source.p + at, reader->source.n - at, "-->", 3);

	reader->no_comment_end = end == NULL;
	return end != NULL ? (size_t)(end - reader->source.p) + 3 - at : 0;
}

/* Takes the markup at "at", if it is that: how many bytes, else 0. */
static size_t
html_markup(struct html_reader *reader, size_t at)
{
	struct str source = reader->source;
	size_t row = 0, name_end = 0, after;
	enum html_kind kind = html_tag(source, at, &row, &name_end);
	const char *close;

	if (kind == HTML_NONE)
		return 0;
	if (kind == HTML_COMMENT)
		return html_comment(reader, at);
	close = reader->no_close ? NULL
	    : memchr(source.p + name_end, '>', source.n - name_end);
	reader->no_close = close == NULL;
	if (close == NULL)
		return 0;
	after = (size_t)(close - source.p) + 1;
	if (kind == HTML_DROP && source.p[at + 1] != '/' && !reader->no_end[row]) {
		size_t end = html_find_end(source, after, html_tags[row].name);

		reader->no_end[row] = end == source.n;
		if (end < source.n)
			return end - at;
	}
	html_apply(reader, kind, source.p[at + 1] == '/', at);
	return after - at;
}

static size_t
html_entity(struct html_reader *reader, size_t at)
{
	uint32_t code_point;
	char bytes[4];
	size_t taken = letter_entity_read(reader->source, at, &code_point), n, i;

	if (taken == 0)
		return 0;
	n = letter_entity_encode(code_point, bytes);
	for (i = 0; i < n; i++)
		html_put(reader, bytes[i], at);
	return taken;
}

int
letter_html_read(struct arena *arena, struct str source, struct letter_html *html)
{
	struct html_reader reader = {.html = html, .source = source};
	size_t at = 0, taken;

	/* Text never grows but by the marks of quotes, two for each line. */
	*html = (struct letter_html){.room = 2 * source.n + 16};
	html->text = arena_alloc(arena, html->room);
	html->origin = arena_array(arena, html->room, sizeof(*html->origin));
	if (html->text == NULL || html->origin == NULL)
		return -1;
	while (at < source.n) {
		char c = source.p[at];

		taken = c == '<' ? html_markup(&reader, at)
		    : c == '&' ? html_entity(&reader, at) : 0;
		if (taken == 0) {
			html_put(&reader, c, at);
			taken = 1;
		}
		at += taken;
	}
	return 0;
}

size_t
letter_html_piece(struct str source, size_t at)
{
	uint32_t code_point;
	size_t row, end, n;

	if (at >= source.n)
		return 0;
	if (source.p[at] == '<' && html_tag(source, at, &row, &end) != HTML_NONE)
		return 0;
	n = source.p[at] == '&' ? letter_entity_read(source, at, &code_point) : 0;
	return n > 0 ? n : 1;
}
