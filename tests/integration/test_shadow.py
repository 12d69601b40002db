# SPDX-License-Identifier: MIT
"""A shadow policy decides beside the live one, is only recorded, and harms nobody."""
import json
import signal
import subprocess

import psycopg
import pytest

import support
from operator_http import Http
from support import ticket, wait_until
from test_reload import Rules, with_rules

DECISIONS = "triaged_shadow_decisions_total"
OTHER = ticket()  # mentor.other, routed to front_desk
BREAK = ticket(subject="A pause", body="my student Jane Doe wants a break")
INVOICE = ticket(audience="coach", subject="Invoice", body="The invoice was not paid.")
ROWS = ("SELECT encode(policy, 'hex'), category, outcome, team, priority, missing FROM triaged.shadow"
        " JOIN triaged.ticket_key USING (ticket_id) WHERE key = %s")


@pytest.fixture
def own(cluster):
    """A database of the test's own: what is recorded is counted."""
    yield support.Database(cluster, cluster.new_database())
    cluster.start()


@pytest.fixture
def live(tmp_path):
    return Rules(tmp_path / "live")


@pytest.fixture
def shadow(tmp_path):
    """The same rules, but that breaks are urgent and what is for nobody is for coaching."""
    rules = Rules(tmp_path / "shadow")
    change(rules, "mentor/break.yaml", "priority: normal", "priority: urgent")
    change(rules, "mentor/break.yaml", "team: front_desk", "team: coaching")
    return rules


def change(rules, name, before, after):
    path = rules.folder / name
    text = path.read_text()
    assert before in text
    aside = path.with_suffix(".new")
    aside.write_text(text.replace(before, after, 1))
    aside.replace(path)


class Watched:
    """A daemon with live and shadow rules, its database and somebody who sends tickets."""

    def __init__(self, own, daemon, client):
        self.own, self.daemon, self.client, self.http = own, daemon, client, Http(daemon)
        self.reloads = 1

    def reload(self):
        """Asks; "used" or "refused", of the shadow's rules."""
        refused = self.http.metrics().get("triaged_shadow_reloads_total", result="refused")
        self.daemon.signal(signal.SIGHUP)
        self.reloads += 1
        return self.reloaded(refused)

    def reloaded(self, refused=0):
        metrics = self.http.wait_for(
            lambda seen: seen.sum("triaged_shadow_reloads_total") == self.reloads, "the shadow's rules")
        return "refused" if metrics.get("triaged_shadow_reloads_total", result="refused") > refused else "used"

    def policy(self):
        labels = [dict(labels) for (name, labels) in self.http.metrics().samples
                  if name == "triaged_shadow_policy_info"]
        return labels[0]["hash"] if labels else None

    def counts(self):
        metrics = self.http.metrics()
        return {result: metrics.get(DECISIONS, result=result) for result in ("same", "different", "failed")}

    def rows(self):
        return self.own.value("SELECT count(*) FROM triaged.shadow")


def start(own, new_daemon, new_client, live, shadow, role=None):
    conninfo = psycopg.conninfo.make_conninfo(own.conninfo, **({"user": role} if role else {}))
    options = ["--shadow-rules", shadow.folder] if shadow else []
    daemon = with_rules(new_daemon(*options, conninfo=conninfo), live).start().wait_for_database()
    return Watched(own, daemon, new_client(daemon.endpoint))


@pytest.fixture
def watched(own, new_daemon, new_client, live, shadow):
    made = start(own, new_daemon, new_client, live, shadow)
    assert made.reloaded() == "used"
    yield made
    assert made.daemon.stop() == 0, made.daemon.log()


def triagectl(own, *options):
    return subprocess.run([support.build_folder() / "triagectl", "shadow", "-d", own.conninfo, *options],
                          text=True, capture_output=True)


def status(watched):
    """What "triagectl status" says of the shadow, for people and for programs."""
    command = [support.build_folder() / "triagectl", "status", "-d", watched.own.conninfo,
               "-e", watched.daemon.endpoint]
    text, told = (subprocess.run([*command, *more], text=True, capture_output=True).stdout
                  for more in ([], ["--json"]))
    line, = (line for line in text.splitlines() if line.startswith("shadow "))
    return line.split(maxsplit=1)[1], json.loads(told)["shadow"]


def differences(watched):
    metrics = watched.http.metrics()
    return {part: metrics.get("triaged_shadow_differences_total", part=part)
            for part in ("category", "outcome", "team", "priority", "missing")}


