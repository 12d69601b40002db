/* SPDX-License-Identifier: MIT */
/*
 * Blocks in a list, the one that is being filled first. What would not fit
 * into an ordinary block gets one of its own, behind the first, so that the
 * rest of the first is still used.
 */
#include "arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK 8192 /* bytes; most tickets fit into one or two */

/* Under AddressSanitizer what is not given out is poisoned: a read over the
 * end of one piece is then found as it is with malloc. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#endif

struct arena_block {
	struct arena_block *next;
	size_t size; /* bytes behind this header */
	size_t used;
	alignas(max_align_t) char bytes[];
};

struct arena {
	struct arena_block *blocks; /* the one being filled first */
	size_t limit;
	size_t taken; /* with the blocks' headers */
};

/* A block with at least wanted bytes, or NULL. Near the ceiling it is as small
 * as it must be. */
static struct arena_block *
arena_block_new(struct arena *arena, size_t wanted)
{
	size_t size = wanted > ARENA_BLOCK ? wanted : ARENA_BLOCK;
	size_t left = arena->limit != 0 ? arena->limit - arena->taken : SIZE_MAX;
	struct arena_block *block;

	if (left < sizeof(*block) || left - sizeof(*block) < wanted)
		return NULL;
	if (size > left - sizeof(*block))
		size = left - sizeof(*block);
	block = malloc(sizeof(*block) + size);
	if (block == NULL)
		return NULL;
	*block = (struct arena_block){.size = size};
	ASAN_POISON_MEMORY_REGION(block->bytes, size);
	arena->taken += sizeof(*block) + size;
	return block;
}

static void
arena_block_free(struct arena *arena, struct arena_block *block)
{
	arena->taken -= sizeof(*block) + block->size;
	ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->size);
	free(block);
}

/* A block with room for size more bytes, linked into the list. */
static struct arena_block *
arena_room(struct arena *arena, size_t size)
{
	struct arena_block *first = arena->blocks, *block;

	if (first != NULL && first->size - first->used >= size)
		return first;
	block = arena_block_new(arena, size);
	if (block == NULL)
		return NULL;
	if (first != NULL && size > ARENA_BLOCK) {
		block->next = first->next;
		first->next = block;
	} else {
		block->next = first;
		arena->blocks = block;
	}
	return block;
}

struct arena *
arena_new(size_t limit)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (arena != NULL)
		arena->limit = limit;
	return arena;
}

static void
arena_empty(struct arena *arena, bool keep_one)
{
	struct arena_block *block = arena->blocks, *next;

	arena->blocks = NULL;
	for (; block != NULL; block = next) {
		next = block->next;
		if (keep_one && arena->blocks == NULL && block->size == ARENA_BLOCK) {
			block->next = NULL;
			block->used = 0;
			ASAN_POISON_MEMORY_REGION(block->bytes, block->size);
			arena->blocks = block;
		} else {
			arena_block_free(arena, block);
		}
	}
}

void
arena_free(struct arena *arena)
{
	if (arena == NULL)
		return;
	arena_empty(arena, false);
	free(arena);
}

void
arena_reset(struct arena *arena)
{
	arena_empty(arena, true);
}

/* Not zeroed. */
static void *
arena_take(struct arena *arena, size_t size)
{
	const size_t mask = alignof(max_align_t) - 1;
	struct arena_block *block;
	size_t rounded;
	void *fresh;

	if (size > SIZE_MAX / 2)
		return NULL;
	rounded = (size + mask) & ~mask;
	block = arena_room(arena, rounded);
	if (block == NULL)
		return NULL;
	fresh = block->bytes + block->used;
	block->used += rounded;
	ASAN_UNPOISON_MEMORY_REGION(fresh, size);
	return fresh;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	void *fresh = arena_take(arena, size);

	return fresh != NULL ? memset(fresh, 0, size) : NULL;
}

void *
arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / 2 / size)
		return NULL;
	return arena_alloc(arena, count * size);
}

struct str
arena_dup(struct arena *arena, struct str text)
{
	char *copy;

	if (text.p == NULL)
		return text;
	copy = arena_take(arena, text.n + 1);
	if (copy == NULL)
		return (struct str){NULL, 0};
	if (text.n > 0)
		memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	return (struct str){copy, text.n};
}

size_t
arena_used(const struct arena *arena)
{
	return arena->taken;
}
