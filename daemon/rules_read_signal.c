/* SPDX-License-Identifier: MIT */
/*
 * Signals: what counts for or against a category.
 */
#include "rules_read.h"

static const char *const rules_parts[] = {"any", "subject", "body"};

static void
rules_begin_signal(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_signal *signal = target;

	(void)node;
	signal->locales = (1u << reader->rules->locale_count) - 1;
}

static void
rules_read_pattern(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_signal *signal = target;

	signal->kind = SIGNAL_TEXT;
	signal->pattern = rules_read_folded(reader, node);
}

static void
rules_read_attachment(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_signal *signal = target;

	signal->kind = SIGNAL_ATTACHMENT;
	signal->pattern = rules_read_folded(reader, node);
}

/* Any category's box will do: whether it exists shows only in the end. */
static void
rules_read_box(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_signal *signal = target;

	signal->kind = SIGNAL_FIELD;
	if (rules_read_name(reader, node, &signal->field) == 0)
		rules_remember(reader, &reader->boxes, node, 0, 0);
}

static void
rules_read_weight(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_signal *signal = target;

	if (rules_read_number(reader, node, &signal->weight) == 0 && signal->weight == 0)
		diag_add(reader->diags, DIAG_ERROR, node->place,
		    "negative weights speak against the category",
		    "a weight of 0 changes nothing");
}

static void
rules_read_part(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_signal *signal = target;
	int part = rules_read_choice(reader, node, "a part of the ticket", rules_parts, 3);

	if (part >= 0)
		signal->part = (enum text_part)part;
}

static const struct rules_key rules_keys_signal[] = {
    {"pattern", RULES_SPECIAL, false, .read = rules_read_pattern, .takes = TAKES_TEXT},
    {"field", RULES_SPECIAL, false, .read = rules_read_box, .takes = TAKES_NAME},
    {"attachment", RULES_SPECIAL, false, .read = rules_read_attachment, .takes = TAKES_TEXT},
    {"weight", RULES_SPECIAL, true, .read = rules_read_weight, .takes = TAKES_NUMBER},
    {"locale", RULES_LOCALE_SET, false, .offset = offsetof(struct rules_signal, locales)},
    {"in", RULES_SPECIAL, false, .read = rules_read_part, RULES_CHOICE(rules_parts, 3)},
};

static void
rules_finish_signal(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	const struct yamldoc_node *in = yamldoc_get(node, "in");
	int kinds = (yamldoc_get(node, "pattern") != NULL) +
	    (yamldoc_get(node, "field") != NULL) + (yamldoc_get(node, "attachment") != NULL);

	(void)target;
	if (kinds != 1)
		diag_add(reader->diags, DIAG_ERROR, reader->owner, "",
		    "a signal needs exactly one of 'pattern', 'field' and 'attachment'");
	if (in != NULL && yamldoc_get(node, "pattern") == NULL)
		diag_add(reader->diags, DIAG_ERROR, in->place, "",
		    "'in' goes with 'pattern' only");
}

const struct rules_shape rules_shape_signal = {.what = "a signal",
    .form = "pattern: '\\bheadsets?\\b', weight: 5, locale: en",
    .keys = rules_keys_signal,
    .key_count = sizeof(rules_keys_signal) / sizeof(rules_keys_signal[0]),
    .size = sizeof(struct rules_signal),
    .place_offset = offsetof(struct rules_signal, place),
    .begin = rules_begin_signal,
    .finish = rules_finish_signal};
