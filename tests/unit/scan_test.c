/* SPDX-License-Identifier: MIT */
/*
 * scan: the set of hits against PCRE2 (the oracle) over many patterns and
 * texts, and the cache with everything that can be wrong about it.
 */
#include "scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "fold.h"
#include "pattern.h"
#include "scan_cache.h"

#define ORACLE_PATTERNS 400
#define CROWD ((size_t)3000)

static const char *const stems[] = {"eleve", "student", "payment", "paiement", "absen",
    "certificat", "mentor", "session", "invoice", "facture", "dashboard",
    "tableau de bord", "soutenance", "defen[cs]e", "formation", "course", "report",
    "annul", "cancel", "bank", "iban", "virement", "holiday", "conges", "pause", "break",
    "coeur", "oeuvre", "password", "mot de passe", "screen", "ecran", "bug", "error",
    "erreur", "help", "aide", "merci", "thank", "urgent", "jury", "month", "mois",
    "seance", "visio", "camera", "link", "lien", "http", "@", "q", "1", "\\d{4}"};
#define STEMS (sizeof(stems) / sizeof(stems[0]))

static const char *const texts[] = {
    "Mon élève est absent depuis 3 semaines, la séance n'a pas eu lieu.",
    "Mon eleve est absent depuis 3 semaines, la seance n'a pas eu lieu.",
    "Mon e\xCC\x81le\xCC\x80ve est absent, la se\xCC\x81"
    "ance n’a pas eu lieu",
    "The student did not pay: the payment of invoice 2024 failed twice.",
    "МОЙ студент Иван absent, payment не пришёл, session завтра",
    "Ο φοιτητής student δεν ήρθε στη session, ευχαριστώ",
    "الطالب absent منذ ٣ أسابيع payment",
    "学生は欠席です payment 請求書 invoice 2024年",
    "payment 💸 failed 😡😡 student 👩🏽‍🎓absent ❤️merci",
    "pay\x01ment pay\tment student\x7F"
    "absent \xC2\x85session",
    "eleve\n\nabsent",
    "eleve\nabsent",
    "eleve\r\nabsent",
    "student _absent_ x-session",
    "qqqq student qq absent",
    "",
    "a",
    "l'élève",
    "ŒUVRE du CŒUR",
    "bank bank bank iban",
    "invoice\n",
    "\nreport\n\n",
    "thank\xE2\x80\x8Byou thank\xC2\xADyou soft",
    "https://example.org/dashboard?x=1&y=2",
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static const char *
stem(unsigned *seed)
{
	return stems[(unsigned)rand_r(seed) % STEMS];
}

/* A pattern of the kind people write, or one that looks for trouble. */
static void
make_pattern(unsigned *seed, char *out, size_t room)
{
	const char *a = stem(seed), *b = stem(seed), *c = stem(seed), *d = stem(seed);
	int n = 1 + rand_r(seed) % 90, m = 2 + rand_r(seed) % 9;

	switch (rand_r(seed) % 16) {
	case 0:
		snprintf(out, room, "\\b%s\\b", a);
		break;
	case 1:
		snprintf(out, room, "%s.{0,%d}%s", a, n, b);
		break;
	case 2:
		snprintf(out, room, "\\b(?:%s|%s)\\b.{0,%d}\\b(?:%s|%s)", a, b, n, c, d);
		break;
	case 3:
		snprintf(out, room, "%s \\w+ %s", a, b);
		break;
	case 4:
		snprintf(out, room, "\\b%s\\w*(?: \\w+){0,%d} %s", a, m, b);
		break;
	case 5:
		snprintf(out, room, "%s[a-z]*[,.:;!?]", a);
		break;
	case 6:
		snprintf(out, room, "^%s|%s$", a, b);
		break;
	case 7:
		snprintf(out, room, "(%s|%s)\\s+(%s|%s)", a, b, c, d);
		break;
	case 8:
		snprintf(out, room, "%s[^.\\n]{0,%d}?%s", a, n, b);
		break;
	case 9:
		snprintf(out, room, "\\b%s(?:s|es|ed|ing|nt)?\\b", a);
		break;
	case 10:
		snprintf(out, room, "%s\\n%s", a, b);
		break;
	case 11:
		snprintf(out, room, "\\B%c", 'a' + n % 26);
		break;
	case 12:
		snprintf(out, room, "\\b\\w{%d}\\b.{0,3}\\d", m);
		break;
	case 13:
		snprintf(out, room, "%s\\W{1,%d}%s", a, m, b);
		break;
	case 14:
		snprintf(out, room, "(?i)%s(?s:.){0,%d}%s", a, n, b);
		break;
	default:
		snprintf(out, room, "n'(?:a|ai|est) pas.{0,%d}%s|%s", n, a, b);
		break;
	}
}

struct oracle {
	struct str sources[ORACLE_PATTERNS];
	struct pattern *patterns[ORACLE_PATTERNS];
	struct pattern_matcher *matcher;
	struct scan *scan;
	struct scan_scratch *scratch;
	struct arena *arena;
	size_t texts, hits, nearer;
};

static void
oracle_init(struct oracle *oracle)
{
	unsigned seed = 42;
	size_t culprit, i;
	struct err err = {""};

	*oracle =
	    (struct oracle){.arena = arena_new(0), .matcher = pattern_matcher_new()};
	for (i = 0; i < ORACLE_PATTERNS; i++) {
		char source[256];

		make_pattern(&seed, source, sizeof(source));
		oracle->sources[i] = str_of(strdup(source));
		oracle->patterns[i] =
		    pattern_compile(oracle->sources[i], PATTERN_FOLDED, &culprit, &err);
		if (oracle->patterns[i] == NULL)
			fail_msg("%s: %s", source, err.text);
	}
	oracle->scan =
	    scan_compile(oracle->sources, ORACLE_PATTERNS, NULL, &culprit, &err);
	if (oracle->scan == NULL)
		fail_msg("%s: %s", oracle->sources[culprit].p, err.text);
	oracle->scratch = scan_scratch_new(oracle->scan);
	assert_non_null(oracle->scratch);
}

static void
oracle_fini(struct oracle *oracle)
{
	size_t i;

	for (i = 0; i < ORACLE_PATTERNS; i++) {
		pattern_free(oracle->patterns[i]);
		free((void *)(uintptr_t)oracle->sources[i].p);
	}
	scan_scratch_free(oracle->scratch);
	scan_free(oracle->scan);
	pattern_matcher_free(oracle->matcher);
	arena_free(oracle->arena);
}

/* From where the scan says, PCRE2 finds the match that it finds from 0. */
static void
oracle_check_place(struct oracle *oracle, size_t i, struct str text, size_t from,
    const struct pattern_span *first)
{
	struct pattern_span span;

	assert_int_equal(
	    pattern_match(oracle->patterns[i], oracle->matcher, text, from, &span),
	    PATTERN_YES);
	if (span.start != first->start || span.end != first->end)
		fail_msg("%s: at %zu, but at %zu when sought from %zu in \"%.*s\"",
		    oracle->sources[i].p, first->start, span.start, from, STR_ARG(text));
	oracle->nearer += from > 0;
}

/* The scan finds what PCRE2 finds, no more and no less. */
static void
oracle_check_folded(struct oracle *oracle, struct str text)
{
	struct scan_hits hits;
	struct err err;
	size_t next = 0, i;

	assert_int_equal(scan_run(oracle->scan, oracle->scratch, text, &hits, &err), 0);
	for (i = 0; i < ORACLE_PATTERNS; i++) {
		bool hit = next < hits.count && hits.ids[next] == i;
		struct pattern_span span;
		enum pattern_result result =
		    pattern_match(oracle->patterns[i], oracle->matcher, text, 0, &span);

		if (result != (hit ? PATTERN_YES : PATTERN_NO))
			fail_msg("%s: scan says %d, PCRE2 %d on \"%.*s\"",
			    oracle->sources[i].p, hit, (int)result, STR_ARG(text));
		if (hit)
			oracle_check_place(oracle, i, text, hits.from[next++], &span);
	}
	assert_int_equal(next, hits.count);
	oracle->texts++;
	oracle->hits += hits.count;
}

static void
oracle_check(struct oracle *oracle, const char *text)
{
	struct folded folded;

	arena_reset(oracle->arena);
	assert_int_equal(fold_text(oracle->arena, str_of(text), &folded), 0);
	oracle_check_folded(oracle, folded.text);
	/* As bytes, too: both must mean the same even by what folding removes. */
	oracle_check_folded(oracle, str_of(text));
}

static void
oracle_check_tickets(struct oracle *oracle, const char *path)
{
	char line[16384];
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		json_t *ticket = json_loads(line, 0, NULL);

		assert_non_null(ticket);
		oracle_check(
		    oracle, json_string_value(json_object_get(ticket, "subject")));
		oracle_check(oracle, json_string_value(json_object_get(ticket, "body")));
		json_decref(ticket);
	}
	fclose(file);
}

