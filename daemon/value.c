/* SPDX-License-Identifier: MIT */
#include "value.h"

void
value_json(struct json *json, const struct value *value)
{
	size_t i;

	switch (value->type) {
	case VALUE_NONE:
		json_none(json);
		return;
	case VALUE_TEXT:
	case VALUE_DATE:
		json_str(json, value->text);
		return;
	case VALUE_BOOLEAN:
		json_bool(json, value->boolean);
		return;
	case VALUE_INTEGER:
		json_int(json, value->integer);
		return;
	case VALUE_REAL:
		json_number(json, value->real, -1);
		return;
	case VALUE_LIST:
		/* The readers bound how deep lists can be. */
		json_open(json, '[');
		for (i = 0; i < value->count; i++)
			value_json(json, &value->items[i]);
		json_close(json, ']');
		return;
	}
}
