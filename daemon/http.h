/* SPDX-License-Identifier: MIT */
/*
 * http: a small HTTP server in the loop, for metrics and health: GET and HEAD, on
 * loopback or a UNIX socket. The only user of evhttp. One request a connection
 * ("Connection: close"), done within 15 s of its start whatever the peer does;
 * headers up to 8 KiB, no body is read; at most 32 connections, of which a new
 * one drops the oldest, so that idle ones shut nobody out. Nothing that a peer
 * sent is repeated to it.
 *
 * libevent from 2.1.12-stable-8+deb12u1 on: the one before has CVEs in evhttp.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stddef.h>

#include "err.h"
#include "loop.h"
#include "str.h"

#define HTTP_OK 200
#define HTTP_UNAVAILABLE 503

struct http_answer {
	int status;        /* HTTP_OK at first */
	const char *type;  /* of the body; text/plain at first */
	struct strbuf *body; /* empty at first */
};

struct http_route {
	const char *path;
	void (*answer)(void *arg, struct http_answer *answer);
};

struct http;

/* address: "127.0.0.1:9464", "[::1]:9464" or "unix:/path" (mode 0660). Other
 * addresses than loopback's are refused. Routes are not copied. NULL with err. */
struct http *http_new(struct loop *loop, const char *address, const struct http_route *routes,
    size_t count, void *arg, struct err *err);
void http_free(struct http *http); /* NULL is fine; not from an answer */

#endif
