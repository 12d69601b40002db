/* SPDX-License-Identifier: MIT */
#include "yamldoc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "mem.h"
#include "yamldoc_fault.h"
#include "yamldoc_source.h"

struct yamldoc_reader {
	struct arena *arena;
	struct diag_list *diags;
	const char *file;
	const struct yamldoc_source *source;
	yaml_parser_t parser;
	unsigned depth;
	/* The place that was asked for last: the next one is mostly right behind it. */
	struct {
		size_t line, column, offset;
	} last;
};

/* A list that grows while a collection's end is not yet seen. */
struct yamldoc_growing {
	struct yamldoc_node **nodes;
	size_t count, room;
};

static void
yamldoc_grow(struct yamldoc_growing *list, struct yamldoc_node *node)
{
	if (list->count == list->room) {
		list->room = list->room > 0 ? 2 * list->room : 16;
		list->nodes = mem_resize(list->nodes, list->room, sizeof(list->nodes[0]));
	}
	list->nodes[list->count++] = node;
}

static struct place
yamldoc_mark_place(const struct yamldoc_reader *reader, const yaml_mark_t *mark)
{
	return (struct place){
	    reader->file, (unsigned)mark->line + 1, (unsigned)mark->column + 1, 1};
}

/* libyaml counts code points; we need bytes. */
static size_t
yamldoc_skip(const struct yamldoc_reader *reader, size_t at, size_t characters)
{
	struct str text = reader->source->text;

	for (; characters > 0 && at < text.n; characters--) {
		at++;
		while (at < text.n && ((unsigned char)text.p[at] & 0xC0) == 0x80)
			at++;
	}
	return at;
}

static size_t
yamldoc_mark_offset(const struct yamldoc_reader *reader, const yaml_mark_t *mark)
{
	const struct yamldoc_source *source = reader->source;

	if (mark->line >= source->line_count)
		return source->text.n;
	return yamldoc_skip(reader, source->lines[mark->line], mark->column);
}

/* The same of marks that come one after the other. */
static size_t
yamldoc_next_offset(struct yamldoc_reader *reader, const yaml_mark_t *mark)
{
	if (mark->line == reader->last.line && mark->column >= reader->last.column &&
	    mark->line < reader->source->line_count)
		reader->last.offset = yamldoc_skip(
		    reader, reader->last.offset, mark->column - reader->last.column);
	else
		reader->last.offset = yamldoc_mark_offset(reader, mark);
	reader->last.line = mark->line;
	reader->last.column = mark->column;
	return reader->last.offset;
}

static int
yamldoc_syntax_error(const struct yamldoc_reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;

	if (parser->error == YAML_MEMORY_ERROR)
		mem_fail();
	if (parser->error == YAML_READER_ERROR)
		return diag_add(reader->diags, DIAG_ERROR,
		    yamldoc_source_place(reader->source, reader->file, parser->problem_offset,
			parser->problem_offset + 1),
		    "delete it and type it again", "a character that cannot be read");
	return yamldoc_fault(reader->source, reader->file,
	    yamldoc_mark_offset(reader, &parser->problem_mark),
	    parser->problem != NULL ? parser->problem : "", reader->diags);
}

static int
yamldoc_next(struct yamldoc_reader *reader, yaml_event_t *event)
{
	if (yaml_parser_parse(&reader->parser, event))
		return 0;
	return yamldoc_syntax_error(reader);
}

static struct yamldoc_node *
yamldoc_node_new(struct yamldoc_reader *reader, enum yamldoc_type type, const yaml_event_t *event)
{
	struct yamldoc_node *node = arena_alloc(reader->arena, sizeof(*node));

	if (node == NULL)
		return NULL;
	node->type = type;
	node->place = yamldoc_mark_place(reader, &event->start_mark);
	node->source = reader->source;
	return node;
}

/* What a node may not carry. */
static void
yamldoc_check_properties(
    struct yamldoc_reader *reader, struct place place, const void *anchor, const void *tag)
{
	if (anchor != NULL)
		diag_add(reader->diags, DIAG_ERROR, place,
		    "write the text again; one that begins with '&' goes between quotes",
		    "anchors ('&%s') are not allowed", (const char *)anchor);
	if (tag != NULL)
		diag_add(reader->diags, DIAG_ERROR, place,
		    "leave it out; a text that begins with '!' goes between quotes",
		    "tags ('%s') are not allowed", (const char *)tag);
}

