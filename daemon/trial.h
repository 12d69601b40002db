/* SPDX-License-Identifier: MIT */
/*
 * trial: a policy must do what its own examples say before anybody decides with
 * it. Whoever loads one to be used loads it here: the daemon at its start and at
 * a reload, "triagectl check", "classify" and "eval".
 *
 * Each example is decided as a ticket would be, by decide() and at the
 * example's clock. What comes out otherwise than it says is an error at its
 * place, with what speaks for that: all of them are told at once.
 */
#ifndef TRIAL_H
#define TRIAL_H

#include "decide.h"

/* As policy_load(); NULL also when an example fails. */
struct policy *trial_load(const char *folder, const char *cache_dir, struct policy *beside,
    struct diag_list **diags);

/* The examples of a policy that is loaded: faults go to its own diags. watch may
 * be NULL; else it is called for each, with a decision to look at until it returns. */
typedef void trial_watch(
    void *context, const struct rules_example *example, const struct decision *decision);
void trial_run(const struct policy *policy, trial_watch *watch, void *context);

#endif
