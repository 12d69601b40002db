/* SPDX-License-Identifier: MIT */
#include "policy.h"

#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "mem.h"
#include "policy_patterns.h"

static void
policy_scan_fault(
    const struct rules_pattern *pattern, const struct err *err, struct diag_list *diags)
{
	diag_add(diags, DIAG_ERROR,
	    rules_origin_place(pattern->origin, 0, pattern->expanded.n),
	    "no look-around, no back-references, nothing that matches the empty text",
	    "the scan refuses this: %s", err->text);
}

/* The scanner stops at the first pattern that it refuses; trying the others
 * one by one finds the rest. */
static void
policy_scan_each(const struct rules *rules, const bool *faulty, struct diag_list *diags)
{
	size_t culprit, i;
	struct err err;

	for (i = 0; i < rules->pattern_count; i++) {
		struct scan *scan;

		if (faulty[i])
			continue;
		scan = scan_compile(&rules->patterns[i]->expanded, 1, NULL, &culprit, &err);
		if (scan == NULL)
			policy_scan_fault(rules->patterns[i], &err, diags);
		scan_free(scan);
	}
}

static void
policy_scan(struct policy *policy, const char *cache_dir, struct diag_list *diags)
{
	const struct rules *rules = policy->rules;
	struct str *sources = mem_array(rules->pattern_count + 1, sizeof(sources[0]));
	size_t errors = diag_errors(diags), culprit = 0, i;
	struct err err;

	for (i = 0; i < rules->pattern_count; i++)
		sources[i] = rules->patterns[i]->expanded;
	policy->scan_sound = scan_library_sound();
	policy->scan = scan_compile(sources, rules->pattern_count, cache_dir, &culprit, &err);
	if (policy->scan == NULL) {
		bool *faulty = mem_array(rules->pattern_count + 1, sizeof(faulty[0]));

		if (culprit < rules->pattern_count)
			policy_scan_each(rules, faulty, diags);
		if (diag_errors(diags) == errors)
			diag_add(diags, DIAG_ERROR, (struct place){NULL, 0, 0, 0}, "",
			    "the patterns together cannot be compiled: %s", err.text);
		free(faulty);
	}
	free(sources);
}

static void
policy_free(struct policy *policy)
{
	const struct rules *rules = policy->rules;
	size_t i;

	for (i = 0; i < policy->made_count; i++)
		pattern_free(policy->made[i]);
	free(policy->made);
	free(policy->patterns);
	free(policy->captures);
	scan_free(policy->scan);
	training_free(policy->training);
	free((char *)policy->canonical.p);
	rules_free((struct rules *)rules);
	diag_list_free(policy->diags);
	policy_release(policy->beside);
	free(policy);
}

static void
policy_name(struct policy *policy)
{
	unsigned char digest[DIGEST_BYTES];
	struct strbuf print;
	size_t n;

	strbuf_init(&print, 0);
	rules_print(policy->rules, &print);
	digest_sha256(strbuf_str(&print), digest);
	digest_hex(digest, sizeof(digest), policy->hash);
	n = print.n;
	policy->canonical = (struct str){strbuf_take(&print), n};
}

struct policy *
policy_load(const char *folder, const char *cache_dir, struct policy *beside,
    struct diag_list **diags)
{
	size_t errors = diag_errors(*diags);
	struct policy *policy = mem_alloc(sizeof(*policy));
	struct rules *rules =
	    rules_load_partial(folder, beside != NULL ? beside->rules : NULL, *diags);
	bool *faulty, any_faulty;

	policy->references = 1;
	policy->beside = beside != NULL ? policy_keep(beside) : NULL;
	policy->rules = rules;
	faulty = mem_array(rules->pattern_count + 1, sizeof(faulty[0]));
	any_faulty = policy_patterns_make(policy, cache_dir, faulty, *diags);
	if (diag_errors(*diags) == errors)
		policy_scan(policy, cache_dir, *diags);
	else if (any_faulty) /* else a typo elsewhere is told at once */
		policy_scan_each(rules, faulty, *diags);
	free(faulty);
	if (diag_errors(*diags) != errors) {
		policy_free(policy);
		return NULL;
	}
	if (rules->training_weight > 0 && rules->phrase_count > 0)
		policy->training = training_new(rules);
	policy_patterns_keep(policy, cache_dir);
	policy_name(policy);
	policy->diags = *diags;
	*diags = NULL;
	return policy;
}

void
policy_prepare(struct policy *policy)
{
	size_t i;

	for (i = 0; i < policy->made_count; i++)
		pattern_prepare(policy->made[i]);
}

struct policy *
policy_keep(struct policy *policy)
{
	policy->references++;
	return policy;
}

void
policy_release(struct policy *policy)
{
	if (policy != NULL && --policy->references == 0)
		policy_free(policy);
}

void
policy_digest(const struct policy *policy, unsigned char bytes[DIGEST_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < DIGEST_BYTES; i++) {
		const char *high = strchr(digits, policy->hash[2 * i]);
		const char *low = strchr(digits, policy->hash[2 * i + 1]);

		bytes[i] = (unsigned char)((high - digits) * 16 + (low - digits));
	}
}
