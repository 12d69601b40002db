/* SPDX-License-Identifier: MIT */
#include "pgconn_sqlstate.h"

#include <string.h>

#include "pgconn.h"

/* A whole SQLSTATE, or the beginning of a class. The longest entry decides;
 * what is not here is something nobody foresaw, so somebody must look. */
static const struct {
	const char *prefix;
	enum pgconn_class class;
} pgconn_table[] = {
    {"00", PGCONN_OK},
    {"40001", PGCONN_RETRY}, /* serialization failure */
    {"40P01", PGCONN_RETRY}, /* deadlock */
    {"55P03", PGCONN_SLOW},  /* lock timeout */
    {"57014", PGCONN_SLOW},  /* statement timeout, or cancelled by somebody */
    {"08", PGCONN_LOST},
    {"25006", PGCONN_LOST}, /* read-only: the primary is elsewhere now */
    {"25P03", PGCONN_LOST}, /* idle in transaction too long */
    {"40003", PGCONN_LOST}, /* completion unknown */
    {"53300", PGCONN_LOST}, /* too many connections */
    {"57P01", PGCONN_LOST}, /* shutdown by the administrator */
    {"57P02", PGCONN_LOST}, /* crash elsewhere */
    {"57P03", PGCONN_LOST}, /* starting, or shutting down */
    {"57P05", PGCONN_LOST}, /* idle too long */
    {"53", PGCONN_EXHAUSTED},
    {"58", PGCONN_EXHAUSTED},
    {"XX001", PGCONN_EXHAUSTED}, /* data corrupted */
    {"XX002", PGCONN_EXHAUSTED}, /* index corrupted */
    {"22", PGCONN_REFUSED},
    {"23", PGCONN_REFUSED},
    {"54", PGCONN_REFUSED},
    {"26000", PGCONN_OPERATOR}, /* prepared statement gone: pgconn.c prepares once more */
    {"28", PGCONN_OPERATOR},
    {"3D", PGCONN_OPERATOR},
    {"3F", PGCONN_OPERATOR},
    {"42", PGCONN_OPERATOR},
};

enum pgconn_class
pgconn_classify(const char *sqlstate)
{
	enum pgconn_class class = PGCONN_OPERATOR;
	size_t best = 0, i;

	/* Without a code nothing came from the server: the connection failed. */
	if (sqlstate == NULL || *sqlstate == '\0')
		return PGCONN_LOST;
	for (i = 0; i < sizeof(pgconn_table) / sizeof(pgconn_table[0]); i++) {
		size_t n = strlen(pgconn_table[i].prefix);

		if (n > best && strncmp(sqlstate, pgconn_table[i].prefix, n) == 0) {
			best = n;
			class = pgconn_table[i].class;
		}
	}
	return class;
}

const char *
pgconn_class_name(enum pgconn_class class)
{
	static const char *const names[] = {
	    [PGCONN_OK] = "ok",
	    [PGCONN_RETRY] = "retry",
	    [PGCONN_SLOW] = "slow",
	    [PGCONN_LOST] = "lost",
	    [PGCONN_EXHAUSTED] = "exhausted",
	    [PGCONN_REFUSED] = "refused",
	    [PGCONN_OPERATOR] = "operator",
	};

	return names[class];
}

bool
pgconn_sqlstate_find(const char *message, char sqlstate[6])
{
	static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *p = message;
	bool found = false;

	/* Two spaces follow the severity, whatever language that word is in. */
	while ((p = strstr(p, ":  ")) != NULL) {
		p += 3;
		if (strspn(p, alphabet) == 5 && p[5] == ':') {
			memcpy(sqlstate, p, 5);
			sqlstate[5] = '\0';
			found = true;
		}
	}
	return found;
}

void
pgconn_one_line(const char *message, const char *sqlstate, char *line, size_t size)
{
	const char *end = strstr(message, "\nLOCATION:");
	const char *quote = strchr(message, '"');
	size_t length = end != NULL ? (size_t)(end - message) : strlen(message);
	size_t n = 0, i;

	if (strncmp(sqlstate, "22", 2) == 0 && quote != NULL &&
	    (size_t)(quote - message) < length)
		length = (size_t)(quote - message);
	while (length > 0 && strchr("\n :", message[length - 1]) != NULL)
		length--;
	for (i = 0; i < length && n + 1 < size; i++) {
		char c = message[i];

		line[n++] = (unsigned char)c < ' ' ? ' ' : c;
	}
	line[n] = '\0';
}
