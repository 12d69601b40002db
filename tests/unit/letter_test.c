/* SPDX-License-Identifier: MIT */
#include "letter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static struct arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	return arena == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct letter
letter_of(const char *body, const char *subject, const char *sender)
{
	struct letter letter;

	assert_int_equal(letter_read(arena, str_of(body), str_of(subject), str_of(sender), &letter),
	    0);
	return letter;
}

struct letter_case {
	const char *body, *own; /* NULL: all of it */
};

static void
check(const struct letter_case *cases, size_t count, const char *subject)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct letter letter = letter_of(cases[i].body, subject, "Jean Dupont");
		const char *own = cases[i].own != NULL ? cases[i].own : cases[i].body;

		if (!str_is(str_trim(letter.text), own))
			fail_msg("of '%s' own is '%.*s'", cases[i].body, STR_ARG(letter.text));
		assert_int_equal(letter_is_cut(&letter), cases[i].own != NULL);
	}
}

static void
test_quotes(void **state)
{
	static const struct letter_case cases[] = {
		{"No quote, 3 > 2 and a | b", NULL},
		{"", NULL},
		{"Yes.\n> Did you?\n> > Ask", "Yes."},
		{"Yes.\n>> Did you?\n >Ask", "Yes."},
		{"Yes.\n| Did you?\n| Ask", "Yes."},
		{"| a | b |\n| c | d |", NULL},
		{"Hi, yes\n> one?", "Hi, yes"},
		{"His answer\n> one?", "His answer"},
		{"Hello\n> one?\nYes.\n> two?\nNo.", "Hello\n\nYes.\n\nNo."},
		{"Hello\r\n\r\n> one?\r\n\r\nYes.\r\n", "Hello\r\n\r\n\n\r\nYes."},
		{"Yes\n\nOn Mon, 16 Mar 2026 at 22:40, Ann Lee <a@example.org> wrote:\nWas it?",
		    "Yes"},
		{"Yes\n\nOn Mon, 16 Mar 2026 at 22:40, Ann Lee\n<a@example.org> wrote:\n\nWas it?",
		"Yes"},
		{"Oui\n\nLe lun. 16 mars 2026 à 22:40, Ann Lee <a@example.org> a écrit :\nAlors ?",
		"Oui"},
		{"Oui\n\nLe 16 mars 2026 à 22:40, Ann Lee\n<a@example.org> a\xC2\xA0\xC3\xA9"
		"crit\xC2\xA0:\nAlors ?", "Oui"},
		{"Oui\n\nLe 16 mars 2026 a\xCC\x80 22:40, Ann Lee a e\xCC\x81"
		"crit :\nAlors ?", "Oui"},
		{"Ann Lee <a@example.org> a écrit :\n> Alors ?\nOui", "Oui"},
		{"Le 5 mai, A a écrit :\n> Alors ?\n\nOui\n", "Oui"},
		/* Told by the person, not by a program. */
		{"Bonjour.\nLe 12 mars mon étudiant a écrit :\nje renonce", NULL},
		{"Hello.\nOn Monday he wrote:\nI give up", NULL},
		{"Yes\n-----Original Message-----\nFrom: X\nWas it?", "Yes"},
		{"Yes\n----- Original Message -----\nWas it?", "Yes"},
		{"Oui\n-----Message d'origine-----\nDe : X\nAlors", "Oui"},
		{"Oui\n-----Message d’origine-----\nDe : X\nAlors", "Oui"},
		{"It works\n--- well ---\nYes", NULL},
		{"Yes\n\nFrom: Ann Lee\nSent: Friday, May 8, 2026 10:31 AM\nTo: Jean\n\nWas it?",
		    "Yes"},
		{"Yes\n\n*From:* Ann Lee <a@example.org>\n*Sent:* Friday\n*To:* Jean\n\nWas it?",
		    "Yes"},
		{"Oui\n\nDe : Équipe\nEnvoyé : lundi 9 mars 2026 14:20\nÀ : Jean\nObjet : "
		    "x\n\nAlors", "Oui"},
		{"Oui\n\nDe : Équipe <e@example.org>\nDate : lundi\nÀ : Jean\nObjet : x\n\nAlors",
		"Oui"},
		/* A form that the person fills in. */
		{"Student: Esteban Ruiz\nFrom: 13 July\nWhy: he moves", NULL},
		{"De : 3 mars\nÀ : 10 mars\nObjet : vacances", NULL},
		{"From: home\nTo: work\nThanks", NULL},
	};

	(void)state;
	check(cases, COUNT(cases), "Re: x");
}

