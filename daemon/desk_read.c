/* SPDX-License-Identifier: MIT */
#include "desk_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk_sql.h"
#include "identity.h"
#include "limits.h"
#include "store_array.h"
#include "store_batch.h"

#define NUMBER_BYTES 64 /* of a number in a box, as text */

/* Single values ------------------------------------------------------------- */

bool
desk_read_boolean(struct str value)
{
	return value.n == 1 && value.p[0] != 0;
}

/* The value copied; absent stays absent. False when the arena is full. */
static bool
text(struct arena *arena, const struct pgconn_result *result, int row, int column,
    struct str *value)
{
	struct str found = pgconn_value(result, row, column);

	*value = arena_dup(arena, found);
	return found.p == NULL || value->p != NULL;
}

struct column_text {
	int column;
	struct str *value;
};

static bool
texts(struct arena *arena, const struct pgconn_result *result, int row,
    const struct column_text *wanted, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!text(arena, result, row, wanted[i].column, wanted[i].value))
			return false;
	return true;
}
#define TEXTS(arena, result, row, wanted)                                                         \
	texts(arena, result, row, wanted, sizeof(wanted) / sizeof((wanted)[0]))

/* A text[] with its items copied. */
static bool
list(struct arena *arena, const struct pgconn_result *result, int row, int column,
    struct str **items, size_t *count)
{
	struct str copy;

	return text(arena, result, row, column, &copy) && copy.p != NULL &&
	    store_array_read(arena, copy, items, count) == 0;
}

static bool
names(struct arena *arena, const struct pgconn_result *result, int row, int column,
    const struct str **items, size_t *count)
{
	struct str *found;

	if (!list(arena, result, row, column, &found, count))
		return false;
	*items = found;
	return true;
}

static int64_t
integer(const struct pgconn_result *result, int column)
{
	return store_batch_integer(pgconn_value(result, 0, column));
}

static bool
uuid_text(struct arena *arena, struct str uuid, struct str *value)
{
	char *out = arena_alloc(arena, IDENTITY_UUID_TEXT + 1);

	if (out == NULL || uuid.n != 16)
		return false;
	identity_uuid_text((const unsigned char *)uuid.p, out);
	*value = (struct str){out, IDENTITY_UUID_TEXT};
	return true;
}

static int64_t
number(struct str digits)
{
	char copy[NUMBER_BYTES];

	if (digits.n >= sizeof(copy))
		return 0;
	memcpy(copy, digits.p, digits.n);
	copy[digits.n] = '\0';
	return strtoll(copy, NULL, 10);
}

/* The parts ----------------------------------------------------------------- */

/* A number as JSON writes it: an integer where it is one of ours. */
static struct value
number_value(struct str digits)
{
	char copy[NUMBER_BYTES], *end;
	struct value value = {.type = VALUE_INTEGER};

	if (digits.n == 0 || digits.n >= sizeof(copy))
		return (struct value){.type = VALUE_TEXT, .text = digits};
	memcpy(copy, digits.p, digits.n);
	copy[digits.n] = '\0';
	errno = 0;
	value.integer = strtoll(copy, &end, 10);
	if (*end == '\0' && errno == 0)
		return value;
	return (struct value){.type = VALUE_REAL, .real = strtod(copy, NULL)};
}

static struct value
box_value(struct str type, struct str found)
{
	if (str_is(type, "string"))
		return (struct value){.type = VALUE_TEXT, .text = found};
	if (str_is(type, "number"))
		return number_value(found);
	if (str_is(type, "boolean"))
		return (struct value){.type = VALUE_BOOLEAN, .boolean = str_is(found, "true")};
	if (str_is(type, "array"))
		return (struct value){.type = VALUE_LIST};
	return (struct value){.type = VALUE_NONE};
}

/* Boxes and attachments of the parts, flat and in order (follow_up_pieces). */
struct pieces {
	struct str *parts, *kinds, *names, *types, *values;
	size_t count;
};

static size_t
count_of(const struct pieces *pieces, size_t from, const char *kind)
{
	size_t i = from;

	while (i < pieces->count && str_is(pieces->kinds[i], kind) &&
	    str_eq(pieces->parts[i], pieces->parts[from]))
		i++;
	return i - from;
}

static struct str
present(struct str text)
{
	return text.n > 0 ? text : (struct str){NULL, 0};
}

static bool
read_list(struct arena *arena, const struct pieces *pieces, size_t first, size_t count,
    struct value *value)
{
	struct value *items = arena_array(arena, count + 1, sizeof(*items));
	size_t i;

	if (items == NULL)
		return false;
	for (i = 0; i < count; i++)
		items[i] = box_value(pieces->types[first + i], pieces->values[first + i]);
	value->items = items;
	value->count = count;
	return true;
}

/* From the piece at *at on, those of one part; *at is behind them afterwards. */
static bool
read_pieces(struct arena *arena, const struct pieces *pieces, size_t *at, struct str part,
    struct ticket *ticket)
{
	struct ticket_field *fields = arena_array(arena, LIMIT_FIELDS, sizeof(*fields));
	struct ticket_attachment *files = arena_array(arena, LIMIT_ATTACHMENTS, sizeof(*files));