static enum yamldoc_style
yamldoc_style_of(yaml_scalar_style_t style)
{
	switch (style) {
	case YAML_SINGLE_QUOTED_SCALAR_STYLE:
		return YAMLDOC_SINGLE;
	case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
		return YAMLDOC_DOUBLE;
	case YAML_LITERAL_SCALAR_STYLE:
		return YAMLDOC_LITERAL;
	case YAML_FOLDED_SCALAR_STYLE:
		return YAMLDOC_FOLDED;
	default:
		return YAMLDOC_PLAIN;
	}
}

/* "the ticket #12": all behind the blank is gone. A comment for people has a blank
 * behind its sign, too. */
static void
yamldoc_check_comment(struct yamldoc_reader *reader, size_t end)
{
	struct str text = reader->source->text;
	size_t sign = end, next;

	while (sign < text.n && text.p[sign] == ' ')
		sign++;
	next = sign + 1;
	if (sign == end || next >= text.n || text.p[sign] != '#' ||
	    strchr(" \t\r\n#", text.p[next]) != NULL)
		return;
	while (next < text.n && text.p[next] > ' ')
		next++;
	diag_add(reader->diags, DIAG_WARNING,
	    yamldoc_source_place(reader->source, reader->file, sign, next),
	    "a text with a '#' goes between quotes, all of it; a comment begins with '# '",
	    "from this '#' on the line is a comment");
}

static struct yamldoc_node *
yamldoc_read_scalar(struct yamldoc_reader *reader, const yaml_event_t *event)
{
	struct yamldoc_node *node = yamldoc_node_new(reader, YAMLDOC_SCALAR, event);
	size_t start = yamldoc_next_offset(reader, &event->start_mark);
	size_t end = yamldoc_next_offset(reader, &event->end_mark);
	size_t bad;

	if (node == NULL)
		return NULL;
	node->text = arena_dup(reader->arena,
	    (struct str){(const char *)event->data.scalar.value, event->data.scalar.length});
	if (node->text.p == NULL)
		return NULL;
	node->style = yamldoc_style_of(event->data.scalar.style);
	node->raw = str_part(reader->source->text, start, end);
	if (node->style < YAMLDOC_LITERAL && event->end_mark.line > event->start_mark.line)
		node->place = yamldoc_source_place(reader->source, reader->file, start, end);
	else if (node->style < YAMLDOC_LITERAL && end > start)
		node->place.length =
		    (unsigned)(event->end_mark.column - event->start_mark.column);
	if (node->style == YAMLDOC_PLAIN)
		yamldoc_check_comment(reader, end);
	yamldoc_check_properties(
	    reader, node->place, event->data.scalar.anchor, event->data.scalar.tag);
	/* Those of the file itself were told before the parsing. */
	bad = node->style == YAMLDOC_DOUBLE ? 0 : node->text.n;
	while (bad < node->text.n && yamldoc_source_bad_character(node->text, bad) == 0)
		bad++;
	if (bad < node->text.n)
		diag_add(reader->diags, DIAG_ERROR, yamldoc_place(node, bad, bad + 1), "",
		    "an escaped control character");
	return node;
}

static struct yamldoc_node *yamldoc_read_node(
    struct yamldoc_reader *reader, const yaml_event_t *event);

/* Reads nodes until the event that ends the collection. */
static int
yamldoc_read_children(
    struct yamldoc_reader *reader, yaml_event_type_t end, struct yamldoc_growing *children)
{
	for (;;) {
		struct yamldoc_node *child;
		yaml_event_t event;

		if (yamldoc_next(reader, &event) != 0)
			return -1;
		if (event.type == end) {
			yaml_event_delete(&event);
			return 0;
		}
		child = yamldoc_read_node(reader, &event);
		yaml_event_delete(&event);
		if (child == NULL)
			return -1;
		yamldoc_grow(children, child);
	}
}

static int
yamldoc_compare_keys(const void *a, const void *b)
{
	const struct yamldoc_node *const *left = a, *const *right = b;
	int order = str_cmp((*left)->text, (*right)->text);

	if (order != 0)
		return order;
	if ((*left)->place.line != (*right)->place.line)
		return (*left)->place.line < (*right)->place.line ? -1 : 1;
	return (*left)->place.column < (*right)->place.column ? -1 : 1;
}

