/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "ctl_status.h"
#include "ctl_text.h"
#include "json.h"

const char *const ctl_status_depths[DEPTH_STATES] = {"queued", "held", "waiting"};
const char *const ctl_status_mails[MAIL_STATES] = {
    "pending", "sending", "retry", "failed", "expired", "suppressed"};

static const char *const part_names[] = {"-", "ok", "WRONG"};

/* One line: what, how it is, and the rest; why when it is wrong. */
static void
status_row(struct ctl_table *table, const char *name, enum ctl_status_part part,
    const struct err *why, struct strbuf *text)
{
	ctl_table_text(table, name);
	ctl_table_text(table, part_names[part]);
	if (part == PART_WRONG && why->text[0] != '\0') {
		if (text->n > 0)
			strbuf_puts(text, "; ");
		strbuf_puts(text, why->text);
	}
	ctl_table_cell(table, strbuf_str(text));
	strbuf_clear(text);
}

static void
status_daemon(const struct ctl_status *status, struct ctl_table *table, struct strbuf *text)
{
	if (status->daemon == PART_GOOD)
		strbuf_printf(text, "triaged %s, policy %.12s, answered in %.1f ms",
		    status->version, status->policy, status->ms);
	status_row(table, "daemon", status->daemon, &status->daemon_why, text);
	if (status->ready == PART_LEFT_OUT && status->ready_why.text[0] != '\0')
		strbuf_printf(text, "not asked: %s", status->ready_why.text);
	else if (status->ready == PART_GOOD)
		strbuf_puts(text, "tickets are kept");
	status_row(table, "ready", status->ready, &status->ready_why, text);
	if (status->reload != PART_LEFT_OUT)
		strbuf_printf(text, "in use since %s%s", status->reload_at,
		    status->reloading ? ", reload under way" : "");
	status_row(table, "rules", status->reload, &status->reload_why, text);
}

static void
status_shadow(const struct ctl_status *status, struct ctl_table *table, struct strbuf *text)
{
	if (status->shadow_policy[0] != '\0') {
		strbuf_printf(text, "policy %.12s, in use since %s: ", status->shadow_policy,
		    status->shadow_since);
		strbuf_printf(text, "%" PRId64 " of %" PRId64 " tickets decided otherwise",
		    status->shadow_different, status->shadow_tickets);
		if (status->shadow_failed > 0)
			strbuf_printf(text, ", %" PRId64 " failed", status->shadow_failed);
	} else if (status->shadow != PART_LEFT_OUT) {
		strbuf_puts(text, "no policy yet");
	} else if (status->ready != PART_LEFT_OUT) {
		strbuf_puts(text, "none (shadow-rules is not set)");
	}
	if (status->shadow_reloading)
		strbuf_puts(text, ", reload under way");
	status_row(table, "shadow", status->shadow, &status->shadow_why, text);
}

static void
status_queues(const struct ctl_status *status, struct strbuf *text)
{
	int64_t oldest = -1, late = 0;

	for (size_t i = 0; i < DEPTH_STATES; i++) {
		strbuf_printf(text, "%s%" PRId64 " %s", i > 0 ? ", " : "",
		    status->depth[i].tickets, ctl_status_depths[i]);
		late += status->depth[i].past_target;
		if (status->depth[i].oldest_seconds > oldest)
			oldest = status->depth[i].oldest_seconds;
	}
	if (oldest >= 0) {
		strbuf_puts(text, "; oldest ");
		ctl_text_age(text, oldest);
	}
	strbuf_printf(text, "; %" PRId64 " past target", late);
}

static void
status_mail(const struct ctl_status *status, struct strbuf *text)
{
	for (size_t i = 0; i < MAIL_STATES; i++)
		if (i <= MAIL_RETRY || status->mails[i] > 0)
			strbuf_printf(text, "%s%" PRId64 " %s", i > 0 ? ", " : "",
			    status->mails[i], ctl_status_mails[i]);
	if (status->mail_oldest_seconds >= 0) {
		strbuf_puts(text, "; oldest unsent ");
		ctl_text_age(text, status->mail_oldest_seconds);
	}
	strbuf_printf(text, "; %" PRId64 " triage-mail connected", status->mail_senders);
}

