/* SPDX-License-Identifier: MIT */
/*
 * config: the daemon's options.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "log.h"

struct config {
	const char *rules;
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
	const char *log_level;
	bool check;
	bool version;
	bool help;
	enum log_level level; /* of log_level */
};

/* 0, or -1 with what to tell the user. endpoint is always set. */
int config_parse(struct config *config, int argc, char **argv, struct err *err);
void config_print_help(void);

#endif
