/* SPDX-License-Identifier: MIT */
/*
 * match: which of the policy's patterns hold in one ticket's folded subject and
 * body. One scan says which do and which may; PCRE2 is asked about the latter, and
 * where somebody asks for the place, in the sentences that the scan names. As the
 * oracle (or when the scan fails) every pattern may hold and PCRE2 alone says: the
 * answers are the same, only slower.
 *
 * A pattern that hit a limit is counted and never "no". What the scan is sure of
 * has no limit: that it holds stays true when PCRE2 then gives up looking for the
 * place.
 *
 * A pattern that is tried at each byte up to the end of the text takes the square of
 * its length, which no limit of PCRE2's sees: that counts for each try anew. So a
 * long text is searched window by window, and what is longer than a quarter of one
 * may be overlooked at its edge: no sentence of a person's is.
 */
#ifndef MATCH_H
#define MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "fold.h"
#include "policy.h"

/* Working memory of one thread for one policy, and for that which it was loaded beside. */
struct match;
struct match *match_new(const struct policy *policy, bool oracle); /* NULL: no memory */
void match_free(struct match *match);

/* Begins a ticket; both texts must live until the next begin. */
void match_begin(struct match *match, const struct folded *subject, const struct folded *body);
/* For another policy, one that this was loaded beside: what was found holds for it. */
void match_again(struct match *match);
unsigned match_undecided(const struct match *match); /* since then */

/* The first candidate at or after "number", in subject or body; the count of
 * the patterns when there is no more. */
size_t match_next(const struct match *match, size_t number);

struct match_place {
	enum text_part part; /* SUBJECT or BODY; ANY for a text given by the caller */
	size_t start, end;   /* of that folded text */
};

/* Does it hold in that part? */
enum pattern_result match_holds(struct match *match, const struct rules_pattern *pattern,
    enum text_part part);
/* The same, and where. Subject first. */
enum pattern_result match_find(struct match *match, const struct rules_pattern *pattern,
    enum text_part part, struct match_place *place);
/* The same in another folded text (an attachment's name). */
enum pattern_result match_find_in(struct match *match, const struct rules_pattern *pattern,
    struct str text, struct match_place *place);
/* A capture in original text, from a byte offset on. */
enum pattern_result match_capture(struct match *match, const struct rules_capture *capture,
    struct str text, size_t from, struct pattern_span *span);

#endif
