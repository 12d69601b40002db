/* SPDX-License-Identifier: MIT */
/*
 * What word processors and web pages make of spaces, colons and dashes.
 */
#include "yamldoc_walk.h"

size_t
yamldoc_name_bytes(struct str text, size_t at)
{
	size_t i = at;

	while (i < text.n &&
	    ((text.p[i] >= 'a' && text.p[i] <= 'z') || (text.p[i] >= 'A' && text.p[i] <= 'Z') ||
		(text.p[i] >= '0' && text.p[i] <= '9') || text.p[i] == '_' || text.p[i] == '.'))
		i++;
	return i - at;
}

static size_t
odd_space(struct str text, size_t at)
{
	struct str rest = str_part(text, at, text.n);

	if (str_starts(rest, "\xC2\xA0"))
		return 2;
	return str_starts(rest, "\xE2\x80\xAF") || str_starts(rest, "\xE2\x80\x89") ? 3 : 0;
}

static size_t
odd_dash(struct str text, size_t at)
{
	struct str rest = str_part(text, at, text.n);

	if (str_starts(rest, "* "))
		return 1;
	return str_starts(rest, "\xE2\x80\x93") || str_starts(rest, "\xE2\x80\x94") ||
	        str_starts(rest, "\xE2\x80\xA2")
	    ? 3
	    : 0;
}

int
yamldoc_walk_odd(struct yamldoc_walk *walk, size_t at)
{
	struct str text = walk->text;
	size_t name = at + yamldoc_name_bytes(text, at);

	if (odd_space(text, at) > 0)
		return diag_add(walk->diags, DIAG_ERROR,
		    yamldoc_walk_place(walk, at, at + odd_space(text, at)),
		    "delete what stands before the text here, and type spaces",
		    "no ordinary space: it comes from a web page or a word processor");
	if (odd_dash(text, at) > 0)
		return diag_add(walk->diags, DIAG_ERROR,
		    yamldoc_walk_place(walk, at, at + odd_dash(text, at)),
		    "write a minus and a space; a text that begins like this needs quotes",
		    "an item of a list begins with '-', not with this");
	if (str_starts(str_part(text, name, text.n), "\xEF\xBC\x9A"))
		return diag_add(walk->diags, DIAG_ERROR, yamldoc_walk_place(walk, name, name + 3),
		    "delete it and type a colon and a space", "no ordinary colon");
	if (name > at && name < text.n && text.p[name] == ':' && odd_space(text, name + 1) > 0)
		return diag_add(walk->diags, DIAG_ERROR,
		    yamldoc_walk_place(walk, name + 1, name + 1 + odd_space(text, name + 1)),
		    "delete it and type a space",
		    "no ordinary space: it comes from a web page or a word processor");
	return 0;
}
