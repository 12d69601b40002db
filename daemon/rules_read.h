/* SPDX-License-Identifier: MIT */
/*
 * rules_read: what the files rules_*.c share while rules are read.
 *
 * All files are first merged into one tree of sections. That tree is then read
 * by tables: a shape says which keys a map has, their types, where each goes
 * in the model and which are required. Keys are read in the table's order, not
 * in the file's, so that a table puts what others refer to first. What cannot
 * be said in a table is a function of the key ("read") or of the whole map
 * ("finish"). rules_schema.h makes a JSON Schema from the same tables; what it
 * cannot see of a function, the key says in "takes".
 *
 * Reading never stops at a fault: it is reported, the default stays, and
 * reading goes on, so that all faults are seen at once.
 */
#ifndef RULES_READ_H
#define RULES_READ_H

#include "rules.h"
#include "template.h"
#include "yamldoc.h"

enum rules_type {
	RULES_TEXT,               /* struct str, not empty */
	RULES_NAME,               /* struct str: letters, digits, '_' */
	RULES_NUMBER,             /* double */
	RULES_COUNT,              /* unsigned */
	RULES_INTEGER,            /* int64_t */
	RULES_BOOLEAN,            /* bool */
	RULES_DURATION,           /* int64_t, ms */
	RULES_TEMPLATE,           /* struct rules_template */
	RULES_TEXT_BY_LOCALE,     /* struct str[RULES_LOCALES] */
	RULES_TEMPLATE_BY_LOCALE, /* struct rules_template[RULES_LOCALES] */
	RULES_LOCALE_SET,         /* unsigned mask: all, one, or a list */
	RULES_TEXT_LIST,          /* const struct str * at offset, size_t at count_offset */
	RULES_MAP,                /* a map of a shape, in place */
	RULES_MAPS_BY_NAME,       /* name: map; a pointer at offset, size_t at count_offset */
	RULES_MAP_LIST,           /* [map, …]; likewise */
	RULES_SPECIAL             /* "read" does it all */
};

/* What a function of a key reads. */
enum rules_takes {
	TAKES_TEXT,
	TAKES_TEXTS,
	TAKES_NAME,
	TAKES_NAMES,
	TAKES_CHOICE, /* one of "words" */
	TAKES_NUMBER,
	TAKES_BOOLEAN,
	TAKES_BOUND,  /* a whole number, or an age */
	TAKES_DATES,
	TAKES_TIME,
	TAKES_HOURS,  /* "all", or by weekday a list of spans */
	TAKES_BOXES,  /* field: text or texts */
	TAKES_CODES,  /* texts, or name: {locale: text} */
	TAKES_WORDS,  /* ${word}: pattern or patterns */
	TAKES_PATTERNS_BY_LOCALE, /* locale: pattern or patterns */
	TAKES_TEXTS_BY_TOPIC,     /* topic: {locale: texts} */
	TAKES_WEIGHTS,            /* topic: number or {locale: number} */
	TAKES_MAPS_BY_LOCALE,     /* locale: map of "shape" */
	TAKES_MAPS_BY_NAME        /* name: map of "shape", which may be incomplete */
};

struct rules_reader;
struct rules_shape;

struct rules_key {
	const char *name;
	enum rules_type type;
	bool required;
	size_t offset, count_offset;
	const struct rules_shape *shape; /* MAP, MAPS_BY_NAME, MAP_LIST; or as "takes" says */
	void (*read)(struct rules_reader *reader, const struct yamldoc_node *node, void *target);
	unsigned kinds; /* TEMPLATE: mask of enum template_kind that make sense */
	enum rules_takes takes; /* SPECIAL */
	const char *const *words;
	size_t word_count;
};
#define RULES_CHOICE(names, count) .takes = TAKES_CHOICE, .words = (names), .word_count = (count)

struct rules_shape {
	const char *what; /* "a team", for messages */
	const struct rules_key *keys;
	size_t key_count;
	const char *form;                  /* MAP_LIST: how one may look, for hints */
	size_t size;                       /* of one in a list */
	size_t name_offset, place_offset;  /* MAPS_BY_NAME; place also in MAP_LIST */
	bool sorted;                       /* MAPS_BY_NAME: by name, else as written */
	bool dotted;                       /* MAPS_BY_NAME: names may have dots */
	bool like;                         /* its "like" may give what is required */
	/* The map's keys are locales, its values maps of this shape, each at its
	 * locale's index times this shape's size. */
	const struct rules_shape *per_locale;
	/* Before the keys: defaults. After them: what one key does not show. */
	void (*begin)(struct rules_reader *reader, const struct yamldoc_node *node, void *target);
	void (*finish)(struct rules_reader *reader, const struct yamldoc_node *node, void *target);
};

#define RULES_ENTRIES 2000
#define RULES_NAME_BYTES 64

/* A ${word}. */
struct rules_word {
	struct str name, source; /* source: "(?:a|b)", its own words not yet replaced */
	struct str expanded;     /* they are; absent until a pattern uses it */
	struct place place;
	bool used, open; /* open: being expanded just now */
};

