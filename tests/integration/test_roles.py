# SPDX-License-Identifier: MIT
"""The database's roles: each can do its work, and is refused the rest."""
import psycopg
import pytest

import agents
import support

PEOPLE = {"t_nora": "triaged_agent", "t_otto": "triaged_ops"}
ROLES = ("triaged_daemon", "triaged_mail", *PEOPLE)
AGENT_RUNS = {"claim", "renew", "complete", "release", "reassign", "recategorize", "reply", "note", "ticket_page"}
AGENT_READS = {"queue_depth", "my_tickets", "ticket_history", "ticket_place", "team", "priority", "category",
               "migration"}

REFUSED = {
    "triaged_daemon": """
        SELECT * FROM triaged.ticket_as_sent
        UPDATE triaged.ticket SET subject = ''
        DELETE FROM triaged.ticket
        DELETE FROM triaged.queue
        UPDATE triaged.queue SET state = 'queued'
        UPDATE triaged.outbox SET state = 'sent'
        SELECT * FROM triaged.ticket_event
        DELETE FROM triaged.ticket_event
        SELECT * FROM triaged.agent
        SELECT * FROM triaged.shadow
        DELETE FROM triaged.shadow
        INSERT INTO triaged.policy (hash, canonical) VALUES (sha256(''), '')
        SELECT * FROM triaged.claim('nora')
        SELECT triaged.complete('nora', 'R0000001', 1)
        SELECT triaged.agent_add('x', 'X', '{}', '{en}')
        SELECT triaged.mail_take(1, '1 s', '1 s', '1 s', 1, '1 s')
        SELECT triaged.expire_leases()
        CREATE TABLE triaged.mine (a int)
        TRUNCATE triaged.queue_depth_delta
    """,
    "triaged_mail": """
        SELECT * FROM triaged.ticket_as_sent
        SELECT * FROM triaged.ticket
        SELECT * FROM triaged.queue
        SELECT * FROM triaged.message
        SELECT * FROM triaged.outbox
        UPDATE triaged.outbox SET state = 'sent'
        INSERT INTO triaged.outbox (ticket_id) VALUES (gen_random_uuid())
        SELECT * FROM triaged.queue_depth
        SELECT triaged.tidy()
        SELECT * FROM triaged.claim('nora')
        SELECT triaged.agent_add('x', 'X', '{}', '{en}')
        SELECT triaged.mail_end(NULL, NULL, 'failed', 'x')
        CREATE TABLE triaged.mine (a int)
    """,
    "t_nora": """
        SELECT * FROM triaged.ticket_as_sent
        SELECT * FROM triaged.ticket
        SELECT follow_up_token FROM triaged.ticket
        SELECT * FROM triaged.ticket_key
        SELECT * FROM triaged.queue
        SELECT lease_token FROM triaged.queue
        UPDATE triaged.queue SET holder = 'nora'
        SELECT * FROM triaged.message
        SELECT * FROM triaged.outbox
        INSERT INTO triaged.outbox (ticket_id) VALUES (gen_random_uuid())
        SELECT * FROM triaged.attachment
        SELECT * FROM triaged.ticket_event
        INSERT INTO triaged.ticket_event (ticket_id, kind, actor) VALUES (gen_random_uuid(), 'x', 'x')
        SELECT * FROM triaged.agent
        UPDATE triaged.setting SET value = '{}'
        SELECT triaged.agent_add('nora', 'Nora', '{north}', '{en}')
        SELECT triaged.agent_set_active('nora', true)
        SELECT triaged.put_back(NULL, 'a', 'b', 'c', NULL)
        SELECT triaged.close(NULL)
        SELECT triaged.expire_leases()
        SELECT triaged.claim_first('{north}', '{en}')
        SELECT * FROM triaged.shadow
        SELECT * FROM triaged.shadow_compared
        SELECT triaged.record_policy('', '')
        SELECT triaged.register_policy('', '', '{}')
        SELECT triaged.tidy()
        SELECT triaged.mail_take(1, '1 s', '1 s', '1 s', 1, '1 s')
        SELECT nextval('triaged.lease_token')
        CREATE TABLE triaged.mine (a int)
    """,
    "t_otto": """
        SELECT * FROM triaged.ticket_as_sent
        SELECT * FROM triaged.ticket
        SELECT * FROM triaged.message
        SELECT * FROM triaged.outbox
        SELECT * FROM triaged.attachment
        SELECT triaged.ticket_page('nora', 'R0000001')
        SELECT * FROM triaged.claim('nora')
        UPDATE triaged.agent SET active = false
        UPDATE triaged.queue SET state = 'queued'
        DELETE FROM triaged.ticket_event
        DELETE FROM triaged.shadow
        SELECT triaged.register_policy('', '', '{}')
        SELECT triaged.record_policy('', '')
        CREATE TABLE triaged.mine (a int)
    """,
}
TRIES = [(role, line.strip()) for role, lines in REFUSED.items() for line in lines.splitlines() if line.strip()]


