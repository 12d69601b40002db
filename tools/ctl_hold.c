/* SPDX-License-Identifier: MIT */
#include "ctl_hold.h"

#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"

#define AGAIN_MS 2000 /* after a renewal that failed for another reason */
#define LEAST_MS 100

int
ctl_hold_init(struct ctl_hold *hold, struct ctl_work *work, struct err *err)
{
	sigset_t events;

	memset(hold, 0, sizeof(*hold));
	hold->work = work;
	sigemptyset(&events);
	sigaddset(&events, SIGINT);
	sigaddset(&events, SIGTERM);
	sigaddset(&events, SIGHUP);
	sigaddset(&events, SIGCHLD);
	sigprocmask(SIG_BLOCK, &events, &hold->before);
	hold->signals = signalfd(-1, &events, SFD_NONBLOCK | SFD_CLOEXEC);
	if (hold->signals >= 0)
		return 0;
	sigprocmask(SIG_SETMASK, &hold->before, NULL);
	return err_set(err, "cannot wait for signals: %m");
}

/* A signal that came in the meantime would end the process at once. */
void
ctl_hold_fini(struct ctl_hold *hold)
{
	struct signalfd_siginfo info;

	while (read(hold->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		continue;
	close(hold->signals);
	sigprocmask(SIG_SETMASK, &hold->before, NULL);
}

static void
hold_next(struct ctl_hold *hold, int64_t ms)
{
	hold->renew_us = clock_monotonic_us(&clock_system) + (ms > LEAST_MS ? ms : LEAST_MS) * 1000;
}

void
ctl_hold_lease(
    struct ctl_hold *hold, struct ctl_lease *lease, int64_t lease_ms, int64_t left_ms)
{
	hold->lease = lease;
	hold->lease_ms = lease_ms;
	hold->news = false;
	hold_next(hold, left_ms / 3);
}

/* False when the lease is lost. Any other failure is tried again: only the
 * database knows when the lease is over. */
static bool
hold_renew(struct ctl_hold *hold)
{
	char interval[40];
	struct ctl_stepped stepped;
	enum ctl_exit status = ctl_work_step(hold->work, STEP_RENEW, hold->lease,
	    ctl_work_interval(hold->lease_ms, interval), NULL, &stepped);

	if (status == CTL_LOST) {
		hold->lease = NULL;
		return false;
	}
	hold->news = hold->news || stepped.news;
	hold_next(hold, status == CTL_OK ? stepped.left_ms / 3 : AGAIN_MS);
	return true;
}

/* How long poll() may wait. */
static int
hold_patience(const struct ctl_hold *hold)
{
	int64_t ms;

	if (hold->lease == NULL)
		return -1;
	ms = (hold->renew_us - clock_monotonic_us(&clock_system)) / 1000 + 1;
	return ms < 0 ? 0 : ms > 3600000 ? 3600000 : (int)ms;
}

/* Reads what signals came: a child's end when it is waited for; Ctrl-C counts
 * when it is not. */
static bool
hold_signals(struct ctl_hold *hold, bool child)
{
	struct signalfd_siginfo info;
	bool ended = false;

	while (read(hold->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			ended = true;
		else if (info.ssi_signo != SIGINT || !child)
			hold->stop = true;
	}
	return ended;
}

enum ctl_held
ctl_hold_wait(struct ctl_hold *hold, int fd)
{
	for (;;) {
		struct pollfd polled[] = {{hold->signals, POLLIN, 0}, {fd, POLLIN, 0}};

		if (hold->lease != NULL &&
		    clock_monotonic_us(&clock_system) >= hold->renew_us && !hold_renew(hold))
			return HELD_LOST;
		if (hold->news && hold->lease != NULL && fd >= 0) {
			hold->news = false;
			return HELD_NEWS;
		}
		if (poll(polled, 2, hold_patience(hold)) < 0)
			continue;
		if (polled[0].revents != 0 && hold_signals(hold, fd < 0) && fd < 0)
			return HELD_CHILD;
		if (hold->stop)
			return HELD_STOP;
		if (polled[1].revents != 0)
			return HELD_INPUT;
	}
}
