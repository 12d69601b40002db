/* SPDX-License-Identifier: MIT */
/*
 * letter_html: the text of a mail written in HTML, as lines. What is quoted in it
 * (<blockquote>) becomes lines that begin with "> ". Only tags that HTML knows are
 * taken for tags: "<name@example.org>" and "a < b" are text.
 */
#ifndef LETTER_HTML_H
#define LETTER_HTML_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "str.h"

/* Does it look like HTML: begins with a tag, holds two, or an entity? */
bool letter_html_is(struct str text);

struct letter_html {
	char *text;       /* valid UTF-8 if the source is */
	uint32_t *origin; /* of each byte: where it came from in the source, rising */
	size_t n, room;
};

/* 0, or -1 when the arena is full. */
int letter_html_read(struct arena *arena, struct str source, struct letter_html *html);

/* Bytes of the source, at "at", that became one piece of text: an entity's, one
 * code point's, or 0 for what was put in instead of a tag. */
size_t letter_html_piece(struct str source, size_t at);

#endif
