/* SPDX-License-Identifier: MIT */
#include "mail_rule.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ticket.h"

#define LINE_BYTES 200
#define ROBOT_BYTES 64 /* of a local part, RFC 5321 4.5.3.1.1 */

static const struct mail_verdict relay_fault = {MAIL_RELEASED, true, false, NULL};

const char *
mail_stage_name(enum mail_stage stage)
{
	static const char *const names[] = {
	    [MAIL_STAGE_CONNECT] = "connect",
	    [MAIL_STAGE_HELLO] = "hello",
	    [MAIL_STAGE_MAIL] = "mail",
	    [MAIL_STAGE_RCPT] = "rcpt",
	    [MAIL_STAGE_DATA] = "data",
	    [MAIL_STAGE_TEXT] = "text",
	    [MAIL_STAGE_DOT] = "dot",
	};

	return names[stage];
}

const char *
mail_result_name(enum mail_result result)
{
	static const char *const names[] = {
	    [MAIL_SENT] = "sent",
	    [MAIL_RETRY] = "retry",
	    [MAIL_AMBIGUOUS] = "ambiguous",
	    [MAIL_RELEASED] = "released",
	    [MAIL_FAILED] = "failed",
	    [MAIL_SUPPRESSED] = "suppressed",
	};

	return names[result];
}

/* The enhanced status code (RFC 3463) at the start of an answer to a code of its
 * class, else false. */
static bool
status_read(const struct mail_attempt *attempt, int *subject, int *detail)
{
	char text[16];
	int class, end = 0;

	snprintf(text, sizeof(text), "%.*s", (int)(attempt->text.n < 12 ? attempt->text.n : 12),
	    attempt->text.n > 0 ? attempt->text.p : "");
	return sscanf(text, "%1d.%3d.%3d%n", &class, subject, detail, &end) == 3 &&
	    class == attempt->code / 100 &&
	    (text[end] == ' ' || text[end] == '\0' || end == 12);
}

/* Codes that ask for what an operator has to give: authentication, encryption. */
static bool
asks_for_access(int code)
{
	return code == 530 || code == 534 || code == 535 || code == 538;
}

/* 5xx to MAIL. Of the size or the contents: this mail's. Of our own address: every
 * mail's. What says neither must not stop the others, nor be the end of this one. */
static struct mail_verdict
decide_sender_refused(const struct mail_attempt *attempt)
{
	int subject = 0, detail = 0;
	bool status = status_read(attempt, &subject, &detail);

	if (attempt->code == 552 || (status && (subject == 6 ||
	    (subject == 3 && detail == 4) || (subject == 2 && detail == 3))))
		return (struct mail_verdict){MAIL_FAILED, false, false, "refused"};
	if (status ? subject == 1 || subject == 7
	           : attempt->code == 550 || attempt->code == 553)
		return relay_fault;
	return (struct mail_verdict){.result = MAIL_RETRY};
}

/* A refusal for good of this recipient, or of the mail. */
static struct mail_verdict
decide_refused(const struct mail_attempt *attempt)
{
	int subject = 0, detail = 0;
	bool status = attempt->stage == MAIL_STAGE_RCPT && status_read(attempt, &subject, &detail);

	if (status && subject == 7)
		return (struct mail_verdict){.result = MAIL_RETRY};
	if (status && subject == 1 &&
	    ((detail >= 1 && detail <= 3) || detail == 6 || detail == 10))
		return (struct mail_verdict){MAIL_FAILED, false, true, "mailbox"};
	return (struct mail_verdict){MAIL_FAILED, false, false, "refused"};
}

static struct mail_verdict
decide_unanswered(const struct mail_attempt *attempt)
{
	if (attempt->stage == MAIL_STAGE_DOT)
		return (struct mail_verdict){.result = MAIL_AMBIGUOUS};
	return (struct mail_verdict){
	    .result = attempt->interrupted ? MAIL_RELEASED : MAIL_RETRY};
}

struct mail_verdict
mail_rule_decide(const struct mail_attempt *attempt)
{
	int class = attempt->code / 100;

	if (attempt->stage == MAIL_STAGE_DOT && class == 2)
		return (struct mail_verdict){.result = MAIL_SENT};
	if (attempt->interrupted && attempt->stage < MAIL_STAGE_MAIL)
		return (struct mail_verdict){.result = MAIL_RELEASED};
	if (attempt->stage < MAIL_STAGE_MAIL || asks_for_access(attempt->code) ||
	    (attempt->stage == MAIL_STAGE_MAIL && attempt->code == 421))
		return relay_fault;
	if (attempt->stage == MAIL_STAGE_MAIL && class == 5)
		return decide_sender_refused(attempt);
	if (class == 4)
		return (struct mail_verdict){.result = MAIL_RETRY};
	if (class == 5)
		return decide_refused(attempt);
	return decide_unanswered(attempt);
}

