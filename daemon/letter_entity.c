/* SPDX-License-Identifier: MIT */
#include "letter_entity.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ENTITY_BYTES 12 /* with & and ; */
#define ENTITY_UNKNOWN 0xFFFD

struct entity_name {
	const char *name;
	uint32_t code_point;
};

/* Sorted bytewise. HTML 4.01, section 24. */
static const struct entity_name entity_names[] = {
	{"AElig", 198}, {"Aacute", 193}, {"Acirc", 194}, {"Agrave", 192}, {"Aring", 197},
	{"Atilde", 195}, {"Auml", 196}, {"Ccedil", 199}, {"ETH", 208}, {"Eacute", 201},
	{"Ecirc", 202}, {"Egrave", 200}, {"Euml", 203}, {"Iacute", 205}, {"Icirc", 206},
	{"Igrave", 204}, {"Iuml", 207}, {"Ntilde", 209}, {"OElig", 338}, {"Oacute", 211},
	{"Ocirc", 212}, {"Ograve", 210}, {"Oslash", 216}, {"Otilde", 213}, {"Ouml", 214},
	{"Scaron", 352}, {"THORN", 222}, {"Uacute", 218}, {"Ucirc", 219}, {"Ugrave", 217},
	{"Uuml", 220}, {"Yacute", 221}, {"Yuml", 376}, {"aacute", 225}, {"acirc", 226},
	{"acute", 180}, {"aelig", 230}, {"agrave", 224}, {"amp", 38}, {"apos", 39},
	{"aring", 229}, {"atilde", 227}, {"auml", 228}, {"bdquo", 8222}, {"brvbar", 166},
	{"bull", 8226}, {"ccedil", 231}, {"cedil", 184}, {"cent", 162}, {"copy", 169},
	{"curren", 164}, {"deg", 176}, {"divide", 247}, {"eacute", 233}, {"ecirc", 234},
	{"egrave", 232}, {"emsp", 8195}, {"ensp", 8194}, {"eth", 240}, {"euml", 235},
	{"euro", 8364}, {"frac12", 189}, {"frac14", 188}, {"frac34", 190}, {"gt", 62},
	{"hellip", 8230}, {"iacute", 237}, {"icirc", 238}, {"iexcl", 161}, {"igrave", 236},
	{"iquest", 191}, {"iuml", 239}, {"laquo", 171}, {"larr", 8592}, {"ldquo", 8220},
	{"lsaquo", 8249}, {"lsquo", 8216}, {"lt", 60}, {"macr", 175}, {"mdash", 8212},
	{"micro", 181}, {"middot", 183}, {"nbsp", 160}, {"ndash", 8211}, {"not", 172},
	{"ntilde", 241}, {"oacute", 243}, {"ocirc", 244}, {"oelig", 339}, {"ograve", 242},
	{"ordf", 170}, {"ordm", 186}, {"oslash", 248}, {"otilde", 245}, {"ouml", 246},
	{"para", 182}, {"plusmn", 177}, {"pound", 163}, {"quot", 34}, {"raquo", 187},
	{"rarr", 8594}, {"rdquo", 8221}, {"reg", 174}, {"rsaquo", 8250}, {"rsquo", 8217},
	{"sbquo", 8218}, {"scaron", 353}, {"sect", 167}, {"shy", 173}, {"sup1", 185},
	{"sup2", 178}, {"sup3", 179}, {"szlig", 223}, {"thinsp", 8201}, {"thorn", 254},
	{"times", 215}, {"trade", 8482}, {"uacute", 250}, {"ucirc", 251}, {"ugrave", 249},
	{"uml", 168}, {"uuml", 252}, {"yacute", 253}, {"yen", 165}, {"yuml", 255}, {"zwj", 8205},
	{"zwnj", 8204},
};

/* Windows-1252 128..159, which is what people's programs mean (HTML, 13.2.5.80). */
static const uint16_t entity_windows[32] = {
	0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
	0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
	0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
	0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178,
};

static int
entity_compare(const void *key, const void *element)
{
	const struct str *name = key;
	const struct entity_name *entity = element;

	return str_cmp(*name, str_of(entity->name));
}

static bool
entity_number(struct str text, uint32_t *code_point)
{
	uint32_t base = 10, value = 0;
	size_t i = 0;

	if (text.n > 0 && (text.p[0] == 'x' || text.p[0] == 'X')) {
		base = 16;
		i = 1;
	}
	if (i == text.n)
		return false;
	for (; i < text.n; i++) {
		char c = text.p[i], lower = (char)(c | 0x20);
		uint32_t digit;

		if (c >= '0' && c <= '9')
			digit = (uint32_t)(c - '0');
		else if (base == 16 && lower >= 'a' && lower <= 'f')
			digit = (uint32_t)(lower - 'a') + 10;
		else
			return false;
		if (value <= 0x10FFFF)
			value = value * base + digit;
	}
	if (value >= 128 && value <= 159)
		value = entity_windows[value - 128];
	if (value == 0 || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
		value = ENTITY_UNKNOWN;
	*code_point = value;
	return true;
}

size_t
letter_entity_read(struct str text, size_t at, uint32_t *code_point)
{
	struct str head = str_part(text, at, at + ENTITY_BYTES), name;
	const struct entity_name *entity;
	const char *end;

	if (head.n < 4 || head.p[0] != '&')
		return 0;
	end = memchr(head.p, ';', head.n);
	if (end == NULL)
		return 0;
	name = str_part(head, 1, (size_t)(end - head.p));
	if (name.n > 0 && name.p[0] == '#')
		return entity_number(str_part(name, 1, name.n), code_point) ? name.n + 2 : 0;
	entity = bsearch(&name, entity_names, sizeof(entity_names) / sizeof(entity_names[0]),
	    sizeof(entity_names[0]), entity_compare);
	if (entity == NULL)
		return 0;
	*code_point = entity->code_point;
	return name.n + 2;
}

size_t
letter_entity_encode(uint32_t code_point, char bytes[4])
{
	unsigned char *to = (unsigned char *)bytes;
	size_t n = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4, i;

	if (n == 1) {
		to[0] = (unsigned char)code_point;
		return 1;
	}
	for (i = n; i-- > 1; code_point >>= 6)
		to[i] = (unsigned char)(0x80 | (code_point & 0x3F));
	to[0] = (unsigned char)((0xF00u >> n & 0xFF) | code_point);
	return n;
}
