/* SPDX-License-Identifier: MIT */
/*
 * The table of SQLSTATEs always; the rest against the server that
 * TRIAGED_TEST_CONNINFO names, best as a superuser; skipped without it.
 */
#include "pgconn.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "pgconn_attempt.h"
#include "pgconn_sqlstate.h"

/* ---- the table ---- */

static void
every_class_of_the_table(void **state)
{
	static const struct {
		const char *sqlstates; /* separated by spaces */
		enum pgconn_class class;
	} table[] = {
	    {"00000", PGCONN_OK},
	    {"40001 40P01", PGCONN_RETRY},
	    {"55P03 57014", PGCONN_SLOW},
	    {"08000 08003 08006 08P01 57P01 57P02 57P03 57P05 25006 25P03 40003 53300",
		PGCONN_LOST},
	    {"53000 53100 53200 58000 58030 XX001 XX002", PGCONN_EXHAUSTED},
	    {"22000 22001 22021 22P02 22P03 23502 23505 23514 23503 54000 54001 54023",
		PGCONN_REFUSED},
	    {"42883 42501 42P01 28000 28P01 3D000 3F000 26000 0A000 P0001 XX000 25P02 57P04",
		PGCONN_OPERATOR},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *p;

		for (p = table[i].sqlstates; *p != '\0'; p += p[5] == ' ' ? 6 : 5) {
			char sqlstate[6] = "";

			memcpy(sqlstate, p, 5);
			if (pgconn_classify(sqlstate) != table[i].class)
				fail_msg("%s is %s", sqlstate,
				    pgconn_class_name(pgconn_classify(sqlstate)));
		}
	}
	assert_int_equal(pgconn_classify(""), PGCONN_LOST);
	assert_int_equal(pgconn_classify(NULL), PGCONN_LOST);
	assert_string_equal(pgconn_class_name(PGCONN_EXHAUSTED), "exhausted");
}

static void
sqlstate_of_a_refused_connection(void **state)
{
	char sqlstate[6] = "";

	(void)state;
	assert_true(pgconn_sqlstate_find("connection to server on socket \"/x\" failed: "
		"FATAL:  57P03: the database system is starting up\nLOCATION:  f, p.c:1\n",
	    sqlstate));
	assert_string_equal(sqlstate, "57P03");
	/* Of several hosts the last one counts; the severity may be translated. */
	assert_true(pgconn_sqlstate_find("FATAL:  57P03: a\nFATAL :  28P01: b\n", sqlstate));
	assert_string_equal(sqlstate, "28P01");
	assert_false(pgconn_sqlstate_find("could not connect:  No such file or directory",
	    sqlstate));
	assert_false(pgconn_sqlstate_find("", sqlstate));
}

static void
message_becomes_one_line(void **state)
{
	char line[64];

	(void)state;
	pgconn_one_line("FATAL:  x\n\ty\nLOCATION:  z\n", "57P03", line, sizeof(line));
	assert_string_equal(line, "FATAL:  x  y");
	/* The value is a person's. */
	pgconn_one_line("invalid input syntax for type uuid: \"Ada\"", "22P02", line,
	    sizeof(line));
	assert_string_equal(line, "invalid input syntax for type uuid");
	pgconn_one_line("relation \"x\" does not exist", "42P01", line, sizeof(line));
	assert_string_equal(line, "relation \"x\" does not exist");
	pgconn_one_line("", "", line, sizeof(line));
	assert_string_equal(line, "");
	pgconn_one_line("abcdefgh", "", line, 4);
	assert_string_equal(line, "abc");
}

static void
backoff_grows_to_its_cap(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		assert_in_range(pgconn_attempt_backoff_ms(1, ""), 25, 50);
		assert_in_range(pgconn_attempt_backoff_ms(3, ""), 100, 200);
		assert_in_range(pgconn_attempt_backoff_ms(i + 8, ""), 2500, 5000);
		assert_in_range(pgconn_attempt_backoff_ms(i + 8, "57P03"), 250, 500);
	}
	assert_in_range(pgconn_attempt_backoff_ms(UINT32_MAX, ""), 2500, 5000);
}

