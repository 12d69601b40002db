# SPDX-License-Identifier: MIT
"""Routes: tickets that go to another team or priority than their category's."""
import pytest

import agents
import support
from support import ticket

RULES = support.ROOT / "tests" / "data" / "rules-decide"
LINK = "https://example.org/x"


@pytest.fixture(scope="module")
def small(database):
    """A daemon with rules that have routes; the module's own, as is the database."""
    daemon = support.Daemon(database.conninfo, "--wait-check", "50ms")
    daemon.command[daemon.command.index("--rules") + 1] = RULES
    daemon.start().wait_for_database()
    yield daemon
    status = daemon.stop()
    log = daemon.log()
    daemon.remove()
    assert status == 0, log


@pytest.fixture
def client(small, new_client):
    return new_client(small.endpoint)


def place(database, receipt):
    return database.rows("SELECT team, priority, state FROM triaged.queue WHERE ticket_id = %s",
                         receipt["ticket"])[0]


def owner(answer):
    return answer["outcome"], answer["team"], answer["priority"]


def check_depth(database):
    assert database.rows(agents.DEPTH) == database.rows(agents.RECOUNT)


def test_submitted(client, database):
    answer = client.submit("often", ticket(body=f"window, 5 times, {LINK}"))
    assert owner(answer) == ("routed", "night", "low")
    assert "Our night shift looks." in answer["reply"]["body"]
    assert place(database, answer) == ("night", "low", "queued")
    assert database.rows("SELECT team, priority, explanation->>'route' FROM triaged.ticket"
                         " WHERE ticket_id = %s", answer["ticket"]) == [("night", "low", "often")]
    # The priority's time, of a team that works all hours.
    assert database.value("SELECT due_at - received_at = interval '24 hours' FROM triaged.queue"
                          " WHERE ticket_id = %s", answer["ticket"])
    again = client.submit("often", ticket(body=f"window, 5 times, {LINK}"))
    assert (again["status"], again["team"]) == ("duplicate", "night")
    assert owner(client.submit("none", ticket(body=f"window, twice, {LINK}"))) == ("routed", "desk", "low")
    check_depth(database)


def test_followed_up(client, database):
    """The requester tells in two steps what makes it another team's."""
    first = client.submit("waits", ticket(body="window, twice"))
    assert owner(first) == ("needs_info", "desk", "low")
    assert place(database, first) == ("desk", "low", "waiting")
    second = client.follow_up(first, "f1", body="No, it was 6 times.")
    assert owner(second) == ("needs_info", "night", "low")
    assert place(database, first) == ("night", "low", "waiting")
    check_depth(database)
    assert client.lookup(first["reference"])["team"] == "night"
    third = client.follow_up(first, "f2", body=LINK)
    assert owner(third) == ("routed", "night", "low")
    assert "Our night shift looks." in third["reply"]["body"]
    assert place(database, first) == ("night", "low", "queued")
    assert [detail.get("team") for detail, in database.rows(
        "SELECT detail FROM triaged.ticket_event WHERE ticket_id = %s AND kind = 'follow_up'"
        " ORDER BY event_id", first["ticket"])] == ["night", None]
    # What was decided first stays on record.
    assert database.value("SELECT team FROM triaged.ticket WHERE ticket_id = %s",
                          first["ticket"]) == "desk"
    check_depth(database)
    # With people: nothing that is added moves it any more.
    last = client.follow_up(first, "f3", body="Sorry, 2 times.")
    assert (last["state"], last["team"]) == ("queued", "night")


def test_reminder_names_the_team(client, database):
    first = client.submit("reminded", ticket(body="window, 5 times"))
    assert owner(first) == ("needs_info", "night", "low")
    database.execute("UPDATE triaged.queue SET remind_at = clock_timestamp() WHERE ticket_id = %s",
                     first["ticket"])
    [(body,)] = support.wait_until(lambda: database.rows(
        "SELECT body FROM triaged.outbox WHERE ticket_id = %s AND kind = 'reminder'",
        first["ticket"]), "the reminder")
    assert "Our night shift waits for:" in body
