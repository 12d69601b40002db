/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct scene {
	struct loop *loop;
	struct loop_timer *timer, *other;
	struct loop_signal *handle;
	int fired, other_fired, rounds;
	bool pending_inside;
};

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
spin_ms(int ms)
{
	int64_t end = now_us() + (int64_t)ms * 1000;

	while (now_us() < end)
		;
}

static void
stop(void *arg)
{
	struct scene *scene = arg;

	scene->other_fired++;
	loop_stop(scene->loop);
}

static void
again(void *arg)
{
	struct scene *scene = arg;

	scene->pending_inside = loop_timer_pending(scene->timer);
	if (++scene->fired < scene->rounds)
		loop_timer_set(scene->timer, 1);
	else
		loop_stop(scene->loop);
}

static void
yield_for_ever(void *arg)
{
	struct scene *scene = arg;

	scene->fired++;
	loop_soon(scene->timer);
}

static void
count(void *arg)
{
	struct scene *scene = arg;

	scene->fired++;
}

static void
begin(struct scene *scene, loop_fn *fn)
{
	*scene = (struct scene){.loop = loop_new()};
	assert_non_null(scene->loop);
	scene->timer = loop_timer_new(scene->loop, fn, scene);
	scene->other = loop_timer_new(scene->loop, stop, scene);
}

static void
end(struct scene *scene)
{
	loop_signal_free(scene->handle);
	loop_timer_free(scene->timer);
	loop_timer_free(scene->other);
	loop_free(scene->loop);
}

static void
timer_is_set_again_in_its_callback(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, again);
	scene.rounds = 20;
	assert_false(loop_timer_pending(scene.timer));
	loop_timer_set(scene.timer, 1);
	assert_true(loop_timer_pending(scene.timer));
	assert_int_equal(scene.fired, 0);
	assert_int_equal(loop_run(scene.loop), 0);
	assert_int_equal(scene.fired, 20);
	assert_false(scene.pending_inside);
	end(&scene);
}

static void
cancelled_timer_does_not_fire(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, count);
	loop_timer_set(scene.timer, 1);
	loop_timer_cancel(scene.timer);
	assert_false(loop_timer_pending(scene.timer));
	loop_timer_set(scene.other, 20);
	loop_run(scene.loop);
	assert_int_equal(scene.fired, 0);
	end(&scene);
}

static void
soon_twice_is_once(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, count);
	loop_soon(scene.timer);
	loop_soon(scene.timer);
	loop_timer_set(scene.other, 20);
	loop_run(scene.loop);
	assert_int_equal(scene.fired, 1);
	end(&scene);
}

/* What comes back for ever must let other timers have their turn. */
static void
soon_lets_others_in(void **state)
{
	struct scene scene;
	int64_t start = now_us();

	(void)state;
	begin(&scene, yield_for_ever);
	loop_soon(scene.timer);
	loop_timer_set(scene.other, 20);
	loop_run(scene.loop);
	assert_int_equal(scene.other_fired, 1);
	assert_true(scene.fired > 1);
	assert_true(now_us() - start < 1000000);
	end(&scene);
}

static void
work_then_set(void *arg)
{
	struct scene *scene = arg;

	spin_ms(60);
	loop_timer_set(scene->other, 50);
}

/* A deadline counts from now, also at the end of a long callback. */
static void
deadline_counts_from_now(void **state)
{
	struct scene scene;
	int64_t start;

	(void)state;
	begin(&scene, work_then_set);
	loop_soon(scene.timer);
	start = now_us();
	loop_run(scene.loop);
	/* The coarse clock of libevent may be 4 ms behind. */
	assert_true(now_us() - start >= 60000 + 50000 - 10000);
	end(&scene);
}

static void
broken_pipe_is_an_error(void **state)
{
	struct scene scene;
	int ends[2];

	(void)state;
	begin(&scene, count);
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_int_equal(write(ends[1], "x", 1), -1);
	close(ends[1]);
	end(&scene);
}

static void
signal_comes_through_the_loop(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, count);
	scene.handle = loop_signal_new(scene.loop, SIGHUP, stop, &scene);
	assert_non_null(scene.handle);
	raise(SIGHUP);
	assert_int_equal(scene.other_fired, 0);
	loop_run(scene.loop);
	assert_int_equal(scene.other_fired, 1);
	raise(SIGHUP); /* stays registered */
	loop_run(scene.loop);
	assert_int_equal(scene.other_fired, 2);
	end(&scene);
}

static void
null_is_freed(void **state)
{
	(void)state;
	loop_timer_free(NULL);
	loop_signal_free(NULL);
	loop_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(timer_is_set_again_in_its_callback),
	    cmocka_unit_test(cancelled_timer_does_not_fire),
	    cmocka_unit_test(soon_twice_is_once),
	    cmocka_unit_test(soon_lets_others_in),
	    cmocka_unit_test(deadline_counts_from_now),
	    cmocka_unit_test(broken_pipe_is_an_error),
	    cmocka_unit_test(signal_comes_through_the_loop),
	    cmocka_unit_test(null_is_freed),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
