# SPDX-License-Identifier: MIT
"""What a requester adds to a ticket, in each place where the ticket can be."""
import datetime
import threading

import psycopg
import pytest

from support import DETAILS, Client, absent_student, follow_up, ticket, wait_until


def whole_ticket():
    """One that lacks nothing."""
    return ticket(reason="mentor.student_absent", body=DETAILS,
                  fields={"student_name": "Jean Dupont"})


def place(database, receipt):
    """The ticket's row in the queue, by column; None when it is closed."""
    rows = database.rows("SELECT to_jsonb(q) FROM triaged.queue q WHERE ticket_id = %s",
                         receipt["ticket"])
    return rows[0][0] if rows else None


def mails(database, receipt):
    return database.rows("SELECT kind, subject, body FROM triaged.outbox WHERE ticket_id = %s"
                         " ORDER BY created_at", receipt["ticket"])


def messages(database, receipt):
    return database.rows("SELECT body, fields, decision->>'outcome' FROM triaged.message"
                         " WHERE ticket_id = %s ORDER BY message_no", receipt["ticket"])


def events(database, receipt):
    return [kind for kind, in database.rows(
        "SELECT kind FROM triaged.ticket_event WHERE ticket_id = %s ORDER BY event_id",
        receipt["ticket"])]


def check_depth(database):
    """The depth that is kept is the one that is there."""
    kept = dict(database.rows("SELECT team || ' ' || state, sum(depth)::int"
                              " FROM triaged.queue_depth GROUP BY 1"))
    there = dict(database.rows("SELECT team || ' ' || state, count(*)::int"
                               " FROM triaged.queue GROUP BY 1"))
    assert kept == there


@pytest.fixture(scope="module")
def agent(database, daemon):
    """An agent of all teams, as a function that calls SQL functions."""
    database.execute("SELECT triaged.agent_add('dana', 'Dana', ARRAY(SELECT name FROM"
                     " triaged.team), '{en,fr}')")

    def call(function, receipt, *arguments):
        marks = ", ".join(["%s"] * len(arguments))
        return database.rows(f"SELECT * FROM triaged.{function}('dana', {marks})", *arguments)

    call.claim = lambda receipt: database.value(
        "SELECT lease_token FROM triaged.claim('dana', ticket => %s)", receipt["reference"])
    return call


@pytest.fixture
def receipt(client, request):
    """A ticket that waits: two fields are missing."""
    answer = client.submit(request.node.name, absent_student())
    assert (answer["status"], answer["outcome"]) == ("accepted", "needs_info")
    assert answer["missing"] == ["student_name", "details"]
    return answer


# The first answer ----------------------------------------------------------------


def test_first_wait(database, receipt):
    row = place(database, receipt)
    assert (row["state"], row["asked"], row["due_at"]) == ("waiting", 1, None)
    ends, reminds = database.rows(
        "SELECT q.ends_at - t.stored_at, q.remind_at - t.stored_at FROM triaged.queue q"
        " JOIN triaged.ticket t USING (ticket_id) WHERE ticket_id = %s", receipt["ticket"])[0]
    assert abs(ends - datetime.timedelta(days=14)) < datetime.timedelta(minutes=1)
    assert abs(reminds - datetime.timedelta(days=7)) < datetime.timedelta(minutes=1)


def test_routed_ticket_does_not_wait(client, database):
    answer = client.submit("no-wait", whole_ticket())
    row = place(database, answer)
    assert (row["state"], row["asked"]) == ("queued", 0)
    assert (row["ends_at"], row["remind_at"]) == (None, None)


def test_link_is_filled_in(client, database, receipt):
    body = receipt["reply"]["body"]
    assert f"/{receipt['reference']}#{receipt['follow_up_token']}" in body
    assert "{{" not in body
    assert [body for _, _, body in mails(database, receipt)] == [body]
    again = client.submit("test_link_is_filled_in", absent_student())
    assert (again["status"], again["reply"]) == ("duplicate", receipt["reply"])


def test_link_of_a_preview(client):
    answer = client.ask({"v": 1, "op": "preview", "ticket": absent_student()})
    assert "/…#…" in answer["reply"]["body"]
    assert "{{" not in answer["reply"]["body"]