def conninfo_as(database, role):
    return psycopg.conninfo.make_conninfo(database.conninfo, user=role)


@pytest.fixture(scope="module")
def place(database):
    for person, role in PEOPLE.items():
        if not database.rows("SELECT 1 FROM pg_roles WHERE rolname = %s", person):
            database.execute(f"CREATE ROLE {person} LOGIN IN ROLE {role}")
    agents.register_policy(database)
    agents.add_agent(database, "nora", ["north"], login="t_nora")
    agents.add_agent(database, "nils", ["north"], login="t_nils")
    with database.cluster.connect(database.name) as connection:
        agents.add_tickets(connection, 1, 20, ["north"])
        connection.execute("INSERT INTO triaged.outbox (ticket_id, message_id, to_address, locale, subject, body)"
                           " SELECT ticket_id, ticket_id, requester_email, locale, 'Re', 'Answer' FROM triaged.ticket"
                           " WHERE reference = 'R0000003'")
    return database


@pytest.fixture
def connect(place):
    made = []

    def connect_as(role):
        made.append(psycopg.connect(conninfo_as(place, role), autocommit=True))
        return made[-1]

    yield connect_as
    for connection in made:
        connection.close()


@pytest.mark.parametrize("role,statement", TRIES)
def test_refused(connect, role, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
        connect(role).execute(statement)


def test_agent_works(connect, place):
    nora = connect("t_nora")
    ticket, token = nora.execute("SELECT reference, lease_token FROM triaged.claim('nora')").fetchone()
    assert [ticket] == [row[0] for row in nora.execute("SELECT reference FROM triaged.my_tickets")]
    nora.execute("SELECT triaged.renew('nora', %s, %s)", (ticket, token))
    nora.execute("SELECT triaged.note('nora', %s, %s, 'a note')", (ticket, token))
    nora.execute("SELECT triaged.reply('nora', %s, %s, 'an answer')", (ticket, token))
    page = nora.execute("SELECT triaged.ticket_page('nora', %s)::text", (ticket,)).fetchone()[0]
    assert "an answer" in page and "secret-token" not in page
    assert nora.execute("SELECT triaged.recategorize('nora', %s, %s, 'north.b')", (ticket, token)).fetchone()[0]
    nora.execute("SELECT triaged.complete('nora', %s, %s, 'done')", (ticket, token))
    for view in AGENT_READS:
        nora.execute(f"SELECT * FROM triaged.{view}")


def test_agent_is_who_logs_in(connect):
    with pytest.raises(psycopg.Error) as raised:
        connect("t_nora").execute("SELECT triaged.claim('nils')")
    assert raised.value.sqlstate == "TR002"
    assert connect("t_nora").execute("SELECT count(*) FROM triaged.my_tickets WHERE agent = 'nils'"
                                     ).fetchone()[0] == 0


def test_agent_may_do_no_more(place):
    assert {row[0] for row in place.rows(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'triaged'::regnamespace"
        " AND has_function_privilege('t_nora', oid, 'EXECUTE')")} == AGENT_RUNS
    assert {row[0] for row in place.rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'triaged'::regnamespace AND relkind IN ('r', 'v', 'S')"
        " AND (has_table_privilege('t_nora', oid, 'SELECT') OR has_any_column_privilege('t_nora', oid, 'SELECT'))"
        )} == AGENT_READS


