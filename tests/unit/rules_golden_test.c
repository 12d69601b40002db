/* SPDX-License-Identifier: MIT */
/*
 * Each folder under tests/golden/rules holds rules and, in expected.txt, the
 * exact diagnostics. UPDATE=1 writes what is said now. The working folder is
 * the project's, or GOLDEN names the folder of cases.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "review.h"
#include "trial.h"

static void
read_all(const char *path, struct strbuf *text)
{
	char block[4096];
	FILE *file = fopen(path, "r");
	size_t n;

	if (file == NULL)
		return;
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		strbuf_put(text, (struct str){block, n});
	fclose(file);
}

static void
write_all(const char *path, struct str text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text.p, 1, text.n, file), text.n);
	assert_int_equal(fclose(file), 0);
}

static void
decided(void *context, const struct rules_example *example, const struct decision *decision)
{
	review_decided(context, example, decision);
}

/* As "triagectl check" does. */
static void
review_case(struct policy *policy)
{
	struct review *review = review_new(policy);

	assert_non_null(review);
	trial_run(policy, decided, review);
	if (diag_errors(policy->diags) == 0)
		review_all(review);
	review_free(review);
}

static int
check_case(const char *folder)
{
	struct diag_list *diags = diag_list_new(50);
	struct policy *policy = policy_load(folder, NULL, NULL, &diags);
	struct strbuf actual, expected, path;
	int result;

	strbuf_init(&actual, 0);
	strbuf_init(&expected, 0);
	strbuf_init(&path, 0);
	if (policy != NULL)
		review_case(policy);
	diag_print(policy != NULL ? policy->diags : diags, &actual, false);
	strbuf_printf(&path, "%s/expected.txt", folder);
	if (getenv("UPDATE") != NULL)
		write_all(path.p, strbuf_str(&actual));
	read_all(path.p, &expected);
	result = str_eq(strbuf_str(&actual), strbuf_str(&expected)) ? 0 : -1;
	if (result != 0)
		print_error("%s: expected\n%.*s\nbut got\n%.*s\n", folder,
		    STR_ARG(strbuf_str(&expected)), STR_ARG(strbuf_str(&actual)));
	strbuf_fini(&actual);
	strbuf_fini(&expected);
	strbuf_fini(&path);
	policy_release(policy);
	diag_list_free(diags);
	return result;
}

static void
test_cases(void **state)
{
	const char *root = getenv("GOLDEN") != NULL ? getenv("GOLDEN") : "tests/golden/rules";
	DIR *directory = opendir(root);
	struct dirent *entry;
	int count = 0, failed = 0;

	(void)state;
	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL) {
		char path[512];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", root, entry->d_name);
		failed -= check_case(path);
		count++;
	}
	closedir(directory);
	assert_true(count >= 20);
	assert_int_equal(failed, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};

	return cmocka_run_group_tests_name("rules_golden", tests, NULL, NULL);
}
