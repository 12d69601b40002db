/* SPDX-License-Identifier: MIT */
/*
 * letter_line: what one line of a mail is, by how mail programs and people write
 * such lines in English and French.
 */
#ifndef LETTER_LINE_H
#define LETTER_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "str.h"

#define LETTER_LINE_BYTES 240 /* of a line, folded: what is behind counts for nothing */

/* In lower case, without accents and marks, single blanks, trimmed, the '*' of bold
 * headers left out. */
struct str letter_line_fold(struct str line, char buffer[LETTER_LINE_BYTES]);

/* Bytes of the marks of quoting: "> > ", "| "; 0 when it is not quoted. */
size_t letter_line_marks(struct str line);

/* The rest take folded lines. */

/* "-----Original Message-----", "Debut du message transfere :": 1, or 2 when it
 * leads a mail passed on; else 0. */
int letter_line_divides(struct str line);
/* "On Monday, X wrote:", "le 5 mai a 16:48, X a ecrit :" or its last part. */
bool letter_line_leads(struct str line);
/* Could such a line begin here? */
bool letter_line_may_lead(struct str line);
/* With what only a mail program writes: an address, a time, a year. */
bool letter_line_is_stamped(struct str line);

enum letter_header { LETTER_NO_HEADER, LETTER_FROM, LETTER_SENT, LETTER_OTHER_HEADER };
/* "From: …", "Envoye : …" and their like; SENT: one that people do not write. */
enum letter_header letter_line_header(struct str line);

bool letter_line_is_device(struct str line); /* "sent from my phone" */
bool letter_line_is_notice(struct str line); /* "this e-mail is confidential …" */
bool letter_line_is_personal(struct str line); /* "my invoice …", "je n'ai …" */
bool letter_line_closes(struct str line);    /* "kind regards," */
/* Telephone, address, company, behind a name: with proof when nothing else can
 * be meant. */
bool letter_line_is_contact(struct str line, bool *proof);
/* "below", "ci-dessous": points to what was quoted. */
bool letter_line_points(struct str line);
bool letter_line_greets(struct str line); /* "Hello Ann," and nothing else */
bool letter_line_passes_on(struct str line); /* a subject: "Fwd: …", "TR : …" */

#endif
