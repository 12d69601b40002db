/* SPDX-License-Identifier: MIT */
/*
 * ctl_ticket: one JSON line into a ticket, for classify, eval and push. The
 * line is the wire's ticket map in JSON, with three keys more: "id", "locale"
 * (the language a person found the text in) and "expect", which are kept
 * aside. What is wrong is said with the wire's paths, codes and limits
 * (daemon/wire_check.h), without the leading "ticket.".
 */
#ifndef CTL_TICKET_H
#define CTL_TICKET_H

#include "arena.h"
#include "str.h"
#include "ticket.h"
#include "wire.h"

#define CTL_TICKET_LINE_BYTES 4194304 /* JSON may write one byte as six */

struct json_t; /* jansson's */

struct ctl_ticket {
	struct str id;     /* absent when not said; kept also when the line is invalid */
	struct str locale; /* absent when not said */
	struct ticket ticket;
	struct json_t *expect; /* of the object read, borrowed; NULL when not said */
	struct wire_error errors[16];
	size_t error_count; /* more than 16 are not kept */
};

/* Parses one line: 0 and the object, which the caller gives back with
 * json_decref(); 1 when it is no JSON object: errors says why, no object; -1
 * when the arena is full. Keys that occur twice are refused. */
int ctl_ticket_parse(struct arena *arena, struct str line, struct ctl_ticket *ticket,
    struct json_t **object);
/* Reads the ticket in an object parsed before: 0; 1 when it is none: errors
 * says why; -1 when the arena is full. All text is copied into the arena. */
int ctl_ticket_read(
    struct arena *arena, const struct json_t *object, struct ctl_ticket *ticket);

#endif
