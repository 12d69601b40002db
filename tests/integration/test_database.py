# SPDX-License-Identifier: MIT
"""The database comes late, goes away, refuses, or is not ours."""
import os
import signal
import time

import pytest

from support import PATIENCE, Database, request, ticket, wait_until


@pytest.fixture(autouse=True)
def cluster_is_up_again(cluster):
    yield
    cluster.start()


def test_no_database_at_the_start(cluster, new_daemon, new_client):
    name = f"late_{id(cluster) % 1000000}"
    daemon = new_daemon(conninfo=cluster.conninfo(name)).start()
    daemon.wait_for_log("does not exist")
    client = new_client(daemon.endpoint)
    answer = client.submit("late", ticket())
    assert answer["status"] == "retry"
    assert answer["retry_after_ms"] >= 250
    assert client.ask({"v": 1, "op": "ping"})["status"] == "ok"

    with cluster.connect() as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER triaged")
    daemon.wait_for_log('relation "triaged.migration" does not exist')
    assert client.submit("late", ticket())["status"] == "retry"

    cluster.upgrade(name)
    assert client.submit_until_kept("late", ticket())["status"] == "accepted"
    assert list(Database(cluster, name).tickets()) == [b"late"]
    assert daemon.stop() == 0


def test_retry_after_grows(cluster, new_daemon, new_client):
    daemon = new_daemon(conninfo=cluster.conninfo("never_made")).start()
    daemon.wait_for_log("does not exist")
    client = new_client(daemon.endpoint)
    told = set()
    wait_until(lambda: told.add(client.submit("g", ticket())["retry_after_ms"]) or len(told) > 2,
               "three different times to wait")
    assert {250, 500, 1000} <= told
    assert daemon.stop() == 0


def test_other_schema_version(cluster, new_daemon, new_client):
    other = Database(cluster, cluster.new_database())
    other.execute("UPDATE triaged.migration SET version = version + 1000")
    daemon = new_daemon(conninfo=other.conninfo).start()
    daemon.wait_for_log("its schema has version 100")
    client = new_client(daemon.endpoint)
    assert client.submit("version", ticket())["status"] == "retry"
    other.execute("UPDATE triaged.migration SET version = version - 1000")
    assert client.submit_until_kept("version", ticket())["status"] == "accepted"
    assert daemon.stop() == 0


@pytest.mark.parametrize("round_", range(3))
def test_crash_in_the_middle(cluster, database, new_daemon, new_client, round_):
    """What was acknowledged is there; what was not lands once by trying again."""
    daemon = new_daemon().start().wait_for_database()
    client = new_client(daemon.endpoint)
    keys = [f"crash-{round_}-{number}" for number in range(3000)]
    tickets = {key: ticket(body=f"body of {key}") for key in keys}
    acked, statuses = {}, []

    def note(answer):
        statuses.append(answer["status"])
        if answer["status"] in ("accepted", "duplicate"):
            assert acked.setdefault(answer["key"], answer["ticket"]) == answer["ticket"]

    for key in keys:
        client.send(request(key, tickets[key]))
    for _ in range(200 + 400 * round_):
        note(client.receive())
    cluster.crash()
    cluster.start()
    while len(statuses) < len(keys):
        note(client.receive())
    there = database.tickets()
    assert {key: ticket_id for key, ticket_id in acked.items()
            if there.get(key.encode()) != ticket_id} == {}
    deadline = time.monotonic() + PATIENCE
    while (left := [key for key in keys if key not in acked]) and time.monotonic() < deadline:
        for key in left:
            client.send(request(key, tickets[key]))
        answers = [client.receive() for _ in left]
        for answer in answers:
            note(answer)
        time.sleep(min(answers[-1].get("retry_after_ms", 0), 250) / 1000)
    mine = {key: value for key, value in database.tickets().items()
            if key.startswith(f"crash-{round_}-".encode())}
    assert mine == {key.encode(): value for key, value in acked.items()}
    assert len(acked) == len(keys)
    assert set(statuses) <= {"accepted", "duplicate", "retry"}
    assert daemon.stop() == 0


def test_down_for_longer_than_the_rerun(cluster, database, new_daemon, new_client):
    daemon = new_daemon("--rerun", "300ms").start().wait_for_database()
    client = new_client(daemon.endpoint)
    connection = database.cluster.connect(database.name, autocommit=False)
    connection.execute("LOCK TABLE triaged.ticket_key IN ACCESS EXCLUSIVE MODE")
    client.send(request("rerun", ticket()))
    wait_until(lambda: database.value(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND"
        " datname = %s", database.name) == 1, "the statement to wait")
    cluster.crash()
    connection.close()
    assert client.receive()["status"] == "retry"
    assert client.submit("rerun-new", ticket())["status"] == "retry"
    cluster.start()
    assert client.submit_until_kept("rerun", ticket())["status"] == "accepted"
    assert daemon.stop() == 0


def test_killed_backend_is_run_again(database, new_daemon, new_client):
    daemon = new_daemon().start().wait_for_database()
    client = new_client(daemon.endpoint)
    with database.cluster.connect(database.name, autocommit=False) as connection:
        connection.execute("LOCK TABLE triaged.ticket_key IN ACCESS EXCLUSIVE MODE")
        client.send(request("killed", ticket()))
        wait_until(lambda: database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND"
            " datname = %s", database.name) == 1, "the statement to wait")
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = %s", database.name)
    assert client.receive()["status"] == "accepted"
    assert daemon.stop() == 0
    assert daemon.summary()["reruns"] >= 1


