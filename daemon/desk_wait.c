/* SPDX-License-Identifier: MIT */
#include "desk_wait.h"

#include <stdio.h>
#include <stdlib.h>

#include "answer.h"
#include "arena.h"
#include "desk_read.h"
#include "desk_sql.h"
#include "desk_write.h"
#include "identity.h"
#include "log.h"
#include "mem.h"
#include "rules_due.h"

#define LIST_BYTES ((size_t)4 << 20)
#define MAIL_BYTES 65536

struct desk_wait {
	struct policy *policy;
	struct metrics *metrics;
	const struct clock *clock;
	desk_wait_fn *done;
	void *arg;
	bool look; /* at what is due */
	struct arena *arena;
	struct desk_read_wait *list;
	size_t count, next;
	struct strbuf subject, body, mail;
	enum metric metric; /* of the statement under way */
};

struct desk_wait *
desk_wait_new(struct policy *policy, struct metrics *metrics, const struct clock *clock,
    desk_wait_fn *done, void *arg)
{
	struct desk_wait *wait = mem_alloc(sizeof(*wait));

	wait->policy = policy_keep(policy);
	wait->metrics = metrics;
	wait->clock = clock;
	wait->done = done;
	wait->arg = arg;
	wait->arena = arena_new(LIST_BYTES);
	if (wait->arena == NULL)
		abort();
	strbuf_init(&wait->subject, MAIL_BYTES);
	strbuf_init(&wait->body, MAIL_BYTES);
	strbuf_init(&wait->mail, MAIL_BYTES);
	return wait;
}

void
desk_wait_free(struct desk_wait *wait)
{
	if (wait == NULL)
		return;
	policy_release(wait->policy);
	arena_free(wait->arena);
	strbuf_fini(&wait->subject);
	strbuf_fini(&wait->body);
	strbuf_fini(&wait->mail);
	free(wait);
}

void
desk_wait_use_policy(struct desk_wait *wait, struct policy *policy)
{
	policy_keep(policy);
	policy_release(wait->policy);
	wait->policy = policy;
}

void
desk_wait_look(struct desk_wait *wait)
{
	wait->look = true;
}

bool
desk_wait_has_work(const struct desk_wait *wait)
{
	return wait->look || wait->next < wait->count;
}

void
desk_wait_forget(struct desk_wait *wait)
{
	wait->next = wait->count = 0;
	arena_reset(wait->arena);
}

/* Looking ------------------------------------------------------------------- */

static void
looked(void *arg, const struct pgconn_result *result)
{
	struct desk_wait *wait = arg;
	int row;

	if (result->class == PGCONN_OK && result->rows > 0) {
		wait->list = arena_array(wait->arena, (size_t)result->rows, sizeof(*wait->list));
		for (row = 0; wait->list != NULL && row < result->rows; row++)
			if (desk_read_wait(wait->arena, result, row,
				&wait->list[wait->count]) == 0)
				wait->count++;
	}
	wait->done(wait->arg, result);
}

static void
run_look(struct desk_wait *wait, struct pgconn *conn)
{
	char most[16];
	struct pgconn_param param;

	desk_wait_forget(wait);
	wait->look = false;
	snprintf(most, sizeof(most), "%d", DESK_WAITS);
	param = desk_write_text(str_of(most));
	pgconn_run(conn, "desk_waits", &param, 1, true, looked, wait);
}

/* Doing --------------------------------------------------------------------- */

/* Whether it was done; not where another daemon was faster, or the requester has
 * answered. Of an end the database says which: it knows of mails that never left. */
static bool
was_done(struct desk_wait *wait, const struct pgconn_result *result)
{
	struct str value;

	if (result->class != PGCONN_OK || result->rows != 1)
		return false;
	value = pgconn_value(result, 0, 0);
	if (wait->metric == METRIC_WAIT_REMINDED)
		return desk_read_boolean(value);
	wait->metric = str_is(value, "close") ? METRIC_WAIT_CLOSED : METRIC_WAIT_PEOPLE;
	return value.p != NULL;
}

