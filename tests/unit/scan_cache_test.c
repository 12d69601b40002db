/* SPDX-License-Identifier: MIT */
/*
 * scan_cache: a database comes back from its file, and from no file that is
 * broken, another's, or in a folder that others can write.
 */
#include "scan_cache.h"
#include "scan_index.h"

#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scan.h"

static void
check_scan(const char *folder, bool cached)
{
	const struct str list[] = {STR("\\bone\\b"), STR("two.{0,10}three"), STR("four")};
	struct scan_scratch *scratch;
	struct scan_hits hits;
	struct err err = {""};
	size_t culprit;
	struct scan *scan = scan_compile(list, 3, folder, &culprit, &err);

	if (scan == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(scan_was_cached(scan), cached);
	scratch = scan_scratch_new(scan);
	assert_int_equal(
	    scan_run(scan, scratch, STR("four ones two, three one"), &hits, &err), 0);
	assert_int_equal(hits.count, 3);
	assert_int_equal(scan_run(scan, scratch, STR("ones and two"), &hits, &err), 0);
	assert_int_equal(hits.count, 0);
	scan_scratch_free(scratch);
	scan_free(scan);
}

/* Names of the files in the folder; returns how many. */
static size_t
list_folder(const char *folder, char last[512])
{
	DIR *list = opendir(folder);
	struct dirent *entry;
	size_t count = 0;

	if (list == NULL)
		return 0;
	while ((entry = readdir(list)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(last, 512, "%s/%s", folder, entry->d_name);
		count++;
	}
	closedir(list);
	return count;
}

static void
empty_folder(const char *folder)
{
	char path[512];

	while (list_folder(folder, path) > 0)
		assert_int_equal(unlink(path), 0);
}

static int
make_folder(void **state)
{
	char path[] = "/tmp/scan_test.XXXXXX";

	if (mkdtemp(path) == NULL)
		return -1;
	*state = strdup(path);
	return 0;
}

static int
remove_folder(void **state)
{
	char *path = *state;

	chmod(path, 0700);
	empty_folder(path);
	rmdir(path);
	free(path);
	return 0;
}

/* Changes one byte of a file; offset from the end when negative. */
static void
corrupt(const char *path, long offset)
{
	FILE *file = fopen(path, "r+");
	int c;

	assert_non_null(file);
	assert_int_equal(fseek(file, offset, offset < 0 ? SEEK_END : SEEK_SET), 0);
	c = getc(file);
	assert_int_equal(fseek(file, -1, SEEK_CUR), 0);
	putc(c ^ 1, file);
	assert_int_equal(fclose(file), 0);
}

static void
test_cache(void **state)
{
	/* magic, length, key, checksum, content, its end */
	static const long offsets[] = {0, 9, 20, 60, 100, -1};
	const char *folder = *state;
	char path[512], other[512];
	struct stat status;
	size_t i;

	check_scan(folder, false);
	assert_int_equal(list_folder(folder, path), 1);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	check_scan(folder, true);
	for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		corrupt(path, offsets[i]);
		check_scan(folder, false);
		check_scan(folder, true);
	}
	assert_int_equal(truncate(path, status.st_size / 2), 0);
	check_scan(folder, false);
	assert_int_equal(truncate(path, 0), 0);
	check_scan(folder, false);
	assert_int_equal(chmod(path, 0620), 0);
	check_scan(folder, false);
	check_scan(folder, true);
	/* A link is not followed. */
	snprintf(other, sizeof(other), "%s-moved", folder);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink(other, path), 0);
	check_scan(folder, false);
	check_scan(folder, true);
	unlink(other);
	assert_int_equal(list_folder(folder, path), 1);
}

static void
test_cache_folder(void **state)
{
	const char *folder = *state;
	char path[512], made[512];
	struct stat status;

	assert_int_equal(chmod(folder, 0770), 0);
	check_scan(folder, false);
	assert_int_equal(chmod(folder, 0707), 0);
	check_scan(folder, false);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(list_folder(folder, path), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(folder, 65534, (gid_t)-1), 0);
		check_scan(folder, false);
		assert_int_equal(chown(folder, 0, (gid_t)-1), 0);
		assert_int_equal(list_folder(folder, path), 0);
	}
	snprintf(made, sizeof(made), "%s/new", folder);
	check_scan(made, false);
	check_scan(made, true);
	assert_int_equal(stat(made, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	empty_folder(made);
	assert_int_equal(rmdir(made), 0);
	check_scan("/nowhere/at/all", false);
	check_scan("/dev/null", false);
}

/* Of whole patterns a different set is a different key: order, borders and
 * content all count. (?s) keeps them whole. */
static void
test_cache_key(void **state)
{
	const struct str lists[][2] = {{STR("(?s)ab"), STR("(?s)c")},
	    {STR("(?s)a"), STR("(?s)bc")}, {STR("(?s)c"), STR("(?s)ab")},
	    {STR("(?s)ab"), STR("(?s)d")}, {STR("ab"), STR("c")}};
	char path[512];
	size_t culprit, i, round;
	struct err err;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < 5; i++) {
			struct scan *scan =
			    scan_compile(lists[i], 2, *state, &culprit, &err);

			assert_non_null(scan);
			assert_int_equal(scan_was_cached(scan), round == 1);
			scan_free(scan);
		}
		assert_int_equal(list_folder(*state, path), 5);
	}
}

