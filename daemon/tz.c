/* SPDX-License-Identifier: MIT */
/*
 * The table of a TZif file answers for the times it covers; the POSIX rule in
 * its footer (RFC 8536 section 3.3) for everything later. The rule has its own
 * file, tz_rule.c.
 */
#include "tz.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "tz_rule.h"

#define TZ_FILE_MAX 262144 /* bytes; the largest zone of today has under 4 KiB */
#define TZ_PATH_MAX 4096
#define TZ_HEADER 44
#define TZ_OFFSET_MAX (26 * 3600) /* RFC 8536 suggests -24:59:59 … +25:59:59 */

struct tz {
	size_t count;      /* transitions */
	int64_t *times;    /* rising; from times[i] on, offsets[i] holds */
	int *offsets;
	int first_offset;  /* before the first transition */
	bool has_rule;
	struct tz_rule rule; /* from the last transition on */
};

/* The six counts of a header. */
struct tz_counts {
	uint32_t isut, isstd, leap, time, type, chars;
};

static uint64_t
tz_number(const unsigned char *p, int bytes)
{
	uint64_t number = 0;
	int i;

	for (i = 0; i < bytes; i++)
		number = number << 8 | p[i];
	return number;
}

static int
tz_header(const unsigned char *p, size_t left, struct tz_counts *counts)
{
	if (left < TZ_HEADER || memcmp(p, "TZif", 4) != 0)
		return -1;
	counts->isut = (uint32_t)tz_number(p + 20, 4);
	counts->isstd = (uint32_t)tz_number(p + 24, 4);
	counts->leap = (uint32_t)tz_number(p + 28, 4);
	counts->time = (uint32_t)tz_number(p + 32, 4);
	counts->type = (uint32_t)tz_number(p + 36, 4);
	counts->chars = (uint32_t)tz_number(p + 40, 4);
	return 0;
}

/* Bytes behind the header, with times of the given width. */
static uint64_t
tz_block_size(const struct tz_counts *counts, int width)
{
	return (uint64_t)counts->time * (unsigned)(width + 1) + (uint64_t)counts->type * 6 +
	    counts->chars + (uint64_t)counts->leap * (unsigned)(width + 4) + counts->isstd +
	    counts->isut;
}

/* Fills the table from the data block at p, whose size was checked. */
static int
tz_table(struct tz *tz, const unsigned char *p, const struct tz_counts *counts)
{
	const unsigned char *kinds = p + (size_t)counts->time * 8;
	const unsigned char *types = kinds + counts->time;
	size_t i;

	for (i = 0; i < counts->type; i++) {
		int32_t offset = (int32_t)(uint32_t)tz_number(types + i * 6, 4);

		if (offset < -TZ_OFFSET_MAX || offset > TZ_OFFSET_MAX)
			return -1;
	}
	tz->count = counts->time;
	tz->times = mem_array(counts->time + 1, sizeof(*tz->times));
	tz->offsets = mem_array(counts->time + 1, sizeof(*tz->offsets));
	tz->first_offset = (int32_t)(uint32_t)tz_number(types, 4);
	for (i = 0; i < counts->time; i++) {
		if (kinds[i] >= counts->type)
			return -1;
		tz->times[i] = (int64_t)tz_number(p + i * 8, 8);
		tz->offsets[i] = (int32_t)(uint32_t)tz_number(types + (size_t)kinds[i] * 6, 4);
		if (i > 0 && tz->times[i] <= tz->times[i - 1])
			return -1;
	}
	return 0;
}

