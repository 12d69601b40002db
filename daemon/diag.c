/* SPDX-License-Identifier: MIT */
#include "diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "diag_line.h"
#include "json.h"
#include "mem.h"

struct diag {
	enum diag_severity severity;
	struct place place;
	size_t number; /* in the order of arrival */
	char *message;
	char *hint; /* NULL when there is none */
};

struct diag_file {
	struct diag_file *next;
	char *name;
	char *text;
	size_t n;
};

struct diag_list {
	struct diag_file *files;
	struct diag *items;
	size_t count, room;
	size_t limit; /* of each severity; 0 = none */
	size_t total[2]; /* by severity, with those not kept */
};

struct diag_list *
diag_list_new(size_t limit)
{
	struct diag_list *list = mem_alloc(sizeof(*list));

	list->limit = limit;
	return list;
}

void
diag_list_free(struct diag_list *list)
{
	struct diag_file *file, *next;
	size_t i;

	if (list == NULL)
		return;
	for (file = list->files; file != NULL; file = next) {
		next = file->next;
		free(file->name);
		free(file->text);
		free(file);
	}
	for (i = 0; i < list->count; i++) {
		free(list->items[i].message);
		free(list->items[i].hint);
	}
	free(list->items);
	free(list);
}

const char *
diag_source(struct diag_list *list, const char *name, struct str text)
{
	struct diag_file *file = mem_alloc(sizeof(*file));

	file->name = mem_strdup(name);
	file->text = mem_alloc(text.n + 1);
	if (text.n > 0)
		memcpy(file->text, text.p, text.n);
	file->n = text.n;
	file->next = list->files;
	list->files = file;
	return file->name;
}

/* Two categories may share a part of a file; its faults are told once. */
static bool
diag_known(const struct diag_list *list, struct place place, struct str message)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct diag *item = &list->items[i];

		if (item->place.file == place.file && item->place.line == place.line &&
		    item->place.column == place.column && str_is(message, item->message))
			return true;
	}
	return false;
}

int
diag_add(struct diag_list *list, enum diag_severity severity, struct place place,
    const char *hint, const char *format, ...)
{
	struct diag *diag;
	struct strbuf message;
	va_list arguments;

	strbuf_init(&message, 0);
	va_start(arguments, format);
	strbuf_vprintf(&message, format, arguments);
	va_end(arguments);
	if (diag_known(list, place, strbuf_str(&message))) {
		strbuf_fini(&message);
		return -1;
	}
	list->total[severity]++;
	if (list->limit != 0 && list->total[severity] > list->limit) {
		strbuf_fini(&message);
		return -1;
	}
	if (list->count == list->room) {
		list->room = list->room > 0 ? list->room * 2 : 16;
		list->items = mem_resize(list->items, list->room, sizeof(*list->items));
	}
	diag = &list->items[list->count];
	*diag = (struct diag){.severity = severity, .place = place, .number = list->count};
	diag->message = strbuf_take(&message);
	diag->hint = hint != NULL && hint[0] != '\0' ? mem_strdup(hint) : NULL;
	list->count++;
	return -1;
}

size_t
diag_errors(const struct diag_list *list)
{
	return list->total[DIAG_ERROR];
}

size_t
diag_warnings(const struct diag_list *list)
{
	return list->total[DIAG_WARNING];
}

