/* SPDX-License-Identifier: MIT */
#include "scan_split.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "mem.h"
#include "scan_class.h"
#include "scan_token.h"

#define SPLIT_DEPTH 50     /* groups in groups */
#define SPLIT_PRODUCT 64  /* texts of a sequence; more are cut in two */
#define SPLIT_SUM 4096     /* texts of a group */
#define SPLIT_COMMON 2     /* bytes: so short a word tells little beside a longer one */
#define SPLIT_CLASS 4      /* bytes of a class that is written out */
#define SPLIT_REPEAT 16    /* texts of something repeated that is written out */
#define SPLIT_WAYS 500  /* of a pattern */
#define SPLIT_NEEDS 32 /* of a way */

struct splitter {
	struct arena *arena;
	const char *p, *end;
	unsigned depth;
	bool failed; /* something is not understood */
	bool local;  /* so far, of the way being read */
	bool before, after; /* \b at both ends of each way */
};

/* A sequence: the texts so far, since the last cut. */
struct split_run {
	struct scan_texts texts;
	struct strbuf tail; /* marks at the end of all texts */
	bool words;         /* there is something besides marks */
};

/* Where the parts of a sequence go: each a need of the way, or, in a group, the
 * best of them. */
struct split_parts {
	struct scan_way *way; /* NULL in a group */
	struct scan_texts best;
	size_t worth; /* of the best of them: scan_texts_words */
	bool begun;   /* one was seen */
};

static struct scan_texts split_group(struct splitter *splitter);

static struct scan_texts
split_mark(struct splitter *splitter, char mark)
{
	return scan_texts_one(splitter->arena, &mark, 1);
}

static struct scan_texts
split_fail(struct splitter *splitter)
{
	splitter->failed = true;
	return split_mark(splitter, SCAN_HOLE);
}

static void
split_meets(struct splitter *splitter, unsigned char c)
{
	if (scan_ends_sentence(c))
		splitter->local = false;
}

/* A few bytes are written out, more are a hole. */
static struct scan_texts
split_class_texts(struct splitter *splitter, const struct scan_class *class)
{
	char bytes[SPLIT_CLASS];
	struct scan_texts texts, one;
	size_t count = 0, i;
	bool small = true;

	for (i = 0; i <= UCHAR_MAX; i++) {
		if (!class->has[i])
			continue;
		split_meets(splitter, (unsigned char)i);
		small = small && count < SPLIT_CLASS && i != '\0' && !scan_is_mark((char)i);
		if (small)
			bytes[count] = (char)i;
		count++;
	}
	if (!small || count == 0)
		return split_mark(splitter, SCAN_HOLE);
	texts = scan_texts_one(splitter->arena, bytes, 1);
	for (i = 1; i < count; i++) {
		one = scan_texts_one(splitter->arena, bytes + i, 1);
		texts = scan_texts_or(splitter->arena, &texts, &one);
	}
	return texts;
}

/* Behind the backslash. */
static struct scan_texts
split_escape(struct splitter *splitter, bool *letters)
{
	struct scan_class class = {{false}};
	char c, byte;
	int escaped;

	if (splitter->p == splitter->end)
		return split_fail(splitter);
	c = *splitter->p++;
	if (c == 'b' || c == 'B')
		return split_mark(splitter, c == 'b' ? SCAN_BOUND : SCAN_INNER);
	*letters = c == 'w';
	if (scan_class_named(&class, c))
		return split_class_texts(splitter, &class);
	escaped = scan_class_escaped((unsigned char)c);
	if (escaped < 0)
		return split_fail(splitter);
	split_meets(splitter, (unsigned char)escaped);
	byte = (char)escaped;
	return scan_texts_one(splitter->arena, &byte, 1);
}

/* Behind the "(". */
static struct scan_texts
split_bracket(struct splitter *splitter)
{
	struct scan_texts texts;

	if (splitter->end - splitter->p >= 2 && splitter->p[0] == '?' && splitter->p[1] == ':')
		splitter->p += 2;
	else if (splitter->p == splitter->end || *splitter->p == '?' || *splitter->p == '*')
		return split_fail(splitter);
	if (++splitter->depth > SPLIT_DEPTH)
		return split_fail(splitter);
	texts = split_group(splitter);
	splitter->depth--;
	if (splitter->p == splitter->end || *splitter->p++ != ')')
		return split_fail(splitter);
	return texts;
}

