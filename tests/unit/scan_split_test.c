/* SPDX-License-Identifier: MIT */
/*
 * scan_split: what patterns are split into, and, for patterns and texts at
 * random, that the scan of the parts finds what PCRE2 finds with the whole.
 */
#include "scan_split.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pattern.h"
#include "scan.h"
#include "scan_index.h"

#define ROUNDS 12
#define CROWD ((size_t)100) /* patterns of a round */
#define TEXTS 60            /* texts of a round */
#define DEPTH 3

/* "a" is any place, "|a" at a boundary, "-a" not at one; also behind it. */
static void
print_word(struct strbuf *out, const struct scan_word *word)
{
	static const char edges[] = {
	    [SCAN_EDGE_ANY] = '\0', [SCAN_EDGE_BOUND] = '|', [SCAN_EDGE_INNER] = '-'};

	if (edges[word->before] != '\0')
		strbuf_putc(out, edges[word->before]);
	strbuf_put(out, word->text);
	if (edges[word->after] != '\0')
		strbuf_putc(out, edges[word->after]);
}

static void
print_need(struct strbuf *out, const struct scan_need *need)
{
	size_t k;

	for (k = 0; k < need->count; k++) {
		strbuf_puts(out, k > 0 ? "," : "");
		print_word(out, &need->words[k]);
	}
}

/* "=" an exact way, "~" one that is not local. */
static void
print_way(struct strbuf *out, const struct scan_way *way)
{
	size_t i;

	if (out->n > 0)
		strbuf_puts(out, " ; ");
	strbuf_puts(out, way->exact ? "=" : "");
	strbuf_puts(out, way->local ? "" : "~");
	for (i = 0; i < way->count; i++) {
		strbuf_puts(out, i > 0 ? " & " : "");
		print_need(out, &way->needs[i]);
	}
}

static void
print_lead(struct strbuf *out, const struct scan_way *way)
{
	strbuf_puts(out, out->n > 0 ? " ; " : "");
	print_need(out, &way->lead);
}

static void
check_by(void (*print)(struct strbuf *out, const struct scan_way *way), const char *pattern,
    const char *expected)
{
	struct arena *arena = arena_new(0);
	struct scan_ways ways;
	struct strbuf out;
	size_t i;

	strbuf_init(&out, 0);
	if (scan_split(str_of(pattern), arena, &ways) != 0)
		strbuf_puts(&out, "whole");
	else
		for (i = 0; i < ways.count; i++)
			print(&out, &ways.list[i]);
	if (strcmp(out.p, expected) != 0)
		fail_msg("%s is split into \"%s\", not \"%s\"", pattern, out.p, expected);
	strbuf_fini(&out);
	arena_free(arena);
}

static void
check(const char *pattern, const char *expected)
{
	check_by(print_way, pattern, expected);
}

static void
test_words(void **state)
{
	(void)state;
	check("late", "=late");
	check("\\blate\\b", "=|late|");
	check("\\b(?:pay|money)s?\\b", "=|pay|,|pays|,|money|,|moneys|");
	check("late|\\bunpaid", "=late ; =|unpaid");
	check("can ?not", "=cannot,can not");
	check("e-?mail", "=email,e-mail");
	check("defen[cs]e", "=defence,defense");
	check("pre-factur\\w+", "=pre-factur-");
	check("\\bbill\\w*\\b", "=|bill");
	check("the \\w+\\b", "=the |");
	check("\\w+ing", "=-ing");
	check("(?:ab){2}", "=abab");
	check("go+l", "go");
	check("(?:a|b|)no", "=ano,bno,no");
	check("l'\\b(?:ecole|[ ])", "=l'ecole"); /* the other is never true */
	check("\\ba\\b", "=|a|");
}

