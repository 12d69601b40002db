/* SPDX-License-Identifier: MIT */
/*
 * Both functions write aside first: an argument may well be the old text.
 */
#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "str.h"

/* Ends text before a character that the cut went through. */
static void
err_whole(char *text, size_t n)
{
	size_t start = n;

	while (start > 0 && n - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
		start--;
	if (start > 0 && (unsigned char)text[start - 1] >= 0xC0 &&
	    utf8_bytes((struct str){text, n}, start - 1) == 0)
		text[start - 1] = '\0';
}

static __attribute__((format(printf, 2, 0))) void
err_store(struct err *err, const char *format, va_list arguments, const char *tail)
{
	struct err fresh;
	int n = vsnprintf(fresh.text, sizeof(fresh.text), format, arguments);
	size_t used = n > 0 ? strnlen(fresh.text, sizeof(fresh.text)) : 0;

	fresh.text[used] = '\0';
	/* What does not fit is cut, at the end of the oldest text. */
	if (tail != NULL)
		n += snprintf(fresh.text + used, sizeof(fresh.text) - used, ": %s", tail);
	if (n < 0 || (size_t)n >= sizeof(fresh.text))
		err_whole(fresh.text, strlen(fresh.text));
	memcpy(err->text, fresh.text, strlen(fresh.text) + 1);
}

int
err_set(struct err *err, const char *format, ...)
{
	int saved = errno;
	va_list arguments;

	if (err != NULL) {
		va_start(arguments, format);
		err_store(err, format, arguments, NULL);
		va_end(arguments);
	}
	errno = saved;
	return -1;
}

int
err_prefix(struct err *err, const char *format, ...)
{
	int saved = errno;
	va_list arguments;

	if (err != NULL) {
		va_start(arguments, format);
		err_store(err, format, arguments, err->text);
		va_end(arguments);
	}
	errno = saved;
	return -1;
}
