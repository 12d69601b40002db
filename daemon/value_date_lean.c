/* SPDX-License-Identifier: MIT */
/*
 * Where the words before a date lean. The nearest one in the clause decides: "I was
 * told that I can stop on the 12th" is about what is to come.
 */
#include "value_date_read.h"

#define LEAN_WORDS 7 /* that are looked at, articles and the like apart */

/* What has begun or has an end, whoever says so. */
static const char *const lean_past[] = {"since", "ago", "depuis", "voila", "voici", NULL};
static const char *const lean_future[] = {"until", "till", "jusqu", NULL};

/* Done; in English the words themselves tell, participles are there because "the
 * invoice paid on 20 December" is about the past. */
static const char *const lean_done[] = {
	"was", "were", "had", "did", "been", "sent", "paid", "applied", "received", "waiting",
	"waited", "joined", "onboarded", "passed", "stopped", "ended", "finished", "left", "began",
	"started", "signed", "went", "quit",
	"etait", "etais", "etaient", "avait", "avais", "envoye", "envoyee", "paye", "payee",
	"postule", "recu", "recue", "attends", "attendu", NULL,
};
/* To be done. They only keep what stands before them from deciding. */
static const char *const lean_planned[] = {
	"will", "ll", "shall", "would", "could", "should", "must", "might", "can", "want", "wants",
	"wish", "hope", "like", "plan", "plans", "planning", "going", "intend", "intending",
	"thinking", "supposed", "stop", "stops", "stopping", "leave", "leaves", "leaving", "end",
	"ends", "ending", "finish", "finishing", "be", "begin", "begins", "beginning", "start",
	"starts", "starting", "return", "from", "effective", "by",
	"planned", "scheduled", "expected", "due",
	"prevu", "prevue", "prevus", "prevues", "fixe", "fixee",
	"partir", "compter", "arrete", "arreter", "arretons", "cesse", "cesser", "commence",
	"commencer", "termine", "terminer", "quitte", "quitter", "pars", "prends", "veux",
	"souhaite", "souhaiterais", "compte", "voudrais", "aimerais", "reprends", "reviens", "ici",
	"prendre", "faire", "etre", NULL,
};
/* Before what has yet to be done: "will be paid". */
static const char *const lean_be[] = {"be", "get", "etre", "sera", "serai", "seront", NULL};
/* Where another clause begins; and who was told of a day, or agreed on it, does not say
 * whether it is over. */
static const char *const lean_edges[] = {
	"and", "but", "because", "so", "that", "when", "if", "while", "as", "which", "who", "then",
	"et", "mais", "car", "que", "qui", "quand", "si", "donc", "puis", "comme", "qu",
	"told", "warned", "informed", "notified", "agreed", "decided", "announced",
	"prevenu", "prevenue", "prevenus", "averti", "avertie", "informe", "informee", "convenu",
	"decide", "annonce", "dit", "parle", NULL,
};
static const char *const lean_have[] = {
	"ai", "as", "a", "avons", "avez", "ont", "suis", "est", "sommes", "sont", NULL,
};
/* With "to be" in French: who left has done so. */
static const char *const lean_gone[] = {
	"parti", "partie", "partis", "arrive", "arrivee", "alle", "allee", "revenu", "revenue",
	"rentre", "rentree", "tombe", "tombee", "devenu", "devenue", "passe", "passee", NULL,
};
/* After "a" that is no auxiliary. */
static const char *const lean_no_verb[] = {"cette", "notre", "votre", "quelle", "toute", "une",
	"partie", "suite", "cause", "chaque", "aussi", "ceci", "plus", "nouveau", NULL};

static bool
lean_ends(struct str word, const char *const *endings)
{
	for (; *endings != NULL; endings++) {
		struct str ending = str_of(*endings);

		if (word.n > ending.n &&
		    str_eq(str_part(word, word.n - ending.n, word.n), ending))
			return true;
	}
	return false;
}

