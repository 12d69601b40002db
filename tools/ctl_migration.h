/* SPDX-License-Identifier: MIT */
/*
 * ctl_migration: the schema's history: files NNN_name.sql, in order and
 * without gaps from 001, beside what table triaged.migration says was applied.
 * A file never changes once applied; the checksum tells.
 */
#ifndef CTL_MIGRATION_H
#define CTL_MIGRATION_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl_database.h"
#include "err.h"

struct ctl_migration {
	unsigned version;
	char *name; /* of the file, without NNN_ and .sql */
	char *path;
	char *script;
	char checksum[65];  /* SHA-256 of the file, hex */
	bool applied;
	char applied_at[32]; /* RFC 3339 */
	char applied_checksum[65];
};

struct ctl_migrations {
	struct ctl_migration *list; /* by version, from 1 */
	size_t count;
	unsigned database_version; /* the newest applied, 0 = none */
};

/* Reads the folder. -1 with err. Free in any case. */
int ctl_migrations_read(
    const char *folder, struct ctl_migrations *migrations, struct err *err);
void ctl_migrations_free(struct ctl_migrations *migrations);
/* Fills in what the database has. Without the table nothing was applied. */
int ctl_migrations_compare(
    struct ctl_database *database, struct ctl_migrations *migrations, struct err *err);
/* 0 when what was applied is the beginning of the files, unchanged; else -1
 * and err says what the operator should do. */
int ctl_migrations_check(const struct ctl_migrations *migrations, struct err *err);

#endif