static void
did(void *arg, const struct pgconn_result *result)
{
	struct desk_wait *wait = arg;
	const struct desk_read_wait *one = &wait->list[wait->next - 1];

	if (was_done(wait, result)) {
		wait->metrics->value[wait->metric]++;
		log_info("ticket=%.*s wait=%s", STR_ARG(one->uuid_text),
		    wait->metric == METRIC_WAIT_REMINDED ? "reminded"
			: wait->metric == METRIC_WAIT_CLOSED ? "closed" : "people");
	}
	/* Other tickets may be due by now, more than one look can list. */
	if (wait->next == wait->count && wait->count >= DESK_WAITS &&
	    result->class == PGCONN_OK)
		wait->look = true;
	wait->done(wait->arg, result);
}

/* The fields that are missing, as far as the category still has them. */
static size_t
find_fields(struct desk_wait *wait, const struct rules_category *category,
    const struct desk_read_wait *one, const struct rules_field ***fields)
{
	size_t i, k, count = 0;

	*fields = arena_array(wait->arena, one->missing_count + 1, sizeof(**fields));
	if (*fields == NULL)
		return 0;
	for (i = 0; i < one->missing_count; i++)
		for (k = 0; k < category->field_count; k++)
			if (str_eq(category->fields[k].name, one->missing[i]))
				(*fields)[count++] = &category->fields[k];
	return count;
}

/* False: there is nothing to be said. */
static bool
write_reminder(struct desk_wait *wait, const struct desk_read_wait *one)
{
	const struct rules *rules = wait->policy->rules;
	const struct rules_category *category = rules_category_find(rules, one->category);
	int locale = rules_locale_find(rules, one->locale);
	const struct rules_team *team = rules_team_find(rules, one->team);
	const struct rules_field **fields;
	size_t count;

	strbuf_clear(&wait->subject);
	strbuf_clear(&wait->body);
	strbuf_clear(&wait->mail);
	if (category == NULL || locale < 0 || team == NULL || one->by_person)
		return false;
	count = find_fields(wait, category, one, &fields);
	if (count == 0 || !answer_reminder(rules, category, team, (unsigned)locale, fields,
				count, &wait->subject, &wait->body))
		return false;
	answer_address(strbuf_str(&wait->body), one->reference, one->token, &wait->mail);
	return !wait->mail.overflow;
}

static struct pgconn_param
binary(struct str bytes)
{
	return (struct pgconn_param){bytes.p, (int)bytes.n, true};
}

static void
run_reminder(struct desk_wait *wait, const struct desk_read_wait *one, struct pgconn *conn)
{
	struct pgconn_param params[5] = {binary(one->uuid), binary(one->due)};
	unsigned char id[16];

	wait->metric = METRIC_WAIT_REMINDED;
	if (write_reminder(wait, one)) {
		identity_uuid_make(id, clock_wall_ms(wait->clock));
		params[2] = binary((struct str){(const char *)id, sizeof(id)});
		params[3] = desk_write_text(strbuf_str(&wait->subject));
		params[4] = desk_write_text(strbuf_str(&wait->mail));
	}
	pgconn_run(conn, "desk_remind", params, 5, true, did, wait);
}

static void
run_end(struct desk_wait *wait, const struct desk_read_wait *one, struct pgconn *conn)
{
	const struct rules *rules = wait->policy->rules;
	const struct rules_category *category = rules_category_find(rules, one->category);
	/* Of a category that is gone nobody can say that it may be closed. */
	bool close = category != NULL && category->wait.end == WAIT_CLOSE;
	struct pgconn_param params[4] = {binary(one->uuid), binary(one->due)};
	char due[32];

	wait->metric = close ? METRIC_WAIT_CLOSED : METRIC_WAIT_PEOPLE;
	params[2] = desk_write_text(close ? STR("close") : STR("people"));
	params[3] = desk_write_time(
	    rules_due(rules, one->team, one->priority, clock_wall_ms(wait->clock)), due);
	pgconn_run(conn, "desk_end", params, 4, true, did, wait);
}

void
desk_wait_step(struct desk_wait *wait, struct pgconn *conn)
{
	const struct desk_read_wait *one;

	if (wait->next >= wait->count) {
		run_look(wait, conn);
		return;
	}
	one = &wait->list[wait->next++];
	if (one->ended)
		run_end(wait, one, conn);
	else
		run_reminder(wait, one, conn);
}
