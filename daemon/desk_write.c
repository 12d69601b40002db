/* SPDX-License-Identifier: MIT */
#include "desk_write.h"

#include <inttypes.h>
#include <stdio.h>

#include "identity.h"
#include "json.h"
#include "ticket_json.h"
#include "timestamp.h"

static const char *const move_names[] = {
    [DESK_STAY] = "stay",
    [DESK_QUEUE] = "queue",
    [DESK_ASK] = "ask",
    [DESK_CLOSE] = "close",
    [DESK_REOPEN] = "reopen",
};

void
desk_write_init(struct desk_write_params *params)
{
	strbuf_init(&params->fields, 0);
	strbuf_init(&params->attachments, 0);
	store_array_init(&params->positions, STORE_INTEGER);
	store_array_init(&params->contents, STORE_BYTES);
}

void
desk_write_fini(struct desk_write_params *params)
{
	strbuf_fini(&params->fields);
	strbuf_fini(&params->attachments);
	store_array_fini(&params->positions);
	store_array_fini(&params->contents);
}

struct pgconn_param
desk_write_text(struct str text)
{
	return (struct pgconn_param){text.p, (int)text.n, false};
}

struct pgconn_param
desk_write_time(int64_t ms, char text[32])
{
	timestamp_format(ms, 0, text);
	return desk_write_text(str_of(text));
}

static struct pgconn_param
bytes(const void *p, size_t n)
{
	return (struct pgconn_param){p, (int)n, true};
}

static void
put_content(struct desk_write_params *params, const struct ticket *content)
{
	struct json json;
	size_t i;

	strbuf_clear(&params->fields);
	json_init(&json, &params->fields);
	ticket_json_fields(&json, content);
	strbuf_clear(&params->attachments);
	json_init(&json, &params->attachments);
	ticket_json_attachments(&json, content);
	store_array_clear(&params->positions);
	store_array_clear(&params->contents);
	for (i = 0; i < content->attachment_count; i++) {
		if (content->attachments[i].data.p == NULL)
			continue;
		store_array_integer(&params->positions, (int64_t)i);
		store_array_str(&params->contents, content->attachments[i].data);
	}
}

static void
put_reply(struct desk_write_params *params, const struct desk_write *write,
    struct pgconn_param list[5])
{
	size_t i;

	for (i = 0; i < 5; i++)
		list[i] = (struct pgconn_param){NULL, 0, false};
	if (!write->has_reply)
		return;
	identity_uuid_text(write->reply_id, params->reply);
	list[0] = desk_write_text(str_of(params->reply));
	list[1] = desk_write_text(write->move == DESK_ASK ? STR("ask") : STR("answer"));
	list[2] = desk_write_text(write->reply_locale);
	list[3] = desk_write_text(write->reply_subject);
	list[4] = desk_write_text(write->reply_body);
}

/* In the order of "desk_write" (desk_sql.c). */
int
desk_write_fill(struct desk_write_params *params, const struct desk_write *write)
{
	const struct desk_ticket *seen = write->seen;
	struct pgconn_param *next = params->list;

	put_content(params, write->content);
	identity_uuid_text(seen->uuid, params->uuid);
	snprintf(params->version, sizeof(params->version), "%d", write->digest_version);
	snprintf(params->seen, sizeof(params->seen), "%" PRId64, seen->message_count);
	*next++ = desk_write_text(str_of(params->uuid));
	*next++ = bytes(write->key.p, write->key.n);
	*next++ = bytes(write->digest, sizeof(write->digest));
	*next++ = desk_write_text(str_of(params->version));
	*next++ = desk_write_text(str_of(params->seen));
	*next++ = desk_write_text(seen->state);
	*next++ = desk_write_text(seen->category);
	*next++ = desk_write_text(write->content->body);
	*next++ = desk_write_text(strbuf_str(&params->fields));
	*next++ = desk_write_text(strbuf_str(&params->attachments));
	*next++ = store_array_param(&params->positions);
	*next++ = store_array_param(&params->contents);
	*next++ = desk_write_text(write->decision);
	*next++ = desk_write_text(str_of(move_names[write->move]));
	*next++ = write->has_due ? desk_write_time(write->due_ms, params->due)
				 : desk_write_text((struct str){NULL, 0});
	snprintf(params->wait, sizeof(params->wait), "%" PRId64 ".%03d",
	    write->wait_ms / 1000, (int)(write->wait_ms % 1000));
	*next++ = desk_write_text(str_of(params->wait));
	put_reply(params, write, next);
	return params->positions.failed || params->contents.failed ? -1 : 0;
}