static void
test_ends(void **state)
{
	static const struct letter_case cases[] = {
		{"Bonjour, merci.\n-- \nJean Dupont\nMentor\n06 12 34 56 78", "Bonjour, merci."},
		{"Bonjour, merci.\n--\nJean Dupont", "Bonjour, merci."},
		{"A list\n--\nof things that are told here at length, and which matter.\nMore of "
		    "them, "
		"which are told at length as well.", NULL},
		{"Hello\nBest regards,\nJean Dupont", NULL},
		{"Hello\n\nBest regards,\nJean Dupont\nCareer coach\n+33 6 12 34 56 "
		    "78\nwww.example.org",
		"Hello\n\nBest regards,\nJean Dupont"},
		{"Bonjour, voici ce que je voulais vous dire depuis longtemps de la plateforme."
		    "\n\nBien cordialement,\nJean DUPONT\nCoach emploi - Rennes",
		"Bonjour, voici ce que je voulais vous dire depuis longtemps de la plateforme."
		    "\n\nBien cordialement,\nJean DUPONT"},
		{"Bonjour\nMerci\nJean Dupont\nTél. : 06 12 34 56 78\nSite : example.org",
		    "Bonjour\nMerci\nJean Dupont"},
		{"Bonjour\nCordialement,\nJean Dupont\n\nPS : j'ai oublié", NULL},
		{"Thanks\nStudent: Ann Lee\nDate: 3 May", NULL},
		{"Thank you,\nJean Dupont\nhttps://example.org/assessments/1", NULL},
		{"Merci\nJean Dupont\nétudiant Paul Roux", NULL},
		{"Merci\nEt une question : où ?", NULL},
		/* What is told behind it. */
		{"Hello\nThank you\nJean\nNo invoice paid since March", NULL},
		{"Hello\nThank you\nJean\nMy invoice for March\n0612345678", NULL},
		{"Hello, here is what I would like to ask you today about my new contract.\n"
		    "Thanks\nJean\nPortal open but my invoice of March is unpaid", NULL},
		{"Bonjour\nMerci\nJean\nTéléverser ma facture ne marche pas", NULL},
		{"Hello\nThanks\nJean\nMail has not arrived\nTel 0612345678", NULL},
		{"Hello\n--\nMy invoice of March is open", NULL},
		{"Hello\n\nThis message is confidential. My student Ann Lee told me that she "
		    "leaves.", NULL},
		{"Bonjour\n\nCe message est destiné au service paiement : la facture de mars.",
		    NULL},
		{"Hello\n\nThis message appears when I print an invoice.", NULL},
		{"It works\n\nSent from my iPhone", "It works"},
		{"Oui\nEnvoyé de mon iPhone\n", "Oui"},
		{"Oui\n\nEnvoyé à partir de Outlook pour Android\n\nLe 3/4/2026 10:00, "
		    "a@b.org a "
		"écrit :\nx", "Oui"},
		{"I sent from my phone a picture", NULL},
		{"Yes\n\nThis e-mail and its files are confidential and intended solely "
		    "for\nwhom they "
		"are addressed to.", "Yes"},
		{"Oui\n\nCe message et ses pièces jointes sont confidentiels.\n\nPensez à "
		"l'environnement avant d'imprimer.", "Oui"},
		{"This message did not help me.", NULL},
	};

	(void)state;
	check(cases, COUNT(cases), "x");
}

