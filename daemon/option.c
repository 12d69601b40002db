/* SPDX-License-Identifier: MIT */
#include "option.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "option_number.h"
#include "suggest.h"


static char
option_fold(char c)
{
	return c == '_' ? '-' : c;
}

static bool
option_named(const struct option_row *row, struct str name)
{
	size_t i;

	for (i = 0; i < name.n && row->name[i] != '\0'; i++)
		if (option_fold(row->name[i]) != option_fold(name.p[i]))
			return false;
	return i == name.n && row->name[i] == '\0';
}

const char *
option_shown(const struct option_row *row, char text[OPTION_NAME])
{
	size_t i;

	for (i = 0; i + 1 < OPTION_NAME && row->name[i] != '\0'; i++)
		text[i] = option_fold(row->name[i]);
	text[i] = '\0';
	return text;
}

const struct option_row *
option_find(const struct option_row *rows, size_t count, struct str name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (option_named(&rows[i], name))
			return &rows[i];
	return NULL;
}

/* For the command line. */
static const struct option_row *
option_require(
    const struct option_row *rows, size_t count, struct str name, struct err *err)
{
	const struct option_row *row = option_find(rows, count, name);
	char shown[OPTION_ROWS][OPTION_NAME];
	const char *names[OPTION_ROWS], *nearest;
	size_t i;

	if (row != NULL)
		return row;
	for (i = 0; i < count && i < OPTION_ROWS; i++)
		names[i] = option_shown(&rows[i], shown[i]);
	nearest = suggest(name, names, i);
	if (nearest != NULL)
		err_set(err, "unknown option --%.*s; did you mean --%s?", STR_ARG(name), nearest);
	else
		err_set(err, "unknown option --%.*s", STR_ARG(name));
	return NULL;
}

static int
option_set_flag(bool *flag, struct str value, struct err *err)
{
	if (value.p != NULL && !str_is(value, "yes") && !str_is(value, "no"))
		return err_set(err, "'%.*s' is neither yes nor no", STR_ARG(value));
	*flag = value.p == NULL || str_is(value, "yes");
	return 0;
}

static int
option_set_number(
    const struct option_row *row, int64_t *number, struct str value, struct err *err)
{
	char least[32], most[32];
	int64_t parsed;

	if (option_number_parse(row->type, value, &parsed, err) < 0)
		return -1;
	if ((row->min != 0 || row->max != 0) && (parsed < row->min || parsed > row->max)) {
		option_number_format(row->type, row->min, least, sizeof(least));
		option_number_format(row->type, row->max, most, sizeof(most));
		return err_set(
		    err, "%.*s is not between %s and %s", STR_ARG(value), least, most);
	}
	*number = parsed;
	return 0;
}

bool
option_is_text(const struct option_row *row)
{
	return row->type == OPTION_STRING || row->type == OPTION_WORD ||
	    row->type == OPTION_LINES;
}

static void
option_add_line(char **member, struct str value)
{
	struct strbuf lines;

	strbuf_init(&lines, 0);
	strbuf_printf(&lines, "%s\n%.*s", *member, STR_ARG(value));
	free(*member);
	*member = strbuf_take(&lines);
}

static int
option_check_word(const char *words, struct str value, struct err *err)
{
	struct strbuf list;
	const char *word = words;

	strbuf_init(&list, 0);
	while (*word != '\0') {
		size_t n = strcspn(word, "|");

		if (str_eq(value, (struct str){word, n})) {
			strbuf_fini(&list);
			return 0;
		}
		strbuf_printf(&list, "%s%.*s", list.n > 0 ? ", " : "", (int)n, word);
		word += n + (word[n] == '|');
	}
	err_set(err, "'%.*s' is none of %.*s", STR_ARG(value), STR_ARG(strbuf_str(&list)));
	strbuf_fini(&list);
	return -1;
}