def test_operator_works(connect):
    otto = connect("t_otto")
    otto.execute("SELECT triaged.agent_add('omar', 'Omar', '{south}', '{en}')")
    otto.execute("SELECT triaged.agent_set_active('omar', false)")
    for view in ("queue_depth", "ticket_history", "ticket_place", "agent", "agent_team", "migration"):
        otto.execute(f"SELECT * FROM triaged.{view}")
    otto.execute("SELECT holder, state, ends_at, asked, remind_at FROM triaged.queue")


@pytest.mark.parametrize("role", ["t_otto", "t_nora", "triaged_mail"])
def test_lease_tokens_are_their_holders(place, role):
    """Of the queue; in the outbox it is triage-mail's, which reads it by functions."""
    assert place.rows(
        "SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
        " WHERE relnamespace = 'triaged'::regnamespace AND attname = 'lease_token' AND relkind IN ('r', 'v')"
        " AND has_column_privilege(%s, attrelid, attname, 'SELECT')", role) == []


@pytest.mark.parametrize("role", [role for role in ROLES if role != "triaged_daemon"])
def test_follow_up_token_is_the_daemons(place, role):
    assert place.rows(
        "SELECT attrelid::regclass FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
        " WHERE relnamespace = 'triaged'::regnamespace AND attname = 'follow_up_token' AND relkind IN ('r', 'v')"
        " AND has_column_privilege(%s, attrelid, attname, 'SELECT')", role) == []


def test_nobody_changes_rows_by_hand(place):
    """Adding is the daemon's, deleting a muted address the operators'; all else is done by functions."""
    rights = place.rows(
        "SELECT r.rolname, c.relname, p.kind FROM pg_roles r, pg_class c,"
        " unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS p(kind)"
        " WHERE r.rolname = ANY(%s) AND c.relnamespace = 'triaged'::regnamespace AND c.relkind = 'r'"
        " AND has_table_privilege(r.oid, c.oid, p.kind)", list(ROLES))
    assert {(role, right) for role, _, right in rights if (role, right) != ("triaged_daemon", "INSERT")} \
        <= {("t_otto", "DELETE")}
    assert {table for role, table, right in rights if right == "DELETE"} <= {"suppression"}


def test_public_has_nothing(place):
    assert place.rows(
        "SELECT relname FROM pg_class, aclexplode(relacl) acl WHERE relnamespace = 'triaged'::regnamespace"
        " AND acl.grantee = 0") == []
    assert place.rows(
        "SELECT proname FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) acl"
        " WHERE pronamespace = 'triaged'::regnamespace AND acl.grantee = 0") == []


def test_functions_for_others_are_safe(place):
    """What runs as the owner names its search_path, so that nobody can put something in its way."""
    assert place.rows(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'triaged'::regnamespace AND prosecdef"
        " AND NOT coalesce('search_path=pg_catalog, triaged, pg_temp' = ANY(proconfig), false)") == []


