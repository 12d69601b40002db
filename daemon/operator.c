/* SPDX-License-Identifier: MIT */
#include "operator.h"

#include <stdlib.h>
#include <string.h>

#include "exposition.h"
#include "http.h"
#include "json.h"
#include "log.h"
#include "mem.h"
#include "process.h"
#include "store_sql.h"
#include "timestamp.h"

#define LAG_EVERY_MS 500
#define LAG_WINDOW 30 /* of those: the largest lag is that of one to two windows */

struct operator {
	struct operator_options options;
	struct http *http;
	struct loop_timer *pulse;
	int64_t expected_us; /* when the pulse is due */
	int64_t lag_us, most_us, most_before_us;
	unsigned pulses;
	bool stopping;
};

/* How late the loop is: a timer that should fire at a known time. ---------------- */

static void
operator_beat(struct operator *operator)
{
	operator->expected_us =
	    clock_monotonic_us(operator->options.clock) + LAG_EVERY_MS * 1000;
	loop_timer_set(operator->pulse, LAG_EVERY_MS);
}

static void
operator_pulse(void *arg)
{
	struct operator *operator = arg;
	int64_t lag_us = clock_monotonic_us(operator->options.clock) - operator->expected_us;

	operator->lag_us = lag_us > 0 ? lag_us : 0;
	if (++operator->pulses % LAG_WINDOW == 0) {
		operator->most_before_us = operator->most_us;
		operator->most_us = 0;
	}
	if (operator->lag_us > operator->most_us)
		operator->most_us = operator->lag_us;
	operator_beat(operator);
}

static void
operator_print_lag(const struct operator *operator, struct strbuf *out)
{
	int64_t most_us = operator->most_us > operator->most_before_us
	    ? operator->most_us
	    : operator->most_before_us;

	exposition_gauge(out, "event_loop_lag_seconds", (double)operator->lag_us / 1e6,
	    "How late the loop's last beat was.");
	exposition_gauge(out, "event_loop_lag_max_seconds", (double)most_us / 1e6,
	    "The largest of the last 15 to 30 seconds.");
}

/* Answers ------------------------------------------------------------------------ */

static void
answer_metrics(void *arg, struct http_answer *answer)
{
	const struct operator *operator = arg;
	const struct operator_options *options = &operator->options;
	struct strbuf *out = answer->body;
	struct exposition_labels build = {{{"version", STR(TRIAGED_VERSION)}}};

	answer->type = "text/plain; version=0.0.4; charset=utf-8";
	exposition_family(out, "build_info", "gauge", "The program's version.");
	exposition_int(out, "build_info", &build, 1);
	metrics_print(options->metrics, out);
	exposition_gauge(out, "database_up", store_wrong(options->store) == NULL,
	    "1 when tickets are kept.");
	housekeeping_print(options->housekeeping, out);
	reload_print(options->reload, out);
	if (options->shadow != NULL)
		reload_print(options->shadow, out);
	operator_print_lag(operator, out);
	process_print(out);
}

static void
answer_livez(void *arg, struct http_answer *answer)
{
	(void)arg;
	strbuf_puts(answer->body, "ok\n");
}

/* Messages of libpq may be in any encoding. */
static void
json_shown(struct json *json, const char *text)
{
	struct strbuf shown;

	strbuf_init(&shown, 0);
	strbuf_put_shown(&shown, str_of(text));
	json_str(json, text != NULL ? strbuf_str(&shown) : (struct str){NULL, 0});
	strbuf_fini(&shown);
}

static void
json_reason(struct json *json, const char *what, const char *why)
{
	json_open(json, '{');
	json_key(json, "what");
	json_text(json, what);
	json_key(json, "why");
	json_shown(json, why);
	json_close(json, '}');
}

static void
json_time(struct json *json, const char *key, int64_t ms)
{
	char at[32];

	json_key(json, key);
	timestamp_format(ms, 0, at);
	json_text(json, at);
}

/* At its end is room for more. */
static void
json_open_reload(struct json *json, const char *key, const struct reload *reload)
{
	json_key(json, key);
	json_open(json, '{');
	json_key(json, "successful");
	json_bool(json, reload_wrong(reload) == NULL);
	json_key(json, "under_way");
	json_bool(json, reload_under_way(reload));
	json_time(json, "at", reload_at_ms(reload));
	json_key(json, "why");
	json_shown(json, reload_wrong(reload));
}

