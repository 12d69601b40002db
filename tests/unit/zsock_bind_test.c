/* SPDX-License-Identifier: MIT */
/*
 * Where a zsock may listen: addresses, the socket's file, its lock.
 */
#include "zsock_scene.h"

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
	    cmocka_unit_test(only_loopback_without_keys),
	    cmocka_unit_test(socket_file_has_its_mode),
	    cmocka_unit_test(only_a_stale_socket_is_replaced),
	    cmocka_unit_test(two_starts_at_once_have_one_winner),
	};

	zsock_message_free(NULL);
	zsock_free(NULL);
	return cmocka_run_group_tests_name("zsock_bind", tests, NULL, NULL);
}
