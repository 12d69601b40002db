/* SPDX-License-Identifier: MIT */
/*
 * What to do about a fault, for people who write rules and no programs.
 */
#include "rules_read.h"

#include <stdio.h>
#include <string.h>

#include "suggest.h"

#define SHOWN_BYTES 40

/* "en: …, fr: …" */
static void
hint_locales(const struct rules *rules, struct strbuf *out)
{
	size_t i;

	for (i = 0; i < rules->locale_count; i++)
		strbuf_printf(
		    out, "%s%.*s: …", i > 0 ? ", " : "", STR_ARG(rules->locale_names[i]));
}

static const char *
hint_end(struct strbuf *out, char hint[RULES_HINT])
{
	if (out->overflow)
		hint[0] = '\0'; /* half of it misleads */
	else
		snprintf(hint, RULES_HINT, "%s", out->p != NULL ? out->p : "");
	strbuf_fini(out);
	return hint;
}

const char *
rules_hint_by_locale(const struct rules_reader *reader, char hint[RULES_HINT])
{
	struct strbuf out;

	strbuf_init(&out, RULES_HINT - 1);
	strbuf_puts(&out, "write {");
	hint_locales(reader->rules, &out);
	strbuf_puts(&out, "}");
	return hint_end(&out, hint);
}

const char *
rules_hint_missing(
    const struct rules_reader *reader, const struct rules_key *key, char hint[RULES_HINT])
{
	struct strbuf out;
	size_t i;

	strbuf_init(&out, RULES_HINT - 1);
	if (key->type == RULES_TEXT_BY_LOCALE || key->type == RULES_TEMPLATE_BY_LOCALE) {
		strbuf_printf(&out, "add '%s: {", key->name);
		hint_locales(reader->rules, &out);
		strbuf_puts(&out, "}' to it");
	} else if (key->type == RULES_MAP || key->type == RULES_MAPS_BY_NAME ||
		   key->takes == TAKES_MAPS_BY_LOCALE) {
		strbuf_printf(&out, "add '%s:' and, two spaces further right below it, what "
				    "belongs to it", key->name);
	} else {
		strbuf_printf(&out, "add '%s: …' to it", key->name);
	}
	for (i = 0; i < key->word_count; i++)
		strbuf_printf(&out, "%s%s", i > 0 ? ", " : ", one of: ", key->words[i]);
	return hint_end(&out, hint);
}

const char *
rules_hint_add_locale(const struct rules_reader *reader, const struct yamldoc_node *map,
    const char *key, const char *with, size_t locale, char hint[RULES_HINT])
{
	const struct rules *rules = reader->rules;
	size_t i;

	for (i = 0; i < rules->locale_count; i++)
		if (yamldoc_get(map, rules->locale_names[i].p) != NULL)
			break;
	if (i < rules->locale_count)
		snprintf(hint, RULES_HINT, "add '%.*s:%s' under '%s', as there is '%.*s:%s'",
		    STR_ARG(rules->locale_names[locale]), with, key,
		    STR_ARG(rules->locale_names[i]), with);
	else
		snprintf(hint, RULES_HINT, "add '%.*s:%s' under '%s'",
		    STR_ARG(rules->locale_names[locale]), with, key);
	return hint;
}