	if (fields == NULL || files == NULL)
		return false;
	for (; *at < pieces->count && str_eq(pieces->parts[*at], part); ++*at) {
		struct str name = pieces->names[*at], type = pieces->types[*at],
			   value = pieces->values[*at];

		if (str_is(pieces->kinds[*at], "file") &&
		    ticket->attachment_count < LIMIT_ATTACHMENTS) {
			files[ticket->attachment_count++] = (struct ticket_attachment){
			    .name = name,
			    .type = present(type),
			    .size = -1,
			    .field = present(value),
			};
		} else if (str_is(pieces->kinds[*at], "box") &&
		    ticket->field_count < LIMIT_FIELDS) {
			struct ticket_field *field = &fields[ticket->field_count++];
			size_t items = count_of(pieces, *at + 1, "item");

			*field = (struct ticket_field){name, box_value(type, value)};
			if (field->value.type == VALUE_LIST &&
			    !read_list(arena, pieces, *at + 1, items, &field->value))
				return false;
		}
	}
	ticket->fields = fields;
	ticket->attachments = files;
	return true;
}

static bool
read_all_pieces(struct arena *arena, const struct pgconn_result *result, struct pieces *pieces)
{
	const struct {
		int column;
		struct str **items;
	} lists[] = {
	    {DESK_READ_PIECE_PARTS, &pieces->parts},
	    {DESK_READ_PIECE_KINDS, &pieces->kinds},
	    {DESK_READ_PIECE_NAMES, &pieces->names},
	    {DESK_READ_PIECE_TYPES, &pieces->types},
	    {DESK_READ_PIECE_VALUES, &pieces->values},
	};
	size_t i, count;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (!list(arena, result, 0, lists[i].column, lists[i].items, &count))
			return false;
		if (i > 0 && count != pieces->count)
			return false;
		pieces->count = count;
	}
	return true;
}

static bool
read_parts(struct arena *arena, const struct pgconn_result *result, struct desk_ticket *ticket)
{
	struct str *ms, *subjects, *bodies;
	size_t count, subject_count, body_count, i, at = 0;
	struct pieces pieces;

	if (!list(arena, result, 0, DESK_READ_PART_MS, &ms, &count) ||
	    !list(arena, result, 0, DESK_READ_PART_SUBJECTS, &subjects, &subject_count) ||
	    !list(arena, result, 0, DESK_READ_PART_BODIES, &bodies, &body_count) ||
	    !read_all_pieces(arena, result, &pieces))
		return false;
	if (count == 0 || subject_count != count || body_count != count)
		return false;
	ticket->part_count = count + 1;
	ticket->parts = arena_array(arena, ticket->part_count, sizeof(*ticket->parts));
	if (ticket->parts == NULL)
		return false;
	for (i = 0; i < count; i++) {
		struct ticket *part = &ticket->parts[i + 1];
		char name[24];

		*part = (struct ticket){.subject = subjects[i], .body = bodies[i],
		    .has_received_at = true, .received_at = number(ms[i])};
		snprintf(name, sizeof(name), "%zu", i);
		if (!read_pieces(arena, &pieces, &at, str_of(name), part))
			return false;
	}
	return at == pieces.count;
}

/* A ticket ------------------------------------------------------------------ */

static bool
read_warnings(struct arena *arena, const struct pgconn_result *result, struct receipt *receipt)
{
	struct receipt_warning *warnings;
	struct str *paths, *codes;
	size_t count, code_count, i;

	if (!list(arena, result, 0, DESK_READ_KNOWN_WARNING_PATHS, &paths, &count) ||
	    !list(arena, result, 0, DESK_READ_KNOWN_WARNING_CODES, &codes, &code_count) ||
	    code_count != count)
		return false;
	warnings = arena_array(arena, count + 1, sizeof(*warnings));
	if (warnings == NULL)
		return false;
	for (i = 0; i < count; i++)
		warnings[i] = (struct receipt_warning){paths[i], codes[i]};
	receipt->warnings = warnings;
	receipt->warning_count = count;
	return true;
}

/* The first answer to the follow-up that has this key. */
static bool
read_known(struct arena *arena, const struct pgconn_result *result, struct desk_ticket *ticket)
{
	struct receipt *first = &ticket->first;
	const struct column_text wanted[] = {
	    {DESK_READ_KNOWN_DIGEST, &ticket->known_digest},
	    {DESK_READ_KNOWN_CATEGORY, &first->category},
	    {DESK_READ_KNOWN_OUTCOME, &first->outcome},
	    {DESK_READ_KNOWN_TEAM, &first->team},
	    {DESK_READ_KNOWN_PRIORITY, &first->priority},
	    {DESK_READ_KNOWN_STATE, &first->state},
	    {DESK_READ_KNOWN_POLICY, &first->policy},
	    {DESK_READ_KNOWN_LOCALE, &first->reply_locale},
	    {DESK_READ_KNOWN_SUBJECT, &first->reply_subject},
	    {DESK_READ_KNOWN_BODY, &first->reply_body},
	};

	if (pgconn_value(result, 0, DESK_READ_KNOWN_DIGEST).p == NULL)
		return true;
	ticket->known = true;
	ticket->known_digest_version = integer(result, DESK_READ_KNOWN_VERSION);
	first->ticket = ticket->uuid_text;
	first->reference = ticket->reference;
	first->follow_up_token = ticket->token;
	if (!TEXTS(arena, result, 0, wanted))
		return false;
	first->has_reply = first->reply_subject.p != NULL;
	return names(arena, result, 0, DESK_READ_KNOWN_MISSING, &first->missing,
		   &first->missing_count) &&
	    read_warnings(arena, result, first);
}

