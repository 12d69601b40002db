/* SPDX-License-Identifier: MIT */
/*
 * log: one line per event to standard error, identifier first, then
 * key=value: "ticket=0192… outcome=routed category=mentor.break ms=3".
 *
 * Never the text of a ticket, never an e-mail address, at any level.
 * Control bytes and newlines inside a line are written as \xNN. errno
 * survives a call. This is the only global state of the program.
 */
#ifndef LOG_H
#define LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Prefix "<3>" … "<7>" (sd-daemon(3)) when the journal reads us, else the
 * UTC time and the level's name. journal: 1 yes, 0 no, -1 ask $JOURNAL_STREAM. */
void log_open(enum log_level level, int journal);
int log_level_by_name(const char *name, enum log_level *level); /* 0, or -1 unknown */

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
