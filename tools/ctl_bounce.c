/* SPDX-License-Identifier: MIT */
#include "ctl_bounce.h"

#include <string.h>
#include <strings.h>

#define BOUNDARY_BYTES 70 /* RFC 2046 5.1.1 */

struct report {
	char boundary[BOUNDARY_BYTES + 1];
	char id[IDENTITY_UUID_TEXT + 1]; /* "": none so far */
	bool read, failed;               /* a status; one that is for good */
};

/* The next line, without its end. False at the end of the text. */
static bool
line_next(struct str *rest, struct str *line)
{
	const char *end;

	if (rest->n == 0)
		return false;
	end = memchr(rest->p, '\n', rest->n);
	*line = str_part(*rest, 0, end != NULL ? (size_t)(end - rest->p) : rest->n);
	*rest = str_part(*rest, line->n + (end != NULL), rest->n);
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

/* The next field, its lines as one. False at an empty line, which is passed, and at
 * the end. */
static bool
field_next(struct str *rest, struct strbuf *field)
{
	struct str line;

	strbuf_clear(field);
	if (!line_next(rest, &line) || line.n == 0)
		return false;
	strbuf_put(field, line);
	while (rest->n > 0 && (rest->p[0] == ' ' || rest->p[0] == '\t') && line_next(rest, &line))
		strbuf_put(field, line);
	return true;
}

/* The value of a field of that name, else NULL; what follows a NUL is not seen. */
static const char *
field_value(const struct strbuf *field, const char *name)
{
	const char *text = strbuf_str(field).p;
	size_t n = strlen(name);

	if (text == NULL || strncasecmp(text, name, n) != 0 || text[n] != ':')
		return NULL;
	text += n + 1;
	return text + strspn(text, " \t");
}

static bool
value_is(const char *value, const char *word)
{
	size_t n = strlen(word);

	return value != NULL && strncasecmp(value, word, n) == 0 &&
	    strchr("; \t", value[n]) != NULL; /* its end too */
}

/* Keeps the identifier between mark and "@", unless there is one. */
static void
report_name(struct report *report, const char *value, char mark)
{
	unsigned char uuid[16];

	if (value == NULL || report->id[0] != '\0')
		return;
	for (value = strchr(value, mark); value != NULL; value = strchr(value + 1, mark)) {
		struct str id = {value + 1, strnlen(value + 1, IDENTITY_UUID_TEXT)};

		if (id.n == IDENTITY_UUID_TEXT && id.p[id.n] == '@' &&
		    identity_uuid_parse(id, uuid)) {
			identity_uuid_text(uuid, report->id);
			return;
		}
	}
}

static bool
report_boundary(struct report *report, const char *type)
{
	const char *start = strcasestr(type, "boundary=");
	size_t n;

	if (start == NULL)
		return false;
	start += strlen("boundary=");
	n = *start == '"' ? strcspn(++start, "\"") : strcspn(start, "; \t");
	if (n == 0 || n > BOUNDARY_BYTES)
		return false;
	memcpy(report->boundary, start, n);
	report->boundary[n] = '\0';
	return true;
}

/* The mail's own header. Is it a report? */
static bool
report_head(struct report *report, struct str *rest, struct strbuf *field)
{
	static const char *const recipients[] = {"To", "Delivered-To", "X-Original-To"};
	bool found = false;

	while (field_next(rest, field)) {
		const char *type = field_value(field, "Content-Type");
		size_t i;

		if (value_is(type, "multipart/report") && strcasestr(type, "delivery-status"))
			found = report_boundary(report, type);
		for (i = 0; i < sizeof(recipients) / sizeof(recipients[0]); i++)
			report_name(report, field_value(field, recipients[i]), '+');
	}
	return found;
}

/* Groups of fields; a recipient's has Action and Status. */
static void
report_status(struct report *report, struct str body, struct strbuf *field)
{
	while (body.n > 0) {
		bool failed = false, for_good = false;

		while (field_next(&body, field)) {
			const char *action = field_value(field, "Action");
			const char *status = field_value(field, "Status");

			report->read |= action != NULL;
			failed |= value_is(action, "failed");
			for_good |= status != NULL && status[0] == '5' && status[1] == '.';
		}
		report->failed |= failed && for_good;
	}
}

static void
report_part(struct report *report, struct str part, struct strbuf *field)
{
	bool status = false, returned = false;

	while (field_next(&part, field)) {
		const char *type = field_value(field, "Content-Type");

		status |= value_is(type, "message/delivery-status");
		returned |= value_is(type, "message/rfc822") ||
		    value_is(type, "text/rfc822-headers");
	}
	if (status)
		report_status(report, part, field);
	while (returned && field_next(&part, field))
		report_name(report, field_value(field, "Message-ID"), '<');
}

/* Between two parts, or after the last one. */
static bool
delimiter(const struct report *report, struct str line)
{
	size_t n = strlen(report->boundary);

	return str_starts(line, "--") && str_starts(str_part(line, 2, line.n), report->boundary) &&
	    (line.n == n + 2 || memchr("- \t", line.p[n + 2], 3) != NULL);
}

static void
report_parts(struct report *report, struct str rest, struct strbuf *field)
{
	const char *start = NULL;
	struct str line;

	while (line_next(&rest, &line)) {
		if (!delimiter(report, line))
			continue;
		if (start != NULL)
			report_part(report, (struct str){start, (size_t)(line.p - start)}, field);
		start = rest.p;
	}
	/* Cut off: what there is of the last part. */
	if (start != NULL && rest.p != NULL && start < rest.p)
		report_part(report, (struct str){start, (size_t)(rest.p - start)}, field);
}

enum ctl_bounce
ctl_bounce_read(struct str text, char id[IDENTITY_UUID_TEXT + 1])
{
	struct report report = {.boundary = ""};
	struct strbuf field;

	strbuf_init(&field, 0);
	if (report_head(&report, &text, &field))
		report_parts(&report, text, &field);
	strbuf_fini(&field);
	memcpy(id, report.id, sizeof(report.id));
	if (!report.read)
		return CTL_BOUNCE_NONE;
	if (!report.failed)
		return CTL_BOUNCE_LATER;
	return report.id[0] != '\0' ? CTL_BOUNCE_FAILED : CTL_BOUNCE_NO_MAIL;
}
