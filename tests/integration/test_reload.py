# SPDX-License-Identifier: MIT
"""SIGHUP: new rules for a daemon at work, or nothing at all."""
import contextlib
import pathlib
import shutil
import signal
import stat
import subprocess
import time

import pytest

import support
from operator_http import Http
from support import CACHE, ROOT, build_folder, request, ticket, wait_until

GREETING = "greeting: Hello,"


@pytest.fixture(autouse=True)
def cluster_is_up_again(cluster):
    yield
    cluster.start()


class Rules:
    """A folder of the smallest rules, to be changed."""

    def __init__(self, folder, source=ROOT / "tests" / "data" / "rules-small"):
        self.folder = pathlib.Path(shutil.copytree(source, folder / "rules"))
        self.base = self.folder / ("base.yaml" if (self.folder / "base.yaml").exists() else "policy.yaml")

    def change(self, before, after):
        text = self.base.read_text()
        assert before in text
        self.base.write_text(text.replace(before, after, 1))

    def greet(self, word):
        text = self.base.read_text()
        line = next(line for line in text.splitlines() if "greeting:" in line)
        # As an editor does: a daemon that reads meanwhile never sees half a file.
        aside = self.base.with_suffix(".new")
        aside.write_text(text.replace(line, f"    greeting: {word},", 1))
        aside.replace(self.base)


def with_rules(daemon, rules, cache=CACHE):
    for option, value in (("--rules", rules.folder), ("--cache", cache)):
        daemon.command[daemon.command.index(option) + 1] = value
    return daemon


@pytest.fixture
def rules(tmp_path):
    return Rules(tmp_path)


class Reloading:
    """A daemon with those rules, and what it says of its reloads."""

    def __init__(self, daemon, client):
        self.daemon, self.client, self.http = daemon, client, Http(daemon)
        self.reloads = 0

    def policy(self):
        return self.client.ask({"v": 1, "op": "ping"})["policy"]

    def reload(self):
        """Asks, and waits for the result: "used" or "refused"."""
        self.daemon.signal(signal.SIGHUP)
        self.reloads += 1
        metrics = self.http.wait_for(
            lambda seen: seen.sum("triaged_reloads_total") == self.reloads, "the reload to be over")
        good = metrics.get("triaged_rules_last_reload_successful")
        return "used" if good == 1 else "refused"

    def hello(self):
        answer = self.client.ask({"v": 1, "op": "preview", "ticket": ticket()})
        return answer["reply"]["body"].split(",")[0]


@pytest.fixture
def reloading(new_daemon, new_client, rules):
    daemon = with_rules(new_daemon(), rules).start().wait_for_database()
    made = Reloading(daemon, new_client(daemon.endpoint))
    yield made
    if daemon.process.poll() is None:
        assert daemon.stop() == 0, daemon.log()


def lock(database):
    connection = database.cluster.connect(database.name, autocommit=False)
    connection.execute("LOCK TABLE triaged.ticket_key IN ACCESS EXCLUSIVE MODE")
    return connection


def test_new_rules_are_used(database, rules, reloading):
    old = reloading.policy()
    since = reloading.http.metrics().get("triaged_rules_last_reload_success_timestamp_seconds")
    assert reloading.hello() == "Hello"
    rules.greet("Good day")
    assert reloading.reload() == "used"
    new = reloading.policy()
    assert new != old
    assert reloading.hello() == "Good day"
    metrics = reloading.http.metrics()
    assert metrics.get("triaged_policy_info", hash=new) == 1
    assert metrics.get("triaged_policy_info", hash=old) is None
    assert metrics.get("triaged_rules_last_reload_success_timestamp_seconds") > since
    answer = reloading.client.submit("new-rules", ticket())
    assert (answer["status"], answer["policy"]) == ("accepted", new)
    assert {new, old} <= {hash_ for hash_, in database.rows(
        "SELECT encode(hash, 'hex') FROM triaged.policy")}
    # The same rules once more: fine, and nothing to do.
    assert reloading.reload() == "used"
    reloading.daemon.wait_for_log("is the one in use")
    assert reloading.policy() == new


