/* SPDX-License-Identifier: MIT */
#include "digest.h"

#include <sodium.h>

_Static_assert(DIGEST_BYTES == crypto_hash_sha256_BYTES, "SHA-256");
_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(struct digest_stream),
    "digest.h leaves room for libsodium's state");
_Static_assert(_Alignof(crypto_hash_sha256_state) <= _Alignof(struct digest_stream),
    "digest.h aligns libsodium's state");

int
digest_start(void)
{
	/* 1 means that it was started before, which is fine. */
	return sodium_init() < 0 ? -1 : 0;
}

void
digest_sha256(struct str data, unsigned char digest[DIGEST_BYTES])
{
	crypto_hash_sha256(digest, (const unsigned char *)(data.p != NULL ? data.p : ""), data.n);
}

void
digest_stream_init(struct digest_stream *stream)
{
	crypto_hash_sha256_init((crypto_hash_sha256_state *)(void *)stream->state);
}

void
digest_stream_put(struct digest_stream *stream, const void *bytes, size_t count)
{
	if (count > 0)
		crypto_hash_sha256_update(
		    (crypto_hash_sha256_state *)(void *)stream->state, bytes, count);
}

void
digest_stream_end(struct digest_stream *stream, unsigned char digest[DIGEST_BYTES])
{
	crypto_hash_sha256_final((crypto_hash_sha256_state *)(void *)stream->state, digest);
}

void
digest_hex(const unsigned char *bytes, size_t count, char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < count; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	text[2 * count] = '\0';
}
