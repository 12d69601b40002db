#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Claims per second: at two depths, and while a transaction elsewhere holds an old snapshot.

Each round measures, one after the other and so that drift of the machine hits all: the claim at the
small depth, at the great depth, at the great depth in the last 4 of the 20 s for which a snapshot has
been held, and the same two of a textbook claim (SELECT … FOR UPDATE SKIP LOCKED LIMIT 1 from the
head of one cell). Eight agents at once, each in two teams and two languages; the daemon's
housekeeping goes on every 5 s. The view queue_depth is read with the snapshot still held.

    claims.py [--rounds 3] [--small 10000] [--great 1000000] [--held 20] [--quiet 5] [--short] [--json]
"""
import argparse
import atexit
import json
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import psycopg

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
AGENTS = 8
TEAMS = 8
WINDOW = 4  # seconds of the held run that count: its last

SEED = """
WITH made AS (
    SELECT gen_random_uuid() AS ticket_id, n, 'team' || n %% {teams} AS team,
           CASE WHEN n %% 3 = 0 THEN 'fr' ELSE 'en' END AS locale,
           clock_timestamp() - make_interval(secs => ({count} - n) * 0.05) AS received_at
    FROM generate_series(1, {count}) n
), stored AS (
    INSERT INTO triaged.ticket (ticket_id, reference, audience, locale, received_at, clock_from_sender,
        requester_email, subject, body, fields, attachments, category, outcome, team, priority,
        missing, found, confidence, explanation, policy, follow_up_token)
    SELECT ticket_id, n, 'mentor', locale, received_at, false, 'dana@example.org', 'Subject',
           repeat('word ', 20), '{{}}', '[]', 'other', 'routed', team, 'normal', '{{}}', '{{}}', 1, '{{}}',
           '', '' FROM made
)
INSERT INTO triaged.queue (ticket_id, team, priority, state, due_at, received_at, locale, category)
SELECT ticket_id, team, CASE WHEN n %% 5 = 0 THEN 'urgent' ELSE 'normal' END, 'queued',
       received_at + interval '4 hours', received_at, locale, 'other' FROM made;
"""

SETUP = """
INSERT INTO triaged.team SELECT 'team' || i, '{{}}' FROM generate_series(0, {teams} - 1) i;
SELECT triaged.agent_add('agent' || i, 'Agent', ARRAY['team' || i %% {teams}, 'team' || (i + 1) %% {teams}],
    ARRAY['en', 'fr']) FROM generate_series(0, {agents} - 1) i;
INSERT INTO triaged.queue_depth_total (team, priority, state, due, depth)
SELECT team, priority, state, triaged.due_slot(due_at), count(*) FROM triaged.queue GROUP BY 1, 2, 3, 4;
CREATE FUNCTION triaged.claim_textbook(agent text, of_team text) RETURNS text LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, triaged, pg_temp AS $$
DECLARE
    old triaged.queue;
    new triaged.queue;
BEGIN
    SELECT * INTO old FROM triaged.queue q WHERE q.team = of_team AND q.locale = 'en'
    AND q.state = 'queued' ORDER BY q.due_at, q.ticket_id LIMIT 1 FOR UPDATE SKIP LOCKED;
    UPDATE triaged.queue q SET state = 'held', holder = agent, lease_token = nextval('triaged.lease_token'),
        held_since = clock_timestamp(), ends_at = clock_timestamp() + interval '10 min', claims = q.claims + 1
    WHERE q.ticket_id = old.ticket_id RETURNING * INTO new;
    PERFORM triaged.count_move(old, new);
    INSERT INTO triaged.ticket_event (ticket_id, kind, actor, detail)
    VALUES (new.ticket_id, 'claimed', agent, jsonb_build_object('token', new.lease_token));
    RETURN (SELECT t.reference FROM triaged.ticket t WHERE t.ticket_id = new.ticket_id);
