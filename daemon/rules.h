/* SPDX-License-Identifier: MIT */
/*
 * rules: the model that the rules files are read into. Plain data in one
 * arena, complete and cross-checked once rules_load() has returned it, never
 * changed afterwards. schemas/rules.md describes the files for people.
 *
 * Locales and audiences are small sets, so they travel as an index, and a set
 * of them as a bit mask.
 */
#ifndef RULES_H
#define RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "calendar.h"
#include "diag.h"
#include "str.h"
#include "ticket.h"
#include "value.h"

#define RULES_LOCALES 8   /* at most */
#define RULES_AUDIENCES 8 /* at most */
#define RULES_LEASE_MS (INT64_C(10) * 60000)      /* without "lease" */
#define RULES_WAIT_MS (INT64_C(14) * 24 * 3600000) /* without "wait" */

enum outcome { OUTCOME_ROUTED, OUTCOME_NEEDS_INFO, OUTCOME_ANSWERED, OUTCOME_NO_ACTION };
extern const char *const outcome_names[]; /* "routed", "needs_info", … */
#define OUTCOME_COUNT 4

/* What an answer says behind the help-center text: one paragraph per outcome
 * (no_action has none), and those of a conversation. A category's own comes
 * before its locale's; without an "asked_again" its "needs_info" is said again;
 * without a "reminder" nobody is reminded, and without a "to_people" nothing is
 * said to who is passed on. */
enum rules_paragraph {
	PARAGRAPH_ROUTED = OUTCOME_ROUTED,
	PARAGRAPH_NEEDS_INFO = OUTCOME_NEEDS_INFO,
	PARAGRAPH_ANSWERED = OUTCOME_ANSWERED,
	PARAGRAPH_ASKED_AGAIN = OUTCOME_COUNT, /* needs_info after a follow-up */
	PARAGRAPH_REMINDER,                    /* the mail at half of the wait */
	PARAGRAPH_TO_PEOPLE                    /* people have it, complete or not */
};
extern const char *const paragraph_names[]; /* "routed", …, "asked_again", … */
#define PARAGRAPH_COUNT 7

/* How long a ticket waits for its requester, and what happens then. */
enum rules_wait_end { WAIT_CLOSE, WAIT_PEOPLE }; /* closed; to the team's queue */
extern const char *const wait_end_names[];       /* "close", "people" */

struct rules_wait {
	int64_t ms; /* of elapsed time; the reminder goes out at half of it */
	enum rules_wait_end end;
};

/* Text with places to fill (template.h). Checked when the rules are read. */
struct rules_template {
	struct str text; /* absent when not given */
	struct place place;
};

struct rules_calendar {
	struct str name;
	struct calendar calendar;
	struct place place;
};

struct rules_team {
	struct str name;
	struct str title[RULES_LOCALES]; /* for people; always there */
	const struct rules_calendar *calendar;
	struct place place;
};

struct rules_priority {
	struct str name;
	int64_t target_ms; /* of the team's working time */
	struct place place;
};

struct rules_link {
	struct str name;
	struct str title[RULES_LOCALES], url[RULES_LOCALES]; /* absent where not given */
	struct place place;
};

struct rules_locale {
	struct str name; /* "en" */
	const struct str *words; /* function words, folded, sorted; tell the language */
	size_t word_count;
	/* Frame of every reply: greeting, the category's text, closing. */
	struct rules_template greeting, closing;
	/* Where a category gives none of its own. */
	struct rules_template paragraph[PARAGRAPH_COUNT];
	struct place place;
};

struct rules_origin; /* where the parts of a pattern stand in the files */

/* A pattern over folded text. Its source is with ${macros} expanded. Every one
 * has a number, dense from 0, in the order of the canonical print; equal ones
 * share one. */
struct rules_pattern {
	struct str source;   /* as written */
	struct str expanded; /* as compiled */
	unsigned number;
	const struct rules_origin *origin;
	struct place place;
};