int
option_set_value(
    const struct option_row *row, void *target, struct str value, struct err *err)
{
	void *member = (char *)target + row->offset;
	char *copy;

	if (row->type == OPTION_FLAG)
		return option_set_flag(member, value, err);
	if (row->type == OPTION_WORD && option_check_word(row->words, value, err) < 0)
		return -1;
	if (!option_is_text(row))
		return option_set_number(row, member, value, err);
	if (row->type == OPTION_LINES && *(char **)member != NULL) {
		option_add_line(member, value);
		return 0;
	}
	copy = mem_alloc(value.n + 1);
	memcpy(copy, value.p, value.n);
	if (*(const char **)member != row->initial)
		free(*(char **)member);
	*(const char **)member = copy;
	return 0;
}

/* For the command line. */
static int
option_set_row(
    const struct option_row *row, void *target, struct str value, struct err *err)
{
	char shown[OPTION_NAME];

	option_shown(row, shown);
	if (value.p == NULL && row->type != OPTION_FLAG)
		return err_set(err, "--%s needs a value", shown);
	if (option_set_value(row, target, value, err) < 0)
		return err_prefix(err, "--%s", shown);
	return 0;
}

void
option_defaults(const struct option_row *rows, size_t count, void *target)
{
	struct err err;
	size_t i;

	for (i = 0; i < count; i++) {
		void *member = (char *)target + rows[i].offset;

		if (rows[i].type == OPTION_FLAG)
			*(bool *)member = false;
		else if (option_is_text(&rows[i]))
			*(const char **)member = NULL;
		else
			*(int64_t *)member = 0;
		if (rows[i].initial == NULL)
			continue;
		if (option_is_text(&rows[i])) {
			*(const char **)member = rows[i].initial;
			continue;
		}
		if (option_set_row(&rows[i], target, str_of(rows[i].initial), &err) < 0) {
			fprintf(stderr, "wrong default: %s\n", err.text);
			abort();
		}
	}
}

void
option_free(const struct option_row *rows, size_t count, void *target)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const char **member = (const char **)(void *)((char *)target + rows[i].offset);

		if (!option_is_text(&rows[i]))
			continue;
		if (*member != rows[i].initial)
			free((char *)*member);
		*member = rows[i].initial;
	}
}

int
option_set(const struct option_row *rows, size_t count, void *target, struct str name,
    struct str value, struct err *err)
{
	const struct option_row *row = option_require(rows, count, name, err);

	return row != NULL ? option_set_row(row, target, value, err) : -1;
}

/* The row that argument asks for; its value comes back in *value, absent when
 * it is not in the same argument. */
static const struct option_row *
option_match(const struct option_row *rows, size_t count, const char *argument,
    struct str *value, struct err *err)
{
	struct str name = str_of(argument + 2);
	const char *equals;
	size_t i;

	*value = (struct str){NULL, 0};
	if (argument[1] != '-') {
		for (i = 0; i < count && argument[2] == '\0'; i++)
			if (rows[i].letter == argument[1])
				return &rows[i];
		err_set(err, "unknown option %s", argument);
		return NULL;
	}
	equals = strchr(argument, '=');
	if (equals != NULL) {
		name.n = (size_t)(equals - name.p);
		*value = str_of(equals + 1);
	}
	return option_require(rows, count, name, err);
}

int
option_parse_given(const struct option_row *rows, size_t count, void *target, int argc,
    char **argv, int *operands, bool *given, struct err *err)
{
	int i, kept = 0;

	for (i = 1; i < argc; i++) {
		const struct option_row *row;
		struct str value;

		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		if (argv[i][0] != '-' || argv[i][1] == '\0') {
			argv[++kept] = argv[i];
			continue;
		}
		row = option_match(rows, count, argv[i], &value, err);
		if (row == NULL)
			return -1;
		if (value.p == NULL && row->type != OPTION_FLAG && i + 1 < argc)
			value = str_of(argv[++i]);
		if (option_set_row(row, target, value, err) < 0)
			return -1;
		if (given != NULL)
			given[row - rows] = true;
	}
	for (; i < argc; i++)
		argv[++kept] = argv[i];
	*operands = kept;
	return 0;
}

int
option_parse(const struct option_row *rows, size_t count, void *target, int argc, char **argv,
    int *operands, struct err *err)
{
	return option_parse_given(rows, count, target, argc, argv, operands, NULL, err);
}