/* Bytes that mean themselves, as many as no quantifier can concern. */
static struct scan_texts
split_bytes(struct splitter *splitter)
{
	const char *start = splitter->p, *p = start;

	while (p < splitter->end && (unsigned char)*p >= ' ' &&
	       memchr("\\[](){}|^$.*+?", *p, 14) == NULL)
		p++;
	if (p - start > 1 && p < splitter->end && memchr("*+?{", *p, 4) != NULL)
		p--;
	if (p == start)
		return split_fail(splitter);
	splitter->p = p;
	for (p = start; p < splitter->p; p++)
		split_meets(splitter, (unsigned char)*p);
	return scan_texts_one(splitter->arena, start, (size_t)(p - start));
}

/* One thing that a quantifier can follow. *fixed: none may. */
static struct scan_texts
split_atom(struct splitter *splitter, bool *letters, bool *fixed)
{
	struct scan_class class = {{false}};
	struct scan_texts texts;
	char c = *splitter->p;

	if (c != '\\' && c != '[' && c != '(' && c != '.' && c != '^' && c != '$')
		return split_bytes(splitter);
	splitter->p++;
	if (c == '\\') {
		texts = split_escape(splitter, letters);
		*fixed = texts.list[0].p[0] == SCAN_BOUND || texts.list[0].p[0] == SCAN_INNER;
		return texts;
	}
	if (c == '(')
		return split_bracket(splitter);
	if (c == '[')
		return scan_class_read(&class, &splitter->p, splitter->end)
			   ? split_class_texts(splitter, &class)
			   : split_fail(splitter);
	/* The end that $ sees need not be the end of the whole text. */
	splitter->local = splitter->local && c == '^';
	*fixed = c != '.';
	return split_mark(splitter, SCAN_HOLE);
}

static bool
split_number(struct splitter *splitter, unsigned *number)
{
	const char *start = splitter->p;

	for (*number = 0; splitter->p < splitter->end && *splitter->p >= '0' &&
	     *splitter->p <= '9' && splitter->p - start < 5; splitter->p++)
		*number = *number * 10 + (unsigned)(*splitter->p - '0');
	return splitter->p > start;
}

/* False when there is no quantifier. most: UINT_MAX without a limit. */
static bool
split_quantifier(struct splitter *splitter, unsigned *least, unsigned *most)
{
	char c = splitter->p < splitter->end ? *splitter->p : '\0';

	if (c == '\0' || memchr("*+?{", c, 4) == NULL)
		return false;
	splitter->p++;
	*least = c == '+';
	*most = c == '?' ? 1 : UINT_MAX;
	if (c == '{') {
		splitter->failed = splitter->failed || !split_number(splitter, least);
		*most = *least;
		if (splitter->p < splitter->end && *splitter->p == ',') {
			splitter->p++;
			if (!split_number(splitter, most))
				*most = UINT_MAX;
		}
		if (splitter->p == splitter->end || *splitter->p++ != '}')
			splitter->failed = true;
	}
	/* Lazy finds the same, only sooner; possessive finds less. */
	if (splitter->p < splitter->end && *splitter->p == '?')
		splitter->p++;
	else if (splitter->p < splitter->end && *splitter->p == '+')
		splitter->failed = true;
	return true;
}

/* All repetitions written out when they are few, else the least and a hole. */
static struct scan_texts
split_repeat(
    struct splitter *splitter, const struct scan_texts *atom, unsigned least, unsigned most)
{
	struct arena *arena = splitter->arena;
	struct scan_texts texts = scan_texts_one(arena, "", 0), more = texts, result, mark;
	unsigned i;

