/* SPDX-License-Identifier: MIT */
#include "mail_item.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

struct mail_item *
mail_item_new(struct mail_row *row, const struct mail_from *from)
{
	struct mail_item *item = mem_alloc(sizeof(*item));
	char **value = item->row.value;
	struct mail mail;

	item->row = *row;
	*row = (struct mail_row){.value = {NULL}};
	mail = (struct mail){
	    .message_id = value[MAIL_MESSAGE],
	    .first_id = value[MAIL_FIRST],
	    .reference = value[MAIL_REFERENCE],
	    .to = value[MAIL_TO],
	    .locale = value[MAIL_LOCALE],
	    .subject = str_of(value[MAIL_SUBJECT]),
	    .body = str_of(value[MAIL_BODY]),
	    .automatic = strcmp(value[MAIL_AUTHOR], "triaged") == 0,
	    .reminder = strcmp(value[MAIL_KIND], "reminder") == 0,
	    .created_ms = strtoll(value[MAIL_CREATED], NULL, 10),
	};
	strbuf_init(&item->sender, 0);
	strbuf_init(&item->message, 0);
	strbuf_init(&item->line, 0);
	mail_message_sender(from, &mail, &item->sender);
	mail_message_build(from, &mail, &item->message);
	item->transfer = (struct mail_transfer){
	    .sender = item->sender.n > 0 ? item->sender.p : "",
	    .recipient = value[MAIL_TO],
	    .message = strbuf_str(&item->message),
	    .arg = item,
	};
	return item;
}

void
mail_item_free(struct mail_item *item)
{
	if (item == NULL)
		return;
	strbuf_fini(&item->sender);
	strbuf_fini(&item->message);
	strbuf_fini(&item->line);
	mail_row_free(&item->row);
	free(item);
}

const char *
mail_item_refuse(struct mail_item *item, const struct mail_config *config)
{
	const char *why = mail_rule_recipient(
	    str_of(item->row.value[MAIL_TO]), config->own_list, config->own_count);

	if (why != NULL)
		item->report = (struct mail_report){.result = MAIL_SUPPRESSED, .reason = why};
	return why;
}

struct mail_verdict
mail_item_judge(struct mail_item *item, const struct mail_config *config)
{
	const struct mail_attempt *attempt = &item->transfer.attempt;
	struct mail_verdict verdict = mail_rule_decide(attempt);
	int attempts = (int)strtol(item->row.value[MAIL_ATTEMPTS], NULL, 10);

	mail_rule_line(attempt, &item->line);
	item->report = (struct mail_report){
	    .result = verdict.result,
	    .code = attempt->code,
	    .line = verdict.result != MAIL_SENT ? item->line.p : NULL,
	    .reason = verdict.reason,
	    .mute_ms = verdict.mute ? config->mute : 0,
	};
	if (verdict.result == MAIL_RETRY || verdict.result == MAIL_AMBIGUOUS)
		item->report.retry_ms =
		    mail_rule_backoff(attempts, config->backoff, config->backoff_most);
	else if (verdict.relay_at_fault) /* others first: this one may be why */
		item->report.retry_ms = config->backoff;
	return verdict;
}
