/* SPDX-License-Identifier: MIT */
#include "mail_loop.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "mail_item.h"
#include "mail_outbox.h"
#include "mail_rule.h"
#include "mail_send.h"
#include "mem.h"
#include "service.h"
#include "str.h"

#define SECOND_US INT64_C(1000000)
#define DATABASE_FIRST_US (SECOND_US / 4)
#define DATABASE_MOST_US (10 * SECOND_US)
#define RELAY_FIRST_US SECOND_US
#define RELAY_MOST_US (60 * SECOND_US) /* one connection a minute harms nobody */
#define FOLD_US (60 * SECOND_US)
#define ABORT_US (5 * SECOND_US) /* more than libcurl's second of delay */

/* Each mail that was taken ends in one of the others. */
enum count {
	COUNT_TAKEN,
	COUNT_SENT,
	COUNT_RETRY,
	COUNT_AMBIGUOUS,
	COUNT_RELEASED,
	COUNT_FAILED,
	COUNT_EXPIRED,
	COUNT_SUPPRESSED,
	COUNT_LEASE_LOST, /* sent or not, somebody else has it */
	COUNT_UNSAID,     /* known here, and the database could not be told */
	COUNT_COUNT
};
static const char *const count_names[COUNT_COUNT] = {"taken", "sent", "retry", "ambiguous",
    "released", "failed", "expired", "suppressed", "lease_lost", "unsaid"};

struct mail_loop {
	const struct mail_config *config;
	struct mail_terms terms;
	struct mail_outbox *outbox; /* NULL while the database is away */
	struct mail_send *send;
	struct mail_breaker database, relay;
	int relay_fault; /* stage and code that were logged last */
	int running;
	struct mail_item *unsaid;
	struct mail_row *rows; /* room for one take */
	bool drained;          /* the last take found less than it asked for */
	int64_t poll_us, fold_us;
	int signals;
	bool stopping, aborted;
	int64_t stop_us; /* when a stop gives up waiting */
	int64_t alive_every_us, alive_us; /* the service manager's watchdog; 0 = none */
	struct strbuf told;               /* the status that it knows */
	uint64_t counts[COUNT_COUNT];
};

static int64_t
now_us(void)
{
	return clock_monotonic_us(&clock_system);
}

/* One line when the database goes and one when it is back. */
static void
database_failed(struct mail_loop *loop, const struct err *err)
{
	if (!loop->database.open)
		log_warning("database state=down error=\"%s\"", err->text);
	mail_breaker_bad(&loop->database, now_us(), DATABASE_FIRST_US, DATABASE_MOST_US);
	mail_outbox_close(loop->outbox);
	loop->outbox = NULL;
}

static bool
database_ready(struct mail_loop *loop)
{
	struct err err;

	if (loop->outbox != NULL)
		return true;
	if (mail_breaker_allows(&loop->database, 1, 0, now_us()) == 0)
		return false;
	loop->outbox = mail_outbox_open(loop->config->database, &err);
	if (loop->outbox == NULL)
		database_failed(loop, &err);
	return loop->outbox != NULL;
}

/* A statement went well: a connection alone does not prove much. */
static void
database_good(struct mail_loop *loop)
{
	if (loop->database.open)
		log_info("database state=up");
	mail_breaker_good(&loop->database);
}

/* One line when the relay's state changes, or its reason. */
static void
relay_judge(struct mail_loop *loop, const struct mail_item *item, bool at_fault)
{
	const struct mail_attempt *attempt = &item->transfer.attempt;
	int fault = (int)attempt->stage * 1000 + attempt->code + 1;

	if (at_fault) {
		mail_breaker_bad(&loop->relay, now_us(), RELAY_FIRST_US, RELAY_MOST_US);
		if (fault != loop->relay_fault)
			log_warning("relay=%s state=down stage=%s error=\"%s\"",
			    loop->config->relay, mail_stage_name(attempt->stage),
			    item->report.line);
		loop->relay_fault = fault;
	} else if (attempt->stage >= MAIL_STAGE_MAIL && attempt->code > 0) {
		if (loop->relay.open)
			log_info("relay=%s state=up", loop->config->relay);
		mail_breaker_good(&loop->relay);
		loop->relay_fault = 0;
	}
}

