/* SPDX-License-Identifier: MIT */
/*
 * ctl_status: "triagectl status": how everything is, at a glance: the daemon by a
 * ping, its health by HTTP, the database by itself.
 */
#include "ctl_status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "arena.h"
#include "clock.h"
#include "ctl_client.h"
#include "ctl_command.h"
#include "ctl_database.h"
#include "ctl_http.h"
#include "ctl_ping.h"
#include "ctl_text.h"
#include "endpoint.h"
#include "gauges.h"
#include "mem.h"
#include "store_sql.h"

#define MEMORY ((size_t)1024 * 1024)

struct status_options {
	const char *database, *endpoint, *http;
	int64_t timeout, mail_late;
	bool json;
};

static const struct option_row rows[] = {
	CTL_DATABASE_OPTION(struct status_options),
	OPTION(struct status_options, endpoint, 'e', OPTION_STRING, "ENDPOINT", NULL, 0, 0,
	    "where the daemon listens; without it " ENDPOINT_DEFAULT_TEXT),
	OPTION(struct status_options, http, 0, OPTION_STRING, "ADDRESS", NULL, 0, 0,
	    "the daemon's --http, or none; without it the socket beside the endpoint's"),
	OPTION(struct status_options, timeout, 't', OPTION_DURATION, "TIME", "3s", 10, 3600000,
	    "how long to wait for the daemon"),
	OPTION(struct status_options, mail_late, 0, OPTION_DURATION, "TIME", "10min", 0,
	    365 * INT64_C(86400000),
	    "mail is wrong when one that was never given to the relay is older"),
	CTL_JSON_OPTION(struct status_options),
};

/* The daemon ---------------------------------------------------------------------- */

static void
ask_daemon(const char *endpoint, int64_t timeout_ms, struct ctl_status *status)
{
	int64_t started_us = clock_monotonic_us(&clock_system);
	struct ctl_client *client = ctl_client_new(endpoint, &status->daemon_why);
	struct wire_answer answer;
	struct arena *arena;
	int got;

	status->daemon = PART_WRONG;
	if (client == NULL)
		return;
	arena = arena_new(MEMORY);
	if (arena == NULL)
		mem_fail();
	got = ctl_ping(client, arena, timeout_ms, &answer, &status->daemon_why);
	if (got > 0 && answer.status == WIRE_OK) {
		status->daemon = PART_GOOD;
		status->ms =
		    (double)(clock_monotonic_us(&clock_system) - started_us) / 1000;
		snprintf(status->version, sizeof(status->version), "%.*s",
		    STR_ARG(answer.version));
		snprintf(
		    status->policy, sizeof(status->policy), "%.*s", STR_ARG(answer.policy));
	} else if (got >= 0) {
		err_set(&status->daemon_why, "nobody answers at %s", endpoint);
	}
	arena_free(arena);
	ctl_client_free(client);
}

static void
take_reasons(const json_t *reasons, struct err *why)
{
	struct strbuf text;
	const json_t *reason;
	size_t i;

	strbuf_init(&text, 0);
	json_array_foreach(reasons, i, reason) {
		const char *what = json_string_value(json_object_get(reason, "what"));
		const char *told = json_string_value(json_object_get(reason, "why"));

		strbuf_printf(&text, "%s%s: %s", i > 0 ? "; " : "", what != NULL ? what : "?",
		    told != NULL ? told : "?");
	}
	err_set(why, "%.*s", STR_ARG(strbuf_str(&text)));
	strbuf_fini(&text);
}

static void
take_text(const json_t *object, const char *key, char *text, size_t size, const char *absent)
{
	const char *value = json_string_value(json_object_get(object, key));

	snprintf(text, size, "%s", value != NULL ? value : absent);
}

static enum ctl_status_part
take_reload(const json_t *reload, bool *under_way, struct err *why)
{
	const char *told = json_string_value(json_object_get(reload, "why"));

	*under_way = json_is_true(json_object_get(reload, "under_way"));
	if (told != NULL)
		err_set(why, "%s", told);
	return json_is_true(json_object_get(reload, "successful")) ? PART_GOOD : PART_WRONG;
}

/* Absent, of an older daemon, or null: none is asked for. */
static void
take_shadow(const json_t *shadow, struct ctl_status *status)
{
	if (!json_is_object(shadow))
		return;
	status->shadow = take_reload(shadow, &status->shadow_reloading, &status->shadow_why);
	take_text(shadow, "policy", status->shadow_policy, sizeof(status->shadow_policy), "");
	take_text(shadow, "since", status->shadow_since, sizeof(status->shadow_since), "?");
	status->shadow_tickets = json_integer_value(json_object_get(shadow, "tickets"));
	status->shadow_different = json_integer_value(json_object_get(shadow, "different"));
	status->shadow_failed = json_integer_value(json_object_get(shadow, "failed"));
}

