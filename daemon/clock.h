/* SPDX-License-Identifier: MIT */
/*
 * clock: what time it is, as an object, so that a test can give another.
 * Only the application layer asks a clock; everything between wire and route
 * gets the time as an argument.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

struct clock {
	int64_t (*wall_ms)(void *arg);      /* since 1970-01-01T00:00:00Z */
	int64_t (*monotonic_us)(void *arg); /* for durations and deadlines */
	void *arg;
};

extern const struct clock clock_system;

int64_t clock_wall_ms(const struct clock *clock);
int64_t clock_monotonic_us(const struct clock *clock);

#endif
