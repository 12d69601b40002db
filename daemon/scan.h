/* SPDX-License-Identifier: MIT */
/*
 * scan: the only user of libhs (Hyperscan, or Vectorscan). All signal patterns in one pass
 * over folded text: which of them match or may match, and where pattern.h has
 * to look. The library gets the words that the patterns ask for (scan_split.h),
 * and whole only what cannot be told in words: it compiles 6,000 words in 0.15 s
 * and the 600 patterns that they are from in 16 s.
 * Patterns are bytes, without UTF, exactly as PATTERN_FOLDED; tests hold the
 * two together.
 */
#ifndef SCAN_H
#define SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "scan_marks.h"
#include "str.h"

struct scan; /* immutable, may be shared */

/* Compiles sources[0..count). cache_dir: folder for serialized databases (made
 * with 0700 if absent; used only when owned by us and not writable for
 * others), NULL = no cache. The key is the sources, flags, the library's version and
 * CPU features; a file whose checksum is wrong is ignored and replaced. On
 * failure NULL and *culprit = the index of the pattern refused, or count when
 * it is no pattern's fault. count 0 is fine. */
struct scan *scan_compile(const struct str *sources, size_t count, const char *cache_dir,
    size_t *culprit, struct err *err);
void scan_free(struct scan *scan);
bool scan_was_cached(const struct scan *scan);

/* Working memory of one thread for one scan, which must outlive it. */
struct scan_scratch;
struct scan_scratch *scan_scratch_new(const struct scan *scan); /* NULL: no memory */
void scan_scratch_free(struct scan_scratch *scratch);

/* False when the library is known to overlook matches: Vectorscan 5.4.9 (Debian
 * 12) does, in about one ticket of 500; Hyperscan 5.4.0 does not. A small probe,
 * some milliseconds. Then decisions are made by PCRE2 alone. */
bool scan_library_sound(void);

struct scan_hits {
	const struct scan_hit *list; /* by rising id, each once; borrowed until the next run */
	size_t count;
};

/* 0, or -1 with err when the library fails (then use the PCRE2 path). */
int scan_run(const struct scan *scan, struct scan_scratch *scratch, struct str text,
    struct scan_hits *hits, struct err *err);

#endif
