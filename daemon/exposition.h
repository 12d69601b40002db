/* SPDX-License-Identifier: MIT */
/*
 * exposition: Prometheus' text format 0.0.4, line by line. Pure.
 *
 *   exposition_family(out, "requests_in_flight", "gauge", "Requests not yet answered.");
 *   exposition_int(out, "requests_in_flight", NULL, 4);
 *
 * "triaged_" stands before every name, except those of the process, which are
 * the same in every program (process_…): they are given whole, with a leading
 * ':'.
 */
#ifndef EXPOSITION_H
#define EXPOSITION_H

#include <stdint.h>

#include "str.h"

#define EXPOSITION_LABELS 4

/* Up to the first without a name. Values may be any text: they are escaped. */
struct exposition_labels {
	struct {
		const char *name;
		struct str value;
	} list[EXPOSITION_LABELS];
};

void exposition_family(
    struct strbuf *out, const char *name, const char *type, const char *help);
/* labels may be NULL. */
void exposition_int(struct strbuf *out, const char *name,
    const struct exposition_labels *labels, int64_t value);
void exposition_count(struct strbuf *out, const char *name,
    const struct exposition_labels *labels, uint64_t value);
void exposition_number(struct strbuf *out, const char *name,
    const struct exposition_labels *labels, double value);

/* A family of one sample without labels. */
void exposition_gauge(struct strbuf *out, const char *name, double value, const char *help);

#endif
