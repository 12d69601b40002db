/* SPDX-License-Identifier: MIT */
/*
 * Patterns over folded text. Such text is lower-case ASCII, so a capital or an
 * accent in a pattern can never match: that is a mistake, and the folded
 * spelling is told. Letters that are part of an escape, a group's name or an
 * option are no letters of the text.
 */
#include "rules_read.h"

#include <stdio.h>
#include <string.h>

#include "fold.h"
#include "mem.h"

static size_t
rules_until(struct str text, size_t i, char close)
{
	const char *end = i < text.n ? memchr(text.p + i, close, text.n - i) : NULL;

	return end != NULL ? (size_t)(end - text.p) + 1 : text.n;
}

static bool
rules_is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The end of the escape at i, a backslash. */
static size_t
rules_escape_end(struct str text, size_t i)
{
	char kind = i + 1 < text.n ? text.p[i + 1] : '\0';
	char next = i + 2 < text.n ? text.p[i + 2] : '\0';
	size_t end;

	if ((unsigned char)kind >= 0x80)
		return i + 1;
	if (kind == '\0' || strchr("pPxogkNc", kind) == NULL)
		return i + 2;
	if (next == '{')
		return rules_until(text, i + 2, '}');
	if (next == '<' && (kind == 'k' || kind == 'g'))
		return rules_until(text, i + 2, '>');
	if (kind == 'p' || kind == 'P' || kind == 'c')
		return i + 3;
	if (kind != 'x')
		return i + 2;
	for (end = i + 2; end < text.n && end < i + 4 && rules_is_hex(text.p[end]);)
		end++;
	return end;
}

/* The end of what follows the '(' at i and is no text: "?<name>", "?i:", "*FAIL". */
static size_t
rules_group_end(struct str text, size_t i)
{
	char kind = i + 2 < text.n ? text.p[i + 2] : '\0';
	char next = i + 3 < text.n ? text.p[i + 3] : '\0';
	size_t end = i + 2;

	if (i + 1 < text.n && text.p[i + 1] == '*')
		return rules_until(text, i, ')');
	if (i + 1 >= text.n || text.p[i + 1] != '?')
		return i + 1;
	if (kind == '#' || kind == '&' || kind == 'R')
		return rules_until(text, i, ')');
	if (kind == 'P' || (kind == '<' && next != '=' && next != '!'))
		return rules_until(text, i, '>');
	if (kind == '\'')
		return rules_until(text, i + 3, '\'');
	while (end < text.n && ((text.p[end] >= 'a' && text.p[end] <= 'z') ||
				   (text.p[end] >= 'A' && text.p[end] <= 'Z') ||
				   text.p[end] == '-' || text.p[end] == '^'))
		end++;
	return end;
}

static bool
rules_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool
rules_is_fault(char c)
{
	return (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* Any such character at all, be it in an escape: most patterns have none. */
static bool
rules_is_suspect(struct str text)
{
	bool any = false;
	size_t i;

	for (i = 0; i < text.n; i++)
		any |= rules_is_fault(text.p[i]);
	return any;
}

/* Finds the first character that folded text never has, and the word that it
 * is in. */
static bool
rules_unfolded_find(struct str text, size_t *fault, size_t *start, size_t *end)
{
	bool quoted = false;
	size_t i = 0;

	*start = 0;
	while (i < text.n) {
		if (rules_is_fault(text.p[i])) {
			*fault = i;
			for (*end = i; *end < text.n && rules_is_letter(text.p[*end]);)
				(*end)++;
			return true;
		}
		if (rules_is_letter(text.p[i])) {
			i++;
			continue;
		}
		if (text.p[i] == '\\' && i + 1 < text.n &&
		    text.p[i + 1] == (quoted ? 'E' : 'Q')) {
			quoted = !quoted;
			i += 2;
		} else if (!quoted && text.p[i] == '\\') {
			i = rules_escape_end(text, i);
		} else if (!quoted && text.p[i] == '(') {
			i = rules_group_end(text, i);
		} else {
			i++;
		}
		*start = i;
	}
	return false;
}

static int
rules_check_folded(struct rules_reader *reader, const struct rules_pattern *pattern)
{
	struct str text = pattern->expanded, character;
	size_t fault, start, end, stop;
	struct folded folded;
	char hint[256];

	if (!rules_is_suspect(text) || !rules_unfolded_find(text, &fault, &start, &end))
		return 0;
	for (stop = fault + 1; stop < text.n && ((unsigned char)text.p[stop] & 0xC0) == 0x80;)
		stop++;
	character = str_part(text, fault, stop);
	if (fold_text(reader->arena, str_part(text, start, end), &folded) != 0)
		return -1;
	snprintf(hint, sizeof(hint), "the text is folded before; write '%.*s'",
	    STR_ARG(folded.text));
	if (folded.text.n == 0 || str_is(str_trim(folded.text), ""))
		snprintf(hint, sizeof(hint), "in folded text every symbol is a space");
	if (character.n > 1 &&
	    fold_text(reader->arena, character, &folded) == 0 && folded.text.n == 1 &&
	    folded.text.p[0] == FOLD_LETTER)
		snprintf(hint, sizeof(hint),
		    "folded text does not tell letters of other scripts apart");
	return diag_add(reader->diags, DIAG_ERROR,
	    rules_origin_place(pattern->origin, fault, stop), hint,
	    "folded text never has a '%.*s'", STR_ARG(character));
}

struct rules_pattern *
rules_read_folded(struct rules_reader *reader, const struct yamldoc_node *node)
{
	struct rules_pattern *pattern = rules_alloc(reader, 1, sizeof(*pattern));

	pattern->place = node->place;
	if (rules_read_text(reader, node, &pattern->source) != 0)
		return NULL;
	if (memchr(node->text.p, '\n', node->text.n) != NULL) {
		diag_add(reader->diags, DIAG_ERROR, node->place,
		    "write it in one line, between single quotes", "a pattern of several lines");
		return NULL;
	}
	if (rules_macro_expand(reader, node, &pattern->expanded, &pattern->origin) != 0)
		return NULL;
	rules_check_folded(reader, pattern);
	pattern->number = (unsigned)reader->pattern_count;
	reader->patterns = mem_resize(
	    reader->patterns, reader->pattern_count + 1, sizeof(reader->patterns[0]));
	reader->patterns[reader->pattern_count++] = pattern;
	return pattern;
}
