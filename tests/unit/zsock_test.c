/* SPDX-License-Identifier: MIT */
/*
 * A real ROUTER in the loop and real clients in another thread. The shapes that
 * the first two tests refuse, and what each of them shows:
 * one message per ring of the bell: most messages never arrive; receiving until
 * nothing is left: the timer waits for seconds; no question after sending: the
 * client waits for ever.
 */
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

#define MESSAGES 100000
#define ROUNDS 300
#define GAP_LIMIT_US 250000
#define OVERALL_MS 60000

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

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
spin_us(int64_t us)
{
	int64_t end = now_us() + us;

	while (now_us() < end)
		;
}

/* ---- the daemon's side ---- */

static void
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

static void
on_dropped(void *arg)
{
	struct scene *scene = arg;

	scene->dropped++;
	if (scene->received + scene->dropped >= scene->until)
		loop_stop(scene->loop);
}

static void
on_timeout(void *arg)
{
	struct scene *scene = arg;

	scene->timed_out = true;
	loop_stop(scene->loop);
}

static void
on_tick(void *arg)
{
	struct scene *scene = arg;
	int64_t now = now_us();

	if (scene->last_tick != 0 && now - scene->last_tick > scene->worst_gap)
		scene->worst_gap = now - scene->last_tick;
	scene->last_tick = now;
	loop_timer_set(scene->tick, 1);
}

static struct zsock *
bind_to(struct scene *scene, const char *endpoint, int mode)
{
	const struct zsock_options options = {.endpoint = endpoint, .message_bytes = 4096,
	    .receive_high_water = 64, .send_high_water = 64, .mode = mode, .linger_ms = 100};
	const struct zsock_callbacks callbacks = {on_received, on_dropped, scene};

	return zsock_new(scene->loop, &options, &callbacks, &scene->err);
}

static void *
connect_client(struct scene *scene, int type)
{
	void *client = zmq_socket(scene->context, type);
	int linger = 0, timeout = 20000;

	zmq_setsockopt(client, ZMQ_LINGER, &linger, sizeof(linger));
	zmq_setsockopt(client, ZMQ_RCVTIMEO, &timeout, sizeof(timeout));
	zmq_setsockopt(client, ZMQ_SNDTIMEO, &timeout, sizeof(timeout));
	assert_int_equal(zmq_connect(client, scene->endpoint), 0);
	return client;
}

static void
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

static void
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
static void
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
static void
run_for(struct scene *scene, int ms)
{
	scene->until = INT32_MAX;
	loop_timer_set(scene->overall, ms);
	loop_run(scene->loop);
	scene->timed_out = false;
}

/* ---- the bell ---- */

static void *
flood(void *arg)
{
	struct scene *scene = arg;
	int i;

	for (i = 0; i < MESSAGES; i++)
		if (zmq_send(scene->client, &i, sizeof(i), 0) == -1)
			break;
	return NULL;
}

static void
flood_loses_nothing_and_starves_nobody(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	scene.client = connect_client(&scene, ZMQ_DEALER);
	scene.work_us = 30; /* slower than the sender: there is always one more */
	scene.tick = loop_timer_new(scene.loop, on_tick, &scene);
	loop_timer_set(scene.tick, 1);
	pthread_create(&scene.thread, NULL, flood, &scene);
	scene.until = MESSAGES;
	loop_timer_set(scene.overall, OVERALL_MS);
	loop_run(scene.loop);
	if (now_us() - scene.last_tick > scene.worst_gap)
		scene.worst_gap = now_us() - scene.last_tick;
	print_message("%d of %d received, worst gap of a 1 ms timer %d ms\n", scene.received,
	    MESSAGES, (int)(scene.worst_gap / 1000));
	if (scene.timed_out)
		/* Unblocks the sender. */
		run_for(&scene, 1);
	pthread_join(scene.thread, NULL);
	assert_int_equal(scene.received, MESSAGES);
	assert_int_equal(scene.dropped, 0);
	assert_true(scene.worst_gap <= GAP_LIMIT_US);
	end(&scene);
}

/* Answers in a callback of its own. Its work lets the next message come in
 * before the send, which then swallows the ring of the bell. */
static void
answer_kept(void *arg)
{
	struct scene *scene = arg;
	struct zsock_message *message = scene->kept[--scene->kept_count];

	spin_us(1500);
	assert_true(zsock_reply(scene->zsock, message, message->body));
	zsock_message_free(message);
	if (++scene->answered == scene->until)
		loop_stop(scene->loop);
	else if (scene->kept_count > 0)
		loop_soon(scene->answer);
}

