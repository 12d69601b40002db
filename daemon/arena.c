/* SPDX-License-Identifier: MIT */
#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK 8192 /* bytes; most tickets fit into one or two */

struct arena_block {
	struct arena_block *next;
	size_t size; /* bytes behind this header */
	size_t used;
	alignas(max_align_t) char bytes[];
};

struct arena {
	struct arena_block *blocks; /* the newest first */
	size_t limit;
	size_t taken;
};

static struct arena_block *
arena_grow(struct arena *arena, size_t wanted)
{
	size_t size = wanted > ARENA_BLOCK ? wanted : ARENA_BLOCK;
	struct arena_block *block;

	if (arena->limit != 0 && (size > arena->limit || arena->taken > arena->limit - size))
		return NULL;
	block = malloc(sizeof(*block) + size);
	if (block == NULL)
		return NULL;
	block->size = size;
	block->used = 0;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->taken += size;
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

void
arena_free(struct arena *arena)
{
	struct arena_block *block, *next;

	if (arena == NULL)
		return;
	for (block = arena->blocks; block != NULL; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

void
arena_reset(struct arena *arena)
{
	struct arena_block *block, *next;

	for (block = arena->blocks; block != NULL && block->next != NULL; block = next) {
		next = block->next;
		arena->taken -= block->size;
		free(block);
	}
	arena->blocks = block;
	if (block != NULL)
		block->used = 0;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	const size_t mask = alignof(max_align_t) - 1;
	struct arena_block *block = arena->blocks;
	void *fresh;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + mask) & ~mask;
	if (block == NULL || block->size - block->used < size) {
		block = arena_grow(arena, size);
		if (block == NULL)
			return NULL;
	}
	fresh = block->bytes + block->used;
	block->used += size;
	return memset(fresh, 0, size);
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
	copy = arena_alloc(arena, text.n + 1);
	if (copy == NULL)
		return (struct str){NULL, 0};
	if (text.n > 0)
		memcpy(copy, text.p, text.n);
	return (struct str){copy, text.n};
}

size_t
arena_used(const struct arena *arena)
{
	return arena->taken;
}
