# SPDX-License-Identifier: MIT
"""A stop in good order, and the sums that must come out."""
import signal

import pytest

from support import Client, request, ticket, wait_until

STATUSES = ("accepted", "duplicate", "conflict", "invalid", "retry", "denied", "not_found", "ok")
FOLLOW_UPS = tuple(f"follow_up_{result}" for result in
                   ("routed", "asked", "answered", "added", "reopened"))
OUTCOMES = ("routed", "needs_info", "answered", "no_action")


def check_sums(summary):
    answers = sum(summary.get(status, 0) for status in STATUSES)
    assert summary["received"] == answers + summary.get("dropped", 0)
    assert summary.get("in_flight", 0) == 0
    assert summary.get("accepted", 0) == sum(
        summary.get(word, 0) for word in OUTCOMES + FOLLOW_UPS)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_under_load(database, new_daemon, new_client, number):
    daemon = new_daemon().start().wait_for_database()
    client = new_client(daemon.endpoint)
    prefix = f"stop-{number}-"
    for n in range(5000):
        client.send(request(f"{prefix}{n}", ticket()))
    answers = [client.receive() for _ in range(500)]
    daemon.signal(number)
    while (answer := client.try_receive(0.5)) is not None:
        answers.append(answer)
    assert daemon.stop() == 0
    acked = {answer["key"].encode(): answer["ticket"] for answer in answers
             if answer["status"] == "accepted"}
    there = {key: value for key, value in database.tickets().items()
             if key.startswith(prefix.encode())}
    assert len(acked) >= 1
    # What is there was acknowledged as well: the daemon waited for its commits.
    assert there == acked
    assert {answer["status"] for answer in answers} <= {"accepted", "retry"}
    summary = daemon.summary()
    check_sums(summary)
    assert summary["accepted"] == len(acked)
    assert summary["received"] == len(answers)


def test_second_signal_ends_at_once(database, new_daemon, new_client):
    daemon = new_daemon().start().wait_for_database()
    client = new_client(daemon.endpoint)
    with database.cluster.connect(database.name, autocommit=False) as connection:
        connection.execute("LOCK TABLE triaged.ticket_key IN ACCESS EXCLUSIVE MODE")
        client.send(request("second", ticket()))
        wait_until(lambda: database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND"
            " datname = %s", database.name) == 1, "the statement to wait")
        daemon.signal(signal.SIGTERM)
        daemon.wait_for_log("stopping")
        assert daemon.process.poll() is None
        daemon.signal(signal.SIGTERM)
        assert client.receive()["status"] == "retry"
        assert daemon.process.wait(10) == 0
    check_sums(daemon.summary())


def test_signals_to_the_very_end(new_daemon):
    """Whoever goes on asking does not turn a good stop into a death by signal."""
    for _ in range(5):
        daemon = new_daemon().start()
        while daemon.process.poll() is None:
            daemon.signal(signal.SIGTERM)
        assert daemon.process.returncode == 0


def test_stop_does_not_wait_for_ever(database, new_daemon, new_client):
    daemon = new_daemon("--stop-time", "200ms").start().wait_for_database()
    client = new_client(daemon.endpoint)
    with database.cluster.connect(database.name, autocommit=False) as connection:
        connection.execute("LOCK TABLE triaged.ticket_key IN ACCESS EXCLUSIVE MODE")
        client.send(request("never", ticket()))
        wait_until(lambda: database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND"
            " datname = %s", database.name) == 1, "the statement to wait")
        daemon.signal(signal.SIGTERM)
        assert client.receive()["status"] == "retry"
        assert daemon.process.wait(10) == 0


def test_stop_with_an_answer_left_over(database, new_daemon, new_client):
    daemon = new_daemon("--stop-time", "200ms").start().wait_for_database()
    gone = Client(daemon.endpoint)
    with database.cluster.connect(database.name, autocommit=False) as connection:
        connection.execute("LOCK TABLE triaged.ticket_key IN ACCESS EXCLUSIVE MODE")
        gone.send(request("nobody", ticket()))
        wait_until(lambda: database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND"
            " datname = %s", database.name) == 1, "the statement to wait")
        gone.close()
        # Another peer's answer says that the daemon's socket has had its turn.
        assert new_client(daemon.endpoint).ask({"v": 1, "op": "ping"})["status"] == "ok"
        daemon.signal(signal.SIGTERM)
        assert daemon.process.wait(10) == 1
    assert daemon.summary()["undelivered"] == 1


def test_sums(database, new_daemon, new_client):
    daemon = new_daemon().start().wait_for_database()
    client = new_client(daemon.endpoint)
    for n in range(20):
        client.submit(f"sum-{n}", ticket(subject=("", "thanks", "a break")[n % 3]))
    for n in range(5):
        client.submit(f"sum-{n}", ticket(subject=("", "thanks", "a break")[n % 3]))
    for n in range(3):
        client.submit(f"sum-{n}", ticket(subject="other"))
    for _ in range(4):
        client.ask_bytes(b"\xc1")
    client.ask({"v": 1, "op": "ping"})
    client.ask({"v": 1, "op": "preview", "ticket": ticket()})
    # Frames that are too many: nobody to answer.
    client.send_bytes(b"x", envelope=[b"frame"] * 9)
    client.ask({"v": 1, "op": "ping"})
    assert daemon.stop() == 0
    summary = daemon.summary()
    check_sums(summary)
    assert {word: summary.get(word, 0) for word in STATUSES + ("dropped",)} == {
        "accepted": 20, "duplicate": 5, "conflict": 3, "invalid": 4, "retry": 0, "denied": 0,
        "not_found": 0, "ok": 3, "dropped": 1}


def test_vanished_client_is_counted(database, new_daemon, new_client):
    daemon = new_daemon().start().wait_for_database()
    gone = Client(daemon.endpoint)
    assert gone.ask({"v": 1, "op": "ping"})["status"] == "ok"
    with database.cluster.connect(database.name, autocommit=False) as connection:
        connection.execute("LOCK TABLE triaged.ticket_key IN ACCESS EXCLUSIVE MODE")
        gone.send(request("vanished", ticket()))
        wait_until(lambda: database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND"
            " datname = %s", database.name) == 1, "the statement to wait")
        gone.close()
        # Another peer's answer says that the daemon's socket has had its turn.
        other = new_client(daemon.endpoint)
        assert other.ask({"v": 1, "op": "ping"})["status"] == "ok"
    daemon.wait_for_log("ticket=")
    assert other.submit("vanished", ticket())["status"] == "duplicate"
    assert daemon.stop() == 0
    summary = daemon.summary()
    check_sums(summary)
    assert summary.get("undelivered", 0) == 1