static void
test_gaps(void **state)
{
	(void)state;
	check("\\b(?:pay|fee)\\b[^.!?\\n]*\\b(?:late|wait\\w*)", "|pay|,|fee| & |late,|wait");
	check("foo[^.!?\\n]{0,80}?bar", "foo & bar");
	check("not (?:\\w+ ){0,2}paid", "not  & paid");
	check("foo.{0,40}bar", "~foo & bar");
	check("foo[^\\n]*bar", "~foo & bar");
	check("foo\\W+bar", "~foo & bar");
	check("foo\\s+bar", "~foo & bar");
	check("foo\\.bar", "=~foo.bar");
	check("what!? now", "=~what now,what! now");
	check("^foo", "foo");
	check("foo$", "~foo");
	check("(?:foo\\w+ bars|lo)", "foo- & | bars ; =lo"); /* one group is none */
	check("(?:(?:foo|bar)|[)]\\))", "=foo,bar ; =))");
	check("(?:foo)(?:bar)", "=foobar");
	check("(?:foo|bar\\)", "whole");
	check("(?:foo\\w+ bars|lo)g", "| barsg,log");
	check("a[^.!?\\n]*payment", "payment"); /* nearly every text has an "a" */
}

/* What a match begins with; nothing where that cannot be told. */
static void
test_leads(void **state)
{
	(void)state;
	check_by(print_lead, "\\b(?:pay|money)\\b[^.!?\\n]*\\blate", "|pay|,|money|");
	check_by(print_lead, "\\bwait\\w*[^.!?\\n]*late", "|wait");
	check_by(print_lead, "\\b(?:a|not) (?:\\w+ )*paid", "|a ,|not ");
	check_by(print_lead, "(?:foo |)\\bbar|\\w+late", "foo bar,|bar ; ");
	check_by(print_lead, "re-?\\w+ paid", ""); /* half of all texts have an "re" */
	check_by(print_lead, "(?:foo )*paid", "");
	check_by(print_lead, "^foo", "");
	check_by(print_lead, "[a-z]foo", "");
}

/* Between \b and \b the alternatives of a group are ways, too. */
static void
test_frames(void **state)
{
	(void)state;
	check("\\b(?:foo|bars? \\w+ no)\\b", "=|foo| ; |bar |,|bars | & | no|");
	check("\\b(?:foo|bar)", "=|foo ; =|bar");
	check("(?:foo|bar)\\b", "=foo| ; =bar|");
	check("(?:\\b(?:foo|(?:bar|no))\\b)", "=|foo| ; =|bar|,|no|");
	check("\\b(?:foo|bar)\\b|no", "=|foo|,|bar| ; =no");
	check("\\b(?:foo|bar\\)\\b", "whole");
}

static void
test_wholes(void **state)
{
	static const char *const wholes[] = {"", "a", "foo|", "(?:foo)?", "\\d{4}", "foo|\\?",
	    "a*", "[a-z]+", "(?i)foo", "foo(?=bar)", "foo(?!bar)", "(?<a>foo)\\1", "foo++",
	    "(?>foo)", "\\Qfoo\\E", "\\x41foo", "[[:alpha:]]foo", "\\Afoo", "foo\\z", "(foo",
	    "foo)", "[foo", "foo{", "foo{,3}", "^*foo", "foo**", "foo\\", "\\bb*\\b", "foo\1"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wholes) / sizeof(wholes[0]); i++)
		check(wholes[i], "whole");
}

static unsigned
draw(unsigned *seed, unsigned below)
{
	return (unsigned)rand_r(seed) % below;
}

static const char *const words[] = {"ab", "ba", "abb", "a", "b", "no", "ab ba", "_a", "0b",
    "aba", "bab", "abab", "no a"};
static const char *const joints[] = {" ", " ", " ", ". ", "!", "\n", "", "'", ", ", "?"};

#define DRAW_OF(seed, list) (list)[draw(seed, sizeof(list) / sizeof((list)[0]))]

static void make_sequence(unsigned *seed, struct strbuf *out, unsigned depth);

static void
make_group(unsigned *seed, struct strbuf *out, unsigned depth)
{
	unsigned count = 1 + draw(seed, 3);

	strbuf_puts(out, "(?:");
	while (count-- > 0) {
		make_sequence(seed, out, depth + 1);
		strbuf_puts(out, count > 0 ? "|" : "");
	}
	strbuf_puts(out, ")");
}