static void
log_end(const struct mail_item *item, bool noted)
{
	const struct mail_report *report = &item->report;
	const char *const *value = (const char *const *)item->row.value;

	if (!noted)
		log_warning("mail=%s ticket=%s lease lost, result=%s not noted",
		    value[MAIL_MESSAGE], value[MAIL_TICKET], mail_result_name(report->result));
	else if (report->result == MAIL_SENT)
		log_info("mail=%s ticket=%s result=sent attempts=%s", value[MAIL_MESSAGE],
		    value[MAIL_TICKET], value[MAIL_ATTEMPTS]);
	else if (report->result == MAIL_RELEASED) /* the relay's state has its own line */
		log_debug("mail=%s ticket=%s result=released", value[MAIL_MESSAGE],
		    value[MAIL_TICKET]);
	else
		log_info("mail=%s ticket=%s result=%s attempts=%s%s%s stage=%s error=\"%s\"",
		    value[MAIL_MESSAGE], value[MAIL_TICKET], mail_result_name(report->result),
		    value[MAIL_ATTEMPTS], report->reason != NULL ? " reason=" : "",
		    report->reason != NULL ? report->reason : "",
		    mail_stage_name(item->transfer.attempt.stage),
		    report->line != NULL ? report->line : "");
}

static enum count
count_of(enum mail_result result)
{
	static const enum count counts[] = {
	    [MAIL_SENT] = COUNT_SENT,
	    [MAIL_RETRY] = COUNT_RETRY,
	    [MAIL_AMBIGUOUS] = COUNT_AMBIGUOUS,
	    [MAIL_RELEASED] = COUNT_RELEASED,
	    [MAIL_FAILED] = COUNT_FAILED,
	    [MAIL_SUPPRESSED] = COUNT_SUPPRESSED,
	};

	return counts[result];
}

static void
loop_keep(struct mail_loop *loop, struct mail_item *item)
{
	item->next = loop->unsaid;
	loop->unsaid = item;
}

/* Says what is known, as far as the database listens. */
static void
loop_say(struct mail_loop *loop)
{
	struct err err;

	while (loop->unsaid != NULL && database_ready(loop)) {
		struct mail_item *item = loop->unsaid;
		int noted = mail_outbox_done(loop->outbox, &item->row, &item->report, &err);

		if (noted < 0) {
			database_failed(loop, &err);
			return;
		}
		database_good(loop);
		loop->counts[noted ? count_of(item->report.result) : COUNT_LEASE_LOST]++;
		log_end(item, noted);
		loop->unsaid = item->next;
		mail_item_free(item);
	}
}

static void
loop_fetch(struct mail_loop *loop)
{
	struct mail_transfer *transfer;

	while ((transfer = mail_send_fetch(loop->send)) != NULL) {
		struct mail_item *item = transfer->arg;
		struct mail_verdict verdict = mail_item_judge(item, loop->config);

		loop->running--;
		relay_judge(loop, item, verdict.relay_at_fault);
		loop_keep(loop, item);
	}
}

/* What ended while it was taken was counted there; the others go out. */
static void
loop_start(struct mail_loop *loop, struct mail_row *row)
{
	struct mail_item *item;

	loop->counts[COUNT_TAKEN]++;
	if (strcmp(row->value[MAIL_STATE], "sending") != 0) {
		loop->counts[strcmp(row->value[MAIL_STATE], "expired") == 0 ? COUNT_EXPIRED
		                                                            : COUNT_SUPPRESSED]++;
		log_info("mail=%s ticket=%s result=%s reason=%s", row->value[MAIL_MESSAGE],
		    row->value[MAIL_TICKET], row->value[MAIL_STATE], row->value[MAIL_REASON]);
		mail_row_free(row);
		return;
	}
	item = mail_item_new(row, &loop->config->sender);
	if (mail_item_refuse(item, loop->config) != NULL) {
		loop_keep(loop, item);
		return;
	}
	loop->running++;
	mail_send_give(loop->send, &item->transfer);
}