static void
test_oracle(void **state)
{
	struct oracle oracle;
	unsigned seed = 3, round, i;

	(void)state;
	oracle_init(&oracle);
	for (i = 0; i < TEXTS; i++)
		oracle_check(&oracle, texts[i]);
	/* Parts of several texts, and words of the patterns close together. */
	for (round = 0; round < 200; round++) {
		char mixed[2048] = "";

		for (i = 0; i < 6; i++) {
			strcat(mixed, texts[(unsigned)rand_r(&seed) % TEXTS]);
			strcat(mixed, rand_r(&seed) % 4 ? " " : "\n\n");
			strcat(mixed, stem(&seed));
			strcat(mixed, rand_r(&seed) % 3 ? " " : "s, ");
			strcat(mixed, stem(&seed));
		}
		oracle_check(&oracle, mixed);
	}
	oracle_check_tickets(&oracle, "tests/data/tickets-en.jsonl");
	oracle_check_tickets(&oracle, "tests/data/tickets-fr.jsonl");
	assert_true(oracle.texts >= 2 * (TEXTS + 200 + 2 * 308));
	assert_true(oracle.hits > 10 * oracle.texts);
	assert_true(oracle.nearer > oracle.hits / 4);
	oracle_fini(&oracle);
}

/* Thousands of patterns, each with its own word: each text finds its own. */
static void
test_many(void **state)
{
	static char sources[CROWD][32];
	static struct str list[CROWD];
	struct scan *scan;
	struct scan_scratch *scratch;
	struct scan_hits hits;
	struct err err;
	size_t culprit, i;

	(void)state;
	for (i = 0; i < CROWD; i++) {
		snprintf(sources[i], sizeof(sources[i]), "\\bw%zuz(?:s|ed)?\\b", i);
		list[i] = str_of(sources[i]);
	}
	scan = scan_compile(list, CROWD, NULL, &culprit, &err);
	assert_non_null(scan);
	scratch = scan_scratch_new(scan);
	for (i = 0; i + 1 < CROWD; i++) {
		char text[128];

		snprintf(
		    text, sizeof(text), "w%zuzs w0zx w%zuzed, w%zuz", CROWD - 1, i, i);
		assert_int_equal(scan_run(scan, scratch, str_of(text), &hits, &err), 0);
		assert_int_equal(hits.count, 2);
		assert_int_equal(hits.ids[0], i);
		assert_int_equal(hits.ids[1], CROWD - 1);
	}
	scan_scratch_free(scratch);
	scan_free(scan);
}

