/* SPDX-License-Identifier: MIT */
/*
 * extract_value: what a box holds, or what a capture caught, as the field's
 * type.
 *
 *   text         any text that is not blank
 *   person_name  value_name.h         url      value_url.h
 *   date         value_date.h, against today in the policy's zone
 *   integer      value_number.h; a whole real number as well
 *   boolean      true/false, yes/no, oui/non, vrai/faux, 1/0, …; a number with
 *                true_from: true when it is at least that
 *   enum         one of the codes, whatever the case, blanks for underscores; or
 *                its label in any locale, that of the ticket first
 *   list         the items of a list, or text cut at commas, semicolons, line
 *                breaks, "and", "et", "ainsi que", "plus", " + ", " / "; but
 *                "Network and Systems Technician" is one item
 *   file         the name of a file
 */
#ifndef EXTRACT_VALUE_H
#define EXTRACT_VALUE_H

#include "draft.h"

/* A box. False when it is of the wrong type or cannot be read. */
bool extract_value_box(const struct draft *draft, const struct rules_field *field,
    const struct value *box, struct value *value);

/* Captured text, a slice of "around", the words of its sentence, which tell where a
 * date leans and of which range it is an end; they may give it a year, too. *quote:
 * the part of the text that gave the value. */
bool extract_value_text(const struct draft *draft, const struct rules_field *field,
    struct str text, struct str around, struct value *value, struct str *quote);

#endif
