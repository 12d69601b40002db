/* SPDX-License-Identifier: MIT */
#include "letter_line.h"

#include <string.h>

#define LINE_CLOSING_BYTES 60
#define LINE_CONTACT_BYTES 70
#define LINE_CONTACT_WORDS 7
#define LINE_DEVICE_BYTES 90
#define LINE_GREETING_WORDS 4
#define LINE_PHONE_DIGITS 8

/* Letters of Latin-1 from U+00C0 on, without their marks. */
static const char line_latin[] = "aaaaaaaceeeeiiiidnoooooxouuuuytsaaaaaaaceeeeiiiidnoooooxouuuuyty";

static const char *const line_dividers[] = {"original message", "message d'origine",
	"message original", "message initial", "reply message", "message precedent", NULL};
static const char *const line_forwards[] = {"forwarded message", "message transfere",
	"forwarded by", "transfere par", "message reexpedie", NULL};
static const char *const line_leads[] = {"wrote:", "wrote :", "writes:", "a ecrit :", "a ecrit:",
	"ecrivait :", "schrieb:", "escribio:", "ha scritto:", NULL};
static const char *const line_devices[] = {"sent from my ", "sent from mail for ",
	"sent from outlook", "sent from yahoo", "sent from proton", "sent via ", "sent with proton",
	"get outlook for ", "envoye de mon ", "envoye depuis mon ", "envoye depuis l'app",
	"envoye depuis ma ", "envoye a partir d", "envoye depuis outlook", "envoye avec proton",
	"obtenez outlook pour", "telecharger outlook", "provenance : courrier", NULL};
static const char *const line_notices[] = {"this e-mail", "this email", "this message",
	"this communication", "the information contained", "the content of this", "ce message",
	"ce courriel", "ce mail", "cet e-mail", "ce courrier electronique",
	"les informations contenues", "l'information contenue", "le contenu de ce", "disclaimer",
	"confidentiality notice", "avis de confidentialite", "clause de confidentialite",
	"please consider the environment", "before printing", "avant d'imprimer",
	"pensez a l'environnement", "p please consider", NULL};
static const char *const line_notice_words[] = {"confidential", "confidentiel", "privileged",
	"intended only", "only intended", "solely", "recipient", "destinataire", "exclusi",
	"uniquement", "environ", NULL};
static const char *const line_closings[] = {"best regards", "kind regards", "kindest regards",
	"warm regards", "with kind regards", "with best regards", "regards", "best wishes",
	"best,", "all the best", "sincerely", "yours", "many thanks", "thanks", "thank you",
	"thx", "cheers", "warmly", "cordialement", "bien cordialement", "tres cordialement",
	"cordiales salutations", "salutations", "sinceres salutations", "meilleures salutations",
	"bien a vous", "bien a toi", "respectueusement", "amicalement", "amities", "bonne journee",
	"bonne soiree", "belle journee", "excellente journee", "merci", "cdlt", "cdt",
	"bien sincerement",
	"sincerement", NULL};
/* A line with one of these tells something. */
static const char *const line_telling[] = {"student", "mentee", "coachee", "etudiant", "eleve",
	"coache", "project", "projet", "session", "seance", "date", "path", "parcours", "lien",
	"ps ", "ps:", "p.s", "p.-s", "http", "we ", "nous ", "please", NULL};
/* So does a sentence, */
static const char *const line_verbs[] = {"is ", "are ", "was ", "has ", "not ", "still ", "est ",
	"sont ", "ne ", "n'", "pas ", "toujours ", NULL};
/* and whoever speaks of himself. */
static const char *const line_persons[] = {"i ", "i'", "my ", "je ", "j'", "mon ", "ma ", "mes ",
	NULL};
static const char *const line_labels[] = {"tel", "telephone", "t", "phone", "mob", "mobile",
	"port", "portable", "fax", "cell", "mail", "e-mail", "email", "web", "website", "site",
	"adresse", "address", "siret", "m", "linkedin", "skype", NULL};

static bool
line_starts_one(struct str line, const char *const *list)
{
	for (; *list != NULL; list++)
		if (**list == line.p[0] && str_starts(line, *list))
			return true;
	return false;
}

static bool
line_has(struct str line, const char *text)
{
	return memmem(line.p, line.n, text, strlen(text)) != NULL;
}

static bool
line_has_one(struct str line, const char *const *list)
{
	for (; *list != NULL; list++)
		if (line_has(line, *list))
			return true;
	return false;
}

/* One of them where a word begins. */
static bool
line_says_one(struct str line, const char *const *list)
{
	const char *p, *end = line.p + line.n;

	for (; *list != NULL; list++)
		for (p = line.p; (p = memmem(p, (size_t)(end - p), *list, strlen(*list))) != NULL;
		     p++)
			if (p == line.p || p[-1] < 'a' || p[-1] > 'z')
				return true;
	return false;
}

