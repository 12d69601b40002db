/* SPDX-License-Identifier: MIT */
/*
 * letter: the person's own words of a mail, which are what a decision goes by.
 * Left out are:
 *
 *   - quoted lines ("> …", "| …", <blockquote>), the line that leads them, and
 *     everything behind "On … wrote:", "Le … a écrit :", "-----Original
 *     Message-----", "From: … Sent: …", "De : … Envoyé : …" and their like
 *   - the signature behind "--"; contact lines behind a closing formula and the
 *     name ("Kind regards", "Jean Dupont", "Tel. …"): formula and name stay
 *   - "Sent from my phone", legal notices
 *   - of HTML the tags (those of blocks become line breaks), comments, styles and
 *     scripts; entities become their characters
 *
 * Where nothing of one's own would remain, and where a few words only pass on a
 * forwarded mail or point to what stands below, all of it is taken, without the
 * marks of quoting.
 *
 * Takes time in proportion to the text, whatever the text is.
 */
#ifndef LETTER_H
#define LETTER_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "str.h"

struct letter {
	struct str original;
	struct str text; /* a slice of the original, or made of its bytes */
	/* Of a text that was made: text.n offsets into the original, rising. */
	const uint32_t *origin;
	bool html;
};

/* body: valid UTF-8, under 4 GiB; subject and sender (the person's name) may be
 * absent. 0, or -1 when the arena is full. */
int letter_read(struct arena *arena, struct str body, struct str subject, struct str sender,
    struct letter *letter);

/* Was anything left out? */
bool letter_is_cut(const struct letter *letter);

/* The original bytes behind a slice of letter->text. Any other slice is returned
 * as it is. */
struct str letter_original(const struct letter *letter, struct str slice);

/* Bytes of "Re:", "RE :", "Fwd: TR: " at the start of a subject. */
size_t letter_prefix(struct str subject);

#endif
