/* SPDX-License-Identifier: MIT */
/*
 * ctl_command: what a subcommand of triagectl is. One row says everything:
 * triagectl.c parses the options by it, prints the help from it and calls it.
 */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <stddef.h>

#include "err.h"
#include "option.h"

/* What the process ends with; the help lists them. */
enum ctl_exit {
	CTL_OK = 0,
	CTL_FAILED = 1,       /* something of the work failed */
	CTL_USAGE = 2,        /* wrong options or operands */
	CTL_LOST = 3,         /* the lease of the ticket is lost, or was never taken here */
	CTL_EMPTY = 4,        /* no ticket to take */
	CTL_UNAVAILABLE = 69, /* nobody answers (EX_UNAVAILABLE) */
	CTL_CONFIG = 78       /* rules or configuration are wrong (EX_CONFIG) */
};

struct ctl_command {
	const char *name;     /* "check"; "db upgrade" */
	const char *operands; /* "[FILE]" for the help, or "" */
	const char *summary;  /* one line, for the list of commands */
	const char *about;    /* what it does, for its own help */
	const char *examples; /* lines, indented */
	const struct option_row *rows;
	size_t row_count;
	size_t options_size; /* of the struct that the rows fill */
	int operands_max;
	enum ctl_exit (*run)(const void *options, int count, char **operands);
};

/* Of every command whose answer programs read too, in the struct of its options: bool
 * json. */
#define CTL_JSON_OPTION(target)                                                                   \
	OPTION(target, json, 0, OPTION_FLAG, NULL, NULL, 0, 0, "one JSON object instead of text")

extern const struct ctl_command ctl_check_command;
extern const struct ctl_command ctl_classify_command;
extern const struct ctl_command ctl_explain_command;
extern const struct ctl_command ctl_replay_command;
extern const struct ctl_command ctl_shadow_command;
extern const struct ctl_command ctl_eval_command;
extern const struct ctl_command ctl_push_command;
extern const struct ctl_command ctl_follow_up_command;
extern const struct ctl_command ctl_lookup_command;
extern const struct ctl_command ctl_ping_command;
extern const struct ctl_command ctl_queues_command;
extern const struct ctl_command ctl_next_command;
extern const struct ctl_command ctl_mine_command;
extern const struct ctl_command ctl_show_command;
extern const struct ctl_command ctl_done_command;
extern const struct ctl_command ctl_reply_command;
extern const struct ctl_command ctl_release_command;
extern const struct ctl_command ctl_move_command;
extern const struct ctl_command ctl_recategorize_command;
extern const struct ctl_command ctl_note_command;
extern const struct ctl_command ctl_renew_command;
extern const struct ctl_command ctl_agent_add_command;
extern const struct ctl_command ctl_agent_list_command;
extern const struct ctl_command ctl_agent_disable_command;
extern const struct ctl_command ctl_agent_enable_command;
extern const struct ctl_command ctl_mail_mute_command;
extern const struct ctl_command ctl_mail_unmute_command;
extern const struct ctl_command ctl_mail_bounce_command;
extern const struct ctl_command ctl_status_command;
extern const struct ctl_command ctl_db_upgrade_command;
extern const struct ctl_command ctl_db_status_command;

/* "triagectl: …" on standard error, with control bytes neutralized. */
void ctl_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Flushes standard output: output that could not be written (full disk) turns
 * CTL_OK into CTL_FAILED and says so. */
enum ctl_exit ctl_finish(enum ctl_exit status);

#endif