/* Local parts where no person reads; compared without ".", "-" and "_". */
static bool
robot(struct str local)
{
	static const char *const whole[] = {"mailerdaemon", "postmaster", "bounce", "bounces",
	    "daemon", "listserv", "majordomo"};
	static const char *const part[] = {"noreply", "donotreply", "mailerdaemon"};
	char bare[ROBOT_BYTES + 1];
	size_t n = 0, i;

	for (i = 0; i < local.n && n < ROBOT_BYTES; i++)
		if (strchr(".-_", local.p[i]) == NULL)
			bare[n++] = local.p[i];
	bare[n] = '\0';
	for (i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		if (strcasecmp(bare, whole[i]) == 0)
			return true;
	for (i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		size_t length = strlen(part[i]);

		if (strncasecmp(bare, part[i], length) == 0 ||
		    (n > length && strcasecmp(bare + n - length, part[i]) == 0))
			return true;
	}
	return false;
}

static bool
ascii(struct str text)
{
	size_t i;

	for (i = 0; i < text.n && (unsigned char)text.p[i] < 0x80; i++)
		;
	return i == text.n;
}

static struct str
without_tag(struct str local)
{
	const char *plus = local.n > 0 ? memchr(local.p, '+', local.n) : NULL;

	return plus != NULL && plus > local.p ? str_part(local, 0, (size_t)(plus - local.p))
	                                      : local;
}

static bool
same(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || strncasecmp(a.p, b.p, a.n) == 0);
}

/* An address at its "@", which it has. */
static void
split(struct str address, struct str *local, struct str *domain)
{
	const char *at = memrchr(address.p, '@', address.n);
	size_t n = at != NULL ? (size_t)(at - address.p) : address.n;

	*local = without_tag(str_part(address, 0, n));
	*domain = str_part(address, n + 1, address.n);
}

/* Could some relay in the world reach it? One without a dot is a machine of the
 * relay's own network, one that ends in a number an IP address. */
static bool
reachable(struct str local, struct str domain)
{
	const char *dot = domain.n > 0 ? memrchr(domain.p, '.', domain.n) : NULL;
	struct str last;
	size_t i, digits = 0;

	if (dot == NULL)
		return false;
	last = str_part(domain, (size_t)(dot - domain.p) + 1, domain.n);
	for (i = 0; i < last.n; i++)
		digits += last.p[i] >= '0' && last.p[i] <= '9';
	return digits < last.n && ascii(local) && ascii(domain);
}

const char *
mail_rule_recipient(struct str to, const char *const *own, size_t own_count)
{
	struct str local, domain;
	size_t i;

	if (to.n > 254 || !ticket_email_valid(to))
		return "address";
	split(to, &local, &domain);
	if (!reachable(local, domain))
		return "address";
	for (i = 0; i < own_count; i++) {
		struct str own_local, own_domain;

		if (own[i] == NULL || own[i][0] == '\0')
			continue;
		split(str_of(own[i]), &own_local, &own_domain);
		if (same(domain, own_domain) && (own_local.n == 0 || same(local, own_local)))
			return "own";
	}
	return robot(local) ? "robot" : NULL;
}

int64_t
mail_rule_backoff(int attempts, int64_t first_ms, int64_t most_ms)
{
	int64_t wait = first_ms;

	while (--attempts > 0 && wait < most_ms)
		wait *= 2;
	return wait < most_ms ? wait : most_ms;
}

/* A word with "@" in it is an address, or as much as matters. */
void
mail_rule_line(const struct mail_attempt *attempt, struct strbuf *out)
{
	struct str text = str_trim(attempt->text);
	size_t i = 0;

	if (attempt->code > 0)
		strbuf_printf(out, "%d ", attempt->code);
	while (i < text.n && out->n < LINE_BYTES) {
		size_t end = i;

		while (end < text.n && strchr(" \t\r\n", text.p[end]) == NULL)
			end++;
		if (end > i && memchr(text.p + i, '@', end - i) != NULL)
			strbuf_puts(out, "<address>");
		else
			strbuf_put_shown(out,
			    str_part(text, i, end - i < LINE_BYTES ? end : i + LINE_BYTES));
		while (end < text.n && strchr(" \t\r\n", text.p[end]) != NULL)
			end++;
		if (end < text.n)
			strbuf_putc(out, ' ');
		i = end;
	}
	if (i < text.n)
		strbuf_puts(out, "…");
}

int
mail_breaker_allows(
    const struct mail_breaker *breaker, int wanted, int running, int64_t now_us)
{
	if (!breaker->open)
		return wanted;
	return running == 0 && wanted > 0 && now_us >= breaker->until_us;
}

void
mail_breaker_bad(
    struct mail_breaker *breaker, int64_t now_us, int64_t first_us, int64_t most_us)
{
	/* What was under way when it opened says nothing new. */
	if (breaker->open && now_us < breaker->until_us)
		return;
	breaker->open = true;
	breaker->failures++;
	breaker->until_us = now_us + mail_rule_backoff(breaker->failures, first_us, most_us);
}

void
mail_breaker_good(struct mail_breaker *breaker)
{
	*breaker = (struct mail_breaker){.open = false};
}
