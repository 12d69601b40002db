/* SPDX-License-Identifier: MIT */
/*
 * http_listen: the socket that http.c listens on.
 */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include "err.h"

/* Is it an address to listen on? What can be said without trying: its form, the
 * length of a path, loopback. 0, or -1 with the reason. */
int http_listen_check(const char *address, struct err *err);

/* A listening socket, close-on-exec and not blocking; -1 with err. *path: the
 * UNIX socket's, to be removed at the end and freed, or NULL. */
int http_listen(const char *address, int backlog, char **path, struct err *err);

#endif