def test_differences_are_recorded(own, watched):
    policy = watched.policy()
    receipts = {key: watched.client.submit(key, sent) for key, sent in
                (("other", OTHER), ("break", BREAK), ("invoice", INVOICE), ("again", OTHER))}
    assert {receipt["status"] for receipt in receipts.values()} == {"accepted"}
    assert {receipt["policy"] for receipt in receipts.values()} != {policy}
    # Who sent it sees the live decision only.
    assert (receipts["other"]["team"], receipts["break"]["priority"]) == ("front_desk", "normal")
    assert own.rows(ROWS, b"other") == [(policy, "mentor.other", "routed", "coaching", "normal", [])]
    assert own.rows(ROWS, b"break") == [(policy, "mentor.break", "needs_info", "mentorship", "urgent",
                                         receipts["break"]["missing"])]
    assert watched.counts() == {"same": 1, "different": 3, "failed": 0}
    assert differences(watched) == {"category": 0, "outcome": 0, "team": 2, "priority": 1, "missing": 0}
    metrics = watched.http.metrics()
    assert metrics.get("triaged_shadow_policy_present") == 1
    # Its text is known, and it has made nothing known to people.
    assert own.value("SELECT count(*) FROM triaged.policy WHERE hash = decode(%s, 'hex')"
                     " AND hash = sha256(convert_to(canonical, 'UTF8'))", policy) == 1
    assert own.rows("SELECT team, priority FROM triaged.category WHERE name = 'mentor.break'"
                    ) == [("mentorship", "normal")]

    # Neither what is sent again nor a preview or a follow-up is decided by it.
    assert watched.client.submit("other", OTHER)["status"] == "duplicate"
    watched.client.ask({"v": 1, "op": "preview", "ticket": BREAK})
    watched.client.follow_up(receipts["break"], "f", body="She is ill, and I have told her.")
    assert watched.rows() == 4 and sum(watched.counts().values()) == 4


def test_triagectl_shows_them(own, watched):
    for key, sent in (("a", OTHER), ("b", BREAK), ("c", INVOICE), ("d", OTHER)):
        assert watched.client.submit(key, sent)["status"] == "accepted"
    policy = watched.policy()
    names = {bytes(key).decode(): reference for key, reference in
             own.rows("SELECT key, reference FROM triaged.ticket_key")}
    done = triagectl(own)
    assert (done.returncode, done.stderr) == (0, "")
    first, rest = done.stdout.split("\n", 1)
    assert first.startswith(f"shadow policy {policy[:12]}: 4 tickets, 2")
    assert rest == (
        "from live to shadow: 4 tickets, 3 would be decided otherwise (75.0 %)\n"
        "\nteam: 2 of 4 tickets\n"
        f"  2  front_desk  → coaching  {names['d']}, {names['a']}\n"
        "\npriority: 1 of 4 tickets\n"
        f"  1  normal  → urgent  {names['b']}\n")
    told = json.loads(triagectl(own, "--json").stdout)
    assert [(one["policy"], one["tickets"], one["changed"]) for one in told["policies"]] == [(policy, 4, 3)]
    assert (told["tickets"], told["changed"], told["category"]) == (4, 3, [])
    assert told["team"] == [{"before": "front_desk", "after": "coaching", "count": 2,
                             "ids": [names["d"], names["a"]]}]
    assert "answer" not in told

    assert triagectl(own, "--policy", policy[:6]).stdout == done.stdout
    assert triagectl(own, "--since", "yesterday").stdout == done.stdout
    none = triagectl(own, "--since", "tomorrow")
    assert none.returncode == 0
    assert none.stdout.startswith("no ticket was decided by a shadow policy since tomorrow")
    assert json.loads(triagectl(own, "--since", "tomorrow", "--json").stdout)["policies"] == []
    assert triagectl(own, "--policy", "%").returncode == 2
    wrong = triagectl(own, "--since", "whenever")
    assert wrong.returncode == 1 and "whenever" in wrong.stderr


