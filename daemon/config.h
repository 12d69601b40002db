/* SPDX-License-Identifier: MIT */
/*
 * config: the daemon's options, from its section of the configuration file and
 * from the command line.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "err.h"
#include "log.h"

struct config {
	const char *rules;
	const char *shadow_rules; /* NULL: none */
	const char *database;
	const char *endpoint;
	const char *cache; /* NULL: none */
	const char *http;  /* where to listen for HTTP; NULL or "none": nowhere */
	bool http_chosen;  /* by the user; else beside the endpoint */
	bool accept_received_at;
	int64_t in_flight;
	int64_t memory;
	int64_t batch;
	int64_t rerun;
	int64_t statement_time;
	int64_t stop_time;
	int64_t wait_check;
	const char *log_level;
	const char *config; /* the file; NULL: the default one */
	bool check;
	bool print_config;
	bool version;
	bool help;
	enum log_level level; /* of log_level */
};

/* The configuration file, and over it the command line. 0, or -1: with the faults
 * of the file in diags, or when there are none there, with what is wrong with the
 * command line. endpoint is set unless only help, version or example is asked for. */
int config_parse(struct config *config, int argc, char **argv, struct diag_list *diags,
    struct err *err);
void config_print_help(void);
void config_print_example(void);

#endif
