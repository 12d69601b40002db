/* SPDX-License-Identifier: MIT */
/*
 * template: texts with places to fill:
 *
 *   {{missing}}         the list of what the requester still owes
 *   {{team}}            the team's title
 *   {{link:NAME}}       a link of the rules
 *   {{follow_up_link}}  the address of the page for what is missing
 *
 * and in that address itself:
 *
 *   {{reference}}       the ticket's
 *   {{token}}           that lets its requester, and nobody else, add to it
 *
 * Everything is checked when the rules are read, so that rendering cannot
 * fail. There are no conditions and no loops, and nothing that a requester
 * wrote ever gets into an answer.
 */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "diag.h"
#include "str.h"

enum template_kind {
	TEMPLATE_MISSING, TEMPLATE_TEAM, TEMPLATE_LINK, TEMPLATE_FOLLOW_UP_LINK,
	TEMPLATE_REFERENCE, TEMPLATE_TOKEN
};

struct template_slot {
	enum template_kind kind;
	struct str name;   /* LINK */
	size_t start, end; /* with its braces, bytes into the text */
};

/* By kind: "missing", "team", … */
extern const char *const template_names[];

/* What the checker must know. */
struct template_scope {
	unsigned kinds; /* mask of 1u << enum template_kind: those that make sense here */
	const char *const *links; /* those that exist in the text's locale */
	size_t link_count;
	const char *const *other_links; /* … and those that exist in others only */
	size_t other_link_count;
	const char *links_file;         /* where they are listed; NULL: nowhere */
	bool no_follow_up; /* the rules have no address for {{follow_up_link}} */
	/* The place of the bytes start..end of the text; context is handed on. */
	struct place (*place)(const void *context, size_t start, size_t end);
	const void *context;
};

/* Every fault goes to diags. 0, or -1 when there was one. */
int template_check(
    struct str text, const struct template_scope *scope, struct diag_list *diags);

/* The next place to fill at or after byte "from"; false when there is none. */
bool template_next(struct str text, size_t from, struct template_slot *slot);

/* Is there one of that kind? */
bool template_has(struct str text, enum template_kind kind);

/* Writes text to out; "fill" writes what stands for each slot. Something that
 * is no known slot stays as it is (the checker refuses it beforehand). */
void template_render(struct str text,
    void (*fill)(void *context, const struct template_slot *slot, struct strbuf *out),
    void *context, struct strbuf *out);

#endif
