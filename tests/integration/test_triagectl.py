# SPDX-License-Identifier: MIT
"""triagectl against a real daemon, a real database, and a daemon played by the test."""
import json
import os
import pty
import subprocess
import threading

import msgpack
import psycopg
import pytest
import zmq

import support


def triagectl(*arguments, text=None):
    return subprocess.run(
        [support.build_folder() / "triagectl", *map(str, arguments)], input=text, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=support.ROOT, timeout=120)


def lines(*keys, **changes):
    return "".join(json.dumps({"id": key, **support.ticket(**changes)}) + "\n" for key in keys)


class Played:
    """A ROUTER whose answers the test chooses: script(request, count) gives a
    list of answers; count: how often this key has come. pongs: answer a ping."""

    def __init__(self, folder, script, pongs=False):
        self.pongs = pongs
        self.endpoint = f"ipc://{folder}/played"
        self.script = script
        self.seen = {}
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.bind(self.endpoint)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.over.is_set():
            if not self.socket.poll(20):
                continue
            *envelope, body = self.socket.recv_multipart()
            request = msgpack.unpackb(body)
            if request["op"] == "ping":
                if self.pongs:
                    self.socket.send_multipart([*envelope, msgpack.packb(
                        {"v": 1, "id": request["id"], "status": "ok"})])
                continue
            count = self.seen[request["key"]] = self.seen.get(request["key"], 0) + 1
            for answer in self.script(request, count):
                answer = {"v": 1, "id": request["id"], "key": request["key"], **answer}
                self.socket.send_multipart([*envelope, msgpack.packb(answer)])

    def close(self):
        self.over.set()
        self.thread.join()
        self.socket.close()
        self.context.term()


@pytest.fixture
def played(tmp_path_factory):
    made = []

    def make(script, pongs=False):
        made.append(Played(tmp_path_factory.mktemp("p"), script, pongs))
        return made[-1]

    yield make
    for one in made:
        one.close()


def accepted(outcome="routed"):
    return {"status": "accepted", "ticket": "t", "reference": "R", "category": "mentor.other",
            "outcome": outcome, "team": "x", "priority": "normal", "missing": [], "reply": None,
            "policy": "p", "follow_up_token": "f"}


def test_ping(daemon):
    got = triagectl("ping", "--endpoint", daemon.endpoint, "--json")
    assert got.returncode == 0, got.stderr
    answer = json.loads(got.stdout)
    assert answer["status"] == "ok" and len(answer["policy"]) == 64 and answer["version"]


def test_push_twice_stores_once(daemon, database, tmp_path):
    sent = lines(*[f"push-{i}" for i in range(100)])
    receipts = tmp_path / "receipts"
    first = triagectl("push", "-e", daemon.endpoint, "--json", "--window", "7", "--receipts",
                      receipts, text=sent)
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["status"]["accepted"] == 100
    assert receipts.stat().st_mode & 0o777 == 0o600
    kept = [json.loads(line) for line in receipts.read_text().splitlines()]
    assert sorted(one["line"] for one in kept) == list(range(1, 101))
    stored = database.tickets()
    assert {one["id"].encode(): one["ticket"] for one in kept}.items() <= stored.items()
    again = triagectl("push", "-e", daemon.endpoint, "--json", text=sent)
    assert json.loads(again.stdout)["status"]["duplicate"] == 100
    assert database.tickets() == stored


def test_push_goes_on_after_a_bad_line(daemon):
    sent = lines("bad-1") + "no ticket\n" + lines("bad-2", audience="visitor") + lines("bad-3")
    got = triagectl("push", "-e", daemon.endpoint, "--json", text=sent)
    summary = json.loads(got.stdout)
    assert got.returncode == 1
    assert summary["no_ticket"] == 1
    assert summary["status"]["accepted"] == 2 and summary["status"]["invalid"] == 1
    assert "line 2" in got.stderr and "line 3 (bad-2): invalid: " in got.stderr


