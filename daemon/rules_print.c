/* SPDX-License-Identifier: MIT */
/*
 * The canonical print: one spelling for each meaning. Sections and keys stand
 * in the order of the tables, which is also the order of the patterns' numbers.
 * Words are replaced, so that there are none; what is as it would be without
 * the key is left out. Folders that say the same print the same, however they
 * are written.
 */
#include "rules_print.h"

#include "emit.h"
#include "rules_read.h"
#include "timestamp.h"

/* The items of a list begin with "- " in place of two spaces; patching the
 * first line afterwards keeps the writers simple. */
size_t
rules_print_item_start(const struct printer *to)
{
	return to->out->n;
}

void
rules_print_item_end(const struct printer *to, size_t start, int depth)
{
	if (!to->out->overflow && to->out->n > start)
		to->out->p[start + 2 * (size_t)(depth - 1)] = '-';
}

void
rules_print_set(
    const struct printer *to, int depth, const char *key, unsigned set, unsigned without)
{
	const struct rules *rules = to->rules;
	struct str names[RULES_LOCALES];
	size_t count = 0, i;

	if (set == without)
		return;
	for (i = 0; i < rules->locale_count; i++)
		if ((set >> i & 1) != 0)
			names[count++] = rules->locale_names[i];
	if (count == rules->locale_count)
		emit_text(to->out, depth, key, STR("all"));
	else
		emit_list(to->out, depth, key, names, count);
}

unsigned
rules_print_all(const struct printer *to)
{
	return (1u << to->rules->locale_count) - 1;
}

void
rules_print_texts(const struct printer *to, int depth, const char *key, const struct str *texts)
{
	const struct rules *rules = to->rules;
	bool any = false;
	size_t i;

	for (i = 0; i < rules->locale_count; i++)
		any = any || texts[i].p != NULL;
	if (!any)
		return;
	emit_name(to->out, depth, str_of(key));
	for (i = 0; i < rules->locale_count; i++)
		emit_text(to->out, depth + 1, rules->locale_names[i].p, texts[i]);
}

/* In the largest unit that leaves no rest. */
static void
print_duration(const struct printer *to, int depth, const char *key, int64_t ms)
{
	long long minutes = (long long)(ms / 60000);

	emit_start(to->out, depth, key);
	if (minutes % 1440 == 0)
		strbuf_printf(to->out, " %lldd\n", minutes / 1440);
	else if (minutes % 60 == 0)
		strbuf_printf(to->out, " %lldh\n", minutes / 60);
	else if (minutes < 60)
		strbuf_printf(to->out, " %lldmin\n", minutes);
	else
		strbuf_printf(to->out, " %lldh%lldmin\n", minutes / 60, minutes % 60);
}

void
rules_print_wait(const struct printer *to, int depth, const struct rules_wait *wait,
    const struct rules_wait *without)
{
	if (wait->ms == without->ms && wait->end == without->end)
		return;
	emit_name(to->out, depth, STR("wait"));
	if (wait->ms != without->ms)
		print_duration(to, depth + 1, "for", wait->ms);
	if (wait->end != without->end)
		emit_text(to->out, depth + 1, "then", str_of(wait_end_names[wait->end]));
}

/* The links are there in all locales or in none. */
static void
print_follow_up(const struct printer *to)
{
	static const struct rules_wait usual = {RULES_WAIT_MS, WAIT_CLOSE};
	const struct rules_follow_up *follow_up = &to->rules->follow_up;
	struct str links[RULES_LOCALES];
	size_t i;

	if (follow_up->link[0].text.p == NULL)
		return;
	for (i = 0; i < RULES_LOCALES; i++)
		links[i] = follow_up->link[i].text;
	emit_name(to->out, 1, STR("follow_up"));
	rules_print_texts(to, 2, "link", links);
	rules_print_wait(to, 2, &follow_up->wait, &usual);
}

static void
print_policy(const struct printer *to)
{
	const struct rules *rules = to->rules;
	struct strbuf *out = to->out;

	emit_name(out, 0, STR("policy"));
	emit_text(out, 1, "time_zone", rules->time_zone);
	emit_list(out, 1, "audiences", rules->audiences, rules->audience_count);
	emit_text(out, 1, "default_locale", rules->locale_names[rules->default_locale]);
	emit_name(out, 1, STR("scores"));
	emit_number(out, 2, "minimum", rules->min_score);
	emit_number(out, 2, "confidence", rules->min_confidence);
	emit_number(out, 2, "reason", rules->reason_weight);
	if (rules->training_weight != 0)
		emit_number(out, 2, "training", rules->training_weight);
	emit_name(out, 1, STR("language"));
	emit_number(out, 2, "minimum_words", rules->locale_min_words);
	emit_number(out, 2, "margin", rules->locale_margin);
	if (rules->lease_ms != RULES_LEASE_MS)
		print_duration(to, 1, "lease", rules->lease_ms);
	print_follow_up(to);
}

