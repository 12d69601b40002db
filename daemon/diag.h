/* SPDX-License-Identifier: MIT */
/*
 * diag: what is wrong with files that people write, collected rather than
 * printed as found, and shown with place, source line, caret and hint:
 *
 *   rules/mentor/break.yaml:12:9: error: unknown team 'mentorshp'
 *      12 |   team: mentorshp
 *         |         ^~~~~~~~~
 *   hint: did you mean 'mentorship'?
 *
 * Text from files is shown with control bytes as \xNN.
 */
#ifndef DIAG_H
#define DIAG_H

#include <stdbool.h>
#include <stddef.h>

#include "str.h"

/* Where in a file. line and column count from 1; the column counts code
 * points; length (code points, at least 1) is what the carets underline.
 * line 0: the file as a whole. file is the diag_list's copy or outlives it. */
struct place {
	const char *file;
	unsigned line, column, length;
};

enum diag_severity { DIAG_ERROR, DIAG_WARNING };

struct diag_list; /* keeps at most its limit of errors, counts the rest */

struct diag_list *diag_list_new(size_t limit);
void diag_list_free(struct diag_list *list);
/* Gives the text of a file, copied, so that source lines can be shown.
 * Returns the file's name as kept by the list: use it in places. */
const char *diag_source(struct diag_list *list, const char *file, struct str text);

/* hint may be NULL or "". Returns -1 always, as err_set does. */
int diag_add(struct diag_list *list, enum diag_severity severity, struct place place,
    const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));

size_t diag_errors(const struct diag_list *list); /* with those over the limit */
size_t diag_warnings(const struct diag_list *list);
/* All of them ordered by file, line, column. */
void diag_print(struct diag_list *list, struct strbuf *out, bool colour);
/* The first errors, at most so many, a line each without source or hint. */
void diag_print_brief(struct diag_list *list, size_t most, struct strbuf *out);
/* One JSON array: [{file,line,column,severity,message,hint}]. */
void diag_print_json(struct diag_list *list, struct strbuf *out);

#endif