static int
tz_parse(struct tz *tz, const unsigned char *p, size_t n)
{
	struct tz_counts counts;
	const unsigned char *end;
	uint64_t size;

	if (tz_header(p, n, &counts) < 0 || p[4] < '2')
		return -1;
	/* The first block has 32-bit times for old readers. */
	size = TZ_HEADER + tz_block_size(&counts, 4);
	if (size > n)
		return -1;
	p += size;
	n -= size;
	if (tz_header(p, n, &counts) < 0 || counts.type == 0)
		return -1;
	size = TZ_HEADER + tz_block_size(&counts, 8);
	if (size > n || tz_table(tz, p + TZ_HEADER, &counts) < 0)
		return -1;
	p += size;
	n -= size;
	if (n < 2 || p[0] != '\n' || (end = memchr(p + 1, '\n', n - 1)) == NULL)
		return -1;
	if (end == p + 1)
		return 0; /* no rule: the last transition holds for ever */
	tz->has_rule = true;
	return tz_rule_parse(&tz->rule, (struct str){(const char *)p + 1, (size_t)(end - p) - 1});
}

static bool
tz_name_fine(const char *name)
{
	return name[0] != '\0' && name[0] != '/' && strstr(name, "..") == NULL;
}

/* The whole file, or NULL with errno (EFBIG, ENOENT, EISDIR …). */
static unsigned char *
tz_read(const char *path, size_t *n)
{
	FILE *file = fopen(path, "rbe");
	unsigned char *bytes;

	if (file == NULL)
		return NULL;
	bytes = mem_alloc(TZ_FILE_MAX);
	errno = 0;
	*n = fread(bytes, 1, TZ_FILE_MAX, file);
	if (ferror(file) || *n == TZ_FILE_MAX) {
		int saved = errno != 0 ? errno : EFBIG;

		free(bytes);
		fclose(file);
		errno = saved;
		return NULL;
	}
	fclose(file);
	return bytes;
}

struct tz *
tz_load(const char *name, struct err *err)
{
	const char *folder = getenv("TZDIR");
	char path[TZ_PATH_MAX];
	unsigned char *bytes;
	struct tz *tz;
	size_t n;

	if (folder == NULL || folder[0] == '\0')
		folder = "/usr/share/zoneinfo";
	if (!tz_name_fine(name) ||
	    snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path)) {
		err_set(err, "'%s' is not the name of a time zone", name);
		return NULL;
	}
	bytes = tz_read(path, &n);
	if (bytes == NULL) {
		err_set(err, "no time zone '%s': %s: %s", name, path, strerror(errno));
		return NULL;
	}
	tz = mem_alloc(sizeof(*tz));
	if (tz_parse(tz, bytes, n) < 0) {
		err_set(err, "time zone '%s': %s is not TZif data of version 2 or later",
		    name, path);
		tz_free(tz);
		tz = NULL;
	}
	free(bytes);
	return tz;
}

void
tz_free(struct tz *tz)
{
	if (tz == NULL)
		return;
	free(tz->times);
	free(tz->offsets);
	free(tz);
}

int
tz_offset(const struct tz *tz, int64_t seconds)
{
	size_t low = 0, high = tz->count;

	if (tz->has_rule && (tz->count == 0 || seconds >= tz->times[tz->count - 1]))
		return tz_rule_offset(&tz->rule, seconds);
	if (tz->count == 0 || seconds < tz->times[0])
		return tz->first_offset;
	/* times[low] <= seconds < times[high] */
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (tz->times[middle] <= seconds)
			low = middle;
		else
			high = middle;
	}
	return tz->offsets[low];
}

struct civil
tz_civil(const struct tz *tz, int64_t ms)
{
	int64_t seconds = ms / 1000 - (ms % 1000 < 0);

	return civil_of_seconds(seconds + tz_offset(tz, seconds));
}

int64_t
tz_seconds(const struct tz *tz, const struct civil *civil)
{
	int64_t local = civil_seconds(civil);
	int before = tz_offset(tz, local - 86400), after = tz_offset(tz, local + 86400);
	int64_t low, high;

	/* In an overlap both fit; the offset that held before gives the first. */
	if (tz_offset(tz, local - before) == before)
		return local - before;
	if (tz_offset(tz, local - after) == after)
		return local - after;
	/* In a gap neither does: the transition lies between the two. */
	low = local - after;
	high = local - before;
	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (tz_offset(tz, middle) == before)
			low = middle;
		else
			high = middle;
	}
	return high;
}
