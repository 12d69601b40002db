/* SPDX-License-Identifier: MIT */
/*
 * request: one message on its way through the daemon, and the table of where it
 * may go from where. Each state has a list of the requests in it, so that what
 * is in flight is counted by looking.
 *
 *   RECEIVED ─▶ DECODED ─▶ DECIDED ─▶ STORING ─▶ ANSWERED ─▶ DONE
 *                  └▶ READING ─┘ ◀────────┘
 *
 * and from everywhere before ANSWERED to REFUSED, and so to DONE. A new ticket
 * goes the straight way; a follow-up is read before it is decided, and again
 * when its ticket has changed meanwhile; a look-up is answered when it is read.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdint.h>
#include <sys/queue.h>

#include "arena.h"
#include "decide.h"
#include "desk.h"
#include "policy.h"
#include "store.h"
#include "wire.h"

/* What a request takes beside its arena: itself, its envelope, and the block of
 * input that ZeroMQ keeps for a frame of that which is not short. */
#define REQUEST_OWN_BYTES (sizeof(struct request) + 10240)

enum request_state {
	REQUEST_RECEIVED,
	REQUEST_DECODED,
	REQUEST_READING,
	REQUEST_DECIDED,
	REQUEST_STORING,
	REQUEST_ANSWERED,
	REQUEST_REFUSED,
	REQUEST_DONE,
	REQUEST_STATES
};

struct request {
	TAILQ_ENTRY(request) link; /* in the list of its state */
	enum request_state state;
	void *origin;
	int64_t started_us;
	size_t weight; /* its memory, about */
	struct policy *policy;
	struct arena *arena;
	struct wire_request wire;
	struct decision decision;
	struct store_job job; /* SUBMIT */
	struct desk_job desk; /* FOLLOW_UP, LOOKUP */
	struct receipt receipt; /* FOLLOW_UP: the answer once it is written */
	enum metric follow_up;  /* METRIC_FOLLOW_UP_…: what it brings about */
	unsigned readings;
};
TAILQ_HEAD(request_list, request);

struct requests {
	struct request_list in[REQUEST_STATES]; /* DONE: spare ones */
	int64_t count[REQUEST_STATES];
	int64_t memory;
};

void requests_init(struct requests *requests);
void requests_fini(struct requests *requests); /* the spare ones; no others are left */
int64_t requests_in_flight(const struct requests *requests);

/* RECEIVED, with a reference to the policy. NULL: no memory. */
struct request *request_new(struct requests *requests, struct policy *policy, int64_t now_us);
/* A step that the table does not have is a bug and ends the process. */
void request_enter(
    struct requests *requests, struct request *request, enum request_state state);
/* What it takes now, from its reception to its answer. */
void request_weigh(struct requests *requests, struct request *request, size_t weight);
/* Answered: it is for the next one, or gone. */
void request_done(struct requests *requests, struct request *request);

#endif
