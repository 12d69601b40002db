/* SPDX-License-Identifier: MIT */
/*
 * wire_part: what the wire's own files share, and nobody else includes.
 */
#ifndef WIRE_PART_H
#define WIRE_PART_H

#include <msgpack/object.h>

#include "wire.h"
#include "wire_check.h"

extern const char *const wire_op_names[WIRE_OP_COUNT]; /* wire_decode.c */

/* wire_scan.c: bytes that nobody has checked yet. */

/* Walks the whole message. True when it is one well-formed value within the
 * limits; else the first fault is reported. */
bool wire_scan(struct wire_check *check, struct str message);

/* wire_peek.c */

/* Reads "id" and "key" of the outermost map as far as that goes, whatever else
 * is wrong with the message. They point into it. */
void wire_peek(struct str message, struct wire_token *id, struct wire_token *key);
/* A token that pointed into one copy of the message, into another. */
void wire_token_move(struct wire_token *token, struct str from, struct str to);

/* wire_object.c: checked bytes, decoded by msgpack-c into objects. */

/* Fills found[i] with the value of names[i], NULL when absent or null; names
 * the unknown keys. False, and reported, when it is no map. */
bool wire_object_map(struct wire_check *check, const struct wire_path *path,
    const msgpack_object *object, const char *const *names, size_t count,
    const msgpack_object **found);
/* These leave *value alone when the object is NULL or, reported, another type. */
void wire_object_text(struct wire_check *check, const struct wire_path *path,
    const msgpack_object *object, struct str *value);
void wire_object_bytes(struct wire_check *check, const struct wire_path *path,
    const msgpack_object *object, struct str *value); /* text or binary */
void wire_object_integer(struct wire_check *check, const struct wire_path *path,
    const msgpack_object *object, int64_t *value);

/* wire_ticket.c: the ticket map. Its text points into the scanned bytes. */
void wire_ticket(struct wire_check *check, const struct wire_path *path,
    const msgpack_object *object, struct ticket *ticket);

/* The body, fields and attachments of a ticket or a follow-up, each NULL when
 * absent; path: what they stand in. Lengths are not judged. */
struct wire_content {
	const msgpack_object *body, *fields, *attachments;
};
void wire_content(struct wire_check *check, const struct wire_path *path,
    const struct wire_content *content, struct ticket *ticket);

/* wire_digest.c: the canonical form of a map, hashed. */
void wire_digest(const msgpack_object *object, unsigned char digest[DIGEST_BYTES]);

#endif
