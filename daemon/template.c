/* SPDX-License-Identifier: MIT */
#include "template.h"

#include <stdio.h>
#include <string.h>

#include "suggest.h"

#define TEMPLATE_KINDS 6

const char *const template_names[TEMPLATE_KINDS] = {
    "missing", "team", "link", "follow_up_link", "reference", "token"};

/* Bytes from..end of text that are "{{…}}"; an open one without an end reaches
 * to the end of its line and is not closed. */
static bool
template_find(struct str text, size_t from, size_t *start, size_t *end, bool *closed)
{
	size_t i;

	for (i = from; i + 1 < text.n; i++)
		if (text.p[i] == '{' && text.p[i + 1] == '{')
			break;
	if (i + 1 >= text.n)
		return false;
	*start = i;
	for (i += 2; i < text.n && text.p[i] != '\n' && text.p[i] != '{'; i++) {
		if (text.p[i] == '}' && i + 1 < text.n && text.p[i + 1] == '}') {
			*end = i + 2;
			*closed = true;
			return true;
		}
	}
	*end = i;
	*closed = false;
	return true;
}

/* Reads what stands between the braces. 0, or -1 with the word before the
 * colon in *word. */
static int
template_slot_read(struct str inside, struct template_slot *slot, struct str *word)
{
	const char *colon;
	size_t i;

	inside = str_trim(inside);
	colon = inside.n > 0 ? memchr(inside.p, ':', inside.n) : NULL;
	*word = str_trim(
	    str_part(inside, 0, colon != NULL ? (size_t)(colon - inside.p) : inside.n));
	slot->name = (struct str){NULL, 0};
	for (i = 0; i < TEMPLATE_KINDS; i++)
		if (str_is(*word, template_names[i]))
			break;
	if (i == TEMPLATE_KINDS)
		return -1;
	slot->kind = (enum template_kind)i;
	if ((slot->kind == TEMPLATE_LINK) != (colon != NULL))
		return -1;
	if (colon != NULL)
		slot->name =
		    str_trim(str_part(inside, (size_t)(colon - inside.p) + 1, inside.n));
	return 0;
}

bool
template_next(struct str text, size_t from, struct template_slot *slot)
{
	struct str word;
	bool closed;

	while (template_find(text, from, &slot->start, &slot->end, &closed)) {
		if (closed &&
		    template_slot_read(
			str_part(text, slot->start + 2, slot->end - 2), slot, &word) == 0)
			return true;
		from = closed ? slot->end : slot->start + 2;
	}
	return false;
}

bool
template_has(struct str text, enum template_kind kind)
{
	struct template_slot slot;
	size_t from = 0;

	for (; template_next(text, from, &slot); from = slot.end)
		if (slot.kind == kind)
			return true;
	return false;
}

static const char *
template_link_hint(const struct template_scope *scope, struct str name, char *hint, size_t size)
{
	const char *file = scope->links_file != NULL ? scope->links_file : "the section 'links'";
	const char *nearest;
	size_t i;

	for (i = 0; i < scope->other_link_count; i++)
		if (str_is(name, scope->other_links[i])) {
			snprintf(hint, size, "add this language to '%.*s' in %s", STR_ARG(name),
			    file);
			return hint;
		}
	nearest = suggest(name, scope->links, scope->link_count);
	if (nearest != NULL)
		snprintf(hint, size, "did you mean '%s'? All links are in %s", nearest, file);
	else
		snprintf(hint, size, "add it to the links in %s, or take one of those", file);
	return hint;
}

/* One slot that could be read: does it make sense here? */
static int
template_check_slot(const struct template_scope *scope, const struct template_slot *slot,
    struct diag_list *diags)
{
	struct place place = scope->place(scope->context, slot->start, slot->end);
	char hint[256];
	size_t i;

	static const char *const belongs[TEMPLATE_KINDS] = {
		[TEMPLATE_MISSING] = "it belongs into 'needs_info', 'asked_again' or 'reminder'",
		[TEMPLATE_FOLLOW_UP_LINK] =
		    "it belongs into 'needs_info', 'asked_again' or 'reminder'",
		[TEMPLATE_REFERENCE] = "it belongs into the follow-up's 'link'",
		[TEMPLATE_TOKEN] = "it belongs into the follow-up's 'link'"};