/* A request, another while the first is being answered, and both answers. */
static void *
two_at_a_time(void *arg)
{
	struct scene *scene = arg;
	int i, n, got;

	for (i = 0; i < ROUNDS; i++) {
		zmq_send(scene->client, &i, sizeof(i), 0);
		usleep((useconds_t)(i % 16) * 100);
		zmq_send(scene->client, &i, sizeof(i), 0);
		for (n = 0; n < 2; n++)
			if (zmq_recv(scene->client, &got, sizeof(got), 0) != sizeof(got) ||
			    got != i)
				return NULL;
		scene->rounds_done = i + 1;
	}
	return NULL;
}

static void
answers_do_not_swallow_the_bell(void **state)
{
	struct scene scene;
	int timeout = 1000;

	(void)state;
	begin(&scene);
	scene.client = connect_client(&scene, ZMQ_DEALER);
	zmq_setsockopt(scene.client, ZMQ_RCVTIMEO, &timeout, sizeof(timeout));
	scene.keep = true;
	scene.answer = loop_timer_new(scene.loop, answer_kept, &scene);
	pthread_create(&scene.thread, NULL, two_at_a_time, &scene);
	while (scene.answered < 2 * ROUNDS && !scene.timed_out) {
		int before = scene.answered;

		run_for(&scene, 1500);
		if (scene.answered == before)
			break; /* hung */
	}
	pthread_join(scene.thread, NULL);
	print_message("%d of %d rounds\n", scene.rounds_done, ROUNDS);
	assert_int_equal(scene.rounds_done, ROUNDS);
	end(&scene);
}

/* ---- pause ---- */

static void
send_numbers(void *client, int count)
{
	int i;

	for (i = 0; i < count; i++)
		assert_int_equal(zmq_send(client, &i, sizeof(i), 0), sizeof(i));
}

static int64_t
cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
	    usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static void
pause_stops_at_once_and_resume_goes_on(void **state)
{
	struct scene scene;
	int64_t before;
	void *other;

	(void)state;
	begin(&scene);
	scene.client = connect_client(&scene, ZMQ_DEALER);
	scene.pause_after = 3;
	send_numbers(scene.client, 50);
	run_until(&scene, 3);
	assert_int_equal(scene.received, 3);
	other = connect_client(&scene, ZMQ_DEALER);
	send_numbers(other, 10);
	before = cpu_us();
	run_for(&scene, 300);
	assert_int_equal(scene.received, 3);
	/* The new peer's ring of the bell does not keep the loop spinning. */
	assert_true(cpu_us() - before < 100000);
	run_for(&scene, 50);
	assert_int_equal(scene.received, 3);
	zsock_resume(scene.zsock);
	assert_int_equal(scene.received, 3); /* not inside the call */
	run_until(&scene, 60);
	assert_int_equal(scene.received, 60);
	zmq_close(other);
	end(&scene);
}

static void
closed_intake_still_answers(void **state)
{
	struct scene scene;
	struct zsock *successor;
	void *late;
	int answer = 0;

	(void)state;
	begin(&scene);
	scene.client = connect_client(&scene, ZMQ_DEALER);
	scene.keep = true;
	send_numbers(scene.client, 1);
	run_until(&scene, 1);
	zsock_close_intake(scene.zsock);
	zsock_close_intake(scene.zsock);
	zsock_resume(scene.zsock);
	late = connect_client(&scene, ZMQ_DEALER);
	send_numbers(late, 1);
	send_numbers(scene.client, 1);
	run_for(&scene, 100);
	assert_int_equal(scene.received, 1);
	assert_int_equal(access(scene.path, F_OK), -1);
	assert_true(zsock_reply(scene.zsock, scene.kept[0], STR("1234")));
	assert_int_equal(zmq_recv(scene.client, &answer, sizeof(answer), 0), 4);
	/* The next daemon takes the place, and keeps it when this one ends. */
	successor = bind_to(&scene, scene.endpoint, 0660);
	assert_non_null(successor);
	zsock_free(scene.zsock);
	scene.zsock = successor;
	assert_int_equal(access(scene.path, F_OK), 0);
	run_until(&scene, 2);
	zmq_close(late);
	end(&scene);
}

/* ---- the envelope ---- */

static void
send_frames(void *client, int count, size_t bytes)
{
	char frame[1024];
	int i;

	memset(frame, 'e', sizeof(frame));
	for (i = 0; i < count; i++)
		assert_int_not_equal(zmq_send(client, frame, bytes, ZMQ_SNDMORE), -1);
	assert_int_not_equal(zmq_send(client, "body", 4, 0), -1);
}

