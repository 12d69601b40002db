/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "mem.h"

struct worker {
	int fd; /* the thread counts it up when its work is done */
	struct event *event;
	pthread_t thread;
	worker_fn *work, *done;
	void *arg;
	bool busy; /* the loop's; the thread never looks */
};

static void *
worker_thread(void *arg)
{
	struct worker *worker = arg;
	uint64_t one = 1;

	worker->work(worker->arg);
	while (write(worker->fd, &one, sizeof(one)) == -1 && errno == EINTR)
		;
	return NULL;
}

static void
worker_finished(evutil_socket_t fd, short what, void *arg)
{
	struct worker *worker = arg;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) != (ssize_t)sizeof(count))
		return;
	/* It has only to return. What it wrote is seen from here on. */
	pthread_join(worker->thread, NULL);
	worker->busy = false;
	worker->done(worker->arg);
}

struct worker *
worker_new(struct loop *loop, struct err *err)
{
	struct worker *worker = mem_alloc(sizeof(*worker));

	worker->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->fd == -1) {
		err_set(err, "eventfd: %s", strerror(errno));
		free(worker);
		return NULL;
	}
	worker->event = event_new(
	    loop_base(loop), worker->fd, EV_READ | EV_PERSIST, worker_finished, worker);
	if (worker->event == NULL || event_add(worker->event, NULL) != 0)
		abort();
	return worker;
}

bool
worker_free(struct worker *worker)
{
	if (worker == NULL)
		return true;
	event_free(worker->event);
	if (worker->busy)
		return false;
	close(worker->fd);
	free(worker);
	return true;
}

bool
worker_is_busy(const struct worker *worker)
{
	return worker->busy;
}

int
worker_run(struct worker *worker, worker_fn *work, worker_fn *done, void *arg, struct err *err)
{
	sigset_t all, before;
	int rc;

	worker->work = work;
	worker->done = done;
	worker->arg = arg;
	worker->busy = true;
	/* The thread inherits the mask: signals are for the loop's thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&worker->thread, NULL, worker_thread, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0) {
		worker->busy = false;
		return err_set(err, "no thread: %s", strerror(rc));
	}
	return 0;
}
