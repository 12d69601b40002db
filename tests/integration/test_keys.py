# SPDX-License-Identifier: MIT
"""One key makes one ticket, whoever sends it, however often, and how."""
import threading

import msgpack
import pytest

from support import Client, request, ticket, wait_until


def kept(database, key):
    return database.rows(
        "SELECT t.ticket_id::text, t.body FROM triaged.ticket_key k"
        " JOIN triaged.ticket t USING (ticket_id) WHERE k.key = %s", key)


def test_repeat_gives_the_first_answer(client, database):
    first = client.submit("first", ticket(fields={"shoe_size": 42}))
    again = client.submit("first", ticket(fields={"shoe_size": 42}))
    assert first["status"] == "accepted"
    assert again["status"] == "duplicate"
    del first["status"], again["status"]
    assert again == first
    assert len(kept(database, b"first")) == 1


def test_repeat_after_a_restart(new_daemon, new_client):
    one = new_daemon().start().wait_for_database()
    first = new_client(one.endpoint).submit("restart", ticket())
    assert one.stop() == 0
    two = new_daemon().start().wait_for_database()
    again = new_client(two.endpoint).submit("restart", ticket())
    assert again["status"] == "duplicate"
    assert {**again, "status": "accepted"} == first


def test_other_body_is_a_conflict(client, database):
    assert client.submit("conflict", ticket())["status"] == "accepted"
    answer = client.submit("conflict", ticket(body="something else"))
    assert answer == {"v": 1, "status": "conflict", "key": "conflict"}
    assert [body for _, body in kept(database, b"conflict")] == [ticket()["body"]]


def test_key_is_its_bytes(client):
    first = client.submit("bytes", ticket())
    again = client.submit(b"bytes", ticket())
    assert (again["status"], again["key"]) == ("duplicate", b"bytes")
    assert again["ticket"] == first["ticket"]


def test_other_encodings_are_the_same_ticket(client):
    one = ticket(fields={"b": 3, "a": 1, "long": "x" * 40, "none": None})
    assert client.submit("encoding", one)["status"] == "accepted"
    backwards = dict(reversed(one.items()))
    backwards["requester"] = dict(reversed(one["requester"].items()))
    backwards["fields"] = {"long": "x" * 40, "a": 1, "b": 3}
    assert client.submit("encoding", backwards)["status"] == "duplicate"
    # The same numbers in eight bytes, the same text with a longer header.
    wide = msgpack.packb(request("encoding", backwards)).replace(
        b"\xa1a\x01", b"\xa1a\xd3" + (1).to_bytes(8, "big")).replace(
        b"\xa1b\x03", b"\xa1b\xcf" + (3).to_bytes(8, "big")).replace(
        b"\xd9\x28", b"\xdb\x00\x00\x00\x28")
    assert len(wide) > len(msgpack.packb(request("encoding", backwards))) + 16
    assert client.ask_bytes(wide)["status"] == "duplicate"


def answers_at_once(endpoints, key, bodies):
    """One thread with its own socket per body; the answers in that order."""
    barrier = threading.Barrier(len(bodies))
    answers = [None] * len(bodies)

    def run(number):
        client = Client(endpoints[number % len(endpoints)])
        client.ask({"v": 1, "op": "ping"})
        barrier.wait()
        answers[number] = client.submit(key, ticket(body=bodies[number]))
        client.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(bodies))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.parametrize("round_", range(5))
def test_eight_sockets_at_once(daemon, database, round_):
    key = f"sockets-{round_}"
    answers = answers_at_once([daemon.endpoint], key, ["same"] * 8)
    assert sorted(answer["status"] for answer in answers) == ["accepted"] + ["duplicate"] * 7
    assert len({answer["ticket"] for answer in answers}) == 1
    assert len({answer["follow_up_token"] for answer in answers}) == 1
    assert len(kept(database, key.encode())) == 1


def test_two_daemons_at_once(daemon, database, new_daemon):
    other = new_daemon().start().wait_for_database()
    for round_ in range(20):
        key = f"daemons-{round_}"
        answers = answers_at_once([daemon.endpoint, other.endpoint], key, ["same"] * 4)
        assert sorted(a["status"] for a in answers) == ["accepted"] + ["duplicate"] * 3
        assert len({answer["ticket"] for answer in answers}) == 1
        assert len(kept(database, key.encode())) == 1


def test_two_daemons_with_different_bodies(daemon, database, new_daemon):
    other = new_daemon().start().wait_for_database()
    for round_ in range(20):
        key = f"differ-{round_}"
        answers = answers_at_once(
            [daemon.endpoint, other.endpoint], key, ["one", "two", "one", "two"])
        winner = [n for n, answer in enumerate(answers) if answer["status"] == "accepted"]
        assert len(winner) == 1
        for number, answer in enumerate(answers):
            if number != winner[0]:
                same = number % 2 == winner[0] % 2
                assert answer["status"] == ("duplicate" if same else "conflict")
        assert [body for _, body in kept(database, key.encode())] == [("one", "two")[winner[0] % 2]]