/* "j'ai arrete", "a commence", "suis parti": what is done is told by two words. */
static bool
lean_has_done(const struct date_reader *reader, size_t i)
{
	static const char *const endings[] = {
	    "e", "ee", "es", "ees", "i", "ie", "is", "it", "u", "ue", "us", NULL};
	static const char *const irregular[] = {"eu", "fait", "mis", NULL};
	bool have;

	if (i > 0 && date_is_one_of(reader, i - 1, lean_have) &&
	    date_is_one_of(reader, i, irregular))
		return true;
	if (i == 0 || !date_is_one_of(reader, i - 1, lean_have) || date_word(reader, i).n <= 3 ||
	    (date_at(reader, i)->kind != DATE_WORD && date_at(reader, i)->kind != DATE_LAST))
		return false;
	have = date_is_word(reader, i - 1, "a") || date_word(reader, i - 1).p[0] == 'a' ||
	    date_is_word(reader, i - 1, "ont");
	if (!have)
		return date_is_one_of(reader, i, lean_gone);
	return lean_ends(date_word(reader, i), endings) &&
	    !date_is_one_of(reader, i, lean_no_verb);
}

/* "I enrolled", but not "I need" */
static bool
lean_has_ed(const struct date_reader *reader, size_t i)
{
	static const char *const who[] = {"i", "we", "he", "she", "they", "it", NULL};
	static const char *const did[] = {"ed", NULL}, *const is[] = {"eed", NULL};
	struct str word = date_word(reader, i);

	return i > 0 && date_is_one_of(reader, i - 1, who) && lean_ends(word, did) &&
	    !lean_ends(word, is);
}

/* "arreterai", "ferait", "mettre", "to take" */
static bool
lean_will(const struct date_reader *reader, size_t i)
{
	static const char *const endings[] = {
	    "rai", "rons", "ront", "rait", "rais", "raient", NULL};
	static const char *const infinitives[] = {"er", "ir", "re", NULL};
	static const char *const leads[] = {"de", "d", "pour", "vais", "dois", "peux", NULL};

	if (date_is_one_of(reader, i, lean_planned) || lean_ends(date_word(reader, i), endings))
		return true;
	return i > 0 && date_at(reader, i)->kind == DATE_WORD &&
	    (date_is_word(reader, i - 1, "to") || (date_is_one_of(reader, i - 1, leads) &&
	    lean_ends(date_word(reader, i), infinitives)));
}

/* Little words and dashes lead a date without leaning. */
static bool
lean_is_little(const struct date_token *token)
{
	return token->kind == DATE_OF || token->kind == DATE_ABOUT || token->kind == DATE_WEEKDAY ||
	    token->kind == DATE_PART || (token->kind == DATE_TO && token->number == 1) ||
	    (token->kind == DATE_MARK && (token->number == '-' || token->number == '.'));
}

enum value_date_lean
date_lean(const struct date_reader *reader, size_t i, enum value_date_lean usual, bool *weak)
{
	size_t at = i, looked = 0;

	*weak = false;
	if (i > 0 && (date_at(reader, i - 1)->kind == DATE_LAST ||
	    date_is_word(reader, i - 1, "past")))
		return VALUE_DATE_PAST;
	if (i > 0 && date_at(reader, i - 1)->kind == DATE_NEXT)
		return VALUE_DATE_FUTURE;
	while (at-- > 0 && looked < LEAN_WORDS) {
		const struct date_token *token = date_at(reader, at);

		if (date_is_one_of(reader, at, lean_past) ||
		    (date_is_word(reader, at, "a") && at > 0 && date_is_word(reader, at - 1, "y")))
			return VALUE_DATE_PAST;
		if (date_is_one_of(reader, at, lean_future))
			return VALUE_DATE_FUTURE;
		if (date_is_one_of(reader, at, lean_edges))
			break;
		if (lean_has_done(reader, at) || lean_has_ed(reader, at) ||
		    (date_is_one_of(reader, at, lean_done) &&
			!date_is_one_of(reader, at - (at > 0), lean_be))) {
			*weak = true;
			return VALUE_DATE_PAST;
		}
		if (lean_will(reader, at))
			return usual == VALUE_DATE_NEAREST ? VALUE_DATE_FUTURE : usual;
		if (token->kind == DATE_NUMBER || token->kind == DATE_MONTH ||
		    (token->kind == DATE_MARK && !lean_is_little(token)))
			break;
		looked += !lean_is_little(token);
	}
	return usual;
}
