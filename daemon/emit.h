/* SPDX-License-Identifier: MIT */
/*
 * emit: writing YAML in one fixed spelling, of the subset that yamldoc reads.
 * depth counts levels of two spaces. Texts are valid UTF-8 without control
 * characters but newline and tab, which is what yamldoc gives.
 */
#ifndef EMIT_H
#define EMIT_H

#include <stdint.h>

#include "str.h"

void emit_indent(struct strbuf *out, int depth);
void emit_start(struct strbuf *out, int depth, const char *key); /* "key:", no newline */
void emit_name(struct strbuf *out, int depth, struct str name);  /* "name:", newline */
/* Nothing when the text is absent. */
void emit_text(struct strbuf *out, int depth, const char *key, struct str text);
void emit_item(struct strbuf *out, int depth, struct str text); /* "- text", newline */
void emit_number(struct strbuf *out, int depth, const char *key, double number);
void emit_integer(struct strbuf *out, int depth, const char *key, int64_t number);
void emit_list(
    struct strbuf *out, int depth, const char *key, const struct str *items, size_t count);

#endif
