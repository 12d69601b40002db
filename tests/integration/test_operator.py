# SPDX-License-Identifier: MIT
"""What an operator sees: metrics, health, triagectl status; and what HTTP takes."""
import json
import os
import signal
import socket
import stat
import subprocess
import threading
import time
import types

import msgpack
import psycopg
import pytest

import support
from mail_support import free_port, new_mailer, put  # noqa: F401
from operator_http import Answer, Http, Metrics, read_all
from support import ROOT, request, ticket, wait_until

REFUSALS = ("invalid", "conflict", "retry", "denied", "not_found")


@pytest.fixture(autouse=True)
def cluster_is_up_again(cluster, daemon):
    starts, mark = cluster.starts, daemon.mark()
    yield
    cluster.start()
    if cluster.starts != starts:
        daemon.wait_for_database(mark)


@pytest.fixture
def http(daemon):
    return Http(daemon)


@pytest.fixture(scope="module", autouse=True)
def slow_header(daemon):
    """A peer that sends a byte of its header now and then, while the other tests
    run; ends when the daemon closes, or with the last test."""
    over = threading.Event()

    def send():
        with Http(daemon).connect() as connection:
            connection.sendall(b"GET /livez HTTP/1.1\r\nX: ")
            connection.settimeout(0.5)
            while not over.is_set():
                try:
                    connection.sendall(b"y")
                    if connection.recv(1) == b"":
                        return
                except TimeoutError:
                    continue
                except (BrokenPipeError, ConnectionResetError):
                    return
    thread = threading.Thread(target=send)
    thread.start()
    yield thread
    over.set()
    thread.join()


def lock(database):
    connection = database.cluster.connect(database.name, autocommit=False)
    connection.execute("LOCK TABLE triaged.ticket_key IN ACCESS EXCLUSIVE MODE")
    return connection


def check_totals(metrics):
    """The sums that daemon/metrics.h promises."""
    answers = metrics.sum("triaged_answers_total")
    accepted = metrics.get("triaged_answers_total", status="accepted")
    duplicate = metrics.get("triaged_answers_total", status="duplicate")
    assert metrics.get("triaged_requests_received_total") == (
        answers + metrics.sum("triaged_requests_dropped_total") +
        metrics.get("triaged_requests_in_flight"))
    assert metrics.sum("triaged_refusals_total") == sum(
        metrics.get("triaged_answers_total", status=status) for status in REFUSALS)
    assert metrics.sum("triaged_tickets_total") + metrics.sum(
        "triaged_follow_ups_total") == accepted
    for outcome in ("routed", "needs_info", "answered", "no_action"):
        assert metrics.get("triaged_tickets_total", outcome=outcome) == metrics.sum(
            "triaged_category_tickets_total", outcome=outcome)
    assert metrics.get("triaged_acknowledgement_duration_seconds_count") == accepted + duplicate


def mixed_load(client):
    """One or more of every answer that a sender can cause."""
    for number in range(20):
        client.send(request(f"mixed-{number}", ticket(body=f"I am absent, number {number}")))
    for number in range(5):
        client.send(request(f"mixed-{number}", ticket(body=f"I am absent, number {number}")))
    client.send(request("mixed-0", ticket(body="something else")))
    client.send(request("mixed-a", ticket(audience="nobody")))
    client.send(request("mixed-b", ticket(surprise=1)))
    client.send_bytes(b"\xc1")
    client.send({"v": 1, "op": "ping"})
    client.send({"v": 1, "op": "preview", "ticket": ticket()})
    client.send_bytes(msgpack.packb({"v": 1, "op": "ping"}), envelope=[b"e"] * 6)  # no answer
    return [client.receive()["status"] for _ in range(31)]


def test_totals(database, daemon, client, http):
    statuses = mixed_load(client)
    metrics = http.wait_for(lambda seen: seen.get(
        "triaged_requests_received_total") == 32, "the dropped one")
    check_totals(metrics)
    for status in set(statuses):
        assert metrics.get("triaged_answers_total", status=status) == statuses.count(status)
    assert metrics.get("triaged_refusals_total", reason="audience") == 1
    assert metrics.get("triaged_refusals_total", reason="message") == 2
    assert metrics.get("triaged_refusals_total", reason="conflict") == 1
    assert metrics.get("triaged_requests_dropped_total", reason="no_envelope") == 1
    assert metrics.get("triaged_decision_duration_seconds_count") == 20 + 5 + 1 + 1
    with lock(database):
        for number in range(3):
            client.send(request(f"flying-{number}", ticket()))
        metrics = http.wait_for(lambda seen: seen.get("triaged_requests_in_flight") == 3,
                                "three in flight")
        check_totals(metrics)
    assert [client.receive()["status"] for _ in range(3)] == ["accepted"] * 3
    check_totals(http.metrics())