/* ---- against a server ---- */

static const struct pgconn_statement statements[] = {
    {"echo", "SELECT $1::text, $2::int4, $3::bytea, NULL::text"},
    {"sleep", "SELECT pg_sleep($1::float8)"},
    {"me", "SELECT pg_backend_pid()::text"},
    {"terminate", "SELECT pg_terminate_backend($1::int4)"},
    {"settings", "SELECT current_setting('synchronous_commit'),"
	" current_setting('statement_timeout'),"
	" current_setting('idle_in_transaction_session_timeout'),"
	" current_setting('application_name'), current_setting('client_encoding')"},
    {"jit", "SELECT setting, source FROM pg_settings WHERE name = 'jit'"},
    {"make_table", "CREATE TEMP TABLE t (k int UNIQUE DEFERRABLE INITIALLY DEFERRED)"},
    {"set", "SELECT set_config($1::text, $2::text, false)"},
    {"raise", "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = current_setting('test.sqlstate'),"
	" MESSAGE = 'made'; END $$"},
    {"length", "SELECT length($1::bytea)::text"},
    {"where", "SELECT trim(both '\"' from current_setting('unix_socket_directories')),"
	" current_setting('port'), current_user::text, current_database()::text"},
    {"forget", "SELECT 1"},
    {"deallocate", "DEALLOCATE forget"},
    {"insert_twice", "DO $$ BEGIN EXECUTE 'INSERT INTO t VALUES (1), (1)'; END $$"},
};

struct scene {
	struct loop *loop;
	struct pgconn *conn;
	struct loop_timer *overall;
	/* What happened, in order: r ready, d down, and each result's class as
	 * O R L E F(refused) P(operator). */
	char history[64];
	int until; /* stops the loop when so much has happened */
	bool inside, timed_out;
	enum pgconn_class down_class;
	char reason[256], message[256], sqlstate[6];
	char values[5][256];
	int lengths[5];
	int rows, columns;
};

static void
happened(struct scene *scene, char what)
{
	size_t n = strlen(scene->history);

	assert_false(scene->inside);
	assert_true(n + 1 < sizeof(scene->history));
	scene->history[n] = what;
	if ((int)n + 1 >= scene->until)
		loop_stop(scene->loop);
}

static void
on_ready(void *arg, struct pgconn *conn)
{
	assert_true(pgconn_is_idle(conn));
	happened(arg, 'r');
}

static void
on_down(void *arg, struct pgconn *conn, enum pgconn_class class, const char *reason)
{
	struct scene *scene = arg;

	assert_false(pgconn_is_idle(conn));
	assert_null(strchr(reason, '\n'));
	scene->down_class = class;
	snprintf(scene->reason, sizeof(scene->reason), "%s", reason);
	happened(scene, 'd');
}

static void
on_done(void *arg, const struct pgconn_result *result)
{
	struct scene *scene = arg;
	int i;

	snprintf(scene->message, sizeof(scene->message), "%s", result->message);
	memcpy(scene->sqlstate, result->sqlstate, sizeof(scene->sqlstate));
	scene->rows = result->rows;
	scene->columns = result->columns;
	for (i = 0; i < result->columns && i < 5 && result->rows > 0; i++) {
		struct str value = pgconn_value(result, 0, i);

		scene->lengths[i] = value.p != NULL ? (int)value.n : -1;
		snprintf(scene->values[i], sizeof(scene->values[i]), "%.*s", STR_ARG(value));
	}
	happened(scene, "ORSLEFP"[result->class]);
}

static void
on_timeout(void *arg)
{
	struct scene *scene = arg;

	scene->timed_out = true;
	loop_stop(scene->loop);
}