/* What people may mean, in each language, and which categories that speaks for:
 * a pattern that many categories share, weighed for each. The weights are
 * fitted to labelled tickets (tools/fit_weights.py) and may be changed by hand. */
struct rules_weight {
	struct str category; /* "mentor.break"; "break" of every audience; or "chatter" */
	double weight[RULES_LOCALES]; /* 0: says nothing there */
	struct place place;
};

/* A text that people might write, and what it is about; training.h learns from
 * them. */
struct rules_phrase {
	struct str topic; /* as a weight's category */
	unsigned locale;
	struct str text;
	struct place place;
};

struct rules_concept {
	struct str name;
	const struct rules_pattern *pattern[RULES_LOCALES]; /* NULL: no words for it */
	const struct rules_weight *weights; /* by category */
	size_t weight_count;
	struct place place;
};

enum signal_kind { SIGNAL_TEXT, SIGNAL_FIELD, SIGNAL_ATTACHMENT };
enum text_part { PART_ANY, PART_SUBJECT, PART_BODY };

struct rules_signal {
	enum signal_kind kind;
	enum text_part part;              /* TEXT */
	unsigned locales;                 /* mask of the locales in which it counts */
	double weight;                    /* negative: speaks against */
	const struct rules_pattern *pattern; /* TEXT: of the text; ATTACHMENT: of the folded name */
	struct str field;                 /* FIELD: counts when this box is filled */
	const struct rules_concept *concept; /* TEXT: that gave it; NULL: its own */
	struct place place;
};

enum field_type {
	FIELD_TEXT, FIELD_PERSON_NAME, FIELD_DATE, FIELD_URL, FIELD_INTEGER, FIELD_BOOLEAN,
	FIELD_ENUM, FIELD_LIST, FIELD_FILE
};
extern const char *const field_type_names[];
/* Is the date that a field asks for one that is over, or one to come? */
enum field_lean { FIELD_LEAN_NEITHER, FIELD_LEAN_PAST, FIELD_LEAN_FUTURE };
extern const char *const field_lean_names[];

/* "When the text says so, the value is …": a pattern over folded text with the
 * value that it proves (BOOLEAN, ENUM, INTEGER), or that proves presence (TEXT). */
struct rules_statement {
	const struct rules_pattern *pattern;
	unsigned locales;
	struct value value; /* BOOLEAN, INTEGER or TEXT (an enum's code); NONE = presence */
	struct place place;
};

/* A pattern over the original text whose group "value" (else whole match) is
 * parsed by the field's type. Numbered apart from rules_pattern. */
struct rules_capture {
	struct str source, expanded;
	unsigned number;
	unsigned locales;
	const struct rules_origin *origin;
	struct place place;
};

struct rules_field {
	struct str name;
	enum field_type type;
	unsigned required; /* locales in which it is required */
	unsigned asked;    /* locales in which the requester may be asked for it; ⊇ required */
	struct str label[RULES_LOCALES];          /* for the form; absent where no box */
	struct rules_template ask[RULES_LOCALES]; /* one line of the "what is missing" list */
	const struct str *codes; /* ENUM */
	size_t code_count;
	const struct str (*code_labels)[RULES_LOCALES]; /* of each code, as label; or NULL */
	const struct str (*code_folded)[RULES_LOCALES]; /* the same, folded */
	/* BOOLEAN: an integer in the box or captured from the text means true when
	 * it is at least this (3 attempts ⇒ confirmed), else false; 0 = not used. */
	int64_t true_from;
	enum field_lean lean; /* DATE: where year or month are left open */
	/* TEXT: present when the body has at least so many words of which so many
	 * are function words of its locale (gibberish has none); 0 = not used. */
	unsigned min_words, min_function_words;
	/* FILE, and URL where an attachment will do for the link: */
	const struct rules_pattern *file_name; /* its folded name; may be NULL */
	const struct str *file_types;          /* media types, "image/" = all images */
	size_t file_type_count;
	const struct str *one_of; /* any one of these fields will do instead */
	size_t one_of_count;
	const struct rules_statement *statements;
	size_t statement_count;
	const struct rules_capture *captures;
	size_t capture_count;
	struct place place;
};

