/* SPDX-License-Identifier: MIT */
/*
 * rules_print: what the files of the canonical print (rules_print() in rules.h)
 * share. depth counts levels of two spaces.
 */
#ifndef RULES_PRINT_H
#define RULES_PRINT_H

#include "rules.h"

struct printer {
	const struct rules *rules;
	struct strbuf *out;
};

/* The items of a list begin with "- " in place of two spaces; patching the
 * first line afterwards keeps the writers simple. depth: of the item's keys. */
size_t rules_print_item_start(const struct printer *to);
void rules_print_item_end(const struct printer *to, size_t start, int depth);

unsigned rules_print_all(const struct printer *to); /* the set of all locales */
/* Nothing when the set is what it would be without the key. */
void rules_print_set(
    const struct printer *to, int depth, const char *key, unsigned set, unsigned without);
void rules_print_texts(
    const struct printer *to, int depth, const char *key, const struct str *texts);
void rules_print_wait(const struct printer *to, int depth, const struct rules_wait *wait,
    const struct rules_wait *without);
void rules_print_paragraphs(
    const struct printer *to, int depth, const struct rules_template *paragraph);
void rules_print_signals(const struct printer *to, int depth,
    const struct rules_signal *signals, size_t count);
void rules_print_category(const struct printer *to, const struct rules_category *category);

#endif