/* Every key is there once. */
static void
yamldoc_check_keys(struct yamldoc_reader *reader, const struct yamldoc_node *map)
{
	struct yamldoc_node **keys = mem_array(map->count + 1, sizeof(keys[0]));
	size_t i;

	for (i = 0; i < map->count; i++)
		keys[i] = map->pairs[i].key;
	qsort(keys, map->count, sizeof(keys[0]), yamldoc_compare_keys);
	for (i = 1; i < map->count; i++)
		if (str_eq(keys[i]->text, keys[i - 1]->text))
			diag_add(reader->diags, DIAG_ERROR, keys[i]->place, "",
			    "'%.*s' is given twice; first in line %u, column %u",
			    STR_ARG(keys[i]->text), keys[i - 1]->place.line,
			    keys[i - 1]->place.column);
	free(keys);
}

/* Was "{{link:x}}" meant, which YAML takes for a map in a map? */
static bool
yamldoc_begins_place(const struct yamldoc_reader *reader, const struct yamldoc_node *key,
    struct place *place)
{
	struct str line = yamldoc_source_line(reader->source, key->place.line);
	size_t at = yamldoc_skip(reader,
	    reader->source->lines[key->place.line - 1], key->place.column - 1);

	at -= reader->source->lines[key->place.line - 1];
	*place = (struct place){key->place.file, key->place.line, key->place.column - 1, 2};
	return at > 0 && at < line.n && line.p[at] == '{' && line.p[at - 1] == '{';
}

/* A key is a text, not empty, and no merge. */
static int
yamldoc_check_key(struct yamldoc_reader *reader, const struct yamldoc_node *key)
{
	struct place place;

	if (key->type == YAMLDOC_MAP && yamldoc_begins_place(reader, key, &place))
		return diag_add(reader->diags, DIAG_ERROR, place,
		    "put the whole text between double quotes",
		    "a text that begins with '{{' needs quotes");
	if (key->type != YAMLDOC_SCALAR)
		return diag_add(reader->diags, DIAG_ERROR, key->place,
		    "a text that begins with '{' or '[' goes between quotes, all of it",
		    "a key must be a text, not a %s",
		    key->type == YAMLDOC_MAP ? "map" : "list");
	if (key->style == YAMLDOC_PLAIN && str_is(key->text, "<<"))
		return diag_add(reader->diags, DIAG_ERROR, key->place, "write the keys out",
		    "merge keys ('<<') are not allowed");
	if (key->text.n == 0)
		return diag_add(reader->diags, DIAG_ERROR, key->place, "", "an empty key");
	return 0;
}

/* Children come as key, value, key, value … */
static int
yamldoc_take_pairs(struct yamldoc_reader *reader, struct yamldoc_node *map,
    const struct yamldoc_growing *children)
{
	size_t i;

	map->pairs = arena_array(reader->arena, children->count / 2 + 1, sizeof(map->pairs[0]));
	if (map->pairs == NULL)
		return -1;
	for (i = 0; i + 1 < children->count; i += 2) {
		struct yamldoc_node *key = children->nodes[i];

		if (yamldoc_check_key(reader, key) == 0)
			map->pairs[map->count++] =
			    (struct yamldoc_pair){key, children->nodes[i + 1]};
	}
	yamldoc_check_keys(reader, map);
	return 0;
}

static int
yamldoc_take_items(struct yamldoc_reader *reader, struct yamldoc_node *list,
    const struct yamldoc_growing *children)
{
	list->items =
	    arena_array(reader->arena, children->count + 1, sizeof(list->items[0]));
	if (list->items == NULL)
		return -1;
	if (children->count > 0)
		memcpy(list->items, children->nodes,
		    children->count * sizeof(children->nodes[0]));
	list->count = children->count;
	return 0;
}

