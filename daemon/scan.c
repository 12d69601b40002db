/* SPDX-License-Identifier: MIT */
#include "scan.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hs.h>

#include "digest.h"
#include "mem.h"
#include "scan_cache.h"

/* Where a pattern begins is pattern.c's business: the first match settles it. */
#define SCAN_FLAGS HS_FLAG_SINGLEMATCH
#define SCAN_WORD 64  /* bits of a word of the set of hits */
#define SCAN_ALIGN 64 /* of a database behind the reaches */
#define SCAN_FAR UINT32_MAX

struct scan {
	hs_database_t *database; /* NULL without patterns */
	uint32_t *reach;         /* longest match of each pattern; SCAN_FAR: no limit */
	size_t count;
	bool cached;
};

struct scan_scratch {
	hs_scratch_t *scratch;
	uint64_t *set; /* of the ids hit; empty between runs */
	size_t words;
	uint32_t *ends; /* by id, of a hit: where the match ended */
	uint32_t *ids, *from;
};

/* Everything that the compiled database depends on. */
static int
scan_key(const struct str *sources, size_t count, unsigned char key[DIGEST_BYTES])
{
	hs_platform_info_t platform = {0};
	struct strbuf text;
	size_t i;

	if (hs_populate_platform(&platform) != HS_SUCCESS)
		return -1;
	strbuf_init(&text, 0);
	strbuf_printf(&text, "scan 1\nlibrary %s\ntune %u features %llx\nflags %u\n",
	    hs_version(), platform.tune, platform.cpu_features, (unsigned)SCAN_FLAGS);
	for (i = 0; i < count; i++) {
		strbuf_printf(&text, "%zu:", sources[i].n);
		strbuf_put(&text, sources[i]);
	}
	digest_sha256(strbuf_str(&text), key);
	strbuf_fini(&text);
	return 0;
}

/* The sources as the library wants them: terminated. One block holds the
 * pointers and the text. NULL: *culprit holds a NUL byte. */
static char **
scan_terminate(const struct str *sources, size_t count, size_t *culprit)
{
	size_t size = count * sizeof(char *), i;
	char **list, *p;

	for (i = 0; i < count; i++) {
		if (sources[i].n > 0 &&
		    memchr(sources[i].p, '\0', sources[i].n) != NULL) {
			*culprit = i;
			return NULL;
		}
		size += sources[i].n + 1;
	}
	list = mem_alloc(size);
	p = (char *)(list + count);
	for (i = 0; i < count; i++) {
		list[i] = p;
		if (sources[i].n > 0)
			memcpy(p, sources[i].p, sources[i].n);
		p += sources[i].n + 1;
	}
	return list;
}

/* The library reports the first end of a match, or one byte later where it has
 * to look ahead (\b), never its start. */
static uint32_t
scan_reach_of(const char *text)
{
	hs_expr_info_t *info = NULL;
	hs_compile_error_t *error = NULL;
	uint32_t reach = SCAN_FAR;

	if (hs_expression_info(text, SCAN_FLAGS, &info, &error) == HS_SUCCESS &&
	    info->max_width < SCAN_FAR - 1)
		reach = info->max_width + 1;
	hs_free_compile_error(error);
	free(info);
	return reach;
}

static int
scan_compile_cold(
    struct scan *scan, const struct str *sources, size_t *culprit, struct err *err)
{
	char **texts = scan_terminate(sources, scan->count, culprit);
	hs_compile_error_t *error = NULL;
	unsigned *flags, *ids;
	size_t i;

	if (texts == NULL)
		return err_set(err, "NUL byte in the pattern");
	flags = mem_array(scan->count, sizeof(*flags));
	ids = mem_array(scan->count, sizeof(*ids));
	for (i = 0; i < scan->count; i++) {
		flags[i] = SCAN_FLAGS;
		ids[i] = (unsigned)i;
	}
	if (hs_compile_multi((const char *const *)texts, flags, ids,
		(unsigned)scan->count, HS_MODE_BLOCK, NULL, &scan->database,
		&error) != HS_SUCCESS) {
		scan->database = NULL;
		if (error != NULL && error->expression >= 0)
			*culprit = (size_t)error->expression;
		err_set(err, "%s", error != NULL ? error->message : "the library failed");
		hs_free_compile_error(error);
	}
	for (i = 0; i < scan->count && scan->database != NULL; i++)
		scan->reach[i] = scan_reach_of(texts[i]);
	free(texts);
	free(flags);
	free(ids);
	return scan->database != NULL ? 0 : -1;
}

/* Bytes in front of the database in a blob: the reaches, padded. */
static size_t
scan_reach_bytes(const struct scan *scan)
{
	return (scan->count * sizeof(*scan->reach) + SCAN_ALIGN - 1) / SCAN_ALIGN *
	       SCAN_ALIGN;
}

