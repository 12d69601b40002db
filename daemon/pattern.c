/* SPDX-License-Identifier: MIT */
#include "pattern.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "mem.h"

#define PATTERN_GROUPS 64 /* "value" must be one of the first so many */
#define PATTERN_STACK_START (32u << 10)
#define PATTERN_STACK_LIMIT (512u << 10)
/* At so many bytes a match is tried before machine code is worth its making; each
 * search counts as some more. */
#define PATTERN_FEW_BYTES 16384
#define PATTERN_SEARCH_BYTES 64

struct pattern {
	pcre2_code *code; /* never changed: threads may be reading it */
	/* A copy of it with machine code, unless that was refused; NULL: not made yet. */
	_Atomic(pcre2_code *) ready;
	atomic_size_t tried; /* at bytes, before that */
	enum pattern_mode mode;
	/* Numbers of the groups named "value": several alternatives may have one. */
	unsigned char values[PATTERN_GROUPS];
	size_t value_count;
};

struct pattern_matcher {
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
};

/* A fact about the process, not about a pattern: W^X does not come and go. */
static atomic_bool pattern_jit_refused;

bool
pattern_jit_works(void)
{
	return !atomic_load(&pattern_jit_refused);
}

static uint32_t
pattern_options(enum pattern_mode mode)
{
	uint32_t options = PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE;

	if (mode == PATTERN_FOLDED)
		return options | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_USE_OFFSET_LIMIT;
	return options | PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS | PCRE2_DUPNAMES;
}

/* Finds the groups named "value". */
static int
pattern_name_values(struct pattern *pattern, struct err *err)
{
	PCRE2_SPTR first, last, entry;
	int size;

	size = pcre2_substring_nametable_scan(
	    pattern->code, (PCRE2_SPTR) "value", &first, &last);
	if (size < 0)
		return 0;
	for (entry = first; entry <= last; entry += size) {
		unsigned number = (unsigned)entry[0] << 8 | entry[1];

		if (number >= PATTERN_GROUPS || pattern->value_count == PATTERN_GROUPS)
			return err_set(err, "more than %d groups", PATTERN_GROUPS - 1);
		pattern->values[pattern->value_count++] = (unsigned char)number;
	}
	return 0;
}

/* Without JIT the interpreter does the same, about ten times slower. Two threads may
 * make it at the same time: that of one is taken. */
static const pcre2_code *
pattern_ready(struct pattern *pattern)
{
	pcre2_code *ready = atomic_load_explicit(&pattern->ready, memory_order_acquire);
	pcre2_code *other = NULL;
	int rc;

	if (ready != NULL)
		return ready;
	/* Not pcre2_code_copy(), which counts references to shared tables. */
	ready = pcre2_code_copy_with_tables(pattern->code);
	if (ready == NULL)
		return pattern->code;
	rc = pcre2_jit_compile(ready, PCRE2_JIT_COMPLETE);
	if (rc == PCRE2_ERROR_NOMEMORY || rc == PCRE2_ERROR_JIT_BADOPTION)
		atomic_store(&pattern_jit_refused, true);
	if (atomic_compare_exchange_strong(&pattern->ready, &other, ready))
		return ready;
	pcre2_code_free(ready);
	return other;
}

void
pattern_prepare(struct pattern *pattern)
{
	pattern_ready(pattern);
}

struct pattern *
pattern_compile(
    struct str source, enum pattern_mode mode, size_t *offset, struct err *err)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	struct pattern *pattern = mem_alloc(sizeof(*pattern));
	PCRE2_SIZE error_offset = 0;
	int code;

	*offset = 0;
	pattern->mode = mode;
	if (context == NULL) {
		err_set(err, "out of memory");
		goto fail;
	}
	/* Not the library's build-time default: '.' must mean the same everywhere. */
	pcre2_set_newline(
	    context, mode == PATTERN_FOLDED ? PCRE2_NEWLINE_LF : PCRE2_NEWLINE_ANYCRLF);
	pattern->code = pcre2_compile((PCRE2_SPTR)(source.p != NULL ? source.p : ""),
	    source.n, pattern_options(mode), &code, &error_offset, context);
	if (pattern->code == NULL) {
		char text[256];

		pcre2_get_error_message(code, (PCRE2_UCHAR *)text, sizeof(text));
		err_set(err, "%s", text);
		*offset = error_offset < source.n ? error_offset : source.n;
		goto fail;
	}
	if (pattern_name_values(pattern, err) != 0)
		goto fail;
	pcre2_compile_context_free(context);
	return pattern;
