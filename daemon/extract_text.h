/* SPDX-License-Identifier: MIT */
/*
 * extract_text: what subject and body tell about one field (extract.h, sources
 * 4 to 6), with the person's own words as evidence.
 */
#ifndef EXTRACT_TEXT_H
#define EXTRACT_TEXT_H

#include "draft.h"

bool extract_text_field(
    struct draft *draft, const struct rules_field *field, struct decision_found *found);

#endif
