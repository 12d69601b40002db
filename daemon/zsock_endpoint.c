/* SPDX-License-Identifier: MIT */
/*
 * libzmq removes any file at the path of an ipc endpoint before it binds, even
 * the socket of a daemon that is alive. So we look first: whoever still accepts
 * there keeps it. Two that look at once are kept apart by a lock on PATH.lock;
 * that file stays, as a lock on one that was removed keeps nobody out.
 */
#include "zsock_endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <zmq.h>

#include "endpoint.h"

/* 1 when somebody accepts at the address, 0 when nobody does, -1 with errno
 * when that cannot be found out. */
static int
zsock_endpoint_alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int rc, saved;

	if (fd == -1)
		return -1;
	rc = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	saved = errno;
	close(fd);
	errno = saved;
	/* EAGAIN: a listener whose backlog is full. */
	if (rc == 0 || errno == EAGAIN || errno == EINPROGRESS)
		return 1;
	return errno == ECONNREFUSED || errno == ENOENT ? 0 : -1;
}

/* 0 when the path is free or holds a socket that nobody listens on. */
static int
zsock_endpoint_look(const char *path, struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat status;

	memcpy(address.sun_path, path, strlen(path));
	if (lstat(path, &status) != 0) {
		if (errno == ENOENT)
			return 0;
		return err_set(err, "%s: %s", path, strerror(errno));
	}
	if (!S_ISSOCK(status.st_mode))
		return err_set(err, "%s: exists and is not a socket", path);
	switch (zsock_endpoint_alive(&address)) {
	case 0:
		return 0;
	case 1:
		return err_set(err, "%s: another process is listening there", path);
	default:
		return err_set(err, "%s: %s", path, strerror(errno));
	}
}

/* The descriptor of the lock, or -1. */
static int
zsock_endpoint_lock(const char *path, struct err *err)
{
	char name[sizeof(((struct sockaddr_un *)0)->sun_path) + sizeof(".lock")];
	int fd, saved;

	snprintf(name, sizeof(name), "%s.lock", path);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return err_set(err, "%s: %s", name, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	saved = errno;
	close(fd);
	if (saved == EWOULDBLOCK)
		return err_set(err, "%s: another process is listening there", path);
	return err_set(err, "%s: %s", name, strerror(saved));
}

static int
zsock_endpoint_bind_path(
    void *socket, const char *endpoint, const char *path, int mode, struct err *err)
{
	mode_t before;
	int rc, saved;

	if (zsock_endpoint_look(path, err) != 0)
		return -1;
	/* zmq_bind() makes the file in this thread: with this mask it is at no
	 * time more open than asked for. */
	before = umask((mode_t)(~mode & 0777));
	rc = zmq_bind(socket, endpoint);
	saved = errno;
	umask(before);
	if (rc != 0)
		return err_set(err, "%s: %s", path, zmq_strerror(saved));
	/* A default ACL of the folder replaces the mask. */
	if (chmod(path, (mode_t)mode) != 0)
		return err_set(err, "%s: %s", path, strerror(errno));
	return 0;
}

static int
zsock_endpoint_bind_ipc(
    void *socket, const char *endpoint, int mode, int *lock, struct err *err)
{
	const char *path = endpoint + strlen("ipc://");

	*lock = zsock_endpoint_lock(path, err);
	if (*lock == -1)
		return -1;
	if (zsock_endpoint_bind_path(socket, endpoint, path, mode, err) == 0)
		return 0;
	close(*lock);
	*lock = -1;
	return -1;
}

static int
zsock_endpoint_bind_tcp(void *socket, const char *endpoint, struct err *err)
{
	static const char name[] = "tcp://localhost:";
	bool named = strncmp(endpoint, name, strlen(name)) == 0;
	char address[64]; /* not left to a resolver, which may know another one */

	snprintf(address, sizeof(address), "tcp://127.0.0.1:%s",
	    named ? endpoint + strlen(name) : "");
	if (zmq_bind(socket, named ? address : endpoint) != 0)
		return err_set(err, "%s: %s", endpoint, zmq_strerror(errno));
	return 0;
}

/* Nothing to look at, lock or make: the path is in use, by the listener. libzmq
 * leaves a file alone that it did not make. The option holds for every bind that
 * follows, hence its end. */
static int
zsock_endpoint_take(void *socket, const char *endpoint, int listener, struct err *err)
{
	int none = -1, rc, saved;

	if (zmq_setsockopt(socket, ZMQ_USE_FD, &listener, sizeof(listener)) != 0)
		return err_set(err, "ZeroMQ option USE_FD: %s", zmq_strerror(errno));
	rc = zmq_bind(socket, endpoint);
	saved = errno;
	zmq_setsockopt(socket, ZMQ_USE_FD, &none, sizeof(none));
	if (rc != 0)
		return err_set(err, "%s: %s", endpoint, zmq_strerror(saved));
	return 0;
}

int
zsock_endpoint_bind(
    void *socket, const struct zsock_options *options, int *lock, struct err *err)
{
	const char *endpoint = options->endpoint;

	*lock = -1;
	if (endpoint_check(endpoint, err) < 0)
		return -1;
	if (options->listener != 0)
		return zsock_endpoint_take(socket, endpoint, options->listener, err);
	if (strncmp(endpoint, "ipc://", 6) == 0)
		return zsock_endpoint_bind_ipc(socket, endpoint, options->mode, lock, err);
	return zsock_endpoint_bind_tcp(socket, endpoint, err);
}

void
zsock_endpoint_hide(void *socket)
{
	char endpoint[256] = "";
	size_t size = sizeof(endpoint);

	if (zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &size) == 0 &&
	    strncmp(endpoint, "ipc://", 6) == 0)
		unlink(endpoint + 6);
}
