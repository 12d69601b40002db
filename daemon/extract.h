/* SPDX-License-Identifier: MIT */
/*
 * extract: what the ticket tells for each field of its category, and what is
 * missing. Sources of a field, the first that gives a value:
 *
 *   1 The form's box. One that cannot be read is a warning, and the text is
 *     asked as if it were empty.
 *   2 An attachment (file fields): bound by its "field", else, if bound to no
 *     other, by the name and types that the field declares; where both are
 *     declared both must fit, but a missing or general type is no obstacle.
 *   3 The sender's name, for a field of the name "requester_name".
 *   4 Captures, in the rules' order, body before subject; every occurrence is
 *     tried until one can be read as the field's type. They see the first 16 KiB,
 *     and nothing of more than 1 KiB in one piece.
 *   5 What the text says. The first statement of the rules that holds gives
 *     the value; but for a boolean "false" wins over "true", from captures as
 *     well, because "I have not told her" also contains what "told her" says.
 *   6 A text field may be present by the body's length alone (min_words).
 *   7 For a name or a link, captures in what is quoted or passed on (letter.h):
 *     4 to 6 look at the person's own words only.
 */
#ifndef EXTRACT_H
#define EXTRACT_H

#include "draft.h"

#define EXTRACT_QUOTE_CHARACTERS 300

/* Puts what the draft's part tells into draft->fields, for the decision's
 * category, over what older parts told, and adds warnings on boxes. 0, or -1
 * when the arena is full. */
int extract_fields(struct draft *draft);
/* A file field's attachment. bare: for one that was just asked for any name will
 * do. False when there is none. */
bool extract_file(struct draft *draft, const struct rules_field *field, bool bare,
    struct decision_found *found);
/* Would the other field do instead? */
bool extract_will_do(const struct rules_field *field, const struct rules_field *other);
/* Marks the required fields that are not there, nor any that will do instead.
 * Of two that will do for each other only the first is asked for. */
void extract_missing(struct draft *draft);

#endif
