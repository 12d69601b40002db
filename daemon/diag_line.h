/* SPDX-License-Identifier: MIT */
/*
 * diag_line: one line of a file with carets under a place in it:
 *
 *     12 |   team: mentorshp
 *        |         ^~~~~~~~~
 *
 * Places count code points, a terminal counts cells: wide characters take two,
 * combining ones none, a byte shown as \xNN four. Tabs are repeated in the
 * carets' lead, so that they are as wide there as above. Of a long line only
 * what is around the place is shown.
 */
#ifndef DIAG_LINE_H
#define DIAG_LINE_H

#include <stdbool.h>

#include "diag.h"
#include "str.h"

/* Nothing when the place has no line or the text (the whole file's) none such. */
void diag_line_print(struct str text, const struct place *place, struct strbuf *out, bool colour);

#endif