/* Runs the loop until n more things have happened. */
static void
wait_for(struct scene *scene, int n)
{
	scene->until = (int)strlen(scene->history) + n;
	loop_timer_set(scene->overall, 20000);
	assert_int_equal(loop_run(scene->loop), 0);
	if (scene->timed_out)
		fail_msg("only \"%s\" happened, reason %s", scene->history, scene->reason);
}

static void
run(struct scene *scene, const char *statement, const struct pgconn_param *params, int count)
{
	scene->inside = true;
	pgconn_run(scene->conn, statement, params, count, false, on_done, scene);
	scene->inside = false;
	assert_false(pgconn_is_idle(scene->conn));
}

static struct pgconn_param
text(const char *value)
{
	return (struct pgconn_param){value, (int)strlen(value), false};
}

/* Runs with up to two parameters in text and waits for the result. */
static void
run_and_wait(struct scene *scene, const char *statement, const char *a, const char *b)
{
	struct pgconn_param params[2];
	int count = 0;

	if (a != NULL)
		params[count++] = text(a);
	if (b != NULL)
		params[count++] = text(b);
	run(scene, statement, params, count);
	wait_for(scene, 1);
}

static struct pgconn *
connect_to(struct scene *scene, const char *conninfo, int64_t deadline)
{
	const struct pgconn_options options = {.conninfo = conninfo, .statements = statements,
	    .statement_count = sizeof(statements) / sizeof(statements[0]),
	    .connect_deadline_ms = 5000, .statement_deadline_ms = deadline,
	    .ready = on_ready, .down = on_down, .arg = scene};

	return pgconn_new(scene->loop, &options);
}

static void
begin_with(struct scene *scene, const char *conninfo, int64_t deadline)
{
	*scene = (struct scene){.loop = loop_new(), .until = 1000};
	scene->overall = loop_timer_new(scene->loop, on_timeout, scene);
	scene->conn = connect_to(scene, conninfo, deadline);
}

/* Connected to the server of the environment; skips the test without one. */
static void
begin(struct scene *scene, int64_t deadline)
{
	const char *conninfo = getenv("TRIAGED_TEST_CONNINFO");

	if (conninfo == NULL)
		skip();
	begin_with(scene, conninfo, deadline);
	assert_string_equal(scene->history, "");
	wait_for(scene, 1);
	assert_string_equal(scene->history, "r");
}

static void
end(struct scene *scene)
{
	pgconn_free(scene->conn);
	loop_timer_free(scene->overall);
	loop_free(scene->loop);
}

static void
values_go_there_and_back(void **state)
{
	static const char bytes[] = {0, 1, 2, 0};
	/* Neither is terminated where it ends. */
	const struct pgconn_param params[] = {{"helloXX", 5, false}, {"42XX", 2, false},
	    {bytes, sizeof(bytes), true}};
	struct scene scene;

	(void)state;
	begin(&scene, 5000);
	pgconn_run(scene.conn, "echo", params, 3, true, on_done, &scene);
	wait_for(&scene, 1);
	assert_string_equal(scene.history, "rO");
	assert_int_equal(scene.rows, 1);
	assert_int_equal(scene.columns, 4);
	assert_string_equal(scene.values[0], "hello");
	assert_int_equal(scene.lengths[1], 4);
	assert_memory_equal(scene.values[1], "\0\0\0", 1);
	assert_int_equal(scene.lengths[2], 4);
	assert_int_equal(scene.lengths[3], -1);
	end(&scene);
}

static void
session_is_durable_and_bounded(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 5000);
	run_and_wait(&scene, "settings", NULL, NULL);
	assert_string_equal(scene.values[0], "on");
	assert_string_equal(scene.values[1], "4500ms");
	assert_string_equal(scene.values[2], "5s");
	assert_string_equal(scene.values[3], "triaged");
	assert_string_equal(scene.values[4], "UTF8");
	end(&scene);
}

