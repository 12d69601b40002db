/* SPDX-License-Identifier: MIT */
/*
 * value_name: the name of a person, in any script, out of a box or a capture.
 */
#ifndef VALUE_NAME_H
#define VALUE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "str.h"

#define VALUE_NAME_CHARACTERS 80
#define VALUE_NAME_WORDS 6

/* words: function words of the language, sorted (may be none). They cannot
 * begin a name as typed in lower case, and end it: "Marie Dupont and" is Marie
 * Dupont, "is not here" nobody. *name is a slice of text, or a copy in the
 * arena where white space was collapsed. Not a name: no letter, digits, an
 * address, a link, too long. */
bool value_name_read(struct str text, const struct str *words, size_t word_count,
    struct arena *arena, struct str *name);

#endif
