/* SPDX-License-Identifier: MIT */
/*
 * ctl_http: one GET from the daemon's own HTTP server, on loopback or a UNIX
 * socket (daemon/http.h): one request a connection, which the server closes.
 */
#ifndef CTL_HTTP_H
#define CTL_HTTP_H

#include <stdint.h>

#include "err.h"
#include "str.h"

/* address: "127.0.0.1:9464", "[::1]:9464", "unix:/path". The status, with the
 * body appended, at most 1 MiB; -1 with err. */
int ctl_http_get(const char *address, const char *path, int64_t timeout_ms,
    struct strbuf *body, struct err *err);

#endif