static void
json_shadow(struct json *json, const struct reload *shadow)
{
	const struct policy *policy = shadow != NULL ? reload_policy(shadow) : NULL;
	struct reload_compared compared;

	if (shadow == NULL) {
		json_key(json, "shadow");
		json_none(json);
		return;
	}
	compared = reload_compared(shadow);
	json_open_reload(json, "shadow", shadow);
	json_key(json, "policy");
	json_text(json, policy != NULL ? policy->hash : NULL);
	if (policy != NULL) {
		json_time(json, "since", reload_since_ms(shadow));
		json_key(json, "tickets");
		json_int(json, (int64_t)compared.tickets);
		json_key(json, "different");
		json_int(json, (int64_t)compared.different);
		json_key(json, "failed");
		json_int(json, (int64_t)compared.failed);
	}
	json_close(json, '}');
}

static void
answer_readyz(void *arg, struct http_answer *answer)
{
	const struct operator *operator = arg;
	const struct operator_options *options = &operator->options;
	const char *wrong = store_wrong(options->store);
	struct json json;

	answer->type = "application/json";
	if (wrong != NULL || operator->stopping)
		answer->status = HTTP_UNAVAILABLE;
	json_init(&json, answer->body);
	json_open(&json, '{');
	json_key(&json, "ready");
	json_bool(&json, answer->status == HTTP_OK);
	json_key(&json, "reasons");
	json_open(&json, '[');
	if (wrong != NULL)
		json_reason(&json, "database", wrong);
	if (operator->stopping)
		json_reason(&json, "stopping", "the daemon was asked to stop");
	json_close(&json, ']');
	json_key(&json, "policy");
	json_text(&json, reload_policy(options->reload)->hash);
	json_open_reload(&json, "reload", options->reload);
	json_close(&json, '}');
	json_shadow(&json, options->shadow);
	json_close(&json, '}');
	strbuf_putc(answer->body, '\n');
}

static void
answer_version(void *arg, struct http_answer *answer)
{
	const struct operator *operator = arg;
	struct json json;

	answer->type = "application/json";
	json_init(&json, answer->body);
	json_open(&json, '{');
	json_key(&json, "version");
	json_text(&json, TRIAGED_VERSION);
	json_key(&json, "schema");
	json_int(&json, STORE_SCHEMA_VERSION);
	json_key(&json, "policy");
	json_text(&json, reload_policy(operator->options.reload)->hash);
	json_close(&json, '}');
	strbuf_putc(answer->body, '\n');
}

static const struct http_route routes[] = {
    {"/metrics", answer_metrics},
    {"/livez", answer_livez},
    {"/readyz", answer_readyz},
    {"/version", answer_version},
};

/* Life --------------------------------------------------------------------------- */

/* What nobody asked for must not keep tickets from being taken. */
static int
operator_listen(struct operator *operator, struct loop *loop, struct err *err)
{
	const char *address = operator->options.address;

	if (address == NULL || strcmp(address, "none") == 0)
		return 0;
	operator->http = http_new(
	    loop, address, routes, sizeof(routes) / sizeof(routes[0]), operator, err);
	if (operator->http != NULL)
		log_info("http=%s", address);
	else if (operator->options.optional)
		log_warning("no HTTP for metrics and health: %s", err->text);
	return operator->http != NULL || operator->options.optional ? 0 : -1;
}

struct operator *
operator_new(struct loop *loop, const struct operator_options *options, struct err *err)
{
	struct operator *operator = mem_alloc(sizeof(*operator));

	operator->options = *options;
	if (operator_listen(operator, loop, err) < 0) {
		free(operator);
		return NULL;
	}
	operator->pulse = loop_timer_new(loop, operator_pulse, operator);
	operator_beat(operator);
	return operator;
}

void
operator_free(struct operator *operator)
{
	if (operator == NULL)
		return;
	http_free(operator->http);
	loop_timer_free(operator->pulse);
	free(operator);
}

void
operator_stop(struct operator *operator)
{
	operator->stopping = true;
}
