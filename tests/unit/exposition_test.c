/* SPDX-License-Identifier: MIT */
#include "exposition.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "process.h"

static void
test_labels_are_escaped(void **state)
{
	struct exposition_labels labels = {{{"team", STR("a\"b\\c\nd")},
	    {"bytes", STR("\xff\xc3\xa9\xed\xa0\x80")}, {"none", {NULL, 0}}}};
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 0);
	exposition_int(&out, "x", &labels, -3);
	assert_string_equal(out.p,
	    "triaged_x{team=\"a\\\"b\\\\c\\nd\",bytes=\"?\xc3\xa9???\",none=\"\"} -3\n");
	strbuf_fini(&out);
}

static void
test_numbers(void **state)
{
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 0);
	exposition_number(&out, "x", NULL, 0.25);
	exposition_number(&out, "x", NULL, 1763769600.123);
	exposition_number(&out, "x", NULL, NAN);
	exposition_number(&out, "x", NULL, -INFINITY);
	exposition_count(&out, "x", NULL, UINT64_MAX);
	assert_string_equal(out.p,
	    "triaged_x 0.25\ntriaged_x 1763769600.123\ntriaged_x NaN\ntriaged_x -Inf\n"
	    "triaged_x 18446744073709551615\n");
	strbuf_clear(&out);
	exposition_gauge(&out, "lag_seconds", 2, "How late.");
	assert_string_equal(out.p,
	    "# HELP triaged_lag_seconds How late.\n# TYPE triaged_lag_seconds gauge\n"
	    "triaged_lag_seconds 2\n");
	strbuf_fini(&out);
}

static void
test_process(void **state)
{
	static const char *const families[] = {"process_cpu_seconds_total", "process_threads",
	    "process_virtual_memory_bytes", "process_resident_memory_bytes",
	    "process_start_time_seconds", "process_open_fds", "process_max_fds"};
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 0);
	process_print(&out);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		char line[64];
		const char *found;
		double value;

		snprintf(line, sizeof(line), "\n%s ", families[i]);
		found = strstr(out.p, line);
		assert_non_null(found);
		value = strtod(found + strlen(line), NULL);
		assert_true(value > 0 || i == 0);
	}
	assert_null(strstr(out.p, "triaged_"));
	strbuf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels_are_escaped),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_process),
	};

	return cmocka_run_group_tests_name("exposition", tests, NULL, NULL);
}
