/* SPDX-License-Identifier: MIT */
#include "ctl_client.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <zmq.h>

#include "mem.h"

#define ANSWER_BYTES (1024 * 1024)
#define HIGH_WATER 65536 /* messages; the caller's window is the real bound */

struct ctl_client {
	void *context, *socket;
	zmq_msg_t message;
	bool has_message;
};

static bool
client_set(struct ctl_client *client, int option, int value)
{
	return zmq_setsockopt(client->socket, option, &value, sizeof(value)) == 0;
}

static bool
client_open(struct ctl_client *client, const char *endpoint)
{
	int64_t bytes = ANSWER_BYTES;

	client->context = zmq_ctx_new();
	if (client->context == NULL)
		return false;
	client->socket = zmq_socket(client->context, ZMQ_DEALER);
	return client->socket != NULL && client_set(client, ZMQ_LINGER, 0) &&
	       client_set(client, ZMQ_SNDHWM, HIGH_WATER) &&
	       client_set(client, ZMQ_RCVHWM, HIGH_WATER) &&
	       client_set(client, ZMQ_RECONNECT_IVL, 50) &&
	       client_set(client, ZMQ_RECONNECT_IVL_MAX, 1000) &&
	       zmq_setsockopt(client->socket, ZMQ_MAXMSGSIZE, &bytes, sizeof(bytes)) == 0 &&
	       zmq_connect(client->socket, endpoint) == 0;
}

struct ctl_client *
ctl_client_new(const char *endpoint, struct err *err)
{
	struct ctl_client *client = mem_alloc(sizeof(*client));

	if (client_open(client, endpoint))
		return client;
	err_set(err, "endpoint '%s': %s", endpoint, zmq_strerror(zmq_errno()));
	ctl_client_free(client);
	return NULL;
}

static void
client_drop(struct ctl_client *client)
{
	if (client->has_message)
		zmq_msg_close(&client->message);
	client->has_message = false;
}

void
ctl_client_free(struct ctl_client *client)
{
	if (client == NULL)
		return;
	client_drop(client);
	if (client->socket != NULL)
		zmq_close(client->socket);
	if (client->context != NULL)
		zmq_ctx_term(client->context);
	free(client);
}

int
ctl_client_send(struct ctl_client *client, struct str body, struct err *err)
{
	int sent;

	do
		sent = zmq_send(client->socket, body.p, body.n, ZMQ_DONTWAIT);
	while (sent < 0 && zmq_errno() == EINTR);
	if (sent >= 0)
		return 0;
	if (zmq_errno() == EAGAIN)
		return 1;
	return err_set(err, "cannot send: %s", zmq_strerror(zmq_errno()));
}

/* Answers have one frame; of one with more the last counts, as in requests. */
int
ctl_client_receive(struct ctl_client *client, struct str *body)
{
	do {
		client_drop(client);
		zmq_msg_init(&client->message);
		client->has_message = true;
		if (zmq_msg_recv(&client->message, client->socket, ZMQ_DONTWAIT) < 0) {
			if (zmq_errno() == EINTR)
				continue;
			return 0;
		}
	} while (zmq_msg_more(&client->message));
	*body = (struct str){zmq_msg_data(&client->message), zmq_msg_size(&client->message)};
	return 1;
}

enum ctl_wake
ctl_client_wait(struct ctl_client *client, int fd, int64_t ms)
{
	zmq_pollitem_t items[2] = {
		{.socket = client->socket, .events = ZMQ_POLLIN},
		{.fd = fd, .events = ZMQ_POLLIN},
	};

	/* A signal ends the wait early: the caller looks at its clock anyway. */
	if (zmq_poll(items, fd >= 0 ? 2 : 1, ms > 0 ? (long)ms : 0) <= 0)
		return CTL_WAKE_TIME;
	if (items[0].revents != 0)
		return CTL_WAKE_ANSWER;
	return fd >= 0 && items[1].revents != 0 ? CTL_WAKE_INPUT : CTL_WAKE_TIME;
}
