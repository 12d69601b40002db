/* SPDX-License-Identifier: MIT */
#include "option_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "suggest.h"

#define FILE_BYTES ((size_t)1 << 20)

/* A program has one of these names. */
static const char *const sections[] = {"triaged", "triage-mail", "triagectl"};
#define SECTION_COUNT (sizeof(sections) / sizeof(sections[0]))
#define SECTION_HINT "one of: [triaged], [triage-mail], [triagectl]"

struct option_file {
	const struct option_row *rows;
	size_t count;
	void *target;
	const char *section; /* ours */
	const char *name;    /* of the file */
	struct diag_list *diags;
	const char *current; /* NULL before the first section, "" in an unknown one */
	struct option_places *places;
	struct str line;
	unsigned number; /* of the line */
};

/* A part of the present line. */
static struct place
file_place(const struct option_file *file, struct str part)
{
	size_t before = (size_t)(part.p - file->line.p), length = utf8_count(part);

	return (struct place){file->name, file->number,
	    (unsigned)utf8_count(str_part(file->line, 0, before)) + 1,
	    length > 0 ? (unsigned)length : 1};
}

static int
file_section(struct option_file *file, struct str text)
{
	char hint[128];
	struct str name;
	size_t i;

	file->current = "";
	if (text.p[text.n - 1] != ']')
		return diag_add(file->diags, DIAG_ERROR, file_place(file, text),
		    "as in [triaged]", "a section ends with ']'");
	name = str_trim(str_part(text, 1, text.n - 1));
	for (i = 0; i < SECTION_COUNT; i++) {
		if (!str_is(name, sections[i]))
			continue;
		file->current = sections[i];
		if (strcmp(file->current, file->section) == 0)
			file->places->section = file_place(file, text);
		return 0;
	}
	suggest_hint(name, sections, SECTION_COUNT, hint, sizeof(hint));
	return diag_add(file->diags, DIAG_ERROR, file_place(file, text),
	    hint[0] != '\0' ? hint : SECTION_HINT, "unknown section [%.*s]", STR_ARG(name));
}

static int
file_unknown(const struct option_file *file, struct str name)
{
	char shown[OPTION_ROWS][OPTION_NAME], hint[256];
	const char *names[OPTION_ROWS];
	size_t i, known = 0;

	for (i = 0; i < file->count && known < OPTION_ROWS; i++)
		if (!file->rows[i].command_only) {
			names[known] = option_shown(&file->rows[i], shown[known]);
			known++;
		}
	return diag_add(file->diags, DIAG_ERROR, file_place(file, name),
	    suggest_hint(name, names, known, hint, sizeof(hint)),
	    "unknown setting '%.*s' in [%s]", STR_ARG(name), file->section);
}

static const char *
file_value_hint(struct str value)
{
	if (memchr(value.p, '#', value.n) != NULL)
		return "a comment has its line to itself";
	return NULL;
}

static int
file_value(const struct option_file *file, const struct option_row *row, struct str value)
{
	bool text = option_is_text(row);
	char quote = value.n > 1 ? value.p[0] : '\0';
	struct err err;

	if ((quote == '"' || quote == '\'') && value.p[value.n - 1] == quote)
		return diag_add(file->diags, DIAG_ERROR, file_place(file, value),
		    "leave the quotes away", "a value is written without quotes");
	/* As in the example: nothing, where nothing is the default. */
	if (value.n == 0 && text && row->initial == NULL)
		return 0;
	if (option_set_value(row, file->target, value, &err) < 0)
		return diag_add(file->diags, DIAG_ERROR, file_place(file, value),
		    file_value_hint(value), "%s", err.text);
	return 0;
}

static int
file_setting(struct option_file *file, struct str name, struct str value)
{
	const struct option_row *row = option_find(file->rows, file->count, name);
	struct place *set;

	if (row == NULL)
		return file_unknown(file, name);
	if (row->command_only)
		return diag_add(file->diags, DIAG_ERROR, file_place(file, name), NULL,
		    "'%.*s' is for the command line only", STR_ARG(name));
	set = &file->places->row[row - file->rows];
	if (set->line != 0)
		return diag_add(file->diags, DIAG_ERROR, file_place(file, name), NULL,
		    "'%.*s' is set a second time; first in line %u", STR_ARG(name), set->line);
	*set = file_place(file, value);
	return file_value(file, row, value);
}