def test_an_operator_sees_that_it_runs(own, watched, shadow):
    """Since when, and how much it decides otherwise: of the policy in use, not of those before."""
    assert watched.client.submit("a", OTHER)["status"] == "accepted"
    assert watched.client.submit("b", INVOICE)["status"] == "accepted"
    ready = watched.http.ask("/readyz").json()["shadow"]
    assert (ready["successful"], ready["under_way"], ready["why"]) == (True, False, None)
    assert (ready["policy"], ready["tickets"], ready["different"], ready["failed"]) == (
        watched.policy(), 2, 1, 0)
    line, told = status(watched)
    assert line.split(maxsplit=1) == [
        "ok", f"policy {watched.policy()[:12]}, in use since {ready['since']}: 1 of 2 tickets decided otherwise"]
    assert told == {"ok": True, "why": None, "policy": watched.policy(), "since": ready["since"],
                    "reload_under_way": False, "tickets": 2, "different": 1, "failed": 0}
    own.execute("ALTER TABLE triaged.shadow ADD CHECK (category <> 'mentor.break')")
    change(shadow, "mentor/break.yaml", "team: coaching", "team: front_desk")
    assert watched.reload() == "used"
    assert watched.client.submit("c", OTHER)["status"] == "accepted"
    assert watched.client.submit("d", BREAK)["status"] == "accepted"
    told = status(watched)[1]
    assert (told["policy"], told["tickets"], told["different"], told["failed"]) == (watched.policy(), 1, 0, 1)
    assert told["since"] >= ready["since"]
    assert status(watched)[0].endswith(": 0 of 1 tickets decided otherwise, 1 failed")


def test_order_of_what_is_missing_is_no_difference(own, watched):
    assert watched.client.submit("a", BREAK)["status"] == "accepted"
    own.execute("UPDATE triaged.ticket SET missing = '{a,b}', priority = 'urgent'")
    own.execute("UPDATE triaged.shadow SET missing = '{b,a}'")
    assert own.rows("SELECT differs FROM triaged.shadow_compared") == [(False,)]
    own.execute("UPDATE triaged.shadow SET missing = '{b}'")
    assert "  1  a, b  → b  " in triagectl(own).stdout


def test_off(own, new_daemon, new_client, live):
    plain = start(own, new_daemon, new_client, live, None)
    assert plain.client.submit("a", OTHER)["status"] == "accepted"
    assert plain.rows() == 0 and plain.counts() == {"same": 0, "different": 0, "failed": 0}
    assert plain.http.metrics().get("triaged_shadow_policy_present") is None
    done = triagectl(own)
    assert done.returncode == 0 and done.stdout.startswith("no ticket was decided by a shadow policy (")
    assert plain.daemon.stop() == 0


def test_reload_picks_up_changed_rules(own, watched, live, shadow):
    before = watched.policy()
    assert watched.client.submit("a", OTHER)["status"] == "accepted"
    change(shadow, "mentor/break.yaml", "team: coaching", "team: front_desk")
    live.greet("Good day")
    assert watched.reload() == "used"
    after = watched.policy()
    assert after != before
    assert watched.client.submit("b", OTHER)["reply"]["body"].startswith("Good day,")
    assert [own.rows(ROWS, key)[0][0] for key in (b"a", b"b")] == [before, after]
    assert watched.counts() == {"same": 1, "different": 1, "failed": 0}
    told = json.loads(triagectl(own, "--json").stdout)
    assert [one["policy"] for one in told["policies"]] == [before, after]
    told = json.loads(triagectl(own, "--json", "--policy", after).stdout)
    assert (told["tickets"], told["changed"]) == (1, 0)
    # Nothing to do: fine.
    assert watched.reload() == "used" and watched.policy() == after


def test_broken_at_the_start(own, new_daemon, new_client, live, shadow):
    change(shadow, "base.yaml", "default_locale: en", "default_locale: xx")
    watched = start(own, new_daemon, new_client, live, shadow)
    assert watched.reloaded() == "refused"
    assert f"error: shadow: {shadow.base}:" in watched.daemon.log()
    line, told = status(watched)
    assert line.split(maxsplit=1) == ["WRONG", "no policy yet; the rules have 1 error(s)"]
    assert (told["ok"], told["policy"], told["since"], told["why"]) == (
        False, None, None, "the rules have 1 error(s)")
    assert watched.http.metrics().get("triaged_shadow_policy_present") == 0
    assert watched.http.ask("/readyz").status == 200
    assert watched.client.submit("a", OTHER)["status"] == "accepted"
    assert watched.rows() == 0
    change(shadow, "base.yaml", "default_locale: xx", "default_locale: en")
    assert watched.reload() == "used"
    assert watched.client.submit("b", OTHER)["status"] == "accepted"
    assert watched.rows() == 1
    assert watched.daemon.stop() == 0
    check = [*map(str, watched.daemon.command), "--check"]
    assert subprocess.run(check, capture_output=True).returncode == 0
    change(shadow, "base.yaml", "default_locale: en", "default_locale: xx")
    assert subprocess.run(check, capture_output=True).returncode == 78


