/* SPDX-License-Identifier: MIT */
/*
 * The walk over the lines, and what can be wrong with how they begin.
 */
#include "yamldoc_fault.h"

#include <stdio.h>
#include <string.h>

#include "yamldoc_source.h"
#include "yamldoc_walk.h"

#define STEP 2 /* columns that we advise for each level */

static struct yamldoc_level *
walk_top(struct yamldoc_walk *walk)
{
	return walk->depth > 0 ? &walk->levels[walk->depth - 1] : NULL;
}

static bool
walk_deeper(struct yamldoc_walk *walk, size_t at)
{
	return walk->depth == 0 || at > walk_top(walk)->column;
}

static bool
is_dash(struct str text, size_t at)
{
	return text.p[at] == '-' &&
	    (at + 1 == text.n || text.p[at + 1] == ' ' || text.p[at + 1] == '\t');
}

static int
walk_tab(struct yamldoc_walk *walk, size_t at)
{
	const struct yamldoc_level *top = walk_top(walk);
	size_t column = top == NULL ? 0 : top->column;
	char hint[YAMLDOC_HINT];

	if (walk->left == LEFT_BLOCK && walk->block > 0)
		column = walk->block;
	else if (top != NULL && (walk->left == LEFT_BLOCK || walk->left == LEFT_VALUE))
		column += STEP;
	snprintf(hint, sizeof(hint),
	    "delete it and type %zu spaces; most editors can be told to do so", column);
	return diag_add(walk->diags, DIAG_ERROR, yamldoc_walk_place(walk, at, at + 1), hint,
	    "a tab; lines are indented with spaces");
}

/* Lines that begin in the wrong column --------------------------------------- */

static size_t
columns_apart(size_t a, size_t b)
{
	return a > b ? a - b : b - a;
}

/* The level that a line out of line was meant for: the nearest. Of two, what has
 * lines of its own below goes beside what has them too. */
static const struct yamldoc_level *
walk_nearest(const struct yamldoc_walk *walk, size_t at, bool list, bool opens)
{
	const struct yamldoc_level *nearest = NULL;
	size_t i;

	for (i = walk->depth; i-- > 0;) {
		const struct yamldoc_level *level = &walk->levels[i];

		if (level->list != list)
			continue;
		if (nearest == NULL ||
		    columns_apart(level->column, at) < columns_apart(nearest->column, at) ||
		    (columns_apart(level->column, at) == columns_apart(nearest->column, at) &&
			opens && nearest == &walk->levels[walk->depth - 1]))
			nearest = level;
	}
	return nearest;
}

/* The level whose last entry is out of line when a line below stands in a column that
 * was in use, and is no more: it left that level too early, or what is below it began
 * in another column. NULL: neither. */
static const struct yamldoc_level *
walk_left_early(const struct yamldoc_walk *walk, size_t at)
{
	size_t i;

	for (i = 0; i < walk->depth; i++)
		if (walk->levels[i].column == at)
			return NULL; /* a list's */
	for (i = 0; i < walk->depth; i++) {
		const struct yamldoc_level *level = &walk->levels[i];

		if (level->list || level->below != at || level->column >= at)
			continue;
		return i + 1 < walk->depth && level[1].entries == 1 && !level[1].list ? &level[1]
										      : level;
	}
	return NULL;
}

/* The line above is the one that is out of line. */
static int
walk_blame_above(struct yamldoc_walk *walk, const struct yamldoc_level *level, size_t at,
    struct str name)
{
	size_t start = walk->source->lines[level->line - 1] + level->column;
	char hint[YAMLDOC_HINT];

	snprintf(hint, sizeof(hint),
	    "put %zu spaces before it (%zu are there), so that it stands over '%.*s' of line %zu",
	    at, level->column, STR_ARG(name), walk->number);
	return diag_add(walk->diags, DIAG_ERROR,
	    yamldoc_source_place(walk->source, walk->file, start, start + level->name.n), hint,
	    "'%.*s' is out of line", STR_ARG(level->name));
}

static int
walk_no_colon(struct yamldoc_walk *walk, size_t at);

static int
walk_no_blank_behind_dash(struct yamldoc_walk *walk, size_t at)
{
	return diag_add(walk->diags, DIAG_ERROR, yamldoc_walk_place(walk, at, at + 1),
	    "type a space behind the '-'; a text that begins with '-' needs quotes",
	    "an item begins with '-' and a space");
}

