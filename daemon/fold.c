/* SPDX-License-Identifier: MIT */
#include "fold.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include <utf8proc.h>

#include "fold_table.h"

#define FOLD_BLOCK 16  /* bytes of plain text folded at once */
#define FOLD_EXPAND 32 /* at most so many code points come out of one (U+FDFA: 18) */
#define FOLD_SLACK (FOLD_BLOCK + 1)

/*
 * The result while it is written. White space waits until something follows:
 * then it is one byte, and leading and trailing white space is none. There is
 * always room for what remains of the input byte by byte; only what expands
 * uses up spare.
 */
struct fold_writer {
	struct arena *arena;
	char *text;
	uint32_t *origin;
	size_t n;
	size_t room;  /* without FOLD_SLACK */
	size_t spare; /* bytes more than input that may still be written */
	bool waiting; /* white space since waiting_origin */
	unsigned newlines;
	uint32_t waiting_origin;
	bool failed; /* the arena is full */
};

/* ASCII: lower case; every control but the line's end is a space. */
static const char fold_ascii[128] = "          \n                     "
				    " !\"#$%&'()*+,-./0123456789:;<=>?"
				    "@abcdefghijklmnopqrstuvwxyz[\\]^_"
				    "`abcdefghijklmnopqrstuvwxyz{|}~ ";

typedef unsigned char fold_vector __attribute__((vector_size(FOLD_BLOCK)));
typedef uint32_t fold_offsets __attribute__((vector_size(16)));

static int
fold_allocate(struct fold_writer *writer, size_t room)
{
	char *text = arena_alloc(writer->arena, room + FOLD_SLACK);
	uint32_t *origin = arena_array(writer->arena, room + FOLD_SLACK, sizeof(*origin));

	if (text == NULL || origin == NULL)
		return -1;
	if (writer->n > 0) {
		memcpy(text, writer->text, writer->n);
		memcpy(origin, writer->origin, writer->n * sizeof(*origin));
	}
	writer->text = text;
	writer->origin = origin;
	writer->room = room;
	return 0;
}

/* Gives room for bytes more than the input has. The old memory stays in the
 * arena, but only text made of rare ligatures ever comes here. */
static bool
fold_reserve(struct fold_writer *writer, size_t bytes)
{
	size_t more = writer->room + FOLD_EXPAND;

	if (writer->spare >= bytes)
		return true;
	if (writer->failed || fold_allocate(writer, writer->room + more) != 0) {
		writer->failed = true;
		return false;
	}
	writer->spare += more;
	return true;
}

static inline void
fold_wait(struct fold_writer *writer, size_t origin)
{
	if (!writer->waiting)
		writer->waiting_origin = (uint32_t)origin;
	writer->waiting = true;
}

/* Writes the white space that waits, now that something follows it. */
static inline void
fold_flush(struct fold_writer *writer)
{
	if (!writer->waiting)
		return;
	if (writer->n > 0) {
		writer->text[writer->n] = writer->newlines >= 2 ? '\n' : ' ';
		writer->origin[writer->n++] = writer->waiting_origin;
	}
	writer->waiting = false;
	writer->newlines = 0;
}

static inline void
fold_put(struct fold_writer *writer, char c, size_t origin)
{
	if (c == ' ' || c == '\n') {
		fold_wait(writer, origin);
		writer->newlines += c == '\n';
		return;
	}
	fold_flush(writer);
	writer->text[writer->n] = c;
	writer->origin[writer->n++] = (uint32_t)origin;
}

/* The code point at p and its length; malformed bytes (the readers let none
 * in) are taken one by one. */
static size_t
fold_decode(const unsigned char *p, size_t left, uint32_t *code_point)
{
	size_t n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : p[0] >= 0xC0 ? 2 : 1, i;
	uint32_t value = n == 1 ? 0xFFFD : p[0] & (0xFFu >> (n + 1));

	if (n > left) {
		*code_point = 0xFFFD;
		return 1;
	}
	for (i = 1; i < n; i++)
		value = value << 6 | (p[i] & 0x3Fu);
	*code_point = value;
	return n;
}

