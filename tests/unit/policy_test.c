/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "digest.h"
#include "policy.h"

#define SMALL "tests/data/rules-small"

static char *
folder_with(struct str text)
{
	char *folder = strdup("/tmp/policy_test.XXXXXX");
	char path[64];
	FILE *file;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/print.yaml", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text.p, 1, text.n, file), text.n);
	assert_int_equal(fclose(file), 0);
	return folder;
}

static void
folder_remove(char *folder)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/print.yaml", folder);
	unlink(path);
	rmdir(folder);
	free(folder);
}

static struct policy *
load_cached(const char *folder, const char *cache)
{
	struct diag_list *diags = diag_list_new(50);
	struct policy *policy = policy_load(folder, cache, NULL, &diags);

	assert_non_null(policy);
	assert_null(diags);
	return policy;
}

static struct policy *
load(const char *folder)
{
	return load_cached(folder, NULL);
}

static void
test_load(void **state)
{
	struct policy *policy = load(SMALL);
	size_t i;

	(void)state;
	assert_int_equal(strlen(policy->hash), 64);
	assert_non_null(policy->scan);
	for (i = 0; i < policy->rules->pattern_count; i++)
		assert_non_null(policy->patterns[i]);
	for (i = 0; i < policy->rules->capture_count; i++)
		assert_non_null(policy->captures[i]);
	assert_ptr_equal(policy_keep(policy), policy);
	policy_release(policy);
	assert_int_equal(policy->references, 1);
	policy_release(policy);
	policy_release(NULL);
}

/* The print, written to a folder and loaded, is the same policy. */
static void
test_print_is_the_policy(void **state)
{
	struct policy *first = load(SMALL), *second;
	char *folder = folder_with(first->canonical);

	(void)state;
	second = load(folder);
	assert_string_equal(first->canonical.p, second->canonical.p);
	assert_string_equal(first->hash, second->hash);
	folder_remove(folder);
	policy_release(first);
	policy_release(second);
}

static void
test_faults(void **state)
{
	struct diag_list *diags = diag_list_new(50), *kept = diags;

	(void)state;
	assert_null(policy_load("tests/golden/rules/patterns", NULL, NULL, &diags));
	assert_ptr_equal(diags, kept);
	assert_true(diag_errors(diags) >= 15);
	assert_null(policy_load("tests/golden/nowhere", NULL, NULL, &diags));
	diag_list_free(diags);
}

/* The text of folder SMALL with a part replaced; the caller frees it. */
static char *
changed(const struct policy *policy, const char *from, const char *to)
{
	const char *at = strstr(policy->canonical.p, from);
	struct strbuf text;

	assert_non_null(at);
	strbuf_init(&text, 0);
	strbuf_put(&text, (struct str){policy->canonical.p, (size_t)(at - policy->canonical.p)});
	strbuf_puts(&text, to);
	strbuf_puts(&text, at + strlen(from));
	return strbuf_take(&text);
}

static size_t
errors_of(const char *text)
{
	struct diag_list *diags = diag_list_new(50);
	char *folder = folder_with(str_of(text));
	size_t errors;

	assert_null(policy_load(folder, NULL, NULL, &diags));
	errors = diag_errors(diags);
	diag_list_free(diags);
	folder_remove(folder);
	return errors;
}

/* To try each pattern in the scanner takes many seconds: who mistyped something else
 * is told without. What only the scanner refuses shows whether it was asked. */
static void
test_fault_elsewhere_asks_no_scanner(void **state)
{
	static const char pattern[] = "      - pattern: 'x*'\n        weight: 3\n"
				      "      - pattern:";
	struct policy *small = load(SMALL), refused = {.canonical = {NULL, 0}};
	char *text = changed(small, "      - pattern:", pattern), *both;

	(void)state;
	assert_int_equal(errors_of(text), 1);
	refused.canonical = str_of(text);
	both = changed(&refused, "default_locale: en", "default_locale: xx");
	assert_int_equal(errors_of(both), 1);
	free(both);
	free(text);
	policy_release(small);
}

/* Changes one byte of every file there, or removes them. */
static void
cache_spoil(const char *cache, bool remove)
{
	DIR *list = opendir(cache);
	struct dirent *entry;
	char path[400];

	assert_non_null(list);
	while ((entry = readdir(list)) != NULL) {
		FILE *file;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", cache, entry->d_name);
		if (remove) {
			unlink(path);
			continue;
		}
		file = fopen(path, "r+");
		assert_non_null(file);
		assert_int_equal(fseek(file, 200, SEEK_SET), 0);
		assert_true(fputc('#', file) == '#');
		assert_int_equal(fclose(file), 0);
	}
	closedir(list);
}

