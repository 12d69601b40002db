/* SPDX-License-Identifier: MIT */
#include "service_watch.h"

#include <stdint.h>
#include <stdlib.h>

#include "mem.h"
#include "service.h"

#define STATUS_EVERY_MS 1000

struct service_watch {
	struct loop_timer *alive, *look;
	int64_t alive_every_ms;
	void (*status)(void *arg, struct strbuf *out);
	void *arg;
	struct strbuf told, now;
};

static void
service_watch_alive(void *arg)
{
	struct service_watch *watch = arg;

	service_alive();
	loop_timer_set(watch->alive, watch->alive_every_ms);
}

static void
service_watch_look(void *arg)
{
	struct service_watch *watch = arg;

	strbuf_clear(&watch->now);
	watch->status(watch->arg, &watch->now);
	if (!str_eq(strbuf_str(&watch->now), strbuf_str(&watch->told))) {
		service_status("%.*s", STR_ARG(strbuf_str(&watch->now)));
		strbuf_clear(&watch->told);
		strbuf_put(&watch->told, strbuf_str(&watch->now));
	}
	loop_timer_set(watch->look, STATUS_EVERY_MS);
}

struct service_watch *
service_watch_new(struct loop *loop, void (*status)(void *arg, struct strbuf *out), void *arg)
{
	struct service_watch *watch = mem_alloc(sizeof(*watch));

	watch->status = status;
	watch->arg = arg;
	strbuf_init(&watch->told, 0);
	strbuf_init(&watch->now, 0);
	watch->alive = loop_timer_new(loop, service_watch_alive, watch);
	watch->look = loop_timer_new(loop, service_watch_look, watch);
	watch->alive_every_ms = service_alive_every_ms();
	if (watch->alive_every_ms > 0)
		loop_soon(watch->alive);
	if (service_is_managed())
		loop_soon(watch->look);
	return watch;
}

void
service_watch_free(struct service_watch *watch)
{
	if (watch == NULL)
		return;
	loop_timer_free(watch->alive);
	loop_timer_free(watch->look);
	strbuf_fini(&watch->told);
	strbuf_fini(&watch->now);
	free(watch);
}
