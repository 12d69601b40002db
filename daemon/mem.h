/* SPDX-License-Identifier: MIT */
/*
 * mem: allocation for start-up and for services, where no memory means that
 * the process cannot go on: it says so and aborts. Work on one ticket never
 * comes here; it uses the ticket's arena, which refuses instead (arena.h).
 */
#ifndef MEM_H
#define MEM_H

#include <stddef.h>

/* Zeroed. Never NULL. Free with free(). */
void *mem_alloc(size_t size) __attribute__((malloc, returns_nonnull));
/* count * size with a check for overflow; zeroed. Never NULL. */
void *mem_array(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
/* Grows or shrinks; new bytes are not zeroed. Never NULL. */
void *mem_resize(void *old, size_t count, size_t size) __attribute__((returns_nonnull));
char *mem_strdup(const char *text) __attribute__((malloc, returns_nonnull));

/* Says "out of memory" and aborts: for start-up work that has its own arena. */
void mem_fail(void) __attribute__((noreturn));

#endif