fail:
	pcre2_compile_context_free(context);
	pattern_free(pattern);
	return NULL;
}

void
pattern_free(struct pattern *pattern)
{
	if (pattern == NULL)
		return;
	pcre2_code_free(pattern->code);
	pcre2_code_free(atomic_load(&pattern->ready));
	free(pattern);
}

struct str
pattern_pack(struct pattern *const *patterns, size_t count)
{
	const pcre2_code **codes = mem_array(count, sizeof(codes[0]));
	struct str bytes = {NULL, 0};
	uint8_t *serialized = NULL;
	PCRE2_SIZE n = 0;
	size_t i;

	for (i = 0; i < count; i++)
		codes[i] = patterns[i]->code;
	if (count > 0 && count <= INT32_MAX &&
	    pcre2_serialize_encode(codes, (int32_t)count, &serialized, &n, NULL) > 0) {
		bytes = (struct str){memcpy(mem_alloc(n), serialized, n), n};
		pcre2_serialize_free(serialized);
	}
	free(codes);
	return bytes;
}

int
pattern_unpack(struct str bytes, struct pattern **patterns, size_t count)
{
	pcre2_code **codes = mem_array(count, sizeof(codes[0]));
	int rc = -1;
	size_t i;

	if (count > 0 && count <= INT32_MAX &&
	    pcre2_serialize_get_number_of_codes((const uint8_t *)bytes.p) == (int32_t)count &&
	    pcre2_serialize_decode(codes, (int32_t)count, (const uint8_t *)bytes.p, NULL) ==
		(int32_t)count)
		rc = 0;
	for (i = 0; i < count && rc == 0; i++) {
		uint32_t options = 0;

		pcre2_pattern_info(codes[i], PCRE2_INFO_ARGOPTIONS, &options);
		patterns[i] = mem_alloc(sizeof(*patterns[i]));
		patterns[i]->code = codes[i];
		patterns[i]->mode = (options & PCRE2_UTF) != 0 ? PATTERN_ORIGINAL : PATTERN_FOLDED;
		pattern_name_values(patterns[i], NULL); /* as it did when it was compiled */
	}
	free(codes);
	return rc;
}

void
pattern_library(struct strbuf *out)
{
	char version[64] = "", unicode[64] = "";

	pcre2_config(PCRE2_CONFIG_VERSION, version);
	pcre2_config(PCRE2_CONFIG_UNICODE_VERSION, unicode);
	strbuf_printf(out, "PCRE2 %s, Unicode %s, options %x %x\n", version, unicode,
	    (unsigned)pattern_options(PATTERN_FOLDED), (unsigned)pattern_options(PATTERN_ORIGINAL));
}

struct pattern_matcher *
pattern_matcher_new(void)
{
	struct pattern_matcher *matcher = calloc(1, sizeof(*matcher));

	if (matcher == NULL)
		return NULL;
	matcher->data = pcre2_match_data_create(PATTERN_GROUPS, NULL);
	matcher->context = pcre2_match_context_create(NULL);
	if (matcher->data == NULL || matcher->context == NULL) {
		pattern_matcher_free(matcher);
		return NULL;
	}
	pcre2_set_match_limit(matcher->context, PATTERN_MATCH_LIMIT);
	pcre2_set_depth_limit(matcher->context, PATTERN_DEPTH_LIMIT);
	pcre2_set_heap_limit(matcher->context, PATTERN_HEAP_LIMIT);
	/* NULL where there is no JIT: nothing to assign then. */
	matcher->stack =
	    pcre2_jit_stack_create(PATTERN_STACK_START, PATTERN_STACK_LIMIT, NULL);
	if (matcher->stack != NULL)
		pcre2_jit_stack_assign(matcher->context, NULL, matcher->stack);
	return matcher;
}

