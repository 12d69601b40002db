#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Submits one sample ticket: client.py ENDPOINT req|dealer [KEY]

Exit status 0 when the ticket is kept (accepted or duplicate), else 1.
"""
import secrets
import sys
import time

import msgpack
import zmq

if len(sys.argv) not in (3, 4) or sys.argv[2] not in ("req", "dealer"):
    sys.exit(__doc__)
endpoint, form = sys.argv[1:3]
# Made once for this ticket and kept with it: every repeat must send the same.
key = sys.argv[3] if len(sys.argv) == 4 else secrets.token_hex(16)

request = msgpack.packb({
    "v": 1, "op": "submit", "id": 1, "key": key,
    "ticket": {
        "audience": "mentor",
        "form_locale": "en",
        "requester": {"name": "Ada Ruiz", "email": "ada.ruiz@example.org"},
        "subject": "Session cancelled twice",
        "body": "Hello, my student has cancelled our session twice this week. What can I do?",
        "fields": {"student_name": "Noor Haddad"},
        "attachments": [{"name": "calendar.png", "type": "image/png", "size": 48211}],
    },
})


def ask(context, timeout_ms):
    """One request on a socket of its own; the answer, or None in time."""
    with context.socket(zmq.REQ if form == "req" else zmq.DEALER) as socket:
        socket.linger = 0
        socket.connect(endpoint)
        # REQ puts an empty frame in front; a DEALER may send one or none.
        socket.send(request)
        if not socket.poll(timeout_ms):
            return None
        answer = msgpack.unpackb(socket.recv_multipart()[-1])
        return answer if answer.get("id") == 1 else None


with zmq.Context() as context:
    deadline = time.monotonic() + 10
    status = "timeout"
    while (left := deadline - time.monotonic()) > 0:
        answer = ask(context, int(left * 1000))
        if answer is None:
            break
        status = answer["status"]
        if status != "retry":
            break
        time.sleep(min(answer["retry_after_ms"] / 1000, max(0, deadline - time.monotonic())))

print(status, answer.get("reference", "") if answer else "")
for error in (answer or {}).get("errors", []):
    print(f"{error['path']}: {error['code']}: {error['message']}", file=sys.stderr)
sys.exit(status not in ("accepted", "duplicate"))
