/* SPDX-License-Identifier: MIT */
/*
 * answer: the reply to the requester, out of the rules alone: greeting, the
 * category's help-center text, the paragraph of the outcome (the category's
 * own, else the locale's), closing, with blank lines between. Nothing that the
 * requester wrote ever gets into it.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "decide.h"

/* Writes the subject to "subject" and the text to "body". Needs the decision's
 * category, locale, outcome and missing fields. */
void answer_render(const struct rules *rules, const struct decision *decision,
    struct strbuf *subject, struct strbuf *body);

#endif
