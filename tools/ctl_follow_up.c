/* SPDX-License-Identifier: MIT */
/*
 * ctl_follow_up: "triagectl follow-up": adds to a ticket what its requester was
 * asked for, as the page behind the mail's link does.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "ctl_ask.h"
#include "ctl_command.h"
#include "ctl_field.h"
#include "ctl_receipt.h"
#include "ctl_text.h"
#include "endpoint.h"
#include "identity.h"
#include "limits.h"

#define TOKEN_BYTES 256
#define MEMORY ((size_t)8 * 1024 * 1024)

struct follow_up_options {
	const char *token, *token_file, *field, *key, *endpoint;
	int64_t timeout;
	bool json;
};

static const struct option_row rows[] = {
	OPTION_COMMAND(struct follow_up_options, token, 0, OPTION_STRING, "TOKEN", NULL,
	    "the ticket's follow_up_token, as its acknowledgement and the mail's link have it; "
	    "others can see it in the list of processes"),
	OPTION_COMMAND(struct follow_up_options, token_file, 0, OPTION_STRING, "FILE", NULL,
	    "the file that has it, alone on its first line; without both it is "
	    "$TRIAGED_FOLLOW_UP_TOKEN"),
	OPTION_COMMAND(struct follow_up_options, field, 'f', OPTION_LINES, "NAME=VALUE", NULL,
	    "fill this box; may be given several times"),
	OPTION_COMMAND(struct follow_up_options, key, 'k', OPTION_STRING, "KEY", NULL,
	    "names this follow-up, so that it is kept once however often it is sent; without it "
	    "a new one each time"),
	OPTION(struct follow_up_options, endpoint, 'e', OPTION_STRING, "ENDPOINT", NULL, 0, 0,
	    "where the daemon listens, ipc://PATH or tcp://…; without it " ENDPOINT_DEFAULT_TEXT),
	OPTION(struct follow_up_options, timeout, 't', OPTION_DURATION, "TIME", "10s", 10,
	    3600000, "how long to try"),
	CTL_JSON_OPTION(struct follow_up_options),
};

/* The text in a file, or -1 after saying why. */
static int
read_body(const char *path, struct arena *arena, struct str *body)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct strbuf text;
	char bytes[16384];
	ssize_t got = -1;

	strbuf_init(&text, LIMIT_BODY_BYTES + 1);
	while (fd >= 0 && (got = read(fd, bytes, sizeof(bytes))) > 0)
		strbuf_put(&text, (struct str){bytes, (size_t)got});
	if (got < 0)
		ctl_complain("follow-up: %s: %m", path);
	if (fd > STDIN_FILENO)
		close(fd);
	if (got == 0 && (text.overflow || text.n > LIMIT_BODY_BYTES)) {
		ctl_complain("follow-up: %s: at most %d bytes", path, LIMIT_BODY_BYTES);
		got = -1;
	}
	if (got == 0)
		*body = arena_dup(arena, text.n > 0 ? strbuf_str(&text) : STR(""));
	strbuf_fini(&text);
	return got < 0 ? -1 : 0;
}

