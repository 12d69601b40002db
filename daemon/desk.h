/* SPDX-License-Identifier: MIT */
/*
 * desk: what concerns tickets that are there already: follow-ups, look-ups and
 * the waits for requesters, on a connection of its own so that none of it
 * stands before a new ticket. Statements go one after the other.
 *
 * A follow-up takes two: it is read with all that came before, its owner
 * decides, and it is written. Nothing is locked in between; where the ticket
 * has changed meanwhile nothing is written (DESK_CHANGED) and the owner reads
 * again. So whatever failed can be done again from the reading, and what was
 * written without anybody knowing is found there by its key.
 */
#ifndef DESK_H
#define DESK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "arena.h"
#include "clock.h"
#include "digest.h"
#include "loop.h"
#include "metrics.h"
#include "policy.h"
#include "receipt.h"
#include "ticket.h"

/* A ticket as it is now, with what a decision needs. In the job's arena. */
struct desk_ticket {
	unsigned char uuid[16];
	struct str uuid_text, reference, token;
	struct str locale, state, category, outcome, team, priority;
	const struct str *missing;
	size_t missing_count;
	int64_t received_ms;
	bool by_person; /* waiting: for the answer to a person */
	int64_t asked;  /* how often the requester was asked for what is missing */
	int64_t message_count, follow_up_count;
	bool denied;    /* not that token: what follows is not read */
	/* Of the follow-up that has this key already. */
	bool known;
	struct str known_digest;
	int64_t known_digest_version;
	struct receipt first;
	/* parts[0] is left free for the new follow-up; then the newest of those before,
	 * and as the last one the ticket as submitted. */
	struct ticket *parts;
	size_t part_count;
};

enum desk_move {
	DESK_STAY,  /* nothing moves */
	DESK_QUEUE, /* from waiting to its team's queue */
	DESK_ASK,   /* goes on waiting, anew */
	DESK_CLOSE,
	DESK_REOPEN
};

/* What is to be kept and done, all or nothing. */
struct desk_write {
	const struct desk_ticket *seen;
	struct str key;
	unsigned char digest[DIGEST_BYTES];
	int digest_version;
	const struct ticket *content; /* body, fields, attachments */
	struct str decision;          /* JSON: triaged.message.decision */
	enum desk_move move;
	bool has_due; /* else the one it has */
	int64_t due_ms;
	int64_t wait_ms; /* ASK */
	bool has_reply;
	unsigned char reply_id[16];
	struct str reply_locale, reply_subject, reply_body;
};

enum desk_status {
	DESK_DONE,
	DESK_NOT_FOUND, /* reading, looking up: no such ticket */
	DESK_CHANGED,   /* writing: the ticket is not as it was read */
	DESK_REFUSED,   /* writing: the database cannot hold it */
	DESK_RETRY      /* not now: retry_after_ms */
};

struct desk_result {
	enum desk_status status;
	int64_t retry_after_ms;
};

enum desk_step { DESK_READ, DESK_WRITE, DESK_LOOKUP };

/* The owner fills arena, name and key, for a write also write, and leaves the
 * rest at zero; what they point to stays until done. */
struct desk_job {
	struct arena *arena;   /* the results live here */
	struct str name;       /* UUID or reference; LOOKUP: absent, by source and key */
	struct str source, key, token;
	struct desk_ticket ticket; /* result of READ */
	struct receipt receipt;    /* result of LOOKUP */
	struct desk_write write;
	bool written; /* a write may have been done without anybody knowing */
	TAILQ_ENTRY(desk_job) link;
	enum desk_step step;
	int64_t lost_us; /* since when a statement of it is open; 0 = not */
	unsigned attempts;
};

struct desk_options {
	const char *conninfo;
	int64_t rerun_ms;     /* how long to try again after a lost connection */
	int64_t statement_ms; /* for one statement */
	int64_t check_ms;     /* between two looks at the waits */
	struct policy *policy;
	struct metrics *metrics;
	const struct clock *clock;
	/* The job's owner has it back. Never called inside desk_put(). */
	void (*done)(void *arg, struct desk_job *job, const struct desk_result *result);
	void *arg;
};

struct desk;

struct desk *desk_new(struct loop *loop, const struct desk_options *options);
/* Jobs not yet done are forgotten: their owner takes them back. */
void desk_free(struct desk *desk);
/* Waits that end from now on end as this policy says. */
void desk_use_policy(struct desk *desk, struct policy *policy);

void desk_put(struct desk *desk, struct desk_job *job, enum desk_step step);
/* From now on only what the database may already have is worked on; the rest
 * gets RETRY, and waits are left to the next daemon. */
void desk_stop(struct desk *desk);

#endif
