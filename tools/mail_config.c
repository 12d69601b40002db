/* SPDX-License-Identifier: MIT */
#include "mail_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"
#include "option.h"
#include "option_file.h"
#include "str.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define PASSWORD_BYTES 1024

/* clang-format off */
static const struct option_row rows[] = {
	OPTION(struct mail_config, database, 'd', OPTION_STRING, "CONNINFO", "dbname=triaged", 0, 0,
	    "PostgreSQL connection string or URI"),
	OPTION(struct mail_config, relay, 'r', OPTION_STRING, "HOST[:PORT]", "localhost:25", 0, 0,
	    "mail server that takes all mails; smtps://HOST[:PORT] for TLS from the first byte"),
	OPTION_CHOICE(struct mail_config, tls, 0, "HOW", "starttls", "none|starttls|required",
	    "none; starttls: where the relay offers it, not verified; required: verified, or "
	    "nothing is sent"),
	OPTION(struct mail_config, ca_file, 0, OPTION_STRING, "FILE", NULL, 0, 0,
	    "certificates that vouch for the relay, without it the system's"),
	OPTION(struct mail_config, user, 'u', OPTION_STRING, "NAME", NULL, 0, 0,
	    "name for the relay's authentication"),
	OPTION(struct mail_config, password_file, 0, OPTION_STRING, "FILE", NULL, 0, 0,
	    "its password, in a file that nobody else may read; read at start"),
	OPTION(struct mail_config, helo, 0, OPTION_STRING, "NAME", NULL, 0, 0,
	    "our name in EHLO, without it the machine's"),
	OPTION(struct mail_config, from, 'f', OPTION_STRING, "ADDRESS", NULL, 0, 0,
	    "address that mails come from; its domain is also the Message-ID's (needed)"),
	OPTION(struct mail_config, from_name, 0, OPTION_STRING, "TEXT", NULL, 0, 0,
	    "name shown with it"),
	OPTION(struct mail_config, reply_to, 0, OPTION_STRING, "ADDRESS", NULL, 0, 0,
	    "where replies go, if not to --from"),
	OPTION(struct mail_config, bounce, 0, OPTION_STRING, "ADDRESS", NULL, 0, 0,
	    "bounces go to its NAME+ID@DOMAIN; without it automatic mail has the null sender"),
	OPTION(struct mail_config, own, 0, OPTION_STRING, "LIST", NULL, 0, 0,
	    "more addresses and @domains of ours, with commas: they get no mail"),
	OPTION(struct mail_config, cap, 0, OPTION_INTEGER, "N", "10", 0, 1000000,
	    "automatic mails to one mailbox within --cap-window, more are not sent; 0: no bound"),
	OPTION(struct mail_config, cap_window, 0, OPTION_DURATION, "TIME", "3h", MINUTE_MS,
	    30 * DAY_MS,
	    "time for --cap"),
	OPTION(struct mail_config, life, 0, OPTION_DURATION, "TIME", "2d", 1000, 30 * DAY_MS,
	    "how long an automatic mail is worth sending"),
	OPTION(struct mail_config, reply_life, 0, OPTION_DURATION, "TIME", "5d", 1000, 30 * DAY_MS,
	    "how long a person's reply is tried"),
	OPTION(struct mail_config, backoff, 0, OPTION_DURATION, "TIME", "60s", 10, DAY_MS,
	    "wait after a first refusal for now, twice that after each more"),
	OPTION(struct mail_config, backoff_most, 0, OPTION_DURATION, "TIME", "4000s", 10, DAY_MS,
	    "longest such wait"),
	OPTION(struct mail_config, mute, 0, OPTION_DURATION, "TIME", "60d", MINUTE_MS,
	    3650 * DAY_MS,
	    "no mail for that long to a mailbox that does not exist"),
	OPTION(struct mail_config, transfers, 0, OPTION_INTEGER, "N", "4", 1, 20,
	    "connections to the relay at the same time"),
	OPTION(struct mail_config, command_time, 0, OPTION_DURATION, "TIME", "2min", 100, HOUR_MS,
	    "how long the relay may take for an answer"),
	OPTION(struct mail_config, final_time, 0, OPTION_DURATION, "TIME", "11min", 100, HOUR_MS,
	    "the same after the message, where relays take up to 10min (RFC 5321)"),
	OPTION(struct mail_config, lease, 0, OPTION_DURATION, "TIME", "20min", 1000, DAY_MS,
	    "after that a mail whose triage-mail was killed is sent again"),
	OPTION(struct mail_config, poll, 0, OPTION_DURATION, "TIME", "1s", 10, HOUR_MS,
	    "how often to look for mail when there was none"),
	OPTION(struct mail_config, stop_time, 0, OPTION_DURATION, "TIME", "10s", 0, HOUR_MS,
	    "how long a stop waits for mails that are on their way"),
	OPTION_CHOICE(struct mail_config, log_level, 'l', "LEVEL", "info",
	    "error|warning|info|debug", "how much is logged: error, warning, info or debug"),
	OPTION_COMMAND(struct mail_config, config, 0, OPTION_STRING, "FILE", NULL,
	    "the configuration file, '' for none; without it " OPTION_FILE_DEFAULT_TEXT),
	OPTION_COMMAND(struct mail_config, once, '1', OPTION_FLAG, NULL, NULL,
	    "send what is due now, and stop"),
	OPTION_COMMAND(struct mail_config, check, 'n', OPTION_FLAG, NULL, NULL,
	    "check the configuration, and stop"),
	OPTIONS_OF_A_PROGRAM(struct mail_config),
};
/* clang-format on */
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static bool
host_characters(struct str host)
{
	size_t i;

	for (i = 0; i < host.n; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]",
		        host.p[i]) == NULL || host.p[i] == '\0')
			return false;
	return host.n > 0;
}

