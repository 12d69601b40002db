/* SPDX-License-Identifier: MIT */
/*
 * ctl_db: "triagectl db upgrade" and "db status": the database's schema.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "ctl_command.h"
#include "ctl_database.h"
#include "ctl_migration.h"
#include "ctl_text.h"
#include "json.h"

/* "triagedm" as a number: no other program locks it. */
#define LOCK "8390884922812097645"

struct db_options {
	const char *database, *sql;
	bool json;
};

static const struct option_row rows[] = {
	CTL_DATABASE_OPTION(struct db_options),
	OPTION(struct db_options, sql, 0, OPTION_STRING, "DIR", NULL, 0, 0,
	    "folder of the migrations NNN_name.sql (default: those it came with)"),
	CTL_JSON_OPTION(struct db_options),
};

struct db {
	const struct db_options *options;
	struct ctl_database *database;
	struct ctl_migrations migrations;
};

/* The migrations of this program: in the checkout it was built in (build/, or
 * build/san/), else where "make install" puts them. */
static void
db_folder(struct strbuf *folder)
{
	static const char *const tries[] = {"../schemas/sql", "../../schemas/sql"};
	char program[4096];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program));

	while (n > 0 && program[n - 1] != '/')
		n--;
	for (size_t i = 0; n > 0 && i < sizeof(tries) / sizeof(tries[0]); i++) {
		strbuf_clear(folder);
		strbuf_printf(folder, "%.*s%s", (int)n, program, tries[i]);
		if (access(folder->p, R_OK) == 0)
			return;
	}
	strbuf_clear(folder);
	strbuf_puts(folder, TRIAGED_SHARE "/sql");
}

/* Files first, then the database: a wrong folder is found without it. */
static enum ctl_exit
db_open(struct db *db)
{
	struct strbuf folder;
	struct err err;
	int got;

	strbuf_init(&folder, 0);
	if (db->options->sql != NULL)
		strbuf_puts(&folder, db->options->sql);
	else
		db_folder(&folder);
	got = ctl_migrations_read(strbuf_str(&folder).p, &db->migrations, &err);
	strbuf_fini(&folder);
	if (got < 0) {
		ctl_complain("db: %s", err.text);
		return CTL_CONFIG;
	}
	return ctl_database_login(&db->database, "db", db->options->database);
}

static void
db_close(struct db *db)
{
	ctl_database_close(db->database);
	ctl_migrations_free(&db->migrations);
}

/* Two at once would apply the same file twice; the second one waits. The lock
 * goes with the connection. */
static int
db_lock(struct db *db, struct err *err)
{
	struct ctl_rows got;
	bool free_now;

	if (ctl_database_run(db->database, "SELECT pg_try_advisory_lock(" LOCK ")", NULL, 0, &got,
		err) < 0)
		return -1;
	free_now = str_is(ctl_rows_get(&got, 0, 0), "t");
	ctl_rows_free(&got);
	if (free_now)
		return 0;
	ctl_complain("db: another upgrade is at work, waiting for it");
	return ctl_database_run(
	    db->database, "SELECT pg_advisory_lock(" LOCK ")", NULL, 0, NULL, err);
}

static int
db_create_table(struct db *db, struct err *err)
{
	return ctl_database_script(db->database, "CREATE SCHEMA IF NOT EXISTS triaged",
	    "CREATE TABLE IF NOT EXISTS triaged.migration ("
	    "version int PRIMARY KEY CHECK (version > 0), name text NOT NULL, "
	    "checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())",
	    NULL, 0, err);
}

static int
db_apply(struct db *db, const struct ctl_migration *migration, struct err *err)
{
	char version[16];
	const char *params[] = {version, migration->name, migration->checksum};

	snprintf(version, sizeof(version), "%u", migration->version);
	if (ctl_database_script(db->database, migration->script,
		"INSERT INTO triaged.migration (version, name, checksum) "
		"VALUES ($1::int, $2, $3)",
		params, 3, err) < 0)
		return err_prefix(err, "%s", migration->path);
	if (!db->options->json)
		printf("applied %03u_%s\n", migration->version, migration->name);
	return 0;
}

static void
db_upgrade_json(const struct db *db, unsigned from)
{
	struct strbuf out;
	struct json json;

	strbuf_init(&out, 0);
	json_init(&json, &out);
	json_open(&json, '{');
	json_key(&json, "from");
	json_int(&json, from);
	json_key(&json, "version");
	json_int(&json, (int64_t)db->migrations.count);
	json_close(&json, '}');
	strbuf_putc(&out, '\n');
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
}

static enum ctl_exit
db_upgrade(struct db *db)
{
	struct ctl_migrations *migrations = &db->migrations;
	struct err err;

	if (db_lock(db, &err) < 0 || ctl_migrations_compare(db->database, migrations, &err) < 0)
		goto failed;
	if (ctl_migrations_check(migrations, &err) < 0) {
		ctl_complain("db: %s", err.text);
		return CTL_CONFIG;
	}
	if (migrations->database_version == 0 && db_create_table(db, &err) < 0)
		goto failed;
	for (size_t i = migrations->database_version; i < migrations->count; i++)
		if (db_apply(db, &migrations->list[i], &err) < 0)
			goto failed;
	if (db->options->json)
		db_upgrade_json(db, migrations->database_version);
	else
		printf("the schema is at version %zu%s\n", migrations->count,
		    migrations->database_version == migrations->count ? ", nothing to do" : "");
	return CTL_OK;
failed:
	ctl_complain("db: %s", err.text);
	return ctl_database_alive(db->database) ? CTL_FAILED : CTL_UNAVAILABLE;
}

