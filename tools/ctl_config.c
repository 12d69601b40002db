/* SPDX-License-Identifier: MIT */
#include "ctl_config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_home.h"
#include "endpoint.h"
#include "option_file.h"

#define SECTION "triagectl"

struct config {
	const char *endpoint, *database, *rules, *cache, *sql;
};

/* No defaults: each command has its own. */
static const struct option_row settings[] = {
	OPTION(struct config, endpoint, 0, OPTION_STRING, "ENDPOINT", NULL, 0, 0,
	    "where the daemon listens, ipc://PATH or tcp://…; without it " ENDPOINT_DEFAULT_TEXT),
	OPTION(struct config, database, 0, OPTION_STRING, "CONNINFO", NULL, 0, 0,
	    "PostgreSQL connection string or URI; without it dbname=triaged"),
	OPTION(struct config, rules, 0, OPTION_STRING, "DIR", NULL, 0, 0,
	    "folder of the rules files; without it rules, where the command is called"),
	OPTION(struct config, cache, 0, OPTION_STRING, "DIR", NULL, 0, 0,
	    "keep compiled patterns in this folder; ~/ is the home of who calls"),
	OPTION(struct config, sql, 0, OPTION_STRING, "DIR", NULL, 0, 0,
	    "folder of the schema's migrations; without it the one that is installed"),
};
#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))

static bool
config_is_out_of_reach(void)
{
	return getenv("TRIAGED_CONFIG") == NULL && access(TRIAGED_CONFIG, R_OK) != 0;
}

/* The cache's "~/" as the home of who calls: one file is everybody's, but compiled
 * patterns are taken from a folder of one's own only. Without a home, or where the
 * folder cannot be made, there is no cache, and all goes on, slower. */
static int
config_set(const struct option_row *row, const char *value, void *options, struct err *err)
{
	const char *home;
	struct strbuf path;
	int rc = 0;

	if (strcmp(row->name, "cache") != 0 || strncmp(value, "~/", 2) != 0)
		return option_set_value(row, options, str_of(value), err);
	if ((home = ctl_home()) == NULL)
		return 0;
	strbuf_init(&path, 0);
	strbuf_printf(&path, "%s/%s", home, value + 2);
	if (ctl_home_make_folders(path.p, err) == 0)
		rc = option_set_value(row, options, strbuf_str(&path), err);
	strbuf_fini(&path);
	return rc;
}

int
ctl_config_read(
    const struct option_row *rows, size_t count, void *options, struct diag_list *diags)
{
	struct config config = {.endpoint = NULL};
	struct err err;
	int rc = 0;
	size_t i;

	if (config_is_out_of_reach())
		return 0;
	rc = option_file_read(settings, SETTING_COUNT, &config, SECTION, NULL, diags);
	for (i = 0; rc == 0 && i < SETTING_COUNT; i++) {
		const char *value = *(const char **)(void *)((char *)&config + settings[i].offset);
		const struct option_row *row =
		    option_find(rows, count, str_of(settings[i].name));

		if (value != NULL && row != NULL && row->type == OPTION_STRING)
			rc = config_set(row, value, options, &err);
	}
	option_free(settings, SETTING_COUNT, &config);
	return rc;
}

void
ctl_config_example(struct strbuf *out)
{
	option_file_example(settings, SETTING_COUNT, SECTION, out);
}
