/* SPDX-License-Identifier: MIT */
/*
 * ctl_text: text for people on a terminal. What a visitor wrote is never
 * printed raw: bytes that steer a terminal or turn the direction of writing
 * are shown as escapes.
 */
#ifndef CTL_TEXT_H
#define CTL_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "str.h"

/* Appends text with what must not be shown as \xNN (strbuf_put_shown).
 * lines: '\n' stays. */
void ctl_text_safe(struct strbuf *out, struct str text, bool lines);
/* The same on one line: white space becomes one space; cut with "…" to at
 * most so many code points. */
void ctl_text_line(struct strbuf *out, struct str text, size_t points);
/* "45 s", "12 min", "3 h 05 min", "2 days 4 h". */
void ctl_text_age(struct strbuf *out, int64_t seconds);
/* Colours: only on a terminal that is not dumb, and without NO_COLOR. */
bool ctl_text_colour(FILE *stream);
/* Writes and clears. */
void ctl_text_flush(struct strbuf *out, FILE *stream);

/* A table with columns as wide as their widest cell. */
struct ctl_table;
/* align: one character a column, '<' or '>'. */
struct ctl_table *ctl_table_new(const char *align);
void ctl_table_free(struct ctl_table *table);
/* Adds the next cell, row by row; neutralized. */
void ctl_table_cell(struct ctl_table *table, struct str text);
void ctl_table_text(struct ctl_table *table, const char *text);
void ctl_table_number(struct ctl_table *table, int64_t number);
void ctl_table_line(struct ctl_table *table); /* a rule across */
void ctl_table_print(const struct ctl_table *table, struct strbuf *out, const char *indent);

#endif
