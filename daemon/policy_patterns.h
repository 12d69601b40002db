/* SPDX-License-Identifier: MIT */
/*
 * policy_patterns: the patterns of a policy, for policy.c only. Compiled ones are
 * kept as one file of the cache (scan_cache.h) under the SHA-256 of all their sources
 * and of the library: all or none, so that whatever is new or wrong among them is
 * compiled, and told with its place.
 */
#ifndef POLICY_PATTERNS_H
#define POLICY_PATTERNS_H

#include "policy.h"

/* All of them, also after a fault. faulty[n] is set for pattern n; true when any is. */
bool policy_patterns_make(
    struct policy *policy, const char *cache_dir, bool *faulty, struct diag_list *diags);
/* Keeps those that had to be compiled, once all of the policy is known to be well. A
 * cache that cannot be written is no failure: the next start is slow again. */
void policy_patterns_keep(const struct policy *policy, const char *cache_dir);

#endif
