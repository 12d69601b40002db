# SPDX-License-Identifier: MIT
"""The example clients against a ROUTER that answers as the contract says."""
import pathlib
import subprocess
import threading

import msgpack
import pytest
import zmq

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLIENTS = {
    "python": ["/usr/bin/python3", "tests/clients/client.py"],
    "php": ["/usr/bin/php", "tests/clients/client.php"],
    "c": ["build/tests/clients/client_c"],
}


class Router(threading.Thread):
    """Answers each request with the next of the answers given."""

    def __init__(self, folder, answers):
        super().__init__(daemon=True)
        self.endpoint = f"ipc://{folder}/router"
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.ROUTER)
        self.socket.linger = 1000
        self.socket.bind(self.endpoint)
        self.answers = list(answers)
        self.requests = []
        self.frames = []
        self.start()

    def run(self):
        for answer in self.answers:
            if not self.socket.poll(10000):
                break
            *frames, body = self.socket.recv_multipart()
            request = msgpack.unpackb(body)
            self.requests.append(request)
            self.frames.append(len(frames))
            head = {"v": 1, "id": request["id"], "key": request["key"]}
            self.socket.send_multipart(frames + [msgpack.packb({**head, **answer})])
        self.socket.close()
        self.context.term()


def run(router, name, form, *key):
    command = CLIENTS[name] + [router.endpoint, form, *key]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    router.join(15)
    return done


@pytest.mark.parametrize("form", ["req", "dealer"])
@pytest.mark.parametrize("name", CLIENTS)
def test_kept_after_retry(tmp_path, name, form):
    router = Router(tmp_path, [
        {"status": "retry", "retry_after_ms": 20},
        {"status": "accepted", "reference": "0C07398F"},
    ])
    done = run(router, name, form, "my-key")
    assert (done.returncode, done.stdout.split()) == (0, ["accepted", "0C07398F"]), done
    assert [request["key"] for request in router.requests] == ["my-key", "my-key"]
    assert router.requests[0] == router.requests[1]
    assert router.frames == [2 if form == "req" else 1] * 2


@pytest.mark.parametrize("name", CLIENTS)
def test_other_answers(tmp_path, name):
    for number, (status, code) in enumerate({"duplicate": 0, "conflict": 1, "invalid": 1}.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        done = run(Router(folder, [{"status": status, "reference": "A", "errors": []}]), name, "req")
        assert (done.returncode, done.stdout.split()[0]) == (code, status), done


def test_same_ticket_from_each(tmp_path):
    tickets = []
    for name in CLIENTS:
        folder = tmp_path / name
        folder.mkdir()
        router = Router(folder, [{"status": "accepted", "reference": "A"}])
        assert run(router, name, "dealer").returncode == 0
        tickets.append(router.requests[0]["ticket"])
        assert router.requests[0]["key"]
    assert tickets[0] == tickets[1] == tickets[2]
