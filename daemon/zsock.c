/* SPDX-License-Identifier: MIT */
/*
 * The descriptor is level-triggered for libevent, edge-triggered in meaning:
 * it stays readable until somebody asks ZMQ_EVENTS, and any send or receive may
 * have asked in between. So whoever touches the socket ends with zsock_check(),
 * which asks and, when messages wait, has the loop call zsock_turn() again; or,
 * as asking takes two system calls, after a reply with that turn itself, one
 * for all replies of a batch. A paused socket answers the bell too: otherwise it
 * would ring for ever, and peers that left would never be forgotten.
 *
 * What libzmq cannot bound: a peer may send frames without end in one message;
 * they pile up inside libzmq before anything is seen here. The service's
 * memory limit is the guard against that.
 */
#include "zsock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <zmq.h>

#include "limits.h"
#include "mem.h"
#include "zsock_endpoint.h"
#include "zsock_unsent.h"

#define ZSOCK_TURN_MESSAGES 64
/* The peer's identity, the frames it sent, and the body. */
#define ZSOCK_FRAMES (1 + LIMIT_ENVELOPE_FRAMES + 1)

struct zsock {
	void *context;
	void *socket;
	struct event *bell;
	struct loop_timer *again;
	struct zsock_unsent *unsent;
	struct zsock_callbacks callbacks;
	bool paused;
	bool closed; /* intake is over */
	bool lent;   /* the listener, and so the file, is somebody else's */
	int lock;    /* of the ipc path, or -1 */
};

/* The frames stay where libzmq put them; short ones lie inside zmq_msg_t, so
 * this never moves. */
struct zsock_frames {
	struct zsock_message message;
	size_t count;
	zmq_msg_t parts[ZSOCK_FRAMES];
};

_Static_assert(sizeof(((struct zsock_message *)0)->envelope) ==
    (ZSOCK_FRAMES - 1) * sizeof(struct str), "envelope and limits differ");

void
zsock_message_free(struct zsock_message *message)
{
	struct zsock_frames *frames;
	size_t i;

	if (message == NULL)
		return;
	frames = message->memory;
	for (i = 0; i < frames->count; i++)
		zmq_msg_close(&frames->parts[i]);
	free(frames);
}

void
zsock_message_drop_body(struct zsock_message *message)
{
	struct zsock_frames *frames = message->memory;

	/* The last of the frames; what is closed must not be closed again. */
	if (frames->count == message->envelope_count)
		return;
	zmq_msg_close(&frames->parts[--frames->count]);
	message->body = (struct str){NULL, 0};
}

static int
zsock_receive_part(struct zsock *zsock, zmq_msg_t *part)
{
	int rc;

	do
		rc = zmq_msg_recv(part, zsock->socket, ZMQ_DONTWAIT);
	while (rc == -1 && errno == EINTR);
	return rc;
}

/* Takes what is left of a message that nobody wants; false when nothing was. */
static bool
zsock_skip(struct zsock *zsock)
{
	bool any = false, more = true;
	zmq_msg_t part;

	while (more) {
		zmq_msg_init(&part);
		more = zsock_receive_part(zsock, &part) != -1;
		any = any || more;
		more = more && zmq_msg_more(&part);
		zmq_msg_close(&part);
	}
	return any;
}

static bool
zsock_drop(struct zsock *zsock)
{
	zsock->callbacks.dropped(zsock->callbacks.arg);
	return true;
}

static struct str
zsock_part(zmq_msg_t *part)
{
	return (struct str){zmq_msg_data(part), zmq_msg_size(part)};
}

/* Points the message at its frames; false when the envelope is too big. */
static bool
zsock_describe(struct zsock_frames *frames)
{
	struct zsock_message *message = &frames->message;
	size_t i;

	message->memory = frames;
	message->envelope_count = frames->count - 1;
	for (i = 0; i < message->envelope_count; i++) {
		message->envelope[i] = zsock_part(&frames->parts[i]);
		if (message->envelope[i].n > LIMIT_ENVELOPE_BYTES)
			return false;
	}
	message->body = zsock_part(&frames->parts[i]);
	return true;
}