static void
cached_is(const char *cache, bool cached)
{
	struct policy *plain = load(SMALL), *policy = load_cached(SMALL, cache);
	struct pattern_matcher *matcher = pattern_matcher_new();
	size_t i;

	assert_false(plain->made_cached);
	assert_int_equal(policy->made_cached, cached);
	assert_int_equal(policy->made_count, plain->made_count);
	/* The canonical print has much that some pattern matches. */
	for (i = 0; i < policy->made_count; i++)
		assert_int_equal(
		    pattern_match(policy->made[i], matcher, policy->canonical, 0, NULL),
		    pattern_match(plain->made[i], matcher, policy->canonical, 0, NULL));
	pattern_matcher_free(matcher);
	policy_release(policy);
	policy_release(plain);
}

/* What the cache has is taken, unless it is broken: then it is made anew and kept. */
static void
test_cache(void **state)
{
	char cache[] = "/tmp/policy_test.cache.XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(cache));
	cached_is(cache, false);
	cached_is(cache, true);
	cache_spoil(cache, false);
	cached_is(cache, false);
	cached_is(cache, true);
	cache_spoil(cache, true);
	rmdir(cache);
}

/* That the cache knows all others makes no pattern right: told with its place, each
 * time. One letter is another, so that all lengths are the same. */
static void
test_cache_hides_no_fault(void **state)
{
	char cache[] = "/tmp/policy_test.cache.XXXXXX";
	struct policy *small = load(SMALL);
	char *text = changed(small, "'\\bfacture\\b'", "'\\bfact(re\\b'");
	char *folder = folder_with(str_of(text));
	int i;

	(void)state;
	assert_non_null(mkdtemp(cache));
	for (i = 0; i < 3; i++) {
		struct diag_list *diags = diag_list_new(50);
		struct strbuf said;

		assert_null(policy_load(folder, cache, NULL, &diags));
		assert_int_equal(diag_errors(diags), 1);
		strbuf_init(&said, 0);
		diag_print(diags, &said, false);
		assert_non_null(strstr(said.p, "      - pattern: '\\bfact(re\\b'\n"));
		assert_non_null(strstr(said.p, "missing closing parenthesis"));
		strbuf_fini(&said);
		diag_list_free(diags);
		if (i == 0) { /* nothing was kept of it */
			assert_int_equal(rmdir(cache), 0);
			policy_release(load_cached(SMALL, cache));
		}
	}
	cache_spoil(cache, true);
	rmdir(cache);
	folder_remove(folder);
	free(text);
	policy_release(small);
}

/* A thousand patterns, a tenth of them with gaps. The number is for people; the bound only
 * catches something quadratic. */
static void
test_thousand_patterns(void **state)
{
	struct timespec start, end;
	struct policy *small = load(SMALL), *policy;
	struct strbuf text;
	const char *at;
	char *folder;
	double seconds;
	int i;

	(void)state;
	strbuf_init(&text, 0);
	at = strstr(small->canonical.p, "      - pattern:");
	assert_non_null(at);
	strbuf_put(&text, str_part(small->canonical, 0, (size_t)(at - small->canonical.p)));
	for (i = 0; i < 1000; i++)
		strbuf_printf(&text,
		    "      - pattern: '\\bword%c%c%c\\b%s other%d'\n        weight: 3\n",
		    'a' + i % 26, 'a' + i / 26 % 26, 'a' + i / 676,
		    i % 10 == 0 ? ".{0,40}" : "", i);
	strbuf_puts(&text, at);
	folder = folder_with(strbuf_str(&text));
	clock_gettime(CLOCK_MONOTONIC, &start);
	policy = load(folder);
	clock_gettime(CLOCK_MONOTONIC, &end);
	seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	print_message("%zu patterns in %.2f s\n", policy->rules->pattern_count, seconds);
	assert_true(policy->rules->pattern_count > 1000);
	assert_true(seconds < 120);
	folder_remove(folder);
	strbuf_fini(&text);
	policy_release(small);
	policy_release(policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_load),
	    cmocka_unit_test(test_print_is_the_policy),
	    cmocka_unit_test(test_fault_elsewhere_asks_no_scanner),
	    cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_cache),
	    cmocka_unit_test(test_cache_hides_no_fault),
	    cmocka_unit_test(test_thousand_patterns),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