	for (i = 0; i < least; i++) {
		if (i > 0 && texts.count * atom->count > SPLIT_REPEAT) {
			mark = split_mark(splitter, SCAN_HOLE);
			return scan_texts_join(arena, &texts, &mark);
		}
		texts = scan_texts_join(arena, &texts, atom);
	}
	if (least == most)
		return texts;
	result = more = texts;
	if (most != UINT_MAX && scan_texts_plain(atom) &&
	    (most - least == 1 || (most - least <= 3 && atom->count <= 3))) {
		for (i = least; i < most; i++) {
			more = scan_texts_join(arena, &more, atom);
			result = scan_texts_or(arena, &result, &more);
		}
		return result;
	}
	mark = split_mark(splitter, SCAN_EMPTY);
	return scan_texts_join(arena, &texts, &mark);
}

static struct scan_texts
split_item(struct splitter *splitter)
{
	bool letters = false, fixed = false;
	struct scan_texts atom = split_atom(splitter, &letters, &fixed);
	unsigned least, most;

	if (splitter->failed || !split_quantifier(splitter, &least, &most))
		return atom;
	if (fixed || least > UCHAR_MAX)
		splitter->failed = true;
	if (letters && most == UINT_MAX && least <= 1)
		return split_mark(splitter, least == 1 ? SCAN_SOME : SCAN_MAYBE);
	return split_repeat(splitter, &atom, least, most);
}

/* One text of nothing but marks. *gap: not only \b and \B. */
static bool
split_is_marks(const struct scan_texts *texts, bool *gap)
{
	size_t i;

	*gap = false;
	for (i = 0; i < texts->list[0].n; i++) {
		if (texts->count > 1 || !scan_is_mark(texts->list[0].p[i]))
			return false;
		*gap = *gap || texts->list[0].p[i] >= SCAN_SOME;
	}
	return texts->count == 1;
}

static void
split_need(struct split_parts *parts, const struct scan_need *need, size_t worth, bool exact)
{
	struct scan_way *way = parts->way;

	way->exact = exact && way->count == 0;
	if (way->count > 0 && worth <= SPLIT_COMMON && worth <= parts->worth)
		return;
	if (parts->worth <= SPLIT_COMMON)
		way->count = 0;
	way->needs[way->count++] = *need;
}

static void
split_part(struct splitter *splitter, struct split_parts *parts, const struct scan_texts *texts)
{
	struct scan_need need;
	bool exact;
	size_t worth = scan_texts_words(splitter->arena, texts, &need, &exact);

	if (parts->way == NULL && (parts->worth == 0 || worth > parts->worth))
		parts->best = *texts;
	if (parts->way != NULL && worth > 0)
		split_need(parts, &need, worth, exact);
	if (parts->way != NULL && !parts->begun &&
	    !scan_texts_heads(splitter->arena, texts, &parts->way->lead))
		parts->way->lead.count = 0;
	parts->begun = true;
	if (worth > parts->worth)
		parts->worth = worth;
}

/* Begins a new run: what is cut off there is a hole here, and the reverse. */
static void
split_cut(struct splitter *splitter, struct split_parts *parts, struct split_run *run)
{
	struct scan_texts hole = split_mark(splitter, SCAN_HOLE);
	struct scan_texts left = scan_texts_join(splitter->arena, &run->texts, &hole);
	struct scan_texts tail =
	    scan_texts_one(splitter->arena, run->tail.p, run->tail.n);

	split_part(splitter, parts, &left);
	run->texts = scan_texts_join(splitter->arena, &hole, &tail);
	run->words = false;
	strbuf_clear(&run->tail);
}

