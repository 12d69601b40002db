/* SPDX-License-Identifier: MIT */
#include "wire_check.h"

#include <stdarg.h>
#include <stdio.h>

#include "limits.h"
#include "suggest.h"

/* A path is at most LIMIT_DEPTH keys; deeper is refused before. */
#define WIRE_PATH_BYTES 512
#define WIRE_MESSAGE_BYTES 320

/* Words for both encodings, msgpack and JSON. */
const struct wire_fault_text wire_fault_texts[WIRE_FAULT_COUNT] = {
	[WIRE_FAULT_NONE] = {"", ""},
	[WIRE_TRUNCATED] = {"truncated", "ends before it is complete"},
	[WIRE_TRAILING_BYTES] = {"trailing_bytes", "more bytes follow its end"},
	[WIRE_UNSUPPORTED_TYPE] = {"unsupported_type", "extension types and byte 0xC1 are refused"},
	[WIRE_TOO_DEEP] = {"too_deep", "nested too deep"},
	[WIRE_TOO_MANY_VALUES] = {"too_many_values", "too many values"},
	[WIRE_BAD_UTF8] = {"bad_utf8", "the text is not valid UTF-8"},
	[WIRE_NUL] = {"nul", "the text has a NUL character in it"},
	[WIRE_BAD_KEY] = {"bad_key", "a key is no text, is empty or is too long"},
	[WIRE_DUPLICATE_KEY] = {"duplicate_key", "the key occurs twice"},
	[WIRE_BAD_JSON] = {"bad_json", "not a JSON object"},
	[WIRE_UNKNOWN_VERSION] = {"unknown_version", "not a version of this protocol"},
	[WIRE_UNKNOWN_OP] = {"unknown_op", "unknown operation"},
	[WIRE_UNKNOWN_KEY] = {"unknown_key", "unknown key"},
	[WIRE_NOT_ALLOWED] = {"not_allowed", "does not belong here"},
	[WIRE_REQUIRED] = {"required", "required, and absent or empty"},
	[WIRE_WRONG_TYPE] = {"wrong_type", "wrong type"},
	[WIRE_TOO_LONG] = {"too_long", "too long"},
	[WIRE_TOO_MANY] = {"too_many", "too many"},
	[WIRE_TOO_LARGE] = {"too_large", "too large"},
	[WIRE_OUT_OF_RANGE] = {"out_of_range", "the number is out of range"},
	[WIRE_BAD_TIME] = {"bad_time", "no RFC 3339 time with an offset"},
	[WIRE_BAD_EMAIL] = {"bad_email", "no mailbox that an answer could reach"},
};

static struct str
wire_path_name(struct str name)
{
	size_t i;

	for (i = 0; i < name.n; i++)
		if (name.p[i] < 0x20 || name.p[i] > 0x7E)
			return STR("?");
	return name;
}

/* Writes the chain from its outer end. Returns the length so far. */
static size_t
wire_path_write(const struct wire_path *path, char *text, size_t size)
{
	size_t used = 0;
	int n;

	if (path->above != NULL)
		used = wire_path_write(path->above, text, size);
	if (path->name.p == NULL)
		n = snprintf(text + used, size - used, "[%zu]", path->index);
	else
		n = snprintf(text + used, size - used, "%s%.*s", used > 0 ? "." : "",
		    STR_ARG(wire_path_name(path->name)));
	if (n > 0)
		used += (size_t)n;
	return used < size ? used : size - 1;
}

static struct str
wire_check_keep(struct wire_check *check, struct str text)
{
	struct str copy = arena_dup(check->arena, text);

	if (copy.p == NULL)
		check->no_memory = true;
	return copy;
}

/* Whether something is said already about this place or what it is in. */
static bool
wire_check_said(const struct wire_check *check, struct str place)
{
	size_t i;

	for (i = 0; i < *check->count; i++) {
		struct str said = check->errors[i].path;

		if (str_eq(said, str_part(place, 0, said.n)) &&
		    (place.n == said.n || place.p[said.n] == '.'))
			return true;
	}
	return false;
}

void
wire_check_fault(struct wire_check *check, const struct wire_path *path,
    enum wire_fault fault, const char *detail, ...)
{
	char place[WIRE_PATH_BYTES] = "", message[WIRE_MESSAGE_BYTES];
	struct wire_error *error;
	va_list arguments;
	int n;

	if (*check->count == check->room)
		return;
	if (path != NULL)
		wire_path_write(path, place, sizeof(place));
	/* What has the wrong type is not missing as well. */
	if (fault == WIRE_REQUIRED && wire_check_said(check, str_of(place)))
		return;
	n = snprintf(message, sizeof(message), "%s", wire_fault_texts[fault].message);
	if (detail != NULL && n > 0) {
		n += snprintf(message + n, sizeof(message) - (size_t)n, "; ");
		va_start(arguments, detail);
		vsnprintf(message + n, sizeof(message) - (size_t)n, detail, arguments);
		va_end(arguments);
	}
	error = &check->errors[(*check->count)++];
	error->path = wire_check_keep(check, str_of(place));
	error->code = str_of(wire_fault_texts[fault].code);
	error->message = wire_check_keep(check, str_of(message));
}