static struct yamldoc_node *
yamldoc_read_collection(struct yamldoc_reader *reader, const yaml_event_t *event)
{
	bool map = event->type == YAML_MAPPING_START_EVENT;
	enum yamldoc_type type = map ? YAMLDOC_MAP : YAMLDOC_LIST;
	struct yamldoc_node *node = yamldoc_node_new(reader, type, event);
	struct yamldoc_growing children = {NULL, 0, 0};
	int result;

	if (node == NULL)
		return NULL;
	if (map)
		yamldoc_check_properties(reader, node->place, event->data.mapping_start.anchor,
		    event->data.mapping_start.tag);
	else
		yamldoc_check_properties(reader, node->place, event->data.sequence_start.anchor,
		    event->data.sequence_start.tag);
	if (reader->depth >= YAMLDOC_DEPTH) {
		diag_add(reader->diags, DIAG_ERROR, node->place, "",
		    "nested deeper than %d levels", YAMLDOC_DEPTH);
		return NULL;
	}
	reader->depth++;
	result = yamldoc_read_children(
	    reader, map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT, &children);
	reader->depth--;
	if (result == 0)
		result = map ? yamldoc_take_pairs(reader, node, &children)
			     : yamldoc_take_items(reader, node, &children);
	free(children.nodes);
	return result == 0 ? node : NULL;
}

static struct yamldoc_node *
yamldoc_read_node(struct yamldoc_reader *reader, const yaml_event_t *event)
{
	struct yamldoc_node *node;

	if (event->type == YAML_SCALAR_EVENT)
		return yamldoc_read_scalar(reader, event);
	if (event->type != YAML_ALIAS_EVENT)
		return yamldoc_read_collection(reader, event);
	node = yamldoc_node_new(reader, YAMLDOC_SCALAR, event);
	if (node == NULL)
		return NULL;
	node->text = STR("*"); /* not empty: one fault is enough */
	diag_add(reader->diags, DIAG_ERROR, node->place,
	    "write the text again; one that begins with '*' goes between quotes",
	    "aliases ('*%s') are not allowed", (const char *)event->data.alias.anchor);
	return node;
}

/* The document's start has been seen. */
static struct yamldoc_node *
yamldoc_read_document(struct yamldoc_reader *reader, const yaml_event_t *start)
{
	struct yamldoc_node *root;
	yaml_event_t event;

	if (start->data.document_start.version_directive != NULL ||
	    start->data.document_start.tag_directives.start !=
		start->data.document_start.tag_directives.end)
		diag_add(reader->diags, DIAG_ERROR, yamldoc_mark_place(reader, &start->start_mark),
		    "leave it out", "directives ('%%') are not allowed");
	if (yamldoc_next(reader, &event) != 0)
		return NULL;
	root = yamldoc_read_node(reader, &event);
	yaml_event_delete(&event);
	if (root == NULL || yamldoc_next(reader, &event) != 0)
		return NULL;
	yaml_event_delete(&event); /* the document's end */
	if (yamldoc_next(reader, &event) != 0)
		return NULL;
	if (event.type != YAML_STREAM_END_EVENT)
		diag_add(reader->diags, DIAG_ERROR, yamldoc_mark_place(reader, &event.start_mark),
		    "put it into a file of its own", "a second document in one file");
	yaml_event_delete(&event);
	return root;
}

static struct yamldoc_node *
yamldoc_read_stream(struct yamldoc_reader *reader)
{
	struct yamldoc_node *root = NULL;
	yaml_event_t event;

	if (yamldoc_next(reader, &event) != 0)
		return NULL;
	yaml_event_delete(&event); /* the stream's start */
	if (yamldoc_next(reader, &event) != 0)
		return NULL;
	if (event.type == YAML_STREAM_END_EVENT)
		root = yamldoc_node_new(reader, YAMLDOC_MAP, &event);
	else
		root = yamldoc_read_document(reader, &event);
	yaml_event_delete(&event);
	return root;
}

struct yamldoc_node *
yamldoc_parse(struct arena *arena, struct diag_list *diags, const char *file, struct str text)
{
	struct yamldoc_reader reader = {.arena = arena, .diags = diags, .file = file};
	struct yamldoc_node *root;

	reader.source = yamldoc_source_new(arena, text);
	if (reader.source == NULL || yamldoc_source_check(reader.source, file, diags) != 0)
		return NULL;
	if (!yaml_parser_initialize(&reader.parser))
		return NULL;
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser,
	    (const unsigned char *)reader.source->text.p, reader.source->text.n);
	root = yamldoc_read_stream(&reader);
	yaml_parser_delete(&reader.parser);
	return root;
}

struct yamldoc_node *
yamldoc_get(const struct yamldoc_node *map, const char *key)
{
	size_t i;

	if (map == NULL || map->type != YAMLDOC_MAP)
		return NULL;
	for (i = 0; i < map->count; i++)
		if (str_is(map->pairs[i].key->text, key))
			return map->pairs[i].value;
	return NULL;
}
