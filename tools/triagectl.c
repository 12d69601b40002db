/* SPDX-License-Identifier: MIT */
/*
 * triagectl: everything that a person or a script does with triaged. This file
 * is the table of the commands and what they share: finding one, its options,
 * its help, the exit status.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_command.h"
#include "ctl_config.h"
#include "ctl_text.h"
#include "diag.h"
#include "identity.h"
#include "mem.h"
#include "option.h"
#include "str.h"
#include "suggest.h"

static const struct ctl_command *const commands[] = {
	&ctl_check_command,
	&ctl_classify_command,
	&ctl_explain_command,
	&ctl_replay_command,
	&ctl_shadow_command,
	&ctl_eval_command,
	&ctl_push_command,
	&ctl_follow_up_command,
	&ctl_lookup_command,
	&ctl_ping_command,
	&ctl_queues_command,
	&ctl_next_command,
	&ctl_mine_command,
	&ctl_show_command,
	&ctl_done_command,
	&ctl_reply_command,
	&ctl_release_command,
	&ctl_move_command,
	&ctl_recategorize_command,
	&ctl_note_command,
	&ctl_renew_command,
	&ctl_agent_add_command,
	&ctl_agent_list_command,
	&ctl_agent_disable_command,
	&ctl_agent_enable_command,
	&ctl_mail_mute_command,
	&ctl_mail_unmute_command,
	&ctl_mail_bounce_command,
	&ctl_status_command,
	&ctl_db_upgrade_command,
	&ctl_db_status_command,
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const char exit_text[] =
    "\nExit status: 0 all went well; 1 something of the work failed or was refused; 2 wrong\n"
    "usage; 3 the lease of the ticket is lost; 4 there is no ticket to take; 69 nobody\n"
    "answers (daemon or database); 78 the rules or the configuration are wrong.\n";

void
ctl_complain(const char *format, ...)
{
	struct strbuf line;
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	strbuf_init(&line, 0);
	strbuf_puts(&line, "triagectl: ");
	ctl_text_safe(&line, str_of(text), true);
	strbuf_putc(&line, '\n');
	fflush(stdout);
	ctl_text_flush(&line, stderr);
	strbuf_fini(&line);
}

enum ctl_exit
ctl_finish(enum ctl_exit status)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		ctl_complain("cannot write the output: %m");
		return status == CTL_OK ? CTL_FAILED : status;
	}
	return status;
}

static void
help_all(struct strbuf *out)
{
	strbuf_puts(out,
	    "triagectl " TRIAGED_VERSION ": work with triaged, the support-ticket router\n\n"
	    "Usage: triagectl COMMAND [options]\n\nCommands:\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		strbuf_printf(out, "  %-14s %s\n", commands[i]->name, commands[i]->summary);
	strbuf_puts(out,
	    "  help           this text, or with a name the command's own\n"
	    "\n\"triagectl COMMAND --help\" shows a command's options and examples.\n");
	strbuf_puts(out, exit_text);
}

/* Of "db upgrade" the first word is "db". */
static bool
command_in(const struct ctl_command *command, const char *word)
{
	size_t n = strlen(word);

	return strncmp(command->name, word, n) == 0 && command->name[n] == ' ';
}

static bool
command_group_first(const char *word)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (command_in(commands[i], word))
			return true;
	return false;
}

/* The commands whose first word that is. False when there is none. */
static bool
help_group(const char *word, struct strbuf *out)
{
	bool any = false;

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (!command_in(commands[i], word))
			continue;
		if (!any)
			strbuf_printf(out, "Usage: triagectl %s COMMAND [options]\n\nCommands:\n",
			    word);
		strbuf_printf(out, "  %-14s %s\n", commands[i]->name, commands[i]->summary);
		any = true;
	}
	if (any)
		strbuf_printf(out,
		    "\n\"triagectl %s COMMAND --help\" shows a command's options and examples.\n",
		    word);
	strbuf_puts(out, any ? exit_text : "");
	return any;
}

static void
help_one(const struct ctl_command *command, struct strbuf *out)
{
	strbuf_printf(out, "triagectl %s: %s\n\nUsage: triagectl %s [options]%s%s\n\n%s",
	    command->name, command->summary, command->name,
	    command->operands[0] != '\0' ? " " : "", command->operands, command->about);
	if (command->row_count > 0) {
		strbuf_puts(out, "\nOptions:\n");
		option_help(command->rows, command->row_count, out);
	}
	strbuf_printf(out, "\nExamples:\n%s", command->examples);
	strbuf_puts(out, exit_text);
}

static enum ctl_exit
help_print(const struct ctl_command *command)
{
	struct strbuf out;

	strbuf_init(&out, 0);
	if (command != NULL)
		help_one(command, &out);
	else
		help_all(&out);
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
	return ctl_finish(CTL_OK);
}

/* Finds the command that the words begin with and says how many words its
 * name has: "db upgrade" has two. */