/* Unicode's decimal digits come in runs of ten that begin at ...0 or ...6. */
static char
fold_digit(uint32_t code_point)
{
	uint32_t low = code_point & 0xF;

	if (utf8proc_category((utf8proc_int32_t)(code_point - low)) ==
	    UTF8PROC_CATEGORY_ND)
		return (char)('0' + low % 10);
	return (char)('0' + (low - 6) % 10);
}

/* What a code point outside ASCII and the table is, when nothing is known but
 * its category; '\0' leaves no trace. */
static char
fold_class(uint32_t code_point)
{
	switch (utf8proc_category((utf8proc_int32_t)code_point)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_NL:
		return FOLD_LETTER;
	case UTF8PROC_CATEGORY_ND:
		return fold_digit(code_point);
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME:
	case UTF8PROC_CATEGORY_CF:
		return '\0';
	default:
		return ' ';
	}
}

/* One code point that decomposes no further. */
static const char *
fold_single(uint32_t code_point, char buffer[2])
{
	const char *text = fold_table_find(code_point);
	int32_t letter = (int32_t)code_point;

	if (text != NULL)
		return text;
	buffer[1] = '\0';
	if (code_point < 0x80) {
		buffer[0] = fold_ascii[code_point];
		return buffer;
	}
	/* Modifier letters that are typed and used as apostrophes. */
	if (code_point >= 0x2B9 && code_point <= 0x2BF)
		return code_point == 0x2BA ? "\"" : "'";
	/* Some letters in the table have their other case far outside it. */
	text = fold_table_find((uint32_t)utf8proc_toupper(letter));
	if (text == NULL)
		text = fold_table_find((uint32_t)utf8proc_tolower(letter));
	if (text != NULL)
		return text;
	buffer[0] = fold_class(code_point);
	return buffer;
}

/* Any code point outside ASCII and the table: through NFKD. */
static void
fold_other(struct fold_writer *writer, uint32_t code_point, size_t origin, size_t bytes)
{
	utf8proc_int32_t parts[FOLD_EXPAND];
	int boundary = 0;
	utf8proc_ssize_t count, i;
	size_t total = 0;

	count = utf8proc_decompose_char((utf8proc_int32_t)code_point, parts, FOLD_EXPAND,
	    UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE, &boundary);
	if (count <= 0 || count > FOLD_EXPAND || code_point == 0x1FFD) {
		/* U+1FFD is the acute accent by another number: no mark on a space. */
		parts[0] = code_point == 0x1FFD ? 0xB4 : (utf8proc_int32_t)code_point;
		count = 1;
	}
	if (!fold_reserve(writer, (size_t)count * FOLD_TABLE_BYTES))
		return;
	for (i = 0; i < count; i++) {
		char buffer[2];
		const char *text = fold_single((uint32_t)parts[i], buffer);

		for (; *text != '\0'; text++, total++)
			fold_put(writer, *text, origin);
	}
	writer->spare -= total > bytes ? total - bytes : 0;
}

/* The code point at i, which is not ASCII. Returns its length. */
static size_t
fold_code_point(struct fold_writer *writer, struct str original, size_t i)
{
	const unsigned char *p = (const unsigned char *)original.p + i;
	uint32_t code_point;
	size_t n = fold_decode(p, original.n - i, &code_point), total = 0;
	const char *text = fold_table_find(code_point);

	if (text == NULL) {
		fold_other(writer, code_point, i, n);
		return n;
	}
	if (text[0] > ' ' && text[1] == '\0') {
		fold_put(writer, text[0], i);
		return n;
	}
	if (!fold_reserve(writer, FOLD_TABLE_BYTES))
		return n;
	for (; *text != '\0'; text++, total++)
		fold_put(writer, *text, i);
	writer->spare -= total > n ? total - n : 0;
	return n;
}