/* Receives one whole message and gives it away; false when none waits. */
static bool
zsock_receive(struct zsock *zsock)
{
	struct zsock_frames *frames = malloc(sizeof(*frames));
	bool more = true;

	if (frames == NULL)
		return zsock_skip(zsock) && zsock_drop(zsock);
	frames->count = 0;
	frames->message.memory = frames;
	while (more && frames->count < ZSOCK_FRAMES) {
		zmq_msg_t *part = &frames->parts[frames->count++];

		zmq_msg_init(part);
		if (zsock_receive_part(zsock, part) == -1) {
			zsock_message_free(&frames->message);
			return false;
		}
		more = zmq_msg_more(part);
	}
	/* A ROUTER puts the identity before at least one frame of the peer's. */
	if (more || frames->count < 2 || !zsock_describe(frames)) {
		if (more)
			zsock_skip(zsock);
		zsock_message_free(&frames->message);
		return zsock_drop(zsock);
	}
	zsock->callbacks.received(zsock->callbacks.arg, &frames->message);
	return true;
}

static bool
zsock_takes(const struct zsock *zsock)
{
	return !zsock->paused && !zsock->closed;
}

/* Asks for the state, which also answers the bell, and comes back later when
 * messages wait. */
static void
zsock_check(struct zsock *zsock)
{
	int events = 0, rc;
	size_t size;

	do {
		size = sizeof(events);
		rc = zmq_getsockopt(zsock->socket, ZMQ_EVENTS, &events, &size);
	} while (rc == -1 && errno == EINTR);
	if (rc == 0 && (events & ZMQ_POLLIN) && zsock_takes(zsock))
		loop_soon(zsock->again);
}

static void
zsock_turn(void *arg)
{
	struct zsock *zsock = arg;
	int budget = ZSOCK_TURN_MESSAGES;

	while (budget-- > 0 && zsock_takes(zsock) && zsock_receive(zsock))
		;
	zsock_check(zsock);
}

static void
zsock_rung(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	zsock_turn(arg);
}

static int
zsock_set_options(struct zsock *zsock, const struct zsock_options *options, struct err *err)
{
	const struct {
		int name;
		int value;
	} table[] = {
	    {ZMQ_ROUTER_MANDATORY, 1}, /* a peer that is gone is an error, not silence */
	    {ZMQ_RCVHWM, options->receive_high_water},
	    {ZMQ_SNDHWM, options->send_high_water},
	    {ZMQ_LINGER, options->linger_ms},
	    {ZMQ_BACKLOG, 512},
	    {ZMQ_HANDSHAKE_IVL, 5000}, /* strangers hold a descriptor no longer */
	    {ZMQ_HEARTBEAT_IVL, 10000},
	    {ZMQ_HEARTBEAT_TIMEOUT, 30000},
	    {ZMQ_HEARTBEAT_TTL, 30000},
	    {ZMQ_TCP_KEEPALIVE, 1},
	    {ZMQ_IPV6, strchr(options->endpoint, '[') != NULL},
	};
	int64_t message_bytes = options->message_bytes;
	size_t i;

	/* Options set after the bind would not hold for it. */
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (zmq_setsockopt(zsock->socket, table[i].name, &table[i].value,
			sizeof(table[i].value)) != 0)
			return err_set(err, "ZeroMQ option %d: %s", table[i].name,
			    zmq_strerror(errno));
	if (zmq_setsockopt(zsock->socket, ZMQ_MAXMSGSIZE, &message_bytes,
		sizeof(message_bytes)) != 0)
		return err_set(err, "ZeroMQ option MAXMSGSIZE: %s", zmq_strerror(errno));
	return 0;
}

static int
zsock_register(struct zsock *zsock, struct loop *loop, struct err *err)
{
	int fd = -1;
	size_t size = sizeof(fd);

	if (zmq_getsockopt(zsock->socket, ZMQ_FD, &fd, &size) != 0)
		return err_set(err, "ZeroMQ descriptor: %s", zmq_strerror(errno));
	zsock->bell = event_new(loop_base(loop), fd, EV_READ | EV_PERSIST, zsock_rung, zsock);
	if (zsock->bell == NULL || event_add(zsock->bell, NULL) != 0)
		return err_set(err, "no event for the ZeroMQ descriptor");
	/* What came before we listened rang for nobody. */
	loop_soon(zsock->again);
	return 0;
}