def test_push_repeats_by_key_on_retry_and_silence(played):
    def script(request, count):
        if request["key"] == "silent":
            return [accepted()] if count == 3 else []
        if request["key"] == "told":
            return [accepted()] if count == 3 else [{"status": "retry", "retry_after_ms": 10}]
        if request["key"] == "late":  # both answers come: the second one is dropped
            return [accepted(), accepted()] if count == 2 else []
        return [accepted("answered")]

    daemon = played(script)
    got = triagectl("push", "-e", daemon.endpoint, "--timeout", "200ms", "--json",
                    text=lines("plain", "silent", "told", "late"))
    assert got.returncode == 0, got.stderr
    assert daemon.seen == {"plain": 1, "silent": 3, "told": 3, "late": 2}
    summary = json.loads(got.stdout)
    assert summary["status"]["accepted"] == 4 and summary["sent_again"] == 5
    assert summary["outcome"]["routed"] == {"mentor": 3}
    assert summary["outcome"]["answered"] == {"mentor": 1}


def test_push_gives_up_on_one_ticket(played):
    def script(request, count):
        if request["key"] == "never":
            return []
        if request["key"] == "busy":
            return [{"status": "retry", "retry_after_ms": 1}]
        return [accepted()] if count > 2 else []

    daemon = played(script)
    got = triagectl("push", "-e", daemon.endpoint, "--timeout", "100ms", "--retries", "2",
                    "--json", text=lines("never", "busy", "slow"))
    summary = json.loads(got.stdout)
    assert got.returncode == 1
    assert summary["unanswered"] == 1 and summary["status"]["retry"] == 1
    assert summary["status"]["accepted"] == 1
    assert daemon.seen == {"never": 3, "busy": 3, "slow": 3}


def test_push_stops_when_the_daemon_has_gone(played):
    daemon = played(lambda request, count: [accepted()] if request["key"] == "k0" else [])
    got = triagectl("push", "-e", daemon.endpoint, "--timeout", "100ms", "--retries", "1",
                    "--window", "1", "--json", text=lines(*[f"k{i}" for i in range(50)]))
    assert got.returncode == 69
    assert "no answer any more" in got.stderr
    assert set(daemon.seen) == {"k0", "k1"}


def test_push_goes_on_while_a_ping_is_answered(played):
    """A daemon that waits for a locked database answers nothing but pings."""
    daemon = played(lambda request, count: [accepted()] if count == 5 else [], pongs=True)
    master, terminal = pty.openpty()
    got = subprocess.run(
        [support.build_folder() / "triagectl", "push", "-e", daemon.endpoint, "--timeout", "150ms",
         "--json"], input=lines("k0", "k1"), text=True, stdout=subprocess.PIPE, stderr=terminal,
        timeout=120)
    os.close(terminal)
    told = os.read(master, 65536).decode()
    os.close(master)
    assert got.returncode == 0, told
    assert json.loads(got.stdout)["status"]["accepted"] == 2
    assert daemon.seen == {"k0": 5, "k1": 5}
    assert told.count("no answer yet; trying again") == 1


def test_push_ends_its_retries_though_a_ping_is_answered(played):
    daemon = played(lambda request, count: [], pongs=True)
    got = triagectl("push", "-e", daemon.endpoint, "--timeout", "100ms", "--retries", "2",
                    "--json", text=lines("k0", "k1"))
    assert got.returncode == 1, got.stderr
    assert json.loads(got.stdout)["unanswered"] == 2
    assert daemon.seen == {"k0": 3, "k1": 3}
    assert "no answer yet" not in got.stderr  # it is no terminal


def test_push_waits_for_a_locked_table(daemon, database):
    with database.cluster.connect(database.name, autocommit=False) as connection:
        connection.execute("LOCK TABLE triaged.ticket_key IN ACCESS EXCLUSIVE MODE")
        got = triagectl("push", "-e", daemon.endpoint, "--timeout", "500ms", "--retries", "1",
                        "--json", text=lines("locked"))
    assert got.returncode == 1, got.stderr
    assert json.loads(got.stdout)["unanswered"] == 1
    got = triagectl("push", "-e", daemon.endpoint, "--json", text=lines("locked"))
    assert got.returncode == 0, got.stderr


def test_push_shows_no_control_bytes(played):
    daemon = played(lambda request, count: [{
        "status": "invalid",
        "errors": [{"path": "x", "code": "c", "message": "\x1b]0;owned\x07\x9b\u202e"}]}])
    got = triagectl("push", "-e", daemon.endpoint, text=lines("\x1b[2J"))
    assert got.returncode == 1
    assert not set(got.stdout + got.stderr) & set("\x1b\x07\x9b\u202e")


