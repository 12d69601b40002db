/* SPDX-License-Identifier: MIT */
/* What a contact form gets: reasons in order, boxes, texts; and a preview. */
#include "wire_message.h"

#include "answer.h"
#include "form.h"
#include "rules_read.h"
#include "wire.h"
#include "wire_head.h"

static const char rules_text[] =
    "policy:\n  time_zone: Europe/Paris\n  audiences: [mentor, coach]\n  default_locale: en\n"
    "  scores: {minimum: 5, confidence: 0.4, reason: 4}\n"
    "  language: {minimum_words: 3, margin: 2}\n"
    "locales:\n"
    "  en: {words: [the], greeting: Hello, closing: Bye, paragraphs: {routed: r,"
    " needs_info: 'n {{missing}}', answered: a}}\n"
    "  fr: {words: [le], greeting: Bonjour, closing: Salut, paragraphs: {routed: r,"
    " needs_info: 'n {{missing}}', answered: a}}\n"
    "teams:\n  desk: {title: {en: the desk, fr: le guichet}}\n"
    "priorities:\n  normal: {target: 2d}\n"
    "links:\n  guide: {en: {title: Guide, url: 'https://x.org/en'},"
    " fr: {title: Guide, url: 'https://x.org/fr'}}\n"
    "categories:\n"
#define CATEGORY(name, more) \
	"  mentor." name ":\n    audience: mentor\n    team: desk\n    priority: normal\n" \
	"    label: {en: E" name ", fr: F" name "}\n" \
	"    answers: {en: {subject: S, help: H}, fr: {subject: S, help: H}}\n" more
    CATEGORY("last", "    signals: [{pattern: last, weight: 6}]\n")
    CATEGORY("first", "    position: 2\n    signals: [{pattern: first, weight: 6}]\n")
    CATEGORY("also", "    signals: [{pattern: also, weight: 6}]\n")
    CATEGORY("next", "    position: 10\n    signals: [{pattern: next, weight: 6}]\n"
	"    fields:\n"
	"      goal: {type: text, required: all, label: {en: Goal, fr: But},"
	" ask: {en: the goal, fr: le but}}\n"
	"      told: {type: boolean, asked: all, label: {en: Told, fr: Dit},"
	" ask: {en: told, fr: dit}}\n"
	"      wish: {type: boolean, label: {en: Wish, fr: Souhait}}\n"
	"    gates:\n"
	"      - {name: told, locales: [en], field: told, is: true, otherwise: answered}\n"
	"      - {name: held, locales: [en], field: wish, is: true, otherwise: answered,"
	" unknown: holds}\n"
	"      - {name: wish, locales: [fr], field: wish, is: true, otherwise: answered}\n")
    CATEGORY("even", "    position: 2\n    signals: [{pattern: even, weight: 6}]\n")
    CATEGORY("a_rest", "    position: 1\n    fallback: true\n")
    "  coach.rest:\n    audience: coach\n    team: desk\n    priority: normal\n"
    "    fallback: true\n    self_service: [fr]\n    label: {en: Rest, fr: Reste}\n"
    "    fields:\n"
    "      hint: {type: text, label: {en: Hint}}\n"
    "      own: {type: text}\n"
    "      state: {type: enum, codes: {paid: {en: Paid, fr: Payé},"
    " open: {en: Still open, fr: En attente}}, asked: all, label: {en: State, fr: État},"
    " ask: {en: 'the state, see {{link:guide}}', fr: l'état}}\n"
    "      name: {type: person_name, required: [fr], one_of: [state], label: {fr: Nom},"
    " ask: {fr: le nom}}\n"
    "    answers:\n"
    "      en: {subject: Hello, help: \"The {{team}}.\\n\"}\n"
    "      fr: {subject: Salut, help: 'Lisez {{link:guide}}.'}\n";

static struct diag_list *diags;
static struct policy policy;
static struct arena *arena;
static struct wire_request request;
static struct strbuf out, text;

static int
setup(void **state)
{
	struct strbuf said;

	(void)state;
	arena = arena_new(0);
	diags = diag_list_new(50);
	strbuf_init(&out, 0);
	strbuf_init(&text, 0);
	strbuf_init(&said, 0);
	memset(policy.hash, 'a', 3);
	policy.rules = rules_load_text("t.yaml", str_of(rules_text), diags);
	diag_print(diags, &said, false);
	if (diag_errors(diags) != 0)
		print_error("%s\n", said.p);
	strbuf_fini(&said);
	request = (struct wire_request){.op = WIRE_FORM};
	return diag_errors(diags) == 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	rules_free((struct rules *)policy.rules);
	diag_list_free(diags);
	arena_free(arena);
	strbuf_fini(&out);
	strbuf_fini(&text);
	return 0;
}

