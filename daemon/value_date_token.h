/* SPDX-License-Identifier: MIT */
/*
 * value_date_token: folded text as the words, numbers and marks that dates are
 * made of, with what each word means.
 */
#ifndef VALUE_DATE_TOKEN_H
#define VALUE_DATE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "str.h"

#define DATE_TOKENS 64

enum date_kind {
	DATE_END,      /* behind the last token */
	DATE_NUMBER,   /* in digits */
	DATE_MARK,     /* one other character: number is its code */
	DATE_WORD,     /* none of the following */
	DATE_MONTH,    /* number 1..12 */
	DATE_WEEKDAY,  /* number 0 = Monday … */
	DATE_DAY,      /* number: days from today: tomorrow, hier */
	DATE_UNIT,     /* number: days, or months + DATE_UNIT_MONTHS */
	DATE_NEXT,     /* next, prochain */
	DATE_LAST,     /* last, dernier */
	DATE_AHEAD,    /* leads a time to come: in, within, dans */
	DATE_SINCE,    /* leads a time gone by: since, depuis; number 1: a; 2: for */
	DATE_AGO,      /* follows one: ago; number 1: back, which may also lead home */
	DATE_SOME,     /* no exact count: several, quelques */
	DATE_PART,     /* of a month: number 0 begin, 1 middle, 2 end */
	DATE_FEAST,    /* number: month * 100 + day, or days from Easter + DATE_FEAST_EASTER */
	DATE_TIME,     /* of a day: morning, soir; number -1 where "last" goes before: night */
	DATE_OF,       /* of, de, en …; number 1 before the day of a month: the, le, du */
	DATE_TO,       /* to, and, et: between two days; number 1: au */
	DATE_ABOUT,    /* about, more than, environ */
	DATE_HOUR      /* h, am, pm, o'clock: the number before is no day */
};
#define DATE_UNIT_MONTHS 1000
#define DATE_FEAST_EASTER 10000

struct date_token {
	enum date_kind kind;
	int64_t number;
	size_t start, end; /* bytes */
	int digits;        /* NUMBER: how many */
	bool ordinal;      /* NUMBER: "20th", "1er" */
	bool glued;        /* no blank before it */
};

/* Returns how many were put before tokens[count] = DATE_END; an apostrophe
 * separates without being a token. */
size_t date_tokens(struct str folded, struct date_token tokens[DATE_TOKENS + 1]);

#endif
