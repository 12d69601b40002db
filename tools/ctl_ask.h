/* SPDX-License-Identifier: MIT */
/*
 * ctl_ask: one request and its answer, for commands that ask one thing. What is
 * answered "retry" is sent again, the same bytes, until the time is over.
 */
#ifndef CTL_ASK_H
#define CTL_ASK_H

#include <stdint.h>

#include "arena.h"
#include "ctl_command.h"
#include "json.h"
#include "str.h"
#include "wire.h"

/* endpoint: NULL is the default one. The answer lives in the arena. CTL_OK: there
 * is one, whatever it says; else after saying why as "command: …": CTL_USAGE
 * no endpoint, CTL_UNAVAILABLE nobody answers, or only with "retry". */
enum ctl_exit ctl_ask(const char *command, const char *endpoint, int64_t timeout_ms,
    struct str request, struct arena *arena, struct wire_answer *answer);

/* CTL_OK for accepted, duplicate and ok; else CTL_FAILED after saying why. */
enum ctl_exit ctl_ask_status(const char *command, const struct wire_answer *answer);

/* "label  text", for an answer in words; nothing when the text is absent. */
void ctl_ask_line(struct strbuf *out, const char *label, struct str text);
/* What is missing, on one line. */
void ctl_ask_missing(struct strbuf *out, const struct receipt *receipt);

#endif
