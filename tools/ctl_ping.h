/* SPDX-License-Identifier: MIT */
/*
 * ctl_ping: asks a daemon for its version and policy.
 */
#ifndef CTL_PING_H
#define CTL_PING_H

#include <stdint.h>

#include "arena.h"
#include "ctl_client.h"
#include "err.h"
#include "wire.h"

/* 1 answered, 0 silence, -1 with err. The answer is in the arena. */
int ctl_ping(struct ctl_client *client, struct arena *arena, int64_t timeout_ms,
    struct wire_answer *answer, struct err *err);

#endif
