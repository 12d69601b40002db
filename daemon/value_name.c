/* SPDX-License-Identifier: MIT */
#include "value_name.h"

#include <string.h>

/* What stands inside names though it is a function word too. */
static const char *const name_particles[] = {
	"de", "du", "des", "d", "la", "le", "van", "von", "der", "den", "da", "do", "dos", "di",
	"del",
	"el", "al", "bin", "ben", "ibn", "y", "e", "af", "zu", "ter", NULL,
};

static bool
name_is_space(struct str text, size_t at, size_t *n)
{
	const unsigned char *p = (const unsigned char *)text.p + at;

	*n = 1;
	if (p[0] == ' ' || (p[0] >= '\t' && p[0] <= '\r'))
		return true;
	if (text.n - at >= 2 && p[0] == 0xC2 && p[1] == 0xA0) { /* no-break space */
		*n = 2;
		return true;
	}
	if (text.n - at >= 3 && p[0] == 0xE2 && p[1] == 0x80 && (p[2] == 0xAF || p[2] == 0x8B)) {
		*n = 3; /* its narrow form, and the space without width */
		return true;
	}
	return false;
}

/* The next word from *at on; *at moves behind it. */
static bool
name_word(struct str text, size_t *at, struct str *word)
{
	size_t start, n;

	while (*at < text.n && name_is_space(text, *at, &n))
		*at += n;
	start = *at;
	while (*at < text.n && !name_is_space(text, *at, &n))
		(*at)++;
	*word = str_part(text, start, *at);
	return word->n > 0;
}

static bool
name_is_lower_function_word(struct str word, const struct str *words, size_t count)
{
	size_t i;

	for (i = 0; i < word.n; i++)
		if (word.p[i] < 'a' || word.p[i] > 'z')
			return false;
	for (i = 0; name_particles[i] != NULL; i++)
		if (str_is(word, name_particles[i]))
			return false;
	return str_among(word, words, count);
}

/* Without punctuation around it and an English genitive behind it. */
static struct str
name_trim(struct str name)
{
	name = str_trim(name);
	while (name.n > 0 && strchr(".,;:!?\"'()[]<>*-_/", name.p[0]) != NULL)
		name = str_part(name, 1, name.n);
	while (name.n > 0 && strchr(",;:!?\"'()[]<>*-_/ \t\r\n", name.p[name.n - 1]) != NULL)
		name.n--;
	if (name.n > 2 && (memcmp(name.p + name.n - 2, "'s", 2) == 0))
		name.n -= 2;
	else if (name.n > 4 && memcmp(name.p + name.n - 4, "\xE2\x80\x99s", 4) == 0)
		name.n -= 4;
	/* "Sara L." keeps its point, "Sara Lund." does not. */
	if (name.n > 2 && name.p[name.n - 1] == '.' && name.p[name.n - 3] != ' ')
		name.n--;
	return name;
}

static bool
name_bytes_fine(struct str name)
{
	bool letter = false;
	size_t i;

	for (i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (c == 0x7f || (c < ' ' && c != '\t' && c != '\n' && c != '\r') ||
		    (c < 0x80 && strchr("0123456789@/\\<>{}[]|=+*#%&$!?;:\"^~_`", c) != NULL))
			return false;
		letter = letter || c >= 0x80 || (c | 0x20) >= 'a';
	}
	return letter;
}

static struct str
name_collapse(struct str name, struct arena *arena)
{
	char *copy = arena_alloc(arena, name.n + 1);
	struct str word;
	size_t at = 0, n = 0;

	if (copy == NULL)
		return (struct str){NULL, 0};
	while (name_word(name, &at, &word)) {
		if (n > 0)
			copy[n++] = ' ';
		memcpy(copy + n, word.p, word.n);
		n += word.n;
	}
	return (struct str){copy, n};
}

bool
value_name_read(struct str text, const struct str *words, size_t word_count,
    struct arena *arena, struct str *name)
{
	struct str word, rest = name_trim(text);
	size_t at = 0, end = 0, count = 0;
	bool plain = true;

	while (name_word(rest, &at, &word)) {
		size_t gap = count > 0 ? (size_t)(word.p - rest.p) - end : 0;

		if (name_is_lower_function_word(word, words, word_count)) {
			if (count == 0)
				return false;
			break;
		}
		plain = plain && (count == 0 || (gap == 1 && rest.p[end] == ' '));
		end = (size_t)(word.p - rest.p) + word.n;
		if (++count > VALUE_NAME_WORDS)
			return false;
	}
	rest = name_trim(str_part(rest, 0, end));
	if (!name_bytes_fine(rest) || utf8_count(rest) > VALUE_NAME_CHARACTERS)
		return false;
	*name = plain ? rest : name_collapse(rest, arena);
	return name->p != NULL;
}