enum gate_input { GATE_CLOCK_DAY_OF_MONTH, GATE_FIELD };
enum gate_test {
	GATE_IS_TRUE,    /* BOOLEAN field */
	GATE_AT_LEAST,   /* number: day of month, INTEGER field */
	GATE_AT_MOST,
	GATE_AGE_MONTHS, /* DATE field at least n calendar months before the clock's date */
	GATE_AGE_DAYS,   /* DATE field at least n days before it; n < 0: at most so far ahead */
	GATE_AGE_MONTHS_MOST, /* at most so long before it, or later */
	GATE_AGE_DAYS_MOST,
	GATE_ONE_OF      /* ENUM field has one of these codes */
};
enum gate_otherwise { GATE_OTHERWISE_ANSWERED, GATE_OTHERWISE_ASK };
enum gate_unknown {
	GATE_UNKNOWN_ASK,      /* where the field is asked for, else the help-center answer */
	GATE_UNKNOWN_ANSWERED, /* the help-center answer, though the field may be asked for */
	GATE_UNKNOWN_HOLDS     /* as if it held */
};
extern const char *const gate_unknown_names[]; /* "ask", "answered", "holds" */

/* Something that may be true of a ticket. */
struct rules_condition {
	struct str name;
	unsigned locales;
	enum gate_input input;
	const struct rules_field *field; /* GATE_FIELD */
	enum gate_test test;
	int64_t number;
	const struct str *codes;
	size_t code_count;
	struct place place;
};

/* A condition that must hold before a person gets the ticket. Not held: the
 * help-center answer, or the field is asked for. */
struct rules_gate {
	struct rules_condition when; /* first: gates and routes are read alike */
	enum gate_otherwise otherwise;
	enum gate_unknown unknown;
};

/* Where the condition holds, another team or priority than the category's. */
struct rules_route {
	struct rules_condition when; /* first */
	const struct rules_team *team;         /* NULL: the category's */
	const struct rules_priority *priority; /* NULL: the category's */
	bool without_help; /* the mail leaves the help-center text out, unless that answers */
};

struct rules_answer {
	struct rules_template subject; /* always there */
	struct rules_template help;    /* the help-center text; always there */
	struct rules_template paragraph[PARAGRAPH_COUNT]; /* absent: the locale's own */
};

/* A ticket of the category's audience, and what must be decided on it. Whoever
 * loads a policy to decide with tries them (trial.h). */
struct rules_example {
	struct str text, subject; /* subject: absent when not given */
	struct str locale;        /* the form's; absent */
	int64_t at_ms;            /* the clock */
	struct str reason;        /* chosen on the form; absent */
	const struct ticket_field *boxes;
	size_t box_count;
	const struct str *attachments; /* names */
	size_t attachment_count;
	struct str category;
	enum outcome outcome;
	const struct str *missing; /* NEEDS_INFO: just these */
	size_t missing_count;
	const struct ticket_field *found; /* these at least; texts, or lists of texts */
	size_t found_count;
	const struct rules_team *team;         /* NULL: any */
	const struct rules_priority *priority; /* NULL: any */
	struct place place;
};

struct rules_category {
	struct str name; /* "mentor.break" */
	unsigned audience; /* index */
	bool fallback;   /* "*.other": where undecided tickets of the audience go */
	unsigned self_service; /* locales in which the help-center text is always the answer */
	const struct rules_team *team;
	const struct rules_priority *priority;
	unsigned position; /* among the reasons of the form (form.h); 0: none given */
	struct str label[RULES_LOCALES]; /* the reason as the form shows it; always there */
	const struct rules_signal *signals; /* its own, then those of concepts, by name */
	size_t signal_count, own_signal_count;
	const struct rules_field *fields;
	size_t field_count;
	const struct rules_gate *gates;
	size_t gate_count;
	const struct rules_route *routes; /* the first that holds counts */
	size_t route_count;
	struct rules_answer answers[RULES_LOCALES];
	struct rules_wait wait; /* its own, else the policy's */
	const struct rules_example *examples;
	size_t example_count;
	unsigned number; /* dense from 0 */
	struct place place;
};

