/* SPDX-License-Identifier: MIT */
/*
 * ctl_field: the form's boxes on a command line, "--field NAME=VALUE".
 */
#ifndef CTL_FIELD_H
#define CTL_FIELD_H

#include "arena.h"
#include "rules.h"
#include "ticket.h"

/* The boxes of an OPTION_LINES, a line each, as texts; NULL: none. They point into
 * lines. -1 after saying for that command what is wrong. */
int ctl_field_read(
    const char *command, const char *lines, struct arena *arena, struct ticket *ticket);
/* Is each box one that some category of the ticket's audience asks about, given once and
 * in UTF-8? -1 after saying which is not. */
int ctl_field_check(
    const char *command, const struct rules *rules, const struct ticket *ticket);

#endif
