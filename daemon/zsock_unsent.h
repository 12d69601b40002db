/* SPDX-License-Identifier: MIT */
/*
 * zsock_unsent: what waits in ZeroMQ for each peer, in bytes. Its high water counts
 * messages, and answers differ: ten thousand receipts are 10 MB, as many forms 400. So
 * the bodies of answers are lent to libzmq, which gives each back when it has been sent
 * or its peer is gone, and what is lent to one peer has a ceiling.
 *
 * The loop lends; libzmq gives back in threads of its own, which do no more than count.
 */
#ifndef ZSOCK_UNSENT_H
#define ZSOCK_UNSENT_H

#include <stdbool.h>
#include <stddef.h>

#include "str.h"

struct zsock_unsent;
struct zmq_msg_t; /* libzmq's */

struct zsock_unsent *zsock_unsent_new(size_t peer_bytes);
/* Only when libzmq has given all back: after zmq_ctx_term(). NULL is fine. */
void zsock_unsent_free(struct zsock_unsent *unsent);

/* Makes the frame of a copy of the body, to be sent or closed. False, and no frame:
 * that peer has so much waiting that it would go over its ceiling, or there is no
 * memory. Where nothing waits any body may go. */
bool zsock_unsent_frame(
    struct zsock_unsent *unsent, struct str peer, struct str body, struct zmq_msg_t *frame);

/* Peers that are remembered: those that something waits for, and about as many again. */
size_t zsock_unsent_peers(const struct zsock_unsent *unsent);

#endif
