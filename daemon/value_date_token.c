/* SPDX-License-Identifier: MIT */
#include "value_date_token.h"

#include <string.h>

struct date_word {
	const char *word;
	enum date_kind kind;
	int number;
};

static const struct date_word date_words[] = {
	{"january", DATE_MONTH, 1}, {"janvier", DATE_MONTH, 1}, {"jan", DATE_MONTH, 1},
	{"janv", DATE_MONTH, 1}, {"february", DATE_MONTH, 2}, {"fevrier", DATE_MONTH, 2},
	{"feb", DATE_MONTH, 2}, {"fev", DATE_MONTH, 2}, {"fevr", DATE_MONTH, 2},
	{"march", DATE_MONTH, 3}, {"mars", DATE_MONTH, 3}, {"mar", DATE_MONTH, 3},
	{"april", DATE_MONTH, 4}, {"avril", DATE_MONTH, 4}, {"apr", DATE_MONTH, 4},
	{"avr", DATE_MONTH, 4}, {"may", DATE_MONTH, 5}, {"mai", DATE_MONTH, 5},
	{"june", DATE_MONTH, 6}, {"juin", DATE_MONTH, 6}, {"jun", DATE_MONTH, 6},
	{"july", DATE_MONTH, 7}, {"juillet", DATE_MONTH, 7}, {"jul", DATE_MONTH, 7},
	{"juil", DATE_MONTH, 7}, {"august", DATE_MONTH, 8}, {"aout", DATE_MONTH, 8},
	{"aug", DATE_MONTH, 8}, {"september", DATE_MONTH, 9}, {"septembre", DATE_MONTH, 9},
	{"sep", DATE_MONTH, 9}, {"sept", DATE_MONTH, 9}, {"october", DATE_MONTH, 10},
	{"octobre", DATE_MONTH, 10}, {"oct", DATE_MONTH, 10}, {"november", DATE_MONTH, 11},
	{"novembre", DATE_MONTH, 11}, {"nov", DATE_MONTH, 11}, {"december", DATE_MONTH, 12},
	{"decembre", DATE_MONTH, 12}, {"dec", DATE_MONTH, 12},
	{"monday", DATE_WEEKDAY, 0}, {"lundi", DATE_WEEKDAY, 0},
	{"tuesday", DATE_WEEKDAY, 1}, {"mardi", DATE_WEEKDAY, 1},
	{"tues", DATE_WEEKDAY, 1}, {"wednesday", DATE_WEEKDAY, 2}, {"mercredi", DATE_WEEKDAY, 2},
	{"thursday", DATE_WEEKDAY, 3}, {"jeudi", DATE_WEEKDAY, 3},
	{"thurs", DATE_WEEKDAY, 3}, {"friday", DATE_WEEKDAY, 4},
	{"vendredi", DATE_WEEKDAY, 4}, {"saturday", DATE_WEEKDAY, 5},
	{"samedi", DATE_WEEKDAY, 5}, {"sunday", DATE_WEEKDAY, 6},
	{"dimanche", DATE_WEEKDAY, 6},
	{"today", DATE_DAY, 0}, {"tonight", DATE_DAY, 0}, {"aujourd", DATE_DAY, 0},
	{"tomorrow", DATE_DAY, 1}, {"demain", DATE_DAY, 1}, {"yesterday", DATE_DAY, -1},
	{"hier", DATE_DAY, -1},
	{"day", DATE_UNIT, 1}, {"days", DATE_UNIT, 1}, {"jour", DATE_UNIT, 1},
	{"jours", DATE_UNIT, 1},
	{"week", DATE_UNIT, 7}, {"weeks", DATE_UNIT, 7}, {"semaine", DATE_UNIT, 7},
	{"semaines", DATE_UNIT, 7}, {"fortnight", DATE_UNIT, 14},
	{"month", DATE_UNIT, DATE_UNIT_MONTHS + 1}, {"months", DATE_UNIT, DATE_UNIT_MONTHS + 1},
	{"mois", DATE_UNIT, DATE_UNIT_MONTHS + 1}, {"year", DATE_UNIT, DATE_UNIT_MONTHS + 12},
	{"years", DATE_UNIT, DATE_UNIT_MONTHS + 12}, {"an", DATE_UNIT, DATE_UNIT_MONTHS + 12},
	{"ans", DATE_UNIT, DATE_UNIT_MONTHS + 12}, {"annee", DATE_UNIT, DATE_UNIT_MONTHS + 12},
	{"annees", DATE_UNIT, DATE_UNIT_MONTHS + 12},
	{"next", DATE_NEXT, 0}, {"coming", DATE_NEXT, 0}, {"prochain", DATE_NEXT, 0},
	{"prochaine", DATE_NEXT, 0}, {"last", DATE_LAST, 0}, {"dernier", DATE_LAST, 0},
	{"derniere", DATE_LAST, 0}, {"passe", DATE_LAST, 0}, {"passee", DATE_LAST, 0},
	{"in", DATE_AHEAD, 0}, {"within", DATE_AHEAD, 0}, {"dans", DATE_AHEAD, 0},
	{"sous", DATE_AHEAD, 0}, {"ici", DATE_AHEAD, 0},
	{"since", DATE_SINCE, 0}, {"for", DATE_SINCE, 2}, {"been", DATE_SINCE, 0},
	{"depuis", DATE_SINCE, 0}, {"fait", DATE_SINCE, 0}, {"a", DATE_SINCE, 1},
	{"voila", DATE_SINCE, 0}, {"voici", DATE_SINCE, 0}, {"ago", DATE_AGO, 0},
	{"earlier", DATE_AGO, 0}, {"back", DATE_AGO, 1},
	{"few", DATE_SOME, 0}, {"several", DATE_SOME, 0}, {"many", DATE_SOME, 0},
	{"christmas", DATE_FEAST, 1225}, {"noel", DATE_FEAST, 1225},
	{"rentree", DATE_FEAST, 901}, {"toussaint", DATE_FEAST, 1101},
	{"easter", DATE_FEAST, DATE_FEAST_EASTER}, {"paques", DATE_FEAST, DATE_FEAST_EASTER},
	{"ascension", DATE_FEAST, DATE_FEAST_EASTER + 39},
	{"pentecote", DATE_FEAST, DATE_FEAST_EASTER + 49},
	{"morning", DATE_TIME, 0}, {"afternoon", DATE_TIME, 0}, {"evening", DATE_TIME, 0},
	{"night", DATE_TIME, -1}, {"matin", DATE_TIME, 0}, {"midi", DATE_TIME, 0},
	{"soir", DATE_TIME, 0}, {"weekend", DATE_WEEKDAY, 5},
	{"quelques", DATE_SOME, 0}, {"plusieurs", DATE_SOME, 0}, {"des", DATE_SOME, 0},
	{"begin", DATE_PART, 0}, {"beginning", DATE_PART, 0}, {"start", DATE_PART, 0},
	{"early", DATE_PART, 0}, {"debut", DATE_PART, 0}, {"mid", DATE_PART, 1},
	{"middle", DATE_PART, 1}, {"mi", DATE_PART, 1}, {"milieu", DATE_PART, 1},
	{"end", DATE_PART, 2}, {"late", DATE_PART, 2}, {"fin", DATE_PART, 2},
	{"of", DATE_OF, 0}, {"the", DATE_OF, 1}, {"this", DATE_OF, 0}, {"de", DATE_OF, 0},
	{"d", DATE_OF, 0}, {"du", DATE_OF, 1}, {"le", DATE_OF, 1}, {"la", DATE_OF, 0},
	{"ce", DATE_OF, 0}, {"en", DATE_OF, 2}, {"l", DATE_OF, 0}, {"cette", DATE_OF, 0},
	{"cet", DATE_OF, 0},
	{"to", DATE_TO, 0}, {"until", DATE_TO, 0}, {"till", DATE_TO, 0}, {"and", DATE_TO, 0},
	{"au", DATE_TO, 1}, {"et", DATE_TO, 0}, {"or", DATE_TO, 0}, {"ou", DATE_TO, 0},
	{"about", DATE_ABOUT, 0}, {"around", DATE_ABOUT, 0}, {"almost", DATE_ABOUT, 0},
	{"nearly", DATE_ABOUT, 0}, {"over", DATE_ABOUT, 0}, {"more", DATE_ABOUT, 0},
	{"than", DATE_ABOUT, 0}, {"at", DATE_ABOUT, 0}, {"least", DATE_ABOUT, 0},
	{"already", DATE_ABOUT, 0}, {"exactly", DATE_ABOUT, 0}, {"plus", DATE_ABOUT, 0},
	{"environ", DATE_ABOUT, 0}, {"presque", DATE_ABOUT, 0}, {"pres", DATE_ABOUT, 0},
	{"moins", DATE_ABOUT, 0}, {"deja", DATE_ABOUT, 0}, {"bien", DATE_ABOUT, 0},
	{"h", DATE_HOUR, 0}, {"hr", DATE_HOUR, 0}, {"heures", DATE_HOUR, 0},
	{"heure", DATE_HOUR, 0},
	{"am", DATE_HOUR, 0}, {"pm", DATE_HOUR, 0}, {"o", DATE_HOUR, 0}, {"min", DATE_HOUR, 0},
};