/* Off by us, whatever the server's file says; but who asks for it has it. */
static void
session_compiles_nothing(void **state)
{
	char conninfo[1024];
	struct scene scene;

	(void)state;
	begin(&scene, 5000);
	run_and_wait(&scene, "jit", NULL, NULL);
	assert_string_equal(scene.values[0], "off");
	assert_string_equal(scene.values[1], "session");
	end(&scene);
	snprintf(conninfo, sizeof(conninfo), "%s options='-c jit=on'",
	    getenv("TRIAGED_TEST_CONNINFO"));
	begin_with(&scene, conninfo, 5000);
	wait_for(&scene, 1);
	run_and_wait(&scene, "jit", NULL, NULL);
	assert_string_equal(scene.values[0], "on");
	assert_string_equal(scene.values[1], "client");
	end(&scene);
}

static void
errors_leave_the_connection_usable(void **state)
{
	struct scene scene;
	const struct pgconn_param nul[] = {{"a\0b", 3, false}, {"1", 1, false}, {"", 0, true}};

	(void)state;
	begin(&scene, 5000);
	run_and_wait(&scene, "terminate", "Ada", NULL);
	assert_string_equal(scene.sqlstate, "22P02");
	assert_null(strstr(scene.message, "Ada"));
	run(&scene, "echo", nul, 3); /* text with a NUL is not cut short */
	wait_for(&scene, 1);
	assert_string_equal(scene.sqlstate, "22021");
	assert_string_equal(scene.history, "rFF");
	run_and_wait(&scene, "set", "test.sqlstate", "40P01");
	run_and_wait(&scene, "raise", NULL, NULL);
	run_and_wait(&scene, "set", "test.sqlstate", "53100");
	run_and_wait(&scene, "raise", NULL, NULL);
	run_and_wait(&scene, "set", "test.sqlstate", "42501");
	run_and_wait(&scene, "raise", NULL, NULL);
	assert_string_equal(scene.message, "made");
	assert_string_equal(scene.history, "rFFOROEOP");
	run_and_wait(&scene, "me", NULL, NULL);
	assert_string_equal(scene.history, "rFFOROEOPO");
	end(&scene);
}

/* The server says "done" and only then, when it commits, finds the duplicate. */
static void
commit_that_fails_is_no_success(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 5000);
	run_and_wait(&scene, "make_table", NULL, NULL);
	run_and_wait(&scene, "insert_twice", NULL, NULL);
	assert_string_equal(scene.history, "rOF");
	assert_string_equal(scene.sqlstate, "23505");
	end(&scene);
}

static void
read_only_server_is_left(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 5000);
	run_and_wait(&scene, "set", "default_transaction_read_only", "on");
	run(&scene, "make_table", NULL, 0);
	wait_for(&scene, 3);
	assert_string_equal(scene.history, "rOLdr");
	assert_string_equal(scene.sqlstate, "25006");
	end(&scene);
}

static void
server_gives_up_before_the_deadline(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 500);
	run_and_wait(&scene, "sleep", "30", NULL);
	assert_string_equal(scene.history, "rS");
	assert_string_equal(scene.sqlstate, "57014");
	end(&scene);
}

static void
deadline_drops_the_connection(void **state)
{
	struct scene scene;
	const struct pgconn_param param = text("30");

	(void)state;
	begin(&scene, 500);
	run_and_wait(&scene, "set", "statement_timeout", "0");
	run(&scene, "sleep", &param, 1);
	wait_for(&scene, 3);
	assert_string_equal(scene.history, "rOLdr");
	assert_string_equal(scene.sqlstate, "");
	assert_int_equal(scene.down_class, PGCONN_SLOW);
	assert_string_equal(scene.reason, "statement deadline passed");
	run_and_wait(&scene, "me", NULL, NULL);
	assert_string_equal(scene.history, "rOLdrO");
	end(&scene);
}

