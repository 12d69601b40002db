/* SPDX-License-Identifier: MIT */
#include "store_array.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 20     /* dimensions, null flag, type, size, lower bound */
#define EMPTY_BYTES 12      /* no dimension: the first three of them */
#define KEEP_BYTES 1048576  /* memory kept from one batch to the next */
#define EPOCH_2000_MS INT64_C(946684800000)

static void
put_be(char *p, uint64_t value, size_t bytes)
{
	while (bytes > 0) {
		p[--bytes] = (char)(value & 0xFF);
		value >>= 8;
	}
}

static uint32_t
get_be32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

void
store_array_init(struct store_array *array, enum store_type type)
{
	*array = (struct store_array){.type = type};
}

void
store_array_fini(struct store_array *array)
{
	free(array->p);
	store_array_init(array, array->type);
}

void
store_array_clear(struct store_array *array)
{
	if (array->room > KEEP_BYTES || array->failed) {
		store_array_fini(array);
		return;
	}
	array->n = 0;
	array->count = 0;
	array->has_null = false;
}

/* Where n more bytes go, or NULL once there is no memory. The header's place is
 * left free before the first element. */
static char *
array_room(struct store_array *array, size_t n)
{
	size_t used = array->n == 0 ? HEADER_BYTES : array->n;
	size_t room = array->room == 0 ? 1024 : array->room;
	char *p;

	if (array->failed)
		return NULL;
	if (n > INT32_MAX / 2 || used + n > INT32_MAX / 2) {
		array->failed = true;
		return NULL;
	}
	while (room < used + n)
		room *= 2;
	if (room != array->room) {
		p = realloc(array->p, room);
		if (p == NULL) {
			array->failed = true;
			return NULL;
		}
		array->p = p;
		array->room = room;
	}
	array->n = used + n;
	return array->p + used;
}

void
store_array_null(struct store_array *array)
{
	char *p = array_room(array, 4);

	if (p == NULL)
		return;
	put_be(p, UINT32_MAX, 4);
	array->has_null = true;
	array->count++;
}

void
store_array_str(struct store_array *array, struct str value)
{
	bool jsonb = array->type == STORE_JSONB;
	char *p;

	if (value.p == NULL) {
		store_array_null(array);
		return;
	}
	p = array_room(array, 4 + jsonb + value.n);
	if (p == NULL)
		return;
	put_be(p, value.n + jsonb, 4);
	p += 4;
	if (jsonb)
		*p++ = 1; /* the version of its binary form */
	if (value.n > 0)
		memcpy(p, value.p, value.n);
	array->count++;
}

static void
array_number(struct store_array *array, uint64_t value, size_t bytes)
{
	char *p = array_room(array, 4 + bytes);

	if (p == NULL)
		return;
	put_be(p, bytes, 4);
	put_be(p + 4, value, bytes);
	array->count++;
}

void
store_array_integer(struct store_array *array, int64_t value)
{
	array_number(array, (uint64_t)value, array->type == STORE_SMALLINT ? 2 : 4);
}

void
store_array_boolean(struct store_array *array, bool value)
{
	array_number(array, value, 1);
}

void
store_array_real(struct store_array *array, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	array_number(array, bits, 8);
}

void
store_array_time(struct store_array *array, int64_t ms)
{
	array_number(array, (uint64_t)((ms - EPOCH_2000_MS) * 1000), 8);
}

struct pgconn_param
store_array_param(struct store_array *array)
{
	if (array->count == 0 && array_room(array, 0) == NULL)
		return (struct pgconn_param){.binary = true};
	put_be(array->p, array->count > 0, 4);
	put_be(array->p + 4, array->has_null, 4);
	put_be(array->p + 8, array->type, 4);
	put_be(array->p + 12, array->count, 4);
	put_be(array->p + 16, 1, 4);
	return (struct pgconn_param){
	    array->p, array->count > 0 ? (int)array->n : EMPTY_BYTES, true};
}

int
store_array_read(struct arena *arena, struct str value, struct str **items, size_t *count)
{
	const char *p = value.p, *end = value.p + value.n;
	uint32_t i, n;

	*items = NULL;
	*count = 0;
	if (value.n < EMPTY_BYTES || get_be32(p) > 1)
		return -1;
	if (get_be32(p) == 0)
		return 0;
	if (value.n < HEADER_BYTES || get_be32(p + 8) != STORE_TEXT)
		return -1;
	n = get_be32(p + 12);
	p += HEADER_BYTES;
	if (n > (size_t)(end - p) / 4)
		return -1;
	*items = arena_array(arena, n, sizeof(**items));
	if (*items == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		uint32_t size;

		if (end - p < 4)
			return -1;
		size = get_be32(p);
		p += 4;
		if (size > (size_t)(end - p))
			return -1; /* a NULL too: none of ours has one */
		(*items)[i] = (struct str){p, size};
		p += size;
	}
	*count = n;
	return 0;
}
