/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "endpoint.h"
#include "http_listen.h"
#include "option.h"
#include "option_file.h"
#include "str.h"

#define KIB INT64_C(1024)
#define MIB (KIB * 1024)
#define MINUTE_MS INT64_C(60000)

/* clang-format off */
static const struct option_row rows[] = {
	OPTION(struct config, rules, 'r', OPTION_STRING, "DIR", TRIAGED_SHARE "/rules", 0, 0,
	    "folder of the rules files"),
	OPTION(struct config, shadow_rules, 0, OPTION_STRING, "DIR", NULL, 0, 0,
	    "rules that decide on each new ticket too and are only recorded: \"triagectl shadow\" "
	    "shows what they would change"),
	OPTION(struct config, database, 'd', OPTION_STRING, "CONNINFO", "dbname=triaged", 0, 0,
	    "PostgreSQL connection string or URI"),
	OPTION(struct config, endpoint, 'e', OPTION_STRING, "ENDPOINT", NULL, 0, 0,
	    "ZeroMQ endpoint, ipc://PATH or tcp:// on loopback; without it " ENDPOINT_DEFAULT_TEXT),
	OPTION(struct config, cache, 'c', OPTION_STRING, "DIR", NULL, 0, 0,
	    "keep compiled patterns in this folder"),
	OPTION(struct config, http, 0, OPTION_STRING, "ADDRESS", NULL, 0, 0,
	    "metrics and health by HTTP: 127.0.0.1:9464, [::1]:9464, unix:/path or none; without "
	    "it a UNIX socket beside the endpoint's: its path and \".http\""),
	OPTION(struct config, accept_received_at, 0, OPTION_FLAG, NULL, NULL, 0, 0,
	    "take a ticket's received_at as the clock (replays, demonstrations)"),
	OPTION(struct config, in_flight, 0, OPTION_INTEGER, "N", "2000", 1, 1000000,
	    "requests at the same time; beyond that the socket is not read"),
	OPTION(struct config, memory, 0, OPTION_BYTES, "BYTES", "256MiB", 16 * MIB, 0x7fff * MIB,
	    "memory of the requests from reception to answer; beyond that the socket is not read "
	    "(comes on top: 8 MiB for each peer, at most, and about 100 MiB)"),
	OPTION(struct config, batch, 0, OPTION_INTEGER, "N", "500", 1, 10000,
	    "tickets in one statement, at most"),
	OPTION(struct config, rerun, 0, OPTION_DURATION, "TIME", "30s", 0, 60 * MINUTE_MS,
	    "how long to try again what a lost connection or a deadlock left open"),
	OPTION(struct config, statement_time, 0, OPTION_DURATION, "TIME", "10s", 100,
	    10 * MINUTE_MS,
	    "how long a statement may take; the server gives it up a tenth before, and its tickets "
	    "are told to try later"),
	OPTION(struct config, stop_time, 0, OPTION_DURATION, "TIME", "10s", 0, 60 * MINUTE_MS,
	    "how long a stop waits for what the database has been given"),
	OPTION(struct config, wait_check, 0, OPTION_DURATION, "TIME", "30s", 10, 60 * MINUTE_MS,
	    "how often to look for requesters to remind, and for waits that have ended"),
	OPTION_CHOICE(struct config, log_level, 'l', "LEVEL", "info", "error|warning|info|debug",
	    "how much is logged: error, warning, info or debug"),
	OPTION_COMMAND(struct config, config, 'f', OPTION_STRING, "FILE", NULL,
	    "the configuration file, '' for none; without it " OPTION_FILE_DEFAULT_TEXT),
	OPTION_COMMAND(struct config, check, 'n', OPTION_FLAG, NULL, NULL,
	    "check the configuration and the rules, and stop"),
	OPTIONS_OF_A_PROGRAM(struct config),
};
/* clang-format on */
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

/* What start would refuse, as far as it can be known before. */
static int
config_check(const struct config *config, struct err *err)
{
	if (endpoint_check(config->endpoint, err) < 0)
		return err_prefix(err, "--endpoint");
	/* The default one may be missing (operator.h). */
	if (config->http_chosen && strcmp(config->http, "none") != 0 &&
	    http_listen_check(config->http, err) < 0)
		return err_prefix(err, "--http");
	return 0;
}

int
config_parse(struct config *config, int argc, char **argv, struct diag_list *diags,
    struct err *err)
{
	struct option_places places;
	int operands;

	option_defaults(rows, ROW_COUNT, config);
	if (option_parse(rows, ROW_COUNT, config, argc, argv, &operands, err) < 0)
		return -1;
	if (operands > 0)
		return err_set(err, "unexpected argument '%s'", argv[1]);
	/* Who asks for help may have a broken file. */
	if (config->help || config->version || config->print_config)
		return 0;
	if (option_file_under(rows, ROW_COUNT, config, "triaged", config->config, argc, argv,
		&places, diags) < 0)
		return -1;
	log_level_by_name(config->log_level, &config->level);
	if (config->endpoint == NULL)
		config->endpoint = endpoint_default(); /* for as long as the program lives */
	config->http_chosen = config->http != NULL;
	if (!config->http_chosen)
		config->http = endpoint_http(config->endpoint);
	if (config_check(config, err) < 0)
		return option_file_fault(rows, ROW_COUNT, config, &places, diags, err);
	return 0;
}

void
config_print_help(void)
{
	struct strbuf text;

	strbuf_init(&text, 0);
	strbuf_puts(&text, "Usage: triaged [OPTION]…\n"
			   "Takes support tickets over ZeroMQ, decides, stores and answers.\n\n");
	option_help(rows, ROW_COUNT, &text);
	strbuf_puts(&text, "\nExamples:\n"
			   "  triaged --rules rules --check\n"
			   "  triaged --rules rules --database 'host=/run/postgresql "
			   "dbname=triaged'\n"
			   "  triaged --rules rules --endpoint ipc:///run/triaged/triaged.sock\n"
			   "  triaged --rules rules --http 127.0.0.1:9464\n"
			   "  triaged --config triaged.conf --check\n"
			   "\nThe schema is made by \"triagectl db upgrade\".\n"
			   "HTTP: /metrics /livez /readyz /version.\n"
			   "SIGHUP: read the rules again; wrong ones change nothing.\n"
			   "SIGTERM: finish what the database has been given, tell the others to "
			   "try later, stop.\n"
			   "In the configuration file a line NAME = VALUE under [triaged] is "
			   "--NAME=VALUE.\n"
			   "Exit status: 0 stopped as asked and all that was read is answered, 1 "
			   "could not go on\nor answer, 64 wrong options, 78 wrong configuration "
			   "file or rules.\n");
	fputs(strbuf_str(&text).p, stdout);
	strbuf_fini(&text);
}

void
config_print_example(void)
{
	struct strbuf text;

	strbuf_init(&text, 0);
	option_file_example(rows, ROW_COUNT, "triaged", &text);
	fputs(strbuf_str(&text).p, stdout);
	strbuf_fini(&text);
}
