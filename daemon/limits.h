/* SPDX-License-Identifier: MIT */
/*
 * limits: the one table of what the wire takes (schemas/wire.md shows the same
 * numbers; a test compares them). The C library has a header of this name:
 * the Makefile says -iquote, so that <limits.h> still is that one.
 */
#ifndef LIMITS_H
#define LIMITS_H

#define LIMIT_ENVELOPE_FRAMES 4   /* frames before the last */
#define LIMIT_ENVELOPE_BYTES 256  /* each of them */
#define LIMIT_MESSAGE_BYTES 524288 /* the last frame */
#define LIMIT_DEPTH 6             /* nested maps and arrays, the outermost is 1 */
#define LIMIT_NODES 4096          /* values in one message, keys too */
#define LIMIT_KEY_BYTES 64        /* idempotency key, at least 1 */
#define LIMIT_ID_BYTES 64         /* request id */
#define LIMIT_TICKET_BYTES 36     /* "ticket" of follow_up and lookup: UUID or reference */
#define LIMIT_TOKEN_BYTES 64      /* "token" of follow_up */
#define LIMIT_FOLLOW_UPS 50       /* kept for one ticket */
#define LIMIT_MAP_KEY_BYTES 64
#define LIMIT_SUBJECT_BYTES 1024
#define LIMIT_BODY_BYTES 65536
#define LIMIT_NAME_BYTES 256      /* requester's name */
#define LIMIT_EMAIL_BYTES 254     /* RFC 5321 4.5.3.1.3, with its erratum 1690 */
#define LIMIT_FIELDS 64           /* boxes in "fields", and keys in any map */
#define LIMIT_FIELD_BYTES 8192    /* one text in a box */
#define LIMIT_LIST_ITEMS 64       /* in one box */
#define LIMIT_ATTACHMENTS 16
#define LIMIT_ATTACHMENT_NAME_BYTES 256
#define LIMIT_ATTACHMENT_TYPE_BYTES 128
#define LIMIT_ATTACHMENT_URL_BYTES 2048
#define LIMIT_ATTACHMENT_DATA_BYTES 131072 /* "data" of all attachments */
#define LIMIT_AUDIENCE_BYTES 64
#define LIMIT_REASON_BYTES 64
#define LIMIT_LOCALE_BYTES 16

#endif
