/* SPDX-License-Identifier: MIT */
#include "digest.h"

/* The plain functions keep their state in the caller's memory; OpenSSL 3 would
 * rather have it on the heap, one allocation and look-up per ticket. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

_Static_assert(DIGEST_BYTES == SHA256_DIGEST_LENGTH, "SHA-256");
_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct digest_stream),
    "digest.h leaves room for the library's state");
_Static_assert(_Alignof(SHA256_CTX) <= _Alignof(struct digest_stream),
    "digest.h aligns the library's state");

static SHA256_CTX *
digest_state(struct digest_stream *stream)
{
	return (SHA256_CTX *)(void *)stream->state;
}

void
digest_sha256(struct str data, unsigned char digest[DIGEST_BYTES])
{
	SHA256((const unsigned char *)(data.p != NULL ? data.p : ""), data.n, digest);
}

void
digest_stream_init(struct digest_stream *stream)
{
	SHA256_Init(digest_state(stream));
}

void
digest_stream_put(struct digest_stream *stream, const void *bytes, size_t count)
{
	if (count > 0)
		SHA256_Update(digest_state(stream), bytes, count);
}

void
digest_stream_end(struct digest_stream *stream, unsigned char digest[DIGEST_BYTES])
{
	SHA256_Final(digest, digest_state(stream));
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