def test_queues_add_up(daemon, database):
    assert triagectl("push", "-e", daemon.endpoint, text=lines("q1", "q2")).returncode == 0
    got = triagectl("queues", "--database", database.conninfo, "--json")
    assert got.returncode == 0, got.stderr
    queues = json.loads(got.stdout)["queues"]
    assert sum(one["tickets"] for one in queues) == database.value(
        "SELECT count(*) FROM triaged.queue")
    database.execute("WITH late AS (UPDATE triaged.queue q SET due_at = now() - interval '1 hour'"
                     " FROM triaged.queue old WHERE q.ticket_id = old.ticket_id AND q.state = 'queued'"
                     " RETURNING old AS before, q AS after)"
                     " SELECT triaged.count_move(before, after) FROM late")
    # By whom may read no table of tickets.
    database.execute("CREATE ROLE t_queues LOGIN IN ROLE triaged_agent")
    asked = psycopg.conninfo.make_conninfo(database.conninfo, user="t_queues")
    queues = json.loads(triagectl("queues", "--database", asked, "--json").stdout)["queues"]
    assert all(one["past_target"] == (None if one["state"] == "waiting" else one["tickets"])
               for one in queues)
    assert any(one["past_target"] for one in queues)
    table = triagectl("queues", "--database", database.conninfo).stdout.splitlines()
    assert table[0].split() == ["team", "priority", "state", "tickets", "oldest", "past", "target"]
    assert table[-1].startswith("all")


@pytest.fixture
def empty(cluster):
    return support.Database(cluster, cluster.new_database(schema=False))


@pytest.fixture
def migrations(tmp_path):
    (tmp_path / "001_first.sql").write_text("CREATE TABLE triaged.one (a int);\n")
    (tmp_path / "002_second.sql").write_text("CREATE TABLE triaged.two (a int);\n")
    return tmp_path


def upgrade(database, folder):
    return triagectl("db", "upgrade", "--database", database.conninfo, "--sql", folder)


def test_upgrade_again_and_further(empty, migrations):
    assert upgrade(empty, migrations).returncode == 0
    assert upgrade(empty, migrations).stdout == "the schema is at version 2, nothing to do\n"
    (migrations / "003_third.sql").write_text("CREATE TABLE triaged.three (a int);\n")
    pending = triagectl("db", "status", "--database", empty.conninfo, "--sql", migrations)
    assert pending.returncode == 1 and "pending" in pending.stdout
    assert upgrade(empty, migrations).returncode == 0
    assert empty.rows("SELECT version, name FROM triaged.migration ORDER BY 1") == [
        (1, "first"), (2, "second"), (3, "third")]


def test_upgrade_keeps_nothing_of_a_failed_file(empty, migrations):
    (migrations / "002_second.sql").write_text("CREATE TABLE triaged.two (a int);\nSELEC 1;\n")
    got = upgrade(empty, migrations)
    assert got.returncode == 1 and "002_second.sql: line 2: " in got.stderr
    assert empty.value("SELECT to_regclass('triaged.two')") is None
    assert empty.value("SELECT max(version) FROM triaged.migration") == 1


def test_upgrade_refuses_changed_files_and_newer_databases(empty, migrations):
    assert upgrade(empty, migrations).returncode == 0
    (migrations / "001_first.sql").write_text("-- changed\n")
    got = upgrade(empty, migrations)
    assert got.returncode == 78 and "is not the file that was applied" in got.stderr
    (migrations / "001_first.sql").write_text("CREATE TABLE triaged.one (a int);\n")
    (migrations / "002_second.sql").unlink()
    got = upgrade(empty, migrations)
    assert got.returncode == 78 and "newer" in got.stderr


def test_two_upgrades_at_once(empty, migrations):
    (migrations / "001_first.sql").write_text(
        "CREATE TABLE triaged.one (a int); SELECT pg_sleep(0.3);\n")
    results = []
    threads = [threading.Thread(target=lambda: results.append(upgrade(empty, migrations)))
               for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.returncode for one in results] == [0] * 4, [one.stderr for one in results]
    assert empty.value("SELECT count(*) FROM triaged.migration") == 2


def test_no_schema_says_so(empty):
    got = triagectl("queues", "--database", empty.conninfo)
    assert got.returncode == 78 and "db upgrade" in got.stderr