void
rules_print_paragraphs(const struct printer *to, int depth, const struct rules_template *paragraph)
{
	size_t i;

	for (i = 0; i < PARAGRAPH_COUNT; i++)
		emit_text(to->out, depth, paragraph_names[i], paragraph[i].text);
}

static void
print_locales(const struct printer *to)
{
	size_t i, k;

	emit_name(to->out, 0, STR("locales"));
	for (i = 0; i < to->rules->locale_count; i++) {
		const struct rules_locale *locale = &to->rules->locales[i];
		bool any = false;

		emit_name(to->out, 1, locale->name);
		emit_list(to->out, 2, "words", locale->words, locale->word_count);
		emit_text(to->out, 2, "greeting", locale->greeting.text);
		emit_text(to->out, 2, "closing", locale->closing.text);
		for (k = 0; k < PARAGRAPH_COUNT; k++)
			any = any || locale->paragraph[k].text.p != NULL;
		if (!any)
			continue;
		emit_name(to->out, 2, STR("paragraphs"));
		rules_print_paragraphs(to, 3, locale->paragraph);
	}
}

static void
print_links(const struct printer *to)
{
	const struct rules *rules = to->rules;
	size_t i, k;

	if (rules->link_count > 0)
		emit_name(to->out, 0, STR("links"));
	for (i = 0; i < rules->link_count; i++) {
		const struct rules_link *link = &rules->links[i];

		emit_name(to->out, 1, link->name);
		for (k = 0; k < rules->locale_count; k++) {
			if (link->url[k].p == NULL)
				continue;
			emit_name(to->out, 2, rules->locale_names[k]);
			emit_text(to->out, 3, "title", link->title[k]);
			emit_text(to->out, 3, "url", link->url[k]);
		}
	}
}

static void
print_hours(const struct printer *to, const struct calendar *calendar)
{
	size_t day, i;

	if (calendar->all_hours) {
		emit_text(to->out, 2, "hours", STR("all"));
		return;
	}
	emit_name(to->out, 2, STR("hours"));
	for (day = 0; day < 7; day++) {
		if (calendar->span_count[day] == 0)
			continue;
		emit_start(to->out, 3, rules_weekdays[day]);
		for (i = 0; i < calendar->span_count[day]; i++) {
			const struct calendar_span *span = &calendar->spans[day][i];

			strbuf_printf(to->out, "%s'%02d:%02d-%02d:%02d'", i == 0 ? " [" : ", ",
			    span->start / 60, span->start % 60, span->end / 60,
			    span->end % 60);
		}
		strbuf_puts(to->out, "]\n");
	}
}

static void
print_calendars(const struct printer *to)
{
	const struct rules *rules = to->rules;
	size_t i, k;

	if (rules->calendar_count > 0)
		emit_name(to->out, 0, STR("calendars"));
	for (i = 0; i < rules->calendar_count; i++) {
		const struct calendar *calendar = &rules->calendars[i].calendar;

		emit_name(to->out, 1, rules->calendars[i].name);
		print_hours(to, calendar);
		if (calendar->holiday_count == 0)
			continue;
		emit_start(to->out, 2, "holidays");
		for (k = 0; k < calendar->holiday_count; k++) {
			struct civil civil = civil_of_days(calendar->holidays[k]);

			strbuf_printf(to->out, "%s%04d-%02d-%02d", k == 0 ? " [" : ", ",
			    civil.year, civil.month, civil.day);
		}
		strbuf_puts(to->out, "]\n");
	}
}

static void
print_teams(const struct printer *to)
{
	const struct rules *rules = to->rules;
	size_t i;

	emit_name(to->out, 0, STR("teams"));
	for (i = 0; i < rules->team_count; i++) {
		const struct rules_team *team = &rules->teams[i];

		emit_name(to->out, 1, team->name);
		rules_print_texts(to, 2, "title", team->title);
		if (team->calendar != NULL)
			emit_text(to->out, 2, "calendar", team->calendar->name);
	}
	emit_name(to->out, 0, STR("priorities"));
	for (i = 0; i < rules->priority_count; i++) {
		emit_name(to->out, 1, rules->priorities[i].name);
		print_duration(to, 2, "target", rules->priorities[i].target_ms);
	}
}