void
ctl_status_text(const struct ctl_status *status, struct strbuf *out)
{
	struct ctl_table *table = ctl_table_new("<<<");
	struct strbuf text;

	strbuf_init(&text, 0);
	status_daemon(status, table, &text);
	status_shadow(status, table, &text);
	if (status->database == PART_GOOD)
		strbuf_printf(&text, "schema %" PRId64, status->schema);
	status_row(table, "database", status->database, &status->database_why, &text);
	if (status->queues == PART_GOOD)
		status_queues(status, &text);
	status_row(table, "queues", status->queues, &status->queues_why, &text);
	if (status->mail_senders >= 0)
		status_mail(status, &text);
	status_row(table, "mail", status->mail, &status->mail_why, &text);
	ctl_table_print(table, out, "");
	ctl_table_free(table);
	strbuf_fini(&text);
}

/* Opens the part's object: {"ok": true | false | null, "why": …. */
static void
json_part(struct json *json, const char *name, enum ctl_status_part part, const struct err *why)
{
	struct strbuf shown;

	json_key(json, name);
	json_open(json, '{');
	json_key(json, "ok");
	if (part == PART_LEFT_OUT)
		json_none(json);
	else
		json_bool(json, part == PART_GOOD);
	json_key(json, "why");
	if (part == PART_GOOD || why->text[0] == '\0') {
		json_none(json);
		return;
	}
	strbuf_init(&shown, 0);
	ctl_text_safe(&shown, str_of(why->text), false);
	json_str(json, strbuf_str(&shown));
	strbuf_fini(&shown);
}

static void
json_seconds(struct json *json, const char *key, int64_t seconds)
{
	json_key(json, key);
	if (seconds < 0)
		json_none(json);
	else
		json_int(json, seconds);
}

static void
json_queues(const struct ctl_status *status, struct json *json)
{
	json_part(json, "queues", status->queues, &status->queues_why);
	for (size_t i = 0; status->queues == PART_GOOD && i < DEPTH_STATES; i++) {
		json_key(json, ctl_status_depths[i]);
		json_open(json, '{');
		json_key(json, "tickets");
		json_int(json, status->depth[i].tickets);
		json_key(json, "past_target");
		json_int(json, status->depth[i].past_target);
		json_seconds(json, "oldest_seconds", status->depth[i].oldest_seconds);
		json_close(json, '}');
	}
	json_close(json, '}');
	json_part(json, "mail", status->mail, &status->mail_why);
	for (size_t i = 0; status->mail_senders >= 0 && i < MAIL_STATES; i++) {
		json_key(json, ctl_status_mails[i]);
		json_int(json, status->mails[i]);
	}
	if (status->mail_senders >= 0) {
		json_seconds(json, "oldest_seconds", status->mail_oldest_seconds);
		json_key(json, "triage_mail");
		json_int(json, status->mail_senders);
	}
	json_close(json, '}');
}

/* ok null with a daemon that is ready or not: none is asked for. */
static void
json_shadow(const struct ctl_status *status, struct json *json)
{
	bool present = status->shadow_policy[0] != '\0';

	json_part(json, "shadow", status->shadow, &status->shadow_why);
	if (status->shadow != PART_LEFT_OUT) {
		json_key(json, "policy");
		json_text(json, present ? status->shadow_policy : NULL);
		json_key(json, "since");
		json_text(json, present ? status->shadow_since : NULL);
		json_key(json, "reload_under_way");
		json_bool(json, status->shadow_reloading);
		json_key(json, "tickets");
		json_int(json, status->shadow_tickets);
		json_key(json, "different");
		json_int(json, status->shadow_different);
		json_key(json, "failed");
		json_int(json, status->shadow_failed);
	}
	json_close(json, '}');
}

void
ctl_status_json(const struct ctl_status *status, struct strbuf *out)
{
	struct json json;

	json_init(&json, out);
	json_open(&json, '{');
	json_part(&json, "daemon", status->daemon, &status->daemon_why);
	if (status->daemon == PART_GOOD) {
		json_key(&json, "version");
		json_text(&json, status->version);
		json_key(&json, "policy");
		json_text(&json, status->policy);
		json_key(&json, "ms");
		json_number(&json, status->ms, 3);
	}
	json_close(&json, '}');
	json_part(&json, "ready", status->ready, &status->ready_why);
	json_close(&json, '}');
	json_part(&json, "rules", status->reload, &status->reload_why);
	if (status->reload != PART_LEFT_OUT) {
		json_key(&json, "since");
		json_text(&json, status->reload_at);
		json_key(&json, "reload_under_way");
		json_bool(&json, status->reloading);
	}
	json_close(&json, '}');
	json_shadow(status, &json);
	json_part(&json, "database", status->database, &status->database_why);
	if (status->database == PART_GOOD) {
		json_key(&json, "schema");
		json_int(&json, status->schema);
	}
	json_close(&json, '}');
	json_queues(status, &json);
	json_close(&json, '}');
	strbuf_putc(out, '\n');
}
