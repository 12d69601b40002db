/* SPDX-License-Identifier: MIT */
/*
 * triaged: the table of contents. What each part does is in its header.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "desk.h"
#include "diag.h"
#include "identity.h"
#include "housekeeping.h"
#include "intake.h"
#include "log.h"
#include "loop.h"
#include "metrics.h"
#include "operator.h"
#include "pipeline.h"
#include "policy.h"
#include "reload.h"
#include "service.h"
#include "service_watch.h"
#include "start.h"
#include "store.h"
#include "str.h"
#include "trial.h"

#define STOP_GRACE_MS 5000 /* to end what the deadline has cut off */

struct daemon {
	struct config config;
	struct metrics metrics;
	struct policy *policy;
	struct loop *loop;
	struct loop_signal *terminate, *interrupt, *hangup;
	struct loop_timer *deadline; /* of a stop */
	struct intake *intake;
	struct pipeline *pipeline;
	struct store *store;
	struct desk *desk;
	struct housekeeping *housekeeping;
	struct reload *reload;
	struct reload *shadow; /* NULL: not asked for */
	struct operator *operator;
	struct service_watch *watch;
	bool stopping;
	bool thread_left; /* a build that cannot be ended */
	int status;
};

/* Ends at once: what is in flight is answered "retry". */
static void
daemon_give_up(void *arg)
{
	struct daemon *daemon = arg;

	log_warning("stops without waiting any longer, what is not known is answered \"retry\"");
	loop_stop(daemon->loop);
}

static void
daemon_empty(void *arg)
{
	struct daemon *daemon = arg;

	loop_stop(daemon->loop);
}

static void
daemon_terminate(void *arg)
{
	struct daemon *daemon = arg;

	if (daemon->stopping) {
		daemon_give_up(daemon);
		return;
	}
	log_info("stopping");
	service_stopping(daemon->config.stop_time + STOP_GRACE_MS);
	daemon->stopping = true;
	loop_timer_set(daemon->deadline, daemon->config.stop_time);
	intake_stop(daemon->intake);
	store_stop(daemon->store);
	reload_stop(daemon->reload);
	if (daemon->shadow != NULL)
		reload_stop(daemon->shadow);
	operator_stop(daemon->operator);
	desk_stop(daemon->desk);
	pipeline_stop(daemon->pipeline);
}

/* One line for "systemctl status". */
static void
daemon_status(void *arg, struct strbuf *out)
{
	const struct daemon *daemon = arg;
	unsigned long long in_flight = daemon->metrics.value[METRIC_IN_FLIGHT];

	if (daemon->stopping)
		strbuf_printf(out, "stopping, %llu in flight", in_flight);
	else
		strbuf_printf(out, "%spolicy %.12s, %llu in flight",
		    store_works(daemon->store) ? "" : "waiting for database, ",
		    reload_policy(daemon->reload)->hash, in_flight);
}

static void
daemon_hangup(void *arg)
{
	struct daemon *daemon = arg;

	reload_ask(daemon->reload);
}

/* Where reloads begin and end, done or refused, the manager is told. */
static void
daemon_reloads(void *arg, bool busy)
{
	struct daemon *daemon = arg;

	if (busy)
		service_reloading();
	else
		service_ready("policy %.12s", reload_policy(daemon->reload)->hash);
	/* After the live rules, which so are never slower for it. */
	if (!busy && daemon->shadow != NULL)
		reload_ask(daemon->shadow);
}

static int
daemon_use_shadow(void *arg, struct policy *policy)
{
	struct daemon *daemon = arg;

	return pipeline_use_shadow(daemon->pipeline, policy);
}

static int
daemon_use_policy(void *arg, struct policy *policy)
{
	struct daemon *daemon = arg;

	if (pipeline_use_policy(daemon->pipeline, policy) < 0)
		return -1;
	store_use_policy(daemon->store, policy);
	desk_use_policy(daemon->desk, policy);
	return 0;
}

static void
daemon_answer(void *arg, void *origin, struct str body)
{
	struct daemon *daemon = arg;

	intake_answer(daemon->intake, origin, body);
}

static void
daemon_full(void *arg, bool full)
{
	struct daemon *daemon = arg;

	intake_full(daemon->intake, full);
}

static void
daemon_stored(void *arg, struct store_job *job, const struct store_result *result)
{
	struct daemon *daemon = arg;

	pipeline_stored(daemon->pipeline, job, result);
}