void
rules_print_signals(const struct printer *to, int depth, const struct rules_signal *signals,
    size_t count)
{
	static const char *const parts[] = {"any", "subject", "body"};
	size_t i;

	if (count > 0)
		emit_name(to->out, depth, STR("signals"));
	for (i = 0; i < count; i++) {
		const struct rules_signal *signal = &signals[i];
		size_t start = rules_print_item_start(to);

		if (signal->kind == SIGNAL_TEXT)
			emit_text(to->out, depth + 2, "pattern", signal->pattern->expanded);
		else if (signal->kind == SIGNAL_FIELD)
			emit_text(to->out, depth + 2, "field", signal->field);
		else
			emit_text(to->out, depth + 2, "attachment", signal->pattern->expanded);
		rules_print_item_end(to, start, depth + 2);
		emit_number(to->out, depth + 2, "weight", signal->weight);
		rules_print_set(to, depth + 2, "locale", signal->locales, rules_print_all(to));
		if (signal->part != PART_ANY)
			emit_text(to->out, depth + 2, "in", str_of(parts[signal->part]));
	}
}

/* One number when it is the same in every locale. */
static void
print_weight(const struct printer *to, const struct rules_weight *weight)
{
	size_t locales = to->rules->locale_count, i;

	for (i = 1; i < locales; i++)
		if (weight->weight[i] != weight->weight[0])
			break;
	if (i == locales) {
		emit_number(to->out, 3, weight->category.p, weight->weight[0]);
		return;
	}
	emit_name(to->out, 3, weight->category);
	for (i = 0; i < locales; i++)
		if (weight->weight[i] != 0)
			emit_number(to->out, 4, to->rules->locale_names[i].p, weight->weight[i]);
}

static void
print_concepts(const struct printer *to)
{
	const struct rules *rules = to->rules;
	size_t i, k;

	if (rules->concept_count > 0)
		emit_name(to->out, 0, STR("concepts"));
	for (i = 0; i < rules->concept_count; i++) {
		const struct rules_concept *concept = &rules->concepts[i];

		emit_name(to->out, 1, concept->name);
		emit_name(to->out, 2, STR("patterns"));
		for (k = 0; k < rules->locale_count; k++)
			if (concept->pattern[k] != NULL)
				emit_text(to->out, 3, rules->locale_names[k].p,
				    concept->pattern[k]->expanded);
		if (concept->weight_count > 0)
			emit_name(to->out, 2, STR("weights"));
		for (k = 0; k < concept->weight_count; k++)
			print_weight(to, &concept->weights[k]);
	}
}

/* The phrases of a topic in a locale stand together. */
static void
print_training(const struct printer *to)
{
	const struct rules *rules = to->rules;
	const struct rules_phrase *last = NULL;
	size_t i;

	if (rules->phrase_count > 0)
		emit_name(to->out, 0, STR("training"));
	for (i = 0; i < rules->phrase_count; i++) {
		const struct rules_phrase *phrase = &rules->phrases[i];
		bool fresh = last == NULL || !str_eq(last->topic, phrase->topic);

		if (fresh)
			emit_name(to->out, 1, phrase->topic);
		if (fresh || last->locale != phrase->locale)
			emit_name(to->out, 2, rules->locale_names[phrase->locale]);
		emit_item(to->out, 3, phrase->text);
		last = phrase;
	}
}

void
rules_print(const struct rules *rules, struct strbuf *out)
{
	const struct printer to = {rules, out};
	size_t i;

	print_policy(&to);
	print_locales(&to);
	print_links(&to);
	print_calendars(&to);
	print_teams(&to);
	print_concepts(&to);
	print_training(&to);
	emit_name(out, 0, STR("categories"));
	for (i = 0; i < rules->category_count; i++)
		rules_print_category(&to, &rules->categories[i]);
	if (rules->chatter_count > 0) {
		emit_name(out, 0, STR("chatter"));
		emit_number(out, 1, "minimum", rules->chatter_min_score);
		rules_print_signals(&to, 1, rules->chatter, rules->own_chatter_count);
	}
}
