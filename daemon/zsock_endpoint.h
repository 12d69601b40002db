/* SPDX-License-Identifier: MIT */
/*
 * zsock_endpoint: where a ROUTER may listen, and with which permissions. A part
 * of zsock, for nobody else.
 */
#ifndef ZSOCK_ENDPOINT_H
#define ZSOCK_ENDPOINT_H

#include "err.h"
#include "zsock.h"

/* Binds a ZeroMQ socket; 0, or -1 with the reason. *lock: of an ipc path, to be
 * closed when the socket no longer listens there; else -1. */
int zsock_endpoint_bind(
    void *socket, const struct zsock_options *options, int *lock, struct err *err);
/* Removes the file of an ipc endpoint, which libzmq leaves. Only while the socket
 * still listens: then it is surely ours, a moment later it may be our
 * successor's. */
void zsock_endpoint_hide(void *socket);

#endif
