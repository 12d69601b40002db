/* SPDX-License-Identifier: MIT */
/*
 * fold: the text as signal patterns see it. NFKD, case folded, marks
 * stripped, œ→oe, ’→', C0/C1 controls and other symbols → space. A letter
 * outside Latin that does not decompose to ASCII becomes the one byte 'z'…
 * FOLD_LETTER, so that \b and \w see it as part of a word. A run of white
 * space becomes one space, or one '\n' when it holds a blank line (so '.'
 * stops at a paragraph's end, not at a wrapped line's). The result is
 * printable ASCII, '\n' and FOLD_LETTER only.
 *
 * White space at both ends is dropped, so that ^ and $ see words. Controls and
 * symbols (emoji) are white space, so a line of nothing else is a blank line.
 * Marks, soft hyphens and everything of no width leave no trace: NFC and NFD
 * fold to the same. Digits of other scripts become ASCII digits.
 *
 * A map leads every folded byte back to the original byte it came from, so
 * that evidence quotes the person's own words.
 */
#ifndef FOLD_H
#define FOLD_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "str.h"

/* What a letter of another script folds to. A plain ASCII letter, because
 * byte-mode \w and \b must treat it as one (limits.md measured why); 'q' is
 * never alone in our words, so no pattern mistakes a run of it for one. */
#define FOLD_LETTER 'q'

struct folded {
	struct str original;
	struct str text;
	const uint32_t *origin; /* text.n + 1 offsets into the original, rising */
};

/* original: valid UTF-8, under 4 GiB. 0, or -1 when the arena is full. */
int fold_text(struct arena *arena, struct str original, struct folded *folded);
/* The original bytes that gave text[start..end): whole code points with the
 * marks that follow them. */
struct str fold_original(const struct folded *folded, size_t start, size_t end);

#endif