void
wire_check_unknown(struct wire_check *check, const struct wire_path *path,
    const char *const *names, size_t count)
{
	char hint[WIRE_MESSAGE_BYTES / 2];

	suggest_hint(path->name, names, count, hint, sizeof(hint));
	if (hint[0] != '\0')
		wire_check_fault(check, path, WIRE_UNKNOWN_KEY, "%s", hint);
	else
		wire_check_fault(check, path, WIRE_UNKNOWN_KEY, NULL);
}

bool
wire_check_count(
    struct wire_check *check, const struct wire_path *path, size_t count, size_t limit)
{
	if (count <= limit)
		return true;
	wire_check_fault(check, path, WIRE_TOO_MANY, "at most %zu", limit);
	return false;
}

static void
wire_check_length(
    struct wire_check *check, const struct wire_path *path, struct str text, size_t limit)
{
	if (text.n > limit)
		wire_check_fault(check, path, WIRE_TOO_LONG, "at most %zu bytes", limit);
}

/* A text of the ticket's or the requester's map. */
static void
wire_check_text(struct wire_check *check, const struct wire_path *above, const char *name,
    struct str text, size_t limit, bool required)
{
	struct wire_path path = {above, str_of(name), 0};

	if (required && text.n == 0)
		wire_check_fault(check, &path, WIRE_REQUIRED, NULL);
	wire_check_length(check, &path, text, limit);
}

static void
wire_check_email(struct wire_check *check, const struct wire_path *above, struct str address)
{
	struct wire_path path = {above, STR("email"), 0};

	wire_check_text(check, above, "email", address, LIMIT_EMAIL_BYTES, true);
	if (address.n > 0 && address.n <= LIMIT_EMAIL_BYTES && !ticket_email_valid(address))
		wire_check_fault(check, &path, WIRE_BAD_EMAIL, NULL);
}

static void
wire_check_field(
    struct wire_check *check, const struct wire_path *above, const struct ticket_field *field)
{
	struct wire_path path = {above, field->name, 0};
	const struct value *value = &field->value;
	size_t i;

	if (value->type == VALUE_TEXT)
		wire_check_length(check, &path, value->text, LIMIT_FIELD_BYTES);
	if (value->type != VALUE_LIST)
		return;
	for (i = 0; i < value->count; i++) {
		struct wire_path item = {&path, {NULL, 0}, i};

		if (value->items[i].type == VALUE_TEXT)
			wire_check_length(check, &item, value->items[i].text, LIMIT_FIELD_BYTES);
	}
}

static void
wire_check_attachment(struct wire_check *check, const struct wire_path *path,
    const struct ticket_attachment *attachment)
{
	struct wire_path url = {path, STR("url"), 0};

	wire_check_text(check, path, "name", attachment->name, LIMIT_ATTACHMENT_NAME_BYTES, true);
	wire_check_text(check, path, "type", attachment->type, LIMIT_ATTACHMENT_TYPE_BYTES, false);
	wire_check_text(check, path, "field", attachment->field, LIMIT_MAP_KEY_BYTES, false);
	wire_check_text(check, path, "url", attachment->url, LIMIT_ATTACHMENT_URL_BYTES, false);
	if (attachment->url.p != NULL && attachment->data.p != NULL)
		wire_check_fault(check, &url, WIRE_NOT_ALLOWED, "either data or url");
}

void
wire_check_content(
    struct wire_check *check, const struct wire_path *path, const struct ticket *ticket)
{
	struct wire_path fields = {path, STR("fields"), 0};
	struct wire_path attachments = {path, STR("attachments"), 0};
	size_t i, data = 0;

	wire_check_text(check, path, "body", ticket->body, LIMIT_BODY_BYTES, false);
	for (i = 0; i < ticket->field_count; i++)
		wire_check_field(check, &fields, &ticket->fields[i]);
	for (i = 0; i < ticket->attachment_count; i++) {
		struct wire_path item = {&attachments, {NULL, 0}, i};

		wire_check_attachment(check, &item, &ticket->attachments[i]);
		data += ticket->attachments[i].data.n;
	}
	if (data > LIMIT_ATTACHMENT_DATA_BYTES)
		wire_check_fault(check, &attachments, WIRE_TOO_LARGE,
		    "at most %d bytes of data in all", LIMIT_ATTACHMENT_DATA_BYTES);
}

void
wire_check_ticket(
    struct wire_check *check, const struct wire_path *path, const struct ticket *ticket)
{
	struct wire_path requester = {path, STR("requester"), 0};

	wire_check_text(check, path, "audience", ticket->audience, LIMIT_AUDIENCE_BYTES, true);
	wire_check_text(
	    check, path, "form_locale", ticket->form_locale, LIMIT_LOCALE_BYTES, false);
	wire_check_text(check, path, "reason", ticket->reason, LIMIT_REASON_BYTES, false);
	wire_check_text(
	    check, &requester, "name", ticket->requester_name, LIMIT_NAME_BYTES, false);
	wire_check_email(check, &requester, ticket->requester_email);
	wire_check_text(check, path, "subject", ticket->subject, LIMIT_SUBJECT_BYTES, false);
	wire_check_content(check, path, ticket);
}
