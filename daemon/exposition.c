/* SPDX-License-Identifier: MIT */
#include "exposition.h"

#include <inttypes.h>
#include <math.h>

#define PREFIX "triaged_"

static void
exposition_name(struct strbuf *out, const char *name)
{
	if (name[0] == ':')
		strbuf_puts(out, name + 1);
	else
		strbuf_printf(out, PREFIX "%s", name);
}

void
exposition_family(struct strbuf *out, const char *name, const char *type, const char *help)
{
	strbuf_puts(out, "# HELP ");
	exposition_name(out, name);
	strbuf_printf(out, " %s\n# TYPE ", help);
	exposition_name(out, name);
	strbuf_printf(out, " %s\n", type);
}

/* The format wants \, " and line feeds escaped, and takes all other UTF-8; what
 * is not UTF-8 would make a scrape fail as a whole, so it becomes '?'. */
static void
exposition_value(struct strbuf *out, struct str value)
{
	size_t i = 0;

	while (i < value.n) {
		size_t bytes = utf8_bytes(value, i);

		if (value.p[i] == '\\' || value.p[i] == '"')
			strbuf_printf(out, "\\%c", value.p[i]);
		else if (value.p[i] == '\n')
			strbuf_puts(out, "\\n");
		else if (bytes > 0)
			strbuf_put(out, str_part(value, i, i + bytes));
		else
			strbuf_putc(out, '?');
		i += bytes > 0 ? bytes : 1;
	}
}

static void
exposition_sample(
    struct strbuf *out, const char *name, const struct exposition_labels *labels)
{
	size_t i;

	exposition_name(out, name);
	for (i = 0; labels != NULL && i < EXPOSITION_LABELS; i++) {
		if (labels->list[i].name == NULL)
			break;
		strbuf_printf(out, "%c%s=\"", i == 0 ? '{' : ',', labels->list[i].name);
		exposition_value(out, labels->list[i].value);
		strbuf_putc(out, '"');
	}
	if (labels != NULL && i > 0)
		strbuf_putc(out, '}');
	strbuf_putc(out, ' ');
}

void
exposition_int(struct strbuf *out, const char *name, const struct exposition_labels *labels,
    int64_t value)
{
	exposition_sample(out, name, labels);
	strbuf_printf(out, "%" PRId64 "\n", value);
}

void
exposition_count(struct strbuf *out, const char *name,
    const struct exposition_labels *labels, uint64_t value)
{
	exposition_sample(out, name, labels);
	strbuf_printf(out, "%" PRIu64 "\n", value);
}

void
exposition_number(struct strbuf *out, const char *name,
    const struct exposition_labels *labels, double value)
{
	exposition_sample(out, name, labels);
	if (isnan(value))
		strbuf_puts(out, "NaN\n");
	else if (isinf(value))
		strbuf_puts(out, value > 0 ? "+Inf\n" : "-Inf\n");
	else
		strbuf_printf(out, "%.15g\n", value);
}

void
exposition_gauge(struct strbuf *out, const char *name, double value, const char *help)
{
	exposition_family(out, name, "gauge", help);
	exposition_number(out, name, NULL, value);
}