/* What would leave nothing. */
static void
test_all_of_it(void **state)
{
	static const struct letter_case nothing[] = {
		{"> Please help\n> me", "Please help\nme"},
		{"-----Original Message-----\nPlease help", NULL},
		{"Bonjour Madame, Monsieur,\n\nOn 3 May 2026, Ann Lee wrote:\nI left", NULL},
		{"see below\n\nOn 3 May 2026, A <a@b.org> wrote:\n> My student Ann\n> Lee left",
		"see below\n\nOn 3 May 2026, A <a@b.org> wrote:\nMy student Ann\nLee left"},
		{"Voir\n\n---------- Forwarded message ---------\nFrom: A\nHello", NULL},
	};
	static const struct letter_case passed_on[] = {
		{"FYI\n\nFrom: A\nSent: B\n\nHello", NULL},
		{"This is long enough to be what the person wants to tell us here.\n\nFrom: "
		    "A\nSent: B\n"
		"\nHello",
		"This is long enough to be what the person wants to tell us here."},
	};

	(void)state;
	assert_true(str_is(letter_of(nothing[2].body, "x", "").text, nothing[2].body));
	assert_true(str_is(str_trim(letter_of(nothing[0].body, "x", "").text), nothing[0].own));
	assert_true(str_is(letter_of(nothing[1].body, "x", "").text, nothing[1].body));
	assert_true(str_is(letter_of(nothing[3].body, "x", "").text, nothing[3].own));
	assert_true(str_is(letter_of(nothing[4].body, "x", "").text, nothing[4].body));
	assert_true(str_is(letter_of(passed_on[0].body, "TR : x", "").text, passed_on[0].body));
	assert_true(str_is(letter_of(passed_on[0].body, "x", "").text, "FYI"));
	assert_true(str_is(letter_of(passed_on[1].body, "Fwd: x", "").text, passed_on[1].own));
}

