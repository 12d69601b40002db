/* SPDX-License-Identifier: MIT */
/*
 * extract_bare: bare answers. Who was asked for "your student's name" and "the
 * date" answers "Jean Dupont" and "20 April", without the words that captures
 * look for. In a follow-up such an answer counts for the one field of its type
 * that was asked for; for none when two are, because it could be either's.
 *
 *   url          the first link
 *   date         a date with at most three words around it
 *   integer      a number likewise, that is no part of a date
 *   boolean      begins with yes, no, oui, non, true, false, vrai or faux; with
 *                true_from also a number as above
 *   enum         nothing but a code or its label
 *   person_name  nothing but two words or more that all begin with a capital
 *                (particles aside), or a name in another script; without any
 *                function word ("Kind Regards"), and not the requester's own
 *   text         what else the body tells when that is no mere thanks: three
 *                words, or half of min_words, and half of min_function_words
 *   file         an attachment of a fitting type, whatever it is called
 *   list         never
 *
 * It may stand in a line of its own, behind a list's mark or a label with a
 * colon, or between commas: "Jean Dupont, 20 April, yes". Questions are none.
 */
#ifndef EXTRACT_BARE_H
#define EXTRACT_BARE_H

#include "draft.h"

/* asked: per field of the category, what was asked for before this part came.
 * Fields that this part told already are left alone. 0, or -1 when the arena is
 * full. */
int extract_bare(struct draft *draft, const bool *asked);

#endif
