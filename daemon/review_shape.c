/* SPDX-License-Identifier: MIT */
#include "review_shape.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "review.h"
#include "scan_class.h"

#define SHAPE_DEPTH 100
#define SHAPE_LITERALS 32 /* of a group that are tried as rounds */

struct shape_reader {
	struct str source;
	enum pattern_mode mode;
	size_t at;
	unsigned depth;
	size_t run; /* letters and digits that stand here one after the other */
	struct review_shape *shape;
};

static unsigned shape_choice(struct shape_reader *reader);

static char
shape_peek(const struct shape_reader *reader, size_t ahead)
{
	return reader->at + ahead < reader->source.n ? reader->source.p[reader->at + ahead]
						     : '\0';
}

/* A round --------------------------------------------------------------------- */

static bool
shape_matches(struct pattern *pattern, struct pattern_matcher *matcher, struct str text)
{
	struct pattern_span span;

	return pattern_match(pattern, matcher, text, 0, &span) == PATTERN_YES;
}

static struct pattern *
shape_rounds(struct str body, enum pattern_mode mode, const char *times)
{
	struct strbuf source;
	struct pattern *pattern;
	size_t offset;

	strbuf_init(&source, 0);
	strbuf_printf(&source, "\\A(?:%.*s)%s\\z", STR_ARG(body), times);
	pattern = pattern_compile(strbuf_str(&source), mode, &offset, NULL);
	strbuf_fini(&source);
	return pattern;
}

/* Is there a text that is one round and, said twice, both two rounds and one? */
static bool
shape_is_ambiguous(struct str body, enum pattern_mode mode)
{
	static const char *const tries[] = {"a", "1", " ", ".", ",", "-", "'", "a ", " a", "a, "};
	struct pattern *one = shape_rounds(body, mode, "");
	struct pattern *two = NULL; /* seldom wanted */
	struct pattern_matcher *matcher = pattern_matcher_new();
	size_t literals = 0, at = 0, start, i;
	bool found = false;

	for (i = 0; one != NULL && matcher != NULL && !found; i++) {
		struct strbuf twice;
		struct str text;

		if (i < sizeof(tries) / sizeof(tries[0])) {
			text = str_of(tries[i]);
		} else {
			while (at < body.n && !scan_is_word((unsigned char)body.p[at]))
				at++;
			for (start = at; at < body.n && scan_is_word((unsigned char)body.p[at]);)
				at++;
			if (at == start || literals++ == SHAPE_LITERALS)
				break;
			text = str_part(body, start, at);
		}
		if (!shape_matches(one, matcher, text))
			continue;
		strbuf_init(&twice, 0);
		strbuf_put(&twice, text);
		strbuf_put(&twice, text);
		if (shape_matches(one, matcher, strbuf_str(&twice))) {
			if (two == NULL)
				two = shape_rounds(body, mode, "{2}");
			found = two != NULL && shape_matches(two, matcher, strbuf_str(&twice));
		}
		strbuf_fini(&twice);
	}
	pattern_free(one);
	pattern_free(two);
	pattern_matcher_free(matcher);
	return found;
}

/* Reading --------------------------------------------------------------------- */

enum shape_repeat { SHAPE_ONCE, SHAPE_BOUNDED, SHAPE_MANY, SHAPE_ENDLESS };

/* The quantifier at hand, if there is one. A possessive one never goes back. */
static enum shape_repeat
shape_quantifier(struct shape_reader *reader)
{
	enum shape_repeat repeat = SHAPE_BOUNDED;
	const char *p = reader->source.p + reader->at;
	size_t left = reader->at < reader->source.n ? reader->source.n - reader->at : 0, n = 1;
	size_t digits = 0;
	unsigned number = 0;

	if (left == 0 || (*p != '*' && *p != '+' && *p != '?' && *p != '{'))
		return SHAPE_ONCE;
	if (*p == '{') {
		for (; n < left && ((p[n] >= '0' && p[n] <= '9') || p[n] == ','); n++) {
			number = p[n] == ',' ? 0 : number * 10 + (unsigned)(p[n] - '0');
			digits = p[n] == ',' ? 0 : digits + 1;
			if (number > REVIEW_MANY)
				number = REVIEW_MANY;
		}
		if (n == 1 || n == left || p[n] != '}')
			return SHAPE_ONCE; /* a brace as such */
		n++;
		if (digits == 0)
			repeat = SHAPE_ENDLESS;
		else if (number == REVIEW_MANY)
			repeat = SHAPE_MANY;
	} else if (*p != '?') {
		repeat = SHAPE_ENDLESS;
	}
	reader->at += n;
	if (shape_peek(reader, 0) == '+') {
		reader->at++;
		return SHAPE_BOUNDED;
	}
	if (shape_peek(reader, 0) == '?')
		reader->at++;
	return repeat;
}