static int
file_line(struct option_file *file)
{
	struct str text = str_trim(file->line), name, value;
	const char *equals;
	size_t bad, i;

	if (!utf8_check(file->line, &bad)) {
		struct place place = {file->name, file->number,
		    (unsigned)utf8_count(str_part(file->line, 0, bad)) + 1, 1};

		return diag_add(file->diags, DIAG_ERROR, place, NULL, "this is not UTF-8");
	}
	for (i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' && text.p[i] != '\t')
			return diag_add(file->diags, DIAG_ERROR,
			    file_place(file, str_part(text, i, i + 1)), NULL,
			    "a control character");
	if (text.n == 0 || text.p[0] == '#')
		return 0;
	if (text.p[0] == '[')
		return file_section(file, text);
	equals = memchr(text.p, '=', text.n);
	if (equals == NULL || equals == text.p)
		return diag_add(file->diags, DIAG_ERROR, file_place(file, text),
		    "a line is a setting, NAME = VALUE, a [section] or a # comment",
		    equals == NULL ? "no '=' here" : "no name before '='");
	if (file->current == NULL)
		return diag_add(file->diags, DIAG_ERROR, file_place(file, text), SECTION_HINT,
		    "a setting before the first section");
	if (strcmp(file->current, file->section) != 0)
		return 0;
	name = str_trim(str_part(text, 0, (size_t)(equals - text.p)));
	value = str_trim(str_part(text, (size_t)(equals - text.p) + 1, text.n));
	return file_setting(file, name, value);
}

static int
file_parse(const struct option_row *rows, size_t count, void *target, const char *section,
    const char *name, struct str text, struct option_places *places, struct diag_list *diags)
{
	struct option_file file = {.rows = rows, .count = count, .target = target,
	    .section = section, .diags = diags, .places = places,
	    .name = diag_source(diags, name, text)};
	size_t errors = diag_errors(diags), start = 0;

	*places = (struct option_places){.section = {file.name, 0, 0, 0}};
	while (start < text.n) {
		const char *end = memchr(text.p + start, '\n', text.n - start);
		size_t stop = end != NULL ? (size_t)(end - text.p) : text.n;

		file.line = str_part(text, start, stop);
		file.number++;
		file_line(&file);
		start = stop + 1;
	}
	return diag_errors(diags) == errors ? 0 : -1;
}

int
option_file_parse(const struct option_row *rows, size_t count, void *target,
    const char *section, const char *name, struct str text, struct diag_list *diags)
{
	struct option_places places;

	return file_parse(rows, count, target, section, name, text, &places, diags);
}

static int
file_fault(const char *path, const char *reason, struct diag_list *diags)
{
	struct place place = {diag_source(diags, path, STR("")), 0, 0, 0};

	return diag_add(diags, DIAG_ERROR, place, NULL, "%s", reason);
}

static int
file_read(const struct option_row *rows, size_t count, void *target, const char *section,
    const char *path, struct option_places *places, struct diag_list *diags)
{
	const char *named = path != NULL ? path : getenv("TRIAGED_CONFIG");
	struct strbuf text;
	char block[4096];
	FILE *file;
	size_t n;
	int rc = -1;

	if (named != NULL && named[0] == '\0')
		return 0;
	file = fopen(named != NULL ? named : TRIAGED_CONFIG, "re");
	if (file == NULL && named == NULL && errno == ENOENT)
		return 0;
	if (named == NULL)
		named = TRIAGED_CONFIG;
	if (file == NULL)
		return file_fault(named, strerror(errno), diags);
	strbuf_init(&text, FILE_BYTES);
	while ((n = fread(block, 1, sizeof(block), file)) > 0 && !text.overflow)
		strbuf_put(&text, (struct str){block, n});
	if (ferror(file))
		file_fault(named, strerror(errno), diags);
	else if (text.overflow)
		file_fault(named, "over 1 MiB: this is no configuration file", diags);
	else
		rc = file_parse(
		    rows, count, target, section, named, strbuf_str(&text), places, diags);
	fclose(file);
	strbuf_fini(&text);
	return rc;
}

int
option_file_read(const struct option_row *rows, size_t count, void *target,
    const char *section, const char *path, struct diag_list *diags)
{
	struct option_places places;

	return file_read(rows, count, target, section, path, &places, diags);
}

int
option_file_under(const struct option_row *rows, size_t count, void *target,
    const char *section, const char *path, int argc, char **argv,
    struct option_places *places, struct diag_list *diags)
{
	char *kept = path != NULL ? mem_strdup(path) : NULL; /* may be one of target's */
	bool given[OPTION_ROWS] = {false};
	int operands, rc;
	struct err err;
	size_t i;

	*places = (struct option_places){.section = {NULL, 0, 0, 0}};
	option_free(rows, count, target);
	option_defaults(rows, count, target);
	rc = file_read(rows, count, target, section, kept, places, diags);
	free(kept);
	/* What was right once is so again. */
	if (rc == 0)
		rc = option_parse_given(rows, count, target, argc, argv, &operands, given, &err);
	for (i = 0; i < count; i++)
		if (given[i])
			places->row[i].line = 0;
	return rc;
}

/* The row of the first "--name" in text; *rest: what follows it. */
static const struct option_row *
file_named(
    const struct option_row *rows, size_t count, const char *text, const char **rest)
{
	const struct option_row *row = NULL;

	while (row == NULL && (text = strstr(text, "--")) != NULL) {
		size_t n = strspn(text + 2, "abcdefghijklmnopqrstuvwxyz-");

		row = option_find(rows, count, (struct str){text + 2, n});
		text += 2 + n;
	}
	*rest = text;
	return row;
}

int
option_file_fault(const struct option_row *rows, size_t count, const void *target,
    const struct option_places *places, struct diag_list *diags, struct err *err)
{
	const struct option_row *row;
	const char *rest = err->text;
	struct place place = {NULL, 0, 0, 0};
	struct strbuf text;
	size_t i;

	row = file_named(rows, count, rest, &rest);
	if (row != NULL && option_is_text(row) &&
	    *(const char *const *)(const void *)((const char *)target + row->offset) == NULL)
		place = places->section;
	for (; row != NULL && place.file == NULL; row = file_named(rows, count, rest, &rest))
		if (places->row[row - rows].line != 0)
			place = places->row[row - rows];
	if (place.file == NULL)
		return -1;
	/* There they have no "--". */
	strbuf_init(&text, 0);
	for (i = 0; err->text[i] != '\0'; i++)
		if (strncmp(&err->text[i], "--", 2) == 0)
			i++;
		else
			strbuf_putc(&text, err->text[i]);
	diag_add(diags, DIAG_ERROR, place, NULL, "%.*s", STR_ARG(strbuf_str(&text)));
	strbuf_fini(&text);
	return -1;
}

void
option_file_example(
    const struct option_row *rows, size_t count, const char *section, struct strbuf *out)
{
	strbuf_printf(out, "[%s]\n", section);
	option_example(rows, count, out);
}
