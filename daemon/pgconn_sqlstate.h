/* SPDX-License-Identifier: MIT */
/*
 * pgconn_sqlstate: what libpq says in text, made into codes and one line. A
 * part of pgconn, for nobody else; knows no libpq.
 */
#ifndef PGCONN_SQLSTATE_H
#define PGCONN_SQLSTATE_H

#include <stdbool.h>
#include <stddef.h>

/* Finds the last "SEVERITY:  XXXXX: text" in a verbose error message: a failed
 * connection has no result to ask. */
bool pgconn_sqlstate_find(const char *message, char sqlstate[6]);

/* Copies a message as one line, without its verbose tail. Messages of class 22
 * quote the value that was wrong, which is a person's data: it is cut off. */
void pgconn_one_line(const char *message, const char *sqlstate, char *line, size_t size);

#endif