def test_depth_is_that_of_the_database(database, daemon, client, http):
    assert client.submit("depth", ticket())["outcome"] == "routed"
    mails = database.value("SELECT count(*) FROM triaged.outbox WHERE state = 'pending'")
    places = database.value("SELECT sum(depth) FROM triaged.queue_depth")
    # Queues and outbox are two readings; a ticket may come between them.
    metrics = http.wait_for(
        lambda seen: seen.get("triaged_outbox_mails", state="pending") == mails
        and seen.sum("triaged_queue_depth") == places, "queues and outbox")
    assert metrics.get("triaged_outbox_oldest_mail_age_seconds", state="pending") > 0
    assert metrics.get("triaged_outbox_oldest_mail_age_seconds", state="failed") is None
    assert metrics.get("triaged_outbox_mails", state="failed") == 0
    rows = database.rows("SELECT team, priority, state, depth, past_target FROM triaged.queue_depth")
    assert rows
    for team, priority, state, depth, past in rows:
        cell = {"team": team, "priority": priority, "state": state}
        assert metrics.get("triaged_queue_depth", **cell) == depth
        assert metrics.get("triaged_queue_past_target_tickets", **cell) == past
        assert metrics.get("triaged_queue_oldest_ticket_age_seconds", **cell) >= 0
    # An empty queue is a 0.
    cells = [value for (name, _), value in metrics.samples.items() if name == "triaged_queue_depth"]
    assert len(cells) == database.value(
        "SELECT 3 * count(*) FROM triaged.team, triaged.priority") and 0 in cells


