/* SPDX-License-Identifier: MIT */
/*
 * mail_config: the options of triage-mail, and what they need from files.
 */
#ifndef MAIL_CONFIG_H
#define MAIL_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "err.h"
#include "log.h"
#include "mail_message.h"
#include "mail_send.h"

#define MAIL_OWN_MAX 64

struct mail_config {
	const char *database;
	const char *relay;
	const char *tls;
	const char *ca_file;
	const char *user;
	const char *password_file;
	const char *helo;
	const char *from;
	const char *from_name;
	const char *reply_to;
	const char *bounce;
	const char *own;
	int64_t cap, cap_window;
	int64_t life, reply_life;
	int64_t backoff, backoff_most;
	int64_t mute;
	int64_t transfers;
	int64_t command_time, final_time, lease;
	int64_t poll;
	int64_t stop_time;
	const char *log_level;
	const char *config; /* the file; NULL: the default one */
	bool once;
	bool check;
	bool print_config;
	bool version;
	bool help;

	/* Made of the above. */
	enum log_level level;
	struct mail_from sender;
	struct mail_relay target;
	char *own_text; /* what own_list points into */
	const char *own_list[MAIL_OWN_MAX];
	size_t own_count;
};

/* The configuration file, and over it the command line. 0, or -1: with the faults
 * of the file in diags, or when there are none there, with what to tell the user.
 * No other file is read. */
int mail_config_parse(struct mail_config *config, int argc, char **argv,
    struct diag_list *diags, struct err *err);
/* Reads the password: one line in a regular file that is ours and ours alone, or
 * root's and for a group to read at most. 0, or -1 with err. */
int mail_config_read(struct mail_config *config, struct err *err);
void mail_config_print_help(void);
void mail_config_print_example(void);

#endif