static bool
line_ends(struct str line, const char *text)
{
	size_t n = strlen(text);

	return line.n >= n && memcmp(line.p + line.n - n, text, n) == 0;
}

/* One code point at "at" as one byte: '\0' leaves no trace. */
static char
line_character(struct str line, size_t at, size_t *bytes)
{
	unsigned char c = (unsigned char)line.p[at], second, third;

	*bytes = 1;
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c > ' ' && c < 0x7F
		    ? (char)c : ' ';
	second = at + 1 < line.n ? (unsigned char)line.p[at + 1] : 0;
	third = at + 2 < line.n ? (unsigned char)line.p[at + 2] : 0;
	*bytes = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
	if (c == 0xC3 && second >= 0x80 && second < 0xC0)
		return line_latin[second - 0x80];
	if (c == 0xC2)
		return ' ';
	if (c == 0xCC || (c == 0xCD && second < 0xB0))
		return '\0';
	if (c == 0xE2 && second == 0x80)
		return third >= 0x98 && third <= 0x9B ? '\'' : third >= 0x90 && third <= 0x95
		    ? '-' : ' ';
	return '?';
}

struct str
letter_line_fold(struct str line, char buffer[LETTER_LINE_BYTES])
{
	size_t at = 0, n = 0, bytes;

	for (; at < line.n && n < LETTER_LINE_BYTES; at += bytes) {
		char c = line_character(line, at, &bytes);

		if (c == '\0' || c == '*' || (c == ' ' && (n == 0 || buffer[n - 1] == ' ')))
			continue;
		buffer[n++] = c;
	}
	if (n > 0 && buffer[n - 1] == ' ')
		n--;
	return (struct str){buffer, n};
}

size_t
letter_line_marks(struct str line)
{
	size_t at = 0, end = 0;

	while (at < line.n && (line.p[at] == ' ' || line.p[at] == '\t'))
		at++;
	if (at + 1 < line.n && line.p[at] == '|' && line.p[at + 1] == ' ' &&
	    memchr(line.p + at + 1, '|', line.n - at - 1) == NULL)
		return at + 2;
	for (; at < line.n && (line.p[at] == '>' || line.p[at] == ' '); at++)
		if (line.p[at] == '>')
			end = at + 1;
	return end > 0 && end < line.n && line.p[end] == ' ' ? end + 1 : end;
}

int
letter_line_divides(struct str line)
{
	bool dashed = line.n > 4 && line.p[0] == '-' && line.p[1] == '-';
	struct str begin = str_part(line, 0, 40);

	if (dashed && line_has_one(line, line_forwards))
		return 2;
	if (dashed && line_has_one(line, line_dividers))
		return 1;
	if ((str_starts(begin, "begin forwarded message") ||
	    str_starts(begin, "debut du message transfere") ||
	    str_starts(begin, "debut du message reexpedie")) && line_ends(line, ":"))
		return 2;
	return 0;
}

bool
letter_line_leads(struct str line)
{
	size_t i;

	for (i = 0; line_leads[i] != NULL; i++)
		if (line_ends(line, line_leads[i]))
			return true;
	return false;
}

bool
letter_line_may_lead(struct str line)
{
	return str_starts(line, "on ") || str_starts(line, "le ") || str_starts(line, "am ") ||
	    str_starts(line, "el ") || memchr(line.p, '@', line.n) != NULL;
}

static bool
line_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
letter_line_is_stamped(struct str line)
{
	size_t i, digits = 0;

	for (i = 0; i < line.n; i++) {
		if (line.p[i] == '@')
			return true;
		if (line_is_digit(line.p[i])) {
			digits++;
			continue;
		}
		/* 16:48, 2026 */
		if (line.p[i] == ':' && digits > 0 && i + 1 < line.n &&
		    line_is_digit(line.p[i + 1]))
			return true;
		if (digits == 4)
			return true;
		digits = 0;
	}
	return digits == 4;
}

/* Behind a header's name there is a colon; returns where its value begins. */
static size_t
line_header_value(struct str line, const char *name)
{
	size_t n = strlen(name);

	if (!str_starts(line, name))
		return 0;
	if (n < line.n && line.p[n] == ' ')
		n++;
	return n < line.n && line.p[n] == ':' ? n + 1 : 0;
}