static void
daemon_desk_done(void *arg, struct desk_job *job, const struct desk_result *result)
{
	struct daemon *daemon = arg;

	pipeline_desk_done(daemon->pipeline, job, result);
}

/* 0, or the exit status after saying why. */
static int
load_config(struct config *config, int argc, char **argv)
{
	struct diag_list *diags = diag_list_new(50);
	struct err err;
	int status = 0;

	if (config_parse(config, argc, argv, diags, &err) < 0)
		status = start_refuse("triaged", diags, &err);
	diag_list_free(diags);
	return status;
}

/* NULL after saying why. */
static struct policy *
load_policy(const struct config *config, const char *rules)
{
	struct diag_list *diags = diag_list_new(50);
	struct policy *policy = trial_load(rules, config->cache, NULL, &diags);

	if (policy == NULL) {
		start_show(diags);
		start_complain("triaged", "the rules in %s cannot be used", rules);
	}
	diag_list_free(diags);
	return policy;
}

/* Nobody waits for it: it is built while tickets are already taken. */
static int
daemon_start_shadow(struct daemon *daemon, struct err *err)
{
	struct reload_options options = {.rules = daemon->config.shadow_rules,
	    .cache = daemon->config.cache,
	    .conninfo = daemon->config.database,
	    .shadow = true,
	    .metrics = &daemon->metrics,
	    .clock = &clock_system,
	    .use = daemon_use_shadow,
	    .arg = daemon};

	if (options.rules == NULL)
		return 0;
	daemon->shadow = reload_new(daemon->loop, &options, NULL, err);
	if (daemon->shadow == NULL)
		return -1;
	reload_ask(daemon->shadow);
	return 0;
}

static int
daemon_start(struct daemon *daemon, struct err *err)
{
	const struct config *config = &daemon->config;
	struct pipeline_options pipeline = {daemon->policy, &daemon->metrics, &clock_system,
	    config->accept_received_at, config->in_flight, config->memory, daemon_answer,
	    daemon_full, daemon_empty, daemon};
	struct store_options store = {config->database, (size_t)config->batch, config->rerun,
	    config->statement_time, daemon->policy, config->shadow_rules != NULL,
	    &daemon->metrics, &clock_system, daemon_stored, daemon};
	int listener = 0;

	struct reload_options reload = {config->rules, config->cache, config->database, false,
	    &daemon->metrics, &clock_system, daemon_use_policy, daemon_reloads, daemon};
	struct operator_options operator = {.address = config->http,
	    .optional = !config->http_chosen, .metrics = &daemon->metrics, .clock = &clock_system};
	struct desk_options desk = {config->database, config->rerun, config->statement_time,
	    config->wait_check, daemon->policy, &daemon->metrics, &clock_system,
	    daemon_desk_done, daemon};

	signal(SIGPIPE, SIG_IGN);
	daemon->loop = loop_new();
	daemon->terminate = loop_signal_new(daemon->loop, SIGTERM, daemon_terminate, daemon);
	daemon->interrupt = loop_signal_new(daemon->loop, SIGINT, daemon_terminate, daemon);
	daemon->hangup = loop_signal_new(daemon->loop, SIGHUP, daemon_hangup, daemon);
	daemon->deadline = loop_timer_new(daemon->loop, daemon_give_up, daemon);
	if (str_starts(str_of(config->endpoint), "ipc://") &&
	    service_listener(config->endpoint + strlen("ipc://"), &listener, err) < 0)
		return -1;
	daemon->intake =
	    intake_new(daemon->loop, config->endpoint, listener, &daemon->metrics, err);
	if (daemon->intake == NULL)
		return -1;
	daemon->store = store_new(daemon->loop, &store);
	daemon->pipeline = pipeline_new(&pipeline);
	pipeline_use_store(daemon->pipeline, daemon->store);
	daemon->desk = desk_new(daemon->loop, &desk);
	pipeline_use_desk(daemon->pipeline, daemon->desk);
	daemon->housekeeping = housekeeping_new(daemon->loop, config->database, &clock_system);
	daemon->reload = reload_new(daemon->loop, &reload, daemon->policy, err);
	if (daemon->reload == NULL || daemon_start_shadow(daemon, err) < 0)
		return -1;
	operator.store = daemon->store;
	operator.reload = daemon->reload;
	operator.shadow = daemon->shadow;
	operator.housekeeping = daemon->housekeeping;
	daemon->operator = operator_new(daemon->loop, &operator, err);
	if (daemon->operator == NULL)
		return -1;
	intake_start(daemon->intake, daemon->pipeline);
	daemon->watch = service_watch_new(daemon->loop, daemon_status, daemon);
	log_info("ready endpoint=%s policy=%.12s", config->endpoint, daemon->policy->hash);
	service_ready("waiting for database");
	return 0;
}

