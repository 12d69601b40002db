/* SPDX-License-Identifier: MIT */
/*
 * ctl_draft: a text that an agent writes: from a file, from standard input, or
 * in an editor. Whatever its way it is checked here: UTF-8, no control bytes,
 * not too long, and nothing of what stands below the line that the editor shows.
 */
#ifndef CTL_DRAFT_H
#define CTL_DRAFT_H

#include <stdbool.h>
#include <sys/types.h>

#include "err.h"
#include "str.h"

#define CTL_DRAFT_BYTES 65536

/* Reads a file ("-": standard input). 0 with text that is not empty; -1 with
 * err. */
int ctl_draft_read(const char *path, struct strbuf *text, struct err *err);
/* The same check for a text that is here. */
int ctl_draft_check(struct strbuf *text, struct err *err);

/* Makes a file for the editor (ctl_lease.h: the user's own folder, 0600):
 * an empty place to write, the line, and below it what is good to see. */
int ctl_draft_make(struct strbuf *path, struct str below, struct err *err);
/* Starts $VISUAL, else $EDITOR, else vi. The process; -1 with err. */
pid_t ctl_draft_edit(const char *path, struct err *err);
/* After the editor: 1 with the text; 0 nothing was written; -1 with err. */
int ctl_draft_take(const char *path, struct strbuf *text, struct err *err);

#endif
