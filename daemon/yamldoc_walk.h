/* SPDX-License-Identifier: MIT */
/*
 * yamldoc_walk: the state of yamldoc_fault.c's walk over lines, which
 * yamldoc_value.c shares. Offsets are bytes of the current line unless said
 * otherwise. Functions return -1 with a fault told, or 0.
 */
#ifndef YAMLDOC_WALK_H
#define YAMLDOC_WALK_H

#include "yamldoc.h"

#define YAMLDOC_LEVELS 64 /* a list's item opens two; more are not looked into */
#define YAMLDOC_HINT 256

/* Lines that begin in one column: the keys of a map, the items of a list. */
struct yamldoc_level {
	size_t column;
	bool list;
	size_t entries;  /* so far */
	size_t line;     /* of the last one, from 1 */
	struct str name; /* its key */
	struct str first; /* the key of the first one */
	size_t below;    /* the column of what was below the entries before; 0: nothing was */
};

/* What the last entry waits for. */
enum yamldoc_left {
	LEFT_NOTHING,
	LEFT_VALUE, /* nothing behind its colon or dash */
	LEFT_PLAIN, /* a text without quotes may go on */
	LEFT_BLOCK, /* lines behind "|" */
	LEFT_QUOTE, /* the end of a quoted text */
	LEFT_FLOW   /* the end of { } or [ ] */
};

struct yamldoc_bracket {
	char closer;
	size_t at;  /* of the source */
	bool colon; /* its current entry has had one */
};

struct yamldoc_walk {
	const struct yamldoc_source *source;
	const char *file;
	struct diag_list *diags;
	/* The line. */
	size_t number, start; /* from 1; its offset in the source */
	struct str text;      /* without its end */
	struct yamldoc_level levels[YAMLDOC_LEVELS];
	size_t depth;
	enum yamldoc_left left;
	bool after_block;   /* the last value was a block */
	/* PLAIN: where a text began that stands alone in its line; 0: none does. */
	size_t plain_line, plain_column;
	size_t block;       /* BLOCK: the column its lines begin in; 0: none seen */
	size_t opened;      /* QUOTE, FLOW: where, of the source … */
	size_t opened_line; /* … and in which line */
	char quote;
	struct yamldoc_bracket brackets[YAMLDOC_DEPTH];
	size_t bracket_count;
	bool fresh; /* FLOW: at the beginning of a key or value */
};

struct place yamldoc_walk_place(const struct yamldoc_walk *walk, size_t start, size_t end);
/* "put it between double quotes: …" for a text as it was meant. Returns hint. */
const char *yamldoc_quote_hint(struct str text, char hint[YAMLDOC_HINT]);
/* A text without the comment behind it and blanks around it. */
struct str yamldoc_uncommented(struct str text);
/* Nothing, or a comment. */
bool yamldoc_is_nothing(struct str text);
/* Where the colon of a key stands in a text (of a line, from offset); its length
 * when there is none. */
size_t yamldoc_colon(struct str text, size_t offset);

/* Bytes of a key as people write them, without quotes, at an offset. */
size_t yamldoc_name_bytes(struct str text, size_t at);

/* yamldoc_odd.c: is what a line or item begins with no space, dash or colon, but looks
 * like one? */
int yamldoc_walk_odd(struct yamldoc_walk *walk, size_t at);

/* yamldoc_value.c: looks at what stands behind a colon or dash, and sets left. */
int yamldoc_walk_value(struct yamldoc_walk *walk, size_t at);
/* A line, or the rest of one, of what a line above has opened. */
int yamldoc_walk_quote(struct yamldoc_walk *walk, size_t at);
int yamldoc_walk_flow(struct yamldoc_walk *walk, size_t at);
/* The quote or bracket that is open is never closed. */
int yamldoc_walk_unclosed(struct yamldoc_walk *walk);

#endif
