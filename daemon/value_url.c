/* SPDX-License-Identifier: MIT */
#include "value_url.h"

#include <string.h>
#include <strings.h>

#define URL_BYTES 2048

static bool
url_is_alnum(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Ends a link: blanks, controls, quotes and brackets that no link holds, also
 * the typographic ones (U+00A0, «, », U+2000 to U+206F, U+3000 to U+303F). */
static bool
url_ends(struct str text, size_t at)
{
	const unsigned char *p = (const unsigned char *)text.p + at;
	size_t left = text.n - at;

	if (p[0] <= ' ' || p[0] == 0x7f || strchr("<>\"`{}|\\^", p[0]) != NULL)
		return true;
	if (left >= 2 && p[0] == 0xC2)
		return p[1] <= 0xA0 || p[1] == 0xAB || p[1] == 0xBB;
	if (left >= 3 && p[0] == 0xE2)
		return p[1] == 0x80 || p[1] == 0x81;
	return left >= 3 && p[0] == 0xE3 && p[1] == 0x80;
}

static size_t
url_count(struct str text, char c)
{
	size_t count = 0, i;

	for (i = 0; i < text.n; i++)
		count += text.p[i] == c;
	return count;
}

static struct str
url_trim(struct str url)
{
	while (url.n > 0) {
		char last = url.p[url.n - 1];

		if (strchr(".,;:!?'*_~", last) == NULL &&
		    !(last == ')' && url_count(url, '(') < url_count(url, ')')) &&
		    !(last == ']' && url_count(url, '[') < url_count(url, ']')))
			break;
		url.n--;
	}
	return url;
}

/* Bytes of a host with a dot at the start of text, or 0: labels of letters,
 * digits, inner hyphens and anything beyond ASCII; the last one is no number. */
static size_t
url_host(struct str text)
{
	size_t n = 0, label = 0, dots = 0;
	bool letter = false;

	for (; n < text.n; n++) {
		char c = text.p[n];

		if (c == '.') {
			if (n == label || n + 1 >= text.n || (!url_is_alnum(text.p[n + 1]) &&
			    (text.p[n + 1] & 0x80) == 0))
				break;
			dots++;
			label = n + 1;
			letter = false;
		} else if ((c & 0x80) != 0 && url_ends(text, n))
			break;
		else if (url_is_alnum(c) || (c == '-' && n > label) || (c & 0x80) != 0)
			letter = letter || c < '0' || c > '9';
		else
			break;
	}
	return dots > 0 && letter && n - label >= 2 ? n : 0;
}

/* Bytes of "https://" at the start, or 0. */
static size_t
url_scheme(struct str text)
{
	if (text.n >= 8 && strncasecmp(text.p, "https://", 8) == 0)
		return 8;
	return text.n >= 7 && strncasecmp(text.p, "http://", 7) == 0 ? 7 : 0;
}

static bool
url_at(struct str text, size_t at, struct str *url)
{
	struct str rest = str_part(text, at, text.n);
	size_t scheme = url_scheme(rest), host, n;

	host = url_host(str_part(rest, scheme, rest.n));
	n = scheme + host;
	if (host == 0 || (n < rest.n && strchr("/?#:", rest.p[n]) == NULL && !url_ends(rest, n) &&
	    strchr(".,;!'*_~)]", rest.p[n]) == NULL))
		return false;
	/* Without a scheme only a path tells a link from a word with a dot. */
	if (scheme == 0 && (n >= rest.n || rest.p[n] != '/') && strncasecmp(rest.p, "www.", 4) != 0)
		return false;
	while (n < rest.n && !url_ends(rest, n))
		n++;
	*url = url_trim(str_part(rest, 0, n));
	return url->n <= URL_BYTES;
}

bool
value_url_find(struct str text, struct str *url)
{
	size_t at;

	for (at = 0; at < text.n; at++) {
		/* Only at the start of a word; an address of mail is no link. */
		if (!url_is_alnum(text.p[at]) || (at > 0 && (url_is_alnum(text.p[at - 1]) ||
		    strchr("@.-_/:", text.p[at - 1]) != NULL)))
			continue;
		if (url_at(text, at, url))
			return true;
	}
	return false;
}
