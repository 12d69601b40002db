/* SPDX-License-Identifier: MIT */
#include "option.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct target {
	const char *rules, *database, *field;
	bool verbose;
	int64_t batch_size, deadline, memory, offset;
};

static const struct option_row rows[] = {
	OPTION(struct target, rules, 'r', OPTION_STRING, "DIR", "rules", 0, 0,
	    "folder of the rules files"),
	OPTION(struct target, database, 0, OPTION_STRING, "DSN", NULL, 0, 0, "where to store"),
	OPTION(struct target, verbose, 'v', OPTION_FLAG, NULL, NULL, 0, 0, "say more"),
	OPTION(struct target, batch_size, 0, OPTION_INTEGER, "N", "64", 1, 1000,
	    "tickets in one statement"),
	OPTION(struct target, deadline, 0, OPTION_DURATION, "TIME", "5s", 100, 3600000,
	    "how long a statement may take before the connection is dropped and what was in it is "
	    "run again on another"),
	OPTION(struct target, memory, 0, OPTION_BYTES, "BYTES", "2MiB", 4096, 1 << 30,
	    "of one ticket"),
	OPTION(struct target, offset, 0, OPTION_INTEGER, "N", NULL, 0, 0, "any number"),
};
#define ROWS rows, sizeof(rows) / sizeof(rows[0])

static const struct option_row lines_rows[] = {
	OPTION(struct target, field, 'f', OPTION_LINES, "NAME=VALUE", NULL, 0, 0, "a box"),
};

/* What may be given several times is a line each. */
static void
test_lines(void **state)
{
	char *argv[] = {"program", "--field", "a=1", "x", "-f", "b=2", "--field=c=", NULL};
	struct target target;
	int operands;
	struct err err;

	(void)state;
	option_defaults(lines_rows, 1, &target);
	assert_null(target.field);
	assert_int_equal(option_parse(lines_rows, 1, &target, 7, argv, &operands, &err), 0);
	assert_string_equal(target.field, "a=1\nb=2\nc=");
	assert_int_equal(operands, 1);
	free((char *)target.field);
}

static void
test_defaults(void **state)
{
	struct target target;

	(void)state;
	memset(&target, 0xAA, sizeof(target));
	option_defaults(ROWS, &target);
	assert_string_equal(target.rules, "rules");
	assert_null(target.database);
	assert_false(target.verbose);
	assert_int_equal(target.batch_size, 64);
	assert_int_equal(target.deadline, 5000);
	assert_int_equal(target.memory, 2 << 20);
	assert_int_equal(target.offset, 0);
}

static const struct {
	const char *name, *value;
	int64_t number;
	const char *error; /* NULL = fine */
} set_cases[] = {
	{"batch-size", "1", 1, NULL},
	{"batch_size", "1000", 1000, NULL},
	{"batch-size", "0", 0, "--batch-size: 0 is not between 1 and 1000"},
	{"batch-size", "1001", 0, "--batch-size: 1001 is not between 1 and 1000"},
	{"batch-size", "", 0, "--batch-size: '' is no whole number"},
	{"batch-size", "-", 0, "--batch-size: '-' is no whole number"},
	{"batch-size", "6x", 0, "--batch-size: '6x' is no whole number"},
	{"batch-size", " 6", 0, "--batch-size: ' 6' is no whole number"},
	{"batch-size", "0x10", 0, "--batch-size: '0x10' is no whole number"},
	{"offset", "-9223372036854775808", INT64_MIN, NULL},
	{"offset", "9223372036854775807", INT64_MAX, NULL},
	{"offset", "9223372036854775808", 0, "--offset: '9223372036854775808' is too large"},
	{"offset", "-9223372036854775809", 0, "--offset: '-9223372036854775809' is too large"},
	{"deadline", "250ms", 250, NULL},
	{"deadline", "2min", 120000, NULL},
	{"deadline", "1h", 3600000, NULL},
	{"deadline", "99ms", 0, "--deadline: 99ms is not between 100ms and 1h"},
	{"deadline", "1d", 0, "--deadline: 1d is not between 100ms and 1h"},
	{"deadline", "-1s", 0, "--deadline: -1s is not between 100ms and 1h"},
	{"deadline", "5", 0, "--deadline: '5' needs a unit: ms, s, min, h or d, as in 5s"},
	{"deadline", "5m", 0, "--deadline: '5m' needs a unit: ms, s, min, h or d, as in 5s"},
	{"deadline", "soon", 0,
	    "--deadline: 'soon' is no duration, as in 250ms, 5s, 2min, 1h or 7d"},
	{"deadline", "999999999999999d", 0, "--deadline: '999999999999999d' is too large"},
	{"memory", "4096", 4096, NULL},
	{"memory", "64KiB", 65536, NULL},
	{"memory", "1GiB", 1 << 30, NULL},
	{"memory", "4095", 0, "--memory: 4095 is not between 4KiB and 1GiB"},
	{"memory", "64KB", 0,
	    "--memory: '64KB' is no number of bytes, as in 4096, 64KiB, 2MiB or 1GiB"},
	{"databse", "x", 0, "unknown option --databse; did you mean --database?"},
	{"batchsize", "x", 0, "unknown option --batchsize; did you mean --batch-size?"},
	{"frobnicate", "x", 0, "unknown option --frobnicate"},
	{"verbose", "maybe", 0, "--verbose: 'maybe' is neither yes nor no"},
	{"rules", NULL, 0, "--rules needs a value"},
};

