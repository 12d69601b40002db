/* SPDX-License-Identifier: MIT */
/*
 * The values of a file that is not YAML: quotes, brackets, and texts that begin
 * or go on with what YAML takes for a sign of its own.
 */
#include "yamldoc_walk.h"

#include <stdio.h>
#include <string.h>

#include "yamldoc_source.h"

#define SHOWN_BYTES 48 /* of a text, in a hint */

struct place
yamldoc_walk_place(const struct yamldoc_walk *walk, size_t start, size_t end)
{
	return yamldoc_source_place(
	    walk->source, walk->file, walk->start + start, walk->start + end);
}

bool
yamldoc_is_nothing(struct str text)
{
	struct str rest = str_trim(text);

	return rest.n == 0 || rest.p[0] == '#';
}

struct str
yamldoc_uncommented(struct str text)
{
	size_t i;

	for (i = 0; i < text.n; i++)
		if (text.p[i] == '#' &&
		    (i == 0 || text.p[i - 1] == ' ' || text.p[i - 1] == '\t'))
			break;
	return str_trim(str_part(text, 0, i));
}

const char *
yamldoc_quote_hint(struct str text, char hint[YAMLDOC_HINT])
{
	bool marks = text.n > 0 &&
	    (memchr(text.p, '"', text.n) != NULL || memchr(text.p, '\\', text.n) != NULL);
	const char *quote = marks ? "'" : "\"";
	size_t shown = text.n;

	if (marks && memchr(text.p, '\'', text.n) != NULL)
		return "put it between double quotes, and write \\\" for each \" inside";
	if (shown > SHOWN_BYTES)
		for (shown = SHOWN_BYTES; shown > 0 && (text.p[shown] & 0xC0) == 0x80;)
			shown--;
	snprintf(hint, YAMLDOC_HINT, "put it between %s quotes: %s%.*s%s%s",
	    marks ? "single" : "double", quote, (int)shown, text.n > 0 ? text.p : "",
	    shown < text.n ? "…" : "", quote);
	return hint;
}

/* A closing quote at i? Skips doubled apostrophes and escapes. */
static bool
quote_closes(struct str text, char quote, size_t *i)
{
	if (quote == '"' && text.p[*i] == '\\') {
		++*i;
		return false;
	}
	if (text.p[*i] != quote)
		return false;
	if (quote == '\'' && *i + 1 < text.n && text.p[*i + 1] == '\'') {
		++*i;
		return false;
	}
	return true;
}

/* The offset behind the closing quote, or 0. */
static size_t
quote_end(struct str text, char quote, size_t from)
{
	size_t i;

	for (i = from; i < text.n; i++)
		if (quote_closes(text, quote, &i))
			return i + 1;
	return 0;
}

/* May a value end here? In brackets also where the next one begins. */
static bool
value_ends(const struct yamldoc_walk *walk, struct str rest)
{
	struct str next = str_trim(rest);

	return next.n == 0 || (next.p[0] == '#' && next.p > rest.p) ||
	    (walk->bracket_count > 0 && strchr(",:]}", next.p[0]) != NULL);
}

/* All that was meant to be in quotes which end too early, with the first at open:
 * up to the last quote that could end it, or the line's end. */
static struct str
quote_meant(const struct yamldoc_walk *walk, char quote, size_t open, size_t end)
{
	struct str text = walk->text;
	size_t i;

	for (i = end; i < text.n; i++)
		if (text.p[i] == quote && value_ends(walk, str_part(text, i + 1, text.n)))
			return str_part(text, open + 1, i);
	return yamldoc_uncommented(str_part(text, open + 1, text.n));
}

