/* SPDX-License-Identifier: MIT */
/*
 * answer: what the requester is told, out of the rules alone: greeting, the
 * category's help-center text, the paragraph of the outcome (the category's
 * own, else the locale's), closing, with blank lines between. Nothing that the
 * requester wrote ever gets into it. After a follow-up the help-center text is
 * said again only where it is the answer.
 *
 * The address of the follow-up page depends on ticket and token, which deciding
 * does not know: the text carries it as the rules have it, with the markers
 * {{reference}} and {{token}}, and whoever sends or shows it fills them.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "decide.h"

/* Shown for the markers where there is no ticket: preview, classify. */
#define ANSWER_NO_ADDRESS STR("…")

/* Writes the subject to "subject" and the text to "body". Needs the decision's
 * category, team, locale, outcome, missing fields and follow_up_count. */
void answer_render(const struct rules *rules, const struct decision *decision,
    struct strbuf *subject, struct strbuf *body);

/* The mail that reminds of what is still missing (fields of the category).
 * False when the rules have no such text: then nobody is reminded. */
bool answer_reminder(const struct rules *rules, const struct rules_category *category,
    const struct rules_team *team, unsigned locale, const struct rules_field *const *missing,
    size_t missing_count, struct strbuf *subject, struct strbuf *body);

/* The mail that tells who adds to a ticket that people of that team have it now:
 * that it is complete, and why, nobody has decided. False as above. */
bool answer_to_people(const struct rules *rules, const struct rules_category *category,
    const struct rules_team *team, unsigned locale, struct strbuf *subject,
    struct strbuf *body);

/* The help-center text alone, with its subject, as a form shows it before anything
 * is sent: without frame, by the category's own team. */
void answer_help(const struct rules *rules, const struct rules_category *category,
    unsigned locale, struct strbuf *subject, struct strbuf *help);
/* What a box of the category asks for; nothing where the rules have no such line. */
void answer_ask(const struct rules *rules, const struct rules_category *category,
    const struct rules_field *field, unsigned locale, struct strbuf *out);

/* Writes body to out, with reference and token in place of the markers. Both go
 * into an address as they are: letters, digits, '-' and '_' only. */
void answer_address(
    struct str body, struct str reference, struct str token, struct strbuf *out);

#endif
