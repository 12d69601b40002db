/* SPDX-License-Identifier: MIT */
/*
 * Any valid text as the body of a mail: read without harm, the result is valid
 * UTF-8, and each of its characters leads back into the body, in order. Of a body
 * that is no HTML every byte that is kept is the one that was typed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "letter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_back(struct str body, const struct letter *letter)
{
	size_t i, last = 0;

	for (i = 0; i < letter->text.n; i++) {
		struct str typed = letter_original(letter, str_part(letter->text, i, i + 1));
		size_t at = (size_t)(typed.p - body.p);

		if (at < last || at + typed.n > body.n ||
		    (!letter->html && (typed.n != 1 || typed.p[0] != letter->text.p[i])))
			abort();
		last = at;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str body = {(const char *)data, size};
	struct arena *arena;
	struct letter letter;
	size_t bad;

	if (!utf8_check(body, &bad))
		body.n = bad;
	arena = arena_new(0);
	if (arena == NULL ||
	    letter_read(arena, body, str_part(body, 0, 20), STR("Jean Dupont"), &letter) < 0 ||
	    !utf8_check(letter.text, &bad))
		abort();
	check_back(body, &letter);
	letter_prefix(body);
	arena_free(arena);
	return 0;
}
