/* SPDX-License-Identifier: MIT */
/*
 * pattern: the only user of PCRE2. Compiled once, limited always, and "could
 * not decide" is never "no match".
 *
 * Two modes. FOLDED: bytes, no UTF, case as written, over folded text
 * (fold.h); the same meaning as scan.h gives. ORIGINAL: UTF|UCP|CASELESS over
 * the person's own text. Neither has DOTALL. \C is refused. Only named groups
 * capture; in ORIGINAL several alternatives may each have a group "value".
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "str.h"

/* Limits on one match; beyond them the result is PATTERN_UNDECIDED. */
#define PATTERN_MATCH_LIMIT 100000u
#define PATTERN_DEPTH_LIMIT 1000u
#define PATTERN_HEAP_LIMIT 4096u /* KiB */

enum pattern_mode { PATTERN_FOLDED, PATTERN_ORIGINAL };
enum pattern_result { PATTERN_NO, PATTERN_YES, PATTERN_UNDECIDED };

struct pattern; /* may be shared by threads */

/* On failure NULL, the reason in err, and the byte offset of the fault in *offset. */
struct pattern *pattern_compile(
    struct str source, enum pattern_mode mode, size_t *offset, struct err *err);
void pattern_free(struct pattern *pattern);
/* Makes machine code of it (0.2 ms, some 5 ms). Without this, PCRE2 interprets the
 * pattern for the first few short texts and pattern_match() prepares it then; whoever
 * must not wait prepares it before. A JIT that cannot start is no failure
 * (pattern_jit_works). */
void pattern_prepare(struct pattern *pattern);
/* False once a JIT compile was refused (memory is W^X): for one warning. */
bool pattern_jit_works(void);

/* Compiled patterns as bytes for a file, without machine code: to read them back is
 * thirty times quicker than to compile them. pattern_pack(): to be freed, or {NULL, 0}.
 * pattern_unpack() makes as many as were packed, in that order, and trusts the bytes;
 * 0, or -1 and none when they are of another library or of another count. */
struct str pattern_pack(struct pattern *const *patterns, size_t count);
int pattern_unpack(struct str bytes, struct pattern **patterns, size_t count);
/* The library and all that the bytes depend on beside the sources, as text: with these
 * it makes the key of such a file. */
void pattern_library(struct strbuf *out);

/* Working memory of one thread. */
struct pattern_matcher;
struct pattern_matcher *pattern_matcher_new(void);
void pattern_matcher_free(struct pattern_matcher *matcher);

struct pattern_span {
	size_t start, end; /* of the whole match, bytes into the text */
	/* Of the group named "value", else the whole match. */
	size_t value_start, value_end;
};

/* Searches text from byte offset "from" on. text is valid UTF-8 in ORIGINAL. */
enum pattern_result pattern_match(struct pattern *pattern,
    struct pattern_matcher *matcher, struct str text, size_t from,
    struct pattern_span *span);

/* The same for a match that begins exactly at byte "start". Only in FOLDED. */
enum pattern_result pattern_match_at(struct pattern *pattern,
    struct pattern_matcher *matcher, struct str text, size_t start,
    struct pattern_span *span);

#endif
