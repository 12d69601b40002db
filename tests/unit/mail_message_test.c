/* SPDX-License-Identifier: MIT */
/* The bytes of a mail. That others read them as meant: test_mail_message.py. */
#include "../../tools/mail_message.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ID "0192f0a4-7c11-7abc-8def-0123456789ab"
#define FIRST "0192f0a4-0000-7abc-8def-0123456789ab"

static struct strbuf out;

static int
setup(void **state)
{
	(void)state;
	strbuf_init(&out, 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	strbuf_fini(&out);
	return 0;
}

static struct mail_from
usual_from(void)
{
	return (struct mail_from){.address = "support@example.org"};
}

static struct mail
usual_mail(void)
{
	return (struct mail){.message_id = ID, .to = "dana@example.com", .locale = "en",
	    .subject = STR("We have your question"), .body = STR("Hello,\n\nthanks.\n"),
	    .automatic = true, .created_ms = INT64_C(1768207260123)};
}

static const char *
built(const struct mail_from *from, const struct mail *mail)
{
	strbuf_clear(&out);
	mail_message_build(from, mail, &out);
	return strbuf_str(&out).p;
}

static void
test_whole(void **state)
{
	struct mail_from from = usual_from();
	struct mail mail = usual_mail();

	(void)state;
	assert_string_equal(built(&from, &mail),
	    "Date: Mon, 12 Jan 2026 08:41:00 +0000\r\n"
	    "From: support@example.org\r\n"
	    "To: dana@example.com\r\n"
	    "Subject: We have your question\r\n"
	    "Message-ID: <" ID "@example.org>\r\n"
	    "Auto-Submitted: auto-replied\r\n"
	    "X-Auto-Response-Suppress: All\r\n"
	    "Content-Language: en\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=UTF-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n"
	    "\r\n"
	    "Hello,\r\n\r\nthanks.\r\n");
}

static void
test_person(void **state)
{
	struct mail_from from = usual_from();
	struct mail mail = usual_mail();

	(void)state;
	from.name = "The \"Support\" \\ Team";
	from.reply_to = "replies@example.org";
	mail.automatic = false;
	mail.reference = "DC60EECF";
	mail.first_id = FIRST;
	mail.locale = "e\r\nX: y";
	assert_string_equal(built(&from, &mail),
	    "Date: Mon, 12 Jan 2026 08:41:00 +0000\r\n"
	    "From: \"The \\\"Support\\\" \\\\ Team\" <support@example.org>\r\n"
	    "Reply-To: replies@example.org\r\n"
	    "To: dana@example.com\r\n"
	    "Subject: [DC60EECF] We have your question\r\n"
	    "Message-ID: <" ID "@example.org>\r\n"
	    "In-Reply-To: <" FIRST "@example.org>\r\n"
	    "References: <" FIRST "@example.org>\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=UTF-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n"
	    "\r\n"
	    "Hello,\r\n\r\nthanks.\r\n");
	mail.automatic = mail.reminder = true;
	assert_non_null(strstr(built(&from, &mail), "\r\nAuto-Submitted: auto-generated\r\n"));
}

static void
test_sender(void **state)
{
	struct mail_from from = usual_from();
	struct mail mail = usual_mail();

	(void)state;
	strbuf_clear(&out);
	mail_message_sender(&from, &mail, &out);
	assert_int_equal(out.n, 0);
	mail.automatic = false;
	mail_message_sender(&from, &mail, &out);
	assert_string_equal(strbuf_str(&out).p, "support@example.org");
	from.bounce = "bounce@example.org";
	strbuf_clear(&out);
	mail_message_sender(&from, &mail, &out);
	assert_string_equal(strbuf_str(&out).p, "bounce+" ID "@example.org");
}

/* The lines of Subject, without its name. */
static const char *
subject(const char *reference, struct str text)
{
	struct mail_from from = usual_from();
	struct mail mail = usual_mail();
	char *start, *end;

	mail.reference = reference;
	mail.subject = text;
	start = strstr((char *)built(&from, &mail), "Subject:");
	assert_non_null(start);
	end = strstr(start, "\r\nMessage-ID:");
	assert_non_null(end);
	*end = '\0';
	return start + strlen("Subject:");
}

static void
test_subject(void **state)
{
	(void)state;
	assert_string_equal(subject(NULL, STR("")), "");
	assert_string_equal(subject("DC60EECF", STR("")), " [DC60EECF]");
	assert_string_equal(subject(NULL, STR("a\r\nBcc: eve@example.com")),
	    " a Bcc: eve@example.com");
	assert_string_equal(subject(NULL, STR("\n\n a \t\0 b\x7f\n")), " a b");
	assert_string_equal(subject(NULL, STR("a\xE2\x80\xAE" "b\xE2\x80\xA8" "c")), " a b c");
	assert_string_equal(subject(NULL, STR("Votre s\xC3\xA9" "ance")),
	    " =?UTF-8?B?Vm90cmUgc8OpYW5jZQ==?=");
	assert_string_equal(subject("DC60EECF", STR("=?UTF-8?B?x?=")),
	    " [DC60EECF] =?UTF-8?B?PT9VVEYtOD9CP3g/PQ==?=");
	assert_string_equal(
	    subject("DC60EECF", STR("ten chars ten chars ten chars ten chars ten chars ten chars")),
	    " [DC60EECF] ten chars ten chars ten chars ten chars ten chars ten\r\n chars");
	/* 30 bytes, of which the last two are one letter: it goes on whole. */
	assert_string_equal(subject(NULL, STR("12345678901234567890123456789\xC3\xA9!")),
	    " =?UTF-8?B?MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODk=?=\r\n =?UTF-8?B?w6kh?=");
	/* Broken UTF-8 is not passed on. */
	assert_string_equal(subject(NULL, STR("a\xC3(\xFF")), " a (");
}

/* The encoded text, without the last line end. */
static const char *
text(struct str body)
{
	strbuf_clear(&out);
	quoted_printable(body, &out);
	if (out.n > 0)
		assert_memory_equal(out.p + out.n - 2, "\r\n", 3);
	out.n -= out.n > 0 ? 2 : 0;
	if (out.p != NULL)
		out.p[out.n] = '\0';
	return strbuf_str(&out).p != NULL && out.n > 0 ? out.p : "";
}

static void
test_text(void **state)
{
	char line[77], expected[90];

	(void)state;
	assert_string_equal(text(STR("")), "");
	assert_string_equal(text(STR("a\nb\r\nc\rd")), "a\r\nb\r\nc\r\nd");
	assert_string_equal(text(STR("\n\nx\n")), "\r\n\r\nx");
	assert_string_equal(text(STR("1+1=2 \xC3\xA9\x01")), "1+1=3D2 =C3=A9=01");
	assert_string_equal(text(STR("end \nend\t\n in ner")), "end=20\r\nend=09\r\n in ner");
	assert_string_equal(text(STR(".\n..\na.")), "=2E\r\n=2E.\r\na.");
	assert_string_equal(text(STR("From me\nFromage")), "=46rom me\r\nFromage");
	memset(line, 'x', sizeof(line));
	assert_int_equal(strlen(text((struct str){line, 76})), 76);
	memset(expected, 'x', sizeof(expected));
	memcpy(expected + 75, "=\r\nxx", 6);
	assert_string_equal(text((struct str){line, 77}), expected);
	line[74] = '=';
	memcpy(expected + 74, "=\r\n=3Dxx", 9);
	assert_string_equal(text((struct str){line, 77}), expected);
}

static void
test_lines_are_short(void **state)
{
	struct mail_from from = usual_from();
	struct mail mail = usual_mail();
	char bytes[3000];
	unsigned seed = 1;
	size_t i, round, column;

	(void)state;
	from.name = "\xC3\x89quipe de support, avec un nom qui ne tient pas sur une ligne";
	for (round = 0; round < 2000; round++) {
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)((seed = seed * 1103515245u + 12345u) >> (round % 9 + 16));
		mail.subject = (struct str){bytes, round};
		mail.body = (struct str){bytes + round / 2, sizeof(bytes) - round};
		mail.reference = round % 2 != 0 ? "DC60EECF" : NULL;
		built(&from, &mail);
		for (i = column = 0; i < out.n; i++) {
			column = out.p[i] == '\n' ? 0 : column + 1;
			assert_true(column <= 77); /* with the CR */
			assert_true(plain(out.p[i]) || strchr("\t\r\n", out.p[i]) != NULL);
			assert_true((out.p[i] == '\r') == (i + 1 < out.n && out.p[i + 1] == '\n'));
		}
	}
}

