/* SPDX-License-Identifier: MIT */
/*
 * service_watch: tells the service manager from the loop that the loop turns,
 * and how things are. The watchdog is fed by a timer at half its period and by
 * nothing else: a loop that hangs feeds nobody, and the manager restarts us.
 */
#ifndef SERVICE_WATCH_H
#define SERVICE_WATCH_H

#include "loop.h"
#include "str.h"

struct service_watch;

/* status is asked every second; a text that has changed is told. Without a
 * manager nothing ever runs. */
struct service_watch *service_watch_new(
    struct loop *loop, void (*status)(void *arg, struct strbuf *out), void *arg);
void service_watch_free(struct service_watch *watch); /* NULL is fine */

#endif