def test_link_after_a_collision(client, database):
    """The reference was taken: the mail has the one that the ticket got."""
    database.execute(
        "CREATE FUNCTION triaged.taken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.reference < 'G' THEN RETURN NULL; END IF; RETURN NEW; END $$")
    database.execute("CREATE TRIGGER taken BEFORE INSERT ON triaged.ticket_key"
                     " FOR EACH ROW EXECUTE FUNCTION triaged.taken()")
    try:
        for number in range(4):
            answer = client.submit_until_kept(f"collision-{number}", absent_student())
            link = f"/{answer['reference']}#{answer['follow_up_token']}"
            assert link in answer["reply"]["body"]
            assert link in mails(database, answer)[0][2]
    finally:
        database.execute("DROP FUNCTION triaged.taken() CASCADE")


# Waiting for what was asked --------------------------------------------------------


def test_complete(client, database, receipt):
    answer = client.follow_up(receipt, "f", body=DETAILS, fields={"student_name": "Jean Dupont"})
    assert (answer["status"], answer["outcome"], answer["state"]) == ("accepted", "routed", "queued")
    assert answer["missing"] == []
    for name in ("ticket", "reference", "follow_up_token", "category", "team", "policy"):
        assert answer[name] == receipt[name]
    row = place(database, receipt)
    assert (row["state"], row["ends_at"], row["remind_at"]) == ("queued", None, None)
    assert [kind for kind, _, _ in mails(database, receipt)] == ["answer", "answer"]
    assert mails(database, receipt)[1][1:] == (answer["reply"]["subject"], answer["reply"]["body"])
    assert messages(database, receipt) == [(DETAILS, {"student_name": "Jean Dupont"}, "routed")]
    assert database.value("SELECT decision->'found'->>'student_name' FROM triaged.message"
                          " WHERE ticket_id = %s", receipt["ticket"]) == "Jean Dupont"
    assert events(database, receipt) == ["accepted", "follow_up"]
    check_depth(database)


def test_page_shows_what_is_now(client, agent, receipt):
    """Who takes a completed ticket is not told what it lacked before."""
    def decision():
        return agent("ticket_page", receipt, receipt["reference"])[0][0]["decision"]

    before = decision()
    assert before["missing"] == ["student_name", "details"]
    client.follow_up(receipt, "page-1", body=DETAILS, fields={"student_name": "Jean Dupont"})
    after = decision()
    assert (after["outcome"], after["missing"]) == ("routed", [])
    assert after["found"]["student_name"] == "Jean Dupont"
    assert after["category"] == before["category"]
    client.follow_up(receipt, "page-2", body="One more thing.")
    assert decision()["found"] == after["found"]


def test_original_age(client, database, receipt):
    """Due as if the ticket had been complete when it came."""
    database.execute("UPDATE triaged.ticket SET received_at = received_at - interval '9 days'"
                     " WHERE ticket_id = %s", receipt["ticket"])
    client.follow_up(receipt, "f", body=DETAILS, fields={"student_name": "Jean Dupont"})
    assert database.value("SELECT due_at < clock_timestamp() - interval '1 day'"
                          " FROM triaged.queue WHERE ticket_id = %s", receipt["ticket"])


def test_asked_once_more_then_people(client, database, receipt):
    database.execute("UPDATE triaged.queue SET ends_at = ends_at - interval '10 days',"
                     " remind_at = NULL WHERE ticket_id = %s", receipt["ticket"])
    first = client.follow_up(receipt, "f1", body=DETAILS)
    assert (first["outcome"], first["state"]) == ("needs_info", "waiting")
    assert first["missing"] == ["student_name"]
    assert receipt["follow_up_token"] in first["reply"]["body"]
    row = place(database, receipt)
    assert (row["state"], row["asked"]) == ("waiting", 2)
    assert database.value("SELECT ends_at > clock_timestamp() + interval '13 days 23 hours'"
                          " AND remind_at > clock_timestamp() + interval '6 days 23 hours'"
                          " FROM triaged.queue WHERE ticket_id = %s", receipt["ticket"])
    assert client.lookup(receipt["reference"])["missing"] == ["student_name"]

    second = client.follow_up(receipt, "f2", body="I can say no more about it, and it is urgent.")
    assert (second["outcome"], second["state"]) == ("routed", "queued")
    assert second["missing"] == ["student_name"]
    told_of_people(second)
    assert place(database, receipt)["state"] == "queued"
    assert [kind for kind, _, _ in mails(database, receipt)] == ["answer", "ask", "answer"]
    assert [outcome for _, _, outcome in messages(database, receipt)] == ["needs_info", "routed"]
    check_depth(database)


