/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

struct scene {
	struct loop *loop;
	struct worker *worker;
	struct loop_timer *timer;
	pthread_t thread;
	sem_t begun, go_on;
	bool other_thread, signals_blocked, done_here;
	int runs, ticks;
};

static void
scene_start(struct scene *scene)
{
	*scene = (struct scene){.thread = pthread_self()};
	sem_init(&scene->begun, 0, 0);
	sem_init(&scene->go_on, 0, 0);
	scene->loop = loop_new();
	scene->worker = worker_new(scene->loop, NULL);
	assert_non_null(scene->worker);
}

static void
work(void *arg)
{
	struct scene *scene = arg;
	sigset_t blocked;

	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	scene->signals_blocked = sigismember(&blocked, SIGHUP) && sigismember(&blocked, SIGTERM);
	scene->other_thread = !pthread_equal(pthread_self(), scene->thread);
	sem_post(&scene->begun);
	sem_wait(&scene->go_on);
}

static void
done_once(void *arg)
{
	struct scene *scene = arg;

	scene->done_here = pthread_equal(pthread_self(), scene->thread) != 0;
	assert_false(worker_is_busy(scene->worker));
	scene->runs++;
	loop_stop(scene->loop);
}

/* The loop turns while the thread is at work; that goes on when it has turned. */
static void
tick(void *arg)
{
	struct scene *scene = arg;

	if (++scene->ticks == 3)
		sem_post(&scene->go_on);
	else
		loop_soon(scene->timer);
}

static void
test_beside_the_loop(void **state)
{
	struct scene scene;

	(void)state;
	scene_start(&scene);
	scene.timer = loop_timer_new(scene.loop, tick, &scene);
	assert_int_equal(worker_run(scene.worker, work, done_once, &scene, NULL), 0);
	assert_true(worker_is_busy(scene.worker));
	sem_wait(&scene.begun);
	loop_soon(scene.timer);
	assert_int_equal(loop_run(scene.loop), 0);
	assert_int_equal(scene.runs, 1);
	assert_int_equal(scene.ticks, 3);
	assert_true(scene.other_thread && scene.signals_blocked && scene.done_here);
	loop_timer_free(scene.timer);
	assert_true(worker_free(scene.worker));
	loop_free(scene.loop);
}

/* The next one begins where the last one is told. */
static void
done_again(void *arg)
{
	struct scene *scene = arg;

	if (++scene->runs == 3) {
		loop_stop(scene->loop);
		return;
	}
	sem_post(&scene->go_on);
	assert_int_equal(worker_run(scene->worker, work, done_again, scene, NULL), 0);
}

static void
test_one_after_the_other(void **state)
{
	struct scene scene;

	(void)state;
	scene_start(&scene);
	sem_post(&scene.go_on);
	assert_int_equal(worker_run(scene.worker, work, done_again, &scene, NULL), 0);
	assert_int_equal(loop_run(scene.loop), 0);
	assert_int_equal(scene.runs, 3);
	assert_true(worker_free(scene.worker));
	loop_free(scene.loop);
}

static void
test_left_at_work(void **state)
{
	static struct scene scene; /* the thread has it to the end */

	(void)state;
	scene_start(&scene);
	assert_int_equal(worker_run(scene.worker, work, done_once, &scene, NULL), 0);
	sem_wait(&scene.begun);
	assert_false(worker_free(scene.worker));
	loop_free(scene.loop);
	assert_int_equal(scene.runs, 0);
	sem_post(&scene.go_on);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_beside_the_loop),
		cmocka_unit_test(test_one_after_the_other),
		cmocka_unit_test(test_left_at_work),
	};
	int failed = cmocka_run_group_tests_name("worker", tests, NULL, NULL);

	fflush(NULL);
	_exit(failed); /* as its users do with a thread left at work */
}
