/* SPDX-License-Identifier: MIT */
/*
 * process: what the kernel says about this process: the process_… metrics that
 * Prometheus' own libraries show, by proc(5).
 */
#ifndef PROCESS_H
#define PROCESS_H

#include "str.h"

/* What cannot be read is left out. */
void process_print(struct strbuf *out);

#endif