static void
check_from(struct mail_from from, const char *complaint)
{
	struct err err = {.text = ""};
	int got = mail_from_check(&from, &err);

	assert_int_equal(got, complaint == NULL ? 0 : -1);
	if (complaint != NULL)
		assert_non_null(strstr(err.text, complaint));
}

static void
test_from(void **state)
{
	struct mail_from good = usual_from();

	(void)state;
	check_from(good, NULL);
	good.name = "\xC3\x89quipe";
	good.bounce = "a234567890123456789012345b7@example.org";
	check_from(good, NULL);
	check_from((struct mail_from){.address = NULL}, "--from is needed");
	check_from((struct mail_from){.address = "a@b\r\n.example"}, "--from:");
	check_from((struct mail_from){.address = "\xC3\xA9@example.org"}, "--from:");
	check_from((struct mail_from){.address = "a@b.example", .reply_to = "x"}, "--reply-to:");
	check_from((struct mail_from){.address = "a@b.example", .bounce = "x@"}, "--bounce:");
	good.bounce = "a234567890123456789012345b78@example.org";
	check_from(good, "--bounce: at most 27");
	good.bounce = NULL;
	good.name = "a\nb";
	check_from(good, "--from-name:");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_person),
		cmocka_unit_test(test_sender),
		cmocka_unit_test(test_subject),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_lines_are_short),
		cmocka_unit_test(test_from),
	};

	return cmocka_run_group_tests_name("mail_message", tests, setup, teardown);
}