static void
make_sequence(unsigned *seed, struct strbuf *out, unsigned depth)
{
	static const char *const holes[] = {"[^.!?\\n]*", "[^.!?\\n]*", "[^.!?\\n]{0,5}",
	    "[^.!?\\n]*?", "(?: \\w+){0,2}", "\\w*", "\\w+", "[ab]*", " ?", "\\W", ".", ".*",
	    "\\s", "[^\\n]*", "\\d", "[ ']", "\\w", "\\S+", "[.,]", "\\.", "\\n?", "!"};
	static const char *const edges[] = {"\\b", "\\b", "\\b", "\\B", "^", "$", ""};
	static const char *const repeats[] = {"?", "*", "+", "{2}", "{1,3}", "", "", "", ""};
	unsigned count = 1 + draw(seed, depth > 0 ? 3 : 6);

	while (count-- > 0)
		switch (draw(seed, 8)) {
		case 0:
		case 1:
			strbuf_puts(out, DRAW_OF(seed, holes));
			break;
		case 2:
		case 3:
			strbuf_puts(out, DRAW_OF(seed, edges));
			break;
		case 4:
			if (depth < DEPTH) {
				make_group(seed, out, depth);
				strbuf_puts(out, DRAW_OF(seed, repeats));
				break;
			}
			/* fall through */
		default:
			strbuf_puts(out, DRAW_OF(seed, words));
		}
}

/* Now and then as people write them: \b(?:word...|word...)\b. */
static void
make_pattern(unsigned *seed, struct strbuf *out)
{
	unsigned count = draw(seed, 3);

	if (count == 0) {
		make_sequence(seed, out, 0);
		return;
	}
	strbuf_puts(out, "\\b(?:");
	while (count-- > 0) {
		strbuf_puts(out, DRAW_OF(seed, words));
		make_sequence(seed, out, 1);
		strbuf_puts(out, count > 0 ? "|" : ")\\b");
	}
}

static struct str
make_text(unsigned *seed, struct strbuf *out)
{
	/* Now and then more sentences than a mask has bits. */
	unsigned count = draw(seed, 20) == 0 ? 600 : 1 + draw(seed, 14);

	strbuf_clear(out);
	while (count-- > 0) {
		strbuf_puts(out, DRAW_OF(seed, words));
		strbuf_puts(out, DRAW_OF(seed, joints));
	}
	return strbuf_str(out);
}

struct crowd {
	struct str sources[CROWD];
	struct pattern *patterns[CROWD];
	struct pattern_matcher *matcher;
	struct scan *scan;
	size_t matches, sure, false_alarms, nearer, begun;
};

/* Patterns that both libraries take. */
static void
crowd_init(struct crowd *crowd, unsigned *seed)
{
	size_t i = 0, culprit, offset;
	struct strbuf out;

	while (i < CROWD) {
		strbuf_init(&out, 0);
		make_pattern(seed, &out);
		crowd->sources[i] = str_of(strbuf_take(&out));
		crowd->patterns[i] =
		    pattern_compile(crowd->sources[i], PATTERN_FOLDED, &offset, NULL);
		crowd->scan = crowd->patterns[i] == NULL
				  ? NULL
				  : scan_compile(&crowd->sources[i], 1, NULL, &culprit, NULL);
		if (crowd->scan != NULL) {
			scan_free(crowd->scan);
			i++;
			continue;
		}
		pattern_free(crowd->patterns[i]);
		free((void *)(uintptr_t)crowd->sources[i].p);
	}
	crowd->scan = scan_compile(crowd->sources, CROWD, NULL, &culprit, NULL);
	assert_non_null(crowd->scan);
}

static void
crowd_fini(struct crowd *crowd)
{
	size_t i;

	for (i = 0; i < CROWD; i++) {
		pattern_free(crowd->patterns[i]);
		free((void *)(uintptr_t)crowd->sources[i].p);
	}
	scan_free(crowd->scan);
}