def test_requests_under_way_keep_their_policy(database, rules, reloading):
    old = reloading.policy()
    with lock(database):
        reloading.client.send(request("under-way", ticket()))
        wait_until(lambda: database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND"
            " datname = %s", database.name) == 1, "the statement to wait")
        rules.greet("Greetings")
        assert reloading.reload() == "used"
        new = reloading.policy()
    answer = reloading.client.receive()
    assert (answer["status"], answer["policy"]) == ("accepted", old)
    assert answer["reply"]["body"].startswith("Hello,")
    again = reloading.client.submit("after", ticket())
    assert again["policy"] == new and again["reply"]["body"].startswith("Greetings,")


def test_under_way_is_told(database, rules, reloading):
    with database.cluster.connect(database.name, autocommit=False) as connection:
        connection.execute("LOCK TABLE triaged.policy IN ACCESS EXCLUSIVE MODE")
        rules.greet("Not yet")
        reloading.daemon.signal(signal.SIGHUP)
        reloading.reloads += 1
        wait_until(lambda: database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND"
            " datname = %s", database.name) == 1, "the new policy to wait")
        assert reloading.http.ask("/readyz").json()["reload"]["under_way"] is True
        told = subprocess.run([build_folder() / "triagectl", "status", "-d", database.conninfo,
                               "-e", reloading.daemon.endpoint], text=True, capture_output=True)
        assert ", reload under way\n" in told.stdout, told.stdout
    wait_until(lambda: reloading.hello() == "Not yet", "the new rules")
    assert reloading.http.ask("/readyz").json()["reload"]["under_way"] is False


def test_wrong_rules_change_nothing(rules, reloading):
    old = reloading.policy()
    mark = reloading.daemon.mark()
    rules.change("default_locale: en", "default_locale: xx")
    rules.greet("Not to be seen")
    assert reloading.reload() == "refused"
    log = reloading.daemon.log_since(mark)
    line = next(number for number, text in enumerate(rules.base.read_text().splitlines(), 1)
                if "default_locale" in text)
    assert f"error: reload: {rules.base}:{line}:" in log
    assert "refused, nothing has changed: the rules have 1 error(s)" in log
    assert reloading.policy() == old
    assert reloading.hello() == "Hello"
    ready = reloading.http.ask("/readyz")
    assert ready.status == 200 and ready.json()["reload"]["successful"] is False
    assert "1 error" in ready.json()["reload"]["why"]
    rules.change("default_locale: xx", "default_locale: en")
    assert reloading.reload() == "used"
    assert reloading.policy() != old
    assert reloading.http.ask("/readyz").json()["reload"]["why"] is None


def test_examples_that_fail_change_nothing(rules, reloading):
    """What they decide is looked at before anybody is decided by them."""
    old = reloading.policy()
    mark = reloading.daemon.mark()
    path = rules.folder / "mentor" / "break.yaml"
    sound = path.read_text()
    lines = sound.rstrip("\n").count("\n") + 1
    path.write_text(sound.rstrip("\n") + "\n    examples:\n      - {text: Hello, outcome: answered}\n")
    assert reloading.reload() == "refused"
    log = reloading.daemon.log_since(mark)
    assert f"error: reload: {path}:{lines + 2}:9: this example is routed, not answered" in log
    assert "refused, nothing has changed: the rules have 1 error(s)" in log
    assert reloading.policy() == old
    path.write_text(path.read_text().replace("outcome: answered", "outcome: routed"))
    assert reloading.reload() == "used"
    assert reloading.policy() != old


def test_rules_that_went_away(rules, reloading):
    shutil.move(rules.folder, rules.folder.with_name("elsewhere"))
    assert reloading.reload() == "refused"
    assert reloading.hello() == "Hello"


def test_team_with_open_tickets_stays(database, rules, reloading):
    answer = reloading.client.submit("for-a-team", ticket())
    assert (answer["outcome"], answer["team"]) == ("routed", "front_desk")
    old = reloading.policy()
    teams = database.rows("SELECT name FROM triaged.team ORDER BY 1")
    open_ones = database.value(
        "SELECT sum(depth) FROM triaged.queue_depth WHERE team = 'front_desk'")
    for path in rules.folder.rglob("*.yaml"):
        path.write_text(path.read_text().replace("front_desk", "help_desk"))
    assert reloading.reload() == "refused"
    why = reloading.http.ask("/readyz").json()["reload"]["why"]
    assert f"team front_desk has {open_ones} open ticket(s)" in why
    assert reloading.policy() == old
    assert database.rows("SELECT name FROM triaged.team ORDER BY 1") == teams
    assert reloading.client.submit("for-that-team", ticket())["team"] == "front_desk"


