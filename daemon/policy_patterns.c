/* SPDX-License-Identifier: MIT */
#include "policy_patterns.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "mem.h"
#include "scan_cache.h"

/* One to be made. */
struct policy_source {
	struct str text;
	enum pattern_mode mode;
	const struct rules_origin *origin;
};

/* The first capture of that text. Fields of many categories are "like" a shared
 * one, whose captures need to be compiled only once. */
static size_t
policy_first(const struct rules *rules, size_t i)
{
	size_t first = 0;

	while (!str_eq(rules->captures[first]->expanded, rules->captures[i]->expanded))
		first++;
	return first;
}

/* Patterns by number, then the captures that are the first of their text: which of
 * these each capture is goes to shared. */
static struct policy_source *
policy_gather(struct policy *policy, size_t *shared)
{
	const struct rules *rules = policy->rules;
	size_t count = 0, i;
	struct policy_source *sources =
	    mem_array(rules->pattern_count + rules->capture_count, sizeof(sources[0]));

	for (i = 0; i < rules->pattern_count; i++)
		sources[count++] = (struct policy_source){
		    rules->patterns[i]->expanded, PATTERN_FOLDED, rules->patterns[i]->origin};
	for (i = 0; i < rules->capture_count; i++) {
		size_t first = policy_first(rules, i);

		shared[i] = first < i ? shared[first] : count;
		if (first == i)
			sources[count++] = (struct policy_source){rules->captures[i]->expanded,
			    PATTERN_ORIGINAL, rules->captures[i]->origin};
	}
	policy->made_count = count;
	return sources;
}

static void
policy_key(const struct policy_source *sources, size_t count, unsigned char key[DIGEST_BYTES])
{
	struct digest_stream stream;
	struct strbuf head;
	size_t i;

	strbuf_init(&head, 0);
	strbuf_puts(&head, "patterns 1\n");
	pattern_library(&head);
	digest_stream_init(&stream);
	digest_stream_put(&stream, head.p, head.n);
	for (i = 0; i < count; i++) {
		uint64_t about[2] = {sources[i].text.n, sources[i].mode};

		digest_stream_put(&stream, about, sizeof(about));
		digest_stream_put(&stream, sources[i].text.p, sources[i].text.n);
	}
	digest_stream_end(&stream, key);
	strbuf_fini(&head);
}

static bool
policy_from_cache(struct policy *policy, int folder, const unsigned char *key)
{
	struct str bytes;
	int rc;

	bytes.p = scan_cache_read(folder, key, &bytes.n);
	if (bytes.p == NULL)
		return false;
	rc = pattern_unpack(bytes, policy->made, policy->made_count);
	free((char *)bytes.p);
	return rc == 0;
}

/* A cache that cannot be written is no failure: the next start is slow again. */
static void
policy_to_cache(const struct policy *policy, int folder, const unsigned char *key)
{
	struct str bytes = pattern_pack(policy->made, policy->made_count);

	if (bytes.p != NULL)
		scan_cache_write(folder, key, bytes);
	free((char *)bytes.p);
}

/* True when all are well. */
static bool
policy_compile(
    struct policy *policy, const struct policy_source *sources, struct diag_list *diags)
{
	bool well = true;
	size_t i;

	for (i = 0; i < policy->made_count; i++) {
		const struct policy_source *source = &sources[i];
		size_t offset = 0;
		struct err err;

		policy->made[i] = pattern_compile(source->text, source->mode, &offset, &err);
		if (policy->made[i] != NULL)
			continue;
		well = false;
		diag_add(diags, DIAG_ERROR, rules_origin_place(source->origin, offset, offset + 1),
		    "to find one of . * + ? ( ) [ ] { } | ^ $ itself, write \\ before it",
		    "%s", err.text);
	}
	return well;
}

bool
policy_patterns_make(
    struct policy *policy, const char *cache_dir, bool *faulty, struct diag_list *diags)
{
	const struct rules *rules = policy->rules;
	size_t *shared = mem_array(rules->capture_count, sizeof(shared[0])), i;
	struct policy_source *sources = policy_gather(policy, shared);
	unsigned char key[DIGEST_BYTES];
	int folder = cache_dir != NULL ? scan_cache_open(cache_dir) : -1;
	bool any = false;

	policy->patterns = mem_array(rules->pattern_count, sizeof(policy->patterns[0]));
	policy->captures = mem_array(rules->capture_count, sizeof(policy->captures[0]));
	policy->made = mem_array(policy->made_count, sizeof(policy->made[0]));
	if (folder >= 0)
		policy_key(sources, policy->made_count, key);
	policy->made_cached = folder >= 0 && policy_from_cache(policy, folder, key);
	if (!policy->made_cached && policy_compile(policy, sources, diags) && folder >= 0)
		policy_to_cache(policy, folder, key);
	if (folder >= 0)
		close(folder);
	for (i = 0; i < rules->pattern_count; i++) {
		policy->patterns[i] = policy->made[i];
		faulty[i] = policy->made[i] == NULL;
		any |= faulty[i];
	}
	for (i = 0; i < rules->capture_count; i++)
		policy->captures[i] = policy->made[shared[i]];
	free(sources);
	free(shared);
	return any;
}
