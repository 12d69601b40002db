/* SPDX-License-Identifier: MIT */
/*
 * ctl_agent: "triagectl agent add, list, disable, enable": who takes tickets.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "ctl_command.h"
#include "ctl_database.h"
#include "ctl_json.h"
#include "ctl_text.h"

struct agent_options {
	const char *database, *team, *language, *title, *login;
	bool json;
};

static const struct option_row add_rows[] = {
	OPTION(struct agent_options, team, 't', OPTION_STRING, "TEAMS", NULL, 0, 0,
	    "whose tickets: one team, or several with commas"),
	OPTION(struct agent_options, language, 'l', OPTION_STRING, "LOCALES", NULL, 0, 0,
	    "in which languages: en, or en,fr"),
	OPTION(struct agent_options, title, 0, OPTION_STRING, "TEXT", NULL, 0, 0,
	    "the name for people (default: NAME)"),
	OPTION(struct agent_options, login, 0, OPTION_STRING, "ROLE", NULL, 0, 0,
	    "the database role that alone may act as this agent (default: the one that is "
	    "called NAME, else any)"),
	CTL_DATABASE_OPTION(struct agent_options),
};
static const struct option_row list_rows[] = {
	CTL_DATABASE_OPTION(struct agent_options),
	CTL_JSON_OPTION(struct agent_options),
};
static const struct option_row active_rows[] = {
	CTL_DATABASE_OPTION(struct agent_options),
};

/* What the statement gives is the caller's. */
static enum ctl_exit
agent_ask(const struct agent_options *options, const char *command, const char *sql,
    const char *const *params, int count, json_t **answer)
{
	struct ctl_rows got;
	enum ctl_exit status =
	    ctl_database_ask(command, options->database, sql, params, count, &got);

	if (status == CTL_OK) {
		struct str text = ctl_rows_get(&got, 0, 0);

		if (answer != NULL)
			*answer = json_loadb(text.p, text.n, JSON_ALLOW_NUL, NULL);
		ctl_rows_free(&got);
	}
	return status;
}

static enum ctl_exit
add_run(const void *arg, int count, char **operands)
{
	const struct agent_options *options = arg;
	const char *params[] = {count > 0 ? operands[0] : NULL,
	    options->title != NULL ? options->title : count > 0 ? operands[0] : NULL,
	    options->team, options->language, options->login};
	enum ctl_exit status;
	json_t *added = NULL;

	if (count == 0 || options->team == NULL || options->language == NULL) {
		ctl_complain("agent add: %s", count == 0 ? "which agent?"
			: options->team == NULL          ? "of which team? --team"
							 : "in which languages? --language");
		return CTL_USAGE;
	}
	status = agent_ask(options, "agent add",
	    "SELECT jsonb_build_object('login', role.login, 'added', triaged.agent_add($1, $2,"
	    " regexp_split_to_array(btrim($3, ', '), '\\s*,\\s*'),"
	    " regexp_split_to_array(btrim($4, ', '), '\\s*,\\s*'), role.login)::text)"
	    " FROM (SELECT coalesce($5, (SELECT r.rolname::text FROM pg_roles r"
	    "  WHERE r.rolname = $1 AND r.rolcanlogin)) AS login) role",
	    params, 5, &added);
	if (status == CTL_OK)
		printf("%s takes tickets of %s in %s\n", operands[0], options->team,
		    options->language);
	if (status == CTL_OK && !json_is_string(json_object_get(added, "login")))
		ctl_complain("agent add: warning: any role that may take tickets can act as %s; "
			     "\"--login ROLE\" leaves that to one",
		    operands[0]);
	json_decref(added);
	return status;
}

const struct ctl_command ctl_agent_add_command = {
	.name = "agent add",
	.operands = "NAME",
	.summary = "add an agent, or change one's teams and languages",
	.about =
	    "An agent takes tickets of these teams in these languages with \"triagectl next\".\n"
	    "Adding one that is there replaces title, teams, languages and login. Only the\n"
	    "database role of --login may act as this agent; without it the role of the same\n"
	    "name, and where there is none, any.\n",
	.examples =
	    "  triagectl agent add dana --team mentorship --language en\n"
	    "  triagectl agent add luc --team mentorship,billing --language fr,en --login luc\n",
	.rows = add_rows,
	.row_count = sizeof(add_rows) / sizeof(add_rows[0]),
	.options_size = sizeof(struct agent_options),
	.operands_max = 1,
	.run = add_run,
};

/* ["a", "b"] as "a,b" */
static void
list_join(const json_t *list, struct strbuf *out)
{
	const json_t *one;
	size_t i;

	strbuf_clear(out);
	json_array_foreach((json_t *)list, i, one) {
		strbuf_printf(out, "%s%s", i > 0 ? "," : "", json_string_value(one));
	}
}

