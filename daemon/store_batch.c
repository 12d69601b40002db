/* SPDX-License-Identifier: MIT */
#include "store_batch.h"

#include "answer.h"

static const enum store_type types[COLUMN_COUNT] = {
    [COLUMN_SOURCE] = STORE_TEXT,
    [COLUMN_KEY] = STORE_BYTES,
    [COLUMN_TICKET] = STORE_UUID,
    [COLUMN_REFERENCE] = STORE_TEXT,
    [COLUMN_DIGEST] = STORE_BYTES,
    [COLUMN_DIGEST_VERSION] = STORE_SMALLINT,
    [COLUMN_AUDIENCE] = STORE_TEXT,
    [COLUMN_LOCALE] = STORE_TEXT,
    [COLUMN_FORM_LOCALE] = STORE_TEXT,
    [COLUMN_RECEIVED_AT] = STORE_TIME,
    [COLUMN_CLOCK_FROM_SENDER] = STORE_BOOLEAN,
    [COLUMN_REQUESTER_NAME] = STORE_TEXT,
    [COLUMN_REQUESTER_EMAIL] = STORE_TEXT,
    [COLUMN_SUBJECT] = STORE_TEXT,
    [COLUMN_BODY] = STORE_TEXT,
    [COLUMN_REASON] = STORE_TEXT,
    [COLUMN_FIELDS] = STORE_JSONB,
    [COLUMN_ATTACHMENTS] = STORE_JSONB,
    [COLUMN_CATEGORY] = STORE_TEXT,
    [COLUMN_OUTCOME] = STORE_TEXT,
    [COLUMN_TEAM] = STORE_TEXT,
    [COLUMN_PRIORITY] = STORE_TEXT,
    [COLUMN_DUE_AT] = STORE_TIME,
    [COLUMN_MISSING] = STORE_TEXT,
    [COLUMN_FOUND] = STORE_JSONB,
    [COLUMN_CONFIDENCE] = STORE_REAL,
    [COLUMN_EXPLANATION] = STORE_JSON,
    [COLUMN_POLICY] = STORE_BYTES,
    [COLUMN_TOKEN] = STORE_TEXT,
    [COLUMN_REPLY_ID] = STORE_UUID,
    [COLUMN_REPLY_SUBJECT] = STORE_TEXT,
    [COLUMN_REPLY_BODY] = STORE_TEXT,
    [COLUMN_WAIT] = STORE_REAL,
    [COLUMN_ATTACHED_TO] = STORE_UUID,
    [COLUMN_POSITION] = STORE_INTEGER,
    [COLUMN_CONTENT] = STORE_BYTES,
    [COLUMN_SHADOWED] = STORE_UUID,
    [COLUMN_SHADOW_POLICY] = STORE_BYTES,
    [COLUMN_SHADOW_CATEGORY] = STORE_TEXT,
    [COLUMN_SHADOW_OUTCOME] = STORE_TEXT,
    [COLUMN_SHADOW_TEAM] = STORE_TEXT,
    [COLUMN_SHADOW_PRIORITY] = STORE_TEXT,
    [COLUMN_SHADOW_MISSING] = STORE_TEXT,
    [COLUMN_SHADOW_CONFIDENCE] = STORE_REAL,
};

void
store_batch_init(struct store_batch *batch)
{
	size_t i;

	for (i = 0; i < COLUMN_COUNT; i++)
		store_array_init(&batch->columns[i], types[i]);
	strbuf_init(&batch->text, 0);
}

void
store_batch_fini(struct store_batch *batch)
{
	size_t i;

	for (i = 0; i < COLUMN_COUNT; i++)
		store_array_fini(&batch->columns[i]);
	strbuf_fini(&batch->text);
}

void
store_batch_clear(struct store_batch *batch)
{
	size_t i;

	for (i = 0; i < COLUMN_COUNT; i++)
		store_array_clear(&batch->columns[i]);
}

static void
put_str(struct store_batch *batch, enum store_column column, struct str value)
{
	store_array_str(&batch->columns[column], value);
}

/* Never NULL: an absent text of a column that must be there is empty. */
static void
put_text(struct store_batch *batch, enum store_column column, struct str value)
{
	put_str(batch, column, value.p != NULL ? value : STR(""));
}

static void
put_bytes(struct store_batch *batch, enum store_column column, const void *bytes, size_t n)
{
	put_str(batch, column, (struct str){bytes, n});
}