static bool
loopback(struct str host)
{
	return str_is(host, "localhost") || str_starts(host, "localhost:") ||
	    str_starts(host, "127.") || str_starts(host, "[::1]");
}

/* The address as libcurl wants it, with our own name as its path. */
static int
parse_relay(struct mail_config *config, struct err *err)
{
	struct str host = str_of(config->relay);
	bool secure = str_starts(host, "smtps://");
	struct strbuf url;

	if (secure || str_starts(host, "smtp://"))
		host = str_part(host, secure ? 8 : 7, host.n);
	if (!host_characters(host))
		return err_set(err, "--relay: '%s' is not HOST, HOST:PORT or smtps://HOST",
		    config->relay);
	if (config->helo != NULL && !host_characters(str_of(config->helo)))
		return err_set(err, "--helo: '%s' is no host name", config->helo);
	strbuf_init(&url, 0);
	strbuf_printf(&url, "%s://%.*s/%s", secure ? "smtps" : "smtp", STR_ARG(host),
	    config->helo != NULL ? config->helo : "");
	config->target.url = strbuf_take(&url); /* for as long as the program lives */
	if (secure)
		config->target.tls = MAIL_TLS_REQUIRED;
	if (config->user != NULL && config->target.tls != MAIL_TLS_REQUIRED && !loopback(host))
		return err_set(err, "--user: a password goes to another machine with "
		                    "--tls=required only");
	return 0;
}

static enum mail_tls
tls_named(const char *name)
{
	if (strcmp(name, "none") == 0)
		return MAIL_TLS_NONE;
	return strcmp(name, "starttls") == 0 ? MAIL_TLS_STARTTLS : MAIL_TLS_REQUIRED;
}

static int
parse_own(struct mail_config *config, struct err *err)
{
	char *list, *word;

	config->own_text = mem_strdup(config->own != NULL ? config->own : "");
	list = config->own_text;
	config->own_list[config->own_count++] = config->from;
	config->own_list[config->own_count++] = config->reply_to;
	config->own_list[config->own_count++] = config->bounce;
	while ((word = strsep(&list, ", ")) != NULL) {
		if (*word == '\0')
			continue;
		if (strchr(word, '@') == NULL)
			return err_set(err, "--own: '%s' is neither address nor @domain", word);
		if (config->own_count == MAIL_OWN_MAX)
			return err_set(err, "--own: at most %d", MAIL_OWN_MAX - 3);
		config->own_list[config->own_count++] = word;
	}
	return 0;
}

static int
parse_times(struct mail_config *config, struct err *err)
{
	/* What is under way has ended when somebody else may take it. */
	config->target.command_ms = config->command_time;
	config->target.final_ms = config->final_time;
	config->target.total_ms = config->lease / 10 * 9;
	if (config->command_time + config->final_time > config->target.total_ms)
		return err_set(err, "--lease: nine tenths of it must hold --command-time and "
		                    "--final-time");
	if (config->backoff_most < config->backoff)
		return err_set(err, "--backoff-most is less than --backoff");
	return 0;
}