/* A quote closed at end - 1, and more text follows. */
static int
quote_trails(struct yamldoc_walk *walk, char quote, size_t open, size_t end)
{
	struct str meant = quote_meant(walk, quote, open, end);
	char hint[YAMLDOC_HINT];

	if (walk->opened_line != walk->number)
		return yamldoc_walk_unclosed(walk);
	if (quote == '\'' && end < walk->text.n && walk->text.p[end] != ' ')
		return diag_add(walk->diags, DIAG_ERROR, yamldoc_walk_place(walk, end - 1, end),
		    yamldoc_quote_hint(meant, hint),
		    "this apostrophe ends the text: an apostrophe began it, too");
	if (quote == '\'')
		return diag_add(walk->diags, DIAG_ERROR,
		    yamldoc_walk_place(walk, end, walk->text.n),
		    "put the whole text between double quotes",
		    "the text ends at the quote before this");
	return diag_add(walk->diags, DIAG_ERROR, yamldoc_walk_place(walk, end - 1, end),
	    "put the whole text between double quotes, and write \\\" for each \" inside",
	    "the text ends at this quote, but the line goes on");
}

int
yamldoc_walk_unclosed(struct yamldoc_walk *walk)
{
	struct place place =
	    yamldoc_source_place(walk->source, walk->file, walk->opened, walk->opened + 1);
	const struct yamldoc_bracket *bracket;

	if (walk->left == LEFT_QUOTE)
		return diag_add(walk->diags, DIAG_ERROR, place,
		    walk->quote == '"' ? "write \" also at the end of the text"
				       : "write ' also at the end of the text; "
					 "one with apostrophes inside goes between \" and \"",
		    "the text that begins with this quote does not end");
	bracket = &walk->brackets[walk->bracket_count - 1];
	return diag_add(walk->diags, DIAG_ERROR,
	    yamldoc_source_place(walk->source, walk->file, bracket->at, bracket->at + 1),
	    bracket->closer == '}' ? "write '}' behind its last value"
				   : "write ']' behind its last item",
	    "what begins with this bracket does not end");
}

int
yamldoc_walk_quote(struct yamldoc_walk *walk, size_t at)
{
	size_t end = quote_end(walk->text, walk->quote, at);

	if (end == 0)
		return 0;
	if (!value_ends(walk, str_part(walk->text, end, walk->text.n)))
		return quote_trails(walk, walk->quote,
		    walk->opened_line == walk->number ? walk->opened - walk->start : at, end);
	if (walk->bracket_count == 0) {
		walk->left = LEFT_NOTHING;
		return 0;
	}
	walk->left = LEFT_FLOW;
	walk->fresh = false;
	return yamldoc_walk_flow(walk, end);
}

static int
quote_open(struct yamldoc_walk *walk, size_t at)
{
	walk->left = LEFT_QUOTE;
	walk->quote = walk->text.p[at];
	walk->opened = walk->start + at;
	walk->opened_line = walk->number;
	return yamldoc_walk_quote(walk, at + 1);
}

/* Brackets ------------------------------------------------------------------ */

/* The text in brackets around i, as it was meant. */
static struct str
flow_text(const struct yamldoc_walk *walk, size_t i)
{
	struct str text = walk->text;
	size_t begin = i, end = i;
	int depth = 0;

	while (begin > 0 && strchr(",[{", text.p[begin - 1]) == NULL &&
	    !(begin > 1 && text.p[begin - 1] == ' ' && text.p[begin - 2] == ':'))
		begin--;
	for (; end < text.n && text.p[end] != ','; end++) {
		if (strchr("[{", text.p[end]) != NULL)
			depth++;
		else if (strchr("]}", text.p[end]) != NULL && depth-- == 0)
			break;
	}
	return str_trim(str_part(text, begin, end));
}

static int
flow_close(struct yamldoc_walk *walk, size_t i)
{
	const struct yamldoc_bracket *last = &walk->brackets[walk->bracket_count - 1];
	char hint[YAMLDOC_HINT];

	if (last->closer != walk->text.p[i]) {
		snprintf(hint, sizeof(hint),
		    "write '%c' or take it out; a text with brackets goes between quotes",
		    last->closer);
		return diag_add(walk->diags, DIAG_ERROR, yamldoc_walk_place(walk, i, i + 1), hint,
		    "'%c' does not close the '%c' before it", walk->text.p[i],
		    last->closer == '}' ? '{' : '[');
	}
	walk->bracket_count--;
	walk->fresh = false;
	return 0;
}

