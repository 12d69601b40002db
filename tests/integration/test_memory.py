# SPDX-License-Identifier: MIT
"""What the daemon takes from the machine while the database stands still."""
import itertools
import pathlib

import msgpack
import pytest
import zmq

import support
from support import request, ticket

MIB = 1 << 20
MEMORY = 64 * MIB
PEERS = 4
# As schemas/wire.md says: 16 messages of a peer wait in ZeroMQ, and what the
# programs, the rules and two batches on their way take.
PEER_MESSAGES = 16
FIXED = 144 * MIB  # the policy with its training texts among it


def high_water(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def large_ticket(key):
    """About 196 KiB: the longest text and the most data."""
    return msgpack.packb(request(key, ticket(
        body="a word " * 9362, attachments=[{"name": "all.bin", "data": bytes(131072)}])))


def fill(endpoint, context, per_peer):
    """Sends to the daemon through a few sockets until it takes no more."""
    sockets = []
    poller = zmq.Poller()
    for _ in range(PEERS):
        socket = context.socket(zmq.DEALER)
        socket.linger = 0
        socket.sndhwm = 4
        socket.connect(endpoint)
        poller.register(socket, zmq.POLLOUT)
        sockets.append(socket)
    numbers = {socket: itertools.count() for socket in sockets}
    sent = 0
    while ready := poller.poll(2000):
        for socket, _ in ready:
            number = next(numbers[socket])
            if number == per_peer:
                poller.unregister(socket)
                continue
            socket.send_multipart([b"", large_ticket(f"m{sockets.index(socket)}-{number}")])
            sent += 1
    return sockets, sent


def test_memory_has_a_ceiling(database, new_daemon):
    plain = support.ROOT / "build" / "triaged"
    if not plain.exists():
        pytest.skip("the sanitizers' own memory would be counted: needs a plain build")
    daemon = new_daemon("--memory", f"{MEMORY}", rules=support.SHIPPED)
    daemon.command[0] = plain
    daemon.start().wait_for_database()
    size = len(large_ticket("size"))
    context = zmq.Context()
    with database.cluster.connect(database.name, autocommit=False) as connection:
        connection.execute("LOCK TABLE triaged.ticket_key IN ACCESS EXCLUSIVE MODE")
        sockets, sent = fill(daemon.endpoint, context, 1050)
        taken = high_water(daemon.process)
    context.destroy(linger=0)
    assert taken > MEMORY, "the test did not reach the ceiling"
    assert taken < MEMORY + PEERS * PEER_MESSAGES * size + FIXED, f"{taken / MIB:.0f} MiB"