static void
put_identity(struct store_batch *batch, const struct store_row *row)
{
	put_bytes(batch, COLUMN_TICKET, row->identity.uuid, sizeof(row->identity.uuid));
	put_str(batch, COLUMN_REFERENCE, str_of(row->identity.reference));
	put_str(batch, COLUMN_TOKEN, str_of(row->identity.token));
	put_bytes(batch, COLUMN_DIGEST, row->digest, sizeof(row->digest));
	store_array_integer(&batch->columns[COLUMN_DIGEST_VERSION], row->digest_version);
}

static void
put_ticket(struct store_batch *batch, const struct ticket *ticket)
{
	put_text(batch, COLUMN_AUDIENCE, ticket->audience);
	put_str(batch, COLUMN_FORM_LOCALE, ticket->form_locale);
	put_str(batch, COLUMN_REQUESTER_NAME, ticket->requester_name);
	put_text(batch, COLUMN_REQUESTER_EMAIL, ticket->requester_email);
	put_text(batch, COLUMN_SUBJECT, ticket->subject);
	put_text(batch, COLUMN_BODY, ticket->body);
	put_str(batch, COLUMN_REASON, ticket->reason);
}

static void
put_contents(struct store_batch *batch, const struct store_row *row)
{
	size_t i;

	for (i = 0; i < row->ticket->attachment_count; i++) {
		if (row->ticket->attachments[i].data.p == NULL)
			continue;
		put_bytes(
		    batch, COLUMN_ATTACHED_TO, row->identity.uuid, sizeof(row->identity.uuid));
		store_array_integer(&batch->columns[COLUMN_POSITION], (int64_t)i);
		put_str(batch, COLUMN_CONTENT, row->ticket->attachments[i].data);
	}
}

static void
put_shadow(struct store_batch *batch, const struct store_row *row)
{
	const struct shadow_decision *shadow = &row->shadow;

	if (shadow->verdict != SHADOW_SAME && shadow->verdict != SHADOW_DIFFERENT)
		return;
	put_bytes(batch, COLUMN_SHADOWED, row->identity.uuid, sizeof(row->identity.uuid));
	put_bytes(batch, COLUMN_SHADOW_POLICY, shadow->policy, sizeof(shadow->policy));
	put_text(batch, COLUMN_SHADOW_CATEGORY, shadow->category);
	put_text(batch, COLUMN_SHADOW_OUTCOME, shadow->outcome);
	put_text(batch, COLUMN_SHADOW_TEAM, shadow->team);
	put_text(batch, COLUMN_SHADOW_PRIORITY, shadow->priority);
	put_text(batch, COLUMN_SHADOW_MISSING, shadow->missing);
	store_array_real(&batch->columns[COLUMN_SHADOW_CONFIDENCE], shadow->confidence);
}

static void
put_reply(struct store_batch *batch, const struct store_row *row)
{
	if (row->has_reply) {
		put_bytes(batch, COLUMN_REPLY_ID, row->reply_id, sizeof(row->reply_id));
		put_text(batch, COLUMN_REPLY_SUBJECT, row->reply_subject);
		strbuf_clear(&batch->text);
		answer_address(row->reply_body, str_of(row->identity.reference),
		    str_of(row->identity.token), &batch->text);
		put_text(batch, COLUMN_REPLY_BODY, strbuf_str(&batch->text));
		return;
	}
	store_array_null(&batch->columns[COLUMN_REPLY_ID]);
	store_array_null(&batch->columns[COLUMN_REPLY_SUBJECT]);
	store_array_null(&batch->columns[COLUMN_REPLY_BODY]);
}

void
store_batch_add(struct store_batch *batch, const struct store_row *row)
{
	store_batch_add_key(batch, row);
	put_identity(batch, row);
	put_ticket(batch, row->ticket);
	put_text(batch, COLUMN_LOCALE, row->locale);
	store_array_time(&batch->columns[COLUMN_RECEIVED_AT], row->received_at_ms);
	store_array_boolean(&batch->columns[COLUMN_CLOCK_FROM_SENDER], row->clock_from_sender);
	put_text(batch, COLUMN_CATEGORY, row->category);
	put_text(batch, COLUMN_OUTCOME, row->outcome);
	put_text(batch, COLUMN_TEAM, row->team);
	put_text(batch, COLUMN_PRIORITY, row->priority);
	if (row->has_due)
		store_array_time(&batch->columns[COLUMN_DUE_AT], row->due_ms);
	else
		store_array_null(&batch->columns[COLUMN_DUE_AT]);
	put_text(batch, COLUMN_FIELDS, row->fields);
	put_text(batch, COLUMN_ATTACHMENTS, row->attachments);
	put_text(batch, COLUMN_MISSING, row->missing);
	put_text(batch, COLUMN_FOUND, row->found);
	store_array_real(&batch->columns[COLUMN_CONFIDENCE], row->confidence);
	put_text(batch, COLUMN_EXPLANATION, row->explanation);
	put_bytes(batch, COLUMN_POLICY, row->policy, sizeof(row->policy));
	put_reply(batch, row);
	if (row->wait_ms > 0)
		store_array_real(&batch->columns[COLUMN_WAIT], (double)row->wait_ms / 1000);
	else
		store_array_null(&batch->columns[COLUMN_WAIT]);
	put_contents(batch, row);
	put_shadow(batch, row);
}