static void
test_faults(void **state)
{
	const struct str list[] = {STR("good"), STR("a*"), STR("last")};
	struct str broken[] = {STR("good"), STR("fine"), STR("un(closed")};
	struct str nul[] = {STR("good"), STR("a\0b")};
	struct scan_scratch *scratch;
	struct scan_hits hits;
	struct scan *scan;
	struct err err = {""};
	size_t culprit = 99;

	(void)state;
	assert_null(
	    scan_compile(list, 3, NULL, &culprit, &err)); /* matches nothing at all */
	assert_int_equal(culprit, 1);
	assert_string_not_equal(err.text, "");
	assert_null(scan_compile(broken, 3, NULL, &culprit, &err));
	assert_int_equal(culprit, 2);
	broken[2] = STR("a(?=b)");
	assert_null(scan_compile(broken, 3, NULL, &culprit, &err));
	assert_int_equal(culprit, 2);
	broken[2] = STR("(a)\\1");
	assert_null(scan_compile(broken, 3, NULL, &culprit, &err));
	assert_int_equal(culprit, 2);
	assert_null(scan_compile(nul, 2, NULL, &culprit, &err));
	assert_int_equal(culprit, 1);
	scan = scan_compile(NULL, 0, NULL, &culprit, &err);
	assert_non_null(scan);
	scratch = scan_scratch_new(scan);
	assert_int_equal(scan_run(scan, scratch, STR("text"), &hits, &err), 0);
	assert_int_equal(hits.count, 0);
	scan_scratch_free(scratch);
	scan_free(scan);
	scan_scratch_free(NULL);
	scan_free(NULL);
}

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

/* A different set is a different key: order, borders and content all count. */
static void
test_cache_key(void **state)
{
	const struct str lists[][2] = {{STR("ab"), STR("c")}, {STR("a"), STR("bc")},
	    {STR("c"), STR("ab")}, {STR("ab"), STR("d")}};
	char path[512];
	size_t culprit, i, round;
	struct err err;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < 4; i++) {
			struct scan *scan =
			    scan_compile(lists[i], 2, *state, &culprit, &err);

			assert_non_null(scan);
			assert_int_equal(scan_was_cached(scan), round == 1);
			scan_free(scan);
		}
		assert_int_equal(list_folder(*state, path), 4);
	}
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_oracle),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_faults),
	    cmocka_unit_test_setup_teardown(test_cache, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(
		test_cache_folder, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(test_cache_key, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(
		test_cache_forgets, make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