/* A gap may be of several words: a letter and a space both fit. */
static unsigned
shape_gap(struct shape_reader *reader, bool gap)
{
	return shape_quantifier(reader) == SHAPE_ENDLESS && gap ? 1 : 0;
}

/* Behind the "]" of a class; names like "[:alpha:]" and escapes are passed over. */
static const char *
shape_class_end(struct str source, size_t i)
{
	for (; i < source.n && source.p[i] != ']'; i++) {
		if (source.p[i] == '\\') {
			i++;
		} else if (source.p[i] == '[' && i + 1 < source.n && source.p[i + 1] == ':') {
			for (i += 2; i < source.n && source.p[i] != ':';)
				i++;
			i++;
		}
	}
	return source.p + (i < source.n ? i + 1 : source.n);
}

static unsigned
shape_class(struct shape_reader *reader)
{
	struct scan_class class = {{false}};
	const char *p = reader->source.p + reader->at + 1;
	const char *end = reader->source.p + reader->source.n;
	bool gap;

	if (scan_class_read(&class, &p, end)) {
		gap = class.has['a'] && class.has[' '];
	} else { /* names or escapes that folded text has no use for */
		gap = shape_peek(reader, 1) == '^';
		p = shape_class_end(reader->source, reader->at + 2);
	}
	reader->at = (size_t)(p - reader->source.p);
	return shape_gap(reader, gap);
}

static unsigned
shape_escape(struct shape_reader *reader)
{
	char kind = shape_peek(reader, 1);
	const char *end;

	reader->shape->sign |= !scan_is_word((unsigned char)kind);
	reader->at = reader->at + 2 < reader->source.n ? reader->at + 2 : reader->source.n;
	if ((kind == 'p' || kind == 'P' || kind == 'x' || kind == 'k' || kind == 'g') &&
	    shape_peek(reader, 0) == '{') {
		end = memchr(reader->source.p + reader->at, '}', reader->source.n - reader->at);
		if (end != NULL)
			reader->at = (size_t)(end - reader->source.p) + 1;
	}
	return shape_gap(reader, kind == 'N' || kind == 'D' || kind == 'S' || kind == 'W');
}

/* What stands behind a "(" and is no text; false: a look-around or an atomic
 * group, whose inside is not tried anew when what follows fails. */
static bool
shape_group_head(struct shape_reader *reader)
{
	char kind = shape_peek(reader, 1), next = shape_peek(reader, 2);
	char close;

	if (shape_peek(reader, 0) != '?')
		return shape_peek(reader, 0) != '*';
	reader->at++;
	if (kind == '=' || kind == '!' || kind == '>' || kind == '#' ||
	    (kind == '<' && (next == '=' || next == '!')))
		return false;
	close = kind == '<' || kind == 'P' ? '>' : kind == '\'' ? '\'' : '\0';
	for (reader->at++; close != '\0' && shape_peek(reader, 0) != '\0';)
		if (reader->source.p[reader->at++] == close)
			return true;
	if (kind == ':')
		return true;
	while (shape_peek(reader, 0) != '\0' && shape_peek(reader, 0) != ')')
		if (reader->source.p[reader->at++] == ':')
			return true;
	return true;
}

