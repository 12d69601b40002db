/* SPDX-License-Identifier: MIT */
/*
 * ctl_client: the daemon's door, from outside: one DEALER socket. The only
 * user of libzmq among the tools. It connects by itself and again after a
 * loss; whether anybody is there shows only in an answer.
 */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "str.h"

struct ctl_client;

/* NULL with err when the endpoint is no ZeroMQ address. */
struct ctl_client *ctl_client_new(const char *endpoint, struct err *err);
void ctl_client_free(struct ctl_client *client); /* NULL is fine; what is unsent is dropped */

/* Never waits. 0; 1 when the way out is full: try again later; -1 with err. */
int ctl_client_send(struct ctl_client *client, struct str body, struct err *err);
/* The next answer, without waiting: 1, borrowed until the next call; 0 none. */
int ctl_client_receive(struct ctl_client *client, struct str *body);

/* Waits until an answer is there, fd can be read (-1: none) or ms are over. */
enum ctl_wake { CTL_WAKE_TIME, CTL_WAKE_ANSWER, CTL_WAKE_INPUT };
enum ctl_wake ctl_client_wait(struct ctl_client *client, int fd, int64_t ms);

#endif
