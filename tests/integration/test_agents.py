# SPDX-License-Identifier: MIT
"""Many agents at once: they finish, hand on, die, and come late; then the history is read.

TRIAGED_CHAOS_SECONDS says for how long (make chaos: 30).
"""
import collections
import os
import random
import threading
import time

import psycopg
import pytest

import agents
import support

AGENTS = 50
SECONDS = float(os.environ.get("TRIAGED_CHAOS_SECONDS", "6"))
DEPTH_KEPT = 300  # tickets that the feeder keeps open, about
LEASES = (0.05, 0.2, 0.5)
ENDS = {"completed", "released", "reassigned", "lease_expired"}


class Agent(threading.Thread):
    """One agent; what it saw is checked afterwards. It never raises but for the unexpected."""

    def __init__(self, number, conninfo, stop):
        super().__init__()
        self.name_ = f"agent{number}"
        self.teams = agents.TEAMS if number % 3 else agents.TEAMS[:1]
        self.locales = agents.LOCALES if number % 2 else agents.LOCALES[:1]
        self.conninfo = conninfo
        self.stop = stop
        self.random = random.Random(number)
        self.counts = collections.Counter()
        self.renewed = []  # (ticket, token, when it was asked for)
        self.late = []  # late writes that were taken
        self.error = None

    def run(self):
        try:
            while not self.stop.is_set():
                # One connection a life: some agents die with it.
                with psycopg.connect(self.conninfo, autocommit=True) as connection:
                    while not self.stop.is_set() and self.one_ticket(connection):
                        pass
        except Exception as error:  # noqa: BLE001 (told to the test)
            self.error = error

    def one_ticket(self, connection):
        """False: died."""
        team = self.random.choice((None, None, *self.teams))
        lease = self.random.choice(LEASES)
        got = connection.execute(
            "SELECT ticket_id, lease_token, ends_at FROM triaged.claim(%s, %s, NULL, make_interval(secs => %s))",
            (self.name_, team, lease)).fetchone()
        if got is None:
            self.counts["nothing"] += 1
            return True
        self.counts["claimed"] += 1
        ticket, token, ends_at = got
        way = self.random.random()
        if way < 0.15:
            self.counts["died"] += 1
            return False
        if way < 0.35:
            self.come_late(connection, ticket, token, ends_at)
            return True
        if way < 0.6:
            asked = time.time()
            if self.write(connection, "renew(%s, %s, %s, '0.3 s')", ticket, token):
                self.renewed.append((ticket, token, asked))
        time.sleep(self.random.random() * 0.02)
        self.finish(connection, ticket, token)
        return True

    def finish(self, connection, ticket, token):
        what = self.random.randrange(6)
        team = self.random.choice(agents.TEAMS)
        if what == 0:
            self.write(connection, "release(%s, %s, %s)", ticket, token)
        elif what == 1:
            self.write(connection, "reassign(%s, %s, %s, %s)", ticket, token, team)
        elif what == 2:
            self.write(connection, "recategorize(%s, %s, %s, %s)", ticket, token, team + ".b")
            self.write(connection, "complete(%s, %s, %s)", ticket, token)
        elif what == 3:
            self.write(connection, "note(%s, %s, %s, 'looked at it')", ticket, token)
            self.write(connection, "complete(%s, %s, %s)", ticket, token)
        else:
            self.write(connection, "complete(%s, %s, %s)", ticket, token)

    def come_late(self, connection, ticket, token, ends_at):
        """Waits until the lease has run out, by the database's clock, and writes all the same."""
        support.wait_until(lambda: connection.execute(
            "SELECT clock_timestamp() > %s", (ends_at,)).fetchone()[0], "the lease to end")
        time.sleep(self.random.choice((0, 0.1)))  # for somebody else to take it, or not
        for call in ("renew(%s, %s, %s)", "complete(%s, %s, %s)", "release(%s, %s, %s)",
                     "note(%s, %s, %s, 'late')", "reassign(%s, %s, %s, 'north')",
                     "recategorize(%s, %s, %s, 'north.b')"):
            self.counts["late"] += 1
            if self.write(connection, call, ticket, token):
                self.late.append((call, ticket, token))

    def write(self, connection, call, ticket, token, *more):
        """Whether it was taken; refused as lease_lost is the only other way."""
        try:
            connection.execute("SELECT triaged." + call, (self.name_, str(ticket), token, *more))
        except psycopg.Error as error:
            assert error.sqlstate == "TR001" and str(error).startswith("lease_lost: "), error
            self.counts["refused"] += 1
            return False
        self.counts["taken"] += 1
        return True


@pytest.fixture(scope="module")
def crowd(database):
    """The agents after their time, and the database as they left it."""
    agents.register_policy(database)
    stop = threading.Event()
    made = [Agent(number, database.conninfo, stop) for number in range(AGENTS)]
    for agent in made:
        agents.add_agent(database, agent.name_, agent.teams, agent.locales)
    agents.add_agent(database, "last")
    added = 0
    with database.cluster.connect(database.name) as connection, \
            database.cluster.connect(database.name, autocommit=False) as old:
        agents.add_tickets(connection, 0, DEPTH_KEPT)
        added = DEPTH_KEPT
        old.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        old.execute("SELECT 1")  # a snapshot that is held all the time
        for agent in made:
            agent.start()
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            open_now = connection.execute("SELECT count(*) FROM triaged.queue").fetchone()[0]
            if open_now < DEPTH_KEPT:
                agents.add_tickets(connection, added, DEPTH_KEPT - open_now)
                added += DEPTH_KEPT - open_now
            connection.execute("SELECT triaged.tidy()")
            time.sleep(0.05)
        stop.set()
        for agent in made:
            agent.join()
    assert [agent.error for agent in made if agent.error] == []
    return made


