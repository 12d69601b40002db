/* SPDX-License-Identifier: MIT */
#include "ticket.h"

#include <string.h>

#define EMAIL_LOCAL_BYTES 64   /* RFC 5321 4.5.3.1.1 */
#define EMAIL_DOMAIN_BYTES 255 /* RFC 5321 4.5.3.1.2 */
#define EMAIL_LABEL_BYTES 63   /* RFC 1035 2.3.4 */

const struct ticket_field *
ticket_field_find(const struct ticket *ticket, struct str name)
{
	size_t i;

	for (i = 0; i < ticket->field_count; i++) {
		const struct ticket_field *field = &ticket->fields[i];

		if (str_eq(field->name, name))
			return field->value.type != VALUE_NONE ? field : NULL;
	}
	return NULL;
}

static bool
ascii_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* White space of Unicode beyond ASCII, and characters without any width: a
 * mailbox with one of them was pasted or is meant to deceive. */
static bool
blank_beyond_ascii(struct str c)
{
	static const char *const blanks[] = {
		"\xC2\xA0", "\xC2\xAD", "\xE1\x9A\x80", "\xE3\x80\x80", "\xEF\xBB\xBF",
		"\xE2\x80\xAF", "\xE2\x81\x9F", "\xE2\x81\xA0",
	};
	size_t i;

	for (i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++)
		if (str_is(c, blanks[i]))
			return true;
	/* U+2000..200F */
	return str_starts(c, "\xE2\x80") && (unsigned char)c.p[2] <= 0x8F;
}

/* atext of RFC 5322 or a character beyond ASCII (RFC 6531), with single dots
 * between; in a domain letters, digits and hyphens only. */
static bool
email_part_valid(struct str part, const char *marks)
{
	size_t i = 0, label = 0;

	if (part.n == 0 || part.p[0] == '.' || part.p[part.n - 1] == '.')
		return false;
	while (i < part.n) {
		size_t n = utf8_shown(part, i);

		if (n == 0 || (n > 1 && blank_beyond_ascii(str_part(part, i, i + n))))
			return false;
		if (part.p[i] == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else {
			if (n == 1 && !ascii_alphanumeric(part.p[i]) &&
			    strchr(marks, part.p[i]) == NULL)
				return false;
			label += n;
		}
		i += n;
	}
	return true;
}

static bool
email_domain_valid(struct str domain)
{
	size_t start = 0, i;

	if (domain.n > EMAIL_DOMAIN_BYTES || !email_part_valid(domain, "-"))
		return false;
	for (i = 0; i <= domain.n; i++) {
		if (i < domain.n && domain.p[i] != '.')
			continue;
		if (i - start > EMAIL_LABEL_BYTES || domain.p[start] == '-' ||
		    domain.p[i - 1] == '-')
			return false;
		start = i + 1;
	}
	return true;
}

bool
ticket_email_valid(struct str address)
{
	const char *at = address.n > 0 ? memchr(address.p, '@', address.n) : NULL;
	struct str local, domain;

	if (at == NULL)
		return false;
	local = str_part(address, 0, (size_t)(at - address.p));
	domain = str_part(address, local.n + 1, address.n);
	return local.n <= EMAIL_LOCAL_BYTES && email_part_valid(local, "!#$%&'*+-/=?^_`{|}~") &&
	    email_domain_valid(domain);
}
