# SPDX-License-Identifier: MIT
"""What a contact form asks for: "form" and "preview", without a database."""
import json
import pathlib
import re

import msgpack
import pytest
import zmq

import support
from operator_http import Http
from support import ticket

RULES = support.ROOT / "tests" / "data" / "rules-decide"
PAGE = (support.ROOT / "schemas" / "wire.md").read_text(encoding="utf-8")


def daemon_of(rules):
    """Nothing here needs a database, so there is none."""
    daemon = support.Daemon("host=/nonexistent", rules=rules)
    try:
        daemon.start()
        yield daemon
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.remove()


@pytest.fixture(scope="module")
def small():
    yield from daemon_of(RULES)


@pytest.fixture(scope="module")
def shipped():
    yield from daemon_of(support.SHIPPED)


def form(audience, **more):
    return {"v": 1, "op": "form", "audience": audience, **more}


def test_example_of_the_page(small, new_client):
    """The request that wire.md shows gets the reason that it shows."""
    block, = re.findall(r"^```form\n(.*?)^```", PAGE, re.M | re.S)
    shown, = re.findall(r"^```json\n(.*?)^```", PAGE, re.M | re.S)
    answer = new_client(small.endpoint).ask_bytes(
        bytes.fromhex("".join(line.split("|")[0] for line in block.splitlines())))
    assert (answer["status"], answer["audience"], answer["locale"]) == ("ok", "coach", "fr")
    assert [reason["reason"] for reason in answer["reasons"]] == ["coach.absent", "coach.other"]
    assert answer["reasons"][0] == json.loads(shown)


def test_default_locale_and_id(small, new_client):
    client = new_client(small.endpoint)
    answer = client.ask(form("mentor", id=b"\x00\xff"))
    assert (answer["id"], answer["locale"]) == (b"\x00\xff", "en")
    assert answer["policy"] == client.ask({"v": 1, "op": "ping"})["policy"]
    reasons = {reason["reason"]: reason for reason in answer["reasons"]}
    assert list(reasons)[-1] == "mentor.other"
    assert reasons["mentor.helped"]["self_service"] is False
    assert reasons["mentor.novice"]["boxes"][0] == {
        "name": "certificate", "type": "file", "required": True, "label": "Certificate",
        "help": "the certificate"}
    status = next(box for box in reasons["mentor.payment"]["boxes"] if box["type"] == "enum")
    assert status["codes"] == ["paid", "in_progress"]
    assert status["code_labels"] == {"paid": "Paid", "in_progress": "In progress"}
    french = {reason["reason"]: reason for reason in client.ask(form("mentor", locale="fr"))["reasons"]}
    assert list(french) == list(reasons)
    assert french["mentor.helped"]["self_service"] is True
    assert [box["name"] for box in french["mentor.novice"]["boxes"]] == ["sheet", "requester_name"]
    status = next(box for box in french["mentor.payment"]["boxes"] if box["type"] == "enum")
    assert status["code_labels"] == {"paid": "Payée", "in_progress": "En cours"}


def test_choices_are_named(small, new_client):
    client = new_client(small.endpoint)
    answer = client.ask(form("nobody", locale="xx", id=3))
    assert (answer["status"], answer["id"]) == ("invalid", 3)
    assert [(error["path"], error["code"]) for error in answer["errors"]] == [
        ("audience", "unknown_audience"), ("locale", "unknown_locale")]
    assert "mentor, coach" in answer["errors"][0]["message"]
    assert "en, fr" in answer["errors"][1]["message"]
    assert "nobody" not in str(answer) and "xx" not in str(answer)
    for message in ({"v": 1, "op": "form"}, form(7), form("mentor", locale=1),
                    form("mentor", ticket=ticket()), form("mentor", body="b")):
        assert client.ask(message)["status"] == "invalid"
    assert client.ask(form("mentor", locale=""))["locale"] == "en"


def test_request_socket(small):
    context = zmq.Context()
    socket = context.socket(zmq.REQ)
    socket.linger, socket.rcvtimeo = 0, support.PATIENCE * 1000
    socket.connect(small.endpoint)
    socket.send(msgpack.packb(form("coach")))
    assert msgpack.unpackb(socket.recv())["audience"] == "coach"
    socket.close()
    context.term()