static const struct ctl_command *
command_find(int argc, char **argv, int *words)
{
	char pair[64];

	for (*words = 2; *words >= 1; (*words)--) {
		if (argc < *words)
			continue;
		snprintf(pair, sizeof(pair), "%s%s%s", argv[0], *words == 2 ? " " : "",
		    *words == 2 ? argv[1] : "");
		for (size_t i = 0; i < COMMAND_COUNT; i++)
			if (strcmp(commands[i]->name, pair) == 0)
				return commands[i];
	}
	return NULL;
}

static enum ctl_exit
command_unknown(int argc, char **argv)
{
	const char *names[COMMAND_COUNT + 1];
	char word[64], hint[256];

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i]->name;
	names[COMMAND_COUNT] = "help";
	/* "db" with a wrong second word is meant as a pair. */
	if (command_group_first(argv[0]) && argc > 1)
		snprintf(word, sizeof(word), "%.15s %.40s", argv[0], argv[1]);
	else
		snprintf(word, sizeof(word), "%.60s", argv[0]);
	suggest_hint(str_of(word), names, COMMAND_COUNT + 1, hint, sizeof(hint));
	if (command_group_first(word))
		snprintf(hint, sizeof(hint), "\"triagectl help %s\" lists what it can be", word);
	ctl_complain("unknown command '%s'%s%s", word, hint[0] != '\0' ? ": " : "", hint);
	ctl_complain("\"triagectl help\" lists the commands");
	return CTL_USAGE;
}

/* For the first word of several commands, else as an unknown command. */
static enum ctl_exit
command_group(int argc, char **argv)
{
	struct strbuf out;
	bool found;

	strbuf_init(&out, 0);
	found = help_group(argv[0], &out);
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
	return found ? ctl_finish(CTL_OK) : command_unknown(argc, argv);
}

static bool
wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

/* What the configuration file says, or why that cannot be used. */
static enum ctl_exit
command_config(const struct ctl_command *command, void *options)
{
	struct diag_list *diags = diag_list_new(50);
	enum ctl_exit status = CTL_OK;
	struct strbuf out;

	if (ctl_config_read(command->rows, command->row_count, options, diags) < 0) {
		strbuf_init(&out, 0);
		diag_print(diags, &out, false);
		ctl_text_flush(&out, stderr);
		strbuf_fini(&out);
		ctl_complain("the configuration cannot be used");
		status = CTL_CONFIG;
	}
	diag_list_free(diags);
	return status;
}

/* The command line; *argc: the operands afterwards, from argv[1] on. */
static enum ctl_exit
command_parse(const struct ctl_command *command, void *options, int *argc, char **argv)
{
	int operands = 0;
	struct err err;

	if (option_parse(command->rows, command->row_count, options, *argc, argv, &operands,
		&err) < 0) {
		ctl_complain("%s: %s", command->name, err.text);
		return CTL_USAGE;
	}
	if (operands > command->operands_max) {
		ctl_complain("%s: unexpected '%s'", command->name,
		    argv[1 + command->operands_max]);
		return CTL_USAGE;
	}
	*argc = operands;
	return CTL_OK;
}

/* argv[0] is the command's last word, the rest are options and operands. */
static enum ctl_exit
command_run(const struct ctl_command *command, int argc, char **argv)
{
	void *options = mem_alloc(command->options_size);
	enum ctl_exit status;

	option_defaults(command->rows, command->row_count, options);
	status = command_config(command, options);
	if (status == CTL_OK)
		status = command_parse(command, options, &argc, argv);
	if (status == CTL_OK)
		status = ctl_finish(command->run(options, argc, argv + 1));
	if (status == CTL_USAGE)
		ctl_complain("\"triagectl %s --help\" shows options and examples", command->name);
	option_free(command->rows, command->row_count, options);
	free(options);
	return status;
}

static enum ctl_exit
command_help(int argc, char **argv)
{
	const struct ctl_command *command;
	int words;

	if (argc == 0)
		return help_print(NULL);
	command = command_find(argc, argv, &words);
	if (command != NULL)
		return help_print(command);
	return argc == 1 ? command_group(argc, argv) : command_unknown(argc, argv);
}

/* The section of triagectl, for the example file. */
static void
config_print(void)
{
	struct strbuf out;

	strbuf_init(&out, 0);
	ctl_config_example(&out);
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
}

int
main(int argc, char **argv)
{
	const struct ctl_command *command;
	int words;

	if (argc < 2) {
		ctl_complain("what shall I do? \"triagectl help\" lists the commands");
		return CTL_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("triagectl " TRIAGED_VERSION);
		return ctl_finish(CTL_OK);
	}
	if (strcmp(argv[1], "--print-config") == 0) {
		config_print();
		return ctl_finish(CTL_OK);
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0)
		return command_help(argc - 2, argv + 2);
	command = command_find(argc - 1, argv + 1, &words);
	if (command == NULL && argc > 2 && wants_help(1, argv + 2))
		return command_group(argc - 1, argv + 1);
	if (command == NULL)
		return command_unknown(argc - 1, argv + 1);
	if (wants_help(argc - 1 - words, argv + 1 + words))
		return help_print(command);
	if (identity_start() < 0) {
		ctl_complain("the cryptographic library cannot start");
		return CTL_UNAVAILABLE;
	}
	return command_run(command, argc - words, argv + words);
}
