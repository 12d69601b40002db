/* SPDX-License-Identifier: MIT */
#include "intake.h"

#include <stdlib.h>

#include "limits.h"
#include "mem.h"
#include "pipeline.h"
#include "zsock.h"

/* Messages per peer that wait in ZeroMQ. Times the largest message it is what a
 * peer can take of our memory before anybody has looked: 8 MiB. */
#define RECEIVE_HIGH_WATER 16
#define SEND_HIGH_WATER 10000
/* And of answers that it does not read: what is more is dropped. Thousands of receipts
 * on their way to who reads at all stay far below. */
#define UNSENT_BYTES ((size_t)16 << 20)
#define SOCKET_MODE 0660
#define LINGER_MS 1000

struct intake {
	struct zsock *zsock;
	struct pipeline *pipeline;
	struct metrics *metrics;
	struct zsock_message *receiving; /* not answered yet */
};

static void
received(void *arg, struct zsock_message *message)
{
	struct intake *intake = arg;

	intake->receiving = message;
	pipeline_receive(intake->pipeline, message->body, message);
	/* What waits for the database needs the envelope only. */
	if (intake->receiving != NULL)
		zsock_message_drop_body(message);
	intake->receiving = NULL;
}

static void
dropped(void *arg)
{
	struct intake *intake = arg;

	intake->metrics->value[METRIC_RECEIVED]++;
	intake->metrics->value[METRIC_DROPPED_NO_ENVELOPE]++;
}

void
intake_answer(void *arg, void *origin, struct str body)
{
	struct intake *intake = arg;
	struct zsock_message *message = origin;

	if (!zsock_reply(intake->zsock, message, body))
		intake->metrics->value[METRIC_REPLY_UNDELIVERED]++;
	if (message == intake->receiving)
		intake->receiving = NULL;
	zsock_message_free(message);
}

void
intake_full(void *arg, bool full)
{
	struct intake *intake = arg;

	if (full)
		zsock_pause(intake->zsock);
	else
		zsock_resume(intake->zsock);
}

struct intake *
intake_new(struct loop *loop, const char *endpoint, int listener, struct metrics *metrics,
    struct err *err)
{
	struct intake *intake = mem_alloc(sizeof(*intake));
	struct zsock_options options = {
	    .endpoint = endpoint,
	    .message_bytes = LIMIT_MESSAGE_BYTES,
	    .receive_high_water = RECEIVE_HIGH_WATER,
	    .send_high_water = SEND_HIGH_WATER,
	    .unsent_bytes = UNSENT_BYTES,
	    .mode = SOCKET_MODE,
	    .listener = listener,
	    .linger_ms = LINGER_MS,
	};
	struct zsock_callbacks callbacks = {received, dropped, intake};

	intake->metrics = metrics;
	intake->zsock = zsock_new(loop, &options, &callbacks, err);
	if (intake->zsock == NULL) {
		free(intake);
		return NULL;
	}
	zsock_pause(intake->zsock);
	return intake;
}

void
intake_free(struct intake *intake)
{
	if (intake == NULL)
		return;
	zsock_free(intake->zsock);
	free(intake);
}

void
intake_start(struct intake *intake, struct pipeline *pipeline)
{
	intake->pipeline = pipeline;
	zsock_resume(intake->zsock);
}

void
intake_stop(struct intake *intake)
{
	zsock_close_intake(intake->zsock);
}
