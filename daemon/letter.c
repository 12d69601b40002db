/* SPDX-License-Identifier: MIT */
#include "letter.h"

#include <string.h>
#include <strings.h>

#include "letter_html.h"
#include "letter_line.h"

#define LETTER_LINES 4000       /* those behind are one's own */
#define LETTER_LEAD_LINES 3     /* "On … wrote:" is wrapped over */
#define LETTER_HEADER_LINES 5   /* behind "From:" */
#define LETTER_SIGNATURE 10     /* lines behind "--" */
#define LETTER_NOTICE 10        /* lines of a notice that are looked at */
#define LETTER_SHORT 40         /* bytes of such a line */
#define LETTER_CONTACTS 8       /* lines behind a closing formula */
#define LETTER_FEW_WORDS 12     /* that only pass on a mail or point to it */
#define LETTER_NAME_BYTES 3     /* a shorter word of a name proves nothing */

enum letter_what { LETTER_OWN, LETTER_BLANK, LETTER_OUT };

struct letter_line {
	uint32_t start, end; /* without the line's end */
	enum letter_what what;
	uint32_t marks; /* bytes of quoting */
};

struct letter_reader {
	struct str text;
	struct letter_line *lines;
	size_t count;
	bool forward, cut;
};

static struct str
letter_at(const struct letter_reader *reader, size_t i)
{
	return str_part(reader->text, reader->lines[i].start, reader->lines[i].end);
}

static struct str
letter_folded(const struct letter_reader *reader, size_t i, char buffer[LETTER_LINE_BYTES])
{
	if (i >= reader->count)
		return STR("");
	return letter_line_fold(letter_at(reader, i), buffer);
}

