#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes tests/fuzz/corpus/wire: requests and answers to start mutations from."""
import os
import msgpack

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "wire")
person = {"name": "Ada Ruiz", "email": "ada@example.org"}
ticket = {"audience": "mentor", "requester": person, "subject": "Caf\u00e9", "body": "Hello"}
full = dict(ticket, form_locale="fr", received_at="2026-01-12T09:41:00+01:00", reason="mentor.break",
            fields={"n": -3, "big": 2**40, "f": 1.5, "t": "x", "y": True, "u": None,
                    "list": ["a", 2, None, False]},
            attachments=[{"name": "a.png", "type": "image/png", "size": 7, "field": "photo",
                          "data": b"\x00\xff"}, {"name": "b", "url": "https://example.org/b"}])
submit = {"v": 1, "op": "submit", "id": 7, "key": b"\x01\x02", "ticket": full}
receipt = {"v": 1, "status": "accepted", "id": 7, "key": "k", "reference": "0C07398F",
           "missing": ["details"], "reply": {"locale": "fr", "subject": "s", "body": "b"},
           "warnings": [{"path": "fields.x", "code": "unknown_field"}]}
seeds = {
    "submit": msgpack.packb(submit),
    "submit_small": msgpack.packb({"v": 1, "op": "submit", "key": "k", "ticket": ticket}),
    "preview": msgpack.packb({"v": 1, "op": "preview", "id": "a", "ticket": ticket}),
    "ping": msgpack.packb({"v": 1, "op": "ping", "id": -7}),
    "follow_up": msgpack.packb({"v": 1, "op": "follow_up", "id": 8, "key": b"\x03",
                                "ticket": "DC60EECF", "token": "3W5M0H8Q2RZJ7KXN4T1CVB9GDA",
                                "body": "Ada Ruiz", "fields": full["fields"],
                                "attachments": full["attachments"]}),
    "follow_up_empty": msgpack.packb({"v": 1, "op": "follow_up", "key": "k", "ticket": "",
                                      "token": None, "fields": [], "subject": 1}),
    "lookup": msgpack.packb({"v": 1, "op": "lookup", "ticket": "dc60eecf"}),
    "lookup_key": msgpack.packb({"v": 1, "op": "lookup", "key": b"\xff\x00"}),
    "lookup_both": msgpack.packb({"v": 1, "op": "lookup", "ticket": "a", "key": "k"}),
    "form": msgpack.packb({"v": 1, "op": "form", "id": 9, "audience": "mentor", "locale": "fr"}),
    "form_wrong": msgpack.packb({"v": 1, "op": "form", "audience": "", "locale": 7, "ticket": {}}),
    "wide": bytes.fromhex("df00000002db0000000176cf0000000000000001db000000026f70db0000000470696e67"),
    "single_float": msgpack.packb(dict(submit, ticket=dict(ticket, fields={"f": 0.1})),
                                  use_single_float=True),
    "wrong_types": msgpack.packb({"v": "1", "op": 2, "id": [], "key": 1.5, "ticket": []}),
    "unknown_keys": msgpack.packb(dict(submit, extra=1, ticket=dict(ticket, sujbect=1))),
    "deep": msgpack.packb({"v": [[[[[[[1]]]]]]]}),
    "huge_array": bytes.fromhex("81a176ddffffffff"),
    "huge_map": bytes.fromhex("81a176dfffffffff"),
    "extension": msgpack.packb({"v": msgpack.ExtType(1, b"abcd")}),
    "duplicate": bytes.fromhex("82a17601a17601"),
    "trailing": msgpack.packb({"v": 1}) + b"\xc0",
    "bad_utf8": bytes.fromhex("81a176a2c328"),
    "nul": bytes.fromhex("81a176a100"),
    "answer": msgpack.packb(receipt),
    "answer_lookup": msgpack.packb({"v": 1, "status": "ok", "reference": "DC60EECF",
                                    "state": "waiting", "received_at": "2026-01-12T09:41:00Z",
                                    "missing": ["details"]}),
    "answer_invalid": msgpack.packb({"v": 1, "status": "invalid", "errors": [
        {"path": "ticket.body", "code": "too_long", "message": "too long"}]}),
    "answer_retry": msgpack.packb({"v": 1, "status": "retry", "retry_after_ms": 250}),
}
os.makedirs(folder, exist_ok=True)
for name, data in seeds.items():
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)
print(f"{len(seeds)} files in {os.path.relpath(folder)}")
