/* SPDX-License-Identifier: MIT */
/*
 * Answers. Each is one map: v, status, id and key as they came, then what the
 * status brings. An absent value is left out.
 */
#include "wire.h"

#include "wire_pack.h"

const char *const wire_status_names[] = {
    [WIRE_ACCEPTED] = "accepted",
    [WIRE_DUPLICATE] = "duplicate",
    [WIRE_CONFLICT] = "conflict",
    [WIRE_INVALID] = "invalid",
    [WIRE_RETRY] = "retry",
    [WIRE_DENIED] = "denied",
    [WIRE_NOT_FOUND] = "not_found",
    [WIRE_OK] = "ok",
};

void
wire_encode_head(msgpack_packer *packer, const struct wire_request *request,
    enum wire_status status, size_t more)
{
	msgpack_pack_map(packer, 2 + more + (request->id.type != WIRE_TOKEN_ABSENT) +
	                             (request->key.type != WIRE_TOKEN_ABSENT));
	wire_pack_text(packer, "v");
	msgpack_pack_int(packer, WIRE_VERSION);
	wire_pack_text(packer, "status");
	wire_pack_text(packer, wire_status_names[status]);
	wire_pack_token(packer, "id", &request->id);
	wire_pack_token(packer, "key", &request->key);
}

static void
wire_encode_reply(msgpack_packer *packer, const struct receipt *receipt)
{
	wire_pack_text(packer, "reply");
	msgpack_pack_map(packer, wire_pack_present(receipt->reply_locale) +
	                             wire_pack_present(receipt->reply_subject) +
	                             wire_pack_present(receipt->reply_body));
	wire_pack_pair(packer, "locale", receipt->reply_locale);
	wire_pack_pair(packer, "subject", receipt->reply_subject);
	wire_pack_pair(packer, "body", receipt->reply_body);
}

static void
wire_encode_missing(msgpack_packer *packer, const struct receipt *receipt)
{
	size_t i;

	wire_pack_text(packer, "missing");
	msgpack_pack_array(packer, receipt->missing_count);
	for (i = 0; i < receipt->missing_count; i++)
		wire_pack_str(packer, receipt->missing[i]);
}

/* A receipt's paths begin in the ticket, those on the wire in the request; what
 * a follow-up adds stands in the request itself. */
static void
wire_encode_path(msgpack_packer *packer, const struct wire_request *request, struct str path)
{
	static const struct str above = {"ticket.", 7};

	if (request->op == WIRE_FOLLOW_UP)
		wire_pack_pair(packer, "path", path);
	if (request->op == WIRE_FOLLOW_UP || path.p == NULL)
		return;
	wire_pack_text(packer, "path");
	msgpack_pack_str(packer, above.n + path.n);
	msgpack_pack_str_body(packer, above.p, above.n);
	msgpack_pack_str_body(packer, path.p, path.n);
}

static void
wire_encode_warnings(msgpack_packer *packer, const struct wire_request *request,
    const struct receipt *receipt)
{
	size_t i;

	wire_pack_text(packer, "warnings");
	msgpack_pack_array(packer, receipt->warning_count);
	for (i = 0; i < receipt->warning_count; i++) {
		const struct receipt_warning *warning = &receipt->warnings[i];

		msgpack_pack_map(packer,
		    wire_pack_present(warning->path) + wire_pack_present(warning->code));
		wire_encode_path(packer, request, warning->path);
		wire_pack_pair(packer, "code", warning->code);
	}
}

void
wire_encode_receipt_and(msgpack_packer *packer, const struct wire_request *request,
    enum wire_status status, const struct receipt *receipt, size_t more)
{
	const struct {
		const char *name;
		struct str text;
		bool stored; /* only where something was kept */
	} texts[] = {
	    {"ticket", receipt->ticket, true},
	    {"reference", receipt->reference, true},
	    {"category", receipt->category, false},
	    {"outcome", receipt->outcome, false},
	    {"team", receipt->team, false},
	    {"priority", receipt->priority, false},
	    {"state", receipt->state, true},
	    {"received_at", receipt->received_at, true},
	    {"policy", receipt->policy, false},
	    {"follow_up_token", receipt->follow_up_token, true},
	};
	const size_t text_count = sizeof(texts) / sizeof(texts[0]);
	bool stored = request->op != WIRE_PREVIEW;
	bool warns = request->op != WIRE_LOOKUP; /* which decides nothing */
	size_t i;

	more += 1 + receipt->has_reply + warns; /* missing, reply, warnings */
	for (i = 0; i < text_count; i++)
		more += wire_pack_present(texts[i].text) && (stored || !texts[i].stored);
	wire_encode_head(packer, request, status, more);
	for (i = 0; i < text_count; i++)
		if (stored || !texts[i].stored)
			wire_pack_pair(packer, texts[i].name, texts[i].text);
	wire_encode_missing(packer, receipt);
	if (receipt->has_reply)
		wire_encode_reply(packer, receipt);
	if (warns)
		wire_encode_warnings(packer, request, receipt);
}

void
wire_encode_receipt(const struct wire_request *request, enum wire_status status,
    const struct receipt *receipt, struct strbuf *out)
{
	msgpack_packer packer;

	wire_pack_init(&packer, out);
	wire_encode_receipt_and(&packer, request, status, receipt, 0);
}

void
wire_encode_invalid(const struct wire_request *request, struct strbuf *out)
{
	msgpack_packer packer;
	size_t i;

	wire_pack_init(&packer, out);
	wire_encode_head(&packer, request, WIRE_INVALID, 1);
	wire_pack_text(&packer, "errors");
	msgpack_pack_array(&packer, request->error_count);
	for (i = 0; i < request->error_count; i++) {
		const struct wire_error *error = &request->errors[i];

		msgpack_pack_map(&packer, wire_pack_present(error->path) +
		                              wire_pack_present(error->code) +
		                              wire_pack_present(error->message));
		wire_pack_pair(&packer, "path", error->path);
		wire_pack_pair(&packer, "code", error->code);
		wire_pack_pair(&packer, "message", error->message);
	}
}

void
wire_encode_retry(
    const struct wire_request *request, int64_t retry_after_ms, struct strbuf *out)
{
	msgpack_packer packer;

	wire_pack_init(&packer, out);
	wire_encode_head(&packer, request, WIRE_RETRY, 1);
	wire_pack_text(&packer, "retry_after_ms");
	msgpack_pack_int64(&packer, retry_after_ms);
}

void
wire_encode_status(const struct wire_request *request, enum wire_status status,
    struct str version, struct str policy, struct strbuf *out)
{
	msgpack_packer packer;

	wire_pack_init(&packer, out);
	wire_encode_head(&packer, request, status,
	    wire_pack_present(version) + wire_pack_present(policy));
	wire_pack_pair(&packer, "version", version);
	wire_pack_pair(&packer, "policy", policy);
}
