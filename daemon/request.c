/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "log.h"

/* A ticket and what is made of it: decoded, folded, decided, as JSON. */
#define REQUEST_BYTES ((size_t)16 * LIMIT_MESSAGE_BYTES)
#define SPARE_REQUESTS 256 /* kept for the next ones, with their first block */

static const char *const state_names[REQUEST_STATES] = {
    "RECEIVED", "DECODED", "READING", "DECIDED", "STORING", "ANSWERED", "REFUSED", "DONE"};

#define TO(state) (1u << REQUEST_##state)
/* Where a request may go from each state. ANSWERED out of DECODED is a ping or a form, out
 * of READING a look-up or a follow-up sent again, out of DECIDED a preview. */
static const unsigned next_states[REQUEST_STATES] = {
    [REQUEST_RECEIVED] = TO(DECODED) | TO(REFUSED),
    [REQUEST_DECODED] = TO(READING) | TO(DECIDED) | TO(ANSWERED) | TO(REFUSED),
    [REQUEST_READING] = TO(DECIDED) | TO(ANSWERED) | TO(REFUSED),
    [REQUEST_DECIDED] = TO(STORING) | TO(ANSWERED) | TO(REFUSED),
    [REQUEST_STORING] = TO(READING) | TO(ANSWERED) | TO(REFUSED),
    [REQUEST_ANSWERED] = TO(DONE),
    [REQUEST_REFUSED] = TO(DONE),
};

void
requests_init(struct requests *requests)
{
	size_t i;

	*requests = (struct requests){.memory = 0};
	for (i = 0; i < REQUEST_STATES; i++)
		TAILQ_INIT(&requests->in[i]);
}

static void
request_free(struct request *request)
{
	arena_free(request->arena);
	free(request);
}

void
requests_fini(struct requests *requests)
{
	struct request *request;

	while ((request = TAILQ_FIRST(&requests->in[REQUEST_DONE])) != NULL) {
		TAILQ_REMOVE(&requests->in[REQUEST_DONE], request, link);
		request_free(request);
	}
}

int64_t
requests_in_flight(const struct requests *requests)
{
	int64_t total = 0;
	size_t i;

	for (i = 0; i < REQUEST_DONE; i++)
		total += requests->count[i];
	return total;
}

struct request *
request_new(struct requests *requests, struct policy *policy, int64_t now_us)
{
	struct request *request = TAILQ_FIRST(&requests->in[REQUEST_DONE]);

	if (request != NULL) {
		TAILQ_REMOVE(&requests->in[REQUEST_DONE], request, link);
		requests->count[REQUEST_DONE]--;
	} else {
		request = calloc(1, sizeof(*request));
		if (request == NULL)
			return NULL;
		request->arena = arena_new(REQUEST_BYTES);
		if (request->arena == NULL) {
			free(request);
			return NULL;
		}
	}
	request->state = REQUEST_RECEIVED;
	TAILQ_INSERT_TAIL(&requests->in[REQUEST_RECEIVED], request, link);
	requests->count[REQUEST_RECEIVED]++;
	request->started_us = now_us;
	request->policy = policy_keep(policy);
	return request;
}

void
request_enter(struct requests *requests, struct request *request, enum request_state state)
{
	if ((next_states[request->state] & 1u << state) == 0) {
		log_error("request went from %s to %s", state_names[request->state],
		    state_names[state]);
		abort();
	}
	TAILQ_REMOVE(&requests->in[request->state], request, link);
	requests->count[request->state]--;
	request->state = state;
	TAILQ_INSERT_TAIL(&requests->in[state], request, link);
	requests->count[state]++;
}

void
request_weigh(struct requests *requests, struct request *request, size_t weight)
{
	requests->memory += (int64_t)weight - (int64_t)request->weight;
	request->weight = weight;
}

void
request_done(struct requests *requests, struct request *request)
{
	request_enter(requests, request, REQUEST_DONE);
	policy_release(request->policy);
	request->policy = NULL;
	request_weigh(requests, request, 0);
	if (requests->count[REQUEST_DONE] > SPARE_REQUESTS) {
		TAILQ_REMOVE(&requests->in[REQUEST_DONE], request, link);
		requests->count[REQUEST_DONE]--;
		request_free(request);
		return;
	}
	arena_reset(request->arena);
	memset(&request->job, 0, sizeof(request->job));
	memset(&request->desk, 0, sizeof(request->desk));
	request->readings = 0;
}
