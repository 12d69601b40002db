# SPDX-License-Identifier: MIT
"""Follow-ups and look-ups when the database, the daemon or the sender is not well;
and the commands of triagectl for them."""
import json
import os
import signal
import subprocess
import time

import pytest

from support import (DETAILS, PATIENCE, absent_student, build_folder, follow_up, ticket,
                     wait_until)
from test_follow_up import events, messages
from test_stop import STATUSES, check_sums


@pytest.fixture(autouse=True)
def cluster_is_up_again(cluster, daemon):
    starts, mark = cluster.starts, daemon.mark()
    yield
    cluster.start()
    if cluster.starts != starts:
        daemon.wait_for_database(mark)


@pytest.fixture
def receipt(client, request):
    answer = client.submit(request.node.name, absent_student())
    assert answer["outcome"] == "needs_info"
    return answer


class Locked:
    """Holds a ticket's row, so that its follow-ups wait in the database."""

    def __init__(self, database, receipt):
        self.database = database
        self.receipt = receipt
        self.connection = database.cluster.connect(database.name, autocommit=False)

    def __enter__(self):
        self.connection.execute("SELECT 1 FROM triaged.ticket WHERE ticket_id = %s FOR UPDATE",
                                (self.receipt["ticket"],))
        return self

    def wait(self, count=1):
        wait_until(lambda: self.database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND"
            " wait_event_type = 'Lock'", self.database.name) == count, "a statement that waits")

    def __exit__(self, *_):
        self.connection.close()


def until_kept(client, message, seen=None):
    """As a good sender does: the same bytes while told to retry."""
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = client.ask(message)
        if seen is not None:
            seen.append(answer["status"])
        if answer["status"] != "retry" or time.monotonic() > deadline:
            return answer
        time.sleep(min(answer["retry_after_ms"], 250) / 1000)


# Look-ups --------------------------------------------------------------------------


def test_lookup(client, database, receipt):
    number, reference = receipt["ticket"], receipt["reference"]
    received = database.value("SELECT to_char(received_at AT TIME ZONE 'UTC',"
                              " 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM triaged.ticket"
                              " WHERE ticket_id = %s", number)
    wanted = {"v": 1, "status": "ok", "ticket": number, "reference": reference,
              "received_at": received, "state": "waiting",
              **{name: receipt[name] for name in (
                  "category", "outcome", "team", "priority", "missing")}}
    for name in (reference, reference.lower(), number, number.upper()):
        assert client.lookup(name) == wanted
    # Crockford: what is read as a letter may be a digit.
    assert client.lookup(reference.replace("0", "o").replace("1", "I")) == wanted
    for key in ("test_lookup", b"test_lookup"):
        assert client.ask({"v": 1, "op": "lookup", "key": key}) == {**wanted, "key": key}
    assert client.ask({"v": 1, "op": "lookup", "key": "never"})["status"] == "not_found"


def test_lookup_goes_with_the_ticket(client, receipt):
    client.follow_up(receipt, "f1", body=DETAILS)
    found = client.lookup(receipt["reference"])
    assert (found["state"], found["outcome"], found["missing"]) == (
        "waiting", "needs_info", ["student_name"])
    client.follow_up(receipt, "f2", body="Jean Dupont")
    found = client.lookup(receipt["reference"])
    assert (found["state"], found["outcome"], found["missing"]) == ("queued", "routed", [])


def test_lookup_of_what_never_had_a_place(client):
    answer = client.submit("thanks", ticket(subject="", body="Thank you very much!"))
    assert answer["outcome"] == "no_action"
    assert client.lookup(answer["reference"])["state"] == "closed"


# The database ----------------------------------------------------------------------


def test_database_away(cluster, database, new_daemon, new_client):
    daemon = new_daemon().start().wait_for_database()
    client = new_client(daemon.endpoint)
    receipt = client.submit("away", absent_student())
    mark = daemon.mark()
    cluster.crash()
    daemon.wait_for_log("not reachable", mark)
    for message in (follow_up(receipt, "f", body=DETAILS),
                    {"v": 1, "op": "lookup", "ticket": receipt["reference"]}):
        answer = client.ask(message)
        assert answer["status"] == "retry" and answer["retry_after_ms"] >= 250
    assert client.ask({"v": 1, "op": "ping"})["status"] == "ok"
    cluster.start()
    assert until_kept(client, follow_up(receipt, "f", body=DETAILS))["status"] == "accepted"
    assert daemon.stop() == 0
    check_sums(daemon.summary())


