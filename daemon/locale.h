/* SPDX-License-Identifier: MIT */
/*
 * locale: which language a ticket is written in, by the function words of the
 * rules ("the, and, my"). People write in another language than the form's
 * often enough, so the text decides when it says enough; else the form's
 * locale; else the policy's default. The body decides where it says enough: a
 * subject is often somebody else's ("Re: your invoice").
 *
 * A word counts LOCALE_REPEATS times at most, so that one word said over and
 * over, or a quoted list, decides nothing. A word of two languages counts for
 * both and so for neither's lead.
 */
#ifndef LOCALE_H
#define LOCALE_H

#include <stdbool.h>

#include "rules.h"
#include "str.h"

#define LOCALE_REPEATS 3
#define LOCALE_WORD_BYTES 16 /* longer function words never count */

struct locale_choice {
	unsigned locale; /* index into the rules' locales */
	bool from_text;
};

/* subject and body are folded text (fold.h); form_locale is as sent, may be
 * absent or unknown. */
struct locale_choice locale_choose(const struct rules *rules, struct str subject,
    struct str body, struct str form_locale);

#endif
