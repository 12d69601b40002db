/* SPDX-License-Identifier: MIT */
/*
 * digest: SHA-256, by OpenSSL's libcrypto, which uses the processor's own
 * instructions for it (libsodium does not, and took a tenth of a ticket's time).
 */
#ifndef DIGEST_H
#define DIGEST_H

#include "str.h"

#define DIGEST_BYTES 32

void digest_sha256(struct str data, unsigned char digest[DIGEST_BYTES]);
/* The same over bytes that come piece by piece. */
struct digest_stream {
	_Alignas(8) unsigned char state[128];
};
void digest_stream_init(struct digest_stream *stream);
void digest_stream_put(struct digest_stream *stream, const void *bytes, size_t count);
void digest_stream_end(struct digest_stream *stream, unsigned char digest[DIGEST_BYTES]);

/* Lower case; text has room for 2 * count + 1. */
void digest_hex(const unsigned char *bytes, size_t count, char *text);

#endif
