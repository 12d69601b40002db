/* SPDX-License-Identifier: MIT */
/*
 * wire: version 1 of the protocol, bytes to requests and answers to bytes. The
 * only user of msgpack-c. schemas/wire.md is the contract for people.
 *
 * Hostile bytes: a walk over the headers, without allocation or recursion,
 * checks depth, counts against what is left, UTF-8 and NUL, duplicate keys
 * and trailing bytes; only then msgpack-c decodes. Unknown, duplicate and
 * wrongly typed keys are refused by name.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "decide.h"
#include "digest.h"
#include "receipt.h"
#include "ticket.h"

#define WIRE_VERSION 1
#define WIRE_DIGEST_VERSION 1

enum wire_op {
	WIRE_SUBMIT, WIRE_PREVIEW, WIRE_PING, WIRE_FOLLOW_UP, WIRE_LOOKUP, WIRE_FORM, WIRE_OP_COUNT
};
enum wire_status {
	WIRE_ACCEPTED, WIRE_DUPLICATE, WIRE_CONFLICT, WIRE_INVALID, WIRE_RETRY, WIRE_DENIED,
	WIRE_NOT_FOUND, WIRE_OK
};
extern const char *const wire_status_names[];

/* A scalar given back with the type it came in. */
struct wire_token {
	enum { WIRE_TOKEN_ABSENT, WIRE_TOKEN_STR, WIRE_TOKEN_BIN, WIRE_TOKEN_INTEGER } type;
	struct str bytes;  /* STR, BIN */
	bool negative;     /* INTEGER: of an int64 below zero */
	uint64_t integer;  /* INTEGER: the value, or its two's complement */
};

struct wire_error {
	struct str path;    /* "ticket.requester.email", "" = the message */
	struct str code;    /* "required", "unknown_key", "too_long", … see wire.md */
	struct str message; /* English, for a developer's log; never quotes values */
};

struct wire_request {
	enum wire_op op; /* WIRE_OP_COUNT: not known */
	struct wire_token id, key; /* as far as they could be read, even when invalid */
	struct ticket ticket;      /* SUBMIT, PREVIEW; FOLLOW_UP: body, fields, attachments */
	struct str named;          /* FOLLOW_UP, LOOKUP: UUID or reference; absent: by key */
	struct str token;          /* FOLLOW_UP */
	struct str audience;       /* FORM */
	struct str locale;         /* FORM; absent or empty: the policy's default */
	/* Of the ticket map, or of what a follow-up adds; version WIRE_DIGEST_VERSION. */
	unsigned char digest[DIGEST_BYTES];
	struct wire_error errors[16];
	size_t error_count; /* more than 16 are not kept */
};

/* Decodes one message. 0 when valid; 1 when invalid: request->errors says why;
 * both copy everything into the arena: message may go afterwards. -1 when the
 * arena is full: only id and key are of use, and they point into message. The
 * arena takes the message once, and its lists. */
int wire_decode(struct arena *arena, struct str message, struct wire_request *request);
/* Adds an error found later (unknown audience …). Nothing is copied. */
void wire_request_error(struct wire_request *request, struct str path, struct str code,
    struct str message);

/* Encoders append one msgpack map to out (binary). */
void wire_encode_receipt(const struct wire_request *request, enum wire_status status,
    const struct receipt *receipt, struct strbuf *out);
/* OK of a preview: the receipt and what only a form shows of the decision. */
void wire_encode_preview(const struct wire_request *request, const struct receipt *receipt,
    const struct decision *decision, const struct rules *rules, struct strbuf *out);
/* OK of a form, of that audience in that locale. 0, or -1 when the arena is full. */
int wire_encode_form(const struct wire_request *request, const struct policy *policy,
    unsigned audience, unsigned locale, struct arena *arena, struct strbuf *out);
void wire_encode_invalid(const struct wire_request *request, struct strbuf *out);
void wire_encode_retry(
    const struct wire_request *request, int64_t retry_after_ms, struct strbuf *out);
/* conflict, denied, not_found; ok for ping (with "version" and "policy"). */
void wire_encode_status(const struct wire_request *request, enum wire_status status,
    struct str version, struct str policy, struct strbuf *out);

/* For clients written in C (triagectl): a request, and an answer read back. */
void wire_encode_request(enum wire_op op, struct str id, struct str key,
    const struct ticket *ticket, struct strbuf *out);
/* content: body, fields and attachments of it are sent. */
void wire_encode_follow_up(struct str id, struct str key, struct str named, struct str token,
    const struct ticket *content, struct strbuf *out);
/* By named (UUID or reference), or where that is absent by key. */
void wire_encode_lookup(struct str id, struct str key, struct str named, struct strbuf *out);

struct wire_answer {
	enum wire_status status;
	struct wire_token id, key;
	struct receipt receipt;  /* accepted, duplicate, ok of preview or lookup: what was there */
	int64_t retry_after_ms;  /* retry */
	struct wire_error errors[16];
	size_t error_count;
	struct str version, policy; /* ok of a ping */
};
/* 0, or -1 when it is no answer of version 1. Copied into the arena. */
int wire_decode_answer(struct arena *arena, struct str message, struct wire_answer *answer);

#endif