static int
scan_from_cache(struct scan *scan, int folder, const unsigned char *key)
{
	size_t before = scan_reach_bytes(scan), n;
	char *blob = scan_cache_read(folder, key, &n);
	int rc = -1;

	if (blob != NULL && n > before &&
	    hs_deserialize_database(blob + before, n - before, &scan->database) ==
		HS_SUCCESS) {
		memcpy(scan->reach, blob, scan->count * sizeof(*scan->reach));
		rc = 0;
	}
	free(blob);
	return rc;
}

/* A cache that cannot be written is no failure: the next start is slow again. */
static void
scan_to_cache(const struct scan *scan, int folder, const unsigned char *key)
{
	size_t before = scan_reach_bytes(scan), n;
	char *database = NULL, *blob;

	if (hs_serialize_database(scan->database, &database, &n) != HS_SUCCESS)
		return;
	blob = mem_alloc(before + n);
	memcpy(blob, scan->reach, scan->count * sizeof(*scan->reach));
	memcpy(blob + before, database, n);
	scan_cache_write(folder, key, (struct str){blob, before + n});
	free(blob);
	free(database);
}

struct scan *
scan_compile(const struct str *sources, size_t count, const char *cache_dir,
    size_t *culprit, struct err *err)
{
	unsigned char key[DIGEST_BYTES];
	struct scan *scan = mem_alloc(sizeof(*scan));
	int folder = -1;

	*culprit = count;
	scan->count = count;
	if (count == 0)
		return scan;
	if (count > UINT32_MAX) {
		err_set(err, "too many patterns");
		goto out;
	}
	scan->reach = mem_array(count, sizeof(*scan->reach));
	if (cache_dir != NULL && scan_key(sources, count, key) == 0)
		folder = scan_cache_open(cache_dir);
	scan->cached = folder >= 0 && scan_from_cache(scan, folder, key) == 0;
	if (!scan->cached && scan_compile_cold(scan, sources, culprit, err) == 0 &&
	    folder >= 0)
		scan_to_cache(scan, folder, key);
	if (folder >= 0)
		close(folder);
out:
	if (scan->database == NULL) {
		scan_free(scan);
		return NULL;
	}
	return scan;
}

void
scan_free(struct scan *scan)
{
	if (scan == NULL)
		return;
	hs_free_database(scan->database);
	free(scan->reach);
	free(scan);
}

bool
scan_was_cached(const struct scan *scan)
{
	return scan->cached;
}

struct scan_scratch *
scan_scratch_new(const struct scan *scan)
{
	struct scan_scratch *scratch = calloc(1, sizeof(*scratch));

	if (scratch == NULL)
		return NULL;
	scratch->words = (scan->count + SCAN_WORD - 1) / SCAN_WORD;
	scratch->set = calloc(scratch->words + 1, sizeof(*scratch->set));
	scratch->ends = calloc(scan->count + 1, sizeof(*scratch->ends));
	scratch->ids = calloc(scan->count + 1, sizeof(*scratch->ids));
	scratch->from = calloc(scan->count + 1, sizeof(*scratch->from));
	if (scratch->set == NULL || scratch->ends == NULL || scratch->ids == NULL ||
	    scratch->from == NULL ||
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
	free(scratch->set);
	free(scratch->ends);
	free(scratch->ids);
	free(scratch->from);
	free(scratch);
}

static int
scan_on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
    void *arg)
{
	struct scan_scratch *scratch = arg;
	uint64_t bit = UINT64_C(1) << id % SCAN_WORD;

	(void)from;
	(void)flags;
	if ((scratch->set[id / SCAN_WORD] & bit) == 0 || to < scratch->ends[id])
		scratch->ends[id] = (uint32_t)to;
	scratch->set[id / SCAN_WORD] |= bit;
	return 0;
}

/* Writes the set out in rising order and empties it. */
static size_t
scan_list(const struct scan *scan, struct scan_scratch *scratch)
{
	size_t count = 0, i;

	for (i = 0; i < scratch->words; i++) {
		uint64_t word = scratch->set[i];

		scratch->set[i] = 0;
		for (; word != 0; word &= word - 1) {
			uint32_t id =
			    (uint32_t)(i * SCAN_WORD + (size_t)__builtin_ctzll(word));
			uint32_t end = scratch->ends[id], reach = scan->reach[id];

			scratch->ids[count] = id;
			scratch->from[count++] = end > reach ? end - reach : 0;
		}
	}
	return count;
}

int
scan_run(const struct scan *scan, struct scan_scratch *scratch, struct str text,
    struct scan_hits *hits, struct err *err)
{
	hs_error_t rc;

	*hits = (struct scan_hits){scratch->ids, scratch->from, 0};
	if (scan->database == NULL || text.n == 0)
		return 0;
	if (text.n > UINT32_MAX)
		return err_set(err, "text of %zu bytes is too long", text.n);
	rc = hs_scan(scan->database, text.p, (unsigned)text.n, 0, scratch->scratch,
	    scan_on_match, scratch);
	hits->count = scan_list(scan, scratch);
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
