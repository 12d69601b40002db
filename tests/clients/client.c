/* SPDX-License-Identifier: MIT */
/*
 * Submits one sample ticket: client_c ENDPOINT req|dealer [KEY]
 * Exit status 0 when the ticket is kept (accepted or duplicate), else 1.
 * Uses libzmq and msgpack-c only: cc client.c -lzmq -lmsgpackc
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <msgpack.h>
#include <zmq.h>

#define PATIENCE_MS 10000
#define REQUEST_ID 1

static void
pack_text(msgpack_packer *packer, const char *text)
{
	msgpack_pack_str(packer, strlen(text));
	msgpack_pack_str_body(packer, text, strlen(text));
}

static void
pack_pair(msgpack_packer *packer, const char *name, const char *text)
{
	pack_text(packer, name);
	pack_text(packer, text);
}

static void
pack_ticket(msgpack_packer *packer)
{
	msgpack_pack_map(packer, 7);
	pack_pair(packer, "audience", "mentor");
	pack_pair(packer, "form_locale", "en");
	pack_text(packer, "requester");
	msgpack_pack_map(packer, 2);
	pack_pair(packer, "name", "Ada Ruiz");
	pack_pair(packer, "email", "ada.ruiz@example.org");
	pack_pair(packer, "subject", "Session cancelled twice");
	pack_pair(packer, "body",
	    "Hello, my student has cancelled our session twice this week. What can I do?");
	pack_text(packer, "fields");
	msgpack_pack_map(packer, 1);
	pack_pair(packer, "student_name", "Noor Haddad");
	pack_text(packer, "attachments");
	msgpack_pack_array(packer, 1);
	msgpack_pack_map(packer, 3);
	pack_pair(packer, "name", "calendar.png");
	pack_pair(packer, "type", "image/png");
	pack_text(packer, "size");
	msgpack_pack_int(packer, 48211);
}

static void
pack_request(msgpack_sbuffer *request, const char *key)
{
	msgpack_packer packer;

	msgpack_packer_init(&packer, request, msgpack_sbuffer_write);
	msgpack_pack_map(&packer, 5);
	pack_text(&packer, "v");
	msgpack_pack_int(&packer, 1);
	pack_pair(&packer, "op", "submit");
	pack_text(&packer, "id");
	msgpack_pack_int(&packer, REQUEST_ID);
	pack_pair(&packer, "key", key);
	pack_text(&packer, "ticket");
	pack_ticket(&packer);
}

/* What this program wants to know of an answer. */
struct answer {
	char status[32], reference[32];
	int64_t id, retry_after_ms;
};

static void
copy_text(char *to, size_t size, const msgpack_object *object)
{
	if (object->type == MSGPACK_OBJECT_STR)
		snprintf(to, size, "%.*s", (int)object->via.str.size, object->via.str.ptr);
}

static int64_t
read_integer(const msgpack_object *object)
{
	return object->type == MSGPACK_OBJECT_POSITIVE_INTEGER ? object->via.i64 : 0;
}

static bool
read_answer(struct answer *answer, const void *bytes, size_t size)
{
	msgpack_unpacked unpacked;
	bool map;
	size_t i;

	memset(answer, 0, sizeof(*answer));
	msgpack_unpacked_init(&unpacked);
	map = msgpack_unpack_next(&unpacked, bytes, size, NULL) == MSGPACK_UNPACK_SUCCESS &&
	      unpacked.data.type == MSGPACK_OBJECT_MAP;
	for (i = 0; map && i < unpacked.data.via.map.size; i++) {
		const msgpack_object_kv *pair = &unpacked.data.via.map.ptr[i];
		char name[32] = "";

		copy_text(name, sizeof(name), &pair->key);
		if (strcmp(name, "status") == 0)
			copy_text(answer->status, sizeof(answer->status), &pair->val);
		else if (strcmp(name, "reference") == 0)
			copy_text(answer->reference, sizeof(answer->reference), &pair->val);
		else if (strcmp(name, "id") == 0)
			answer->id = read_integer(&pair->val);
		else if (strcmp(name, "retry_after_ms") == 0)
			answer->retry_after_ms = read_integer(&pair->val);
	}
	msgpack_unpacked_destroy(&unpacked);
	return answer->id == REQUEST_ID;
}

/* The last frame is the answer; those before it are the transport's. */
static bool
receive_answer(void *socket, struct answer *answer)
{
	bool ours = false, more = true;

	while (more) {
		zmq_msg_t frame;

		zmq_msg_init(&frame);
		if (zmq_msg_recv(&frame, socket, 0) < 0)
			return false;
		more = zmq_msg_more(&frame) != 0;
		if (!more)
			ours = read_answer(answer, zmq_msg_data(&frame), zmq_msg_size(&frame));
		zmq_msg_close(&frame);
	}
	return ours;
}

/* One request on a socket of its own; false when there is no answer in time. */
static bool
ask(void *context, char **arguments, const msgpack_sbuffer *request, int64_t timeout_ms,
    struct answer *answer)
{
	/* REQ puts an empty frame in front; a DEALER may send one or none. */
	void *socket =
	    zmq_socket(context, strcmp(arguments[2], "req") == 0 ? ZMQ_REQ : ZMQ_DEALER);
	zmq_pollitem_t item = {socket, 0, ZMQ_POLLIN, 0};
	const int linger = 0;
	bool ours = false;

	zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger));
	if (zmq_connect(socket, arguments[1]) != 0)
		fprintf(stderr, "%s: %s\n", arguments[1], zmq_strerror(zmq_errno()));
	else if (zmq_send(socket, request->data, request->size, 0) >= 0 &&
	         zmq_poll(&item, 1, (long)timeout_ms) > 0)
		ours = receive_answer(socket, answer);
	zmq_close(socket);
	return ours;
}

static int64_t
now_ms(void)
{
	struct timespec now;

	timespec_get(&now, TIME_UTC);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Asks again after "retry", with the same bytes and so the same key. */
static bool
ask_until(void *context, char **arguments, const msgpack_sbuffer *request,
    struct answer *answer)
{
	int64_t deadline = now_ms() + PATIENCE_MS, left;

	while ((left = deadline - now_ms()) > 0) {
		if (!ask(context, arguments, request, left, answer))
			return false;
		if (strcmp(answer->status, "retry") != 0)
			return true;
		left = deadline - now_ms();
		if (answer->retry_after_ms < left)
			left = answer->retry_after_ms;
		zmq_poll(NULL, 0, left > 0 ? (long)left : 0);
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct answer answer = {.id = 0};
	msgpack_sbuffer request;
	void *context;
	char key[64];

	if (argc < 3 || argc > 4 ||
	    (strcmp(argv[2], "req") != 0 && strcmp(argv[2], "dealer") != 0)) {
		fprintf(stderr, "usage: %s ENDPOINT req|dealer [KEY]\n", argv[0]);
		return 2;
	}
	/* Kept with the ticket: every repeat must send the same. A form's backend
	 * stores a random one; time and process id do for a sample. */
	snprintf(key, sizeof(key), "sample-%lld-%p", (long long)now_ms(), (void *)&answer);
	msgpack_sbuffer_init(&request);
	pack_request(&request, argc == 4 ? argv[3] : key);
	context = zmq_ctx_new();
	if (!ask_until(context, argv, &request, &answer))
		strcpy(answer.status, "timeout");
	printf("%s %s\n", answer.status, answer.reference);
	zmq_ctx_term(context);
	msgpack_sbuffer_destroy(&request);
	return strcmp(answer.status, "accepted") != 0 && strcmp(answer.status, "duplicate") != 0;
}