const char *
rules_hint_name(struct str name, bool dots, char hint[RULES_HINT])
{
	char better[RULES_NAME_BYTES + 1] = "";
	size_t i;

	for (i = 0; i < name.n && i < RULES_NAME_BYTES; i++) {
		char c = name.p[i];

		better[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A'))
		    : c == ' ' || c == '-'       ? '_'
						 : c;
	}
	if (i == name.n && rules_name_valid(str_of(better), dots))
		snprintf(
		    hint, RULES_HINT, "write '%s': small letters, digits and '_' only", better);
	else
		snprintf(hint, RULES_HINT,
		    "small letters without accents, digits and '_', a letter first, at most %d",
		    RULES_NAME_BYTES);
	return hint;
}

const char *
rules_hint_list(
    const struct rules_shape *shape, const struct yamldoc_node *node, char hint[RULES_HINT])
{
	bool none = node->type != YAMLDOC_LIST && node->count == 0 &&
	    (node->type == YAMLDOC_MAP || str_is(node->text, "none"));

	snprintf(hint, RULES_HINT, "%sit is a list, so in a line of its own below it: - {%s}",
	    none ? "take it out if there is none; " : "", shape->form != NULL ? shape->form : "…");
	return hint;
}

const char *
rules_hint_shape(
    const struct rules_shape *shape, const struct yamldoc_node *node, char hint[RULES_HINT])
{
	if (shape->form == NULL)
		return rules_hint_expected(node, YAMLDOC_MAP, hint);
	snprintf(hint, RULES_HINT, "write {%s}", shape->form);
	return hint;
}

const char *
rules_hint_expected(
    const struct yamldoc_node *node, enum yamldoc_type type, char hint[RULES_HINT])
{
	bool nothing = node->type == YAMLDOC_SCALAR && node->text.n == 0;
	bool short_text = node->type == YAMLDOC_SCALAR && node->text.n <= SHOWN_BYTES &&
	    !nothing && strpbrk(node->text.p, ",[]{}\n") == NULL;

	if (type == YAMLDOC_SCALAR)
		return "a text with a colon and a space in it, or that begins with '{' or '[', "
		       "goes between quotes";
	if (nothing)
		return "what belongs to it stands below it, two spaces further right";
	if (type == YAMLDOC_MAP)
		return node->type == YAMLDOC_LIST
		    ? "take the '-' or the brackets out: here stand keys with their values"
		    : "its keys stand below it, two spaces further right";
	if (!short_text)
		return "begin each item in a line of its own with '- '";
	snprintf(hint, RULES_HINT, "write it in brackets: [%.*s]", STR_ARG(node->text));
	return hint;
}

const char *
rules_hint_choice(
    struct str word, const char *const *names, size_t count, char hint[RULES_HINT])
{
	const char *nearest = NULL;
	struct strbuf out;
	size_t i;

	/* A part of it is nearer than a word with as many letters. */
	for (i = 0; i < count && word.n >= 3 && nearest == NULL; i++)
		if (memmem(names[i], strlen(names[i]), word.p, word.n) != NULL)
			nearest = names[i];
	if (nearest == NULL)
		nearest = suggest(word, names, count);
	strbuf_init(&out, RULES_HINT - 1);
	if (nearest != NULL)
		strbuf_printf(&out, "did you mean '%s'?", nearest);
	if (nearest == NULL || count > 1)
		strbuf_puts(&out, nearest == NULL ? "one of: " : " There are: ");
	for (i = 0; i < count && (nearest == NULL || count > 1); i++)
		strbuf_printf(&out, "%s%s", i > 0 ? ", " : "", names[i]);
	return hint_end(&out, hint);
}

/* Words that mean true or false to YAML elsewhere, or to people. */
int
rules_hint_truth(struct str word)
{
	static const char *const names[2][8] = {{"no", "off", "n", "0", "non", "none", "never",
						    "false"},
	    {"yes", "on", "y", "1", "oui", "always", "required", "true"}};
	char small[9] = "";
	size_t i, k;

	if (word.n == 0 || word.n >= sizeof(small))
		return -1;
	for (i = 0; i < word.n; i++)
		small[i] = word.p[i] >= 'A' && word.p[i] <= 'Z' ? (char)(word.p[i] + ('a' - 'A'))
								: word.p[i];
	for (i = 0; i < 2; i++)
		for (k = 0; k < sizeof(names[i]) / sizeof(names[i][0]); k++)
			if (strcmp(small, names[i][k]) == 0)
				return (int)i;
	return -1;
}