END $$;
"""

SCRIPTS = {
    "claim": "SELECT ticket_id FROM triaged.claim('agent' || :client_id);\n",
    "textbook": "\\set team random(0, %d)\n"
                "SELECT triaged.claim_textbook('agent' || :client_id, 'team' || :team);\n" % (TEAMS - 1),
}


def shell(*arguments):
    return subprocess.run(arguments, check=True, stdout=subprocess.PIPE, text=True, cwd=TOP).stdout.strip()


def spread(values, digits=0):
    return f"{statistics.median(values):,.{digits}f} [{min(values):,.{digits}f} .. {max(values):,.{digits}f}]"


class Queue:
    """A database with so many tickets in its queues."""

    def __init__(self, cluster, name, count, folder):
        with psycopg.connect(shell("tools/cluster.sh", "superconninfo", cluster), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} OWNER triaged")
        owner = psycopg.conninfo.make_conninfo(shell("tools/cluster.sh", "conninfo", cluster), dbname=name)
        shell("build/triagectl", "db", "upgrade", "--sql", "schemas/sql", "--database", owner)
        self.conninfo = psycopg.conninfo.make_conninfo(
            shell("tools/cluster.sh", "superconninfo", cluster), dbname=name)
        self.folder = folder
        names = {"count": count, "teams": TEAMS, "agents": AGENTS}
        with self.connect() as connection:
            for text in (SEED, SETUP):
                connection.execute(text.format(**names).replace("%%", "%"))
        self.settle()

    def connect(self, **more):
        return psycopg.connect(self.conninfo, autocommit=True, **more)

    def settle(self):
        with self.connect() as connection:
            connection.execute("UPDATE triaged.queue SET state = 'queued', holder = NULL, lease_token = NULL,"
                               " held_since = NULL, ends_at = NULL WHERE state = 'held'")
            connection.execute("TRUNCATE triaged.claim_mark, triaged.queue_depth_delta, triaged.queue_depth_total")
            connection.execute("INSERT INTO triaged.queue_depth_total (team, priority, state, due, depth)"
                               " SELECT team, priority, state, triaged.due_slot(due_at), count(*)"
                               " FROM triaged.queue GROUP BY 1, 2, 3, 4")
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")

    def housekeeping(self, stop):
        with self.connect() as connection:
            while not stop.wait(5):
                connection.execute("SELECT triaged.tidy()")

    def run(self, script, *limit):
        """pgbench's own words."""
        path = pathlib.Path(self.folder) / f"{script}.sql"
        path.write_text(SCRIPTS[script])
        stop = threading.Event()
        housekeeper = threading.Thread(target=self.housekeeping, args=(stop,))
        housekeeper.start()
        try:
            done = subprocess.run(
                ["pgbench", "-n", "-M", "prepared", "-c", str(AGENTS), "-j", "2", *limit, "-f", path, self.conninfo],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        finally:
            stop.set()
            housekeeper.join()
        if done.returncode != 0:
            sys.exit("claims: " + done.stdout[-2000:])
        return done.stdout

    def quiet(self, script, *limit):
        self.settle()
        return float(re.search(r"tps = ([\d.]+)", self.run(script, *limit)).group(1))

    def held(self, script, seconds):
        """The rate at the end of so many seconds under an old snapshot, and the view's milliseconds then."""
        self.settle()
        with self.connect() as old:
            old.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            old.execute("SELECT 1")
            # A second more: pgbench may end before it tells of a window that ends with it.
            text = self.run(script, "-T", str(seconds + 1), "-P", str(min(WINDOW, seconds)))
            view = self.read_depth()
            old.execute("ROLLBACK")
        return float(re.findall(r"progress: .*?, ([\d.]+) tps", text)[-1]), view

    def read_depth(self):
        times = []
        with self.connect() as connection:
            connection.execute("SELECT triaged.tidy()")
            for _ in range(11):
                started = time.monotonic()
                connection.execute("SELECT * FROM triaged.queue_depth").fetchall()
                times.append((time.monotonic() - started) * 1000)
        return statistics.median(times)


def one_round(small, great, options):
    seconds = ("-T", str(options.quiet))
    got = {"small": small.quiet("claim", "-t", str(options.small // AGENTS // 3)),
           "great": great.quiet("claim", *seconds)}
    got["view"] = great.read_depth()
    got["held"], got["view_held"] = great.held("claim", options.held)
    got["textbook"] = great.quiet("textbook", *seconds)
    got["textbook_held"], _ = great.held("textbook", options.held)
    return got


def report(results, options):
    def column(name):
        return spread([r[name] for r in results])

    def ratio(over, under):
        return spread([r[over] / r[under] for r in results], 2)

    print(f"claims by {AGENTS} agents at once, {len(results)} round(s):")
    print(f"  claims/s, {options.small:,} queued          {column('small')}")
    print(f"  claims/s, {options.great:,} queued       {column('great')}")
    print(f"  the same, snapshot held {options.held} s    {column('held')}")
    print(f"  textbook claim/s              {column('textbook')}")
    print(f"  the same, snapshot held {options.held} s    {column('textbook_held')}")
    print(f"  ratio great / small           {ratio('great', 'small')}")
    print(f"  ratio held / not              {ratio('held', 'great')}   (goal: at least 0.70)")
    print(f"  ratio held / not, textbook    {ratio('textbook_held', 'textbook')}")
    print(f"  queue_depth ms, not held      {column('view')}   (goal: under 50)")
    print(f"  queue_depth ms, held          {column('view_held')}   (goal: under 50)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--small", type=int, default=10000)
    parser.add_argument("--great", type=int, default=1000000)
    parser.add_argument("--held", type=int, default=20)
    parser.add_argument("--quiet", type=int, default=5)
    parser.add_argument("--short", action="store_true", help="one round of few tickets: does it run?")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.short:
        options.rounds, options.small, options.great, options.held, options.quiet = 1, 2000, 20000, 1, 1

    cluster = tempfile.mkdtemp(prefix="triaged-bench-", dir="/var/tmp")
    os.rmdir(cluster)
    atexit.register(subprocess.run, ["tools/cluster.sh", "remove", cluster], cwd=TOP, stdout=subprocess.DEVNULL)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    shell("tools/cluster.sh", "start", "--fresh", cluster)
    with tempfile.TemporaryDirectory(prefix="triaged-bench-") as folder:
        small = Queue(cluster, "small", options.small, folder)
        great = Queue(cluster, "great", options.great, folder)
        results = []
        for number in range(1, options.rounds + 1):
            results.append(one_round(small, great, options))
            if not options.json:
                got = results[-1]
                print(f"  round {number}: {got['small']:,.0f}/s, {got['great']:,.0f}/s, held {got['held']:,.0f}/s; "
                      f"textbook {got['textbook']:,.0f}/s, held {got['textbook_held']:,.0f}/s", flush=True)
    if options.json:
        print(json.dumps(results))
    else:
        report(results, options)


if __name__ == "__main__":
    main()
