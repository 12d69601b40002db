/* SPDX-License-Identifier: MIT */
/*
 * triage-mail: sends the mails of the outbox. The table of contents; what each
 * part does is in its header.
 *
 *   mail_config    options               mail_rule     what is decided, pure
 *   mail_outbox    the database          mail_message  the bytes of a mail, pure
 *   mail_send      the relay             mail_item     one mail on its way
 *   mail_loop      takes, gives, says what became of it
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "ctl_command.h"
#include "diag.h"
#include "log.h"
#include "mail_config.h"
#include "mail_loop.h"
#include "start.h"
#include "str.h"

/* What the database client says beside its results (ctl_database.h). */
void
ctl_complain(const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_warning("%s", text);
}

/* 0, or the exit status after saying why. */
static int
load_config(struct mail_config *config, int argc, char **argv)
{
	struct diag_list *diags = diag_list_new(50);
	int status = EXIT_SUCCESS;
	struct err err;

	if (mail_config_parse(config, argc, argv, diags, &err) < 0)
		status = start_refuse("triage-mail", diags, &err);
	diag_list_free(diags);
	return status;
}

static int
run(struct mail_config *config, int argc, char **argv)
{
	int status = load_config(config, argc, argv);
	struct err err;

	if (status != EXIT_SUCCESS)
		return status;
	if (config->print_config) {
		mail_config_print_example();
		return EXIT_SUCCESS;
	}
	if (config->help) {
		mail_config_print_help();
		return EXIT_SUCCESS;
	}
	if (config->version) {
		puts("triage-mail " TRIAGED_VERSION);
		return EXIT_SUCCESS;
	}
	log_open(config->level, -1);
	if (mail_config_read(config, &err) < 0) {
		start_complain("triage-mail", "%s", err.text);
		return EX_CONFIG;
	}
	if (config->check) {
		puts("configuration OK");
		return EXIT_SUCCESS;
	}
	switch (mail_loop_run(config, &err)) {
	case MAIL_LOOP_STOPPED:
		return EXIT_SUCCESS;
	case MAIL_LOOP_LEFT:
		return EX_TEMPFAIL;
	case MAIL_LOOP_FAILED:
		break;
	}
	log_error("cannot start: %s", err.text);
	return EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	struct mail_config config;

	/* Not a return: the options' strings live as long as this frame. */
	exit(run(&config, argc, argv));
}
