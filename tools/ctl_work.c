/* SPDX-License-Identifier: MIT */
#include "ctl_work.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "mem.h"
#include "suggest.h"

#define NAMES_SHOWN 6 /* near ones; of fewer than 13 all are shown */

/* RFC 3339, and how long until then. */
#define TIME_AND_LEFT(column)                                                                     \
	"to_json(" column ") #>> '{}', "                                                          \
	"ceil(extract(epoch FROM " column " - clock_timestamp()) * 1000)::bigint"

static const struct {
	const char *sql;
	int params; /* agent, ticket, token, then the step's own, */
	int seen;   /* and at this place the last message that was shown; 0: not */
} steps[] = {
	[STEP_DONE] = {"SELECT triaged.complete($1, $2, $3::bigint, $4, $5::bigint)", 5, 4},
	[STEP_REPLY] = {"SELECT triaged.reply($1, $2, $3::bigint, $4, $5, $6::bigint)", 6, 5},
	[STEP_RELEASE] = {"SELECT triaged.release($1, $2, $3::bigint, $4)", 4, 0},
	[STEP_MOVE] = {"SELECT triaged.reassign($1, $2, $3::bigint, $4, $5)", 5, 0},
	[STEP_RECATEGORIZE] = {"SELECT triaged.recategorize($1, $2, $3::bigint, $4)", 4, 0},
	[STEP_NOTE] = {"SELECT triaged.note($1, $2, $3::bigint, $4)", 4, 0},
	[STEP_RENEW] = {"SELECT " TIME_AND_LEFT("ends_at")
	                    ", triaged.ticket_page($1, $2)->>'follow_up_no'"
	                    " FROM triaged.renew($1, $2, $3::bigint, $4::interval) AS ends_at",
	    4, 0},
};

const char *
ctl_work_interval(int64_t ms, char text[40])
{
	snprintf(text, 40, "%" PRId64 " milliseconds", ms);
	return ms > 0 ? text : NULL;
}

static void
work_who(struct ctl_work *work, const char *agent)
{
	const struct passwd *user;

	work->agent = agent != NULL ? agent : getenv("TRIAGED_AGENT");
	if (work->agent != NULL && work->agent[0] != '\0')
		return;
	user = getpwuid(geteuid());
	snprintf(work->login, sizeof(work->login), "%s", user != NULL ? user->pw_name : "");
	work->agent = work->login;
}

/* Signals are events in the foreground (ctl_hold.h), so that Ctrl-C cannot end
 * a statement that waits for ever. */
static int
work_settle(struct ctl_work *work, struct err *err)
{
	return ctl_database_run(
	    work->database, "SET statement_timeout = '30s'", NULL, 0, NULL, err);
}

enum ctl_exit
ctl_work_open(
    struct ctl_work *work, const char *command, const char *conninfo, const char *agent)
{
	enum ctl_exit status;
	struct ctl_rows got;
	struct err err;

	memset(work, 0, sizeof(*work));
	work->command = command;
	work_who(work, agent);
	status = ctl_database_login(&work->database, command, conninfo);
	if (status != CTL_OK)
		return status;
	if (work_settle(work, &err) < 0 ||
	    ctl_database_run(work->database,
		"SELECT system_identifier || ' ' || current_database() FROM pg_control_system()",
		NULL, 0, &got, &err) < 0)
		return ctl_database_fail(work->database, command, &err);
	snprintf(work->name, sizeof(work->name), "%.*s", STR_ARG(ctl_rows_get(&got, 0, 0)));
	ctl_rows_free(&got);
	return CTL_OK;
}

void
ctl_work_close(struct ctl_work *work)
{
	ctl_database_close(work->database);
}

static bool
work_state(const struct ctl_work *work, const char *state)
{
	return strcmp(ctl_database_state(work->database), state) == 0;
}

/* Of a name that does not exist: what it could have been. */
static void
work_fail_name(
    struct ctl_work *work, const char *kind, const char *name, const struct err *err)
{
	char *hint = mem_strdup(ctl_database_hint(work->database));
	struct strbuf names;

	strbuf_init(&names, 0);
	ctl_complain("%s: %s", work->command, err->text);
	ctl_work_names(work, kind, name, &names);
	if (names.n > 0)
		ctl_complain("%s: there are: %.*s", work->command, STR_ARG(strbuf_str(&names)));
	else if (hint[0] != '\0')
		ctl_complain("%s: %s", work->command, hint);
	strbuf_fini(&names);
	free(hint);
}

