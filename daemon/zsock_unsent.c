/* SPDX-License-Identifier: MIT */
#include "zsock_unsent.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <zmq.h>

#include "mem.h"

#define UNSENT_BUCKETS 256
#define UNSENT_SWEEP 64 /* peers, at least, before the idle ones are forgotten */

struct unsent_peer {
	SLIST_ENTRY(unsent_peer) link;
	atomic_size_t bytes;
	size_t name_size;
	char name[];
};
SLIST_HEAD(unsent_bucket, unsent_peer);

struct zsock_unsent {
	struct unsent_bucket buckets[UNSENT_BUCKETS];
	size_t peer_bytes, peers, sweep_at;
};

struct unsent_body {
	struct unsent_peer *peer;
	size_t size;
	char bytes[];
};

struct zsock_unsent *
zsock_unsent_new(size_t peer_bytes)
{
	struct zsock_unsent *unsent = mem_alloc(sizeof(*unsent));

	unsent->peer_bytes = peer_bytes;
	unsent->sweep_at = UNSENT_SWEEP;
	return unsent;
}

/* Forgets the peers of a bucket that nothing waits for. */
static void
unsent_forget(struct zsock_unsent *unsent, struct unsent_bucket *bucket)
{
	struct unsent_bucket kept = SLIST_HEAD_INITIALIZER(kept);
	struct unsent_peer *peer;

	while ((peer = SLIST_FIRST(bucket)) != NULL) {
		SLIST_REMOVE_HEAD(bucket, link);
		/* Nothing is lent, and only we lend: no other thread has it any more. */
		if (atomic_load_explicit(&peer->bytes, memory_order_acquire) > 0) {
			SLIST_INSERT_HEAD(&kept, peer, link);
		} else {
			free(peer);
			unsent->peers--;
		}
	}
	*bucket = kept;
}

static void
unsent_sweep(struct zsock_unsent *unsent)
{
	size_t i;

	for (i = 0; i < UNSENT_BUCKETS; i++)
		unsent_forget(unsent, &unsent->buckets[i]);
	unsent->sweep_at = 2 * unsent->peers > UNSENT_SWEEP ? 2 * unsent->peers : UNSENT_SWEEP;
}

void
zsock_unsent_free(struct zsock_unsent *unsent)
{
	if (unsent == NULL)
		return;
	unsent_sweep(unsent);
	free(unsent);
}

/* FNV-1a: identities are made by libzmq, or by peers that harm themselves at most. */
static struct unsent_bucket *
unsent_bucket(struct zsock_unsent *unsent, struct str name)
{
	unsigned hash = 2166136261u;
	size_t i;

	for (i = 0; i < name.n; i++)
		hash = (hash ^ (unsigned char)name.p[i]) * 16777619u;
	return &unsent->buckets[hash % UNSENT_BUCKETS];
}

/* NULL: no memory. */
static struct unsent_peer *
unsent_peer(struct zsock_unsent *unsent, struct str name)
{
	struct unsent_bucket *bucket = unsent_bucket(unsent, name);
	struct unsent_peer *peer;

	SLIST_FOREACH(peer, bucket, link)
		if (str_eq((struct str){peer->name, peer->name_size}, name))
			return peer;
	if (unsent->peers >= unsent->sweep_at)
		unsent_sweep(unsent);
	peer = malloc(sizeof(*peer) + name.n);
	if (peer == NULL)
		return NULL;
	atomic_init(&peer->bytes, 0);
	peer->name_size = name.n;
	memcpy(peer->name, name.p, name.n);
	SLIST_INSERT_HEAD(bucket, peer, link);
	unsent->peers++;
	return peer;
}

/* In any thread. Once the count is down the peer may be gone. */
static void
unsent_back(void *data, void *hint)
{
	struct unsent_body *body = hint;

	(void)data;
	atomic_fetch_sub_explicit(&body->peer->bytes, body->size, memory_order_release);
	free(body);
}

bool
zsock_unsent_frame(
    struct zsock_unsent *unsent, struct str name, struct str bytes, zmq_msg_t *frame)
{
	struct unsent_peer *peer = unsent_peer(unsent, name);
	struct unsent_body *body;
	/* Never nothing: a peer that has an empty one must not be forgotten. */
	size_t waits, size = sizeof(*body) + bytes.n;

	if (peer == NULL)
		return false;
	waits = atomic_load_explicit(&peer->bytes, memory_order_acquire);
	if (waits > 0 && waits + size > unsent->peer_bytes)
		return false;
	body = malloc(size);
	if (body == NULL)
		return false;
	body->peer = peer;
	body->size = size;
	if (bytes.n > 0)
		memcpy(body->bytes, bytes.p, bytes.n);
	atomic_fetch_add_explicit(&peer->bytes, size, memory_order_relaxed);
	if (zmq_msg_init_data(frame, body->bytes, bytes.n, unsent_back, body) == 0)
		return true;
	unsent_back(body->bytes, body);
	return false;
}

size_t
zsock_unsent_peers(const struct zsock_unsent *unsent)
{
	return unsent->peers;
}
