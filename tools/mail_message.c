/* SPDX-License-Identifier: MIT */
#include "mail_message.h"

#include <inttypes.h>
#include <string.h>

#include "ticket.h"
#include "timestamp.h"

#define LINE_BYTES 76    /* RFC 2045 6.7, RFC 2047 2: no longer, without the CRLF */
#define SUBJECT_POINTS 250
#define WORD_BYTES 45    /* of text in one encoded word: 60 in base64, 72 in all */
#define FIRST_BYTES 30   /* in the first, beside "Subject: [REFERENCE] " */
#define NAME_POINTS 100

static bool
plain(char c)
{
	return c >= 0x20 && c < 0x7F;
}

/* White space, and all that must not be shown, becomes one space between words;
 * at most so many code points. */
static void
text_on_one_line(struct str text, size_t points, struct strbuf *out)
{
	size_t i = 0, count = 0;
	bool space = false;

	while (i < text.n) {
		size_t n = utf8_shown(text, i);

		if (n == 0 || text.p[i] == ' ') {
			n = utf8_bytes(text, i);
			space = out->n > 0;
			i += n > 0 ? n : 1;
			continue;
		}
		if (count + space >= points) {
			strbuf_puts(out, "…");
			return;
		}
		if (space)
			strbuf_putc(out, ' ');
		count += 1u + space;
		strbuf_put(out, str_part(text, i, i + n));
		space = false;
		i += n;
	}
}

static void
base64(struct str bytes, struct strbuf *out)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i;

	for (i = 0; i < bytes.n; i += 3) {
		const unsigned char *p = (const unsigned char *)bytes.p + i;
		size_t n = bytes.n - i;
		uint32_t bits = (uint32_t)p[0] << 16 | (n > 1 ? (uint32_t)p[1] << 8 : 0) |
		    (n > 2 ? p[2] : 0);

		strbuf_putc(out, digits[bits >> 18]);
		strbuf_putc(out, digits[bits >> 12 & 63]);
		strbuf_putc(out, n > 1 ? digits[bits >> 6 & 63] : '=');
		strbuf_putc(out, n > 2 ? digits[bits & 63] : '=');
	}
}

/* Encoded words (RFC 2047), each on a line of its own, none with a part of a
 * code point. */
static void
encoded_words(struct str text, struct strbuf *out)
{
	size_t room = FIRST_BYTES, i = 0;

	while (i < text.n) {
		size_t end = i, n;

		while (end < text.n && (n = utf8_bytes(text, end)) > 0 && end + n - i <= room)
			end += n;
		if (i > 0)
			strbuf_puts(out, "\r\n ");
		strbuf_puts(out, "=?UTF-8?B?");
		base64(str_part(text, i, end), out);
		strbuf_puts(out, "?=");
		room = WORD_BYTES;
		i = end;
	}
}

/* May it stand as it is, folded between its words? */
static bool
needs_encoding(struct str text)
{
	size_t i, word = 0;

	for (i = 0; i < text.n; i++) {
		if (!plain(text.p[i]) || str_starts(str_part(text, i, text.n), "=?"))
			return true;
		word = text.p[i] == ' ' ? 0 : word + 1;
		if (word > LINE_BYTES - 20)
			return true;
	}
	return false;
}

/* Words with a line end before the one that would not fit. */
static void
folded(struct str text, size_t column, struct strbuf *out)
{
	while (text.n > 0) {
		const char *space = memchr(text.p, ' ', text.n);
		size_t n = space != NULL ? (size_t)(space - text.p) : text.n;

		if (column + 1 + n > LINE_BYTES) {
			strbuf_puts(out, "\r\n");
			column = 0;
		}
		strbuf_putc(out, ' ');
		strbuf_put(out, str_part(text, 0, n));
		column += 1 + n;
		text = str_part(text, n + (space != NULL), text.n);
	}
}

static void
put_subject(const struct mail *mail, struct strbuf *out)
{
	struct strbuf line;
	size_t start = out->n;

	strbuf_init(&line, 0);
	text_on_one_line(mail->subject, SUBJECT_POINTS, &line);
	strbuf_puts(out, "Subject:");
	if (mail->reference != NULL)
		strbuf_printf(out, " [%s]", mail->reference);
	if (needs_encoding(strbuf_str(&line))) {
		strbuf_putc(out, ' ');
		encoded_words(strbuf_str(&line), out);
	} else {
		folded(strbuf_str(&line), out->n - start, out);
	}
	strbuf_puts(out, "\r\n");
	strbuf_fini(&line);
}

static void
put_from(const struct mail_from *from, struct strbuf *out)
{
	struct str name = str_of(from->name);
	size_t i;

	strbuf_puts(out, "From: ");
	if (name.n == 0) {
		strbuf_printf(out, "%s\r\n", from->address);
		return;
	}
	if (needs_encoding(name)) {
		encoded_words(name, out);
		strbuf_puts(out, "\r\n"); /* the address has a line of its own */
	} else {
		strbuf_putc(out, '"');
		for (i = 0; i < name.n; i++) {
			if (name.p[i] == '"' || name.p[i] == '\\')
				strbuf_putc(out, '\\');
			strbuf_putc(out, name.p[i]);
		}
		strbuf_putc(out, '"');
	}
	strbuf_printf(out, " <%s>\r\n", from->address);
}

static void
put_date(int64_t ms, struct strbuf *out)
{
	static const char days[][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
	    "Sep", "Oct", "Nov", "Dec"};
	struct civil at = civil_of_seconds(ms / 1000);

	strbuf_printf(out, "Date: %s, %d %s %04d %02d:%02d:%02d +0000\r\n", days[at.weekday],
	    at.day, months[at.month - 1], at.year, at.hour, at.minute, at.second);
}

