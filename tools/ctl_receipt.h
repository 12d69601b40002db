/* SPDX-License-Identifier: MIT */
/*
 * ctl_receipt: the daemon's answer in JSON, key by key into an open object.
 */
#ifndef CTL_RECEIPT_H
#define CTL_RECEIPT_H

#include "json.h"
#include "receipt.h"
#include "wire.h"

void ctl_receipt_pair(struct json *json, const char *key, struct str text);
/* "missing": [names] */
void ctl_receipt_missing(struct json *json, const struct receipt *receipt);
/* Everything that a ticket or a follow-up is answered with. */
void ctl_receipt_json(struct json *json, const struct receipt *receipt);
/* "errors", where there are any. */
void ctl_receipt_errors(struct json *json, const struct wire_answer *answer);

#endif