def total(crowd, what):
    return sum(agent.counts[what] for agent in crowd)


def test_all_of_it_happened(crowd):
    for what in ("claimed", "died", "late", "refused", "taken"):
        assert total(crowd, what) > AGENTS, (what, total(crowd, what))


def test_every_late_write_was_refused(crowd):
    assert [late for agent in crowd for late in agent.late] == []


def test_never_two_holders(crowd, database):
    """Each ticket's history is claim, work and end by one token, again and again."""
    tokens, claimed_at = set(), collections.defaultdict(list)
    holder = {}  # ticket: token
    last_at = {}
    for ticket, at, kind, actor, detail in database.rows(
            "SELECT ticket_id, extract(epoch FROM at)::float8, kind, actor, detail"
            " FROM triaged.ticket_event ORDER BY ticket_id, event_id"):
        what = (str(ticket), kind, actor, detail)
        token = detail["token"]
        assert at >= last_at.get(ticket, 0), what
        last_at[ticket] = at
        if kind == "claimed":
            assert ticket not in holder, what
            assert token not in tokens, what
            tokens.add(token)
            holder[ticket] = token
            claimed_at[ticket].append((token, at))
            continue
        assert holder.get(ticket) == token, what
        if kind in ENDS or (kind == "recategorized" and detail["moved"]):
            del holder[ticket]
    assert len(tokens) == total(crowd, "claimed")
    held = dict(database.rows("SELECT ticket_id, lease_token FROM triaged.queue WHERE state = 'held'"))
    assert held == holder
    for agent in crowd:
        for ticket, token, asked in agent.renewed:
            later = [at for other, at in claimed_at[ticket] if other > token]
            assert not later or asked < min(later), (agent.name_, ticket, token)


def test_none_is_lost(crowd, database):
    assert database.rows(
        "SELECT t.reference, e.kind FROM triaged.ticket t LEFT JOIN triaged.queue q USING (ticket_id)"
        " LEFT JOIN LATERAL (SELECT kind FROM triaged.ticket_event e WHERE e.ticket_id = t.ticket_id"
        "  ORDER BY event_id DESC LIMIT 1) e ON true"
        " WHERE (q.ticket_id IS NULL) <> (e.kind IS NOT DISTINCT FROM 'completed')") == []
    # And none is stuck: one agent is given them all, the most pressing first.
    left = database.value("SELECT count(*) FROM triaged.queue")
    assert left > 0
    support.wait_until(lambda: database.value(
        "SELECT (SELECT count(*) FROM triaged.queue WHERE state = 'held' AND ends_at > clock_timestamp())"
        " + (SELECT count(*) FROM triaged.claim_mark WHERE swept_at > clock_timestamp() - interval '1 s')")
        == 0, "all leases to end, and marks to be old")
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        rows = [connection.execute("SELECT due_at FROM triaged.claim('last')").fetchone()
                for _ in range(left + 1)]
    assert rows.pop() is None and None not in rows
    assert rows == sorted(rows)


def test_depth_is_that_of_the_queue(crowd, database):
    assert database.rows(agents.DEPTH) == database.rows(agents.RECOUNT)
    database.rows("SELECT triaged.tidy()")
    assert database.rows(agents.DEPTH) == database.rows(agents.RECOUNT)
    assert database.value("SELECT max(n) FROM (SELECT count(*) AS n FROM triaged.claim_mark"
                          " GROUP BY team, locale) cell") == 1


def test_two_writes_by_one_lease(crowd, database):
    """The second waits for the first, and is refused."""
    with database.cluster.connect(database.name) as connection:
        agents.add_tickets(connection, 900000, 1)
    refused = []
    with psycopg.connect(database.conninfo) as first, \
            psycopg.connect(database.conninfo, autocommit=True) as second:
        ticket, token = second.execute(
            "SELECT ticket_id::text, lease_token FROM triaged.claim('last', ticket => 'R0900000')").fetchone()
        first.execute("SELECT triaged.complete('last', %s, %s)", (ticket, token))

        def release():
            try:
                second.execute("SELECT triaged.release('last', %s, %s)", (ticket, token))
            except psycopg.Error as error:
                refused.append(error.sqlstate)

        pid = second.info.backend_pid
        thread = threading.Thread(target=release)
        thread.start()
        support.wait_until(lambda: database.value(
            "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s", pid), "the second to wait")
        first.commit()
        thread.join()
    assert refused == ["TR001"]
    assert database.value("SELECT string_agg(kind, ' ' ORDER BY event_id) FROM triaged.ticket_event"
                          " WHERE ticket_id = %s", ticket) == "claimed completed"
