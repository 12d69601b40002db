/* SPDX-License-Identifier: MIT */
#include "ctl_field.h"

#include <stdlib.h>
#include <string.h>

#include "ctl_command.h"
#include "limits.h"
#include "mem.h"
#include "suggest.h"

int
ctl_field_read(
    const char *command, const char *lines, struct arena *arena, struct ticket *ticket)
{
	struct ticket_field *fields = arena_array(arena, LIMIT_FIELDS, sizeof(*fields));

	if (fields == NULL) {
		ctl_complain("%s: no memory", command);
		return -1;
	}
	ticket->fields = fields;
	while (lines != NULL && *lines != '\0') {
		size_t n = strcspn(lines, "\n"), name = strcspn(lines, "=\n");

		if (name == 0 || name >= n) {
			ctl_complain(
			    "%s: --field: '%.*s' is not NAME=VALUE", command, (int)n, lines);
			return -1;
		}
		if (ticket->field_count == LIMIT_FIELDS) {
			ctl_complain("%s: --field: at most %d", command, LIMIT_FIELDS);
			return -1;
		}
		fields[ticket->field_count++] = (struct ticket_field){{lines, name},
		    {.type = VALUE_TEXT, .text = {lines + name + 1, n - name - 1}}};
		lines += n + (lines[n] != '\0');
	}
	return 0;
}

/* The names of all fields of an audience's categories, once each and terminated, as
 * those of the model are. Returns how many. */
static size_t
field_names(const struct rules *rules, int audience, const char **names)
{
	size_t count = 0, i, k, n;

	for (i = 0; i < rules->category_count; i++) {
		const struct rules_category *category = &rules->categories[i];

		for (k = 0; (int)category->audience == audience && k < category->field_count; k++) {
			for (n = 0; n < count; n++)
				if (str_is(category->fields[k].name, names[n]))
					break;
			if (n == count)
				names[count++] = category->fields[k].name.p;
		}
	}
	return count;
}

static int
field_check(const char *command, const struct ticket *ticket, size_t at, const char **names,
    size_t count)
{
	struct str name = ticket->fields[at].name;
	char hint[256];
	size_t i;

	for (i = 0; i < at; i++)
		if (str_eq(ticket->fields[i].name, name)) {
			ctl_complain("%s: --field: '%.*s' is given twice", command, STR_ARG(name));
			return -1;
		}
	if (!utf8_check(ticket->fields[at].value.text, NULL)) {
		ctl_complain("%s: --field: '%.*s' is not UTF-8", command, STR_ARG(name));
		return -1;
	}
	for (i = 0; i < count; i++)
		if (str_is(name, names[i]))
			return 0;
	suggest_hint(name, names, count, hint, sizeof(hint));
	ctl_complain("%s: --field: no category has a field '%.*s'%s%s", command, STR_ARG(name),
	    hint[0] != '\0' ? "; " : "", hint);
	return -1;
}

int
ctl_field_check(const char *command, const struct rules *rules, const struct ticket *ticket)
{
	int audience = rules_audience_find(rules, ticket->audience), result = 0;
	const char **names;
	size_t count = 0, i;

	if (audience < 0)
		return 0; /* whoever decides says so */
	for (i = 0; i < rules->category_count; i++)
		count += rules->categories[i].field_count;
	names = mem_array(count + 1, sizeof(names[0]));
	count = field_names(rules, audience, names);
	for (i = 0; i < ticket->field_count && result == 0; i++)
		result = field_check(command, ticket, i, names, count);
	free(names);
	return result;
}
