/* SPDX-License-Identifier: MIT */
/*
 * extract_text: what subject and body tell about one field (extract.h, sources
 * 4 to 6), with the person's own words as evidence; and what others who read
 * the text need of it.
 */
#ifndef EXTRACT_TEXT_H
#define EXTRACT_TEXT_H

#include "draft.h"

bool extract_text_field(
    struct draft *draft, const struct rules_field *field, struct decision_found *found);

/* Notes the words that prove it, a slice of that part as typed. */
void extract_quote(const struct draft *draft, enum text_part part, struct str quote,
    struct decision_found *found);
/* The first EXTRACT_QUOTE_CHARACTERS code points. */
struct str extract_cut(struct str text);
/* word: folded. */
bool extract_is_function_word(const struct rules_locale *locale, struct str word);

#endif
