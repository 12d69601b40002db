/* SPDX-License-Identifier: MIT */
/*
 * http_listen: the socket that http.c listens on.
 */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include "err.h"

/* A listening socket, close-on-exec and not blocking; -1 with err. *path: the
 * UNIX socket's, to be removed at the end and freed, or NULL. */
int http_listen(const char *address, int backlog, char **path, struct err *err);

#endif
