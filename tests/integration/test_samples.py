# SPDX-License-Identifier: MIT
"""The shipped rules and the 308 sample tickets: decided, pushed, pushed again; the
example clients against the real daemon; and ten thousand tickets without a leak."""
import json
import subprocess

import jsonschema
import pytest

import support

SAMPLES = [support.ROOT / "tests" / "data" / f"tickets-{locale}.jsonl" for locale in ("en", "fr")]
# What the rules are held to over all samples, as shares. "text": by the text alone, as
# the samples are; "right", "wrong": as if that reason were chosen on the form; "sure":
# of the decisions with a confidence of 0.9 or more, those with the right category.
GOALS = {
    ("text", "category"): 0.97,
    ("text", "outcome"): 0.95,
    ("text", "missing"): 0.93,
    ("text", "found"): 0.92,
    ("text", "sure"): 0.97,
    ("right", "category"): 0.995,
    ("wrong", "category"): 0.90,
}
DAEMON_RULES = support.SHIPPED
CLIENTS = {
    "python": ["/usr/bin/python3", "tests/clients/client.py"],
    "php": ["/usr/bin/php", "tests/clients/client.php"],
    "c": ["build/tests/clients/client_c"],
}


def triagectl(*arguments, text=None, check=True, programs=support.build_folder()):
    return subprocess.run([programs / "triagectl", *arguments], input=text, check=check,
                          cwd=support.ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def lines():
    return "".join(path.read_text() for path in SAMPLES)


def decide(lines, *options):
    done = triagectl("classify", "--rules", "rules", "--cache", "build/cache-tests", *options, text=lines)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def decisions(lines):
    return decide(lines)


def test_every_decision_fits_the_schema(decisions):
    schema = json.loads((support.ROOT / "schemas" / "decision.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert len(decisions) == 308
    for decision in decisions:
        validator.validate(decision)


def test_the_oracle_decides_the_same(lines, decisions):
    assert decide(lines, "--oracle") == decisions


def test_no_visitor_text_in_any_reply(lines, decisions):
    """Not a name, not an address, not a line of the body."""
    for line, decision in zip(lines.split("\n"), decisions):
        ticket = json.loads(line)
        if decision["reply"] is None:
            assert decision["outcome"] == "no_action"
            continue
        reply = decision["reply"]["subject"] + decision["reply"]["body"]
        assert ticket["requester"]["email"] not in reply
        for piece in ticket["body"].splitlines():
            assert len(piece) < 25 or piece not in reply


@pytest.fixture(scope="module")
def measured(lines):
    """What eval says, by the reason on the form."""
    def measure(*options):
        done = triagectl("eval", "--rules", "rules", "--cache", "build/cache-tests", "--json", *options,
                         text=lines, programs=support.plain_folder())
        return json.loads(done.stdout)
    return {"text": measure(), "right": measure("--reason", "right"), "wrong": measure("--reason", "wrong")}


def share(result, part):
    if part != "sure":
        return result["all"][part]["share"]
    sure, = (row for row in result["confidence"] if row["from"] == 0.9)
    return sure["right"] / sure["of"]


@pytest.mark.parametrize("reason, part", GOALS)
def test_the_goals_of_the_rules(measured, reason, part):
    result = measured[reason]
    assert result["invalid"] == 0 and result["all"]["tickets"] == 308
    assert all(result["all"][name]["of"] > 100 for name in ("category", "outcome", "missing", "found"))
    wrong = [row["id"] for row in result["confusion"]]
    assert share(result, part) >= GOALS[reason, part], wrong


def push(daemon, path):
    done = triagectl("push", "--endpoint", daemon.endpoint, "--json", str(path))
    return json.loads(done.stdout.splitlines()[-1])["status"]


@pytest.fixture(scope="module")
def pushed(daemon):
    statuses = {}
    for path in SAMPLES:
        for status, count in push(daemon, path).items():
            statuses[status] = statuses.get(status, 0) + count
    return statuses


def test_all_samples_are_accepted(pushed, database):
    assert pushed["accepted"] == 308
    assert database.value("SELECT count(*) FROM triaged.ticket") == 308


def test_a_second_push_repeats_the_first_answers(pushed, daemon, database, tmp_path):
    tables = ["ticket", "ticket_key", "ticket_event", "queue", "outbox"]
    counts = [database.value(f"SELECT count(*) FROM triaged.{table}") for table in tables]
    for path in SAMPLES:
        statuses = push(daemon, path)
        assert statuses["duplicate"] == path.read_text().count("\n")
    assert [database.value(f"SELECT count(*) FROM triaged.{table}") for table in tables] == counts


def test_a_changed_body_under_an_old_key_is_a_conflict(pushed, daemon, tmp_path):
    ticket = json.loads(SAMPLES[0].read_text().splitlines()[0])
    ticket["body"] += "."
    changed = tmp_path / "changed.jsonl"
    changed.write_text(json.dumps(ticket) + "\n")
    done = triagectl("push", "--endpoint", daemon.endpoint, "--json", str(changed), check=False)
    assert json.loads(done.stdout.splitlines()[-1])["status"]["conflict"] == 1


@pytest.mark.parametrize("form", ["req", "dealer"])
@pytest.mark.parametrize("name", CLIENTS)
def test_the_example_clients(daemon, database, name, form):
    key = f"client-{name}-{form}"
    for again in (False, True):
        done = subprocess.run(CLIENTS[name] + [daemon.endpoint, form, key], cwd=support.ROOT,
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        assert ("duplicate" if again else "accepted") in done.stdout
    assert database.value("SELECT count(*) FROM triaged.ticket_key WHERE key = %s", key.encode()) == 1


def test_ten_thousand_tickets_leave_nothing_behind(new_daemon, new_client, database):
    """With the sanitized build, a leak found at the exit is exit status 1."""
    daemon = new_daemon(rules=DAEMON_RULES).start().wait_for_database()
    client = new_client(daemon.endpoint)
    count, window, open_, sent = 10000, 500, 0, 0
    answers = {}
    while sum(answers.values()) < count:
        while sent < count and open_ < window:
            sent += 1
            open_ += 1
            client.send(support.request(f"many-{sent}", support.ticket(
                body=f"Hello, I have not received the invoicing recap, number {sent}. Where is it?")))
        status = client.receive()["status"]
        open_ -= 1
        answers[status] = answers.get(status, 0) + 1
    assert answers == {"accepted": count}
    assert daemon.stop() == 0
    assert "LeakSanitizer" not in daemon.log()
    assert daemon.summary()["received"] == count