static int
diag_compare(const void *left, const void *right)
{
	const struct diag *a = left, *b = right;
	int order = strcmp(a->place.file != NULL ? a->place.file : "",
	    b->place.file != NULL ? b->place.file : "");

	if (order != 0)
		return order;
	if (a->place.line != b->place.line)
		return a->place.line < b->place.line ? -1 : 1;
	if (a->place.column != b->place.column)
		return a->place.column < b->place.column ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

static void
diag_sort(struct diag_list *list)
{
	if (list->count > 1)
		qsort(list->items, list->count, sizeof(*list->items), diag_compare);
}

static size_t
diag_left_out(const struct diag_list *list)
{
	return list->total[DIAG_ERROR] + list->total[DIAG_WARNING] - list->count;
}

/* The text of a file as given, absent when it was not. */
static struct str
diag_text(const struct diag_list *list, const char *name)
{
	const struct diag_file *file;

	for (file = list->files; file != NULL; file = file->next)
		if (file->name == name || (name != NULL && strcmp(file->name, name) == 0))
			return (struct str){file->text, file->n};
	return (struct str){NULL, 0};
}

/* "file:line:column: ", as far as known. */
static void
diag_print_place(const struct place *place, struct strbuf *out)
{
	if (place->file == NULL)
		return;
	strbuf_put_shown(out, str_of(place->file));
	if (place->line > 0)
		strbuf_printf(out, ":%u", place->line);
	if (place->line > 0 && place->column > 0)
		strbuf_printf(out, ":%u", place->column);
	strbuf_puts(out, ": ");
}

static void
diag_print_one(const struct diag_list *list, const struct diag *diag, struct strbuf *out,
    bool colour)
{
	const char *bold = colour ? "\x1b[1m" : "", *plain = colour ? "\x1b[0m" : "";
	const char *red = colour ? "\x1b[1;31m" : "", *yellow = colour ? "\x1b[1;33m" : "";

	strbuf_puts(out, bold);
	diag_print_place(&diag->place, out);
	strbuf_printf(out, "%s%s%s: ", plain, diag->severity == DIAG_ERROR ? red : yellow,
	    diag->severity == DIAG_ERROR ? "error" : "warning");
	strbuf_puts(out, plain);
	strbuf_put_shown(out, str_of(diag->message));
	strbuf_putc(out, '\n');
	diag_line_print(diag_text(list, diag->place.file), &diag->place, out, colour);
	if (diag->hint != NULL) {
		strbuf_puts(out, "hint: ");
		strbuf_put_shown(out, str_of(diag->hint));
		strbuf_putc(out, '\n');
	}
}

void
diag_print(struct diag_list *list, struct strbuf *out, bool colour)
{
	size_t i;

	diag_sort(list);
	for (i = 0; i < list->count; i++)
		diag_print_one(list, &list->items[i], out, colour);
	if (diag_left_out(list) > 0)
		strbuf_printf(out, "… and %zu more\n", diag_left_out(list));
}

void
diag_print_brief(struct diag_list *list, size_t most, struct strbuf *out)
{
	size_t i;

	diag_sort(list);
	for (i = 0; i < list->count && most > 0; i++) {
		const struct diag *diag = &list->items[i];

		if (diag->severity != DIAG_ERROR)
			continue;
		diag_print_place(&diag->place, out);
		strbuf_put_shown(out, str_of(diag->message));
		strbuf_putc(out, '\n');
		most--;
	}
}

static void
diag_json_shown(struct json *json, const char *text)
{
	struct strbuf shown;

	if (text == NULL) {
		json_none(json);
		return;
	}
	strbuf_init(&shown, 0);
	strbuf_put_shown(&shown, str_of(text));
	json_str(json, strbuf_str(&shown));
	strbuf_fini(&shown);
}

void
diag_print_json(struct diag_list *list, struct strbuf *out)
{
	struct json json;
	size_t i;

	diag_sort(list);
	json_init(&json, out);
	json_open(&json, '[');
	for (i = 0; i < list->count; i++) {
		const struct diag *diag = &list->items[i];

		json_open(&json, '{');
		json_key(&json, "file");
		diag_json_shown(&json, diag->place.file);
		json_key(&json, "line");
		json_int(&json, diag->place.line);
		json_key(&json, "column");
		json_int(&json, diag->place.column);
		json_key(&json, "severity");
		json_text(&json, diag->severity == DIAG_ERROR ? "error" : "warning");
		json_key(&json, "message");
		diag_json_shown(&json, diag->message);
		json_key(&json, "hint");
		diag_json_shown(&json, diag->hint);
		json_close(&json, '}');
	}
	json_close(&json, ']');
}
