/* SPDX-License-Identifier: MIT */
/*
 * decision_json: the parts of a decision in JSON, for the object that
 * "triagectl classify" prints (decision_json() in decide.h) and for the
 * explanation that is kept with a ticket. Each writes one value.
 */
#ifndef DECISION_JSON_H
#define DECISION_JSON_H

#include "decide.h"
#include "json.h"

void decision_json_found(struct json *json, const struct decision *decision);
void decision_json_runner_up(struct json *json, const struct decision *decision);
void decision_json_candidates(struct json *json, const struct decision *decision);
void decision_json_evidence(struct json *json, const struct decision *decision);
void decision_json_warnings(struct json *json, const struct decision *decision);

#endif
