/* SPDX-License-Identifier: MIT */
/*
 * worker: one piece of work in a thread of its own, so that the loop goes on
 * meanwhile. The thread and the loop share nothing but the work's argument,
 * which is the thread's until done is called in the loop.
 */
#ifndef WORKER_H
#define WORKER_H

#include <stdbool.h>

#include "err.h"
#include "loop.h"

struct worker;

typedef void worker_fn(void *arg);

/* NULL with err when the kernel gives no descriptor. */
struct worker *worker_new(struct loop *loop, struct err *err);
/* True: done with. False: its work goes on and cannot be ended. Then it is left as
 * it is, work's argument too, and the process has to end by _exit(): exit() would
 * take from the thread what it still uses. */
bool worker_free(struct worker *worker); /* NULL is fine */

bool worker_is_busy(const struct worker *worker);
/* Only when not busy. work runs in the thread, with every signal blocked; done in
 * the loop, after it. -1 with err when there is no thread to be had. */
int worker_run(
    struct worker *worker, worker_fn *work, worker_fn *done, void *arg, struct err *err);

#endif