static void
killed_in_mid_statement_is_lost(void **state)
{
	struct scene victim, killer;
	const struct pgconn_param param = text("30");

	(void)state;
	begin(&victim, 5000);
	begin(&killer, 5000);
	run_and_wait(&victim, "me", NULL, NULL);
	run(&victim, "sleep", &param, 1);
	run_and_wait(&killer, "terminate", victim.values[0], NULL);
	wait_for(&victim, 3);
	assert_string_equal(victim.history, "rOLdr");
	assert_string_equal(victim.sqlstate, "57P01");
	assert_int_equal(victim.down_class, PGCONN_LOST);
	end(&killer);
	end(&victim);
}

static void
killed_while_idle_comes_back(void **state)
{
	struct scene victim, killer;

	(void)state;
	begin(&victim, 5000);
	begin(&killer, 5000);
	run_and_wait(&victim, "me", NULL, NULL);
	run_and_wait(&killer, "terminate", victim.values[0], NULL);
	wait_for(&victim, 2);
	assert_string_equal(victim.history, "rOdr");
	end(&killer);
	end(&victim);
}

static void
restart_makes_a_new_connection(void **state)
{
	struct scene scene;
	const struct pgconn_param param = text("30");
	char pid[256];

	(void)state;
	begin(&scene, 5000);
	run_and_wait(&scene, "me", NULL, NULL);
	memcpy(pid, scene.values[0], sizeof(pid));
	scene.inside = true;
	pgconn_restart(scene.conn, "schema is not ours");
	pgconn_restart(scene.conn, "second reason");
	scene.inside = false;
	assert_false(pgconn_is_idle(scene.conn));
	wait_for(&scene, 2);
	assert_string_equal(scene.history, "rOdr");
	assert_string_equal(scene.reason, "schema is not ours");
	run_and_wait(&scene, "me", NULL, NULL);
	assert_string_not_equal(pid, scene.values[0]);
	/* With a statement under way, that one hears of it first. */
	run(&scene, "sleep", &param, 1);
	pgconn_restart(scene.conn, "again");
	wait_for(&scene, 3);
	assert_string_equal(scene.history, "rOdrOLdr");
	end(&scene);
}

static void
statement_that_is_gone_is_prepared_anew_once(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 5000);
	run_and_wait(&scene, "deallocate", NULL, NULL);
	run(&scene, "forget", NULL, 0);
	wait_for(&scene, 3);
	assert_string_equal(scene.history, "rOLdr");
	assert_int_equal(scene.down_class, PGCONN_LOST);
	run_and_wait(&scene, "forget", NULL, 0);
	run_and_wait(&scene, "deallocate", NULL, NULL);
	run_and_wait(&scene, "forget", NULL, 0);
	assert_string_equal(scene.history, "rOLdrOOP");
	end(&scene);
}

/* A process left stopped would keep its server from ever ending. */
static int
let_go_on(void **state)
{
	int *pid = *state;

	if (*pid > 0)
		kill(*pid, SIGCONT);
	*pid = 0;
	return 0;
}

/* More than the socket takes at once, to a server that does not read: nothing
 * here may wait, not even hanging up. */
static void
big_statement_to_a_stopped_server(void **state)
{
	struct scene scene;
	int size = 8 << 20, *pid = *state;
	struct pgconn_param param = {NULL, size, true};
	char *big;

	begin(&scene, 1500);
	param.p = big = calloc(1, (size_t)size);
	run(&scene, "length", &param, 1);
	wait_for(&scene, 1);
	assert_string_equal(scene.values[0], "8388608");
	run_and_wait(&scene, "me", NULL, NULL);
	*pid = atoi(scene.values[0]);
	if (kill(*pid, SIGSTOP) != 0) {
		print_message("may not stop the server's process: that part is left out\n");
	} else {
		run(&scene, "length", &param, 1);
		wait_for(&scene, 3);
		let_go_on(state);
		assert_string_equal(scene.history, "rOOLdr");
	}
	end(&scene);
	free(big);
}

