/* SPDX-License-Identifier: MIT */
#include "start.h"

#include <stdarg.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "str.h"

void
start_complain(const char *program, const char *format, ...)
{
	char text[1024];
	struct strbuf line;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	strbuf_init(&line, 0);
	strbuf_printf(&line, "%s: ", program);
	strbuf_put_shown(&line, str_of(text));
	strbuf_putc(&line, '\n');
	fputs(strbuf_str(&line).p, stderr);
	strbuf_fini(&line);
}

void
start_show(struct diag_list *diags)
{
	struct strbuf text;

	strbuf_init(&text, 0);
	diag_print(diags, &text, isatty(STDERR_FILENO));
	fputs(strbuf_str(&text).p, stderr);
	strbuf_fini(&text);
}

int
start_refuse(const char *program, struct diag_list *diags, const struct err *err)
{
	if (diag_errors(diags) > 0) {
		start_show(diags);
		start_complain(program, "the configuration cannot be used");
		return EX_CONFIG;
	}
	start_complain(program, "%s", err->text);
	fprintf(stderr, "Try '%s --help'.\n", program);
	return EX_USAGE;
}
