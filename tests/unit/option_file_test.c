/* SPDX-License-Identifier: MIT */
#include "option_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct target {
	const char *rules, *cache, *level, *config;
	bool verbose;
	int64_t batch, rerun;
};

static const struct option_row rows[] = {
	OPTION(struct target, rules, 'r', OPTION_STRING, "DIR", "rules", 0, 0, "where rules are"),
	OPTION(struct target, cache, 0, OPTION_STRING, "DIR", NULL, 0, 0, "where a cache is"),
	OPTION_CHOICE(struct target, level, 0, "LEVEL", "info", "error|info", "error or info"),
	OPTION(struct target, verbose, 'v', OPTION_FLAG, NULL, NULL, 0, 0, "say more"),
	OPTION(struct target, batch, 0, OPTION_INTEGER, "N", "64", 1, 1000, "in one statement"),
	OPTION(struct target, rerun, 0, OPTION_DURATION, "TIME", "30s", 0, 60000,
	    "how long to try again what a lost connection or a deadlock left open, which is told "
	    "in a line longer than the others"),
	OPTION_COMMAND(struct target, config, 'f', OPTION_STRING, "FILE", NULL, "the file"),
};
#define ROWS rows, sizeof(rows) / sizeof(rows[0])

static void
parse(struct target *target, const char *text, struct diag_list *diags, int expected)
{
	assert_int_equal(option_file_parse(ROWS, target, "triaged", "file", str_of(text), diags),
	    expected);
}

static void
check_clean(struct target *target, const char *text)
{
	struct diag_list *diags = diag_list_new(0);

	option_defaults(ROWS, target);
	parse(target, text, diags, 0);
	diag_list_free(diags);
}

static void
sets_what_its_section_says(void **state)
{
	struct target target;

	(void)state;
	check_clean(&target, "# x\n[triaged]\nrules=a = b # c\n batch = 7 \r\nverbose = yes\n"
			     "level = error\nrerun = 5s\n[triagectl]\nbatch = none\n"
			     "[triaged]\ncache = /x");
	assert_string_equal(target.rules, "a = b # c");
	assert_string_equal(target.cache, "/x");
	assert_string_equal(target.level, "error");
	assert_true(target.verbose);
	assert_int_equal(target.batch, 7);
	assert_int_equal(target.rerun, 5000);
	option_free(ROWS, &target);
	assert_string_equal(target.rules, "rules");
	assert_null(target.cache);
}

static void
nothing_stays_nothing(void **state)
{
	struct target target;

	(void)state;
	check_clean(&target, "[triaged]\ncache =\nrules =\n");
	assert_null(target.cache);
	assert_string_equal(target.rules, "");
	option_free(ROWS, &target);
}

/* What is printed as an example says the defaults, once it is no comment. */
static void
example_means_the_defaults(void **state)
{
	struct target target, defaults;
	struct strbuf example;
	size_t i;

	(void)state;
	strbuf_init(&example, 0);
	option_file_example(ROWS, "triaged", &example);
	assert_non_null(strstr(example.p, "\n# in one statement (1 to 1000)\n#batch = 64\n"));
	assert_non_null(strstr(example.p, "(0ms to 1min)\n#rerun = 30s\n"));
	for (i = 0; i + 1 < example.n; i++) /* the long line is two */
		if (example.p[i] == '\n')
			assert_non_null(strchr("\n#", example.p[i + 1]));
	assert_null(strstr(example.p, "config"));
	for (i = 0; i + 1 < example.n; i++)
		if (example.p[i] == '#' && example.p[i + 1] != ' ')
			example.p[i] = ' ';
	option_defaults(ROWS, &defaults);
	check_clean(&target, example.p);
	assert_string_equal(target.rules, defaults.rules);
	assert_null(target.cache);
	assert_string_equal(target.level, defaults.level);
	assert_false(target.verbose);
	assert_int_equal(target.batch, defaults.batch);
	assert_int_equal(target.rerun, defaults.rerun);
	option_free(ROWS, &target);
	strbuf_fini(&example);
}

static void
expect_diags(struct diag_list *diags, const char *wanted)
{
	struct strbuf text;

	strbuf_init(&text, 0);
	diag_print(diags, &text, false);
	if (strstr(strbuf_str(&text).p, wanted) == NULL)
		fail_msg("%s", strbuf_str(&text).p);
	strbuf_fini(&text);
}

static void
command_line_wins(void **state)
{
	char path[] = "/tmp/option-file-XXXXXX";
	char *argv[] = {"p", "--batch=9", "--rules", "mine", "--config", path, NULL};
	const char text[] = "[triaged]\nbatch = 8\nrules = theirs\nrerun = 1s\n";
	struct diag_list *diags = diag_list_new(0);
	struct option_places places;
	struct target target;
	int operands, fd;
	struct err err;

	(void)state;
	fd = mkstemp(path);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	option_defaults(ROWS, &target);
	assert_int_equal(option_parse(ROWS, &target, 6, argv, &operands, &err), 0);
	assert_int_equal(
	    option_file_under(ROWS, &target, "triaged", target.config, 6, argv, &places, diags), 0);
	assert_int_equal(target.batch, 9);
	assert_string_equal(target.rules, "mine");
	assert_int_equal(target.rerun, 1000);
	assert_string_equal(target.config, path);
	/* A later fault is where the value comes from. */
	err_set(&err, "--batch is odd");
	option_file_fault(ROWS, &target, &places, diags, &err);
	assert_int_equal(diag_errors(diags), 0);
	err_set(&err, "--batch: too much for --rerun");
	option_file_fault(ROWS, &target, &places, diags, &err);
	expect_diags(diags, ":4:9: error: batch: too much for rerun\n");
	option_free(ROWS, &target);
	unlink(path);
	diag_list_free(diags);
}

static void
which_file(void **state)
{
	struct diag_list *diags = diag_list_new(0);
	struct target target;

	(void)state;
	option_defaults(ROWS, &target);
	assert_int_equal(option_file_read(ROWS, &target, "triaged", "", diags), 0);
	setenv("TRIAGED_CONFIG", "", 1);
	assert_int_equal(option_file_read(ROWS, &target, "triaged", NULL, diags), 0);
	assert_int_equal(diag_errors(diags), 0);
	setenv("TRIAGED_CONFIG", "/nonexistent/b", 1);
	assert_int_equal(option_file_read(ROWS, &target, "triaged", NULL, diags), -1);
	assert_int_equal(option_file_read(ROWS, &target, "triaged", "/nonexistent/a", diags), -1);
	assert_int_equal(option_file_read(ROWS, &target, "triaged", "/", diags), -1);
	assert_int_equal(diag_errors(diags), 3);
	diag_list_free(diags);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sets_what_its_section_says),
	    cmocka_unit_test(nothing_stays_nothing),
	    cmocka_unit_test(example_means_the_defaults),
	    cmocka_unit_test(command_line_wins),
	    cmocka_unit_test(which_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
