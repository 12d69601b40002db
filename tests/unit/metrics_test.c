/* SPDX-License-Identifier: MIT */
#include "metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
test_print(void **state)
{
	struct metrics metrics = {.value = {0}};
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 0);
	metrics.value[METRIC_ANSWER_CONFLICT] = UINT64_MAX;
	metrics.value[METRIC_IN_FLIGHT] = 4;
	metrics_print(&metrics, &out);
	assert_true(str_starts(strbuf_str(&out),
	    "# HELP triaged_requests_received_total Whole messages taken from the socket.\n"
	    "# TYPE triaged_requests_received_total counter\n"
	    "triaged_requests_received_total 0\n"
	    "# HELP triaged_answers_total Answers given, by status.\n"
	    "# TYPE triaged_answers_total counter\n"
	    "triaged_answers_total{status=\"accepted\"} 0\n"
	    "triaged_answers_total{status=\"duplicate\"} 0\n"
	    "triaged_answers_total{status=\"conflict\"} 18446744073709551615\n"));
	assert_non_null(strstr(out.p, "# TYPE triaged_requests_in_flight gauge\n"
				      "triaged_requests_in_flight 4\n"));
	assert_int_equal(out.p[out.n - 1], '\n');
	strbuf_fini(&out);
}

/* No row was forgotten, none is there twice, and a family's rows stand together. */
static void
test_table_is_whole(void **state)
{
	struct metrics metrics;
	struct strbuf out;
	size_t i, samples = 0;
	char *line, *rest, *other;

	(void)state;
	strbuf_init(&out, 0);
	for (i = 0; i < METRIC_COUNT; i++)
		metrics.value[i] = 1000 + i;
	metrics_print(&metrics, &out);
	assert_null(strstr(out.p, "(null)"));
	line = strtok_r(out.p, "\n", &rest);
	for (; line != NULL; line = strtok_r(NULL, "\n", &rest)) {
		if (line[0] != '#') {
			char number[24];

			snprintf(number, sizeof(number), " %zu", 1000 + samples++);
			assert_string_equal(strrchr(line, ' '), number);
			*strrchr(line, ' ') = '\0';
		}
		other = rest;
		while (other != NULL && other < out.p + out.n) { /* what follows */
			size_t n = strcspn(other, "\n");

			assert_false(n >= strlen(line) && memcmp(other, line, strlen(line)) == 0 &&
			    (line[0] == '#' || other[strlen(line)] == ' '));
			other += n + 1;
		}
	}
	assert_int_equal(samples, METRIC_COUNT);
	strbuf_fini(&out);
}

static void
test_summary(void **state)
{
	struct metrics metrics = {.value = {0}};
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 0);
	metrics_summary(&metrics, &out);
	assert_int_equal(out.n, 0);
	metrics.value[METRIC_RECEIVED] = 3;
	metrics.value[METRIC_ANSWER_ACCEPTED] = 2;
	metrics.value[METRIC_OUTCOME_NEEDS_INFO] = 1;
	metrics_summary(&metrics, &out);
	assert_string_equal(out.p, "received=3 accepted=2 needs_info=1");
	strbuf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_table_is_whole),
		cmocka_unit_test(test_summary),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
