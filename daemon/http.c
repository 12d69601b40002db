/* SPDX-License-Identifier: MIT */
/*
 * evhttp has neither a cap on connections nor a deadline over a whole one (its
 * timeout begins anew with every byte), and tells nobody when it drops a
 * connection that made no request. So each connection has a record here, with a
 * reference to its bufferevent, which keeps that alive; a sweep, while there are
 * any, ends the late ones and forgets those that evhttp has freed: they have no
 * callbacks any more. Those with a request say so themselves when they close.
 */
#include "http.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>

#include "http_listen.h"
#include "mem.h"

#define CONNECTIONS 32
#define BACKLOG 16 /* fewer than CONNECTIONS: who is let in gets its turn to ask */
#define HEADER_BYTES 8192
#define TIMEOUT_S 15
#define SWEEP_MS 250
#define LIFE_SWEEPS (TIMEOUT_S * 1000 / SWEEP_MS)

struct http_peer {
	TAILQ_ENTRY(http_peer) link; /* the oldest first */
	struct bufferevent *bufferevent;
	int sweeps_left;
};
TAILQ_HEAD(http_peers, http_peer);

struct http {
	struct evhttp *evhttp;
	struct loop_timer *sweep;
	struct http_peers peers;
	size_t peer_count;
	const struct http_route *routes;
	size_t route_count;
	void *arg;
	struct strbuf body;
	char *path; /* of the UNIX socket, or NULL */
};

/* Connections --------------------------------------------------------------- */

static void
http_peer_forget(struct http *http, struct http_peer *peer)
{
	TAILQ_REMOVE(&http->peers, peer, link);
	http->peer_count--;
	bufferevent_decref(peer->bufferevent);
	free(peer);
}

static bool
http_peer_is_gone(const struct http_peer *peer)
{
	bufferevent_event_cb event = NULL;

	bufferevent_getcb(peer->bufferevent, NULL, NULL, &event, NULL);
	return event == NULL;
}

/* evhttp takes it for its own timeout and frees the connection. */
static void
http_peer_drop(struct http *http, struct http_peer *peer)
{
	struct bufferevent *bufferevent = peer->bufferevent;

	bufferevent_incref(bufferevent);
	http_peer_forget(http, peer);
	bufferevent_trigger_event(bufferevent, BEV_EVENT_READING | BEV_EVENT_TIMEOUT, 0);
	bufferevent_decref(bufferevent);
}

static void
http_sweep(void *arg)
{
	struct http *http = arg;
	struct http_peer *peer, *next;

	for (peer = TAILQ_FIRST(&http->peers); peer != NULL; peer = next) {
		next = TAILQ_NEXT(peer, link);
		if (http_peer_is_gone(peer))
			http_peer_forget(http, peer);
		else if (--peer->sweeps_left <= 0)
			http_peer_drop(http, peer);
	}
	if (http->peer_count > 0)
		loop_timer_set(http->sweep, SWEEP_MS);
}

/* evhttp asks for this with each connection that it accepts. */
static struct bufferevent *
http_accepted(struct event_base *base, void *arg)
{
	struct http *http = arg;
	struct bufferevent *bufferevent =
	    bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	struct http_peer *peer;

	if (bufferevent == NULL)
		return NULL; /* evhttp tries itself, and fails as well */
	if (http->peer_count == CONNECTIONS)
		http_peer_drop(http, TAILQ_FIRST(&http->peers));
	peer = mem_alloc(sizeof(*peer));
	peer->bufferevent = bufferevent;
	peer->sweeps_left = LIFE_SWEEPS;
	bufferevent_incref(bufferevent);
	TAILQ_INSERT_TAIL(&http->peers, peer, link);
	http->peer_count++;
	if (!loop_timer_pending(http->sweep))
		loop_timer_set(http->sweep, SWEEP_MS);
	return bufferevent;
}

static void
http_closed(struct evhttp_connection *connection, void *arg)
{
	struct http *http = arg;
	struct bufferevent *bufferevent = evhttp_connection_get_bufferevent(connection);
	struct http_peer *peer;

	peer = TAILQ_FIRST(&http->peers);
	while (peer != NULL && peer->bufferevent != bufferevent)
		peer = TAILQ_NEXT(peer, link);
	if (peer != NULL)
		http_peer_forget(http, peer);
}

/* Requests ------------------------------------------------------------------ */

static void
http_header(struct evhttp_request *request, const char *name, const char *value)
{
	evhttp_add_header(evhttp_request_get_output_headers(request), name, value);
}