def test_promtool_has_no_complaint(client, http):
    found = subprocess.run([ROOT / "tools" / "get_tool.sh", "prometheus", "promtool"], text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if found.returncode != 0:
        pytest.skip(found.stderr.strip())
    client.submit("lint", ticket())
    http.wait_for(lambda seen: seen.sum("triaged_queue_depth"), "a reading of the queues")
    text = http.metrics_text()
    done = subprocess.run([found.stdout.strip(), "check", "metrics"], input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert (done.returncode, done.stdout) == (0, "")
    # What promtool does not look at: a family's lines stand together, with HELP and TYPE.
    families = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(set(families)) == len(families)
    Metrics(text)


def test_health(daemon, client, http):
    assert http.ask("/livez").body == b"ok\n"
    ready = http.ask("/readyz")
    policy = client.ask({"v": 1, "op": "ping"})["policy"]
    assert ready.status == 200
    assert ready.headers["content-type"] == "application/json"
    assert ready.json()["ready"] is True and ready.json()["reasons"] == []
    assert ready.json()["policy"] == policy and ready.json()["shadow"] is None
    version = http.ask("/version").json()
    assert version["policy"] == policy and version["version"]
    metrics = http.metrics()
    assert metrics.get("triaged_policy_info", hash=policy) == 1
    assert metrics.get("triaged_build_info", version=version["version"]) == 1
    assert metrics.get("triaged_database_up") == 1
    assert metrics.get("triaged_event_loop_lag_seconds") >= 0
    assert metrics.get("process_open_fds") > 5


def test_loop_that_stood_still(new_daemon):
    daemon = new_daemon().start()
    http = Http(daemon)
    daemon.signal(signal.SIGSTOP)
    time.sleep(1)  # the standstill itself
    daemon.signal(signal.SIGCONT)
    http.wait_for(lambda seen: seen.get("triaged_event_loop_lag_max_seconds") > 0.4, "the lag")
    http.wait_for(lambda seen: seen.get("triaged_event_loop_lag_seconds") < 0.4, "its end")
    assert daemon.stop() == 0


def test_ready_through_a_database_that_goes_and_comes(cluster, new_daemon, new_client):
    daemon = new_daemon().start().wait_for_database()
    http = Http(daemon)
    http.wait_for(lambda seen: seen.sum("triaged_queue_depth") is not None, "a reading")
    cluster.crash()
    wait_until(lambda: http.ask("/readyz").status == 503, "not ready")
    ready = http.ask("/readyz").json()
    assert ready["ready"] is False
    assert [reason["what"] for reason in ready["reasons"]] == ["database"]
    assert http.ask("/livez").status == 200
    assert new_client(daemon.endpoint).submit("away", ticket())["status"] == "retry"
    # Depths of before are not shown as if they were of now; their age goes on.
    metrics = http.wait_for(lambda seen: seen.sum("triaged_queue_depth") is None, "no depths")
    assert metrics.sum("triaged_outbox_mails") is None
    assert metrics.get("triaged_database_up") == 0
    assert metrics.get("triaged_refusals_total", reason="database") == 1
    age = metrics.get("triaged_database_reading_age_seconds")
    http.wait_for(lambda seen: seen.get("triaged_database_reading_age_seconds") > age, "its age")
    check_totals(metrics)
    cluster.start()
    wait_until(lambda: http.ask("/readyz").status == 200, "ready again")
    http.wait_for(lambda seen: seen.sum("triaged_queue_depth") is not None, "depths again")
    assert daemon.stop() == 0


def test_not_ready_with_another_schema(cluster, new_daemon):
    other = support.Database(cluster, cluster.new_database())
    other.execute("UPDATE triaged.migration SET version = version + 1000")
    daemon = new_daemon(conninfo=other.conninfo).start()
    daemon.wait_for_log("its schema has version")
    ready = Http(daemon).ask("/readyz")
    assert ready.status == 503
    assert "its schema has version 100" in ready.json()["reasons"][0]["why"]
    assert daemon.stop() == 0


def test_not_ready_while_stopping(database, new_daemon, new_client):
    daemon = new_daemon().start().wait_for_database()
    http = Http(daemon)
    client = new_client(daemon.endpoint)
    with lock(database):
        client.send(request("stopping", ticket()))
        http.wait_for(lambda seen: seen.get("triaged_requests_in_flight") == 1, "it to be taken")
        daemon.signal(signal.SIGTERM)
        wait_until(lambda: http.ask("/readyz").status == 503, "not ready")
        assert [reason["what"] for reason in http.ask("/readyz").json()["reasons"]] == ["stopping"]
    assert client.receive()["status"] == "accepted"
    assert daemon.process.wait(support.PATIENCE) == 0
    assert not os.path.exists(http.path)


# HTTP --------------------------------------------------------------------------

def test_methods_and_paths(http):
    for path in ("/metrics", "/livez", "/readyz", "/version", "/readyz?verbose=1"):
        got, head = http.ask(path), http.ask(path, "HEAD")
        assert (got.status, head.status) == (200, 200)
        assert head.body == b"" and int(head.headers["content-length"]) > 0
        assert int(got.headers["content-length"]) == len(got.body)
        assert head.headers["content-type"] == got.headers["content-type"]
        assert got.headers["connection"] == "close"
    assert http.ask("/metrics").headers["content-type"].startswith("text/plain; version=0.0.4")
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"):
        refused = http.ask("/metrics", method)
        assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD"), method
    for path in ("/", "/metrics/", "/%6detrics", "//metrics", "/../metrics", "/<script>alert(1)"):
        missing = http.ask(path)
        assert missing.status == 404, path
        assert b"script" not in missing.body
    assert http.ask("/", "HEAD").body == b""
    assert http.ask("/livez", "POST").body == b"GET and HEAD only\n"


HOSTILE = {
    "unknown method": (b"FROB /livez HTTP/1.1\r\n\r\n", 501),
    "long header": (b"GET /livez HTTP/1.1\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 400),
    "long path": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 400),
    "many headers": (b"GET /livez HTTP/1.1\r\n" + b"X: y\r\n" * 3000 + b"\r\n", 400),
    "body": (b"POST /livez HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 413),
    "chunks": (b"POST /livez HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
               413),
    "negative length": (b"POST /livez HTTP/1.1\r\nContent-Length: -3\r\n\r\n", 400),
    "empty": (b"\r\n\r\n", 400),
    "nonsense": (b"nonsense\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "no colon": (b"GET /livez HTTP/1.1\r\nBad header\r\n\r\n", 400),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_requests(http, name):
    data, status = HOSTILE[name]
    with http.connect() as connection:
        try:
            connection.sendall(data)
            got = read_all(connection)
        except (BrokenPipeError, ConnectionResetError):
            got = b""  # it closed with some of our bytes unread
        assert got == b"" or Answer(got).status == status
    assert http.ask("/livez").status == 200


def test_one_request_a_connection(http):
    got = http.raw(b"GET /livez HTTP/1.1\r\n\r\nGET /version HTTP/1.1\r\n\r\n")
    assert got.count(b"HTTP/1.1 ") == 1 and got.endswith(b"ok\n")
    assert Answer(http.raw(b"GET /livez HTTP/1.0\r\n\r\n")).body == b"ok\n"


def test_two_hundred_connections(new_daemon):
    """They do not keep anybody out, and take a few descriptors only."""
    daemon = new_daemon().start().wait_for_database()
    http = Http(daemon)
    before = http.metrics().get("process_open_fds")
    idle = []
    for number in range(200):
        idle.append(http.connect())
        idle[-1].sendall([b"", b"GET /livez HTTP/1.1\r\nX: ", b"GET /metrics HTTP/1.1\r\n\r\n"][number % 3])
    metrics = http.metrics()
    assert metrics.get("process_open_fds") <= before + 32
    # The oldest were dropped for the newer ones.
    assert idle[0].recv(1) == b""
    for connection in idle:
        connection.close()
    http.wait_for(lambda seen: seen.get("process_open_fds") <= before, "all to be forgotten")
    assert daemon.stop() == 0


def test_stop_with_open_connections(new_daemon):
    daemon = new_daemon().start()
    http = Http(daemon)
    open_ones = [http.connect() for _ in range(10)]
    open_ones[0].sendall(b"GET /livez HTTP/1.1\r\n")
    http.ask("/livez")
    assert daemon.stop() == 0
    for connection in open_ones:
        connection.close()


# Where it listens ---------------------------------------------------------------

def test_socket_beside_the_endpoint(new_daemon):
    daemon = new_daemon().start()
    http = Http(daemon)
    assert stat.S_IMODE(os.stat(http.path).st_mode) == 0o660
    # A second one, told to listen at the same place, may not take it away.
    done = subprocess.run(
        [*map(str, new_daemon("--http", f"unix:{http.path}").command)], text=True,
        stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert done.returncode == 1 and "in use" in done.stderr
    assert http.ask("/livez").status == 200
    daemon.kill()
    assert os.path.exists(http.path)
    again = new_daemon(endpoint=daemon.endpoint).start()
    assert Http(again).ask("/livez").status == 200
    assert again.stop() == 0


def test_loopback_and_none(new_daemon):
    port = free_port()
    daemon = new_daemon("--http", f"127.0.0.1:{port}").start()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\n\r\n")
        assert Answer(read_all(connection)).body == b"ok\n"
    assert not os.path.exists(Http(daemon).path)
    assert daemon.stop() == 0
    silent = new_daemon("--http", "none").start()
    assert not os.path.exists(Http(silent).path)
    assert silent.stop() == 0


@pytest.mark.parametrize("address, told", [
    ("0.0.0.0:9464", "loopback"), ("[::]:9464", "loopback"), ("192.0.2.1:9464", "loopback"),
    ("localhost:9464", "no address"), ("127.0.0.1", "no address"), ("127.0.0.1:0", "no address"),
    ("127.0.0.1:99999", "no address"), ("unix:/nowhere/at/all", "/nowhere/at/all"),
    (f"unix:/tmp/{'x' * 120}", "at most 107"), ("unix:/dev/null", "/dev/null")])
def test_other_addresses(new_daemon, address, told):
    done = subprocess.run([*map(str, new_daemon("--http", address).command)], text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    # Whether a path can be used is seen by its use.
    assert done.returncode == (1 if told.startswith("/") else 64)
    assert told in done.stderr
    assert os.path.exists("/dev/null")


def test_no_room_beside_the_endpoint(new_daemon, new_client, tmp_path):
    """Nobody asked for HTTP there: tickets are taken all the same."""
    folder = f"/tmp/{'t' * 40}-{os.getpid()}-"
    folder += "t" * (100 - len(folder))
    os.mkdir(folder)
    try:
        daemon = new_daemon(endpoint=f"ipc://{folder}/sock").start()
        daemon.wait_for_log("no HTTP for metrics and health")
        assert new_client(daemon.endpoint).ask({"v": 1, "op": "ping"})["status"] == "ok"
        assert daemon.stop() == 0
    finally:
        support.shutil.rmtree(folder)


# triagectl status ----------------------------------------------------------------

def triagectl_status(*arguments, **environment):
    return subprocess.run([support.build_folder() / "triagectl", "status", *map(str, arguments)],
                          env={**os.environ, **environment}, text=True, capture_output=True, timeout=60)


def nowhere():
    """A relay that is not there."""
    return types.SimpleNamespace(port=free_port())


def connected(database, mailer):
    wait_until(lambda: mailer.process.poll() is None and database.value(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        " AND application_name = 'triage-mail'", database.name) == 1, "triage-mail to connect")


def test_status(database, daemon, client, new_mailer):
    client.submit("status", ticket())
    at = ("--database", database.conninfo, "--endpoint", daemon.endpoint)
    connected(database, new_mailer(nowhere()).start())
    done = triagectl_status(*at)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.split()[:2] for line in done.stdout.splitlines()]
    assert lines == [[part, "-" if part == "shadow" else "ok"] for part in
                     ("daemon", "ready", "rules", "shadow", "database", "queues", "mail")]
    assert "none (shadow-rules is not set)" in done.stdout
    whole = json.loads(triagectl_status(*at[2:], "--json", TRIAGED_DATABASE=at[1]).stdout)
    assert whole.pop("shadow") == {"ok": None, "why": None}
    assert all(whole[part]["ok"] is True and whole[part]["why"] is None for part in whole)
    queued = database.value("SELECT count(*) FROM triaged.queue WHERE state = 'queued'")
    assert whole["queues"]["queued"]["tickets"] == queued
    assert whole["mail"]["pending"] == database.value("SELECT count(*) FROM triaged.outbox")
    # Without HTTP those two are not known, which is not wrong.
    whole = json.loads(triagectl_status(*at, "--http", "none", "--json").stdout)
    assert all(whole[part]["ok"] is None for part in ("ready", "rules", "shadow"))
    assert "none (" not in triagectl_status(*at, "--http", "none").stdout


def test_status_tells_what_is_wrong(cluster, database, daemon):
    nobody = triagectl_status("-d", database.conninfo, "-e", "ipc:///nowhere", "-t", "100ms")
    assert nobody.returncode == 69
    assert "nobody answers at ipc:///nowhere" in nobody.stdout
    at = ("--endpoint", daemon.endpoint)
    wrong = triagectl_status(*at, "-d", "host=/nowhere dbname=\x1b[31m")
    assert wrong.returncode == 1
    assert "database  WRONG" in wrong.stdout and "\x1b" not in wrong.stdout
    empty = triagectl_status(*at, "-d", cluster.conninfo(cluster.new_database(schema=False)))
    assert empty.returncode == 1 and "no triaged schema" in empty.stdout
    silent = triagectl_status(*at, "-d", database.conninfo, "--http", "127.0.0.1:1")
    assert silent.returncode == 1 and "ready     WRONG" in silent.stdout


def test_status_of_the_mail(database, daemon):
    """Mail that nobody sends, or that does not leave, is wrong; no mail is fine."""
    at = ("-d", database.conninfo, "--endpoint", daemon.endpoint)
    database.execute("DELETE FROM triaged.outbox")
    assert "mail      ok" in triagectl_status(*at).stdout
    put(database, "nora@example.com")
    nobody = triagectl_status(*at)
    assert nobody.returncode == 1
    assert "no triage-mail is connected" in nobody.stdout and "pending for" not in nobody.stdout
    # A session that takes nothing, in the place of the program.
    with psycopg.connect(database.conninfo, application_name="triage-mail"):
        status_with_triage_mail(database, at)
    database.execute("DELETE FROM triaged.outbox")


def status_with_triage_mail(database, at):
    done = triagectl_status(*at)
    assert done.returncode == 0 and "; 1 triage-mail connected" in done.stdout, done.stdout
    # Not what the relay put off: it may be old.
    put(database, "otto@example.com", state="retry", created_at="2020-01-01", attempts=1,
        next_attempt_at="2100-01-01")
    assert triagectl_status(*at).returncode == 0
    database.execute("UPDATE triaged.outbox SET created_at = now() - interval '11 min'"
                     " WHERE state <> 'retry'")
    late = triagectl_status(*at)
    assert late.returncode == 1
    assert "mail      WRONG" in late.stdout and "pending for 11 min" in late.stdout
    assert "no triage-mail" not in late.stdout
    whole = json.loads(triagectl_status(*at, "--json").stdout)["mail"]
    assert (whole["ok"], whole["triage_mail"], whole["retry"]) == (False, 1, 1)
    assert triagectl_status(*at, "--mail-late", "20min").returncode == 0

def test_status_for_an_operator(database, daemon):
    """With the rights of triaged_ops and no more."""
    database.execute("DROP ROLE IF EXISTS t_status")
    database.execute("CREATE ROLE t_status LOGIN IN ROLE triaged_ops")
    put(database, "nora@example.com")
    done = triagectl_status("-d", f"{database.conninfo} user=t_status", "-e", daemon.endpoint)
    assert "no triage-mail is connected" in done.stdout, done.stdout
    database.execute("DELETE FROM triaged.outbox")
    database.execute("DROP ROLE t_status")


# The last one: what it waits for has begun with the first.

def test_slow_header_has_an_end(slow_header):
    """A byte now and then does not keep a connection for more than 15 seconds."""
    wait_until(lambda: not slow_header.is_alive(), "the connection to be closed")
