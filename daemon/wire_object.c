/* SPDX-License-Identifier: MIT */
/*
 * Objects of msgpack-c into our types. null is the same as absent; any other
 * type than the one wanted is reported and left out.
 */
#include "wire_part.h"

/* The number of that name, or count. */
static size_t
wire_object_name(struct str name, const char *const *names, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (str_is(name, names[i]))
			break;
	return i;
}

bool
wire_object_map(struct wire_check *check, const struct wire_path *path,
    const msgpack_object *object, const char *const *names, size_t count,
    const msgpack_object **found)
{
	size_t i;

	for (i = 0; i < count; i++)
		found[i] = NULL;
	if (object->type != MSGPACK_OBJECT_MAP) {
		wire_check_fault(check, path, WIRE_WRONG_TYPE, "a map");
		return false;
	}
	for (i = 0; i < object->via.map.size; i++) {
		const msgpack_object_kv *pair = &object->via.map.ptr[i];
		struct str name = {pair->key.via.str.ptr, pair->key.via.str.size};
		size_t at = wire_object_name(name, names, count);

		if (at == count) {
			struct wire_path unknown = {path, name, 0};

			wire_check_unknown(check, &unknown, names, count);
		} else if (pair->val.type != MSGPACK_OBJECT_NIL) {
			found[at] = &pair->val;
		}
	}
	return true;
}

void
wire_object_text(struct wire_check *check, const struct wire_path *path,
    const msgpack_object *object, struct str *value)
{
	if (object == NULL)
		return;
	if (object->type != MSGPACK_OBJECT_STR)
		wire_check_fault(check, path, WIRE_WRONG_TYPE, "a text");
	else
		*value = (struct str){object->via.str.ptr, object->via.str.size};
}

void
wire_object_bytes(struct wire_check *check, const struct wire_path *path,
    const msgpack_object *object, struct str *value)
{
	if (object == NULL)
		return;
	if (object->type == MSGPACK_OBJECT_BIN)
		*value = (struct str){object->via.bin.ptr, object->via.bin.size};
	else if (object->type == MSGPACK_OBJECT_STR)
		*value = (struct str){object->via.str.ptr, object->via.str.size};
	else
		wire_check_fault(check, path, WIRE_WRONG_TYPE, "binary or a text");
}

void
wire_object_integer(struct wire_check *check, const struct wire_path *path,
    const msgpack_object *object, int64_t *value)
{
	if (object == NULL)
		return;
	if (object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
		*value = object->via.i64;
	else if (object->type != MSGPACK_OBJECT_POSITIVE_INTEGER)
		wire_check_fault(check, path, WIRE_WRONG_TYPE, "an integer");
	else if (object->via.u64 > INT64_MAX)
		wire_check_fault(check, path, WIRE_OUT_OF_RANGE, NULL);
	else
		*value = (int64_t)object->via.u64;
}
