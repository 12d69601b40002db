/* SPDX-License-Identifier: MIT */
/*
 * form: what a contact form shows: the reasons of an audience, and the boxes of
 * each. Pure functions of the rules; lists point into them.
 */
#ifndef FORM_H
#define FORM_H

#include <stdbool.h>

#include "rules.h"

/* The audience's categories as the form has them: by position, then those without
 * one by name, its fallback last. list: room for rules->category_count. */
size_t form_reasons(
    const struct rules *rules, unsigned audience, const struct rules_category **list);

/* The boxes to show in that locale: the fields that the requester may be asked for,
 * then the others that have a label there, each as written. list: room for
 * category->field_count. */
size_t form_boxes(
    const struct rules_category *category, unsigned locale, const struct rules_field **list);

/* Is the field needed there, whatever else is said? Not where a gate answers whoever
 * says nothing of another field: the rest is then needed of who does say it only. */
bool form_requires(
    const struct rules_category *category, const struct rules_field *field, unsigned locale);

#endif
