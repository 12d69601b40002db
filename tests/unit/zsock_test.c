/* SPDX-License-Identifier: MIT */
/*
 * A real ROUTER in the loop and real clients in another thread. The shapes that
 * the first two tests refuse, and what each of them shows:
 * one message per ring of the bell: most messages never arrive; receiving until
 * nothing is left: the timer waits for seconds; no question after sending: the
 * client waits for ever.
 */
#include "zsock_scene.h"

#define MESSAGES 100000
#define ROUNDS 300
#define GAP_LIMIT_US 250000

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

/* Long before the high water; who reads is served meanwhile, and that one too once it
 * has read. */
static void
answers_that_wait_for_one_peer_have_a_ceiling(void **state)
{
	struct scene scene;
	static char big[100000];
	const struct str body = {big, sizeof(big)};
	int sent = 0, again = 0;
	void *reader;

	(void)state;
	begin(&scene);
	scene.client = connect_with(&scene, ZMQ_DEALER, 1);
	scene.keep = true;
	send_numbers(scene.client, 1);
	run_until(&scene, 1);
	reader = connect_client(&scene, ZMQ_DEALER);
	send_numbers(reader, 1);
	run_until(&scene, 2);
	while (sent < 64 && zsock_reply(scene.zsock, scene.kept[0], body))
		sent++;
	/* Beside those that wait, two or three are in the descriptors' own memory. */
	assert_in_range(sent, 10, 20);
	for (; again < 50; again++) {
		assert_true(zsock_reply(scene.zsock, scene.kept[1], body));
		assert_int_equal(zmq_recv(reader, big, sizeof(big), 0), sizeof(big));
	}
	while (sent-- > 0)
		assert_int_equal(zmq_recv(scene.client, big, sizeof(big), 0), sizeof(big));
	assert_true(zsock_reply(scene.zsock, scene.kept[0], body));
	assert_int_equal(zmq_recv(scene.client, big, sizeof(big), 0), sizeof(big));
	zmq_close(reader);
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
	    cmocka_unit_test(answers_that_wait_for_one_peer_have_a_ceiling),
	};

	zsock_message_free(NULL);
	zsock_free(NULL);
	return cmocka_run_group_tests_name("zsock", tests, NULL, NULL);
}