static void
put_id(const char *field, const char *id, const struct mail_from *from, struct strbuf *out)
{
	strbuf_printf(out, "%s: <%s%s>\r\n", field, id, strrchr(from->address, '@'));
}

/* A language tag (RFC 5646), as far as a header cares. */
static bool
language_tag(const char *locale)
{
	size_t i;

	for (i = 0; locale[i] != '\0'; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-",
		        locale[i]) == NULL || i > 34)
			return false;
	return i > 0;
}

static void
put_headers(const struct mail_from *from, const struct mail *mail, struct strbuf *out)
{
	put_date(mail->created_ms, out);
	put_from(from, out);
	if (from->reply_to != NULL)
		strbuf_printf(out, "Reply-To: %s\r\n", from->reply_to);
	strbuf_printf(out, "To: %s\r\n", mail->to);
	put_subject(mail, out);
	put_id("Message-ID", mail->message_id, from, out);
	if (mail->first_id != NULL) {
		put_id("In-Reply-To", mail->first_id, from, out);
		put_id("References", mail->first_id, from, out);
	}
	if (mail->automatic) {
		strbuf_printf(out, "Auto-Submitted: %s\r\n",
		    mail->reminder ? "auto-generated" : "auto-replied");
		strbuf_puts(out, "X-Auto-Response-Suppress: All\r\n");
	}
	if (language_tag(mail->locale))
		strbuf_printf(out, "Content-Language: %s\r\n", mail->locale);
	strbuf_puts(out, "MIME-Version: 1.0\r\n"
	                 "Content-Type: text/plain; charset=UTF-8\r\n"
	                 "Content-Transfer-Encoding: quoted-printable\r\n");
}

/* One line of the text, without its end. Soft ends leave room for "=". A space
 * at the end, and a dot or "From " at the start, would not travel safely. */
static void
quoted_line(struct str line, struct strbuf *out)
{
	size_t column = 0, i;

	for (i = 0; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i];
		bool last = i + 1 == line.n;
		bool quoted = !(plain((char)c) || c == '\t') || c == '=' ||
		    (last && (c == ' ' || c == '\t')) ||
		    (column == 0 && (c == '.' || str_starts(str_part(line, i, line.n), "From ")));
		size_t width = quoted ? 3 : 1;

		if (column + width + !last > LINE_BYTES) {
			strbuf_puts(out, "=\r\n");
			column = 0;
			i--;
			continue;
		}
		if (quoted)
			strbuf_printf(out, "=%02X", c);
		else
			strbuf_putc(out, (char)c);
		column += width;
	}
}

/* Lines end at LF, CR LF or CR; the last one has an end in any case. */
static void
quoted_printable(struct str text, struct strbuf *out)
{
	while (text.n > 0) {
		size_t n = 0;

		while (n < text.n && text.p[n] != '\n' && text.p[n] != '\r')
			n++;
		quoted_line(str_part(text, 0, n), out);
		strbuf_puts(out, "\r\n");
		if (n + 1 < text.n && text.p[n] == '\r' && text.p[n + 1] == '\n')
			n++;
		text = str_part(text, n + 1, text.n);
	}
}

void
mail_message_build(const struct mail_from *from, const struct mail *mail, struct strbuf *out)
{
	put_headers(from, mail, out);
	strbuf_puts(out, "\r\n");
	quoted_printable(mail->body, out);
}

void
mail_message_sender(
    const struct mail_from *from, const struct mail *mail, struct strbuf *out)
{
	const char *at = from->bounce != NULL ? strrchr(from->bounce, '@') : NULL;

	if (at != NULL)
		strbuf_printf(out, "%.*s+%s%s", (int)(at - from->bounce), from->bounce,
		    mail->message_id, at);
	else if (!mail->automatic)
		strbuf_puts(out, from->address);
}

static int
address_check(const char *option, const char *address, struct err *err)
{
	struct str text = str_of(address);
	size_t i;

	for (i = 0; i < text.n && plain(text.p[i]); i++)
		;
	if (i < text.n || !ticket_email_valid(text))
		return err_set(err, "--%s: '%s' is no mail address (name@domain, ASCII)", option,
		    address);
	return 0;
}

int
mail_from_check(const struct mail_from *from, struct err *err)
{
	struct str name = str_of(from->name);
	size_t i;

	if (from->address == NULL)
		return err_set(err, "--from is needed: the address that mails come from");
	if (address_check("from", from->address, err) < 0)
		return -1;
	if (from->reply_to != NULL && address_check("reply-to", from->reply_to, err) < 0)
		return -1;
	if (from->bounce != NULL && address_check("bounce", from->bounce, err) < 0)
		return -1;
	/* "+" and a UUID more, in a local part of 64 bytes (RFC 5321 4.5.3.1.1). */
	if (from->bounce != NULL && strchr(from->bounce, '@') - from->bounce > 27)
		return err_set(err, "--bounce: at most 27 bytes before the @: an identifier of 37 "
		                    "is added there");
	for (i = 0; i < name.n; i += utf8_shown(name, i))
		if (utf8_shown(name, i) == 0)
			return err_set(err, "--from-name: not UTF-8, or a control character");
	if (name.n > 0 && utf8_count(name) > NAME_POINTS)
		return err_set(err, "--from-name: at most %d characters", NAME_POINTS);
	return 0;
}
