/* SPDX-License-Identifier: MIT */
/*
 * store_fit: is this database one to write tickets to? Asked once per
 * connection: the schema's version, and that a commit is a commit. The first
 * connection of the process also makes the policy's names known; later ones
 * only where the policy is missing (another database), so that a daemon with
 * older rules that reconnects does not undo what a newer one has registered.
 */
#ifndef STORE_FIT_H
#define STORE_FIT_H

#include "pgconn.h"
#include "policy.h"
#include "str.h"

struct store_fit;

/* class OK: fit. LOST: the connection went. Else reason says what to do. */
typedef void store_fit_fn(void *arg, enum pgconn_class class, const char *reason);

struct store_fit *store_fit_new(const struct policy *policy, store_fit_fn *done, void *arg);
/* For a policy that only watches: its text is recorded, its names stay unknown. The
 * connection has store_record_statements. */
struct store_fit *store_fit_new_shadow(
    const struct policy *policy, store_fit_fn *done, void *arg);
void store_fit_free(struct store_fit *fit);
/* conn is idle and stays the callee's until done is called. */
void store_fit_check(struct store_fit *fit, struct pgconn *conn);
/* From now on this policy, which somebody else has registered. A check under way is
 * made again. */
void store_fit_use_policy(struct store_fit *fit, const struct policy *policy);

/* The third argument of triaged.register_policy(). Pure. */
void store_fit_names(const struct rules *rules, struct strbuf *out);

#endif
