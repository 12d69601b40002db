/* SPDX-License-Identifier: MIT */
/*
 * reload: new rules for a daemon at work. A policy is built aside in a thread of
 * its own while the loop goes on, registered in the database, and only then used:
 *
 *   IDLE ── ask ──▶ BUILDING ──▶ REGISTERING ──▶ used ──▶ IDLE
 *                       └──────────────┴───────▶ refused ──▶ IDLE
 *
 * Whatever goes wrong before the last step, nothing has changed: wrong rules, a
 * team left out that has open tickets, no database to ask about that. Rules that
 * mean the same (the same hash) are used already. To be asked again on the way is
 * remembered: one more build follows.
 *
 * The rules of a shadow policy (shadow.h) go the same way, beginning with none. Their
 * names are not made known to people, so no team is missed; without a database they wait
 * for it, and what was in use stays in use.
 */
#ifndef RELOAD_H
#define RELOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "err.h"
#include "loop.h"
#include "metrics.h"
#include "policy.h"
#include "str.h"

struct reload_options {
	const char *rules, *cache, *conninfo; /* as in trial_load(), pgconn_options */
	bool shadow;
	struct metrics *metrics;
	const struct clock *clock;
	/* Use it from now on. 0, or -1 when that cannot be. */
	int (*use)(void *arg, struct policy *policy);
	/* Builds begin, and are over: for the service manager. NULL: nobody is told. */
	void (*busy)(void *arg, bool busy);
	void *arg;
};

struct reload;

/* policy: the one in use; NULL: none yet, of a shadow. NULL with err. */
struct reload *reload_new(struct loop *loop, const struct reload_options *options,
    struct policy *policy, struct err *err);
/* False: a build cannot be ended; then the process ends by _exit() (worker.h). */
bool reload_free(struct reload *reload);
void reload_ask(struct reload *reload);
/* Nothing is asked for any more. */
void reload_stop(struct reload *reload);

const struct policy *reload_policy(const struct reload *reload); /* in use, or NULL */
/* Why the last one was refused, in one line; NULL when it was not. */
const char *reload_wrong(const struct reload *reload);
bool reload_under_way(const struct reload *reload);
int64_t reload_at_ms(const struct reload *reload); /* the last that succeeded, or the start */
int64_t reload_since_ms(const struct reload *reload); /* the policy in use is that */

/* Of new tickets since then, in this process; one that was on its way when the policy
 * changed counts for the next. Of a shadow's only. */
struct reload_compared {
	uint64_t tickets, different; /* decided on by both policies; and otherwise */
	uint64_t failed;             /* beside them: not by the shadow policy, or not kept */
};
struct reload_compared reload_compared(const struct reload *reload);
void reload_print(const struct reload *reload, struct strbuf *out); /* metrics */

#endif
