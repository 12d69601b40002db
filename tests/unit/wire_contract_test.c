/* SPDX-License-Identifier: MIT */
/* schemas/wire.md as the daemon reads it: the examples decode, the digests
 * agree, every error code is explained. Run from the project's folder. */
#include "wire_message.h"

#include <ctype.h>
#include <stdio.h>

#include "wire.h"
#include "wire_check.h"

static struct strbuf page;
static struct arena *arena;

static int
setup(void **state)
{
	FILE *file = fopen("schemas/wire.md", "r");
	char line[512];

	(void)state;
	assert_non_null(file);
	strbuf_init(&page, 0);
	while (fgets(line, sizeof(line), file) != NULL)
		strbuf_puts(&page, line);
	fclose(file);
	arena = arena_new(0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	strbuf_fini(&page);
	arena_free(arena);
	return 0;
}

/* The bytes of the next block of that kind behind *at: hex digits up to the
 * bar in each line. false when there is none. */
static bool
next_block(const char **at, const char *kind, struct strbuf *bytes)
{
	char fence[32];
	const char *p, *end;

	snprintf(fence, sizeof(fence), "\n```%s\n", kind);
	p = strstr(*at, fence);
	if (p == NULL)
		return false;
	p += strlen(fence);
	end = strstr(p, "```");
	assert_non_null(end);
	strbuf_init(bytes, 0);
	while (p < end) {
		char pair[3];

		if (*p == '|')
			p = strchr(p, '\n');
		if (!isxdigit((unsigned char)*p)) {
			p++;
			continue;
		}
		snprintf(pair, sizeof(pair), "%.2s", p);
		message_hex(bytes, pair);
		p += 2;
	}
	*at = end;
	return true;
}

static void
test_submit(void **state)
{
	struct wire_request request;
	const char *at = page.p;
	struct strbuf bytes;

	(void)state;
	assert_true(next_block(&at, "submit", &bytes));
	assert_int_equal(wire_decode(arena, strbuf_str(&bytes), &request), 0);
	assert_int_equal(request.op, WIRE_SUBMIT);
	assert_int_equal(request.id.integer, 7);
	assert_int_equal(request.key.bytes.n, 16);
	assert_true(str_is(request.ticket.subject, "Help"));
	assert_true(str_is(request.ticket.body, "Caf\xc3\xa9"));
	strbuf_fini(&bytes);
}

static void
test_follow_up(void **state)
{
	struct wire_request request;
	const char *at = page.p;
	struct strbuf bytes;

	(void)state;
	assert_true(next_block(&at, "follow_up", &bytes));
	assert_int_equal(wire_decode(arena, strbuf_str(&bytes), &request), 0);
	assert_int_equal(request.op, WIRE_FOLLOW_UP);
	assert_true(str_is(request.named, "DC60EECF"));
	assert_int_equal(request.token.n, 26);
	assert_true(str_is(request.ticket.fields[0].value.text, "Room 12"));
	strbuf_fini(&bytes);
}

static void
test_form(void **state)
{
	struct wire_request request;
	const char *at = page.p;
	struct strbuf bytes;

	(void)state;
	assert_true(next_block(&at, "form", &bytes));
	assert_int_equal(wire_decode(arena, strbuf_str(&bytes), &request), 0);
	assert_int_equal(request.op, WIRE_FORM);
	assert_true(str_is(request.audience, "coach"));
	assert_true(str_is(request.locale, "fr"));
	strbuf_fini(&bytes);
}

/* The answer shown is the one the encoder writes, byte by byte. */
static void
test_accepted(void **state)
{
	struct wire_request request = {.op = WIRE_SUBMIT};
	struct wire_answer answer;
	const char *at = page.p;
	struct strbuf bytes, out;

	(void)state;
	assert_true(next_block(&at, "accepted", &bytes));
	assert_int_equal(wire_decode_answer(arena, strbuf_str(&bytes), &answer), 0);
	assert_int_equal(answer.status, WIRE_ACCEPTED);
	request.id = answer.id;
	request.key = answer.key;
	strbuf_init(&out, 0);
	wire_encode_receipt(&request, WIRE_ACCEPTED, &answer.receipt, &out);
	assert_int_equal(out.n, bytes.n);
	assert_memory_equal(out.p, bytes.p, out.n);
	strbuf_fini(&out);
	strbuf_fini(&bytes);
}

static void
test_digests(void **state)
{
	const char *at = page.p;
	struct strbuf ticket, digest, message;
	size_t count = 0;

	(void)state;
	while (next_block(&at, "ticket", &ticket)) {
		struct wire_request request;

		assert_true(next_block(&at, "digest", &digest));
		strbuf_init(&message, 0);
		message_hex(&message, "83a17601a26f70a770726576696577a67469636b6574");
		strbuf_put(&message, strbuf_str(&ticket));
		assert_int_equal(wire_decode(arena, strbuf_str(&message), &request), 0);
		assert_int_equal(digest.n, DIGEST_BYTES);
		assert_memory_equal(digest.p, request.digest, DIGEST_BYTES);
		strbuf_fini(&message);
		strbuf_fini(&ticket);
		strbuf_fini(&digest);
		count++;
	}
	assert_in_range(count, 3, 100);
}

static void
test_codes_and_statuses(void **state)
{
	char quoted[64];
	int i;

	(void)state;
	for (i = WIRE_FAULT_NONE + 1; i < WIRE_FAULT_COUNT; i++) {
		assert_non_null(wire_fault_texts[i].code);
		snprintf(quoted, sizeof(quoted), "`%s`", wire_fault_texts[i].code);
		if (strstr(strstr(page.p, "## Error codes"), quoted) == NULL)
			fail_msg("%s is not explained", quoted);
	}
	for (i = WIRE_ACCEPTED; i <= WIRE_OK; i++) {
		snprintf(quoted, sizeof(quoted), "\n| `%s` |", wire_status_names[i]);
		if (strstr(page.p, quoted) == NULL)
			fail_msg("%s is not explained", quoted);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_submit),
	    cmocka_unit_test(test_follow_up),
	    cmocka_unit_test(test_form),
	    cmocka_unit_test(test_accepted),
	    cmocka_unit_test(test_digests),
	    cmocka_unit_test(test_codes_and_statuses),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
