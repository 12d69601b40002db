/* SPDX-License-Identifier: MIT */
/*
 * start: what a program that serves says on standard error before it has a log: why
 * it does not start. What came from a file or the arguments is shown harmless.
 */
#ifndef START_H
#define START_H

#include "diag.h"
#include "err.h"

/* "PROGRAM: …" in one line. */
void start_complain(const char *program, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The faults of a file, with their lines; coloured on a terminal. */
void start_show(struct diag_list *diags);
/* Says why the configuration cannot be used: the faults in diags, or when there are none
 * there, err about the command line. The exit status, EX_CONFIG or EX_USAGE. */
int start_refuse(const char *program, struct diag_list *diags, const struct err *err);

#endif