/* Makes of the options what is made of them, as far as they are right. */
static int
parse_values(struct mail_config *config, struct err *err)
{
	log_level_by_name(config->log_level, &config->level);
	config->sender = (struct mail_from){
	    config->from, config->from_name, config->reply_to, config->bounce};
	config->target.tls = tls_named(config->tls);
	if (mail_from_check(&config->sender, err) < 0 ||
	    parse_relay(config, err) < 0 || parse_own(config, err) < 0)
		return -1;
	if ((config->user != NULL) != (config->password_file != NULL))
		return err_set(err, "--user and --password-file go together");
	config->target.ca_file = config->ca_file;
	config->target.user = config->user;
	return parse_times(config, err);
}

int
mail_config_parse(struct mail_config *config, int argc, char **argv,
    struct diag_list *diags, struct err *err)
{
	struct option_places places;
	int operands;

	*config = (struct mail_config){.once = false};
	option_defaults(rows, ROW_COUNT, config);
	if (option_parse(rows, ROW_COUNT, config, argc, argv, &operands, err) < 0)
		return -1;
	if (config->help || config->version || config->print_config)
		return 0;
	if (operands > 0)
		return err_set(err, "unexpected argument '%s'", argv[1]);
	if (option_file_under(rows, ROW_COUNT, config, "triage-mail", config->config, argc, argv,
		&places, diags) < 0)
		return -1;
	if (parse_values(config, err) < 0)
		return option_file_fault(rows, ROW_COUNT, config, &places, diags, err);
	return 0;
}

static int
password_check(int fd, struct err *err)
{
	struct stat stat;

	if (fstat(fd, &stat) < 0)
		return err_set(err, "%m");
	if (!S_ISREG(stat.st_mode))
		return err_set(err, "not a regular file");
	if (stat.st_uid != geteuid() && stat.st_uid != 0)
		return err_set(err, "belongs to somebody else");
	/* root may let a group read it: the usual way of /etc, and of credentials
	 * that the service manager hands over. */
	if ((stat.st_mode & (S_IRWXO | S_IWGRP | (stat.st_uid != 0 ? S_IRGRP : 0))) != 0)
		return err_set(err, "others may read or write it; chmod 600");
	return 0;
}

int
mail_config_read(struct mail_config *config, struct err *err)
{
	char text[PASSWORD_BYTES + 1];
	ssize_t n;
	int fd;

	if (config->password_file == NULL)
		return 0;
	fd = open(config->password_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_set(err, "--password-file: %s: %m", config->password_file);
	if (password_check(fd, err) < 0) {
		close(fd);
		return err_prefix(err, "--password-file: %s", config->password_file);
	}
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	if (n < 0 || n == PASSWORD_BYTES || text[0] == '\0' || strlen(text) + 2 < (size_t)n)
		return err_set(err, "--password-file: %s: not one line of at most %d bytes",
		    config->password_file, PASSWORD_BYTES - 1);
	config->target.password = mem_strdup(text);
	return 0;
}

void
mail_config_print_help(void)
{
	struct strbuf text;

	strbuf_init(&text, 0);
	strbuf_puts(&text, "Usage: triage-mail --from=ADDRESS [OPTION]…\n"
	                   "Sends the mails that triaged and the agents left in the outbox.\n\n");
	option_help(rows, ROW_COUNT, &text);
	strbuf_puts(&text,
	    "\nExamples:\n"
	    "  triage-mail --from support@example.org --once\n"
	    "  triage-mail --from support@example.org --from-name 'Support' "
	    "--bounce bounce@example.org\n"
	    "  triage-mail --from support@example.org --relay mail.example.org:587 "
	    "--tls required \\\n"
	    "      --user support --password-file /etc/triaged/mail.password\n"
	    "\nAny number of them may run against one database. The relay's words about a mail, "
	    "and why\none was not sent, are in triaged.outbox; muted addresses are in "
	    "triaged.suppression.\n"
	    "SIGTERM: take no more, finish what is on its way, stop.\n"
	    "Exit status: 0 stopped as asked, 1 could not go on, 64 wrong options, 75 with --once: "
	    "the\nrelay or the database was not there, mail is left, 78 wrong password file.\n");
	fputs(strbuf_str(&text).p, stdout);
	strbuf_fini(&text);
}

void
mail_config_print_example(void)
{
	struct strbuf text;

	strbuf_init(&text, 0);
	option_file_example(rows, ROW_COUNT, "triage-mail", &text);
	fputs(strbuf_str(&text).p, stdout);
	strbuf_fini(&text);
}
