/* SPDX-License-Identifier: MIT */
#include "endpoint.h"

#include <stdlib.h>
#include <string.h>

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