def test_many_keys_in_opposite_orders(daemon, database, new_daemon):
    """Two daemons with the same keys the other way round must not deadlock."""
    other = new_daemon().start().wait_for_database()
    clients = [Client(daemon.endpoint), Client(other.endpoint)]
    keys = [f"order-{number:04}" for number in range(1000)]
    for one, order in zip(clients, (keys, keys[::-1])):
        for key in order:
            one.send(request(key, ticket()))
    statuses = {}
    for one in clients:
        for _ in keys:
            answer = one.receive()
            statuses.setdefault(answer["key"], []).append((answer["status"], answer["ticket"]))
        one.close()
    for key in keys:
        (first, second) = sorted(statuses[key])
        assert (first[0], second[0]) == ("accepted", "duplicate")
        assert first[1] == second[1]
    assert database.value(
        "SELECT count(*) FROM triaged.ticket_key WHERE key LIKE 'order-%'::bytea") == 1000


class Held:
    """Holds the daemon's statements back, so that what is sent meanwhile is in
    one batch."""

    def __init__(self, database):
        self.connection = database.cluster.connect(database.name, autocommit=False)

    def __enter__(self):
        self.connection.execute("LOCK TABLE triaged.ticket_key IN ACCESS EXCLUSIVE MODE")
        return self

    def __exit__(self, *_):
        self.connection.rollback()
        self.connection.close()


def sent_in_one_batch(client, database, daemon, requests):
    # One ticket for each connection goes ahead and waits for the lock; what is
    # sent then can only be in the batch that follows.
    with Held(database):
        for number in range(2):
            client.send(request(f"ahead-{requests[0]['key']}-{number}", ticket()))
            wait_until(lambda: database.value(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND"
                " wait_event_type = 'Lock'", database.name) == number + 1, "a batch that waits")
        for one in requests:
            client.send(one)
        # Answered at once, so all of the above have been read by then.
        client.send({"v": 1, "op": "ping", "id": "read"})
        assert client.receive()["id"] == "read"
    answers = [client.receive() for _ in range(len(requests) + 2)]
    return [answer for answer in answers if not str(answer["key"]).startswith("ahead-")]


def test_twice_in_one_batch(client, database, daemon):
    answers = sent_in_one_batch(
        client, database, daemon,
        [request("batch", ticket(), id=number) for number in range(3)])
    assert [(a["id"], a["status"]) for a in sorted(answers, key=lambda a: a["id"])] == [
        (0, "accepted"), (1, "duplicate"), (2, "duplicate")]
    assert len({answer["ticket"] for answer in answers}) == 1
    assert len(kept(database, b"batch")) == 1


def test_twice_in_one_batch_with_different_bodies(client, database, daemon):
    answers = sent_in_one_batch(
        client, database, daemon,
        [request("mixed", ticket(body=body), id=number)
         for number, body in enumerate(["one", "two", "one", "three"])])
    assert [a["status"] for a in sorted(answers, key=lambda a: a["id"])] == [
        "accepted", "conflict", "duplicate", "conflict"]
    assert [body for _, body in kept(database, b"mixed")] == ["one"]


def test_taken_reference_gets_another(client, database):
    """Most references are taken: the daemon tries others."""
    database.execute(
        "CREATE FUNCTION triaged.taken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.reference < 'V' THEN RETURN NULL; END IF; RETURN NEW; END $$")
    database.execute("CREATE TRIGGER taken BEFORE INSERT ON triaged.ticket_key"
                     " FOR EACH ROW EXECUTE FUNCTION triaged.taken()")
    try:
        statuses = []
        answer = client.submit_until_kept("reference", ticket(), statuses)
        assert answer["status"] == "accepted"
        assert answer["reference"] >= "V"
        assert len(kept(database, b"reference")) == 1
    finally:
        database.execute("DROP FUNCTION triaged.taken() CASCADE")


def test_key_whose_ticket_is_gone(database, new_daemon, new_client):
    """Retention may take a ticket and leave its key. That is no lack of references."""
    daemon = new_daemon().start().wait_for_database()
    client = new_client(daemon.endpoint)
    number = client.submit("gone", ticket())["ticket"]
    database.execute(
        "BEGIN; SET LOCAL session_replication_role = replica;"
        f"DELETE FROM triaged.ticket WHERE ticket_id = '{number}'; COMMIT")
    mark = daemon.mark()
    assert client.submit("gone", ticket())["status"] == "retry"
    assert f"ticket={number} has gone, but its key is kept" in daemon.log_since(mark)
    assert "reference" not in daemon.log_since(mark)
    assert client.submit("gone", ticket(subject="other"))["status"] == "conflict"
    assert daemon.stop() == 0