/* The library sees the words only: two sets with the same words find their own all
 * the same, also from the file. */
static void
test_cache_words(void **state)
{
	const struct str lists[][2] = {
	    {STR("\\bpay\\b[^.!?\\n]*late"), STR("late")}, {STR("late"), STR("\\bpay\\b|late")}};
	static const size_t counts[] = {1, 2};
	struct scan_scratch *scratch;
	struct scan_hits hits;
	size_t culprit, i;
	struct err err;

	for (i = 0; i < 4; i++) {
		struct scan *scan = scan_compile(lists[i % 2], 2, *state, &culprit, &err);

		assert_non_null(scan);
		assert_int_equal(scan_was_cached(scan), i > 1);
		scratch = scan_scratch_new(scan);
		assert_int_equal(scan_run(scan, scratch, STR("pay. late"), &hits, &err), 0);
		assert_int_equal(hits.count, counts[i % 2]);
		scan_scratch_free(scratch);
		scan_free(scan);
	}
}

/* An index of fewer bytes than were written is none. */
static void
test_index_bytes(void **state)
{
	const struct str patterns[] = {
	    STR("\\bpay\\b[^.!?\\n]*late|no"), STR("(?s)a"), STR("late")};
	struct scan_index *index = scan_index_new(patterns, 3), *again;
	struct strbuf bytes, copy;
	size_t i;

	(void)state;
	strbuf_init(&bytes, 0);
	strbuf_init(&copy, 0);
	scan_index_write(index, &bytes);
	for (i = 0; i < bytes.n; i++)
		assert_null(scan_index_read(str_part(strbuf_str(&bytes), 0, i)));
	again = scan_index_read(strbuf_str(&bytes));
	assert_non_null(again);
	assert_int_equal(again->word_count, index->word_count);
	for (i = 0; i < index->word_count; i++)
		assert_true(str_eq(scan_index_word(again, i), scan_index_word(index, i)));
	scan_index_write(again, &copy);
	assert_true(str_eq(strbuf_str(&copy), strbuf_str(&bytes)));
	scan_index_free(again);
	scan_index_free(index);
	strbuf_fini(&bytes);
	strbuf_fini(&copy);
}

/* Rules change for years: the folder does not grow with them. */
static void
test_cache_forgets(void **state)
{
	char path[512], word[16];
	struct err err;
	size_t culprit, i;

	for (i = 0; i < 3 * SCAN_CACHE_FILES; i++) {
		struct str one = {
		    word, (size_t)snprintf(word, sizeof(word), "word%zu", i)};
		struct scan *scan = scan_compile(&one, 1, *state, &culprit, &err);

		assert_non_null(scan);
		scan_free(scan);
		check_scan(*state, i > 0); /* used all the time: never the oldest */
	}
	assert_int_equal(list_folder(*state, path), SCAN_CACHE_FILES);
}

#define WRITERS 4

struct writer {
	pthread_t thread;
	int folder;
	size_t failed;
};

static const unsigned char shared_key[DIGEST_BYTES] = "one";

static void *
write_often(void *arg)
{
	struct writer *writer = arg;
	size_t i;

	for (i = 0; i < 50; i++)
		writer->failed +=
		    scan_cache_write(writer->folder, shared_key, STR("the same")) != 0;
	return NULL;
}

/* Two workers of a daemon compile the same rules at once. */
static void
test_cache_threads(void **state)
{
	struct writer writers[WRITERS] = {{0}};
	int folder = scan_cache_open(*state);
	char path[512], *blob;
	size_t i, n;

	assert_true(folder >= 0);
	for (i = 0; i < WRITERS; i++) {
		writers[i].folder = folder;
		assert_int_equal(pthread_create(
		    &writers[i].thread, NULL, write_often, &writers[i]), 0);
	}
	for (i = 0; i < WRITERS; i++) {
		pthread_join(writers[i].thread, NULL);
		assert_int_equal(writers[i].failed, 0);
	}
	blob = scan_cache_read(folder, shared_key, &n);
	assert_non_null(blob);
	assert_true(str_is((struct str){blob, n}, "the same"));
	free(blob);
	assert_int_equal(list_folder(*state, path), 1);
	close(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_cache, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(
		test_cache_folder, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(test_cache_key, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(test_cache_words, make_folder, remove_folder),
	    cmocka_unit_test(test_index_bytes),
	    cmocka_unit_test_setup_teardown(
		test_cache_forgets, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(
		test_cache_threads, make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