def told_of_people(answer):
    """In words that are true of a request that nobody has found complete."""
    assert "has it now and will answer you by e-mail" in answer["reply"]["body"]
    assert "is complete" not in answer["reply"]["body"] and "{{" not in answer["reply"]["body"]


def test_bare_answer(client, receipt):
    assert client.follow_up(receipt, "f1", body=DETAILS)["missing"] == ["student_name"]
    answer = client.follow_up(receipt, "f2", body="Jean Dupont")
    assert (answer["outcome"], answer["missing"]) == ("routed", [])


def test_parts_of_every_kind_are_read(client, database):
    """Boxes of the ticket and of a follow-up count again with each one that comes."""
    odd = {"n": 3, "f": 1.5, "y": True, "l": ["a", 2, None, False], "e": [], "u": None}
    first = client.submit("parts", absent_student(
        fields={"student_name": "Jean Dupont", **odd},
        attachments=[{"name": "a.png", "type": "image/png", "data": b"x"}, {"name": "b"}]))
    assert first["missing"] == ["details"]
    answer = client.follow_up(first, "f1", fields=odd, attachments=[{"name": "c.pdf"}])
    assert (answer["outcome"], answer["missing"]) == ("needs_info", ["details"])
    assert {warning["path"] for warning in answer["warnings"]} >= {"fields.n", "fields.l"}
    answer = client.follow_up(first, "f2", body=DETAILS)
    assert (answer["outcome"], answer["missing"]) == ("routed", [])


def test_attachments_are_kept(client, database, receipt):
    client.follow_up(receipt, "f", attachments=[
        {"name": "url", "url": "https://example.org/x"}, {"name": "data", "data": b"\0\xff"}])
    assert database.rows(
        "SELECT m.attachments, a.position, a.content FROM triaged.message m"
        " JOIN triaged.attachment a USING (ticket_id, message_no) WHERE ticket_id = %s",
        receipt["ticket"]) == [
            ([{"name": "url", "url": "https://example.org/x"}, {"name": "data"}], 1, b"\0\xff")]


def test_nothing_new(client, database, receipt):
    """Thanks are kept, and nobody gets a mail for them."""
    before = place(database, receipt)
    answer = client.follow_up(receipt, "f", body="Thank you!")
    assert (answer["status"], answer["state"]) == ("accepted", "waiting")
    assert answer["missing"] == receipt["missing"]
    assert "reply" not in answer
    assert place(database, receipt) == before
    assert len(mails(database, receipt)) == 1


def test_answered(client, database):
    """A gate closes what the requester completes."""
    first = client.submit("answered", ticket(
        audience="coach", reason="coach.student_absent", subject="",
        body="Hello, one of my students does not answer me any more."))
    assert "contact_attempts_confirmed" in first["missing"]
    answer = client.follow_up(first, "f", fields={
        "contact_attempts_confirmed": False, "student_name": "Jean Dupont"})
    assert (answer["status"], answer["outcome"]) == ("accepted", "answered")
    assert answer["state"] == "closed"
    assert place(database, first) is None
    assert [kind for kind, _, _ in mails(database, first)] == ["answer", "answer"]
    check_depth(database)


# Elsewhere -------------------------------------------------------------------------


def test_queued_and_held(client, database, agent):
    first = client.submit("queued", whole_ticket())
    before = place(database, first)
    assert before["state"] == "queued"
    answer = client.follow_up(first, "f1", body="I forgot to say that it is about Monday.")
    assert (answer["status"], answer["outcome"], answer["state"]) == ("accepted", "routed", "queued")
    assert "reply" not in answer
    assert place(database, first) == before

    lease = agent.claim(first)
    held = place(database, first)
    answer = client.follow_up(first, "f2", fields={"anything": "more"})
    assert answer["state"] == "held"
    assert place(database, first) == held
    assert len(mails(database, first)) == 1
    page = agent("ticket_page", first, first["reference"])[0][0]
    assert [message["author"] for message in page["messages"]] == ["requester"] * 2
    assert events(database, first) == ["accepted", "follow_up", "claimed", "follow_up"]
    with pytest.raises(psycopg.Error, match="the requester has written meanwhile"):
        agent("complete", first, first["reference"], lease)
    agent("complete", first, first["reference"], lease, None, page["follow_up_no"])
    check_depth(database)


