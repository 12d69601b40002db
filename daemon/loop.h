/* SPDX-License-Identifier: MIT */
/*
 * loop: the libevent base, timers, signals and "soon". No callback ever runs
 * inside the call that registers it. One thread.
 *
 * loop_soon() is a zero timer, not event_active(): an event made active in a
 * callback runs in the same pass and starves timers (measured: 2 s).
 */
#ifndef LOOP_H
#define LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct event_base; /* libevent's, for the other adapters only */

typedef void loop_fn(void *arg);

struct loop *loop_new(void);
void loop_free(struct loop *loop);
struct event_base *loop_base(struct loop *loop);
int loop_run(struct loop *loop); /* until loop_stop(); 0, or -1 when libevent fails */
void loop_stop(struct loop *loop); /* at the end of the turn */

/* Timers: made idle, re-armed at will, one-shot. */
struct loop_timer;
struct loop_timer *loop_timer_new(struct loop *loop, loop_fn *fn, void *arg);
void loop_timer_set(struct loop_timer *timer, int64_t ms); /* 0 = soon */
void loop_timer_cancel(struct loop_timer *timer);
bool loop_timer_pending(const struct loop_timer *timer);
void loop_timer_free(struct loop_timer *timer); /* NULL is fine; not from its own callback */

/* Calls fn in a later turn, after timers and sockets had theirs. A second call
 * before it has run does nothing. */
#define loop_soon(timer) loop_timer_set((timer), 0)

/* SIGTERM, SIGINT, SIGHUP … in the loop, never in a signal handler. */
struct loop_signal;
struct loop_signal *loop_signal_new(struct loop *loop, int number, loop_fn *fn, void *arg);
void loop_signal_free(struct loop_signal *handle);

#endif