static enum ctl_exit
work_fail(struct ctl_work *work, const struct ctl_lease *lease, const struct err *err)
{
	static const char prefix[] = "lease_lost: ";
	bool prefixed = strncmp(err->text, prefix, strlen(prefix)) == 0;

	if (work_state(work, "TR007")) {
		ctl_complain("%s: %s, so nothing was done: \"triagectl show %s\" shows it; "
			     "then say it again",
		    work->command, err->text, lease->reference);
		return CTL_FAILED;
	}
	if (!work_state(work, "TR001"))
		return ctl_database_fail(work->database, work->command, err);
	ctl_complain("%s: the lease is lost, nothing was written: %s", work->command,
	    err->text + (prefixed ? strlen(prefix) : 0));
	ctl_complain("%s: \"triagectl show %s\" tells more; \"triagectl next --ticket %s\" takes "
		     "it again when it is free",
	    work->command, lease->reference, lease->reference);
	return CTL_LOST;
}

static void
work_copy(char *text, size_t size, struct str value)
{
	snprintf(text, size, "%.*s", STR_ARG(value));
}

enum ctl_exit
ctl_work_claim(struct ctl_work *work, const char *team, const char *ticket, int64_t lease_ms,
    struct ctl_lease *lease, int64_t *left_ms)
{
	char interval[40];
	const char *params[] = {work->agent, team, ticket, ctl_work_interval(lease_ms, interval)};
	enum ctl_exit status = CTL_OK;
	struct ctl_rows got;
	struct err err;

	if (ctl_database_run(work->database,
		"SELECT ticket_id, reference, lease_token, " TIME_AND_LEFT("ends_at")
		", follow_up_no"
		" FROM triaged.claim($1, $2, $3, $4::interval)",
		params, 4, &got, &err) < 0) {
		if (team == NULL || !work_state(work, "TR005"))
			return ctl_database_fail(work->database, work->command, &err);
		work_fail_name(work, "team", team, &err);
		return CTL_FAILED;
	}
	memset(lease, 0, sizeof(*lease));
	if (got.rows == 0) {
		status = CTL_EMPTY;
	} else {
		work_copy(lease->database, sizeof(lease->database), str_of(work->name));
		work_copy(lease->agent, sizeof(lease->agent), str_of(work->agent));
		work_copy(lease->ticket, sizeof(lease->ticket), ctl_rows_get(&got, 0, 0));
		work_copy(lease->reference, sizeof(lease->reference), ctl_rows_get(&got, 0, 1));
		work_copy(lease->token, sizeof(lease->token), ctl_rows_get(&got, 0, 2));
		work_copy(lease->ends_at, sizeof(lease->ends_at), ctl_rows_get(&got, 0, 3));
		*left_ms = ctl_rows_number(&got, 0, 4, 0);
		work_copy(lease->seen, sizeof(lease->seen), ctl_rows_get(&got, 0, 5));
	}
	ctl_rows_free(&got);
	return status;
}

enum ctl_exit
ctl_work_lease(struct ctl_work *work, const char *ticket, struct ctl_lease *lease)
{
	struct err err;
	int found = ctl_lease_find(work->name, ticket, lease, &err);

	if (found < 0) {
		ctl_complain("%s: %s", work->command, err.text);
		return CTL_FAILED;
	}
	if (found == 0) {
		ctl_complain("%s: no lease of ticket %s is kept here; \"triagectl next --detach "
			     "--ticket %s\" takes it when it is free",
		    work->command, ticket, ticket);
		return CTL_LOST;
	}
	if (strcmp(lease->agent, work->agent) != 0) {
		ctl_complain("%s: agent %s took ticket %s, and you are %s: say \"--agent %s\"",
		    work->command, lease->agent, lease->reference, work->agent, lease->agent);
		return CTL_FAILED;
	}
	return CTL_OK;
}

static void
work_stepped(enum ctl_step step, const struct ctl_rows *got, const char *second,
    struct ctl_lease *lease, struct ctl_stepped *stepped)
{
	struct str value = ctl_rows_get(got, 0, 0);

	stepped->held = step == STEP_NOTE || step == STEP_RENEW ||
	    (step == STEP_RECATEGORIZE && str_is(value, "t")) ||
	    (step == STEP_REPLY && strcmp(second, "keep") == 0);
	if (step == STEP_REPLY)
		work_copy(stepped->mail, sizeof(stepped->mail), value);
	if (step == STEP_RENEW) {
		work_copy(lease->ends_at, sizeof(lease->ends_at), value);
		stepped->left_ms = ctl_rows_number(got, 0, 1, 0);
		stepped->news = ctl_rows_number(got, 0, 2, 0) >
		    strtoll(lease->seen, NULL, 10);
	}
}

/* The connection is gone. A renewal can be asked for again; of any other step
 * nobody knows whether it was done. */
static enum ctl_exit
work_lost_connection(
    struct ctl_work *work, enum ctl_step step, const struct ctl_lease *lease, struct err *err)
{
	if (step != STEP_RENEW)
		ctl_complain("%s: the database went away (%s); whether this was done is not known: "
			     "\"triagectl show %s\" tells",
		    work->command, err->text, lease->reference);
	if (ctl_database_reset(work->database, err) == 0 && work_settle(work, err) == 0 &&
	    step == STEP_RENEW)
		return CTL_OK;
	if (step == STEP_RENEW)
		ctl_complain("%s: %s", work->command, err->text);
	return CTL_UNAVAILABLE;
}

