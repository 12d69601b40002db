# SPDX-License-Identifier: MIT
"""What the integration tests share: a cluster, a daemon, a client, tickets.

Nothing here sleeps for luck: wait_until() looks at a condition again and again
until it holds or its deadline has passed.
"""
import functools
import itertools
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import msgpack
import psycopg
import zmq

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / "build" / "cache-tests"  # of compiled patterns
RULES = ROOT / "tests" / "data" / "rules-desk"  # few: a daemon is ready at once
SHIPPED = ROOT / "rules"  # for what is about them
PATIENCE = 30  # seconds; a deadline for what should take milliseconds
os.environ["TRIAGED_CONFIG"] = ""  # not what this machine has


def build_folder():
    """The sanitized programs where they are built, else the plain ones."""
    chosen = os.environ.get("TRIAGED_BUILD")
    if chosen:
        return ROOT / chosen
    sanitized = ROOT / "build" / "san"
    return sanitized if (sanitized / "triaged").exists() else ROOT / "build"


def plain_folder():
    """The plain programs where they are built: for what is long, and is asked of the
    sanitized ones elsewhere."""
    plain = ROOT / "build"
    return plain if (plain / "triaged").exists() else build_folder()


def wait_until(condition, what, patience=PATIENCE):
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience} s in vain for: {what}")
        time.sleep(0.01)


