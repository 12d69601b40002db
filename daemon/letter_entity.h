/* SPDX-License-Identifier: MIT */
/*
 * letter_entity: "&eacute;", "&#233;", "&#xE9;". Those of HTML 4 that stand for
 * Latin-1, quotes, dashes and signs; numbers of all of Unicode.
 */
#ifndef LETTER_ENTITY_H
#define LETTER_ENTITY_H

#include <stddef.h>
#include <stdint.h>

#include "str.h"

/* Bytes of the entity at "at", 0 when there is none; *code_point what it is. A
 * number of no character is U+FFFD, one of 128..159 what Windows means by it. */
size_t letter_entity_read(struct str text, size_t at, uint32_t *code_point);
/* Its UTF-8, 1..4 bytes. */
size_t letter_entity_encode(uint32_t code_point, char bytes[4]);

#endif
