# SPDX-License-Identifier: MIT
"""Whatever comes in: an answer that says why, and the daemon goes on."""
import msgpack
import pytest

from support import request, ticket


def packed(message):
    return msgpack.packb(message)


def deep(levels):
    value = "x"
    for _ in range(levels):
        value = [value]
    return value


GOOD = packed(request("k", ticket()))
TWICE = b"\x82\xa1v\x01\xa1v\x01"

BAD_BYTES = {
    "nothing": b"",
    "truncated": GOOD[:-5],
    "half": GOOD[:len(GOOD) // 2],
    "trailing": GOOD + b"\xc0",
    "two objects": GOOD + GOOD,
    "no map": packed([1, 2, 3]),
    "text": b"hello",
    "never used byte": b"\xc1",
    "extension": packed({"v": 1, "op": "ping", "id": msgpack.ExtType(1, b"x")}),
    "giant array": b"\x81\xa1v\xdd\x0f\xff\xff\xff",
    "giant map": b"\xdf\xff\xff\xff\xff",
    "giant text": b"\x81\xa1v\xdb\xff\xff\xff\xff",
    "duplicate key": TWICE,
    "nested": packed(request("k", ticket(fields={"a": deep(10)}))),
    "nested without end": b"\x81\xa1v" + b"\x91" * 10000 + b"\x01",
    "too many": packed(request("k", ticket(fields={"a": list(range(5000))}))),
    "key is no text": b"\x81\x01\x01",
    "invalid UTF-8": packed(request("k", ticket(body=b"@@"))).replace(b"\xc4\x02@@", b"\xa2\xff\xfe"),
    "overlong UTF-8": packed(request("k", ticket(body=b"@@"))).replace(b"\xc4\x02@@", b"\xa2\xc0\xaf"),
    "surrogate": packed(request("k", ticket(body=b"@@@"))).replace(b"\xc4\x03@@@", b"\xa3\xed\xa0\x80"),
}


@pytest.mark.parametrize("name", BAD_BYTES)
def test_bad_bytes(client, name):
    answer = client.ask_bytes(BAD_BYTES[name])
    assert answer["v"] == 1
    assert answer["status"] == "invalid"
    assert answer["errors"] and all(
        set(error) == {"path", "code", "message"} for error in answer["errors"])
    assert client.ask({"v": 1, "op": "ping"})["status"] == "ok"


BAD_MESSAGES = {
    "no version": ({"op": "ping"}, "v"),
    "version 2": ({"v": 2, "op": "ping"}, "v"),
    "version as text": ({"v": "1", "op": "ping"}, "v"),
    "no op": ({"v": 1}, "op"),
    "unknown op": ({"v": 1, "op": "delete"}, "op"),
    "op as number": ({"v": 1, "op": 3}, "op"),
    "unknown envelope key": ({"v": 1, "op": "ping", "extra": 1}, "extra"),
    "no key": ({"v": 1, "op": "submit", "ticket": ticket()}, "key"),
    "empty key": (request("", ticket()), "key"),
    "long key": (request("k" * 65, ticket()), "key"),
    "key as number": (request(5, ticket()), "key"),
    "no ticket": ({"v": 1, "op": "submit", "key": "k"}, "ticket"),
    "ticket as text": (request("k", "ticket"), "ticket"),
    "unknown ticket key": (request("k", ticket(colour="red")), "ticket.colour"),
    "no audience": (request("k", ticket(audience=None)), "ticket.audience"),
    "unknown audience": (request("k", ticket(audience="nobody")), "ticket.audience"),
    "audience as list": (request("k", ticket(audience=["mentor"])), "ticket.audience"),
    "no requester": (request("k", ticket(requester=None)), "ticket.requester"),
    "no address": (request("k", ticket(requester={"name": "D"})), "ticket.requester.email"),
    "empty address": (request("k", ticket(requester={"email": ""})), "ticket.requester.email"),
    "no at": (request("k", ticket(requester={"email": "dana"})), "ticket.requester.email"),
    "two addresses": (request("k", ticket(requester={"email": "a@b.c,d@e.f"})),
                      "ticket.requester.email"),
    "address with a line": (request("k", ticket(requester={"email": "a@b.c\nBcc: d@e.f"})),
                            "ticket.requester.email"),
    "NUL in the body": (request("k", ticket(body="a\0b")), "ticket.body"),
    "NUL in a field": (request("k", ticket(fields={"a": "\0"})), "ticket.fields.a"),
    "body as bytes": (request("k", ticket(body=b"bytes")), "ticket.body"),
    "body of 65,537": (request("k", ticket(body="x" * 65537)), "ticket.body"),
    "long subject": (request("k", ticket(subject="x" * 1025)), "ticket.subject"),
    "received_at without a zone": (request("k", ticket(received_at="2026-01-12T09:41:00")),
                                   "ticket.received_at"),
    "too many attachments": (request("k", ticket(
        attachments=[{"name": "a", "type": "b", "size": 1}] * 17)), "ticket.attachments"),
    "attachment data": (request("k", ticket(
        attachments=[{"name": "a", "type": "b", "size": 1, "data": b"x" * 131073}])),
        "ticket.attachments"),
}


@pytest.mark.parametrize("name", BAD_MESSAGES)
def test_bad_message(client, name):
    message, path = BAD_MESSAGES[name]
    answer = client.ask({**message, "id": "mine"})
    assert answer["status"] == "invalid"
    assert answer["id"] == "mine"
    if isinstance(message.get("key"), str) and 0 < len(message["key"]) <= 64:
        assert answer["key"] == message["key"]
    assert any(error["path"].startswith(path) for error in answer["errors"]), answer["errors"]


def test_nothing_of_it_is_kept(client, database):
    for body in BAD_BYTES.values():
        client.ask_bytes(body)
    for message, _ in BAD_MESSAGES.values():
        client.ask(message)
    assert database.tickets().get(b"k") is None


def test_bad_input_is_not_in_the_log(client, daemon):
    mark = daemon.mark()
    client.submit("log-bad", ticket(audience="xyzzy-audience", body="xyzzy-body"))
    client.submit("log-good", ticket(subject="xyzzy-subject", body="xyzzy-body",
                                     requester={"name": "xyzzy", "email": "xyzzy@example.org"}))
    daemon.wait_for_log("outcome=", mark)
    assert "xyzzy" not in daemon.log_since(mark)


def test_body_of_65536_bytes(client, database):
    assert client.submit("full", ticket(body="é" * 32768))["status"] == "accepted"
    assert database.value(
        "SELECT octet_length(body) FROM triaged.ticket JOIN triaged.ticket_key USING (ticket_id)"
        " WHERE key = 'full'") == 65536


def test_empty_subject_and_body(client):
    assert client.submit("empty", ticket(subject="", body=""))["status"] == "accepted"


def test_unknown_reason_and_box_are_data(client, database):
    answer = client.submit("data", ticket(reason="mentor.moonwalk", fields={"shoe_size": 42}))
    assert answer["status"] == "accepted"
    warned = {warning["path"]: warning["code"] for warning in answer["warnings"]}
    assert warned == {"ticket.reason": "unknown_reason",
                      "ticket.fields.shoe_size": "unknown_field"}
    assert database.rows(
        "SELECT reason, fields FROM triaged.ticket WHERE ticket_id = %s", answer["ticket"]) == [
            ("mentor.moonwalk", {"shoe_size": 42})]


def test_received_at_is_ignored_with_a_warning(client, database):
    answer = client.submit("clock", ticket(received_at="2001-02-03T04:05:06+01:00"))
    assert {"path": "ticket.received_at", "code": "received_at_ignored"} in answer["warnings"]
    assert database.value(
        "SELECT abs(extract(epoch FROM received_at - stored_at)) < 60 AND NOT clock_from_sender"
        " FROM triaged.ticket WHERE ticket_id = %s", answer["ticket"])


def test_received_at_is_the_clock_where_accepted(new_daemon, new_client, database):
    daemon = new_daemon("--accept-received-at").start().wait_for_database()
    answer = new_client(daemon.endpoint).submit(
        "their-clock", ticket(received_at="2001-02-03T04:05:06+01:00"))
    assert answer["warnings"] == []
    assert database.value(
        "SELECT received_at = '2001-02-03T03:05:06Z' AND clock_from_sender"
        " AND stored_at > now() - interval '1 hour'"
        " FROM triaged.ticket WHERE ticket_id = %s", answer["ticket"])


def test_text_is_kept_as_sent(client, database):
    texts = {"subject": "naïve — “quotes” \u202e rtl \u200d", "body": "e\u0301 é 🎓 Иван \u2028 \t\r\n x"}
    answer = client.submit("text", ticket(**texts, fields={"ключ": ["a", "ß", 1, True, 2.5]}))
    assert answer["status"] == "accepted"
    assert database.rows(
        "SELECT subject, body, fields FROM triaged.ticket WHERE ticket_id = %s",
        answer["ticket"]) == [(*texts.values(), {"ключ": ["a", "ß", 1, True, 2.5]})]


def test_attachments_are_kept(client, database):
    content = bytes(range(256))
    answer = client.submit("attached", ticket(attachments=[
        {"name": "link.png", "type": "image/png", "size": 10, "url": "https://example.org/a"},
        {"name": "bytes.bin", "type": "application/octet-stream", "size": 256, "data": content,
         "field": "proof"},
        {"name": "only a name", "type": "text/plain", "size": 0}]))
    assert answer["status"] == "accepted"
    (listed,), = database.rows(
        "SELECT attachments FROM triaged.ticket WHERE ticket_id = %s", answer["ticket"])
    assert [one["name"] for one in listed] == ["link.png", "bytes.bin", "only a name"]
    assert listed[0]["url"] == "https://example.org/a" and listed[1]["field"] == "proof"
    assert database.rows("SELECT position, content FROM triaged.attachment WHERE ticket_id = %s",
                         answer["ticket"]) == [(1, content)]


def test_preview_keeps_nothing(client, database):
    before = database.tickets()
    answer = client.ask({"v": 1, "op": "preview", "id": 1, "ticket": ticket()})
    assert answer["status"] == "ok"
    assert answer["category"] and answer["outcome"] and answer["team"] and answer["priority"]
    assert "ticket" not in answer and "follow_up_token" not in answer
    assert database.tickets() == before
    submitted = client.submit("previewed", ticket())
    for part in ("category", "outcome", "team", "priority", "missing"):
        assert submitted.get(part) == answer.get(part)
    # Its link, where there is one, leads nowhere yet.
    body = submitted["reply"]["body"]
    for part in (submitted["reference"], submitted["follow_up_token"]):
        body = body.replace(part, "…")
    assert answer["reply"] == {**submitted["reply"], "body": body}


@pytest.mark.parametrize("number", [0, 1, -1, 2**63 - 1, -2**63, 2**64 - 1, "text", b"bytes"])
def test_id_comes_back_as_it_was(client, number):
    answer = client.ask({"v": 1, "op": "ping", "id": number})
    assert (answer["status"], answer["id"]) == ("ok", number)
    assert type(answer["id"]) is type(number)


def test_warnings_are_repeated_as_they_were(client):
    sent = ticket(reason="mentor.moonwalk", fields={"shoe_size": 42})
    first = client.submit("warned", sent)
    again = client.submit("warned", sent)
    assert again["status"] == "duplicate"
    assert again["warnings"] == first["warnings"]
    assert {warning["path"] for warning in again["warnings"]} == {
        "ticket.reason", "ticket.fields.shoe_size"}
