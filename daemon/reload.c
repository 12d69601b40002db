/* SPDX-License-Identifier: MIT */
#include "reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exposition.h"
#include "log.h"
#include "mem.h"
#include "pgconn.h"
#include "store_fit.h"
#include "store_sql.h"
#include "trial.h"
#include "worker.h"

#define ERRORS_KEPT 50
#define ERRORS_LOGGED 5
#define CONNECT_DEADLINE_MS 5000
#define STATEMENT_DEADLINE_MS 15000
#define SHADOW_PAUSE_MS 2000 /* before a shadow policy is recorded anew */

/* What the thread has while it builds; nobody else looks at it. */
struct reload_build {
	const char *rules, *cache;
	struct diag_list *diags;
	struct policy *policy;
};

struct reload {
	struct reload_options options;
	const char *name; /* in the log */
	enum metric used, refused;
	struct loop *loop;
	struct worker *worker;
	struct reload_build build;
	struct policy *policy; /* in use; NULL: none yet */
	struct policy *next;   /* being registered */
	struct pgconn *conn;   /* for that */
	struct store_fit *fit;
	struct loop_timer *registered; /* goes on outside of conn's callbacks, or later */
	bool fits;
	char why_not[512];
	bool busy, again, stopping;
	int64_t started_us, at_ms;
	int64_t since_ms; /* policy is used */
	struct reload_compared before; /* its first ticket */
	char wrong[512];
};

static void reload_start(struct reload *reload);
static struct reload_compared reload_count(const struct reload *reload);
static void reload_register(struct reload *reload);

/* The end, one way or the other ---------------------------------------------- */

static void
reload_tell(struct reload *reload, bool busy)
{
	if (reload->options.busy != NULL)
		reload->options.busy(reload->options.arg, busy);
}

static void
reload_over(struct reload *reload)
{
	reload->busy = false;
	if (reload->again && !reload->stopping)
		reload_start(reload);
	else
		reload_tell(reload, false);
}

static void
reload_refuse(struct reload *reload, const char *why)
{
	snprintf(reload->wrong, sizeof(reload->wrong), "%s", why);
	log_error("%s: refused, nothing has changed: %s", reload->name, why);
	reload->options.metrics->value[reload->refused]++;
	reload_over(reload);
}

static void
reload_succeed(struct reload *reload)
{
	reload->wrong[0] = '\0';
	reload->at_ms = clock_wall_ms(reload->options.clock);
	reload->options.metrics->value[reload->used]++;
	reload_over(reload);
}

/* Registering ----------------------------------------------------------------- */

static void
reload_use(struct reload *reload)
{
	struct policy *next = reload->next;

	reload->next = NULL;
	if (reload->options.use(reload->options.arg, next) < 0) {
		policy_release(next);
		reload_refuse(reload, "no memory to use the policy");
		return;
	}
	log_info("%s: policy=%.12s was=%.12s ms=%lld", reload->name, next->hash,
	    reload->policy != NULL ? reload->policy->hash : "none",
	    (long long)(clock_monotonic_us(reload->options.clock) - reload->started_us) / 1000);
	policy_release(reload->policy);
	reload->policy = next;
	reload->since_ms = clock_wall_ms(reload->options.clock);
	reload->before = reload_count(reload);
	reload_succeed(reload);
}

static void
reload_disconnect(struct reload *reload)
{
	pgconn_free(reload->conn);
	store_fit_free(reload->fit);
	reload->conn = NULL;
	reload->fit = NULL;
}

/* A shadow policy has time: it is recorded as soon as there is a database to do so. */
static void
reload_wait(struct reload *reload)
{
	if (strcmp(reload->wrong, reload->why_not) != 0)
		log_warning("%s: policy=%.12s waits: %s", reload->name, reload->next->hash,
		    reload->why_not);
	snprintf(reload->wrong, sizeof(reload->wrong), "%s", reload->why_not);
	loop_timer_set(reload->registered, SHADOW_PAUSE_MS);
}

static void
reload_registered(void *arg)
{
	struct reload *reload = arg;

	if (reload->conn == NULL) {
		reload_register(reload);
		return;
	}
	reload_disconnect(reload);
	if (reload->fits) {
		reload_use(reload);
		return;
	}
	if (reload->options.shadow) {
		reload_wait(reload);
		return;
	}
	policy_release(reload->next);
	reload->next = NULL;
	reload_refuse(reload, reload->why_not);
}

