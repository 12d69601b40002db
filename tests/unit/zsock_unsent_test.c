/* SPDX-License-Identifier: MIT */
/* What waits for a peer: its ceiling, and who is remembered. */
#include "zsock_unsent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <zmq.h>

#define CEILING ((size_t)10000)
#define PEERS 1000

static char big[2 * CEILING];

static bool
lend(struct zsock_unsent *unsent, const char *peer, size_t bytes, zmq_msg_t *frame)
{
	return zsock_unsent_frame(unsent, str_of(peer), (struct str){big, bytes}, frame);
}

static void
a_peer_has_a_ceiling_of_its_own(void **state)
{
	struct zsock_unsent *unsent = zsock_unsent_new(CEILING);
	zmq_msg_t a, b, other, none;

	(void)state;
	memset(big, 'x', sizeof(big));
	assert_true(lend(unsent, "a", CEILING / 2, &a));
	assert_int_equal(zmq_msg_size(&a), CEILING / 2);
	assert_memory_equal(zmq_msg_data(&a), big, CEILING / 2);
	assert_true(lend(unsent, "a", CEILING / 4, &b));
	assert_false(lend(unsent, "a", CEILING / 4, &none));
	assert_true(lend(unsent, "aa", CEILING / 2, &other));
	zmq_msg_close(&a);
	assert_true(lend(unsent, "a", CEILING / 2, &a));
	zmq_msg_close(&a);
	zmq_msg_close(&b);
	zmq_msg_close(&other);
	zsock_unsent_free(unsent);
}

static void
where_nothing_waits_any_body_may_go(void **state)
{
	struct zsock_unsent *unsent = zsock_unsent_new(CEILING);
	zmq_msg_t frame, none;

	(void)state;
	assert_true(lend(unsent, "a", sizeof(big), &frame));
	assert_false(lend(unsent, "a", 0, &none));
	zmq_msg_close(&frame);
	assert_true(lend(unsent, "a", 0, &frame));
	assert_int_equal(zmq_msg_size(&frame), 0);
	zmq_msg_close(&frame);
	zsock_unsent_free(unsent);
}

/* Peers come and go; those that nothing waits for, an empty body neither, are forgotten. */
static void
idle_peers_are_forgotten(void **state)
{
	struct zsock_unsent *unsent = zsock_unsent_new(CEILING);
	zmq_msg_t kept[PEERS / 10], frame;
	char name[16];
	int i;

	(void)state;
	for (i = 0; i < PEERS; i++) {
		snprintf(name, sizeof(name), "%d", i);
		assert_true(lend(unsent, name, 0, i % 10 == 0 ? &kept[i / 10] : &frame));
		if (i % 10 != 0)
			zmq_msg_close(&frame);
	}
	assert_in_range(zsock_unsent_peers(unsent), PEERS / 10, PEERS / 5 + 1);
	for (i = 0; i < PEERS / 10; i++)
		zmq_msg_close(&kept[i]);
	zsock_unsent_free(unsent);
	zsock_unsent_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_peer_has_a_ceiling_of_its_own),
	    cmocka_unit_test(where_nothing_waits_any_body_may_go),
	    cmocka_unit_test(idle_peers_are_forgotten),
	};

	return cmocka_run_group_tests_name("zsock_unsent", tests, NULL, NULL);
}
