/* SPDX-License-Identifier: MIT */
#include "scan.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hs.h>

#include "digest.h"
#include "mem.h"
#include "scan_cache.h"
#include "scan_class.h"
#include "scan_index.h"

/* Of a word every occurrence counts, of a whole pattern that there is one. */
#define SCAN_WORD_FLAGS 0u
#define SCAN_WHOLE_FLAGS HS_FLAG_SINGLEMATCH
#define SCAN_BLOB 4 /* changes with what an index is made like (scan_split.c, scan_index.c) */

struct scan {
	struct scan_index *index;
	hs_database_t *database; /* first the words, then the wholes; NULL without any */
	char *blob;              /* what the index lies in; NULL when it was made here */
};

struct scan_scratch {
	hs_scratch_t *scratch;
	const struct scan_index *index;
	struct scan_marks *marks;
};

/* What the library compiles: expressions, each terminated, one after the other. */
struct scan_text {
	struct strbuf buf;
	const char **list;
	unsigned *flags, *ids;
	unsigned count;
};

static void
scan_put_word(struct strbuf *out, struct str word)
{
	size_t i;

	for (i = 0; i < word.n; i++) {
		unsigned char c = (unsigned char)word.p[i];

		if (scan_is_word(c) || c == ' ')
			strbuf_putc(out, (char)c);
		else
			strbuf_printf(out, "\\x%02x", c);
	}
}

/* -1: *culprit holds a NUL byte. */
static int
scan_text_init(struct scan_text *text, const struct scan_index *index,
    const struct str *sources, size_t *culprit)
{
	size_t count = index->word_count + index->whole_count, i;
	const char *p;

	*text = (struct scan_text){.count = (unsigned)count};
	strbuf_init(&text->buf, 0);
	text->list = mem_array(count + 1, sizeof(*text->list));
	text->flags = mem_array(count + 1, sizeof(*text->flags));
	text->ids = mem_array(count + 1, sizeof(*text->ids));
	for (i = 0; i < index->word_count; i++) {
		scan_put_word(&text->buf, scan_index_word(index, i));
		strbuf_putc(&text->buf, '\0');
	}
	for (i = 0; i < index->whole_count; i++) {
		struct str source = sources[index->wholes[i]];

		if (source.n > 0 && memchr(source.p, '\0', source.n) != NULL) {
			*culprit = index->wholes[i];
			return -1;
		}
		strbuf_put(&text->buf, source);
		strbuf_putc(&text->buf, '\0');
	}
	for (p = text->buf.p, i = 0; i < count; i++, p += strlen(p) + 1) {
		text->list[i] = p;
		text->flags[i] = i < index->word_count ? SCAN_WORD_FLAGS : SCAN_WHOLE_FLAGS;
		text->ids[i] = (unsigned)i;
	}
	return 0;
}

static void
scan_text_fini(struct scan_text *text)
{
	strbuf_fini(&text->buf);
	free(text->list);
	free(text->flags);
	free(text->ids);
}

/* Everything that index and database depend on. */
static int
scan_key(const struct str *sources, size_t count, unsigned char key[DIGEST_BYTES])
{
	hs_platform_info_t platform = {0};
	struct strbuf head;
	struct digest_stream stream;
	size_t i;

	if (hs_populate_platform(&platform) != HS_SUCCESS)
		return -1;
	strbuf_init(&head, 0);
	strbuf_printf(&head, "scan %d %s\nlibrary %s\ntune %u features %llx\nflags %u %u\n",
	    SCAN_BLOB, TRIAGED_VERSION, hs_version(), platform.tune, platform.cpu_features,
	    SCAN_WORD_FLAGS, (unsigned)SCAN_WHOLE_FLAGS);
	digest_stream_init(&stream);
	digest_stream_put(&stream, head.p, head.n);
	for (i = 0; i < count; i++) {
		uint64_t n = sources[i].n;

		digest_stream_put(&stream, &n, sizeof(n));
		digest_stream_put(&stream, sources[i].p, sources[i].n);
	}
	digest_stream_end(&stream, key);
	strbuf_fini(&head);
	return 0;
}

static int
scan_compile_text(
    struct scan *scan, const struct scan_text *text, size_t *culprit, struct err *err)
{
	hs_compile_error_t *error = NULL;
	size_t words = scan->index->word_count;

	if (hs_compile_multi(text->list, text->flags, text->ids, text->count, HS_MODE_BLOCK,
		NULL, &scan->database, &error) == HS_SUCCESS)
		return 0;
	scan->database = NULL;
	if (error != NULL && error->expression >= (int)words)
		*culprit = scan->index->wholes[(size_t)error->expression - words];
	err_set(err, "%s", error != NULL ? error->message : "the library failed");
	hs_free_compile_error(error);
	return -1;
}

static void
scan_forget(struct scan *scan)
{
	hs_free_database(scan->database);
	scan_index_free(scan->index);
	free(scan->blob);
	*scan = (struct scan){NULL, NULL, NULL};
}

/* A blob: how long the index is in it, the index, the database. */
static int
scan_from_cache(struct scan *scan, int folder, const unsigned char *key)
{
	size_t n, end;
	uint64_t length;
	char *blob = scan_cache_read(folder, key, &n);

	if (blob == NULL)
		return -1;
	memcpy(&length, blob, n < sizeof(length) ? n : sizeof(length));
	if (n < sizeof(length) || length > n - sizeof(length))
		goto fail;
	end = sizeof(length) + length;
	if (end < n &&
	    hs_deserialize_database(blob + end, n - end, &scan->database) != HS_SUCCESS)
		goto fail;
	scan->blob = mem_resize(blob, end, 1);
	scan->index = scan_index_read((struct str){scan->blob + sizeof(length), length});
	return scan->index != NULL ? 0 : -1;
fail:
	free(blob);
	return -1;
}