int
desk_read_ticket(
    struct arena *arena, const struct pgconn_result *result, struct desk_ticket *ticket)
{
	const struct column_text wanted[] = {
	    {DESK_READ_REFERENCE, &ticket->reference},
	    {DESK_READ_TOKEN, &ticket->token},
	    {DESK_READ_LOCALE, &ticket->locale},
	    {DESK_READ_STATE, &ticket->state},
	    {DESK_READ_CATEGORY, &ticket->category},
	    {DESK_READ_OUTCOME, &ticket->outcome},
	    {DESK_READ_TEAM, &ticket->team},
	    {DESK_READ_PRIORITY, &ticket->priority},
	};
	struct str uuid;

	*ticket = (struct desk_ticket){.received_ms = 0};
	if (result->columns != DESK_READ_COUNT)
		return -1;
	uuid = pgconn_value(result, 0, DESK_READ_TICKET);
	if (!uuid_text(arena, uuid, &ticket->uuid_text) || !TEXTS(arena, result, 0, wanted))
		return -1;
	memcpy(ticket->uuid, uuid.p, sizeof(ticket->uuid));
	ticket->received_ms = integer(result, DESK_READ_RECEIVED_MS);
	ticket->by_person = desk_read_boolean(pgconn_value(result, 0, DESK_READ_BY_PERSON));
	ticket->asked = integer(result, DESK_READ_ASKED);
	ticket->message_count = integer(result, DESK_READ_MESSAGES);
	ticket->follow_up_count = integer(result, DESK_READ_FOLLOW_UPS);
	ticket->denied = pgconn_value(result, 0, DESK_READ_PART_MS).p == NULL;
	if (ticket->denied)
		return 0;
	if (!names(arena, result, 0, DESK_READ_MISSING, &ticket->missing,
		&ticket->missing_count) ||
	    !read_known(arena, result, ticket) || !read_parts(arena, result, ticket))
		return -1;
	return 0;
}

/* Others -------------------------------------------------------------------- */

int
desk_read_lookup(
    struct arena *arena, const struct pgconn_result *result, struct receipt *receipt)
{
	const struct column_text wanted[] = {
	    {DESK_LOOKUP_REFERENCE, &receipt->reference},
	    {DESK_LOOKUP_CATEGORY, &receipt->category},
	    {DESK_LOOKUP_OUTCOME, &receipt->outcome},
	    {DESK_LOOKUP_TEAM, &receipt->team},
	    {DESK_LOOKUP_PRIORITY, &receipt->priority},
	    {DESK_LOOKUP_STATE, &receipt->state},
	    {DESK_LOOKUP_RECEIVED_AT, &receipt->received_at},
	};

	*receipt = (struct receipt){.has_reply = false};
	if (result->columns != DESK_LOOKUP_COUNT ||
	    !uuid_text(arena, pgconn_value(result, 0, DESK_LOOKUP_TICKET), &receipt->ticket) ||
	    !TEXTS(arena, result, 0, wanted) ||
	    !names(arena, result, 0, DESK_LOOKUP_MISSING, &receipt->missing,
		&receipt->missing_count))
		return -1;
	return 0;
}

int
desk_read_wait(struct arena *arena, const struct pgconn_result *result, int row,
    struct desk_read_wait *wait)
{
	const struct column_text wanted[] = {
	    {DESK_WAIT_TICKET, &wait->uuid},
	    {DESK_WAIT_DUE, &wait->due},
	    {DESK_WAIT_REFERENCE, &wait->reference},
	    {DESK_WAIT_TOKEN, &wait->token},
	    {DESK_WAIT_LOCALE, &wait->locale},
	    {DESK_WAIT_CATEGORY, &wait->category},
	    {DESK_WAIT_TEAM, &wait->team},
	    {DESK_WAIT_PRIORITY, &wait->priority},
	};

	*wait = (struct desk_read_wait){.ended = false};
	if (result->columns != DESK_WAIT_COUNT || !TEXTS(arena, result, row, wanted) ||
	    !uuid_text(arena, wait->uuid, &wait->uuid_text) ||
	    !names(arena, result, row, DESK_WAIT_MISSING, &wait->missing, &wait->missing_count))
		return -1;
	wait->ended = desk_read_boolean(pgconn_value(result, row, DESK_WAIT_ENDED));
	wait->by_person = desk_read_boolean(pgconn_value(result, row, DESK_WAIT_BY_PERSON));
	return 0;
}