static unsigned
shape_group(struct shape_reader *reader)
{
	size_t start = reader->at++, body;
	bool plain = shape_group_head(reader);
	struct review_shape *shape = reader->shape;
	enum shape_repeat repeat;
	unsigned gaps;

	if (reader->at > reader->source.n) /* it ends in the middle of "(?" */
		reader->at = reader->source.n;
	body = reader->at;
	gaps = shape_choice(reader);
	if (shape_peek(reader, 0) == ')')
		reader->at++;
	repeat = shape_quantifier(reader);
	if (repeat >= SHAPE_MANY && plain && !shape->explosive &&
	    reader->source.p[body - 1] != ')') {
		const char *p = reader->source.p + body;
		size_t end = reader->at;

		while (end > body && reader->source.p[end - 1] != ')')
			end--;
		shape->explosive = end > body &&
		    shape_is_ambiguous((struct str){p, end - 1 - body}, reader->mode);
		if (shape->explosive)
			shape->repeated = (struct review_span){start, reader->at};
	}
	return plain ? gaps : 0;
}

/* How many letters stand here that another one follows: no quantifier is theirs. */
static size_t
shape_inside(const struct shape_reader *reader)
{
	const char *p = reader->source.p + reader->at;
	size_t left = reader->source.n - reader->at, n = 0;

	while (n < left && scan_is_word((unsigned char)p[n]))
		n++;
	return n > 0 ? n - 1 : 0;
}

/* Up to the next "|" or the group's end. */
static unsigned
shape_sequence(struct shape_reader *reader)
{
	unsigned gaps = 0;
	char c;

	while ((c = shape_peek(reader, 0)) != '\0' && c != '|' && c != ')') {
		size_t run = reader->run, inside = shape_inside(reader);

		reader->run = 0;
		if (inside > 0) {
			reader->at += inside;
			reader->run = run + inside;
			if (reader->run > reader->shape->literal)
				reader->shape->literal = reader->run;
		} else if (c == '(') {
			gaps += shape_group(reader);
		} else if (c == '[') {
			gaps += shape_class(reader);
		} else if (c == '\\') {
			gaps += shape_escape(reader);
		} else {
			reader->at++;
			if (scan_is_word((unsigned char)c) || (unsigned char)c >= 0x80) {
				size_t at = reader->at;

				if (shape_quantifier(reader) == SHAPE_ONCE)
					reader->run = run + 1;
				else if (at < reader->at && reader->source.p[at] == '+')
					reader->run = 1;
				if (reader->run > reader->shape->literal)
					reader->shape->literal = reader->run;
			} else {
				reader->shape->sign |= c != '.' && c != '$' && c != ' ';
				gaps += shape_gap(reader, c == '.');
			}
		}
	}
	reader->run = 0;
	return gaps;
}

static int
shape_compare_spans(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	int order;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	order = memcmp(x->p, y->p, x->n);
	return order != 0 ? order : x->p < y->p ? -1 : x->p > y->p;
}

static void
shape_doubles(struct shape_reader *reader, struct str *list, size_t count)
{
	struct review_shape *shape = reader->shape;
	size_t i;

	if (count > 1)
		qsort(list, count, sizeof(list[0]), shape_compare_spans);
	for (i = 1; i < count && !shape->twice; i++) {
		shape->twice = list[i].n > 0 && str_eq(list[i], list[i - 1]);
		if (shape->twice) {
			size_t start = (size_t)(list[i].p - reader->source.p);

			shape->alternative = (struct review_span){start, start + list[i].n};
		}
	}
}

/* The alternatives up to the group's end; the gaps of the one with most. */
static unsigned
shape_choice(struct shape_reader *reader)
{
	struct str *list = NULL;
	size_t count = 0, room = 0, start;
	unsigned most = 0, gaps;

	if (++reader->depth > SHAPE_DEPTH) {
		reader->at = reader->source.n;
		reader->depth--;
		return 0;
	}
	for (;;) {
		start = reader->at;
		gaps = shape_sequence(reader);
		most = gaps > most ? gaps : most;
		if (count == room) {
			room = 2 * room + 16;
			list = mem_resize(list, room, sizeof(list[0]));
		}
		list[count++] = (struct str){reader->source.p + start, reader->at - start};
		if (shape_peek(reader, 0) != '|')
			break;
		reader->at++;
	}
	shape_doubles(reader, list, count);
	free(list);
	reader->depth--;
	return most;
}

struct review_shape
review_shape_read(struct str source, enum pattern_mode mode)
{
	struct review_shape shape = {.explosive = false};
	struct shape_reader reader = {.source = source, .mode = mode, .shape = &shape};

	while (reader.at < source.n) {
		shape.gaps += shape_choice(&reader);
		reader.at++; /* a ")" that is too many */
	}
	return shape;
}