static int
letter_split(struct letter_reader *reader, struct arena *arena)
{
	struct str text = reader->text;
	size_t at = 0, lines = 1;
	const char *p = text.p, *end = text.p + text.n;

	for (; lines < LETTER_LINES && (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		lines++;
	reader->lines = arena_array(arena, lines, sizeof(*reader->lines));
	if (reader->lines == NULL)
		return -1;
	for (reader->count = 0; reader->count < lines; reader->count++) {
		struct letter_line *line = &reader->lines[reader->count];

		p = at < text.n ? memchr(text.p + at, '\n', text.n - at) : NULL;
		line->start = (uint32_t)at;
		line->end = (uint32_t)(p != NULL && reader->count + 1 < lines
		    ? (size_t)(p - text.p) : text.n);
		at = line->end + 1u;
		line->what = str_trim(letter_at(reader, reader->count)).n == 0 ? LETTER_BLANK
									       : LETTER_OWN;
		if (line->what == LETTER_OWN)
			line->marks = (uint32_t)letter_line_marks(letter_at(reader, reader->count));
	}
	return 0;
}

/* What is out leaves the blank lines around it. */
static void
letter_drop(struct letter_reader *reader, size_t from, size_t to)
{
	for (; from < to && from < reader->count; from++)
		if (reader->lines[from].what == LETTER_OWN) {
			reader->lines[from].what = LETTER_OUT;
			reader->cut = true;
		}
}

/* A block of headers begins here; people write "From: 13 July" as well. */
static bool
letter_headers(const struct letter_reader *reader, size_t i, struct str line)
{
	char buffer[LETTER_LINE_BYTES];
	size_t k;

	if (letter_line_header(line) != LETTER_FROM)
		return false;
	for (k = 1; k <= LETTER_HEADER_LINES; k++) {
		enum letter_header header =
		    letter_line_header(letter_folded(reader, i + k, buffer));

		if (header == LETTER_SENT)
			return true;
		/* The first one may be wrapped. */
		if (header == LETTER_NO_HEADER && k > 1)
			return false;
	}
	return false;
}

/* How many lines from i on lead what is quoted, 0 when none does. */
static size_t
letter_lead(const struct letter_reader *reader, size_t i, struct str line, bool *stamped)
{
	char buffer[LETTER_LINE_BYTES];
	size_t k;

	if (!letter_line_may_lead(line))
		return 0;
	*stamped = false;
	for (k = 0; k < LETTER_LEAD_LINES; k++) {
		if (k > 0) {
			if (i + k >= reader->count || reader->lines[i + k].what == LETTER_BLANK)
				return 0;
			line = letter_folded(reader, i + k, buffer);
		}
		*stamped |= letter_line_is_stamped(line);
		if (letter_line_leads(line))
			return k + 1;
	}
	return 0;
}

static bool
letter_quoted_next(const struct letter_reader *reader, size_t i)
{
	while (i < reader->count && reader->lines[i].what == LETTER_BLANK)
		i++;
	return i < reader->count && reader->lines[i].marks > 0;
}

static size_t
letter_paragraph_end(const struct letter_reader *reader, size_t i)
{
	while (i < reader->count && reader->lines[i].what != LETTER_BLANK)
		i++;
	return i;
}

/* Leaves out the notice that begins with line i, unless somebody speaks in it: "this
 * message is confidential: my student …". */
static void
letter_notice(struct letter_reader *reader, size_t i)
{
	size_t end = letter_paragraph_end(reader, i), k;

	for (k = i; k < end && k < i + LETTER_NOTICE; k++) {
		char buffer[LETTER_LINE_BYTES];

		if (letter_line_is_personal(letter_folded(reader, k, buffer)))
			return;
	}
	letter_drop(reader, i, end);
}

/* Leaves out what begins with line i: where to go on. */
static size_t
letter_look(struct letter_reader *reader, size_t i)
{
	char buffer[LETTER_LINE_BYTES];
	struct str line;
	size_t lead;
	bool stamped;
	int divides;

	if (reader->lines[i].marks > 0) {
		letter_drop(reader, i, i + 1);
		return i + 1;
	}
	line = letter_folded(reader, i, buffer);
	divides = letter_line_divides(line);
	if (divides > 0 || letter_headers(reader, i, line)) {
		reader->forward |= divides == 2;
		letter_drop(reader, i, reader->count);
		return reader->count;
	}
	lead = letter_lead(reader, i, line, &stamped);
	if (lead > 0 && letter_quoted_next(reader, i + lead)) {
		letter_drop(reader, i, i + lead);
		return i + lead;
	}
	if (lead > 0 && stamped) {
		letter_drop(reader, i, reader->count);
		return reader->count;
	}
	if (letter_line_is_device(line))
		letter_drop(reader, i, i + 1);
	else if (letter_line_is_notice(line))
		letter_notice(reader, i);
	return i + 1;
}

static bool
letter_is_word(unsigned char c)
{
	return c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Words of one's own before line end, up to so many, of what tells more than "Hello";
 * *points: they point to what is quoted. */
static size_t
letter_words(const struct letter_reader *reader, size_t end, size_t most, bool *points)
{
	size_t words = 0, i, at;

	*points = false;
	for (i = 0; i < end && words < most; i++) {
		char buffer[LETTER_LINE_BYTES];
		struct str line = letter_at(reader, i), folded;
		bool inside = false;

		if (reader->lines[i].what != LETTER_OWN)
			continue;
		folded = letter_folded(reader, i, buffer);
		if (letter_line_greets(folded))
			continue;
		for (at = 0; at < line.n; at++) {
			bool word = letter_is_word((unsigned char)line.p[at]);

			words += word && !inside;
			inside = word;
		}
		*points |= letter_line_points(folded);
	}
	return words;
}

/* Has the line a word of the sender's name? */
static bool
letter_names(struct str line, struct str sender)
{
	char buffer[LETTER_LINE_BYTES];
	struct str name = letter_line_fold(sender, buffer);
	size_t at = 0, end;

	for (; at < name.n; at = end + 1) {
		for (end = at; end < name.n && name.p[end] != ' ' && name.p[end] != '-'; end++)
			;
		if (end - at >= LETTER_NAME_BYTES &&
		    memmem(line.p, line.n, name.p + at, end - at) != NULL)
			return true;
	}
	return false;
}

/* Behind "--": short, and all to the end. */
static bool
letter_delimited(struct letter_reader *reader, size_t i)
{
	struct str line = str_trim(letter_at(reader, i));
	size_t k, count = 0;
	bool proof;

	if (!str_is(line, "--"))
		return false;
	for (k = i + 1; k < reader->count; k++) {
		char buffer[LETTER_LINE_BYTES];

		if (reader->lines[k].what != LETTER_OWN)
			continue;
		line = letter_folded(reader, k, buffer);
		if (++count > LETTER_SIGNATURE || str_starts(line, "ps") ||
		    !(letter_line_is_contact(line, &proof) ||
		    (line.n < LETTER_SHORT && !letter_line_is_personal(line))))
			return false;
	}
	letter_drop(reader, i, reader->count);
	return true;
}

/* Behind "Kind regards" and the name. Where little was told before, the sender's name
 * alone does not prove that the rest tells nothing. */
static bool
letter_closed(struct letter_reader *reader, size_t i, struct str sender)
{
	char buffer[LETTER_LINE_BYTES];
	size_t k, name = 0, count = 0;
	bool proof = false, named = false, points;

	if (!letter_line_closes(letter_folded(reader, i, buffer)))
		return false;
	for (k = i + 1; k < reader->count; k++) {
		struct str line;

		if (reader->lines[k].what != LETTER_OWN)
			continue;
		line = letter_folded(reader, k, buffer);
		if (name == 0) {
			name = k;
			named = letter_names(line, sender);
			if (!named && !letter_line_is_contact(line, &proof))
				return true;
		} else if (++count > LETTER_CONTACTS || !letter_line_is_contact(line, &proof)) {
			return true;
		}
	}
	if (count > 0 && (proof ||
	    (named && letter_words(reader, i, LETTER_FEW_WORDS, &points) >= LETTER_FEW_WORDS)))
		letter_drop(reader, name + 1, reader->count);
	return true;
}

/* From the end upwards: the last formula counts. */
static void
letter_sign(struct letter_reader *reader, struct str sender)
{
	size_t i = reader->count, seen = 0;

	while (i-- > 0 && seen <= LETTER_SIGNATURE) {
		if (reader->lines[i].what != LETTER_OWN)
			continue;
		seen++;
		if (letter_delimited(reader, i) || letter_closed(reader, i, sender))
			return;
	}
}

/* Too little of one's own: then all of it counts. */
static void
letter_restore(struct letter_reader *reader, struct str subject)
{
	char buffer[LETTER_LINE_BYTES];
	bool points;
	size_t words = letter_words(reader, reader->count, LETTER_FEW_WORDS, &points), i;

	if (words >= LETTER_FEW_WORDS || (words > 0 && !points && !reader->forward &&
	    !letter_line_passes_on(letter_line_fold(subject, buffer))))
		return;
	for (i = 0; i < reader->count; i++)
		if (reader->lines[i].what == LETTER_OUT)
			reader->lines[i].what = LETTER_OWN;
}

/* One piece of the text, if that is all that is kept. */
static bool
letter_slice(const struct letter_reader *reader, struct str *slice)
{
	size_t first = 0, last = reader->count, i;

	while (first < last && reader->lines[first].what != LETTER_OWN)
		first++;
	while (last > first && reader->lines[last - 1].what != LETTER_OWN)
		last--;
	for (i = first; i < last; i++)
		if (reader->lines[i].what == LETTER_OUT || reader->lines[i].marks > 0)
			return false;
	*slice = first < last ? str_part(reader->text, reader->lines[first].start,
	    reader->lines[last - 1].end) : str_part(reader->text, 0, 0);
	return true;
}

/* What is kept, put together. to may be from: pieces only move to the front. */
static size_t
letter_compact(const struct letter_reader *reader, const uint32_t *origin, char *to,
    uint32_t *to_origin)
{
	size_t n = 0, i, at;
	bool out = false;

	for (i = 0; i < reader->count; i++) {
		const struct letter_line *line = &reader->lines[i];
		size_t end = line->end;

		/* A gap is a blank line. */
		if (line->what == LETTER_OUT) {
			if (out)
				continue;
			out = true;
			at = end;
		} else {
			out = false;
			at = line->start + line->marks;
		}
		if (end < reader->text.n)
			end++;
		for (; at < end; at++, n++) {
			to_origin[n] = origin != NULL ? origin[at] : (uint32_t)at;
			to[n] = reader->text.p[at];
		}
	}
	return n;
}

static int
letter_make(const struct letter_reader *reader, struct letter_html *html, struct arena *arena,
    struct letter *letter)
{
	struct letter_html made = *html;

	if (made.text == NULL) {
		made.text = arena_alloc(arena, reader->text.n + 1);
		made.origin = arena_array(arena, reader->text.n + 1, sizeof(*made.origin));
		if (made.text == NULL || made.origin == NULL)
			return -1;
	}
	letter->text.p = made.text;
	letter->text.n = letter_compact(reader, html->origin, made.text, made.origin);
	letter->origin = made.origin;
	letter->html = html->text != NULL;
	return 0;
}

int
letter_read(struct arena *arena, struct str body, struct str subject, struct str sender,
    struct letter *letter)
{
	struct letter_reader reader = {.text = body};
	struct letter_html html = {NULL, NULL, 0, 0};
	struct str slice;
	size_t i = 0;

	*letter = (struct letter){.original = body, .text = body};
	if (body.n == 0 || body.n >= UINT32_MAX / 4)
		return 0;
	if (letter_html_is(body)) {
		if (letter_html_read(arena, body, &html) < 0)
			return -1;
		reader.text = (struct str){html.text, html.n};
	}
	if (letter_split(&reader, arena) < 0)
		return -1;
	while (i < reader.count)
		i = reader.lines[i].what == LETTER_OWN ? letter_look(&reader, i) : i + 1;
	letter_sign(&reader, sender);
	if (reader.cut)
		letter_restore(&reader, subject);
	if (html.text != NULL || !letter_slice(&reader, &slice))
		return letter_make(&reader, &html, arena, letter);
	letter->text = slice;
	return 0;
}

bool
letter_is_cut(const struct letter *letter)
{
	return letter->origin != NULL || letter->text.n < str_trim(letter->original).n;
}

struct str
letter_original(const struct letter *letter, struct str slice)
{
	size_t start, end;

	if (letter->origin == NULL || slice.p < letter->text.p ||
	    slice.p + slice.n > letter->text.p + letter->text.n)
		return slice;
	start = (size_t)(slice.p - letter->text.p);
	if (slice.n == 0) {
		start = start < letter->text.n ? letter->origin[start] : letter->original.n;
		return str_part(letter->original, start, start);
	}
	end = letter->origin[start + slice.n - 1];
	end += letter->html ? letter_html_piece(letter->original, end) : 1;
	return str_part(letter->original, letter->origin[start], end);
}

size_t
letter_prefix(struct str subject)
{
	static const char *const prefixes[] = {"re", "rep", "aw", "fw", "fwd", "tr", "sv", NULL};
	size_t at = 0, end, i;

	for (;; at = end) {
		size_t start = at;

		while (start < subject.n && subject.p[start] == ' ')
			start++;
		for (end = start; end < subject.n && end < start + 4 &&
		    ((subject.p[end] | 0x20) >= 'a' && (subject.p[end] | 0x20) <= 'z'); end++)
			;
		for (i = 0; prefixes[i] != NULL; i++)
			if (end - start == strlen(prefixes[i]) &&
			    strncasecmp(subject.p + start, prefixes[i], end - start) == 0)
				break;
		if (prefixes[i] == NULL)
			return at;
		while (end < subject.n && subject.p[end] == ' ')
			end++;
		if (end >= subject.n || subject.p[end] != ':')
			return at;
		end++;
	}
}
