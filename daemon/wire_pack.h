/* SPDX-License-Identifier: MIT */
/*
 * wire_pack: msgpack-c's packer onto a strbuf. A ceiling of the strbuf shows
 * in its "overflow", not here.
 */
#ifndef WIRE_PACK_H
#define WIRE_PACK_H

#include <msgpack/pack.h>

#include "str.h"
#include "wire.h"

void wire_pack_init(msgpack_packer *packer, struct strbuf *out);
void wire_pack_text(msgpack_packer *packer, const char *text);
void wire_pack_str(msgpack_packer *packer, struct str text);
void wire_pack_bin(msgpack_packer *packer, struct str bytes);

/* A key and its text; nothing at all when the text is absent. Count with the
 * next one what the map will hold. */
void wire_pack_pair(msgpack_packer *packer, const char *name, struct str text);
size_t wire_pack_present(struct str text); /* 1 or 0 */
void wire_pack_token(
    msgpack_packer *packer, const char *name, const struct wire_token *token);

/* wire_encode.c, for wire_encode_form.c: what every answer begins with, and a
 * receipt; each in a map of "more" further keys, which the caller packs. */
void wire_encode_head(msgpack_packer *packer, const struct wire_request *request,
    enum wire_status status, size_t more);
void wire_encode_receipt_and(msgpack_packer *packer, const struct wire_request *request,
    enum wire_status status, const struct receipt *receipt, size_t more);

#endif
