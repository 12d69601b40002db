/* SPDX-License-Identifier: MIT */
#include "rules_read.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "suggest.h"

void *
rules_alloc(struct rules_reader *reader, size_t count, size_t size)
{
	void *fresh = arena_array(reader->arena, count, size);

	if (fresh == NULL)
		mem_fail();
	return fresh;
}

void
rules_remember(struct rules_reader *reader, struct rules_pending **list,
    const struct yamldoc_node *node, unsigned locale, unsigned kinds)
{
	struct rules_pending *pending = rules_alloc(reader, 1, sizeof(*pending));

	*pending = (struct rules_pending){*list, node, locale, kinds, reader->category};
	*list = pending;
}

int
rules_unknown(struct rules_reader *reader, const struct yamldoc_node *node,
    const char *what, const void *first, size_t count, size_t stride)
{
	return rules_unknown_as(reader, node, what, first, count, stride, "");
}

int
rules_unknown_as(struct rules_reader *reader, const struct yamldoc_node *node,
    const char *what, const void *first, size_t count, size_t stride, const char *otherwise)
{
	const char **names = mem_array(count + 1, sizeof(names[0]));
	const char *at = first;
	char hint[256];
	size_t i;

	for (i = 0; i < count; i++, at += stride) {
		names[i] = ((const struct str *)(const void *)at)->p;
		if (names[i] == NULL)
			names[i] = "";
	}
	suggest_hint(node->text, names, count, hint, sizeof(hint));
	diag_add(reader->diags, DIAG_ERROR, node->place, hint[0] != '\0' ? hint : otherwise,
	    "unknown %s '%.*s'", what, STR_ARG(node->text));
	free(names);
	return -1;
}

int
rules_unknown_shared(struct rules_reader *reader, const struct yamldoc_node *node,
    const char *what, const void *first, size_t count, size_t stride)
{
	return reader->incomplete ? -1
				  : rules_unknown(reader, node, what, first, count, stride);
}

bool
rules_sound(const struct rules_reader *reader)
{
	return !reader->incomplete && diag_errors(reader->diags) == reader->errors;
}

/* Stores a list where a key says. The model's pointers are of many types, so
 * the bytes of the pointer are copied. */
static void
rules_store_list(const struct rules_key *key, void *target, const void *list, size_t count)
{
	memcpy((char *)target + key->offset, &list, sizeof(list));
	memcpy((char *)target + key->count_offset, &count, sizeof(count));
}

static void
rules_read_template(struct rules_reader *reader, const struct rules_key *key,
    const struct yamldoc_node *node, unsigned locale, struct rules_template *template)
{
	if (rules_read_text(reader, node, &template->text) != 0)
		return;
	template->place = node->place;
	rules_remember(reader, &reader->templates, node, locale, key->kinds);
}

/* A text or a template in each locale named. */
static void
rules_read_by_locale(struct rules_reader *reader, const struct rules_key *key,
    const struct yamldoc_node *node, void *target)
{
	const struct rules *rules = reader->rules;
	char *first = (char *)target + key->offset, hint[RULES_HINT];
	size_t i;

	if (node->type != YAMLDOC_MAP) {
		rules_expect_as(reader, node, YAMLDOC_MAP, "a text for each locale",
		    rules_hint_by_locale(reader, hint));
		return;
	}
	for (i = 0; i < node->count; i++) {
		int locale = rules_locale_find(rules, node->pairs[i].key->text);

		if (locale < 0 && node->pairs[i].value->text.n == 0 && i > 0)
			diag_add(reader->diags, DIAG_ERROR, node->pairs[i].key->place,
			    "a text with a comma in it goes between quotes here",
			    "'%.*s' is no language", STR_ARG(node->pairs[i].key->text));
		else if (locale < 0)
			rules_unknown_shared(reader, node->pairs[i].key, "locale",
			    rules->locale_names, rules->locale_count, sizeof(struct str));
		else if (key->type == RULES_TEXT_BY_LOCALE)
			rules_read_text(reader, node->pairs[i].value,
			    (struct str *)(void *)first + locale);
		else
			rules_read_template(reader, key, node->pairs[i].value,
			    (unsigned)locale,
			    (struct rules_template *)(void *)first + locale);
	}
}

void
rules_read_locale_texts(
    struct rules_reader *reader, const struct yamldoc_node *node, struct str *texts)
{
	static const struct rules_key key = {.type = RULES_TEXT_BY_LOCALE};

	rules_read_by_locale(reader, &key, node, texts);
}

static int
rules_compare_pairs(const void *a, const void *b)
{
	const struct yamldoc_pair *left = a, *right = b;

	return str_cmp(left->key->text, right->key->text);
}

