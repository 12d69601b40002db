#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A mail server that takes every mail, keeps it in a file and sends none on: where
the mails of "make run" go.

  mail_sink.py serve FOLDER                     writes its address as a line, then serves
  mail_sink.py show FOLDER [--ticket REFERENCE] [--lines N]
                                                the newest (of a ticket), as its reader sees it;
                                                N lines of its text, without empty ones

It listens on 127.0.0.1 only, on a port that was free.
"""
import argparse
import asyncio
import email
import email.policy
import pathlib
import signal
import sys

HEADERS = ("From", "To", "Subject", "Auto-Submitted")


class Keeper:
    """Each mail in a file of its own, in the order they came."""

    def __init__(self, folder):
        self.folder = folder
        self.count = len(list(folder.glob("*.eml")))

    async def handle_DATA(self, _server, _session, envelope):
        self.count += 1
        half = self.folder / "half"
        half.write_bytes(envelope.content)
        half.rename(self.folder / f"{self.count:06d}.eml")
        return "250 2.0.0 kept"


async def serve(folder):
    from aiosmtpd.smtp import SMTP

    loop = asyncio.get_running_loop()
    keeper = Keeper(folder)
    server = await loop.create_server(
        lambda: SMTP(keeper, hostname="sink.invalid", enable_SMTPUTF8=True), "127.0.0.1", 0)
    print("{}:{}".format(*server.sockets[0].getsockname()), flush=True)
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    server.close()


def safe(text):
    """Without what would steer a terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02X}" for c in text)


def newest(folder, ticket):
    for path in sorted(folder.glob("*.eml"), reverse=True):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        if ticket is None or f"[{ticket}]" in mail["Subject"]:
            return mail
    return None


def show(mail, most):
    for name in HEADERS:
        if mail[name]:
            print(safe(f"{name}: {mail[name]}"))
    print()
    lines = mail.get_content().rstrip().splitlines()
    if most is not None:
        lines = [line for line in lines if line]
    for line in lines[:most]:
        print(safe(line))
    if most is not None and len(lines) > most:
        print("…")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("do", choices=("serve", "show"))
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--ticket", metavar="REFERENCE")
    parser.add_argument("--lines", type=int, metavar="N")
    given = parser.parse_args()
    if given.do == "serve":
        given.folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(serve(given.folder))
        return 0
    mail = newest(given.folder, given.ticket)
    if mail is None:
        print(f"mail_sink: {given.folder}: no such mail", file=sys.stderr)
        return 1
    show(mail, given.lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
