/* SPDX-License-Identifier: MIT */
#include "identity.h"

#include <string.h>

#include <sodium.h>

/* Douglas Crockford's base 32: without I, L, O and U, which are misread. */
static const char identity_alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* The low 5 * digits bits of a big-endian number. Bits above its first byte
 * count as zero. */
static void
identity_base32(const unsigned char *bytes, size_t count, char *text, size_t digits)
{
	size_t i, bit;

	for (i = 0; i < digits; i++) {
		unsigned digit = 0;

		for (bit = 0; bit < 5; bit++) {
			size_t at = 5 * (digits - i) - 1 - bit; /* from the number's end */

			digit <<= 1;
			if (at < 8 * count)
				digit |= bytes[count - 1 - at / 8] >> at % 8 & 1;
		}
		text[i] = identity_alphabet[digit];
	}
	text[digits] = '\0';
}

/* Makes a UUIDv7 of 16 random bytes. */
static void
identity_stamp(unsigned char uuid[16], int64_t now_ms)
{
	uint64_t ms = now_ms > 0 ? (uint64_t)now_ms : 0;
	size_t i;

	for (i = 0; i < 6; i++)
		uuid[i] = (unsigned char)(ms >> (40 - 8 * i));
	uuid[6] = (unsigned char)(0x70 | (uuid[6] & 0x0F)); /* version 7 */
	uuid[8] = (unsigned char)(0x80 | (uuid[8] & 0x3F)); /* variant of RFC 9562 */
}

void
identity_uuid_make(unsigned char uuid[16], int64_t now_ms)
{
	randombytes_buf(uuid, 16);
	identity_stamp(uuid, now_ms);
}

int
identity_start(void)
{
	/* 1 means that it was started before, which is fine. */
	return sodium_init() < 0 ? -1 : 0;
}

void
identity_make(struct identity *identity, int64_t now_ms)
{
	unsigned char random[32]; /* at once: each call is one of the system's */

	randombytes_buf(random, sizeof(random));
	memcpy(identity->uuid, random, 16);
	identity_stamp(identity->uuid, now_ms);
	identity_uuid_text(identity->uuid, identity->uuid_text);
	/* The last 40 bits are all random. */
	identity_base32(identity->uuid + 11, 5, identity->reference, IDENTITY_REFERENCE);
	identity_base32(random + 16, 16, identity->token, IDENTITY_TOKEN);
	sodium_memzero(random, sizeof(random));
}

/* A hyphen stands in front of these bytes. */
static bool
identity_hyphen(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

bool
identity_token_equal(struct str a, struct str b)
{
	return a.n == b.n && a.n > 0 && sodium_memcmp(a.p, b.p, a.n) == 0;
}

void
identity_uuid_text(const unsigned char uuid[16], char text[IDENTITY_UUID_TEXT + 1])
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < 16; i++) {
		if (identity_hyphen(i))
			*text++ = '-';
		*text++ = digits[uuid[i] >> 4];
		*text++ = digits[uuid[i] & 15];
	}
	*text = '\0';
}

/* 0..15, or -1. */
static int
identity_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' ^ 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
identity_uuid_parse(struct str text, unsigned char uuid[16])
{
	unsigned char parsed[16];
	size_t i, at = 0;

	if (text.n != IDENTITY_UUID_TEXT)
		return false;
	for (i = 0; i < 16; i++) {
		int high, low;

		if (identity_hyphen(i) && text.p[at++] != '-')
			return false;
		high = identity_hex(text.p[at]);
		low = identity_hex(text.p[at + 1]);
		if (high < 0 || low < 0)
			return false;
		parsed[i] = (unsigned char)(high << 4 | low);
		at += 2;
	}
	memcpy(uuid, parsed, sizeof(parsed));
	return true;
}
