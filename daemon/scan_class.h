/* SPDX-License-Identifier: MIT */
/*
 * scan_class: sets of bytes, as patterns write them: \w, [a-z'], [^.!?\n]. The
 * same as PATTERN_FOLDED has: bytes, no UTF.
 */
#ifndef SCAN_CLASS_H
#define SCAN_CLASS_H

#include <limits.h>
#include <stdbool.h>

struct scan_class {
	bool has[UCHAR_MAX + 1];
};

/* A byte of a word, as \w and \b mean it. */
bool scan_is_word(unsigned char c);
/* One of . ! ? and newline. */
bool scan_ends_sentence(unsigned char c);

/* Adds what \d, \w, \s and their opposites stand for, by the letter. False: the
 * letter is none of these. */
bool scan_class_named(struct scan_class *class, char name);
/* The byte that stands behind a backslash for itself, or n and t for theirs; -1
 * when it is something else. */
int scan_class_escaped(unsigned char c);
/* Reads from behind the "[" to behind the "]". False: not understood (names in
 * brackets, other escapes, an end that is missing). */
bool scan_class_read(struct scan_class *class, const char **p, const char *end);

#endif