def test_daemon_works(cluster, new_daemon, new_client):
    own = support.Database(cluster, cluster.new_database())
    daemon = new_daemon("--wait-check", "50ms", conninfo=conninfo_as(own, "triaged_daemon")
                        ).start().wait_for_database()
    client = new_client(daemon.endpoint)
    answer = client.submit("as its role", support.ticket())
    assert answer["status"] == "accepted"
    assert client.submit("as its role", support.ticket())["ticket"] == answer["ticket"]
    waits = client.submit("waits", support.absent_student())
    added = client.follow_up(waits, "f", body=support.DETAILS, attachments=[
        {"name": "a", "data": b"x"}])
    assert (added["status"], added["missing"]) == ("accepted", ["student_name"])
    assert client.follow_up(answer, "f", body=support.DETAILS)["status"] == "accepted"
    assert client.lookup(waits["reference"])["state"] == "waiting"
    assert client.ask({"v": 1, "op": "lookup", "key": "waits"})["ticket"] == waits["ticket"]
    for column in ("remind_at", "ends_at"):
        own.execute(f"UPDATE triaged.queue SET {column} = clock_timestamp() WHERE state = 'waiting'")
        support.wait_until(lambda: own.value(
            "SELECT count(*) FROM triaged.ticket_event WHERE kind = %s",
            "reminded" if column == "remind_at" else "wait_ended") >= 1, column)
    support.wait_until(lambda: own.value("SELECT count(*) FROM triaged.queue_depth_delta") == 0
                       and own.value("SELECT count(*) FROM triaged.queue_depth_total") > 0, "the daemon to fold")
    assert daemon.stop() == 0
    assert "permission denied" not in daemon.log() and "42501" not in daemon.log()


def test_daemon_reads_what_follow_ups_need(connect):
    daemon = connect("triaged_daemon")
    for query in ("SELECT * FROM triaged.lookup('R0000002', NULL, NULL)",
                  "SELECT * FROM triaged.lookup(NULL, 'form', '2')",
                  "SELECT * FROM triaged.ticket_now now JOIN triaged.ticket USING (ticket_id)"
                  " CROSS JOIN LATERAL triaged.follow_up_parts(now.ticket_id) part"
                  " CROSS JOIN LATERAL triaged.follow_up_pieces(now.ticket_id) piece"
                  " LEFT JOIN triaged.message m ON m.ticket_id = now.ticket_id"
                  " WHERE now.ticket_id = triaged.named_ticket('r0000002')",
                  "SELECT triaged.named_ticket('nothing')",
                  "SELECT * FROM triaged.wait_due(10)",
                  "SELECT triaged.wait_remind(gen_random_uuid(), clock_timestamp(), NULL, '', '')",
                  "SELECT triaged.wait_end(gen_random_uuid(), clock_timestamp(), 'close', NULL)",
                  "SELECT * FROM triaged.mail_result"):
        daemon.execute(query).fetchall()


def test_mail_works(connect):
    mail = connect("triaged_mail")
    taken = mail.execute("SELECT ticket_id, message_id, lease_token FROM"
                         " triaged.mail_take(10, '1 minute', '1 day', '1 day', 100, '1 day')").fetchall()
    assert taken
    mail.execute("SELECT triaged.mail_done(%s, %s, %s, 'sent')", taken[0])
    mail.execute("SELECT triaged.mail_bounce(%s)", (taken[0][1],))
    mail.execute("SELECT triaged.mail_fold()")


def test_owner_that_may_not_make_roles(cluster):
    """The roles are there already: it needs none. They are not: it is told what to do."""
    name = cluster.new_database(schema=False)
    with cluster.connect(name) as connection:
        connection.execute("DROP ROLE IF EXISTS t_owner")
        connection.execute("CREATE ROLE t_owner LOGIN")
        connection.execute(f"ALTER DATABASE {name} OWNER TO t_owner")
        connection.execute("ALTER ROLE triaged_ops RENAME TO t_ops_elsewhere")
        try:
            done = upgrade_as(cluster, name, "t_owner")
            assert done.returncode == 1 and 'may not create the roles triaged_ops' in done.stderr
            assert "ALTER ROLE t_owner CREATEROLE" in done.stderr
        finally:
            connection.execute("ALTER ROLE t_ops_elsewhere RENAME TO triaged_ops")
        assert upgrade_as(cluster, name, "t_owner").returncode == 0


def upgrade_as(cluster, name, role):
    return support.subprocess.run(
        [support.build_folder() / "triagectl", "db", "upgrade", "--sql", support.ROOT / "schemas" / "sql",
         "--database", psycopg.conninfo.make_conninfo(cluster.conninfo(name), user=role)],
        stdout=support.subprocess.PIPE, stderr=support.subprocess.PIPE, text=True)
