/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <stddef.h>
#include <time.h>

static int64_t
clock_read(clockid_t id, int64_t per_second)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * per_second + now.tv_nsec / (1000000000 / per_second);
}

static int64_t
clock_system_wall(void *arg)
{
	(void)arg;
	return clock_read(CLOCK_REALTIME, 1000);
}

static int64_t
clock_system_monotonic(void *arg)
{
	(void)arg;
	return clock_read(CLOCK_MONOTONIC, 1000000);
}

const struct clock clock_system = {
	.wall_ms = clock_system_wall,
	.monotonic_us = clock_system_monotonic,
	.arg = NULL,
};

int64_t
clock_wall_ms(const struct clock *clock)
{
	return clock->wall_ms(clock->arg);
}

int64_t
clock_monotonic_us(const struct clock *clock)
{
	return clock->monotonic_us(clock->arg);
}
