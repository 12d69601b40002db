/* SPDX-License-Identifier: MIT */
/*
 * mail_item: one taken mail, from its row over its transfer to its report. It
 * must not move once made: the transfer points into it.
 */
#ifndef MAIL_ITEM_H
#define MAIL_ITEM_H

#include "mail_config.h"
#include "mail_outbox.h"
#include "mail_send.h"

struct mail_item {
	struct mail_row row;
	struct mail_transfer transfer;
	struct mail_report report;
	struct strbuf sender, message, line;
	struct mail_item *next;
};

/* Takes over what the row holds and renders the mail. transfer.arg is the item. */
struct mail_item *mail_item_new(struct mail_row *row, const struct mail_from *from);
void mail_item_free(struct mail_item *item); /* NULL is fine */
/* Why it must not be sent to its address, or NULL; then the report says so. */
const char *mail_item_refuse(struct mail_item *item, const struct mail_config *config);
/* Fills the report from how the transfer ended. */
struct mail_verdict mail_item_judge(struct mail_item *item, const struct mail_config *config);

#endif