def test_preview_says_more(small, new_client):
    client = new_client(small.endpoint)
    answer = client.ask({"v": 1, "op": "preview", "ticket": ticket(subject="", body="transfer alpha")})
    assert (answer["status"], answer["category"], answer["label"]) == (
        "ok", "mentor.transfer", "Transfer")
    assert answer["locale"] == "en" and 0.5 < answer["confidence"] < 0.6
    assert [(one["category"], one["label"], one["score"]) for one in answer["candidates"]] == [
        ("mentor.transfer", "Transfer", 6.0), ("mentor.alpha", "Alpha", 5.0)]
    assert [box["name"] for box in answer["boxes"]] == answer["missing"]
    assert answer["boxes"][0] == {"name": "student_warned", "type": "boolean", "required": True,
                                  "label": "Warned", "help": "whether they know"}
    # In the language of the text.
    answer = client.ask({"v": 1, "op": "preview", "ticket": ticket(
        form_locale="fr", subject="", body="transfert")})
    assert (answer["locale"], answer["label"], answer["boxes"][0]["label"]) == (
        "fr", "Transfert", "Prévenu")
    answer = client.ask({"v": 1, "op": "preview", "ticket": ticket(subject="", body="qwertz")})
    assert (answer["category"], answer["candidates"]) == ("mentor.other", [])


def test_shipped_rules(shipped, new_client):
    """Each audience in each locale: nothing is empty, no place is left unfilled."""
    client = new_client(shipped.endpoint)
    seen = 0
    for audience in "mentor", "coach":
        for locale in "en", "fr":
            answer = client.ask(form(audience, locale=locale))
            assert answer["status"] == "ok"
            assert answer["reasons"][-1]["reason"] == f"{audience}.other"
            for reason in answer["reasons"]:
                seen += 1
                assert reason["reason"].startswith(f"{audience}.")
                assert set(reason["label"]) == {"en", "fr"} and all(reason["label"].values())
                assert reason["subject"] and reason["help"]
                names = [box["name"] for box in reason["boxes"]]
                assert len(set(names)) == len(names)
                assert all(box["label"] for box in reason["boxes"])
                assert all(box.get("help") for box in reason["boxes"] if box["required"])
                for box in reason["boxes"]:
                    if box["type"] == "enum":
                        assert list(box["code_labels"]) == box["codes"]
                        assert len(set(box["code_labels"].values())) == len(box["codes"])
                assert "{{" not in str(reason)
    assert seen > 20


def resident(daemon):
    status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def test_who_never_reads_takes_little(shipped, new_client):
    """A form is the largest answer: what waits for one socket is bounded in bytes (wire.md),
    and the others are served."""
    asked, ceiling = 2500, 16 << 20
    other, http = new_client(shipped.endpoint), Http(shipped)
    size = len(msgpack.packb(other.ask(form("mentor", locale="fr"))))
    assert asked * size > 4 * ceiling
    received = http.metrics().get("triaged_requests_received_total")
    before = resident(shipped)
    context = zmq.Context()
    try:
        silent = context.socket(zmq.DEALER)
        silent.linger, silent.rcvhwm, silent.sndhwm = 0, 1, 0
        silent.connect(shipped.endpoint)
        for _ in range(asked):
            silent.send_multipart([b"", msgpack.packb(form("mentor", locale="fr"))])
        for locale in "en", "fr", "en", "fr":
            assert other.ask(form("coach", locale=locale))["locale"] == locale
        metrics = http.wait_for(
            lambda seen: seen.get("triaged_requests_received_total") == received + asked + 4, "all to be read")
        taken = resident(shipped) - before
        waiting = asked - metrics.get("triaged_replies_undelivered_total")
        # Some are in the descriptors' own memory.
        assert 0.9 * ceiling < waiting * size < ceiling + (1 << 20)
        if support.build_folder() == support.ROOT / "build":  # a sanitizer's memory is not ours
            assert taken < ceiling + (8 << 20), f"{taken / (1 << 20):.0f} MiB"
        # Once it reads, it is served as anybody.
        silent.rcvtimeo = support.PATIENCE * 1000
        for _ in range(int(waiting)):
            assert len(silent.recv_multipart()[-1]) == size
        silent.send_multipart([b"", msgpack.packb(form("mentor", locale="fr"))])
        assert len(silent.recv_multipart()[-1]) == size
    finally:
        context.destroy(linger=0)