/* Where a part of an expanded pattern came from. */
struct rules_segment {
	size_t start, end;               /* of the expanded text */
	size_t source_start, source_end; /* of the source */
	bool literal;                    /* byte for byte; else a whole ${word} */
};

struct rules_origin {
	const struct yamldoc_node *node;
	const struct rules_segment *segments;
	size_t count;
};

/* Something to look at when everything is read. */
struct rules_pending {
	struct rules_pending *next;
	const struct yamldoc_node *node;
	unsigned locale; /* of a template */
	unsigned kinds;
	const struct rules_category *category; /* in which it stands, if in one */
};

struct rules_reader {
	struct rules *rules;
	struct arena *arena;
	struct diag_list *diags;
	const char *folder;
	/* A file or a section could not be read: what is missing may stand there,
	 * so that nothing is called unknown or unused that any file could hold. */
	bool incomplete;
	size_t errors; /* in diags before; see rules_sound() */
	struct rules_word *words;
	size_t word_count;
	/* Where we are. */
	struct place owner;              /* what a missing key is missing in */
	const struct rules_category *category; /* its fields are read already */
	const struct rules_field *field; /* its type and codes are read already */
	unsigned locale;                 /* that the template being read is for */
	/* Found so far, by number. */
	struct rules_pattern **patterns;
	struct rules_capture **captures;
	size_t pattern_count, capture_count;
	/* To look at in the end. */
	struct rules_pending *templates;
	struct rules_pending *boxes;     /* "field" of signals */
	struct rules_pending *examples;
	struct rules_pending *topics;    /* the names of training */
};

extern const struct rules_shape rules_shape_file; /* all sections; rules_read_base.c */
extern const struct rules_shape rules_shape_calendar; /* rules_read_calendar.c */
extern const struct rules_shape rules_shape_category; /* rules_read_category.c */
extern const struct rules_shape rules_shape_concept;  /* rules_read_concept.c */
extern const struct rules_shape rules_shape_field;    /* rules_read_field.c */
extern const struct rules_shape rules_shape_example;  /* rules_read_example.c */
extern const struct rules_shape rules_shape_gate;     /* rules_read_gate.c */
extern const struct rules_shape rules_shape_route;
extern const struct rules_shape rules_shape_signal;   /* rules_read_signal.c */
extern const struct rules_shape rules_shape_policy;   /* rules_read_policy.c */
extern const struct rules_shape rules_shape_wait;

/* What may be filled in where. */
#define RULES_KINDS_ANSWER (1u << TEMPLATE_TEAM | 1u << TEMPLATE_LINK)
#define RULES_KINDS_ASKING \
	(RULES_KINDS_ANSWER | 1u << TEMPLATE_MISSING | 1u << TEMPLATE_FOLLOW_UP_LINK)
#define RULES_KINDS_ADDRESS (1u << TEMPLATE_REFERENCE | 1u << TEMPLATE_TOKEN)

/* rules_read.c: a text in each locale named, to its locale's index. */
void rules_read_locale_texts(
    struct rules_reader *reader, const struct yamldoc_node *node, struct str *texts);
/* rules_read.c: by tables. */
void rules_read_map(struct rules_reader *reader, const struct rules_shape *shape,
    const struct yamldoc_node *node, struct place owner, void *target);
void rules_read_list(struct rules_reader *reader, const struct rules_key *key,
    const struct yamldoc_node *node, void *target);

/* rules_like.c: settles every "like" in the tree of all sections. */
void rules_settle_likes(struct rules_reader *reader, struct yamldoc_node *root);

/* rules_scalar.c: one value each. 0, or -1 with the fault reported. */
int rules_read_text(
    struct rules_reader *reader, const struct yamldoc_node *node, struct str *text);
int rules_read_name(
    struct rules_reader *reader, const struct yamldoc_node *node, struct str *name);
int rules_read_integer(struct rules_reader *reader, const struct yamldoc_node *node,
    int64_t minimum, int64_t maximum, int64_t *number);
int rules_read_number(
    struct rules_reader *reader, const struct yamldoc_node *node, double *number);
int rules_read_boolean(
    struct rules_reader *reader, const struct yamldoc_node *node, bool *value);
int rules_read_duration(
    struct rules_reader *reader, const struct yamldoc_node *node, int64_t *ms);
int rules_read_date(
    struct rules_reader *reader, const struct yamldoc_node *node, int64_t *days);
/* One of the words; its index, or -1. */
int rules_read_choice(struct rules_reader *reader, const struct yamldoc_node *node,
    const char *what, const char *const *names, size_t count);
int rules_read_locale_set(
    struct rules_reader *reader, const struct yamldoc_node *node, unsigned *set);
int rules_read_text_list(struct rules_reader *reader, const struct yamldoc_node *node,
    const struct str **items, size_t *count);
bool rules_name_valid(struct str name, bool dots);

/* rules_hint.c: what to do about a fault. Each returns its hint. */
#define RULES_HINT 256
/* "write {en: …, fr: …}" */
const char *rules_hint_by_locale(const struct rules_reader *reader, char hint[RULES_HINT]);
/* Of a key that must be there. */
const char *rules_hint_missing(
    const struct rules_reader *reader, const struct rules_key *key, char hint[RULES_HINT]);
