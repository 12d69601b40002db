/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target as an ordinary program: every file of the files and
 * folders given, and of each a number of mutations that are the same in every
 * run. "make fuzz" links the same targets with libFuzzer, which searches.
 *
 *   x_fuzz [-n MUTATIONS] FILE|FOLDER ...
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_BYTES (1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
	unsigned mutations; /* of each file */
	unsigned long files, inputs;
	int failed; /* a file could not be read */
};

/* Xorshift (Marsaglia 2003): its numbers do not change with the C library. */
static uint32_t
next_number(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* From a block of its very size, so that ASan sees a read behind its end. */
static void
run_input(struct run *run, const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size > 0 ? size : 1);

	if (exact == NULL)
		abort();
	if (size > 0)
		memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	run->inputs++;
}

/* One to four changes: a byte, a bit, a cut, a piece moved over another. */
static size_t
mutate(uint8_t *data, size_t size, uint32_t *state)
{
	static const uint8_t edges[] = {0x00, 0x7F, 0x80, 0xC0, 0xC1, 0xDF, 0xFF, '"', '\n', '\\'};
	unsigned changes = 1 + next_number(state) % 4;

	while (changes-- > 0 && size > 0) {
		size_t at = next_number(state) % size, from = next_number(state) % size;
		size_t behind = size - (at > from ? at : from);

		switch (next_number(state) % 5) {
		case 0:
			data[at] = (uint8_t)next_number(state);
			break;
		case 1:
			data[at] ^= (uint8_t)(1 << next_number(state) % 8);
			break;
		case 2:
			data[at] = edges[next_number(state) % sizeof(edges)];
			break;
		case 3:
			size = at;
			break;
		default:
			memmove(data + at, data + from, next_number(state) % behind + 1);
			break;
		}
	}
	return size;
}

static void
run_file(struct run *run, const char *path)
{
	uint8_t *data = malloc(FILE_BYTES), *changed = malloc(FILE_BYTES);
	FILE *file = fopen(path, "rb");
	uint32_t state = 2463534242u;
	size_t size;
	unsigned i;

	if (file == NULL || data == NULL || changed == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		run->failed = 1;
		goto out;
	}
	size = fread(data, 1, FILE_BYTES, file);
	run_input(run, data, size);
	for (i = 0; i < run->mutations; i++) {
		memcpy(changed, data, size);
		run_input(run, changed, mutate(changed, size, &state));
	}
	run->files++;
out:
	if (file != NULL)
		fclose(file);
	free(data);
	free(changed);
}

static int
not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
run_path(struct run *run, const char *path)
{
	struct dirent **entries;
	struct stat status;
	int count, i;

	if (stat(path, &status) == 0 && !S_ISDIR(status.st_mode)) {
		run_file(run, path);
		return;
	}
	count = scandir(path, &entries, not_hidden, alphasort);
	if (count < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		run->failed = 1;
		return;
	}
	for (i = 0; i < count; i++) {
		char *name = NULL;

		if (asprintf(&name, "%s/%s", path, entries[i]->d_name) < 0)
			abort();
		run_path(run, name);
		free(name);
		free(entries[i]);
	}
	free(entries);
}

int
main(int argc, char **argv)
{
	struct run run = {.mutations = 200};
	int i = 1;

	if (argc > 2 && strcmp(argv[1], "-n") == 0) {
		run.mutations = (unsigned)strtoul(argv[2], NULL, 10);
		i = 3;
	}
	if (i == argc) {
		fprintf(stderr, "usage: %s [-n MUTATIONS] FILE|FOLDER ...\n", argv[0]);
		return 2;
	}
	for (; i < argc; i++)
		run_path(&run, argv[i]);
	printf("%s: %lu files, %lu inputs, no fault\n", strrchr(argv[0], '/') != NULL
	        ? strrchr(argv[0], '/') + 1 : argv[0], run.files, run.inputs);
	return run.failed || run.files == 0;
}
