/* SPDX-License-Identifier: MIT */
/*
 * endpoint: where the daemon listens, and its tools look for it, when neither
 * is told: under the user's runtime folder, else under /run.
 */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include "err.h"

/* For the options' help. */
#define ENDPOINT_DEFAULT_TEXT \
	"ipc://$XDG_RUNTIME_DIR/triaged.sock, else ipc:///run/triaged/triaged.sock"

/* Never cut: what is too long for a socket's path is said by who opens it.
 * The caller frees it. */
char *endpoint_default(void);

/* May a daemon listen there? What can be said without trying: the form, the length
 * of a path, and TCP on loopback only. 0, or -1 with the reason. */
int endpoint_check(const char *endpoint, struct err *err);

/* Where the daemon of an ipc endpoint serves HTTP unless told otherwise:
 * "unix:PATH.http". NULL for other endpoints. The caller frees it. */
char *endpoint_http(const char *endpoint);

#endif