static enum ctl_exit
db_upgrade_run(const void *arg, int count, char **operands)
{
	struct db db = {.options = arg};
	enum ctl_exit status = db_open(&db);

	(void)count;
	(void)operands;
	if (status == CTL_OK)
		status = db_upgrade(&db);
	db_close(&db);
	return status;
}

static const char *
migration_state(const struct ctl_migration *migration)
{
	if (!migration->applied)
		return "pending";
	return str_is(str_of(migration->checksum), migration->applied_checksum) ? "applied"
										: "changed";
}

static void
db_status_json(const struct db *db, const char *problem, struct strbuf *out)
{
	struct json json;

	json_init(&json, out);
	json_open(&json, '{');
	json_key(&json, "version");
	json_int(&json, db->migrations.database_version);
	json_key(&json, "files");
	json_int(&json, (int64_t)db->migrations.count);
	json_key(&json, "problem");
	json_text(&json, problem);
	json_key(&json, "migrations");
	json_open(&json, '[');
	for (size_t i = 0; i < db->migrations.count; i++) {
		const struct ctl_migration *migration = &db->migrations.list[i];

		json_open(&json, '{');
		json_key(&json, "version");
		json_int(&json, migration->version);
		json_key(&json, "name");
		json_text(&json, migration->name);
		json_key(&json, "state");
		json_text(&json, migration_state(migration));
		json_key(&json, "applied_at");
		json_text(&json, migration->applied ? migration->applied_at : NULL);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_close(&json, '}');
	strbuf_putc(out, '\n');
}

static void
db_status_text(const struct db *db, struct strbuf *out)
{
	struct ctl_table *table = ctl_table_new("<<<<");
	char version[16];

	ctl_table_text(table, "version");
	ctl_table_text(table, "name");
	ctl_table_text(table, "state");
	ctl_table_text(table, "applied at");
	for (size_t i = 0; i < db->migrations.count; i++) {
		const struct ctl_migration *migration = &db->migrations.list[i];

		snprintf(version, sizeof(version), "%03u", migration->version);
		ctl_table_text(table, version);
		ctl_table_text(table, migration->name);
		ctl_table_text(table, migration_state(migration));
		ctl_table_text(table, migration->applied_at);
	}
	ctl_table_print(table, out, "");
	ctl_table_free(table);
}

static enum ctl_exit
db_status(struct db *db)
{
	enum ctl_exit status = CTL_OK;
	struct strbuf out;
	struct err err;

	if (ctl_migrations_compare(db->database, &db->migrations, &err) < 0) {
		ctl_complain("db: %s", err.text);
		return ctl_database_alive(db->database) ? CTL_FAILED : CTL_UNAVAILABLE;
	}
	if (ctl_migrations_check(&db->migrations, &err) < 0)
		status = CTL_CONFIG;
	else if (db->migrations.database_version < db->migrations.count)
		status = CTL_FAILED;
	strbuf_init(&out, 0);
	if (db->options->json)
		db_status_json(db, status == CTL_CONFIG ? err.text : NULL, &out);
	else
		db_status_text(db, &out);
	ctl_text_flush(&out, stdout);
	strbuf_fini(&out);
	if (status == CTL_CONFIG)
		ctl_complain("db: %s", err.text);
	else if (status == CTL_FAILED)
		ctl_complain("db: migrations are pending; \"triagectl db upgrade\" applies them");
	return status;
}

static enum ctl_exit
db_status_run(const void *arg, int count, char **operands)
{
	struct db db = {.options = arg};
	enum ctl_exit status = db_open(&db);

	(void)count;
	(void)operands;
	if (status == CTL_OK)
		status = db_status(&db);
	db_close(&db);
	return status;
}

const struct ctl_command ctl_db_upgrade_command = {
	.name = "db upgrade",
	.operands = "",
	.summary = "bring the database's schema to this release",
	.about =
	    "Applies the migrations that are not applied yet, in order, each in a transaction\n"
	    "of its own. Run it as the schema's owner; again is safe, and two at once wait for\n"
	    "each other. It refuses (78) when the database is newer than the files, or when a\n"
	    "file was changed after it had been applied.\n",
	.examples =
	    "  triagectl db upgrade --database 'host=/run/postgresql dbname=triaged'\n"
	    "  triagectl db upgrade --sql schemas/sql --database dbname=triaged\n",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.options_size = sizeof(struct db_options),
	.run = db_upgrade_run,
};

const struct ctl_command ctl_db_status_command = {
	.name = "db status",
	.operands = "",
	.summary = "show which migrations the database has",
	.about =
	    "Changes nothing. Exit status 0: up to date; 1: migrations are pending; 78: files\n"
	    "and database contradict each other.\n",
	.examples =
	    "  triagectl db status --database dbname=triaged\n"
	    "  triagectl db status --database dbname=triaged --json\n",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.options_size = sizeof(struct db_options),
	.run = db_status_run,
};