class Cluster:
    """A private PostgreSQL, by tools/cluster.sh."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="triaged-it-", dir="/var/tmp")
        os.rmdir(self.folder)
        self.numbers = itertools.count(1)
        self.up = False
        self.starts = 0
        self.template = None  # a database with the schema, for others to be copied from

    def run(self, *arguments):
        return subprocess.run(
            [ROOT / "tools" / "cluster.sh", *arguments, self.folder],
            check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL).stdout.strip()

    @functools.cache
    def say(self, what):
        """What is always the same of a cluster, asked once: conninfo, superconninfo."""
        return self.run(what)

    def start(self):
        if self.up:
            return
        self.run("start")
        self.up = True
        self.starts += 1
        if self.starts == 1:
            # Tables without statistics look large: the server would compile for a
            # second, in each of the many new connections, what runs for 10 ms.
            with self.connect() as connection:
                connection.execute("ALTER SYSTEM SET jit = off")
                connection.execute("SELECT pg_reload_conf()")

    def crash(self):
        self.up = False
        self.run("stop", "--immediate")

    def remove(self):
        self.run("remove")

    def connect(self, database="postgres", autocommit=True):
        return psycopg.connect(
            psycopg.conninfo.make_conninfo(self.say("superconninfo"), dbname=database),
            autocommit=autocommit)

    def conninfo(self, database):
        return psycopg.conninfo.make_conninfo(self.say("conninfo"), dbname=database)

    def new_database(self, schema=True):
        """An empty database of the daemon's user; its name."""
        if schema and self.template is None:
            self.template = self.new_database(schema=False)
            self.upgrade(self.template)
        name = f"t{next(self.numbers)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} OWNER triaged"
                               f" TEMPLATE {self.template if schema else 'template1'}")
        return name

    def upgrade(self, name):
        subprocess.run(
            [build_folder() / "triagectl", "db", "upgrade", "--sql", ROOT / "schemas" / "sql",
             "--database", self.conninfo(name)],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


class Database:
    """One database of the cluster, for looking into it: by one connection, as some
    tests look a hundred times a second."""

    def __init__(self, cluster, name):
        self.cluster = cluster
        self.name = name
        self.conninfo = cluster.conninfo(name)
        self.connection = None
        self.start = 0  # the cluster's, of that connection

    def run(self, query, values):
        if self.connection is None or self.start != self.cluster.starts:
            self.close()
            self.connection = self.cluster.connect(self.name)
            self.connection.prepare_threshold = None  # tests change tables
            self.start = self.cluster.starts
        return self.connection.execute(query, values or None)

    def rows(self, query, *values):
        return self.run(query, values).fetchall()

    def value(self, query, *values):
        return self.rows(query, *values)[0][0]

    def execute(self, query, *values):
        self.run(query, values)

    def close(self):
        if self.connection is not None:
            self.connection.close()

    def tickets(self):
        """Key (bytes) to ticket number (text) of all that is kept."""
        return {bytes(key): str(ticket) for key, ticket in
                self.rows("SELECT key, ticket_id FROM triaged.ticket_key")}


class Daemon:
    def __init__(self, conninfo, *options, endpoint=None, rules=None, launch=(), **popen):
        """launch: a command in front of the daemon's; popen: for subprocess.Popen."""
        self.folder = tempfile.mkdtemp(prefix="triaged-it-")
        self.endpoint = endpoint or f"ipc://{self.folder}/s"
        self.log_path = pathlib.Path(self.folder) / "log"
        self.launch = launch
        self.popen = popen
        self.command = [build_folder() / "triaged", "--rules", rules or RULES, "--database",
                        conninfo, "--endpoint", self.endpoint, "--cache",
                        CACHE, *options]
        self.process = None

    def start(self):
        self.launch_only()
        wait_until(lambda: " ready endpoint=" in self.log() or self.process.poll() is not None,
                   "the daemon to be ready", 120)
        assert self.process.poll() is None, "the daemon ended at its start"
        return self

    def launch_only(self):
        """Starts it and does not wait until it is ready."""
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [str(word) for word in (*self.launch, *self.command)],
                **{"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, **self.popen})
        return self

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def mark(self):
        """Where the log ends now, for log_since()."""
        return len(self.log())

    def log_since(self, mark):
        return self.log()[mark:]

    def wait_for_log(self, text, mark=0):
        wait_until(lambda: text in self.log_since(mark), f"{text!r} in the log")

    def wait_for_database(self, mark=0):
        self.wait_for_log("database=0 ready", mark)
        self.wait_for_log("database=1 ready", mark)
        self.wait_for_log("follow-ups: database ready", mark)
        return self

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """Ends it in good order; its exit status."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def summary(self):
        """The numbers of the line that is written at the stop."""
        line = [line for line in self.log().splitlines() if " stopped " in f"{line} "][-1]
        words = line.split(" stopped", 1)[1].split()
        return {word.split("=")[0]: int(word.split("=")[1]) for word in words}

    def remove(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Manager:
    """The end of NOTIFY_SOCKET where systemd sits."""

    def __init__(self, watchdog_ms=None):
        self.folder = tempfile.TemporaryDirectory(prefix="triaged-it-")
        self.path = f"{self.folder.name}/notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setblocking(False)
        self.heard = []  # one dictionary for each message
        self.environment = {**os.environ, "NOTIFY_SOCKET": self.path}
        self.environment.pop("WATCHDOG_USEC", None)
        if watchdog_ms:
            self.environment["WATCHDOG_USEC"] = str(watchdog_ms * 1000)

    def listen(self):
        while True:
            try:
                text = self.socket.recv(65536).decode()
            except BlockingIOError:
                return self.heard
            self.heard.append(dict(line.split("=", 1) for line in text.splitlines()))

    def wait(self, what, since=0, **wanted):
        """Waits for a message with these values; its place among those heard."""
        def found():
            for place, message in list(enumerate(self.listen()))[since:]:
                if all(message.get(name, "").startswith(value)
                       for name, value in wanted.items()):
                    return place + 1
            return None
        return wait_until(found, f"{what} among {self.heard[since:]}") - 1

    def count(self, name):
        return sum(name in message for message in self.listen())

    def close(self):
        self.socket.close()
        self.folder.cleanup()


class Client:
    """A DEALER. Every answer has to come; a silent daemon fails the test."""

    def __init__(self, endpoint, patience=PATIENCE):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.sndhwm = self.socket.rcvhwm = 0
        self.socket.rcvtimeo = patience * 1000
        self.socket.connect(endpoint)

    def send_bytes(self, body, envelope=(b"",)):
        self.socket.send_multipart([*envelope, body])

    def send(self, message):
        self.send_bytes(msgpack.packb(message))

    def receive(self):
        return msgpack.unpackb(self.socket.recv_multipart()[-1])

    def try_receive(self, seconds):
        if not self.socket.poll(int(seconds * 1000)):
            return None
        return self.receive()

    def ask(self, message):
        self.send(message)
        return self.receive()

    def ask_bytes(self, body):
        self.send_bytes(body)
        return self.receive()

    def submit(self, key, ticket, **more):
        return self.ask(request(key, ticket, **more))

    def submit_until_kept(self, key, ticket, seen=None):
        """As a good sender does: again, with the same key, while told to retry."""
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self.submit(key, ticket)
            if seen is not None:
                seen.append(answer["status"])
            if answer["status"] != "retry" or time.monotonic() > deadline:
                return answer
            time.sleep(min(answer["retry_after_ms"], 250) / 1000)

    def follow_up(self, receipt, key, **content):
        """Adds to the ticket of that answer; token= is another one than its own."""
        return self.ask(follow_up(receipt, key, **content))

    def lookup(self, name):
        return self.ask({"v": 1, "op": "lookup", "ticket": name})

    def close(self):
        self.socket.close()
        self.context.term()


def absent_student(**changes):
    """A ticket that lacks two fields: student_name and details."""
    return ticket(reason="mentor.student_absent", subject="",
                  body="My student did not come.", **changes)


DETAILS = ("We had agreed on ten o'clock; I waited for half an hour in front of the camera and "
           "wrote two messages, but there was no answer at all.")


def request(key, ticket, **more):
    return {"v": 1, "op": "submit", "key": key, "ticket": ticket, **more}


def follow_up(receipt, key, **content):
    return {"v": 1, "op": "follow_up", "key": key, "ticket": receipt["reference"],
            "token": receipt["follow_up_token"], **content}


def ticket(**changes):
    """A ticket as the form sends it; None takes a key away."""
    whole = {
        "audience": "mentor",
        "form_locale": "en",
        "requester": {"name": "Dana Example", "email": "dana@example.org"},
        "subject": "A reference letter",
        "body": "Hello,\n\nI need a reference letter for my visa. Who could write and sign one for me?\n",
    }
    whole.update(changes)
    return {key: value for key, value in whole.items() if value is not None}