/* "add 'fr: …' under 'label'"; with: what stands behind the colon, " …" or "". */
const char *rules_hint_add_locale(const struct rules_reader *reader,
    const struct yamldoc_node *map, const char *key, const char *with, size_t locale,
    char hint[RULES_HINT]);
/* What a name should be that is none; dots: it may have some. */
const char *rules_hint_name(struct str name, bool dots, char hint[RULES_HINT]);
/* Where a list of such maps should be. */
const char *rules_hint_list(
    const struct rules_shape *shape, const struct yamldoc_node *node, char hint[RULES_HINT]);
/* … and where one such map should be. */
const char *rules_hint_shape(
    const struct rules_shape *shape, const struct yamldoc_node *node, char hint[RULES_HINT]);
/* Where another type of node should be. */
const char *rules_hint_expected(
    const struct yamldoc_node *node, enum yamldoc_type type, char hint[RULES_HINT]);
/* Of a few words that there are: the nearest, and all. */
const char *rules_hint_choice(
    struct str word, const char *const *names, size_t count, char hint[RULES_HINT]);
/* Does the word mean true (1) or false (0) to people? -1: neither. */
int rules_hint_truth(struct str word);

/* rules_read.c: memory that is there, or the process ends. */
void *rules_alloc(struct rules_reader *reader, size_t count, size_t size);
/* "no team 'x'" with what is near among count names, stride bytes apart. */
int rules_unknown(struct rules_reader *reader, const struct yamldoc_node *node, const char *what,
    const void *first, size_t count, size_t stride);
/* The same; otherwise: the hint when none is near and they are too many to be listed. */
int rules_unknown_as(struct rules_reader *reader, const struct yamldoc_node *node,
    const char *what, const void *first, size_t count, size_t stride, const char *otherwise);
/* The same for names that any file could hold. */
int rules_unknown_shared(struct rules_reader *reader, const struct yamldoc_node *node,
    const char *what, const void *first, size_t count, size_t stride);
int rules_expect(struct rules_reader *reader, const struct yamldoc_node *node,
    enum yamldoc_type type, const char *what);
/* The same with a hint of the caller's. */
int rules_expect_as(struct rules_reader *reader, const struct yamldoc_node *node,
    enum yamldoc_type type, const char *what, const char *hint);
/* A map whose order says nothing: by its keys. */
void rules_sort_pairs(const struct yamldoc_node *map);
void rules_remember(struct rules_reader *reader, struct rules_pending **list,
    const struct yamldoc_node *node, unsigned locale, unsigned kinds);

/* Nothing was wrong so far. Warnings of what is not used or not there wait for
 * that: a mistake elsewhere may be why. */
bool rules_sound(const struct rules_reader *reader);
/* A key's node in a map, for its place; NULL when there is none. */
const struct yamldoc_node *rules_key_node(const struct yamldoc_node *map, const char *key);
/* Says in which of the wanted locales the texts of a key of the map are missing. */
void rules_need_locales(struct rules_reader *reader, const struct yamldoc_node *map,
    const char *key, const struct str *texts, unsigned wanted);
extern const char *const rules_weekdays[7];

/* rules_macro.c: a pattern's source with its words replaced. 0 or -1. */
void rules_read_words(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target);
int rules_macro_expand(struct rules_reader *reader, const struct yamldoc_node *node,
    struct str *expanded, const struct rules_origin **origin);

/* rules_read_base.c: an address of a page. */
void rules_check_url(struct rules_reader *reader, const struct yamldoc_node *url);

/* rules_folded.c: a pattern over folded text, or NULL. */
struct rules_pattern *rules_read_folded(
    struct rules_reader *reader, const struct yamldoc_node *node);

/* rules_read_concept.c: behind a category's (or chatter's) own signals, those of
 * the concepts that weigh for it; and the categories that concepts name must exist. */
void rules_join_concepts(struct rules_reader *reader, struct str category,
    const struct rules_signal **signals, size_t *signal_count);
void rules_check_concepts(struct rules_reader *reader);
/* rules_read_training.c: texts by topic and locale, and that the topics exist. */
void rules_read_training(
    struct rules_reader *reader, const struct yamldoc_node *node, void *target);
void rules_check_training(struct rules_reader *reader);
/* Is it a category, that of each audience, or chatter? Else it is reported. */
void rules_check_topic(struct rules_reader *reader, struct str topic, struct place place);

/* rules_read_category.c: by name. */
void rules_read_team(struct rules_reader *reader, const struct yamldoc_node *node,
    const struct rules_team **team);
void rules_read_priority(struct rules_reader *reader, const struct yamldoc_node *node,
    const struct rules_priority **priority);

/* rules_read_example.c: the clock of an example that gives none; the categories and
 * fields that examples name must exist. */
int64_t rules_example_at(const struct rules *rules);
void rules_check_examples(struct rules_reader *reader);

/* rules_check.c: what only the whole shows. */
void rules_check(struct rules_reader *reader);

/* rules_load.c: from memory, for tests. */
struct rules *rules_load_text(const char *file, struct str text, struct diag_list *diags);

#endif
