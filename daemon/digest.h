/* SPDX-License-Identifier: MIT */
/*
 * digest: SHA-256, by libsodium (its only user beside identity.c).
 */
#ifndef DIGEST_H
#define DIGEST_H

#include "str.h"

#define DIGEST_BYTES 32

int digest_start(void); /* once, before anything else here or in identity.h; 0 or -1 */
void digest_sha256(struct str data, unsigned char digest[DIGEST_BYTES]);
void digest_hex(const unsigned char *bytes, size_t count, char *text); /* 2 * count + 1 */

#endif