static void
envelope_comes_back_unchanged(void **state)
{
	struct scene scene;
	char frame[1024];
	int count, i;

	(void)state;
	begin(&scene);
	scene.client = connect_client(&scene, ZMQ_DEALER);
	scene.keep = true;
	for (count = 0; count <= LIMIT_ENVELOPE_FRAMES; count++) {
		struct zsock_message *message;

		send_frames(scene.client, count, LIMIT_ENVELOPE_BYTES);
		run_until(&scene, count + 1);
		message = scene.kept[count];
		assert_int_equal(message->envelope_count, count + 1);
		assert_true(str_is(message->body, "body"));
		assert_true(zsock_reply(scene.zsock, message, STR("")));
		for (i = 0; i < count; i++)
			assert_int_equal(zmq_recv(scene.client, frame, sizeof(frame), 0),
			    LIMIT_ENVELOPE_BYTES);
		assert_int_equal(zmq_recv(scene.client, frame, sizeof(frame), 0), 0);
	}
	assert_int_equal(scene.dropped, 0);
	end(&scene);
}

static void
big_envelopes_are_dropped_whole(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	scene.client = connect_client(&scene, ZMQ_DEALER);
	send_frames(scene.client, LIMIT_ENVELOPE_FRAMES + 1, 1);
	send_frames(scene.client, 1, LIMIT_ENVELOPE_BYTES + 1);
	send_frames(scene.client, 300, 1);
	send_frames(scene.client, 1, 0);
	run_until(&scene, 4);
	assert_int_equal(scene.dropped, 3);
	assert_int_equal(scene.received, 1);
	end(&scene);
}

static void
req_clients_are_answered(void **state)
{
	struct scene scene;
	char answer[16];

	(void)state;
	begin(&scene);
	scene.client = connect_client(&scene, ZMQ_REQ);
	scene.keep = true;
	assert_int_equal(zmq_send(scene.client, "question", 8, 0), 8);
	run_until(&scene, 1);
	assert_int_equal(scene.kept[0]->envelope_count, 2);
	assert_int_equal(scene.kept[0]->envelope[1].n, 0);
	assert_true(zsock_reply(scene.zsock, scene.kept[0], STR("answer")));
	assert_int_equal(zmq_recv(scene.client, answer, sizeof(answer), 0), 6);
	end(&scene);
}

static void
oversized_body_is_never_seen(void **state)
{
	struct scene scene;
	char big[5000];

	(void)state;
	begin(&scene);
	scene.client = connect_client(&scene, ZMQ_DEALER);
	memset(big, 'x', sizeof(big));
	zmq_send(scene.client, big, 4096, 0);
	run_until(&scene, 1);
	zmq_send(scene.client, big, 4097, 0);
	run_for(&scene, 200);
	assert_int_equal(scene.received, 1);
	end(&scene);
}

static void
answer_to_nobody_fails(void **state)
{
	struct scene scene;
	int64_t start = now_us();

	(void)state;
	begin(&scene);
	scene.client = connect_client(&scene, ZMQ_DEALER);
	scene.keep = true;
	send_numbers(scene.client, 1);
	run_until(&scene, 1);
	zmq_close(scene.client);
	scene.client = NULL;
	/* Until its leaving was noticed an answer may be taken. */
	while (zsock_reply(scene.zsock, scene.kept[0], STR("late"))) {
		assert_true(now_us() - start < 10000000);
		run_for(&scene, 5);
	}
	end(&scene);
}

static void
answers_to_a_full_peer_fail(void **state)
{
	struct scene scene;
	int sent = 0;
	static char big[4000];

	(void)state;
	begin(&scene);
	scene.client = connect_client(&scene, ZMQ_DEALER);
	scene.keep = true;
	send_numbers(scene.client, 1);
	run_until(&scene, 1);
	while (sent < 100000 &&
	    zsock_reply(scene.zsock, scene.kept[0], (struct str){big, sizeof(big)}))
		sent++;
	assert_in_range(sent, 1, 99999);
	end(&scene);
}

/* ---- endpoints ---- */

static void
expect_refused(struct scene *scene, const char *endpoint, const char *reason)
{
	struct zsock *zsock = bind_to(scene, endpoint, 0660);

	if (zsock != NULL)
		fail_msg("%s was bound", endpoint);
	if (strstr(scene->err.text, reason) == NULL)
		fail_msg("%s: %s", endpoint, scene->err.text);
}

static void
only_loopback_without_keys(void **state)
{
	static const char *const refused[] = {"tcp://0.0.0.0:*", "tcp://*:*",
	    "tcp://192.0.2.1:5555", "tcp://127.0.0.1.example:5555", "tcp://[::]:5555",
	    "tcp://eth0:5555", "tcp://eth0;127.0.0.1:5555", "tcp://::1:5555",
	    "tcp://localhost.example:5555", "tcp://127.1:5555"};
	static const char *const taken[] = {"tcp://127.0.0.1:*", "tcp://127.8.9.1:*",
	    "tcp://localhost:*"};
	struct scene scene;
	size_t i;

	(void)state;
	begin(&scene);
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		expect_refused(&scene, refused[i], "CURVE keys");
	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		struct zsock *zsock = bind_to(&scene, taken[i], 0660);

		if (zsock == NULL)
			fail_msg("%s", scene.err.text);
		zsock_free(zsock);
	}
	expect_refused(&scene, "tcp://127.0.0.1", "port");
	expect_refused(&scene, "tcp://127.0.0.1:", "port");
	expect_refused(&scene, "inproc://x", "not an ipc");
	expect_refused(&scene, "", "not an ipc");
	end(&scene);
}