static enum pattern_result
crowd_match_at_starts(struct crowd *crowd, size_t i, struct str text,
    const struct scan_hit *hit, struct pattern_span *span)
{
	enum pattern_result result = PATTERN_NO;
	size_t k;

	for (k = 0; k < hit->start_count && result == PATTERN_NO; k++)
		result = pattern_match_at(crowd->patterns[i], crowd->matcher,
		    (struct str){text.p, hit->until}, hit->starts[k], span);
	*span = result == PATTERN_YES ? *span : (struct pattern_span){0};
	return result;
}

/* hit: NULL when the scan says no. */
static void
crowd_check(struct crowd *crowd, size_t i, struct str text, const struct scan_hit *hit)
{
	struct pattern_span whole = {0}, near = {0};
	enum pattern_result result =
	    pattern_match(crowd->patterns[i], crowd->matcher, text, 0, &whole), here;

	if (result == PATTERN_UNDECIDED)
		return;
	if (result == PATTERN_YES ? hit == NULL : hit != NULL && hit->sure)
		fail_msg("%s: scan says %d, PCRE2 %d on \"%.*s\"", crowd->sources[i].p,
		    hit != NULL, (int)result, STR_ARG(text));
	if (hit == NULL)
		return;
	here = crowd_match_at_starts(crowd, i, text, hit, &near);
	if (hit->start_count > 0 && (here != result || near.start != whole.start ||
	    near.end != whole.end))
		fail_msg("%s: at %zu..%zu, but at %zu..%zu from %u starts in \"%.*s\"",
		    crowd->sources[i].p, whole.start, whole.end, near.start, near.end,
		    hit->start_count, STR_ARG(text));
	crowd->begun += hit->start_count > 0 && result == PATTERN_YES;
	here = pattern_match(crowd->patterns[i], crowd->matcher,
	    (struct str){text.p, hit->until}, hit->from, &near);
	if (here != result || near.start != whole.start || near.end != whole.end)
		fail_msg("%s: at %zu..%zu, but at %zu..%zu from %u to %u in \"%.*s\"",
		    crowd->sources[i].p, whole.start, whole.end, near.start, near.end,
		    hit->from, hit->until, STR_ARG(text));
	crowd->matches += result == PATTERN_YES;
	crowd->sure += hit->sure;
	crowd->false_alarms += result == PATTERN_NO;
	crowd->nearer += hit->from > 0 || hit->until < text.n;
}

static void
test_random(void **state)
{
	struct crowd crowd = {.matcher = pattern_matcher_new()};
	unsigned seed = 11, round, text;
	struct strbuf out;
	size_t i, next;

	(void)state;
	strbuf_init(&out, 0);
	for (round = 0; round < ROUNDS; round++) {
		struct scan_scratch *scratch;

		crowd_init(&crowd, &seed);
		scratch = scan_scratch_new(crowd.scan);
		for (text = 0; text < TEXTS; text++) {
			struct str one = make_text(&seed, &out);
			struct scan_hits hits;

			assert_int_equal(scan_run(crowd.scan, scratch, one, &hits, NULL), 0);
			for (i = 0, next = 0; i < CROWD; i++)
				crowd_check(&crowd, i, one,
				    next < hits.count && hits.list[next].id == i
					? &hits.list[next++]
					: NULL);
			assert_int_equal(next, hits.count);
		}
		scan_scratch_free(scratch);
		crowd_fini(&crowd);
	}
	/* Each kind of answer was seen often. */
	assert_true(crowd.matches > 2000);
	assert_true(crowd.sure > 800);
	assert_true(crowd.false_alarms > 800);
	assert_true(crowd.nearer > 800);
	assert_true(crowd.begun > 800);
	strbuf_fini(&out);
	pattern_matcher_free(crowd.matcher);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_gaps),
	    cmocka_unit_test(test_leads),
	    cmocka_unit_test(test_frames),
	    cmocka_unit_test(test_wholes),
	    cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
