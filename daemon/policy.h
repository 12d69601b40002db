/* SPDX-License-Identifier: MIT */
/*
 * policy: one immutable, counted generation of everything loaded from the
 * rules: the model, its compiled patterns and its name. A reload builds a new
 * one aside; a ticket keeps the one it started with.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>

#include "diag.h"
#include "digest.h"
#include "pattern.h"
#include "rules.h"
#include "scan.h"
#include "training.h"

struct policy {
	const struct rules *rules;
	struct policy *beside; /* whose patterns are among its own; NULL: nobody's */
	char hash[65];       /* SHA-256 of the canonical print, lower-case hex */
	struct str canonical;
	struct scan *scan;         /* all rules_pattern by number */
	bool scan_sound;           /* else decide by PCRE2 alone (scan_library_sound) */
	struct pattern **patterns; /* the same, for evidence and as the oracle */
	struct pattern **captures; /* rules_capture by number */
	struct pattern **made;     /* those of both, each once, without those of beside */
	size_t made_count;
	bool made_cached; /* nothing had to be compiled */
	struct training *training; /* NULL: the rules do not use it */
	struct diag_list *diags;   /* warnings, and the sources of all places */
	unsigned references;       /* one thread counts */
};

/* Loads, checks and compiles, or takes what it compiled the last time from the folder
 * cache_dir (as scan_compile(); NULL: none). Every fault goes to diags: on any error NULL. The
 * policy takes diags (whose sources its places point into) on success: then
 * *diags is NULL. Pattern faults are placed inside the pattern.
 * beside: NULL, or another policy, which it keeps. Both can then decide on the same
 * ticket for little more than one (decider_beside): only patterns that the other has
 * not are compiled, and one scan serves both. */
struct policy *policy_load(const char *folder, const char *cache_dir, struct policy *beside,
    struct diag_list **diags);
/* Makes the patterns, without those of the policy beside, ready for many tickets
 * (pattern_prepare), so that none of these waits for it. */
void policy_prepare(struct policy *policy);
struct policy *policy_keep(struct policy *policy);
void policy_release(struct policy *policy); /* frees with the last reference; NULL is fine */
/* Its hash as bytes. */
void policy_digest(const struct policy *policy, unsigned char bytes[DIGEST_BYTES]);

#endif
