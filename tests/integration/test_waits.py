# SPDX-License-Identifier: MIT
"""Tickets that wait for their requester: the reminder, and the end of the wait.
Nobody sleeps for days: the moments that are due are moved."""
import shutil

import pytest

from support import DETAILS, RULES, Database, absent_student, follow_up, ticket, wait_until
from test_follow_up import check_depth, events, mails, place

LOOK = DAEMON_OPTIONS = ("--wait-check", "50ms")


@pytest.fixture
def receipt(client, request):
    answer = client.submit(request.node.name, absent_student())
    assert answer["outcome"] == "needs_info"
    return answer


def pass_time(database, receipts, column):
    database.execute(f"UPDATE triaged.queue SET {column} = clock_timestamp() - interval '1 s'"
                     " WHERE ticket_id = ANY(%s::uuid[])",
                     [receipt["ticket"] for receipt in receipts])


def mails_arrive(database, receipts):
    """As if triage-mail had sent what there is."""
    database.execute("UPDATE triaged.outbox SET state = 'sent' WHERE ticket_id = ANY(%s::uuid[])",
                     [receipt["ticket"] for receipt in receipts])


def wait_for_event(database, receipt, kind):
    wait_until(lambda: kind in events(database, receipt), f"the event {kind}")


def test_reminded_once(database, receipt, daemon):
    pass_time(database, [receipt], "remind_at")
    wait_for_event(database, receipt, "reminded")
    row = place(database, receipt)
    assert (row["state"], row["asked"], row["remind_at"]) == ("waiting", 1, None)
    assert row["ends_at"] is not None
    kind, subject, body = mails(database, receipt)[1]
    assert kind == "reminder" and subject == receipt["reply"]["subject"]
    assert f"/{receipt['reference']}#{receipt['follow_up_token']}" in body
    assert "{{" not in body
    # What is missing is named as it was in the first mail.
    asked = [line for line in receipt["reply"]["body"].splitlines() if line.startswith("- ")]
    assert asked and all(line in body for line in asked)
    # Others were looked at since: it stays with one.
    mark = daemon.mark()
    mails_arrive(database, [receipt])
    pass_time(database, [receipt], "ends_at")
    wait_for_event(database, receipt, "wait_ended")
    assert f"ticket={receipt['ticket']} wait=closed" in daemon.log_since(mark)
    assert [kind for kind, _, _ in mails(database, receipt)] == ["answer", "reminder"]


def test_reminder_names_what_is_left(client, database, receipt):
    client.follow_up(receipt, "f", body=DETAILS)
    pass_time(database, [receipt], "remind_at")
    wait_for_event(database, receipt, "reminded")
    bodies = [body for _, _, body in mails(database, receipt)]
    first, left = ([line for line in body.splitlines() if line.startswith("- ")]
                   for body in (bodies[0], bodies[-1]))
    assert len(first) == 2 and len(left) == 1 and left[0] in first


def test_closed_in_the_end(client, database, receipt):
    mails_arrive(database, [receipt])
    pass_time(database, [receipt], "ends_at")
    wait_for_event(database, receipt, "wait_ended")
    assert place(database, receipt) is None
    assert events(database, receipt) == ["accepted", "wait_ended"]
    assert len(mails(database, receipt)) == 1
    found = client.lookup(receipt["reference"])
    assert (found["state"], found["outcome"]) == ("closed", "needs_info")
    check_depth(database)
    # Late, but not too late.
    assert client.follow_up(receipt, "f", body=DETAILS)["state"] == "queued"
    assert events(database, receipt)[-1] == "reopened"
    check_depth(database)


@pytest.mark.parametrize("state", ["pending", "suppressed", "failed", "expired"])
def test_who_was_never_asked_is_not_closed(client, database, daemon, state):
    """No mail of the ticket has left: silence says nothing."""
    receipt = client.submit(f"unasked-{state}", absent_student())
    database.execute("UPDATE triaged.outbox SET state = %s WHERE ticket_id = %s",
                     state, receipt["ticket"])
    mark = daemon.mark()
    pass_time(database, [receipt], "ends_at")
    wait_for_event(database, receipt, "wait_ended")
    row = place(database, receipt)
    assert (row["state"], row["ends_at"], row["remind_at"]) == ("queued", None, None)
    assert database.rows("SELECT detail->>'then', detail->>'why' FROM triaged.ticket_event WHERE"
                         " kind = 'wait_ended' AND ticket_id = %s", receipt["ticket"]) == [
                             ("people", "no mail reached the requester")]
    wait_until(lambda: f"ticket={receipt['ticket']} wait=people" in daemon.log_since(mark),
               "the daemon to say so")
    check_depth(database)


def test_one_mail_that_arrived_is_enough(client, database, receipt):
    mails_arrive(database, [receipt])
    pass_time(database, [receipt], "remind_at")
    wait_for_event(database, receipt, "reminded")
    pass_time(database, [receipt], "ends_at")
    wait_for_event(database, receipt, "wait_ended")
    assert place(database, receipt) is None


def test_no_wait_ends_early(client, database, receipt):
    """What is not due stays as it is, whatever else is done."""
    other = client.submit("due-other", absent_student())
    before = place(database, other)
    pass_time(database, [receipt], "ends_at")
    wait_for_event(database, receipt, "wait_ended")
    assert place(database, other) == before


