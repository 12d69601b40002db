/* SPDX-License-Identifier: MIT */
/*
 * store: keeps decided tickets, once per key. Whatever arrived while the last
 * commits were under way is the next batch; two connections, so that one batch
 * is being filled or answered while the other commits. No timer waits for a
 * batch to get larger.
 *
 * A result means: COMMIT was received (ACCEPTED, DUPLICATE), or nothing of the
 * job is or will be kept by this store (the others), with one exception: RETRY
 * after a lost connection may mean a ticket that is kept without anybody
 * knowing. Sending it again with its key finds it.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "clock.h"
#include "loop.h"
#include "metrics.h"
#include "policy.h"
#include "receipt.h"
#include "store_row.h"

enum store_status {
	STORE_ACCEPTED,  /* kept under row.identity */
	STORE_DUPLICATE, /* was kept before: receipt */
	STORE_CONFLICT,  /* the key is another submission's */
	STORE_REFUSED,   /* the database cannot hold it: reason */
	STORE_RETRY      /* not now: retry_after_ms */
};

struct store_result {
	enum store_status status;
	struct receipt receipt; /* DUPLICATE; borrowed until the callback returns */
	const char *reason;     /* REFUSED */
	int64_t retry_after_ms; /* RETRY */
};

/* One ticket to keep. The owner fills row and leaves the rest at zero. */
struct store_job {
	struct store_row row;
	TAILQ_ENTRY(store_job) link;
	uint64_t sequence; /* of arrival: the first of equal keys wins */
	int64_t lost_us;   /* since when it may be in the database unknown; 0 = not */
	unsigned attempts, collisions;
};
TAILQ_HEAD(store_jobs, store_job);

struct store_options {
	const char *conninfo;
	size_t batch;     /* tickets in one statement, at most */
	int64_t rerun_ms; /* how long to try again after a lost connection, a deadlock */
	int64_t statement_ms; /* for one statement */
	struct policy *policy;
	bool shadow; /* rows may have a shadow policy's decision */
	struct metrics *metrics;
	const struct clock *clock;
	/* The job's owner has it back. Never called inside store_put(). */
	void (*done)(void *arg, struct store_job *job, const struct store_result *result);
	void *arg;
};

struct store;

struct store *store_new(struct loop *loop, const struct store_options *options);
/* Jobs not yet done are forgotten: their owner takes them back. */
void store_free(struct store *store);

/* A ticket put now can be written: a connection is there, and no trouble. */
bool store_works(const struct store *store);
/* The job and all it points to stay until done. */
void store_put(struct store *store, struct store_job *job);
/* From now on only what the database may already have is worked on; the rest
 * gets RETRY. */
void store_stop(struct store *store);

/* This policy is registered: connections made later are checked for it. The jobs'
 * own policies are their owner's. */
void store_use_policy(struct store *store, struct policy *policy);
/* NULL when tickets are kept; else why not, in one line. */
const char *store_wrong(const struct store *store);

/* For how long to put a sender off, so many ms into an outage: it doubles from
 * 250 ms to 10 s. Pure. */
int64_t store_retry_after(int64_t outage_ms);

#endif
