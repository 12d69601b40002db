/* SPDX-License-Identifier: MIT */
#include "scan_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCAN_CACHE_PREFIX "scan-"
#define SCAN_CACHE_NAME (sizeof(SCAN_CACHE_PREFIX) + 2 * DIGEST_BYTES + 32)
#define SCAN_CACHE_LIMIT ((off_t)1 << 30) /* bytes of one file */

/* The key is in the file too: a file under a wrong name is not ours. */
struct scan_cache_header {
	char magic[8];
	uint64_t
	    bytes; /* of the blob, in this machine's order: the key has its CPU in it */
	unsigned char key[DIGEST_BYTES];
	unsigned char checksum[DIGEST_BYTES];
};

static const char scan_cache_magic[8] = "triscan1";

/* Ours, and nobody else can write it. */
static bool
scan_cache_is_safe(const struct stat *status)
{
	return status->st_uid == geteuid() &&
	       (status->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

int
scan_cache_open(const char *folder)
{
	struct stat status;
	int fd;

	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return -1;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) != 0 || !scan_cache_is_safe(&status)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
scan_cache_name(const unsigned char *key, const char *suffix, char *name)
{
	char hex[2 * DIGEST_BYTES + 1];

	digest_hex(key, DIGEST_BYTES, hex);
	snprintf(name, SCAN_CACHE_NAME, SCAN_CACHE_PREFIX "%s%s", hex, suffix);
}

static int
scan_cache_read_all(int fd, void *bytes, size_t n)
{
	char *p = bytes;

	while (n > 0) {
		ssize_t got = read(fd, p, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		p += got;
		n -= (size_t)got;
	}
	return 0;
}

static int
scan_cache_write_all(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

/* The blob of an open file that holds what its header says, else NULL. */
static char *
scan_cache_load(int fd, const unsigned char *key, size_t *n)
{
	struct scan_cache_header header;
	unsigned char checksum[DIGEST_BYTES];
	struct stat status;
	char *blob;

	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
	    !scan_cache_is_safe(&status) || status.st_size > SCAN_CACHE_LIMIT ||
	    status.st_size <= (off_t)sizeof(header) ||
	    scan_cache_read_all(fd, &header, sizeof(header)) != 0)
		return NULL;
	*n = (size_t)status.st_size - sizeof(header);
	if (memcmp(header.magic, scan_cache_magic, sizeof(header.magic)) != 0 ||
	    header.bytes != *n || memcmp(header.key, key, DIGEST_BYTES) != 0)
		return NULL;
	blob = malloc(*n);
	if (blob == NULL)
		return NULL;
	if (scan_cache_read_all(fd, blob, *n) == 0) {
		digest_sha256((struct str){blob, *n}, checksum);
		if (memcmp(checksum, header.checksum, DIGEST_BYTES) == 0)
			return blob;
	}
	free(blob);
	return NULL;
}

char *
scan_cache_read(int folder, const unsigned char key[DIGEST_BYTES], size_t *n)
{
	char name[SCAN_CACHE_NAME];
	char *blob;
	int fd;

	scan_cache_name(key, ".db", name);
	fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	blob = scan_cache_load(fd, key, n);
	if (blob != NULL)
		futimens(fd, NULL); /* used: so it is not the oldest */
	close(fd);
	return blob;
}

/* The file of ours that was used longest ago, when there are more than keep. */
static bool
scan_cache_oldest(int folder, size_t keep, char name[NAME_MAX + 1])
{
	struct timespec oldest = {0};
	struct dirent *entry;
	struct stat status;
	size_t count = 0;
	DIR *list;
	int fd;

	fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	list = fd >= 0 ? fdopendir(fd) : NULL;
	if (list == NULL) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while ((entry = readdir(list)) != NULL) {
		if (strncmp(entry->d_name, SCAN_CACHE_PREFIX,
			strlen(SCAN_CACHE_PREFIX)) != 0 ||
		    fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(status.st_mode))
			continue;
		if (count++ == 0 || status.st_mtim.tv_sec < oldest.tv_sec ||
		    (status.st_mtim.tv_sec == oldest.tv_sec &&
			status.st_mtim.tv_nsec < oldest.tv_nsec)) {
			oldest = status.st_mtim;
			snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
		}
	}
	closedir(list);
	return count > keep;
}

int
scan_cache_write(int folder, const unsigned char key[DIGEST_BYTES], struct str blob)
{
	struct scan_cache_header header = {.bytes = blob.n};
	char name[SCAN_CACHE_NAME], aside[SCAN_CACHE_NAME], old[NAME_MAX + 1], suffix[32];
	int fd, rc = -1;

	memcpy(header.magic, scan_cache_magic, sizeof(header.magic));
	memcpy(header.key, key, DIGEST_BYTES);
	digest_sha256(blob, header.checksum);
	scan_cache_name(key, ".db", name);
	/* Threads of one process may write the same file at once. */
	snprintf(suffix, sizeof(suffix), ".%ld.tmp", (long)gettid());
	scan_cache_name(key, suffix, aside);
	unlinkat(folder, aside, 0); /* of a thread that had our number and died */
	fd = openat(
	    folder, aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (scan_cache_write_all(fd, &header, sizeof(header)) == 0 &&
	    scan_cache_write_all(fd, blob.p, blob.n) == 0 && fsync(fd) == 0)
		rc = renameat(folder, aside, folder, name);
	close(fd);
	if (rc != 0) {
		unlinkat(folder, aside, 0);
		return -1;
	}
	fsync(folder);
	while (scan_cache_oldest(folder, SCAN_CACHE_FILES, old) &&
	       unlinkat(folder, old, 0) == 0)
		continue;
	return 0;
}