static int
flow_open(struct yamldoc_walk *walk, size_t i)
{
	char c = walk->text.p[i], hint[YAMLDOC_HINT];

	if (!walk->fresh)
		return diag_add(walk->diags, DIAG_ERROR, yamldoc_walk_place(walk, i, i + 1),
		    yamldoc_quote_hint(flow_text(walk, i), hint),
		    "a text with '%c' in it needs quotes here", c);
	if (walk->bracket_count == YAMLDOC_DEPTH)
		return diag_add(walk->diags, DIAG_ERROR, yamldoc_walk_place(walk, i, i + 1), "",
		    "nested deeper than %d levels", YAMLDOC_DEPTH);
	walk->brackets[walk->bracket_count++] =
	    (struct yamldoc_bracket){c == '{' ? '}' : ']', walk->start + i, false};
	return 0;
}

/* A colon with a blank behind it. */
static int
flow_colon(struct yamldoc_walk *walk, size_t i)
{
	struct yamldoc_bracket *last = &walk->brackets[walk->bracket_count - 1];
	char hint[YAMLDOC_HINT];

	if (last->colon)
		return diag_add(walk->diags, DIAG_ERROR, yamldoc_walk_place(walk, i, i + 1),
		    yamldoc_quote_hint(flow_text(walk, i), hint),
		    "a text with a colon and a space in it needs quotes");
	last->colon = true;
	walk->fresh = true;
	return 0;
}

/* One character of what is in brackets, outside quotes. */
static int
flow_character(struct yamldoc_walk *walk, size_t i)
{
	struct str text = walk->text;
	char c = text.p[i], hint[YAMLDOC_HINT];

	if (c == '{' || c == '[')
		return flow_open(walk, i);
	if (c == '}' || c == ']')
		return flow_close(walk, i);
	if (c == ',') {
		walk->brackets[walk->bracket_count - 1].colon = false;
		walk->fresh = true;
		return 0;
	}
	if (c == ':' && (i + 1 == text.n || strchr(" ,]}", text.p[i + 1]) != NULL))
		return flow_colon(walk, i);
	if (walk->fresh && strchr("@`%*&!", c) != NULL)
		return diag_add(walk->diags, DIAG_ERROR, yamldoc_walk_place(walk, i, i + 1),
		    yamldoc_quote_hint(flow_text(walk, i), hint),
		    "a text that begins with '%c' needs quotes", c);
	walk->fresh = walk->fresh && (c == ' ' || c == '\t');
	return 0;
}

int
yamldoc_walk_flow(struct yamldoc_walk *walk, size_t at)
{
	struct str text = walk->text;
	size_t i;

	for (i = at; i < text.n && walk->bracket_count > 0; i++) {
		if (text.p[i] == '#' && i > 0 && text.p[i - 1] == ' ')
			return 0;
		if (walk->fresh && (text.p[i] == '"' || text.p[i] == '\''))
			return quote_open(walk, i);
		if (flow_character(walk, i) != 0)
			return -1;
	}
	if (walk->bracket_count > 0)
		return 0;
	walk->left = LEFT_NOTHING;
	if (value_ends(walk, str_part(text, i, text.n)))
		return 0;
	return diag_add(walk->diags, DIAG_ERROR, yamldoc_walk_place(walk, i, text.n),
	    text.p[i] == '}' || text.p[i] == ']'
	        ? "is it one bracket too many?"
	        : "a text that begins with a bracket goes between quotes, all of it",
	    "nothing may stand behind this bracket");
}

/* Without quotes or brackets ------------------------------------------------ */

size_t
yamldoc_colon(struct str text, size_t offset)
{
	size_t i = offset;

	if (i < text.n && (text.p[i] == '"' || text.p[i] == '\'')) {
		i = quote_end(text, text.p[i], i + 1);
		while (i > 0 && i < text.n && text.p[i] == ' ')
			i++;
		return i > 0 && i < text.n && text.p[i] == ':' ? i : text.n;
	}
	if (i < text.n && strchr("{[|>", text.p[i]) != NULL)
		return text.n;
	for (; i < text.n; i++) {
		if (text.p[i] == '#' && i > 0 && text.p[i - 1] == ' ')
			return text.n;
		if (text.p[i] == ':' &&
		    (i + 1 == text.n || text.p[i + 1] == ' ' || text.p[i + 1] == '\t'))
			return i;
	}
	return text.n;
}

