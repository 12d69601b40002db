/* SPDX-License-Identifier: MIT */
/*
 * option_file: the configuration file, one for all programs. Each has a section
 * and reads only that; what it takes there is its table of options (option.h).
 *
 *   # a comment has its line to itself
 *   [triaged]
 *   rules = /etc/triaged/rules
 *   in-flight = 4000
 *
 * The rest of a line after '=' is the value, without quotes. All faults of a file
 * come in one go, each with its place, the line, carets and a hint (diag.h).
 */
#ifndef OPTION_FILE_H
#define OPTION_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "diag.h"
#include "err.h"
#include "option.h"

/* For the options' help. */
#define OPTION_FILE_DEFAULT_TEXT "$TRIAGED_CONFIG, else " TRIAGED_CONFIG

/* Where the values come from. */
struct option_places {
	struct place row[OPTION_ROWS]; /* line 0: a default, or the command line */
	struct place section;          /* file NULL: no file; line 0: not in the file */
};

/* Sets what the text's section says; 0, or -1 with the faults in diags: then some
 * options may be set. name is the file's, for messages. */
int option_file_parse(const struct option_row *rows, size_t count, void *target,
    const char *section, const char *name, struct str text, struct diag_list *diags);

/* The same from a file. path NULL: $TRIAGED_CONFIG, where that is not set the
 * default file, which may be missing; an empty path is no file at all. */
int option_file_read(const struct option_row *rows, size_t count, void *target,
    const char *section, const char *path, struct diag_list *diags);

/* For a program without operands, after option_parse(): puts what the file says
 * under what the command line said. path as above. */
int option_file_under(const struct option_row *rows, size_t count, void *target,
    const char *section, const char *path, int argc, char **argv,
    struct option_places *places, struct diag_list *diags);

/* A fault that was found later, in values or between them; err's text names them as
 * "--name". When one comes from the file, or the first is missing there, the fault goes
 * to diags with its place; else err is what is wrong with the command line. Returns -1. */
int option_file_fault(const struct option_row *rows, size_t count, const void *target,
    const struct option_places *places, struct diag_list *diags, struct err *err);

/* "[section]" with option_example(). */
void option_file_example(const struct option_row *rows, size_t count, const char *section,
    struct strbuf *out);

#endif