enum ctl_exit
ctl_work_step(struct ctl_work *work, enum ctl_step step, struct ctl_lease *lease,
    const char *first, const char *second, struct ctl_stepped *stepped)
{
	const char *params[] = {
	    lease->agent, lease->ticket, lease->token, first, second, lease->seen};
	struct ctl_rows got;
	struct err err;
	int ran;

	memset(stepped, 0, sizeof(*stepped));
	if (steps[step].seen > 0)
		params[steps[step].seen] = lease->seen;
	ran = ctl_database_run(
	    work->database, steps[step].sql, params, steps[step].params, &got, &err);
	if (ran < 0 && !ctl_database_alive(work->database)) {
		enum ctl_exit status = work_lost_connection(work, step, lease, &err);

		if (status != CTL_OK)
			return status;
		ran = ctl_database_run(
		    work->database, steps[step].sql, params, steps[step].params, &got, &err);
	}
	if (ran == 0) {
		work_stepped(step, &got, second, lease, stepped);
		ctl_rows_free(&got);
		return CTL_OK;
	}
	if (work_state(work, "TR005") && (step == STEP_MOVE || step == STEP_RECATEGORIZE)) {
		bool priority = step == STEP_MOVE && strstr(err.text, "priority") != NULL;

		work_fail_name(work,
		    priority                ? "priority"
			: step == STEP_MOVE ? "team"
					    : "category",
		    priority ? second : first, &err);
		return CTL_FAILED;
	}
	stepped->news = work_state(work, "TR007");
	return work_fail(work, lease, &err);
}

enum ctl_exit
ctl_work_page(struct ctl_work *work, const char *ticket, struct json_t **page)
{
	const char *params[] = {work->agent, ticket};
	struct ctl_rows got;
	struct str text;
	struct err err;

	if (ctl_database_run(work->database,
		"SELECT triaged.ticket_page($1, $2)"
		" || jsonb_build_object('now', clock_timestamp())",
		params, 2, &got, &err) < 0)
		return ctl_database_fail(work->database, work->command, &err);
	text = ctl_rows_get(&got, 0, 0);
	*page = text.p != NULL ? json_loadb(text.p, text.n, JSON_ALLOW_NUL, NULL) : NULL;
	ctl_rows_free(&got);
	if (*page != NULL)
		return CTL_OK;
	ctl_complain("%s: the database's page of the ticket cannot be read", work->command);
	return CTL_FAILED;
}

void
ctl_work_seen(struct ctl_lease *lease, const struct json_t *page)
{
	const json_t *number = json_object_get(page, "follow_up_no");

	snprintf(lease->seen, sizeof(lease->seen), "%" JSON_INTEGER_FORMAT,
	    json_integer_value(number));
}

/* The order in which names are offered: the nearest by spelling, those that
 * share a beginning or have the word in them, then the others. */
static int
work_rank(const char *name, const char *near, const char *nearest)
{
	size_t common = 0;

	if (name == nearest)
		return 0;
	if (near == NULL || near[0] == '\0')
		return 2;
	while (near[common] != '\0' && name[common] == near[common])
		common++;
	return common >= 4 || strcasestr(name, near) != NULL ? 1 : 2;
}

void
ctl_work_names(
    struct ctl_work *work, const char *kind, const char *near, struct strbuf *out)
{
	static const char sql[] =
	    "SELECT name FROM (SELECT 'team' AS kind, name, 0 AS place FROM triaged.team"
	    " UNION ALL SELECT 'category', name, 0 FROM triaged.category"
	    " UNION ALL SELECT 'priority', name, urgency FROM triaged.priority) names"
	    " WHERE kind = $1 ORDER BY place, name";
	const char **names, *nearest;
	struct ctl_rows got;
	struct err err;
	size_t count, shown = 0;

	if (ctl_database_run(work->database, sql, &kind, 1, &got, &err) < 0)
		return;
	count = (size_t)got.rows;
	names = mem_array(count + 1, sizeof(*names));
	for (size_t i = 0; i < count; i++)
		names[i] = ctl_rows_get(&got, (int)i, 0).p;
	nearest = near != NULL ? suggest(str_of(near), names, count) : NULL;
	for (int rank = 0; rank <= 2; rank++) {
		for (size_t i = 0; i < count; i++) {
			if (work_rank(names[i], near, nearest) != rank)
				continue;
			if (near != NULL && count > 2 * NAMES_SHOWN && shown == NAMES_SHOWN)
				continue;
			/* Far ones only where nothing is near, or where all fit. */
			if (near != NULL && rank == 2 && shown > 0 && count > 2 * NAMES_SHOWN)
				continue;
			strbuf_printf(out, "%s%s", shown++ > 0 ? ", " : "", names[i]);
		}
	}
	if (shown < count)
		strbuf_printf(out, " and %zu more", count - shown);
	free(names);
	ctl_rows_free(&got);
}
