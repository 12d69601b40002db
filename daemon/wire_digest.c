/* SPDX-License-Identifier: MIT */
/*
 * The digest of a ticket map, version 1: SHA-256 of the map written again in
 * the one canonical way that schemas/wire.md defines. The bytes are written
 * here, not by msgpack-c, whose choices may differ between versions while
 * digests in databases stay.
 *
 * The scan has bounded depth and keys before, so recursion and the array of
 * sorted pairs have a ceiling.
 */
#include "wire_part.h"

#include <string.h>

#include "limits.h"

static void
wire_digest_head(struct digest_stream *stream, unsigned char first, uint64_t number,
    unsigned width)
{
	unsigned char bytes[9] = {first};
	unsigned i;

	for (i = 0; i < width; i++)
		bytes[1 + i] = (unsigned char)(number >> 8 * (width - 1 - i));
	digest_stream_put(stream, bytes, 1 + width);
}

static void
wire_digest_unsigned(struct digest_stream *stream, uint64_t number)
{
	if (number <= 0x7F)
		wire_digest_head(stream, (unsigned char)number, 0, 0);
	else if (number <= UINT8_MAX)
		wire_digest_head(stream, 0xCC, number, 1);
	else if (number <= UINT16_MAX)
		wire_digest_head(stream, 0xCD, number, 2);
	else if (number <= UINT32_MAX)
		wire_digest_head(stream, 0xCE, number, 4);
	else
		wire_digest_head(stream, 0xCF, number, 8);
}

static void
wire_digest_negative(struct digest_stream *stream, int64_t number)
{
	uint64_t bits = (uint64_t)number;

	if (number >= -32)
		wire_digest_head(stream, (unsigned char)bits, 0, 0);
	else if (number >= INT8_MIN)
		wire_digest_head(stream, 0xD0, bits, 1);
	else if (number >= INT16_MIN)
		wire_digest_head(stream, 0xD1, bits, 2);
	else if (number >= INT32_MIN)
		wire_digest_head(stream, 0xD2, bits, 4);
	else
		wire_digest_head(stream, 0xD3, bits, 8);
}

static void
wire_digest_str(struct digest_stream *stream, const char *bytes, uint32_t count)
{
	if (count < 32)
		wire_digest_head(stream, (unsigned char)(0xA0 | count), 0, 0);
	else if (count <= UINT8_MAX)
		wire_digest_head(stream, 0xD9, count, 1);
	else if (count <= UINT16_MAX)
		wire_digest_head(stream, 0xDA, count, 2);
	else
		wire_digest_head(stream, 0xDB, count, 4);
	digest_stream_put(stream, bytes, count);
}

static void
wire_digest_bin(struct digest_stream *stream, const char *bytes, uint32_t count)
{
	if (count <= UINT8_MAX)
		wire_digest_head(stream, 0xC4, count, 1);
	else if (count <= UINT16_MAX)
		wire_digest_head(stream, 0xC5, count, 2);
	else
		wire_digest_head(stream, 0xC6, count, 4);
	digest_stream_put(stream, bytes, count);
}

static void
wire_digest_real(struct digest_stream *stream, double number)
{
	uint64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	wire_digest_head(stream, 0xCB, bits, 8);
}

/* fix: the one-byte form for up to 15 items; else with 16 or 32 bits. */
static void
wire_digest_count(
    struct digest_stream *stream, unsigned char fix, unsigned char wide, uint32_t count)
{
	if (count < 16)
		wire_digest_head(stream, (unsigned char)(fix | count), 0, 0);
	else if (count <= UINT16_MAX)
		wire_digest_head(stream, wide, count, 2);
	else
		wire_digest_head(stream, (unsigned char)(wide + 1), count, 4);
}

static void wire_digest_object(struct digest_stream *stream, const msgpack_object *object);

static void
wire_digest_map(struct digest_stream *stream, const msgpack_object_map *map)
{
	const msgpack_object_kv *sorted[LIMIT_FIELDS];
	uint32_t i, count = 0;

	for (i = 0; i < map->size; i++) {
		const msgpack_object_kv *pair = &map->ptr[i];
		struct str name = {pair->key.via.str.ptr, pair->key.via.str.size};
		uint32_t at = count;

		if (pair->val.type == MSGPACK_OBJECT_NIL)
			continue;
		for (; at > 0; at--) {
			const msgpack_object_str *before = &sorted[at - 1]->key.via.str;

			if (str_cmp((struct str){before->ptr, before->size}, name) < 0)
				break;
			sorted[at] = sorted[at - 1];
		}
		sorted[at] = pair;
		count++;
	}
	wire_digest_count(stream, 0x80, 0xDE, count);
	for (i = 0; i < count; i++) {
		wire_digest_object(stream, &sorted[i]->key);
		wire_digest_object(stream, &sorted[i]->val);
	}
}

static void
wire_digest_object(struct digest_stream *stream, const msgpack_object *object)
{
	uint32_t i;

	switch (object->type) {
	case MSGPACK_OBJECT_BOOLEAN:
		wire_digest_head(stream, object->via.boolean ? 0xC3 : 0xC2, 0, 0);
		break;
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
		wire_digest_unsigned(stream, object->via.u64);
		break;
	case MSGPACK_OBJECT_NEGATIVE_INTEGER:
		wire_digest_negative(stream, object->via.i64);
		break;
	case MSGPACK_OBJECT_FLOAT32:
	case MSGPACK_OBJECT_FLOAT64:
		wire_digest_real(stream, object->via.f64);
		break;
	case MSGPACK_OBJECT_STR:
		wire_digest_str(stream, object->via.str.ptr, object->via.str.size);
		break;
	case MSGPACK_OBJECT_BIN:
		wire_digest_bin(stream, object->via.bin.ptr, object->via.bin.size);
		break;
	case MSGPACK_OBJECT_ARRAY:
		wire_digest_count(stream, 0x90, 0xDC, object->via.array.size);
		for (i = 0; i < object->via.array.size; i++)
			wire_digest_object(stream, &object->via.array.ptr[i]);
		break;
	case MSGPACK_OBJECT_MAP:
		wire_digest_map(stream, &object->via.map);
		break;
	default: /* nil; the scan has refused extension types */
		wire_digest_head(stream, 0xC0, 0, 0);
		break;
	}
}

void
wire_digest(const msgpack_object *object, unsigned char digest[DIGEST_BYTES])
{
	struct digest_stream stream;

	digest_stream_init(&stream);
	wire_digest_object(&stream, object);
	digest_stream_end(&stream, digest);
}
