/* SPDX-License-Identifier: MIT */
/*
 * intake: the daemon's ZeroMQ socket at the pipeline's mouth. Takes messages
 * while the pipeline has room, and sends each answer the way its request came.
 */
#ifndef INTAKE_H
#define INTAKE_H

#include <stdbool.h>

#include "err.h"
#include "loop.h"
#include "metrics.h"
#include "str.h"

struct intake;
struct pipeline;

/* NULL when the endpoint cannot be bound. listener: as in struct zsock_options.
 * Nothing is received before intake_start(). */
struct intake *intake_new(struct loop *loop, const char *endpoint, int listener,
    struct metrics *metrics, struct err *err);
void intake_free(struct intake *intake); /* answers get a second to go out */
void intake_start(struct intake *intake, struct pipeline *pipeline);
/* No more requests; answers still go out. */
void intake_stop(struct intake *intake);

/* For struct pipeline_options; arg is the intake. */
void intake_answer(void *arg, void *origin, struct str body);
void intake_full(void *arg, bool full);

#endif
