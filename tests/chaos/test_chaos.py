# SPDX-License-Identifier: MIT
"""The daemon, triage-mail and PostgreSQL are killed at random moments under load;
then everything comes to rest, and nothing may be lost, doubled or misplaced.

TRIAGED_CHAOS_KILLS says how often each of them (make chaos: 20), TRIAGED_CHAOS_SEED
repeats the moments of an earlier run as far as the machine lets it.
"""
import contextlib
import os
import random
import threading
import time

import psycopg

import agents
import support
from checker import Checker
from journal import Journal
from load import Agent, Sender, finish_all
from mail_support import Mailer, Sink
from support import wait_until

KILLS = int(os.environ.get("TRIAGED_CHAOS_KILLS", "2"))
SEED = int(os.environ.get("TRIAGED_CHAOS_SEED") or random.SystemRandom().randrange(1000000))
SENDERS, TICKETS_PER_SECOND = 4, 30  # of each sender
AGENTS = 5
MOST_BETWEEN = 75 * KILLS  # pieces of work that the next kill waits for, at most
MAIL_LEASE = "3s"
CALM = 120  # seconds; a deadline for what should take a few


class Killer(threading.Thread):
    """Kills one program again and again: each time after a random piece of work was
    done since it came back, or at once, now and then."""

    def __init__(self, name, kill, work):
        super().__init__(name=name)
        self.kill = kill
        self.work = work
        self.random = random.Random(f"{SEED} {name}")
        self.done = 0
        self.error = None

    def run(self):
        try:
            while self.done < KILLS:
                if self.random.random() < 0.85:
                    goal = self.work() + self.random.randint(1, MOST_BETWEEN)
                    wait_until(lambda: self.work() >= goal, f"work before {self.name} is killed",
                               CALM)
                time.sleep(self.random.random() * 0.1)  # not just at the end of a batch
                self.kill()
                self.done += 1
        except BaseException as error:  # noqa: BLE001 (told to the test)
            self.error = error


class Scene:
    """A cluster of its own (others are not to be disturbed), the three programs, the
    load, and those who kill."""

    def __init__(self, stack, folder):
        self.cluster = support.Cluster()
        stack.callback(self.cluster.remove)
        self.cluster.start()
        self.database = support.Database(self.cluster, self.cluster.new_database())
        self.sink = Sink()
        stack.callback(self.sink.remove)
        self.sink.start()
        self.daemon = support.Daemon(self.conninfo("triaged_daemon"))
        stack.callback(self.daemon.remove)
        self.mailer = Mailer(self.conninfo("triaged_mail"), self.sink.port, "--lease", MAIL_LEASE,
                             "--command-time", "1s", "--final-time", "1s")
        stack.callback(self.mailer.remove)
        stack.callback(self.show_logs)
        self.journal = Journal(folder / "journal")
        stack.callback(self.journal.close)
        self.senders, self.agents, self.killers = [], [], []
        stack.callback(self.stop_all)

    def conninfo(self, role):
        return psycopg.conninfo.make_conninfo(self.database.conninfo, user=role)

    def start(self):
        self.daemon.start().wait_for_database()
        self.mailer.start()
        teams = [team for team, in self.database.rows("SELECT name FROM triaged.team")]
        self.agents = [Agent(number, self.database.conninfo, self.journal, SEED, teams)
                       for number in range(AGENTS)]
        for name in [agent.name for agent in self.agents] + ["last"]:
            agents.add_agent(self.database, name, teams)
        self.senders = [Sender(number, self.daemon.endpoint, self.journal, TICKETS_PER_SECOND)
                        for number in range(SENDERS)]
        self.killers = [
            Killer("the daemon", self.kill_daemon, self.answers),
            Killer("triage-mail", self.kill_mailer, self.mailed),
            Killer("PostgreSQL", self.crash, self.answers)]
        for thread in self.senders + self.agents + self.killers:
            thread.start()

    def answers(self):
        return self.journal.counts["accepted"] + self.journal.counts["duplicate"]

    def mailed(self):
        """About; its log has a line for each."""
        return os.path.getsize(self.mailer.log_path) // 100

    def kill_daemon(self):
        assert self.daemon.process.poll() is None, "triaged ended by itself"
        self.daemon.kill()
        self.daemon.launch_only()
        self.journal.add("kill", program="triaged")

    def kill_mailer(self):
        assert self.mailer.process.poll() is None, "triage-mail ended by itself"
        self.mailer.kill()
        self.mailer.start()
        self.journal.add("kill", program="triage-mail")

    def crash(self):
        self.cluster.crash()
        self.cluster.start()
        self.journal.add("kill", program="PostgreSQL")

    def stop_all(self):
        """Ends what still runs of the load; nothing, unless the test has failed."""
        for thread in self.senders + self.agents:
            thread.stop.set()

    def wait_for(self, threads):
        deadline = time.monotonic() + CALM + 30 * KILLS
        for thread in threads:
            while thread.is_alive() and time.monotonic() < deadline:
                thread.join(0.1)
                self.check_threads()
            assert not thread.is_alive(), f"{thread.name} does not come to an end"
        self.check_threads()

    def check_threads(self):
        threads = self.senders + self.agents + self.killers
        errors = [thread.error for thread in threads if thread.error]
        if errors:
            raise errors[0]

    def come_to_rest(self):
        """Every request has its answer, every ticket is closed or waits for its
        requester, every mail has come to its end; and both programs stop in good order."""
        self.wait_for(self.killers)
        for groups in (self.senders, self.agents):
            for thread in groups:
                thread.stop.set()
            self.wait_for(groups)
        with psycopg.connect(self.database.conninfo, autocommit=True) as connection:
            def nothing_to_do():
                finish_all(connection, "last", self.journal)
                return connection.execute("SELECT NOT EXISTS (SELECT 1 FROM triaged.queue"
                                          " WHERE state <> 'waiting')").fetchone()[0]
            wait_until(nothing_to_do, "the queues to be empty", CALM)
            wait_until(lambda: connection.execute(
                "SELECT NOT EXISTS (SELECT 1 FROM triaged.outbox WHERE state IN"
                " ('pending', 'sending', 'retry'))").fetchone()[0], "all mails to be sent", CALM)
        assert self.daemon.stop() == 0
        assert self.mailer.stop() == 0

    def show_logs(self):
        """pytest keeps what is printed for those who look at a failure."""
        for name, log in (("triaged", self.daemon.log()), ("triage-mail", self.mailer.log())):
            print(f"log of {name}:", *[line for line in log.splitlines()
                                       if "ticket=" not in line][-200:], sep="\n")


def test_nothing_is_lost(request, tmp_path):
    print(f"TRIAGED_CHAOS_SEED={SEED}, journal {tmp_path}/journal")
    with contextlib.ExitStack() as stack:
        scene = Scene(stack, tmp_path)
        started = time.monotonic()
        scene.start()
        scene.come_to_rest()
        checker = Checker(scene.database, scene.journal, scene.sink.mails())
        faults = checker.check()
        kills = ", ".join(f"{killer.name} {killer.done}" for killer in scene.killers)
        report = [f"chaos: killed {kills} times in {time.monotonic() - started:.0f} s"
                  f" (TRIAGED_CHAOS_SEED={SEED})", *(f"  {line}" for line in checker.report)]
        print(*report, sep="\n")
        request.node.user_properties += [("chaos", line) for line in report]
        assert not faults, "\n".join(faults)
        # It was not for nothing.
        assert min(scene.journal.counts[what] for what in ("accepted", "claim", "write")) > KILLS