static void
no_server_at_first(void **state)
{
	struct scene scene, finder;
	char folder[] = "/tmp/pgconn_test.XXXXXX", from[600], to[600], conninfo[1600];

	(void)state;
	begin(&finder, 5000);
	run_and_wait(&finder, "where", NULL, NULL);
	if (finder.rows == 0) { /* only a superuser may know the server's folder */
		end(&finder);
		skip();
	}
	assert_non_null(mkdtemp(folder));
	snprintf(from, sizeof(from), "%s/.s.PGSQL.%s", finder.values[0], finder.values[1]);
	snprintf(to, sizeof(to), "%s/.s.PGSQL.%s", folder, finder.values[1]);
	snprintf(conninfo, sizeof(conninfo), "host=%s port=%s user='%s' dbname='%s'", folder,
	    finder.values[1], finder.values[2], finder.values[3]);
	begin_with(&scene, conninfo, 5000);
	wait_for(&scene, 3);
	assert_string_equal(scene.history, "ddd");
	assert_int_equal(scene.down_class, PGCONN_LOST);
	assert_int_equal(symlink(from, to), 0);
	wait_for(&scene, 1);
	assert_string_equal(scene.history, "dddr");
	end(&scene);
	end(&finder);
	unlink(to);
	rmdir(folder);
}

static void
somebody_must_act(void **state)
{
	struct scene scene;
	const char *conninfo = getenv("TRIAGED_TEST_CONNINFO");
	char other[1024];

	(void)state;
	if (conninfo == NULL)
		skip();
	snprintf(other, sizeof(other), "%s dbname=no_such_database", conninfo);
	begin_with(&scene, other, 5000);
	wait_for(&scene, 1);
	assert_int_equal(scene.down_class, PGCONN_OPERATOR);
	assert_non_null(strstr(scene.reason, "3D000"));
	end(&scene);
	begin_with(&scene, "nonsense=1", 5000);
	wait_for(&scene, 1);
	assert_non_null(strstr(scene.reason, "nonsense"));
	end(&scene);
}

static void
free_while_something_is_under_way(void **state)
{
	struct scene scene;
	const struct pgconn_param param = text("30");

	(void)state;
	begin(&scene, 5000);
	run(&scene, "sleep", &param, 1);
	end(&scene);
	begin_with(&scene, getenv("TRIAGED_TEST_CONNINFO"), 5000);
	end(&scene);
	pgconn_free(NULL);
}

int
main(void)
{
	int stopped = 0;
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_class_of_the_table),
	    cmocka_unit_test(sqlstate_of_a_refused_connection),
	    cmocka_unit_test(message_becomes_one_line),
	    cmocka_unit_test(backoff_grows_to_its_cap),
	    cmocka_unit_test(values_go_there_and_back),
	    cmocka_unit_test(session_is_durable_and_bounded),
	    cmocka_unit_test(session_compiles_nothing),
	    cmocka_unit_test(errors_leave_the_connection_usable),
	    cmocka_unit_test(commit_that_fails_is_no_success),
	    cmocka_unit_test(read_only_server_is_left),
	    cmocka_unit_test(server_gives_up_before_the_deadline),
	    cmocka_unit_test(deadline_drops_the_connection),
	    cmocka_unit_test(killed_in_mid_statement_is_lost),
	    cmocka_unit_test(killed_while_idle_comes_back),
	    cmocka_unit_test(restart_makes_a_new_connection),
	    cmocka_unit_test(statement_that_is_gone_is_prepared_anew_once),
	    cmocka_unit_test_prestate_setup_teardown(big_statement_to_a_stopped_server, NULL,
		let_go_on, &stopped),
	    cmocka_unit_test(no_server_at_first),
	    cmocka_unit_test(somebody_must_act),
	    cmocka_unit_test(free_while_something_is_under_way),
	};

	return cmocka_run_group_tests_name("pgconn", tests, NULL, NULL);
}