/* One value as JSON with ' for ", by our own reader of headers. */
static void
put_value(struct wire_cursor *cursor)
{
	struct wire_head head;
	bool truth = cursor->p < cursor->end && *cursor->p == 0xC3;
	uint64_t i;

	assert_int_equal(wire_head_read(cursor, &head), WIRE_FAULT_NONE);
	switch (head.kind) {
	case KIND_STR:
		strbuf_printf(&text, "'%.*s'", STR_ARG(head.bytes));
		break;
	case KIND_BOOLEAN:
		strbuf_puts(&text, truth ? "true" : "false");
		break;
	case KIND_REAL: {
		double number;

		memcpy(&number, &head.number, sizeof(number));
		strbuf_printf(&text, "%g", number);
		break;
	}
	case KIND_ARRAY:
	case KIND_MAP:
		strbuf_putc(&text, head.kind == KIND_MAP ? '{' : '[');
		for (i = 0; i < head.number; i++) {
			strbuf_puts(&text, i > 0 ? "," : "");
			put_value(cursor);
			if (head.kind == KIND_MAP) {
				strbuf_putc(&text, ':');
				put_value(cursor);
			}
		}
		strbuf_putc(&text, head.kind == KIND_MAP ? '}' : ']');
		break;
	default:
		strbuf_printf(&text, "%llu", (unsigned long long)head.number);
		break;
	}
}

/* The whole message, and nothing behind it. */
static void
check_out(const char *expected)
{
	struct wire_cursor cursor = {
	    (const unsigned char *)out.p, (const unsigned char *)out.p + out.n};

	strbuf_clear(&text);
	put_value(&cursor);
	assert_ptr_equal(cursor.p, cursor.end);
	assert_string_equal(text.p, expected);
}

static void
test_order(void **state)
{
	static const char *const names[] = {"mentor.even", "mentor.first", "mentor.next",
	    "mentor.also", "mentor.last", "mentor.a_rest"};
	const struct rules_category *list[16];
	size_t i;

	(void)state;
	assert_int_equal(form_reasons(policy.rules, 0, list), 6);
	for (i = 0; i < 6; i++)
		assert_true(str_is(list[i]->name, names[i]));
	assert_int_equal(form_reasons(policy.rules, 1, list), 1);
	assert_true(str_is(list[0]->name, "coach.rest"));
}

/* What is asked comes first, and what has no label there is not shown. */
static void
test_boxes(void **state)
{
	const struct rules_category *category =
	    rules_category_find(policy.rules, STR("coach.rest"));
	const struct rules_field *list[8];

	(void)state;
	assert_int_equal(form_boxes(category, 0, list), 2);
	assert_true(str_is(list[0]->name, "state"));
	assert_true(str_is(list[1]->name, "hint"));
	assert_int_equal(form_boxes(category, 1, list), 2);
	assert_true(str_is(list[0]->name, "state"));
	assert_true(str_is(list[1]->name, "name"));
}

/* In French nothing is needed of who does not wish; a preview knows who does. */
static void
test_required(void **state)
{
	const struct rules_category *next =
	    rules_category_find(policy.rules, STR("mentor.next"));
	const struct rules_field *list[8];
	struct decision decision = {.category = next, .locale = 1, .missing = list};
	const struct receipt receipt = {.category = next->name};
	struct wire_cursor cursor;

	(void)state;
	assert_int_equal(form_boxes(next, 0, list), 3);
	assert_true(str_is(list[0]->name, "goal"));
	assert_true(form_requires(next, list[0], 0));
	assert_false(form_requires(next, list[0], 1));
	assert_false(form_requires(next, list[2], 0));
	decision.missing_count = 1;
	request.op = WIRE_PREVIEW;
	wire_encode_preview(&request, &receipt, &decision, policy.rules, &out);
	cursor = (struct wire_cursor){
	    (const unsigned char *)out.p, (const unsigned char *)out.p + out.n};
	put_value(&cursor);
	assert_non_null(strstr(text.p, "'name':'goal','type':'text','required':true"));
	strbuf_clear(&out);
	strbuf_clear(&text);
	request.op = WIRE_FORM;
	assert_int_equal(wire_encode_form(&request, &policy, 0, 1, arena, &out), 0);
	cursor = (struct wire_cursor){
	    (const unsigned char *)out.p, (const unsigned char *)out.p + out.n};
	put_value(&cursor);
	assert_non_null(strstr(text.p, "'name':'goal','type':'text','required':false"));
}

static void
test_form(void **state)
{
	(void)state;
	request.id = (struct wire_token){.type = WIRE_TOKEN_INTEGER, .integer = 7};
	assert_int_equal(wire_encode_form(&request, &policy, 1, 0, arena, &out), 0);
	check_out("{'v':1,'status':'ok','id':7,'policy':'aaa','audience':'coach','locale':'en',"
	    "'reasons':[{'reason':'coach.rest','label':{'en':'Rest','fr':'Reste'},"
	    "'subject':'Hello','help':'The the desk.','self_service':false,'boxes':["
	    "{'name':'state','type':'enum','required':false,'label':'State',"
	    "'help':'the state, see Guide (https://x.org/en)','codes':['paid','open'],"
	    "'code_labels':{'paid':'Paid','open':'Still open'}},"
	    "{'name':'hint','type':'text','required':false,'label':'Hint'}]}]}");
	strbuf_clear(&out);
	request.id.type = WIRE_TOKEN_ABSENT;
	assert_int_equal(wire_encode_form(&request, &policy, 1, 1, arena, &out), 0);
	check_out("{'v':1,'status':'ok','policy':'aaa','audience':'coach','locale':'fr',"
	    "'reasons':[{'reason':'coach.rest','label':{'en':'Rest','fr':'Reste'},"
	    "'subject':'Salut','help':'Lisez Guide (https://x.org/fr).','self_service':true,"
	    "'boxes':[{'name':'state','type':'enum','required':false,'label':'État',"
	    "'help':'l'état','codes':['paid','open'],"
	    "'code_labels':{'paid':'Payé','open':'En attente'}},"
	    "{'name':'name','type':'person_name','required':true,'label':'Nom',"
	    "'help':'le nom','one_of':['state']}]}]}");
}

