/* SPDX-License-Identifier: MIT */
/*
 * zsock_endpoint: where a ROUTER may listen, and with which permissions. A part
 * of zsock, for nobody else.
 */
#ifndef ZSOCK_ENDPOINT_H
#define ZSOCK_ENDPOINT_H

#include "err.h"

/* Binds a ZeroMQ socket; 0, or -1 with the reason. */
int zsock_endpoint_bind(void *socket, const char *endpoint, int mode, struct err *err);
void zsock_endpoint_unbind(void *socket); /* from wherever it is bound */

#endif
