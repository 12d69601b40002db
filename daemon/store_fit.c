/* SPDX-License-Identifier: MIT */
#include "store_fit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "log.h"
#include "mem.h"
#include "store_sql.h"

struct store_fit {
	const struct policy *policy;
	store_fit_fn *done;
	void *arg;
	struct pgconn *conn;
	bool shadow;         /* only recorded */
	struct strbuf hash;  /* as bytea's text form */
	struct strbuf names;
	bool registered;
	bool changed; /* the policy, since the check began */
	bool warned;
};

static void
json_titles(struct json *json, const struct rules *rules, const struct rules_team *team)
{
	size_t i;

	json_open(json, '{');
	for (i = 0; i < rules->locale_count; i++) {
		json_keyn(json, rules->locale_names[i]);
		json_str(json, team->title[i]);
	}
	json_close(json, '}');
}

static void
json_categories(struct json *json, const struct rules *rules)
{
	size_t i;

	json_open(json, '[');
	for (i = 0; i < rules->category_count; i++) {
		const struct rules_category *category = &rules->categories[i];

		json_open(json, '{');
		json_key(json, "name");
		json_str(json, category->name);
		json_key(json, "audience");
		json_str(json, rules->audiences[category->audience]);
		json_key(json, "team");
		json_str(json, category->team->name);
		json_key(json, "priority");
		json_str(json, category->priority->name);
		json_key(json, "wait_ms");
		json_int(json, category->wait.ms);
		json_key(json, "wait_end");
		json_text(json, wait_end_names[category->wait.end]);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void
store_fit_names(const struct rules *rules, struct strbuf *out)
{
	struct json json;
	size_t i;

	json_init(&json, out);
	json_open(&json, '{');
	json_key(&json, "teams");
	json_open(&json, '[');
	for (i = 0; i < rules->team_count; i++) {
		json_open(&json, '{');
		json_key(&json, "name");
		json_str(&json, rules->teams[i].name);
		json_key(&json, "title");
		json_titles(&json, rules, &rules->teams[i]);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_key(&json, "priorities");
	json_open(&json, '[');
	for (i = 0; i < rules->priority_count; i++) {
		json_open(&json, '{');
		json_key(&json, "name");
		json_str(&json, rules->priorities[i].name);
		json_key(&json, "target_ms");
		json_int(&json, rules->priorities[i].target_ms);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_key(&json, "categories");
	json_categories(&json, rules);
	json_key(&json, "lease_ms");
	json_int(&json, rules->lease_ms);
	json_close(&json, '}');
}

static void
set_policy(struct store_fit *fit, const struct policy *policy)
{
	fit->policy = policy;
	strbuf_clear(&fit->hash);
	strbuf_printf(&fit->hash, "\\x%s", policy->hash);
	strbuf_clear(&fit->names);
	store_fit_names(policy->rules, &fit->names);
}

void
store_fit_use_policy(struct store_fit *fit, const struct policy *policy)
{
	set_policy(fit, policy);
	fit->registered = true;
	fit->changed = true;
}

struct store_fit *
store_fit_new(const struct policy *policy, store_fit_fn *done, void *arg)
{
	struct store_fit *fit = mem_alloc(sizeof(*fit));

	fit->done = done;
	fit->arg = arg;
	strbuf_init(&fit->hash, 0);
	strbuf_init(&fit->names, 0);
	set_policy(fit, policy);
	return fit;
}

struct store_fit *
store_fit_new_shadow(const struct policy *policy, store_fit_fn *done, void *arg)
{
	struct store_fit *fit = store_fit_new(policy, done, arg);

	fit->shadow = true;
	return fit;
}

void
store_fit_free(struct store_fit *fit)
{
	if (fit == NULL)
		return;
	strbuf_fini(&fit->hash);
	strbuf_fini(&fit->names);
	free(fit);
}

static void
unfit(struct store_fit *fit, const struct pgconn_result *result, const char *what)
{
	char reason[400];

	snprintf(reason, sizeof(reason), "%s: %s", what,
	    result->message != NULL ? result->message : result->sqlstate);
	fit->done(fit->arg, result->class, reason);
}

static void register_policy(struct store_fit *fit);

static void
registered(void *arg, const struct pgconn_result *result)
{
	struct store_fit *fit = arg;

	if (result->class != PGCONN_OK) {
		unfit(fit, result, "cannot register the policy");
		return;
	}
	fit->registered = true;
	/* The older one's names may have come after the newer one's. */
	if (fit->changed)
		register_policy(fit);
	else
		fit->done(fit->arg, PGCONN_OK, "");
}

static struct pgconn_param
text_param(struct str text)
{
	return (struct pgconn_param){text.p, (int)text.n, false};
}

static void
register_policy(struct store_fit *fit)
{
	struct pgconn_param params[3] = {
	    text_param(strbuf_str(&fit->hash)),
	    text_param(fit->policy->canonical),
	    text_param(strbuf_str(&fit->names)),
	};

	fit->changed = false;
	if (fit->shadow)
		pgconn_run(fit->conn, "store_record", params, 2, false, registered, fit);
	else
		pgconn_run(fit->conn, "store_register", params, 3, false, registered, fit);
}

static void
warn_of_settings(struct store_fit *fit, const struct pgconn_result *result)
{
	struct str fsync = pgconn_value(result, 0, CHECK_FSYNC);
	struct str pages = pgconn_value(result, 0, CHECK_FULL_PAGE_WRITES);

	if (fit->warned || (str_is(fsync, "on") && str_is(pages, "on")))
		return;
	fit->warned = true;
	log_warning("the server's fsync=%.*s full_page_writes=%.*s: a crash of its machine may "
		    "lose tickets that were acknowledged",
	    STR_ARG(fsync), STR_ARG(pages));
}

static void
checked(void *arg, const struct pgconn_result *result)
{
	struct store_fit *fit = arg;
	char reason[200], wanted[16];

	if (result->class != PGCONN_OK) {
		unfit(fit, result, "cannot ask for the schema's version");
		return;
	}
	snprintf(wanted, sizeof(wanted), "%d", STORE_SCHEMA_VERSION);
	if (!str_is(pgconn_value(result, 0, CHECK_VERSION), wanted)) {
		snprintf(reason, sizeof(reason),
		    "its schema has version %.*s, this program needs %s: run \"triagectl db "
		    "upgrade\", or the program that fits",
		    STR_ARG(pgconn_value(result, 0, CHECK_VERSION)), wanted);
		fit->done(fit->arg, PGCONN_OPERATOR, reason);
		return;
	}
	warn_of_settings(fit, result);
	if (fit->changed)
		store_fit_check(fit, fit->conn);
	else if (fit->registered && str_is(pgconn_value(result, 0, CHECK_POLICY_KNOWN), "true"))
		fit->done(fit->arg, PGCONN_OK, "");
	else
		register_policy(fit);
}

void
store_fit_check(struct store_fit *fit, struct pgconn *conn)
{
	struct pgconn_param hash = text_param(strbuf_str(&fit->hash));

	fit->conn = conn;
	fit->changed = false;
	pgconn_run(conn, "store_check", &hash, 1, false, checked, fit);
}