/* How many of the first bytes of bad are 0. */
static size_t
fold_good_prefix(fold_vector bad)
{
	uint64_t half[2];

	memcpy(half, &bad, sizeof(half));
	if (half[0] != 0)
		return (size_t)__builtin_ctzll(le64toh(half[0])) / 8;
	if (half[1] != 0)
		return 8 + (size_t)__builtin_ctzll(le64toh(half[1])) / 8;
	return FOLD_BLOCK;
}

/*
 * Folds plain text, which is what tickets are made of: printable ASCII with
 * single spaces. Takes a block at p, writes all of it, and keeps what comes
 * before the first byte that is something else. Needs one byte behind the
 * block, and no white space waiting. Returns how many bytes were taken.
 */
static inline size_t
fold_block(struct fold_writer *writer, const char *p, size_t origin)
{
	fold_vector block, next, upper, bad;
	fold_offsets offsets = (uint32_t)origin + (fold_offsets){0, 1, 2, 3};
	uint32_t *to = writer->origin + writer->n;
	size_t n, i;

	memcpy(&block, p, sizeof(block));
	memcpy(&next, p + 1, sizeof(next));
	bad = (fold_vector)(block < ' ') | (fold_vector)(block > '~');
	/* A space is kept only where something plain follows in its place. */
	bad |= (fold_vector)(block == ' ') & (fold_vector)((next <= ' ') | (next > '~'));
	upper = (fold_vector)(block >= 'A') & (fold_vector)(block <= 'Z');
	block |= upper & 0x20;
	memcpy(writer->text + writer->n, &block, sizeof(block));
	for (i = 0; i < FOLD_BLOCK; i += 4, offsets += 4)
		memcpy(to + i, &offsets, sizeof(offsets));
	n = fold_good_prefix(bad);
	writer->n += n;
	return n;
}

static void
fold_all(struct fold_writer *writer, struct str original)
{
	size_t i = 0;

	while (i < original.n) {
		unsigned char c = (unsigned char)original.p[i];

		if (!writer->waiting && c < 0x80 && i + FOLD_BLOCK < original.n) {
			size_t n = fold_block(writer, original.p + i, i);

			i += n;
			if (n > 0)
				continue;
		}
		if (c >= 0x80) {
			i += fold_code_point(writer, original, i);
			continue;
		}
		/* CR LF is one line's end, and so is CR alone. */
		if (c == '\r' && (i + 1 == original.n || original.p[i + 1] != '\n'))
			fold_put(writer, '\n', i);
		else
			fold_put(writer, fold_ascii[c], i);
		i++;
	}
}

int
fold_text(struct arena *arena, struct str original, struct folded *folded)
{
	/* Waiting, so that white space at the start is taken for what it is. */
	struct fold_writer writer = {
	    .arena = arena, .spare = FOLD_EXPAND, .waiting = true};

	if (original.n >= UINT32_MAX ||
	    fold_allocate(&writer, original.n + FOLD_EXPAND) != 0)
		return -1;
	fold_all(&writer, original);
	if (writer.failed)
		return -1;
	writer.text[writer.n] = '\0';
	writer.origin[writer.n] =
	    writer.waiting ? writer.waiting_origin : (uint32_t)original.n;
	folded->original = original;
	folded->text = (struct str){writer.text, writer.n};
	folded->origin = writer.origin;
	return 0;
}

struct str
fold_original(const struct folded *folded, size_t start, size_t end)
{
	const uint32_t *origin = folded->origin;
	size_t n = folded->text.n, from;

	if (end > n)
		end = n;
	if (start >= end)
		return str_part(folded->original, origin[start < n ? start : n],
		    origin[start < n ? start : n]);
	from = origin[start];
	/* Several bytes may have come of one code point: take all of it. What
	 * left no trace (marks) belongs to the code point before it. */
	while (end < n && origin[end] == origin[end - 1])
		end++;
	return str_part(folded->original, from, origin[end]);
}
