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

/* Those that the policy beside has not: patterns by number, then the captures that are
 * the first of their text. first: of each capture, by number. */
struct policy_sources {
	struct policy_source *list;
	size_t count;
	size_t *first;
};

static size_t
policy_others(const struct policy *policy, bool captures)
{
	if (policy->beside == NULL)
		return 0;
	return captures ? policy->beside->rules->capture_count
			: policy->beside->rules->pattern_count;
}

static struct policy_sources
policy_gather(const struct policy *policy)
{
	const struct rules *rules = policy->rules;
	struct policy_source *sources =
	    mem_array(rules->pattern_count + rules->capture_count, sizeof(sources[0]));
	size_t *first = mem_array(rules->capture_count, sizeof(first[0])), count = 0, i;

	for (i = policy_others(policy, false); i < rules->pattern_count; i++)
		sources[count++] = (struct policy_source){
		    rules->patterns[i]->expanded, PATTERN_FOLDED, rules->patterns[i]->origin};
	for (i = policy_others(policy, true); i < rules->capture_count; i++) {
		first[i] = policy_first(rules, i);
		if (first[i] == i)
			sources[count++] = (struct policy_source){rules->captures[i]->expanded,
			    PATTERN_ORIGINAL, rules->captures[i]->origin};
	}
	return (struct policy_sources){sources, count, first};
}

static void
policy_sources_fini(struct policy_sources *sources)
{
	free(sources->list);
	free(sources->first);
}

static void
policy_key(const struct policy_sources *sources, unsigned char key[DIGEST_BYTES])
{
	struct digest_stream stream;
	struct strbuf head;
	size_t i;

	strbuf_init(&head, 0);
	strbuf_puts(&head, "patterns 1\n");
	pattern_library(&head);
	digest_stream_init(&stream);
	digest_stream_put(&stream, head.p, head.n);
	for (i = 0; i < sources->count; i++) {
		const struct policy_source *source = &sources->list[i];
		uint64_t about[2] = {source->text.n, source->mode};

		digest_stream_put(&stream, about, sizeof(about));
		digest_stream_put(&stream, source->text.p, source->text.n);
	}
	digest_stream_end(&stream, key);
	strbuf_fini(&head);
}

static bool
policy_from_cache(
    struct policy *policy, const struct policy_sources *sources, const char *cache_dir)
{
	int folder = cache_dir != NULL ? scan_cache_open(cache_dir) : -1, rc = -1;
	unsigned char key[DIGEST_BYTES];
	struct str bytes;

	if (folder < 0)
		return false;
	policy_key(sources, key);
	bytes.p = scan_cache_read(folder, key, &bytes.n);
	if (bytes.p != NULL)
		rc = pattern_unpack(bytes, policy->made, policy->made_count);
	free((char *)bytes.p);
	close(folder);
	return rc == 0;
}

static void
policy_compile(
    struct policy *policy, const struct policy_source *sources, struct diag_list *diags)
{
	size_t i;

	for (i = 0; i < policy->made_count; i++) {
		const struct policy_source *source = &sources[i];
		size_t offset = 0;
		struct err err;

		policy->made[i] = pattern_compile(source->text, source->mode, &offset, &err);
		if (policy->made[i] == NULL)
			diag_add(diags, DIAG_ERROR,
			    rules_origin_place(source->origin, offset, offset + 1),
			    "to find one of . * + ? ( ) [ ] { } | ^ $ itself, write \\ before it",
			    "%s", err.text);
	}
}

bool
policy_patterns_make(
    struct policy *policy, const char *cache_dir, bool *faulty, struct diag_list *diags)
{
	const struct rules *rules = policy->rules;
	struct policy_sources sources = policy_gather(policy);
	size_t others = policy_others(policy, false), made = 0, i;
	bool any = false;

	policy->patterns = mem_array(rules->pattern_count, sizeof(policy->patterns[0]));
	policy->captures = mem_array(rules->capture_count, sizeof(policy->captures[0]));
	policy->made = mem_array(sources.count, sizeof(policy->made[0]));
	policy->made_count = sources.count;
	policy->made_cached = policy_from_cache(policy, &sources, cache_dir);
	if (!policy->made_cached)
		policy_compile(policy, sources.list, diags);
	for (i = 0; i < others; i++)
		policy->patterns[i] = policy->beside->patterns[i];
	for (; i < rules->pattern_count; i++) {
		policy->patterns[i] = policy->made[made++];
		faulty[i] = policy->patterns[i] == NULL;
		any |= faulty[i];
	}
	others = policy_others(policy, true);
	for (i = 0; i < others; i++)
		policy->captures[i] = policy->beside->captures[i];
	for (; i < rules->capture_count; i++)
		policy->captures[i] = sources.first[i] < i ? policy->captures[sources.first[i]]
							  : policy->made[made++];
	policy_sources_fini(&sources);
	return any;
}

void
policy_patterns_keep(const struct policy *policy, const char *cache_dir)
{
	int folder =
	    cache_dir != NULL && !policy->made_cached ? scan_cache_open(cache_dir) : -1;
	struct policy_sources sources;
	unsigned char key[DIGEST_BYTES];
	struct str bytes;

	if (folder < 0)
		return;
	sources = policy_gather(policy);
	policy_key(&sources, key);
	bytes = pattern_pack(policy->made, policy->made_count);
	if (bytes.p != NULL)
		scan_cache_write(folder, key, bytes);
	free((char *)bytes.p);
	policy_sources_fini(&sources);
	close(folder);
}
