/* SPDX-License-Identifier: MIT */
#include "ctl_change.h"

#include <stdbool.h>
#include <stdlib.h>

#include "arena.h"
#include "ctl_text.h"
#include "mem.h"

#define ID_POINTS 40

const char *const ctl_change_names[] = {
	"category", "outcome", "team", "priority", "missing", "answer"};

struct change {
	struct str before, after;
	size_t count;
	struct str ids[CTL_CHANGE_IDS];
};

struct ctl_changes {
	struct arena *arena;
	int parts;
	struct change *list[CTL_CHANGE_PARTS];
	size_t count[CTL_CHANGE_PARTS];
	size_t tickets, changed, part_changed[CTL_CHANGE_PARTS];
};

struct ctl_changes *
ctl_changes_new(enum ctl_change_part parts)
{
	struct ctl_changes *changes = mem_alloc(sizeof(*changes));

	changes->parts = (int)parts;
	changes->arena = arena_new(0);
	if (changes->arena == NULL)
		mem_fail();
	return changes;
}

void
ctl_changes_free(struct ctl_changes *changes)
{
	if (changes == NULL)
		return;
	for (int part = 0; part < CTL_CHANGE_PARTS; part++)
		free(changes->list[part]);
	arena_free(changes->arena);
	free(changes);
}

/* Of the answer only that it is another. */
static void
changes_count(struct ctl_changes *changes, int part, struct str id, struct str before,
    struct str after)
{
	struct change *change = NULL;
	size_t i;

	if (part == CTL_CHANGE_ANSWER)
		before = after = STR("");
	for (i = 0; i < changes->count[part] && change == NULL; i++)
		if (str_eq(changes->list[part][i].before, before) &&
		    str_eq(changes->list[part][i].after, after))
			change = &changes->list[part][i];
	if (change == NULL) {
		changes->list[part] = mem_resize(changes->list[part], changes->count[part] + 1,
		    sizeof(*change));
		change = &changes->list[part][changes->count[part]++];
		*change = (struct change){.before = arena_dup(changes->arena, before),
		    .after = arena_dup(changes->arena, after)};
	}
	if (change->count < CTL_CHANGE_IDS)
		change->ids[change->count] = arena_dup(changes->arena, id);
	change->count++;
}

void
ctl_changes_add(struct ctl_changes *changes, struct str id,
    const struct ctl_change_side *before, const struct ctl_change_side *after)
{
	bool any = false;

	changes->tickets++;
	for (int part = 0; part < changes->parts; part++) {
		/* Another category or outcome has another text anyhow. */
		if (str_eq(before->value[part], after->value[part]) ||
		    (part == CTL_CHANGE_ANSWER && any))
			continue;
		changes_count(changes, part, id, before->value[part], after->value[part]);
		changes->part_changed[part]++;
		any = true;
	}
	changes->changed += any;
}

void
ctl_changes_same(struct ctl_changes *changes, size_t tickets)
{
	changes->tickets += tickets;
}

size_t
ctl_changes_tickets(const struct ctl_changes *changes)
{
	return changes->tickets;
}

size_t
ctl_changes_changed(const struct ctl_changes *changes)
{
	return changes->changed;
}

static int
compare_changes(const void *a, const void *b)
{
	const struct change *x = a, *y = b;
	int order;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	order = str_cmp(x->before, y->before);
	return order != 0 ? order : str_cmp(x->after, y->after);
}

static void
changes_ids(const struct change *change, struct strbuf *out)
{
	for (size_t i = 0; i < change->count && i < CTL_CHANGE_IDS; i++) {
		strbuf_puts(out, i > 0 ? ", " : "");
		ctl_text_line(out, change->ids[i], ID_POINTS);
	}
	if (change->count > CTL_CHANGE_IDS)
		strbuf_puts(out, ", …");
}

static void
changes_part(const struct ctl_changes *changes, int part, size_t most, struct strbuf *out)
{
	struct ctl_table *table = ctl_table_new("<>><<");
	struct strbuf text;
	size_t i;

	strbuf_init(&text, 0);
	qsort(changes->list[part], changes->count[part], sizeof(struct change), compare_changes);
	strbuf_printf(out, "\n%s: %zu of %zu tickets\n", ctl_change_names[part],
	    changes->part_changed[part], changes->tickets);
	for (i = 0; i < changes->count[part] && i < most; i++) {
		const struct change *change = &changes->list[part][i];

		ctl_table_text(table, "");
		ctl_table_number(table, (int64_t)change->count);
		ctl_table_cell(table, change->before);
		strbuf_clear(&text);
		if (part != CTL_CHANGE_ANSWER)
			strbuf_printf(&text, "→ %.*s", STR_ARG(change->after));
		else
			strbuf_puts(&text, "another text");
		ctl_table_cell(table, strbuf_str(&text));
		strbuf_clear(&text);
		changes_ids(change, &text);
		ctl_table_cell(table, strbuf_str(&text));
	}
	ctl_table_print(table, out, "");
	if (i < changes->count[part])
		strbuf_printf(out, "  and %zu more\n", changes->count[part] - i);
	ctl_table_free(table);
	strbuf_fini(&text);
}

void
ctl_changes_text(const struct ctl_changes *changes, size_t most, struct strbuf *out)
{
	strbuf_printf(out, "%zu tickets, %zu would be decided otherwise (%.1f %%)\n",
	    changes->tickets, changes->changed,
	    changes->tickets > 0 ? 100.0 * (double)changes->changed / (double)changes->tickets
				 : 0.0);
	for (int part = 0; part < changes->parts; part++)
		if (changes->count[part] > 0)
			changes_part(changes, part, most, out);
}

static void
changes_json_part(const struct ctl_changes *changes, int part, struct json *json)
{
	if (changes->count[part] > 0)
		qsort(changes->list[part], changes->count[part], sizeof(struct change),
		    compare_changes);
	json_key(json, ctl_change_names[part]);
	json_open(json, '[');
	for (size_t i = 0; i < changes->count[part]; i++) {
		const struct change *change = &changes->list[part][i];

		json_open(json, '{');
		if (part != CTL_CHANGE_ANSWER) {
			json_key(json, "before");
			json_str(json, change->before);
			json_key(json, "after");
			json_str(json, change->after);
		}
		json_key(json, "count");
		json_int(json, (int64_t)change->count);
		json_key(json, "ids");
		json_open(json, '[');
		for (size_t k = 0; k < change->count && k < CTL_CHANGE_IDS; k++)
			json_str(json, change->ids[k]);
		json_close(json, ']');
		json_close(json, '}');
	}
	json_close(json, ']');
}

void
ctl_changes_json(const struct ctl_changes *changes, struct json *json)
{
	json_key(json, "tickets");
	json_int(json, (int64_t)changes->tickets);
	json_key(json, "changed");
	json_int(json, (int64_t)changes->changed);
	for (int part = 0; part < changes->parts; part++)
		changes_json_part(changes, part, json);
}
