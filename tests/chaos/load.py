# SPDX-License-Identifier: MIT
"""The load: backends of forms that submit and repeat, agents that work and die.

What a key stands for is computed from the key alone: a repeat is the same request,
and two senders that use one key send the same ticket.
"""
import hashlib
import json
import random
import threading
import time
import zlib

import psycopg

import support

WINDOW = 16  # tickets of one sender at the same time, and as many follow-ups
SHARED = 10  # each so-manieth ticket of a sender is every other sender's, too
FIRST_WAIT, LONGEST_WAIT = 1.0, 4.0  # for an answer, before the same is sent again
LEASES = (0.3, 1.0, 5.0)  # seconds
REPEATED = ("ticket", "reference", "category", "outcome", "team", "priority", "missing", "reply",
            "policy", "follow_up_token", "state")  # in each answer to the same key
REFUSED = "TR001"
WRITTEN_MEANWHILE = "TR007"  # by the requester: look again first


def is_away(error):
    """Whether the connection or the server has gone; all else is a fault."""
    return error.sqlstate is None or error.sqlstate[:2] in ("08", "57")


def number_of(key):
    return zlib.crc32(key.encode())


def submission(key):
    """Most are routed; the others take each of the other ways."""
    number = number_of(key)
    who = "busy" if number % 40 == 0 else key  # more than the cap lets through
    common = {"requester": {"name": "Dana Example", "email": f"{who}@example.com"}}
    own = {"form_number": key}  # by which the checker knows whose it is
    way = number // 40 % 10
    if way < 2:
        return support.absent_student(fields=own, **common)
    if way == 2:
        return support.ticket(subject="", body="Thank you very much!", fields=own, **common)
    if way == 3:
        return support.ticket(
            audience="coach", reason="coach.student_absent", subject="",
            body="Hello, one of my students does not answer me any more.",
            fields={"contact_attempts_confirmed": False, "student_name": "Jean Dupont", **own},
            **common)
    return support.ticket(fields=own, **common)


def addition(key):
    """Of a follow-up: all that was asked for, half of it, or something else."""
    own = {"form_number": key}
    return ({"body": support.DETAILS, "fields": {"student_name": "Jean Dupont", **own}},
            {"body": support.DETAILS, "fields": own},
            {"body": "It is about Monday.", "fields": own})[number_of(key) % 3]


class Open:
    """A request that has no final answer yet."""

    def __init__(self, op, key, message):
        self.op = op
        self.key = key
        self.message = message
        self.sent = 0
        self.wait = FIRST_WAIT
        self.next_at = 0
        # Some senders ask once and never come back.
        self.patient = number_of(key) % 17 != 0


class Sender(threading.Thread):
    """A form's backend. Once told to stop it begins nothing new, and ends when every
    request has its answer or was given up."""

    def __init__(self, number, endpoint, journal, per_second):
        super().__init__(name=f"sender{number}")
        self.endpoint = endpoint
        self.journal = journal
        self.pause = 1 / per_second
        self.stop = threading.Event()
        self.next_new = 0
        self.made = 0
        self.open = {}
        self.error = None

    def run(self):
        client = support.Client(self.endpoint)
        try:
            while self.open or not self.stop.is_set():
                now = time.monotonic()
                if (not self.stop.is_set() and now >= self.next_new and
                        self.begun("submit") < WINDOW):
                    self.next_new = now + self.pause
                    self.begin_ticket()
                self.send_due(client, now)
                while (answer := client.try_receive(0.005)) is not None:
                    self.take(answer)
        except Exception as error:  # noqa: BLE001 (told to the test)
            self.error = error
        finally:
            client.close()

    def begun(self, op):
        return sum(request.op == op for request in self.open.values())

    def begin_ticket(self):
        self.made += 1
        mine = "all" if self.made % SHARED == 0 else self.name
        key = f"{mine}-{self.made}"
        self.open[key] = Open("submit", key, support.request(key, submission(key)))

    def begin_follow_up(self, key, receipt):
        key = f"more-{key}"
        # Of those that were asked most answer; of the others a few add something.
        odds = 12 if receipt["outcome"] == "needs_info" else 1
        if number_of(key) // 3 % 16 < odds and self.begun("follow_up") < WINDOW:
            self.open[key] = Open("follow_up", key,
                                  support.follow_up(receipt, key, **addition(key)))

    def send_due(self, client, now):
        for request in list(self.open.values()):
            if now < request.next_at:
                continue
            if request.sent and not request.patient:
                del self.open[request.key]
                continue
            self.journal.add("send", op=request.op, key=request.key, again=request.sent)
            client.send(request.message)
            request.sent += 1
            request.next_at = now + request.wait
            request.wait = min(request.wait * 2, LONGEST_WAIT)

    def take(self, answer):
        key, status = answer.get("key"), answer["status"]
        op = "follow_up" if str(key).startswith("more-") else "submit"
        if status in ("accepted", "duplicate"):
            first = json.dumps([answer.get(name) for name in REPEATED], sort_keys=True)
            self.journal.add(
                "answer", op=op, key=key, status=status, ticket=answer["ticket"],
                reference=answer["reference"], outcome=answer["outcome"],
                replied="reply" in answer, first=hashlib.sha256(first.encode()).hexdigest()[:16])
        else:
            self.journal.add("answer", op=op, key=key, status=status)
        request = self.open.get(key)
        if request is None:
            return  # given up, or the answer to its repeat was faster
        if status == "retry":
            request.next_at = time.monotonic() + min(answer["retry_after_ms"] / 1000, LONGEST_WAIT)
            return
        del self.open[key]
        if status in ("accepted", "duplicate") and op == "submit":
            self.begin_follow_up(key, answer)


