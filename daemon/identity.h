/* SPDX-License-Identifier: MIT */
/*
 * identity: names for new tickets. UUIDv7 (RFC 9562 section 5.7) so that
 * indexes grow at one end; a reference for people, 8 characters of Crockford
 * base 32 from its random part; and the unguessable token of a follow-up.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

#define IDENTITY_UUID_TEXT 36
#define IDENTITY_REFERENCE 8
#define IDENTITY_TOKEN 26 /* 128 bits in Crockford base 32 */

struct identity {
	unsigned char uuid[16];
	char uuid_text[IDENTITY_UUID_TEXT + 1];
	char reference[IDENTITY_REFERENCE + 1];
	char token[IDENTITY_TOKEN + 1];
};

/* Once, before the first identity: readies libsodium, whose random bits these
 * are. 0 or -1. */
int identity_start(void);
void identity_make(struct identity *identity, int64_t now_ms);
void identity_uuid_make(unsigned char uuid[16], int64_t now_ms);
void identity_uuid_text(const unsigned char uuid[16], char text[IDENTITY_UUID_TEXT + 1]);
/* Takes the same time whatever the difference. */
bool identity_token_equal(struct str a, struct str b);
bool identity_uuid_parse(struct str text, unsigned char uuid[16]);

#endif
