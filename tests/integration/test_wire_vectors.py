# SPDX-License-Identifier: MIT
"""schemas/wire.md against code that shares nothing with the daemon: the digest
written from its definition, msgpack by python3-msgpack. The same blocks are
read by tests/unit/wire_contract_test.c."""
import hashlib
import pathlib
import re
import struct

import msgpack

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "schemas" / "wire.md").read_text(encoding="utf-8")


def blocks(kind):
    """The bytes of each ```kind block: hex digits up to the bar in a line."""
    found = re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.M | re.S)
    assert found, kind
    return [bytes.fromhex("".join(line.split("|")[0] for line in text.splitlines()))
            for text in found]


def head(fix, fix_limit, forms, number):
    """The shortest header: fix | number, else the first form that has room."""
    if number < fix_limit:
        return bytes([fix | number])
    first, width = next((first, width) for first, width in forms if number < 1 << 8 * width)
    return bytes([first]) + number.to_bytes(width, "big")


def canonical(value):
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int) and value >= 0:
        return head(0, 128, [(0xCC, 1), (0xCD, 2), (0xCE, 4), (0xCF, 8)], value)
    if isinstance(value, int):
        if value >= -32:
            return struct.pack(">b", value)
        first, width = next((first, width) for first, width in
                            ((0xD0, 1), (0xD1, 2), (0xD2, 4), (0xD3, 8))
                            if value >= -(1 << 8 * width - 1))
        return bytes([first]) + value.to_bytes(width, "big", signed=True)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        data = value.encode()
        return head(0xA0, 32, [(0xD9, 1), (0xDA, 2), (0xDB, 4)], len(data)) + data
    if isinstance(value, bytes):
        return head(0, 0, [(0xC4, 1), (0xC5, 2), (0xC6, 4)], len(value)) + value
    if isinstance(value, list):
        return head(0x90, 16, [(0xDC, 2), (0xDD, 4)], len(value)) + b"".join(
            map(canonical, value))
    pairs = sorted((key.encode(), key, item) for key, item in value.items() if item is not None)
    return head(0x80, 16, [(0xDE, 2), (0xDF, 4)], len(pairs)) + b"".join(
        canonical(key) + canonical(item) for _, key, item in pairs)


def test_vectors():
    tickets, digests = blocks("ticket"), blocks("digest")
    assert len(tickets) == len(digests) >= 3
    for ticket, digest in zip(tickets, digests):
        assert hashlib.sha256(canonical(msgpack.unpackb(ticket))).digest() == digest
    # The last two are one ticket in two spellings.
    assert tickets[-1] != tickets[-2] and digests[-1] == digests[-2]


def test_example():
    request, = [msgpack.unpackb(data) for data in blocks("submit")]
    answer, = [msgpack.unpackb(data) for data in blocks("accepted")]
    assert request["v"] == answer["v"] == 1
    assert request["op"] == "submit" and answer["status"] == "accepted"
    assert request["id"] == answer["id"] and request["key"] == answer["key"]
    assert type(request["key"]) is type(answer["key"]) is bytes


def test_follow_up():
    request, = [msgpack.unpackb(data) for data in blocks("follow_up")]
    answer, = [msgpack.unpackb(data) for data in blocks("accepted")]
    assert (request["v"], request["op"]) == (1, "follow_up")
    assert request["ticket"] == answer["reference"]
    assert request["token"] == answer["follow_up_token"]
    assert list(request["fields"]) == answer["missing"]


def test_limits():
    """Every limit of daemon/limits.h stands in the table with its number."""
    source = (ROOT / "daemon" / "limits.h").read_text(encoding="utf-8")
    limits = dict(re.findall(r"^#define (LIMIT_\w+) (\d+)", source, re.M))
    rows = re.findall(r"^\|[^|]*\| *([\d,]+)[^|]*\|[^|]*\| *`(LIMIT_\w+)` *\|", PAGE, re.M)
    assert {name: number.replace(",", "") for number, name in rows} == limits


def test_examples_named():
    for name in re.findall(r"`(tests/clients/[\w.]+)`", PAGE):
        assert (ROOT / name).exists(), name


def test_node_example_is_the_file():
    """The page shows the Node client; it must be the one that is kept."""
    shown, = re.findall(r"^```js\n(.*?)^```", PAGE, re.M | re.S)
    kept = (ROOT / "tests" / "clients" / "client.mjs").read_text(encoding="utf-8")
    wanted = [line.strip() for line in shown.splitlines() if line.strip()]
    lines = [line.strip() for line in kept.splitlines()]
    assert [line for line in wanted if line not in lines] == []