/* Does it begin as the last item of the list in its column did? */
static const struct yamldoc_level *
walk_item_of(const struct yamldoc_walk *walk, size_t at, struct str name)
{
	size_t i;

	for (i = 0; i + 1 < walk->depth; i++)
		if (walk->levels[i].list && walk->levels[i].column == at &&
		    str_eq(walk->levels[i + 1].first, name))
			return &walk->levels[i];
	return NULL;
}

/* An item without its dash: the text at hand, or the one that was read as a value. */
static int
walk_no_dash(struct yamldoc_walk *walk, size_t number, size_t at, size_t as)
{
	size_t start = walk->source->lines[number - 1] + at;
	char hint[YAMLDOC_HINT];

	snprintf(hint, sizeof(hint), "write '- ' before it, as in line %zu", as);
	return diag_add(walk->diags, DIAG_ERROR,
	    yamldoc_source_place(walk->source, walk->file, start, walk->source->text.n), hint,
	    "no '-' before this");
}

static int
walk_out_of_line(struct yamldoc_walk *walk, size_t at, bool list, struct str name, bool opens)
{
	const struct yamldoc_level *level, *top = walk_top(walk);
	struct place place = yamldoc_walk_place(walk, at, at + (list ? 1 : name.n));
	char hint[YAMLDOC_HINT];

	if (walk->left == LEFT_PLAIN && walk->plain_line > 0 && walk->plain_column == at && list)
		return walk_no_dash(walk, walk->plain_line, at, walk->number);
	if (walk->left == LEFT_PLAIN && walk->plain_line > 0 && walk->plain_column == at)
		return walk_no_colon(walk, at);
	if (!list && walk_item_of(walk, at, name) != NULL)
		return walk_no_dash(
		    walk, walk->number, at, walk_item_of(walk, at, name)->line);
	if (!list && walk->text.p[at] == '-')
		return walk_no_blank_behind_dash(walk, at);
	level = walk_nearest(walk, at, list, opens);
	if (walk->left == LEFT_VALUE && at < top->column) {
		snprintf(hint, sizeof(hint),
		    "put %zu spaces before it, two more than before '%.*s' in line %zu",
		    top->column + STEP, STR_ARG(top->name), top->line);
		return diag_add(walk->diags, DIAG_ERROR, place, hint,
		    list ? "this item is out of line" : "'%.*s' is out of line",
		    STR_ARG(name));
	}
	if (level == NULL)
		return diag_add(walk->diags, DIAG_ERROR, place,
		    list ? "take the '-' out, or begin the list below a key with nothing behind "
			   "its colon"
			 : "is it an item, and a '-' is missing?",
		    list ? "no list can begin here" : "'%.*s' is out of line", STR_ARG(name));
	if (!list && walk_left_early(walk, at) != NULL)
		return walk_blame_above(walk, walk_left_early(walk, at), at, name);
	/* Rules are indented by twos. */
	if (!list && level->column % STEP != 0 && at % STEP == 0 && level->entries == 1)
		return walk_blame_above(walk, level, at, name);
	snprintf(hint, sizeof(hint),
	    "put %zu spaces before %s (%zu are there), so that it stands under '%.*s' of line %zu",
	    level->column, list ? "its '-'" : "it", at, STR_ARG(level->name), level->line);
	return diag_add(walk->diags, DIAG_ERROR, place, hint,
	    list ? "this item is out of line" : "'%.*s' is out of line", STR_ARG(name));
}

static void
walk_push(struct yamldoc_walk *walk, size_t at, bool list)
{
	if (walk->depth < YAMLDOC_LEVELS)
		walk->levels[walk->depth++] = (struct yamldoc_level){.column = at, .list = list};
}

/* A key or dash in its column. */
static int
walk_level(struct yamldoc_walk *walk, size_t at, bool list, struct str name, bool opens)
{
	struct yamldoc_level *levels = walk->levels;
	size_t n = walk->depth;

	while (n > 0 && levels[n - 1].column > at)
		n--;
	if (n > 0 && levels[n - 1].column == at && levels[n - 1].list && !list && n > 1 &&
	    levels[n - 2].column == at)
		n--; /* a list may stand under its key */
	if (n > 0 && levels[n - 1].column == at && levels[n - 1].list == list) {
		if (n < walk->depth)
			levels[n - 1].below = levels[n].column;
		walk->depth = n;
	} else if (walk->depth == 0 ||
		   (n == walk->depth && walk->left == LEFT_VALUE &&
		       (levels[n - 1].column < at || list))) {
		walk_push(walk, at, list);
	} else {
		return walk_out_of_line(walk, at, list, name, opens);
	}
	levels = walk_top(walk);
	levels->entries++;
	levels->line = walk->number;
	levels->name = name;
	if (levels->entries == 1)
		levels->first = name;
	walk->after_block = false;
	walk->plain_line = 0;
	walk->left = LEFT_VALUE;
	return 0;
}