static void
http_send(struct evhttp_request *request, const struct http_answer *answer)
{
	struct evbuffer *out = evhttp_request_get_output_buffer(request);
	struct str body = strbuf_str(answer->body);
	char length[24];

	evutil_snprintf(length, sizeof(length), "%zu", body.n);
	http_header(request, "Content-Type", answer->type);
	http_header(request, "Content-Length", length);
	http_header(request, "Cache-Control", "no-store");
	http_header(request, "X-Content-Type-Options", "nosniff");
	http_header(request, "Connection", "close");
	if (evhttp_request_get_command(request) != EVHTTP_REQ_HEAD)
		evbuffer_add(out, body.p, body.n);
	evhttp_send_reply(request, answer->status, NULL, NULL);
}

static const struct http_route *
http_find(const struct http *http, const struct evhttp_request *request)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = uri != NULL ? evhttp_uri_get_path(uri) : NULL;
	size_t i;

	for (i = 0; path != NULL && i < http->route_count; i++)
		if (strcmp(path, http->routes[i].path) == 0)
			return &http->routes[i];
	return NULL;
}

static void
http_requested(struct evhttp_request *request, void *arg)
{
	struct http *http = arg;
	enum evhttp_cmd_type method = evhttp_request_get_command(request);
	const struct http_route *route = http_find(http, request);
	struct http_answer answer = {HTTP_OK, "text/plain; charset=utf-8", &http->body};

	evhttp_connection_set_closecb(
	    evhttp_request_get_connection(request), http_closed, http);
	strbuf_clear(&http->body);
	if (route == NULL) {
		answer.status = HTTP_NOTFOUND;
		strbuf_puts(&http->body, "there is nothing here; there is:\n");
		for (size_t i = 0; i < http->route_count; i++)
			strbuf_printf(&http->body, "%s\n", http->routes[i].path);
	} else if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD) {
		answer.status = HTTP_BADMETHOD;
		http_header(request, "Allow", "GET, HEAD");
		strbuf_puts(&http->body, "GET and HEAD only\n");
	} else {
		route->answer(http->arg, &answer);
	}
	http_send(request, &answer);
}

/* Life ---------------------------------------------------------------------- */

static void
http_configure(struct http *http)
{
	struct evhttp *evhttp = http->evhttp;

	evhttp_set_max_headers_size(evhttp, HEADER_BYTES);
	evhttp_set_max_body_size(evhttp, 0);
	evhttp_set_timeout(evhttp, TIMEOUT_S);
	/* All of them come to http_requested(), which says what is allowed: evhttp
	 * itself would say "not implemented". */
	evhttp_set_allowed_methods(evhttp,
	    EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
		EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE |
		EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH);
	evhttp_set_default_content_type(evhttp, NULL);
	evhttp_set_bevcb(evhttp, http_accepted, http);
	evhttp_set_gencb(evhttp, http_requested, http);
}

struct http *
http_new(struct loop *loop, const char *address, const struct http_route *routes, size_t count,
    void *arg, struct err *err)
{
	char *path;
	int fd = http_listen(address, BACKLOG, &path, err);
	struct evconnlistener *listener;
	struct http *http;

	if (fd == -1)
		return NULL;
	http = mem_alloc(sizeof(*http));
	http->routes = routes;
	http->route_count = count;
	http->arg = arg;
	http->path = path;
	TAILQ_INIT(&http->peers);
	strbuf_init(&http->body, 0);
	http->sweep = loop_timer_new(loop, http_sweep, http);
	http->evhttp = evhttp_new(loop_base(loop));
	listener = evconnlistener_new(loop_base(loop), NULL, NULL, LEV_OPT_CLOSE_ON_FREE, 0, fd);
	if (http->evhttp == NULL || listener == NULL)
		mem_fail();
	http_configure(http);
	/* From here on the listener is evhttp's. */
	if (evhttp_bind_listener(http->evhttp, listener) == NULL)
		mem_fail();
	return http;
}

void
http_free(struct http *http)
{
	struct http_peer *peer;

	if (http == NULL)
		return;
	if (http->path != NULL)
		unlink(http->path);
	free(http->path);
	/* Those with a request leave the list by http_closed(). */
	while ((peer = TAILQ_FIRST(&http->peers)) != NULL) {
		TAILQ_REMOVE(&http->peers, peer, link);
		bufferevent_decref(peer->bufferevent);
		free(peer);
	}
	evhttp_free(http->evhttp);
	loop_timer_free(http->sweep);
	strbuf_fini(&http->body);
	free(http);
}
