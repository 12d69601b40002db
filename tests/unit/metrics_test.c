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

static const char *
value_of(const char *text, const char *sample)
{
	const char *found = strstr(text, sample);

	assert_non_null(found);
	return found + strlen(sample);
}

static void
assert_value(const struct strbuf *out, const char *sample, const char *value)
{
	const char *found = value_of(out->p, sample);

	assert_memory_equal(found, value, strlen(value));
	assert_int_equal(found[strlen(value)], '\n');
}

/* A value on a bound belongs below it; each bucket counts all below, too. */
static void
test_histogram(void **state)
{
	static const int64_t values[] = {-5, 0, 50, 51, 100, 999, 1000, 1001, 10000000, 10000001};
	struct metrics metrics = {.value = {0}};
	struct strbuf out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		metrics_observe(&metrics, DURATION_DECIDE, values[i]);
	strbuf_init(&out, 0);
	metrics_print(&metrics, &out);
#define NAME "triaged_decision_duration_seconds"
	assert_non_null(strstr(out.p, "# TYPE " NAME " histogram\n" NAME "_bucket{le=\"5e-05\"} "));
	assert_value(&out, NAME "_bucket{le=\"5e-05\"} ", "3");
	assert_value(&out, NAME "_bucket{le=\"0.0001\"} ", "5");
	assert_value(&out, NAME "_bucket{le=\"0.0005\"} ", "5");
	assert_value(&out, NAME "_bucket{le=\"0.001\"} ", "7");
	assert_value(&out, NAME "_bucket{le=\"0.0025\"} ", "8");
	assert_value(&out, NAME "_bucket{le=\"5\"} ", "8");
	assert_value(&out, NAME "_bucket{le=\"10\"} ", "9");
	assert_value(&out, NAME "_bucket{le=\"+Inf\"} ", "10");
	assert_value(&out, NAME "_count ", "10");
	assert_value(&out, NAME "_sum ", "20.003202");
#undef NAME
	assert_value(&out, "triaged_acknowledgement_duration_seconds_count ", "0");
	assert_value(&out, "triaged_acknowledgement_duration_seconds_sum ", "0.000000");
	strbuf_fini(&out);
}

static void
test_categories(void **state)
{
	struct metrics metrics = {.value = {0}};
	char name[32];
	struct strbuf out;
	size_t i;

	(void)state;
	metrics_know(&metrics, STR("mentor.break"));
	metrics_kept(&metrics, STR("coach.other"), 2);
	metrics_kept(&metrics, STR("coach.other"), 2);
	metrics_know(&metrics, STR("coach.other")); /* the next policy has it as well */
	strbuf_init(&out, 0);
	metrics_print(&metrics, &out);
	assert_int_equal(metrics.category_count, 2);
	assert_value(&out, "{category=\"mentor.break\",outcome=\"routed\"} ", "0");
	assert_value(&out, "{category=\"coach.other\",outcome=\"answered\"} ", "2");
	assert_value(&out, "{category=\"coach.other\",outcome=\"no_action\"} ", "0");
	assert_int_equal(metrics.value[METRIC_OUTCOME_ANSWERED], 2);

	/* Names without end, over years of reloads, have a ceiling. */
	for (i = 0; i < METRICS_CATEGORIES + 10; i++) {
		snprintf(name, sizeof(name), "new.%zu", i);
		metrics_kept(&metrics, str_of(name), 0);
	}
	assert_int_equal(metrics.category_count, METRICS_CATEGORIES);
	strbuf_clear(&out);
	metrics_print(&metrics, &out);
	assert_value(&out, "{category=\"new.496\",outcome=\"routed\"} ", "1");
	assert_value(&out, "{category=\"(others)\",outcome=\"routed\"} ", "13");
	strbuf_fini(&out);
	metrics_fini(&metrics);
	assert_int_equal(metrics.category_count, 0);
}

/* No row was forgotten, none is there twice, and a family's rows stand together. */
static void
test_table_is_whole(void **state)
{
	struct metrics metrics = {.value = {0}};
	struct strbuf out;
	size_t i, samples = 0;
	char *line, *rest, *other;

	(void)state;
	strbuf_init(&out, 0);
	for (i = 0; i < METRIC_COUNT; i++)
		metrics.value[i] = 1000 + i;
	metrics_print(&metrics, &out);
	assert_null(strstr(out.p, "(null)"));
	*strstr(out.p, "# HELP triaged_acknowledgement_duration_seconds") = '\0';
	line = strtok_r(out.p, "\n", &rest);
	for (; line != NULL; line = strtok_r(NULL, "\n", &rest)) {
		if (line[0] != '#') {
			char number[24];

			snprintf(number, sizeof(number), " %zu", 1000 + samples++);
			assert_string_equal(strrchr(line, ' '), number);
			*strrchr(line, ' ') = '\0';
		}
		other = rest;
		while (other != NULL && *other != '\0') { /* what follows */
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
		cmocka_unit_test(test_histogram),
		cmocka_unit_test(test_categories),
		cmocka_unit_test(test_summary),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
