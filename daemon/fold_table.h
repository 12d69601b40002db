/* SPDX-License-Identifier: MIT */
/*
 * fold_table: what the letters and marks of Latin text fold to (fold.h), for
 * the blocks that English and French tickets are made of: Latin-1, Latin
 * Extended-A and -B, Latin Extended Additional, General Punctuation.
 *
 * Where Unicode decomposes a letter to ASCII the table says the same as NFKD
 * (a test compares them all). The rest is ours: letters with a stroke, hook or
 * bar lose it, ligatures are spelled out, quotes and dashes become the ones of
 * a keyboard, the middle dot of "etudiant·e" becomes a full stop; what
 * resembles no letter is FOLD_LETTER.
 */
#ifndef FOLD_TABLE_H
#define FOLD_TABLE_H

#include <stdint.h>

#define FOLD_TABLE_BYTES 4

/* Terminated: lower-case ASCII, ' ' for white space and symbols, '\n' for a
 * line's end, "" for what leaves no trace. NULL: not in the table. */
const char *fold_table_find(uint32_t code_point);

#endif
