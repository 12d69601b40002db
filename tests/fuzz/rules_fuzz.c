/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a file of rules: read without harm, every fault printed with its
 * place, and what is accepted prints to something that reads back the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "diag.h"
#include "rules.h"
#include "rules_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
print_back(const struct rules *rules)
{
	struct diag_list *diags = diag_list_new(50);
	struct strbuf first, second;
	struct rules *again;

	strbuf_init(&first, 0);
	strbuf_init(&second, 0);
	rules_print(rules, &first);
	again = rules_load_text("print.yaml", strbuf_str(&first), diags);
	if (diag_errors(diags) != 0) {
		diag_print(diags, &second, false);
		fprintf(stderr, "%s\n%s", first.p, second.p);
		abort();
	}
	rules_print(again, &second);
	if (!str_eq(strbuf_str(&first), strbuf_str(&second))) {
		fprintf(stderr, "%s\n---\n%s", first.p, second.p);
		abort();
	}
	rules_free(again);
	strbuf_fini(&first);
	strbuf_fini(&second);
	diag_list_free(diags);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diag_list *diags = diag_list_new(50);
	struct rules *rules =
	    rules_load_text("fuzz.yaml", (struct str){(const char *)data, size}, diags);
	struct strbuf out;
	size_t i;

	strbuf_init(&out, 0);
	for (i = 0; i < rules->pattern_count; i++)
		rules_origin_place(rules->patterns[i]->origin,
		    rules->patterns[i]->expanded.n / 2, rules->patterns[i]->expanded.n);
	diag_print(diags, &out, false);
	strbuf_fini(&out);
	if (diag_errors(diags) == 0)
		print_back(rules);
	rules_free(rules);
	diag_list_free(diags);
	return 0;
}