struct rules_follow_up {
	/* Address of the page for what is missing, with {{reference}} and {{token}}
	 * in it. In every locale or, when the rules give none, in none. */
	struct rules_template link[RULES_LOCALES];
	struct rules_wait wait;
};

struct rules {
	struct arena *arena; /* all of this */
	struct str time_zone;
	struct tz *tz;
	struct str locale_names[RULES_LOCALES];
	struct rules_locale locales[RULES_LOCALES];
	size_t locale_count;
	unsigned default_locale;
	double locale_min_words, locale_margin; /* hits, and lead over the next language */
	struct str audiences[RULES_AUDIENCES];
	size_t audience_count;
	const struct rules_category *fallbacks[RULES_AUDIENCES];
	/* Scores are log-odds: the winner must beat min_score, and its share must be
	 * min_confidence (classify.h); the reason chosen on the form adds
	 * reason_weight. */
	double min_score, min_confidence, reason_weight;
	int64_t lease_ms; /* how long an agent holds a ticket without renewing */
	struct rules_follow_up follow_up;
	/* Thanks, out-of-office: without a winner, these decide no_action. */
	const struct rules_signal *chatter;
	size_t chatter_count, own_chatter_count;
	double chatter_min_score;
	const struct rules_calendar *calendars;
	size_t calendar_count;
	const struct rules_team *teams;
	size_t team_count;
	const struct rules_priority *priorities; /* most urgent first */
	size_t priority_count;
	const struct rules_link *links;
	size_t link_count;
	const struct rules_concept *concepts; /* by name */
	size_t concept_count;
	const struct rules_phrase *phrases; /* by topic and locale, else as written */
	size_t phrase_count;
	double training_weight; /* score for a likeness of 1; 0: the phrases are not used */
	const struct rules_category *categories; /* by name */
	size_t category_count;
	const struct rules_pattern *const *patterns; /* by number */
	size_t pattern_count;
	const struct rules_capture *const *captures; /* by number */
	size_t capture_count;
};

/* Reads every *.yaml under folder, in the order of their paths. All faults of
 * all files go to diags, each with its place; with one error the result is
 * NULL. The result's places point into diags' sources: keep diags as long. */
struct rules *rules_load(const char *folder, struct diag_list *diags);
/* The same, but with errors too: what could be read, so that its patterns can
 * be tried as well. Never NULL, and not to be decided with.
 * beside: NULL, or other rules, which must live as long. Their patterns and captures
 * are then among these, under the same numbers: what was looked for in a text for
 * the ones was looked for for the others. */
struct rules *rules_load_partial(
    const char *folder, const struct rules *beside, struct diag_list *diags);
void rules_free(struct rules *rules);

const struct rules_category *rules_category_find(const struct rules *rules, struct str name);
/* Is a weight or phrase of that topic for the category of that name? "break" is
 * for that of each audience. RULES_CHATTER is for none. */
bool rules_topic_is_of(struct str topic, struct str category);
/* Is there a training text for the category of that name? */
bool rules_trains(const struct rules *rules, struct str category);
#define RULES_CHATTER "chatter"
int rules_locale_find(const struct rules *rules, struct str name);   /* index or -1 */
int rules_audience_find(const struct rules *rules, struct str name); /* index or -1 */
const struct rules_link *rules_link_find(const struct rules *rules, struct str name);
const struct rules_team *rules_team_find(const struct rules *rules, struct str name);

/* The place in the files of the bytes start..end of an expanded pattern: inside
 * the pattern, or the ${word} that gave them. */
struct place rules_origin_place(const struct rules_origin *origin, size_t start, size_t end);

/* The canonical print: YAML that reads back to the same print, macros expanded,
 * everything in a fixed order. Its SHA-256 is the policy's name. */
void rules_print(const struct rules *rules, struct strbuf *out);

#endif