static void
test_form_without_memory(void **state)
{
	struct arena *small = arena_new(16);

	(void)state;
	assert_int_equal(wire_encode_form(&request, &policy, 0, 0, small, &out), -1);
	arena_free(small);
}

static void
test_preview(void **state)
{
	const struct rules *rules = policy.rules;
	const struct rules_category *rest = rules_category_find(rules, STR("coach.rest"));
	const struct rules_field *missing[] = {&rest->fields[0]};
	struct decision_candidate candidates[4];
	struct decision decision = {.category = rest, .locale = 1, .confidence = 0.75,
	    .candidates = candidates, .candidate_count = 4, .missing = missing};
	const struct receipt receipt = {.ticket = STR("t"), .category = rest->name,
	    .reference = STR("r"), .policy = STR("p")};
	size_t i;

	(void)state;
	request.op = WIRE_PREVIEW;
	for (i = 0; i < 4; i++)
		candidates[i] = (struct decision_candidate){
		    .category = &rules->categories[i + 1], .score = 4.5 - (double)i};
	for (i = 0; i < rest->field_count; i++)
		if (str_is(rest->fields[i].name, "name"))
			missing[0] = &rest->fields[i];
	decision.missing_count = 1;
	wire_encode_preview(&request, &receipt, &decision, rules, &out);
	check_out("{'v':1,'status':'ok','category':'coach.rest','policy':'p','missing':[],"
	    "'warnings':[],'locale':'fr','label':'Reste','confidence':0.75,'candidates':["
	    "{'category':'mentor.a_rest','label':'Fa_rest','score':4.5},"
	    "{'category':'mentor.also','label':'Falso','score':3.5},"
	    "{'category':'mentor.even','label':'Feven','score':2.5}],"
	    "'boxes':[{'name':'name','type':'person_name','required':true,'label':'Nom',"
	    "'help':'le nom','one_of':['state']}]}");
}

static const char *
errors_of(const char *message)
{
	struct strbuf bytes;
	size_t i;

	wire_decode(arena, message_pack(&bytes, message, false), &request);
	strbuf_fini(&bytes);
	strbuf_clear(&text);
	strbuf_puts(&text, "");
	for (i = 0; i < request.error_count; i++)
		strbuf_printf(&text, "%.*s %.*s;", STR_ARG(request.errors[i].path),
		    STR_ARG(request.errors[i].code));
	return text.n > 0 ? text.p : "";
}

static void
test_request(void **state)
{
	(void)state;
	assert_string_equal(
	    errors_of("{'v':1,'op':'form','audience':'mentor','locale':'fr'}"), "");
	assert_int_equal(request.op, WIRE_FORM);
	assert_true(str_is(request.audience, "mentor"));
	assert_true(str_is(request.locale, "fr"));
	assert_string_equal(errors_of("{'v':1,'op':'form','audience':'mentor'}"), "");
	assert_int_equal(request.locale.n, 0);
	assert_string_equal(errors_of("{'v':1,'op':'form'}"), "audience required;");
	assert_string_equal(errors_of("{'v':1,'op':'form','audience':'m','locale':1}"),
	    "locale wrong_type;");
	assert_string_equal(errors_of("{'v':1,'op':'form','audience':'m',"
	    "'locale':'12345678901234567'}"), "locale too_long;");
	assert_string_equal(errors_of("{'v':1,'op':'form','audience':'m','body':'b'}"),
	    "body not_allowed;");
	assert_string_equal(errors_of("{'v':1,'op':'ping','audience':'m','locale':'en'}"),
	    "audience not_allowed;locale not_allowed;");
}

/* The print has what the files say, and reads back. */
static void
test_form_printed(void **state)
{
	struct rules *again;

	(void)state;
	rules_print(policy.rules, &out);
	assert_non_null(strstr(out.p, "position: 10\n"));
	assert_non_null(strstr(out.p, "        codes:\n          paid:\n            en: Paid\n"));
	again = rules_load_text("again.yaml", strbuf_str(&out), diags);
	rules_print(again, &text);
	assert_string_equal(out.p, text.p);
	rules_free(again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_order, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_boxes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_required, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_form, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_form_without_memory, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_preview, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_request, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_form_printed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
