/* SPDX-License-Identifier: MIT */
/*
 * ctl_report: what an evaluation adds up to, and how it is shown.
 */
#ifndef CTL_REPORT_H
#define CTL_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "ctl_score.h"
#include "str.h"

enum ctl_slice_kind { CTL_SLICE_AUDIENCE, CTL_SLICE_LOCALE, CTL_SLICE_CATEGORY };

struct ctl_slice {
	enum ctl_slice_kind kind;
	struct str name;
	struct ctl_score score;
};

/* One ticket that is not right in every part. */
struct ctl_wrong {
	struct str id;
	struct str expected_category, got_category;
	enum outcome expected_outcome, got_outcome;
	struct str expected_missing, got_missing; /* "a,b" */
	struct str wrong_found;                   /* "a,b" */
	bool category;  /* is the category wrong? */
	bool elsewhere; /* expected where the rules do not go yet, and taken by *.other */
};

#define CTL_REPORT_SURES 4

struct ctl_report {
	struct arena *arena; /* of all text here */
	char policy[65];
	size_t invalid; /* lines that could not be judged */
	struct ctl_score all;
	struct ctl_slice *slices;
	size_t slice_count;
	struct ctl_wrong *wrong;
	size_t wrong_count;
	/* By confidence: decisions at each of ctl_report_sures or more, below the one
	 * before, and how many of them have the right category. */
	size_t sure[CTL_REPORT_SURES], sure_right[CTL_REPORT_SURES];
	/* The categories looked at (--only, else those of the rules). */
	struct ctl_score listed;
	size_t others;           /* tickets of other categories … */
	const struct str *intruders; /* … ids of those that fell into a listed one */
	size_t intruder_count;
};

void ctl_report_slice(struct ctl_report *report, enum ctl_slice_kind kind, struct str name,
    const struct ctl_score *score);
void ctl_report_sure(struct ctl_report *report, double confidence, bool right);
void ctl_report_text(const struct ctl_report *report, bool details, struct strbuf *out);
void ctl_report_json(const struct ctl_report *report, bool details, struct strbuf *out);
void ctl_report_fini(struct ctl_report *report);

#endif