/* Lines that are neither "key: value" nor "- item" ---------------------------- */

/* A key alone, with lines of its own below? */
static bool
walk_opens(const struct yamldoc_walk *walk, size_t at)
{
	struct str word = yamldoc_uncommented(str_part(walk->text, at, walk->text.n)), next;
	size_t i;

	for (i = 0; i < word.n; i++)
		if (!((word.p[i] >= 'a' && word.p[i] <= 'z') || word.p[i] == '_'))
			return false;
	if (walk->number >= walk->source->line_count)
		return false;
	next = yamldoc_source_line(walk->source, walk->number + 1);
	for (i = 0; i < next.n && next.p[i] == ' ';)
		i++;
	return i > at && i < next.n;
}

/* How the line at hand, or the one that was taken for a text, should be written. */
static int
walk_no_colon(struct yamldoc_walk *walk, size_t at)
{
	size_t number = walk->plain_line > 0 ? walk->plain_line : walk->number;
	struct str text = yamldoc_source_line(walk->source, number), rest;
	size_t name = yamldoc_name_bytes(text, at), start = walk->source->lines[number - 1] + at;
	struct place place =
	    yamldoc_source_place(walk->source, walk->file, start, start + (name > 0 ? name : 1));
	const struct yamldoc_level *top = walk_top(walk);
	char hint[YAMLDOC_HINT], more[80] = "";

	rest = yamldoc_uncommented(str_part(text, at + name, text.n));
	while (rest.n > 0 && (rest.p[0] == '=' || rest.p[0] == ':' || rest.p[0] == ' '))
		rest = str_part(rest, 1, rest.n);
	if (walk->plain_line == 0 && walk->left == LEFT_PLAIN && top != NULL &&
	    !walk_opens(walk, at))
		snprintf(more, sizeof(more),
		    "; if it goes on with the text above, put %zu spaces before it",
		    top->column + STEP);
	if (name == 0)
		snprintf(hint, sizeof(hint), "each line is 'key: value' or '- item'%s", more);
	else
		snprintf(hint, sizeof(hint), "write '%.*s:%s%.*s%s'%s", (int)name, text.p + at,
		    rest.n > 0 ? " " : "",
		    (int)(rest.n > 40 ? yamldoc_name_bytes(rest, 0) : rest.n),
		    rest.n > 0 ? rest.p : "", rest.n > 40 ? " …" : "", more);
	return diag_add(walk->diags, DIAG_ERROR, place, hint,
	    name > 0 ? "no colon behind this" : "no colon in this line");
}

static int
walk_bare(struct yamldoc_walk *walk, size_t at)
{
	struct str text = walk->text;
	size_t name = yamldoc_name_bytes(text, at);
	size_t end = at + yamldoc_uncommented(str_part(text, at, text.n)).n;
	const struct yamldoc_level *top = walk_top(walk);
	char hint[YAMLDOC_HINT];
	size_t i;

	if (text.p[at] == '-' && top != NULL)
		return walk_no_blank_behind_dash(walk, at);
	for (i = 0; i < walk->depth; i++)
		if (walk->levels[i].list && walk->levels[i].column == at)
			return walk_no_dash(walk, walk->number, at, walk->levels[i].line);
	if (name > 0 && at + name < text.n && text.p[at + name] == ':' &&
	    !str_starts(str_part(text, at + name, text.n), "://"))
		return diag_add(walk->diags, DIAG_ERROR,
		    yamldoc_walk_place(walk, at + name, at + name + 1),
		    "type a space behind it", "no space behind this colon");
	if (walk_opens(walk, at))
		return walk_no_colon(walk, at);
	if (walk->after_block && top != NULL) {
		snprintf(hint, sizeof(hint),
		    "put at least %zu spaces before each of its lines, two more than before '%.*s'",
		    walk->block > 0 ? walk->block : top->column + STEP, STR_ARG(top->name));
		return diag_add(walk->diags, DIAG_ERROR, yamldoc_walk_place(walk, at, end),
		    hint, "too far left for the text of '%.*s'", STR_ARG(top->name));
	}
	if (walk->left == LEFT_VALUE && top != NULL && !top->list) {
		snprintf(hint, sizeof(hint), "write it behind '%.*s:' in line %zu",
		    STR_ARG(top->name), top->line);
		return diag_add(walk->diags, DIAG_ERROR, yamldoc_walk_place(walk, at, end),
		    hint, "too far left for the text of '%.*s'", STR_ARG(top->name));
	}
	return walk_no_colon(walk, at);
}

