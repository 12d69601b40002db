/* SPDX-License-Identifier: MIT */
/*
 * ctl_check_report: figures about rules that are no mistakes: which patterns are
 * dearest to compile and to run, and which examples are won by little.
 *
 * Each pattern is compiled alone, by PCRE2 with its JIT and, if the scan cannot
 * split it into words (scan_split.h), by the scan's library as well; and run
 * over a sample of the rules' own texts. Times are of this processor alone,
 * measured once: good to compare, not to keep.
 */
#ifndef CTL_CHECK_REPORT_H
#define CTL_CHECK_REPORT_H

#include "json.h"
#include "review.h"

struct ctl_check_report;
/* Measures, for some seconds. review must outlive it. */
struct ctl_check_report *ctl_check_report_new(const struct review *review);
void ctl_check_report_free(struct ctl_check_report *report); /* NULL is fine */
void ctl_check_report_text(const struct ctl_check_report *report, struct strbuf *out);
/* One object. */
void ctl_check_report_json(const struct ctl_check_report *report, struct json *json);

#endif
