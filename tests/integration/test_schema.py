# SPDX-License-Identifier: MIT
"""What the schema promises, looked at with a few hundred real tickets in it."""
import psycopg
import pytest

from support import Client, request, ticket, wait_until

TRUTH = ("SELECT team, priority, state, count(*) FROM triaged.queue"
         " GROUP BY team, priority, state ORDER BY 1, 2, 3")
DEPTH = "SELECT team, priority, state, depth FROM triaged.queue_depth ORDER BY 1, 2, 3"


@pytest.fixture(scope="module", autouse=True)
def tickets(daemon):
    client = Client(daemon.endpoint)
    for number in range(300):
        subject = ("I need a break", "question", "Thank you", "no show of my student")[number % 4]
        client.send(request(f"schema-{number}", ticket(subject=subject)))
    assert {client.receive()["status"] for _ in range(300)} == {"accepted"}
    client.close()


def test_depth_is_true_before_and_after_folding(database):
    assert database.rows(DEPTH) == database.rows(TRUTH)
    database.rows("SELECT triaged.fold_depth()")
    assert database.rows(DEPTH) == database.rows(TRUTH)
    assert database.value("SELECT count(*) FROM triaged.queue_depth_delta") == 0


def test_housekeeping_folds(client, database):
    client.submit("folded", ticket(subject="one more"))
    wait_until(lambda: database.value("SELECT count(*) FROM triaged.queue_depth_delta") == 0,
               "the daemon to fold")
    assert database.rows(DEPTH) == database.rows(TRUTH)


@pytest.mark.parametrize("table", ["ticket", "ticket_event"])
def test_every_key_has_its_rows(database, table):
    assert database.value(
        f"SELECT count(*) FROM triaged.ticket_key k FULL JOIN triaged.{table} t"
        " USING (ticket_id) WHERE k.ticket_id IS NULL OR t.ticket_id IS NULL") == 0


def test_place_and_mail_follow_from_the_outcome(database):
    for outcome, state in (("routed", "queued"), ("needs_info", "waiting"),
                           ("answered", "closed"), ("no_action", "closed")):
        assert database.value(
            "SELECT count(*) FROM triaged.ticket JOIN triaged.ticket_place USING (ticket_id)"
            " WHERE outcome = %s AND state <> %s", outcome, state) == 0
    assert database.value(
        "SELECT count(*) FROM triaged.ticket t FULL JOIN triaged.outbox o"
        " ON o.message_id = t.reply_id AND o.ticket_id = t.ticket_id"
        " WHERE (t.outcome = 'no_action') <> (o.message_id IS NULL)") == 0


def test_history_does_not_change(database):
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        database.execute("UPDATE triaged.ticket_event SET kind = 'other'")


def test_policy_is_kept_and_its_names_known(database):
    assert database.value("SELECT count(*) FROM triaged.policy"
                          " WHERE hash <> sha256(convert_to(canonical, 'UTF8'))") == 0
    assert database.value(
        "SELECT count(*) FROM triaged.ticket t WHERE NOT EXISTS (SELECT 1 FROM triaged.policy"
        " WHERE hash = t.policy) OR t.category NOT IN (SELECT name FROM triaged.category)"
        " OR t.team NOT IN (SELECT name FROM triaged.team)"
        " OR t.priority NOT IN (SELECT name FROM triaged.priority)") == 0


def test_uuid_floor_bounds_by_time(database):
    assert database.value(
        "SELECT bool_and(ticket_id >= triaged.uuid_floor(stored_at - interval '1 minute')"
        " AND ticket_id < triaged.uuid_floor(stored_at + interval '1 second'))"
        " FROM triaged.ticket")


def test_everything_is_explained(database):
    assert database.rows(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'triaged'::regnamespace"
        " AND c.relkind IN ('r', 'v') AND c.relname <> 'migration'"
        " AND obj_description(c.oid, 'pg_class') IS NULL") == []