def test_closed(client, database, agent):
    first = client.submit("closed", whole_ticket())
    agent("complete", first, first["reference"], agent.claim(first))
    assert place(database, first) is None
    answer = client.follow_up(first, "f", body="It is not solved, I am sorry to say.")
    told_of_people(answer)
    assert (answer["status"], answer["outcome"], answer["state"]) == ("accepted", "routed", "queued")
    row = place(database, first)
    assert (row["state"], row["team"], row["category"]) == (
        "queued", first["team"], first["category"])
    assert database.value("SELECT due_at > clock_timestamp() AND received_at > clock_timestamp()"
                          " - interval '1 minute' FROM triaged.queue WHERE ticket_id = %s",
                          first["ticket"])
    assert events(database, first)[-2:] == ["follow_up", "reopened"]
    check_depth(database)
    agent("complete", first, first["reference"], agent.claim(first))
    check_depth(database)


def test_closed_by_another_team(client, database, agent):
    """A ticket comes back to those who had it last."""
    first = client.submit("other-team", whole_ticket())
    other = database.value("SELECT name FROM triaged.team WHERE name <> %s LIMIT 1", first["team"])
    agent("reassign", first, first["reference"], agent.claim(first), other)
    agent("complete", first, first["reference"], agent.claim(first))
    answer = client.follow_up(first, "f", body="It is not solved, I am sorry to say.")
    assert answer["team"] == other == place(database, first)["team"]


def test_answer_to_a_person(client, database, agent):
    """Who is asked by an agent gets the agent's team again, not the rules' questions."""
    first = client.submit("person", whole_ticket())
    due = place(database, first)["due_at"]
    agent("reply", first, first["reference"], agent.claim(first), "Which of your sessions?", "wait")
    assert place(database, first)["state"] == "waiting"
    answer = client.follow_up(first, "f", body="The one on Monday.")
    assert (answer["outcome"], answer["state"]) == ("routed", "queued")
    row = place(database, first)
    assert (row["state"], row["due_at"], row["ends_at"]) == ("queued", due, None)
    check_depth(database)


# Refusals --------------------------------------------------------------------------


def nothing_written(database, receipt):
    return messages(database, receipt) == [] and len(mails(database, receipt)) == 1


def test_wrong_token(client, database, receipt, daemon):
    mark = daemon.mark()
    for token in ("x", receipt["follow_up_token"][:-1], receipt["follow_up_token"] + "0"):
        answer = client.follow_up({**receipt, "follow_up_token": token}, "f", body=DETAILS)
        assert answer == {"v": 1, "status": "denied", "key": "f"}
    assert nothing_written(database, receipt)
    assert f"ticket={receipt['ticket']} follow_up denied" in daemon.log_since(mark)
    assert receipt["follow_up_token"] not in daemon.log()


def test_wrong_token_reads_nothing(client, database, receipt):
    """What people wrote is not even read: here that would be too much."""
    database.execute("UPDATE triaged.ticket SET body = repeat('x', 60000000) WHERE ticket_id = %s",
                     receipt["ticket"])
    wrong = client.follow_up({**receipt, "follow_up_token": "x"}, "f", body=DETAILS)
    assert wrong["status"] == "denied"
    assert client.follow_up(receipt, "f", body=DETAILS)["status"] == "retry"


def test_tried_tokens_do_not_fill_the_log(client, receipt, daemon):
    mark = daemon.mark()
    for number in range(300):
        client.send(follow_up({**receipt, "follow_up_token": f"x{number}"}, "f", body=DETAILS))
    assert {client.receive()["status"] for _ in range(300)} == {"denied"}
    assert daemon.log_since(mark).count(" follow_up denied") < 100


def test_token_of_another_ticket(client, database, receipt):
    other = client.submit("another", absent_student())
    mixed = {**receipt, "follow_up_token": other["follow_up_token"]}
    assert client.follow_up(mixed, "f", body=DETAILS)["status"] == "denied"


@pytest.mark.parametrize("name", ["00000000", "no", "-", "%", "0190f000-0000-7000-8000-000000000000"])
def test_no_such_ticket(client, name):
    answer = client.follow_up({"reference": name, "follow_up_token": "x"}, "f", body="b")
    assert answer == {"v": 1, "status": "not_found", "key": "f"}
    assert client.lookup(name) == {"v": 1, "status": "not_found"}