def test_killed_backend(client, database, receipt):
    """The connection is lost in the middle of the write: it is done again, once."""
    with Locked(database, receipt) as locked:
        client.send(follow_up(receipt, "f", body=DETAILS))
        locked.wait()
        database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                         " WHERE wait_event_type = 'Lock' AND datname = %s", database.name)
    answer = client.receive()
    assert (answer["status"], answer["missing"]) == ("accepted", ["student_name"])
    assert len(messages(database, receipt)) == 1


def test_written_without_knowing(client, database, daemon, receipt):
    """The write's answer was lost after its commit: it is found by its key and is
    no duplicate to its sender. Played by a commit of the very same rows while
    the statement waits, before it is cut off."""
    twin = client.submit("twin", absent_student())
    client.follow_up(twin, "f", body=DETAILS)
    with Locked(database, receipt) as locked:
        client.send(follow_up(receipt, "f", body=DETAILS))
        locked.wait()
        locked.connection.execute(
            "INSERT INTO triaged.message (ticket_id, kind, author, body, key, digest,"
            " digest_version, decision) SELECT %s, kind, author, body, key, digest,"
            " digest_version, decision FROM triaged.message WHERE ticket_id = %s",
            (receipt["ticket"], twin["ticket"]))
        database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                         " WHERE wait_event_type = 'Lock' AND datname = %s", database.name)
        locked.connection.commit()
    answer = client.receive()
    assert (answer["status"], answer["missing"]) == ("accepted", ["student_name"])
    assert len(messages(database, receipt)) == 1
    assert client.follow_up(receipt, "f", body=DETAILS)["status"] == "duplicate"


def test_slow_database(database, new_daemon, new_client):
    daemon = new_daemon("--statement-time", "600ms").start().wait_for_database()
    client = new_client(daemon.endpoint)
    receipt = client.submit("slow", absent_student())
    with Locked(database, receipt):
        assert client.follow_up(receipt, "f", body=DETAILS)["status"] == "retry"
        # Other tickets do not wait for it.
        assert client.submit("slow-other", absent_student())["status"] == "accepted"
    assert until_kept(client, follow_up(receipt, "f", body=DETAILS))["status"] == "accepted"
    assert len(messages(database, receipt)) == 1
    assert daemon.stop() == 0


def test_refused_by_the_database(client, database, receipt):
    database.execute("ALTER TABLE triaged.message ADD CONSTRAINT poison"
                     " CHECK (body NOT LIKE 'poison%')")
    try:
        answer = client.follow_up(receipt, "f", body="poison")
        assert [error["code"] for error in answer["errors"]] == ["refused_by_database"]
        assert client.follow_up(receipt, "g", body=DETAILS)["status"] == "accepted"
    finally:
        database.execute("ALTER TABLE triaged.message DROP CONSTRAINT poison")


# The daemon ------------------------------------------------------------------------


def test_killed_daemon(database, new_daemon, new_client):
    """kill -9 while follow-ups are written: sent again, each is there once."""
    daemon = new_daemon().start().wait_for_database()
    for round_ in range(3):
        client = new_client(daemon.endpoint)
        receipts = [client.submit(f"kill-{round_}-{n}", absent_student()) for n in range(20)]
        for receipt in receipts:
            client.send(follow_up(receipt, "f", body=DETAILS))
        acked = {client.receive()["ticket"] for _ in range(6 * round_)}
        daemon.kill()
        daemon = new_daemon().start().wait_for_database()
        client = new_client(daemon.endpoint)
        for receipt in receipts:
            answer = until_kept(client, follow_up(receipt, "f", body=DETAILS))
            assert answer["status"] in ("accepted", "duplicate")
            assert receipt["ticket"] not in acked or answer["status"] == "duplicate"
            assert answer["missing"] == ["student_name"]
            assert len(messages(database, receipt)) == 1
            assert events(database, receipt) == ["accepted", "follow_up"]
    assert daemon.stop() == 0


def test_stop(database, new_daemon, new_client):
    """What the database has is waited for; the rest is told to come again."""
    daemon = new_daemon().start().wait_for_database()
    client = new_client(daemon.endpoint)
    receipt = client.submit("stop", absent_student())
    with Locked(database, receipt) as locked:
        for number in range(5):
            client.send(follow_up(receipt, f"f{number}", body=DETAILS, id=number))
        locked.wait()
        client.ask({"v": 1, "op": "ping"})
        daemon.signal(signal.SIGTERM)
        daemon.wait_for_log("stopping")
        assert [client.receive()["status"] for _ in range(4)] == ["retry"] * 4
    assert client.receive()["status"] == "accepted"
    assert daemon.process.wait(PATIENCE) == 0
    check_sums(daemon.summary())
    assert len(messages(database, receipt)) == 1