/* Only the first outcome counts: a lost connection is told twice. */
static void
reload_outcome(struct reload *reload, bool fits, const char *why)
{
	if (loop_timer_pending(reload->registered))
		return;
	reload->fits = fits;
	snprintf(reload->why_not, sizeof(reload->why_not), "%s", why);
	loop_soon(reload->registered);
}

static void
reload_fit_known(void *arg, enum pgconn_class class, const char *reason)
{
	reload_outcome(arg, class == PGCONN_OK, reason);
}

static void
reload_ready(void *arg, struct pgconn *conn)
{
	struct reload *reload = arg;

	store_fit_check(reload->fit, conn);
}

static void
reload_down(void *arg, struct pgconn *conn, enum pgconn_class class, const char *reason)
{
	char why[512];

	(void)conn;
	(void)class;
	snprintf(why, sizeof(why), "the database does not answer: %s", reason);
	reload_outcome(arg, false, why);
}

static void
reload_register(struct reload *reload)
{
	struct pgconn_options options = {
	    .conninfo = reload->options.conninfo,
	    .statements = store_statements,
	    .statement_count = STORE_FIT_STATEMENTS,
	    .connect_deadline_ms = CONNECT_DEADLINE_MS,
	    .statement_deadline_ms = STATEMENT_DEADLINE_MS,
	    .ready = reload_ready,
	    .down = reload_down,
	    .arg = reload,
	};

	if (reload->options.shadow) {
		options.statements = store_record_statements;
		options.statement_count = store_record_statement_count;
		reload->fit = store_fit_new_shadow(reload->next, reload_fit_known, reload);
	} else {
		reload->fit = store_fit_new(reload->next, reload_fit_known, reload);
	}
	reload->conn = pgconn_new(reload->loop, &options);
}

/* Building -------------------------------------------------------------------- */

static void
reload_log_errors(const struct reload *reload, struct diag_list *diags)
{
	struct strbuf text;
	char *line, *rest;

	strbuf_init(&text, 0);
	diag_print_brief(diags, ERRORS_LOGGED, &text);
	line = text.n > 0 ? strtok_r(text.p, "\n", &rest) : NULL;
	for (; line != NULL; line = strtok_r(NULL, "\n", &rest))
		log_error("%s: %s", reload->name, line);
	strbuf_fini(&text);
}

/* In the thread. */
static void
reload_work(void *arg)
{
	struct reload_build *build = &((struct reload *)arg)->build;

	build->diags = diag_list_new(ERRORS_KEPT);
	build->policy = trial_load(build->rules, build->cache, NULL, &build->diags);
	if (build->policy != NULL)
		policy_prepare(build->policy);
}

static void
reload_built(void *arg)
{
	struct reload *reload = arg;
	struct policy *policy = reload->build.policy;
	char why[64];

	if (policy == NULL) {
		reload_log_errors(reload, reload->build.diags);
		snprintf(why, sizeof(why), "the rules have %zu error(s)",
		    diag_errors(reload->build.diags));
		diag_list_free(reload->build.diags);
		reload_refuse(reload, why);
	} else if (reload->stopping) {
		policy_release(policy);
		reload_over(reload);
	} else if (reload->policy != NULL && strcmp(policy->hash, reload->policy->hash) == 0) {
		log_info("%s: policy=%.12s is the one in use", reload->name, policy->hash);
		policy_release(policy);
		reload_succeed(reload);
	} else {
		reload->next = policy;
		reload_register(reload);
	}
}

static void
reload_start(struct reload *reload)
{
	struct err err;

	reload->again = false;
	reload->busy = true;
	reload->started_us = clock_monotonic_us(reload->options.clock);
	reload->build = (struct reload_build){
	    .rules = reload->options.rules, .cache = reload->options.cache};
	if (worker_run(reload->worker, reload_work, reload_built, reload, &err) < 0)
		reload_refuse(reload, err.text);
}

void
reload_ask(struct reload *reload)
{
	if (reload->stopping)
		return;
	if (reload->busy) {
		reload->again = true;
		return;
	}
	log_info("%s: builds a policy from the rules", reload->name);
	reload_tell(reload, true);
	reload_start(reload);
}

