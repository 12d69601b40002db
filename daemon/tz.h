/* SPDX-License-Identifier: MIT */
/*
 * tz: a time zone read from TZif files (RFC 8536), because glibc's zone is
 * process-wide and turns an unknown name into UTC silently. Version 2+ data
 * and the POSIX footer are used, so that dates beyond the table are right.
 */
#ifndef TZ_H
#define TZ_H

#include <stdint.h>

#include "err.h"
#include "timestamp.h"

struct tz; /* immutable */

/* name: "Europe/Paris"; looked up under $TZDIR or /usr/share/zoneinfo. Names
 * with "..", a leading '/', or no such file are an error. */
struct tz *tz_load(const char *name, struct err *err);
void tz_free(struct tz *tz);

int tz_offset(const struct tz *tz, int64_t seconds); /* seconds east of UTC at that time */
struct civil tz_civil(const struct tz *tz, int64_t ms);
/* Seconds since 1970 UTC of a local time. In a gap: the instant after it; in
 * an overlap: the first. */
int64_t tz_seconds(const struct tz *tz, const struct civil *civil);

#endif
