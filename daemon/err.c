/* SPDX-License-Identifier: MIT */
#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int
err_set(struct err *err, const char *format, ...)
{
	int saved = errno;
	va_list arguments;

	if (err != NULL) {
		va_start(arguments, format);
		vsnprintf(err->text, sizeof(err->text), format, arguments);
		va_end(arguments);
	}
	errno = saved;
	return -1;
}

int
err_prefix(struct err *err, const char *format, ...)
{
	int saved = errno;
	struct err old;
	va_list arguments;
	size_t used;

	if (err != NULL) {
		old = *err;
		va_start(arguments, format);
		vsnprintf(err->text, sizeof(err->text), format, arguments);
		va_end(arguments);
		used = strlen(err->text);
		/* What does not fit is cut, at the end of the oldest text. */
		strncat(err->text, ": ", sizeof(err->text) - used - 1);
		used = strlen(err->text);
		strncat(err->text, old.text, sizeof(err->text) - used - 1);
	}
	errno = saved;
	return -1;
}
