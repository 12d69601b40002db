/* SPDX-License-Identifier: MIT */
/*
 * ctl_config: triagectl's section of the configuration file: where things are, for
 * every command that has an option of that name. The command line wins over it.
 */
#ifndef CTL_CONFIG_H
#define CTL_CONFIG_H

#include "diag.h"
#include "option.h"

/* Puts what the file says in place of the rows' defaults; 0, or -1 with the faults
 * in diags. The default file counts as missing where the user may not read it. */
int ctl_config_read(
    const struct option_row *rows, size_t count, void *options, struct diag_list *diags);
/* The section, commented, for the example file. */
void ctl_config_example(struct strbuf *out);

#endif
