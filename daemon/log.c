/* SPDX-License-Identifier: MIT */
/*
 * A line is built on the stack and leaves with one write(2), so that lines of
 * several processes on one pipe do not mix (up to PIPE_BUF bytes are written
 * as a whole) and nothing is allocated where memory may have run out.
 */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "str.h"
#include "timestamp.h"

#define LOG_LINE 4096 /* PIPE_BUF */

static const struct {
	const char *name;
	const char *prefix; /* sd-daemon(3) */
} log_levels[] = {
	[LOG_LEVEL_ERROR] = {"error", "<3>"},
	[LOG_LEVEL_WARNING] = {"warning", "<4>"},
	[LOG_LEVEL_INFO] = {"info", "<6>"},
	[LOG_LEVEL_DEBUG] = {"debug", "<7>"},
};

static struct {
	enum log_level level;
	bool journal;
} log_state = {LOG_LEVEL_INFO, false};

/* The variable is inherited by every child; only when it names our own
 * standard error does the journal read us. */
static bool
log_journal_reads(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat status;

	if (stream == NULL || sscanf(stream, "%ju:%ju", &device, &inode) != 2)
		return false;
	return fstat(STDERR_FILENO, &status) == 0 && status.st_dev == (dev_t)device &&
	    status.st_ino == (ino_t)inode;
}

void
log_open(enum log_level level, int journal)
{
	log_state.level = level;
	log_state.journal = journal < 0 ? log_journal_reads() : journal > 0;
}

int
log_level_by_name(const char *name, enum log_level *level)
{
	size_t i;

	for (i = 0; i < sizeof(log_levels) / sizeof(log_levels[0]); i++) {
		if (strcmp(name, log_levels[i].name) == 0) {
			*level = (enum log_level)i;
			return 0;
		}
	}
	return -1;
}

static size_t
log_prefix(enum log_level level, char *line, size_t size)
{
	char time_text[32];

	if (log_state.journal)
		return (size_t)snprintf(line, size, "%s", log_levels[level].prefix);
	timestamp_format((int64_t)time(NULL) * 1000, 0, time_text);
	return (size_t)snprintf(line, size, "%s %s: ", time_text, log_levels[level].name);
}

/* Appends text with what must not be shown as \xNN; cuts at a whole character. */
static size_t
log_escape(char *line, size_t used, size_t size, struct str text)
{
	size_t i = 0;

	while (i < text.n) {
		bool plain = text.p[i] >= ' ' && text.p[i] <= '~';
		size_t n = plain ? 1 : utf8_shown(text, i);
		size_t wanted = n > 0 ? n : 4;

		if (used + wanted > size)
			break;
		if (n > 0)
			memcpy(line + used, text.p + i, n);
		else
			snprintf(line + used, wanted + 1, "\\x%02x",
			    (unsigned)(unsigned char)text.p[i]);
		used += wanted;
		i += n > 0 ? n : 1;
	}
	return used;
}

static __attribute__((format(printf, 2, 0))) void
log_write(enum log_level level, const char *format, va_list arguments)
{
	int saved = errno;
	char text[LOG_LINE], line[LOG_LINE + 1]; /* one more for snprintf's NUL */
	size_t used;
	int n;

	if (level > log_state.level)
		return;
	n = vsnprintf(text, sizeof(text), format, arguments);
	if (n < 0)
		n = snprintf(text, sizeof(text), "log: bad format");
	if ((size_t)n >= sizeof(text))
		n = (int)sizeof(text) - 1;
	used = log_prefix(level, line, sizeof(line));
	used = log_escape(line, used, LOG_LINE - 1, (struct str){text, (size_t)n});
	line[used++] = '\n';
	/* There is nobody to tell when standard error is gone. */
	(void)!write(STDERR_FILENO, line, used);
	errno = saved;
}

/* va_start needs its own function; the four differ in the level only. */
#define LOG_FUNCTION(name, level)                                                                 \
	void name(const char *format, ...)                                                        \
	{                                                                                         \
		va_list arguments;                                                                \
                                                                                                  \
		va_start(arguments, format);                                                      \
		log_write(level, format, arguments);                                              \
		va_end(arguments);                                                                \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
