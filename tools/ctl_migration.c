/* SPDX-License-Identifier: MIT */
#include "ctl_migration.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "mem.h"

#define FILE_BYTES ((size_t)4 * 1024 * 1024)

static int
is_sql(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return entry->d_name[0] != '.' && n > 4 && strcmp(entry->d_name + n - 4, ".sql") == 0;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
file_read(const char *path, struct strbuf *text, struct err *err)
{
	FILE *stream = fopen(path, "re");
	char chunk[8192];
	size_t n;
	int failed;

	if (stream == NULL)
		return err_set(err, "%s: %m", path);
	while ((n = fread(chunk, 1, sizeof(chunk), stream)) > 0)
		strbuf_put(text, (struct str){chunk, n});
	failed = ferror(stream);
	fclose(stream);
	if (failed)
		return err_set(err, "%s: cannot read it", path);
	if (text->overflow || memchr(strbuf_str(text).p, '\0', text->n) != NULL ||
	    !utf8_check(strbuf_str(text), NULL))
		return err_set(err, "%s: too long, or no UTF-8 text", path);
	return 0;
}

static int
migration_read(const char *folder, const char *file, struct ctl_migration *migration,
    struct err *err)
{
	unsigned char digest[DIGEST_BYTES];
	struct strbuf text;
	size_t n = strlen(file);

	if (n < 9 || !is_digit(file[0]) || !is_digit(file[1]) || !is_digit(file[2]) ||
	    file[3] != '_')
		return err_set(err, "%s/%s: not named NNN_name.sql", folder, file);
	strbuf_init(&text, 0);
	strbuf_printf(&text, "%s/%s", folder, file);
	migration->path = strbuf_take(&text);
	migration->version = (unsigned)strtoul(file, NULL, 10);
	migration->name = mem_strdup(file + 4);
	migration->name[n - 8] = '\0';
	text.limit = FILE_BYTES;
	if (file_read(migration->path, &text, err) < 0) {
		strbuf_fini(&text);
		return -1;
	}
	digest_sha256(strbuf_str(&text), digest);
	digest_hex(digest, sizeof(digest), migration->checksum);
	migration->script = strbuf_take(&text);
	return 0;
}

int
ctl_migrations_read(const char *folder, struct ctl_migrations *migrations, struct err *err)
{
	struct dirent **entries;
	int count, got = 0;

	*migrations = (struct ctl_migrations){.list = NULL};
	count = scandir(folder, &entries, is_sql, alphasort);
	if (count < 0)
		return err_set(err, "%s: %m", folder);
	migrations->list = mem_array((size_t)count, sizeof(*migrations->list));
	for (int i = 0; i < count; i++) {
		struct ctl_migration *migration = &migrations->list[i];

		if (got == 0) {
			migrations->count++;
			got = migration_read(folder, entries[i]->d_name, migration, err);
		}
		if (got == 0 && migration->version != (unsigned)i + 1)
			got = err_set(err, "%s: number %03d is expected here", migration->path,
			    i + 1);
		free(entries[i]);
	}
	free(entries);
	if (got == 0 && count == 0)
		return err_set(err, "%s: no files NNN_name.sql there", folder);
	return got;
}

void
ctl_migrations_free(struct ctl_migrations *migrations)
{
	for (size_t i = 0; i < migrations->count; i++) {
		free(migrations->list[i].name);
		free(migrations->list[i].path);
		free(migrations->list[i].script);
	}
	free(migrations->list);
	*migrations = (struct ctl_migrations){.list = NULL};
}

static void
migration_compare(
    struct ctl_migrations *migrations, const struct ctl_rows *rows, int row)
{
	unsigned version = (unsigned)ctl_rows_number(rows, row, 0, 0);
	struct ctl_migration *migration;

	if (version > migrations->database_version)
		migrations->database_version = version;
	if (version == 0 || version > migrations->count)
		return;
	migration = &migrations->list[version - 1];
	migration->applied = true;
	snprintf(migration->applied_checksum, sizeof(migration->applied_checksum), "%.*s",
	    STR_ARG(ctl_rows_get(rows, row, 1)));
	snprintf(migration->applied_at, sizeof(migration->applied_at), "%.*s",
	    STR_ARG(ctl_rows_get(rows, row, 2)));
}

int
ctl_migrations_compare(
    struct ctl_database *database, struct ctl_migrations *migrations, struct err *err)
{
	static const char sql[] =
	    "SELECT version, checksum, to_char(applied_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') "
	    "FROM triaged.migration ORDER BY version";
	struct ctl_rows rows;

	if (ctl_database_run(database, sql, NULL, 0, &rows, err) < 0)
		return ctl_database_lacks_schema(database) ? 0 : -1;
	for (int i = 0; i < rows.rows; i++)
		migration_compare(migrations, &rows, i);
	ctl_rows_free(&rows);
	return 0;
}

int
ctl_migrations_check(const struct ctl_migrations *migrations, struct err *err)
{
	if (migrations->database_version > migrations->count)
		return err_set(err,
		    "the database is at version %u, newer than these files (%zu): use the "
		    "triagectl of that release",
		    migrations->database_version, migrations->count);
	for (size_t i = 0; i < migrations->count; i++) {
		const struct ctl_migration *migration = &migrations->list[i];

		if (!migration->applied && migration->version < migrations->database_version)
			return err_set(err,
			    "version %03u was never applied, but %03u was: triaged.migration "
			    "was changed by hand",
			    migration->version, migrations->database_version);
		if (migration->applied &&
		    strcmp(migration->checksum, migration->applied_checksum) != 0)
			return err_set(err,
			    "%s is not the file that was applied (checksum %.12s, applied "
			    "%.12s): put the old one back and write a new file for the change",
			    migration->path, migration->checksum, migration->applied_checksum);
	}
	return 0;
}