static void
loop_take(struct mail_loop *loop)
{
	int room = (int)loop->config->transfers - loop->running;
	int batch = mail_breaker_allows(&loop->relay, room, loop->running, now_us());
	struct err err;
	int taken, i;

	if (loop->stopping || loop->unsaid != NULL || batch == 0 ||
	    (loop->drained && now_us() < loop->poll_us) || !database_ready(loop))
		return;
	taken = mail_outbox_take(loop->outbox, &loop->terms, batch, loop->rows, &err);
	if (taken < 0) {
		database_failed(loop, &err);
		return;
	}
	database_good(loop);
	loop->drained = taken < batch;
	loop->poll_us = now_us() + loop->config->poll * 1000;
	for (i = 0; i < taken; i++)
		loop_start(loop, &loop->rows[i]);
}

static void
loop_fold(struct mail_loop *loop)
{
	struct err err;

	if (loop->outbox == NULL || now_us() < loop->fold_us)
		return;
	loop->fold_us = now_us() + FOLD_US;
	if (mail_outbox_fold(loop->outbox, &err) < 0)
		database_failed(loop, &err);
}

static void
loop_signal(struct mail_loop *loop)
{
	struct signalfd_siginfo info;

	while (read(loop->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP) {
			log_warning("SIGHUP: options are read at start only; restart");
			continue;
		}
		log_info("stopping, %d on their way", loop->running);
		/* The second time at once. */
		loop->stop_us =
		    now_us() + (loop->stopping ? 0 : loop->config->stop_time * 1000);
		loop->stopping = true;
		service_stopping((loop->stop_us - now_us() + 2 * ABORT_US) / 1000);
	}
}

/* The watchdog is fed here and nowhere else: by the loop that must not hang. */
static void
loop_tell(struct mail_loop *loop)
{
	struct strbuf status;

	if (loop->alive_every_us > 0 && now_us() >= loop->alive_us) {
		service_alive();
		loop->alive_us = now_us() + loop->alive_every_us;
	}
	strbuf_init(&status, 0);
	strbuf_printf(&status, "%s%s%s%d on their way", loop->stopping ? "stopping, " : "",
	    loop->outbox == NULL ? "waiting for database, " : "",
	    loop->relay.open ? "waiting for relay, " : "", loop->running);
	if (!str_eq(strbuf_str(&status), strbuf_str(&loop->told))) {
		service_status("%.*s", STR_ARG(strbuf_str(&status)));
		strbuf_clear(&loop->told);
		strbuf_put(&loop->told, strbuf_str(&status));
	}
	strbuf_fini(&status);
}

/* True when there is nothing more to wait for. */
static bool
loop_ended(struct mail_loop *loop)
{
	bool empty = loop->running == 0 && loop->unsaid == NULL;

	if (!loop->stopping)
		return loop->config->once && loop->running == 0 &&
		    (loop->relay.open || loop->database.open || (empty && loop->drained));
	if (empty)
		return true;
	if (!loop->aborted && now_us() >= loop->stop_us) {
		log_warning("stops without waiting any longer for %d on their way", loop->running);
		mail_send_abort(loop->send);
		loop->aborted = true;
	}
	return now_us() >= loop->stop_us + ABORT_US ||
	    (loop->aborted && loop->running == 0 && loop->database.open);
}

static void
earlier(int64_t *until, int64_t other)
{
	if (other < *until)
		*until = other;
}

