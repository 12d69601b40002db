/* SPDX-License-Identifier: MIT */
/*
 * wire_check: what can be wrong with a request, as a closed list, and the
 * limits of a ticket. Both readers of tickets use it, the wire and the JSON
 * lines of triagectl, so that both refuse the same things in the same words.
 *
 * Faults are collected, not returned. Messages never quote a value; a key's
 * name is shown when it is printable ASCII, otherwise as "?".
 */
#ifndef WIRE_CHECK_H
#define WIRE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "str.h"
#include "ticket.h"
#include "wire.h"

enum wire_fault {
	WIRE_FAULT_NONE,
	/* the encoding: the first one ends the reading */
	WIRE_TRUNCATED, WIRE_TRAILING_BYTES, WIRE_UNSUPPORTED_TYPE, WIRE_TOO_DEEP,
	WIRE_TOO_MANY_VALUES, WIRE_BAD_UTF8, WIRE_NUL, WIRE_BAD_KEY, WIRE_DUPLICATE_KEY,
	WIRE_BAD_JSON,
	/* the contents: all are reported */
	WIRE_UNKNOWN_VERSION, WIRE_UNKNOWN_OP, WIRE_UNKNOWN_KEY, WIRE_NOT_ALLOWED, WIRE_REQUIRED,
	WIRE_WRONG_TYPE, WIRE_TOO_LONG, WIRE_TOO_MANY, WIRE_TOO_LARGE, WIRE_OUT_OF_RANGE,
	WIRE_BAD_TIME, WIRE_BAD_EMAIL,
	WIRE_FAULT_COUNT
};
struct wire_fault_text {
	const char *code, *message;
};
extern const struct wire_fault_text wire_fault_texts[WIRE_FAULT_COUNT];

/* Where a value is: a chain on the stack, written out only for an error. */
struct wire_path {
	const struct wire_path *above; /* NULL: in the outermost map */
	struct str name;               /* of a map's key; absent: an item of a list */
	size_t index;
};

/* Collects into errors[0 .. room - 1]; more are dropped. */
struct wire_check {
	struct arena *arena;
	struct wire_error *errors;
	size_t *count;
	size_t room;
	bool no_memory; /* the arena is full: give up */
};

/* detail: a format for more after the fault's sentence, or NULL. */
void wire_check_fault(struct wire_check *check, const struct wire_path *path,
    enum wire_fault fault, const char *detail, ...) __attribute__((format(printf, 4, 5)));
/* A key that is not among names, with a suggestion. */
void wire_check_unknown(struct wire_check *check, const struct wire_path *path,
    const char *const *names, size_t count);
/* false, and reported, when there are more than limit: do not read them. */
bool wire_check_count(
    struct wire_check *check, const struct wire_path *path, size_t count, size_t limit);
/* Lengths of what a ticket and a follow-up have: body, fields, attachments. path:
 * where they are. */
void wire_check_content(
    struct wire_check *check, const struct wire_path *path, const struct ticket *ticket);
/* Those, and the rest of a ticket: required values, e-mail address. */
void wire_check_ticket(
    struct wire_check *check, const struct wire_path *path, const struct ticket *ticket);

#endif
