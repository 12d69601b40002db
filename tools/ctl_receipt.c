/* SPDX-License-Identifier: MIT */
#include "ctl_receipt.h"

void
ctl_receipt_pair(struct json *json, const char *key, struct str text)
{
	json_key(json, key);
	json_str(json, text);
}

void
ctl_receipt_missing(struct json *json, const struct receipt *receipt)
{
	json_key(json, "missing");
	json_open(json, '[');
	for (size_t i = 0; i < receipt->missing_count; i++)
		json_str(json, receipt->missing[i]);
	json_close(json, ']');
}

void
ctl_receipt_json(struct json *json, const struct receipt *receipt)
{
	ctl_receipt_pair(json, "ticket", receipt->ticket);
	ctl_receipt_pair(json, "reference", receipt->reference);
	ctl_receipt_pair(json, "category", receipt->category);
	ctl_receipt_pair(json, "outcome", receipt->outcome);
	ctl_receipt_pair(json, "team", receipt->team);
	ctl_receipt_pair(json, "priority", receipt->priority);
	ctl_receipt_missing(json, receipt);
	json_key(json, "reply");
	if (receipt->has_reply) {
		json_open(json, '{');
		ctl_receipt_pair(json, "locale", receipt->reply_locale);
		ctl_receipt_pair(json, "subject", receipt->reply_subject);
		ctl_receipt_pair(json, "body", receipt->reply_body);
		json_close(json, '}');
	} else {
		json_none(json);
	}
	ctl_receipt_pair(json, "policy", receipt->policy);
	ctl_receipt_pair(json, "follow_up_token", receipt->follow_up_token);
	json_key(json, "warnings");
	json_open(json, '[');
	for (size_t i = 0; i < receipt->warning_count; i++) {
		json_open(json, '{');
		ctl_receipt_pair(json, "path", receipt->warnings[i].path);
		ctl_receipt_pair(json, "code", receipt->warnings[i].code);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void
ctl_receipt_errors(struct json *json, const struct wire_answer *answer)
{
	if (answer->error_count == 0)
		return;
	json_key(json, "errors");
	json_open(json, '[');
	for (size_t i = 0; i < answer->error_count; i++) {
		json_open(json, '{');
		ctl_receipt_pair(json, "path", answer->errors[i].path);
		ctl_receipt_pair(json, "code", answer->errors[i].code);
		ctl_receipt_pair(json, "message", answer->errors[i].message);
		json_close(json, '}');
	}
	json_close(json, ']');
}