class Agent(threading.Thread):
    """Claims, and finishes, hands on, replies, dies, or comes too late."""

    def __init__(self, number, conninfo, journal, seed, teams):
        super().__init__(name=f"agent{number}")
        self.conninfo = conninfo
        self.journal = journal
        self.random = random.Random(f"{seed} {self.name}")
        self.teams = teams
        self.stop = threading.Event()
        self.unknown = None  # the write that had no answer
        self.error = None

    def run(self):
        while not self.stop.is_set() and self.error is None:
            try:
                with psycopg.connect(self.conninfo, autocommit=True) as connection:
                    while not self.stop.is_set() and self.one_ticket(connection):
                        pass
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                self.error = None if is_away(error) else error
                self.stop.wait(0.05)
            except Exception as error:  # noqa: BLE001 (told to the test)
                self.error = error

    def one_ticket(self, connection):
        """False: died."""
        if self.unknown:
            self.write(connection, *self.unknown, again=True)
        lease = self.random.choice(LEASES)
        got = connection.execute(
            "SELECT ticket_id::text, lease_token, ends_at"
            " FROM triaged.claim(%s, NULL, NULL, make_interval(secs => %s))",
            (self.name, lease)).fetchone()
        if got is None:
            self.stop.wait(0.05)
            return True
        ticket, token, ends_at = got
        self.journal.add("claim", agent=self.name, ticket=ticket, token=token)
        way = self.random.random()
        if way < 0.1:
            return False
        if way < 0.2:
            while lease < 1 and not connection.execute(
                    "SELECT clock_timestamp() > %s", (ends_at,)).fetchone()[0]:
                time.sleep(0.02)
            late = connection.execute("SELECT clock_timestamp() > %s", (ends_at,)).fetchone()[0]
            self.write(connection, ticket, token, "complete", late=late)
        elif way < 0.3:
            self.write(connection, ticket, token, "release")
        elif way < 0.4:
            self.write(connection, ticket, token, "reassign", self.random.choice(self.teams))
        elif way < 0.6:
            self.write(connection, ticket, token, "reply", "Thank you; we have looked at it.",
                       self.random.choice(("done", "wait")))
        else:
            self.write(connection, ticket, token, "complete")
        return True

    def write(self, connection, ticket, token, call, *more, late=False, again=False):
        facts = {"agent": self.name, "ticket": ticket, "token": token, "call": call,
                 "late": late, "again": again}
        self.unknown = (ticket, token, call, *more)
        marks = ", %s" * len(more)
        try:
            got = connection.execute(f"SELECT triaged.{call}(%s, %s, %s{marks})",
                                     (self.name, ticket, token, *more)).fetchone()[0]
        except (psycopg.OperationalError, psycopg.InterfaceError):
            self.journal.add("write", result="unknown", **facts)
            raise
        except psycopg.Error as error:
            if error.sqlstate == WRITTEN_MEANWHILE:
                self.journal.add("write", result="meanwhile", **facts)
                self.write(connection, ticket, token, "release")
                return
            if error.sqlstate != REFUSED:
                raise
            self.journal.add("write", result="refused", **facts)
        else:
            if call == "reply":
                facts["mail"] = str(got)
            self.journal.add("write", result="ok", **facts)
        self.unknown = None


def finish_all(connection, agent, journal):
    """One agent takes whatever can be taken, and closes it; how many."""
    count = 0
    while (got := connection.execute("SELECT ticket_id::text, lease_token FROM triaged.claim(%s)",
                                     (agent,)).fetchone()) is not None:
        ticket, token = got
        journal.add("claim", agent=agent, ticket=ticket, token=token)
        connection.execute("SELECT triaged.complete(%s, %s, %s)", (agent, ticket, token))
        journal.add("write", agent=agent, ticket=ticket, token=token, call="complete", result="ok",
                    late=False, again=False)
        count += 1
    return count
