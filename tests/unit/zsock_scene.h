/* SPDX-License-Identifier: MIT */
/*
 * zsock_scene: a ROUTER in the loop, its callbacks and its clients, for the tests
 * of zsock. Functions, because a test is one program of one file.
 */
#ifndef ZSOCK_SCENE_H
#define ZSOCK_SCENE_H

#include "zsock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <zmq.h>

#include "limits.h"

/* Not every test needs every one. */
#define SCENE_FUNCTION __attribute__((unused))

#define OVERALL_MS 60000
#define SCENE_UNSENT_BYTES ((size_t)1 << 20)

struct scene {
	struct loop *loop;
	struct zsock *zsock;
	struct loop_timer *overall, *tick, *answer;
	char folder[64], path[100], endpoint[110];
	/* What the callbacks saw. */
	int received, dropped, until, answered;
	int pause_after;
	int64_t work_us; /* pretended, for each message */
	bool timed_out;
	int64_t last_tick, worst_gap;
	struct zsock_message *kept[64];
	int kept_count;
	bool keep;
	/* The clients' side. */
	void *context, *client;
	pthread_t thread;
	int rounds_done;
	struct err err;
};

static SCENE_FUNCTION int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static SCENE_FUNCTION void
spin_us(int64_t us)
{
	int64_t end = now_us() + us;

	while (now_us() < end)
		;
}

/* ---- the daemon's side ---- */

static SCENE_FUNCTION void
on_received(void *arg, struct zsock_message *message)
{
	struct scene *scene = arg;

	scene->received++;
	if (scene->work_us > 0)
		spin_us(scene->work_us);
	if (scene->pause_after > 0 && scene->received == scene->pause_after)
		zsock_pause(scene->zsock);
	if (scene->keep && scene->kept_count < 64) {
		scene->kept[scene->kept_count++] = message;
		if (scene->answer != NULL)
			loop_soon(scene->answer);
	} else {
		zsock_message_free(message);
	}
	if (scene->received + scene->dropped >= scene->until)
		loop_stop(scene->loop);
}

static SCENE_FUNCTION void
on_dropped(void *arg)
{
	struct scene *scene = arg;

	scene->dropped++;
	if (scene->received + scene->dropped >= scene->until)
		loop_stop(scene->loop);
}

static SCENE_FUNCTION void
on_timeout(void *arg)
{
	struct scene *scene = arg;

	scene->timed_out = true;
	loop_stop(scene->loop);
}

static SCENE_FUNCTION void
on_tick(void *arg)
{
	struct scene *scene = arg;
	int64_t now = now_us();

	if (scene->last_tick != 0 && now - scene->last_tick > scene->worst_gap)
		scene->worst_gap = now - scene->last_tick;
	scene->last_tick = now;
	loop_timer_set(scene->tick, 1);
}

static SCENE_FUNCTION struct zsock *
bind_to(struct scene *scene, const char *endpoint, int mode)
{
	const struct zsock_options options = {.endpoint = endpoint, .message_bytes = 4096,
	    .receive_high_water = 64, .send_high_water = 64, .unsent_bytes = SCENE_UNSENT_BYTES,
	    .mode = mode, .linger_ms = 100};
	const struct zsock_callbacks callbacks = {on_received, on_dropped, scene};

	return zsock_new(scene->loop, &options, &callbacks, &scene->err);
}

/* high_water: messages that libzmq takes in for a client that does not ask for them. */
static SCENE_FUNCTION void *
connect_with(struct scene *scene, int type, int high_water)
{
	void *client = zmq_socket(scene->context, type);
	int linger = 0, timeout = 20000;

	zmq_setsockopt(client, ZMQ_RCVHWM, &high_water, sizeof(high_water));
	zmq_setsockopt(client, ZMQ_LINGER, &linger, sizeof(linger));
	zmq_setsockopt(client, ZMQ_RCVTIMEO, &timeout, sizeof(timeout));
	zmq_setsockopt(client, ZMQ_SNDTIMEO, &timeout, sizeof(timeout));
	assert_int_equal(zmq_connect(client, scene->endpoint), 0);
	return client;
}

static SCENE_FUNCTION void *
connect_client(struct scene *scene, int type)
{
	return connect_with(scene, type, 1000);
}

static SCENE_FUNCTION void
begin(struct scene *scene)
{
	*scene = (struct scene){.loop = loop_new(), .folder = "/tmp/zsock_test.XXXXXX"};
	assert_non_null(mkdtemp(scene->folder));
	snprintf(scene->path, sizeof(scene->path), "%s/socket", scene->folder);
	snprintf(scene->endpoint, sizeof(scene->endpoint), "ipc://%s", scene->path);
	scene->overall = loop_timer_new(scene->loop, on_timeout, scene);
	scene->context = zmq_ctx_new();
	scene->zsock = bind_to(scene, scene->endpoint, 0660);
	if (scene->zsock == NULL)
		fail_msg("%s", scene->err.text);
}

static SCENE_FUNCTION void
end(struct scene *scene)
{
	char lock[110];

	while (scene->kept_count > 0)
		zsock_message_free(scene->kept[--scene->kept_count]);
	loop_timer_free(scene->tick);
	loop_timer_free(scene->answer);
	loop_timer_free(scene->overall);
	zsock_free(scene->zsock);
	loop_free(scene->loop);
	if (scene->client != NULL)
		zmq_close(scene->client);
	zmq_ctx_term(scene->context);
	unlink(scene->path);
	snprintf(lock, sizeof(lock), "%s.lock", scene->path);
	unlink(lock);
	assert_int_equal(rmdir(scene->folder), 0);
}

/* Runs until so many messages were received or dropped in all. */
static SCENE_FUNCTION void
run_until(struct scene *scene, int total)
{
	scene->until = total;
	loop_timer_set(scene->overall, OVERALL_MS);
	loop_run(scene->loop);
	if (scene->timed_out)
		fail_msg("%d received, %d dropped, of %d", scene->received, scene->dropped,
		    total);
}

/* Runs for a while, however much comes. */
static SCENE_FUNCTION void
run_for(struct scene *scene, int ms)
{
	scene->until = INT32_MAX;
	loop_timer_set(scene->overall, ms);
	loop_run(scene->loop);
	scene->timed_out = false;
}

static SCENE_FUNCTION void
send_numbers(void *client, int count)
{
	int i;

	for (i = 0; i < count; i++)
		assert_int_equal(zmq_send(client, &i, sizeof(i), 0), sizeof(i));
}

#endif