void
rules_sort_pairs(const struct yamldoc_node *map)
{
	qsort(map->pairs, map->count, sizeof(map->pairs[0]), rules_compare_pairs);
}

/* A key of one of them in the column of their names? Then that is told. */
static bool
rules_left_of_its_map(struct rules_reader *reader, const struct rules_shape *shape,
    const struct yamldoc_pair *pair, void *entry)
{
	size_t k;

	for (k = 0; k < shape->key_count; k++)
		if (str_is(pair->key->text, shape->keys[k].name))
			break;
	if (k == shape->key_count || (pair->value->type == YAMLDOC_MAP && !shape->dotted))
		return false;
	diag_add(reader->diags, DIAG_ERROR, pair->key->place,
	    "put two spaces more before it and before what belongs to it",
	    "'%.*s' belongs to %s, but stands where a name does", STR_ARG(pair->key->text),
	    shape->what);
	if (shape->begin != NULL)
		shape->begin(reader, pair->value, entry);
	return true;
}

static void
rules_read_by_name(struct rules_reader *reader, const struct rules_key *key,
    const struct yamldoc_node *node, void *target)
{
	const struct rules_shape *shape = key->shape;
	char *list, hint[RULES_HINT];
	size_t i;

	if (rules_expect(reader, node, YAMLDOC_MAP, "a map of names") != 0)
		return;
	if (node->count > RULES_ENTRIES) {
		diag_add(reader->diags, DIAG_ERROR, node->place, "", "more than %d entries",
		    RULES_ENTRIES);
		return;
	}
	if (shape->sorted)
		rules_sort_pairs(node);
	list = rules_alloc(reader, node->count, shape->size);
	rules_store_list(key, target, list, node->count);
	for (i = 0; i < node->count; i++) {
		const struct yamldoc_pair *pair = &node->pairs[i];
		char *entry = list + i * shape->size;

		if (!rules_name_valid(pair->key->text, shape->dotted))
			diag_add(reader->diags, DIAG_ERROR, pair->key->place,
			    rules_hint_name(pair->key->text, shape->dotted, hint),
			    "'%.*s' is no name for %s", STR_ARG(pair->key->text),
			    shape->what);
		memcpy(entry + shape->name_offset, &pair->key->text, sizeof(struct str));
		memcpy(entry + shape->place_offset, &pair->key->place, sizeof(struct place));
		if (!rules_left_of_its_map(reader, shape, pair, entry))
			rules_read_map(reader, shape, pair->value, pair->key->place, entry);
	}
}

void
rules_read_list(struct rules_reader *reader, const struct rules_key *key,
    const struct yamldoc_node *node, void *target)
{
	const struct rules_shape *shape = key->shape;
	char *list, hint[RULES_HINT];
	size_t i;

	if (node->type != YAMLDOC_LIST) {
		rules_expect_as(reader, node, YAMLDOC_LIST, "a list",
		    rules_hint_list(shape, node, hint));
		return;
	}
	if (node->count > RULES_ENTRIES) {
		diag_add(reader->diags, DIAG_ERROR, node->place, "", "more than %d entries",
		    RULES_ENTRIES);
		return;
	}
	list = rules_alloc(reader, node->count, shape->size);
	rules_store_list(key, target, list, node->count);
	for (i = 0; i < node->count; i++) {
		char *entry = list + i * shape->size;

		memcpy(entry + shape->place_offset, &node->items[i]->place,
		    sizeof(struct place));
		rules_read_map(reader, shape, node->items[i], node->items[i]->place, entry);
	}
}

static void
rules_read_count(
    struct rules_reader *reader, const struct yamldoc_node *node, unsigned *target)
{
	int64_t number;

	if (rules_read_integer(reader, node, 1, 10000, &number) == 0)
		*target = (unsigned)number;
}

static void
rules_read_texts(struct rules_reader *reader, const struct rules_key *key,
    const struct yamldoc_node *node, void *target)
{
	const struct str *items;
	size_t count;

	if (rules_read_text_list(reader, node, &items, &count) == 0)
		rules_store_list(key, target, items, count);
}