/* Life -------------------------------------------------------------------------- */

struct reload *
reload_new(struct loop *loop, const struct reload_options *options, struct policy *policy,
    struct err *err)
{
	struct reload *reload = mem_alloc(sizeof(*reload));

	reload->worker = worker_new(loop, err);
	if (reload->worker == NULL) {
		free(reload);
		return NULL;
	}
	reload->options = *options;
	reload->loop = loop;
	reload->policy = policy != NULL ? policy_keep(policy) : NULL;
	reload->name = options->shadow ? "shadow" : "reload";
	reload->used = options->shadow ? METRIC_SHADOW_RELOAD_USED : METRIC_RELOAD_USED;
	reload->refused = options->shadow ? METRIC_SHADOW_RELOAD_REFUSED : METRIC_RELOAD_REFUSED;
	reload->registered = loop_timer_new(loop, reload_registered, reload);
	reload->since_ms = reload->at_ms = clock_wall_ms(options->clock);
	return reload;
}

void
reload_stop(struct reload *reload)
{
	reload->stopping = true;
}

bool
reload_free(struct reload *reload)
{
	if (reload == NULL)
		return true;
	reload_disconnect(reload);
	loop_timer_free(reload->registered);
	policy_release(reload->next);
	policy_release(reload->policy);
	if (!worker_free(reload->worker))
		return false;
	free(reload);
	return true;
}

const struct policy *
reload_policy(const struct reload *reload)
{
	return reload->policy;
}

const char *
reload_wrong(const struct reload *reload)
{
	return reload->wrong[0] != '\0' ? reload->wrong : NULL;
}

bool
reload_under_way(const struct reload *reload)
{
	return reload->busy;
}

int64_t
reload_at_ms(const struct reload *reload)
{
	return reload->at_ms;
}

int64_t
reload_since_ms(const struct reload *reload)
{
	return reload->since_ms;
}

/* What a shadow policy decided, whichever it was. */
static struct reload_compared
reload_count(const struct reload *reload)
{
	const uint64_t *value = reload->options.metrics->value;

	return (struct reload_compared){
	    .tickets = value[METRIC_SHADOW_SAME] + value[METRIC_SHADOW_DIFFERENT],
	    .different = value[METRIC_SHADOW_DIFFERENT],
	    .failed = value[METRIC_SHADOW_FAILED],
	};
}

struct reload_compared
reload_compared(const struct reload *reload)
{
	struct reload_compared now = reload_count(reload);

	now.tickets -= reload->before.tickets;
	now.different -= reload->before.different;
	now.failed -= reload->before.failed;
	return now;
}

static void
reload_print_shadow(const struct reload *reload, struct strbuf *out)
{
	exposition_gauge(out, "shadow_policy_present", reload->policy != NULL,
	    "1 while a shadow policy decides on new tickets too.");
	exposition_gauge(out, "shadow_last_reload_successful", reload->wrong[0] == '\0',
	    "1 when the shadow policy's rules were used when they were read last.");
	if (reload->policy != NULL) {
		struct exposition_labels labels = {{{"hash", str_of(reload->policy->hash)}}};

		exposition_family(out, "shadow_policy_info", "gauge",
		    "The shadow policy in use, by its hash.");
		exposition_int(out, "shadow_policy_info", &labels, 1);
	}
}

static void
reload_print_live(const struct reload *reload, struct strbuf *out)
{
	struct exposition_labels labels = {{{"hash", str_of(reload->policy->hash)}}};

	exposition_gauge(out, "rules_last_reload_successful", reload->wrong[0] == '\0',
	    "1 when the last reload was used, or none was asked for.");
	exposition_gauge(out, "rules_last_reload_success_timestamp_seconds",
	    (double)reload->at_ms / 1000, "When the rules were read well last, since 1970.");
	exposition_gauge(out, "rules_reload_under_way", reload->busy, "1 while a policy is built.");
	exposition_family(out, "policy_info", "gauge", "The policy in use, by its hash.");
	exposition_int(out, "policy_info", &labels, 1);
}

void
reload_print(const struct reload *reload, struct strbuf *out)
{
	if (reload->options.shadow)
		reload_print_shadow(reload, out);
	else
		reload_print_live(reload, out);
}
