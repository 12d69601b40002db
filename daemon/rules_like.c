/* SPDX-License-Identifier: MIT */
/*
 * "like: mentor.break": a category that shares another's signals, fields, gates
 * and routes, as the twins of two audiences do. It is settled in the tree, before
 * anything is read: the other's signals stand in front of its own, and the
 * other's fields, gates and routes are taken where it has none. So the model and the
 * canonical print know nothing of it, and every fault keeps its place.
 *
 * "like: student_name" in a field takes what the section "fields" has under
 * that name and the field itself does not say.
 */
#include "rules_read.h"

#include <stdlib.h>

#include "mem.h"
#include "suggest.h"

static struct yamldoc_pair *
rules_like_pair(const struct yamldoc_node *map, const char *key)
{
	size_t i;

	for (i = 0; map->type == YAMLDOC_MAP && i < map->count; i++)
		if (str_is(map->pairs[i].key->text, key))
			return &map->pairs[i];
	return NULL;
}

static void
rules_like_unknown(struct rules_reader *reader, const struct yamldoc_node *section,
    const struct yamldoc_node *name, const char *what)
{
	size_t count = section != NULL && section->type == YAMLDOC_MAP ? section->count : 0;
	const char **names = mem_array(count + 1, sizeof(names[0]));
	char hint[256];
	size_t i;

	for (i = 0; i < count; i++)
		names[i] = section->pairs[i].key->text.p;
	suggest_hint(name->text, names, count, hint, sizeof(hint));
	diag_add(reader->diags, DIAG_ERROR, name->place, hint, "unknown %s '%.*s'", what,
	    STR_ARG(name->text));
	free(names);
}

/* The category that is meant; NULL with the fault reported. */
static struct yamldoc_node *
rules_like_other(struct rules_reader *reader, const struct yamldoc_node *categories,
    const struct yamldoc_node *category, const struct yamldoc_node *name)
{
	const struct yamldoc_pair *other = NULL;

	if (rules_expect(reader, name, YAMLDOC_SCALAR, "a category's name") != 0)
		return NULL;
	other = rules_like_pair(categories, name->text.p);
	if (other == NULL && !reader->incomplete)
		rules_like_unknown(reader, categories, name, "category");
	if (other == NULL || other->value->type != YAMLDOC_MAP)
		return NULL;
	if (other->value == category || rules_like_pair(other->value, "like") != NULL) {
		diag_add(reader->diags, DIAG_ERROR, name->place,
		    "name the category that has them itself",
		    "'%.*s' is itself like another", STR_ARG(name->text));
		return NULL;
	}
	return other->value;
}

static struct yamldoc_node *
rules_like_joined(
    struct rules_reader *reader, struct yamldoc_node *first, struct yamldoc_node *second)
{
	struct yamldoc_node *joined = rules_alloc(reader, 1, sizeof(*joined));
	size_t i;

	*joined = *second;
	joined->count = first->count + second->count;
	joined->items = rules_alloc(reader, joined->count, sizeof(joined->items[0]));
	for (i = 0; i < joined->count; i++)
		joined->items[i] = i < first->count ? first->items[i]
						    : second->items[i - first->count];
	return joined;
}

/* Gives category what other has under key; what both have is joined if lists of
 * signals, else kept. */
static void
rules_like_take(struct rules_reader *reader, struct yamldoc_node *category,
    struct yamldoc_node *other, const char *key)
{
	struct yamldoc_pair *theirs = rules_like_pair(other, key);
	struct yamldoc_pair *own = rules_like_pair(category, key);

	if (theirs == NULL)
		return;
	if (own == NULL)
		category->pairs[category->count++] = *theirs;
	else if (own->value->type == YAMLDOC_LIST && theirs->value->type == YAMLDOC_LIST &&
	    str_is(own->key->text, "signals"))
		own->value = rules_like_joined(reader, theirs->value, own->value);
}

static void
rules_like_settle(
    struct rules_reader *reader, struct yamldoc_node *category, struct yamldoc_node *other)
{
	struct yamldoc_pair *pairs = rules_alloc(reader, category->count + 4, sizeof(pairs[0]));
	size_t count = 0, i;

	/* Without "like" itself, with room for what is taken. */
	for (i = 0; i < category->count; i++)
		if (!str_is(category->pairs[i].key->text, "like"))
			pairs[count++] = category->pairs[i];
	category->pairs = pairs;
	category->count = count;
	rules_like_take(reader, category, other, "signals");
	rules_like_take(reader, category, other, "fields");
	rules_like_take(reader, category, other, "gates");
	rules_like_take(reader, category, other, "routes");
}

/* Gives one field what the shared one has and it has not. */
static void
rules_like_field(struct rules_reader *reader, const struct yamldoc_node *shared,
    struct yamldoc_node *field)
{
	struct yamldoc_pair *like = rules_like_pair(field, "like"), *pairs;
	const struct yamldoc_pair *other = NULL;
	size_t count = 0, i;

	if (like == NULL ||
	    rules_expect(reader, like->value, YAMLDOC_SCALAR, "a shared field's name") != 0)
		return;
	if (shared != NULL)
		other = rules_like_pair(shared, like->value->text.p);
	if (other == NULL && !reader->incomplete)
		rules_like_unknown(reader, shared, like->value, "shared field");
	if (other == NULL || other->value->type != YAMLDOC_MAP)
		return;
	pairs = rules_alloc(reader, field->count + other->value->count, sizeof(pairs[0]));
	for (i = 0; i < field->count; i++)
		if (&field->pairs[i] != like)
			pairs[count++] = field->pairs[i];
	for (i = 0; i < other->value->count; i++)
		if (rules_like_pair(field, other->value->pairs[i].key->text.p) == NULL)
			pairs[count++] = other->value->pairs[i];
	field->pairs = pairs;
	field->count = count;
}

static void
rules_like_fields(struct rules_reader *reader, const struct yamldoc_node *shared,
    const struct yamldoc_node *category)
{
	const struct yamldoc_node *fields = yamldoc_get(category, "fields");
	size_t i;

	for (i = 0; fields != NULL && fields->type == YAMLDOC_MAP && i < fields->count; i++)
		rules_like_field(reader, shared, fields->pairs[i].value);
}

void
rules_settle_likes(struct rules_reader *reader, struct yamldoc_node *root)
{
	const struct yamldoc_node *shared = yamldoc_get(root, "fields");
	struct yamldoc_node *categories = yamldoc_get(root, "categories"), **others;
	size_t i;

	if (categories == NULL || categories->type != YAMLDOC_MAP)
		return;
	others = mem_array(categories->count, sizeof(others[0]));
	/* All are found before one is changed, so that the order does not matter. */
	for (i = 0; i < categories->count; i++) {
		struct yamldoc_node *category = categories->pairs[i].value;
		struct yamldoc_pair *like = rules_like_pair(category, "like");

		if (like != NULL)
			others[i] = rules_like_other(reader, categories, category, like->value);
	}
	for (i = 0; i < categories->count; i++)
		if (others[i] != NULL)
			rules_like_settle(reader, categories->pairs[i].value, others[i]);
	for (i = 0; i < categories->count; i++)
		rules_like_fields(reader, shared, categories->pairs[i].value);
	free(others);
}