/* From wherever it is given, into the arena; -1 after saying what is wrong. */
static int
read_token(const struct follow_up_options *options, struct arena *arena, struct str *token)
{
	const char *given = options->token != NULL ? options->token
						   : getenv("TRIAGED_FOLLOW_UP_TOKEN");
	char line[TOKEN_BYTES] = "";
	FILE *file;

	if (options->token != NULL || options->token_file == NULL) {
		*token = given != NULL ? str_of(given) : STR("");
		if (token->n == 0)
			ctl_complain("follow-up: no token: --token-file, --token or "
				     "$TRIAGED_FOLLOW_UP_TOKEN");
		return token->n > 0 ? 0 : -1;
	}
	file = fopen(options->token_file, "re");
	if (file == NULL) {
		ctl_complain("follow-up: %s: %s", options->token_file, strerror(errno));
		return -1;
	}
	if (fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	fclose(file);
	*token = arena_dup(arena, str_trim(str_of(line)));
	if (token->n == 0)
		ctl_complain("follow-up: %s: there is no token on its first line",
		    options->token_file);
	return token->n > 0 ? 0 : -1;
}

static void
follow_up_text(struct strbuf *out, const struct wire_answer *answer)
{
	const struct receipt *receipt = &answer->receipt;

	ctl_ask_line(out, "reference", receipt->reference);
	if (answer->status == WIRE_DUPLICATE)
		ctl_ask_line(out, "status", STR("was added before"));
	ctl_ask_line(out, "outcome", receipt->outcome);
	ctl_ask_line(out, "state", receipt->state);
	ctl_ask_line(out, "category", receipt->category);
	ctl_ask_line(out, "team", receipt->team);
	ctl_ask_missing(out, receipt);
	for (size_t i = 0; i < receipt->warning_count; i++) {
		struct strbuf warning;

		strbuf_init(&warning, 0);
		strbuf_printf(&warning, "%.*s: %.*s", STR_ARG(receipt->warnings[i].path),
		    STR_ARG(receipt->warnings[i].code));
		ctl_ask_line(out, "warning", strbuf_str(&warning));
		strbuf_fini(&warning);
	}
}

static void
follow_up_json(struct strbuf *out, const struct wire_answer *answer)
{
	struct json json;

	json_init(&json, out);
	json_open(&json, '{');
	json_key(&json, "status");
	json_text(&json, wire_status_names[answer->status]);
	if (answer->receipt.ticket.p != NULL) {
		ctl_receipt_pair(&json, "state", answer->receipt.state);
		ctl_receipt_json(&json, &answer->receipt);
	}
	ctl_receipt_errors(&json, answer);
	json_close(&json, '}');
	strbuf_putc(out, '\n');
}

static enum ctl_exit
follow_up_send(const struct follow_up_options *options, const char *ticket,
    struct str token, const struct ticket *content, struct arena *arena)
{
	struct wire_answer answer;
	struct strbuf text;
	enum ctl_exit status;
	unsigned char made[16];
	char key[IDENTITY_UUID_TEXT + 1];

	identity_uuid_make(made, clock_wall_ms(&clock_system));
	identity_uuid_text(made, key);
	strbuf_init(&text, 0);
	wire_encode_follow_up(STR("follow-up"),
	    options->key != NULL ? str_of(options->key) : str_of(key), str_of(ticket),
	    token, content, &text);
	arena_reset(arena);
	status = ctl_ask("follow-up", options->endpoint, options->timeout, strbuf_str(&text),
	    arena, &answer);
	strbuf_clear(&text);
	if (status == CTL_OK) {
		status = ctl_ask_status("follow-up", &answer);
		if (options->json)
			follow_up_json(&text, &answer);
		else if (status == CTL_OK)
			follow_up_text(&text, &answer);
		ctl_text_flush(&text, stdout);
	}
	strbuf_fini(&text);
	return status;
}

static enum ctl_exit
follow_up_run(const void *arg, int count, char **operands)
{
	const struct follow_up_options *options = arg;
	struct ticket content = {.body = {NULL, 0}};
	struct str token;
	enum ctl_exit status = CTL_FAILED;
	struct arena *arena;

	if (count == 0) {
		ctl_complain("follow-up: which ticket?");
		return CTL_USAGE;
	}
	arena = arena_new(MEMORY);
	if (read_token(options, arena, &token) < 0 ||
	    ctl_field_read("follow-up", options->field, arena, &content) < 0)
		status = CTL_USAGE;
	else if (count < 2 || read_body(operands[1], arena, &content.body) == 0)
		status = follow_up_send(options, operands[0], token, &content, arena);
	arena_free(arena);
	return status;
}

const struct ctl_command ctl_follow_up_command = {
	.name = "follow-up",
	.operands = "TICKET [FILE|-]",
	.summary = "add what its requester was asked for to a ticket",
	.about =
	    "TICKET is its reference, in capitals or not, or its number. What is added is the\n"
	    "text in FILE (- is standard input), and boxes. Tells what was decided and what is\n"
	    "still missing. Exit status 1: refused; 69: nobody answers, or only \"try later\".\n",
	.examples =
	    "  triagectl follow-up DC60EECF --token-file token.txt answer.txt\n"
	    "  triagectl follow-up DC60EECF --token 3W5M… --field details='Room 12'\n"
	    "  echo 'Ada Ruiz' | triagectl follow-up dc60eecf --token 3W5M… --json -\n",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.options_size = sizeof(struct follow_up_options),
	.operands_max = 2,
	.run = follow_up_run,
};
