/* SPDX-License-Identifier: MIT */
#include "ctl_input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "ctl_command.h"
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
	strbuf_init(&input->line, CTL_TICKET_LINE_BYTES);
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
ctl_item_fail(struct ctl_item *item, struct arena *arena, const char *path, const char *code,
    const char *message)
{
	struct ctl_ticket *content = &item->content;

	item->valid = false;
	if (content->error_count == sizeof(content->errors) / sizeof(content->errors[0]))
		return;
	content->errors[content->error_count++] = (struct wire_error){
		.path = arena_dup(arena, str_of(path)),
		.code = arena_dup(arena, str_of(code)),
		.message = arena_dup(arena, str_of(message)),
	};
}

void
ctl_item_read(const struct ctl_line *line, struct arena *arena, struct ctl_item *item)
{
	int got;

	*item = (struct ctl_item){.line = line->number};
	if (line->too_long) {
		ctl_item_fail(item, arena, "", "too_large", "a line has at most 4 MiB");
		return;
	}
	if (str_trim(line->text).n == 0) {
		ctl_item_fail(item, arena, "", "empty_line", "the line is empty");
		return;
	}
	got = ctl_ticket_parse(arena, line->text, &item->content, &item->object);
	if (got == 0)
		got = ctl_ticket_read(arena, item->object, &item->content);
	item->valid = got == 0;
	if (got < 0)
		ctl_item_fail(item, arena, "", "too_large", "needs too much memory");
}

int
ctl_input_line(struct ctl_input *input, struct ctl_line *line, struct err *err)
{
	*line = (struct ctl_line){.number = ++input->count};
	if (input_line(input) == 0 || input->failure != 0)
		return input->failure != 0
		           ? err_set(err, "cannot read: %s", strerror(input->failure))
		           : 0;
	line->too_long = input->line.overflow;
	if (line->too_long)
		return 1;
	line->text = strbuf_str(&input->line);
	if (input->count == 1 && str_starts(line->text, "\xEF\xBB\xBF"))
		line->text = str_part(line->text, 3, line->text.n);
	return 1;
}

int
ctl_input_next(
    struct ctl_input *input, struct arena *arena, struct ctl_item *item, struct err *err)
{
	struct ctl_line line;
	int got = ctl_input_line(input, &line, err);

	*item = (struct ctl_item){.line = line.number};
	if (got > 0)
		ctl_item_read(&line, arena, item);
	return got;
}

bool
ctl_input_more(const struct ctl_input *input)
{
	return input->start < input->end;
}

size_t
ctl_input_count(int fd)
{
	static const size_t size = 65536;
	struct stat stat;
	char *chunk;
	size_t lines = 0;
	off_t at = lseek(fd, 0, SEEK_CUR);
	ssize_t n;

	if (at < 0 || fstat(fd, &stat) < 0 || !S_ISREG(stat.st_mode))
		return 0;
	chunk = mem_alloc(size);
	for (off_t i = at; (n = pread(fd, chunk, size, i)) > 0; i += n)
		for (ssize_t j = 0; j < n; j++)
			lines += chunk[j] == '\n';
	free(chunk);
	return lines;
}

void
ctl_item_clear(struct ctl_item *item)
{
	json_decref(item->object);
	item->object = NULL;
}

/* The first fault; there is always one when the item is not valid. */
static struct wire_error
item_error(const struct ctl_item *item)
{
	if (item->content.error_count > 0)
		return item->content.errors[0];
	return (struct wire_error){STR(""), STR("invalid"), STR("not a ticket")};
}

void
ctl_item_error_json(const struct ctl_item *item, struct json *json)
{
	struct wire_error error = item_error(item);

	json_open(json, '{');
	json_key(json, "id");
	json_str(json, item->content.id);
	json_key(json, "error");
	json_open(json, '{');
	json_key(json, "line");
	json_int(json, (int64_t)item->line);
	json_key(json, "path");
	json_str(json, error.path);
	json_key(json, "code");
	json_str(json, error.code);
	json_key(json, "message");
	json_str(json, error.message);
	json_close(json, '}');
	json_close(json, '}');
}

void
ctl_item_complain(const struct ctl_item *item, const char *command)
{
	struct wire_error error = item_error(item);

	ctl_complain("%s: line %zu: %.*s%s%.*s", command, item->line, STR_ARG(error.path),
	    error.path.n > 0 ? ": " : "", STR_ARG(error.message));
}