	if ((scope->kinds & 1u << slot->kind) == 0)
		return diag_add(diags, DIAG_ERROR, place,
		    belongs[slot->kind] != NULL ? belongs[slot->kind] : "",
		    "'{{%s}}' makes no sense here", template_names[slot->kind]);
	if (slot->kind == TEMPLATE_FOLLOW_UP_LINK && scope->no_follow_up)
		return diag_add(diags, DIAG_ERROR, place,
		    "write it under 'follow_up' of the policy",
		    "no 'link' for '{{follow_up_link}}'");
	if (slot->kind != TEMPLATE_LINK)
		return 0;
	for (i = 0; i < scope->link_count; i++)
		if (str_is(slot->name, scope->links[i]))
			return 0;
	return diag_add(diags, DIAG_ERROR, place,
	    template_link_hint(scope, slot->name, hint, sizeof(hint)),
	    "no link '%.*s' in this language", STR_ARG(slot->name));
}

/* Would that place be filled with something that a visitor wrote? */
static bool
template_is_visitors(struct str word)
{
	static const char *const names[] = {"body", "subject", "text", "message", "name",
	    "first_name", "last_name", "email", "address", "requester", "requester_name", "field",
	    "fields", "found", "value", "attachment", "quote", "ticket"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_is(word, names[i]) ||
		    (str_starts(word, names[i]) && word.p[strlen(names[i])] == '.'))
			return true;
	return false;
}

/* What was meant by a place that is none, out of what makes sense here. */
static const char *
template_hint(const struct template_scope *scope, struct str word, char *hint, size_t size)
{
	const char *names[TEMPLATE_KINDS];
	size_t count = 0, i;

	if (template_is_visitors(word))
		return "an answer never repeats what a visitor wrote: "
		       "it would let anybody send anything to anybody";

	for (i = 0; i < scope->link_count && (scope->kinds & 1u << TEMPLATE_LINK) != 0; i++)
		if (str_is(word, scope->links[i])) {
			snprintf(hint, size, "for a link write {{link:%s}}", scope->links[i]);
			return hint;
		}
	for (i = 0; i < TEMPLATE_KINDS; i++) {
		if (str_is(word, template_names[i]))
			return i == TEMPLATE_LINK ? "write it {{link:NAME}}" : "without a colon";
		if ((scope->kinds & 1u << i) != 0)
			names[count++] = template_names[i];
	}
	return suggest_hint(word, names, count, hint, size);
}

/* "{team}": a place to fill, but for a brace. */
static int
template_check_single(
    struct str text, const struct template_scope *scope, struct diag_list *diags)
{
	int result = 0;
	size_t i, k, end;

	for (i = 0; i < text.n; i++) {
		if (text.p[i] != '{' || (i > 0 && text.p[i - 1] == '{'))
			continue;
		for (end = i + 1; end < text.n && strchr("{}:\n", text.p[end]) == NULL;)
			end++;
		for (k = 0; k < TEMPLATE_KINDS; k++)
			if (str_is(str_trim(str_part(text, i + 1, end)), template_names[k]))
				break;
		while (end < text.n && strchr("{}\n", text.p[end]) == NULL)
			end++;
		if (k < TEMPLATE_KINDS && end < text.n && text.p[end] == '}')
			result = diag_add(diags, DIAG_ERROR,
			    scope->place(scope->context, i, end + 1),
			    "write two braces on both sides", "nothing is filled in for '%.*s'",
			    STR_ARG(str_part(text, i, end + 1)));
	}
	return result;
}

int
template_check(struct str text, const struct template_scope *scope, struct diag_list *diags)
{
	struct template_slot slot;
	struct str word;
	size_t from = 0;
	char hint[256];
	int result = template_check_single(text, scope, diags);
	bool closed;

	for (; template_find(text, from, &slot.start, &slot.end, &closed); from = slot.end) {
		if (!closed) {
			result = diag_add(diags, DIAG_ERROR,
			    scope->place(scope->context, slot.start, slot.end),
			    "write }} behind the name, as in {{team}}",
			    "'{{' without '}}' on the same line");
			if (slot.end < slot.start + 2)
				slot.end = slot.start + 2;
			continue;
		}
		if (template_slot_read(
			str_part(text, slot.start + 2, slot.end - 2), &slot, &word) == 0) {
			if (template_check_slot(scope, &slot, diags) != 0)
				result = -1;
			continue;
		}
		result = diag_add(diags, DIAG_ERROR,
		    scope->place(scope->context, slot.start, slot.end),
		    template_hint(scope, word, hint, sizeof(hint)),
		    "unknown template place '{{%.*s}}'",
		    STR_ARG(str_part(text, slot.start + 2, slot.end - 2)));
	}
	return result;
}

void
template_render(struct str text,
    void (*fill)(void *context, const struct template_slot *slot, struct strbuf *out),
    void *context, struct strbuf *out)
{
	struct template_slot slot;
	size_t from = 0;

	while (template_next(text, from, &slot)) {
		strbuf_put(out, str_part(text, from, slot.start));
		fill(context, &slot, out);
		from = slot.end;
	}
	strbuf_put(out, str_part(text, from, text.n));
}