static void
rules_read_value(struct rules_reader *reader, const struct rules_key *key,
    const struct yamldoc_node *node, struct place owner, void *target)
{
	void *at = (char *)target + key->offset;

	switch (key->type) {
	case RULES_TEXT:
		rules_read_text(reader, node, at);
		break;
	case RULES_NAME:
		rules_read_name(reader, node, at);
		break;
	case RULES_NUMBER:
		rules_read_number(reader, node, at);
		break;
	case RULES_COUNT:
		rules_read_count(reader, node, at);
		break;
	case RULES_INTEGER:
		rules_read_integer(reader, node, 1, 1000000000, at);
		break;
	case RULES_BOOLEAN:
		rules_read_boolean(reader, node, at);
		break;
	case RULES_DURATION:
		rules_read_duration(reader, node, at);
		break;
	case RULES_TEMPLATE:
		rules_read_template(reader, key, node, reader->locale, at);
		break;
	case RULES_TEXT_BY_LOCALE:
	case RULES_TEMPLATE_BY_LOCALE:
		rules_read_by_locale(reader, key, node, target);
		break;
	case RULES_LOCALE_SET:
		rules_read_locale_set(reader, node, at);
		break;
	case RULES_TEXT_LIST:
		rules_read_texts(reader, key, node, target);
		break;
	case RULES_MAP:
		/* What a section lacks is told at the section: the rules have no place. */
		rules_read_map(reader, key->shape, node,
		    owner.line > 0 ? owner : node->place, at);
		break;
	case RULES_MAPS_BY_NAME:
		rules_read_by_name(reader, key, node, target);
		break;
	case RULES_MAP_LIST:
		rules_read_list(reader, key, node, target);
		break;
	case RULES_SPECIAL:
		key->read(reader, node, target);
		break;
	}
}

static void
rules_unknown_keys(struct rules_reader *reader, const struct rules_shape *shape,
    const struct yamldoc_node *node)
{
	const char *names[32];
	char hint[256];
	size_t i, k;

	for (k = 0; k < shape->key_count && k < 32; k++)
		names[k] = shape->keys[k].name;
	for (i = 0; i < node->count; i++) {
		struct str key = node->pairs[i].key->text;

		for (k = 0; k < shape->key_count; k++)
			if (str_is(key, shape->keys[k].name))
				break;
		if (k < shape->key_count)
			continue;
		diag_add(reader->diags, DIAG_ERROR, node->pairs[i].key->place,
		    suggest(key, names, shape->key_count) != NULL
		        ? suggest_hint(key, names, shape->key_count, hint, sizeof(hint))
		        : rules_hint_choice(key, names, shape->key_count, hint),
		    "unknown key '%.*s' in %s", STR_ARG(key), shape->what);
	}
}

static void
rules_read_locales_of(struct rules_reader *reader, const struct rules_shape *shape,
    const struct yamldoc_node *node, void *target)
{
	const struct rules *rules = reader->rules;
	size_t i, k = 0;

	for (i = 0; i < node->count; i++) {
		const struct yamldoc_pair *pair = &node->pairs[i];
		int locale = rules_locale_find(rules, pair->key->text);

		for (k = 0; locale < 0 && k < shape->key_count; k++)
			if (str_is(pair->key->text, shape->keys[k].name))
				break;
		if (locale < 0 && k < shape->key_count)
			diag_add(reader->diags, DIAG_ERROR, pair->key->place,
			    "write the language above it, 'en:', and put two spaces more before it",
			    "'%.*s' in which language?", STR_ARG(pair->key->text));
		else if (locale < 0)
			rules_unknown_shared(reader, pair->key, "locale", rules->locale_names,
			    rules->locale_count, sizeof(struct str));
		if (locale < 0)
			continue;
		reader->locale = (unsigned)locale;
		rules_read_map(reader, shape, pair->value, pair->key->place,
		    (char *)target + (size_t)locale * shape->size);
	}
}

void
rules_read_map(struct rules_reader *reader, const struct rules_shape *shape,
    const struct yamldoc_node *node, struct place owner, void *target)
{
	struct place outer = reader->owner;
	char hint[RULES_HINT];
	size_t k;

	if (shape->begin != NULL)
		shape->begin(reader, node, target);
	if (node->type != YAMLDOC_MAP) {
		rules_expect_as(reader, node, YAMLDOC_MAP, shape->what,
		    rules_hint_shape(shape, node, hint));
		return;
	}
	if (shape->per_locale != NULL) {
		rules_read_locales_of(reader, shape->per_locale, node, target);
	} else {
		rules_unknown_keys(reader, shape, node);
		for (k = 0; k < shape->key_count; k++) {
			const struct rules_key *key = &shape->keys[k];
			const struct yamldoc_node *value = yamldoc_get(node, key->name);

			if (value != NULL)
				rules_read_value(reader, key, value, owner, target);
			else if (key->required &&
				 !(shape->like && yamldoc_get(node, "like") != NULL) &&
				 !(reader->incomplete && shape == &rules_shape_file))
				diag_add(reader->diags, DIAG_ERROR, owner,
				    rules_hint_missing(reader, key, hint),
				    "'%s' is missing in %s", key->name, shape->what);
		}
	}
	reader->owner = owner;
	if (shape->finish != NULL)
		shape->finish(reader, node, target);
	reader->owner = outer;
}