struct zsock *
zsock_new(struct loop *loop, const struct zsock_options *options,
    const struct zsock_callbacks *callbacks, struct err *err)
{
	struct zsock *zsock = mem_alloc(sizeof(*zsock));

	zsock->callbacks = *callbacks;
	zsock->lock = -1;
	zsock->lent = options->listener != 0;
	zsock->unsent = zsock_unsent_new(options->unsent_bytes);
	zsock->again = loop_timer_new(loop, zsock_turn, zsock);
	zsock->context = zmq_ctx_new();
	if (zsock->context != NULL)
		zsock->socket = zmq_socket(zsock->context, ZMQ_ROUTER);
	if (zsock->socket == NULL) {
		err_set(err, "ZeroMQ socket: %s", zmq_strerror(errno));
		goto failed;
	}
	if (zsock_set_options(zsock, options, err) != 0 ||
	    zsock_endpoint_bind(zsock->socket, options, &zsock->lock, err) != 0 ||
	    zsock_register(zsock, loop, err) != 0)
		goto failed;
	return zsock;
failed:
	zsock_free(zsock);
	return NULL;
}

void
zsock_free(struct zsock *zsock)
{
	if (zsock == NULL)
		return;
	if (zsock->bell != NULL)
		event_free(zsock->bell);
	loop_timer_free(zsock->again);
	if (zsock->socket != NULL) {
		zsock_close_intake(zsock);
		zmq_close(zsock->socket);
	}
	/* Waits for unsent answers, at most the linger time. */
	while (zsock->context != NULL && zmq_ctx_term(zsock->context) != 0 && errno == EINTR)
		;
	zsock_unsent_free(zsock->unsent);
	free(zsock);
}

void
zsock_pause(struct zsock *zsock)
{
	zsock->paused = true;
}

void
zsock_resume(struct zsock *zsock)
{
	if (!zsock->paused)
		return;
	zsock->paused = false;
	zsock_check(zsock);
}

void
zsock_close_intake(struct zsock *zsock)
{
	if (zsock->closed)
		return;
	zsock->closed = true;
	/* Not zmq_unbind(): the listener owns its connections, and answers could
	 * not go out any more. */
	if (!zsock->lent)
		zsock_endpoint_hide(zsock->socket);
	if (zsock->lock != -1)
		close(zsock->lock);
	zsock->lock = -1;
}

static int
zsock_send_part(struct zsock *zsock, zmq_msg_t *part, int flags)
{
	int rc;

	do
		rc = zmq_msg_send(part, zsock->socket, ZMQ_DONTWAIT | flags);
	while (rc == -1 && errno == EINTR);
	return rc;
}

/* Copies a slice; false without memory. */
static bool
zsock_part_init(zmq_msg_t *part, struct str bytes)
{
	if (zmq_msg_init_size(part, bytes.n) != 0)
		return false;
	if (bytes.n > 0)
		memcpy(zmq_msg_data(part), bytes.p, bytes.n);
	return true;
}

bool
zsock_reply(struct zsock *zsock, const struct zsock_message *to, struct str body)
{
	zmq_msg_t parts[ZSOCK_FRAMES];
	size_t count = to->envelope_count + 1, made = 0, sent = 0;

	/* All frames are made before the first is sent: a message half sent
	 * could not be taken back. */
	while (made < count - 1 && zsock_part_init(&parts[made], to->envelope[made]))
		made++;
	if (made == count - 1 &&
	    zsock_unsent_frame(zsock->unsent, to->envelope[0], body, &parts[made]))
		made++;
	/* Only the first frame, the identity, can find its peer gone or full. */
	if (made == count)
		while (sent < count &&
		    zsock_send_part(zsock, &parts[sent], sent < count - 1 ? ZMQ_SNDMORE : 0) != -1)
			sent++;
	/* A frame that was sent is empty now; closing it does nothing. */
	while (made > 0)
		zmq_msg_close(&parts[--made]);
	if (!loop_timer_pending(zsock->again))
		loop_soon(zsock->again);
	return sent == count;
}
