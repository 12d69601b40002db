/* SPDX-License-Identifier: MIT */
/*
 * yamldoc_fault: what somebody got wrong in a file that is not YAML, for
 * yamldoc.c only. libyaml says which token it did not expect, often lines below
 * the mistake and in words for programmers. So the lines up to there are read
 * once more, line by line, as a person would: which begin in one column, is there a
 * colon, where does a quote end? The first thing out of order is told with what to
 * do. Nothing here decides what is YAML; it is only asked where libyaml gave up.
 */
#ifndef YAMLDOC_FAULT_H
#define YAMLDOC_FAULT_H

#include "yamldoc.h"

/* Adds one error. at: the byte where libyaml gave up; said: its words, of which only
 * the kind of the fault is taken. Returns -1 always, as diag_add does. */
int yamldoc_fault(const struct yamldoc_source *source, const char *file, size_t at,
    const char *said, struct diag_list *diags);

#endif
