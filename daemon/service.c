/* SPDX-License-Identifier: MIT */
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <systemd/sd-daemon.h>

#include "str.h"

bool
service_is_managed(void)
{
	const char *socket = getenv("NOTIFY_SOCKET");

	return socket != NULL && socket[0] != '\0';
}

static void service_tell(const char *state, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* A manager that cannot be reached is nothing that we could do about. */
static void
service_tell(const char *state, const char *format, va_list arguments)
{
	struct strbuf message;

	if (!service_is_managed())
		return;
	strbuf_init(&message, 0);
	strbuf_puts(&message, state);
	strbuf_puts(&message, "STATUS=");
	strbuf_vprintf(&message, format, arguments);
	sd_notify(0, strbuf_str(&message).p);
	strbuf_fini(&message);
}

void
service_ready(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	service_tell("READY=1\n", format, arguments);
	va_end(arguments);
}

void
service_reloading(void)
{
	sd_notify(0, "RELOADING=1\nSTATUS=reading the rules again");
}

void
service_stopping(int64_t most_ms)
{
	sd_notifyf(0, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%" PRId64 "\nSTATUS=stopping",
	    most_ms * 1000);
}

void
service_status(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	service_tell("", format, arguments);
	va_end(arguments);
}

int64_t
service_alive_every_ms(void)
{
	uint64_t period_us;

	if (!service_is_managed() || sd_watchdog_enabled(0, &period_us) <= 0)
		return 0;
	/* A period that is no whole number of milliseconds is still one. */
	return period_us / 2000 > 0 ? (int64_t)(period_us / 2000) : 1;
}

void
service_alive(void)
{
	sd_notify(0, "WATCHDOG=1");
}

int
service_listener(const char *path, int *fd, struct err *err)
{
	int count = sd_listen_fds(0), i;

	*fd = 0;
	if (count < 0)
		return err_set(err, "what the service manager handed over: %s", strerror(-count));
	for (i = SD_LISTEN_FDS_START; i < SD_LISTEN_FDS_START + count; i++) {
		int flags;

		if (sd_is_socket_unix(i, SOCK_STREAM, 1, path, 0) <= 0)
			continue;
		/* The manager hands it over blocking; one that asks in vain must not wait. */
		flags = fcntl(i, F_GETFL);
		if (flags == -1 || fcntl(i, F_SETFL, flags | O_NONBLOCK) == -1)
			return err_set(err, "%s: %s", path, strerror(errno));
		*fd = i;
		return 0;
	}
	if (count > 0)
		return err_set(err, "%s: the service manager handed over another socket than this "
		    "one; its ListenStream= and the endpoint must be the same", path);
	return 0;
}