def test_poison_does_not_hurt_its_neighbours(database, new_daemon, new_client):
    database.execute("ALTER TABLE triaged.ticket ADD CONSTRAINT poison"
                     " CHECK (subject NOT LIKE 'poison%')")
    daemon = new_daemon().start().wait_for_database()
    client = new_client(daemon.endpoint)
    poisoned = {7, 8, 123, 299}
    with database.cluster.connect(database.name, autocommit=False) as connection:
        connection.execute("LOCK TABLE triaged.ticket_key IN ACCESS EXCLUSIVE MODE")
        for number in range(300):
            subject = "poison" if number in poisoned else "fine"
            client.send(request(f"poison-{number}", ticket(subject=subject)))
        client.send({"v": 1, "op": "ping"})
        assert client.receive()["status"] == "ok"
    answers = {answer["key"]: answer for answer in (client.receive() for _ in range(300))}
    for number in range(300):
        answer = answers[f"poison-{number}"]
        if number in poisoned:
            assert answer["status"] == "invalid"
            assert [error["code"] for error in answer["errors"]] == ["refused_by_database"]
        else:
            assert answer["status"] == "accepted"
    database.execute("ALTER TABLE triaged.ticket DROP CONSTRAINT poison")
    assert client.submit("poison-7", ticket(subject="poison"))["status"] == "accepted"
    assert daemon.stop() == 0
    assert daemon.summary()["splits"] > 0


def test_slow_database_stops_the_reading(database, new_daemon, new_client):
    daemon = new_daemon("--in-flight", "100").start().wait_for_database()
    client = new_client(daemon.endpoint)
    with database.cluster.connect(database.name, autocommit=False) as connection:
        connection.execute("LOCK TABLE triaged.ticket_key IN ACCESS EXCLUSIVE MODE")
        for number in range(500):
            client.send(request(f"slow-{number}", ticket()))
        # Not read, as the pipeline is full: an answer would come at once.
        client.send({"v": 1, "op": "ping"})
        assert client.try_receive(0.5) is None
    statuses = [client.receive()["status"] for _ in range(501)]
    assert statuses.count("accepted") == 500 and statuses.count("ok") == 1
    assert daemon.stop() == 0


def test_policy_that_drops_a_team_with_work(cluster, new_daemon, new_client):
    other = Database(cluster, cluster.new_database())
    other.execute("INSERT INTO triaged.team VALUES ('left_behind', '{}')")
    other.execute("INSERT INTO triaged.queue_depth_delta VALUES ('left_behind', 'normal', 'queued', 3)")
    daemon = new_daemon(conninfo=other.conninfo).start()
    daemon.wait_for_log("team left_behind has 3 open ticket(s)")
    client = new_client(daemon.endpoint)
    assert client.submit("team", ticket())["status"] == "retry"
    other.execute("INSERT INTO triaged.queue_depth_delta VALUES ('left_behind', 'normal', 'queued', -3)")
    assert client.submit_until_kept("team", ticket())["status"] == "accepted"
    assert other.rows("SELECT 1 FROM triaged.team WHERE name = 'left_behind'") == []
    assert daemon.stop() == 0


def test_statement_that_takes_too_long(database, new_daemon, new_client):
    daemon = new_daemon("--statement-time", "600ms").start().wait_for_database()
    client = new_client(daemon.endpoint)
    told = []
    with database.cluster.connect(database.name, autocommit=False) as connection:
        connection.execute("LOCK TABLE triaged.ticket_key IN ACCESS EXCLUSIVE MODE")
        started = time.monotonic()
        answer = client.submit("slow-statement", ticket())
        assert answer["status"] == "retry"
        # One statement's time, and not that of several tries.
        assert time.monotonic() - started < 1.1
        told = [answer["retry_after_ms"]]
        wait_until(lambda: told.append(client.submit("slow-statement", ticket())["retry_after_ms"])
                   or told[-1] >= 2000, "a longer time to wait")
    assert daemon.log().count("warning: store: the database is slow") == 1
    assert "not reachable" not in daemon.log()
    assert client.submit_until_kept("slow-statement", ticket())["status"] == "accepted"
    daemon.wait_for_log("store: tickets are kept again after")
    assert client.submit("slow-no-more", ticket())["status"] == "accepted"
    assert daemon.stop() == 0


def test_one_probe_while_the_database_is_slow(database, new_daemon, new_client):
    """Only a probe waits for the database; what is behind it is put off soon."""
    daemon = new_daemon("--statement-time", "5s").start().wait_for_database()
    client = new_client(daemon.endpoint)
    with database.cluster.connect(database.name, autocommit=False) as connection:
        connection.execute("LOCK TABLE triaged.ticket_key IN ACCESS EXCLUSIVE MODE")
        assert client.submit("before", ticket())["status"] == "retry"
        started = time.monotonic()
        for number in range(50):
            client.send(request(f"probe-{number}", ticket()))
        answers = [client.receive() for _ in range(49)]
        assert time.monotonic() - started < 3
        assert {answer["status"] for answer in answers} == {"retry"}
    assert client.receive()["status"] == "accepted"
    assert daemon.stop() == 0


def test_silent_server_is_slow(database, new_daemon, new_client):
    """The deadline of our own: a server that says nothing at all."""
    daemon = new_daemon("--statement-time", "500ms").start().wait_for_database()
    client = new_client(daemon.endpoint)
    pids = [pid for pid, in database.rows(
        "SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name = 'triaged'"
        " AND pid <> pg_backend_pid()", database.name)]
    assert len(pids) >= 2
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        client.send(request("silent", ticket()))
        daemon.wait_for_log("slow: statement deadline passed")
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    assert client.receive()["status"] == "accepted"
    assert daemon.stop() == 0
