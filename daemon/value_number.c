/* SPDX-License-Identifier: MIT */
#include "value_number.h"

#define NUMBER_DIGITS 15

struct number_word {
	const char *word;
	int number;
};

static const struct number_word number_words[] = {
	{"zero", 0}, {"one", 1}, {"un", 1}, {"une", 1}, {"once", 1}, {"first", 1}, {"premier", 1},
	{"premiere", 1}, {"two", 2}, {"deux", 2}, {"twice", 2}, {"second", 2}, {"seconde", 2},
	{"deuxieme", 2}, {"couple", 2}, {"three", 3}, {"trois", 3}, {"thrice", 3}, {"third", 3},
	{"troisieme", 3}, {"four", 4}, {"quatre", 4}, {"fourth", 4}, {"quatrieme", 4}, {"five", 5},
	{"cinq", 5}, {"fifth", 5}, {"cinquieme", 5}, {"six", 6}, {"sixth", 6}, {"sixieme", 6},
	{"seven", 7}, {"sept", 7}, {"seventh", 7}, {"septieme", 7}, {"eight", 8}, {"huit", 8},
	{"eighth", 8}, {"huitieme", 8}, {"nine", 9}, {"neuf", 9}, {"ninth", 9}, {"neuvieme", 9},
	{"ten", 10}, {"dix", 10}, {"tenth", 10}, {"dixieme", 10}, {"dizaine", 10}, {"eleven", 11},
	{"onze", 11}, {"twelve", 12}, {"douze", 12}, {"dozen", 12}, {"douzaine", 12},
	{"thirteen", 13}, {"treize", 13}, {"fourteen", 14}, {"quatorze", 14}, {"fifteen", 15},
	{"quinze", 15}, {"quinzaine", 15}, {"sixteen", 16}, {"seize", 16}, {"seventeen", 17},
	{"eighteen", 18}, {"nineteen", 19}, {"twenty", 20}, {"vingt", 20}, {"vingts", 20},
	{"thirty", 30}, {"trente", 30}, {"forty", 40}, {"quarante", 40}, {"fifty", 50},
	{"cinquante", 50}, {"sixty", 60}, {"soixante", 60}, {"seventy", 70}, {"septante", 70},
	{"eighty", 80}, {"huitante", 80}, {"octante", 80}, {"ninety", 90}, {"nonante", 90},
	{"hundred", 100}, {"cent", 100}, {"pair", 2}, {"paire", 2}, {"huitaine", 8},
	{"vingtaine", 20}, {"trentaine", 30}, {"quarantaine", 40}, {"cinquantaine", 50},
	{"soixantaine", 60}, {"centaine", 100},
};

/* What may follow digits directly without making them a code. */
static const char *const number_suffixes[] = {
	"st", "nd", "rd", "th", "er", "ere", "e", "eme", "ieme", "x", NULL,
};

static bool
number_is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
number_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t
number_word_end(struct str text, size_t at)
{
	while (at < text.n && number_is_letter(text.p[at]))
		at++;
	return at;
}

/* The table's number for the word at "at", or -1. */
static int
number_word_at(struct str text, size_t at, size_t *end)
{
	struct str word;
	size_t i;

	*end = number_word_end(text, at);
	word = str_part(text, at, *end);
	if (word.n < 2)
		return -1;
	for (i = 0; i < sizeof(number_words) / sizeof(number_words[0]); i++)
		if (number_words[i].word[0] == word.p[0] && str_is(word, number_words[i].word))
			return number_words[i].number;
	return -1;
}

/* The word after one blank or hyphen, and after "et" or "and". */
static size_t
number_next_word(struct str text, size_t at)
{
	size_t end;

	if (at >= text.n || (text.p[at] != ' ' && text.p[at] != '-'))
		return text.n;
	at++;
	end = number_word_end(text, at);
	if (end < text.n && (text.p[end] == ' ' || text.p[end] == '-') &&
	    (str_is(str_part(text, at, end), "et") || str_is(str_part(text, at, end), "and")))
		return end + 1;
	return at;
}

/* "a dozen", "une paire", "half a dozen", "une demi-douzaine": what is told by a
 * word for so many. */
