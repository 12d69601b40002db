/* SPDX-License-Identifier: MIT */
/*
 * ctl_json: what the database says in JSON, written for another program in
 * the one spelling that all commands have: no control or layout character
 * comes out raw.
 */
#ifndef CTL_JSON_H
#define CTL_JSON_H

#include "json.h"

struct json_t; /* jansson's */

void ctl_json_put(struct json *json, const struct json_t *value);
/* One line on standard output. */
void ctl_json_print(const struct json_t *value);

#endif
