/* SPDX-License-Identifier: MIT */
/*
 * ticket_json: the lists of a ticket or a follow-up as the database keeps them.
 */
#ifndef TICKET_JSON_H
#define TICKET_JSON_H

#include "json.h"
#include "ticket.h"

/* {"box": value, …} */
void ticket_json_fields(struct json *json, const struct ticket *ticket);
/* [{"name", "type", "size", "field", "url"}, …] without contents, which go to a
 * table of their own. */
void ticket_json_attachments(struct json *json, const struct ticket *ticket);

#endif