static void
list_text(const json_t *agents, struct strbuf *out)
{
	static const char *const heads[] = {
	    "agent", "title", "teams", "languages", "login", "holds", ""};
	struct ctl_table *table = ctl_table_new("<<<<<><");
	struct strbuf cell;
	const json_t *one;
	size_t i;

	strbuf_init(&cell, 0);
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		ctl_table_text(table, heads[i]);
	json_array_foreach((json_t *)agents, i, one) {
		ctl_table_text(table, json_string_value(json_object_get(one, "agent")));
		ctl_table_text(table, json_string_value(json_object_get(one, "title")));
		list_join(json_object_get(one, "teams"), &cell);
		ctl_table_cell(table, strbuf_str(&cell));
		list_join(json_object_get(one, "languages"), &cell);
		ctl_table_cell(table, strbuf_str(&cell));
		ctl_table_text(table, json_string_value(json_object_get(one, "login")));
		ctl_table_number(table, json_integer_value(json_object_get(one, "holds")));
		ctl_table_text(
		    table, json_is_true(json_object_get(one, "active")) ? "" : "disabled");
	}
	ctl_table_print(table, out, "");
	ctl_table_free(table);
	strbuf_fini(&cell);
}

static enum ctl_exit
list_run(const void *arg, int count, char **operands)
{
	static const char sql[] =
	    "SELECT jsonb_build_object('agents', coalesce(jsonb_agg(jsonb_build_object("
	    "'agent', a.name, 'title', a.title, 'languages', a.languages, 'login', a.login,"
	    " 'active', a.active, 'teams', ARRAY(SELECT m.team FROM triaged.agent_team m"
	    "  WHERE m.agent = a.name ORDER BY m.team),"
	    " 'holds', (SELECT count(*) FROM triaged.queue q WHERE q.holder = a.name"
	    "  AND q.state = 'held' AND q.ends_at > clock_timestamp())) ORDER BY a.name), '[]'))"
	    " FROM triaged.agent a";
	const struct agent_options *options = arg;
	json_t *answer = NULL;
	enum ctl_exit status = agent_ask(options, "agent list", sql, NULL, 0, &answer);
	struct strbuf out;

	(void)count;
	(void)operands;
	strbuf_init(&out, 0);
	if (status == CTL_OK && options->json)
		ctl_json_print(answer);
	else if (status == CTL_OK)
		list_text(json_object_get(answer, "agents"), &out);
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
	json_decref(answer);
	return status;
}

const struct ctl_command ctl_agent_list_command = {
	.name = "agent list",
	.operands = "",
	.summary = "list the agents, their teams and languages",
	.about = "holds: tickets in the agent's hands now.\n",
	.examples =
	    "  triagectl agent list\n"
	    "  triagectl agent list --json\n",
	.rows = list_rows,
	.row_count = sizeof(list_rows) / sizeof(list_rows[0]),
	.options_size = sizeof(struct agent_options),
	.run = list_run,
};

static enum ctl_exit
active_run(const struct agent_options *options, const char *command, const char *active,
    int count, char **operands)
{
	const char *params[] = {count > 0 ? operands[0] : NULL, active};

	if (count == 0) {
		ctl_complain("%s: which agent?", command);
		return CTL_USAGE;
	}
	return agent_ask(options, command, "SELECT triaged.agent_set_active($1, $2::boolean)",
	    params, 2, NULL);
}

static enum ctl_exit
disable_run(const void *arg, int count, char **operands)
{
	return active_run(arg, "agent disable", "false", count, operands);
}

static enum ctl_exit
enable_run(const void *arg, int count, char **operands)
{
	return active_run(arg, "agent enable", "true", count, operands);
}

const struct ctl_command ctl_agent_disable_command = {
	.name = "agent disable",
	.operands = "NAME",
	.summary = "let an agent take and write nothing more",
	.about =
	    "For somebody who leaves. What the agent holds comes back when its lease ends. Agents\n"
	    "are never deleted: the history names them.\n",
	.examples = "  triagectl agent disable dana\n",
	.rows = active_rows,
	.row_count = sizeof(active_rows) / sizeof(active_rows[0]),
	.options_size = sizeof(struct agent_options),
	.operands_max = 1,
	.run = disable_run,
};

const struct ctl_command ctl_agent_enable_command = {
	.name = "agent enable",
	.operands = "NAME",
	.summary = "let a disabled agent work again",
	.about = "With the teams and languages it had.\n",
	.examples = "  triagectl agent enable dana\n",
	.rows = active_rows,
	.row_count = sizeof(active_rows) / sizeof(active_rows[0]),
	.options_size = sizeof(struct agent_options),
	.operands_max = 1,
	.run = enable_run,
};
