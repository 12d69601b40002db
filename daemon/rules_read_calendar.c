/* SPDX-License-Identifier: MIT */
/*
 * Working time: "hours" is "all", or spans per weekday; "holidays" are dates.
 */
#include "rules_read.h"

#include <stdlib.h>

#include "suggest.h"

const char *const rules_weekdays[7] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/* "HH:MM" as minutes; 24:00 is the day's end. -1 when it is not that. */
static int
rules_minutes(struct str text)
{
	int hour, minute;
	size_t i;

	if (text.n != 5 || text.p[2] != ':')
		return -1;
	for (i = 0; i < 5; i++)
		if (i != 2 && (text.p[i] < '0' || text.p[i] > '9'))
			return -1;
	hour = (text.p[0] - '0') * 10 + text.p[1] - '0';
	minute = (text.p[3] - '0') * 10 + text.p[4] - '0';
	if (minute > 59 || hour > 24 || (hour == 24 && minute > 0))
		return -1;
	return hour * 60 + minute;
}

static void
rules_read_span(struct rules_reader *reader, const struct yamldoc_node *node,
    struct calendar *calendar, int day)
{
	size_t count = calendar->span_count[day];
	int start, end;

	if (rules_expect(reader, node, YAMLDOC_SCALAR, "a span of time") != 0)
		return;
	start = rules_minutes(str_part(node->text, 0, 5));
	end = node->text.n == 11 && node->text.p[5] == '-'
	    ? rules_minutes(str_part(node->text, 6, 11))
	    : -1;
	if (start < 0 || end < 0)
		diag_add(reader->diags, DIAG_ERROR, node->place, "such as \"09:00-17:30\"",
		    "'%.*s' is not a span of time", STR_ARG(node->text));
	else if (start >= end)
		diag_add(reader->diags, DIAG_ERROR, node->place,
		    "a span over midnight is two: until 24:00, and from 00:00 of the next day",
		    "a span must end after it begins");
	else if (count > 0 && start < calendar->spans[day][count - 1].end)
		diag_add(reader->diags, DIAG_ERROR, node->place, "",
		    "spans must follow one another without overlapping");
	else
		calendar->spans[day][calendar->span_count[day]++] =
		    (struct calendar_span){start, end};
}

static void
rules_read_weekday(
    struct rules_reader *reader, const struct yamldoc_pair *pair, struct calendar *calendar)
{
	const struct yamldoc_node *spans = pair->value;
	int day = rules_read_choice(reader, pair->key, "a weekday", rules_weekdays, 7);
	size_t i;

	if (day < 0 || rules_expect(reader, spans, YAMLDOC_LIST, "a list of spans") != 0)
		return;
	if (spans->count > CALENDAR_SPANS) {
		diag_add(reader->diags, DIAG_ERROR, spans->place, "",
		    "at most %d spans a day", CALENDAR_SPANS);
		return;
	}
	for (i = 0; i < spans->count; i++)
		rules_read_span(reader, spans->items[i], calendar, day);
}

static void
rules_read_hours(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct rules_calendar *entry = target;
	size_t errors = diag_errors(reader->diags), spans = 0, i;

	if (node->type == YAMLDOC_SCALAR && str_is(node->text, "all")) {
		entry->calendar.all_hours = true;
		return;
	}
	if (rules_expect(reader, node, YAMLDOC_MAP, "'all', or spans for each weekday") != 0)
		return;
	for (i = 0; i < node->count; i++)
		rules_read_weekday(reader, &node->pairs[i], &entry->calendar);
	for (i = 0; i < 7; i++)
		spans += entry->calendar.span_count[i];
	if (spans == 0 && diag_errors(reader->diags) == errors)
		diag_add(reader->diags, DIAG_ERROR, node->place, "",
		    "the calendar '%.*s' has no working time", STR_ARG(entry->name));
}

static int
rules_compare_days(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return left < right ? -1 : left > right;
}

static void
rules_read_holidays(struct rules_reader *reader, const struct yamldoc_node *node, void *target)
{
	struct calendar *calendar = &((struct rules_calendar *)target)->calendar;
	size_t i, count = 0, kept = 0;
	int64_t *days;

	if (rules_expect(reader, node, YAMLDOC_LIST, "a list of dates") != 0)
		return;
	days = rules_alloc(reader, node->count, sizeof(days[0]));
	for (i = 0; i < node->count; i++)
		if (rules_read_date(reader, node->items[i], &days[count]) == 0)
			count++;
	qsort(days, count, sizeof(days[0]), rules_compare_days);
	for (i = 0; i < count; i++)
		if (kept == 0 || days[i] != days[kept - 1])
			days[kept++] = days[i];
	calendar->holidays = days;
	calendar->holiday_count = kept;
}

static const struct rules_key rules_keys_calendar[] = {
    {"hours", RULES_SPECIAL, true, .read = rules_read_hours, .takes = TAKES_HOURS},
    {"holidays", RULES_SPECIAL, false, .read = rules_read_holidays, .takes = TAKES_DATES},
};
const struct rules_shape rules_shape_calendar = {.what = "a calendar",
    .keys = rules_keys_calendar,
    .key_count = sizeof(rules_keys_calendar) / sizeof(rules_keys_calendar[0]),
    .size = sizeof(struct rules_calendar),
    .name_offset = offsetof(struct rules_calendar, name),
    .place_offset = offsetof(struct rules_calendar, place),
    .sorted = true};
