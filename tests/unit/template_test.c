/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "template.h"

static void
fill(void *context, const struct template_slot *slot, struct strbuf *out)
{
	(void)context;
	strbuf_printf(out, "<%d%.*s>", slot->kind, STR_ARG(slot->name));
}

static void
assert_renders(const char *text, const char *expected)
{
	struct strbuf out;

	strbuf_init(&out, 0);
	template_render(str_of(text), fill, NULL, &out);
	assert_string_equal(out.p, expected);
	strbuf_fini(&out);
}

static void
test_render(void **state)
{
	(void)state;
	assert_renders("no slots", "no slots");
	assert_renders("{{missing}}", "<0>");
	assert_renders("a {{ team }}, b {{link: rest }}.", "a <1>, b <2rest>.");
	assert_renders("{{team}}{{team}}", "<1><1>");
	assert_renders("{{follow_up_link}} {{reference}} {{token}}", "<3> <4> <5>");
	/* What is no slot stays. */
	assert_renders("{{ {{team}} }} {x} {{", "{{ <1> }} {x} {{");
	assert_renders("{{unknown}} {{link}} {{team:x}}", "{{unknown}} {{link}} {{team:x}}");
	assert_renders("{{te\nam}}", "{{te\nam}}");
}

static struct place
place_of(const void *context, size_t start, size_t end)
{
	return (struct place){context, 1, (unsigned)start + 1, (unsigned)(end - start)};
}

static void
assert_refused(const char *text, unsigned kinds, const char *said)
{
	static const char *const links[] = {"rest", "works"}; /* the second in other languages */
	struct diag_list *diags = diag_list_new(50);
	struct template_scope scope = {.kinds = kinds, .links = links, .link_count = 1,
	    .other_links = links + 1, .other_link_count = 1, .links_file = "links.yaml",
		.no_follow_up = strstr(text, "nowhere") != NULL, .place = place_of,
		.context = "t"};
	struct strbuf out;

	strbuf_init(&out, 0);
	strbuf_puts(&out, "");
	if (said == NULL) {
		assert_int_equal(template_check(str_of(text), &scope, diags), 0);
		assert_int_equal(diag_errors(diags), 0);
	} else {
		assert_int_equal(template_check(str_of(text), &scope, diags), -1);
		diag_print(diags, &out, false);
		if (strstr(out.p, said) == NULL)
			fail_msg("'%s' gave: %s", text, out.p);
	}
	strbuf_fini(&out);
	diag_list_free(diags);
}

static void
test_has(void **state)
{
	(void)state;
	assert_true(template_has(STR("a {{ token }}"), TEMPLATE_TOKEN));
	assert_false(template_has(STR("{{token}}"), TEMPLATE_REFERENCE));
	assert_false(template_has(STR("{token}}"), TEMPLATE_TOKEN));
}

static void
test_check(void **state)
{
	(void)state;
	assert_refused("{{missing}} {{team}} {{link:rest}} {x}", 7, NULL);
	assert_refused("a {{missing}}", 6, "t:1:3: error: '{{missing}}' makes no sense here");
	assert_refused("a {{link:rset}}", 7, "did you mean 'rest'?");
	assert_refused("a {{link:rset}}", 7, "All links are in links.yaml");
	assert_refused("a {{link:else}}", 7, "hint: add it to the links in links.yaml");
	assert_refused("a {{link:works}}", 7, "hint: add this language to 'works' in links.yaml");
	assert_refused("a {team}.", 7, "t:1:3: error: nothing is filled in for '{team}'");
	assert_refused("{ link: rest }}", 7,
	    "t:1:1: error: nothing is filled in for '{ link: rest }'");
	assert_refused("{teem} {} {:} {", 7, NULL);
	assert_refused("{{rest}}", 7, "hint: for a link write {{link:rest}}");
	assert_refused("{{team}, you", 7, "hint: write }} behind the name");
	assert_refused("{{teem}}", 7, "unknown template place '{{teem}}'");
	assert_refused("{{teem}}", 7, "hint: did you mean 'team'?");
	/* Nothing is proposed that makes no sense here either. */
	assert_refused("{{misisng}}", 6, "hint: one of: team, link");
	assert_refused("{{link}}", 7, "hint: write it {{link:NAME}}");
	assert_refused("{{follow_up_link}} {{missing}}", 15, NULL);
	assert_refused("a {{follow_up_link}}", 7,
	    "t:1:3: error: '{{follow_up_link}}' makes no sense here");
	assert_refused("{{follow_up_link}} to nowhere", 15, "no 'link' for '{{follow_up_link}}'");
	assert_refused("{{reference}}#{{token}}", 48, NULL);
	assert_refused("{{token}}", 15, "it belongs into the follow-up's 'link'");
	assert_refused("{{team:x}}", 7, "unknown template place");
	assert_refused("a {{team\n}}", 7, "t:1:3: error: '{{' without");
	assert_refused("{{team}} {{", 7, "t:1:10: error: '{{' without");
	assert_refused("{{{team}}", 7, "'{{' without");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_render), cmocka_unit_test(test_has),
	    cmocka_unit_test(test_check)};

	return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
