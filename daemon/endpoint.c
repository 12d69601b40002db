/* SPDX-License-Identifier: MIT */
#include "endpoint.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "str.h"

char *
endpoint_default(void)
{
	const char *folder = getenv("XDG_RUNTIME_DIR");
	struct strbuf endpoint;

	/* By its specification a relative one counts as not set. */
	if (folder == NULL || folder[0] != '/')
		folder = "/run/triaged";
	strbuf_init(&endpoint, 0);
	strbuf_printf(&endpoint, "ipc://%s/triaged.sock", folder);
	return strbuf_take(&endpoint);
}

static int
check_path(const char *endpoint, const char *path, struct err *err)
{
	const size_t most = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;

	/* A name in the abstract space has no permissions, and "*" no place. */
	if (*path == '\0' || *path == '@' || *path == '*')
		return err_set(err, "%s: ipc:// needs the path of a file", endpoint);
	if (strlen(path) > most)
		return err_set(err, "%s: %zu bytes, a socket path has at most %zu", path,
		    strlen(path), most);
	return 0;
}

/* True for an address that only this machine reaches. */
static bool
is_loopback(const char *host)
{
	struct in_addr address;

	if (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

/* "*" is one that is free. */
static bool
is_port(const char *text)
{
	return strcmp(text, "*") == 0 ||
	    (strlen(text) <= 5 && strspn(text, "0123456789") == strlen(text) &&
	        atoi(text) > 0 && atoi(text) <= 65535);
}

static int
check_tcp(const char *endpoint, const char *host, struct err *err)
{
	const char *colon = strrchr(host, ':');
	char name[64] = "";

	if (colon == NULL || !is_port(colon + 1))
		return err_set(err, "%s: no port", endpoint);
	if ((size_t)(colon - host) < sizeof(name))
		memcpy(name, host, (size_t)(colon - host));
	if (!is_loopback(name))
		return err_set(err, "%s: TCP beyond loopback needs CURVE keys, "
		    "which this version does not have", endpoint);
	return 0;
}

int
endpoint_check(const char *endpoint, struct err *err)
{
	if (str_starts(str_of(endpoint), "ipc://"))
		return check_path(endpoint, endpoint + strlen("ipc://"), err);
	if (str_starts(str_of(endpoint), "tcp://"))
		return check_tcp(endpoint, endpoint + strlen("tcp://"), err);
	return err_set(err, "%s: not an ipc:// or tcp:// endpoint", endpoint);
}

char *
endpoint_http(const char *endpoint)
{
	struct strbuf address;

	if (!str_starts(str_of(endpoint), "ipc://"))
		return NULL;
	strbuf_init(&address, 0);
	strbuf_printf(&address, "unix:%s.http", endpoint + strlen("ipc://"));
	return strbuf_take(&address);
}