/* A cache that cannot be written is no failure: the next start is slow again. */
static void
scan_to_cache(const struct scan *scan, int folder, const unsigned char *key)
{
	uint64_t length = 0;
	struct strbuf out;
	char *database = NULL;
	size_t n = 0;

	if (scan->database != NULL &&
	    hs_serialize_database(scan->database, &database, &n) != HS_SUCCESS)
		return;
	strbuf_init(&out, 0);
	strbuf_put(&out, (struct str){(const char *)&length, sizeof(length)});
	scan_index_write(scan->index, &out);
	length = out.n - sizeof(length);
	memcpy(out.p, &length, sizeof(length));
	strbuf_put(&out, (struct str){database, n});
	scan_cache_write(folder, key, strbuf_str(&out));
	strbuf_fini(&out);
	free(database);
}

static int
scan_compile_cold(struct scan *scan, const struct str *sources, size_t count, size_t *culprit,
    struct err *err)
{
	struct scan_text text;
	int rc;

	scan->index = scan_index_new(sources, count);
	rc = scan_text_init(&text, scan->index, sources, culprit);
	if (rc != 0)
		err_set(err, "NUL byte in the pattern");
	else if (text.count > 0)
		rc = scan_compile_text(scan, &text, culprit, err);
	scan_text_fini(&text);
	return rc;
}

struct scan *
scan_compile(const struct str *sources, size_t count, const char *cache_dir,
    size_t *culprit, struct err *err)
{
	struct scan *scan = mem_alloc(sizeof(*scan));
	unsigned char key[DIGEST_BYTES];
	int folder = -1, rc = 0;

	*culprit = count;
	if (cache_dir != NULL && scan_key(sources, count, key) == 0)
		folder = scan_cache_open(cache_dir);
	if (folder < 0 || scan_from_cache(scan, folder, key) != 0) {
		scan_forget(scan);
		rc = scan_compile_cold(scan, sources, count, culprit, err);
		if (rc == 0 && folder >= 0)
			scan_to_cache(scan, folder, key);
	}
	if (folder >= 0)
		close(folder);
	if (rc == 0)
		return scan;
	scan_free(scan);
	return NULL;
}

void
scan_free(struct scan *scan)
{
	if (scan == NULL)
		return;
	scan_forget(scan);
	free(scan);
}

bool
scan_was_cached(const struct scan *scan)
{
	return scan->blob != NULL;
}

struct scan_scratch *
scan_scratch_new(const struct scan *scan)
{
	struct scan_scratch *scratch = calloc(1, sizeof(*scratch));

	if (scratch == NULL)
		return NULL;
	scratch->index = scan->index;
	scratch->marks = scan_marks_new(scan->index);
	if (scratch->marks == NULL ||
	    (scan->database != NULL &&
		hs_alloc_scratch(scan->database, &scratch->scratch) != HS_SUCCESS)) {
		scan_scratch_free(scratch);
		return NULL;
	}
	return scratch;
}

void
scan_scratch_free(struct scan_scratch *scratch)
{
	if (scratch == NULL)
		return;
	hs_free_scratch(scratch->scratch);
	scan_marks_free(scratch->marks);
	free(scratch);
}

static int
scan_on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
    void *arg)
{
	struct scan_scratch *scratch = arg;
	size_t words = scratch->index->word_count;

	(void)from;
	(void)flags;
	if (id < words)
		scan_marks_word(scratch->marks, id, (size_t)to);
	else
		scan_marks_whole(scratch->marks, scratch->index->wholes[id - words]);
	return 0;
}

int
scan_run(const struct scan *scan, struct scan_scratch *scratch, struct str text,
    struct scan_hits *hits, struct err *err)
{
	hs_error_t rc;

	*hits = (struct scan_hits){NULL, 0};
	if (scan->database == NULL || text.n == 0)
		return 0;
	if (text.n > UINT32_MAX)
		return err_set(err, "text of %zu bytes is too long", text.n);
	if (!scan_marks_begin(scratch->marks, text))
		return err_set(err, "out of memory");
	rc = hs_scan(scan->database, text.p, (unsigned)text.n, 0, scratch->scratch,
	    scan_on_match, scratch);
	hits->list = scan_marks_list(scratch->marks, &hits->count);
	if (rc != HS_SUCCESS) {
		hits->count = 0;
		return err_set(err, "the pattern library failed with code %d", rc);
	}
	return 0;
}

bool
scan_library_sound(void)
{
	/* Found by the oracle. Vectorscan sees this match at most offsets of the text
	 * and overlooks it at others, this one among them. */
	const struct str pattern =
	    STR("\\b(?:no|zero|any|without|not a|not one|not even|not the|nothing|never an?|nil|0)"
		"(?: \\w+){0,2} (?:answer(?:s|ed)?|repl(?:y|ies)|response|reaction|sign|life|news"
		"|contact|feedback|word|peep|trace|beep|explanation|excuse|warning|back|tone)\\b");
	const struct str text = STR("hi i tried to reach coachee ahmet yilmaz two times, no answer."
				    " remove him?");
	struct scan_scratch *scratch = NULL;
	struct scan_hits hits = {.count = 0};
	size_t culprit;
	struct scan *scan = scan_compile(&pattern, 1, NULL, &culprit, NULL);

	if (scan != NULL)
		scratch = scan_scratch_new(scan);
	if (scratch != NULL && scan_run(scan, scratch, text, &hits, NULL) != 0)
		hits.count = 0;
	scan_scratch_free(scratch);
	scan_free(scan);
	return hits.count == 1;
}