static void
test_set(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(set_cases) / sizeof(set_cases[0]); i++) {
		struct target target = {
			.batch_size = -7, .deadline = -7, .memory = -7, .offset = -7};
		struct err err = {""};
		int result = option_set(
		    ROWS, &target, str_of(set_cases[i].name), str_of(set_cases[i].value), &err);

		assert_string_equal(err.text, set_cases[i].error != NULL ? set_cases[i].error : "");
		assert_int_equal(result, set_cases[i].error != NULL ? -1 : 0);
		if (result < 0) {
			assert_int_equal(target.batch_size + target.deadline + target.memory, -21);
			assert_int_equal(target.offset, -7);
			assert_null(target.rules);
		} else if (target.batch_size != set_cases[i].number &&
		    target.deadline != set_cases[i].number &&
		    target.memory != set_cases[i].number) {
			assert_int_equal(target.offset, set_cases[i].number);
		}
	}
}

static void
test_parse(void **state)
{
	char *argv[] = {"p", "first", "--rules=a=b", "-v", "--database", "host=x", "-",
		"--batch-size", "7", "--", "--last", NULL};
	struct target target = {0};
	struct err err;
	int operands = -1;

	(void)state;
	assert_int_equal(option_parse(ROWS, &target, 11, argv, &operands, &err), 0);
	assert_string_equal(target.rules, "a=b");
	assert_string_equal(target.database, "host=x");
	assert_true(target.verbose);
	assert_int_equal(target.batch_size, 7);
	assert_int_equal(operands, 3);
	assert_string_equal(argv[1], "first");
	assert_string_equal(argv[2], "-");
	assert_string_equal(argv[3], "--last");
	free((void *)target.rules);
	free((void *)target.database);
}

static void
check_refused(char *argument, const char *expected)
{
	char *argv[] = {"p", argument, NULL};
	struct target target = {0};
	struct err err = {""};
	int operands;

	assert_int_equal(option_parse(ROWS, &target, 2, argv, &operands, &err), -1);
	assert_string_equal(err.text, expected);
}

static void
test_parse_refused(void **state)
{
	char *no[] = {"p", "-v", "--verbose=no", "--rules=", NULL};
	struct target target = {0};
	struct err err;
	int operands;

	(void)state;
	check_refused("--ruls=x", "unknown option --ruls; did you mean --rules?");
	check_refused("--rules", "--rules needs a value");
	check_refused("-r", "--rules needs a value");
	check_refused("-x", "unknown option -x");
	check_refused("-vr", "unknown option -vr");
	check_refused("--=x", "unknown option --");
	assert_int_equal(option_parse(ROWS, &target, 4, no, &operands, &err), 0);
	assert_false(target.verbose);
	assert_string_equal(target.rules, "");
	assert_int_equal(operands, 0);
	free((void *)target.rules);
}

static void
test_help(void **state)
{
	struct strbuf out;
	const char *line;

	(void)state;
	strbuf_init(&out, 0);
	option_help(ROWS, &out);
	assert_string_equal(out.p,
	    "  -r, --rules=DIR      folder of the rules files (default: rules)\n"
	    "      --database=DSN   where to store\n"
	    "  -v, --verbose        say more\n"
	    "      --batch-size=N   tickets in one statement (default: 64; 1 to 1000)\n"
	    "      --deadline=TIME  how long a statement may take before the connection is dropped "
	    "and what was\n"
	    "                       in it is run again on another (default: 5s; 100ms to 1h)\n"
	    "      --memory=BYTES   of one ticket (default: 2MiB; 4KiB to 1GiB)\n"
	    "      --offset=N       any number\n");
	for (line = out.p; *line != '\0'; line = strchr(line, '\n') + 1)
		assert_true(strcspn(line, "\n") <= 100);
	strbuf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_refused),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests_name("option", tests, NULL, NULL);
}
