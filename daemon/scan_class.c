/* SPDX-License-Identifier: MIT */
#include "scan_class.h"

bool
scan_is_word(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

bool
scan_ends_sentence(unsigned char c)
{
	return c == '.' || c == '!' || c == '?' || c == '\n';
}

bool
scan_class_named(struct scan_class *class, char name)
{
	unsigned c;

	for (c = 0; c <= UCHAR_MAX; c++) {
		bool in;

		switch (name | 0x20) {
		case 'd':
			in = c >= '0' && c <= '9';
			break;
		case 'w':
			in = scan_is_word((unsigned char)c);
			break;
		case 's':
			in = c == ' ' || (c >= '\t' && c <= '\r');
			break;
		default:
			return false;
		}
		if (in == ((name & 0x20) != 0))
			class->has[c] = true;
	}
	return true;
}

int
scan_class_escaped(unsigned char c)
{
	if (c == 'n')
		return '\n';
	if (c == 't')
		return '\t';
	return scan_is_word(c) || c >= 0x80 || c < ' ' ? -1 : c;
}

bool
scan_class_read(struct scan_class *class, const char **p, const char *end)
{
	bool negated = *p < end && **p == '^', first = true, closed = false;
	int last = -1, c, i;

	for (*p += negated; *p < end; first = false) {
		c = (unsigned char)*(*p)++;
		closed = c == ']' && !first;
		if (closed)
			break;
		if (c == '[' || c < ' ')
			return false;
		if (c == '\\') {
			if (*p == end)
				return false;
			c = scan_class_escaped((unsigned char)*(*p)++);
			if (c < 0 && !scan_class_named(class, (*p)[-1]))
				return false;
		} else if (c == '-' && !first && *p < end && **p != ']') {
			c = (unsigned char)*(*p)++;
			if (last < 0 || c < last || c == '\\' || c == '[')
				return false;
			for (i = last; i < c; i++)
				class->has[i] = true;
		}
		last = c;
		if (c >= 0)
			class->has[c] = true;
	}
	for (i = 0; negated && i <= UCHAR_MAX; i++)
		class->has[i] = !class->has[i];
	return closed;
}