static void
take_health(const json_t *health, struct ctl_status *status)
{
	const json_t *reload = json_object_get(health, "reload");

	status->ready =
	    json_is_true(json_object_get(health, "ready")) ? PART_GOOD : PART_WRONG;
	take_reasons(json_object_get(health, "reasons"), &status->ready_why);
	status->reload = take_reload(reload, &status->reloading, &status->reload_why);
	if (status->reload_why.text[0] != '\0')
		err_prefix(&status->reload_why, "the last reload was refused");
	take_text(reload, "at", status->reload_at, sizeof(status->reload_at), "?");
	take_shadow(json_object_get(health, "shadow"), status);
}

/* Silence is wrong where the daemon answers and the address was chosen. */
static void
ask_health(const char *address, bool chosen, int64_t timeout_ms, struct ctl_status *status)
{
	json_t *health = NULL;
	struct strbuf body;
	int got;

	strbuf_init(&body, 0);
	got = ctl_http_get(address, "/readyz", timeout_ms, &body, &status->ready_why);
	if (got == 200 || got == 503)
		health = json_loadb(body.p, body.n, 0, NULL);
	if (health != NULL)
		take_health(health, status);
	else if (chosen)
		status->ready = PART_WRONG;
	if (got >= 0 && health == NULL)
		err_set(&status->ready_why, "%s: that is not triaged", address);
	json_decref(health);
	strbuf_fini(&body);
}

/* The database -------------------------------------------------------------------- */

static int
index_of(struct str name, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (str_is(name, names[i]))
			return i;
	return -1;
}

static void
ask_schema(struct ctl_database *database, struct ctl_status *status)
{
	static const char sql[] = "SELECT coalesce(max(version), 0) FROM triaged.migration";
	struct ctl_rows got;

	status->database = PART_WRONG;
	status->schema_wanted = STORE_SCHEMA_VERSION;
	if (ctl_database_run(database, sql, NULL, 0, &got, &status->database_why) < 0) {
		if (ctl_database_lacks_schema(database))
			err_set(&status->database_why,
			    "it has no triaged schema; \"triagectl db upgrade\" makes it");
		return;
	}
	status->schema = ctl_rows_number(&got, 0, 0, 0);
	if (status->schema == status->schema_wanted)
		status->database = PART_GOOD;
	else
		err_set(&status->database_why,
		    "its schema has version %lld, this program needs %lld",
		    (long long)status->schema, (long long)status->schema_wanted);
	ctl_rows_free(&got);
}

static void
ask_queues(struct ctl_database *database, struct ctl_status *status)
{
	static const char sql[] =
	    "SELECT state, sum(depth)::bigint, sum(past_target)::bigint,"
	    " floor(extract(epoch FROM max(oldest_age)))::bigint"
	    " FROM triaged.queue_depth GROUP BY state";
	struct ctl_rows got;

	for (int i = 0; i < DEPTH_STATES; i++)
		status->depth[i].oldest_seconds = -1;
	status->queues = PART_WRONG;
	if (ctl_database_run(database, sql, NULL, 0, &got, &status->queues_why) < 0)
		return;
	status->queues = PART_GOOD;
	for (int row = 0; row < got.rows; row++) {
		int state = index_of(ctl_rows_get(&got, row, 0), ctl_status_depths, DEPTH_STATES);

		if (state < 0)
			continue;
		status->depth[state].tickets = ctl_rows_number(&got, row, 1, 0);
		status->depth[state].past_target = ctl_rows_number(&got, row, 2, 0);
		status->depth[state].oldest_seconds = ctl_rows_number(&got, row, 3, -1);
	}
	ctl_rows_free(&got);
}

/* Every user may see who is connected under which name. */
static int
ask_senders(struct ctl_database *database, struct ctl_status *status)
{
	static const char sql[] =
	    "SELECT count(*) FROM pg_stat_activity"
	    " WHERE datname = current_database() AND application_name = 'triage-mail'";
	struct ctl_rows got;

	if (ctl_database_run(database, sql, NULL, 0, &got, &status->mail_why) < 0)
		return -1;
	status->mail_senders = ctl_rows_number(&got, 0, 0, 0);
	ctl_rows_free(&got);
	return 0;
}

/* A mail in state retry waits because the relay wants it so, for hours perhaps; one
 * that is pending waits for us or for a relay that is not there. */
