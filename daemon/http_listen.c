/* SPDX-License-Identifier: MIT */
#include "http_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "mem.h"

#define SOCKET_MODE 0660

static int
http_listen_fail(int fd, const char *address, struct err *err)
{
	int saved = errno;

	if (fd != -1)
		close(fd);
	return err_set(err, "%s: %s", address, strerror(saved));
}

/* A socket that a process left behind when it was killed. One that somebody listens
 * on, and anything that is no socket, stays. */
static void
http_listen_clear(const struct sockaddr_un *unix_address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct stat status;

	if (fd == -1)
		return;
	if (connect(fd, (const struct sockaddr *)unix_address, sizeof(*unix_address)) == -1 &&
	    errno == ECONNREFUSED && lstat(unix_address->sun_path, &status) == 0 &&
	    S_ISSOCK(status.st_mode))
		unlink(unix_address->sun_path);
	close(fd);
}

static int
http_listen_unix(const char *path, int backlog, struct err *err)
{
	struct sockaddr_un unix_address = {.sun_family = AF_UNIX};
	int fd, rc;
	mode_t before;

	memcpy(unix_address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return http_listen_fail(fd, path, err);
	http_listen_clear(&unix_address);
	before = umask(~SOCKET_MODE & 0777);
	rc = bind(fd, (const struct sockaddr *)&unix_address, sizeof(unix_address));
	umask(before);
	/* A default ACL of the folder replaces the mask. */
	if (rc == -1 || chmod(path, SOCKET_MODE) == -1 || listen(fd, backlog) == -1)
		return http_listen_fail(fd, path, err);
	return fd;
}

/* "127.0.0.1:9464" or "[::1]:9464", numbers only. */
static int
http_listen_read(const char *address, struct sockaddr_storage *out, socklen_t *size)
{
	struct sockaddr_in *four = (struct sockaddr_in *)out;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
	const char *colon = strrchr(address, ':');
	char host[64], *end;
	unsigned long port;

	memset(out, 0, sizeof(*out));
	if (colon == NULL || colon[1] < '0' || colon[1] > '9' ||
	    (size_t)(colon - address) >= sizeof(host))
		return -1;
	port = strtoul(colon + 1, &end, 10);
	if (*end != '\0' || port == 0 || port > 65535)
		return -1;
	snprintf(host, sizeof(host), "%.*s", (int)(colon - address), address);
	if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons((uint16_t)port);
		*size = sizeof(*four);
		return 0;
	}
	if (host[0] != '[' || host[strlen(host) - 1] != ']')
		return -1;
	host[strlen(host) - 1] = '\0';
	if (inet_pton(AF_INET6, host + 1, &six->sin6_addr) != 1)
		return -1;
	six->sin6_family = AF_INET6;
	six->sin6_port = htons((uint16_t)port);
	*size = sizeof(*six);
	return 0;
}

static int
http_listen_is_loopback(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static int
http_listen_tcp(const char *address, int backlog, struct err *err)
{
	struct sockaddr_storage where;
	socklen_t size;
	int fd, on = 1;

	http_listen_read(address, &where, &size);
	fd = socket(where.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(fd, (const struct sockaddr *)&where, size) == -1 || listen(fd, backlog) == -1)
		return http_listen_fail(fd, address, err);
	return fd;
}

int
http_listen_check(const char *address, struct err *err)
{
	const size_t most = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;
	struct sockaddr_storage where;
	socklen_t size;

	if (strncmp(address, "unix:", 5) == 0 && address[5] != '\0')
		return strlen(address + 5) <= most ? 0 :
		    err_set(err, "%s: %zu bytes, a socket path has at most %zu", address + 5,
		        strlen(address + 5), most);
	if (http_listen_read(address, &where, &size) < 0)
		return err_set(err,
		    "'%s' is no address: 127.0.0.1:9464, [::1]:9464, unix:/path, none", address);
	if (!http_listen_is_loopback(&where))
		return err_set(err,
		    "%s: only loopback or a UNIX socket; a proxy in front may do more", address);
	return 0;
}

int
http_listen(const char *address, int backlog, char **path, struct err *err)
{
	int fd;

	*path = NULL;
	if (http_listen_check(address, err) < 0)
		return -1;
	if (strncmp(address, "unix:", 5) != 0)
		return http_listen_tcp(address, backlog, err);
	fd = http_listen_unix(address + 5, backlog, err);
	if (fd != -1)
		*path = mem_strdup(address + 5);
	return fd;
}