/* Until a transfer ends, a signal comes, or something is to be tried again. */
static void
loop_wait(struct mail_loop *loop)
{
	struct pollfd fds[] = {{mail_send_fd(loop->send), POLLIN, 0}, {loop->signals, POLLIN, 0}};
	int64_t now = now_us(), until = now + 60 * SECOND_US;
	bool may_take = !loop->stopping && loop->running < loop->config->transfers;

	if (loop->outbox == NULL)
		earlier(&until, loop->database.open ? loop->database.until_us : now);
	else if (loop->unsaid != NULL)
		earlier(&until, now);
	if (may_take && loop->outbox != NULL && !loop->relay.open)
		earlier(&until, loop->drained ? loop->poll_us : now);
	/* The last take may have given the relay nothing: then there is more to take. */
	if (may_take && loop->outbox != NULL && loop->relay.open && loop->running == 0)
		earlier(&until, !loop->drained || loop->relay.until_us > loop->poll_us
		                    ? loop->relay.until_us
		                    : loop->poll_us);
	if (loop->alive_every_us > 0)
		earlier(&until, loop->alive_us);
	if (loop->stopping)
		earlier(&until, loop->aborted ? loop->stop_us + ABORT_US : loop->stop_us);
	poll(fds, 2, until > now ? (int)((until - now + 999) / 1000) : 0);
	if (fds[1].revents != 0)
		loop_signal(loop);
}

static enum mail_loop_end
loop_end(struct mail_loop *loop)
{
	bool left = loop->config->once && !loop->stopping &&
	    (loop->relay.open || loop->database.open);
	struct strbuf summary;
	size_t i;

	for (; loop->unsaid != NULL; loop->counts[COUNT_UNSAID]++) {
		struct mail_item *item = loop->unsaid;

		loop->unsaid = item->next;
		mail_item_free(item);
	}
	loop->counts[COUNT_UNSAID] += (uint64_t)loop->running;
	strbuf_init(&summary, 0);
	for (i = 0; i < COUNT_COUNT; i++)
		strbuf_printf(&summary, " %s=%" PRIu64, count_names[i], loop->counts[i]);
	log_info("stopped%.*s", STR_ARG(strbuf_str(&summary)));
	strbuf_fini(&summary);
	return left ? MAIL_LOOP_LEFT : MAIL_LOOP_STOPPED;
}

static int
loop_signals(struct mail_loop *loop, struct err *err)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_set(err, "sigprocmask: %m");
	loop->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return loop->signals < 0 ? err_set(err, "signalfd: %m") : 0;
}

enum mail_loop_end
mail_loop_run(const struct mail_config *config, struct err *err)
{
	struct mail_loop loop = {
	    .config = config,
	    .terms = {config->lease, config->life, config->reply_life, config->cap,
	        config->cap_window},
	    .fold_us = now_us() + FOLD_US,
	    .signals = -1,
	    .alive_every_us = service_alive_every_ms() * 1000,
	};
	enum mail_loop_end end = MAIL_LOOP_FAILED;

	loop.rows = mem_array((size_t)config->transfers, sizeof(*loop.rows));
	if (loop_signals(&loop, err) < 0)
		goto out;
	loop.send = mail_send_new(&config->target, (int)config->transfers, err);
	if (loop.send == NULL)
		goto out;
	log_info("ready relay=%s tls=%s transfers=%" PRId64, config->relay, config->tls,
	    config->transfers);
	service_ready("waiting for database");
	strbuf_init(&loop.told, 0);
	for (;;) {
		loop_tell(&loop);
		loop_fetch(&loop);
		loop_say(&loop);
		loop_take(&loop);
		loop_fold(&loop);
		if (loop_ended(&loop))
			break;
		loop_wait(&loop);
	}
	end = loop_end(&loop);
	strbuf_fini(&loop.told);
	mail_send_free(loop.send);
out:
	mail_outbox_close(loop.outbox);
	if (loop.signals >= 0)
		close(loop.signals);
	free(loop.rows);
	return end;
}
