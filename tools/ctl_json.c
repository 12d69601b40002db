/* SPDX-License-Identifier: MIT */
#include "ctl_json.h"

#include <stdio.h>

#include <jansson.h>

#include "ctl_text.h"

static void
json_put_object(struct json *json, const json_t *object)
{
	const char *key;
	json_t *value;

	json_open(json, '{');
	json_object_foreach((json_t *)object, key, value) {
		json_keyn(json, str_of(key));
		ctl_json_put(json, value);
	}
	json_close(json, '}');
}

static void
json_put_array(struct json *json, const json_t *array)
{
	const json_t *value;
	size_t i;

	json_open(json, '[');
	json_array_foreach((json_t *)array, i, value) {
		ctl_json_put(json, value);
	}
	json_close(json, ']');
}

void
ctl_json_put(struct json *json, const json_t *value)
{
	if (json_is_object(value))
		json_put_object(json, value);
	else if (json_is_array(value))
		json_put_array(json, value);
	else if (json_is_string(value))
		json_str(json, (struct str){json_string_value(value), json_string_length(value)});
	else if (json_is_integer(value))
		json_int(json, json_integer_value(value));
	else if (json_is_real(value))
		json_number(json, json_real_value(value), -1);
	else if (json_is_boolean(value))
		json_bool(json, json_is_true(value));
	else
		json_none(json);
}

void
ctl_json_print(const json_t *value)
{
	struct strbuf out;
	struct json json;

	strbuf_init(&out, 0);
	json_init(&json, &out);
	ctl_json_put(&json, value);
	strbuf_putc(&out, '\n');
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
}