/* A text that stands alone in its line: the value of the line above, or a fault. */
static int
walk_text(struct yamldoc_walk *walk, size_t at)
{
	bool begins = walk->depth == 0 || walk->left == LEFT_VALUE;

	if (!walk_deeper(walk, at) || (!begins && walk->left != LEFT_PLAIN))
		return walk_bare(walk, at);
	if (begins) {
		walk->plain_line = walk->number;
		walk->plain_column = at;
		return yamldoc_walk_value(walk, at);
	}
	return 0;
}

/* The lines ------------------------------------------------------------------- */

static int
walk_entry(struct yamldoc_walk *walk, size_t at)
{
	struct str text = walk->text;
	bool first = true;

	for (;;) {
		bool list = is_dash(text, at);
		size_t colon = list ? text.n : yamldoc_colon(text, at);
		struct str name = list ? STR("-") : str_trim(str_part(text, at, colon));

		if (yamldoc_walk_odd(walk, at) != 0)
			return -1;
		if (!list && colon == text.n)
			return first ? walk_text(walk, at) : yamldoc_walk_value(walk, at);
		if (walk_level(walk, at, list, name,
			yamldoc_is_nothing(str_part(text, colon + 1, text.n))) != 0)
			return -1;
		if (!list)
			return yamldoc_walk_value(walk, colon + 1);
		for (at++; at < text.n && (text.p[at] == ' ' || text.p[at] == '\t');)
			at++;
		if (at == text.n || text.p[at] == '#')
			return 0;
		first = false;
	}
}

/* Does a new key or item begin here, so that what is open above was left so? */
static bool
walk_begins(struct yamldoc_walk *walk, size_t at)
{
	struct str text = walk->text;

	return at < text.n && !walk_deeper(walk, at) &&
	    (is_dash(text, at) || yamldoc_colon(text, at) < text.n);
}

static int
walk_line(struct yamldoc_walk *walk)
{
	struct str text = walk->text;
	size_t at = 0;

	while (at < text.n && text.p[at] == ' ')
		at++;
	if ((walk->left == LEFT_QUOTE || walk->left == LEFT_FLOW) && walk_begins(walk, at))
		return yamldoc_walk_unclosed(walk);
	if (walk->left == LEFT_QUOTE)
		return yamldoc_walk_quote(walk, at);
	if (walk->left == LEFT_FLOW)
		return yamldoc_walk_flow(walk, at);
	if (str_trim(text).n == 0)
		return 0;
	if (walk->left == LEFT_BLOCK) {
		if (walk->block == 0 && walk_deeper(walk, at))
			walk->block = at;
		if (walk->block > 0 && at >= walk->block)
			return 0;
	}
	if (text.p[at] == '\t')
		return walk_tab(walk, at);
	if (walk->left == LEFT_BLOCK) {
		walk->left = LEFT_NOTHING;
		walk->after_block = true;
	}
	if (text.p[at] == '#')
		return 0;
	if (str_starts(text, "---") || str_starts(text, "...") || str_starts(text, "%")) {
		walk->depth = 0;
		walk->left = LEFT_NOTHING;
		return 0;
	}
	return walk_entry(walk, at);
}

int
yamldoc_fault(const struct yamldoc_source *source, const char *file, size_t at,
    const char *said, struct diag_list *diags)
{
	struct yamldoc_walk walk = {.source = source, .file = file, .diags = diags};

	if (strstr(said, "escape") != NULL)
		return diag_add(diags, DIAG_ERROR,
		    yamldoc_source_place(source, file, at, at + 2),
		    "write two for one, or put the text between single quotes",
		    "a backslash means something else between double quotes");
	for (walk.number = 1; walk.number <= source->line_count; walk.number++) {
		walk.start = source->lines[walk.number - 1];
		walk.text = yamldoc_source_line(source, walk.number);
		if (walk.start > at)
			break;
		if (walk_line(&walk) != 0)
			return -1;
	}
	if (walk.left == LEFT_QUOTE || walk.left == LEFT_FLOW)
		return yamldoc_walk_unclosed(&walk);
	return diag_add(diags, DIAG_ERROR, yamldoc_source_place(source, file, at, at + 1),
	    "look here and above for a quote, a bracket or a colon that is missing, "
	    "or a space too many at the beginning of a line",
	    "this cannot be read from here on");
}
