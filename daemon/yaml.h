/* SPDX-License-Identifier: MIT */
/*
 * yaml: a YAML file as a tree in which every node keeps its place. The only
 * user of libyaml. A strict subset: one document, no anchors, aliases, tags
 * or merge keys, depth at most 16, file at most 1 MiB, every mapping key a
 * plain scalar and unique. Scalars stay text: our readers give them types,
 * so "no" is the word no.
 */
#ifndef YAML_H
#define YAML_H

#include "arena.h"
#include "diag.h"
#include "str.h"

enum yaml_type { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
	enum yaml_type type;
	struct place place;
	struct str text;    /* SCALAR: the value, terminated */
	/* SCALAR: the column of the value's first byte when its bytes stand in the
	 * file as they are (plain, or quoted without escapes, on one line), so that
	 * an offset into the value is a column; else 0. */
	unsigned content_column;
	struct yaml_pair *pairs; /* MAP */
	struct yaml_node **items; /* LIST */
	size_t count;
};

struct yaml_pair {
	struct yaml_node *key; /* always YAML_SCALAR */
	struct yaml_node *value;
};

/* Parses one file's text; every fault goes to diags. NULL when there is no
 * tree to go on with (syntax); an empty file is an empty map. Nodes live in
 * the arena. file: as returned by diag_source. */
struct yaml_node *yaml_parse(
    struct arena *arena, struct diag_list *diags, const char *file, struct str text);
/* The value of a key, or NULL. */
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

#endif