static bool
number_read_group(struct str text, size_t at, int64_t *number, size_t *end)
{
	static const char *const articles[] = {"a", "un", "une", "one", NULL};
	static const char *const groups[] = {"couple", "pair", "paire", "dozen", "huitaine",
		"dizaine", "douzaine", "quinzaine", "vingtaine", "trentaine", "quarantaine",
		"cinquantaine", "soixantaine", "centaine", "hundred", NULL};
	size_t after = number_word_end(text, at);
	struct str word = str_part(text, at, after);
	bool half;

	if (str_is_one_of(word, articles)) {
		at = number_next_word(text, after);
		after = number_word_end(text, at);
		word = str_part(text, at, after);
	}
	half = str_is(word, "half") || str_is(word, "demi");
	if (half) {
		at = number_next_word(text, after);
		after = number_word_end(text, at);
		if (str_is(str_part(text, at, after), "a")) {
			at = number_next_word(text, after);
			after = number_word_end(text, at);
		}
		word = str_part(text, at, after);
		if (!str_is(word, "dozen") && !str_is(word, "douzaine"))
			return false;
	}
	if (!str_is_one_of(word, groups))
		return false;
	*number = number_word_at(text, at, end);
	if (half)
		*number /= 2;
	return true;
}

/* "vingt et un", "dix-sept", "soixante-douze", "quatre-vingt-dix-neuf". */
static bool
number_read_tens(struct str text, size_t at, int64_t *number, size_t *end)
{
	size_t first = at, after;
	int value = number_word_at(text, at, end), more;
	bool teens;

	if (value < 0)
		return false;
	*number = value;
	at = number_next_word(text, *end);
	more = number_word_at(text, at, &after);
	if (value == 4 && more == 20) {
		*number = value = 80;
		*end = after;
		at = number_next_word(text, *end);
		more = number_word_at(text, at, &after);
		teens = true;
	} else
		teens = value == 60 && str_is(str_part(text, first, *end), "soixante");
	if (str_is(str_part(text, first, *end), "dix") && more >= 7 && more <= 9) {
		*number = 10 + more;
		*end = after;
	} else if (value >= 20 && value < 100 && value % 10 == 0 && more >= 1 && more < 20) {
		int64_t rest = more;

		if (more >= 10 && !teens)
			return true;
		if (more == 10)
			number_read_tens(text, at, &rest, &after);
		if (rest < 20) {
			*number = value + rest;
			*end = after;
		}
	}
	return true;
}

static struct str
number_last_word(struct str text, size_t end)
{
	size_t at = end;

	while (at > 0 && number_is_letter(text.p[at - 1]))
		at--;
	return str_part(text, at, end);
}

/* May "hundred" or a dozen come after it? "The third dozen" is one, and "two cents"
 * are money. */
static bool
number_is_count(struct str word, bool cents)
{
	static const char *const before_cents[] = {
		"deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", NULL};
	static const char *const others[] = {"twice", "thrice", "second", "seconde", "third",
		"pair", "paire", "hundred", "cent", "dozen", NULL};
	struct str end = str_part(word, word.n < 4 ? 0 : word.n - 4, word.n);

	if (cents)
		return str_is_one_of(word, before_cents);
	return !str_is_one_of(word, others) && !str_is(end, "aine") && !str_is(end, "ieme") &&
	    !(end.n > 1 && str_is(str_part(end, end.n - 2, end.n), "th"));
}

/* "two dozen", "deux cents": so many times what the next word tells. */
static void
number_times(struct str text, int64_t *number, size_t *end)
{
	static const char *const groups[] = {"dozen", "hundred", "cent", "dizaine", "douzaine",
		"quinzaine", "vingtaine", "trentaine", "quarantaine", "cinquantaine",
		"soixantaine", "centaine", NULL};
	size_t at = *end + 1, after, known;
	struct str word;

	if (*end >= text.n || (text.p[*end] != ' ' && text.p[*end] != '-'))
		return;
	after = known = number_word_end(text, at);
	if (after > at && text.p[after - 1] == 's')
		known--;
	word = str_part(text, at, known);
	if (str_is_one_of(word, groups) &&
	    number_is_count(number_last_word(text, *end), str_is(word, "cent"))) {
		*number *= number_word_at(str_part(text, 0, known), at, &known);
		*end = after;
	}
}

