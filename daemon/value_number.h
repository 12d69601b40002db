/* SPDX-License-Identifier: MIT */
/*
 * value_number: whole numbers in folded text, as digits or as English and
 * French words: "3", "3rd", "2x", "three", "vingt et un", "twice", "troisieme",
 * "half a dozen", "une dizaine", "two dozen", "deux cent vingt"; and "none",
 * "aucune" where no other is told.
 */
#ifndef VALUE_NUMBER_H
#define VALUE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "str.h"

/* The number that begins at byte "at". False, or true and the byte after it. */
bool value_number_read(struct str folded, size_t at, int64_t *number, size_t *end);
/* The first number. Decimals, hours ("18h30") and codes ("r2d2") are none. */
bool value_number_find(struct str folded, int64_t *number, size_t *start, size_t *end);

#endif