static void
test_html(void **state)
{
	static const struct letter_case cases[] = {
		{"<p>Hello,</p><p>I am <b>Ann</b>.&nbsp;Yes</p>",
		"Hello,\n\nI am Ann.\xC2\xA0Yes"},
		{"<div dir=\"ltr\">Hi,<div><br></div><div>me &amp; you</div></div><!-- <p>sent -->",
		"Hi,\n\nme & you"},
		{"<html><head><title>T</title><style>p "
		    "{x}</style></head><body>a<br/>b</body></html>",
		"a\nb"},
		{"<p>a</p><script>if (a < b) x();</script><p>b</p>", "a\n\nb"},
		{"<head><title>T</title></header> x</head ><body>a</body>", "a"},
		{"<p>a</p><style>b</styles> c</STYLE\n><p>d</p>", "a\n\nd"},
		{"<P CLASS=x>a<o:p></o:p></P><STYLE>x</style>", "a"},
		{"l&#39;&eacute;tudiant &#233; &#xE9; &Eacute; &hellip; &#150; &euro;",
		"l'étudiant é é É … – €"},
		{"&lt;b&gt; &amp;eacute; &unknown; & &; &#; &#x; &#1114112; &#55296;",
		"<b> &eacute; &unknown; & &; &#; &#x; \xEF\xBF\xBD \xEF\xBF\xBD"},
		{"<ul><li>one</li><li>two</li></ul>", "one\ntwo"},
		{"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		{"<p>Yes</p><div>On 3 May 2026 at 10:00, A &lt;a@b.org&gt; wrote:<br></div>"
		"<blockquote><p>Was it?</p><p>Or</p></blockquote>", "Yes"},
		{"<p>Yes</p><blockquote>Was<br>it</blockquote><p>No</p>", "Yes\n\n\n\nNo"},
		/* No HTML. */
		{"1 < 2 and <name@example.org> and a <b c", NULL},
		{"The tag <p> is wrong", NULL},
		{"AT&T; R&D & co", NULL},
		/* Never ended. */
		{"<p>a<b", "a<b"},
		{"<p>a<!-- b", "a<!-- b"},
		{"<p>a<style>b", "ab"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct letter letter = letter_of(cases[i].body, "x", "");
		const char *own = cases[i].own != NULL ? cases[i].own : cases[i].body;

		if (!str_is(str_trim(letter.text), own))
			fail_msg("of '%s' own is '%.*s'", cases[i].body, STR_ARG(letter.text));
	}
}

/* The original words behind the first "find" of the person's own. */
static void
check_typed(const char *body, const char *find, const char *typed)
{
	struct letter letter = letter_of(body, "x", "");
	const char *p = memmem(letter.text.p, letter.text.n, find, strlen(find));
	struct str original;

	if (p == NULL)
		fail_msg("no '%s' in '%.*s'", find, STR_ARG(letter.text));
	original = letter_original(&letter, (struct str){p, strlen(find)});
	if (!str_is(original, typed))
		fail_msg("'%s' is '%.*s'", find, STR_ARG(original));
	assert_ptr_equal(original.p, memmem(body, strlen(body), typed, strlen(typed)));
}

static void
test_as_typed(void **state)
{
	const char *body = "abc";
	struct letter letter = letter_of(body, "", "");

	(void)state;
	check_typed("a Lea b", "Lea", "Lea");
	check_typed("a\n> q\nLea b", "Lea", "Lea");
	check_typed("a\n> q\nb\n> r\nc", "b\n\nc", "b\n> r\nc");
	check_typed("<p>a <b>Lea</b> b</p>", "Lea", "Lea");
	check_typed("<p>a <b>Le</b>a b</p>", "Lea", "Le</b>a");
	check_typed("<p>L&eacute;a</p>", "Léa", "L&eacute;a");
	check_typed("<p>Zo&eacute;</p>", "Zoé", "Zo&eacute;");
	check_typed("<p>Zoé &amp; co</p>", "Zoé &", "Zoé &amp;");
	check_typed("<p>Zoé</p>", "Zoé", "Zoé");
	assert_true(str_is(letter_original(&letter, STR("other")), "other"));
	letter = letter_of("<p>a</p>", "", "");
	assert_true(str_is(letter_original(&letter, STR("other")), "other"));
	assert_int_equal(letter_original(&letter, str_part(letter.text, 0, 0)).n, 0);
	assert_int_equal(
	    letter_original(&letter, str_part(letter.text, letter.text.n, letter.text.n)).n, 0);
}

static void
test_prefix(void **state)
{
	(void)state;
	assert_int_equal(letter_prefix(STR("Hello")), 0);
	assert_int_equal(letter_prefix(STR("")), 0);
	assert_int_equal(letter_prefix(STR("Re: a")), 3);
	assert_int_equal(letter_prefix(STR("RE : a")), 4);
	assert_int_equal(letter_prefix(STR("Re: RE: Fwd:TR : a")), 16);
	assert_int_equal(letter_prefix(STR("Tr")), 0);
	assert_int_equal(letter_prefix(STR("Retour: a")), 0);
}

/* Whatever the text: in time, and every piece leads back into it, in order. */
static void
test_hostile(void **state)
{
	static const char *const bits[] = {"<", "<p>", "<p ", "</p>", "<!--", "-->", "<style>",
	    "</st",
		"&", "&amp;", "&#233;", "&#", "\n", "> ", ">", "a", "é", "On 3 May 2026 a@b wrote:",
		"--\n",
		"Thanks\n", "From: x\nSent: y\n", "<blockquote>", "</blockquote>", " ",
		"This message ",
		"confidential", "\n\n", "a@b", "1234567890"};
	size_t i, k, n;

	(void)state;
	for (i = 0; i < COUNT(bits); i++)
		for (k = 0; k < COUNT(bits); k++) {
			char *body = malloc(65536 + 64);
			struct letter letter;
			size_t last = 0;

			n = 0;
			while (n < 65536) {
				n += (size_t)sprintf(body + n, "%s", bits[i]);
				n += (size_t)sprintf(body + n, "%s", bits[k]);
			}
			arena_reset(arena);
			letter = letter_of(body, "Fwd:", "a b");
			for (n = 0; n < letter.text.n; n += 997) {
				struct str typed =
				    letter_original(&letter, str_part(letter.text, n, n + 5));

				assert_true((size_t)(typed.p - body) >= last);
				last = (size_t)(typed.p - body);
				assert_true(last + typed.n <= strlen(body));
			}
			free(body);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_all_of_it),
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_as_typed),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