/* As they would be at the start; those of a shadow policy would not keep it from it. */
static int
daemon_check(const struct config *config)
{
	struct policy *shadow;

	if (config->shadow_rules != NULL) {
		shadow = load_policy(config, config->shadow_rules);
		if (shadow == NULL)
			return EX_CONFIG;
		policy_release(shadow);
	}
	puts("configuration OK");
	return EXIT_SUCCESS;
}

static void
signal_block(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
}

static void
daemon_stop(struct daemon *daemon)
{
	const uint64_t *undelivered = &daemon->metrics.value[METRIC_REPLY_UNDELIVERED];
	uint64_t before = *undelivered;
	struct strbuf summary;

	service_watch_free(daemon->watch);
	operator_free(daemon->operator);
	daemon->thread_left = !reload_free(daemon->reload);
	daemon->thread_left = !reload_free(daemon->shadow) || daemon->thread_left;
	housekeeping_free(daemon->housekeeping);
	store_free(daemon->store);
	desk_free(daemon->desk);
	/* In good order is a stop that leaves nobody without an answer. */
	pipeline_free(daemon->pipeline);
	if (*undelivered > before)
		daemon->status = EXIT_FAILURE;
	intake_free(daemon->intake);
	strbuf_init(&summary, 0);
	metrics_summary(&daemon->metrics, &summary);
	log_info("stopped %.*s", STR_ARG(strbuf_str(&summary)));
	strbuf_fini(&summary);
	metrics_fini(&daemon->metrics);
	loop_timer_free(daemon->deadline);
	/* Who asks again at the very end would find no handler any more, and turn a
	 * good stop into a death by signal. */
	signal_block();
	loop_signal_free(daemon->hangup);
	loop_signal_free(daemon->interrupt);
	loop_signal_free(daemon->terminate);
	loop_free(daemon->loop);
}

static int
run(struct daemon *daemon, int argc, char **argv)
{
	int status = load_config(&daemon->config, argc, argv);
	struct err err;

	if (status != 0)
		return status;
	if (daemon->config.help) {
		config_print_help();
		return EXIT_SUCCESS;
	}
	if (daemon->config.print_config) {
		config_print_example();
		return EXIT_SUCCESS;
	}
	if (daemon->config.version) {
		puts("triaged " TRIAGED_VERSION);
		return EXIT_SUCCESS;
	}
	log_open(daemon->config.level, -1);
	if (identity_start() < 0) {
		log_error("libsodium cannot be used");
		return EXIT_FAILURE;
	}
	daemon->policy = load_policy(&daemon->config, daemon->config.rules);
	if (daemon->policy == NULL)
		return EX_CONFIG;
	policy_prepare(daemon->policy);
	if (!daemon->policy->scan_sound)
		log_warning("the installed libhs overlooks matches (Vectorscan 5.4.9 does):"
			    " decides by PCRE2 alone, slower; install libhyperscan-dev");
	if (!pattern_jit_works())
		log_warning("pattern jit=no: memory may not be writable and executable at once"
			    " (MemoryDenyWriteExecute=): PCRE2 is slower, with the same result");
	if (daemon->config.check) {
		daemon->status = daemon_check(&daemon->config);
	} else if (daemon_start(daemon, &err) < 0) {
		log_error("cannot start: %s", err.text);
		daemon->status = EXIT_FAILURE;
	} else if (loop_run(daemon->loop) < 0) {
		log_error("the event loop has failed");
		daemon->status = EXIT_FAILURE;
	}
	if (daemon->loop != NULL)
		daemon_stop(daemon);
	policy_release(daemon->policy);
	return daemon->status;
}

int
main(int argc, char **argv)
{
	struct daemon daemon = {.status = EXIT_SUCCESS};
	int status = run(&daemon, argc, argv);

	if (daemon.thread_left)
		_exit(status); /* exit() would take from the thread what it uses */
	/* Not a return: the options' strings live as long as this frame. */
	exit(status);
}