void
store_batch_add_key(struct store_batch *batch, const struct store_row *row)
{
	put_text(batch, COLUMN_SOURCE, row->source);
	put_text(batch, COLUMN_KEY, row->key);
}

int
store_batch_finish(struct store_batch *batch, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		batch->params[i] = store_array_param(&batch->columns[i]);
		if (batch->columns[i].failed)
			return -1;
	}
	return 0;
}

bool
store_batch_has_shadow(const struct store_batch *batch)
{
	return batch->columns[COLUMN_SHADOWED].count > 0;
}

size_t
store_batch_weight(const struct store_row *row)
{
	size_t weight = 512 + row->fields.n + row->attachments.n + row->found.n +
	    row->explanation.n + row->reply_subject.n + row->reply_body.n +
	    row->ticket->subject.n + row->ticket->body.n;
	size_t i;

	for (i = 0; i < row->ticket->attachment_count; i++)
		weight += row->ticket->attachments[i].data.n;
	return weight;
}

int64_t
store_batch_integer(struct str value)
{
	uint64_t number = 0;
	size_t i;

	if (value.n > 0 && (value.p[0] & 0x80) != 0)
		number = UINT64_MAX;
	for (i = 0; i < value.n; i++)
		number = number << 8 | (unsigned char)value.p[i];
	return (int64_t)number;
}

static int
read_warnings(struct arena *arena, struct str paths, struct str codes, struct receipt *receipt)
{
	struct str *path, *code;
	struct receipt_warning *warnings;
	size_t count, code_count, i;

	if (store_array_read(arena, paths, &path, &count) < 0 ||
	    store_array_read(arena, codes, &code, &code_count) < 0 || code_count != count)
		return -1;
	if (count == 0)
		return 0;
	warnings = arena_array(arena, count, sizeof(*warnings));
	if (warnings == NULL)
		return -1;
	for (i = 0; i < count; i++)
		warnings[i] = (struct receipt_warning){path[i], code[i]};
	receipt->warnings = warnings;
	receipt->warning_count = count;
	return 0;
}

int
store_batch_receipt(struct arena *arena, const struct pgconn_result *result, int row,
    struct receipt *receipt)
{
	struct str value[READ_COUNT];
	struct str *missing;
	char *uuid = arena_alloc(arena, IDENTITY_UUID_TEXT + 1);
	int i;

	if (uuid == NULL || result->columns != READ_COUNT)
		return -1;
	for (i = 0; i < READ_COUNT; i++)
		value[i] = pgconn_value(result, row, i);
	/* No reference: the ticket has gone, its key is still there. */
	if (value[READ_TICKET].n != 16 || value[READ_REFERENCE].p == NULL)
		return -1;
	identity_uuid_text((const unsigned char *)value[READ_TICKET].p, uuid);
	*receipt = (struct receipt){
	    .ticket = {uuid, IDENTITY_UUID_TEXT},
	    .reference = value[READ_REFERENCE],
	    .category = value[READ_CATEGORY],
	    .outcome = value[READ_OUTCOME],
	    .team = value[READ_TEAM],
	    .priority = value[READ_PRIORITY],
	    .has_reply = value[READ_REPLY_SUBJECT].p != NULL,
	    .reply_locale = value[READ_LOCALE],
	    .reply_subject = value[READ_REPLY_SUBJECT],
	    .reply_body = value[READ_REPLY_BODY],
	    .policy = value[READ_POLICY],
	    .follow_up_token = value[READ_TOKEN],
	};
	if (store_array_read(arena, value[READ_MISSING], &missing, &receipt->missing_count) < 0)
		return -1;
	receipt->missing = missing;
	return read_warnings(
	    arena, value[READ_WARNING_PATHS], value[READ_WARNING_CODES], receipt);
}
