/* SPDX-License-Identifier: MIT */
#include "ctl_http.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"

#define ANSWER_BYTES ((size_t)1 << 20)

static int
http_fail(int fd, const char *address, const char *why, struct err *err)
{
	if (fd != -1)
		close(fd);
	return err_set(err, "%s: %s", address, why);
}

static int
http_connect_unix(const char *path, struct err *err)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(to.sun_path))
		return err_set(err, "%s: too long for a socket's path", path);
	memcpy(to.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) == -1)
		return http_fail(fd, path, strerror(errno), err);
	return fd;
}

static int
http_connect_tcp(const char *address, struct err *err)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	const char *colon = strrchr(address, ':');
	struct addrinfo *to;
	char host[64];
	size_t n;
	int fd;

	if (colon == NULL || (size_t)(colon - address) >= sizeof(host))
		return err_set(err, "'%s' is no address: 127.0.0.1:9464, unix:/path", address);
	n = (size_t)(colon - address);
	if (address[0] == '[' && n > 2) /* [::1] */
		snprintf(host, sizeof(host), "%.*s", (int)n - 2, address + 1);
	else
		snprintf(host, sizeof(host), "%.*s", (int)n, address);
	if (getaddrinfo(host, colon + 1, &hints, &to) != 0)
		return err_set(err, "'%s' is no address: 127.0.0.1:9464, unix:/path", address);
	fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || connect(fd, to->ai_addr, to->ai_addrlen) == -1) {
		freeaddrinfo(to);
		return http_fail(fd, address, strerror(errno), err);
	}
	freeaddrinfo(to);
	return fd;
}

/* All until the other end closes. */
static int
http_read(int fd, int64_t timeout_ms, struct strbuf *answer, const char *address, struct err *err)
{
	int64_t end_us = clock_monotonic_us(&clock_system) + timeout_ms * 1000, left_ms;
	char piece[16384];

	while ((left_ms = (end_us - clock_monotonic_us(&clock_system)) / 1000) > 0) {
		struct pollfd one = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (poll(&one, 1, (int)left_ms) <= 0)
			continue;
		n = recv(fd, piece, sizeof(piece), 0);
		if (n == 0)
			return answer->overflow ? err_set(err, "%s: answers too much", address) : 0;
		if (n < 0)
			return err_set(err, "%s: %s", address, strerror(errno));
		strbuf_put(answer, (struct str){piece, (size_t)n});
	}
	return err_set(err, "%s: no answer in time", address);
}

int
ctl_http_get(const char *address, const char *path, int64_t timeout_ms, struct strbuf *body,
    struct err *err)
{
	bool is_unix = strncmp(address, "unix:", 5) == 0;
	int fd = is_unix ? http_connect_unix(address + 5, err) : http_connect_tcp(address, err);
	struct strbuf text;
	char *start;
	int status;

	if (fd == -1)
		return -1;
	strbuf_init(&text, ANSWER_BYTES);
	strbuf_printf(&text, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
	if (send(fd, text.p, text.n, MSG_NOSIGNAL) != (ssize_t)text.n)
		status = err_set(err, "%s: %s", address, strerror(errno));
	else {
		strbuf_clear(&text);
		status = http_read(fd, timeout_ms, &text, address, err);
	}
	close(fd);
	if (status == 0) {
		start = text.n > 0 ? strstr(text.p, "\r\n\r\n") : NULL;
		if (start == NULL || sscanf(text.p, "HTTP/1.%*1[01] %d", &status) != 1)
			status = err_set(err, "%s: that is no HTTP", address);
		else
			strbuf_puts(body, start + 4);
	}
	strbuf_fini(&text);
	return status;
}