def test_no_database_no_reload(cluster, rules, reloading):
    """Nobody can tell then whether a team has open tickets."""
    old = reloading.policy()
    cluster.crash()
    rules.greet("Hi")
    assert reloading.reload() == "refused"
    assert "the database does not answer" in reloading.http.ask("/readyz").json()["reload"]["why"]
    assert reloading.policy() == old
    cluster.start()
    wait_until(lambda: reloading.http.ask("/readyz").status == 200, "the database")
    assert reloading.reload() == "used"


def test_later_connections_know_the_new_policy(database, rules, reloading):
    rules.greet("Salutations")
    assert reloading.reload() == "used"
    new = reloading.policy()
    # As on a server that took over and lacks it.
    database.execute("DELETE FROM triaged.policy")
    mark = reloading.daemon.mark()
    database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                     " AND application_name = 'triaged' AND pid <> pg_backend_pid()", database.name)
    reloading.daemon.wait_for_log(f"ready policy={new[:12]}", mark)
    assert database.rows("SELECT encode(hash, 'hex') FROM triaged.policy") == [(new,)]


def test_storm_under_load(rules, reloading):
    """50 signals among 3000 tickets: each is answered once, and most are kept."""
    client, sent, answers = reloading.client, 0, []
    for number in range(50):
        rules.greet(f"Hello {number}")
        reloading.daemon.signal(signal.SIGHUP)
        for _ in range(60):
            client.send(request(f"storm-{sent}", ticket()))
            sent += 1
        while (answer := client.try_receive(0)) is not None:
            answers.append(answer)
    while len(answers) < sent:
        answers.append(client.receive())
    assert {answer["status"] for answer in answers} == {"accepted"}
    assert len({answer["key"] for answer in answers}) == sent
    # Each answer is of one policy, greeting and hash alike.
    greetings = {}
    for answer in answers:
        greeting = answer["reply"]["body"].split(",")[0]
        assert greetings.setdefault(answer["policy"], greeting) == greeting
    # What was asked for during a build is built after it.
    wait_until(lambda: reloading.hello() == "Hello 49", "the last rules")
    metrics = reloading.http.wait_for(
        lambda seen: seen.get("triaged_rules_reload_under_way") == 0, "the end of it")
    assert metrics.get("triaged_reloads_total", result="refused") == 0
    assert 2 <= metrics.get("triaged_reloads_total", result="used") <= 50
    assert metrics.get("triaged_answers_total", status="accepted") == sent


def resident(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def test_reloads_take_no_memory(database, rules, new_daemon, new_client):
    plain = support.ROOT / "build" / "triaged"
    if not plain.exists():
        pytest.skip("the sanitizers' own memory would be counted: needs a plain build")
    daemon = with_rules(new_daemon(), rules)
    daemon.command[0] = plain
    daemon.start().wait_for_database()
    reloading = Reloading(daemon, new_client(daemon.endpoint))

    def some(count):
        for number in range(count):
            rules.greet(f"Hello {number % 2}")
            assert reloading.reload() == "used"
    some(20)
    before = resident(daemon.process)
    files = reloading.http.metrics().get("process_open_fds")
    some(100)
    assert resident(daemon.process) - before < 4096, "KiB more after 100 reloads"
    assert reloading.http.metrics().get("process_open_fds") <= files
    assert reloading.http.metrics().get("process_threads") == 3  # ours, and ZeroMQ's two
    assert daemon.stop() == 0


def test_stop_does_not_wait_for_a_build(tmp_path, new_daemon):
    """A cold compile of the shipped rules takes many seconds, and cannot be ended."""
    rules = Rules(tmp_path, support.SHIPPED)
    cache = tmp_path / "cache"
    cache.mkdir(stat.S_IRWXU)
    for path in CACHE.glob("*.db"):
        with contextlib.suppress(FileNotFoundError):  # made room for another test's
            shutil.copy(path, cache)
    daemon = with_rules(new_daemon(), rules, cache).start()
    files = set(cache.iterdir())
    path = rules.folder / "chatter.yaml"
    path.write_text(path.read_text() + "    - {pattern: '\\bfar away from my desk\\b', weight: 6, locale: en}\n")
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_log("reload: builds")
    assert daemon.stop() == 0
    assert " stopped " in daemon.log()
    assert set(cache.iterdir()) == files, "the build was over before the stop"
