/* SPDX-License-Identifier: MIT */
#include "rules_due.h"

int64_t
rules_due(const struct rules *rules, struct str team, struct str priority, int64_t from_ms)
{
	const struct rules_calendar *calendar = NULL;
	int64_t target_ms = 0;
	size_t i;

	for (i = 0; i < rules->team_count; i++)
		if (str_eq(rules->teams[i].name, team))
			calendar = rules->teams[i].calendar;
	for (i = 0; i < rules->priority_count; i++)
		if (str_eq(rules->priorities[i].name, priority))
			target_ms = rules->priorities[i].target_ms;
	return calendar != NULL
	    ? calendar_due(&calendar->calendar, rules->tz, from_ms, target_ms)
	    : from_ms + target_ms;
}
