/* SPDX-License-Identifier: MIT */
/*
 * ctl_wrap: long text on a terminal of some width, neutralized. Every line
 * that comes out begins with the prefix and fits, so that nothing a visitor
 * wrote can look like a line of our own.
 */
#ifndef CTL_WRAP_H
#define CTL_WRAP_H

#include <stddef.h>
#include <stdio.h>

#include "str.h"

#define CTL_WRAP_WIDTH 80 /* where the terminal does not say */

/* Appends text line by line, broken at spaces, else anywhere. prefix: shown as
 * it is, less wide than width. Empty lines stay; those at the end do not. */
void ctl_wrap(struct strbuf *out, struct str text, const char *prefix, size_t width);
/* Columns of the terminal behind a stream, 40 to 160: long lines are hard to
 * read. CTL_WRAP_WIDTH when it is none. */
size_t ctl_wrap_width(FILE *stream);

#endif