static void
socket_file_has_its_mode(void **state)
{
	struct scene scene;
	struct stat status;
	mode_t before;

	(void)state;
	begin(&scene);
	assert_int_equal(stat(scene.path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0660);
	zsock_free(scene.zsock);
	before = umask(0077);
	scene.zsock = bind_to(&scene, scene.endpoint, 0666);
	assert_int_equal(umask(before), 0077);
	assert_int_equal(stat(scene.path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0666);
	end(&scene);
}

/* A socket file as a killed daemon leaves it, or with a listener. */
static int
leave_socket(const char *path, bool listening)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(address.sun_path, path, strlen(path));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	if (listening)
		assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void
only_a_stale_socket_is_replaced(void **state)
{
	struct scene scene;
	char path[120], endpoint[130], longer[160];
	struct stat status;
	FILE *file;
	int fd;

	(void)state;
	begin(&scene);
	expect_refused(&scene, scene.endpoint, "another process is listening");
	scene.client = connect_client(&scene, ZMQ_DEALER);
	send_numbers(scene.client, 1);
	run_until(&scene, 1); /* and was left alone */

	snprintf(path, sizeof(path), "%s/other", scene.folder);
	snprintf(endpoint, sizeof(endpoint), "ipc://%s", path);
	fd = leave_socket(path, true);
	expect_refused(&scene, endpoint, "another process is listening");
	close(fd);
	zsock_free(scene.zsock);
	scene.zsock = bind_to(&scene, endpoint, 0660);
	assert_non_null(scene.zsock);
	zsock_free(scene.zsock);
	assert_int_equal(access(path, F_OK), -1); /* removed at the end */

	file = fopen(path, "w");
	fclose(file);
	expect_refused(&scene, endpoint, "not a socket");
	assert_int_equal(stat(path, &status), 0);
	unlink(path);
	snprintf(path, sizeof(path), "%s/other.lock", scene.folder);
	unlink(path);

	memset(longer, 'x', sizeof(longer));
	memcpy(longer, "ipc:///tmp/", 11);
	longer[6 + 108] = '\0';
	expect_refused(&scene, longer, "at most 107");
	expect_refused(&scene, "ipc:///nonexistent/folder/socket", "No such file");
	expect_refused(&scene, "ipc://@abstract", "path of a file");
	expect_refused(&scene, "ipc://*", "path of a file");
	expect_refused(&scene, "ipc://", "path of a file");
	scene.zsock = NULL;
	end(&scene);
}

/* Between looking and binding another start may come: the lock decides. */
static void
two_starts_at_once_have_one_winner(void **state)
{
	struct scene scene;
	char lock[110];
	int fd;

	(void)state;
	begin(&scene);
	zsock_free(scene.zsock);
	snprintf(lock, sizeof(lock), "%s.lock", scene.path);
	fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	expect_refused(&scene, scene.endpoint, "another process");
	assert_int_equal(access(scene.path, F_OK), -1);
	close(fd);
	scene.zsock = bind_to(&scene, scene.endpoint, 0660);
	assert_non_null(scene.zsock);
	/* Held for as long as it listens. */
	fd = open(lock, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
	zsock_close_intake(scene.zsock);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	close(fd);
	end(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(flood_loses_nothing_and_starves_nobody),
	    cmocka_unit_test(answers_do_not_swallow_the_bell),
	    cmocka_unit_test(pause_stops_at_once_and_resume_goes_on),
	    cmocka_unit_test(closed_intake_still_answers),
	    cmocka_unit_test(envelope_comes_back_unchanged),
	    cmocka_unit_test(big_envelopes_are_dropped_whole),
	    cmocka_unit_test(req_clients_are_answered),
	    cmocka_unit_test(oversized_body_is_never_seen),
	    cmocka_unit_test(answer_to_nobody_fails),
	    cmocka_unit_test(answers_to_a_full_peer_fail),
	    cmocka_unit_test(only_loopback_without_keys),
	    cmocka_unit_test(socket_file_has_its_mode),
	    cmocka_unit_test(only_a_stale_socket_is_replaced),
	    cmocka_unit_test(two_starts_at_once_have_one_winner),
	};

	zsock_message_free(NULL);
	zsock_free(NULL);
	return cmocka_run_group_tests_name("zsock", tests, NULL, NULL);
}
