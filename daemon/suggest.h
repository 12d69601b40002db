/* SPDX-License-Identifier: MIT */
/*
 * suggest: "did you mean …?" for a mistyped word.
 */
#ifndef SUGGEST_H
#define SUGGEST_H

#include <stddef.h>

#include "str.h"

/* The candidate nearest to word (optimal string alignment distance, at most
 * 1 + a third of the word's length), or NULL when none is near. */
const char *suggest(struct str word, const char *const *candidates, size_t count);
/* Writes "did you mean 'x'?" or, with few candidates and none near, "one of:
 * a, b, c"; else the empty string. Returns hint. */
const char *suggest_hint(
    struct str word, const char *const *candidates, size_t count, char *hint, size_t size);

#endif