/* "|" and ">", with their signs, and nothing else in the line. */
static int
value_block(struct yamldoc_walk *walk, size_t at)
{
	struct str text = walk->text;
	size_t i = at + 1;
	char hint[YAMLDOC_HINT];

	while (i < text.n && (strchr("+-", text.p[i]) != NULL ||
				 (text.p[i] >= '0' && text.p[i] <= '9')))
		i++;
	if (i == text.n || yamldoc_is_nothing(str_part(text, i, text.n))) {
		walk->left = LEFT_BLOCK;
		walk->block = 0;
		return 0;
	}
	if (text.p[at] == '|')
		return diag_add(walk->diags, DIAG_ERROR, yamldoc_walk_place(walk, i, text.n),
		    "write the text in the lines below, two spaces further right",
		    "nothing may stand behind '|' in its line");
	return diag_add(walk->diags, DIAG_ERROR, yamldoc_walk_place(walk, at, at + 1),
	    yamldoc_quote_hint(yamldoc_uncommented(str_part(text, at, text.n)), hint),
	    "a text that begins with '>' needs quotes");
}

static int
value_plain(struct yamldoc_walk *walk, size_t at)
{
	struct str text = walk->text;
	struct str meant = yamldoc_uncommented(str_part(text, at, text.n));
	size_t colon = yamldoc_colon(text, at);
	char hint[YAMLDOC_HINT];

	if (colon < text.n)
		return diag_add(walk->diags, DIAG_ERROR,
		    yamldoc_walk_place(walk, colon, colon + 1), yamldoc_quote_hint(meant, hint),
		    "a text with a colon and a space in it needs quotes");
	walk->left = meant.p + meant.n < text.p + text.n &&
		memchr(meant.p + meant.n, '#', (size_t)(text.p + text.n - meant.p) - meant.n)
	    ? LEFT_NOTHING /* behind a comment no text goes on */
	    : LEFT_PLAIN;
	return 0;
}

int
yamldoc_walk_value(struct yamldoc_walk *walk, size_t at)
{
	struct str text = walk->text, rest;
	char hint[YAMLDOC_HINT];

	while (at < text.n && (text.p[at] == ' ' || text.p[at] == '\t'))
		at++;
	rest = yamldoc_uncommented(str_part(text, at, text.n));
	if (rest.n == 0) {
		walk->left = LEFT_VALUE;
		return 0;
	}
	if (rest.p[0] == '"' || rest.p[0] == '\'')
		return quote_open(walk, at);
	if (str_starts(rest, "{{"))
		return diag_add(walk->diags, DIAG_ERROR, yamldoc_walk_place(walk, at, at + 2),
		    yamldoc_quote_hint(rest, hint), "a text that begins with '{{' needs quotes");
	if (rest.p[0] == '{' || rest.p[0] == '[') {
		walk->left = LEFT_FLOW;
		walk->opened = walk->start + at;
		walk->opened_line = walk->number;
		walk->fresh = true;
		return flow_open(walk, at) != 0 ? -1 : yamldoc_walk_flow(walk, at + 1);
	}
	if (rest.p[0] == '|' || rest.p[0] == '>')
		return value_block(walk, at);
	if (strchr("@`%*&!]},", rest.p[0]) != NULL ||
	    ((rest.p[0] == '-' || rest.p[0] == '?') && (rest.n == 1 || rest.p[1] == ' ')))
		return diag_add(walk->diags, DIAG_ERROR, yamldoc_walk_place(walk, at, at + 1),
		    yamldoc_quote_hint(rest, hint), "a text that begins with '%c' needs quotes",
		    rest.p[0]);
	return value_plain(walk, at);
}
