/* SPDX-License-Identifier: MIT */
/*
 * arena: the memory of one ticket. Everything a ticket needs is copied or
 * made here and dies with one call. It has a ceiling: at the ceiling, or with
 * no memory left, it returns NULL and the ticket is refused ("try later");
 * the process goes on.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

#include "str.h"

struct arena;

/* limit: bytes in all, 0 = none. NULL when there is no memory. */
struct arena *arena_new(size_t limit);
void arena_free(struct arena *arena); /* NULL is fine */
/* Forgets everything but keeps one block, for the next ticket. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned for any type. NULL at the ceiling. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count, size_t size);
/* A terminated copy. On failure the result is {NULL, 0}. An absent string
 * stays absent. */
struct str arena_dup(struct arena *arena, struct str text);

size_t arena_used(const struct arena *arena); /* bytes taken from the system */

#endif
