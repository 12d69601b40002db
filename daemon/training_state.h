/* SPDX-License-Identifier: MIT */
/*
 * training_state: what training.c (cutting, comparing) and training_build.c
 * (learning) share. Nobody else includes this.
 */
#ifndef TRAINING_STATE_H
#define TRAINING_STATE_H

#include "training.h"

#define TRAINING_NONE UINT32_MAX
#define TRAINING_TERMS (3 * TRAINING_WORDS)

/* What a term adds to a class. */
struct training_weight {
	uint32_t class;
	float weight;
};

struct training_term {
	uint32_t texts;  /* it occurs in so many */
	uint32_t first;  /* of its weights; they end where the next term's begin */
	double rarity;
};

/* Where the term of a key is found. With the key in it one look is enough. */
struct training_slot {
	uint64_t key; /* 0: free */
	uint32_t term;
	uint32_t mark; /* while texts are read: the last one that it is in */
};

/* The texts of one topic in one locale. */
struct training_class {
	struct str topic;
	unsigned locale;
	size_t texts;
	uint32_t *categories; /* numbers; chatter's is the count of categories */
	size_t category_count;
};

struct training {
	const struct rules *rules;
	struct training_class *classes;
	size_t class_count;
	struct training_term *terms; /* one more than there are, as the end */
	size_t term_count;
	struct training_slot *slots; /* open addressing, a power of two, half of them free */
	size_t slot_count;
	struct training_weight *weights;
	size_t weight_count;
	double short_length; /* shorter texts count as of this length */
};

/* A word of a text with the keys that it gives; the pair is with the next word. */
struct training_token {
	enum text_part part;
	size_t start, end;
	uint64_t keys[3];
	size_t key_count;
};

/* Cuts subject and body into tokens, at most room. */
size_t training_cut(unsigned locale, struct str subject, struct str body,
    struct training_token *tokens, size_t room);
/* Where the key stands, or where it would. */
struct training_slot *training_slot(const struct training *training, uint64_t key);

#endif
