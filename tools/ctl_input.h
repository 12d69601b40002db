/* SPDX-License-Identifier: MIT */
/*
 * ctl_input: tickets as JSON Lines, one after the other. A line that is not a
 * ticket is an item with an error, never the end of the work; its memory has
 * a ceiling whatever its length.
 */
#ifndef CTL_INPUT_H
#define CTL_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "ctl_ticket.h"
#include "err.h"
#include "json.h"

/* One that is not read yet. */
struct ctl_line {
	size_t number; /* from 1 */
	struct str text;
	bool too_long; /* over CTL_TICKET_LINE_BYTES; the text is absent */
};

struct ctl_item {
	size_t line; /* its number */
	bool valid;  /* else content.errors says why */
	struct ctl_ticket content;
	struct json_t *object; /* the line; content.expect is in it */
};

struct ctl_input;
struct ctl_input *ctl_input_new(int fd);
void ctl_input_free(struct ctl_input *input);
/* The next line: 1, and everything of the item lives in the arena or until
 * ctl_item_clear(); 0 at the end; -1 with err when reading fails. */
int ctl_input_next(
    struct ctl_input *input, struct arena *arena, struct ctl_item *item, struct err *err);
/* The same in two steps, of which the second may be another thread's. The text of the
 * line lives until the next call. */
int ctl_input_line(struct ctl_input *input, struct ctl_line *line, struct err *err);
void ctl_item_read(const struct ctl_line *line, struct arena *arena, struct ctl_item *item);
/* More is already here: the next call will not wait. */
bool ctl_input_more(const struct ctl_input *input);
/* Lines of a file that can be read twice, from where it stands; else 0. */
size_t ctl_input_count(int fd);
void ctl_item_clear(struct ctl_item *item);

/* Marks the item as not valid for one more reason. */
void ctl_item_fail(struct ctl_item *item, struct arena *arena, const char *path,
    const char *code, const char *message);
/* {"id":…|null,"error":{"line","path","code","message"}}: the first fault. */
void ctl_item_error_json(const struct ctl_item *item, struct json *json);
/* "line 7: ticket.body: at most …", for people. */
void ctl_item_complain(const struct ctl_item *item, const char *command);

#endif
