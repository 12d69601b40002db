/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

#include <event2/event.h>

#include "log.h"
#include "mem.h"

struct loop {
	struct event_base *base;
};

struct loop_timer {
	struct loop *loop;
	struct event *event;
	loop_fn *fn;
	void *arg;
};

struct loop_signal {
	struct event *event;
	loop_fn *fn;
	void *arg;
};

static void
loop_log(int severity, const char *message)
{
	if (severity >= EVENT_LOG_WARN)
		log_warning("loop libevent=\"%s\"", message);
	else
		log_debug("loop libevent=\"%s\"", message);
}

struct loop *
loop_new(void)
{
	struct loop *loop = mem_alloc(sizeof(*loop));

	/* A peer that hangs up is an error of that one write, not our end. */
	signal(SIGPIPE, SIG_IGN);
	event_set_log_callback(loop_log);
	loop->base = event_base_new();
	if (loop->base == NULL) {
		free(loop);
		return NULL;
	}
	return loop;
}

void
loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	event_base_free(loop->base);
	free(loop);
}

struct event_base *
loop_base(struct loop *loop)
{
	return loop->base;
}

int
loop_run(struct loop *loop)
{
	return event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY) == -1 ? -1 : 0;
}

void
loop_stop(struct loop *loop)
{
	/* Not loopbreak: that would leave the callbacks behind us in this turn
	 * waiting for a turn that never comes. */
	event_base_loopexit(loop->base, NULL);
}

static void
loop_timer_fired(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *timer = arg;

	(void)fd;
	(void)what;
	timer->fn(timer->arg);
}

struct loop_timer *
loop_timer_new(struct loop *loop, loop_fn *fn, void *arg)
{
	struct loop_timer *timer = mem_alloc(sizeof(*timer));

	*timer = (struct loop_timer){.loop = loop, .fn = fn, .arg = arg};
	timer->event = evtimer_new(loop->base, loop_timer_fired, timer);
	if (timer->event == NULL)
		abort();
	return timer;
}

void
loop_timer_set(struct loop_timer *timer, int64_t ms)
{
	struct timeval delay = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	/* libevent counts from the time at which the turn began. After a long
	 * callback a deadline counted from there would come too early. */
	if (ms > 0)
		event_base_update_cache_time(timer->loop->base);
	evtimer_add(timer->event, &delay);
}

void
loop_timer_cancel(struct loop_timer *timer)
{
	evtimer_del(timer->event);
}

bool
loop_timer_pending(const struct loop_timer *timer)
{
	return evtimer_pending(timer->event, NULL) != 0;
}

void
loop_timer_free(struct loop_timer *timer)
{
	if (timer == NULL)
		return;
	event_free(timer->event);
	free(timer);
}

static void
loop_signal_fired(evutil_socket_t fd, short what, void *arg)
{
	struct loop_signal *handle = arg;

	(void)fd;
	(void)what;
	handle->fn(handle->arg);
}

struct loop_signal *
loop_signal_new(struct loop *loop, int number, loop_fn *fn, void *arg)
{
	struct loop_signal *handle = mem_alloc(sizeof(*handle));

	*handle = (struct loop_signal){.fn = fn, .arg = arg};
	handle->event = evsignal_new(loop->base, number, loop_signal_fired, handle);
	if (handle->event == NULL || event_add(handle->event, NULL) != 0) {
		loop_signal_free(handle);
		return NULL;
	}
	return handle;
}

void
loop_signal_free(struct loop_signal *handle)
{
	if (handle == NULL)
		return;
	if (handle->event != NULL)
		event_free(handle->event);
	free(handle);
}
