#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""An example of a contact form: its page and its backend, for who builds a real one.

  tools/form/serve.py [--endpoint ENDPOINT] [--port PORT]

Without an endpoint it talks to the daemon of "make run". It writes the page's address
as a line and serves until Ctrl-C, on this machine only (127.0.0.1).

The backend knows no reasons, boxes or texts: the page asks for them (op "form"), shows
what would be decided while somebody writes ("preview") and sends ("submit"). The contract
is schemas/wire.md; the browser never talks to the daemon itself.
"""
import argparse
import base64
import http.server
import ipaddress
import json
import os
import pathlib
import time
import urllib.parse

import msgpack
import zmq

HERE = pathlib.Path(__file__).resolve().parent
FILES = {"/": ("form.html", "text/html"), "/form.js": ("form.js", "text/javascript"),
         "/form.css": ("form.css", "text/css")}
HEADERS = {
    # Nothing but our own files, no inline script or style, nobody's frame.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
                               "connect-src 'self'; img-src data:; base-uri 'none'; "
                               "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
BODY_BYTES = 400_000  # with its files as base64; the wire takes 512 KiB
TICKET_KEYS = ("audience", "form_locale", "reason", "requester", "subject", "body", "fields",
               "attachments")


class Refused(Exception):
    """An HTTP status, and why."""


class Daemon:
    """Asks the daemon; one context for all threads, one socket for each request."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.context = zmq.Context()

    def ask_once(self, request, seconds):
        with self.context.socket(zmq.REQ) as socket:
            socket.linger = 0
            socket.sndtimeo = socket.rcvtimeo = max(1, int(seconds * 1000))
            socket.connect(self.endpoint)
            try:
                socket.send(request)
                return msgpack.unpackb(socket.recv())
            except zmq.Again:  # silence: the ticket may be kept, or not
                return {"status": "retry"}

    def ask(self, message, patience):
        """Until there is a final answer, or no patience left: the same bytes each time, so
        that the same key always names the same ticket."""
        try:
            request = msgpack.packb({"v": 1, **message})
        except (ValueError, OverflowError, UnicodeError) as error:
            raise Refused(400, "not for msgpack") from error
        deadline = time.monotonic() + patience
        while True:
            answer = self.ask_once(request, deadline - time.monotonic())
            wait = answer.get("retry_after_ms", 250) / 1000
            if answer["status"] != "retry" or time.monotonic() + wait >= deadline:
                return answer
            time.sleep(wait)


def ticket_of(draft):
    """The page's ticket for the wire. A real backend takes who writes (audience, name,
    address) from its session, not from the page."""
    if not isinstance(draft, dict):
        raise Refused(400, "no ticket")
    ticket = {key: draft[key] for key in TICKET_KEYS if key in draft}
    attachments = ticket.get("attachments")
    for attachment in attachments if isinstance(attachments, list) else ():
        if isinstance(attachment, dict) and isinstance(attachment.get("data"), str):
            attachment["data"] = base64.b64decode(attachment["data"], validate=True)
    return ticket


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds that a connection may be silent

    def log_message(self, *_):
        """Nothing: what people write is in no log."""

    def respond(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def check_sender(self):
        """From this machine, for this address (another site's page cannot borrow the
        visitor's browser under a name of its own), and from our own page."""
        host = self.headers.get("Host", "")
        port = self.server.server_port
        if not ipaddress.ip_address(self.client_address[0]).is_loopback or \
                host not in (f"127.0.0.1:{port}", f"localhost:{port}"):
            raise Refused(403, "on this machine only")
        if self.headers.get("Origin") not in (None, f"http://{host}"):
            raise Refused(403, "from another page")

    def read_json(self):
        length = self.headers.get("Content-Length", "")
        if self.headers.get_content_type() != "application/json" or not length.isdecimal():
            raise Refused(400, "send JSON")
        if int(length) > BODY_BYTES:
            raise Refused(413, "too large")
        try:
            return json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError) as error:
            raise Refused(400, "no JSON") from error

    def answer_page(self):
        address = urllib.parse.urlsplit(self.path)
        if address.path in FILES:
            name, kind = FILES[address.path]
            self.respond(200, kind, (HERE / name).read_bytes())
        elif address.path == "/form":
            asked = urllib.parse.parse_qs(address.query)
            self.answer(self.server.daemon.ask(
                {"op": "form", "audience": asked.get("audience", [""])[0],
                 "locale": asked.get("locale", [""])[0]}, 3))
        else:
            raise Refused(404, "no such page")

    def answer_post(self):
        content = self.read_json()
        if not isinstance(content, dict):
            raise Refused(400, "no map")
        try:
            ticket = ticket_of(content.get("ticket"))
        except ValueError as error:
            raise Refused(400, "no base64") from error
        if self.path == "/preview":
            # Nobody is written to: an address that is not typed yet changes nothing.
            ticket["requester"] = {"email": "nobody@example.invalid"}
            self.answer(self.server.daemon.ask({"op": "preview", "ticket": ticket}, 3))
        elif self.path == "/submit":
            # The page made the key when the visitor pressed "send". Where tickets matter,
            # keep both before you ask, and go on asking until the answer is final.
            self.answer(self.server.daemon.ask(
                {"op": "submit", "key": content.get("key"), "ticket": ticket}, 10))
        else:
            raise Refused(404, "no such page")

    def answer(self, answer):
        self.respond(503 if answer["status"] == "retry" else 200, "application/json",
                     json.dumps(answer, default=bytes.hex).encode())

    def handle_with(self, method):
        try:
            self.check_sender()
            method()
        except Refused as refused:
            status, why = refused.args
            self.close_connection = True
            self.respond(status, "text/plain", why.encode())

    def do_GET(self):
        self.handle_with(self.answer_page)

    def do_POST(self):
        self.handle_with(self.answer_post)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint", default="ipc://build/run/triaged.sock")
    parser.add_argument("--port", type=int, default=8080, help="0: one that is free (8080)")
    options = parser.parse_args()
    os.chdir(HERE.parents[1])  # what the default endpoint is in
    server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
    server.daemon = Daemon(options.endpoint)
    print(f"http://127.0.0.1:{server.server_port}/", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