/* "cent vingt", "two hundred and fifty-three": what comes after hundreds. */
static void
number_rest(struct str text, int64_t *number, size_t *end)
{
	static const char *const hundreds[] = {"cent", "cents", "hundred", NULL};
	int64_t rest;
	size_t after;

	if (str_is_one_of(number_last_word(text, *end), hundreds) &&
	    number_read_tens(text, number_next_word(text, *end), &rest, &after) && rest > 0 &&
	    rest < 100) {
		*number += rest;
		*end = after;
	}
}

static bool
number_read_words(struct str text, size_t at, int64_t *number, size_t *end)
{
	if (!number_read_group(text, at, number, end) && !number_read_tens(text, at, number, end))
		return false;
	if (*number > 1 && *number < 100)
		number_times(text, number, end);
	number_rest(text, number, end);
	return true;
}

static bool
number_suffix_fine(struct str text, size_t at, size_t *end)
{
	struct str word = str_part(text, at, number_word_end(text, at));
	size_t i;

	*end = at + word.n;
	if (word.n == 0)
		return true;
	for (i = 0; number_suffixes[i] != NULL; i++)
		if (str_is(word, number_suffixes[i]))
			return *end == text.n || !number_is_digit(text.p[*end]);
	return false;
}

static bool
number_read_digits(struct str text, size_t at, int64_t *number, size_t *end)
{
	size_t first = at;

	*number = 0;
	while (at < text.n && number_is_digit(text.p[at])) {
		if (at - first == NUMBER_DIGITS)
			return false;
		*number = *number * 10 + (text.p[at++] - '0');
	}
	/* 2.5 and 2,5 are no whole numbers; "2, 5" and "2." are. */
	if (at + 1 < text.n && (text.p[at] == '.' || text.p[at] == ',') &&
	    number_is_digit(text.p[at + 1]))
		return false;
	if (!number_suffix_fine(text, at, end))
		return false;
	if (*end == at)
		number_times(text, number, end); /* "2 dozen" */
	return true;
}

bool
value_number_read(struct str folded, size_t at, int64_t *number, size_t *end)
{
	if (at >= folded.n)
		return false;
	if (number_is_digit(folded.p[at]))
		return number_read_digits(folded, at, number, end);
	return number_is_letter(folded.p[at]) && number_read_words(folded, at, number, end);
}

/* The end of the run of letters, digits and inner points at "at". */
static size_t
number_skip(struct str text, size_t at)
{
	while (at < text.n && (number_is_letter(text.p[at]) || number_is_digit(text.p[at]) ||
	    ((text.p[at] == '.' || text.p[at] == ',') && at + 1 < text.n &&
	    number_is_digit(text.p[at + 1]))))
		at++;
	return at;
}

static bool
number_find(struct str folded, int64_t *number, size_t *start, size_t *end)
{
	size_t at = 0;

	while (at < folded.n) {
		if (!number_is_letter(folded.p[at]) && !number_is_digit(folded.p[at])) {
			at++;
			continue;
		}
		/* "x3" */
		if (folded.p[at] == 'x' && at + 1 < folded.n && number_is_digit(folded.p[at + 1]))
			at++;
		if (value_number_read(folded, at, number, end)) {
			*start = at;
			return true;
		}
		at = number_skip(folded, at);
	}
	return false;
}

bool
value_number_find(struct str folded, int64_t *number, size_t *start, size_t *end)
{
	static const char *const none[] = {"aucun", "aucune", "none", NULL};
	size_t at = 0;

	if (number_find(folded, number, start, end))
		return true;
	/* "aucune relance" is none, "aucune reponse a 3 relances" is three. */
	for (; at < folded.n; at = *end + 1) {
		*end = number_word_end(folded, at);
		if (str_is_one_of(str_part(folded, at, *end), none)) {
			*start = at;
			*number = 0;
			return true;
		}
	}
	return false;
}
