/* SPDX-License-Identifier: MIT */
/*
 * scan: the set of hits against PCRE2 (the oracle) over many patterns and
 * texts, and what is refused.
 */
#include "scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "fold.h"
#include "pattern.h"

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

/* Where the scan says, PCRE2 finds what it finds in the whole text. */
static void
oracle_check_place(struct oracle *oracle, struct str text, const struct scan_hit *hit,
    enum pattern_result result, const struct pattern_span *first)
{
	struct pattern_span span = {0};
	const char *source = oracle->sources[hit->id].p;
	enum pattern_result here = pattern_match(oracle->patterns[hit->id], oracle->matcher,
	    (struct str){text.p, hit->until}, hit->from, &span);

	if (here != result)
		fail_msg("%s: PCRE2 says %d, and %d from %u to %u in \"%.*s\"", source,
		    (int)result, (int)here, hit->from, hit->until, STR_ARG(text));
	if (here == PATTERN_YES && (span.start != first->start || span.end != first->end))
		fail_msg("%s: at %zu, but at %zu when sought from %u to %u in \"%.*s\"", source,
		    first->start, span.start, hit->from, hit->until, STR_ARG(text));
	oracle->nearer += hit->from > 0 || hit->until < text.n;
}

/* The scan finds what PCRE2 finds, no less; more only when it is not sure. */
static void
oracle_check_folded(struct oracle *oracle, struct str text)
{
	struct scan_hits hits;
	struct err err;
	size_t next = 0, i;

	assert_int_equal(scan_run(oracle->scan, oracle->scratch, text, &hits, &err), 0);
	for (i = 0; i < ORACLE_PATTERNS; i++) {
		const struct scan_hit *hit = next < hits.count && hits.list[next].id == i
						 ? &hits.list[next++]
						 : NULL;
		struct pattern_span span;
		enum pattern_result result =
		    pattern_match(oracle->patterns[i], oracle->matcher, text, 0, &span);

		if (result != PATTERN_YES ? hit != NULL && hit->sure : hit == NULL)
			fail_msg("%s: scan says %d, PCRE2 %d on \"%.*s\"",
			    oracle->sources[i].p, hit != NULL, (int)result, STR_ARG(text));
		if (hit != NULL)
			oracle_check_place(oracle, text, hit, result, &span);
		oracle->hits += result == PATTERN_YES;
	}
	assert_int_equal(next, hits.count);
	oracle->texts++;
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
	assert_true(oracle.nearer > oracle.hits / 5);
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
		assert_int_equal(hits.list[0].id, i);
		assert_int_equal(hits.list[1].id, CROWD - 1);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_oracle),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
