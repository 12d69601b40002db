/* SPDX-License-Identifier: MIT */
#include "ctl_input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_jansson.h"
#include "ctl_ticket.h"
#include "json.h"
#include "mem.h"

struct ctl_input {
	int fd;
	int failure; /* errno of a read that failed */
	struct strbuf line;
	size_t count;
	size_t start, end; /* of what is left in the chunk */
	char chunk[65536];
};

struct ctl_input *
ctl_input_new(int fd)
{
	struct ctl_input *input = mem_alloc(sizeof(*input));

	input->fd = fd;
	strbuf_init(&input->line, CTL_INPUT_LINE);
	return input;
}

void
ctl_input_free(struct ctl_input *input)
{
	if (input == NULL)
		return;
	strbuf_fini(&input->line);
	free(input);
}

/* Fills the chunk; read(2), so that one line in a pipe is seen at once. */
static bool
input_fill(struct ctl_input *input)
{
	ssize_t n;

	do
		n = read(input->fd, input->chunk, sizeof(input->chunk));
	while (n < 0 && errno == EINTR);
	input->failure = n < 0 ? errno : 0;
	input->start = 0;
	input->end = n > 0 ? (size_t)n : 0;
	return n > 0;
}

/* Reads up to a newline or the end. 1 a line, 0 the end. A line over the
 * ceiling is read to its end and leaves only the overflow mark. */
static int
input_line(struct ctl_input *input)
{
	bool any = false;

	strbuf_clear(&input->line);
	for (;;) {
		const char *newline;
		struct str rest;

		if (input->start == input->end && !input_fill(input))
			return any;
		any = true;
		rest = (struct str){input->chunk + input->start, input->end - input->start};
		newline = memchr(rest.p, '\n', rest.n);
		if (newline != NULL)
			rest.n = (size_t)(newline - rest.p);
		strbuf_put(&input->line, rest);
		input->start += rest.n + (newline != NULL);
		if (newline != NULL)
			return 1;
	}
}

void
ctl_item_fail(struct ctl_item *item, const char *path, const char *code, const char *message)
{
	item->valid = false;
	snprintf(item->path, sizeof(item->path), "%s", path);
	snprintf(item->code, sizeof(item->code), "%s", code);
	err_set(&item->err, "%s", message);
}

static void
item_fail_json(struct ctl_item *item, const json_error_t *error)
{
	char message[512];

	/* jansson quotes the text near the fault; that may be a visitor's. */
	snprintf(message, sizeof(message), "no JSON (column %d): %.*s", error->column,
	    (int)strcspn(error->text, "'"), error->text);
	ctl_item_fail(item, "", "not_json", message);
}

static void
item_read(struct arena *arena, struct str line, struct ctl_item *item)
{
	json_error_t error;
	const json_t *id;

	item->root = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, &error);
	if (item->root == NULL) {
		item_fail_json(item, &error);
		return;
	}
	if (!json_is_object(item->root)) {
		ctl_item_clear(item);
		ctl_item_fail(item, "", "not_an_object", "a line is one JSON object");
		return;
	}
	id = json_object_get(item->root, "id");
	if (json_is_string(id))
		item->id = arena_dup(
		    arena, (struct str){json_string_value(id), json_string_length(id)});
	item->valid = true;
	ctl_ticket_item(arena, item);
}

int
ctl_input_next(
    struct ctl_input *input, struct arena *arena, struct ctl_item *item, struct err *err)
{
	struct str line;

	*item = (struct ctl_item){.line = ++input->count};
	if (input_line(input) == 0 || input->failure != 0)
		return input->failure != 0
		           ? err_set(err, "cannot read: %s", strerror(input->failure))
		           : 0;
	if (input->line.overflow) {
		ctl_item_fail(item, "", "too_long", "a line has at most 1 MiB");
		return 1;
	}
	line = strbuf_str(&input->line);
	if (input->count == 1 && str_starts(line, "\xEF\xBB\xBF"))
		line = str_part(line, 3, line.n);
	if (str_trim(line).n == 0)
		ctl_item_fail(item, "", "not_json", "an empty line");
	else
		item_read(arena, line, item);
	return 1;
}

bool
ctl_input_more(const struct ctl_input *input)
{
	return input->start < input->end;
}

void
ctl_item_clear(struct ctl_item *item)
{
	json_decref(item->root);
	item->root = NULL;
}

void
ctl_item_error_json(const struct ctl_item *item, struct json *json)
{
	json_open(json, '{');
	json_key(json, "id");
	json_str(json, item->id);
	json_key(json, "error");
	json_open(json, '{');
	json_key(json, "line");
	json_int(json, (int64_t)item->line);
	json_key(json, "path");
	json_text(json, item->path);
	json_key(json, "code");
	json_text(json, item->code);
	json_key(json, "message");
	json_text(json, item->err.text);
	json_close(json, '}');
	json_close(json, '}');
}
