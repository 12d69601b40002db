/* SPDX-License-Identifier: MIT */
/*
 * ctl_hold: keeping a lease while a person thinks. It waits for input or for
 * a child, and renews the lease each time a third of it is over, so that two
 * renewals may fail before it ends. SIGINT, SIGTERM and SIGHUP come here as
 * events: whoever waits puts the ticket back and leaves in good order.
 */
#ifndef CTL_HOLD_H
#define CTL_HOLD_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "ctl_work.h"

struct ctl_hold {
	struct ctl_work *work;
	struct ctl_lease *lease; /* what is held; NULL: nothing */
	int64_t lease_ms;        /* for renewals, as given to the claim; 0: the rules' */
	int64_t renew_us;        /* when the next renewal is due */
	int signals;             /* signalfd */
	sigset_t before;
	bool stop; /* somebody asked to end */
	bool news; /* the requester has written since lease->seen, which is not said yet */
};

enum ctl_held { HELD_INPUT, HELD_CHILD, HELD_LOST, HELD_STOP, HELD_NEWS };

/* From here on until fini the signals are events. 0; -1 with err. */
int ctl_hold_init(struct ctl_hold *hold, struct ctl_work *work, struct err *err);
void ctl_hold_fini(struct ctl_hold *hold);
/* Begins to keep this lease; left_ms: how long it is. NULL: none any more. */
void ctl_hold_lease(
    struct ctl_hold *hold, struct ctl_lease *lease, int64_t lease_ms, int64_t left_ms);
/* Waits until fd can be read or is at its end (HELD_INPUT); with fd -1 until a
 * child has ended (HELD_CHILD): Ctrl-C is the child's then. HELD_LOST, once:
 * the lease is over, which has been said, and nothing is held any more.
 * HELD_NEWS, once, and never while a child has the terminal: the requester has
 * written, as a renewal found. */
enum ctl_held ctl_hold_wait(struct ctl_hold *hold, int fd);

#endif
