/* SPDX-License-Identifier: MIT */
/*
 * ctl_page: one ticket as a page for the person who works on it, from the JSON
 * of triaged.ticket_page(). All that a visitor wrote stands behind "| " and is
 * neutralized. Times are in the zone of the user (TZ, else the machine's).
 */
#ifndef CTL_PAGE_H
#define CTL_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "str.h"

struct json_t; /* jansson's */

struct ctl_page_style {
	size_t width; /* columns */
	bool colour;
};

/* The page says when it was made ("now"), and so how late the ticket is. What
 * is not in it is left out. */
void ctl_page_print(
    const struct json_t *page, const struct ctl_page_style *style, struct strbuf *out);
/* Only what the requester wrote after the message with this number. */
void ctl_page_news(const struct json_t *page, int64_t seen, const struct ctl_page_style *style,
    struct strbuf *out);
/* "2026-01-12 09:41", of RFC 3339; what is none is shown as it is. */
void ctl_page_time(struct strbuf *out, const char *text);
/* "in 3 h 05 min", "3 h 05 min late" (and true). Nothing without both. */
bool ctl_page_due(struct strbuf *out, const char *due, const char *now);

#endif
