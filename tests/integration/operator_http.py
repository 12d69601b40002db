# SPDX-License-Identifier: MIT
"""The daemon's HTTP, as raw as a test wants it, and its metrics as a table."""
import json
import re
import socket

from support import wait_until

SAMPLE = re.compile(r'([a-z_:]+)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


class Answer:
    def __init__(self, raw):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {name.lower(): value.strip() for name, value in
                        (line.split(":", 1) for line in lines[1:])}

    def json(self):
        return json.loads(self.body)


class Metrics:
    """Samples by name and labels; a sample that is there twice is a fault."""

    def __init__(self, text):
        self.samples = {}
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            name, labels, value = SAMPLE.fullmatch(line).groups()
            key = name, frozenset(LABEL.findall(labels or ""))
            assert key not in self.samples, line
            self.samples[key] = float(value)

    def get(self, name, **labels):
        return self.samples.get((name, frozenset(labels.items())))

    def sum(self, name, **labels):
        """Of all samples that have these labels; None when there is none."""
        values = [value for (found, has), value in self.samples.items()
                  if found == name and has >= set(labels.items())]
        return sum(values) if values else None


class Http:
    def __init__(self, daemon):
        self.path = f"{daemon.endpoint.removeprefix('ipc://')}.http"

    def connect(self):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self.path)  # without a limit, or a full backlog is an error
        connection.settimeout(60)
        return connection

    def raw(self, data):
        """All that comes back until the other end closes."""
        with self.connect() as connection:
            connection.sendall(data)
            return read_all(connection)

    def ask(self, path, method="GET", headers=""):
        return Answer(self.raw(f"{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode()))

    def metrics_text(self):
        answer = self.ask("/metrics")
        assert answer.status == 200
        return answer.body.decode()

    def metrics(self):
        return Metrics(self.metrics_text())

    def wait_for(self, condition, what):
        """Until the metrics fulfil a condition; they are returned."""
        def look():
            metrics = self.metrics()
            return metrics if condition(metrics) else None
        return wait_until(look, what)


def read_all(connection):
    data = b""
    while piece := connection.recv(65536):
        data += piece
    return data
