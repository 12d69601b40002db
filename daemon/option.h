/* SPDX-License-Identifier: MIT */
/*
 * option: the options of a program as one table. Parsing, --help, the section
 * in the configuration file (option_file.h) and the man page come from the table.
 * An unknown name is an error with a suggestion; numbers have units and ranges.
 *
 *   static const struct option_row rows[] = {
 *       OPTION(struct config, rules, 'r', OPTION_STRING, "DIR", "rules", 0, 0,
 *           "folder of the rules files"),
 *       …
 *   };
 *
 * In names '_' and '-' are the same; people see '-'.
 */
#ifndef OPTION_H
#define OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "str.h"

enum option_type {
	OPTION_FLAG,     /* bool; on the command line: --name, --name=yes|no */
	OPTION_STRING,   /* const char *, owned by the options' arguments or the heap */
	OPTION_WORD,     /* the same, one of the row's words */
	OPTION_LINES,    /* the same; may be given several times: a line each */
	OPTION_INTEGER,  /* int64_t */
	OPTION_DURATION, /* int64_t ms; "250ms", "5s", "2min", "1h", "7d"; a unit is required */
	OPTION_BYTES     /* int64_t bytes; "4096", "64KiB", "2MiB", "1GiB" */
};

struct option_row {
	const char *name; /* as in --name */
	char letter;      /* short form, 0 = none */
	enum option_type type;
	size_t offset;       /* of the member in the target */
	const char *unit;    /* what --help shows for the value: "DIR", "N", "TIME" */
	const char *initial; /* default as text; NULL = zero, false, NULL */
	int64_t min, max;    /* both 0 = no range; in the type's base unit */
	const char *help;
	const char *words; /* of OPTION_WORD: "error|warning|info" */
	bool command_only; /* not in the configuration file */
};

/* A row for the member of that name; arguments in the order of the row. */
#define OPTION(target, member, letter, type, unit, initial, min, max, help)                       \
	{#member, letter, type, offsetof(target, member), unit, initial, min, max, help, NULL,    \
	    false}
/* One that makes sense on the command line only: --help. */
#define OPTION_COMMAND(target, member, letter, type, unit, initial, help)                         \
	{#member, letter, type, offsetof(target, member), unit, initial, 0, 0, help, NULL, true}
/* A choice; help names the words. */
#define OPTION_CHOICE(target, member, letter, unit, initial, words, help)                         \
	{#member, letter, OPTION_WORD, offsetof(target, member), unit, initial, 0, 0, help,       \
	    words, false}
/* The last of every program with a section in the configuration file; bools. */
#define OPTIONS_OF_A_PROGRAM(target)                                                              \
	OPTION_COMMAND(target, print_config, 0, OPTION_FLAG, NULL, NULL,                          \
	    "print this program's section of the configuration file, commented, and stop"),       \
	    OPTION_COMMAND(target, version, 'V', OPTION_FLAG, NULL, NULL,                         \
		"print the version, and stop"),                                                   \
	    OPTION_COMMAND(                                                                       \
		target, help, 'h', OPTION_FLAG, NULL, NULL, "print this, and stop")

/* STRING, WORD or LINES. */
bool option_is_text(const struct option_row *row);
/* Fills target with every default (strings are the rows' own). Aborts on a
 * table whose default is wrong. */
void option_defaults(const struct option_row *rows, size_t count, void *target);
/* Sets one option from text; target is unchanged on failure. A flag's value may
 * be absent (then it is set). Strings are duplicated; one that was set before, that
 * is: differs from the default, is freed. They live until option_free(). */
int option_set(const struct option_row *rows, size_t count, void *target, struct str name,
    struct str value, struct err *err);
/* The same in two steps, with reasons that do not name the option: the row of that
 * name or NULL … */
const struct option_row *option_find(
    const struct option_row *rows, size_t count, struct str name);
/* … and its value. */
int option_set_value(
    const struct option_row *row, void *target, struct str value, struct err *err);
/* Frees the strings that were set; the defaults are back in their place. */
void option_free(const struct option_row *rows, size_t count, void *target);
/* The row's name as people see it. */
#define OPTION_NAME 48 /* bytes, with its end */
const char *option_shown(const struct option_row *row, char text[OPTION_NAME]);
#define OPTION_ROWS 64 /* more are not looked through for a suggestion */
/* Parses "--name=value", "--name value", "-x value", "--" from argv[1] on.
 * Operands ("-" is one) are moved to the front of argv+1, in their order;
 * their number comes back in *operands. */
int option_parse(const struct option_row *rows, size_t count, void *target, int argc,
    char **argv, int *operands, struct err *err);
/* The same; given[n] is set for each row that is there. */
int option_parse_given(const struct option_row *rows, size_t count, void *target, int argc,
    char **argv, int *operands, bool *given, struct err *err);
/* The rows as aligned help lines with default and range. */
void option_help(const struct option_row *rows, size_t count, struct strbuf *out);
/* The rows as settings of a configuration file, commented out, with their defaults;
 * without those for the command line only. */
void option_example(const struct option_row *rows, size_t count, struct strbuf *out);

#endif
