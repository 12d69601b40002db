/* SPDX-License-Identifier: MIT */
/*
 * option_number: the numbers of options as people write them, "64KiB", "5s".
 */
#ifndef OPTION_NUMBER_H
#define OPTION_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "option.h"
#include "str.h"

/* Into the type's base unit. 0, or -1 with the reason. */
int option_number_parse(
    enum option_type type, struct str text, int64_t *number, struct err *err);
/* Back, in the largest unit that gives a whole number. Returns text. */
const char *option_number_format(
    enum option_type type, int64_t number, char *text, size_t size);

#endif
