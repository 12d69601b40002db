/* SPDX-License-Identifier: MIT */
/*
 * pattern: both modes, spans, limits, and life without JIT. Called with
 * "--deny" the program forbids itself executable memory, as a hardened unit
 * does, and runs what must still work then.
 */
#include "pattern.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif
#define DENY_EXECUTABLE_MEMORY 1UL
#define DENY_UNSUPPORTED 77 /* exit status: this kernel cannot */

static struct pattern *
compile(const char *source, enum pattern_mode mode)
{
	struct err err = {""};
	size_t offset = 0;
	struct pattern *pattern = pattern_compile(str_of(source), mode, &offset, &err);

	if (pattern == NULL)
		fail_msg("%s: %s at %zu", source, err.text, offset);
	return pattern;
}

static enum pattern_result
match(const char *source, enum pattern_mode mode, const char *text,
    struct pattern_span *span)
{
	struct pattern_matcher *matcher = pattern_matcher_new();
	struct pattern *pattern = compile(source, mode);
	enum pattern_result result;

	assert_non_null(matcher);
	result = pattern_match(pattern, matcher, str_of(text), 0, span);
	pattern_free(pattern);
	pattern_matcher_free(matcher);
	return result;
}

static void
test_folded(void **state)
{
	static const struct {
		const char *source, *text;
		enum pattern_result result;
	} rows[] = {
	    {"\\bpay\\b", "please pay me", PATTERN_YES},
	    {"\\bpay\\b", "payment", PATTERN_NO},
	    {"Pay", "pay", PATTERN_NO},
	    {"(?i)Pay", "pay", PATTERN_YES},
	    {"a.b", "a\nb", PATTERN_NO},
	    {"a.b",
		"a\xC3"
		"b",
		PATTERN_YES},
	    {"a.b",
		"a\xC3\xA9"
		"b",
		PATTERN_NO},
	    {"eleve \\w+ absent", "eleve \xD0\x98 absent", PATTERN_NO},
	    {"eleve \\w+ absent", "eleve qqqq absent", PATTERN_YES},
	    {"^abc$", "abc", PATTERN_YES},
	    {"x", "", PATTERN_NO},
	    {"", "", PATTERN_YES},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (match(rows[i].source, PATTERN_FOLDED, rows[i].text, NULL) !=
		    rows[i].result)
			fail_msg("%s on %s", rows[i].source, rows[i].text);
}

static void
test_original(void **state)
{
	static const struct {
		const char *source, *text;
		enum pattern_result result;
	} rows[] = {
	    {"\\bélève\\b", "Mon ÉLÈVE est là", PATTERN_YES},
	    {"\\bpay\\b", "payé", PATTERN_NO},
	    {"eleve \\w+ absent", "eleve Иван absent", PATTERN_YES},
	    {"(?-i:Paul)", "paul", PATTERN_NO},
	    {"a.b", "a\r\nb", PATTERN_NO},
	    {"a.b", "aéb", PATTERN_YES},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (match(rows[i].source, PATTERN_ORIGINAL, rows[i].text, NULL) !=
		    rows[i].result)
			fail_msg("%s on %s", rows[i].source, rows[i].text);
}

static void
check_value(const char *source, const char *text, const char *whole, const char *value)
{
	struct pattern_span span = {0};

	assert_int_equal(match(source, PATTERN_ORIGINAL, text, &span), PATTERN_YES);
	assert_true(str_is(str_part(str_of(text), span.start, span.end), whole));
	assert_true(
	    str_is(str_part(str_of(text), span.value_start, span.value_end), value));
}

static void
test_value(void **state)
{
	char many[1024] = "", one[16];
	int i;

	(void)state;
	check_value("student (?<value>\\w+ \\w+)", "my Student Zoé Ünal left",
	    "Student Zoé Ünal", "Zoé Ünal");
	check_value("zoé", "with Zoé", "Zoé", "Zoé");
	check_value("(?<other>a)b", "ab", "ab", "ab");
	check_value(
	    "from (?<value>\\w+)|(?<value>\\w+) wrote", "Ann wrote", "Ann wrote", "Ann");
	check_value("(?|from (?<value>\\w+)|(?<value>\\w+) wrote)", "from Ann",
	    "from Ann", "Ann");
	check_value("x(?<value>y)?", "x", "x", "x");
	/* More groups than the result holds, and "value" among the first. */
	strcat(many, "(?<value>a)");
	for (i = 0; i < 80; i++) {
		snprintf(one, sizeof(one), "(?<g%d>b)?", i);
		strcat(many, one);
	}
	check_value(many, "xabbb", "abbb", "a");
}

static void
test_from(void **state)
{
	struct pattern_matcher *matcher = pattern_matcher_new();
	struct pattern *pattern = compile("\\bé", PATTERN_ORIGINAL);
	struct str text = str_of("é é");
	struct pattern_span span;

	(void)state;
	assert_int_equal(pattern_match(pattern, matcher, text, 0, &span), PATTERN_YES);
	assert_int_equal(span.start, 0);
	assert_int_equal(
	    pattern_match(pattern, matcher, text, span.end, &span), PATTERN_YES);
	assert_int_equal(span.start, 3);
	assert_int_equal(pattern_match(pattern, matcher, text, 1, &span), PATTERN_YES);
	assert_int_equal(span.start, 3);
	assert_int_equal(pattern_match(pattern, matcher, text, 4, &span), PATTERN_NO);
	assert_int_equal(pattern_match(pattern, matcher, text, 5, &span), PATTERN_NO);
	assert_int_equal(pattern_match(pattern, matcher, text, 6, &span), PATTERN_NO);
	assert_int_equal(
	    pattern_match(pattern, matcher, (struct str){NULL, 0}, 0, &span), PATTERN_NO);
	pattern_free(pattern);
	pattern_matcher_free(matcher);
}

static void
check_refused(const char *source, enum pattern_mode mode, size_t offset)
{
	struct err err = {""};
	size_t at = 999;

	assert_null(pattern_compile(str_of(source), mode, &at, &err));
	assert_string_not_equal(err.text, "");
	assert_int_equal(at, offset);
}

static void
test_at(void **state)
{
	struct pattern_matcher *matcher = pattern_matcher_new();
	struct pattern *pattern = compile("\\bab|b", PATTERN_FOLDED);
	struct pattern_span span;
	struct str text = STR("aab ab");
	unsigned round;

	(void)state;
	/* The interpreter, then the machine code. */
	for (round = 0; round < 2; round++) {
		assert_int_equal(
		    pattern_match_at(pattern, matcher, text, 0, &span), PATTERN_NO);
		assert_int_equal(
		    pattern_match_at(pattern, matcher, text, 1, &span), PATTERN_NO);
		assert_int_equal(
		    pattern_match_at(pattern, matcher, text, 4, &span), PATTERN_YES);
		assert_int_equal(span.start, 4);
		assert_int_equal(span.end, 6);
		/* It is forgotten afterwards. */
		assert_int_equal(
		    pattern_match(pattern, matcher, text, 0, &span), PATTERN_YES);
		assert_int_equal(span.start, 2);
		assert_int_equal(
		    pattern_match_at(pattern, matcher, text, 7, &span), PATTERN_NO);
		pattern_prepare(pattern);
	}
	pattern_free(pattern);
	pattern_matcher_free(matcher);
}

static void
test_refused(void **state)
{
	char source[2048] = "";
	int i;

	(void)state;
	check_refused("ab(cd", PATTERN_FOLDED, 5);
	check_refused("ab[z-a]", PATTERN_FOLDED, 5);
	check_refused("a\\Cb", PATTERN_FOLDED, 3);
	check_refused("a\\Cb", PATTERN_ORIGINAL, 3);
	check_refused("(*UTF)a", PATTERN_FOLDED, 6);
	check_refused("(*UCP)a", PATTERN_FOLDED, 6);
	check_refused("a\xFF", PATTERN_ORIGINAL, 1);
	for (i = 0; i < 100; i++)
		sprintf(source + strlen(source), "(?<g%d>b)", i);
	strcat(source, "(?<value>a)");
	check_refused(source, PATTERN_ORIGINAL, 0);
}

/* A limit that was hit is neither yes nor no, with JIT and without. */
static void
test_undecided(void **state)
{
	static const char text[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!";
	struct pattern_span span = {0};

	(void)state;
	assert_int_equal(
	    match("^(a+)+$", PATTERN_FOLDED, text, &span), PATTERN_UNDECIDED);
	assert_int_equal(
	    match("^(a+)+$", PATTERN_ORIGINAL, text, &span), PATTERN_UNDECIDED);
	assert_int_equal(
	    match("^(a|aa)+$", PATTERN_FOLDED, text, &span), PATTERN_UNDECIDED);
	assert_int_equal(match("a!", PATTERN_FOLDED, text, &span), PATTERN_YES);
}

/* A long text must not need a deep stack for an ordinary pattern. */
static void
test_long_text(void **state)
{
	size_t n = 65536;
	char *text = malloc(n + 1);
	enum pattern_result result;

	(void)state;
	memset(text, 'a', n);
	memcpy(text + n - 4, " end", 5);
	assert_int_equal(match("\\w+ end", PATTERN_FOLDED, text, NULL), PATTERN_YES);
	assert_int_equal(match("a.{0,80}end", PATTERN_FOLDED, text, NULL), PATTERN_YES);
	/* These may run out of stack, or not; they must not crash or say no. */
	result = match("(?:a|b|c)+ end", PATTERN_FOLDED, text, NULL);
	assert_int_not_equal(result, PATTERN_NO);
	result = match("(?:(?<one>a)(?<two>b)?c?)+ end", PATTERN_FOLDED, text, NULL);
	assert_int_equal(result, PATTERN_UNDECIDED);
	free(text);
}

static void
test_without_jit(void **state)
{
	int status;
	pid_t child;

	(void)state;
	child = fork();
	if (child == 0) {
		/* One test program, one result: run it by hand to see more. */
		if (freopen("/dev/null", "w", stdout) == NULL ||
		    freopen("/dev/null", "w", stderr) == NULL)
			_exit(126);
		execl("/proc/self/exe", "pattern_test", "--deny", (char *)NULL);
		_exit(127);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == DENY_UNSUPPORTED)
		skip();
	assert_int_equal(status, 0);
}

static void
test_jit_is_refused(void **state)
{
	struct pattern *pattern;

	(void)state;
	assert_true(pattern_jit_works());
	pattern = compile("abc", PATTERN_FOLDED);
	pattern_prepare(pattern);
	assert_false(pattern_jit_works());
	pattern_free(pattern);
}

static void
test_jit_works(void **state)
{
	struct pattern *pattern;

	(void)state;
	pattern = compile("abc", PATTERN_FOLDED);
	pattern_prepare(pattern);
	assert_true(pattern_jit_works());
	pattern_free(pattern);
}

/* What comes back from bytes matches as what was compiled: mode, groups, limits. */
static void
test_packed(void **state)
{
	struct pattern *made[] = {compile("caf\u00e9", PATTERN_ORIGINAL),
	    compile("[^x]bc", PATTERN_FOLDED),
	    compile("(?:date (?<value>\\d+)|(?<value>\\d+) days)", PATTERN_ORIGINAL)};
	enum { COUNT = sizeof(made) / sizeof(made[0]) };
	struct str bytes = pattern_pack(made, COUNT);
	struct pattern *back[COUNT], *none[COUNT + 1];
	struct pattern_matcher *matcher = pattern_matcher_new();
	struct pattern_span span;
	size_t i;

	(void)state;
	assert_non_null(bytes.p);
	assert_int_equal(pattern_unpack(bytes, none, COUNT + 1), -1);
	assert_int_equal(pattern_unpack(bytes, none, COUNT - 1), -1);
	assert_int_equal(pattern_unpack(bytes, back, COUNT), 0);
	((char *)bytes.p)[0] ^= 1;
	assert_int_equal(pattern_unpack(bytes, none, COUNT), -1);
	free((char *)bytes.p);
	for (i = 0; i < COUNT; i++)
		pattern_free(made[i]);
	for (i = 0; i < 2; i++) { /* without machine code, then with it */
		assert_int_equal(pattern_match(back[0], matcher, STR("un CAF\u00c9"), 0, &span),
		    PATTERN_YES);
		assert_int_equal(span.start, 3);
		assert_int_equal(pattern_match(back[1], matcher, STR("xaBC"), 0, NULL), PATTERN_NO);
		assert_int_equal(pattern_match(back[1], matcher, STR("x\xA9" "bc"), 1, NULL),
		    PATTERN_YES);
		assert_int_equal(pattern_match(back[2], matcher, STR("in 12 days"), 0, &span),
		    PATTERN_YES);
		assert_int_equal(span.value_start, 3);
		assert_int_equal(span.value_end, 5);
		pattern_prepare(back[0]);
		pattern_prepare(back[1]);
		pattern_prepare(back[2]);
	}
	for (i = 0; i < COUNT; i++)
		pattern_free(back[i]);
	pattern_matcher_free(matcher);
	bytes = pattern_pack(NULL, 0);
	assert_null(bytes.p);
}

struct sharer {
	struct pattern *pattern;
	pthread_barrier_t *barrier;
	struct str text;
	size_t wrong;
};

static void *
share(void *arg)
{
	struct sharer *sharer = arg;
	struct pattern_matcher *matcher = pattern_matcher_new();
	struct pattern_span span;
	int i;

	pthread_barrier_wait(sharer->barrier);
	for (i = 0; i < 20; i++)
		sharer->wrong += pattern_match(sharer->pattern, matcher, sharer->text, 0,
		    &span) != PATTERN_YES || span.end != sharer->text.n;
	pattern_matcher_free(matcher);
	return NULL;
}

/* Threads that meet a pattern before it has machine code, and all make that: the text
 * is long enough for it. Here a leak is seen, or a wrong answer; data races are only by
 * ThreadSanitizer (make CFLAGS=-fsanitize=thread LDFLAGS=-fsanitize=thread). */
static void
test_shared(void **state)
{
	char text[20000];
	int round, i;

	(void)state;
	memset(text, 'i', sizeof(text));
	memcpy(text + sizeof(text) - 12, "invoice paid", 12);
	for (round = 0; round < 100; round++) {
		pthread_barrier_t barrier;
		pthread_t threads[4];
		struct sharer sharers[4];
		size_t offset;
		struct err err;
		struct pattern *pattern = pattern_compile(
		    STR("invoice.{0,9}\\bpaid\\b"), PATTERN_FOLDED, &offset, &err);

		assert_non_null(pattern);
		assert_int_equal(pthread_barrier_init(&barrier, NULL, 4), 0);
		for (i = 0; i < 4; i++) {
			sharers[i] = (struct sharer){
			    pattern, &barrier, {text, sizeof(text)}, 0};
			assert_int_equal(
			    pthread_create(&threads[i], NULL, share, &sharers[i]), 0);
		}
		for (i = 0; i < 4; i++) {
			pthread_join(threads[i], NULL);
			assert_int_equal(sharers[i].wrong, 0);
		}
		pthread_barrier_destroy(&barrier);
		pattern_free(pattern);
	}
}

static void
test_free_nothing(void **state)
{
	(void)state;
	pattern_free(NULL);
	pattern_matcher_free(NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_jit_works),
	    cmocka_unit_test(test_folded),
	    cmocka_unit_test(test_original),
	    cmocka_unit_test(test_value),
	    cmocka_unit_test(test_from),
	    cmocka_unit_test(test_at),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_undecided),
	    cmocka_unit_test(test_long_text),
	    cmocka_unit_test(test_without_jit),
	    cmocka_unit_test(test_packed),
	    cmocka_unit_test(test_shared),
	    cmocka_unit_test(test_free_nothing),
	};
	const struct CMUnitTest denied[] = {
	    cmocka_unit_test(test_jit_is_refused),
	    cmocka_unit_test(test_folded),
	    cmocka_unit_test(test_original),
	    cmocka_unit_test(test_value),
	    cmocka_unit_test(test_undecided),
	    cmocka_unit_test(test_long_text),
	};

	if (argc > 1 && strcmp(argv[1], "--deny") == 0) {
		if (prctl(PR_SET_MDWE, DENY_EXECUTABLE_MEMORY, 0, 0, 0) != 0)
			return DENY_UNSUPPORTED;
		return cmocka_run_group_tests(denied, NULL, NULL);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