static bool
date_is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
date_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "week-end" and "week end" are one word. */
static bool
date_is_weekend(struct str text, size_t at)
{
	struct str rest = str_part(text, at, at + sizeof("week-end"));

	return (str_starts(rest, "week-end") || str_starts(rest, "week end")) &&
	    (rest.n == 8 || !date_is_letter(rest.p[8]));
}

static void
date_word(struct str text, struct date_token *token)
{
	struct str word;
	size_t i;

	if (date_is_weekend(text, token->start)) {
		token->end = token->start + 8;
		token->kind = DATE_WEEKDAY;
		token->number = 5;
		return;
	}
	while (token->end < text.n && date_is_letter(text.p[token->end]))
		token->end++;
	word = str_part(text, token->start, token->end);
	token->kind = DATE_WORD;
	for (i = 0; i < sizeof(date_words) / sizeof(date_words[0]); i++)
		if (date_words[i].word[0] == word.p[0] && str_is(word, date_words[i].word)) {
			token->kind = date_words[i].kind;
			token->number = date_words[i].number;
			return;
		}
}

static void
date_number(struct str text, struct date_token *token)
{
	static const char *const ordinals[] = {"st", "nd", "rd", "th", "er", "e", "eme"};
	struct date_token suffix;
	size_t i;

	token->kind = DATE_NUMBER;
	for (; token->end < text.n && date_is_digit(text.p[token->end]); token->end++) {
		if (++token->digits <= 9)
			token->number = token->number * 10 + (text.p[token->end] - '0');
	}
	suffix = (struct date_token){.start = token->end, .end = token->end};
	while (suffix.end < text.n && date_is_letter(text.p[suffix.end]))
		suffix.end++;
	for (i = 0; i < sizeof(ordinals) / sizeof(ordinals[0]); i++)
		if (str_is(str_part(text, suffix.start, suffix.end), ordinals[i])) {
			token->ordinal = true;
			token->end = suffix.end;
		}
}

size_t
date_tokens(struct str folded, struct date_token tokens[DATE_TOKENS + 1])
{
	size_t count = 0, at = 0;
	bool glued = false;

	while (at < folded.n && count < DATE_TOKENS) {
		struct date_token *token = &tokens[count];
		char c = folded.p[at];

		if (c == ' ' || c == '\'' || c == '\n') {
			at++;
			glued = false;
			continue;
		}
		*token = (struct date_token){.start = at, .end = at, .glued = glued};
		if (date_is_letter(c))
			date_word(folded, token);
		else if (date_is_digit(c))
			date_number(folded, token);
		else {
			token->kind = DATE_MARK;
			token->number = c;
			token->end++;
		}
		at = token->end;
		glued = true;
		count++;
	}
	tokens[count] = (struct date_token){.kind = DATE_END, .start = at, .end = at};
	return count;
}
