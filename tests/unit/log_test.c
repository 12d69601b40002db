/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "str.h"

/* Standard error as a datagram socket: each write(2) is a message of its own. */
struct capture {
	int read_end, old;
};

static void
capture_start(struct capture *capture)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	capture->old = dup(STDERR_FILENO);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	close(ends[1]);
	capture->read_end = ends[0];
}

/* The next write's bytes, or "" when there was none. */
static void
capture_take(struct capture *capture, char *line, size_t size)
{
	ssize_t n = recv(capture->read_end, line, size - 1, MSG_DONTWAIT);

	line[n > 0 ? n : 0] = '\0';
}

static void
capture_stop(struct capture *capture)
{
	dup2(capture->old, STDERR_FILENO);
	close(capture->old);
	close(capture->read_end);
}

static void
test_lines(void **state)
{
	struct capture capture;
	char line[8192];

	(void)state;
	capture_start(&capture);
	log_open(LOG_LEVEL_DEBUG, 1);
	log_error("a=%d", 1);
	log_warning("b");
	log_info("c");
	log_debug("d");
	capture_take(&capture, line, sizeof(line));
	assert_string_equal(line, "<3>a=1\n");
	capture_take(&capture, line, sizeof(line));
	assert_string_equal(line, "<4>b\n");
	capture_take(&capture, line, sizeof(line));
	assert_string_equal(line, "<6>c\n");
	capture_take(&capture, line, sizeof(line));
	assert_string_equal(line, "<7>d\n");
	log_open(LOG_LEVEL_WARNING, 0);
	log_info("not shown");
	log_warning("shown");
	capture_take(&capture, line, sizeof(line));
	assert_string_equal(line + 20, " warning: shown\n");
	assert_int_equal(line[19], 'Z');
	capture_stop(&capture);
}

static void
test_hostile_values(void **state)
{
	struct capture capture;
	char line[8192];

	(void)state;
	capture_start(&capture);
	log_open(LOG_LEVEL_INFO, 1);
	log_info("key=%s", "x\n<3>forged\r\x1b[2J\x7F\xC2\x9B\xFFé\t");
	capture_take(&capture, line, sizeof(line));
	assert_string_equal(
	    line, "<6>key=x\\x0a<3>forged\\x0d\\x1b[2J\\x7f\\xc2\\x9b\\xffé\\x09\n");
	capture_stop(&capture);
}

/* A long line is cut at a whole character and still ends and is one write. */
static void
test_long_line(void **state)
{
	struct capture capture;
	char line[8192], text[9000];
	size_t lead;

	(void)state;
	capture_start(&capture);
	log_open(LOG_LEVEL_INFO, 1);
	for (lead = 0; lead < 4; lead++) {
		memset(text, 'a', lead);
		text[lead] = '\0';
		while (strlen(text) < 8000)
			strcat(text, "€€€€€€€€€€€€€€€€€€€€");
		log_info("%s", text);
		capture_take(&capture, line, sizeof(line));
		assert_in_range(strlen(line), 4090, 4096);
		assert_int_equal(line[strlen(line) - 1], '\n');
		/* At most the rest of one character is written as bytes. */
		assert_true(utf8_check(str_of(line), NULL));
	}
	memset(text, 1, 8000);
	text[8000] = '\0';
	log_info("%s", text);
	capture_take(&capture, line, sizeof(line));
	assert_in_range(strlen(line), 4090, 4096);
	capture_take(&capture, line, sizeof(line));
	assert_string_equal(line, "");
	capture_stop(&capture);
}

static void
test_errno(void **state)
{
	struct capture capture;

	(void)state;
	capture_start(&capture);
	log_open(LOG_LEVEL_INFO, 0);
	errno = EDOM;
	log_info("x");
	assert_int_equal(errno, EDOM);
	close(STDERR_FILENO); /* nobody there: no harm */
	log_error("x");
	assert_int_equal(errno, EDOM);
	capture_stop(&capture);
}

static void
test_journal(void **state)
{
	struct capture capture;
	struct stat status;
	char line[256];

	(void)state;
	capture_start(&capture);
	assert_int_equal(fstat(STDERR_FILENO, &status), 0);
	snprintf(line, sizeof(line), "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
	setenv("JOURNAL_STREAM", line, 1);
	log_open(LOG_LEVEL_INFO, -1);
	log_info("x");
	capture_take(&capture, line, sizeof(line));
	assert_string_equal(line, "<6>x\n");
	setenv("JOURNAL_STREAM", "1:2", 1); /* inherited, but our stderr goes elsewhere */
	log_open(LOG_LEVEL_INFO, -1);
	log_info("x");
	capture_take(&capture, line, sizeof(line));
	assert_string_equal(line + 20, " info: x\n");
	unsetenv("JOURNAL_STREAM");
	capture_stop(&capture);
}

static void
test_level_names(void **state)
{
	enum log_level level = LOG_LEVEL_ERROR;

	(void)state;
	assert_int_equal(log_level_by_name("debug", &level), 0);
	assert_int_equal(level, LOG_LEVEL_DEBUG);
	assert_int_equal(log_level_by_name("loud", &level), -1);
	assert_int_equal(level, LOG_LEVEL_DEBUG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_hostile_values),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_errno),
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_level_names),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
