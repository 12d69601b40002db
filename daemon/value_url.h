/* SPDX-License-Identifier: MIT */
/*
 * value_url: a link in text as typed: http(s)://…, or a bare host with a path
 * ("platform.example.org/assessments/1"). Other schemes are not taken.
 */
#ifndef VALUE_URL_H
#define VALUE_URL_H

#include <stdbool.h>

#include "str.h"

/* The first link, without the sentence's punctuation behind it. A closing
 * parenthesis belongs to it only when it opened inside. */
bool value_url_find(struct str text, struct str *url);

#endif