static void
judge_mail(int64_t oldest_pending, int64_t late_ms, struct ctl_status *status)
{
	int64_t waiting = status->mails[MAIL_PENDING] + status->mails[MAIL_SENDING] +
	    status->mails[MAIL_RETRY];
	bool late = oldest_pending >= 0 && oldest_pending > late_ms / 1000;
	struct strbuf why;

	strbuf_init(&why, 0);
	if (late) {
		strbuf_puts(&why, "the oldest has been pending for ");
		ctl_text_age(&why, oldest_pending);
	}
	if (waiting > 0 && status->mail_senders == 0)
		strbuf_printf(&why, "%sno triage-mail is connected", late ? ", and " : "");
	status->mail = why.n > 0 ? PART_WRONG : PART_GOOD;
	err_set(&status->mail_why, "%.*s", STR_ARG(strbuf_str(&why)));
	strbuf_fini(&why);
}

static void
ask_mail(struct ctl_database *database, int64_t late_ms, struct ctl_status *status)
{
	int64_t oldest_pending = -1;
	struct ctl_rows got;

	status->mail_oldest_seconds = -1;
	status->mail = PART_WRONG;
	if (ctl_database_run(database, gauges_outbox_sql, NULL, 0, &got, &status->mail_why) < 0)
		return;
	for (int row = 0; row < got.rows; row++) {
		int state = index_of(ctl_rows_get(&got, row, 0), ctl_status_mails, MAIL_STATES);
		int64_t age = ctl_rows_number(&got, row, 2, -1);

		if (state >= 0)
			status->mails[state] = ctl_rows_number(&got, row, 1, 0);
		if (state == MAIL_PENDING)
			oldest_pending = age;
		if (age > status->mail_oldest_seconds)
			status->mail_oldest_seconds = age;
	}
	ctl_rows_free(&got);
	if (ask_senders(database, status) == 0)
		judge_mail(oldest_pending, late_ms, status);
}

static void
ask_database(const char *conninfo, int64_t mail_late_ms, struct ctl_status *status)
{
	struct ctl_database *database = ctl_database_open(conninfo, &status->database_why);

	status->database = PART_WRONG;
	if (database == NULL)
		return;
	ask_schema(database, status);
	if (status->database == PART_GOOD) {
		ask_queues(database, status);
		ask_mail(database, mail_late_ms, status);
	}
	ctl_database_close(database);
}

/* The command --------------------------------------------------------------------- */

static enum ctl_exit
status_exit(const struct ctl_status *status)
{
	const enum ctl_status_part parts[] = {status->ready, status->reload, status->shadow,
	    status->database, status->queues, status->mail};

	if (status->daemon == PART_WRONG)
		return CTL_UNAVAILABLE;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i] == PART_WRONG)
			return CTL_FAILED;
	return CTL_OK;
}

static enum ctl_exit
status_run(const void *arg, int count, char **operands)
{
	const struct status_options *options = arg;
	char *endpoint =
	    options->endpoint != NULL ? mem_strdup(options->endpoint) : endpoint_default();
	char *http = options->http != NULL ? mem_strdup(options->http) : endpoint_http(endpoint);
	struct ctl_status status;
	struct strbuf out;

	(void)count;
	(void)operands;
	memset(&status, 0, sizeof(status));
	status.mail_senders = -1;
	ask_daemon(endpoint, options->timeout, &status);
	if (http != NULL && strcmp(http, "none") != 0)
		ask_health(http, options->http != NULL, options->timeout, &status);
	ask_database(options->database, options->mail_late, &status);
	strbuf_init(&out, 0);
	if (options->json)
		ctl_status_json(&status, &out);
	else
		ctl_status_text(&status, &out);
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
	free(http);
	free(endpoint);
	return status_exit(&status);
}

const struct ctl_command ctl_status_command = {
	.name = "status",
	.operands = "",
	.summary = "show how everything is: daemon, rules, database, queues, mail",
	.about =
	    "One line for each part: ok, WRONG and why, or - where it was not asked.\n"
	    "ready, rules and shadow are asked by HTTP, the rest of the daemon and the\n"
	    "database. shadow tells how many new tickets the rules that only watch would have\n"
	    "decided otherwise, of the daemon that was asked; which, \"triagectl shadow\" shows.\n"
	    "Mail is wrong when it waits and no triage-mail is connected, or when it waits\n"
	    "for too long (--mail-late). Tickets past their target are shown and not wrong:\n"
	    "that is the teams' work, and nothing that is to be repaired here.\n"
	    "Exit status 1 when a part is wrong, 69 when the daemon does not answer.\n",
	.examples =
	    "  triagectl status --database 'host=/run/postgresql dbname=triaged'\n"
	    "  triagectl status -d dbname=triaged --http 127.0.0.1:9464 --json\n",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.options_size = sizeof(struct status_options),
	.run = status_run,
};
