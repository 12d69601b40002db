/* SPDX-License-Identifier: MIT */
/*
 * yamldoc: a YAML file as a tree in which every node keeps its place. yamldoc.c
 * is the only user of libyaml. A strict subset: one document, no anchors, aliases,
 * tags, directives or merge keys, depth at most 16, file at most 16 MiB, valid
 * UTF-8 without control characters, every mapping key a plain scalar and
 * unique. Scalars stay text: our readers give them types, so "no" is the word
 * no.
 */
#ifndef YAMLDOC_H
#define YAMLDOC_H

#include "arena.h"
#include "diag.h"
#include "str.h"

#define YAMLDOC_DEPTH 16
#define YAMLDOC_FILE_BYTES (16u << 20) /* a print of large rules is one file */

/* How a scalar is written. */
enum yamldoc_style {
	YAMLDOC_PLAIN,
	YAMLDOC_SINGLE,
	YAMLDOC_DOUBLE,
	YAMLDOC_LITERAL,
	YAMLDOC_FOLDED
};
enum yamldoc_type { YAMLDOC_SCALAR, YAMLDOC_LIST, YAMLDOC_MAP };

/* The text that a tree was read from, with the start of each line. */
struct yamldoc_source {
	struct str text;
	const size_t *lines;
	size_t line_count;
};

struct yamldoc_node {
	enum yamldoc_type type;
	struct place place;
	struct str text; /* SCALAR: the value, terminated */
	enum yamldoc_style style;
	struct str raw;  /* SCALAR: as it stands in the file, with its quotes */
	const struct yamldoc_source *source;
	struct yamldoc_pair *pairs;  /* MAP */
	struct yamldoc_node **items; /* LIST */
	size_t count;
};

struct yamldoc_pair {
	struct yamldoc_node *key; /* always YAMLDOC_SCALAR */
	struct yamldoc_node *value;
};

/* Parses one file's text; every fault goes to diags. NULL when there is no
 * tree to go on with (syntax); an empty file is an empty map. Nodes live in
 * the arena. file: as returned by diag_source. */
struct yamldoc_node *yamldoc_parse(
    struct arena *arena, struct diag_list *diags, const char *file, struct str text);
/* The value of a key, or NULL. */
struct yamldoc_node *yamldoc_get(const struct yamldoc_node *map, const char *key);
/* The place of the bytes start..end of a scalar's value; the scalar's own
 * place where they do not stand in the file one by one (folded lines). */
struct place yamldoc_place(const struct yamldoc_node *node, size_t start, size_t end);

#endif