def test_repeat_and_conflict(client, database, receipt):
    first = client.follow_up(receipt, "f", body=DETAILS)
    again = client.follow_up({**receipt, "reference": receipt["ticket"]}, b"f", body=DETAILS)
    assert (first["status"], again["status"]) == ("accepted", "duplicate")
    assert {**again, "status": "accepted", "key": "f"} == first
    assert client.follow_up(receipt, "f", body="other")["status"] == "conflict"
    assert client.follow_up(receipt, "f", body=DETAILS, fields={"a": 1})["status"] == "conflict"
    assert len(messages(database, receipt)) == 1
    # Still so when the ticket has gone on.
    client.follow_up(receipt, "g", body="Jean Dupont")
    assert {**client.follow_up(receipt, "f", body=DETAILS), "status": "accepted"} == first
    # A key names a follow-up among those of its ticket only.
    other = client.submit("repeat-other", absent_student())
    assert client.follow_up(other, "f", body="other")["status"] == "accepted"


def test_repeat_without_a_token_tells_nothing(client, receipt):
    client.follow_up(receipt, "f", body=DETAILS)
    answer = client.follow_up({**receipt, "follow_up_token": "x"}, "f", body=DETAILS)
    assert answer == {"v": 1, "status": "denied", "key": "f"}


def test_too_many(client, database, receipt):
    database.execute("INSERT INTO triaged.message (ticket_id, kind, author, body)"
                     " SELECT %s, 'follow_up', 'requester', '' FROM generate_series(1, 49)",
                     receipt["ticket"])
    assert client.follow_up(receipt, "last", body="more and more")["status"] == "accepted"
    answer = client.follow_up(receipt, "over", body="more")
    assert [(e["path"], e["code"]) for e in answer["errors"]] == [("ticket", "too_many_follow_ups")]
    assert client.follow_up(receipt, "last", body="more and more")["status"] == "duplicate"


def test_longest_follow_ups(client, receipt):
    """As much as the wire takes, as often as a ticket is read with it."""
    long = "a word " * 9362
    for number in range(6):
        answer = client.follow_up(receipt, f"long-{number}", body=long,
                                  fields={f"box{n}": "x" * 4000 for n in range(64)})
        assert answer["status"] == "accepted"


# At once ---------------------------------------------------------------------------


def at_once(endpoints, requests):
    barrier = threading.Barrier(len(requests))
    answers = [None] * len(requests)

    def run(number):
        client = Client(endpoints[number % len(endpoints)])
        client.ask({"v": 1, "op": "ping"})
        barrier.wait()
        answers[number] = client.ask(requests[number])
        client.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_two_daemons(client, database, daemon, new_daemon):
    other = new_daemon().start().wait_for_database()
    endpoints = [daemon.endpoint, other.endpoint]
    for round_ in range(8):
        receipt = client.submit(f"daemons-{round_}", absent_student())
        same = follow_up(receipt, "f", body=DETAILS)
        answers = at_once(endpoints, [same] * 4)
        assert sorted(answer["status"] for answer in answers) == ["accepted"] + ["duplicate"] * 3
        assert len({str({**answer, "status": ""}) for answer in answers}) == 1
        assert place(database, receipt)["asked"] == 2

        # Different ones: each is decided with all that came before it.
        receipt = client.submit(f"differ-{round_}", absent_student())
        answers = at_once(endpoints, [
            follow_up(receipt, "a", body=DETAILS),
            follow_up(receipt, "b", fields={"student_name": "Jean Dupont"})])
        assert [answer["status"] for answer in answers] == ["accepted"] * 2
        assert sorted(answer["outcome"] for answer in answers) == ["needs_info", "routed"]
        assert place(database, receipt)["state"] == "queued"
        assert len(messages(database, receipt)) == 2
        assert [kind for kind, _, _ in mails(database, receipt)] == ["answer", "ask", "answer"]
    check_depth(database)
    assert other.stop() == 0


def test_against_an_agent(client, database, agent, receipt):
    """The ticket moves between reading and writing: it is read again."""
    first = client.submit("against", whole_ticket())
    with database.cluster.connect(database.name, autocommit=False) as connection:
        connection.execute("SELECT * FROM triaged.claim('dana', ticket => %s)",
                           (first["reference"],))
        client.send(follow_up(first, "f", body="One thing more about it."))
        wait_until(lambda: database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND"
            " datname = %s", database.name) == 1, "the follow-up to wait for the row")
        connection.commit()
    answer = client.receive()
    assert (answer["status"], answer["state"]) == ("accepted", "held")
    assert place(database, first)["state"] == "held"
