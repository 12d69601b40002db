/* SPDX-License-Identifier: MIT */
#include "suggest.h"

#include <stdio.h>
#include <string.h>

#define SUGGEST_LENGTH 63 /* longer words get no suggestion */
#define SUGGEST_LISTED 12 /* more candidates than these are not listed */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Optimal string alignment: insertions, deletions, replacements and swaps of
 * neighbours, each of them 1; ASCII case does not count. Three rows of the
 * table are enough: a swap looks back two. */
static size_t
distance(struct str a, struct str b)
{
	size_t rows[3][SUGGEST_LENGTH + 1];
	size_t i, j;

	for (j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (i = 1; i <= a.n; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3];

		row[0] = i;
		for (j = 1; j <= b.n; j++) {
			char x = lower(a.p[i - 1]), y = lower(b.p[j - 1]);

			row[j] = least(above[j - 1] + (x != y), least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && x == lower(b.p[j - 2]) && lower(a.p[i - 2]) == y)
				row[j] = least(row[j], rows[(i + 1) % 3][j - 2] + 1);
		}
	}
	return rows[a.n % 3][b.n];
}

const char *
suggest(struct str word, const char *const *candidates, size_t count)
{
	size_t best = 1 + word.n / 3 + 1; /* one more than is near */
	const char *nearest = NULL;
	size_t i;

	if (word.n == 0 || word.n > SUGGEST_LENGTH)
		return NULL;
	for (i = 0; i < count; i++) {
		struct str candidate = str_of(candidates[i]);
		size_t d;

		if (candidate.n == 0 || candidate.n > SUGGEST_LENGTH)
			continue;
		d = distance(word, candidate);
		/* When every letter differs it is another word, however short. */
		if (d < best && d < (word.n > candidate.n ? word.n : candidate.n)) {
			best = d;
			nearest = candidates[i];
		}
	}
	return nearest;
}

const char *
suggest_hint(
    struct str word, const char *const *candidates, size_t count, char *hint, size_t size)
{
	const char *nearest = suggest(word, candidates, count);
	size_t used = 0, i;
	int n;

	if (size == 0)
		return hint;
	hint[0] = '\0';
	if (nearest != NULL) {
		n = snprintf(hint, size, "did you mean '%s'?", nearest);
		if ((size_t)n >= size)
			hint[0] = '\0';
		return hint;
	}
	if (count > SUGGEST_LISTED)
		return hint;
	for (i = 0; i < count; i++) {
		n = snprintf(hint + used, size - used, "%s%s", i == 0 ? "one of: " : ", ",
		    candidates[i]);
		if ((size_t)n >= size - used) { /* half a list misleads */
			hint[0] = '\0';
			return hint;
		}
		used += (size_t)n;
	}
	return hint;
}
