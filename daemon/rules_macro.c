/* SPDX-License-Identifier: MIT */
/*
 * The words: ${name} in a pattern becomes (?:a|b|c), so that what means the
 * same to a person is written once. A word may use other words. The map from
 * expanded to written bytes is kept, so that a fault is shown where it was
 * written.
 */
#include "rules_read.h"

#include <stdlib.h>
#include <string.h>

#include "suggest.h"

#define RULES_PATTERN_BYTES 32768 /* expanded; also the end of words that grow and grow */

static bool
rules_word_valid(struct str name)
{
	size_t i;

	if (name.n == 0 || name.n > RULES_NAME_BYTES || (name.p[0] >= '0' && name.p[0] <= '9'))
		return false;
	for (i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return true;
}

static struct rules_word *
rules_word_find(const struct rules_reader *reader, struct str name)
{
	size_t i;

	for (i = 0; i < reader->word_count; i++)
		if (str_eq(reader->words[i].name, name))
			return &reader->words[i];
	return NULL;
}

/* The next "${" at or after i that is not escaped; text.n when there is none. */
static size_t
rules_reference_find(struct str text, size_t i)
{
	for (; i + 1 < text.n; i++) {
		if (text.p[i] == '\\')
			i++;
		else if (text.p[i] == '$' && text.p[i + 1] == '{')
			return i;
	}
	return text.n;
}

/* The name of the reference at i, and where it ends; -1 without a '}'. */
static int
rules_reference_name(struct str text, size_t i, struct str *name, size_t *end)
{
	const char *close = memchr(text.p + i, '}', text.n - i);

	if (close == NULL)
		return -1;
	*end = (size_t)(close - text.p) + 1;
	*name = str_part(text, i + 2, *end - 1);
	return 0;
}

static int
rules_word_unknown(
    struct rules_reader *reader, struct place place, struct str name, const char *in)
{
	const char *names[RULES_ENTRIES];
	char hint[256];
	size_t i;

	if (reader->incomplete)
		return -1;
	for (i = 0; i < reader->word_count; i++)
		names[i] = reader->words[i].name.p;
	return diag_add(reader->diags, DIAG_ERROR, place,
	    suggest_hint(name, names, i, hint, sizeof(hint)), "unknown word '${%.*s}'%s",
	    STR_ARG(name), in);
}

/* Writes a word with the words in it. first: faults are told at its place;
 * NULL: they were told when the words were read. */
static int
rules_word_expand(struct rules_reader *reader, struct rules_word *word,
    const struct rules_word *first, struct strbuf *out)
{
	size_t at = 0, reference, end;
	int result = 0;

	if (word->open)
		return first == NULL ? -1
				     : diag_add(reader->diags, DIAG_ERROR, first->place, "",
					   "the word '%.*s' uses itself", STR_ARG(word->name));
	word->open = true;
	while (result == 0 && !out->overflow) {
		struct rules_word *inner;
		struct str name;

		reference = rules_reference_find(word->source, at);
		strbuf_put(out, str_part(word->source, at, reference));
		if (reference == word->source.n)
			break;
		if (rules_reference_name(word->source, reference, &name, &end) != 0) {
			result = first == NULL ? -1
					       : diag_add(reader->diags, DIAG_ERROR,
						     first->place, "write '\\$' for a dollar",
						     "'${' without '}'");
			break;
		}
		inner = rules_word_find(reader, name);
		if (inner == NULL) {
			result = first == NULL ? -1
					       : rules_word_unknown(
						     reader, first->place, name, " in a word");
			break;
		}
		inner->used = true;
		result = rules_word_expand(reader, inner, first, out);
		at = end;
	}
	word->open = false;
	return result;
}

/* "(?:a|b|c)" */
static int
rules_word_source(
    struct rules_reader *reader, const struct yamldoc_node *node, struct str *source)
{
	struct strbuf text;
	struct str item;
	size_t i;
	int result = 0;

	strbuf_init(&text, RULES_PATTERN_BYTES);
	strbuf_puts(&text, "(?:");
	if (node->type == YAMLDOC_LIST) {
		for (i = 0; i < node->count; i++) {
			if (rules_read_text(reader, node->items[i], &item) != 0)
				result = -1;
			else
				strbuf_printf(
				    &text, "%s%.*s", i > 0 ? "|" : "", STR_ARG(item));
		}
		if (node->count == 0)
			result = diag_add(reader->diags, DIAG_ERROR, node->place, "",
			    "a word that stands for nothing");
	} else {
		result = rules_read_text(reader, node, &item);
		if (result == 0)
			strbuf_put(&text, item);
	}
	strbuf_putc(&text, ')');
	if (result == 0 && text.overflow)
		result = diag_add(reader->diags, DIAG_ERROR, node->place, "",
		    "a word longer than %d bytes", RULES_PATTERN_BYTES);
	*source = arena_dup(reader->arena, result == 0 ? strbuf_str(&text) : STR("(?:)"));
	strbuf_fini(&text);
	return result;
}

void
rules_read_words(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	size_t i;

	(void)target;
	if (rules_expect(reader, node, YAMLDOC_MAP, "a map of words") != 0)
		return;
	if (node->count > RULES_ENTRIES) {
		diag_add(reader->diags, DIAG_ERROR, node->place, "", "more than %d words",
		    RULES_ENTRIES);
		return;
	}
	reader->words = rules_alloc(reader, node->count, sizeof(reader->words[0]));
	for (i = 0; i < node->count; i++) {
		struct rules_word *word = &reader->words[reader->word_count++];

		word->name = node->pairs[i].key->text;
		word->place = node->pairs[i].key->place;
		if (!rules_word_valid(word->name))
			diag_add(reader->diags, DIAG_ERROR, word->place,
			    "letters, digits and '_', no digit first, at most 64",
			    "'%.*s' is no name for a word", STR_ARG(word->name));
		rules_word_source(reader, node->pairs[i].value, &word->source);
	}
	for (i = 0; i < reader->word_count; i++) {
		struct strbuf text;

		strbuf_init(&text, RULES_PATTERN_BYTES);
		rules_word_expand(reader, &reader->words[i], &reader->words[i], &text);
		if (text.overflow)
			diag_add(reader->diags, DIAG_ERROR, reader->words[i].place, "",
			    "a word longer than %d bytes when its words are replaced",
			    RULES_PATTERN_BYTES);
		strbuf_fini(&text);
	}
}

/* The reference at "at" of the pattern; its end in *end. */
static int
rules_macro_reference(struct rules_reader *reader, const struct yamldoc_node *node, size_t at,
    struct strbuf *out, size_t *end)
{
	struct rules_word *word;
	size_t start = out->n;
	struct str name;
	int result;

	if (rules_reference_name(node->text, at, &name, end) != 0)
		return diag_add(reader->diags, DIAG_ERROR, yamldoc_place(node, at, node->text.n),
		    "write '\\$' for a dollar", "'${' without '}'");
	word = rules_word_find(reader, name);
	if (word == NULL)
		return rules_word_unknown(reader, yamldoc_place(node, at, *end), name, "");
	if (word->expanded.p != NULL) {
		strbuf_put(out, word->expanded);
		return 0;
	}
	word->used = true;
	result = rules_word_expand(reader, word, NULL, out);
	if (result == 0 && !out->overflow)
		word->expanded =
		    arena_dup(reader->arena, str_part(strbuf_str(out), start, out->n));
	return result;
}

static void
rules_segment_add(struct rules_segment *segments, size_t *count, struct rules_segment segment)
{
	if (segment.source_start < segment.source_end)
		segments[(*count)++] = segment;
}

/* Fills out and the segments. All references are looked at, also after a
 * fault. */
static int
rules_macro_fill(struct rules_reader *reader, const struct yamldoc_node *node,
    struct strbuf *out, struct rules_segment *segments, size_t *count)
{
	size_t at = 0, reference, end, start;
	int result = 0;

	for (;; at = end) {
		reference = rules_reference_find(node->text, at);
		start = out->n;
		strbuf_put(out, str_part(node->text, at, reference));
		rules_segment_add(segments, count,
		    (struct rules_segment){start, out->n, at, reference, true});
		if (reference == node->text.n)
			return result;
		start = out->n;
		end = node->text.n;
		if (rules_macro_reference(reader, node, reference, out, &end) != 0)
			result = -1;
		rules_segment_add(segments, count,
		    (struct rules_segment){start, out->n, reference, end, false});
	}
}

int
rules_macro_expand(struct rules_reader *reader, const struct yamldoc_node *node,
    struct str *expanded, const struct rules_origin **origin)
{
	struct rules_origin *map = rules_alloc(reader, 1, sizeof(*map));
	size_t room = 1, i;
	struct rules_segment *segments;
	struct strbuf out;
	int result;

	for (i = rules_reference_find(node->text, 0); i < node->text.n;
	     i = rules_reference_find(node->text, i + 1))
		room += 2;
	segments = rules_alloc(reader, room, sizeof(segments[0]));
	strbuf_init(&out, RULES_PATTERN_BYTES);
	map->node = node;
	map->segments = segments;
	result = rules_macro_fill(reader, node, &out, segments, &map->count);
	if (out.overflow && result == 0)
		result = diag_add(reader->diags, DIAG_ERROR, node->place, "",
		    "a pattern longer than %d bytes", RULES_PATTERN_BYTES);
	*expanded = arena_dup(reader->arena, strbuf_str(&out));
	*origin = map;
	strbuf_fini(&out);
	return result;
}

/* The written bytes of the expanded byte at offset. */
static void
rules_origin_bytes(
    const struct rules_origin *origin, size_t offset, size_t *start, size_t *end)
{
	size_t i;

	for (i = 0; i < origin->count; i++) {
		const struct rules_segment *segment = &origin->segments[i];

		if (offset < segment->start || offset >= segment->end)
			continue;
		*start = segment->source_start;
		*end = segment->source_end;
		if (segment->literal) {
			*start += offset - segment->start;
			*end = *start + 1;
		}
		return;
	}
	*start = *end = origin->node->text.n;
}

struct place
rules_origin_place(const struct rules_origin *origin, size_t start, size_t end)
{
	size_t from, to, ignored;

	rules_origin_bytes(origin, start, &from, &to);
	if (end > start + 1)
		rules_origin_bytes(origin, end - 1, &ignored, &to);
	return yamldoc_place(origin->node, from, to);
}