enum letter_header
letter_line_header(struct str line)
{
	static const char *const from[] = {"from", "de", "expediteur", "von", NULL};
	static const char *const sent[] = {"sent", "envoye", "envoye le", "subject", "objet",
		"sujet", "gesendet", NULL};
	static const char *const other[] = {"to", "a", "cc", "date", "bcc", "cci", "destinataire",
		"reply-to", "importance", "pour", "an", NULL};
	size_t i, at;

	if (memchr(line.p, ':', line.n < 16 ? line.n : 16) == NULL)
		return LETTER_NO_HEADER;
	for (i = 0; from[i] != NULL; i++) {
		at = line_header_value(line, from[i]);
		/* "From: 13 July" is no sender. */
		if (at > 0)
			return at < line.n && (memchr(line.p, '@', line.n) != NULL ||
			    !letter_line_is_stamped(line)) ? LETTER_FROM : LETTER_NO_HEADER;
	}
	for (i = 0; sent[i] != NULL; i++)
		if (line_header_value(line, sent[i]) > 0)
			return LETTER_SENT;
	for (i = 0; other[i] != NULL; i++)
		if (line_header_value(line, other[i]) > 0)
			return LETTER_OTHER_HEADER;
	return LETTER_NO_HEADER;
}

bool
letter_line_is_device(struct str line)
{
	return line.n > 0 && line.n <= LINE_DEVICE_BYTES && line_starts_one(line, line_devices);
}

bool
letter_line_is_notice(struct str line)
{
	return line.n > 0 && line_starts_one(line, line_notices) &&
	    line_has_one(line, line_notice_words);
}

bool
letter_line_closes(struct str line)
{
	return line.n > 0 && line.n <= LINE_CLOSING_BYTES && line_starts_one(line, line_closings) &&
	    memchr(line.p, '?', line.n) == NULL && memchr(line.p, ':', line.n) == NULL;
}

bool
letter_line_is_personal(struct str line)
{
	return line_says_one(line, line_persons);
}

/* "tel. 06 …", "mail: …"; but "mail has not arrived" tells something. */
static bool
line_is_labelled(struct str line)
{
	const char *const *label;
	size_t n = 0;

	while (n < line.n && ((line.p[n] >= 'a' && line.p[n] <= 'z') || line.p[n] == '-'))
		n++;
	for (label = line_labels; *label != NULL; label++)
		if (str_is(str_part(line, 0, n), *label))
			break;
	while (n < line.n && (line.p[n] == ' ' || line.p[n] == '.'))
		n++;
	return *label != NULL &&
	    (n == line.n || line_is_digit(line.p[n]) || strchr(":+(", line.p[n]) != NULL);
}

bool
letter_line_is_contact(struct str line, bool *proof)
{
	size_t digits = 0, blanks = 0, i;

	if (line.n == 0 || line.n > LINE_CONTACT_BYTES ||
	    strchr("?!", line.p[line.n - 1]) != NULL || line_says_one(line, line_verbs) ||
	    letter_line_is_personal(line))
		return false;
	for (i = 0; i < line.n; i++) {
		digits += line_is_digit(line.p[i]);
		blanks += line.p[i] == ' ';
	}
	if (line_is_labelled(line) || digits >= LINE_PHONE_DIGITS ||
	    memchr(line.p, '@', line.n) != NULL || str_starts(line, "www.")) {
		*proof = true;
		return !line_has(line, "http");
	}
	return memchr(line.p, ':', line.n) == NULL && digits == 0 && blanks < LINE_CONTACT_WORDS &&
	    !line_says_one(line, line_telling);
}

bool
letter_line_points(struct str line)
{
	return line_has(line, "below") || line_has(line, "ci-dessous") ||
	    line_has(line, "ci dessous") || line_has(line, "plus bas") ||
	    line_has(line, "ci-apres");
}

bool
letter_line_greets(struct str line)
{
	static const char *const words[] = {"hello", "hi", "hey", "dear", "good morning",
		"good afternoon", "good evening", "bonjour", "bonsoir", "salut", "madame",
		"monsieur", "mesdames", "messieurs", "cher", "chere", NULL};
	size_t blanks = 0, i, n;
	const char *comma;

	while (line.n > 0 && strchr(",.! ", line.p[line.n - 1]) != NULL)
		line.n--;
	comma = memchr(line.p, ',', line.n);
	if (comma != NULL) { /* "Madame, Monsieur" */
		n = (size_t)(comma - line.p);
		return letter_line_greets(str_part(line, 0, n)) &&
		    letter_line_greets(str_trim(str_part(line, n + 1, line.n)));
	}
	for (i = 0; i < line.n; i++)
		blanks += line.p[i] == ' ';
	if (blanks >= LINE_GREETING_WORDS || letter_line_is_personal(line))
		return false;
	for (i = 0; words[i] != NULL; i++) {
		n = strlen(words[i]);
		if (str_starts(line, words[i]) && (line.n == n || line.p[n] == ' '))
			return true;
	}
	return false;
}

bool
letter_line_passes_on(struct str line)
{
	static const char *const prefixes[] = {"fw:", "fw :", "fwd:", "fwd :", "tr:", "tr :", NULL};

	return line.n > 0 && line_starts_one(line, prefixes);
}