def test_second_signal(database, new_daemon, new_client):
    daemon = new_daemon().start().wait_for_database()
    client = new_client(daemon.endpoint)
    receipt = client.submit("second-signal", absent_student())
    with Locked(database, receipt) as locked:
        client.send(follow_up(receipt, "f", body=DETAILS))
        locked.wait()
        daemon.signal(signal.SIGTERM)
        daemon.wait_for_log("stopping")
        daemon.signal(signal.SIGTERM)
        assert client.receive()["status"] == "retry"
        assert daemon.process.wait(PATIENCE) == 0
    check_sums(daemon.summary())


def test_back_pressure(database, new_daemon, new_client):
    """Follow-ups count as in flight: at the limit the socket is not read."""
    daemon = new_daemon("--in-flight", "10").start().wait_for_database()
    client = new_client(daemon.endpoint)
    receipt = client.submit("pressure", absent_student())
    with Locked(database, receipt) as locked:
        for number in range(20):
            client.send(follow_up(receipt, f"f{number}", body=f"{DETAILS} {number}"))
        locked.wait()
        client.send({"v": 1, "op": "ping"})
        assert client.try_receive(0.3) is None
    statuses = [client.receive()["status"] for _ in range(21)]
    assert statuses.count("accepted") == 20 and statuses.count("ok") == 1
    assert len(messages(database, receipt)) == 20
    assert daemon.stop() == 0


def test_sums(database, new_daemon, new_client):
    daemon = new_daemon().start().wait_for_database()
    client = new_client(daemon.endpoint)
    receipt = client.submit("sums", absent_student())
    client.follow_up(receipt, "a", body=DETAILS)              # asked again
    client.follow_up(receipt, "a", body=DETAILS)              # duplicate
    client.follow_up(receipt, "a", body="other")              # conflict
    client.follow_up(receipt, "b", body="Jean Dupont")        # routed
    client.follow_up(receipt, "c", body="One thing more.")    # added
    client.follow_up({**receipt, "follow_up_token": "x"}, "d", body="b")
    client.follow_up({**receipt, "reference": "00000000"}, "e", body="b")
    client.follow_up(receipt, "f")                            # invalid
    database.execute("SELECT triaged.close(q) FROM triaged.queue q WHERE ticket_id = %s",
                     receipt["ticket"])
    client.follow_up(receipt, "g", body="One thing more.")    # reopened
    client.lookup(receipt["reference"])
    client.lookup("00000000")
    assert daemon.stop() == 0
    summary = daemon.summary()
    check_sums(summary)
    assert {word: summary.get(word, 0) for word in STATUSES} == {
        "accepted": 5, "duplicate": 1, "conflict": 1, "invalid": 1, "retry": 0, "denied": 1,
        "not_found": 2, "ok": 1}
    assert {word: number for word, number in summary.items() if word.startswith("follow_up_")} == {
        "follow_up_asked": 1, "follow_up_routed": 1, "follow_up_added": 1,
        "follow_up_reopened": 1}


# triagectl -------------------------------------------------------------------------


