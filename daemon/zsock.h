/* SPDX-License-Identifier: MIT */
/*
 * zsock: one ZeroMQ ROUTER socket in the loop. The only user of libzmq in the
 * daemon. ZMQ_FD is edge-triggered and only a bell: both sending and receiving
 * may swallow the edge. So every turn asks ZMQ_EVENTS, takes at most 64
 * messages, and comes back through the loop while more are waiting; the same
 * question is asked again soon after a send and when a pause ends.
 */
#ifndef ZSOCK_H
#define ZSOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "loop.h"
#include "str.h"

struct zsock;

/* A whole multipart message: the routing frames as received, then the body.
 * Given to the callback, which owns it and frees it. */
struct zsock_message {
	size_t envelope_count;
	struct str envelope[5]; /* identity first; up to LIMIT_ENVELOPE_FRAMES */
	struct str body;
	void *memory; /* holds them all */
};
void zsock_message_free(struct zsock_message *message); /* NULL is fine */
/* Gives the body's memory back; the envelope stays, for the answer. */
void zsock_message_drop_body(struct zsock_message *message);

struct zsock_callbacks {
	void (*received)(void *arg, struct zsock_message *message);
	/* A message that cannot be answered or was too big in its envelope. */
	void (*dropped)(void *arg);
	void *arg;
};

struct zsock_options {
	const char *endpoint;    /* ipc://PATH or tcp:// on loopback */
	int64_t message_bytes;   /* ZMQ_MAXMSGSIZE */
	int receive_high_water;  /* messages per peer */
	int send_high_water;
	size_t unsent_bytes;     /* bodies of answers that wait for one peer, at most */
	int mode;                /* of the ipc socket, 0660 */
	int listener;            /* an ipc socket made by somebody else, or 0 */
	int linger_ms;           /* at zsock_free() */
};

/* Binds. ipc: a stale socket file is replaced, a live one is an error naming
 * it. TCP other than loopback is refused. A listener, already listening at the
 * endpoint's path, is taken over (on success) with what waits there; its file is
 * its maker's and stays when we close. */
struct zsock *zsock_new(struct loop *loop, const struct zsock_options *options,
    const struct zsock_callbacks *callbacks, struct err *err);
void zsock_free(struct zsock *zsock); /* NULL is fine; not from one of its callbacks */

/* Stops and resumes taking messages (back-pressure). */
void zsock_pause(struct zsock *zsock);
void zsock_resume(struct zsock *zsock);
/* No new messages for good; answers still go out. An ipc socket's file is gone,
 * so that a successor may bind there (that of a listener given to us stays); what
 * comes in meanwhile is never read. */
void zsock_close_intake(struct zsock *zsock);

/* Sends the envelope of a message with another body. false when the peer is
 * gone or full: the answer is dropped, a retry by key is the recovery. */
bool zsock_reply(struct zsock *zsock, const struct zsock_message *to, struct str body);

#endif
