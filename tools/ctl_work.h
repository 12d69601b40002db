/* SPDX-License-Identifier: MIT */
/*
 * ctl_work: an agent at work: who it is, the database, and the steps that a
 * ticket's holder can take, each by the token of the lease it took. What goes
 * wrong is said here, in the name of the command; what comes back is the exit
 * status that it means.
 */
#ifndef CTL_WORK_H
#define CTL_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl_command.h"
#include "ctl_database.h"
#include "ctl_lease.h"
#include "str.h"

struct json_t; /* jansson's */

/* Of every command of an agent, in the struct of its options: const char
 * *database, *agent; bool json. */
#define CTL_WORK_OPTIONS(target)                                                                  \
	CTL_DATABASE_OPTION(target),                                                              \
	    OPTION(target, agent, 'a', OPTION_STRING, "NAME", NULL, 0, 0,                         \
		"who works (default: $TRIAGED_AGENT, else the login name)"),                      \
	    CTL_JSON_OPTION(target)
/* Of those that take a lease: int64_t lease. */
#define CTL_WORK_LEASE(target)                                                                    \
	OPTION(target, lease, 0, OPTION_DURATION, "TIME", NULL, 1000, 86400000,                   \
	    "how long to hold it without a renewal; else what the rules say")

struct ctl_work {
	const char *command; /* for what is said */
	const char *agent;
	char login[64];
	char name[128]; /* of the database: ctl_lease.h */
	struct ctl_database *database;
};

/* conninfo, agent: as the options say. Close in any case. */
enum ctl_exit ctl_work_open(
    struct ctl_work *work, const char *command, const char *conninfo, const char *agent);
void ctl_work_close(struct ctl_work *work);

/* Takes a ticket: the most pressing, of a team (NULL: any), or the one that is
 * named. CTL_EMPTY, without a word, when there is none. lease_ms: 0, or how
 * long; left_ms: how long it is. */
enum ctl_exit ctl_work_claim(struct ctl_work *work, const char *team, const char *ticket,
    int64_t lease_ms, struct ctl_lease *lease, int64_t *left_ms);
/* The lease that this user keeps of a ticket; says so when there is none. */
enum ctl_exit ctl_work_lease(
    struct ctl_work *work, const char *ticket, struct ctl_lease *lease);

enum ctl_step {
	STEP_DONE,         /* first: a note, or NULL */
	STEP_REPLY,        /* the text; then: keep, done, wait */
	STEP_RELEASE,      /* the reason, or NULL */
	STEP_MOVE,         /* the team; the priority, or NULL */
	STEP_RECATEGORIZE, /* the category */
	STEP_NOTE,         /* the text */
	STEP_RENEW         /* an interval, or NULL */
};
struct ctl_stepped {
	bool held;       /* does the agent still hold it? */
	bool news;       /* the requester has written since lease->seen */
	int64_t left_ms; /* of STEP_RENEW */
	char mail[40];   /* of STEP_REPLY: the mail's number */
};
/* CTL_LOST: nothing was written, the lease is over. CTL_FAILED with news: the
 * ticket is not closed, nor made to wait, before that was seen (the rest of
 * stepped is not set then). STEP_RENEW writes the new
 * end into the lease and connects again where the connection was lost. */
enum ctl_exit ctl_work_step(struct ctl_work *work, enum ctl_step step, struct ctl_lease *lease,
    const char *first, const char *second, struct ctl_stepped *stepped);

/* triaged.ticket_page() with "now"; the caller gives it back with
 * json_decref(). */
enum ctl_exit ctl_work_page(struct ctl_work *work, const char *ticket, struct json_t **page);
/* The page has been shown: what the requester wrote is seen. */
void ctl_work_seen(struct ctl_lease *lease, const struct json_t *page);
/* The names of a kind ("team", "category", "priority"), those near a word
 * first when one is given: "a, b, c"; nothing when they cannot be read. */
void ctl_work_names(
    struct ctl_work *work, const char *kind, const char *near, struct strbuf *out);

/* An interval for PostgreSQL; NULL for 0. */
const char *ctl_work_interval(int64_t ms, char text[40]);

#endif
