/* SPDX-License-Identifier: MIT */
/*
 * service: what the service manager is told, and what it hands over. The only
 * user of libsystemd. Needs no loop (service_watch.h has one); without a manager
 * ($NOTIFY_SOCKET is not set) every call does nothing.
 *
 *   service_ready()  once all is bound and loaded; the database may be away
 *   service_reloading() … service_ready()  around every reload, refused ones too
 *   service_stopping()  as soon as a stop has been asked for
 *
 * A status is one line of UTF-8 without anything that people sent.
 * Source: sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3).
 */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

bool service_is_managed(void);

void service_ready(const char *format, ...) __attribute__((format(printf, 1, 2)));
void service_reloading(void);
/* most_ms: for how long the stop may go on without another word from us. */
void service_stopping(int64_t most_ms);
void service_status(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Half the time in which the manager wants to hear service_alive(), 0 when it
 * does not want to. Say it from what must not hang, never from a thread aside. */
int64_t service_alive_every_ms(void);
void service_alive(void);

/* The listening UNIX socket at that path which the manager handed over: *fd, to
 * be closed by whoever uses it, or 0 when none was handed over at all. Returns -1
 * with the reason when there are some, but not this one: bound by us it would take
 * the path away from the manager's. The environment is left as it is. */
int service_listener(const char *path, int *fd, struct err *err);

#endif
