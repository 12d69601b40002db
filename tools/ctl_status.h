/* SPDX-License-Identifier: MIT */
/*
 * ctl_status: what "triagectl status" found out, and how it is shown
 * (ctl_status_print.c).
 */
#ifndef CTL_STATUS_H
#define CTL_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "str.h"

/* Whether a part was asked for, and answered. */
enum ctl_status_part { PART_LEFT_OUT, PART_GOOD, PART_WRONG };

enum { DEPTH_QUEUED, DEPTH_HELD, DEPTH_WAITING, DEPTH_STATES };
enum { MAIL_PENDING, MAIL_SENDING, MAIL_RETRY, MAIL_FAILED, MAIL_EXPIRED, MAIL_SUPPRESSED,
	MAIL_STATES };

extern const char *const ctl_status_depths[DEPTH_STATES];
extern const char *const ctl_status_mails[MAIL_STATES];

struct ctl_status {
	enum ctl_status_part daemon, ready, reload, shadow, database, queues, mail;
	/* Why a part is wrong; empty when it is not. */
	struct err daemon_why, ready_why, reload_why, shadow_why, database_why, queues_why,
	    mail_why;
	char version[32], policy[72], reload_at[32];
	double ms; /* the ping's */
	bool reloading;
	/* A shadow policy; empty: none decides. Left out although ready was asked: none is
	 * to. Counts are of the daemon that was asked, since then. */
	char shadow_policy[72], shadow_since[32];
	bool shadow_reloading;
	int64_t shadow_tickets, shadow_different, shadow_failed;
	int64_t schema, schema_wanted;
	struct {
		int64_t tickets, past_target, oldest_seconds; /* oldest: -1 none */
	} depth[DEPTH_STATES];
	/* The oldest that may still be sent; -1: none. Connected triage-mail. */
	int64_t mails[MAIL_STATES], mail_oldest_seconds, mail_senders;
};

void ctl_status_text(const struct ctl_status *status, struct strbuf *out);
void ctl_status_json(const struct ctl_status *status, struct strbuf *out);

#endif
