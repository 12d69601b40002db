/* SPDX-License-Identifier: MIT */
#include "ticket_json.h"

void
ticket_json_fields(struct json *json, const struct ticket *ticket)
{
	size_t i;

	json_open(json, '{');
	for (i = 0; i < ticket->field_count; i++) {
		json_keyn(json, ticket->fields[i].name);
		value_json(json, &ticket->fields[i].value);
	}
	json_close(json, '}');
}

static void
ticket_json_optional(struct json *json, const char *key, struct str text)
{
	if (text.p == NULL)
		return;
	json_key(json, key);
	json_str(json, text);
}

void
ticket_json_attachments(struct json *json, const struct ticket *ticket)
{
	size_t i;

	json_open(json, '[');
	for (i = 0; i < ticket->attachment_count; i++) {
		const struct ticket_attachment *attachment = &ticket->attachments[i];

		json_open(json, '{');
		ticket_json_optional(json, "name", attachment->name);
		ticket_json_optional(json, "type", attachment->type);
		if (attachment->size >= 0) {
			json_key(json, "size");
			json_int(json, attachment->size);
		}
		ticket_json_optional(json, "field", attachment->field);
		ticket_json_optional(json, "url", attachment->url);
		json_close(json, '}');
	}
	json_close(json, ']');
}
