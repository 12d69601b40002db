/* SPDX-License-Identifier: MIT */
/*
 * scan_cache: blobs that are expensive to make, kept in a folder under the
 * SHA-256 of all they were made from. Only a saving: whatever is wrong with
 * the folder or a file, the caller makes the blob anew.
 *
 * The reader of a blob trusts it, so the folder must be ours and writable for
 * nobody else, and so must the file. The checksum finds what a disk or an
 * interrupted writer broke. Files are written aside and renamed; the oldest
 * are removed beyond SCAN_CACHE_FILES: a policy has two (scan.c, policy_patterns.c),
 * other ones when it is loaded beside another.
 */
#ifndef SCAN_CACHE_H
#define SCAN_CACHE_H

#include <stddef.h>

#include "digest.h"
#include "str.h"

#define SCAN_CACHE_FILES 16

/* The folder's descriptor, or -1 when it cannot be used. Makes the last part
 * of the path with 0700 when absent. close() it. */
int scan_cache_open(const char *folder);
/* The blob, to be freed, its length in *n; or NULL. */
char *scan_cache_read(int folder, const unsigned char key[DIGEST_BYTES], size_t *n);
/* 0, or -1 when it could not be kept. */
int scan_cache_write(int folder, const unsigned char key[DIGEST_BYTES], struct str blob);

#endif