def ctl(*words, stdin=""):
    return subprocess.run([build_folder() / "triagectl", *words], input=stdin, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_ctl_lookup(daemon, receipt):
    done = ctl("lookup", "-e", daemon.endpoint, receipt["reference"].lower())
    assert (done.returncode, done.stderr) == (0, "")
    lines = dict(line.split(None, 1) for line in done.stdout.splitlines())
    assert lines["reference"] == receipt["reference"]
    assert (lines["state"], lines["outcome"]) == ("waiting", "needs_info")
    assert lines["missing"] == "student_name, details"
    assert receipt["follow_up_token"] not in done.stdout
    done = ctl("lookup", "-e", daemon.endpoint, "--key", "test_ctl_lookup", "--json")
    found = json.loads(done.stdout)
    assert (found["status"], found["ticket"], found["missing"]) == (
        "ok", receipt["ticket"], receipt["missing"])
    assert "follow_up_token" not in found


def test_ctl_lookup_fails(daemon):
    done = ctl("lookup", "-e", daemon.endpoint, "00000000")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "triagectl: lookup: there is no such ticket\n"
    assert ctl("lookup", "-e", daemon.endpoint).returncode == 2
    assert ctl("lookup", "-e", daemon.endpoint, "--key", "k", "00000000").returncode == 2
    done = ctl("lookup", "-e", f"ipc://{os.devnull}/x", "-t", "50ms", "00000000")
    assert done.returncode == 69 and "nobody answers" in done.stderr


def test_ctl_follow_up(client, database, daemon, receipt, tmp_path):
    text = tmp_path / "answer.txt"
    text.write_text(DETAILS)
    one = ["follow-up", "-e", daemon.endpoint, "--token", receipt["follow_up_token"]]
    done = ctl(*one, "--key", "ctl-1", receipt["reference"], str(text))
    assert (done.returncode, done.stderr) == (0, "")
    lines = dict(line.split(None, 1) for line in done.stdout.splitlines())
    assert (lines["outcome"], lines["state"], lines["missing"]) == (
        "needs_info", "waiting", "student_name")
    done = ctl(*one, "--key", "ctl-1", receipt["reference"], str(text))
    assert done.returncode == 0 and "was added before" in done.stdout
    done = ctl(*one, "--json", "--field", "student_name=Jean Dupont", "-f", "odd=a=b",
               receipt["reference"], "-", stdin="It is about Monday.\n")
    answer = json.loads(done.stdout)
    assert (answer["status"], answer["outcome"], answer["state"], answer["missing"]) == (
        "accepted", "routed", "queued", [])
    assert answer["reply"]["body"]
    assert messages(database, receipt)[1][:2] == (
        "It is about Monday.\n", {"student_name": "Jean Dupont", "odd": "a=b"})


def test_ctl_follow_up_takes_the_token_unseen(daemon, receipt, tmp_path, monkeypatch):
    one = ["follow-up", "-e", daemon.endpoint, receipt["reference"], "-"]
    path = tmp_path / "token"
    path.write_text(receipt["follow_up_token"] + "\n")
    assert ctl(*one, "--token-file", str(path), stdin="a").returncode == 0
    assert ctl(*one, stdin="b").returncode == 2
    monkeypatch.setenv("TRIAGED_FOLLOW_UP_TOKEN", receipt["follow_up_token"])
    assert ctl(*one, stdin="b").returncode == 0
    assert ctl(*one, "--token", "x", stdin="c").returncode == 1
    path.write_text("")
    assert ctl(*one, "--token-file", str(path), stdin="c").returncode == 2
    assert ctl(*one, "--token-file", "/nowhere", stdin="c").returncode == 2


def test_ctl_follow_up_fails(daemon, receipt):
    one = ["follow-up", "-e", daemon.endpoint, "--token", receipt["follow_up_token"]]
    done = ctl("follow-up", "-e", daemon.endpoint, "--token", "x", receipt["reference"], "-",
               stdin="b")
    assert done.returncode == 1
    assert done.stderr == "triagectl: follow-up: the token is not that ticket's\n"
    done = ctl(*one, receipt["reference"])
    assert done.returncode == 1 and "body: required" in done.stderr
    assert ctl(*one).returncode == 2
    assert ctl("follow-up", "-e", daemon.endpoint, receipt["reference"]).returncode == 2
    assert ctl(*one, "--field", "nothing", receipt["reference"]).returncode == 2
    assert ctl(*one, receipt["reference"], "/nowhere").returncode == 1
    done = ctl(*one, receipt["reference"], "-", stdin="x" * 65537)
    assert done.returncode == 1 and "65536" in done.stderr
    done = ctl(*one, "--key", "k", receipt["reference"], "-", stdin="a")
    done = ctl(*one, "--key", "k", receipt["reference"], "-", stdin="b")
    assert done.returncode == 1 and "something else" in done.stderr


def test_ctl_waits_for_the_database(cluster, database, new_daemon, new_client):
    daemon = new_daemon().start().wait_for_database()
    receipt = new_client(daemon.endpoint).submit("ctl-away", absent_student())
    mark = daemon.mark()
    cluster.crash()
    daemon.wait_for_log("not reachable", mark)
    done = ctl("lookup", "-e", daemon.endpoint, "-t", "100ms", receipt["reference"])
    assert done.returncode == 69 and "try again later" in done.stderr
    process = subprocess.Popen([build_folder() / "triagectl", "lookup", "-e", daemon.endpoint,
                                "-t", "30s", receipt["reference"]], stdout=subprocess.PIPE,
                               text=True)
    cluster.start()
    assert process.communicate(timeout=PATIENCE)[0].startswith("reference")
    assert process.returncode == 0
    assert daemon.stop() == 0