void
pattern_matcher_free(struct pattern_matcher *matcher)
{
	if (matcher == NULL)
		return;
	pcre2_match_context_free(matcher->context);
	pcre2_match_data_free(matcher->data);
	pcre2_jit_stack_free(matcher->stack);
	free(matcher);
}

static void
pattern_fill_span(
    const struct pattern *pattern, pcre2_match_data *data, struct pattern_span *span)
{
	const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(data);
	size_t i;

	/* \K in a look-ahead can put the start behind the end. */
	span->start = offsets[0] < offsets[1] ? offsets[0] : offsets[1];
	span->end = offsets[1];
	span->value_start = span->start;
	span->value_end = span->end;
	for (i = 0; i < pattern->value_count; i++) {
		int group = pattern->values[i];

		if (offsets[2 * group] == PCRE2_UNSET)
			continue;
		span->value_start = offsets[2 * group];
		span->value_end = offsets[2 * group + 1];
		return;
	}
}

/* Counts a search that tries so many bytes: is it too early for machine code? */
static bool
pattern_is_rare(struct pattern *pattern, size_t starts)
{
	size_t more = starts + PATTERN_SEARCH_BYTES;

	return atomic_fetch_add_explicit(&pattern->tried, more, memory_order_relaxed) + more <=
	    PATTERN_FEW_BYTES;
}

/* The interpreter has other limits: where it stops, what the machine code says
 * counts, as it always does for a pattern that is prepared. */
static int
pattern_run(struct pattern *pattern, struct pattern_matcher *matcher, PCRE2_SPTR subject,
    size_t n, size_t from, size_t starts, uint32_t options)
{
	const pcre2_code *ready = atomic_load_explicit(&pattern->ready, memory_order_acquire);

	if (ready == NULL && pattern_is_rare(pattern, starts)) {
		int rc = pcre2_match(pattern->code, subject, n, from, options | PCRE2_NO_JIT,
		    matcher->data, matcher->context);

		if (rc >= 0 || rc == PCRE2_ERROR_NOMATCH)
			return rc;
	}
	if (ready == NULL)
		ready = pattern_ready(pattern);
	return pcre2_match(ready, subject, n, from, options, matcher->data, matcher->context);
}

/* starts: at how many bytes, from "from" on, a match may begin. */
static enum pattern_result
pattern_search(struct pattern *pattern, struct pattern_matcher *matcher, struct str text,
    size_t from, size_t starts, struct pattern_span *span)
{
	PCRE2_SPTR subject = (PCRE2_SPTR)(text.p != NULL ? text.p : "");
	uint32_t options = pattern->mode == PATTERN_ORIGINAL ? PCRE2_NO_UTF_CHECK : 0;
	int rc;

	if (from > text.n)
		return PATTERN_NO;
	/* The library trusts us not to start inside a code point. */
	while (options != 0 && from < text.n && (subject[from] & 0xC0) == 0x80)
		from++;
	rc = pattern_run(pattern, matcher, subject, text.n, from, starts, options);
	if (rc == PCRE2_ERROR_NOMATCH)
		return PATTERN_NO;
	/* A limit. That of the JIT's stack too: the interpreter would only reach
	 * its limit of depth, later. */
	if (rc < 0)
		return PATTERN_UNDECIDED;
	if (span != NULL)
		pattern_fill_span(pattern, matcher->data, span);
	return PATTERN_YES;
}

enum pattern_result
pattern_match(struct pattern *pattern, struct pattern_matcher *matcher,
    struct str text, size_t from, struct pattern_span *span)
{
	return pattern_search(
	    pattern, matcher, text, from, from < text.n ? text.n - from : 0, span);
}

enum pattern_result
pattern_match_at(struct pattern *pattern, struct pattern_matcher *matcher, struct str text,
    size_t start, struct pattern_span *span)
{
	enum pattern_result result;

	/* Other than PCRE2_ANCHORED this works with machine code. */
	pcre2_set_offset_limit(matcher->context, start);
	result = pattern_search(pattern, matcher, text, start, 1, span);
	pcre2_set_offset_limit(matcher->context, PCRE2_UNSET);
	return result;
}
