/* SPDX-License-Identifier: MIT */
/*
 * err: the text of an error, carried up to whoever decides what to do.
 *
 * A function that can fail returns 0 / -1 (or a pointer / NULL) and, where a
 * person will read the reason, fills a struct err given by its caller. It
 * either handles an error or returns it: it never logs it and returns it.
 */
#ifndef ERR_H
#define ERR_H

struct err {
	char text[512]; /* UTF-8, always terminated, cut when too long */
};

/* Sets the text. Returns -1, so that "return err_set(err, …)" is one line.
 * err may be NULL. errno is kept. */
int err_set(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts "what: " in front of the present text. Returns -1; errno is kept. */
int err_prefix(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
