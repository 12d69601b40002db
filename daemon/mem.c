/* SPDX-License-Identifier: MIT */
#include "mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
mem_fail(void)
{
	static const char text[] = "out of memory\n";

	/* Not by stdio, which may need memory itself. */
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	abort();
}

void *
mem_array(size_t count, size_t size)
{
	void *fresh = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

	if (fresh == NULL)
		mem_fail();
	return fresh;
}

void *
mem_alloc(size_t size)
{
	return mem_array(1, size);
}

void *
mem_resize(void *old, size_t count, size_t size)
{
	void *fresh;

	if (size != 0 && count > SIZE_MAX / size)
		mem_fail();
	fresh = realloc(old, count * size > 0 ? count * size : 1);
	if (fresh == NULL)
		mem_fail();
	return fresh;
}

char *
mem_strdup(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(mem_alloc(size), text, size);
}