def test_answer_to_a_person_ends_too(client, database):
    """An agent's question gets no reminder of the rules; its wait ends all the same."""
    database.execute("SELECT triaged.agent_add('luc', 'Luc', ARRAY(SELECT name FROM"
                     " triaged.team), '{en,fr}')")
    first = client.submit("person", ticket(reason="mentor.student_absent", body=DETAILS,
                                           fields={"student_name": "Jean Dupont"}))
    database.execute(
        "SELECT triaged.reply('luc', %s, (SELECT lease_token FROM triaged.claim('luc',"
        " ticket => %s)), 'Which session?', 'wait')", first["reference"], first["reference"])
    row = place(database, first)
    assert (row["state"], row["remind_at"]) == ("waiting", None)
    pass_time(database, [first], "ends_at")
    wait_for_event(database, first, "wait_ended")
    assert "reminded" not in events(database, first)
    check_depth(database)


@pytest.fixture
def people_rules(tmp_path):
    """The same rules, but all waits end with people, after three days."""
    folder = tmp_path / "rules"
    shutil.copytree(RULES, folder)
    for path in folder.rglob("*.yaml"):
        text = path.read_text()
        path.write_text(text.replace("wait: {for: 14d, then: close}",
                                     "wait: {for: 3d, then: people}"))
    return folder


def test_to_people(cluster, new_daemon, new_client, people_rules):
    database = Database(cluster, cluster.new_database())
    daemon = new_daemon(*LOOK, conninfo=database.conninfo, rules=people_rules)
    client = new_client(daemon.start().wait_for_database().endpoint)
    receipt = client.submit("people", absent_student())
    assert database.value("SELECT ends_at < clock_timestamp() + interval '3 days'"
                          " AND ends_at > clock_timestamp() + interval '71 hours'"
                          " FROM triaged.queue")
    assert database.value(
        "SELECT bool_and(wait = '3 days' AND wait_end = 'people') FROM triaged.category")
    pass_time(database, [receipt], "ends_at")
    wait_for_event(database, receipt, "wait_ended")
    row = place(database, receipt)
    assert (row["state"], row["ends_at"], row["remind_at"]) == ("queued", None, None)
    # Due from now: silence does not jump the queue.
    assert database.value("SELECT due_at > clock_timestamp() FROM triaged.queue")
    assert client.lookup(receipt["reference"])["missing"] == receipt["missing"]
    check_depth(database)
    assert daemon.stop() == 0
    assert daemon.summary()["wait_people"] == 1


def test_several_daemons_and_more_than_one_look(client, database, new_daemon, daemon):
    """Of three daemons exactly one does each; more are due than one look lists."""
    others = [new_daemon(*LOOK).start().wait_for_database() for _ in range(2)]
    receipts = [client.submit(f"many-{number}", absent_student()) for number in range(230)]
    ids = [receipt["ticket"] for receipt in receipts]
    before = sum(log.count(" wait=reminded") for log in (daemon.log(),))
    pass_time(database, receipts, "remind_at")

    def count(kind):
        return database.value("SELECT count(*) FROM triaged.ticket_event WHERE kind = %s AND"
                              " ticket_id = ANY(%s::uuid[])", kind, ids)

    wait_until(lambda: count("reminded") >= 230, "the reminders")
    mails_arrive(database, receipts)
    pass_time(database, receipts, "ends_at")
    wait_until(lambda: count("wait_ended") >= 230, "the ends")
    assert (count("reminded"), count("wait_ended")) == (230, 230)
    assert database.value("SELECT count(*) FROM triaged.outbox WHERE kind = 'reminder' AND"
                          " ticket_id = ANY(%s::uuid[])", ids) == 230
    assert database.value("SELECT count(*) FROM triaged.queue WHERE"
                          " ticket_id = ANY(%s::uuid[])", ids) == 0
    check_depth(database)
    for other in others:
        assert other.stop() == 0
    told = sum(each.log().count(" wait=reminded") for each in [daemon, *others])
    assert told - before == 230


def test_stopped_daemon_catches_up(cluster, new_daemon, new_client):
    database = Database(cluster, cluster.new_database())
    first = new_daemon(conninfo=database.conninfo).start().wait_for_database()
    receipt = new_client(first.endpoint).submit("late", absent_student())
    assert first.stop() == 0
    pass_time(database, [receipt], "remind_at")
    pass_time(database, [receipt], "ends_at")
    # Its first look is at its start; a wait that has ended needs no reminder.
    second = new_daemon(
        "--wait-check", "1h", conninfo=database.conninfo).start().wait_for_database()
    wait_for_event(database, receipt, "wait_ended")
    assert events(database, receipt) == ["accepted", "wait_ended"]
    assert second.stop() == 0


def test_busy_desk_still_looks(client, database, receipt):
    """What is due does not wait until everybody else has been served."""
    busy = client.submit("busy", absent_student())
    with database.cluster.connect(database.name, autocommit=False) as connection:
        connection.execute("SELECT 1 FROM triaged.ticket WHERE ticket_id = %s FOR UPDATE",
                           (busy["ticket"],))
        for number in range(49):
            client.send(follow_up(busy, f"f{number}", body=f"{DETAILS} {number}"))
        wait_until(lambda: database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND"
            " wait_event_type = 'Lock'", database.name) == 1, "the first follow-up to wait")
        client.ask({"v": 1, "op": "ping"})  # all have been read
        pass_time(database, [receipt], "remind_at")
    assert {client.receive()["status"] for _ in range(49)} == {"accepted"}
    wait_for_event(database, receipt, "reminded")
    assert database.value(
        "SELECT count(*) FROM triaged.message m, triaged.ticket_event e WHERE m.ticket_id = %s"
        " AND e.ticket_id = %s AND e.kind = 'reminded' AND m.at > e.at",
        busy["ticket"], receipt["ticket"]) > 5
