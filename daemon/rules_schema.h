/* SPDX-License-Identifier: MIT */
/*
 * rules_schema: a JSON Schema (draft 2020-12) of one file of rules, for editors
 * that complete and check while somebody types. Made from the tables that read
 * the files (rules_read.h), so it has every key that they have and no other.
 *
 * Scalars are texts to us, whatever a reader of YAML makes of them: "5" and 5,
 * "true" and true both fit. What several files give together (the keys of
 * "policy", references from one to another) a schema of one file cannot ask for:
 * "triagectl check" does.
 */
#ifndef RULES_SCHEMA_H
#define RULES_SCHEMA_H

#include "str.h"

/* One line of JSON, without a newline. */
void rules_schema(struct strbuf *out);

#endif