/* Up to "|", ")" or the end. */
static struct scan_texts
split_sequence(struct splitter *splitter, struct split_parts *parts, size_t room)
{
	struct split_run run = {scan_texts_one(splitter->arena, "", 0), {0}, false};
	struct scan_texts bound = split_mark(splitter, SCAN_BOUND);
	size_t cuts = 0;
	bool gap;

	if (parts->way != NULL && splitter->before)
		run.texts = bound;
	strbuf_init(&run.tail, 0);
	while (splitter->p < splitter->end && *splitter->p != '|' && *splitter->p != ')' &&
	       !splitter->failed) {
		struct scan_texts item = split_item(splitter);
		bool marks = split_is_marks(&item, &gap);

		if (run.words && cuts + 2 < room &&
		    (marks ? false : run.tail.n > 0 ||
			run.texts.count * item.count > SPLIT_PRODUCT)) {
			split_cut(splitter, parts, &run);
			cuts++;
		}
		if (run.texts.count * item.count > SPLIT_PRODUCT && run.texts.count > 1)
			item = split_mark(splitter, SCAN_HOLE);
		run.texts = scan_texts_join(splitter->arena, &run.texts, &item);
		if (!marks) {
			run.words = true;
			strbuf_clear(&run.tail);
		} else if (gap || run.tail.n > 0)
			strbuf_put(&run.tail, item.list[0]);
	}
	strbuf_fini(&run.tail);
	if (parts->way != NULL && splitter->after)
		run.texts = scan_texts_join(splitter->arena, &run.texts, &bound);
	split_part(splitter, parts, &run.texts);
	return parts->best;
}

static struct scan_texts
split_group(struct splitter *splitter)
{
	struct scan_texts texts = {NULL, 0}, sum;
	size_t count = 0;

	for (;;) {
		struct split_parts parts = {.way = NULL};

		sum = split_sequence(splitter, &parts, SIZE_MAX);
		texts = count == 0 ? sum : scan_texts_or(splitter->arena, &texts, &sum);
		count++;
		if (texts.count > SPLIT_SUM)
			splitter->failed = true;
		if (splitter->failed || splitter->p == splitter->end || *splitter->p != '|')
			return texts;
		splitter->p++;
	}
}

/* Is the pattern one group, (?:...)? */
static bool
split_is_group(struct str pattern)
{
	const char *p, *end;
	unsigned depth = 0;

	if (pattern.n < 5 || !str_starts(pattern, "(?:"))
		return false;
	p = pattern.p + 3;
	end = pattern.p + pattern.n - 1;
	if (*end != ')')
		return false;
	while (p < end) {
		struct scan_class class = {{false}};
		char c = *p++;

		if (c == '\\')
			p++;
		else if (c == '[' && !scan_class_read(&class, &p, end))
			return false;
		else if (c == '(')
			depth++;
		else if (c == ')' && depth-- == 0)
			return false;
	}
	return p == end && depth == 0;
}

/* The alternatives of (?:...) and \b(?:...)\b are ways of their own. */
static void
split_open(struct splitter *splitter, struct str pattern)
{
	bool before, after;
	struct str inner;

	for (;;) {
		before = str_starts(pattern, "\\b(");
		after = pattern.n > 3 && memcmp(pattern.p + pattern.n - 3, ")\\b", 3) == 0;
		inner = str_part(pattern, before ? 2 : 0, pattern.n - (after ? 2 : 0));
		if (!split_is_group(inner))
			break;
		splitter->before = splitter->before || before;
		splitter->after = splitter->after || after;
		pattern = str_part(inner, 3, inner.n - 1);
		if (before || after)
			break;
	}
	splitter->p = pattern.p;
	splitter->end = pattern.p + pattern.n;
}

int
scan_split(struct str pattern, struct arena *arena, struct scan_ways *ways)
{
	struct splitter splitter = {.arena = arena};

	split_open(&splitter, pattern);
	if (splitter.p == splitter.end)
		return -1;
	*ways = (struct scan_ways){arena_array(arena, SPLIT_WAYS, sizeof(*ways->list)), 0};
	if (ways->list == NULL)
		mem_fail();
	for (;;) {
		struct scan_way *way = &ways->list[ways->count++];
		struct split_parts parts = {.way = way};

		way->needs = arena_array(arena, SPLIT_NEEDS, sizeof(*way->needs));
		if (way->needs == NULL)
			mem_fail();
		splitter.local = true;
		split_sequence(&splitter, &parts, SPLIT_NEEDS);
		way->local = splitter.local;
		if (splitter.failed || way->count == 0)
			return -1;
		if (splitter.p == splitter.end)
			return 0;
		if (*splitter.p++ != '|' || ways->count == SPLIT_WAYS)
			return -1;
	}
}