def test_refused_later_the_last_good_stays(own, watched, live, shadow):
    """An example that fails refuses it; the live rules are read again all the same."""
    policy = watched.policy()
    path = shadow.folder / "mentor" / "break.yaml"
    path.write_text(path.read_text().rstrip("\n") +
                    "\n    examples:\n      - {text: Hello, outcome: answered}\n")
    live.greet("Good day")
    assert watched.reload() == "refused"
    assert "error: shadow: " in watched.daemon.log() and "this example is routed" in watched.daemon.log()
    assert watched.policy() == policy
    metrics = watched.http.metrics()
    assert metrics.get("triaged_shadow_last_reload_successful") == 0
    assert metrics.get("triaged_rules_last_reload_successful") == 1
    assert status(watched)[0].startswith("WRONG") and policy[:12] in status(watched)[0]
    answer = watched.client.submit("a", OTHER)
    assert answer["reply"]["body"].startswith("Good day,")
    assert own.rows(ROWS, b"a")[0][0] == policy


def test_live_rules_refused_the_shadow_is_read(watched, live, shadow):
    before = watched.policy()
    live.change("default_locale: en", "default_locale: xx")
    shadow.greet("Good day")
    assert watched.reload() == "used"
    assert watched.policy() != before


def test_waits_for_the_database(own, cluster, new_daemon, new_client, live, shadow):
    cluster.crash()
    daemon = with_rules(new_daemon("--shadow-rules", shadow.folder, conninfo=own.conninfo), live).start()
    daemon.wait_for_log("warning: shadow: policy=")
    watched = Watched(own, daemon, new_client(daemon.endpoint))
    assert watched.policy() is None
    assert status(watched)[1]["why"].startswith("the database does not answer: ")
    cluster.start()
    daemon.wait_for_database()
    assert watched.reloaded() == "used"
    assert watched.client.submit("a", OTHER)["status"] == "accepted"
    assert watched.rows() == 1
    assert daemon.stop() == 0


def test_role(own, new_daemon, new_client, live, shadow):
    """The daemon's role may do it. Where it may not, tickets are kept without."""
    watched = start(own, new_daemon, new_client, live, shadow, role="triaged_daemon")
    assert watched.reloaded() == "used"
    assert watched.client.submit("a", OTHER)["status"] == "accepted"
    assert watched.rows() == 1
    own.execute("REVOKE INSERT ON triaged.shadow FROM triaged_daemon")
    for number in range(5):
        assert watched.client.submit(f"b{number}", OTHER)["status"] == "accepted"
    assert watched.rows() == 1
    assert watched.counts() == {"same": 0, "different": 1, "failed": 5}
    assert 1 <= watched.daemon.log().count("does not keep decisions of the shadow policy: ") <= 2
    assert watched.http.ask("/readyz").status == 200
    assert watched.daemon.stop() == 0


def test_row_that_cannot_be_kept(own, watched):
    """The ticket is, and its neighbours have both."""
    own.execute("ALTER TABLE triaged.shadow ADD CHECK (priority <> 'urgent')")
    with psycopg.connect(own.conninfo) as connection:
        connection.execute("LOCK TABLE triaged.ticket_key IN ACCESS EXCLUSIVE MODE")
        for number in range(12):
            watched.client.send(support.request(f"k{number}", BREAK if number == 9 else OTHER))
        watched.http.wait_for(lambda seen: seen.get("triaged_requests_in_flight") == 12, "all to wait")
    assert {watched.client.receive()["status"] for _ in range(12)} == {"accepted"}
    assert watched.rows() == 11 and own.rows(ROWS, b"k9") == []
    assert watched.counts() == {"same": 0, "different": 11, "failed": 1}


def test_audience_that_it_lacks(own, new_daemon, new_client, live, shadow):
    change(shadow, "base.yaml", "audiences: [mentor, coach]", "audiences: [mentor]")
    (shadow.folder / "coach.yaml").unlink()
    watched = start(own, new_daemon, new_client, live, shadow)
    assert watched.reloaded() == "used"
    assert watched.client.submit("a", INVOICE)["status"] == "accepted"
    assert watched.client.submit("b", OTHER)["status"] == "accepted"
    assert watched.counts() == {"same": 0, "different": 1, "failed": 1}
    assert watched.rows() == 1
    assert watched.daemon.stop() == 0


def test_rows_go_with_their_ticket(own, watched):
    for key in ("a", "b"):
        assert watched.client.submit(key, OTHER)["status"] == "accepted"
    own.execute("DELETE FROM triaged.ticket WHERE ticket_id ="
                " (SELECT ticket_id FROM triaged.ticket_key WHERE key = 'a')")
    assert own.rows(ROWS, b"a") == [] and len(own.rows(ROWS, b"b")) == 1
