# SPDX-License-Identifier: MIT
"""What the tests of triage-mail share: relays that misbehave, the program itself,
and rows of the outbox put there as the daemon and the agents put them.

Sink is Postfix's smtp-sink, out of its package (tools/get_tool.sh); Relay is a
server in this process for what smtp-sink cannot do: TLS, AUTH, one slow mail.
"""
import asyncio
import contextlib
import email
import email.policy
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import uuid

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from support import PATIENCE, ROOT, build_folder, wait_until

FROM = "support@example.org"


def free_port():
    """Below those that the kernel hands out: no connection takes it meanwhile, nor does
    one that is tried too early meet itself there."""
    while True:
        port = random.randint(15000, 30000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Mail:
    """One mail as a relay got it."""

    def __init__(self, sender, recipient, raw):
        self.sender = sender
        self.recipient = recipient
        self.raw = raw
        self.parsed = email.message_from_bytes(raw, policy=email.policy.default)
        self.id = self.parsed["Message-ID"].strip("<>").split("@")[0]


class Sink:
    """smtp-sink; options as its manual says. Keeps every mail it was given, also
    those that it then refused or dropped."""

    def __init__(self, port=None):
        self.program = subprocess.run(
            [ROOT / "tools" / "get_tool.sh", "postfix", "smtp-sink"], check=True, text=True,
            stdout=subprocess.PIPE).stdout.strip()
        self.port = port or free_port()
        self.folder = tempfile.mkdtemp(prefix="triaged-sink-")
        os.chmod(self.folder, 0o777)
        self.process = None

    def start(self, *options):
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            [self.program, *user, "-d", "mail.", *options, f"127.0.0.1:{self.port}", "100"],
            cwd=self.folder, stdin=subprocess.DEVNULL)
        wait_until(lambda: listening(self.port), "smtp-sink to listen")
        return self

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(PATIENCE)
            self.process = None

    def restart(self, *options):
        self.stop()
        return self.start(*options)

    def mails(self):
        found = []
        for path in sorted(pathlib.Path(self.folder).glob("mail.*")):
            parts = re.split(rb"(?<=\n)(?=Date: )", path.read_bytes(), maxsplit=1)
            if len(parts) < 2:  # the sink was stopped while it wrote its own head
                continue
            head, mail = parts
            args = dict(re.findall(r"^X-(Mail|Rcpt)-Args: <(.*?)>", head.decode(), re.M))
            # It ends its lines with LF, and the file with one more.
            found.append(Mail(args["Mail"], args["Rcpt"], mail.removesuffix(b"\n")))
        return found

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Relay:
    """A server that takes all, but waits before its answer to a mail (after=DATA)
    or to a recipient (after=RCPT) whose local part is "slow", until release()."""

    def __init__(self, after="DATA", tls=None, password=None, size=None):
        self.got = []
        self.waiting = 0
        self.after = after
        self.gate = None
        self.secure = []
        self.users = []
        self.password = password
        options = {"tls_context": tls, "require_starttls": True} if tls else {}
        if size:
            options["data_size_limit"] = size
        if password:
            options.update(auth_required=True, auth_require_tls=bool(tls),
                           authenticator=self.authenticate)
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port(),
                                     server_hostname="relay.test", **options)
        self.controller.start()
        self.port = self.controller.port

    def authenticate(self, server, session, envelope, mechanism, data):
        self.users.append(data.login.decode())
        return AuthResult(success=data.password.decode() == self.password, handled=False)

    async def wait(self, recipient):
        if self.gate is None:
            self.gate = asyncio.Event()
        if recipient.startswith("slow"):
            self.waiting += 1
            await self.gate.wait()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.after == "RCPT":
            await self.wait(address)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):
        self.secure.append(session.ssl is not None)
        self.got.append(Mail(envelope.mail_from, envelope.rcpt_tos[0], envelope.content))
        if self.after == "DATA":
            await self.wait(envelope.rcpt_tos[0])
        return "250 2.0.0 Ok"

    def mails(self):
        return list(self.got)

    def open_connections(self):
        """On which the client has not closed its end."""
        lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
        rows = [line.split() for line in lines]
        return sum(row[2].endswith(f":{self.port:04X}") and row[3] == "01" for row in rows)

    def release(self):
        self.controller.loop.call_soon_threadsafe(self.gate.set)

    def remove(self):
        self.controller.stop(no_assert=True)


class Mailer:
    """triage-mail, on its way or done."""

    def __init__(self, conninfo, port, *options):
        self.log_path = tempfile.mkstemp(prefix="triaged-mail-")[1]
        self.command = [build_folder() / "triage-mail", "--database", conninfo, "--relay",
                        f"localhost:{port}", "--from", FROM, "--poll", "20ms", *options]
        self.process = None

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([str(word) for word in self.command],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def once(self):
        """All that is due; the exit status."""
        self.command.append("--once")
        return self.start().process.wait(PATIENCE)

    def log(self):
        return pathlib.Path(self.log_path).read_text(errors="replace")

    def wait_for_log(self, text):
        wait_until(lambda: text in self.log(), f"{text!r} in the log")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def summary(self):
        line = re.findall(r" stopped (taken=.*)", self.log())[-1]
        return {word.split("=")[0]: int(word.split("=")[1]) for word in line.split()}

    def remove(self):
        self.kill()
        os.unlink(self.log_path)


def put(database, *addresses, **more):
    """One row per address; their message_id, as text."""
    with database.cluster.connect(database.name) as connection:
        return [put_row(connection, address, **more) for address in addresses]


def put_row(connection, address, **more):
    row = {"ticket_id": str(uuid.uuid4()), "message_id": str(uuid.uuid4()),
           "to_address": address, "locale": "en", "subject": "We have your question",
           "body": "Hello,\n\nthanks for asking.\n", **more}
    connection.execute(
        f"INSERT INTO triaged.outbox ({', '.join(row)})"
        f" VALUES ({', '.join('%s' for _ in row)})", list(row.values()))
    return row["message_id"]


def states(database):
    """message_id to state."""
    return dict(database.rows("SELECT message_id::text, state FROM triaged.outbox"))


def outcome(database, message, columns="state, reason, smtp_code, attempts"):
    return database.rows(
        f"SELECT {columns} FROM triaged.outbox WHERE message_id = %s", message)[0]


def results(database):
    return dict(database.rows("SELECT result, mails FROM triaged.mail_result"))


# Fixtures; a test file imports those that it uses.

@pytest.fixture(autouse=True)
def empty(database):
    database.execute("TRUNCATE triaged.outbox, triaged.mail_count, triaged.suppression,"
                     " triaged.ticket_event")


@pytest.fixture
def sink():
    made = Sink().start()
    yield made
    made.remove()


@pytest.fixture
def new_mailer(database):
    made = []

    def make(relay, *options):
        made.append(Mailer(database.conninfo, relay.port, *options))
        return made[-1]

    yield make
    for mailer in made:
        print(mailer.log())  # shown when the test fails
        mailer.remove()


@pytest.fixture
def new_relay():
    made = []

    def make(**more):
        made.append(Relay(**more))
        return made[-1]

    yield make
    for relay in made:
        relay.remove()
