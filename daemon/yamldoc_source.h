/* SPDX-License-Identifier: MIT */
/*
 * yamldoc_source: a file's text with its lines, for yamldoc*.c only. Bytes that
 * have no business in a rules file are found here, before libyaml sees them:
 * what it takes for a line's end beside '\n' would make lines uncountable.
 */
#ifndef YAMLDOC_SOURCE_H
#define YAMLDOC_SOURCE_H

#include "yamldoc.h"

struct yamldoc_source *yamldoc_source_new(struct arena *arena, struct str text);
/* Size, UTF-8 and control characters; 0 or -1. */
int yamldoc_source_check(
    const struct yamldoc_source *source, const char *file, struct diag_list *diags);
/* The place of bytes start..end, cut at the end of the line where they begin. */
struct place yamldoc_source_place(
    const struct yamldoc_source *source, const char *file, size_t start, size_t end);
/* Bytes of the character at i if it is one of the unwanted, else 0. */
size_t yamldoc_source_bad_character(struct str text, size_t i);
/* A line (from 1) without its end. */
struct str yamldoc_source_line(const struct yamldoc_source *source, size_t line);

#endif
