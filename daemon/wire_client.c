/* SPDX-License-Identifier: MIT */
/*
 * The client's side: writing a request. What the ticket does not have is left
 * out, so that the daemon says what is missing, not this.
 */
#include "wire.h"

#include "timestamp.h"
#include "wire_pack.h"
#include "wire_part.h"

static void
wire_client_value(msgpack_packer *packer, const struct value *value)
{
	size_t i;

	switch (value->type) {
	case VALUE_NONE:
		msgpack_pack_nil(packer);
		break;
	case VALUE_TEXT:
	case VALUE_DATE:
		wire_pack_str(packer, value->text);
		break;
	case VALUE_BOOLEAN:
		value->boolean ? msgpack_pack_true(packer) : msgpack_pack_false(packer);
		break;
	case VALUE_INTEGER:
		msgpack_pack_int64(packer, value->integer);
		break;
	case VALUE_REAL:
		msgpack_pack_double(packer, value->real);
		break;
	case VALUE_LIST:
		msgpack_pack_array(packer, value->count);
		for (i = 0; i < value->count; i++)
			wire_client_value(packer, &value->items[i]);
		break;
	}
}

static void
wire_client_fields(msgpack_packer *packer, const struct ticket *ticket)
{
	size_t i;

	wire_pack_text(packer, "fields");
	msgpack_pack_map(packer, ticket->field_count);
	for (i = 0; i < ticket->field_count; i++) {
		wire_pack_str(packer, ticket->fields[i].name);
		wire_client_value(packer, &ticket->fields[i].value);
	}
}

static void
wire_client_file(msgpack_packer *packer, const struct ticket_attachment *file)
{
	bool size = file->size >= 0;

	msgpack_pack_map(packer, size + wire_pack_present(file->name) +
	                             wire_pack_present(file->type) +
	                             wire_pack_present(file->field) +
	                             wire_pack_present(file->data) +
	                             wire_pack_present(file->url));
	wire_pack_pair(packer, "name", file->name);
	wire_pack_pair(packer, "type", file->type);
	if (size) {
		wire_pack_text(packer, "size");
		msgpack_pack_int64(packer, file->size);
	}
	wire_pack_pair(packer, "field", file->field);
	wire_pack_pair(packer, "url", file->url);
	if (file->data.p != NULL) {
		wire_pack_text(packer, "data");
		wire_pack_bin(packer, file->data);
	}
}

static void
wire_client_files(msgpack_packer *packer, const struct ticket *ticket)
{
	size_t i;

	wire_pack_text(packer, "attachments");
	msgpack_pack_array(packer, ticket->attachment_count);
	for (i = 0; i < ticket->attachment_count; i++)
		wire_client_file(packer, &ticket->attachments[i]);
}

static void
wire_client_requester(msgpack_packer *packer, const struct ticket *ticket)
{
	wire_pack_text(packer, "requester");
	msgpack_pack_map(packer, wire_pack_present(ticket->requester_name) +
	                             wire_pack_present(ticket->requester_email));
	wire_pack_pair(packer, "name", ticket->requester_name);
	wire_pack_pair(packer, "email", ticket->requester_email);
}

static void
wire_client_ticket(msgpack_packer *packer, const struct ticket *ticket)
{
	char received_at[32];

	msgpack_pack_map(packer, 3 + ticket->has_received_at +
	                             wire_pack_present(ticket->audience) +
	                             wire_pack_present(ticket->form_locale) +
	                             wire_pack_present(ticket->reason) +
	                             wire_pack_present(ticket->subject) +
	                             wire_pack_present(ticket->body));
	wire_pack_pair(packer, "audience", ticket->audience);
	wire_pack_pair(packer, "form_locale", ticket->form_locale);
	if (ticket->has_received_at) {
		timestamp_format(ticket->received_at, 0, received_at);
		wire_pack_pair(packer, "received_at", str_of(received_at));
	}
	wire_pack_pair(packer, "reason", ticket->reason);
	wire_client_requester(packer, ticket);
	wire_pack_pair(packer, "subject", ticket->subject);
	wire_pack_pair(packer, "body", ticket->body);
	wire_client_fields(packer, ticket);
	wire_client_files(packer, ticket);
}

/* What every request begins with, in a map of more further keys. */
static void
wire_client_head(
    msgpack_packer *packer, enum wire_op op, struct str id, struct str key, size_t more)
{
	msgpack_pack_map(packer, 2 + wire_pack_present(id) + wire_pack_present(key) + more);
	wire_pack_text(packer, "v");
	msgpack_pack_int(packer, WIRE_VERSION);
	wire_pack_text(packer, "op");
	wire_pack_text(packer, wire_op_names[op]);
	wire_pack_pair(packer, "id", id);
	if (key.p == NULL)
		return;
	wire_pack_text(packer, "key");
	/* A key is its bytes; a peer may refuse bytes that call themselves text. */
	if (utf8_check(key, NULL))
		wire_pack_str(packer, key);
	else
		wire_pack_bin(packer, key);
}

void
wire_encode_request(enum wire_op op, struct str id, struct str key,
    const struct ticket *ticket, struct strbuf *out)
{
	msgpack_packer packer;

	wire_pack_init(&packer, out);
	wire_client_head(&packer, op, id, key, ticket != NULL);
	if (ticket != NULL) {
		wire_pack_text(&packer, "ticket");
		wire_client_ticket(&packer, ticket);
	}
}

void
wire_encode_follow_up(struct str id, struct str key, struct str named, struct str token,
    const struct ticket *content, struct strbuf *out)
{
	msgpack_packer packer;

	wire_pack_init(&packer, out);
	wire_client_head(&packer, WIRE_FOLLOW_UP, id, key,
	    2 + wire_pack_present(named) + wire_pack_present(token) +
	        wire_pack_present(content->body));
	wire_pack_pair(&packer, "ticket", named);
	wire_pack_pair(&packer, "token", token);
	wire_pack_pair(&packer, "body", content->body);
	wire_client_fields(&packer, content);
	wire_client_files(&packer, content);
}

void
wire_encode_lookup(struct str id, struct str key, struct str named, struct strbuf *out)
{
	msgpack_packer packer;

	wire_pack_init(&packer, out);
	wire_client_head(&packer, WIRE_LOOKUP, id, key, wire_pack_present(named));
	wire_pack_pair(&packer, "ticket", named);
}
